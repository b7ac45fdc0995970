"""How marks of the timeline look: bars with names, points and diamonds that never cover each other, columns of many.

Given where to paint and what; knows nothing of zooming, keys or records. A point's name is painted only where it fits
whole; a bar's as far as the bar goes, with an ellipsis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import log2
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPixmap, QPolygonF

from desktop.models.lanes import Mark, Row
from desktop.theme.fonts import font
from desktop.theme.tokens import Look, look
from desktop.widgets.written import metrics

STACKED = 2
"""Points that stand one above the other where they fall together; more are drawn as their number."""
POINTS_HIGH = 24
"""The room of a lane's points, in pixels at 100 %."""


def number_wide() -> float:
    """How wide the rectangle is that stands for many, in pixels."""
    return _number_wide(look())


@cache
def _number_wide(here: Look) -> float:
    return metrics(here.px(11)).horizontalAdvance("000") + here.px(6)


def bar_name(title: str, room: float) -> str:
    """A name, or its beginning with an ellipsis; nothing where not even a few letters would stand."""
    here = look()
    made = metrics(here.px(11))
    if made.horizontalAdvance(title) <= room:
        return title
    return made.elidedText(title, Qt.TextElideMode.ElideRight, int(room)) if room >= here.px(48) else ""


class Group(NamedTuple):
    """Points too near to stand side by side: where they are, each with its own rectangle, or all with one."""

    marks: tuple[Mark, ...]
    rects: tuple[QRectF, ...]


def grouped(marks: Sequence[Mark], x_of: Callable[[float], float], top: float) -> list[Group]:
    """Points of a lane, earliest first, as groups; nothing of one covers another.

    Up to `STACKED` stand under each other around the middle; where more fall together, one rectangle stands for all.
    """
    side, high = look().px(11), look().px(POINTS_HIGH)
    made: list[Group] = []
    pending: list[Mark] = []
    first, wide = 0.0, number_wide()

    def close() -> None:
        if not pending:
            return
        middle = top + high / 2
        if len(pending) > STACKED:
            rect = QRectF(first - side / 2, middle - side * 0.8, wide, side * 1.6)
            made.append(Group(tuple(pending), (rect,) * len(pending)))
            return
        begins = middle - side * len(pending) / 2
        rects = (QRectF(x_of(mark.first) - side / 2, begins + side * at, side, side) for at, mark in enumerate(pending))
        made.append(Group(tuple(pending), tuple(rects)))

    for mark in marks:
        x = x_of(mark.first)
        if pending and x - first > (side if len(pending) <= STACKED else wide):
            close()
            pending = []
        if not pending:
            first = x
        pending.append(mark)
    close()
    return made


