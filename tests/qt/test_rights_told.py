"""What the person, and whoever acts for them, read of what was recorded about acting for them: in ordinary words and in
Easy Read, on a real vault and by keys alone; and what a proxy reads of looks: their own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from conftest import window_on
from keyboard import Keys
from office import PASSPHRASES, WHY, sign_in
from pytestqt.qtbot import QtBot
from test_court_limits import RUTH
from test_privacy_office import margaret

from desktop.demo.run import AS_OF
from desktop.errors import NothingFoundError
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices
from desktop.workspace import Workspace

PEGGY = "cat by the window"
EVERYONE = PASSPHRASES | {"Peggy": PEGGY, "Ruth": RUTH}


@pytest.fixture
def told(office: Path) -> Path:
    """The person is a user; her daughter had a right, limited by a court until the office lifted it; an attorney's
    right waits, and a GP found that she cannot decide where to live."""
    person = margaret(office)
    right = {"basis": "permission", "evidence": "Signed form seen", "scope": ("general", "money")}
    with sign_in(office, "Howard") as workspace:
        workspace.add_user("Peggy", "person", "", PEGGY, recovery_key="", person=person)
        workspace.add_user("Ruth", "proxy", "", RUTH, recovery_key="", person=person, mandate=right)
        court = ("Ruth", "Family Court at Leeds", date(2026, 3, 3))
        limit = workspace.state_acting("limit_by_court", person, *court, leaves=("money",))
        workspace.state_acting("lift_court_limit", person, limit.id, "The order was discharged")
        workspace.state_acting("allow", person, "Ruth", "health-attorney", "LPA seen", matter="where to live")
    with sign_in(office, "Anita") as workspace:
        found = {"capable": False, "matter": "which dentist to see", "on": date(2026, 11, 19)}
        workspace.state_acting("found_capacity", person, **found, until=date(2027, 5, 1))
        workspace.open_person(person)
    with _as_ruth(office) as workspace:
        workspace.open_person(person)
    return office


@pytest.fixture
def keys(told: Path, qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    monkeypatch.setattr(MyChoices.__init__, "__defaults__", (lambda: AS_OF,))
    with window_on(told, qtbot, settings) as window:
        yield Keys(window, qtbot, EVERYONE)


def says(keys: Keys, *words: str) -> None:
    """All of this is in sight."""
    seen = keys.texts()
    assert [said for said in words if said not in seen] == []


def test_the_person_reads_all_that_was_recorded(keys: Keys) -> None:
    keys.sign_in("Peggy")
    keys.do("People acting for me")
    says(
        keys,
        "Ruth: The person's own permission",
        "since 21 Nov 2026, stops on 21 Nov 2027, unless it is confirmed again",
        "May see only: everyday health, money",
        "Howard wrote this down. What shows it: Signed form seen",
        "Counts today",
        "It is for this decision: where to live",
        "Waits until it is needed",
        "What a court has limited",
        "A court had limited what Ruth may see of your record. The court: Family Court at Leeds, 3 Mar 2026.",
        "It was lifted on 21 Nov 2026.",
        "Why it was lifted: The order was discharged",
        "You cannot decide this for yourself at the moment: which dentist to see.",
        "Anita (GP) found that on 19 Nov 2026.",
        "It is looked at again on 1 May 2027.",
    )


def test_and_in_easy_read(keys: Keys) -> None:
    keys.sign_in("Peggy")
    keys.do("Easy Read")
    keys.do("People who act for me")
    says(
        keys,
        "Ruth: asked to help",
        "They only see: everyday health, money",
        "Howard wrote this down.",
        "It is for: where to live",
        "A judge had said what Ruth can see.",
        "It stopped on 21 Nov 2026.",
        "Why it stopped: The order was discharged",
        "Can you choose?",
        "You need help to choose this: which dentist to see.",
        "Anita (GP) said so on 19 Nov 2026.",
    )


def test_whoever_acts_is_told_of_their_own_right_and_not_why_a_court_limit_was_lifted(keys: Keys) -> None:
    keys.sign_in("Ruth")
    keys.do("Acting for Peggy")
    seen = keys.texts()
    assert "It was lifted on 21 Nov 2026." in seen
    assert "This is what lets you act for Peggy" in seen
    assert "act for you" not in seen, "it speaks to the proxy"
    for kept in ("The order was discharged", "which dentist to see", "What was found"):
        assert kept not in seen, kept


def test_a_proxy_reads_when_they_looked_themself_and_that_this_list_tells_of_nobody_else(
    keys: Keys, told: Path
) -> None:
    """Neither who else looked, nor why, how many, or whether anybody did; and no receipt, which is the person's."""
    keys.sign_in("Ruth")
    keys.do("When you looked")
    seen = keys.texts()
    assert "These are your own looks at this record" in seen
    assert "This list never tells you who else looked, or whether anyone did." in seen
    assert "You" in seen.splitlines()
    assert "About: " in seen
    for kept in ("Sam", "Anita", "Vale Ambulance", WHY, "unconscious", "Keep a receipt", "did not expect"):
        assert kept not in seen, kept
    keys.do("Easy Read")
    assert "You can not see if someone else did." in keys.texts()
    keys.lock()
    person = margaret(told)
    with _as_ruth(told) as workspace:
        homes = workspace.joined_with(person)
        assert {event.name for event, _touched in workspace.who_looked(person)} == {"Ruth"}
        with pytest.raises(NothingFoundError):
            workspace.receipt(person, told.with_name("receipt.json"))
    assert not told.with_name("receipt.json").exists()
    with sign_in(told, "Howard") as workspace:
        tried = [one for one in workspace.log(person) if one.kind == "refused" and one.name == "Ruth"]
    assert len(tried) == len(homes), "the receipt that was asked for, in the log of each home of hers"


def _as_ruth(vault: Path) -> Workspace:
    return Workspace.sign_in(vault, "Ruth", RUTH, now=AS_OF, anchors=vault.with_name("anchors"))


def test_what_the_person_ends_stands_ended_where_the_office_looks(keys: Keys, told: Path) -> None:
    keys.sign_in("Peggy")
    keys.do("People acting for me")
    keys.do("End it: Ruth: The person's own permission")
    assert "Has ended" in keys.texts()
    keys.lock()
    with sign_in(told, "Howard") as workspace:
        (row,) = workspace.people("ellison")
        states = {one.mandate.basis: one.standing.state for one in workspace.acting_for(row.person_id)}
    assert states["permission"] == "ended"
