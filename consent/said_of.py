"""What is said of another thing goes where that thing goes: comments, agreement with a plan, requests to correct
something, and the answers.

Whoever may not see the thing sees nothing that is said of it, whatever was chosen first; and no key of theirs opens it.
(consent.md, The gate: a narrative that tells more of what is withheld is dropped.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from consent.labels import LabelledEntry
from consent.references import is_unique, stays
from fhir.entries import Entry, EntryId
from fhir.own_words import AGREES, COMMENT, CORRECTED, CORRECTION, DISAGREES, NOT_CORRECTED

_BY_NAME = frozenset((CORRECTED, NOT_CORRECTED, AGREES, DISAGREES))
_CATEGORIES = _BY_NAME | {COMMENT}


def is_said_of_another(entry: Entry) -> bool:
    """Whether an entry is nothing by itself: a comment, agreement with a plan or none, a request to correct
    something, or the answer to one."""
    if entry.resource_type == "Communication":
        return any(field.value in _CATEGORIES for field in entry.fields)
    return entry.resource_type == "Task" and entry.title == CORRECTION


def goes_with_another(entry: Entry) -> bool:
    """Whether an entry is shown only where another thing is: what is said of it, or tells where it came from."""
    return is_said_of_another(entry) or bool(_origin_of(entry))


def _origin_of(entry: Entry) -> set[str]:
    """What a Provenance tells the origin of; nothing of any other entry."""
    if entry.resource_type != "Provenance":
        return set()
    return {link.target for link in entry.links if link.rel == "target" and not stays(link.target)}


def is_said_of(said: Entry, thing: Entry) -> bool:
    """Whether one entry, which is said of another, is said of this one. Where several sources use one "Type/id", of
    that of the source it names; an answer names the request alone, and agreement the plan."""
    if said.resource_type == "Provenance":
        own = said.source.key == thing.source.key or is_unique(thing.resource.partition("/")[2])
        return own and thing.resource in _origin_of(said)
    return any(link.target == thing.resource for link in said.links) and any(
        field.value in _BY_NAME or thing.source.name in field.value for field in said.fields
    )


def without_its_thing(
    shown: Sequence[LabelledEntry], partly: Collection[tuple[str, str]] = (), said: Sequence[Entry] | None = None
) -> set[EntryId]:
    """Of entries that may be shown to somebody, what is said of something that may not, or not all of it: `partly` are
    resources, by source key and "Type/id", of which something is withheld. An answer goes with its request, and a
    Provenance with the last of what it tells the origin of. `said` are those among them that may go so, where that is
    known already."""
    if said is None:
        said = [one.entry for one in shown if goes_with_another(one.entry)]
    lost: set[EntryId] = set()
    if not said:
        return lost
    targets = {link.target for one in said for link in one.links}
    there: defaultdict[str, list[Entry]] = defaultdict(list)
    for one in shown:
        if one.entry.resource in targets and (one.entry.source.key, one.entry.resource) not in partly:
            there[one.entry.resource].append(one.entry)
    before = -1
    while len(lost) > before:
        before = len(lost)
        for saying in said:
            things = (thing for link in saying.links for thing in there[link.target] if thing.entry_id not in lost)
            if not any(is_said_of(saying, thing) for thing in things):
                lost.add(saying.entry_id)
    return lost


class Readers(Protocol):
    """Says of entries who may ever read them."""

    def readers(self, labelled: LabelledEntry) -> frozenset[str]: ...


class WithTheirThings:
    """Standing decisions by which nobody may read what is said of a thing but those who may read all of that thing.

    `entries` are those of the same person that whoever seals can open, asked only where something is said of another.
    Of a thing that is not among them nothing is known: then only the gate keeps what is said of it.
    """

    def __init__(self, base: Readers, entries: Callable[[], Iterable[LabelledEntry]]) -> None:
        self._base = base
        self._entries = entries
        self._named: dict[str, list[LabelledEntry]] | None = None

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        """Ids of the principals who may ever read this entry."""
        found = self._base.readers(labelled)
        if is_said_of_another(labelled.entry):
            for thing in self._things(labelled.entry, {labelled.entry.entry_id}):
                found &= self._base.readers(thing)
        return found

    def _things(self, said: Entry, passed: set[EntryId]) -> Iterable[LabelledEntry]:
        """What it is said of; of what is itself said of another, that too."""
        if self._named is None:
            self._named = {}
            for one in self._entries():
                self._named.setdefault(one.entry.resource, []).append(one)
        for thing in [one for link in said.links for one in self._named.get(link.target, ())]:
            if thing.entry.entry_id not in passed and is_said_of(said, thing.entry):
                passed.add(thing.entry.entry_id)
                yield thing
                if is_said_of_another(thing.entry):
                    yield from self._things(thing.entry, passed)
