"""Which section and kind a code stands for, whatever resource carries it, and the words of the care code lists.

Single codes are looked up in `fhir.describe.meanings`; the other tables are data: `section_codes.toml` (sections of
documents), `interweave.toml`, `bars.toml`, `adjustments.toml` (code lists), and the words of `placing.toml`. Nothing
here knows resources.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from fhir.describe.meanings import SAFEGUARDING_CODES, meaning_of, strictness
from fhir.entries import Code

INTERWEAVE = "Interweave-"
NO_SAFEGUARDING_ISSUE = "861931000000100"


@dataclass(frozen=True)
class Place:
    """Where a code belongs; `name` are our words for it, used where the source gives none."""

    section: str
    kind: str
    name: str


def load(name: str) -> dict[str, Any]:
    """One of the tables of this package by file name without ".toml"."""
    return tomllib.loads((resources.files("fhir.describe") / f"{name}.toml").read_text("utf-8"))


_BY_WORDS = load("placing")["words"]
_SECTIONS = load("section_codes")
_INTERWEAVE = load("interweave")
_BARS = load("bars")
ADJUSTMENTS: dict[str, str] = load("adjustments")["adjustments"]
ADJUSTMENT_CATEGORIES: dict[str, str] = load("adjustments")["adjustment_categories"]


def place(codes: Iterable[Code]) -> Place | None:
    """The place that the codes decide, None where none does.

    Where several decide, safeguarding comes first, then legal, end of life and the rest, so that what is placed under
    the stricter gate is never placed under the looser one.
    """
    found: list[Place] = []
    for code in codes:
        if code.system.endswith(SAFEGUARDING_CODES) and code.code not in _BARS["safeguarding"]:
            found.append(Place("safeguarding", "concern", ""))
        meaning = meaning_of(code.code, code.system, "")
        if meaning is not None and meaning.section:
            found.append(Place(meaning.section, meaning.kind, meaning.words))
        if code.code in ADJUSTMENTS:
            found.append(Place("requirements", "adjustment", ADJUSTMENTS[code.code]))
        elif code.code in ADJUSTMENT_CATEGORIES and "Flag" in code.system:
            found.append(Place("requirements", "adjustment", ADJUSTMENT_CATEGORIES[code.code]))
    return min(found, key=lambda some: strictness(some.section)) if found else None


def place_by_words(words: str) -> Place | None:
    """The place that the title or address of a plan, form, flag or team tells where no code does, else None."""
    lowered = words.casefold()
    # An address has hyphens; short forms are looked for as whole words.
    lowered = f" {lowered} {lowered.replace('-', ' ')} "
    for row in _BY_WORDS:
        if any(some in lowered for some in row["find"]):
            return Place(row["section"], row["kind"], "")
    return None


@cache
def list_name(system: str) -> str:
    """The Interweave code list of a system address ("SocialCareServiceType"), "" for any other system."""
    last = system.rstrip("/").rpartition("/")[2]
    if not last.startswith(INTERWEAVE):
        return ""
    last = last.removesuffix("-1")
    last = _INTERWEAVE["aliases"].get(last, last)
    return last.removeprefix(INTERWEAVE) if last in _INTERWEAVE["lists"] else ""


def list_words(name: str, code: str) -> str:
    """The published words of a code of an Interweave list, "" for an unknown one."""
    words: str = _INTERWEAVE["lists"].get(INTERWEAVE + name, {}).get(code, "")
    return words


def known_words(code: Code) -> str:
    """Words for a code of the care lists that its source left without display, "" where it is not in them."""
    name = list_name(code.system)
    if name:
        return list_words(name, code.code)
    for ending, table in (
        ("flag-categories-bars", _BARS["flag_categories"]),
        ("scene-safety-codes-bars", _BARS["scene_safety"]),
        ("England-FlagCategoryRA", ADJUSTMENT_CATEGORIES),
        ("snomed.info/sct", ADJUSTMENTS),
    ):
        if code.system.endswith(ending):
            words: str = table.get(code.code, "")
            if words:
                return words
    found, meaning = place((code,)), meaning_of(code.code, code.system, "")
    return found.name if found else meaning.words if meaning else ""


def section_of(codes: Iterable[Code], title: str) -> str:
    """Our section for a section of a document, by its codes, else by words of its title; "" where neither tells."""
    for code in codes:
        section: str = _SECTIONS["codes"].get(code.code, "")
        if section:
            return section
    lowered = title.casefold()
    for row in _SECTIONS["words"]:
        if any(word in lowered for word in row["find"]):
            return str(row["section"])
    return ""
