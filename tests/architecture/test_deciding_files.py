"""Which files decide who sees what is said by name, and no file of the consent module is forgotten."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TELLING = {
    "coverage", "defaults_words", "disclosure_json", "errors", "explain", "kinds_of_worker", "label_origins",
    "plain_choices", "plain_consents", "plain_words", "ports", "presets", "preview", "reconciliation", "reporting",
    "unexpected", "workers",
}  # fmt: skip
"""They say in words or arrange what was decided; or turn choices in plain words into a Consent, which is then read like
any other, and tested against the engine."""


def test_every_file_of_consent_is_among_those_whose_branches_are_all_tested_or_only_tells() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["coverage"]
    named = settings["report"]["include"]
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "consent").rglob("*.py")}
    files -= {path for path in files if path.endswith("__init__.py")}
    assert sorted(set(named)) == named
    assert set(named) | {f"consent/{name}.py" for name in TELLING} == files
    assert settings["report"]["fail_under"] == 100
    assert settings["run"]["branch"] is True
