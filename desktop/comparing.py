"""Two documents side by side: which entries the second has that are new, which it changes, which it lacks. No Qt.

What is compared is what is understood of each, resource by resource; bytes that mean the same are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from desktop.errors import WorkspaceError
from fhir.entries import Entry
from fhir.errors import RefusedError
from fhir.reading import read_document
from fhir.sections import sections
from fhir.understanding import Drop

ChangeKind = Literal["new", "changed", "gone"]
_ORDER: tuple[ChangeKind, ...] = ("changed", "new", "gone")


@dataclass(frozen=True)
class EntryChange:
    """One difference. `details` are lines "what: before → after" of a changed entry."""

    kind: ChangeKind
    section: str
    title: str
    when: str
    resource: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All differences, changed ones first, and how many entries are the same."""

    changes: tuple[EntryChange, ...]
    same: int


def compare(before: tuple[str, bytes], after: tuple[str, bytes]) -> Difference:
    """The difference of two documents, each a path and its bytes. Raises WorkspaceError where one cannot be read."""
    old, new = _entries(*before), _entries(*after)
    changes: list[EntryChange] = []
    same = 0
    for key, entries in old.items():
        for place, entry in enumerate(entries):
            others = new.get(key, [])
            if place >= len(others):
                changes.append(_change("gone", entry))
            elif details := tuple(_differing(entry, others[place])):
                changes.append(_change("changed", others[place], details))
            else:
                same += 1
    for key, entries in new.items():
        changes += [_change("new", entry) for entry in entries[len(old.get(key, [])) :]]
    names = list(sections())
    changes.sort(key=lambda one: (_ORDER.index(one.kind), names.index(one.section), one.title))
    return Difference(tuple(changes), same)


def _entries(path: str, data: bytes) -> dict[tuple[str, ...], list[Entry]]:
    """What a document says, by the resource it says it in; one without an id is known by what it says and when."""
    try:
        document = read_document(path, "", data)
    except RefusedError as error:
        raise WorkspaceError(error.reason) from None
    drop = Drop(lambda keys: (), lambda person: None)
    drop.learn(document)
    drop.settle()
    found: dict[tuple[str, ...], list[Entry]] = {}
    for described in drop.understand(document).described:
        for entry in described.entries:
            named = bool(described.resource.id)
            key = (entry.resource,) if named else (described.resource.type, entry.section, entry.title, entry.when.text)
            found.setdefault((*key, entry.section), []).append(entry)
    return found


def _change(kind: ChangeKind, entry: Entry, details: tuple[str, ...] = ()) -> EntryChange:
    return EntryChange(kind, entry.section, entry.title, entry.when.text, entry.resource, details)


def _differing(before: Entry, after: Entry) -> Iterator[str]:
    old, new = dict(_said(before)), dict(_said(after))
    for name in dict.fromkeys([*old, *new]):
        one, other = old.get(name, ""), new.get(name, "")
        if one != other:
            yield f"{name}: {one or 'nothing'} → {other or 'nothing'}"


def _said(entry: Entry) -> Sequence[tuple[str, str]]:
    """What an entry says, name by name."""
    own = [
        ("Title", entry.title),
        ("Detail", entry.detail),
        ("Value", entry.value),
        ("When", entry.when.text),
        ("Status", entry.status),
        ("Author", entry.author),
        ("Assertion", entry.assertion),
    ]
    return own + [(field.label, field.value) for field in entry.fields]
