"""The side of a session that labels need: what takes part in them, marks about entries, and sealing anew.

What the keys do not open is told by keyed hashes only. Nothing here knows what a category is or who may read it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from fhir.entries import EntryId, PersonId
from storage.errors import UnknownItemError
from storage.homes import last
from storage.imports import instant, link_number, resource_number
from storage.keypairs import SigningKey
from storage.label_marks import LabelMarks
from storage.label_records import Correction, Marks, NewTies, Relabelling, Related
from storage.packs import decode_links
from storage.records import UPKEEP, WORDS, LogEvent
from storage.resealing import Resealing
from storage.sealing import Sealing
from storage.statement_keeping import StatementKeeping
from storage.web import Web

_WEBS_KEPT = 32
_NO_IMPORT = 0
_NOBODY = 0

Decided = Mapping[int, Mapping[int, Correction]]
"""By person and target, the newest correction."""


class LabelKeeping(StatementKeeping):
    """Everything a session offers for labelling."""

    def _take_keys(self) -> None:
        super()._take_keys()
        self._webs: OrderedDict[int, Web] = OrderedDict()
        self._kept: dict[int, dict[int, tuple[EntryId, bytes]]] = {}
        self._marks = LabelMarks(
            self._connection,
            self._vault_id,
            self._keyring,
            self._principals,
            self._keys.custodian_public,
        )

    @contextmanager
    def _change(self) -> Iterator[None]:
        try:
            with super()._change():
                yield
        except BaseException:
            self._webs.clear()
            self._kept.clear()
            raise

    def close(self) -> None:
        """Close the vault and forget the keys, and what was kept open for labelling. Safe to call twice."""
        self._kept.clear()
        super().close()

    # -- what takes part

    def link_number(self, person: PersonId, resource: str) -> int:
        """The keyed hash under which closed entries know a "Type/id" of this person."""
        return link_number(self._index, person, resource)

    def related(self, person: PersonId, coming: Iterable[NewTies], whole: Iterable[PersonId] = ()) -> Related | None:
        """What of a person's stored entries labels could pass to or from, given entries about to be stored. `whole` are
        those who will be one with them: what was decided about a resource of theirs holds here too.

        None where there is nothing: the entries can be labelled by themselves. Of someone new they are not even asked.
        """
        with self._use():
            try:
                number = self._people.number(person)
            except UnknownItemError:
                number = _NOBODY
            known = {number, *self._people.known(whole)} - {_NOBODY}
            bound = {other for one in known for other in self._matches.bound_by(one)}
            decided = self._decided(bound)
            if number == _NOBODY and not decided:
                return None
            index = self._index
            fresh = list(coming)
            web = self._web(number)
            ties = [
                (
                    link_number(index, person, one.resource),
                    [link_number(index, person, target) for target, _ in one.ties],
                )
                for one in fresh
            ]
            own = [index.number("entry", one.entry_id) for one in fresh]
            # What is stored already takes part too, and brings what it is tied to.
            keys = web.connected(ties).union(key for key in own if key in web.entries)
            if not keys and not decided:
                return None
            targets = [
                resource_number(index, person, one.source_key, one.resource) or key
                for one, key in zip(fresh, own, strict=True)
            ]
            versions = [instant(one.version) for one in fresh]
            newest: dict[int, int] = {}
            for target, version in zip(targets, versions, strict=True):
                newest[target] = max(newest.get(target, 0), version)
            found, latest = self._related(number, web, keys, newest, decided)
            late = [0 < version < latest[target] for target, version in zip(targets, versions, strict=True)]
            corrections = dict(found.corrections)
            if decided:
                homes = self._homes(bound)
                for one, target, key in zip(fresh, targets, own, strict=True):
                    called = {no: there or key for no, there in homes.numbers(one.source_key, one.resource).items()}
                    if (correction := last({**called, number: target}, decided)) is not None:
                        corrections[target] = correction
            return msgspec.structs.replace(found, corrections=corrections, targets=targets, keys=own, late=late)

    def everything_related(self, person: PersonId) -> Related:
        """Everything stored of a person, as it takes part in labels."""
        with self._use():
            number = self._people.number(person)
            self._log.states.require_before_change([number])
            web = self._web(number)
            decided = self._decided(self._matches.bound_by(number))
            return self._related(number, web, set(web.entries), {}, decided)[0]

    def _decided(self, people: Iterable[int]) -> Decided:
        """The newest corrections of those of these people of whom there are any, also where they take one back."""
        return {number: self._marks.newest(number) for number in people if self._marks.any_corrections(number)}

    def _related(
        self, person: int, web: Web, keys: set[int], newest: Mapping[int, int], decided: Decided
    ) -> tuple[Related, dict[int, int]]:
        if person not in self._kept:  # of one person at a time: a drop may bring them in a thousand documents
            self._kept = {person: {}}
        opened, closed, latest = self._entries.among(person, keys, newest, self._kept[person])
        floors = self._marks.floors(person)
        by_key = {self._index.number("entry", one.entry_id): one for one in opened} if floors else {}
        corrections: dict[int, Correction] = {}
        if decided and opened:
            homes = self._homes({person, *decided})
            for one in opened:
                correction = homes.newest_correction(person, one.target, one.content, decided)
                if correction is not None:
                    corrections[one.target] = correction
        related = Related(
            opened=opened,
            closed=[web.entries[key] for key in closed],
            floors={by_key[key].entry_id: found for key, found in floors.items() if key in by_key},
            corrections=corrections,
            floored=frozenset(floors),
        )
        return related, latest

    def _web(self, person: int) -> Web:
        web = self._webs.get(person)
        if web is None:
            web = self._webs[person] = Web.of(self._connection, person)
            while len(self._webs) > _WEBS_KEPT:
                self._webs.popitem(last=False)
        self._webs.move_to_end(person)
        return web

    def _web_grew(self, person: int) -> None:
        """An import added links of this person."""
        web = self._webs.get(person)
        if web is not None:
            row = self._connection.execute(
                "SELECT links FROM import_person WHERE person = ? ORDER BY import DESC LIMIT 1", (person,)
            ).fetchone()
            web.add(decode_links(row[0]))

    # -- marks

    def marks(self, person: PersonId, entries: Sequence[EntryId]) -> dict[EntryId, Marks]:
        """What stands about these entries beside their own content; entries without marks are left out.

        Where several are or were one person and their labels are due, an entry of which a state in another record does
        not open is closed: nobody has looked yet whether what keeps people from that one holds for this one too.
        """
        with self._use():
            number = self._people.number(person)
            group = self._matches.group(number)
            floors: dict[int, list[bytes | None]] = {}
            for one in group:
                for key, found in self._marks.floors(one).items():
                    floors.setdefault(key, []).extend(found)
            corrections, closed = self._across(group, self._matches.bound_by(number))
            if not floors and not corrections and not closed:
                return {}
            marks: dict[EntryId, Marks] = {}
            for entry in entries:
                key = self._index.number("entry", entry)
                theirs, correction = floors.get(key, ()), corrections.get(key)
                if theirs or correction is not None or key in closed:
                    content = None if correction is None else correction.content
                    shut = key in closed or (correction is not None and content is None)
                    marks[entry] = Marks(theirs, content, shut)
            return marks

    def _across(self, group: Sequence[int], bound: Collection[int]) -> tuple[dict[int, Correction], set[int]]:
        """By entry key, what was decided about the resource of each entry of people who are one, in any of their homes
        or of those who bind them; and the entries that stand beside what does not open while labels are due."""
        decided = self._decided(bound)
        due = len(bound) > 1 and any(map(self._marks.due, bound))
        if not decided and not due:
            return {}, set()
        homes = self._homes(bound)
        shut = {number: self._entries.shut(number) for number in bound} if due else {}
        corrections: dict[int, Correction] = {}
        closed: set[int] = set()
        for number in group:
            targets = self._entries.targets(number)
            opened = [
                (self._index.number("entry", one.entry_id), one.content) for one in self._entries.holdings(number)
            ]
            for key, content in opened if decided else ():
                correction = homes.newest_correction(number, targets.get(key, key), content, decided)
                if correction is not None:
                    corrections[key] = correction
            if any(shut.values()):
                closed |= homes.beside(number, ((key, targets.get(key, key), content) for key, content in opened), shut)
        return corrections, closed

    def labels_due(self, person: PersonId) -> bool:
        """Whether labels of a person wait for somebody who opens more."""
        with self._use():
            group = self._matches.group(self._people.number(person))
            return any(self._marks.due(number) or self._marks.any_floors(number) for number in group)

    def corrections(self, person: PersonId) -> list[Correction]:
        """Every signed correction of a person, oldest first."""
        with self._use():
            return self._marks.history(self._people.number(person))

    # -- changing

    def relabel(self, person: PersonId, change: Relabelling) -> None:
        """Seal entries of one person anew with other labels, in one transaction."""
        with self._change():
            number = self._people.number(person)
            self._log.states.require_before_change([number])
            self._relabel(number, change, _NO_IMPORT)
            if change.contents:
                self._log.append(
                    LogEvent("relabel", person, items=tuple(change.contents), kept_back=UPKEEP), self._clock()
                )

    def correct(
        self,
        person: PersonId,
        target: int,
        content: bytes,
        readers: frozenset[str],
        change: Relabelling,
        *,
        reason: str,
        recovery_key: str = "",
        kept_back: str = WORDS,
    ) -> int:
        """Write a correction, signed by the custodian, and seal anew what follows from it; returns its number.

        Without content it takes the one before back. `kept_back`: what of it the log keeps back from the person.

        Raises RecoveryKeyError for someone who holds neither the office nor the printed key.
        """
        with self._change():
            signing = SigningKey(self._custodian(recovery_key).custodian_signing)
            number = self._people.number(person)
            self._log.states.require_before_change([number])
            if content:
                sealing = Sealing(self._connection, self._vault_id, self._principals)
                no = self._marks.correct(number, target, content, readers, signing, sealing)
                sealing.write_grants()
            else:
                no = self._marks.withdraw(number, target, signing)
            self._keyring.forget_person(number)
            self._relabel(number, change, _NO_IMPORT)
            if len(bound := self._matches.bound_by(number)) > 1:
                for other in bound:
                    self._marks.set_due(other, True)
            items = tuple(change.contents)
            event = LogEvent("label-correction", person, reason=reason, items=items, kept_back=kept_back)
            self._log.append(event, self._clock())
            return no

    def _relabel(self, person: int, change: Relabelling, import_no: int) -> None:
        """Inside a transaction."""
        self._kept.clear()
        if change.contents or change.floors:
            sealing = Sealing(self._connection, self._vault_id, self._principals)
            if change.contents:
                resealing = Resealing(self._connection, self._vault_id, self._codec, self._keyring, sealing)
                resealing.person(
                    person,
                    {str(entry): readers for entry, (_, readers) in change.contents.items()},
                    {str(entry): content for entry, (content, _) in change.contents.items()},
                )
                resealing.documents()
            self._marks.add_floors(person, import_no, change.floors, sealing)
            sealing.write_grants()
        if change.settled:
            self._marks.settle(person, [self._index.number("entry", entry) for entry in change.settled])
        if change.due is not None:
            self._marks.set_due(person, change.due)
        self._keyring.forget_person(person)

    def _relabel_all(self, changes: Mapping[PersonId, Relabelling]) -> None:
        """What a document about to be stored changes of what is stored. Inside a transaction, before it is stored. Of
        someone new nothing is: they are looked at when they are joined."""
        import_no = self._imports.next_number()
        for person, change in changes.items():
            for number in self._people.known([person]):
                self._relabel(number, change, import_no)
