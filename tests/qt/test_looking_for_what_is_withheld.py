"""Somebody who tries every way the window offers to come upon what is withheld from them: pages, details, tool tips,
finders, titles, the clipboard, print-outs and files. The control finds the same words where they are permitted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from hands import Hands
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from test_whole_journeys import CTRL, press

from consent.disclosure import DisclosedEntry
from desktop.demo.run import Demonstration
from desktop.dialogs.share import ShareDialog
from desktop.models.entries import LinesRole
from desktop.widgets.picker import Picker
from desktop.widgets.table import RecordTable

_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
    Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.WhatsThisRole,
    LinesRole,
)


def words_in(item: DisclosedEntry) -> set[str]:
    entry = item.entry
    return {entry.title, entry.value, entry.detail, *(field.value for field in entry.fields)}


def cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[QModelIndex]:
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for row in range(model.rowCount(parent)):
        for column in range(columns):
            index = model.index(row, column, parent)
            yield index
            if column == 0 and isinstance(model, QStandardItemModel):
                yield from cells(model, index)


@cache
def texts(kind: type[QObject]) -> list[str]:
    """The names of what a class of objects holds as text."""
    about = kind.staticMetaObject
    parts = [about.property(at) for at in range(about.propertyCount())]
    return [part.name() for part in parts if part.typeName() == "QString"]


def everything(objects: list[QObject]) -> dict[str, None]:
    """Every text that any object of the window holds, each once: each text property, and every role of every model."""
    said: list[str] = []
    for one in objects:
        said += [str(one.property(name)) for name in texts(type(one))]
        words = getattr(one, "words", None)
        if callable(words):
            said.append(str(words()))
        if isinstance(one, QAbstractItemModel):
            said += [str(index.data(role)) for index in cells(one, QModelIndex()) for role in _ROLES]
    return dict.fromkeys(text.replace("\u200b", "") for text in dict.fromkeys(said))


def in_the_program() -> dict[str, None]:
    tops = QApplication.topLevelWidgets()
    return everything([*tops, *(child for top in tops for child in top.findChildren(QObject))])


def pdf_words(path: Path) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path.read_bytes()))


def left_as(hands: Hands, form: str, path: Path) -> dict[str, None]:
    """What leaves by *Print and share* in a form, and all that its dialog says."""
    press(hands, Qt.Key.Key_P)
    share = hands.window.dialogs()[-1]
    assert isinstance(share, ShareDialog)
    share.form.setCurrentIndex(share.form.findData(form))
    share.look_button.click()
    hands.settle()
    share.save(path)
    hands.settle()
    told = in_the_program()
    share.close()
    hands.settle()
    data = path.read_bytes()
    return {**told, pdf_words(path) if data.startswith(b"%PDF") else data.decode("utf-8"): None}


def looked_everywhere(hands: Hands, folder: Path) -> str:
    """All that can be come upon in an open record, by whoever goes through all of it."""
    window = hands.window
    person = window.person
    assert person is not None
    folder.mkdir()
    said = in_the_program()
    for page in person.navigation.pages.pages():
        person.open_page(page)
        hands.settle()
        said |= in_the_program()
        for table in (one for one in person.pages.currentWidget().findChildren(RecordTable) if one.isVisible()):
            for row in range(min(table.model().rowCount(), 40)):
                table.setCurrentIndex(table.model().index(row, table.host))
                QTest.keyClick(table, Qt.Key.Key_C, CTRL)
                said[QApplication.clipboard().text()] = None
    for item in person.story.all_entries():
        person.open_entry(item.entry.entry_id)
        said |= {person.detail.window().windowTitle(): None, **everything(person.detail.findChildren(QObject))}
    hands.settle()
    for form in ("summary", "pdf", "ips"):
        said |= left_as(hands, form, folder / form)
    return "\n".join(said)


@pytest.mark.timeout(600)
def test_a_nurse_comes_upon_nothing_that_is_withheld_from_her(
    hands: Hands, demonstration: Demonstration, tmp_path: Path
) -> None:
    window = hands.window
    hands.enter(demonstration, "social-worker")
    hands.find("margaret ellison")
    hands.open_found()
    assert window.person is not None
    theirs = window.person.story.all_entries()
    permitted = " ".join(looked_everywhere(hands, tmp_path / "theirs").split())
    window.lock()
    hands.settle()
    assert "412.60" not in "\n".join(in_the_program()), "nothing stays for whoever comes next"

    hands.enter(demonstration, "nurse")
    hands.find("margaret ellison")
    hands.open_found()
    assert window.person is not None
    hers = window.person.story.all_entries()
    known = {item.entry.entry_id for item in hers}
    open_to_her = "\n".join(word for item in hers for word in words_in(item))
    withheld = {
        word
        for item in theirs
        if item.entry.entry_id not in known
        for word in words_in(item)
        if len(word) > 14 and word not in open_to_her
    }
    assert any("412.60" in word for word in withheld)
    found = {word for word in withheld if " ".join(word.split()) in permitted}
    assert len(found) * 2 > len(withheld), "the same looking finds it where it is permitted"

    said = " ".join(looked_everywhere(hands, tmp_path / "hers").split())
    assert [word for word in sorted(withheld) if " ".join(word.split()) in said] == []
    for words in sorted(withheld, key=len)[:6]:
        for key in (Qt.Key.Key_F, Qt.Key.Key_K):
            press(hands, key)
            picker = window.dialogs()[-1]
            assert isinstance(picker, Picker)
            picker.field.setText(words[:40])
            hands.settle()
            rows = "\n".join(pick.text for pick in picker.rows.rows)
            assert words not in rows
            picker.close()
            hands.settle()
    assert "ELLISON" not in window.windowTitle()
