"""The privacy office's desk, from all that waits there."""

from __future__ import annotations

from desktop.desk import Desk, claims
from desktop.desk import made as desk_of
from desktop.workspace.sentences import told
from desktop.workspace.unexpected import UnexpectedLooks


class PrivacyOffice(UnexpectedLooks):
    """The privacy office's desk."""

    def desk(self) -> Desk:
        """The desk. Raises NothingFoundError for those who may not see it; that is logged."""
        self._require_review(None)
        events, reports, decided = self.log(), self.unexpected(), self.claims_decided()
        with told():
            cases, limits = self.overriding.all(), self.acting.limits()
            people = {row.person for row in cases} | {one.person for one in claims(events)}
            people |= {row.limit.person for row in limits} | {row.person for row in reports}
            whole = {one: self._session.joined(one)[0] for one in people if self._known(one)}
            called = {one: self._session.identity(one).name for one in people if self._known(one)}
        return desk_of(cases, limits, events, reports, called, self._clock(), [row.claim for row in decided], whole)
