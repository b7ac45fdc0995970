"""`onestory` and `python -m desktop`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script. Returns the exit code."""
    from desktop.hardening import harden

    harden()
    from desktop.cli import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
