"""A field and a list beneath it that answers as one types: the frame of *find in the record* and of the palette.

Rows are painted words; nothing in them is markup. What a row means is the caller's: choosing one gives back its key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.theme.tokens import look
from desktop.widgets.states import FourStates
from desktop.widgets.text import Text
from desktop.widgets.written import Passage, Run

Index = QModelIndex | QPersistentModelIndex
_STEPS = {int(Qt.Key.Key_Down): 1, int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_PageDown): 8, int(Qt.Key.Key_PageUp): -8}
_RowRole = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Pick:
    """One row: its key, its words in pieces (matching or not), a line under them and a short remark at the right."""

    key: str
    words: tuple[tuple[str, bool], ...]
    under: tuple[tuple[str, bool], ...] = ()
    remark: str = ""

    @property
    def text(self) -> str:
        """All of it as one line."""
        said, under = ("".join(part for part, _ in pieces) for pieces in (self.words, self.under))
        return ", ".join(part for part in (said, under, self.remark) if part)


class _Rows(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: Sequence[Pick] = ()

    def show(self, rows: Sequence[Pick]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:  # noqa: N802
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == _RowRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.text
        return None


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        view = self.parent()
        width = view.viewport().width() if isinstance(view, QListView) else 400
        first, under, _ = self._passages(index.data(_RowRole))
        room = self._room(width, index.data(_RowRole))
        high = first.height(room) + (under.height(room) if under is not None else 0)
        return QSize(width, high + look().gap(12))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        here = look()
        painter.save()
        rect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, here.colour("selected"))
            painter.fillRect(rect.x(), rect.y(), here.px(4), rect.height(), here.colour("focus"))
        pick = index.data(_RowRole)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        first, under, remark = self._passages(pick, "selected_ink" if chosen else "")
        x, y = rect.x() + here.gap(14), rect.y() + here.gap(6)
        room = self._room(rect.width(), pick)
        first.draw(painter, x, y, room)
        if under is not None:
            under.draw(painter, x, y + first.height(room), room)
        if remark is not None:
            remark.draw(painter, rect.right() - here.gap(14) - remark.wished, y, remark.wished)
        painter.restore()

    @staticmethod
    def _room(width: int, pick: Pick) -> int:
        gap = look().gap
        side = Passage(Run(pick.remark, "secondary")).wished + gap(12) if pick.remark else 0
        return max(80, width - gap(28) - side)

    @staticmethod
    def _passages(pick: Pick, ink: str = "") -> tuple[Passage, Passage | None, Passage | None]:
        """The three parts of a row; `ink` is the colour of all of them where the row is chosen."""
        runs = [Run(part, "strong" if hit else "body", ink or ("action" if hit else "")) for part, hit in pick.words]
        under = [
            Run(part, "caption" if hit else "secondary", ink or ("action" if hit else "")) for part, hit in pick.under
        ]
        return (
            Passage(*runs),
            Passage(*under) if under else None,
            Passage(Run(pick.remark, "secondary", ink)) if pick.remark else None,
        )


class _Field(QLineEdit):
    """A field whose arrow keys move in the list beneath."""

    moved = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = _STEPS.get(event.key())
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(step)


class Picker(QDialog):
    """Type, see, choose. `answer` gives the rows for a text, `said` the line under them, `nothing` a heading and a
    sentence where there are none; `take` gets the key of the row that was chosen."""

    def __init__(
        self,
        title: str,
        hint: str,
        answer: Callable[[str], Sequence[Pick]],
        said: Callable[[str, int], str],
        nothing: Callable[[str], tuple[str, str]],
        take: Callable[[str], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"OneStory: {title}")
        self._answer, self._said, self._nothing, self._chosen = answer, said, nothing, take
        px, gap = look().px, look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(16), gap(16), gap(16), gap(14))
        column.setSpacing(gap(8))
        self.field = _Field()
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(title)
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._typed)
        self.field.moved.connect(self._move)
        column.addWidget(self.field)
        self.list = QListView()
        self.list.setAccessibleName(self.tr("Found"))
        self.list.setProperty("role", "found")
        self.list.setUniformItemSizes(False)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.rows = _Rows(self.list)
        self.list.setModel(self.rows)
        self.list.setItemDelegate(_Painter(self.list))
        self.list.activated.connect(lambda index: self._take(index.row()))
        self.field.returnPressed.connect(lambda: self._take(self.list.currentIndex().row()))
        self.list.clicked.connect(lambda index: self._take(index.row()))
        self.states = FourStates(self.list)
        column.addWidget(self.states, 1)
        self.state = Text("", "secondary")
        column.addWidget(self.state)
        width, height = px(720), px(520)
        if parent is not None:
            width, height = min(width, parent.width() - gap(40)), min(height, parent.height() - gap(60))
        self.resize(width, height)
        self.finished.connect(self.clear)
        self._typed("")

    def clear(self) -> None:
        """Forget everything that was found."""
        self.field.blockSignals(True)
        self.field.clear()
        self.rows.show(())
        self._answer = lambda _text: ()

    def again(self) -> None:
        """Answer once more: more is known now."""
        self._typed(self.field.text())

    def _typed(self, text: str) -> None:
        rows = self._answer(text)
        self.rows.show(rows)
        title, words = self._nothing(text)
        if rows:
            self.list.setCurrentIndex(self.rows.index(0))
            self.list.scrollToTop()
            self.states.show_data()
        else:
            self.states.show_empty(title, words)
        self.state.setText(self._said(text, len(rows)))
        self.field.setAccessibleDescription(self.state.text() if rows else f"{title}. {words}")

    def _take(self, row: int) -> None:
        if 0 <= row < len(self.rows.rows):
            key, chosen = self.rows.rows[row].key, self._chosen
            self.accept()
            QTimer.singleShot(0, lambda: chosen(key))  # when this dialog is done with the key that was pressed

    def _move(self, step: int) -> None:
        if self.rows.rows:
            now = self.list.currentIndex().row() + step
            self.list.setCurrentIndex(self.rows.index(max(0, min(now, len(self.rows.rows) - 1))))
