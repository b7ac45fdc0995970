"""A store that holds no more than someone has already been shown: what *See as* opens through the very same gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from consent.corrections import Marked
from consent.ports import AccessEvent, KeptAct, KeyHolder, OpenedContent, RecordStore
from fhir.entries import EntryId, PersonId
from fhir.people import Identity


class SeenStore:
    """The part of a store that is in `seen`, as if the acts in `tried` had been kept as well. Opening it writes nothing
    to the log: that it was opened is for the caller to write."""

    def __init__(self, store: RecordStore, seen: frozenset[EntryId], tried: Sequence[KeptAct] = ()) -> None:
        self._store = store
        self._seen = seen
        self._tried = tried

    @property
    def test_data(self) -> bool:
        """As in the store."""
        return self._store.test_data

    def identity(self, person: PersonId) -> Identity:
        """As in the store."""
        return self._store.identity(person)

    def readable(self, person: PersonId) -> Iterable[OpenedContent]:
        """Entries that were shown."""
        return [content for content in self._store.readable(person) if content.entry_id in self._seen]

    def marks(self, person: PersonId, entries: Sequence[EntryId]) -> Mapping[EntryId, Marked]:
        """As in the store."""
        return self._store.marks(person, entries)

    def lanes(self, person: PersonId) -> frozenset[str]:
        """As in the store."""
        return self._store.lanes(person)

    def carries(self, person: PersonId) -> frozenset[tuple[str, str]]:
        """As in the store."""
        return self._store.carries(person)

    def choices(self, person: PersonId) -> Sequence[KeptAct]:
        """As in the store, and what is tried."""
        return [*self._store.choices(person), *self._tried]

    def settled(self, person: PersonId) -> bool:
        """As in the store."""
        return self._store.settled(person)

    def principals(self) -> Sequence[KeyHolder]:
        """As in the store."""
        return self._store.principals()

    def record(self, event: AccessEvent) -> None:
        """Nothing: nobody is shown anything they had not been shown."""
