"""The access log, its receipts, and the privacy office's desk."""

from __future__ import annotations

from pathlib import Path

from consent.ports import AccessEvent
from desktop.desk import Checked, Desk, Link, claims
from desktop.desk import made as desk_of
from desktop.errors import WorkspaceError
from desktop.workspace.overrides import Overrides
from desktop.workspace.sentences import read_receipt, receipt_told, told
from desktop.workspace.users import Users
from fhir.entries import PersonId
from storage import receipts
from storage.audit_event import LoggedEvent
from storage.audit_log import Verification


class AccessLog(Overrides, Users):
    """The access log, its receipts, and the privacy office's desk."""

    def desk(self) -> Desk:
        """The privacy office's desk. Raises NothingFoundError for those who may not see it; that is logged."""
        events = self.log()
        with told():
            cases = self.overriding.all()
            found = self._session.verify_log()
            people = {row.person for row in cases} | {one.person for one in claims(events)}
            called = {one: self._session.identity(one).name for one in people if self._known(one)}
            links = [Link(*head) for head in self._session.log_heads()]
        checked = Checked(found.size, found.heads, found.read, found.people, found.problem)
        return desk_of(cases, events, self.users(), links, called, self._clock(), checked)

    def log(self, person: PersonId | None = None) -> list[LoggedEvent]:
        """Every event of the access log, or those about a person, oldest first; that it was read is logged too.

        Raises NothingFoundError for those who may not read it.
        """
        self._require_review(person)
        with told():
            events = self._session.log_events(person)
            self._session.record(AccessEvent("log-read", person=person))
        return events

    def verify_log(self) -> Verification:
        """Whether the access log and everyone's records are those that were signed; true when nothing is wrong."""
        with told():
            return self._session.verify_log()

    def receipt(self, person: PersonId, out: Path) -> None:
        """Write what the log holds about a person, with its proofs, to a new file that verifies without the vault."""
        self._require_review(person)
        if out.exists():
            raise WorkspaceError("There is already a file at that place; nothing was overwritten.")
        with told():
            content = self._session.receipt(person)
        try:
            out.touch(mode=0o600, exist_ok=False)
            out.write_bytes(content)
        except OSError:
            raise WorkspaceError("The receipt could not be written there.") from None

    def verify_receipt(self, file: Path) -> receipts.Checked:
        """Check a receipt by itself and against this vault's log. Raises NothingFoundError where it does not hold."""
        with told(), receipt_told():
            return self._session.check_receipt(read_receipt(file))
