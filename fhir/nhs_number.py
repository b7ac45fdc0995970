"""NHS numbers: what is one, what only looks like one, and what its verification status says.

Knows nothing of people or of matching. Check digits are python-stdnum's (NHS Data Dictionary, NHS NUMBER, modulus 11).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from stdnum.gb import nhs

from fhir.people import NhsNumberStatus

_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]+")
_TEMPLATE_MARKS = re.compile(r"[${}<>\[\]]|%[a-z]|\.\.\.", re.IGNORECASE)


@cache
def rules() -> dict[str, Any]:
    """The table of identifier facts (identity_rules.toml)."""
    return tomllib.loads(Path(__file__).with_name("identity_rules.toml").read_text("utf-8"))


def compact(value: str) -> str:
    """The number without spaces and dashes; any other character stays."""
    return _SEPARATORS.sub("", value)


def is_valid(value: str) -> bool:
    """Whether this is ten digits with a right check digit, and not one digit ten times, which is a placeholder."""
    digits = compact(value)
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()) or len(set(digits)) == 1:
        return False
    return bool(nhs.is_valid(digits))


def is_template_text(value: str) -> bool:
    """Whether this is text that a template left behind ("$nhs-number", "{{id}}", "NULL") and not an identifier."""
    text = value.strip().casefold()
    if not text or _TEMPLATE_MARKS.search(text):
        return True
    return text in _placeholders() or len(set(compact(text))) == 1


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(rules()["placeholders"]["texts"])


@cache
def _systems() -> frozenset[str]:
    return frozenset(rules()["nhs_number"]["systems"])


def is_nhs_number_system(system: str) -> bool:
    """Whether this URI is one of those under which English sources send NHS numbers."""
    return system.strip().rstrip("/").casefold() in _systems()


def status_of(code: str) -> NhsNumberStatus:
    """What a code of any of the NHS number verification status code systems says ("01", "number-present-and-...").

    Unknown and empty codes give "none": the source has not said.
    """
    row = _statuses().get(code.strip().casefold())
    if row is None:
        return "none"
    return "verified" if row["verified"] else "unverified"


def status_text(code: str) -> str:
    """The code in words, an empty string when it is not known."""
    row = _statuses().get(code.strip().casefold())
    return str(row["text"]) if row is not None else ""


@cache
def _statuses() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rules()["nhs_number"]["status"]:
        found[row["code"]] = row
        found[row["word"]] = row
    return found


def spaced(value: str) -> str:
    """A valid number as it is read aloud, "943 476 5919"; anything else as it is."""
    digits = compact(value)
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}" if is_valid(digits) else value
