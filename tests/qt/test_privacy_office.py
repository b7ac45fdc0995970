"""The privacy office at work, over a real vault and by keys alone: overrides, reviews, notices, limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from keyboard import Keys
from office import NAME, WHY, sign_in
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from desktop.demo.run import AS_OF
from desktop.errors import NothingFoundError
from fhir.entries import PersonId


def margaret(office: Path) -> PersonId:
    with sign_in(office, "Anita") as workspace:
        return next(row.person_id for row in workspace.people() if row.name == NAME)


def test_a_privacy_officer_reviews_an_emergency_and_hands_over_the_notice(keys: Keys, office: Path) -> None:
    keys.sign_in("Salma")
    keys.menu("Privacy desk")
    assert WHY in keys.texts()
    assert "Due 24 Nov 2026" in keys.texts()
    keys.do(f"Words for the person…: Sam, {NAME}")
    assert "looked at your record" in keys.texts()
    keys.do("Close")
    keys.do(f"They were told: Sam, {NAME}")
    assert "Nobody is still to be told." in keys.texts()
    keys.do(f"Escalate…: Sam, {NAME}")
    keys.write("What you found, in a few words", "No danger was recorded")
    keys.do("Escalate")
    assert "Escalated" in keys.texts()
    assert "No danger was recorded" in keys.texts()
    keys.do(f"Justified…: Sam, {NAME}")
    keys.write("What you found, in a few words", "Crew confirmed she was unconscious")
    keys.do("Justified")
    assert "Nothing waits for a review." in keys.texts()
    keys.lock()
    with sign_in(office, "Salma") as workspace:
        (row,) = workspace.overrides(every=True)
    assert (row.case.review.state, row.case.telling.state) == ("justified", "given")


def choose(keys: Keys, name: str) -> None:
    keys.write("Find a person whose record is meant", name)
    keys.qtbot.waitUntil(lambda: not keys.window.session.jobs.busy())
    keys.reach("People found")
    keys.press(Qt.Key.Key_Down)
    keys.press(Qt.Key.Key_Return)
    assert "Overrides of this record" in keys.texts()


def test_a_custodian_asks_a_second_person_agrees_and_the_notice_waits(keys: Keys, office: Path) -> None:
    keys.sign_in("Howard")
    keys.menu("Lawful access and limits")
    assert "Those with a safeguarding duty see safeguarding information" in keys.texts()
    choose(keys, "ellison")
    keys.do("Ask for lawful access…")
    keys.reach("Safeguarding: An adult or a child is at risk of harm, and sharing is needed to protect them")
    keys.press(Qt.Key.Key_Down)
    keys.press(Qt.Key.Key_Down)
    keys.write("Why it is needed", "Family court asks for it")
    keys.reach("Cancel")
    assert not keys.enabled("Ask for it"), "a court order names the order"
    keys.write("The order, Act or serious harm it rests on", "Order of 20 Nov 2026, case 7")
    keys.write("For how long", "3 days, until 24 Nov 2026 09:00")
    box = keys.reach("Only about: Mental health")
    keys.press(Qt.Key.Key_Space)
    assert isinstance(box, QCheckBox)
    keys.do("Ask for it")
    assert "waits for a second person" in keys.texts()
    assert "Order of 20 Nov 2026, case 7. Only about: mental health." in keys.texts()
    keys.lock()

    keys.sign_in("Salma")
    keys.menu("Privacy desk")
    assert "Opens nothing yet" in keys.texts()
    keys.do(f"Agree: Howard, {NAME}")
    assert "No lawful override waits for a second person." in keys.texts()
    keys.lock()

    keys.sign_in("Howard")
    keys.menu("Privacy desk")
    keys.do(f"Not yet…: Howard, {NAME}")
    keys.write("Why it must wait", "The court forbids telling them before the hearing")
    keys.do("Put it off")
    assert f"Not yet…: Howard, {NAME}" not in keys.names()
    keys.lock()
    with sign_in(office, "Howard") as workspace:
        case = next(row.case for row in workspace.overrides(every=True) if row.case.opened.kind == "court-order")
    assert (case.opened.categories, case.opened.second) == (frozenset({"mental-health"}), "Salma")
    assert str(case.opened.ends)[:10] == "2026-11-24"
    assert (case.telling.state, str(case.telling.review)) == ("delayed", "2026-12-19")


def test_a_look_that_was_not_expected_is_answered_and_never_by_whoever_looked(keys: Keys, office: Path) -> None:
    person = margaret(office)
    with sign_in(office, "Salma") as workspace:
        looks = {event.name: event.number for event in workspace.log(person) if event.kind in ("override", "import")}
        workspace.report_unexpected(person, looks["Sam"], "I was at home and well that day")
        theirs = next(event.number for event in workspace.log(person) if event.name == "Salma")
        workspace.report_unexpected(person, theirs, "Who is Salma?")
    keys.sign_in("Salma")
    keys.menu("Privacy desk")
    assert "I was at home and well that day" in keys.texts()
    assert "Answer by 21 Dec 2026" in keys.texts()
    keys.do(f"Answer…: Salma, {NAME}")
    keys.write("Your answer, which the person reads", "It was me")
    keys.do("Send the answer")
    assert "Only another of the privacy office can answer this." in keys.texts()
    keys.press(Qt.Key.Key_Return)
    keys.do(f"Answer…: Sam, {NAME}")
    assert "I was at home and well that day" in keys.texts()
    assert not keys.enabled("Send the answer")
    keys.write("Your answer, which the person reads", "The crew went to the wrong house; they were told")
    keys.do("Send the answer")
    assert f"Answer…: Sam, {NAME}" not in keys.names()
    keys.lock()
    with sign_in(office, "Howard") as workspace:
        (row,) = [row for row in workspace.unexpected(person) if row.report.who == "Sam"]
        assert (row.report.state, row.report.answered_by) == ("answered", "Salma")
        assert row.report.answer.startswith("The crew went to the wrong house")


def test_emergency_access_offers_no_delay_and_nobody_reviews_their_own(keys: Keys, office: Path) -> None:
    person = margaret(office)
    with sign_in(office, "Howard") as workspace:
        id = workspace.open_override(person, "safeguarding", "A neighbour saw bruises", "", 2)
    with sign_in(office, "Salma") as workspace:
        workspace.override_act("agree", person, id)
    keys.sign_in("Salma")
    keys.menu("Privacy desk")
    assert f"Not yet…: Sam, {NAME}" not in keys.names()
    keys.do(f"Justified…: Howard, {NAME}")
    keys.write("What you found, in a few words", "I agreed to it myself")
    keys.do("Justified")
    assert "Nobody reviews an access of their own." in keys.texts()


def test_what_must_be_kept_silent_goes_from_the_persons_view_and_comes_back(keys: Keys, office: Path) -> None:
    keys.sign_in("Howard")
    keys.menu("Lawful access and limits")
    choose(keys, "ellison")
    keys.do("Keep something silent…")
    keys.write("Show only entries with these words", "memory clinic")
    keys.reach("Tick what is meant")
    keys.press(Qt.Key.Key_Home)
    keys.press(Qt.Key.Key_Space)
    keys.write("Why it may not be shown to them", "Order of the court, case 7")
    keys.do("Keep it from them")
    assert "Silence required by law: 1 entry" in keys.texts()
    assert "Look again on 22 May 2027" in keys.texts()
    assert "Memory" not in keys.texts(), "what is kept is not told here"
    keys.do("Lift it…: Silence required by law")
    assert "Silence required by law: 1 entry" in keys.texts(), "which limit it is"
    keys.do("Lift the limit")
    assert "Say in a few words why it is over." in keys.texts()
    keys.press(Qt.Key.Key_Escape)
    assert "Lifted" not in keys.texts(), "nothing is lifted without a reason"
    keys.do("Lift it…: Silence required by law")
    keys.write("Why it is over", "The hearing was held")
    keys.do("Lift the limit")
    assert "Lifted 21 Nov 2026" in keys.texts()
    assert "Lifted because: The hearing was held" in keys.texts()
    assert "Lift it…: Silence required by law" not in keys.names()


def test_a_limit_past_its_day_stands_on_the_desk_as_overdue(keys: Keys, office: Path) -> None:
    person, before = margaret(office), AS_OF - timedelta(days=90)
    with sign_in(office, "Anita", before) as workspace:
        record = workspace.open_person(person)
        entry = next(item.entry.entry_id for item in record.sections["problems"].entries)
        review = (AS_OF - timedelta(days=1)).date()
        workspace.state_acting("set_limit", person, "SERIOUS-HARM", [entry], "It would harm her", "health", review)
    keys.sign_in("Salma")
    keys.menu("Privacy desk")
    assert "Serious harm: 1 entry" in keys.texts()
    assert "Overdue since 20 Nov 2026" in keys.texts()
    keys.do(f"Lift it…: {NAME}")
    keys.write("Why it is over", "She asked and it does no harm now")
    keys.do("Lift the limit")
    assert "No limit is past its review date." in keys.texts()


def test_the_clinician_responsible_keeps_an_entry_from_the_persons_view(keys: Keys, office: Path) -> None:
    person = margaret(office)
    keys.sign_in("Anita")
    find(keys)
    keys.press(Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    keys.reach("Entries of this section")
    keys.press(Qt.Key.Key_Home)
    keys.press(Qt.Key.Key_Return)
    details = keys.texts()
    keys.do("Not for the person’s own view…")
    keys.write("Why it may not be shown to them", "She would be harmed by reading it now")
    keys.do("Keep it from them")
    keys.press(Qt.Key.Key_Return)
    keys.lock()
    with sign_in(office, "Salma") as workspace:
        (row,) = workspace.limits()
    with sign_in(office, "Anita") as workspace:
        problems = workspace.open_person(person).sections["problems"].entries
    assert (row.limit.kind, row.limit.person) == ("SERIOUS-HARM", person)
    (kept,) = [item.entry for item in problems if item.entry.entry_id in row.limit.entries]
    assert kept.title in details


def find(keys: Keys) -> None:
    """Find the one person and give the usual reason."""
    keys.write("Find a person by name, NHS number, date of birth or local number", "ellison")
    keys.press(Qt.Key.Key_Return)
    keys.press(Qt.Key.Key_Return)


def test_labels_are_reviewed_by_whoever_holds_the_custodians_office_and_offered_to_nobody_else(keys: Keys) -> None:
    """To a privacy officer alone each record there was refused."""
    for user, offered in (("Salma", False), ("Howard", True)):
        keys.sign_in(user)
        keys.menu("Privacy desk")
        assert ("Review labels" in keys.names()) is offered
        keys.window.show_screen("label-review")
        assert ("Labels say what a fact is about" in keys.texts()) is offered
        keys.lock()


def test_who_is_not_of_the_office_has_none_of_it(keys: Keys, office: Path) -> None:
    keys.sign_in("Anita")
    offered = [action.text() for action in keys.window.actions() if action.isVisible() and action.isEnabled()]
    assert "Find a person" in offered
    assert not {"Privacy desk", "Lawful access and limits", "Review labels"} & set(offered)
    keys.lock()
    with sign_in(office, "Anita") as workspace:
        for asked in (workspace.limits, workspace.desk, workspace.check_log, workspace.overrides):
            with pytest.raises(NothingFoundError):
                asked()
