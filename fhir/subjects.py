"""Finds which person a resource is about, from its own elements (`subjects.toml`). `references` follows them.

A type that the table does not list is asked for `subject` and `patient`: a new kind of record keeps its person.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from fhir.records import Tree

SubjectKind = Literal["patient", "person", "several", "follow", "nobody", "not-said"]


class Subject(msgspec.Struct, frozen=True):
    """Whom a resource is about, as it says itself.

    *patient*: it is a Patient. *person*: `references` holds one reference, to a Patient as far as can be told.
    *several*: more than one, or a Group. *follow*: whoever the records in `references` are about. *nobody*: a
    directory entry or definition. *not-said*: it could be about someone, but names nobody.
    """

    kind: SubjectKind
    references: tuple[Tree, ...] = ()


_PATIENT = Subject("patient")
_NOBODY = Subject("nobody")
_NOT_SAID = Subject("not-said")


class _Table(NamedTuple):
    person: dict[str, tuple[tuple[str, ...], ...]]
    follow: dict[str, tuple[tuple[str, ...], ...]]
    mixed: frozenset[tuple[str, ...]]
    nobody: frozenset[str]


_UNLISTED = (("subject",), ("patient",))


def patient_reference(tree: Tree) -> Tree | None:
    """The reference to the one person a resource is about; None where it names nobody or several, or is a Patient."""
    subject = subject_of(tree)
    return subject.references[0] if subject.kind == "person" else None


def subject_of(tree: Tree) -> Subject:
    """Whom a resource is about, by its own elements."""
    kind = tree.get("resourceType")
    if kind == "Patient":
        return _PATIENT
    if not isinstance(kind, str):
        return _NOT_SAID
    table = _table()
    if kind in table.nobody:
        return _NOBODY
    if kind == "Group":
        return Subject("several")
    for path in table.follow.get(kind, ()):
        if found := _references(tree, path):
            return Subject("person" if path == ("patient",) else "follow", tuple(found))
    for path in table.person.get(kind, _UNLISTED):
        found = _references(tree, path)
        if not found:
            continue
        if path in table.mixed:
            found = [reference for reference in found if reference_type(reference) in ("Patient", "")]
        else:
            found = [_of_patient(reference) for reference in found]
        people = _distinct(found)
        if len(people) == 1:
            if reference_type(people[0]) == "Group":
                return Subject("several", tuple(people))
            return Subject("person", tuple(people))
        if people:
            known = [reference for reference in people if reference_type(reference) == "Patient"]
            return Subject("person" if len(known) == 1 else "several", tuple(known or people))
    return _NOT_SAID


def subject_element(tree: Tree) -> tuple[str, bool]:
    """The element in which a resource of this type names its person, and whether it is a list of references."""
    kind = str(tree.get("resourceType"))
    paths = [path for path in _table().person.get(kind, _UNLISTED) if len(path) == 1] or list(_UNLISTED)
    element = next((path[0] for path in paths if path[0] in tree), paths[0][0])
    return element, isinstance(tree.get(element), list)


def reference_type(reference: Tree) -> str:
    """The type of resource a Reference names, "Patient"; empty where it does not say (urn:uuid, #contained)."""
    text = reference.get("reference")
    if isinstance(text, str) and not text.startswith(("urn:", "#")):
        path = text.partition("/_history/")[0].partition("?")[0].rstrip("/")
        parts = path.split("/")
        name = parts[-2] if len(parts) > 1 else parts[0]
        if name[:1].isupper() and name.isalpha():
            return name
    stated = reference.get("type")
    return stated if isinstance(stated, str) else ""


def _references(value: Any, path: tuple[str, ...]) -> list[Tree]:
    """The Reference objects at a path, through lists."""
    if isinstance(value, list):
        return [found for item in value for found in _references(item, path)]
    if not isinstance(value, dict):
        return []
    if not path:
        return [value] if "reference" in value or "identifier" in value else []
    inner = value.get(path[0])
    return _references(inner, path[1:]) if inner is not None else []


def _of_patient(reference: Tree) -> Tree:
    """A logical reference in a person's place, said to be to a Patient: its identifier alone may be on others too."""
    return reference if reference_type(reference) or "reference" in reference else {**reference, "type": "Patient"}


def _distinct(references: list[Tree]) -> list[Tree]:
    if len(references) < 2:
        return references
    by_text = {str(reference.get("reference") or reference.get("identifier")): reference for reference in references}
    return list(by_text.values())


@cache
def _table() -> _Table:
    # Not importlib.resources: the library fhir.resources ships a `fhir` folder too, and it may answer instead.
    table = tomllib.loads(Path(__file__).with_name("subjects.toml").read_text("utf-8"))

    def paths(rows: dict[str, list[str]]) -> dict[str, tuple[tuple[str, ...], ...]]:
        return {name: tuple(tuple(path.split(".")) for path in row) for name, row in rows.items()}

    mixed = frozenset(tuple(path.split(".")) for path in table["mixed"]["elements"])
    return _Table(paths(table["person"]), paths(table["follow"]), mixed, frozenset(table["nobody"]["types"]))
