"""Checks that an installation is whole: for the frozen application, and for anyone who wonders.

Both halves of the `fhir` name import, the cipher is on, Qt starts, the demonstration opens.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def run(say: Callable[[str], None]) -> int:
    """Run every check and say each result; 0 when all hold, 1 otherwise."""
    failed = 0
    for name, test in CHECKS.items():
        try:
            say(f"ok       {name}: {test()}")
        except Exception as error:  # noqa: BLE001  (a self-test reports whatever is wrong, by kind)
            failed += 1
            say(f"FAILED   {name}: {type(error).__name__}: {error}")
    return 1 if failed else 0


def _fhir_halves() -> str:
    from fhir.model_checks import VERSIONS, model_of
    from fhir.sections import sections

    missing = [version for version in VERSIONS if model_of("Patient", version) is None]
    if missing:
        raise ImportError(f"no FHIR models for {', '.join(missing)}")
    return f"models for {', '.join(VERSIONS)} and {len(sections())} sections"


def _cipher() -> str:
    from desktop.workspace import cipher_version

    return cipher_version()


def _qt() -> str:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import qVersion
    from PySide6.QtWidgets import QApplication, QLabel

    application = QApplication.instance() or QApplication([])
    label = QLabel("OneStory")
    size = label.sizeHint()
    del label, application
    return f"Qt {qVersion()}, text {size.width()} pixels wide"


def _demonstration() -> str:
    from desktop.demo.run import build, open_everyone

    with tempfile.TemporaryDirectory(prefix="onestory-self-test-") as folder:
        made = build(Path(folder), say=lambda line: None)
        return open_everyone(made)


CHECKS: dict[str, Callable[[], str]] = {
    "reading": _fhir_halves,
    "cipher": _cipher,
    "window": _qt,
    "demonstration": _demonstration,
}
