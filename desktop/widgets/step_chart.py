"""Amounts that change on known days, as steps stacked by payer from a first day to a last. Painted.

Every payer has a pattern as well as a colour, and all the numbers stand in words in a list beneath.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.words import month_name
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.accessible import Role

COLOURS = ("social-care", "person", "gp", "violet", "community", "other")
PATTERNS = (
    Qt.BrushStyle.SolidPattern,
    Qt.BrushStyle.Dense4Pattern,
    Qt.BrushStyle.BDiagPattern,
    Qt.BrushStyle.FDiagPattern,
    Qt.BrushStyle.DiagCrossPattern,
    Qt.BrushStyle.Dense6Pattern,
)


class Step(NamedTuple):
    """What holds from a day until the day before another: an amount for each payer, in their order."""

    start: date
    end: date
    amounts: tuple[float, ...]


def brush(number: int) -> QBrush:
    """How the payer of this number is painted."""
    return QBrush(look().colour(COLOURS[number % len(COLOURS)]), PATTERNS[number % len(PATTERNS)])


class StepChart(QWidget):
    """Stacked steps with an axis of amounts on the left and of time beneath. `said` is its accessible name."""

    ACCESSIBLE_ROLE = Role.Chart

    def __init__(self, steps: Sequence[Step], unit: str, said: str) -> None:
        super().__init__()
        self._steps, self._unit = list(steps), unit
        self.setAccessibleName(said)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(640), look().px(200))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(300), look().px(200))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if not self._steps:
            return
        here = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = font(here.px(12.5))
        painter.setFont(words)
        metrics = QFontMetrics(words)
        top = max(sum(step.amounts) for step in self._steps)
        ceiling = _round_up(top)
        marks = [ceiling * part / 4 for part in range(5)]
        left = max(metrics.horizontalAdvance(self._label(mark)) for mark in marks) + here.px(12)
        below = metrics.height() + here.px(8)
        area = QRectF(left, metrics.height() / 2, self.width() - left - here.px(8), self.height() - below - here.px(8))
        for mark in marks:
            y = area.bottom() - area.height() * mark / ceiling
            painter.setPen(QPen(here.colour("line"), 1))
            painter.drawLine(int(area.left()), int(y), int(area.right()), int(y))
            painter.setPen(here.colour("grey"))
            box = QRectF(0, y - metrics.height() / 2, left - here.px(8), metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._label(mark))
        first, last = self._steps[0].start.toordinal(), self._steps[-1].end.toordinal()
        scale = area.width() / max(last - first, 1)
        for step in self._steps:
            x = area.left() + (step.start.toordinal() - first) * scale
            wide = max((step.end.toordinal() - step.start.toordinal()) * scale, 1)
            base = area.bottom()
            for number, amount in enumerate(step.amounts):
                high = area.height() * amount / ceiling
                if high > 0:
                    painter.setPen(QPen(here.colour(COLOURS[number % len(COLOURS)]), 1))
                    painter.setBrush(brush(number))
                    painter.drawRect(QRectF(x, base - high, wide, high))
                    base -= high
        self._time(painter, metrics, area, first, last)

    def _time(self, painter: QPainter, metrics: QFontMetrics, area: QRectF, first: int, last: int) -> None:
        """Years, or months where there are few years, as many as have room."""
        here = look()
        begin, end = date.fromordinal(first), date.fromordinal(last)
        months = (end.year - begin.year) * 12 + end.month - begin.month
        every = 1 if months <= 12 else 3 if months <= 30 else 12
        ticks = []
        for month in range(begin.year * 12 + begin.month, end.year * 12 + end.month + 1):
            if month % every == (0 if every == 1 else 1) or every == 1:
                year, number = divmod(month - 1, 12)
                day = date(year, number + 1, 1)
                if first <= day.toordinal() <= last:
                    ticks.append((day, str(day.year) if every == 12 else f"{month_name(day.month)} {day.year}"))
        painter.setPen(here.colour("grey"))
        reached = 0.0
        for day, words in ticks:
            x = area.left() + (day.toordinal() - first) * area.width() / max(last - first, 1)
            wide = metrics.horizontalAdvance(words)
            if x < reached or x + wide > self.width():
                continue
            reached = x + wide + here.px(12)
            painter.drawLine(int(x), int(area.bottom()), int(x), int(area.bottom() + here.px(4)))
            painter.drawText(QRectF(x, area.bottom() + here.px(4), wide + 2, metrics.height()), 0, words)

    def _label(self, amount: float) -> str:
        words = f"{amount:,.0f}" if amount >= 10 or amount == int(amount) else f"{amount:.1f}"
        return f"£{words}" if self._unit == "£" else words


class Swatch(QWidget):
    """How one payer is painted, for the list beside their name."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.setFixedSize(look().px(18), look().px(20))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        side = look().px(14)
        painter.setPen(QPen(look().colour(COLOURS[self._number % len(COLOURS)]), 1))
        painter.setBrush(brush(self._number))
        painter.drawRect(QRectF(1, (self.height() - side) / 2, side, side))


def _round_up(amount: float) -> float:
    """The next amount that four equal marks divide well."""
    if amount <= 0:
        return 4.0
    size = 1.0
    while size * 10 < amount:
        size *= 10
    for step in (1, 2, 4, 6, 8, 10, 12, 16, 20):
        if size * step >= amount:
            return size * step
    return size * 20
