"""The painted picture of a life in lanes: points for events, bars for intervals, hatching where a date is not exact.

Words are painted only where they fit whole. The picture is never the only way: the list beside it has every entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.lanes import LANES, Mark
from desktop.models.words import LANE_WORDS, calendar_day, month_name, plural
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from fhir.entries import EntryId, Lane

_MOST_ROWS = 4


class LanesPicture(QWidget):
    """Marks between two days. Left and right move through them, Enter opens; a click picks the nearest."""

    picked = Signal(str)

    def __init__(self, *, lane_height: int = 30) -> None:
        super().__init__()
        self._marks: list[Mark] = []
        self._from, self._to, self._today = 0, 1, 0
        self._lane_height = lane_height
        self._current: EntryId | None = None
        self._heights: dict[Lane, int] = {}
        self._lanes: dict[Lane, list[Mark]] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture of dated entries by kind of service"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_marks(self, marks: Sequence[Mark], first: date, last: date, today: date) -> None:
        """Show these marks between two days, with a line at today."""
        self._from, self._to, self._today = (
            first.toordinal(),
            max(last.toordinal(), first.toordinal() + 1),
            today.toordinal(),
        )
        self._marks = [mark for mark in marks if mark.last >= self._from and mark.first <= self._to]
        self._heights, self._lanes = {}, {}
        for mark in self._marks:
            self._lanes.setdefault(mark.lane, []).append(mark)
        for lane in LANES:
            inside = self._lanes.get(lane, [])
            if inside or lane != "other":
                self._heights[lane] = min(max((mark.row for mark in inside), default=0) + 1, _MOST_ROWS)
        self.setAccessibleDescription(
            self.tr("{count} from {first} to {last}. The list holds the same entries.").format(
                count=plural(len(self._marks), "entry", "entries"), first=calendar_day(first), last=calendar_day(last)
            )
        )
        self.updateGeometry()
        self.update()

    def clear(self) -> None:
        """Forget every mark."""
        self._marks, self._lanes, self._current = [], {}, None
        self.setAccessibleDescription("")
        self.update()

    def mark_current(self, entry_id: EntryId | None) -> None:
        """Ring the mark of an entry."""
        self._current = entry_id
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(360), self._bottom() + look().px(24))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(200), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = look()
        painter.setFont(font(here.px(12.5)))
        self._paint_axis(painter)
        top = 0
        for lane, rows in self._heights.items():
            height = self._height_of(rows)
            painter.setPen(here.colour("line"))
            painter.drawLine(QPointF(self._left(), top + height), QPointF(self.width(), top + height))
            painter.setPen(here.colour("ink"))
            painter.drawText(
                QRectF(0, top, self._left() - here.px(8), height), Qt.AlignmentFlag.AlignVCenter, LANE_WORDS[lane]
            )
            taken: set[tuple[int, str]] = set()
            for mark in self._lanes.get(lane, ()):
                place = (int(self._x(mark.first)), mark.shape)
                if mark.shape == "bar" or place not in taken or mark.entry_id == self._current:
                    self._paint_mark(painter, mark, top, rows)
                taken.add(place)
            top += height
        if self.hasFocus():
            painter.setPen(QPen(here.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), here.px(6), here.px(6))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        nearest = self._nearest(event.position())
        if nearest is not None:
            self._current = nearest.entry_id
            self.picked.emit(nearest.entry_id)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._marks:
            at = next((n for n, mark in enumerate(self._marks) if mark.entry_id == self._current), -1)
            at = at + (1 if event.key() == Qt.Key.Key_Right else -1)
            self._current = self._marks[max(0, min(at, len(self._marks) - 1))].entry_id
            self.picked.emit(self._current)
            self.update()
        else:
            super().keyPressEvent(event)

    def _left(self) -> int:
        metrics = QFontMetrics(font(look().px(12.5)))
        return max(metrics.horizontalAdvance(LANE_WORDS[lane]) for lane in LANES) + look().px(16)

    def _height_of(self, rows: int) -> int:
        return look().px(self._lane_height + (rows - 1) * 14)

    def _bottom(self) -> int:
        return sum(map(self._height_of, self._heights.values())) if self._heights else self._height_of(1) * 6

    def _x(self, ordinal: float) -> float:
        left, right = self._left() + look().px(8), self.width() - look().px(8)
        return left + (right - left) * (ordinal - self._from) / (self._to - self._from)

    def _paint_axis(self, painter: QPainter) -> None:
        here = look()
        bottom = self._bottom()
        metrics = QFontMetrics(painter.font())
        last_end = 0.0
        for ordinal, words in _ticks(self._from, self._to):
            x = self._x(ordinal)
            painter.setPen(here.colour("line"))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            width = metrics.horizontalAdvance(words)
            if x >= last_end and x + width <= self.width():
                painter.setPen(here.colour("grey"))
                painter.drawText(QPointF(x, bottom + metrics.ascent() + here.px(5)), words)
                last_end = x + width + here.px(14)
        if self._from <= self._today <= self._to:
            painter.setPen(QPen(here.colour("ink"), 1, Qt.PenStyle.DashLine))
            x = self._x(self._today)
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))

    def _rect(self, mark: Mark, top: int, rows: int) -> QRectF:
        here = look()
        x = max(self._x(mark.first), self._left() + here.px(2))
        end = min(self._x(mark.last + 1), self.width())
        if mark.shape == "bar":
            pitch = self._height_of(rows) / rows
            thick = min(pitch - here.px(3), here.px(16))
            y = top + pitch * min(mark.row, rows - 1) + (pitch - thick) / 2
            return QRectF(x, y, max(end - x, here.px(4)), thick)
        side = here.px(9 if mark.shape == "point" else 12)
        return QRectF(self._x(mark.first) - side / 2, top + (self._height_of(rows) - side) / 2, side, side)

    def _paint_mark(self, painter: QPainter, mark: Mark, top: int, rows: int) -> None:
        here = look()
        colour = here.colour(mark.lane)
        rect = self._rect(mark, top, rows)
        painter.setPen(QPen(here.colour("card"), 1))
        painter.setBrush(colour)
        if mark.uncertain:
            self._paint_uncertain(painter, rect, colour)
        elif mark.shape == "bar":
            painter.drawRoundedRect(rect, here.px(3), here.px(3))
            self._paint_label(painter, mark, rect)
        elif mark.shape == "diamond":
            middle, half = rect.center(), rect.width() / 2
            painter.drawPolygon(
                QPolygonF(
                    [
                        middle + QPointF(0, -half),
                        middle + QPointF(half, 0),
                        middle + QPointF(0, half),
                        middle + QPointF(-half, 0),
                    ]
                )
            )
        else:
            painter.drawEllipse(rect)
        if mark.entry_id == self._current:
            painter.setPen(QPen(here.colour("ink"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), here.px(5), here.px(5))

    @staticmethod
    def _paint_uncertain(painter: QPainter, rect: QRectF, colour: QColor) -> None:
        here = look()
        pale = QColor(colour)
        pale.setAlpha(40)
        painter.setBrush(pale)
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(rect, here.px(3), here.px(3))
        painter.setBrush(QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(rect, here.px(3), here.px(3))

    @staticmethod
    def _paint_label(painter: QPainter, mark: Mark, rect: QRectF) -> None:
        here = look()
        made = font(here.px(11))
        metrics = QFontMetrics(made)
        room = rect.width() - here.px(10)
        if metrics.horizontalAdvance(mark.title) > room or metrics.height() > rect.height() + here.px(2):
            return
        painter.save()
        painter.setFont(made)
        painter.setPen(here.colour("card"))
        painter.drawText(rect.adjusted(here.px(5), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), mark.title)
        painter.restore()

    def _nearest(self, at: QPointF) -> Mark | None:
        best, distance = None, float(look().px(14))
        top = 0
        for lane, rows in self._heights.items():
            for mark in self._lanes.get(lane, ()):
                rect = self._rect(mark, top, rows)
                away = max(rect.left() - at.x(), at.x() - rect.right(), 0.0) + max(
                    rect.top() - at.y(), at.y() - rect.bottom(), 0.0
                )
                if away < distance:
                    best, distance = mark, away
            top += self._height_of(rows)
        return best


def _ticks(first: int, last: int) -> list[tuple[int, str]]:
    start, end = date.fromordinal(first), date.fromordinal(last)
    years = end.year - start.year
    if years > 2:
        step = next(step for step in (1, 2, 5, 10, 20, 50) if years / step <= 12)
        return [
            (date(year, 1, 1).toordinal(), str(year))
            for year in range(start.year, end.year + 1)
            if year % step == 0 and date(year, 1, 1).toordinal() >= first
        ]
    made: list[tuple[int, str]] = []
    year, month = start.year, start.month
    while (year, month) <= (end.year, end.month):
        ordinal = date(year, month, 1).toordinal()
        if ordinal >= first:
            made.append((ordinal, f"{month_name(month)} {year}" if month == 1 or not made else month_name(month)))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return made
