"""What a court limits for somebody who acts for a person, in the privacy office's window: a real vault, keys alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandkit import run
from keyboard import Keys
from office import HOWARD, sign_in
from PySide6.QtCore import Qt
from test_office_screens import LOOKS, faults, shown
from test_privacy_office import choose, margaret

from desktop.commands import saying
from desktop.demo.run import AS_OF
from desktop.views.lawful import LawfulAccess
from desktop.workspace import Workspace
from fhir.entries import PersonId

PEGGY = "cat by the window"
RUTH = "daughter garden bench"


def let_ruth_act(office: Path, person: PersonId) -> None:
    """Give the person a daughter whom she allowed to act for her."""
    right = {"basis": "permission", "evidence": "Signed form seen", "scope": ("general", "mental-health")}
    with sign_in(office, "Howard") as workspace:
        workspace.add_user("Ruth", "proxy", "", RUTH, recovery_key="", person=person, mandate=right)


def seen_by_ruth(office: Path, person: PersonId) -> set[str]:
    """The kinds of what the daughter really gets."""
    with Workspace.sign_in(office, "Ruth", RUTH, now=AS_OF, anchors=office.with_name("anchors")) as workspace:
        record = workspace.open_person(person)
    return {kind for section in record.sections.values() for item in section.entries for kind in item.categories}


def at_margaret(keys: Keys, user: str) -> None:
    keys.sign_in(user)
    keys.menu("Lawful access and limits")
    choose(keys, "ellison")


def test_a_court_limits_a_daughter_until_the_office_lifts_it(keys: Keys, office: Path) -> None:
    person = margaret(office)
    let_ruth_act(office, person)
    with sign_in(office, "Howard") as workspace:
        workspace.add_user("Peggy", "person", "", PEGGY, recovery_key="", person=person)
    assert "mental-health" in seen_by_ruth(office, person)
    at_margaret(keys, "Salma")
    assert "Ruth: The person's own permission, since 21 Nov 2026." in keys.texts()
    assert "Lets them see: general health, mental health" in keys.texts()
    assert "No court has limited anybody who acts for this person." in keys.texts()
    keys.do("Record a court’s limit…")
    keys.do("Record it")
    assert "Say which court, and the number of its order." in keys.texts(), "a limit names its court"
    keys.write("Which court, and the number of its order", "Court of Protection, case 13")
    keys.reach("May still see: General health")
    keys.press(Qt.Key.Key_Space)
    keys.do("Record it")
    assert (
        "Ruth: sees only general health. Court of Protection, case 13, 21 Nov 2026. Recorded by Salma." in keys.texts()
    )
    assert "From 21 Nov 2026, until it is lifted" in keys.texts()
    keys.lock()
    assert seen_by_ruth(office, person) == {"general"}

    at_margaret(keys, "Howard")
    keys.do("Lift it…: Ruth")
    assert "Is what the court limited over?" in keys.texts()
    keys.press(Qt.Key.Key_Return)
    assert "Say in a few words why it is over." in keys.texts(), "nothing is lifted without a reason"
    keys.press(Qt.Key.Key_Escape)
    assert "until it is lifted" in keys.texts()
    keys.do("Lift it…: Ruth")
    keys.write("Why it is over", "Discharged on 2 May 2026")
    keys.reach("The person may read why")
    keys.press(Qt.Key.Key_Space)
    keys.do("Lift the limit")
    assert "Lifted 21 Nov 2026" in keys.texts()
    assert "Lifted because: Discharged on 2 May 2026" in keys.texts()
    assert "Lift it…: Ruth" not in keys.names()
    keys.lock()
    assert "mental-health" in seen_by_ruth(office, person)
    with Workspace.sign_in(office, "Peggy", PEGGY, now=AS_OF, anchors=office.with_name("anchors")) as workspace:
        (limit,) = workspace.court_limits(person)
        assert (bool(limit.lifted), limit.why) == (True, ""), "it was heard in private"
    with sign_in(office, "Howard") as workspace:
        said = [(one.name, one.reason) for one in workspace.log(person) if one.kind == "statement"]
    assert [one for one in said if "Court" in one[1]] == [
        ("Salma", "CourtLimited"),
        ("Howard", "CourtWhy"),
        ("Howard", "CourtLifted"),
    ]


def test_a_limit_that_ends_by_itself_says_when_and_nothing_is_offered_where_nobody_acts(
    keys: Keys, office: Path
) -> None:
    at_margaret(keys, "Salma")
    assert "Nobody has a right to act for this person." in keys.texts()
    assert "Record a court’s limit…" not in keys.names()
    keys.lock()
    let_ruth_act(office, margaret(office))
    at_margaret(keys, "Salma")
    keys.do("Record a court’s limit…")
    keys.write("Which court, and the number of its order", "Family Court at Leeds")
    keys.reach("Until the court or the privacy office lifts it")
    keys.press(Qt.Key.Key_Space)
    keys.write("Its last day", "20 Nov 2026")
    keys.do("Record it")
    assert "It cannot be before 21 Nov 2026." in keys.texts()
    keys.write("Its last day", "30/11/2026")
    keys.write("In force from", "1 Dec 2026")
    keys.do("Record it")
    assert "It cannot be before 1 Dec 2026." in keys.texts(), "the last day goes with the first"
    assert keys.window.dialogs(), "nothing is recorded"
    keys.write("In force from", "21 Nov 2026")
    keys.do("Record it")
    assert "Ruth: sees nothing. Family Court at Leeds, 21 Nov 2026." in keys.texts()
    assert "From 21 Nov 2026, until 30 Nov 2026" in keys.texts()
    assert "Forbidden by a court" in keys.texts()


@pytest.mark.parametrize("told", [True, False], ids=["told", "kept"])
def test_the_person_reads_why_a_limit_was_lifted_only_where_that_stays_ticked(
    keys: Keys, office: Path, told: bool
) -> None:
    person = margaret(office)
    let_ruth_act(office, person)
    with sign_in(office, "Howard") as workspace:
        workspace.add_user("Peggy", "person", "", PEGGY, recovery_key="", person=person)
        workspace.state_acting("limit_by_court", person, "Ruth", "Family Court at Leeds", AS_OF.date())
    at_margaret(keys, "Howard")
    keys.do("Lift it…: Ruth")
    keys.write("Why it is over", "Discharged on 2 May 2026")
    if not told:
        keys.reach("The person may read why")
        keys.press(Qt.Key.Key_Space)
    keys.do("Lift the limit")
    keys.lock()
    with Workspace.sign_in(office, "Peggy", PEGGY, now=AS_OF, anchors=office.with_name("anchors")) as workspace:
        (limit,) = workspace.court_limits(person)
    assert limit.why == ("Discharged on 2 May 2026" if told else "")


def test_the_command_records_and_lists_what_the_window_shows(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = margaret(office)
    let_ruth_act(office, person)
    secret = office.with_name("passphrase")
    secret.write_text(HOWARD, "utf-8")
    court = ("--court", "Family Court at Leeds", "--dated", "2026-03-03", "--leaves", "general", "--ends", "2026-12-31")
    who = ("--vault", office, "--user", "Howard", "--passphrase-file", secret, "--now", AS_OF.isoformat())
    made = run("acting", "court", str(person), "Ruth", *court, "--json", *who)
    assert made.code == 0, made.err
    monkeypatch.setattr(saying.out, "_width", 200)
    listed = run("acting", "list", str(person), *who).out
    assert "Family Court at Leeds, 3 Mar 2026" in listed
    assert "From 21 Nov 2026, until 31 Dec 2026" in listed
    (limit,) = json.loads(run("acting", "list", str(person), "--json", *who).raw)["courts"]
    assert limit == {
        "id": made.json["id"], "user": "Ruth", "order": "Family Court at Leeds, 3 Mar 2026", "by": "Howard",
        "leaves": ["general"], "starts": "2026-11-21", "ends": "2026-12-31", "lifted": "", "why": "", "binds": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ruth", "Family Court", AS_OF.date()), "check the name"),
        (("Ruth", "  ", AS_OF.date()), "Say which court"),
        (("Ruth", "Family Court", AS_OF.date().replace(year=2027)), "a day to come"),
    ],
)
def test_a_limit_that_would_bind_nobody_or_names_no_order_is_refused(
    office: Path, words: tuple[object, ...], said: str
) -> None:
    person = margaret(office)
    let_ruth_act(office, person)
    with sign_in(office, "Salma") as workspace, pytest.raises(Exception, match=said):
        workspace.state_acting("limit_by_court", person, *words)


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
def test_what_courts_limit_is_legible(keys: Keys, office: Path, theme: str, scale: int, size: tuple[int, int]) -> None:
    let_ruth_act(office, margaret(office))
    keys.sign_in("Howard")
    keys.window.resize(*size)
    keys.window.wear(theme, scale)
    screen = shown(keys, "lawful")
    assert isinstance(screen, LawfulAccess)
    choose(keys, "ellison")
    keys.do("Record a court’s limit…")
    found = {"dialog": faults(keys.window.dialogs()[-1])}
    keys.write("Which court, and the number of its order", "Family Court at Leeds")
    keys.do("Record it")
    found["screen"] = faults(keys.window)
    keys.do("Lift it…: Ruth")
    found["lift"] = faults(keys.window.dialogs()[-1])
    assert {name: one for name, one in found.items() if one} == {}
