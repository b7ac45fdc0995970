"""What the person's own screens ask of a vault, and how they ask: every call as a job of the session.

The vault is any signed-in workspace with the calls of `ChoosingVault`; a part it does not have (a log this user may not
read) is answered with one plain sentence. No widgets, no storage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.errors import PolicyError
from consent.naming import spoken
from consent.plain_choices import KINDS_OF_WORKER, PlainChoices, Who
from consent.preview import Change
from consent.request import STAFF_ROLES
from desktop.errors import WorkspaceError
from desktop.models.board import Board
from desktop.models.looks import Look, looks_of
from desktop.my_pictures import small_picture
from desktop.reports import Original, UserRow
from desktop.session import Failed, Session
from desktop.who_looked import acts
from fhir.entries import EntryId, PersonId

Shape = TypeVar("Shape")


class ChoosingVault(Protocol):
    """The calls of a workspace that these screens use."""

    def choices(self, person: PersonId) -> Any: ...
    def set_choices(self, person: PersonId, consents: Sequence[Any]) -> Any: ...
    def preview_choices(self, person: PersonId, consents: Sequence[Any]) -> Any: ...
    def see_as(
        self,
        person: PersonId,
        role: str,
        organisation: str = "",
        user: str = "",
        *,
        consents: Sequence[Any] | None = None,
    ) -> DisclosedRecord: ...
    def open_person(self, person: PersonId) -> DisclosedRecord: ...
    def users(self) -> Sequence[UserRow]: ...
    def log(self, person: PersonId) -> Sequence[Any]: ...
    def who_looked(self, person: PersonId) -> Sequence[tuple[Any, Any]]: ...
    def unexpected(self, person: PersonId) -> Sequence[Any]: ...
    def claims_decided(self, person: PersonId) -> Sequence[Any]: ...
    def report_unexpected(self, person: PersonId, event_id: int, words: str) -> Any: ...
    def receipt(self, person: PersonId, out: Path) -> None: ...
    def contribute(self, person: PersonId, data: bytes) -> Any: ...
    def draft(self, person: PersonId, kind: str = "") -> bytes: ...
    def keep_draft(self, person: PersonId, content: bytes, kind: str = "") -> None: ...
    def prepare_export(self, person: PersonId, form: str) -> Any: ...
    def hand_out(self, prepared: Any, out: Path | None) -> None: ...


@dataclass(frozen=True)
class Someone:
    """The person whose choices these are, what they ask to be called (empty: by their name), and who helps them (empty:
    nobody)."""

    person: PersonId
    name: str
    helper: str = ""
    helper_role: str = ""
    called: str = ""

    @property
    def spoken(self) -> str:
        """The name to speak to them, and of them, with; `name` is what tells them from others."""
        return self.called or self.name


@dataclass(frozen=True)
class Lapsed:
    """The right of whoever is here to act for the person has lapsed on a day; `comes_back`: it may be confirmed again.

    Only dates make a right lapse, before anything else is asked of it: that a child refuses somebody is never in this.
    """

    day: date
    comes_back: bool


class Desk:
    """The vault, for one person's choices. `lapsed` is known once it was loaded."""

    def __init__(self, session: Session, someone: Someone, now: Callable[[], datetime]) -> None:
        self._session, self.someone, self.now = session, someone, now
        self.lapsed: Lapsed | None = None

    @property
    def patient(self) -> str:
        """How a Consent names the person."""
        return f"Patient/{self.someone.person}"

    def load(self, done: Callable[[Board], None], failed: Failed) -> None:
        """What is chosen now, and whether a right to act for the person has lapsed."""
        today = self.now().date()

        def read(vault: Any) -> Board:
            rights = self._own_rights(vault)
            self.lapsed = _lapsed(rights)
            if self.acts and not any(one.standing.state == "active" and one.chooses for one in rights):
                return Board([], today, chooses=False)
            kept = vault.choices(self.someone.person).consents
            here = [one.tree for one in kept if one.origin == "made-here"]
            return Board(
                here,
                today,
                [one.tree for one in kept if one.origin != "made-here"],
                doubts=[problem for one in kept for problem in one.problems],
            )

        self._ask(read, done, failed)

    def _own_rights(self, vault: Any) -> list[Any]:
        """The rights by which whoever is here acts for the person. Of them one in force that carries it lets a proxy,
        and no carer, read and change who sees what."""
        user = self._session.user
        if user is None or not self.acts:
            return []
        return [one for one in vault.acting_for(self.someone.person) if one.mandate.user == user.name]

    def preview(
        self, board: Board, choices: PlainChoices, done: Callable[[tuple[Change, ...]], None], failed: Failed
    ) -> None:
        """What these choices would change for each kind of worker, of what whoever looks may see."""
        consents = board.consents(choices, self.patient, self.now())
        self._ask(lambda vault: changes(vault.preview_choices(self.someone.person, consents)), done, failed)

    def save(self, board: Board, choices: PlainChoices, done: Callable[[], None], failed: Failed) -> None:
        """Keep these choices in place of those made here before; the session then says so to all that is open."""
        consents = board.consents(choices, self.patient, self.now())

        def kept(_choices: object) -> None:
            self._session.chosen.emit(str(self.someone.person))
            done()

        self._ask(lambda vault: vault.set_choices(self.someone.person, consents), kept, failed)

    def see_as(
        self, who: Who, done: Callable[[DisclosedRecord], None], failed: Failed, board: Board | None = None
    ) -> None:
        """What somebody else would be shown: a kind of worker, or whoever of the vault works there or has that name.
        With a board, as if its choices were saved."""
        consents = board.consents(board.draft, self.patient, self.now()) if board is not None else None

        def see(vault: Any) -> DisclosedRecord:
            role, organisation, user = _as(who, vault.users())
            found: DisclosedRecord = vault.see_as(self.someone.person, role, organisation, user, consents=consents)
            return found

        self._ask(see, done, failed)

    def names(self, done: Callable[[list[Who]], None], failed: Failed) -> None:
        """Workers and organisations of this vault that a choice can name."""

        def find(vault: Any) -> list[Who]:
            known = [one for one in vault.users() if one.role in KINDS_OF_WORKER]
            staff = [one for one in known if one.role in STAFF_ROLES and one.organisation]  # others belong to none
            places = {Who("organisation", " ".join(one.organisation.split())) for one in staff}
            return sorted(places) + sorted(Who("user", " ".join(one.name.split())) for one in known)

        self._ask(find, done, failed)

    def things(self, done: Callable[[list[DisclosedEntry]], None], failed: Failed) -> None:
        """What can be hidden one by one: all that whoever looks may see."""

        def find(vault: ChoosingVault) -> list[DisclosedEntry]:
            record = vault.open_person(self.someone.person)
            found = [item for section in record.sections.values() for item in section.entries]
            return sorted(found, key=lambda item: item.entry.when.start, reverse=True)

        self._ask(find, done, failed)

    def open(self, done: Callable[[DisclosedRecord], None], failed: Failed) -> None:
        """The record itself."""
        self._session.open_person(self.someone.person, "TREAT", "present", "", done, failed)

    def looks(self, done: Callable[[list[Look]], None], failed: Failed) -> None:
        """Who has looked, newest first; for whoever acts for the person, when they did themself."""

        def find(vault: ChoosingVault) -> list[Look]:
            person = self.someone.person
            if self.may_read_looks:
                events = [(event, touched.categories) for event, touched in vault.who_looked(person)]
            else:
                events = [(event, ()) for event in reversed(vault.log(person)) if event.person == person]
            act = acts(event for event, _kinds in events)
            asked = {act.get(row.report.event): row.report for row in reversed(vault.unexpected(person))}
            decided = vault.claims_decided(person) if self._is_theirs else ()
            claims = {act.get(row.claim.event): row.claim for row in decided}
            lines: dict[int, list[Any]] = {}
            for event, kinds in events:
                lines.setdefault(act[event.number], []).append((event, kinds))
            return [looks_of(of, asked.get(number), claims.get(number)) for number, of in lines.items()]

        self._ask(find, done, failed)

    @property
    def _is_theirs(self) -> bool:
        user = self._session.user
        return user is not None and user.role == "person"

    @property
    def acts(self) -> bool:
        """Whether whoever is signed in acts for the person: of looks they are told their own."""
        user = self._session.user
        return user is not None and user.role in ("carer", "proxy")

    @property
    def asks(self) -> bool:
        """Whether whoever is signed in can say that a look was not expected: the person; for others there is the desk
        of the privacy office."""
        return self._is_theirs

    @property
    def may_read_looks(self) -> bool:
        """Whether the list of looks, or their own of it, is for whoever is signed in: then one that does not come is a
        failure. Of others some read all of the log, and the rest are refused."""
        return self._is_theirs or self.acts

    def report_unexpected(self, number: int, words: str, done: Callable[[], None], failed: Failed) -> None:
        """Tell the privacy office that a look (its place in the log) was not expected."""
        self._ask(
            lambda vault: vault.report_unexpected(self.someone.person, number, words), lambda _made: done(), failed
        )

    def receipt(self, file: Path, done: Callable[[], None], failed: Failed) -> None:
        """Write what the log holds about the person, with proofs, to a new file."""
        self._ask(lambda vault: vault.receipt(self.someone.person, file), lambda _none: done(), failed)

    def acting(self, done: Callable[[list[Any]], None], failed: Failed) -> None:
        """Everyone who may or might act for the person, and how that stands today."""
        self._ask(lambda vault: list(vault.acting_for(self.someone.person)), done, failed)

    def acting_known(self, done: Callable[[tuple[Any, Any, Any]], None], failed: Failed) -> None:
        """The same; what courts limit for them; and what is known of whether the person can decide. Whoever acts for
        the person is told of themself only."""
        person = self.someone.person

        def find(vault: Any) -> tuple[Any, Any, Any]:
            return vault.acting_for(person), vault.court_limits(person), vault.circumstances(person)

        self._ask(find, done, failed)

    def end_acting(self, mandate: str, done: Callable[[], None], failed: Failed) -> None:
        """End one right to act today."""
        self._ask(lambda vault: vault.state_acting("end", self.someone.person, mandate), lambda _said: done(), failed)

    def begun(self, kind: str, shape: type[Shape], done: Callable[[Shape], None]) -> None:
        """What whoever is signed in began here and did not save; nothing is done where there is nothing, or where it
        cannot be read any more."""

        def come(content: bytes) -> None:
            with suppress(msgspec.MsgspecError, PolicyError):
                if content:
                    done(msgspec.json.decode(content, type=shape))

        self._session.draft(self.someone.person, come, lambda _words: None, kind)

    def keep_begun(self, kind: str, what: object | None) -> None:
        """Keep it in the vault, sealed to whoever is signed in; None forgets it."""
        content = b"" if what is None else msgspec.json.encode(what)
        self._session.keep_draft(self.someone.person, content, kind)

    def add(self, tree: dict[str, Any], done: Callable[[], None], failed: Failed) -> None:
        """Add something the person says to their record."""
        data = msgspec.json.encode(tree)
        self._ask(lambda vault: vault.contribute(self.someone.person, data), lambda _added: done(), failed)

    def original(self, entry: EntryId, done: Callable[[Original], None], failed: Failed) -> None:
        """The source of an entry; the log has it first."""
        self._session.original(entry, done, failed)

    def picture(self, file: Path, done: Callable[[bytes], None], failed: Failed) -> None:
        """A picture from a file, made small."""
        self._ask(lambda _vault: small_picture(file), done, failed)

    def take(self, form: str, file: Path, done: Callable[[], None], failed: Failed) -> None:
        """Write a copy of what is shown, or of the choices, to a new file; the log has it first."""

        def hand_out(vault: Any) -> None:
            if form == "choices":
                vault.take_choices(self.someone.person, file)
                return
            vault.hand_out(vault.prepare_export(self.someone.person, form, purpose="TREAT"), file)

        self._ask(hand_out, lambda _none: done(), failed)

    def _ask(self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Failed) -> None:
        self._session.ask(work, done, failed)


