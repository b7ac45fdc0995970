"""Finding people and opening their records, through the gate."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import cast

import msgspec

from consent.acting import PURPOSE, speaking_for
from consent.decision import Policy
from consent.disclosure import DisclosedRecord
from consent.disclosure_json import entry_json
from consent.export import tells_of_others
from consent.labels import LabelledEntry
from consent.overrides import EMERGENCY
from consent.ports import AccessEvent
from consent.request import Actor, Relationship, Request, Role
from desktop import lately
from desktop.collector import collector_at_rest
from desktop.errors import NothingFoundError
from desktop.labels import Labels
from desktop.matching import Compared, MatchPair, State
from desktop.reports import (
    LatelyRow,
    Original,
    PersonRow,
)
from desktop.workspace.sentences import NOT_HERE, told
from desktop.workspace.signed_in import SignedIn
from desktop.workspace.stores import ImportStore
from fhir.entries import EntryId, PersonId
from fhir.people import NO_ONE, Identity
from fhir.person_search import matches_query, query_keys
from storage.errors import StorageError, UnknownItemError
from storage.people import least

BREAK_GLASS = "BTG"
FOUND_AT_MOST = 200
MEDIA_TYPES = {"json": "application/fhir+json", "ndjson": "application/fhir+json", "xml": "application/fhir+xml"}


class Opening(SignedIn):
    """Finding people and opening their records."""

    def people(self, query: str = "") -> list[PersonRow]:
        """People who match a name, NHS number, date of birth or local number in any usual form, by family name.

        At most 200; the newest when the query is empty.
        """
        with told():
            found: dict[PersonId, Identity] = {}
            for keys in query_keys(query) or ((),):
                found |= self._session.people(keys, FOUND_AT_MOST)
            rows = [
                (person_id, identity)
                for person_id, identity in found.items()
                if person_id != NO_ONE and (not query.strip() or matches_query(query, identity))
            ]
            known = dict(rows)
            wholes: dict[PersonId, Identity] = {}
            for person_id in known:
                group = self._session.joined(person_id)
                if self._linked is not None and self._linked.person not in group:
                    continue
                if len(group) == 1:
                    wholes[person_id] = known[person_id]
                elif group[0] not in wholes:
                    whole = self._session.identity(group[0])
                    # Of someone protected no number leads to them, also where another of their records has it.
                    if not (query.strip() and whole.restricted and not matches_query(query, least(whole))):
                        wholes[group[0]] = whole
            if query.strip():
                shown = [one for one in known if self._session.joined(one)[0] in wholes]
                self._session.record(AccessEvent("search", reason=query, items=shown))
            listed = sorted(wholes.items(), key=lambda row: (family_first(row[1]), row[0]))[:FOUND_AT_MOST]
            return [self._person_row(person_id, identity) for person_id, identity in listed]

    def lately(self) -> list[LatelyRow]:
        """Whom this user opened lately, the newest first, with how they said to know them."""
        found = []
        with told():
            for one in lately.read(self._session.own_note()):
                with suppress(UnknownItemError):  # their import was taken back
                    row = self._person_row(one.person, self._session.identity(one.person))
                    found.append(LatelyRow(row, one.relationship, one.when))
        return found

    def remember_opened(self, person: PersonId, relationship: Relationship) -> None:
        """Remember for this user alone that they opened someone; see `desktop.lately`."""
        with told():
            before = lately.read(self._session.own_note())
            now = self._clock().isoformat(timespec="seconds")
            self._session.keep_own_note(lately.write(lately.opened_now(before, person, relationship, now)))

    def draft(self, person: PersonId, kind: str = "") -> bytes:
        """What this user has begun to write about someone and not added; empty for nothing. Nobody else can open it.

        `kind` names what it is a draft of; there is one of each."""
        with told():
            return self._session.draft(person, kind)

    def keep_draft(self, person: PersonId, content: bytes, kind: str = "") -> None:
        """Keep what was begun; empty forgets it."""
        with told():
            self._session.keep_draft(person, content, kind)

    def possible_matches(self, state: State = "open") -> list[MatchPair]:
        """Pairs of people who may be one, joined (same) or kept apart, by minimum demographics."""
        if self._linked is not None:
            return []
        with told():
            return self._matching.pairs(state)

    def may_match(self) -> bool:
        """Whether this user may see what speaks for a match, and decide."""
        return self._matching.allowed()

    def compare_match(self, person: PersonId, other: PersonId, reason: str) -> Compared:
        """What speaks for and against a listed pair being one. Raises NothingFoundError for those who may not."""
        with told():
            return self._matching.compare(person, other, reason)

    def decide_match(self, person: PersonId, other: PersonId, state: State, reason: str) -> None:
        """Join two people (same), keep them apart, or take either back (open)."""
        self.forget_record()
        with told():
            self._matching.decide(person, other, state, reason)
        self._looked_at.clear()
        self._look_again(person)

    def split_match(self, person: PersonId, other: PersonId, reason: str) -> None:
        """Read two as two again, whether a human joined them or evidence did; `other` leaves the whole."""
        self.forget_record()
        with told():
            self._matching.split(person, other, reason)
        self._looked_at.clear()

    def split_off(self, person: PersonId, other: PersonId, reason: str) -> None:
        """Take one of the records that are read as one (`other`) out of the whole."""
        rest = [one for one in self.joined_with(person) if one != other]
        if not rest:
            raise NothingFoundError(NOT_HERE)
        self.split_match(rest[0], other, reason)

    def joined_with(self, person: PersonId) -> tuple[PersonId, ...]:
        """Everyone who is read as one with a person, with them; the first names the whole."""
        with told():
            return self._session.joined(person)

    def open_person(
        self,
        person: PersonId,
        *,
        purpose: str = "TREAT",
        relationship: Relationship = "present",
        reason: str = "",
    ) -> DisclosedRecord:
        """What this user may see of a person now. The access is logged before this returns."""
        request = self._request(person, purpose, relationship, reason)
        with told(), collector_at_rest():
            self._settle_if_due(request.person)
            record = self._opened(request)
            if self._gate.outdated or self._session.labels_due(person):
                self._look_again(person)
        self._record = record
        return record

    def _opened(self, request: Request) -> DisclosedRecord:
        """What the gate releases: with the override that speaks for it, opened now where glass is broken."""
        overriding, person = self.overriding, request.person
        override = overriding.current(person)
        if request.purpose != BREAK_GLASS:
            self._ordinary[person] = request
            own = self._own(request)
            override = override if override and override.kind != EMERGENCY else None
            return self._gate.open(request, override=override, own=own)
        self._gate.admit(request)
        try:
            if override is None or override.kind != EMERGENCY:
                override = overriding.break_glass(person, request.reason)
            else:
                overriding.use(override)
                request = replace(request, reason=request.reason or override.reason)
            return self._gate.open(replace(request, now=self._clock()), override=override)
        finally:
            overriding.done()

    def _request(self, person: PersonId, purpose: str, relationship: Relationship, reason: str) -> Request:
        actor = Actor(
            user=self.user.name,
            role=cast(Role, self.user.role),
            organisation=self.user.organisation,
            principals=self._session.my_principals(),
            former=self._session.user.former,
        )
        with suppress(UnknownItemError):  # someone unknown is the gate's to refuse, and to log
            whole = self._session.joined(person)
            mine = self._linked is not None and self._linked.person in whole
            person = self._linked.person if self._linked is not None and mine else whole[0]
        if self._linked is not None and purpose == "TREAT":
            purpose = PURPOSE[actor.role]
        return Request(person, actor, purpose, relationship, self._clock(), reason)

    def _own(self, request: Request) -> Policy | None:
        """What speaks for the person, or someone who acts for them; None for everyone else."""
        if self._linked is None:
            return None
        me = request.actor
        return speaking_for(me.role, me.organisation, me.user, self.acting.about(request.person))

    def _look_again(self, person: PersonId) -> None:
        """Bring labels up to date as far as these keys open what they rest on; once for each person and session.

        What was just shown is as strict already. Where it cannot be written, somebody else will do it.
        """
        if person in self._looked_at or person == NO_ONE or self._linked is not None:
            return
        self._looked_at.add(person)
        try:
            changes, whole = self._labels().look_again(person)
            self._import_store().relabel(changes, whole=whole)
        except StorageError:
            return

    def _labels(self) -> Labels:
        return Labels(self._import_store(), self._readers)

    def _import_store(self) -> ImportStore:
        return ImportStore(self._session, self._choosing, self._clock)

    def _readers(self, person: PersonId, labelled: LabelledEntry) -> frozenset[str]:
        return self._choosing.readers_of(person, labelled)

    def _settle_if_due(self, person: PersonId) -> None:
        if self._linked is not None:  # they do not know all that is stated about those who act for the person
            return
        try:
            self._choosing.settle_if_due(person)
        except KeyError:
            return  # nobody of that name: the gate says so

    def _record_of(self, entry: EntryId) -> DisclosedRecord:
        """The disclosed record that shows an entry: the one that is open, else its person's."""
        if self._record is not None and self._record.shows(entry):
            return self._record
        with told():
            person = self._session.person_of(entry)
        record = self.open_person(person)
        if not record.shows(entry):
            raise NothingFoundError(NOT_HERE)
        return record

    def original(self, entry: EntryId) -> Original:
        """The source bytes behind an entry, unchanged, or the redacted entry. Raises NothingFoundError if not released.

        An entry of the record that is open is answered from it; any other goes through the gate first.
        """
        record = self._record_of(entry)
        shown, person = record.entry(entry), record.person
        self._log("read", person, items=(entry,))
        # What a restricted person's sources hold tells where they are, in more ways than an entry shows.
        if shown.whole and not (shown.shortened or record.banner.identity.restricted):
            try:
                with told():
                    found = self._session.original(entry, person)
            except NothingFoundError:
                pass
            else:
                all_of_it = found.format != "csv" or record.full or self._shows_all_of(record, found.data)
                if all_of_it and not tells_of_others(record, shown.entry, found):
                    kind = MEDIA_TYPES.get(found.format, "text/plain")
                    return Original(found.data, True, kind, found.path, found.line if record.full else 0)
        redacted = {"redacted": True, "tag": "REDACTED", "entry": entry_json(shown)}
        data = msgspec.json.format(msgspec.json.encode(redacted), indent=2)
        return Original(data, False, "application/json", "")

    def _shows_all_of(self, record: DisclosedRecord, line: bytes) -> bool:
        """Whether everything that was made of a line of an extract is shown: one line tells of several resources."""
        with told():
            sources = self._session.originals(record.person)
        return all(record.shows(entry) for entry, found in sources.items() if found.data == line)


def family_first(identity: Identity) -> str:
    """A name to sort by: "ELLISON Margaret" for "Margaret ELLISON"."""
    words = identity.name.split()
    return " ".join(sorted(words, key=lambda word: not word.isupper())).casefold()
