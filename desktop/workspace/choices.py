"""A person's choices, those who act for them, and seeing as someone else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from consent.acting import PURPOSE, linked, speaking_for
from consent.choices import SignedBy
from consent.disclosure import DisclosedRecord
from consent.gate import Gate
from consent.persons_choices import neighbourhood
from consent.ports import AccessEvent
from consent.proxies import Circumstances, CourtLimit
from consent.request import ROLES, Actor, Request, Role
from consent.seen import SeenStore
from desktop.acting import Acts
from desktop.choosing import SEAL_NOTHING, PersonsChoices, Preview, Tried
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.exporting import require_free, write_new
from desktop.travelling import travelling
from desktop.workspace.opening import Opening
from desktop.workspace.sentences import not_signed, read_signed, signature_told, told
from desktop.workspace.stores import place_of, signature_of
from fhir import export
from fhir.entries import PersonId


class Choices(Opening):
    """A person's choices, and those who act for them."""

    def choices(self, person: PersonId) -> PersonsChoices:
        """What a person chose about sharing. Reading it is logged: what is refused tells of what there is, so of those
        who act for the person only one by whose right they choose may read it."""
        self._require_theirs(person, change=True, choose=True)
        with told():
            self._session.record(AccessEvent("choices-read", person=person))
            return self._choosing.of(person)

    def take_choices(self, person: PersonId, out: Path) -> int:
        """Write what a person chose, signed, to a new file for another system; how many Consents. The log has it first.

        Raises NothingFoundError where nothing was chosen.
        """
        self._require_theirs(person, change=True, choose=True)
        require_free(out)
        time = self._clock().isoformat(timespec="seconds").replace("+00:00", "Z")
        with told():
            found = self._choosing.of(person)
            if not found.consents:
                raise NothingFoundError("Nothing was chosen: there are no choices to take along.")
            bundle = travelling(found, self._session.identity(person), time)
            signed = self._session.sign_bundle(bundle, place_of(self._session.user), time)
            self._session.record(AccessEvent("export", person=person, reason="choices, signed"))
        write_new(out, export.encode(signed))
        return len(found.consents)

    def whose_signature(self, file: Path) -> SignedBy:
        """Whose signature a file of choices bears. Raises NothingFoundError where it bears none, or none that holds."""
        with signature_told():
            found = signature_of(self._session, read_signed(file))
        return found[0] if found is not None else not_signed()

    def set_choices(
        self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Any] | None = None, *, reason: str = ""
    ) -> PersonsChoices:
        """Put these FHIR Consents in place of all choices made here, at the person's word. `resources` tell who the
        actors are, by name. What this user's keys do not open is sealed when someone signs in whose keys do."""
        self._require_theirs(person, change=True, choose=True)
        self.forget_record()
        with told():
            self._choosing.put(person, consents, resources or {}, reason=reason)
            return self._choosing.of(person)

    def confirm_choices(self, person: PersonId, ids: Sequence[str]) -> PersonsChoices:
        """Make imported Consents the person's own: until then they only narrow."""
        self._require_theirs(person, change=True, choose=True)
        self.forget_record()
        with told():
            self._choosing.confirm(person, ids)
            return self._choosing.of(person)

    def withdraw_choices(self, person: PersonId, ids: Sequence[str]) -> PersonsChoices:
        """End Consents, imported or made here."""
        self._require_theirs(person, change=True, choose=True)
        self.forget_record()
        with told():
            self._choosing.withdraw(person, ids)
            return self._choosing.of(person)

    def preview_choices(
        self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Any] | None = None
    ) -> Preview:
        """What setting these Consents would change for each kind of worker, of what this user is shown. Keeps
        nothing."""
        self._require_theirs(person, change=True, choose=True)
        record = self.open_person(person)
        entries = {item.entry.entry_id: item for section in record.sections.values() for item in section.entries}
        with told():
            changed = self._choosing.preview(person, consents, resources or {}, frozenset(entries))
        return Preview(tuple(changed), entries)

    def see_as(
        self,
        person: PersonId,
        role: str,
        organisation: str = "",
        user: str = "",
        *,
        purpose: str = "TREAT",
        consents: Sequence[Any] | None = None,
        resources: Mapping[str, Any] | None = None,
    ) -> DisclosedRecord:
        """What someone else would be shown of a person, minus what is not shown to this user. Logged as such.

        With `consents` it is what they would be shown once these were set (as in `set_choices`); nothing is kept.
        """
        if role not in ROLES:
            raise WorkspaceError(f"There is no role {role!r}; the roles are: {', '.join(ROLES)}.")
        mine = self.open_person(person)
        seen = frozenset(item.entry.entry_id for section in mine.sections.values() for item in section.entries)
        former = neighbourhood(self._session.principals()).formerly(organisation)
        actor = Actor(user, cast(Role, role), organisation, former=former)
        reason = f"{role} {organisation} {user}".strip()
        with told():
            tried: list[Tried] = []
            if consents is not None:
                reason += ", by choices that were not saved"
                made = self._choosing.tried(person, consents, resources or {})
                tried = [replace(one, signer=self._session.user) for one in made]
            self._session.record(AccessEvent("see-as", person=person, reason=reason))
            store = SeenStore(self._session, seen, tried)
            if linked(role, organisation) is not None and purpose == "TREAT":
                purpose = PURPOSE[role]
            own = speaking_for(role, organisation, user, self.acting.about(person))
            return Gate(store, self.acting.about).open(
                Request(person, actor, purpose, "present", self._clock()), own=own, seen=mine
            )

    def settle_choices(self) -> int:
        """Seal what waits to be sealed as people chose; for how many people something waited."""
        with told():
            return self._choosing.settle_all()

    def acting_for(self, person: PersonId) -> list[Acts]:
        """Everyone who may or might act for a person, and how that stands today. Of those who act for them each is
        told of themself only; staff who do not know of courts' orders, that a right does not count and not why."""
        self._require_theirs(person)
        with told():
            self._session.identity(person)
            found = self.acting.acting(person, orders=self._knows_orders)
            return [one for one in found if self._is_told_of(one.mandate.user)]

    def court_limits(self, person: PersonId) -> list[CourtLimit]:
        """What courts limit for those who act for a person; see `desktop.acting`. Of those each is told of themself
        only; of staff who may record or lift it, nobody else."""
        self._require_theirs(person)
        with told():
            self._session.identity(person)
            if not self._knows_orders:
                return []
            return [one for one in self.acting.court_limits(person) if self._is_told_of(one.user)]

    def circumstances(self, person: PersonId) -> Circumstances:
        """What is known of the person themself: when they were born, and what was found about whether they can decide.
        Those who act for them are told nothing of the latter."""
        self._require_theirs(person)
        with told():
            self._session.identity(person)
            found = self.acting.circumstances(person)
        if self._linked is not None and self._linked.user:
            return Circumstances(found.born, found.died)
        return found if self._knows_orders else replace(found, courts=())

    @property
    def _knows_orders(self) -> bool:
        return self._linked is not None or self.acting.knows_orders

    def _is_told_of(self, user: str) -> bool:
        """Whether this user is told how somebody's right to act stands."""
        acts = self._linked is not None and bool(self._linked.user)
        return not acts or user == self.user.name

    def state_acting(self, act: str, person: PersonId, *words: Any, **more: Any) -> Any:
        """Record something about those who act for a person or what binds their view (`act` names it in
        `desktop.acting`), and seal the person's entries as it then is.

        Whoever acts for someone may always stop; as they do not know all that is stated, sealing waits for another.
        """
        self._require_theirs(person, change=act != "end")
        self.forget_record()
        with told():
            self._session.identity(person)
            said = getattr(self.acting, act)(person, *words, **more)
            if self.user.role in SEAL_NOTHING:
                for one in self._session.joined(person):
                    self._session.unsettle(one)
            else:
                self._choosing.settle(person)
            return said
