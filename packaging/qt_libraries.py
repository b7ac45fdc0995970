"""Says in one sentence which system library Qt is missing, and how to install it."""

from __future__ import annotations

import sys

DEBIAN = "libegl1 libgl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0"


def main() -> int:
    """0 when Qt's widgets load; 2 with one sentence when a system library is missing."""
    try:
        import PySide6.QtWidgets  # noqa: F401  (loading it is the test)
    except ImportError as error:
        library = str(error).partition(":")[0]
        print(
            f"Qt cannot start because the system library {library} is missing. "
            f"On Debian or Ubuntu, as root: apt-get install --no-install-recommends {DEBIAN}",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
