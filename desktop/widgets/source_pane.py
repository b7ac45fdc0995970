"""Lines of a source file with the one that is meant marked; plain text, read only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout

from desktop.theme.fonts import monospace
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button

if TYPE_CHECKING:
    from desktop.source_lines import Excerpt


class SourcePane(QFrame):
    """Says which file and line, shows the lines; `closed` when it was put away."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        px, gap = look().px, look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(10), gap(8), gap(10), gap(8))
        head = QHBoxLayout()
        self.title = Text("", "cardtitle")
        head.addWidget(self.title, 1)
        head.addWidget(button(self.tr("Close the lines"), "quiet", self._close))
        column.addLayout(head)
        self.remark = Text("", "secondary")
        column.addWidget(self.remark)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(monospace(px(13)))
        self.text.setStyleSheet(f"font-family: monospace; font-size: {px(13)}px;")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.text.setAccessibleName(self.tr("Lines of the source"))
        self.text.setMinimumHeight(px(150))
        column.addWidget(self.text, 1)
        self.hide()

    def show_excerpt(self, found: Excerpt, where: str) -> None:
        """Show lines of a file; `where` is the path of the finding in its resource."""
        number, line = found.lines[found.at]
        self.title.setText(
            self.tr("{where}, line {line}").format(where=where or self.tr("The file"), line=f"{number:,}")
        )
        said = [found.path]
        if not found.exact:
            said.append(self.tr("where the resource begins; the element itself could not be found in the text"))
        if found.cut:
            said.append(self.tr("long lines are shortened"))
        self.remark.setText(" · ".join(said))
        rows = [f"{'▶' if at == found.at else ' '} {no:>6}  {text}" for at, (no, text) in enumerate(found.lines)]
        self.text.setPlainText("\n".join(rows))
        self.text.setAccessibleDescription(self.tr("Line {line}: {text}").format(line=number, text=line.strip()))
        cursor = QTextCursor(self.text.document().findBlockByNumber(found.at))
        mark = QTextEdit.ExtraSelection()
        mark.cursor = cursor
        mark.format.setBackground(look().colour("warning_back"))
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self.text.setExtraSelections([mark])
        self.text.setTextCursor(cursor)
        self.text.centerCursor()
        self.show()

    def say(self, words: str) -> None:
        """Say why no lines are shown."""
        self.clear()
        self.title.setText(words)
        self.show()

    def clear(self) -> None:
        """Forget the lines."""
        self.text.setPlainText("")
        self.text.setExtraSelections([])
        self.text.setAccessibleDescription("")
        self.title.setText("")
        self.remark.setText("")
        self.hide()

    def _close(self) -> None:
        self.clear()
        self.closed.emit()
