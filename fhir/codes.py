"""Coded text: which words are shown for it, and every coding kept.

Display order: the concept's text, then the coding its user chose, then the first display, then the code with the
readable name of its system ("SNOMED CT 44054006"). Names of systems are data (`code_systems.toml`). What a code means
for placing an entry is not known here (see `fhir.describe.meanings`).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from fhir.entries import Code
from fhir.records import Tree

_NUMBERED = re.compile(r"^\d{6,18}\s*\|")
"""A SNOMED CT expression in place of words: its number is the code's, and stands with the codings."""

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"


def _load() -> tuple[dict[str, str], dict[str, str]]:
    table = tomllib.loads(Path(__file__).with_name("code_systems.toml").read_text("utf-8"))
    names = {url: row["name"] for row in table["system"] for url in row["urls"]}
    canonical = {url: row["urls"][0] for row in table["system"] for url in row["urls"]}
    return names, canonical


_NAMES, _CANONICAL = _load()


def system_name(system: str) -> str:
    """The readable name of a code system; for an unknown one the last part of its address."""
    known = _NAMES.get(system)
    if known is not None:
        return known
    return system.rstrip("/").rpartition("/")[2].rpartition(":")[2].replace("-", " ").strip()


def canonical_system(system: str) -> str:
    """The first address of a system that is known under several; any other system unchanged."""
    return _CANONICAL.get(system, system)


def code_words(code: Code) -> str:
    """The words for one coding: its display, else its code with the name of the system."""
    if code.display:
        return code.display
    if not code.code:
        return ""
    name = system_name(code.system)
    return f"{name} {code.code}" if name else f"Code {code.code}"


def read_coding(value: Any) -> Code | None:
    """One Coding; None where there is nothing in it."""
    if not isinstance(value, dict):
        return None
    code = value.get("code")
    system = value.get("system")
    display = value.get("display")
    if type(code) is not str:
        code = "" if code is None or isinstance(code, dict | list) else str(code)
    if type(system) is not str:
        system = ""
    if type(display) is not str:
        display = ""
    if not code and not display:
        return None
    return Code(system, code, display.strip(), value.get("userSelected") is True)


def read_concept(value: Any) -> tuple[str, tuple[Code, ...]]:
    """The words to show and all codings of a CodeableConcept.

    Also takes what stands in its place in real data: a Coding, a list (of which the words are joined by commas), a
    plain string, an R5 CodeableReference with a concept.
    """
    if type(value) is not dict:
        return _read_odd(value)
    codings = value.get("coding")
    text = value.get("text")
    shown = text.strip() if type(text) is str else ""
    if "|" in shown:
        shown = _NUMBERED.sub("", shown).strip(" |")
    if codings is None:
        if shown:
            return shown, ()
        if "concept" in value:
            return read_concept(value["concept"])
        single = read_coding(value)
        return (code_words(single), (single,)) if single else ("", ())
    if type(codings) is not list:
        codings = [codings]
    codes = []
    for coding in codings:
        code = read_coding(coding)
        if code is not None:
            codes.append(code)
    if not shown and codes:
        shown = _chosen(codes)
    return shown, tuple(codes)


def _chosen(codes: list[Code]) -> str:
    for code in codes:
        if code.user_selected and code.display:
            return code.display
    for code in codes:
        if code.display:
            return code.display
    return code_words(codes[0])


def _read_odd(value: Any) -> tuple[str, tuple[Code, ...]]:
    if isinstance(value, str):
        return value.strip(), ()
    if not isinstance(value, list):
        return "", ()
    words: list[str] = []
    codes: list[Code] = []
    for item in value:
        shown, some = read_concept(item)
        if shown and shown not in words:
            words.append(shown)
        codes += some
    return ", ".join(words), tuple(codes)


def words(tree: Tree, name: str) -> str:
    """The words of the concept or concepts under `name`."""
    value = tree.get(name)
    return read_concept(value)[0] if value is not None else ""


def concept_codes(tree: Tree, name: str) -> tuple[Code, ...]:
    """All codings of the concept or concepts under `name`."""
    value = tree.get(name)
    return read_concept(value)[1] if value is not None else ()


def code_of(tree: Tree, name: str) -> str:
    """The bare code under `name`, which may be a code string (STU3), a Coding or a CodeableConcept (R4)."""
    value = tree.get(name)
    if type(value) is str:
        return value
    if value is None:
        return ""
    shown, codes = read_concept(value)
    return codes[0].code if codes and codes[0].code else shown
