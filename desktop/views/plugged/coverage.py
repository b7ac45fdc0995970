"""Coverage: every section of the record against every source; what, how much, how fresh, and four kinds of nothing."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QVBoxLayout

from consent.coverage import coverage
from desktop.models.coverage import CoverageModel
from desktop.models.story import Story
from desktop.theme.tokens import look
from desktop.views.plugs import Page, PageKind, Shell
from desktop.widgets.leaving import let_go
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Text


class CoveragePage(Page):
    """The matrix as a table that is read by row; Enter opens the section."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__()
        gap = look().gap
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        self._column.setSpacing(gap(8))
        self._column.addWidget(Text(self.tr("What the record holds, and from where"), "title"))
        self._words = Text("", "secondary")
        self._column.addWidget(self._words)
        self.model = CoverageModel(self)
        self.table: RecordTable | None = None

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        self.clear()
        found = coverage(story.record)
        self._words.setText(
            self.tr(
                "{filled} of {all} sections of the Core Information Standard hold something shown to you."
                " “None recorded” is said only of what a source really sends."
            ).format(filled=found.filled, all=found.standard)
        )
        self.model.show(found)
        widths = (0, 128, *(114 for _ in found.sources))
        table = self.table = RecordTable(self.model, widths, self.tr("Sections and sources"))
        self.model.stacked = lambda: bool(table.stacked_columns)
        header = table.horizontalHeader()
        header.setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        )
        table.heading_height = 84 if found.sources else 0
        table.relook()
        self.table.opened.connect(self._open)
        self.table.copied.connect(self.copied)
        self._column.addWidget(self.table, 1)

    def clear(self) -> None:
        """Forget the person."""
        self.model.show(None)
        self.model.stacked = lambda: False
        self._words.setText("")
        if self.table is not None:
            let_go(self.table)
            self.table = None

    def take_focus(self) -> None:
        """Go on reading the table."""
        if self.table is not None:
            self.table.setFocus()

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row(index)
        if row is not None:
            self.page.emit(row.section.key)


PAGES = (PageKind("coverage", "Coverage", "record", CoveragePage, order=20),)
