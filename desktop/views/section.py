"""One section: its state in plain words, its notice, and its entries as a table that sorts, groups and narrows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from consent.disclosure import DisclosedSection
from desktop.models.entries import EntriesModel
from desktop.models.grouping import GROUPINGS, GroupedEntriesModel
from desktop.models.story import Story
from desktop.models.tongue import ours
from desktop.models.words import plural
from desktop.theme.tokens import look
from desktop.views.plugs import Page
from desktop.widgets.layouts import Flow, scrolling
from desktop.widgets.leaving import emptied
from desktop.widgets.states import FourStates
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Text, captioned, notice

WIDEST = 1680
"""How wide a page, and a table of entries, gets at 100 %: on a large screen the end of a line stays near its
beginning."""


def entries_table(model: EntriesModel, name: str, parent: QWidget | None = None) -> RecordTable:
    """The table of entries that sections and the timeline share."""
    table = RecordTable(model, (150, 0, 0, 180), name, host=EntriesModel.WHAT, place="entries", parent=parent)
    table.sortable(EntriesModel.WHEN, Qt.SortOrder.DescendingOrder)
    return table


class EntriesCard(QFrame):
    """A table of entries in a card, for sections and the timeline."""

    def __init__(self, model: EntriesModel, name: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.table = entries_table(model, name, self)
        self.setMaximumWidth(look().px(WIDEST))
        gap = look().gap
        inside = QVBoxLayout(self)
        inside.setContentsMargins(gap(8), gap(6), gap(8), gap(8))
        inside.addWidget(self.table)


class SectionView(Page):
    """Any section. `opened` carries an entry, `copied` a line for the clipboard, `grouped` what its user groups a
    section by from now on (its key, and one of `GROUPINGS`)."""

    grouped = Signal(str, str)

    def __init__(self, grouping: Callable[[str], str] = lambda _section: "", parent: QWidget | None = None) -> None:
        """`grouping` tells what a section was grouped by last."""
        super().__init__(parent)
        self._grouping, self._key = grouping, ""
        px, gap = look().px, look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = QWidget()
        outer.addWidget(scrolling(page))
        column = QVBoxLayout(page)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(10))
        head = QHBoxLayout()
        head.setSpacing(gap(12))
        column.addLayout(head)
        self._title = Text("", "title", wrap=True)
        head.addWidget(self._title, 2)
        tools = Flow(gap(12), "centre", below=gap(6), right=True)
        head.addWidget(tools, 3)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find in this list"))
        self.filter.setAccessibleName(self.tr("Find in this list"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(px(240))
        self.filter.textChanged.connect(self._narrow)
        tools.add(self.filter)
        self.group_by = QComboBox()
        self.group_by.setAccessibleName(self.tr("Group by"))
        for key, words in GROUPINGS.items():
            self.group_by.addItem(words, key)
        self.group_by.activated.connect(lambda _at: self._group())
        self._grouping_tool = captioned(self.tr("&Group by"), self.group_by)
        tools.add(self._grouping_tool)
        self._count = Text("", "secondary")
        column.addWidget(self._count)
        self._notices = QVBoxLayout()
        column.addLayout(self._notices)
        self.model = GroupedEntriesModel(self)
        self.card = EntriesCard(self.model, self.tr("Entries of this section"))
        self.card.table.headings = self.model.headings
        self.card.table.opened.connect(self._open)
        self.card.table.copied.connect(self.copied)
        self.states = FourStates(self.card, page)
        self.states.setMinimumHeight(px(190))
        column.addWidget(self.states, 1)

    def clear(self) -> None:
        """Forget the section."""
        self.model.clear()
        self.filter.clear()
        self._title.setText("")
        self._count.setText("")
        self._clear_notices()

    def show_story(self, story: Story, key: str) -> None:
        """Show one section of a record."""
        self.show_section(story.section(key), story.record.banner.not_shared)

    def take_focus(self) -> None:
        """The list."""
        self.card.table.setFocus()

    def show_section(self, section: DisclosedSection, said: str = "") -> None:
        """Show one section of the record. `said` is the notice that the banner shows already, on every page."""
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.blockSignals(False)
        self._clear_notices()
        self._title.setText(ours(section.section.name))
        self._key = section.section.key
        self.model.show(section.entries)
        many = len(section.entries) > 5
        for widget in (self.filter, self._grouping_tool):
            widget.setVisible(many)
        by = self._grouping(self._key) if many else ""
        self.group_by.setCurrentIndex(max(0, self.group_by.findData(by)))
        self.model.group_by(by)
        if section.state == "failed" or not section.entries:
            self._count.setText("")
            shown = section.state if section.state != "data" else "none-recorded"
            self.states.show_state(shown, section.notice)
            return
        self.states.show_data()
        self._say_count()
        if section.notice and section.notice != said:
            self._notices.addWidget(notice(ours(section.notice)))
        self.card.table.scrollToTop()

    def _say_count(self) -> None:
        shown = len(self.model.shown())
        self._count.setText(self.tr("{count} shown to you").format(count=plural(shown, "entry", "entries")))

    def _narrow(self, text: str) -> None:
        self.model.narrow(text)
        self._say_count()
        if self.model.rowCount():
            self.states.show_data()
        else:
            self.states.show_empty(self.tr("Nothing in this list matches"), self.tr("Try fewer letters."))

    def _group(self) -> None:
        by = self.group_by.currentData()
        self.model.group_by(by)
        self.card.table.scrollToTop()
        self.grouped.emit(self._key, by)

    def _open(self, index: QModelIndex) -> None:
        heading = self.model.heading(index)
        if heading is not None:
            self.card.table.setCurrentIndex(self.model.index(self.model.fold(heading), 0))
            return
        self.opened.emit(self.model.item(index).entry.entry_id)

    def _clear_notices(self) -> None:
        emptied(self._notices)
