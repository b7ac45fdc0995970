"""*I did not expect this*: reports of looks at a record, and their answers."""

from __future__ import annotations

from consent.unexpected import Unexpected
from desktop.errors import NothingFoundError
from desktop.overriding import signer
from desktop.unexpected import NO_SUCH, Reports, UnexpectedRow
from desktop.who_looked import acts
from desktop.workspace.claims import ClaimedLooks
from desktop.workspace.sentences import told
from fhir.entries import PersonId


class UnexpectedLooks(ClaimedLooks):
    """Reports of looks that a person did not expect."""

    def report_unexpected(self, person: PersonId, event_id: int, words: str = "") -> Unexpected:
        """Keep that the person did not expect a look at their record: `event_id` is its place in the access log, of
        those that whoever is signed in may read about this person. For the person, and the privacy office at their
        word.

        Raises NothingFoundError for a look that is not among those, and for everyone else.
        """
        looks = {event.number: event for event in self.log(person)}
        if event_id not in looks:
            raise NothingFoundError(NO_SUCH)
        act = acts(looks.values())
        same = {number for number, last in act.items() if last == act[event_id]}
        with told():
            return self._reports().report(person, looks[event_id], words, same)

    def unexpected(self, person: PersonId | None = None) -> list[UnexpectedRow]:
        """Reports about one record, newest first, for its person and the privacy office; without a person all of them,
        open ones first, for the privacy office. Raises NothingFoundError for those who may not see them."""
        if person is None or self._linked is None:
            self._require_review(person)
        else:
            self._require_theirs(person)
        with told():
            return self._reports().all() if person is None else self._reports().of(person)

    def answer_unexpected(self, person: PersonId, id: str, words: str) -> None:
        """Answer a report, for the privacy office; the person reads the answer. Nobody answers about their own look."""
        self._require_review(person)
        with told():
            self._reports().answer(person, id, words)

    def _reports(self) -> Reports:
        return Reports(self._session, signer(self._session.user), self._clock)
