"""The person's own words, corrections, copies and those who act for them, by the words in sight and the keyboard."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import records
from choosing import open_choices, own_screens, press, workspace
from conftest import Driver
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from consent.plain_choices import What, Who
from consent.proxies import Standing
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices
from desktop.views.my_writing import WordsPage

HOME_CARE = Who("role", "home-care")
SEXUAL = What("category", "sexual-reproductive")


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        yield made


def test_the_persons_own_words_are_added_under_their_headings(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "My words")
    page = screen.pages["words"]
    assert "daughter Ruth knows me best" in page.fields["important"].toPlainText()
    page.fields["support"].setPlainText("After ten.")
    press(driver, "Save my words")
    assert "Saved. Your words stand first in your record." in driver.texts()
    (tree,) = workspace(driver).added
    said = {item["text"]: item["answer"][0]["valueString"] for item in tree["item"]}
    assert said["How and when to support me"] == "After ten."
    assert said["Supported to write this by"] == "Asha"


def test_a_proxy_writes_for_the_person_and_signs_only_what_they_changed(driver: Driver) -> None:
    driver.window.lock()
    driver.settle()
    driver.vault.role = "proxy"
    driver.sign_in()
    driver.settle()
    press(driver, "In their words")
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    assert "joined" not in screen.pages, "the person is the sole judge of that"
    page = screen.pages["words"]
    assert isinstance(page, WordsPage)
    assert "Only what you change is kept, and it says that you wrote it for them." in driver.texts()
    assert "daughter Ruth knows me best" in page.fields["important"].toPlainText()
    page.fields["support"].setPlainText("After ten.")
    press(driver, "Save these words")
    (tree,) = workspace(driver).added
    said = {item["text"]: item["answer"][0]["valueString"] for item in tree["item"]}
    assert said == {"How and when to support me": "After ten."}


def test_who_helps_signs_only_what_was_changed(driver: Driver) -> None:
    """What the person wrote before and is not changed keeps their own name, and not the helper's."""
    screen = open_choices(driver)
    press(driver, "My words")
    page = screen.pages["words"]
    assert "daughter Ruth knows me best" in page.fields["important"].toPlainText()
    page.fields["support"].setPlainText("After ten.")
    press(driver, "Save my words")
    (tree,) = workspace(driver).added
    said = {item["text"]: item["answer"][0]["valueString"] for item in tree["item"]}
    assert "How and when to support me" in said
    assert not any("daughter Ruth" in words for words in said.values())


def test_the_person_says_how_joined_up_it_was(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "Was my care joined up?")
    press(driver, "Save my answers")
    assert "Write something first." in driver.texts()
    press(driver, "Did the people who helped you work together? Never")
    screen.pages["joined"].words.setPlainText("They argued.")
    press(driver, "Save my answers")
    assert "Thank you" in driver.texts()
    (tree,) = workspace(driver).added
    assert [item["answer"][0]["valueString"] for item in tree["item"]] == ["Never", "They argued."]


def test_a_correction_goes_to_whoever_wrote_it_and_is_tracked(driver: Driver) -> None:
    screen = open_choices(driver)
    press(driver, "Correct something")
    page = screen.pages["correct"]
    driver.qtbot.keyClicks(page.search, "furosemide")
    page.list.setCurrentRow(0)
    page.words.setPlainText("I take it at night.")
    press(driver, "Ask for it to be corrected")
    assert "Your request is kept in the record for Thornbury General Hospital." in driver.texts()
    (tree,) = workspace(driver).added
    assert (tree["resourceType"], tree["status"]) == ("Task", "requested")


def test_a_copy_of_the_record_is_taken_through_the_log(driver: Driver, tmp_path: Path) -> None:
    screen = open_choices(driver)
    press(driver, "Take my record")
    screen.pages["take"].take("pdf", tmp_path / "record.pdf")
    driver.settle()
    assert "That you took it is in the list of who has looked." in driver.texts()
    assert workspace(driver).handed_out == [("pdf", tmp_path / "record.pdf")]


def test_those_who_act_for_the_person_are_listed_and_ended(driver: Driver) -> None:
    open_choices(driver)
    press(driver, "People acting for me")
    assert "Ruth: Attorney for health and welfare" in driver.texts()
    assert "May see only: everyday health, money" in driver.texts()
    assert "Counts today" in driver.texts()
    press(driver, "End it: Ruth: Attorney for health and welfare")
    assert "Has ended" in driver.texts()
    assert "May see only" not in driver.texts(), "they see nothing by it any more"


def test_a_carer_comes_to_whom_they_act_for_and_can_stop(driver: Driver) -> None:
    driver.vault.role = "carer"
    driver.sign_in()
    driver.settle()
    said = driver.texts()
    assert "I care for someone: Margaret ELLISON" in said
    assert "You may see: everyday health, money" in said
    assert "You never see notes about keeping Margaret ELLISON safe" in said
    assert "You do not choose for Margaret ELLISON who sees what." in said
    assert "Who can see what" not in said
    press(driver, "Stop acting for Margaret ELLISON…")
    assert "You cannot let yourself in again" in driver.texts()
    press(driver, "No, go on as now")
    press(driver, "Stop acting for Margaret ELLISON…")
    press(driver, "Yes, stop")
    assert "You have stopped. The record is closed to you from now on." in driver.texts()
    assert "Has ended" in driver.texts()
    press(driver, "Sign in with my own name")
    assert driver.window.session.user is None


