"""A relationship that was only claimed, through the windows and by keys alone: the privacy office confirms, asks or
refuses it; who looked answers; refused, it opens nothing any more; the person reads what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import window_on
from keyboard import Keys
from office import NAME, PASSPHRASES, sign_in
from pytestqt.qtbot import QtBot
from test_every_screen import _lost
from test_legible import _cut, _unnamed

from desktop.demo.run import AS_OF
from desktop.dialogs.lawful import ClaimDialog
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.settings import Settings
from desktop.workspace import Workspace
from fhir.entries import PersonId
from storage.session import Session
from storage.statements import StoredStatement

WHY = "She asked me in the corridor"
PEGGY = "cat by the window"


@pytest.fixture
def claimed(office: Path) -> tuple[PersonId, int]:
    """Anita looks on a relationship that she only claims; the person, and the place of that look in the log."""
    with sign_in(office, "Anita") as workspace:
        person = next(row.person_id for row in workspace.people() if row.name == NAME)
    with sign_in(office, "Howard") as workspace:
        key = office.with_name("key").read_text("utf-8")
        workspace.add_user("Peggy", "person", "", PEGGY, recovery_key=key, person=person)
    with sign_in(office, "Anita", AS_OF - timedelta(hours=1)) as workspace:
        workspace.open_person(person, relationship="self-claimed", reason=WHY)
    with sign_in(office, "Salma") as workspace:
        (claim,) = workspace.desk().claims
    return claim.person, claim.number


@pytest.fixture
def keys(claimed: object, office: Path, qtbot: QtBot, look: None, settings: Settings) -> Iterator[Keys]:
    with window_on(office, qtbot, settings) as window:
        yield Keys(window, qtbot, PASSPHRASES | {"Peggy": PEGGY})


def peggy(office: Path) -> Workspace:
    return Workspace.sign_in(office, "Peggy", PEGGY, now=AS_OF, anchors=office.with_name("anchors"))


def look_again(office: Path, person: PersonId) -> None:
    with sign_in(office, "Anita") as workspace:
        workspace.open_person(person, relationship="self-claimed", reason=WHY)


def decide(keys: Keys, act: str, field: str, words: str, then: str) -> None:
    keys.menu("Privacy desk")
    assert WHY in keys.texts()
    keys.do(next(name for name in keys.names() if name.startswith(f"{act}: Anita, {NAME}, ")))
    assert not keys.enabled(then), "a reason is given"
    keys.write(field, words)
    keys.do(then)


def told(keys: Keys) -> str:
    """What the person reads of those who looked."""
    keys.lock()
    keys.sign_in("Peggy")
    keys.do("Who has looked")
    return keys.texts()


def test_one_that_is_in_order_goes_from_the_desk_and_the_person_reads_it(
    keys: Keys, claimed: tuple[PersonId, int], office: Path
) -> None:
    keys.sign_in("Salma")
    decide(keys, "In order…", "How you know, in a few words", "The ward sister was there", "Keep that it is in order")
    assert WHY not in keys.texts()
    assert "No look on a relationship that was only claimed waits for you." in keys.texts()
    said = told(keys)
    assert "The privacy office looked at this on 21 Nov 2026 and found it in order." in said
    assert "“The ward sister was there”" in said
    keys.lock()
    look_again(office, claimed[0])


def test_who_looked_is_asked_and_answers_and_only_then_is_it_decided(keys: Keys, claimed: tuple[PersonId, int]) -> None:
    keys.sign_in("Salma")
    decide(keys, "Ask them…", "Your question to who looked", "On which ward was that?", "Ask them")
    assert "Asked on 21 Nov 2026" in keys.texts()
    keys.lock()
    keys.sign_in("Anita")
    assert "The privacy office has a question to you: see Questions to you in the menu." in keys.texts()
    keys.do("OK")
    keys.menu("Questions to you")
    assert "Salma: “On which ward was that?”" in keys.texts()
    keys.do(next(name for name in keys.names() if name.startswith(f"Answer…: {NAME}")))
    keys.write("Your answer to the privacy office", "Ward 4, beside her daughter")
    keys.do("Send the answer")
    assert "The privacy office has no question to you." in keys.texts()
    said = told(keys)
    assert "The privacy office asked them about it on 21 Nov 2026." in said
    assert "Ward 4" not in said, "an answer may speak of others"
    keys.lock()
    keys.sign_in("Salma")
    keys.menu("Privacy desk")
    assert "“Ward 4, beside her daughter”" in keys.texts()
    decide(keys, "Refuse…", "Why, in a few words", "There is no ward 4", "End what they claimed")
    assert WHY not in keys.texts()


def test_refused_it_opens_nothing_any_more_and_every_step_is_logged(
    keys: Keys, claimed: tuple[PersonId, int], office: Path
) -> None:
    person, number = claimed
    keys.sign_in("Salma")
    decide(keys, "Refuse…", "Why, in a few words", "She is not her patient", "End what they claimed")
    said = told(keys)
    assert "The privacy office did not accept it on 21 Nov 2026. They cannot look again in this way." in said
    keys.lock()
    with pytest.raises(NothingFoundError, match="The privacy office has ended what you claimed"):
        look_again(office, person)
    with sign_in(office, "Anita") as workspace:
        assert workspace.open_person(person).sections, "a relationship that is recorded is as before"
    with sign_in(office, "Salma") as workspace:
        events = workspace.log(person)
        assert [one.reason for one in events if one.kind == "statement"][-1] == "ClaimDecided"
        assert [one.name for one in events if one.kind == "refused"][-1] == "Anita"
        workspace.decide_claim(person, number, "confirmed", "It was a mistake: she is")
    look_again(office, person)


def test_nobody_decides_without_the_office_or_a_reason(claimed: tuple[PersonId, int], office: Path) -> None:
    person, number = claimed
    with sign_in(office, "Anita") as workspace, pytest.raises(NothingFoundError):
        workspace.decide_claim(person, number, "confirmed", "I say so")
    with sign_in(office, "Howard") as workspace:
        with pytest.raises(WorkspaceError, match="Say why"):
            workspace.decide_claim(person, number, "confirmed", "  ")
        with pytest.raises(NothingFoundError):
            workspace.decide_claim(person, number + 500, "confirmed", "no such look")
        with pytest.raises(NothingFoundError):
            workspace.answer_claim(person, number, "nobody asked me")


def test_other_staff_do_not_read_that_it_was_made(claimed: tuple[PersonId, int], office: Path) -> None:
    person, number = claimed
    with sign_in(office, "Salma") as workspace:
        workspace.decide_claim(person, number, "questioned", "On which ward was that?")
    with sign_in(office, "Sam") as workspace:
        assert workspace.claims_asked() == []
        assert workspace._claims().of(person) == []


@pytest.mark.parametrize("delayed", [False, True])
def test_while_the_person_is_not_to_be_told_of_an_override_nothing_tells_them_who_looked(
    claimed: tuple[PersonId, int], office: Path, *, delayed: bool
) -> None:
    person, number = claimed
    with sign_in(office, "Salma") as workspace:
        asked = workspace.overriding.ask(person, "safeguarding", "Anita", "gp", "a child may be at risk", "s.47", 4)
    with sign_in(office, "Howard") as workspace:
        workspace.override_act("agree", person, asked.id)
        if delayed:
            workspace.override_act("put_off", person, asked.id, "they would be in danger", "2026-12-24")
    with sign_in(office, "Salma") as workspace:
        workspace.decide_claim(person, number, "confirmed", "The ward sister was there")
    with peggy(office) as workspace:
        assert (workspace.claims_decided(person) == []) is delayed
    with sign_in(office, "Anita") as workspace:
        told = {row.claim.state for row in workspace._claims().of(person)}
        assert told == {"confirmed"}, "who looked is told in either case"


def test_signing_in_reads_only_of_people_about_whom_one_was_told_something(
    claimed: tuple[PersonId, int], office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, number = claimed
    read: list[PersonId] = []

    def reading(session: Session, about: PersonId) -> list[StoredStatement]:
        read.append(about)
        return statements(session, about)

    statements = Session.statements
    monkeypatch.setattr(Session, "statements", reading)
    with sign_in(office, "Salma") as workspace:
        read.clear()
        assert workspace.claims_asked() == []
        assert read == [], "an override is stated about her; to the office, and not to Salma"
        workspace.decide_claim(person, number, "questioned", "On which ward was that?")
    with sign_in(office, "Anita") as workspace:
        read.clear()
        assert len(workspace.claims_asked()) == 1
        assert person in read
        assert set(read) <= set(workspace.joined_with(person))


@pytest.mark.parametrize("act", ["In order…", "Ask them…", "Refuse…"])
def test_nothing_of_the_dialogs_is_cut_or_without_a_name_at_200_percent(keys: Keys, act: str) -> None:
    keys.window.resize(1280, 800)
    keys.sign_in("Salma")
    keys.window.wear("contrast", 200)
    keys.settle()
    keys.menu("Privacy desk")
    keys.do(next(name for name in keys.names() if name.startswith(f"{act}: Anita, {NAME}, ")))
    dialog = keys.here()
    assert isinstance(dialog, ClaimDialog)
    assert _cut(dialog) + _unnamed(dialog) + _lost(dialog) == []
