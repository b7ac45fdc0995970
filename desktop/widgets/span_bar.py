"""How long something has lasted, as a bar on a line that ends today: a block for a written row.

Its dates stand in words beside it, so that it says nothing by itself.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.models.lanes import lane_of
from desktop.models.words import span
from desktop.theme.tokens import look
from fhir.entries import Entry


class SpanBar:
    """The bar of one entry between a first day (ordinal) and today."""

    def __init__(self, entry: Entry, first: int, today: date) -> None:
        self._lane, self._first, self._last = lane_of(entry), first, max(today.toordinal(), first + 1)
        self._start, self._end = self.days(entry, today)
        self._over = self._end < today.toordinal()
        self.wished = look().px(160)
        self.least = look().px(60)

    @staticmethod
    def days(entry: Entry, today: date) -> tuple[int, int]:
        """The first and last day of an entry as ordinals; one that is not said to have ended lasts until today."""
        starts, ends = span(entry.when.start), span(entry.when.end)
        end = ends[1].toordinal() if ends is not None else today.toordinal()
        return (starts[0].toordinal() if starts is not None else end), end

    def height(self, width: int) -> int:
        """How high it is."""
        return look().px(14)

    def draw(self, painter: QPainter, x: float, y: float, width: int) -> None:
        """Paint it."""
        here = look()
        high, top = here.px(7), y + here.px(4)
        scale = width / (self._last - self._first)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(here.colour("hover"))
        painter.drawRoundedRect(QRectF(x, top, width, high), 3, 3)
        left = x + max(self._start - self._first, 0) * scale
        right = x + min(self._end - self._first, self._last - self._first) * scale
        colour = here.colour(self._lane)
        pale = QColor(colour)
        pale.setAlpha(70)
        painter.setPen(QPen(colour, 1) if self._over else Qt.PenStyle.NoPen)
        painter.setBrush(pale if self._over else colour)
        painter.drawRoundedRect(QRectF(left, top, max(right - left, 3), high), 3, 3)

    def words(self) -> str:
        """Nothing: the dates beside it say it."""
        return ""