def _lapsed(rights: Sequence[Any]) -> Lapsed | None:
    """The right that lapsed last, of rights of which none is in force."""
    if any(one.standing.state == "active" for one in rights):
        return None
    over = [one for one in rights if one.standing.state == "lapsed"]
    back = [one for one in over if one.comes_back]
    return max((Lapsed(one.standing.lapses, one.comes_back) for one in back or over), key=_day, default=None)


def _day(lapsed: Lapsed) -> date:
    return lapsed.day


def changes(preview: Any) -> tuple[Change, ...]:
    """A workspace's preview as what is said to the person: kinds of worker first, then teams where they differ."""
    found: dict[tuple[str, str], Change] = {}
    for one in preview.changes:
        role, organisation = one.kind.role, one.kind.organisation
        if role not in KINDS_OF_WORKER:
            continue
        appears = tuple(preview.entries[entry] for entry in one.appears)
        disappears = tuple(preview.entries[entry] for entry in one.disappears)
        usual = found.get((role, ""))
        if organisation and usual and (usual.appears, usual.disappears) == (appears, disappears):
            continue
        who = Who("organisation", " ".join(organisation.split())) if organisation else Who("role", role)
        found[role, organisation] = Change(who, appears, disappears)
    return tuple(found.values())


def _as(who: Who, users: Sequence[UserRow]) -> tuple[str, str, str]:
    """Role, organisation and user to look as. Raises WorkspaceError for somebody who does not work with this vault."""
    if who.kind == "role":
        return who.value, "", ""
    for one in users:
        name = one.organisation if who.kind == "organisation" else one.name
        if one.role in KINDS_OF_WORKER and spoken(name) == spoken(who.value):
            return one.role, one.organisation, "" if who.kind == "organisation" else one.name
    raise WorkspaceError("Nobody of that name works with this copy, so there is nothing they would see here.")


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)
