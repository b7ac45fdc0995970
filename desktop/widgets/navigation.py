"""The left-hand navigation: pages by group with the count of what is shown. Moving in it opens the page."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.models.navigation import NavigationModel, RowRole
from desktop.models.story import NavigationRow
from desktop.models.tongue import Said
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.written import metrics

_WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.AlignmentFlag.AlignLeft)
_STATE_MARKS = Said(
    {
        "none-recorded": "none",
        "nothing-shown": "not shown",
        "not-connected": "not linked",
        "failed": "failed",
    }
)


class _LineDelegate(QStyledItemDelegate):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.heights: dict[tuple[int, int], int] = {}
        """By row and width: a list view asks for every row each time it lays them out."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        here = look()
        row: NavigationRow = index.data(RowRole)
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.page:
            back = rect.adjusted(here.px(8), 1, -here.px(8), -1)
            painter.setPen(QPen(here.colour("focus"), 2) if selected and focused else Qt.PenStyle.NoPen)
            painter.setBrush(here.colour("selected" if selected else "hover" if hovered else "card"))
            painter.drawRoundedRect(back, here.px(6), here.px(6))
            said = mark(row)
            note = font(here.px(13))
            width = metrics(here.px(13)).horizontalAdvance(said)
            quiet = row.count == 0 and row.page not in ("overview", "timeline")
            room = name_room(rect, width)
            painter.setFont(name_font(row.name, room.width(), selected=selected))
            painter.setPen(here.colour("selected_ink" if selected else "grey" if quiet else "ink"))
            painter.drawText(room, _WRAP, row.name)
            painter.setFont(note)
            painter.setPen(here.colour("selected_ink" if selected else "danger" if row.state == "failed" else "grey"))
            painter.drawText(
                rect.adjusted(0, 0, -here.px(16), 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said
            )
        else:
            painter.setFont(font(here.px(12), QFont.Weight.DemiBold))
            painter.setPen(here.colour("grey"))
            painter.drawText(
                rect.adjusted(here.px(18), here.px(8), -here.px(8), -here.px(2)),
                int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignBottom),
                row.name.upper(),
            )
        painter.restore()

    def sizeHint(  # noqa: N802
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        view = self.parent()
        width = view.viewport().width() if isinstance(view, QListView) else look().px(216)
        key = (index.row(), width)
        if key not in self.heights:
            self.heights[key] = self._height(index.data(RowRole), width)
        return QSize(width, self.heights[key])

    @staticmethod
    def _height(row: NavigationRow, width: int) -> int:
        here = look()
        if not row.page:
            room = QRect(0, 0, width - here.px(26), 1000)
            words = metrics(here.px(12), QFont.Weight.DemiBold).boundingRect(room, _WRAP, row.name.upper())
            return words.height() + here.px(13)
        room = name_room(QRect(0, 0, width, 1000), metrics(here.px(13)).horizontalAdvance(mark(row)))
        return _name_size(row.name, room.width(), QFont.Weight.Normal).height() + here.px(8)


def mark(row: NavigationRow) -> str:
    """The count of a line, or its state in a word."""
    if row.count > 0:
        return f"{row.count:,}"
    return _STATE_MARKS.get(row.state, "")


def name_font(name: str, width: int, *, selected: bool) -> QFont:
    """The font of a line's name: bold where it is chosen, unless it would need another line then."""
    bold, plain = QFont.Weight.DemiBold, QFont.Weight.Normal
    needed = _name_size(name, width, bold)
    fits = selected and needed.height() <= _name_size(name, width, plain).height() and needed.width() <= width
    return font(look().px(14), bold if fits else plain)


def _name_size(name: str, width: int, weight: QFont.Weight) -> QSize:
    """The room that a name takes where a line is so wide."""
    return metrics(look().px(14), weight).boundingRect(QRect(0, 0, width, 1000), _WRAP, name).size()


def name_room(rect: QRect, mark_width: int) -> QRect:
    """Where a line's name may stand, beside its count."""
    here = look()
    return rect.adjusted(here.px(18), 0, -(mark_width + here.px(24 if mark_width else 16)), 0)


class Navigation(QListView):
    """The list of pages of one person. `chosen` carries the page."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.pages = NavigationModel(self)
        self.setModel(self.pages)
        self._fitted = (0, 0)
        self._delegate = _LineDelegate(self)
        self.setItemDelegate(self._delegate)
        self.pages.modelReset.connect(self._delegate.heights.clear)
        self.setAccessibleName(self.tr("Parts of the record"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setWordWrap(True)
        self.selectionModel().currentChanged.connect(self._moved)

    def fit(self) -> None:
        """Lay the lines out anew, and end where a line ends, so that the last in sight is neither cut nor a heading."""
        if not self.isVisible():
            return
        self._fitted = (self.width(), self.height())
        self.setViewportMargins(0, 0, 0, 0)
        self.doItemsLayout()
        end = bottom = 0
        for row in range(self.pages.rowCount()):
            index = self.pages.index(row)
            end += self.sizeHintForIndex(index).height()
            if end > self.height():
                self.setViewportMargins(0, 0, 0, self.height() - bottom)
                break
            bottom = end if self.pages.page(index) else bottom
        self._bring_current()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._fitted != (self.width(), self.height()):
            QTimer.singleShot(0, self, self.fit)

    def choose(self, page: str) -> None:
        """Move to a page without announcing it."""
        row = self.pages.row_of(page)
        self.selectionModel().blockSignals(True)
        self.setCurrentIndex(self.pages.index(row) if row >= 0 else QModelIndex())
        self.selectionModel().blockSignals(False)
        self._bring_current()
        self.viewport().update()

    def _bring_current(self) -> None:
        """Have the line in sight that says where one is."""
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def _moved(self, current: QModelIndex, _before: QModelIndex) -> None:
        page = self.pages.page(current)
        if page:
            self.chosen.emit(page)
