"""Whatever a record says is plain text: no widget reads markup in it, no tool tip, no title."""

from __future__ import annotations

import pytest
from conftest import Driver, flush
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QTextEdit, QWidget
from records import OWN as SOURCE
from records import PERSON, entry, peggy, record

from desktop.settings import Settings
from fhir.entries import Field, Source
from fhir.people import PersonName

HOSTILE = 'O\'<img src="file:///etc/hostname"><b>Bold</b><script>x</script>'


@pytest.fixture
def hostile(driver: Driver, settings: Settings) -> Driver:
    items = [
        entry(
            item.entry.section,
            HOSTILE,
            Source(name=HOSTILE, lane="gp", key="gp"),
            item.entry.when.start,
            detail=HOSTILE,
            value=HOSTILE,
            author=HOSTILE,
            status=HOSTILE,
            warnings=(HOSTILE,),
            fields=(Field(HOSTILE, HOSTILE),),
            active=True,
            own_words=item.entry.source is SOURCE,
        )
        for item in peggy()
    ]
    driver.vault.records = {PERSON: record(items, PersonName(family=HOSTILE, given=("Ann",), use="official"))}
    return driver


def test_no_widget_reads_markup_out_of_a_record(hostile: Driver) -> None:
    hostile.sign_in()
    hostile.open()
    person = hostile.window.person
    assert person is not None
    seen = 0
    for page in person.navigation.pages.pages():
        person.open_page(page)
        if page in person.story.record.sections and person.story.section(page).entries:
            person.open_entry(person.story.section(page).entries[0].entry.entry_id)
        flush()
        for widget in QApplication.allWidgets():
            seen += _plain(widget)
    assert seen > 100, "the control must hit"


def _plain(widget: QWidget) -> int:
    assert not isinstance(widget, QTextEdit), "a rich text widget has no place here"
    assert "<img" not in widget.toolTip()
    if isinstance(widget, QLabel):
        assert widget.textFormat() is Qt.TextFormat.PlainText, widget.text()[:40]
        return "<img" in widget.text().replace("\u200b", "")
    return 0


def test_tool_tips_of_tables_are_escaped(hostile: Driver) -> None:
    hostile.sign_in()
    hostile.open()
    person = hostile.window.person
    assert person is not None
    person.open_page("problems")
    tip = person.section.model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img" in tip
    assert "<img" not in tip


def test_the_title_stays_ours(hostile: Driver) -> None:
    hostile.sign_in()
    hostile.open()
    assert hostile.window.windowTitle() == "OneStory"
