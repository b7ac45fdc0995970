"""Which section and kind a code stands for, whatever resource carries it, and the words of the care code lists.

Single codes are looked up in `fhir.describe.meanings`; the other tables are data: `section_codes.toml` (sections of
documents), `interweave.toml`, `bars.toml`, `adjustments.toml` (code lists), and `placing_words.toml`. Nothing here
knows resources.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
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


_BY_WORDS = load("placing_words")["words"]
_EQUIPMENT = re.compile(rf"\b(?:{'|'.join(load('placing_words')['equipment'])})", re.I)
_KIND = re.compile(r"\s*\((?:disorder|finding|situation)\)$", re.I)
"""The kind of concept that SNOMED CT writes after a full name."""
_SIGNS = re.compile(r"[^a-z0-9]+")
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


@lru_cache(maxsize=4096)
def place_by_words(words: str) -> Place | None:
    """The place that the title or address of a plan, form, flag, statement or team tells where no code does, else None.

    Every sign in it counts as a blank too: "(DNACPR)" is a word, and an address has hyphens.
    """
    lowered = words.casefold()
    lowered = f"^{lowered} {_SIGNS.sub(' ', lowered)} "
    for row in _BY_WORDS:
        if any(some in lowered for some in row["find"]) and _one_of(row.get("with"), lowered):
            return Place(row["section"], row["kind"], "")
    return None


def _one_of(words: list[str] | None, text: str) -> bool:
    return words is None or any(some in text for some in words)


def stricter(one: Place | None, other: Place | None) -> Place | None:
    """Of two places that may be none the one under the stricter gate."""
    found = [some for some in (one, other) if some is not None]
    return min(found, key=lambda some: strictness(some.section)) if found else None


def place_of_statement(codes: Iterable[Code], words: str) -> Place | None:
    """The place that the words of a finding or problem tell where none of its codes is known to decide, else None.

    Decisions for the end of life and in law are known by their words however they are coded, since sources code them
    in lists of their own; of anything else the words count only where there is no code.
    """
    codes = tuple(codes)
    if place(codes) is not None:
        return None
    placed = place_by_words(words)
    return placed if placed is not None and (not codes or placed.section in ("end-of-life", "legal")) else None


_ALLERGY = re.compile(
    r"^(?:allerg(?:y|ic) to\b.+|(?!no |not |nil |denies|without|family history|fh\b).*\w allergy)$", re.I
)
_HOME = ("lives alone", "lives in ", "housing", "homeless", "lives with family", "lives with relatives")
_SOCIAL = ("social-history", "sdoh")


def is_allergy(words: str) -> bool:
    """Whether the words of a finding or problem name an allergy, whatever resource a source wrote it as."""
    return _ALLERGY.match(_KIND.sub("", words)) is not None


def is_equipment(*names: str) -> bool:
    """Whether a device is equipment for living, by what it is called."""
    return _EQUIPMENT.search(" ".join(names)) is not None


def place_told_as_problem(categories: Iterable[Code], words: str) -> Place | None:
    """The place of what a source wrote as a problem though the record has a place of its own for it, else None.

    An allergy must be seen where allergies are looked for; how somebody lives is no illness.
    """
    if is_allergy(words):
        return Place("allergies", "allergy", "")
    if words.casefold().startswith(_HOME):
        return Place("social-context", "housing", "")
    if any(code.code in _SOCIAL for code in categories):
        return Place("social-context", "social-fact", "")
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
