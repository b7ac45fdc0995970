"""The painted picture of a life in lanes: points for events, bars for intervals, hatching where a date is not exact.

The mark under the pointer is told in full. Where marks stand too close to be told apart, columns show how many there
are, so that a frame costs what its pixels cost and not what the record holds. The picture is never the only way: the
list beside it has every entry.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from desktop.models.lanes import LANES, LaneMarks, Mark, by_lane
from desktop.models.ticks import day_of, ticks
from desktop.models.tongue import tr
from desktop.models.words import LANE_WORDS, calendar_day, plural
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.accessible import Role, tell
from desktop.widgets.lane_painter import POINTS_HIGH, Group, LanePainter, grouped, number_wide
from desktop.widgets.written import metrics
from fhir.entries import EntryId, Lane

_LEAST_DAYS = 3.0
_BAR_PITCH = 18
_CROWDED_PX, _FEW = 14, 80
"""Less room than this for each of more than a few marks of a row, and the row is drawn as columns."""


def said(mark: Mark) -> str:
    """A mark in words: what it is, and when."""
    first, last = calendar_day(day_of(mark.first)), calendar_day(day_of(mark.last))
    if mark.uncertain:
        when = tr("about {first} to {last}, the date is not exact")
    else:
        when = tr("{first} to {last}") if first != last else "{first}"
    return f"{mark.title} · {when.format(first=first, last=last)}"


class LanesPicture(QWidget):
    """Marks between two days. Left and right move through them, Enter opens; a click picks the nearest.

    A picture that is `movable` zooms with + and -, or the wheel with Ctrl or once it has the focus, and moves with
    Shift and the arrow keys or by dragging; `moved` says that its user did so.
    """

    ACCESSIBLE_ROLE = Role.Chart

    picked = Signal(str)
    moved = Signal()

    def __init__(self, *, lane_height: int = 30, movable: bool = False) -> None:
        super().__init__()
        self._marks: list[Mark] = []
        self._lanes: dict[Lane, LaneMarks] = {}
        self._from, self._to, self._today = 0.0, 1.0, 0
        self._ends = (0.0, 1.0)
        self._lane_height, self._movable = lane_height, movable
        self._current: Mark | None = None
        self._painter = LanePainter()
        self._pressed: tuple[QPointF, float, float] | None = None
        self._dragged = False
        self._left = max(metrics(look().px(12.5)).horizontalAdvance(LANE_WORDS[lane]) for lane in LANES) + look().px(16)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture of dated entries by kind of service"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_marks(
        self,
        marks: Sequence[Mark],
        first: date,
        last: date,
        today: date,
        lanes: dict[Lane, LaneMarks] | None = None,
    ) -> None:
        """Show these marks, earliest first, between two days, with a line at today. `lanes` are the same marks by lane,
        where they were sorted before."""
        start, end = first.toordinal(), max(last.toordinal(), first.toordinal() + 1)
        self._marks = list(marks) if self._movable else [m for m in marks if m.last >= start and m.first <= end]
        self._lanes, self._today = by_lane(self._marks) if lanes is None else lanes, today.toordinal()
        reach = [
            max(lane.points.reach[-1:] + [row.reach[-1] for row in lane.bars])
            for lane in self._lanes.values()
            if lane.points.marks or lane.bars
        ]
        self._ends = (
            float(min(start, self._marks[0].first if self._marks else start)),
            float(max([end, self._today, *reach])),
        )
        self.show_days(start, end)
        self.updateGeometry()

    def days(self) -> tuple[int, int]:
        """The first and last day in sight, as ordinals."""
        return day_of(self._from).toordinal(), day_of(self._to).toordinal()

    def show_days(self, first: float, last: float) -> None:
        """Show the days between two ordinals, within what there is."""
        least, most = self._ends
        length = min(max(last - first, _LEAST_DAYS), max(most - least, _LEAST_DAYS) * 1.1)
        spare = length * 0.05
        self._from = min(max(first, least - spare), max(most + spare - length, least - spare))
        self._to = self._from + length
        touched = sum(
            len(row.between(self._from, self._to)) for lane in self._lanes.values() for row in (lane.points, *lane.bars)
        )
        tell(
            self,
            self.tr("{count} from {first} to {last}. The list holds the same entries.").format(
                count=plural(touched, "entry", "entries"),
                first=calendar_day(day_of(self._from)),
                last=calendar_day(day_of(self._to)),
            ),
        )
        self.update()

    def zoom(self, factor: float, at: float = 0.5) -> None:
        """Show `factor` times as much detail around a place, 0 to 1 from left to right."""
        length = self._to - self._from
        middle = self._from + length * at
        wanted = max(length / factor, _LEAST_DAYS)
        self.show_days(middle - wanted * at, middle + wanted * (1 - at))
        self.moved.emit()

    def pan(self, part: float) -> None:
        """Move on by a part of what is in sight; back when it is below 0."""
        by = (self._to - self._from) * part
        self.show_days(self._from + by, self._to + by)
        self.moved.emit()

    def clear(self) -> None:
        """Forget every mark."""
        self._marks, self._lanes, self._current = [], {}, None
        QToolTip.hideText()
        self.setAccessibleDescription("")
        self.update()

    def mark_current(self, entry_id: EntryId | None) -> None:
        """Ring the mark of an entry."""
        self._current = next((mark for mark in self._marks if mark.entry_id == entry_id), None) if entry_id else None
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(360), self._bottom() + look().px(24))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(200), self.sizeHint().height())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = look()
        painter.setFont(font(here.px(12.5)))
        self._paint_axis(painter)
        for lane, top, height in self._places():
            painter.setPen(here.colour("line"))
            painter.drawLine(QPointF(self._left, top + height), QPointF(self.width(), top + height))
            painter.setPen(here.colour("ink"))
            painter.drawText(
                QRectF(0, top, self._left - here.px(8), height), Qt.AlignmentFlag.AlignVCenter, LANE_WORDS[lane]
            )
            painter.save()
            painter.setClipRect(QRectF(self._left, top, self.width() - self._left, height))
            self._paint_lane(painter, lane, top)
            painter.restore()
        current = self._current
        if current is not None and current.last >= self._from and current.first <= self._to:
            painter.setPen(QPen(here.colour("ink"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self._rect(current).adjusted(-3, -3, 3, 3), here.px(5), here.px(5))
        if self.hasFocus():
            painter.setPen(QPen(here.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), here.px(6), here.px(6))

    def _paint_lane(self, painter: QPainter, lane: Lane, top: int) -> None:
        shown, pitch = self._lanes[lane], look().px(_BAR_PITCH)
        crowd = self._crowd()
        start, right = self._start(), self._right()
        days = (self._from, self._to)
        for number, row in enumerate(shown.bars):
            places = row.between(self._from, self._to)
            if len(places) > crowd:
                area = QRectF(start, top + self._pad() + pitch * number, right - start, pitch)
                self._painter.columns(painter, row, lane, area, days, levels=False)
                continue
            for mark in row.marks[places.start : places.stop]:
                if mark.last >= self._from:
                    self._painter.bar(painter, mark, self._bar_rect(mark, top), lane)
        places = shown.points.between(self._from, self._to)
        if len(places) > crowd:
            area = QRectF(start, self._points_top(lane, top), right - start, look().px(POINTS_HIGH))
            self._painter.columns(painter, shown.points, lane, area, days, levels=True)
        else:
            self._painter.points(painter, self._groups(lane, top), lane, float(self.width()))

    def _groups(self, lane: Lane, top: int) -> list[Group]:
        """The points in sight of a lane, as they are painted where they do not crowd."""
        row = self._lanes[lane].points
        places = row.between(self._from, self._to)
        return grouped(row.marks[places.start : places.stop], self._x, self._points_top(lane, top))

    def _paint_axis(self, painter: QPainter) -> None:
        here = look()
        bottom = self._bottom()
        made = metrics(here.px(12.5))
        last_end = 0.0
        for ordinal, words in ticks(self._from, self._to):
            x = self._x(ordinal)
            painter.setPen(here.colour("line"))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            width = made.horizontalAdvance(words)
            if x >= last_end and x + width <= self.width():
                painter.setPen(here.colour("grey"))
                painter.drawText(QPointF(x, bottom + made.ascent() + here.px(5)), words)
                last_end = x + width + here.px(14)
        if self._from <= self._today <= self._to:
            painter.setPen(QPen(here.colour("ink"), 1, Qt.PenStyle.DashLine))
            x = self._x(self._today)
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))

    # Where things stand

    def _places(self) -> Iterator[tuple[Lane, int, int]]:
        top = 0
        for lane in self._lanes:
            height = self._height_of(lane)
            yield lane, top, height
            top += height

    def _height_of(self, lane: Lane) -> int:
        """Rows of bars, and below them the points, so that neither covers the other."""
        shown = self._lanes[lane]
        bars = len(shown.bars) * look().px(_BAR_PITCH) + 2 * self._pad() if shown.bars else 0
        points = look().px(POINTS_HIGH) if shown.points.marks or not shown.bars else 0
        return max(bars + points, look().px(self._lane_height))

    @staticmethod
    def _pad() -> int:
        return look().px(4)

    def _points_top(self, lane: Lane, top: int) -> float:
        bars = len(self._lanes[lane].bars)
        return top + (bars * look().px(_BAR_PITCH) + self._pad() if bars else 0)

    def _bottom(self) -> int:
        return sum(map(self._height_of, self._lanes)) if self._lanes else look().px(self._lane_height) * 6

    def _start(self) -> int:
        return self._left + look().px(8)

    def _right(self) -> int:
        """Where the last day is; what begins there still has its room before the edge."""
        return self.width() - int(number_wide()) - look().px(2)

    def _x(self, ordinal: float) -> float:
        return self._start() + (self._right() - self._start()) * (ordinal - self._from) / (self._to - self._from)

    def _day_at(self, x: float) -> float:
        return self._from + (x - self._start()) * (self._to - self._from) / max(self._right() - self._start(), 1)

    def _rect(self, mark: Mark) -> QRectF:
        """Where a mark is drawn; where its lane is crowded, its place in the crowd."""
        top = next(top for lane, top, _height in self._places() if lane == mark.lane)
        if mark.shape == "bar":
            return self._bar_rect(mark, top)
        row = self._lanes[mark.lane].points
        if len(row.between(self._from, self._to)) <= self._crowd():
            for group in self._groups(mark.lane, top):
                if mark in group.marks:
                    return group.rects[group.marks.index(mark)]
        side = look().px(11)
        middle = self._points_top(mark.lane, top) + look().px(POINTS_HIGH) / 2
        return QRectF(self._x(mark.first) - side / 2, middle - side / 2, side, side)

    def _crowd(self) -> int:
        return max((self.width() - self._left) // look().px(_CROWDED_PX), _FEW)

    def _bar_rect(self, mark: Mark, top: int) -> QRectF:
        here = look()
        x = max(self._x(mark.first), self._left + here.px(2))
        end = min(self._x(mark.last + 1), self.width())
        pitch = here.px(_BAR_PITCH)
        thick = pitch - here.px(2)
        return QRectF(x, top + self._pad() + pitch * mark.row + (pitch - thick) / 2, max(end - x, here.px(4)), thick)

    def _nearest(self, at: QPointF) -> Mark | None:
        reach = look().px(14)
        first, last = self._day_at(at.x() - reach), self._day_at(at.x() + reach)
        best, distance = None, float(reach)
        for lane, top, height in self._places():
            if not top - reach <= at.y() <= top + height + reach:
                continue
            near = [
                (row.marks[place], self._bar_rect(row.marks[place], top))
                for row in self._lanes[lane].bars
                for place in row.between(first, last)
            ]
            points = self._lanes[lane].points
            if len(points.between(self._from, self._to)) > self._crowd():
                near += [
                    (points.marks[place], self._rect(points.marks[place])) for place in points.between(first, last)
                ]
            else:
                near += [pair for group in self._groups(lane, top) for pair in zip(*group, strict=True)]
            for mark, rect in near:
                away = max(rect.left() - at.x(), at.x() - rect.right(), 0.0) + max(
                    rect.top() - at.y(), at.y() - rect.bottom(), 0.0
                )
                if away < distance:
                    best, distance = mark, away
        return best

    # Hands

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            mark = self._nearest(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), escape(said(mark)) if mark is not None else "", self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._pressed, self._dragged = (event.position(), self._from, self._to), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._pressed is None or not self._movable:
            return
        before, first, last = self._pressed
        by = event.position().x() - before.x()
        if self._dragged or abs(by) >= QApplication.startDragDistance():
            self._dragged = True
            days = by * (last - first) / max(self._right() - self._start(), 1)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.show_days(first - days, last - days)
            self.moved.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._pressed = None
        self.unsetCursor()
        nearest = None if self._dragged else self._nearest(event.position())
        if nearest is not None:
            self._current = nearest
            self.picked.emit(nearest.entry_id)
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        turned = event.angleDelta()
        asked = self.hasFocus() or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not self._movable or not asked:
            event.ignore()  # the page scrolls
        elif abs(turned.x()) > abs(turned.y()):
            self.pan(-turned.x() / 1200)
        else:
            place = (event.position().x() - self._start()) / max(self._right() - self._start(), 1)
            self.zoom(2.0 ** (turned.y() / 360), min(max(place, 0.0), 1.0))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        if self._movable and step and shift:
            self.pan(step / 4)
        elif self._movable and key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.5)
        elif self._movable and key == Qt.Key.Key_Minus:
            self.zoom(1 / 1.5)
        elif step and self._marks:
            self._step(step)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current is not None:
            self.picked.emit(self._current.entry_id)
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        """Go to the next mark or the one before, and bring it into sight."""
        current = self._current
        if current is None:
            at = bisect_left([mark.first for mark in self._marks], self._from)
        else:
            at = bisect_left(self._marks, (current.first, current.last), key=lambda mark: (mark.first, mark.last))
            at += self._marks[at:].index(current) + step
        self._current = self._marks[max(0, min(at, len(self._marks) - 1))]
        if not self._from <= self._current.first <= self._to:
            half = (self._to - self._from) / 2
            self.show_days(self._current.first - half, self._current.first + half)
            self.moved.emit()
        self.picked.emit(self._current.entry_id)
        self.update()