@pytest.mark.parametrize(
    ("state", "said"),
    [("active", "stops on 6 May 2028, unless it is confirmed again"), ("lapsed", "stopped on 6 May 2028")],
)
def test_whoever_acts_reads_when_it_stops_by_itself(driver: Driver, state: str, said: str) -> None:
    """A parent at a birthday of the child; others after the months their right may last."""
    driver.vault.role, driver.vault.standing = "proxy", Standing(state, "", date(2028, 5, 6))  # type: ignore[arg-type]
    driver.sign_in()
    driver.settle()
    press(driver, "I care for someone")
    assert f"since 21 Nov 2026, {said}" in driver.texts()


def test_a_carer_opens_the_record_from_there(driver: Driver) -> None:
    driver.vault.role = "carer"
    driver.sign_in()
    driver.settle()
    press(driver, "Open the record of Margaret ELLISON")
    assert driver.window.person is not None


def test_the_person_finds_their_own_assessment_as_a_carer(driver: Driver) -> None:
    driver.vault.caring = [
        records.entry("assessments", "Carer's assessment", records.HOSPITAL, "2026-03-27"),
        records.entry("vaccinations", "Flu vaccine, as a carer", records.HOSPITAL, "2026-03-28"),
    ]
    driver.vault.role = "person"
    driver.sign_in()
    driver.settle()
    press(driver, "I care for someone")
    assert "you are a carer, and you have rights of your own" in driver.texts()
    assert "Flu vaccine" not in driver.texts()
    press(driver, "Show it: Carer's assessment, 27 Mar 2026  ·  Thornbury General Hospital")
    assert driver.window.person is not None
    assert "Carer's assessment" in driver.texts()


def jpeg_of(folder: Path) -> Path:
    """A picture as a camera writes it: large, with where it was taken."""
    image = QImage(3000, 2000, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    image.setText("Description", "GPSMARKER 52.1N")
    made = folder / "dog.png"
    assert image.save(str(made))
    return made


def test_a_picture_is_made_small_waits_through_a_lock_and_is_added_with_what_it_shows(
    driver: Driver, tmp_path: Path
) -> None:
    screen = open_choices(driver)
    press(driver, "My words")
    file = jpeg_of(tmp_path)
    assert b"GPSMARKER" in file.read_bytes()
    screen.pages["words"].pictures.take(file)
    driver.settle()
    press(driver, "Save the picture")
    assert "Say first what it shows" in driver.texts()
    driver.qtbot.keyClicks(screen.pages["words"].pictures.words, "My dog Bess")
    driver.window.lock()
    driver.settle()

    screen = open_choices(driver)
    press(driver, "My words")
    assert screen.pages["words"].pictures.words.text() == "My dog Bess"
    press(driver, "Save the picture")
    assert "The picture was saved." in driver.texts()
    (tree,) = workspace(driver).added
    attachment = tree["content"][0]["attachment"]
    data = base64.b64decode(attachment["data"])
    assert attachment["title"] == "Picture: My dog Bess"
    assert data.startswith(b"\xff\xd8\xff")
    assert len(data) <= 180_000
    assert b"GPSMARKER" not in data
    assert max(QImage.fromData(data).width(), QImage.fromData(data).height()) == 1280
    assert not any(driver.vault.drafts.values())


def test_what_is_no_picture_is_said_to_be_none(driver: Driver, tmp_path: Path) -> None:
    screen = open_choices(driver)
    press(driver, "My words")
    for name, content in (("a.png", b"\x89PNG\r\n\x1a\nrubbish"), ("b.svg", b"<svg/>"), ("c.jpg", b"")):
        (tmp_path / name).write_bytes(content)
        screen.pages["words"].pictures.take(tmp_path / name)
        driver.settle()
        assert "This is not a picture that can be read." in driver.texts()
    screen.pages["words"].pictures.take(tmp_path / "nowhere.png")
    driver.settle()
    assert "The file cannot be read." in driver.texts()
    assert workspace(driver).added == []


def in_sight(driver: Driver, words: str) -> bool:
    """Whether these words can be seen, without scrolling."""
    driver.settle()
    (found,) = [one for one in driver.window.findChildren(QLabel) if words in one.text() and one.isVisible()]
    return not found.visibleRegion().isEmpty()


def test_what_is_said_of_saving_is_in_sight_of_whoever_pressed(driver: Driver, tmp_path: Path) -> None:
    """On a small screen the button is far below the top of the page."""
    driver.window.resize(1024, 600)
    screen = open_choices(driver)
    press(driver, "My words")
    page = screen.pages["words"]
    area = page.findChild(QScrollArea)

    def down() -> None:
        driver.settle()
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())

    down()
    page.pictures.take(tmp_path / "nowhere.png")
    assert in_sight(driver, "The file cannot be read.")
    down()
    page.pictures.take(jpeg_of(tmp_path))
    assert in_sight(driver, "What does it show?")
    next(iter(page.fields.values())).setPlainText("Look at me")
    down()
    press(driver, "Save my words")
    assert in_sight(driver, "Saved. Your words stand first")
