"""Imports one file into a fresh vault, so that `desktop.benches` can watch the memory of a process of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def main(file: Path) -> int:
    """Import one file; 0 when it was imported."""
    from desktop.workspace import Workspace  # here, as the program does: its helpers need none of it

    with tempfile.TemporaryDirectory(prefix="onestory-bench-") as folder:
        vault = Path(folder) / "bench.vault"
        Workspace.create(vault, "Bench", "tester", "Bench", "measured in one run", test_data=True)
        with Workspace.sign_in(vault, "Bench", "measured in one run") as workspace:
            report = workspace.import_files([file], lambda what, done, total: None, lambda: False)
    return 0 if all(file.status == "imported" for file in report.files) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