class LanePainter:
    """Paints marks; keeps the signs it made for the look of now."""

    def __init__(self) -> None:
        self._signs: dict[tuple[str, str, float], QPixmap] = {}

    def points(self, painter: QPainter, groups: Sequence[Group], lane: str, right: float) -> None:
        """Paint a lane's points, and their names where there is room up to the next."""
        here = look()
        made = metrics(here.px(11))
        for number, group in enumerate(groups):
            if len(group.marks) > STACKED:
                self._many(painter, group, lane)
                continue
            for mark, rect in zip(group.marks, group.rects, strict=True):
                sign = self._sign(mark.shape, lane, painter.device().devicePixelRatioF())
                half = sign.deviceIndependentSize().width() / 2
                middle = rect.center()
                painter.drawPixmap(QPointF(middle.x() - half, middle.y() - half), sign)
            if len(group.marks) > 1:
                continue
            rect, mark = group.rects[0], group.marks[0]
            until = groups[number + 1].rects[0].left() if number + 1 < len(groups) else right
            room = until - rect.right() - here.px(10)
            if room > here.px(30) and made.horizontalAdvance(mark.title) <= room:
                painter.setFont(font(here.px(11)))
                painter.setPen(here.colour("ink"))
                place = QRectF(rect.right() + here.px(3), rect.top(), room + here.px(6), rect.height())
                painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextDontClip), mark.title)

    def _many(self, painter: QPainter, group: Group, lane: str) -> None:
        here = look()
        rect = group.rects[0]
        painter.setPen(QPen(here.colour("card"), 1))
        painter.setBrush(here.colour(lane))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setFont(font(here.px(11), QFont.Weight.DemiBold))
        painter.setPen(here.colour("card"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), str(len(group.marks)))

    def columns(
        self, painter: QPainter, row: Row, lane: str, area: QRectF, days: tuple[float, float], *, levels: bool
    ) -> None:
        """How many marks there are, a column for every few pixels of `area`, which shows `days`: twice as many is one
        step higher. Without `levels`, only where there are any."""
        here = look()
        wide = here.px(4)
        step_days = (days[1] - days[0]) / max(area.width(), 1) * wide
        edges = range(int(area.left()), int(area.right()), wide)
        rects = []
        most = area.height() - here.px(4)
        if levels:
            least, step = here.px(5), here.px(3)
            for x, count in zip(edges, row.counts(days[0], step_days, len(edges)), strict=True):
                if count:
                    high = min(least + step * log2(count), most)
                    rects.append(QRectF(x, area.top() + (area.height() - high) / 2, wide, high))
        else:
            high = min(most, here.px(14))
            for first, last in row.runs(days[0], step_days, len(edges)):
                rects.append(QRectF(edges[first], area.top() + (area.height() - high) / 2, (last - first) * wide, high))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(here.colour(lane))
        painter.drawRects(rects)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    @staticmethod
    def bar(painter: QPainter, mark: Mark, rect: QRectF, lane: str) -> None:
        """Paint what lasted, with its name as far as that fits; hatched where its dates are not exact."""
        here = look()
        colour = here.colour(lane)
        if mark.uncertain:
            _uncertain(painter, rect, colour)
            return
        if rect.width() < here.px(6):
            painter.fillRect(rect, colour)
            return
        painter.setPen(QPen(here.colour("card"), 1))
        painter.setBrush(colour)
        painter.drawRoundedRect(rect, here.px(3), here.px(3))
        made = metrics(here.px(11))
        room = rect.width() - here.px(10)
        if room < here.px(16) or made.height() > rect.height() + here.px(2):
            return
        name = bar_name(mark.title, room)
        if name:
            painter.setFont(font(here.px(11)))
            painter.setPen(here.colour("card"))
            painter.drawText(rect.adjusted(here.px(5), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), name)

    def _sign(self, shape: str, lane: str, ratio: float) -> QPixmap:
        """A point or diamond of a lane, painted once: drawing it again is a copy."""
        here = look()
        key = (shape, lane, ratio)
        if key not in self._signs:
            side = here.px(9 if shape == "point" else 11)
            sign = QPixmap(QSize(side + 2, side + 2) * ratio)
            sign.setDevicePixelRatio(ratio)
            sign.fill(Qt.GlobalColor.transparent)
            painter = QPainter(sign)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(here.colour("card"), 1))
            painter.setBrush(here.colour(lane))
            middle, half = 1 + side / 2, side / 2
            if shape == "point":
                painter.drawEllipse(QRectF(1, 1, side, side))
            else:
                corners = ((0, -half), (half, 0), (0, half), (-half, 0))
                painter.drawPolygon(QPolygonF([QPointF(middle + x, middle + y) for x, y in corners]))
            painter.end()
            self._signs[key] = sign
        return self._signs[key]


def _uncertain(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    here = look()
    pale = QColor(colour)
    pale.setAlpha(40)
    painter.setBrush(pale)
    painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(rect, here.px(3), here.px(3))
    painter.setBrush(QBrush(colour, Qt.BrushStyle.BDiagPattern))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(rect, here.px(3), here.px(3))
