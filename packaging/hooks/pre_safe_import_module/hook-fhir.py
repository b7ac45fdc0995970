"""Two packages share the name `fhir`: ours and the library's. PyInstaller must look for modules in both places."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def pre_safe_import_module(api: Any) -> None:
    """Let modules below `fhir` be found beside ours and in the installed library."""
    for place in sys.path:
        folder = Path(place) / "fhir"
        if (folder / "resources").is_dir():
            api.append_package_path(str(folder))
