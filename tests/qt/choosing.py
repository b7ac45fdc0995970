"""A vault for the person's own screens: what is chosen is really decided by the engine over invented entries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

import fake_vault
import msgspec
import pytest
import records
from conftest import Driver, window_on
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from consent.actors import Directory
from consent.categories import categories
from consent.consents import Pointer, Problem, read_consent
from consent.decision import RoleDefaults, attributes, decide_on
from consent.defaults import defaults
from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.facts import facts_of, labels_of
from consent.labels import LabelledEntry
from consent.matching import Asking
from consent.naming import ROLE, organisation_name, user_name
from consent.plain_choices import KINDS_OF_WORKER
from consent.precedence import compile_choices
from consent.provision import EFFECT
from consent.proxies import Circumstances, CourtLimit, Mandate, Standing, State, table
from consent.request import Actor, Request
from consent.unexpected import Unexpected
from consent.vocabulary import Coding
from desktop.errors import NothingFoundError
from desktop.reports import ChoosePost, PersonRow, UserRow, first_post
from desktop.settings import Settings
from desktop.unexpected import UnexpectedRow
from desktop.views import my_choices
from desktop.views.my_choices import MyChoices
from desktop.views.plugged.my_choices import help_with_choices
from fhir.entries import PersonId

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TEAM = [
    UserRow("Anita Patel", "gp", "Mill Street Surgery"),
    UserRow("Karen Webb", "nurse", "Riverside Community Health"),
    UserRow("Dawn Pryce", "home-care", "Fenland Home Care"),
    UserRow("Ruth Ellison", "carer", "person:p1 Ruth Ellison"),
]


@dataclass(frozen=True)
class Kept:
    """One Consent."""

    tree: Any
    origin: str = "made-here"

    @property
    def problems(self) -> tuple[Problem, ...]:
        return read_consent(self.tree).problems


@dataclass(frozen=True)
class Chosen:
    """What is chosen."""

    consents: tuple[Kept, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of worker."""

    role: str
    organisation: str = ""


@dataclass(frozen=True)
class Moved:
    """What a change does for one kind of worker."""

    kind: Kind
    appears: tuple[str, ...]
    disappears: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """A preview."""

    changes: tuple[Moved, ...]
    entries: dict[str, DisclosedEntry]


@dataclass(frozen=True)
class Event:
    """One event of a log."""

    number: int
    time: str
    name: str
    role: str
    organisation: str
    kind: str = "read"
    person: str = str(records.PERSON)
    purpose: str = "TREAT"
    reason: str = ""
    outcome: str = "0"
    items: tuple[str, ...] = ("a", "b")


def letters() -> list[DisclosedEntry]:
    """Letters of a clinic, and a medicine."""
    clinic = records.HOSPITAL
    made = [
        records.entry("documents", f"Elm Clinic letter {n}", clinic, f"2026-0{n}-10", resource=f"DocumentReference/{n}")
        for n in (3, 4, 5)
    ]
    made.append(
        records.entry("medicines", "Doxycycline", clinic, "2026-05-11", active=True, resource="MedicationRequest/9")
    )
    return [msgspec.structs.replace(item, categories=("sexual-reproductive",)) for item in made]


def labelled(items: list[DisclosedEntry]) -> list[DisclosedEntry]:
    """Entries with the kind of information that their service says; what matters to her under its heading."""
    about = next(n for n, item in enumerate(items) if item.entry.title == "What matters to me")
    entry = msgspec.structs.replace(items[about].entry, kind="important")
    items = [*items[:about], msgspec.structs.replace(items[about], entry=entry), *items[about + 1 :]]
    kinds = {"social-care": ("social-care",), "mental-health": ("mental-health",)}
    return [
        msgspec.structs.replace(item, categories=kinds.get(item.entry.source.lane, item.categories)) for item in items
    ]


@dataclass(frozen=True)
class Touched:
    """What an act touched."""

    items: tuple[str, ...]
    sections: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Acts:
    """One who acts for her."""

    mandate: Mandate
    basis: str
    standing: Standing
    chooses: bool = True
    left: frozenset[str] = frozenset(categories())
    comes_back: bool = True


