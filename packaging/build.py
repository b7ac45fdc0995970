"""Freezes the application for the system this runs on, and runs the frozen application's self-test.

    python packaging/build.py

The folder `dist/onestory` holds the result. Exit code 0 when the self-test of the frozen application passed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Freeze, say how large the result is, and run `--self-test` in it."""
    freeze = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    freeze += [
        "--distpath",
        str(ROOT / "dist"),
        "--workpath",
        str(ROOT / "build"),
        str(ROOT / "packaging" / "app.spec"),
    ]
    if subprocess.run(freeze, cwd=ROOT, check=False).returncode:
        print("The application could not be frozen; the lines above say why.", file=sys.stderr)
        return 2
    folder = ROOT / "dist" / "onestory"
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    print(f"frozen: dist/onestory, {size / 1e6:.0f} MB")
    program = folder / ("onestory.exe" if os.name == "nt" else "onestory")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONPATH", None)
    return subprocess.run([program, "--self-test"], cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
