"""Decides which version of FHIR a document is written in. Files seldom say so; what they say and how they look does.

Evidence, strongest first: a stated `fhirVersion`, profile addresses, resource types that only one version has, elements
that only one version has (`versions.toml`), and, where there is none of these, the addresses of code systems. Without
evidence a document is R4. R4B is told apart only where it differs. Knows nothing of files or formats. DSTU2 and older
are refused by name.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fhir.errors import VersionError
from fhir.records import FhirVersion, Resource

_STATED, _STRONG, _WEAK = 1000, 3, 1
_SHAPES: dict[str, type] = {"string": str, "object": dict, "list": list}
# Ties go to the earlier one: ProcedureRequest alone speaks for STU3 and DSTU2 alike.
_ORDER: tuple[FhirVersion, ...] = ("R4", "R4B", "STU3", "R5")
_NUMBERS = {"1.": "DSTU2", "0.": "DSTU2", "3.": "STU3", "4.0": "R4", "4.1": "R4B", "4.3": "R4B", "5.": "R5"}
_PROFILES = (
    (re.compile(r"/STU3/|hl7\.org/fhir/3\.", re.IGNORECASE), "STU3"),
    (re.compile(r"/DSTU2/|hl7\.org/fhir/1\.", re.IGNORECASE), "DSTU2"),
    (re.compile(r"/R4/|hl7\.org/fhir/4\.0|/UKCore-", re.IGNORECASE), "R4"),
    (re.compile(r"/R4B/|hl7\.org/fhir/4\.[13]", re.IGNORECASE), "R4B"),
    (re.compile(r"/R5/|hl7\.org/fhir/5\.", re.IGNORECASE), "R5"),
)

Marks = dict[str, tuple[tuple[type, str], ...]]


def decide_version(resources: Sequence[Resource]) -> FhirVersion:
    """The version that fits a document's resources best. Raises VersionError where that is DSTU2 or older."""
    votes: Counter[str] = Counter()
    types, elements, texts = _table()
    for resource in resources:
        tree = resource.tree
        for version in types.get(resource.type, ()):
            votes[version] += _STRONG
        marks = elements.get(resource.type)
        if marks:
            for element in marks.keys() & tree.keys():
                for shape, version in marks[element]:
                    if isinstance(tree[element], shape):
                        votes[version] += _WEAK
        if "meta" in tree or "fhirVersion" in tree:
            for version, weight in _statements(tree):
                votes[version] += weight
    if not votes:
        votes.update(_wording(resources, texts))
    best = max(_ORDER, key=lambda version: votes[version])
    if votes["DSTU2"] > votes[best]:
        raise VersionError("This is FHIR DSTU2, an old version that is not read; ask the sender for STU3 or R4.")
    return best


def _wording(resources: Sequence[Resource], texts: dict[str, list[str]]) -> Iterator[str]:
    """Versions whose own code system addresses stand in the text: the last thing asked, where nothing else tells."""
    for version, marks in texts.items():
        sought = [mark.encode() for mark in marks]
        # Regional profiles carry old addresses along, so a resource that names a profile is not asked.
        if any(mark in resource.raw for resource in resources if not _profiles(resource.tree) for mark in sought):
            yield version


def _statements(tree: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """What a resource says of its own version."""
    stated = tree.get("fhirVersion")
    if isinstance(stated, str):
        yield from ((version, _STATED) for start, version in _NUMBERS.items() if stated.startswith(start))
    # Regional profiles name their national base beside them, often of another version: only agreement counts.
    versions = {_version_of_profile(profile) for profile in _profiles(tree)}
    if len(versions) == 1 and (version := versions.pop()):
        yield version, _STRONG


def _profiles(tree: dict[str, Any]) -> list[str]:
    meta = tree.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return [profile for profile in profiles if isinstance(profile, str)] if isinstance(profiles, list) else []


@cache
def _table() -> tuple[dict[str, tuple[str, ...]], dict[str, Marks], dict[str, list[str]]]:
    # Not importlib.resources: the library fhir.resources ships a `fhir` folder too, and it may answer instead.
    table = tomllib.loads(Path(__file__).with_name("versions.toml").read_text("utf-8"))
    types: dict[str, tuple[str, ...]] = {}
    for version, names in table["types"].items():
        for name in names:
            types[name] = (*types.get(name, ()), version)
    elements: dict[str, Marks] = {}
    for version, rows in table["elements"].items():
        for name, marks in rows.items():
            for mark in marks:
                element, _, shape = mark.partition(":")
                known = elements.setdefault(name, {})
                known[element] = (*known.get(element, ()), (_SHAPES.get(shape, object), version))
    return types, elements, table["texts"]


def _version_of_profile(profile: str) -> str:
    return next((version for pattern, version in _PROFILES if pattern.search(profile)), "")
