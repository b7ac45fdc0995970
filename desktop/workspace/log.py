"""The access log and its receipts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from consent.gate import Gate
from consent.ports import AccessEvent
from desktop.collector import collector_at_rest
from desktop.errors import WorkspaceError
from desktop.reports import ChainLink, LogChecked, ReceiptChecked
from desktop.who_looked import Touched
from desktop.who_looked import told as told_of
from desktop.workspace.overrides import Overrides
from desktop.workspace.sentences import read_receipt, receipt_told, told
from desktop.workspace.stores import EverStore
from desktop.workspace.users import Users
from fhir.entries import PersonId
from storage import receipts
from storage.audit_event import LoggedEvent
from storage.audit_log import Verification


class AccessLog(Overrides, Users):
    """The access log and its receipts."""

    def check_log(self) -> LogChecked:
        """Check the access log and everyone's records, with the signed heads it was checked against, for the privacy
        office."""
        self._require_review(None)
        with told():
            found = self._session.verify_log()
            links = tuple(ChainLink(*head) for head in self._session.log_heads())
        problem = found.problem or " ".join(self.warnings)
        return LogChecked(found.size, found.heads, found.read, found.people, problem, links)

    def log(self, person: PersonId | None = None) -> list[LoggedEvent]:
        """Every event of the access log, or those about a person, oldest first; that it was read is logged too.

        A person who is a user is given what is told of themself, and whoever acts for one their own acts
        (`who_looked`). Raises NothingFoundError for those who may not read it.
        """
        if self._reads_own(person):
            return [event for event, _touched in reversed(self.who_looked(person))]
        self._require_review(person)
        with told():
            events = self._session.log_events(person)
            self._session.record(AccessEvent("log-read", person=person))
        return events

    def who_looked(self, person: PersonId | None = None) -> list[tuple[LoggedEvent, Touched]]:
        """What the log tells the person who is signed in of themself, newest first, with the kinds of information that
        each act touched; refused and emergency looks too. That it was read is logged.

        Neither acts of which the law keeps them untold, nor anything of what is kept from their view. A carer or proxy
        is told of their own acts for the person and of nobody else's. Raises NothingFoundError for everyone else.
        """
        if self._linked is None or not self._reads_own(person):
            self._refuse_log(person)
        mine = self._linked.person
        with told(), collector_at_rest():
            request = self._request(mine, "TREAT", "present", "")
            record = Gate(EverStore(self._session), self.acting.about).open(request, own=self._own(request))
            found = told_of(self._session.own_log(mine), record)
            self._session.record(AccessEvent("log-read", person=mine))
        return [
            (msgspec.structs.replace(event, items=touched.items, commitment=""), touched) for event, touched in found
        ]

    def _is(self, person: PersonId | None) -> bool:
        """Whether whoever is signed in is this person, or with None anybody's own self."""
        return self._linked is not None and not self._linked.user and self._reads_own(person)

    def _reads_own(self, person: PersonId | None) -> bool:
        """Whether the log tells whoever is signed in something of this person (None: of anybody): the person
        themself, or a carer or proxy of theirs."""
        return self._linked is not None and (person is None or person in self.joined_with(self._linked.person))

    def verify_log(self) -> Verification:
        """Whether the access log and everyone's records are those that were signed; true when nothing is wrong."""
        with told():
            return self._session.verify_log()

    def receipt(self, person: PersonId, out: Path) -> None:
        """Write what the log tells a person, with its proofs, to a new file that verifies without the vault: for the
        privacy office, and for the person themself."""
        themself = self._is(person)
        if not themself:
            self._require_review(person)
        if out.exists():
            raise WorkspaceError("There is already a file at that place; nothing was overwritten.")
        without = self._left_out(person) if themself else frozenset()
        with told():
            content = self._session.receipt(person, self.overriding.told(person), without)
        try:
            out.touch(mode=0o600, exist_ok=False)
            out.write_bytes(content)
        except OSError:
            raise WorkspaceError("The receipt could not be written there.") from None

    def _left_out(self, person: PersonId) -> frozenset[int]:
        """Numbers of the acts that `who_looked` leaves out: all they touched is kept from the person's view."""
        shown = {event.number for event, _touched in self.who_looked(person)}
        with told():
            every = {event.number for event in self._session.own_log(person)}
        return frozenset(every - shown - {max(every)})  # the last is that they asked just now

    def hold_receipt(self, file: Path) -> ReceiptChecked:
        """Hold a receipt against this vault's log, for the privacy office. Raises NothingFoundError where it does not
        hold."""
        self._require_review(None)
        found = self.verify_receipt(file)
        person, head = PersonId(found.receipt.person), found.receipt.head
        with told():
            called = self._session.identity(person).name if self._known(person) else str(person)
        return ReceiptChecked(called, len(found.events), head.size, head.time, found.fingerprint)

    def verify_receipt(self, file: Path) -> receipts.Checked:
        """Check a receipt by itself and against this vault's log. Raises NothingFoundError where it does not hold."""
        with told(), receipt_told():
            return self._session.check_receipt(read_receipt(file))
