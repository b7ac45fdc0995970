"""The review of labels: found by accessible names, used by keyboard, in four states, and forgotten on leaving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from consent.corrections import Correction
from consent.sensitivity.tables import Origin
from desktop.dialogs.label_change import LabelDialog
from desktop.label_review import LabelRow
from desktop.models.labels import DECIDED, SENSITIVE
from desktop.reports import PersonRow
from desktop.views.label_review import LabelReviewView
from fhir.entries import EntryId, PersonId

ADA = PersonRow(PersonId("p1"), "Ada EXAMPLE", "1941-05-06", "9990000018", "verified", "female", 0)


def row(entry: str, title: str, *categories: str, **more: Any) -> LabelRow:
    reasons = tuple(f"{category}: its code means {title}" for category in categories)
    return LabelRow(
        ADA.person_id,
        EntryId(entry),
        "problems",
        title,
        "2 May 2024",
        "2024-05-02",
        "Riverside Surgery",
        categories,
        reasons,
        **more,
    )


class Desk:
    """A workspace in memory, asked at once."""

    def __init__(self) -> None:
        decided = Correction(("general",), "Everyone may know", "Dilys", "2026-11-27T09:00:00+00:00")
        self.rows = [
            row("e1", "Depression", "mental-health", origins=(Origin("A list", "7"),)),
            row("e2", "Asthma", "general"),
            row("e3", "Gout", "general", derived=("money",), decided=decided),
        ]
        self.acts: list[tuple[Any, ...]] = []
        self.fails = ""

    def people(self, query: str) -> list[PersonRow]:
        return [ADA] if query.casefold() in ADA.name.casefold() else []

    def label_reasons(self, person: PersonId) -> list[LabelRow]:
        return self.rows

    def correct_label(self, person: PersonId, entry: EntryId, categories: tuple[str, ...], reason: str) -> None:
        self.acts.append(("correct", entry, categories, reason))

    def withdraw_correction(self, person: PersonId, entry: EntryId, reason: str) -> None:
        self.acts.append(("withdraw", entry, reason))

    def ask(self, work: Callable[[Any], Any], done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        if self.fails:
            failed(self.fails)
        else:
            done(work(self))


def opened(qtbot: QtBot, desk: Desk) -> tuple[LabelReviewView, list[QDialog]]:
    dialogs: list[QDialog] = []
    view = LabelReviewView(desk, dialogs.append)
    qtbot.addWidget(view)
    view.resize(1200, 700)
    view.show()
    view.start()
    view.found.opened.emit(view.people.index(0, 0))
    return view, dialogs


def said(view: QWidget) -> str:
    return "\n".join(widget.accessibleName() for widget in view.findChildren(QWidget) if widget.isVisible())


def test_every_entry_stands_with_its_labels_and_why(qtbot: QtBot) -> None:
    view, _ = opened(qtbot, Desk())
    told = [view.model.index(n, column).data() for n in range(3) for column in range(3)]
    assert "Depression" in told[0]
    assert told[1] == "Mental health"
    assert "Labelled mental health because its code means Depression." in told[2]
    assert "By our table after: A list, version 7" in told[2]
    assert told[5] == "Labelled general health because its code means Asthma."
    assert "decided on purpose" in told[7]
    assert "Everyone may know" in told[8]
    assert "Without it: Money" in told[8]
    assert "3 entries" in view.count.text()


def test_filters_by_words_and_label_and_says_when_nothing_matches(qtbot: QtBot) -> None:
    view, _ = opened(qtbot, Desk())
    view.only.setCurrentIndex(view.only.findData(SENSITIVE))
    assert view.model.rowCount() == 1
    view.only.setCurrentIndex(view.only.findData(DECIDED))
    assert view.model.entry(view.model.index(0, 0)).title == "Gout"
    view.words.setText("asthma")
    assert view.model.rowCount() == 0
    assert "Nothing matches" in said(view)


def test_a_label_is_changed_by_keyboard_with_a_reason(qtbot: QtBot) -> None:
    desk = Desk()
    view, dialogs = opened(qtbot, desk)
    view.table.setFocus()
    view.table.selectRow(0)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    (dialog,) = dialogs
    assert isinstance(dialog, LabelDialog)
    assert not dialog.done_button.isEnabled(), "without a reason nothing is changed"
    dialog.reason.setText("Wrongly coded")
    dialog._boxes["mental-health"].setChecked(False)
    assert not dialog.done_button.isEnabled(), "something must be ticked"
    dialog._boxes["general"].setChecked(True)
    dialog.done_button.click()
    assert desk.acts == [("correct", "e1", ("general",), "Wrongly coded")]


def test_a_decision_is_taken_back_only_where_there_is_one(qtbot: QtBot) -> None:
    desk = Desk()
    view, dialogs = opened(qtbot, desk)
    view.table.selectRow(1)
    assert not view.undo_button.isEnabled()
    view.take_back()
    assert not dialogs
    view.table.selectRow(2)
    view.undo_button.click()
    (dialog,) = dialogs
    assert isinstance(dialog, LabelDialog)
    dialog.reason.setText("She thought again")
    dialog.done_button.click()
    assert desk.acts == [("withdraw", "e3", "She thought again")]


def test_a_failure_and_an_empty_record_are_said(qtbot: QtBot) -> None:
    desk = Desk()
    view, _ = opened(qtbot, desk)
    desk.rows = []
    view.found.opened.emit(view.people.index(0, 0))
    assert "No entries" in said(view)
    desk.fails = "Only the custodian's office may review labels."
    view.found.opened.emit(view.people.index(0, 0))
    assert "Only the custodian's office" in said(view)


def test_leaving_forgets_every_word(qtbot: QtBot) -> None:
    view, _ = opened(qtbot, Desk())
    view.clear()
    assert view.model.rowCount() == view.model.total == view.people.rowCount() == 0
    assert "EXAMPLE" not in said(view) + view.count.text()