class ChoosingWorkspace(fake_vault.FakeWorkspace):
    """A signed-in vault whose choices count."""

    ruth_chooses = True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.kept: list[Any] = []
        self.saves: list[list[Any]] = []
        self.refuse_log = False
        self.ruth: State = "active"
        self.lapses: date | None = None
        self.only: PersonId | None = None
        self.added: list[Any] = []
        self.imported: list[Any] = []
        self.handed_out: list[tuple[str, Path | None]] = []
        self.drafts: dict[tuple[str, PersonId, str], bytes] = {}
        self.reports: list[Unexpected] = []
        self.hold([])

    def hold(self, more: list[DisclosedEntry]) -> None:
        """Hold these as well."""
        record = records.record([*labelled(records.peggy()), *letters(), *more])
        self.everything = record
        self.entries = [item for section in record.sections.values() for item in section.entries]

    def people(self, query: str = "") -> list[PersonRow]:
        return [row for row in super().people(query) if self.only in (None, row.person_id)]

    def users(self) -> list[UserRow]:
        return TEAM

    def open_person(self, person: PersonId, **why: Any) -> DisclosedRecord:
        super().open_person(person, **why)
        return self.everything

    def choices(self, person: PersonId) -> Chosen:
        return Chosen((*(Kept(tree) for tree in self.kept), *(Kept(tree, "imported") for tree in self.imported)))

    def set_choices(self, person: PersonId, consents: list[Any]) -> None:
        self.kept = list(consents)
        self.saves.append(self.kept)

    def shown(self, consents: list[Any], role: str, organisation: str = "", user: str = "") -> set[str]:
        """Ids of the entries that somebody is shown, by the engine and the defaults."""
        request = Request(records.PERSON, Actor(user, role, organisation), "TREAT", "present", NOW)  # type: ignore[arg-type]
        asking = Asking(
            Pointer((f"Patient/{records.PERSON}",)),
            (Pointer((user_name(user),)),) if user else (),
            (Pointer((organisation_name(organisation),)),) if organisation else (),
            frozenset({Coding(ROLE, role)}),
            ("actreason TREAT",),
            "access",
            NOW,
        )
        known = [({"resourceType": "Organization"}, (organisation_name(one.organisation),)) for one in TEAM]
        known += [({"resourceType": "Practitioner"}, (user_name(one.name),)) for one in TEAM]
        read = [read_consent(tree, n) for n, tree in enumerate(consents)]
        choices, _ = compile_choices(zip(read, repeat(Directory(known, NOW))), asking, {})
        found = set()
        for item in self.entries:
            kept = LabelledEntry(item.entry, item.categories)
            facts = facts_of({"resourceType": item.entry.resource_type}, (item.entry.resource,))
            facts = facts.__class__(
                **{field: getattr(facts, field) for field in facts.__struct_fields__}
                | {"labels": labels_of([], item.categories, unlabelled=not item.categories)}
            )
            said = choices.on(facts).ruling.effect
            usual = decide_on(attributes(kept), request, (RoleDefaults(defaults(), test_data=False),)).effect
            if (EFFECT[said] if said else usual) != "withhold":
                found.add(str(item.entry.entry_id))
        return found

    def preview_choices(self, person: PersonId, consents: list[Any]) -> Tried:
        changes = []
        for role in sorted(KINDS_OF_WORKER - {"carer", "proxy"}):
            old, new = self.shown(self.kept, role), self.shown(consents, role)
            changes.append(Moved(Kind(role), tuple(sorted(new - old)), tuple(sorted(old - new))))
        return Tried(tuple(changes), {str(item.entry.entry_id): item for item in self.entries})

    def see_as(
        self, person: PersonId, role: str, organisation: str = "", user: str = "", *, consents: list[Any] | None = None
    ) -> DisclosedRecord:
        seen = self.shown(self.kept if consents is None else consents, role, organisation, user)
        made = records.record([item for item in self.entries if str(item.entry.entry_id) in seen])
        return replace(made, request=replace(made.request, actor=Actor(user, role, organisation)))  # type: ignore[arg-type]

    def log(self, person: PersonId) -> list[Event]:
        if self.refuse_log:
            raise NothingFoundError("Only the privacy office can read the access log.")
        days = [(2, TEAM[1], {}), (9, TEAM[2], {}), (100, TEAM[0], {})]
        found = [
            Event(n, (NOW - timedelta(days=ago)).isoformat(), who.name, who.role, who.organisation, **more)
            for n, (ago, who, more) in enumerate(reversed(days))
        ]
        found.append(
            Event(7, (NOW - timedelta(days=4)).isoformat(), "Mei Ng", "pharmacist", "Bridge Street Pharmacy", "refused",
                  outcome="4", items=(), reason="a question at the counter")
        )  # fmt: skip
        found.append(
            Event(8, (NOW - timedelta(days=20)).isoformat(), "Sam Okoro", "ambulance", "Vale Ambulance", "override",
                  purpose="BTG", reason="found on the floor")
        )  # fmt: skip
        return found

    def who_looked(self, person: PersonId) -> list[tuple[Event, Touched]]:
        kinds = {"Karen Webb": ("general", "mental-health"), "Dawn Pryce": ("social-care",)}
        return [(one, Touched((), (), kinds.get(one.name, ()))) for one in reversed(self.log(person))]

    def unexpected(self, person: PersonId) -> list[UnexpectedRow]:
        return [UnexpectedRow(person, one) for one in self.reports]

    def claims_decided(self, person: PersonId) -> list[Any]:
        return []

    def report_unexpected(self, person: PersonId, event_id: int, words: str) -> None:
        (event,) = [one for one in self.log(person) if one.number == event_id]
        self.reports.append(
            Unexpected(
                f"x{len(self.reports)}", event_id, event.time, event.name, event.role, event.organisation, words,
                self.user.name, NOW.date(),
            )
        )  # fmt: skip

    def receipt(self, person: PersonId, out: Path) -> None:
        out.write_text("{}", "utf-8")

    def acting_for(self, person: PersonId) -> list[Acts]:
        who = self.user.name if self.user.role in ("carer", "proxy") else "Ruth"
        mandate = Mandate(
            "m1", person, who, "health-attorney", "LPA", NOW.date(), scope=frozenset({"general", "money"})
        )
        return [
            Acts(mandate, table().bases[mandate.basis].name, Standing(self.ruth, "", self.lapses), self.ruth_chooses)
        ]

    def court_limits(self, person: PersonId) -> list[CourtLimit]:
        return []

    def circumstances(self, person: PersonId) -> Circumstances:
        return Circumstances("1938-02-14")

    def state_acting(self, act: str, person: PersonId, *words: str) -> None:
        assert (act, words) == ("end", ("m1",))
        self.ruth = "ended"

    def draft(self, person: PersonId, kind: str = "") -> bytes:
        return self.drafts.get((self.user.name, person, kind), b"")

    def keep_draft(self, person: PersonId, content: bytes, kind: str = "") -> None:
        self.drafts[self.user.name, person, kind] = content

    def contribute(self, person: PersonId, data: bytes) -> None:
        self.added.append(msgspec.json.decode(data))

    def prepare_export(self, person: PersonId, form: str, **why: Any) -> str:
        return form

    def hand_out(self, prepared: str, out: Path | None) -> None:
        self.handed_out.append((prepared, out))


