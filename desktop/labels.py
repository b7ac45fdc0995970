"""Labels as records come in and change: what is stored already takes part, as far as the keys open it.

Turns what a store knows into what `consent.relabelling` needs, and its answer into what is to be sealed for whom. The
store is known as a Protocol; nothing here sees a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from consent.corrections import Correction, decode_correction, decode_floor, encode_floor
from consent.labels import LabelledEntry, decode, encode
from consent.propagation import Closed, nature, ties
from consent.relabelling import Fresh, Relabelled, Stored, relabel
from fhir.entries import Entry, EntryId, PersonId, Source
from fhir.sections import sections

ReadersOf = Callable[[PersonId, LabelledEntry], frozenset[str]]
"""Ids of those who may ever read an entry of a person."""


@dataclass(frozen=True)
class Tied:
    """A new entry, as a store has to know it to say what it is tied to."""

    entry_id: EntryId
    resource: str
    source_key: str
    ties: tuple[tuple[str, int], ...]
    nature: int
    version: str


@dataclass(frozen=True)
class LabelChange:
    """What is to change of what is stored of a person; see `storage.label_records.Relabelling`."""

    contents: dict[EntryId, tuple[bytes, frozenset[str]]] = field(default_factory=dict)
    floors: list[tuple[int, bytes, frozenset[str]]] = field(default_factory=list)
    settled: list[EntryId] = field(default_factory=list)
    due: bool | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.contents or self.floors or self.settled or self.due is not None)


class KeptEntry(Protocol):
    """A stored entry that the keys open."""

    @property
    def entry_id(self) -> EntryId: ...
    @property
    def content(self) -> bytes: ...
    @property
    def current(self) -> bool: ...
    @property
    def target(self) -> int: ...


class ShutEntry(Protocol):
    """A stored entry that the keys do not open."""

    @property
    def key(self) -> int: ...
    @property
    def own(self) -> int: ...
    @property
    def ties(self) -> Sequence[tuple[int, int]]: ...
    @property
    def nature(self) -> int: ...


class KeptCorrection(Protocol):
    """A correction; its content is None where the keys do not open it."""

    @property
    def content(self) -> bytes | None: ...
    @property
    def readers(self) -> frozenset[str]: ...


class Related(Protocol):
    """What takes part in labelling; see `storage.label_records.Related`."""

    @property
    def opened(self) -> Sequence[KeptEntry]: ...
    @property
    def closed(self) -> Sequence[ShutEntry]: ...
    @property
    def floors(self) -> Mapping[EntryId, Sequence[bytes | None]]: ...
    @property
    def corrections(self) -> Mapping[int, KeptCorrection]: ...
    @property
    def floored(self) -> frozenset[int]: ...
    @property
    def targets(self) -> Sequence[int]: ...
    @property
    def keys(self) -> Sequence[int]: ...
    @property
    def late(self) -> Sequence[bool]: ...


class LabelStore(Protocol):
    """What labelling needs of a signed-in vault."""

    def related(self, person: PersonId, fresh: Iterable[Tied], whole: Sequence[PersonId]) -> Related | None: ...
    def everything_related(self, person: PersonId) -> Related: ...
    def link_number(self, person: PersonId, resource: str) -> int: ...
    def bound(self, person: PersonId) -> Sequence[PersonId]:
        """Everyone whose labels bind a person: those they are one with, and those they were one with by evidence."""


@dataclass(frozen=True)
class Labelled:
    """Entries about to be stored with their labels; `within` bounds who may read each (None: nothing does), because
    somebody decided about it in a way that cannot be read here. `change` is for what is stored."""

    entries: list[LabelledEntry]
    within: list[frozenset[str] | None]
    change: LabelChange


class Labels:
    """Labels what comes in, in the light of what is here."""

    def __init__(self, store: LabelStore, readers_of: ReadersOf) -> None:
        self._store = store
        self._readers_of = readers_of

    def of_new(
        self, person: PersonId, entries: Sequence[Entry], versions: Sequence[str], whole: Sequence[PersonId] = ()
    ) -> Labelled | None:
        """Labels of entries about to be stored, and what follows for others; None where nothing stored takes part.
        `whole` are those who are, or will be, one with the person."""
        related = self._store.related(
            person,
            (
                Tied(one.entry_id, one.resource, one.source.key, ties(one), nature(one), version)
                for one, version in zip(entries, versions, strict=True)
            ),
            whole,
        )
        if related is None:
            return None
        corrections = [related.corrections.get(target) for target in related.targets]
        fresh = [
            Fresh(entry, key, late, _opened(correction))
            for entry, key, late, correction in zip(entries, related.keys, related.late, corrections, strict=True)
        ]
        known = [entry.resource for entry in entries] + [target for entry in entries for target, _ in ties(entry)]
        of = {person: related}
        stored, found = self._relabelled(of, fresh, known, more=len(self._store.bound(person)) > 1)
        unread = [None if one is None or one.content is not None else one.readers for one in corrections]
        due = True if found.due or any(one is not None for one in unread) else None
        return Labelled(found.fresh, unread, self._changes(of, stored, found, due=due)[person])

    def look_again(self, person: PersonId) -> tuple[dict[PersonId, LabelChange], bool]:
        """What changes when somebody looks at all that is stored of a person and of everyone whose labels bind them,
        for each of them, and whether all of it was open."""
        of = {one: self._store.everything_related(one) for one in self._store.bound(person)}
        stored, found = self._relabelled(of, [], [])
        for key in frozenset().union(*(one.floored for one in of.values())) & found.floors.keys():
            del found.floors[key]  # what was learned once is not written twice
        return self._changes(of, stored, found, due=found.due), not found.due

    def _relabelled(
        self, of: Mapping[PersonId, Related], fresh: Sequence[Fresh], known: Sequence[str], *, more: bool = False
    ) -> tuple[list[tuple[PersonId, Stored]], Relabelled]:
        stored = [(person, as_stored(one, related, person)) for person, related in of.items() for one in related.opened]
        closed: list[Closed] = []
        if any(related.closed for related in of.values()):
            resources = {*known, *(one.labelled.entry.resource for _, one in stored)}
            resources.update(link.target for _, one in stored for link in one.labelled.entry.links)
            closed = [one for person, related in of.items() for one in self._closed(person, related, resources)]
        return stored, relabel(fresh, [one for _, one in stored], closed, more=more)

    def _closed(self, person: PersonId, related: Related, resources: Iterable[str]) -> list[Closed]:
        """What of a person does not open, by the names of resources where something that opens tells them."""
        names = {self._store.link_number(person, resource): resource for resource in resources}
        return [
            Closed(
                one.key,
                _named(one.own, one.key, names),
                tuple((_named(target, 0, names), kind) for target, kind in one.ties),
                one.nature,
            )
            for one in related.closed
        ]

    def _changes(
        self,
        of: Mapping[PersonId, Related],
        stored: Sequence[tuple[PersonId, Stored]],
        found: Relabelled,
        *,
        due: bool | None,
    ) -> dict[PersonId, LabelChange]:
        changes = {person: LabelChange(due=due) for person in of}
        for n, one in found.changed.items():
            person = stored[n][0]
            changes[person].contents[one.entry.entry_id] = encode(one), self._readers_of(person, one)
        for n in found.settled:
            person, settled = stored[n]
            changes[person].settled.append(settled.labelled.entry.entry_id)
        for person, related in of.items():
            for key in dict.fromkeys(one.key for one in related.closed if one.key in found.floors):
                floor = found.floors[key]
                readers = self.readers_of_categories(person, floor)
                changes[person].floors.append((key, encode_floor(floor), readers))
        return changes

    def readers_of_categories(self, person: PersonId, categories: Sequence[str]) -> frozenset[str]:
        """Those who may read entries of these categories wherever they stand in the record of a person."""
        found: frozenset[str] | None = None
        for section in sections():
            entry = Entry(
                entry_id=EntryId(""),
                section=section,
                kind="",
                title="",
                resource="Basic/",
                source=Source(name=""),
            )
            readers = self._readers_of(person, LabelledEntry(entry, tuple(sorted(categories))))
            found = readers if found is None else found & readers
        return found or frozenset()


def as_stored(one: KeptEntry, related: Related, home: PersonId) -> Stored:
    """An entry stored in one home of a person, with everything that stands about it."""
    correction = related.corrections.get(one.target)
    floors = related.floors.get(one.entry_id, ())
    return Stored(
        labelled=decode(one.content),
        home=home,
        current=one.current,
        floors=[None if floor is None else decode_floor(floor) for floor in floors],
        correction=_opened(correction),
        closed=correction is not None and correction.content is None,
    )


def _opened(correction: KeptCorrection | None) -> Correction | None:
    return None if correction is None or correction.content is None else decode_correction(correction.content)


def _named(number: int, key: int, names: Mapping[int, str]) -> str:
    """ "Type/id" of a keyed hash where it is known, and any other text of its own where it is not."""
    return names.get(number) or (f"#{number}" if number else f"#none {key}")
