"""Shows the sign-in window of a vault once and ends, so that `desktop.benches` can time a start."""

from __future__ import annotations

import sys
from pathlib import Path

from desktop.application import make_application, open_window
from desktop.session import OnDisk
from desktop.settings import Settings
from desktop.theme import style


def main(vault: Path) -> int:
    """Start as the program does, paint the first window, and end."""
    application = make_application()
    settings = Settings()
    style.apply(application, settings.look())
    window = open_window(OnDisk(vault), settings)
    window.show()
    application.processEvents()
    painted = not window.grab().isNull()
    window.close()
    return 0 if painted else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
