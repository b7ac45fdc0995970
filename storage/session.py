"""One signed-in user in one open vault. It satisfies `consent.ports.RecordStore` by its shape.

Safe to use from any thread, one call at a time. Closing forgets the keys. Every change and its line in the access log
are one transaction. It decides nothing about who may read: readers are given with every entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from fhir.entries import EntryId, PersonId
from fhir.people import Identity
from storage.drafts import Drafts
from storage.errors import UnknownItemError
from storage.label_keeping import LabelKeeping
from storage.log_keeping import LogKeeping
from storage.own_notes import OwnNotes
from storage.records import (
    WORDS,
    DocumentToStore,
    ImportRow,
    LogEvent,
    SourceBytes,
    StoredContent,
    StoredImport,
)


class Session(LogKeeping, OwnNotes, Drafts, LabelKeeping):
    """Made by `Vault.create`, `Vault.open` and `Vault.recover`."""

    # -- people

    def candidates(self, match_keys: Iterable[str]) -> list[tuple[PersonId, Identity]]:
        """People who share any exact identifier key."""
        with self._use():
            return self._people.candidates(match_keys)

    def foresee(
        self, people: Iterable[PersonId], match_keys: Iterable[str]
    ) -> tuple[dict[PersonId, Identity | None], dict[str, list[tuple[PersonId, Identity]]]]:
        """Who of these people was ever here (None: no import speaks of them any more), and who has each of these keys:
        as asking for each, at once."""
        with self._use():
            return self._people.foresee(people, match_keys)

    def people(self, prefixes: Sequence[str] = (), limit: int = 200) -> list[tuple[PersonId, Identity]]:
        """People of whom some search word begins with each (normalised) prefix; the newest when none are given."""
        with self._use():
            return self._people.search(prefixes, limit)

    # -- reading

    def readable(self, person: PersonId) -> list[StoredContent]:
        """Every current entry of a person that the signed-in user's keys open; of joined people without those of which
        a newer state stands with another of them.

        Raises TamperedError for records that are not those that the newest head of the log was signed with.
        """
        with self._use():
            group = self._matches.group(self._people.number(person))
            for number in group:
                self._log.states.require(number, self._private)
            if len(group) == 1:
                self._owners = {}
                return self._entries.readable(group[0])
            homes = self._homes(group)
            found: dict[EntryId, tuple[int, StoredContent]] = {}
            for number in group:
                opened = self._entries.readable(number)
                outdated = homes.outdated(number, ((one.entry_id, one.content) for one in opened))
                found |= {one.entry_id: (number, one) for one in opened if one.entry_id not in outdated}
            owners = {number: self._people.id_of(number) for number in group}
            self._owners = {entry: owners[number] for entry, (number, _) in found.items()}
            return [one for _, one in found.values()]

    def lanes(self, person: PersonId) -> frozenset[str]:
        """Kinds of service that any import has supplied for anyone in this vault."""
        with self._use():
            return frozenset(row[0] for row in self._connection.execute("SELECT name FROM lane"))

    def carries(self, person: PersonId) -> frozenset[tuple[str, str]]:
        """Which sections each kind of service has supplied for anyone in this vault: (lane, section)."""
        with self._use():
            return frozenset(self._connection.execute("SELECT lane, section FROM feed").fetchall())

    def original(self, entry_id: EntryId, person: PersonId | None = None) -> SourceBytes:
        """The unchanged bytes of the resource behind an entry. Raises UnknownItemError if they are not this user's.

        Giving the person is faster; without it everyone is asked.
        """
        with self._use():
            group = (None,) if person is None else self._matches.group(self._people.number(person))
            for number in group[:-1]:
                with suppress(UnknownItemError):
                    return self._entries.original(entry_id, number)
            return self._entries.original(entry_id, group[-1])

    def originals(self, person: PersonId) -> dict[EntryId, SourceBytes]:
        """The unchanged bytes behind every current entry of a person, as far as this user's keys open them."""
        with self._use():
            found: dict[EntryId, SourceBytes] = {}
            for number in self._matches.group(self._people.number(person)):
                found.update(self._entries.originals(number))
            return found

    def person_of(self, entry_id: EntryId) -> PersonId:
        """Whose entry this is, if this user may read it. Raises UnknownItemError."""
        with self._use():
            return self._people.id_of(self._entries.person_of(entry_id))

    def import_of(self, sha256: str, telling: int = 0) -> str | None:
        """The live import of a document with this digest, if there is one told by this telling or a newer."""
        with self._use():
            return self._imports.live_import(sha256, telling)

    def document(self, import_id: str) -> bytes:
        """A whole stored document, byte for byte. Raises UnknownItemError unless the keys open every part of it."""
        with self._use():
            return self._entries.document(import_id)

    def imports(self) -> list[ImportRow]:
        """All imports, oldest first."""
        with self._use():
            return self._entries.imports()

    def issues(self, import_id: str) -> bytes:
        """What reading and checking found in a document, in the encoding it was given in."""
        with self._use():
            return self._entries.issues(import_id)

    def size(self) -> tuple[int, int]:
        """How many people and entries are stored."""
        with self._use():
            people, entries = (
                self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names of our own
                for table in ("person", "entry")
            )
            return people, entries

    # -- changing

    def store_document(self, document: DocumentToStore) -> StoredImport:
        """Store one document in one transaction; `unchanged` if the same bytes are here, told by no older version."""
        with self._change():
            now = self._clock()
            spoken_of = [*(one.person_id for one in document.people), *document.restricts]
            self._log.states.require_before_change(self._people.known(spoken_of))
            self._people.newly_restricted()
            if document.labels and self._imports.live_import(document.sha256, document.telling) is None:
                self._relabel_all(document.labels)
            stored = self._imports.store(document, self._keys.principal, now)
            self._matches.forget()
            if stored.status == "imported":
                people = [person.person_id for person in document.people]
                if not stored.replaces:
                    self._keep_choices(document.choices, stored.import_id)
                items = tuple(filter(None, (stored.import_id, stored.replaces)))
                self._log.append(LogEvent("import", people[0] if len(people) == 1 else None, items=items), now)
                numbers = self._people.known(people)
                if stored.replaces:
                    self._marks.import_undone(self._imports.number(stored.replaces))
                    for number in numbers:
                        self._marks.set_due(number, True)
                self._matches.foresee(numbers)
                for number in numbers:
                    if len(self._matches.bound_by(number)) > 1:
                        self._marks.set_due(number, True)
                    self._keyring.forget_person(number)
                    self._web_grew(number)
                if hidden := self._people.newly_restricted():
                    self._reseal_all({number: {} for number in hidden}, document.restricted_readers)
            return stored

    def set_issues(self, found: Mapping[str, bytes]) -> None:
        """Keep findings that came after storing, by import id, in one transaction; no more come of what was stored."""
        try:
            if found:
                with self._change():
                    for import_id, issues in found.items():
                        self._imports.set_issues(import_id, issues, self._entries.document_box(import_id)[1])
        finally:
            self._imports.all_found()

    def undo(self, import_id: str) -> int:
        """Take one import back as a whole; how many entries went, of those that this user's keys open."""
        with self._change():
            went, people = self._imports.undo(import_id, self._keyring.boxes)
            if left := self._matches.part_from_gone(people):
                self._whole_changed(left)
            self._marks.import_undone(self._imports.number(import_id))
            for number in people:
                self._marks.set_due(number, True)
            self._log.append(LogEvent("undo", items=(import_id,)), self._clock())
            for number in people:
                self._keyring.forget_person(number)
            return went

    def take_out(
        self, import_id: str, document: DocumentToStore, person: PersonId, other: PersonId, left: Identity, reason: str
    ) -> str:
        """File a document anew in place of the import that holds it, with what it says of `person` under `other`, who
        is kept apart from them; one transaction. `left` is what is known of the person without it. Returns the id of
        the new import.

        What was learned from it about the sensitivity of other entries stays. Raises UnknownItemError, MatchError.
        """
        with self._change():
            now, by = self._clock(), self._keys.principal
            spoken_of = [*(one.person_id for one in document.people), person, other]
            self._log.states.require_before_change(self._people.known(spoken_of))
            _, people = self._imports.undo(import_id, self._keyring.boxes)
            stored = self._imports.store(document, by, now)
            self._people.know_again(person, left)
            for number in {*people, *self._people.known(spoken_of)}:
                self._marks.set_due(number, True)
                self._keyring.forget_person(number)
            self._webs.clear()
            whole = self._matches.take_out(person, other, now, by)
            self._whole_changed({*whole, *self._matches.bound_by(whole[0])})
            for about in map(self._people.id_of, whole):
                items = (person, other, import_id, stored.import_id)
                self._log.append(LogEvent("match-apart", about, reason=reason, items=items, kept_back=WORDS), now)
            return stored.import_id

    def imports_of(self, person: PersonId) -> list[ImportRow]:
        """The live imports that speak of a person, oldest first."""
        with self._use():
            return self._entries.imports_of(self._people.number(person))

    def holdings(self, person: PersonId) -> list[StoredContent]:
        """Every entry of a person that the keys open, also superseded ones and those taken back."""
        with self._use():
            return self._entries.holdings(self._people.number(person))
