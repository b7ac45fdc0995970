"""A painted chart of measurements over time: one unit, one or several series, the range that came with each value.

What is out of range is a triangle that points to its side, not only another colour; the caption under the chart says
the chosen value in words as its source wrote it. Left and right go through the values, Enter opens one. Nothing is
smoothed, filled in or converted: a line only joins two values that were measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.entries import when_text
from desktop.models.measures import judged
from desktop.models.results import Reading, Series
from desktop.models.ticks import round_ticks, tick_text, ticks
from desktop.models.words import plural
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.accessible import Role, tell
from desktop.widgets.written import metrics

_COLOURS = ("gp", "person", "social-care", "mental-health", "warning", "other")
_STEPS = 4
"""So many times its height the words of a value go away from it to where nothing is drawn."""
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)


def said(reading: Reading) -> str:
    """A reading in words, as its source wrote it."""
    entry = reading.item.entry
    parts = [f"{when_text(entry)}: {reading.written}", *judged(entry), entry.source.name]
    return " · ".join(part for part in parts if part)


class Chart(QWidget):
    """Series of one unit. `picked` carries an entry, `chosen` the words of the value under the cursor."""

    ACCESSIBLE_ROLE = Role.Chart

    picked = Signal(str)
    chosen = Signal(str)

    def __init__(self, series: Sequence[Series]) -> None:
        super().__init__()
        self._series = tuple(series)
        self._all = sorted(
            ((reading, at) for at, one in enumerate(series) for reading in one.readings), key=lambda pair: pair[0].day
        )
        self._at = len(self._all) - 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        names = ", ".join(one.name for one in series)
        self.setAccessibleName(self.tr("Chart of {names}").format(names=names))
        self._describe()
        marks = [mark for reading, _at in self._all for mark in reading.marks]
        values = [mark.value for mark in marks]
        near = [
            limit
            for mark in marks
            for limit in (mark.low, mark.high)
            if limit is not None and abs(limit - mark.value) <= max(abs(mark.value), 1) * 2
        ]
        self._ticks = round_ticks(min([*values, *near]), max([*values, *near]), 5)
        if len(self._ticks) < 2:
            self._ticks.append(self._ticks[-1] + 1)
        first, last = self._all[0][0].day, self._all[-1][0].day
        spare = max((last - first) * 0.04, 2.0)
        self._days = (first - spare, last + spare)
        self._area = self._fitted()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(360), look().px(180))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(180), look().px(180))

    def current(self) -> Reading:
        """The reading under the cursor, the newest at first."""
        return self._all[self._at][0]

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = look()
        painter.setFont(font(here.px(12)))
        self._axes(painter)
        for at, one in enumerate(self._series):
            self._ranges(painter, one)
            self._line(painter, one, at)
        for at, one in enumerate(self._series):
            for reading in one.readings:
                self._mark(painter, reading, at)
        self._last_words(painter)
        point = self._point(self.current().day, self.current().value)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(here.colour("ink"), 1.5))
        painter.drawEllipse(point, here.px(8), here.px(8))
        if self.hasFocus():
            painter.setPen(QPen(here.colour("focus"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), here.px(6), here.px(6))

    def _axes(self, painter: QPainter) -> None:
        here, made = look(), metrics(look().px(12))
        area = self._area
        for value in self._ticks:
            y = self._point(0, value).y()
            painter.setPen(here.colour("line"))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(here.colour("grey"))
            words = tick_text(value)
            painter.drawText(
                QPointF(area.left() - made.horizontalAdvance(words) - here.px(6), y + made.ascent() / 2 - 1), words
            )
        end = 0.0
        for day, words in ticks(*self._days):
            x = self._point(day, 0).x()
            width = made.horizontalAdvance(words)
            if area.left() <= x and x >= end and x + width <= self.width():
                painter.setPen(here.colour("line"))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
                painter.setPen(here.colour("grey"))
                painter.drawText(QPointF(x, area.bottom() + made.ascent() + here.px(5)), words)
                end = x + width + here.px(12)

    def _ranges(self, painter: QPainter, one: Series) -> None:
        """The range of each value, from half way to the one before to half way to the next."""
        here, area = look(), self._area
        lowest, highest = self._ticks[0], self._ticks[-1]
        back = QColor(here.colour("good"))
        back.setAlpha(26 if len(self._series) == 1 else 14)
        for number, reading in enumerate(one.readings):
            before = one.readings[number - 1].day if number else self._days[0] * 2 - reading.day
            after = one.readings[number + 1].day if number + 1 < len(one.readings) else self._days[1] * 2 - reading.day
            left = max(self._point((before + reading.day) / 2, 0).x(), area.left())
            right = min(self._point((after + reading.day) / 2, 0).x(), area.right())
            for mark in reading.marks:
                if mark.low is None and mark.high is None:
                    continue
                low = max(mark.low if mark.low is not None else lowest, lowest)
                high = min(mark.high if mark.high is not None else highest, highest)
                top, bottom = self._point(0, high).y(), self._point(0, low).y()
                if bottom > top:
                    painter.fillRect(QRectF(left, top, right - left, bottom - top), back)
                painter.setPen(QPen(here.colour("good"), 1, Qt.PenStyle.DashLine))
                for limit in (mark.low, mark.high):
                    if limit is not None and lowest <= limit <= highest:
                        y = self._point(0, limit).y()
                        painter.drawLine(QPointF(left, y), QPointF(right, y))

    def _line(self, painter: QPainter, one: Series, at: int) -> None:
        here = look()
        pen = QPen(here.colour(_COLOURS[at % len(_COLOURS)]), 1.6, _DASHES[at % len(_DASHES)])
        painter.setPen(pen)
        if one.pairs:
            for reading in one.readings:
                painter.drawLine(*(self._point(reading.day, mark.value) for mark in reading.marks))
            return
        painter.drawPolyline([self._point(reading.day, reading.value) for reading in one.readings])

    def _mark(self, painter: QPainter, reading: Reading, at: int) -> None:
        here = look()
        painter.setPen(QPen(here.colour("card"), 1))
        for mark in reading.marks:
            painter.setBrush(here.colour("danger" if mark.word else _COLOURS[at % len(_COLOURS)]))
            middle, half = self._point(reading.day, mark.value), here.px(5)
            if mark.side:
                up = -half * mark.side
                corners = [(0, up), (half, -up), (-half, -up)]
                painter.drawPolygon(QPolygonF([QPointF(middle.x() + x, middle.y() + y) for x, y in corners]))
            elif mark.word:
                painter.drawRect(QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half))
            else:
                painter.drawEllipse(middle, here.px(4), here.px(4))

    def _last_words(self, painter: QPainter) -> None:
        """The newest value of each series near its mark, where no line and no mark is; with its name where several are
        shown."""
        here, made = look(), metrics(look().px(12))
        taken: list[QRectF] = []
        for at, one in enumerate(self._series):
            reading = one.latest
            words = reading.written.removesuffix(one.unit).strip()
            if len(self._series) > 1:
                words = f"{one.name} {words}"
            size = QSizeF(made.horizontalAdvance(words), made.height())
            places = [
                place
                for place in self._beside(self._point(reading.day, reading.value), size)
                if not any(place.intersects(other) for other in taken)
            ]
            if not places:
                continue
            place = min(places, key=self._covers)
            taken.append(place)
            ground = QColor(here.colour("card"))
            ground.setAlpha(215)
            painter.fillRect(place, ground)
            painter.setPen(here.colour("danger" if reading.word else _COLOURS[at % len(_COLOURS)]))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), words)

    def _beside(self, point: QPointF, size: QSizeF) -> Iterator[QRectF]:
        """Places for words about a point within the chart, the nearest first: above and below it, then to its left,
        then farther away."""
        here, area = look(), self._area
        ring, left = here.px(8) + here.px(2), max(point.x() - size.width() - here.px(10), area.left())
        over = min(point.x() - size.width() / 2, self.width() - size.width())
        for step in range(2 * _STEPS):
            away = ring + size.height() * step / 2
            for x in (max(over, area.left()), left):
                for y in (point.y() - away - size.height(), point.y() + away):
                    place = QRectF(QPointF(x, y), size)
                    if place.top() >= 0 and place.bottom() <= area.bottom():
                        yield place

    def _covers(self, place: QRectF) -> int:
        """What words in this place would stand on: lines and marks (2), the limits of a range (1), nothing (0)."""
        here, half = look(), look().px(5)
        around = place.adjusted(-here.px(2), -here.px(1), here.px(2), here.px(1))
        limits: set[float] = set()
        for one in self._series:
            points = [self._point(reading.day, reading.value) for reading in one.readings]
            lower = [self._point(each.day, mark.value) for each in one.readings for mark in each.marks[1:]]
            marks = (QRectF(each, QSizeF()).adjusted(-half, -half, half, half) for each in (*points, *lower))
            lines = zip(points, lower, strict=False) if one.pairs else pairwise(points)
            if any(mark.intersects(around) for mark in marks) or any(_meets(*ends, around) for ends in lines):
                return 2
            around_each = (limit for each in one.readings for mark in each.marks for limit in (mark.low, mark.high))
            limits |= {limit for limit in around_each if limit is not None}
        return int(any(around.top() <= self._point(0, limit).y() <= around.bottom() for limit in limits))

    # Where things stand

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._area = self._fitted()

    def _fitted(self) -> QRectF:
        """Where the values are, beside the numbers and above the days."""
        here, made = look(), metrics(look().px(12))
        left = max(made.horizontalAdvance(tick_text(value)) for value in self._ticks) + here.px(12)
        return QRectF(
            left,
            here.px(12),
            self.width() - left - here.px(10),
            self.height() - here.px(12) - made.height() - here.px(8),
        )

    def _point(self, day: float, value: float) -> QPointF:
        area = self._area
        across = (day - self._days[0]) / (self._days[1] - self._days[0])
        up = (value - self._ticks[0]) / (self._ticks[-1] - self._ticks[0])
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    # Hands

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._near(event.position()):
            self.picked.emit(self.current().item.entry.entry_id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self._near(event.position())

    def _near(self, at: QPointF) -> bool:
        """Put the cursor on the value nearest to a place, if one is near."""
        away = [
            ((self._point(reading.day, reading.value) - at).manhattanLength(), number)
            for number, (reading, _series) in enumerate(self._all)
        ]
        distance, number = min(away)
        if distance > look().px(22):
            return False
        self._go(number)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self._go(max(0, min(self._at + step, len(self._all) - 1)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.picked.emit(self.current().item.entry.entry_id)
        else:
            super().keyPressEvent(event)

    def _go(self, number: int) -> None:
        if number != self._at:
            self._at = number
            self._describe()
            self.chosen.emit(said(self.current()))
            self.update()

    def _describe(self) -> None:
        tell(
            self,
            self.tr("{count}. {said}. Left and right go through them, Enter opens one.").format(
                count=plural(len(self._all), "value"), said=said(self.current())
            ),
        )


def _meets(first: QPointF, second: QPointF, place: QRectF) -> bool:
    """Whether the line between two points, the first no farther right than the second, comes into a place."""
    if second.x() < place.left() or first.x() > place.right():
        return False
    run = second.x() - first.x()
    ends = [first.y(), second.y()]
    if run > 0:
        across = [min(max(x, first.x()), second.x()) for x in (place.left(), place.right())]
        ends = [first.y() + (x - first.x()) / run * (second.y() - first.y()) for x in across]
    return min(ends) <= place.bottom() and max(ends) >= place.top()
