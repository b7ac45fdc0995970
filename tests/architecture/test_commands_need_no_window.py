"""Commands, and processes that read ahead, do without Qt: it costs twenty megabytes and part of their start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["desktop.workspace.service", "desktop.importing.ahead"])
def test_it_is_loaded_without_qt(module: str) -> None:
    asked = f"import {module}, sys; print(sorted(name for name in sys.modules if name.startswith('PySide6')))"
    run = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
