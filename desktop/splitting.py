"""Taking what one import says of a person out of their record: it becomes a person of its own, kept apart.

For records that were filed as one because they say the same number, birth date and name, and are two people all the
same. The kept source bytes are filed anew, so every entry goes back with its source; each keeps the labels that it has
now, and the choices made while they were one bind both. Only for someone whose keys open all of the import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

import msgspec

from consent.corrections import Marked, as_marked
from consent.labels import LabelledEntry, decode, encode
from consent.ports import OpenedContent
from desktop.errors import WorkspaceError
from desktop.importing import Importer, ImportStore, PreparedDocument, PreparedEntry
from desktop.reports import Filed
from fhir.entries import EntryId, PersonId
from fhir.identity import merged
from fhir.people import NO_ONE, Identity
from fhir.reading import read_document
from fhir.understanding import Drop

NOT_ALL_YOURS = "Not all of that import may be opened by you; someone who may open all of it has to take it out."
OF_TABLES = "What a table says of one person cannot be taken out by itself; take the import back."
WITH_CHOICES = "That import brought sharing choices; it cannot be taken out, only taken back."
NOT_THEIRS = "No import of that name speaks of this person."
MORE_THAN_ONE = "That import holds several records of this person; take the import back."
NOTHING_LEFT = "That is all there is of this person; there is nothing to take it out of."


class ImportOfPerson(Protocol):
    """One live import that speaks of a person; `path` is empty where its keys are not this user's."""

    @property
    def import_id(self) -> str: ...
    @property
    def stored(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def format(self) -> str: ...


class SplitStore(Protocol):
    """What taking out needs of a signed-in vault, beside importing."""

    def joined(self, person: PersonId) -> Sequence[PersonId]: ...
    def own_identity(self, person: PersonId) -> Identity: ...
    def imports_of(self, person: PersonId) -> Sequence[ImportOfPerson]: ...
    def document(self, import_id: str) -> bytes: ...
    def holdings(self, person: PersonId) -> Sequence[OpenedContent]: ...
    def choosers_of(self, import_id: str) -> frozenset[str]: ...
    def marks(self, person: PersonId, entries: Sequence[EntryId]) -> Mapping[EntryId, Marked]: ...


def filed(store: SplitStore, person: PersonId, shown: Mapping[EntryId, str]) -> list[Filed]:
    """The imports of everyone who is read as one with a person, of which something is `shown` (entry id: its source's
    name). They go by the names of their sources: the name of a file may tell of others."""
    found: list[Filed] = []
    for one in store.joined(person):
        sources: dict[str, set[str]] = {}
        for content in store.holdings(one):
            if content.entry_id in shown:
                sources.setdefault(content.import_id, set()).add(shown[content.entry_id])
        name = store.own_identity(one).name
        rows = [row for row in store.imports_of(one) if row.import_id in sources]
        found += [
            Filed(one, name, row.import_id, row.stored, ", ".join(sorted(sources[row.import_id]))) for row in rows
        ]
    return found


@dataclass(frozen=True)
class TakenOut:
    """A document ready to be filed anew: what it says of `person` under `other`. `left` is what is known of the person
    without it."""

    prepared: PreparedDocument
    person: PersonId
    other: PersonId
    left: Identity


def take_out(
    store: SplitStore, importing: ImportStore, importer: Importer, person: PersonId, import_id: str
) -> TakenOut:
    """What has to be filed anew so that one import's part of a person's record stands by itself.

    Raises WorkspaceError in one sentence where that cannot be.
    """
    spoken_of = [(one, row) for one in store.joined(person) for row in store.imports_of(one)]
    found = [(one, row) for one, row in spoken_of if row.import_id == import_id]
    if not found:
        raise WorkspaceError(NOT_THEIRS)
    home, row = found[0]
    if store.choosers_of(import_id):
        raise WorkspaceError(WITH_CHOICES)
    try:
        data = store.document(import_id)
    except KeyError:
        raise WorkspaceError(NOT_ALL_YOURS) from None
    document = read_document(row.path, str(PurePath(row.path).parent), data)
    if document.format == "csv":
        raise WorkspaceError(OF_TABLES)
    drop = Drop(importing.people_sharing, importing.known_person, importing.joined, importing.decided, alone=(home,))
    drop.learn(document)
    drop.settle()
    understood = drop.understand(document)
    if len(drop.taken_out) != 1:
        raise WorkspaceError(MORE_THAN_ONE)
    (other,) = drop.taken_out
    left = _left(store, home, import_id)
    if left is None:
        raise WorkspaceError(NOTHING_LEFT)
    prepared = importer.prepare(document, understood)
    everyone = {*store.joined(home), *(entry.person_id for entry in prepared.entries)} - {other}
    known = _as_labelled_now(store, sorted(everyone))
    return TakenOut(_with_labels(prepared, known, importer), home, other, left)


def _left(store: SplitStore, person: PersonId, import_id: str) -> Identity | None:
    """What is known of a person without one import: from the others' Patients where all of them open, else as it is.

    None where there is no other import.
    """
    others = {row.import_id: row for row in store.imports_of(person) if row.import_id != import_id}
    if not others:
        return None
    known: Identity | None = None
    for content in store.holdings(person) if all(row.path for row in others.values()) else ():
        said = decode(content.content).demographics if content.import_id in others else None
        if said is not None:
            known = said.identity if known is None else merged(known, said.identity)
    return known or store.own_identity(person)


def _as_labelled_now(store: SplitStore, people: Sequence[PersonId]) -> dict[EntryId, LabelledEntry]:
    """Every entry of these people as the gate sees it now, with what was learned and decided about it since."""
    found: dict[EntryId, LabelledEntry] = {}
    for person in people:
        contents = list(store.holdings(person))
        marks = store.marks(person, [one.entry_id for one in contents])
        for one in contents:
            labelled = decode(one.content)
            mark = marks.get(one.entry_id)
            as_now = labelled if mark is None else as_marked(labelled, mark)
            if as_now is not None:
                found[one.entry_id] = as_now
    return found


def _with_labels(
    prepared: PreparedDocument, known: Mapping[EntryId, LabelledEntry], importer: Importer
) -> PreparedDocument:
    """The document with the labels that its entries have now. Raises WorkspaceError where one is not known."""
    entries: list[PreparedEntry] = []
    for entry in prepared.entries:
        labelled = known.get(EntryId(entry.entry_id))
        if labelled is None:
            raise WorkspaceError(NOT_ALL_YOURS)
        readers = entry.readers
        if entry.person_id != NO_ONE:
            readers &= importer.readers_of(entry.person_id, labelled)
        entries.append(msgspec.structs.replace(entry, content=encode(labelled), readers=readers))
    return msgspec.structs.replace(prepared, entries=tuple(entries), labels={})
