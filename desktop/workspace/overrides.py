"""Emergency access and lawful overrides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from consent.disclosure import DisclosedRecord
from consent.overrides import EMERGENCY
from desktop.acting import LimitRow
from desktop.overriding import CaseRow
from desktop.workspace.opening import Opening
from desktop.workspace.sentences import told
from fhir.entries import PersonId

BREAK_GLASS = "BTG"
OverrideAct = Literal["agree", "end", "review", "given", "put_off"]


class Overrides(Opening):
    """Emergency access and lawful overrides."""

    def may_break_glass(self) -> bool:
        """Whether this user's role is entitled to emergency access."""
        with told():
            return self.overriding.may_break_glass()

    def break_glass(self, person: PersonId, reason: str, *, hours: float = 1) -> DisclosedRecord:
        """Open emergency access, and the record with it; see `desktop.overriding`."""
        with told():
            self._gate.admit(self._request(person, BREAK_GLASS, "present", reason))
            try:
                self.overriding.break_glass(person, reason, hours=hours)
            finally:
                self.overriding.done()
        return self.open_person(person, purpose=BREAK_GLASS, reason=reason)

    def open_override(
        self, person: PersonId, kind: str, reason: str, grounds: str, hours: float, categories: Iterable[str] = ()
    ) -> str:
        """Open emergency access, or ask for a lawful override for oneself; its id. `categories`: a lawful override is
        for these kinds of information only."""
        with told():
            self._session.identity(person)
            if kind != EMERGENCY:
                me = self.user
                return self.overriding.ask(person, kind, me.name, me.role, reason, grounds, hours, categories).id
            try:
                return self.overriding.break_glass(person, reason, hours=hours).id
            finally:
                self.overriding.done()

    def override_act(self, act: OverrideAct, person: PersonId, id: str, *words: str, silent: bool = False) -> None:
        """Agree to, end, review or tell of an override; `act` is the name of that in `desktop.overriding`."""
        self._require_theirs(person)
        more = {"silent": silent} if act == "put_off" else {}
        self.forget_record()
        with told():
            getattr(self.overriding, act)(person, id, *words, **more)

    def overrides(self, *, every: bool = False) -> list[CaseRow]:
        """The privacy office's queue. Raises NothingFoundError for those who may not see it; that is logged."""
        self._require_review(None)
        with told():
            return self.overriding.all() if every else self.overriding.queue()

    def notices(self) -> list[CaseRow]:
        """Overrides of which the person is still to be told."""
        self._require_review(None)
        with told():
            return self.overriding.notices()

    def limits(self) -> list[LimitRow]:
        """Every lawful limit on people's own view, for the privacy office; those to be looked at again first."""
        self._require_review(None)
        with told():
            return self.acting.limits()

    def end_emergency(self, person: PersonId) -> DisclosedRecord:
        """End emergency access, and give the record as it is shown without it."""
        self.forget_record()
        with told():
            override = self.overriding.current(person)
            if override is not None:
                self.overriding.end(person, override.id)
        before = self._ordinary.get(person)
        if before is None:
            return self.open_person(person)
        return self.open_person(person, purpose=before.purpose, relationship=before.relationship, reason=before.reason)
