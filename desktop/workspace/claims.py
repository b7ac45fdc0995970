"""Relationships that were only claimed: what the privacy office makes of them, and what who looked answers."""

from __future__ import annotations

from consent.claims import Claimed
from desktop.claims import ClaimRow, Claims
from desktop.desk import claims
from desktop.errors import NothingFoundError
from desktop.overriding import signer
from desktop.workspace.log import AccessLog
from desktop.workspace.sentences import told
from fhir.entries import PersonId

NO_SUCH = "There is no such look on a relationship that was only claimed."


class ClaimedLooks(AccessLog):
    """Decisions about claims, and questions to whoever is signed in."""

    def decide_claim(self, person: PersonId, event_id: int, state: str, words: str) -> Claimed:
        """Confirm, question or refuse a look on a claimed relationship (`consent.claims`), with a reason, for the
        privacy office; not about a look of one's own. Refused, its user can claim one with this person no more.

        Raises NothingFoundError for a look that is none, and for everyone else.
        """
        looks = {one.number: one for one in self.log(person)}
        claimed = {one.number: one for one in claims(looks.values())}  # of every record that is read with theirs
        if event_id not in claimed:
            raise NothingFoundError(NO_SUCH)
        act = [one for one in claimed.values() if one.same_act(looks[event_id])]
        with told():
            made = [self._claims().decide(one.person, looks[one.number], state, words) for one in act]
            return next(one for one in made if one.event == event_id)

    def claims_decided(self, person: PersonId | None = None) -> list[ClaimRow]:
        """What was decided, of one record for its person and the privacy office, of all for the privacy office. Raises
        NothingFoundError for everyone else."""
        if person is None or self._linked is None:
            self._require_review(person)
        else:
            self._require_theirs(person)
        with told():
            return self._claims().all() if person is None else self._claims().of(person)

    def claims_asked(self) -> list[tuple[str, ClaimRow]]:
        """Questions of the privacy office to whoever is signed in, each with the person's name; for staff."""
        if self._linked is not None:
            return []
        with told():
            rows = self._claims().to_answer()
            return [(self._session.identity(row.person).name, row) for row in rows if self._known(row.person)]

    def answer_claim(self, person: PersonId, event_id: int, words: str) -> None:
        """Answer such a question. Raises NothingFoundError where there is none."""
        with told():
            self._claims().answer(person, event_id, words)

    def _claims(self) -> Claims:
        return Claims(self._session, signer(self._session.user), self._clock)
