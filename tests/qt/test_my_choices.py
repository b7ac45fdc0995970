"""The person's own screens, by the words in sight and the keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from choosing import NOW, ChoosingWorkspace, open_choices, own_screens, press, workspace
from conftest import Driver, flush
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from consent.plain_choices import EVERYONE, PlainChoice, PlainChoices, What, Who
from consent.plain_consents import from_consents, to_consents
from desktop.dialogs.my_adding import ByName, SingleThing
from desktop.errors import WorkspaceError
from desktop.settings import Settings
from desktop.views import my_choices
from desktop.widgets.pictures import Picture

HOME_CARE = Who("role", "home-care")
SEXUAL = What("category", "sexual-reproductive")


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


def test_nothing_is_saved_before_save_is_pressed(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "GPs, Money: Hidden")
    assert "GPs: Money: Hidden" in driver.texts()
    assert workspace(driver).saves == []
    press(driver, "Do not change it")
    assert "You have changed nothing yet" in driver.texts()
    assert workspace(driver).saves == []


def test_what_is_usual_is_said_before_anything_is_changed(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "Pharmacists")
    assert "Some of it is shared now: the part they need for their work." in driver.texts()
    assert "Not shared with them now, because their work does not need it." in driver.texts()
    assert "It does not change the records that the GP, hospital or council keep" in driver.texts()


def refused(*_given: object, **_more: object) -> None:
    raise WorkspaceError("The disk gave an error.")


def test_what_could_not_be_worked_out_is_not_said_to_change_nothing(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_choices(driver)
    monkeypatch.setattr(ChoosingWorkspace, "preview_choices", refused)
    press(driver, "GPs, Sexual and reproductive health: Hidden")
    assert "it is not known what they would see" in driver.texts()
    assert "changes nothing that anyone can see" not in driver.texts()
    assert "The disk gave an error." in driver.texts()


@pytest.mark.parametrize("undo", [False, True], ids=["save", "undo"])
def test_what_would_change_is_still_told_after_saving_failed(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, undo: bool
) -> None:
    screen = open_choices(driver)
    press(driver, "GPs, Sexual and reproductive health: Hidden")
    if undo:
        press(driver, "Save")
    monkeypatch.setattr(ChoosingWorkspace, "set_choices", refused)
    press(driver, "Undo what I saved" if undo else "Save")
    assert "That did not work: The disk gave an error." in driver.texts()
    assert screen.board is not None
    assert screen.board.changed
    would = "would now see" if undo else "would no longer see"
    assert f"GPs {would} 4 items about sexual and reproductive health" in driver.texts()


def test_a_preset_is_previewed_for_every_kind_of_worker(driver: Driver) -> None:
    screen = open_choices(driver)
    screen.who_page.start_from("gp-hospital")
    flush()
    driver.settle()
    assert "without your allergies, someone could give you a medicine that harms you" in driver.texts()
    assert "Nurses would no longer see" in driver.texts()
    press(driver, "Save")
    assert workspace(driver).shown(workspace(driver).kept, "nurse") == set()
    assert workspace(driver).shown(workspace(driver).kept, "gp")


def test_one_single_thing_is_hidden_from_everyone_and_shown_again(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "Hide one single thing…")
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, SingleThing)
    assert not dialog.hide_it.isEnabled()
    driver.qtbot.keyClicks(dialog.search, "Elm clinic letter 4")
    assert dialog.list.count() == 1
    dialog.list.setCurrentRow(0)
    dialog.hide_it.click()
    driver.settle()
    assert "Everyone: Elm Clinic letter 4" in driver.texts()
    press(driver, "Save")
    kept, _ = from_consents(workspace(driver).kept)
    assert [(one.who, one.what.value) for one in kept.choices] == [(EVERYONE, "DocumentReference/4")]
    screen.remake()
    driver.settle()
    press(driver, "Show it again: Everyone: Elm Clinic letter 4")
    press(driver, "Save")
    assert workspace(driver).kept == []
    assert screen.board.saved.choices == ()


def test_a_single_thing_that_the_helper_may_not_see_is_not_named(driver: Driver) -> None:
    hidden = PlainChoices((PlainChoice(EVERYONE, What("item", "Condition/secret-of-hers"), "off"),))
    driver.vault.start = to_consents(hidden, "Patient/p1", NOW)
    open_choices(driver)
    assert "Everyone: a thing that is not shown here: Hidden" in driver.texts()
    assert "secret-of-hers" not in driver.texts()


def test_a_worker_is_named_and_comes_before_their_kind(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "Home care workers")
    press(driver, "Home care workers, Everyday health: Hidden")
    press(driver, "A person or organisation by name…")
    dialog = driver.window.dialogs()[-1]
    assert isinstance(dialog, ByName)
    offered = [dialog.name.itemText(row) for row in range(dialog.name.count())]
    assert "Ruth Ellison" in offered
    assert not any(name.startswith("person:") for name in offered)
    dialog.name.setCurrentText("Dawn Pryce")
    press(driver, "Add")
    press(driver, "Dawn Pryce, Everyday health: Shared")
    press(driver, "Save")
    shown = workspace(driver).shown
    kept = workspace(driver).kept
    dawn, another = (shown(kept, "home-care", "Fenland Home Care", name) for name in ("dawn pryce", "Someone Else"))
    titles = {str(item.entry.entry_id): item.entry.title for item in workspace(driver).entries}
    assert "Furosemide" in {titles[one] for one in dawn - another}
    assert screen.board.named() == (Who("user", "Dawn Pryce"),)


def test_emergencies_are_closed_with_the_danger_said(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "Emergencies")
    press(driver, "May emergency teams open what is hidden?: No, never")
    assert "That could cost your life" in driver.texts()
    press(driver, "Save")
    kept, _ = from_consents(workspace(driver).kept)
    assert kept.closed == {"everything"}
    press(driver, "May emergency teams open what is hidden?: Yes, if my life is in danger")
    press(driver, "Emergency teams and mental health: Stays closed")
    press(driver, "Save")
    kept, _ = from_consents(workspace(driver).kept)
    assert kept.closed == {"mental-health"}


def test_both_names_are_said_while_somebody_helps(driver: Driver) -> None:
    open_choices(driver)
    assert "Asha is helping Margaret ELLISON. Both names are kept with every choice." in driver.texts()


def test_the_person_comes_straight_to_their_own_screens(driver: Driver) -> None:
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    assert "My choices: Margaret ELLISON" in driver.texts()
    assert "is helping" not in driver.texts()
    press(driver, "GPs, Money: Hidden")
    press(driver, "Save")
    assert len(workspace(driver).saves) == 1


def test_easy_read_says_one_idea_a_line_and_keeps_the_change(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "GPs, Money: Hidden")
    press(driver, "Easy Read")
    lines = {
        one.text().replace("\u200b", ""): one.parentWidget()
        for one in driver.window.findChildren(QLabel)
        if one.isVisible()
    }
    for line in ("First pick who.", "Then pick what they see."):
        assert lines[line].findChildren(Picture), "a picture stands beside every line"
    assert "Doctors at the GP surgery: Money: No" in driver.texts()
    press(driver, "Doctors at the GP surgery, Money: Yes")
    press(driver, "Save")
    kept, _ = from_consents(workspace(driver).kept)
    assert kept.about(Who("role", "gp"), What("category", "money"))[0].setting == "on"
    press(driver, "Easy Read")
    assert "You decide. You can change it at any time." in driver.texts()


def test_escape_blanks_everything_at_once_and_the_change_is_there_again(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "GPs, Money: Hidden")
    driver.qtbot.keyClick(screen.who_page.focusWidget() or screen, Qt.Key.Key_Escape)
    driver.settle()
    assert driver.window.session.user is None
    assert driver.window.screens.currentWidget() is driver.window.sign_in
    said = "\n".join(str(widget.property("text") or "") for widget in QApplication.allWidgets())
    assert "ELLISON" not in said
    assert "Money" not in said
    open_choices(driver)
    assert "GPs: Money: Hidden" in driver.texts()


def test_what_was_typed_is_there_again_after_a_lock_and_gone_once_saved(driver: Driver) -> None:
    """The last key was pressed just before: nothing waits for a timer."""
    screen = open_choices(driver)
    press(driver, "My words")
    driver.qtbot.keyClicks(screen.pages["words"].fields["support"], "After ten")
    press(driver, "Was my care joined up?")
    press(driver, "Did the people who helped you work together? Never")
    press(driver, "Correct something")
    driver.qtbot.keyClicks(screen.pages["correct"].search, "doxycycline")
    screen.pages["correct"].list.setCurrentRow(0)
    driver.qtbot.keyClicks(screen.pages["correct"].words, "At night")
    driver.window.lock()
    driver.settle()
    said = "\n".join(str(widget.property("text") or "") for widget in QApplication.allWidgets())
    assert "At night" not in said

    screen = open_choices(driver)
    press(driver, "My words")
    assert "This is what you wrote before. It is not saved yet." in driver.texts()
    assert screen.pages["words"].fields["support"].toPlainText() == "After ten"
    assert "daughter Ruth knows me best" in screen.pages["words"].fields["important"].toPlainText()
    press(driver, "Save my words")
    press(driver, "Was my care joined up?")
    press(driver, "Save my answers")
    press(driver, "Correct something")
    assert screen.pages["correct"].words.toPlainText() == "At night"
    press(driver, "Ask for it to be corrected")
    kinds = [tree["resourceType"] for tree in workspace(driver).added]
    assert kinds == ["QuestionnaireResponse", "QuestionnaireResponse", "Task"]
    assert workspace(driver).added[2]["focus"] == {"reference": "MedicationRequest/9"}
    assert workspace(driver).added[1]["item"][0]["answer"][0]["valueString"] == "Never"
    assert not any(driver.vault.drafts.values())


def test_what_was_typed_stays_through_easy_read_and_another_look(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "My words")
    driver.qtbot.keyClicks(screen.pages["words"].fields["also"], "I sing")
    press(driver, "Easy Read")
    driver.settle()
    assert screen.pages["words"].fields["also"].toPlainText() == "I sing"
    driver.window.wear("dark", 200)
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert screen.tab == "words"
    assert screen.pages["words"].fields["also"].toPlainText() == "I sing"


def test_what_someone_else_began_is_not_shown(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "My words")
    driver.qtbot.keyClicks(screen.pages["words"].fields["also"], "I sing")
    driver.window.lock()
    driver.vault.role = "person"
    driver.sign_in("Ben")
    driver.settle()
    press(driver, "My words")
    screen = driver.window.screens.currentWidget()
    assert screen.pages["words"].fields["also"].toPlainText() == ""


def test_a_choice_made_elsewhere_is_shown_and_kept(driver: Driver) -> None:
    driver.vault.start = [{"resourceType": "Consent", "status": "active", "provision": {"type": "permit"}}]
    open_choices(driver)
    assert "Choices made somewhere else" in driver.texts()
    assert "This choice was not made on this screen" in driver.texts()
    press(driver, "GPs, Money: Hidden")
    press(driver, "Save")
    assert driver.vault.start[0] in workspace(driver).kept
    press(driver, "Easy Read")
    assert "This choice is not just Yes or No." in driver.texts()
    assert "is built in another way" not in driver.texts()


def test_what_a_record_codes_about_sharing_is_told_by_its_name(driver: Driver) -> None:
    preference = {"url": "https://fhir.onestory.example/StructureDefinition/recorded-preference"}
    refusal = {"status": "active", "provision": {"type": "deny"}}
    driver.vault.imported = [
        {"resourceType": "Consent", "extension": [preference | {"valueCode": "national-data-opt-out"}], **refusal}
    ]
    open_choices(driver)
    assert "National opt-out. Nothing is used for research or planning. Care stays the same." in driver.texts()


def test_a_choice_that_was_imported_is_shown_and_never_saved_as_the_persons_own(driver: Driver) -> None:
    """It only narrows until it is confirmed: saving it with the rest would let it share."""
    driver.vault.imported = [{"resourceType": "Consent", "status": "active", "provision": {"type": "permit"}}]
    open_choices(driver)
    assert "It came from another system. It can only hide things" in driver.texts()
    assert "Part of a choice could not be understood, so it counts as no. The part is patient: it" in driver.texts()
    press(driver, "Easy Read")
    assert "It names someone we do not know." in driver.texts()
    press(driver, "Easy Read")
    press(driver, "GPs, Money: Hidden")
    press(driver, "Save")
    assert driver.vault.imported[0] not in workspace(driver).kept


def test_a_proxy_whose_right_carries_no_choices_is_not_offered_any(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChoosingWorkspace, "ruth_chooses", False)
    driver.vault.role = "proxy"
    driver.sign_in()
    driver.settle()
    assert {"I care for someone", "Correct something", "Take the record"} <= shown_buttons()
    assert not {"Who can see what", "Emergencies"} & shown_buttons()
    assert "You do not choose for" in driver.texts()
    press(driver, "Easy Read")
    assert not {"Who can see what", "Emergencies"} & shown_buttons()


def shown_buttons() -> set[str]:
    return {
        one.accessibleName() or one.text()
        for one in QApplication.allWidgets()
        if isinstance(one, QAbstractButton) and one.isVisible()
    }


def test_the_screen_comes_back_in_another_look(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "GPs, Money: Hidden")
    driver.window.wear("dark", 200)
    driver.settle()
    assert "GPs: Money: Hidden" in driver.texts()


def test_every_control_has_a_name_and_can_be_reached(driver: Driver) -> None:
    screen = open_choices(driver)
    for tab in my_choices.TABS:
        screen.open_tab(tab)
        driver.settle()
        names = []
        for widget in screen.findChildren(QWidget):
            if widget.isVisible() and isinstance(widget, QAbstractButton):
                assert widget.accessibleName(), widget
                assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                names.append(widget.accessibleName())
        assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]


def test_no_picture_of_a_change_names_what_is_hidden_from_the_helper(driver: Driver) -> None:
    """The preview speaks in kinds and numbers: no title of an entry is in it."""
    open_choices(driver)
    press(driver, "Home care workers")
    press(driver, "Home care workers, Sexual and reproductive health: Hidden")
    panel = driver.window.screens.currentWidget().who_page.panel
    said = "\n".join(str(widget.property("text") or "") for widget in panel.findChildren(QWidget))
    assert "1 medicine" in said
    assert "Doxycycline" not in said
    assert "Elm Clinic" not in said
