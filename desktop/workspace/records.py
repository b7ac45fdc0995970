"""Bringing records in and taking them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from consent.ports import AccessEvent
from consent.request import STAFF_ROLES, Relationship, Role
from desktop.choosing import SEAL_NOTHING
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.reports import (
    Cancelled,
    DropReport,
    Filed,
    Listed,
    Progress,
)
from desktop.workspace.opening import Opening
from desktop.workspace.sentences import NOT_HERE, told
from desktop.workspace.stores import CarersStore, ImportStore
from fhir.entries import PersonId

if TYPE_CHECKING:
    from desktop.comparing import Difference
    from desktop.contributing import Contributed
    from desktop.exporting import Prepared
    from desktop.models.chronicle import Filters


class Records(Opening):
    """Bringing records in and taking them out."""

    def prepare_export(
        self,
        person: PersonId,
        form: str,
        *,
        audience: str = "",
        purpose: str = "TREAT",
        relationship: Relationship = "present",
        reason: str = "",
        listed: Filters | None = None,
    ) -> Prepared:
        """What would leave, whole and in memory, for looking at first. `form` is a key of `desktop.exporting.FORMATS`;
        `listed` narrows a timeline.

        With an `audience` (a role) it holds only what both this user and such a worker may see. Raises
        NothingFoundError where nothing may leave.
        """
        from desktop import exporting

        exporting.check(form, audience)
        request = self._request(person, purpose, relationship, reason)
        with told():
            record = self._gate.open(request, cast(Role, audience) if audience else None, own=self._own(request))
            sources = self._session.originals(person) if form in exporting.NEED_SOURCES else {}
        return replace(exporting.prepare(record, sources, form, audience, listed), as_of=self.changes)

    def hand_out(self, prepared: Prepared, out: Path | None) -> None:
        """Write what was prepared to a new file, or with None let it be printed; the log has it first.

        Raises WorkspaceError where choices or records changed since it was prepared: it may not be shown any longer.
        """
        from desktop import exporting

        if prepared.as_of != self.changes:
            raise WorkspaceError(exporting.CHANGED)
        if out is not None:
            exporting.require_free(out)
        with told():
            self._session.record(exporting.event(prepared, printed=out is None))
        if out is not None:
            exporting.write_new(out, prepared.data)

    def check(self, paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport:
        """Read and check without storing."""
        from desktop.importing import check_drop

        return check_drop(paths, self._checking_pool(), progress, cancelled)

    def import_files(
        self,
        paths: Sequence[Path],
        progress: Progress,
        cancelled: Cancelled,
        stored: Callable[[DropReport], None] | None = None,
    ) -> DropReport:
        """Store a drop: one transaction a document; cancelling keeps whole documents only.

        `stored` hears the report once everything is stored and can be opened, while checking still runs.
        """
        if self.user.role not in STAFF_ROLES:
            raise WorkspaceError("Only staff may import records.")
        from desktop.importing import Importer  # the sign-in window does without all that reading needs

        self.forget_record()
        self._looked_at.clear()
        self._choosing.forget()
        with told():
            store = ImportStore(self._session, self._choosing, self._clock)
            return Importer(store, self._checking_pool()).run(paths, progress, cancelled, stored)

    def contribute(self, person: PersonId, data: bytes, *, relationship: Relationship = "present") -> Contributed:
        """Add one FHIR resource to a person's record, with Provenance; it is read, labelled and sealed like any other.

        Raises WorkspaceError for those who may not add, and for what cannot be added.
        """
        from desktop import contributing
        from desktop.importing import Importer

        contributing.require_contributor(self.user.role)
        self._require_theirs(person, change=True)
        record = self.open_person(person, relationship=relationship)
        made = contributing.prepare(record, data)
        contributing.require_within(record, made, self._own(record.request))
        self.forget_record()
        with told():
            self._session.record(contributing.event(record, made))
            kind = CarersStore if self.user.role in SEAL_NOTHING else ImportStore
            store = kind(self._session, self._choosing, self._clock)
            stored = Importer(store, self._checking_pool()).contribute(made.document, made.understood)
            store.added(record.person)
        return contributing.done(record, made, stored)

    def filed_under(self, person: PersonId, reason: str) -> list[Filed]:
        """The imports that a person's record is made of, as far as something of them is shown to this user; logged. For
        those who may decide about matches. Raises NothingFoundError for others."""
        from desktop import splitting

        with told():
            self._matching.admit(person, reason)
            self._session.record(AccessEvent("match-evidence", person=person, reason=reason, kept_back="words"))
        record = self.open_person(person)
        shown = {
            item.entry.entry_id: item.entry.source.name for part in record.sections.values() for item in part.entries
        }
        with told():
            return splitting.filed(self._session, person, shown)

    def take_out(self, person: PersonId, import_id: str, reason: str) -> PersonId:
        """Take what one import says of a person out of their record, to a person of its own that is kept apart from
        them; returns who that is. Taken back like every keeping apart. Raises WorkspaceError where it cannot be."""
        from desktop import splitting
        from desktop.importing import Importer

        self.forget_record()
        self._looked_at.clear()
        self._choosing.forget()
        with told():
            self._matching.admit(person, reason)
            store = ImportStore(self._session, self._choosing, self._clock)
            importer = Importer(store, self._checking_pool())
            made = splitting.take_out(self._session, store, importer, person, import_id)
            document = msgspec.structs.replace(store.to_store(made.prepared), issues=self._session.issues(import_id))
            self._session.take_out(import_id, document, made.person, made.other, made.left, reason)
            self._choosing.settle_if_due(made.other)
        return made.other

    def imports(self) -> list[Listed]:
        """Every import that is there, the newest first, for testers in vaults of test data: the name of a file may tell
        of whom it is. Nothing for anyone else."""
        if self.user.role != "tester" or not self.test_data:
            return []
        with told():
            rows = self._session.imports()
        return [Listed(row.import_id, row.path, row.stored) for row in reversed(rows) if row.path and not row.undone]

    def compare_imports(self, before: str, after: str) -> Difference:
        """What one import has that another has not; logged. For testers, in vaults of test data: nobody else is
        certain to be shown all of what two documents say."""
        from desktop.comparing import compare  # the window does without all that reading needs

        if self.user.role != "tester" or not self.test_data:
            raise NothingFoundError("Imports are compared by testers, in vaults of test data.")
        paths = {one.import_id: one.path for one in self.imports()}
        if before not in paths or after not in paths:
            raise NothingFoundError(NOT_HERE)
        with told():
            documents = [(paths[one], self._session.document(one)) for one in (before, after)]
            self._session.record(AccessEvent("read", reason="two imports compared", items=(before, after)))
        return compare(documents[0], documents[1])

    def undo(self, import_id: str) -> int:
        """Take one import back as a whole; how many entries went that this user's keys open. Raises NothingFoundError
        for an unknown one.

        One that brought sharing choices is for whoever imported it, or the custodian: taking it back ends them.
        """
        if self._linked is not None:
            raise NothingFoundError(NOT_HERE)
        self.forget_record()
        self._looked_at.clear()
        self._choosing.forget()
        with told():
            brought = self._session.choosers_of(import_id)
            if brought - {self._session.user.id} and not self._session.user.custodian:
                raise WorkspaceError(
                    "This import brought sharing choices; only whoever imported it, or the custodian, can take it back."
                )
            return self._session.undo(import_id)
