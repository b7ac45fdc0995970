"""The layers hold, and the check that says so can fail."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("desktop", "consent", "storage", "fhir")
LINTER = Path(sys.executable).with_name("lint-imports")


def imports_of(package: str) -> Iterator[tuple[Path, str]]:
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINTER, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("desktop/planted.py", "import storage.vault"),
        ("consent/planted.py", "import storage.vault"),
        ("storage/planted.py", "import consent.gate"),
        ("fhir/planted.py", "import consent.labels"),
        ("consent/planted.py", "import PySide6.QtCore"),
        ("fhir/planted.py", "import cryptography"),
        ("desktop/planted.py", "import sqlcipher3"),
    ],
)
def test_a_planted_import_against_the_layers_is_found(copy_of_the_tree: Path, room: str, line: str) -> None:
    (copy_of_the_tree / room).write_text(line + "\n", "utf-8")
    result = lint(copy_of_the_tree)
    assert result.returncode != 0
    assert "planted" in result.stdout
    assert "BROKEN" in result.stdout


def test_the_layers_hold_as_they_stand(copy_of_the_tree: Path) -> None:
    result = lint(copy_of_the_tree)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("package", ["desktop", "consent", "storage"])
def test_only_the_reading_package_uses_the_fhir_models(package: str) -> None:
    found = [(path.name, name) for path, name in imports_of(package) if name.startswith("fhir.resources")]
    assert found == []


def test_both_halves_of_the_fhir_name_import() -> None:
    import fhir.entries
    import fhir.resources

    assert Path(fhir.entries.__file__).is_relative_to(ROOT)
    assert not Path(fhir.resources.__file__).is_relative_to(ROOT / "fhir")


def test_the_fhir_package_only_extends_its_path() -> None:
    line = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n'
    assert (ROOT / "fhir" / "__init__.py").read_text("utf-8") == line
    assert not (ROOT / "fhir" / "resources.py").exists()
    assert not (ROOT / "fhir" / "resources").exists()


def test_packaging_shadows_nothing() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_reading_and_deciding_look_at_no_clock() -> None:
    for package in ("fhir", "consent"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    assert node.func.attr not in {"now", "today", "utcnow"}, f"{path.name}:{node.lineno} reads a clock"
