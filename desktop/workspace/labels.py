"""Labels reviewed and corrected by the custodian's office."""

from __future__ import annotations

from collections.abc import Sequence

from consent.errors import PolicyError
from consent.ports import AccessEvent
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.label_review import LabelReview, LabelRow
from desktop.workspace.opening import Opening
from desktop.workspace.sentences import told
from desktop.workspace.stores import ImportStore, as_relabelling
from fhir.entries import EntryId, PersonId
from storage.errors import UnknownItemError

NOT_THE_LABELS = "Only the custodian's office may review labels."


class LabelOffice(Opening):
    """Labels reviewed and corrected by the custodian's office."""

    def label_reasons(self, person: PersonId) -> list[LabelRow]:
        """Every entry of a person with its labels and why, for whoever holds the custodian's office; logged.

        Raises NothingFoundError for everyone else.
        """
        self._require_label_office(person)
        with told():
            current = {one.entry_id for one in self._session.readable(person)}
            rows = {
                row.entry_id: row
                for one in self._session.joined(person)
                for row in self._label_review(one).rows()
                if row.entry_id in current
            }
            self._session.record(AccessEvent("labels-read", person, items=list(rows)))
        return list(rows.values())

    def correct_label(self, person: PersonId, entry: EntryId, categories: Sequence[str], reason: str) -> None:
        """Set the categories of an entry's resource on purpose, signed by the custodian's office; logged with reason.

        It holds for every state of the resource, also when it is imported again, until it is withdrawn.
        """
        self._decide_label(person, entry, categories, reason, withdraw=False)

    def withdraw_correction(self, person: PersonId, entry: EntryId, reason: str) -> None:
        """Go back to the labels that are derived for an entry's resource."""
        self._decide_label(person, entry, (), reason, withdraw=True)

    def _decide_label(
        self, person: PersonId, entry: EntryId, categories: Sequence[str], reason: str, *, withdraw: bool
    ) -> None:
        self._require_label_office(person)
        if not reason.strip():
            raise WorkspaceError("Say why: a label is not changed without a reason.")
        time = self._clock().isoformat(timespec="seconds")
        self.forget_record()
        with told():
            for one in self._session.joined(person):
                review = self._label_review(one)
                if not review.has(entry):
                    continue
                try:
                    made = review.decide(entry, categories, reason.strip(), self.user.name, time, withdraw=withdraw)
                except PolicyError as error:
                    raise WorkspaceError(str(error)) from None
                change = as_relabelling(made.change)
                self._session.correct(
                    one,
                    made.target,
                    made.content,
                    made.readers,
                    change,
                    reason=reason.strip(),
                    kept_back=made.kept_back,
                )
                if self._session.labels_due(person):
                    self._looked_at.discard(person)
                    self._look_again(person)
                return
            raise UnknownItemError("no such entry")

    def _label_review(self, person: PersonId) -> LabelReview:
        return LabelReview(ImportStore(self._session, self._choosing, self._clock), self._readers, person)

    def _require_label_office(self, person: PersonId) -> None:
        if "custodian" not in self._session.my_principals():
            with told():
                self._session.record(AccessEvent("refused", person=person, reason="labels", outcome="4"))
            raise NothingFoundError(NOT_THE_LABELS)
