"""A language made for tests, and the English that is left in sight when windows are walked in it.

The language writes each letter wide, so that an English letter in sight is a word that no translator was shown or that
was not asked for. What the record says is looked for in the record that was released.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import choosing
import msgspec
import records
from choosing import ChoosingVault
from conftest import Driver, words_of
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from consent.disclosure import BannerItem, Conflict, DisclosedEntry, DisclosedSection, FactGroup
from desktop.application import open_window
from desktop.models.entries import LinesRole
from desktop.settings import Settings
from desktop.translations import GAP
from desktop.views.my_choices import MyChoices
from fhir.entries import Field

NAMES = frozenset({"OneStory", "Ctrl", "Alt", "Shift", "Esc", "Enter", "Return", "Tab", "Del"})
OF_US = {
    DisclosedEntry: {"because", "categories"},
    DisclosedSection: {"section", "notice"},
    BannerItem: {"label"},
    Conflict: {"text"},
    FactGroup: {"fields", "because"},
    Field: {"label"},
}
"""Parts of a released record in which the program speaks and no source."""


def wide(english: str) -> str:
    """Each letter wide, but for what is filled in."""
    gaps = GAP.finditer(english)
    at, said = 0, []
    for gap in gaps:
        said += [_wide(english[at : gap.start()]), gap[0]]
        at = gap.end()
    return "".join((*said, _wide(english[at:])))


def _wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if one.isascii() and one.isalpha() else one for one in text)


def written(value: Any) -> Iterator[str]:
    """Every string of a released record that a source wrote."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct) or (is_dataclass(value) and not isinstance(value, type)):
        names = value.__struct_fields__ if isinstance(value, msgspec.Struct) else [one.name for one in fields(value)]
        for name in names:
            if name not in OF_US.get(type(value), ()):
                yield from written(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from written(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from written(one)


def said(root: QWidget) -> Iterator[str]:
    """Every text in sight or for a screen reader: of widgets, lists, choices, actions."""
    for widget in (root, *root.findChildren(QWidget)):
        if not widget.isVisible():
            continue
        yield words_of(widget)
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(at) for at in range(widget.count()))
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            several = isinstance(model, QAbstractTableModel)
            for column in range(model.columnCount() if several else 1):
                yield str(model.headerData(column, Qt.Orientation.Horizontal) or "") if several else ""
                for row in range(min(40, model.rowCount())):
                    index = model.index(row, column)
                    lines = index.data(LinesRole)
                    yield "\n".join(line.text for line in lines) if isinstance(lines, tuple) else ""
                    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                        yield str(index.data(role) or "")
    yield from (action.text() for action in root.findChildren(QAction))


def left(root: QWidget, record: str) -> set[str]:
    """English in sight that is not of the record."""
    found: set[str] = set()
    for text in said(root):
        for run in re.findall(r"[\x20-\x7e\u00a0-\u024f\u2010-\u203a£]+", text.replace("\u200b", "").replace("&", "")):
            found |= {part for part in _parts(run, record) if part not in NAMES}
    return found


def _parts(run: str, record: str) -> Iterator[str]:
    bare = run.strip(" \u00a0.,:;·()“”‘’\"'?!…–-+/|=<>*[]0123456789£%")
    if not re.search(r"[A-Za-z]{2}", bare) or bare.casefold() in record:
        return
    for mark in ("\n", " · ", "; ", ": ", ". ", ", ", " (", " – ", " → ", "“", "”", "  ", " / ", "/", "+"):
        if mark in bare:
            for part in bare.split(mark):
                yield from _parts(part, record)
            return
    yield bare


def own_screens(qtbot: QtBot, settings: Settings, role: str) -> tuple[Driver, MyChoices, str]:
    """The person's own screens, for whoever has this role, and every word that the test's vault invents."""
    vault = ChoosingVault()
    vault.role = role
    invented = "".join(Path(str(one.__file__)).read_text("utf-8") for one in (choosing, records)).casefold()
    window = open_window(vault, settings)
    window.show()
    driver = Driver(window, vault, qtbot)
    driver.sign_in()
    screen = window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    return driver, screen, invented
