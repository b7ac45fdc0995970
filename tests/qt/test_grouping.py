"""A section's list in groups: by key, with counts of what is shown only, remembered for its user."""

from __future__ import annotations

import pytest
from conftest import Driver
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from records import COMMUNITY, GP, PERSON, entry, record

from consent.disclosure import DisclosedEntry
from desktop.models.grouping import GROUPINGS, GroupedEntriesModel
from desktop.views.section import SectionView

ITEMS = [
    entry("problems", "Asthma", GP, "2019-05-14", active=True, kind="problem"),
    entry("problems", "Eczema", GP, "2019-02-01", active=False, kind="problem"),
    entry("problems", "Fall", COMMUNITY, "2021-03-02", kind="problem"),
    entry("problems", "Gout", COMMUNITY, "2021-03-01", active=True, kind="concern"),
    entry("problems", "Shingles", GP, "2011-01-20", active=False, kind="problem"),
    entry("problems", "Not dated", GP, active=True, kind="problem"),
    entry("problems", "Was never so", GP, "2010", assertion="not-a-fact", status="refuted", kind="problem"),
]


def rows(model: GroupedEntriesModel) -> list[str]:
    return [str(model.index(row, GroupedEntriesModel.WHAT if model.heading(model.index(row, 0)) is None else 0).data())
            .partition("\n")[0] for row in range(model.rowCount())]  # fmt: skip


def headings(model: GroupedEntriesModel) -> list[str]:
    return [str(model.index(row, 0).data()) for row in model.headings()]


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        ("", []),
        ("year", ["2021 · 2 entries", "2019 · 2 entries", "2011 · 1 entry", "Date not recorded · 1 entry",
                  "2010 · 1 entry"]),
        ("kind", ["Concern · 1 entry", "Problem · 6 entries"]),
        ("source", [f"{GP.name} · 5 entries", f"{COMMUNITY.name} · 2 entries"]),
        ("current", ["Current · 3 entries", "Past · 2 entries", "Not said whether current · 1 entry",
                     "Not a fact · 1 entry"]),
    ],
)  # fmt: skip
def test_every_grouping_holds_every_entry_once(by: str, wanted: list[str]) -> None:
    model = GroupedEntriesModel()
    model.show(ITEMS)
    model.group_by(by)
    assert headings(model) == wanted
    entries = [row for row in range(model.rowCount()) if model.heading(model.index(row, 0)) is None]
    assert len(entries) == len(ITEMS)
    for row in entries:
        item = model.item(model.index(row, 0))
        assert model.row_of(item.entry.entry_id) == row
    for row in model.headings():
        with pytest.raises(LookupError):
            model.item(model.index(row, 0))


def test_a_group_folds_and_says_so_and_narrowing_counts_again() -> None:
    model = GroupedEntriesModel()
    model.show(ITEMS)
    model.group_by("year")
    first = model.heading(model.index(0, 0))
    assert first is not None
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "2021 · 2 entries, open"
    assert model.fold(first) == 0
    assert model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole) == "2021 · 2 entries, closed"
    assert rows(model)[1].startswith("2019")
    model.narrow("gout")
    assert headings(model) == ["2021 · 1 entry"], "a count is of what is shown now"
    model.narrow("")
    model.sort(model.WHEN, Qt.SortOrder.AscendingOrder)
    assert headings(model)[-1] == "2010 · 1 entry", "what is not a fact stays last"
    dated = [words for words in headings(model)[:-1] if words[0].isdigit()]
    assert dated == sorted(dated), "years follow the order of the list"


def many(shown: int) -> list[DisclosedEntry]:
    return [entry("problems", f"Problem {at}", GP, f"{2000 + at % 3}-01-02", active=True) for at in range(shown)]


def test_grouped_by_keyboard_opened_by_keyboard_and_remembered(driver: Driver) -> None:
    driver.vault.records[PERSON] = record(many(9))
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page("problems")
    driver.settle()
    section = person.pages.currentWidget()
    assert isinstance(section, SectionView)
    QTest.keyClick(driver.window, Qt.Key.Key_G, Qt.KeyboardModifier.AltModifier)
    driver.qtbot.waitUntil(section.group_by.hasFocus)
    QTest.keyClick(section.group_by, Qt.Key.Key_Down)
    assert section.group_by.currentText() == "Year"
    assert headings(section.model) == ["2002 · 3 entries", "2001 · 3 entries", "2000 · 3 entries"]
    assert section._count.text() == "9 entries shown to you", "headings are not counted"
    table = section.card.table
    assert table.columnSpan(0, 0) == 4
    table.setFocus()
    table.setCurrentIndex(section.model.index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert rows(section.model)[:2] == ["2002 · 3 entries", "2001 · 3 entries"]
    assert table.currentIndex().row() == 0
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert person.detail.isVisible(), "below the heading its first entry opens"

    driver.window.lock()
    driver.sign_in()
    driver.open()
    again = driver.window.person
    assert again is not None
    again.open_page("problems")
    driver.settle()
    assert headings(again.section.model)[0] == "2002 · 3 entries"
    again.open_page("allergies")
    assert again.section.model.by == "", "each part of a record has its own"


def test_settings_hold_nothing_of_the_record(driver: Driver) -> None:
    driver.vault.records[PERSON] = record(many(9))
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page("problems")
    driver.settle()
    person.section.group_by.setFocus()
    for _ in GROUPINGS:
        QTest.keyClick(person.section.group_by, Qt.Key.Key_Down)
    store = driver.window._settings._store
    kept = {key: str(store.value(key)) for key in store.allKeys() if "/group/" in key}
    assert list(kept.values()) == ["current"]
    assert all(key.endswith("/group/problems") for key in kept)


def test_a_short_list_is_not_grouped(driver: Driver) -> None:
    driver.vault.records[PERSON] = record(many(4))
    driver.sign_in()
    driver.open()
    person = driver.window.person
    assert person is not None
    person.open_page("problems")
    assert not person.section.group_by.isVisible()