def open_choices(driver: Driver) -> Any:
    """Sign in, open the person, help with their choices; the screen."""
    driver.sign_in()
    driver.open()
    help_with_choices(driver.window)
    driver.settle()
    return driver.window.screens.currentWidget()


class ChoosingVault(fake_vault.FakeVault):
    """A vault whose choices count."""

    def __init__(self) -> None:
        super().__init__()
        self.start: list[Any] = []
        self.imported: list[Any] = []
        self.role = ""
        self.refuse_log = False
        self.standing: Standing | None = None
        self.caring: list[DisclosedEntry] = []
        self.drafts: dict[tuple[str, PersonId, str], bytes] = {}

    def sign_in(self, user: str, passphrase: str, *, choose: ChoosePost = first_post) -> fake_vault.FakeWorkspace:
        super().sign_in(user, passphrase, choose=choose)
        signed_in = self.workspaces[-1].user
        made = ChoosingWorkspace(UserRow(user, self.role, "") if self.role else signed_in, self.records)
        made.only = records.PERSON if self.role else None
        made.kept, made.refuse_log, made.imported = list(self.start), self.refuse_log, self.imported
        made.drafts = self.drafts
        if self.standing is not None:
            made.ruth, made.lapses = self.standing.state, self.standing.lapses
        made.hold(self.caring)
        self.workspaces[-1] = made
        return made


@contextmanager
def own_screens(qtbot: QtBot, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """A window on a vault whose choices count, on a fixed day."""
    monkeypatch.setattr(my_choices, "_asked", {})
    monkeypatch.setattr(my_choices, "_easy", {})
    monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: NOW,))
    vault = ChoosingVault()
    with window_on(vault, qtbot, settings) as window:
        made = Driver(window, vault, qtbot)
        made.settle()
        yield made


def press(driver: Driver, words: str) -> None:
    """One click on the control in sight whose accessible name is, or ends with, these words."""
    everywhere = [widget for widget in QApplication.allWidgets() if isinstance(widget, QAbstractButton)]
    found = [one for one in everywhere if one.isVisible() and one.isEnabled() and one.accessibleName() == words]
    found = found or [one for one in everywhere if one.isVisible() and one.accessibleName().endswith(words)]
    assert len(found) == 1, (words, [one.accessibleName() for one in found])
    found[0].click()
    driver.settle()
    driver.settle()


def workspace(driver: Driver) -> Any:
    return driver.vault.workspaces[-1]
