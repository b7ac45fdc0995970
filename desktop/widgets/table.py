"""A table whose cells are plain paragraphs, wrapped and never cut; rows are measured as they come into sight.

Measuring on sight keeps a list of 100,000 rows fluid, where measuring all of them first would not be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTreeView,
    QWidget,
)

from desktop.models.entries import Line, LinesRole
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.columns import MovableColumns

_FLAGS = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)
_SIZES = {"body": 14, "strong": 14, "group": 14, "secondary": 13, "source": 13, "tag": 12}


def line_font(style: str) -> QFont:
    """The font of a paragraph style."""
    weight = QFont.Weight.DemiBold if style in ("strong", "group") else QFont.Weight.Normal
    return font(look().px(_SIZES.get(style, 14)), weight)


class ParagraphDelegate(QStyledItemDelegate):
    """Draws a cell's `Line`s under each other: text, a source's dot with its name, or a tag."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rects: dict[tuple[Line, int], QRect] = {}

    def forget(self) -> None:
        """Forget what was measured, and with it the words."""
        self._rects.clear()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        here = look()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lines = self._lines(index)
        plain = "hover" if lines and lines[0].style == "group" else "card"
        painter.fillRect(rect, here.colour("selected" if selected else "hover" if hovered else plain))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, here.colour("line"))
        if selected and index.column() == 0:
            painter.fillRect(rect.left(), rect.top(), here.px(3), rect.height(), here.colour("action"))
        x, y = rect.left() + here.px(8), rect.top() + here.px(8)
        for line in lines:
            y += self._draw(painter, line, QRect(x, y, rect.width() - here.px(16), 1 << 14), selected) + here.px(2)
        painter.restore()

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        here = look()
        view = self.parent()
        width = _cell_width(view, index) if isinstance(view, QTableView) else _room(view, index)
        lines = self._lines(index)
        height = sum(self._rect(line, width - here.px(16)).height() + here.px(2) for line in lines)
        return QSize(width, max(height + here.px(14), here.px(34)))

    def _lines(self, index: QModelIndex | QPersistentModelIndex) -> list[Line]:
        lines: list[Line] = list(index.data(LinesRole) or ())
        view = self.parent()
        if isinstance(view, RecordTable) and index.column() == view.host:
            for column in view.stacked_columns:
                lines += index.sibling(index.row(), column).data(LinesRole) or ()
        return lines

    def _rect(self, line: Line, width: int) -> QRect:
        found = self._rects.get((line, width))
        if found is None:
            found = self._rects[line, width] = line_rect(line, width)
        return found

    def _draw(self, painter: QPainter, line: Line, area: QRect, selected: bool) -> int:
        here = look()
        made = line_font(line.style)
        painter.setFont(made)
        taken = self._rect(line, area.width())
        ink = QColor(here.colour("selected_ink" if selected else "grey" if line.style == "secondary" else "ink"))
        if line.style == "source":
            dot = here.px(8)
            first = QFontMetrics(made).height()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(here.colour(line.token))
            painter.drawEllipse(area.left(), area.top() + (first - dot) // 2, dot, dot)
            painter.setPen(ink)
            painter.drawText(area.adjusted(dot + here.px(6), 0, 0, 0), _FLAGS, line.text)
        elif line.style == "tag":
            back = QRect(area.left(), area.top() + here.px(1), taken.width(), taken.height() - here.px(2))
            painter.setPen(here.edge(line.token or "ink"))
            painter.setBrush(here.colour(f"{line.token}_back" if line.token else "hover"))
            painter.drawRoundedRect(back, here.px(4), here.px(4))
            painter.setPen(here.colour(line.token or "ink"))
            painter.drawText(back.adjusted(here.px(6), here.px(1), 0, 0), _FLAGS, line.text)
        else:
            painter.setPen(ink)
            painter.drawText(area, _FLAGS, line.text)
        return taken.height()


def _cell_width(view: QTableView, index: QModelIndex | QPersistentModelIndex) -> int:
    """The width of a cell of a table: of a heading, which spans the row, the whole view's."""
    spans = view.columnSpan(index.row(), index.column()) > 1
    return view.viewport().width() if spans else view.columnWidth(index.column())


def _room(view: object, index: QModelIndex | QPersistentModelIndex) -> int:
    """The width of a line of a tree: what its depth leaves of the view."""
    if not isinstance(view, QTreeView):
        return 200
    depth, parent = 1, index.parent()
    while parent.isValid():
        depth, parent = depth + 1, parent.parent()
    return max(view.viewport().width() - depth * view.indentation(), look().px(60))


def line_rect(line: Line, width: int) -> QRect:
    """The room a paragraph takes when it may be this wide, from 0, 0."""
    here = look()
    metrics = QFontMetrics(line_font(line.style))
    indent = here.px(14) if line.style == "source" else here.px(12) if line.style == "tag" else 0
    room = max(width - indent, here.px(20))
    taken = metrics.boundingRect(QRect(0, 0, room, 1 << 14), _FLAGS, line.text)
    return QRect(0, 0, taken.width() + indent, taken.height() + (here.px(4) if line.style == "tag" else 0))


class RecordTable(QTableView):
    """A table for reading: whole rows, sortable headings, Enter or a click to open, text wrapped in full.

    `columns` are the widths of the columns at 100 %; 0 shares what is left. Where those that share get too
    little, every column after `host` is stacked under it. Where `place` says where that is remembered, its user may
    move the edges between columns.
    """

    opened = Signal(QModelIndex)
    copied = Signal(str)

    def __init__(
        self,
        model: QAbstractTableModel,
        columns: tuple[int, ...],
        name: str,
        host: int = 0,
        place: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.host = host
        self.stacked_columns: list[int] = []
        self._widths = columns
        self._spanned = False
        self.heading_height = 0
        """The least height of the headings at 100 %, where those of several columns stand side by side."""
        self._measured: set[int] = set()
        self.headings: Callable[[], Sequence[int]] = tuple
        """Gives the rows that are one heading across all columns."""
        self.setModel(model)
        self._delegate = ParagraphDelegate(self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setWordWrap(True)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self._movable = MovableColumns(self, place) if place else None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._measure)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._timer.start())
        model.modelReset.connect(self._forget)
        self.clicked.connect(self._open)

    def sortable(self, column: int, order: Qt.SortOrder) -> None:
        """Let headings sort; the model is in this order already."""
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicator(column, order)
        header.setAccessibleDescription(self.tr("Choose a heading to sort by it"))
        header.sortIndicatorChanged.connect(lambda at, way: self.model().sort(at, way))

    def relook(self) -> None:
        """Fit columns and rows to the look and width now."""
        self.verticalHeader().setDefaultSectionSize(look().px(52))
        wide = self.viewport().width()
        every = range(len(self._widths))
        room = wide - sum(look().px(width) for width in self._widths)
        shared = [at for at in every if not self._widths[at]]
        stacked = room // len(shared) < look().px(165)
        self.stacked_columns = [at for at in every if at > self.host] if stacked else []
        self.horizontalHeader().setMinimumHeight(0 if stacked else look().px(self.heading_height))
        with self._movable.still() if self._movable is not None else nullcontext():
            for at in every:
                self.setColumnHidden(at, at in self.stacked_columns)
        widths = [look().px(self._widths[at]) or max(room // len(shared), 0) for at in every]
        if stacked:
            widths[self.host] = wide - sum(widths[: self.host])
        if self._movable is not None:
            self._movable.fit(widths, movable=not stacked)
        else:
            for at in every:
                self.setColumnWidth(at, widths[at])
        self._forget()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.relook()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        elif event.key() == Qt.Key.Key_C and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.copied.emit(self.row_text(self.currentIndex()))
        elif self._movable is None or not self._movable.key(event):
            super().keyPressEvent(event)

    def row_text(self, index: QModelIndex) -> str:
        """A row as one line of text."""
        model = self.model()
        cells = (model.index(index.row(), at).data() for at in range(model.columnCount()))
        return " | ".join(str(cell).replace("\n", ", ").replace("\u200b", "") for cell in cells if cell)

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index)

    def _forget(self) -> None:
        self._measured.clear()
        self._delegate.forget()
        headings = self.headings()
        if headings or self._spanned:
            self.clearSpans()
        self._spanned = bool(headings)
        for row in headings:
            self.setSpan(row, 0, 1, len(self._widths))
        self.viewport().setUpdatesEnabled(False)  # nothing is painted at heights that nothing was measured for
        self._timer.start()

    def _measure(self) -> None:
        QTimer.singleShot(0, self.viewport(), partial(self.viewport().setUpdatesEnabled, True))
        count = self.model().rowCount()
        if not count or not self.isVisible():
            return
        first = max(self.rowAt(0), 0)
        row, bottom = first, self.viewport().height()
        while row < count and self.rowViewportPosition(row) <= bottom:
            if row not in self._measured:
                self._measured.add(row)
                self.setRowHeight(row, max(self.sizeHintForRow(row), 1))
            row += 1

    def showEvent(self, event: object) -> None:  # noqa: N802
        super().showEvent(event)  # type: ignore[arg-type]
        self.relook()
