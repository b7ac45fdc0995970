"""A year of nights as a picture: a row for each month, under the days a square for each night.

At home, away and not known are told apart by shape as well as by colour; the numbers stand in words beside it, and it
has a description of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.words import month_name
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.accessible import Role
from fhir.timeline import Night


class YearGrid(QWidget):
    """Every night before a day, oldest first."""

    ACCESSIBLE_ROLE = Role.Chart

    def __init__(self, nights: Sequence[Night], until: date, said: str) -> None:
        super().__init__()
        self._months: list[tuple[str, list[tuple[int, Night]]]] = []
        first = until - timedelta(days=len(nights))
        for number, night in enumerate(nights):
            day = first + timedelta(days=number)
            name = f"{month_name(day.month)} {day.year}"
            if not self._months or self._months[-1][0] != name:
                self._months.append((name, []))
            self._months[-1][1].append((day.day, night))
        self.setAccessibleName(said)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _high(self) -> int:
        """A line for the days of the month, and one for each month."""
        return (len(self._months) + 1) * self._row() + look().px(4)

    def _row(self) -> int:
        return look().px(20)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(640), self._high())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(300), self._high())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        here = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = font(here.px(12.5))
        painter.setFont(words)
        label = max(QFontMetrics(words).horizontalAdvance(name) for name, _ in self._months) + here.px(14)
        step = min((self.width() - label) / 31, here.px(36))
        high = self._row()
        self._days(painter, label, step)
        for row, (name, nights) in enumerate(self._months, 1):
            top = row * high
            painter.setPen(here.colour("ink"))
            painter.drawText(
                QRectF(0, top, label, high), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name
            )
            for day, night in nights:
                box = QRectF(label + (day - 1) * step + 1, top + 3, step - 2, high - 6)
                self._square(painter, box, night)

    def _days(self, painter: QPainter, label: int, step: float) -> None:
        """The days of the month above the squares: every one, or every fifth where there is no room for all."""
        here = look()
        painter.setFont(font(here.px(11)))
        painter.setPen(here.colour("grey"))
        room = QFontMetrics(painter.font()).horizontalAdvance("00") + here.px(2)
        for day in range(1, 32):
            if step >= room or day == 1 or (day % 5 == 0 and day < 31):
                box = QRectF(label + (day - 1) * step - room, 0, step + 2 * room, self._row())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(day))
        painter.setFont(font(here.px(12.5)))

    @staticmethod
    def _square(painter: QPainter, box: QRectF, night: Night) -> None:
        here = look()
        if night == "away":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(here.colour("hospital"))
            painter.drawRoundedRect(box, 2, 2)
        elif night == "unknown":
            painter.setPen(QPen(here.colour("warning"), 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 2, 2)
            painter.drawLine(box.bottomLeft(), box.topRight())
        else:
            thick = max(1, here.px(1))
            painter.setPen(QPen(here.colour("control"), thick))
            painter.setBrush(here.colour("hover"))
            inside = thick / 2  # a line between two pixels would be half as dark
            painter.drawRoundedRect(QRectF(box.toAlignedRect()).adjusted(inside, inside, -inside, -inside), 2, 2)
