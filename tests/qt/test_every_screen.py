"""Every page in every state, at 100 % and 200 %, in a small and a usual window: nothing cut, every control named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import Driver, flush, words_of
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox, QWidget
from records import record
from test_legible import _cut, _unnamed

from desktop.models.navigation import RowRole
from desktop.models.words import STATE_TITLES, STATE_WORDS
from desktop.screen_matrix import STATES, in_state, pages
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.views.section import WIDEST
from desktop.widgets.fitted import FittedBox
from desktop.widgets.lanes import LanesPicture
from desktop.widgets.navigation import mark, name_room
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Card, Text


def _lost(root: QWidget) -> list[str]:
    """Labels of one parent that lie over each other."""
    found = []
    labels = [label for label in root.findChildren(Text) if label.isVisible() and label.text()]
    by_parent: dict[int, list[Text]] = {}
    for label in labels:
        by_parent.setdefault(id(label.parentWidget()), []).append(label)
    for group in by_parent.values():
        for at, one in enumerate(group):
            for other in group[at + 1 :]:
                shared = one.geometry().intersected(other.geometry())
                if shared.width() > 2 and shared.height() > 2:
                    found.append(f"{one.text()[:30]!r} over {other.text()[:30]!r}")
    return found


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("theme", "scale", "size"),
    [
        ("light", 100, (1280, 800)),
        ("dark", 100, (1280, 800)),
        ("contrast", 100, (1280, 800)),
        ("contrast", 200, (1280, 800)),
        ("dark", 200, (1440, 900)),
        ("light", 100, (3840, 2160)),
        ("light", 200, (3840, 2160)),
    ],
)
def test_nothing_is_cut_covered_or_without_a_name(
    driver: Driver, theme: str, scale: int, size: tuple[int, int], state: str
) -> None:
    driver.sign_in()
    driver.window.resize(*size)
    driver.window.wear(theme, scale)
    flush()
    driver.window.show_person(in_state(record(), state))
    person = driver.window.person
    assert person is not None
    found: dict[str, list[str]] = {}
    for page in pages():
        person.open_page(page)
        driver.settle()
        faults = _cut(driver.window) + _unnamed(driver.window) + _lost(driver.window)
        if faults:
            found[page] = faults
    assert found == {}


@pytest.mark.parametrize("scale", [100, 200])
def test_on_a_large_screen_lines_stay_short_enough_to_follow(driver: Driver, scale: int) -> None:
    driver.sign_in()
    driver.window.resize(3840, 2160)
    driver.window.wear("light", scale)
    flush()
    driver.window.show_person(record())
    person = driver.window.person
    assert person is not None
    most = look().px(WIDEST)
    wide = []
    for page in pages():
        person.open_page(page)
        driver.settle()
        if page != "timeline" and person.pages.width() > most:
            wide.append(page)
        wide += [f"a table of {page}" for table in person.findChildren(RecordTable) if table.isVisible()
                 and table.width() > most]  # fmt: skip
    assert wide == []
    person.open_page("timeline")
    driver.settle()
    assert person.timeline.picture.width() > most or scale == 200, "the timeline shows more where there is room"
    entry_id = person.story.entries("admissions")[0].entry.entry_id
    person.open_page("problems")
    person.open_entry(entry_id)
    driver.settle()
    assert person.pages.width() + person.detail.width() <= most + look().px(420), "details stand beside the page"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("empty", STATE_WORDS["none-recorded"]),
        ("withheld", STATE_WORDS["nothing-shown"]),
        ("failed", STATE_WORDS["failed"]),
    ],
)
def test_every_page_of_one_section_says_which_state_it_is_in(driver: Driver, state: str, words: str) -> None:
    driver.sign_in()
    driver.window.show_person(in_state(record(), state))
    person = driver.window.person
    assert person is not None
    silent = []
    for page in pages():
        if page in person.story.record.sections or page in ("circle", "support", "timeline", "overview"):
            person.open_page(page)
            driver.settle()
            if words not in driver.texts():
                silent.append(page)
    assert silent == []


QUIET = ("do not contradict", "Nothing planned", "No open request", "No dated events", "No differences found")


def test_a_week_that_could_not_be_read_is_not_said_to_be_empty(driver: Driver) -> None:
    driver.sign_in()
    driver.window.show_person(in_state(record(), "failed"), "support")
    flush()
    said = driver.texts()
    assert ": not known" in said
    assert "nothing shown" not in said
    assert "0 visits" not in said


def test_a_year_that_could_not_be_read_is_not_drawn_as_empty(driver: Driver) -> None:
    driver.sign_in()
    driver.window.show_person(in_state(record(), "failed"))
    person = driver.window.person
    assert person is not None
    driver.settle()
    card = next(one for one in person.findChildren(Card) if one.accessibleName() == "Last twelve months")
    assert card.findChildren(LanesPicture) == []
    said = "\n".join(words_of(one) for one in [card, *card.findChildren(QWidget)])
    assert STATE_WORDS["failed"] in said
    assert "nights at home: could not be read" in said
    whole = record()
    broken = {**whole.sections, "services": in_state(whole, "failed").sections["services"]}
    driver.window.show_person(replace(whole, sections=broken))
    driver.settle()
    assert "at most 349 of 365 nights at home: not all could be read" in driver.texts()
    assert "what they hold is not here" in driver.texts()


@pytest.mark.parametrize("state", ["withheld", "failed"])
@pytest.mark.parametrize("page", ["due", "going-home", "waits", "nights"])
def test_no_heading_claims_more_than_stands_beneath_it(driver: Driver, page: str, state: str) -> None:
    driver.sign_in()
    driver.window.show_person(in_state(record(), state), page)
    driver.settle()
    claims = ("Nothing due is shown", "No hospital stay that ended", "Nothing asked for")
    heads = [card.accessibleName() for card in driver.window.findChildren(Card) if card.isVisible()]
    assert [one for one in heads if one in claims] == []
    assert heads == [STATE_TITLES[in_state(record(), state).sections["admissions"].state]]


def test_lines_of_one_row_are_of_one_height_whatever_stands_beside_them(driver: Driver) -> None:
    driver.sign_in()
    driver.window.show_person(in_state(record(), "failed"))
    flush()
    person = driver.window.person
    assert person is not None
    navigation = person.navigation
    odd = []
    for page in navigation.pages.pages():
        index = navigation.pages.index(navigation.pages.row_of(page))
        rect, row = navigation.visualRect(index), index.data(RowRole)
        room = name_room(rect, QFontMetrics(font(look().px(13))).horizontalAdvance(mark(row)))
        words = QFontMetrics(font(look().px(14))).boundingRect(room, int(Qt.TextFlag.TextWordWrap), row.name)
        if abs(rect.height() - words.height() - look().px(8)) > 1:
            odd.append((row.name, rect.height(), words.height()))
    assert odd == []


def test_what_must_not_be_read_over_a_shoulder_is_marked_on_every_page_in_neutral_words(driver: Driver) -> None:
    driver.sign_in()
    shown = record()
    driver.window.show_person(shown, "overview")
    driver.settle()
    assert "Open in private" not in driver.texts()
    driver.window.show_person(replace(shown, banner=replace(shown.banner, open_in_private=True)), "overview")
    person = driver.window.person
    assert person is not None
    for page in ("overview", "timeline", "medicines", "circle"):
        person.open_page(page)
        driver.settle()
        said = driver.texts()
        assert "Open in private" in said
        assert "safeguarding" not in said.casefold().partition("open in private")[2].partition("\n")[0]


def test_what_the_banner_says_on_every_page_no_page_says_again(driver: Driver) -> None:
    driver.sign_in()
    shown = record()
    words = shown.banner.not_shared
    assert words
    same = {key: replace(one, notice=words) for key, one in shown.sections.items()}
    driver.window.show_person(replace(shown, sections=same), "problems")
    flush()
    said = [label for label in driver.window.findChildren(Text) if label.isVisible() and words in label.text()]
    assert said == [], "the banner says it"
    other = {key: replace(one, notice="Only some.") for key, one in same.items()}
    driver.window.show_person(replace(shown, sections=other), "problems")
    flush()
    assert "Only some." in driver.texts()


@pytest.mark.parametrize("state", ["withheld", "failed"])
def test_no_card_says_that_there_is_nothing_where_nothing_could_be_read_or_shown(driver: Driver, state: str) -> None:
    driver.sign_in()
    driver.window.show_person(in_state(record(), state))
    person = driver.window.person
    assert person is not None
    found = {}
    for page in pages():
        person.open_page(page)
        driver.settle()
        said = [words for words in QUIET if words in driver.texts()]
        if state == "withheld":  # of what is shown, it is true that it does not contradict itself
            said = [words for words in said if words not in ("do not contradict", "No differences found")]
        if said:
            found[page] = said
    assert found == {}


def test_headings_that_are_stacked_take_one_line(driver: Driver) -> None:
    driver.sign_in()
    driver.window.resize(1280, 800)
    driver.window.show_person(record(), "coverage")
    flush()
    (table,) = [one for one in driver.window.findChildren(RecordTable) if one.isVisible()]
    assert table.horizontalHeader().height() >= look().px(84), "names of sources stand side by side, in lines"
    driver.window.wear("light", 200)
    driver.settle()
    (table,) = [one for one in driver.window.findChildren(RecordTable) if one.isVisible()]
    assert table.stacked_columns
    assert table.horizontalHeader().height() < look().px(60)


@pytest.mark.parametrize("scale", [100, 200])
def test_what_is_chosen_in_a_filter_stands_in_full(driver: Driver, scale: int) -> None:
    driver.sign_in()
    driver.window.resize(1280, 800)
    driver.window.show_person(record(), "timeline")
    driver.settle()
    driver.window.wear("light", scale)
    driver.settle()
    driver.window.show_person(record(), "timeline")
    driver.settle()
    cut = []
    for box in driver.window.findChildren(FittedBox):
        option = QStyleOptionComboBox()
        box.initStyleOption(option)
        parts = QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
        room = box.style().subControlRect(*parts).width()
        needed = box.fontMetrics().horizontalAdvance(box.currentText())
        if box.isVisible() and room < needed:
            cut.append((box.currentText(), room, needed))
    assert cut == []


def test_a_record_without_sources_says_so_and_leaves_no_room_for_their_names(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    driver.window.show_person(in_state(record(), "empty"))
    driver.settle()
    person = driver.window.person
    assert person is not None
    person.open_page("sources")
    driver.settle()
    assert "No source sent anything that is shown to you." in driver.texts()
    person.open_page("coverage")
    driver.settle()
    table = next(one for one in person.findChildren(RecordTable) if one.isVisible())
    assert table.horizontalHeader().height() < look().px(60)
