"""The circle of care as a painted picture: the person in the middle, those close to them around, professionals outside.

Names are painted whole or not at all: where the ring has no room for them, fewer are drawn and the picture says so. The
list beside it has everyone, so a screen reader needs the list alone; arrow keys go round the picture, Enter picks.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.circle import Member
from desktop.models.words import plural
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.accessible import Role, tell
from desktop.widgets.written import metrics


class CirclePicture(QWidget):
    """Members around a name. `picked` carries the place of a member in the list given."""

    ACCESSIBLE_ROLE = Role.Graphic

    picked = Signal(int)

    def __init__(self, name: str, members: Sequence[Member]) -> None:
        super().__init__()
        self._name, self._members = name, tuple(members)
        self._at = 0
        self._rects: list[tuple[int, QRectF]] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Picture of the circle of care"))
        self._describe()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(420), look().px(430))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(260), look().px(430))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = look()
        middle = QPointF(self.width() / 2, self.height() / 2)
        across, up = self.width() / 2 - here.px(74), self.height() / 2 - here.px(30)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(here.colour("line"), 1.2))
        for part in (0.52, 1.0):
            painter.drawEllipse(middle, across * part, up * part)
        self._rects = []
        taken: list[QRectF] = [self._core(painter, middle)]
        left_out = 0
        for ring, part in (("close", 0.52), ("professional", 1.0)):
            inside = [(number, one) for number, one in enumerate(self._members) if one.ring == ring]
            turns = (1.0, 0.0, 0.5) if ring == "close" else (0.0,)
            for (number, one), rect in zip(
                inside,
                self._around([one for _, one in inside], middle, across * part, up * part, turns, taken),
                strict=True,
            ):
                if any(rect.intersects(other) for other in taken):
                    left_out += 1
                    continue
                taken.append(rect)
                self._rects.append((number, rect))
                self._draw(painter, one, rect, chosen=number == self._at)
        if left_out:
            painter.setFont(font(here.px(12)))
            painter.setPen(here.colour("grey"))
            words = self.tr("{count} more in the list").format(count=left_out)
            painter.drawText(QRectF(0, self.height() - here.px(20), self.width(), here.px(20)), 0, words)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(here.colour("focus"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), here.px(6), here.px(6))

    def _around(
        self,
        members: Sequence[Member],
        middle: QPointF,
        across: float,
        up: float,
        turns: Sequence[float],
        taken: Sequence[QRectF],
    ) -> list[QRectF]:
        """Where the members of a ring stand, turned by whichever of these parts of a step lets most of them stand."""

        def turned(turn: float) -> list[QRectF]:
            step = 2 * pi / max(len(members), 1)
            angles = [-pi / 2 + step * (at + turn / 2) for at in range(len(members))]
            return [
                self._box(one, QPointF(middle.x() + across * cos(angle), middle.y() + up * sin(angle)))
                for one, angle in zip(members, angles, strict=True)
            ]

        def hidden(rects: list[QRectF]) -> int:
            return sum(any(rect.intersects(other) for other in (*taken, *rects[:at])) for at, rect in enumerate(rects))

        return min(map(turned, turns), key=hidden)

    def _core(self, painter: QPainter, middle: QPointF) -> QRectF:
        here = look()
        made = metrics(here.px(15), QFont.Weight.DemiBold)
        wide, high = made.horizontalAdvance(self._name) + here.px(28), made.height() + here.px(18)
        rect = QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(here.colour("person"))
        painter.drawRoundedRect(rect, high / 2, high / 2)
        painter.setFont(font(here.px(15), QFont.Weight.DemiBold))
        painter.setPen(here.colour("card"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._name)
        return rect

    def _lines(self, one: Member) -> list[tuple[str, bool]]:
        mark = one.marks[0] if one.marks else ""
        role = mark or (one.said[0].partition(",")[0] if one.said else "")
        made = metrics(look().px(12))
        if made.horizontalAdvance(role) > look().px(140):
            role = ""
        return [(one.name, True), *([(role, False)] if role else [])]

    def _box(self, one: Member, place: QPointF) -> QRectF:
        here = look()
        lines = self._lines(one)
        wide = max(
            metrics(
                here.px(13 if strong else 12), QFont.Weight.DemiBold if strong else QFont.Weight.Normal
            ).horizontalAdvance(text)
            for text, strong in lines
        ) + here.px(26)
        high = sum(metrics(here.px(13 if strong else 12)).height() for _text, strong in lines) + here.px(8)
        left = min(max(place.x() - wide / 2, 1.0), max(self.width() - wide - 1.0, 1.0))
        return QRectF(left, place.y() - high / 2, wide, high)

    def _draw(self, painter: QPainter, one: Member, rect: QRectF, *, chosen: bool) -> None:
        here = look()
        ring = chosen and self.hasFocus()
        painter.setPen(QPen(here.colour("focus" if ring else one.lane), 2.5 if ring else 1.4))
        painter.setBrush(here.colour("card"))
        painter.drawRoundedRect(rect, here.px(8), here.px(8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(here.colour(one.lane))
        painter.drawEllipse(QPointF(rect.left() + here.px(11), rect.top() + here.px(13)), here.px(4), here.px(4))
        top = rect.top() + here.px(4)
        for text, strong in self._lines(one):
            size, weight = here.px(13 if strong else 12), QFont.Weight.DemiBold if strong else QFont.Weight.Normal
            painter.setFont(font(size, weight))
            painter.setPen(here.colour("ink" if strong else "grey"))
            made = metrics(size, weight)
            painter.drawText(QPointF(rect.left() + here.px(19), top + made.ascent()), text)
            top += made.height()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        found = next((number for number, rect in self._rects if rect.contains(event.position())), None)
        if found is not None:
            self._go(found)
            self.picked.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        back, on = (Qt.Key.Key_Left, Qt.Key.Key_Up), (Qt.Key.Key_Right, Qt.Key.Key_Down)
        if event.key() in (*back, *on) and self._members:
            self._go((self._at + (1 if event.key() in on else -1)) % len(self._members))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._members:
            self.picked.emit(self._at)
        else:
            super().keyPressEvent(event)

    def _go(self, number: int) -> None:
        self._at = number
        self._describe()
        self.update()

    def _describe(self) -> None:
        words = plural(len(self._members), "person or team", "people and teams")
        if self._members:
            one = self._members[self._at]
            words += f". {', '.join((one.name, *one.said, *one.marks))}"
        tell(self, words)
