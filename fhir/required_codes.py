"""The code lists a source must keep to, from `required_codes.toml`; knows nothing of resources beyond element names."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from fhir.records import FhirVersion

CodeList = frozenset[str]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("required_codes.toml").read_text("utf-8"))


def _lists(name: str, resource_type: str, version: FhirVersion) -> dict[str, CodeList]:
    found = {}
    for path, lists in _table()[name].items():
        owner, _, element = path.partition(".")
        codes = lists.get("R4" if version == "R4B" else version, lists.get("all"))
        if owner == resource_type and codes:
            found[element] = frozenset(codes.split("|"))
    return found


@cache
def code_lists(resource_type: str, version: FhirVersion) -> dict[str, CodeList]:
    """Allowed codes by element, for elements of type code of this resource type."""
    return _lists("code", resource_type, version)


@cache
def concept_lists(resource_type: str, version: FhirVersion) -> dict[str, CodeList]:
    """Allowed codes by element, for elements of type CodeableConcept of this resource type."""
    return _lists("concept", resource_type, version)


@cache
def part_lists() -> dict[str, dict[str, CodeList]]:
    """Allowed codes inside data types, by the name of the element that holds them, then by their own."""
    found: dict[str, dict[str, CodeList]] = {}
    for path, codes in _table()["part"].items():
        owner, _, element = path.partition(".")
        found.setdefault(owner, {})[element] = frozenset(codes.split("|"))
    return found


@cache
def redefined_in_r4b() -> CodeList:
    """R4 resource types that the R4B models define in another way."""
    return frozenset(_table()["type"]["redefined_in_r4b"])
