"""The access log as a chain: each signed head of it a link over all events before it, whole or broken. Painted here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.words import day, plural
from desktop.reports import ChainLink
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.layouts import grow

SHOWN = 12
_WIDE, _HIGH, _BETWEEN = 168, 74, 26


def _tr(text: str) -> str:
    return QCoreApplication.translate("Chain", text)


class ChainPicture(QWidget):
    """Links side by side, as many lines of them as the width needs, the shortest head first. What it shows is in its
    accessible name and description too."""

    def __init__(self, links: Sequence[ChainLink], *, whole: bool) -> None:
        super().__init__()
        self._links = tuple(links)[-SHOWN:]
        self._whole = whole
        grow(self, QSizePolicy.Policy.Expanding)
        state = _tr("whole") if whole else _tr("broken")
        self.setAccessibleName(
            _tr("The log as a chain of {links}: {state}").format(
                links=plural(len(self._links), "signed link"), state=state
            )
        )
        self.setAccessibleDescription(self.words())

    def words(self) -> str:
        """What is written in it, a line a link."""
        return "\n".join(", ".join(lines) for lines in map(_lines, self._links))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(self._step() * max(1, len(self._links)), self.heightForWidth(1 << 14))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(look().px(_WIDE), 0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        across = self._across(width)
        lines = max(1, -(-len(self._links) // across))
        return lines * (look().px(_HIGH) + look().gap(12))

    def _step(self) -> int:
        return look().px(_WIDE) + look().gap(_BETWEEN)

    def _across(self, width: int) -> int:
        return max(1, (width + look().gap(_BETWEEN)) // self._step())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        here = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = here.colour("good" if self._whole else "danger")
        back = here.colour("good_back" if self._whole else "danger_back")
        line = Qt.PenStyle.SolidLine if self._whole else Qt.PenStyle.DashLine
        across, high = self._across(self.width()), here.px(_HIGH)
        for number, link in enumerate(self._links):
            row, column = divmod(number, across)
            left = float(column * self._step())
            box = QRectF(left + 1, row * (high + here.gap(12)) + 1, here.px(_WIDE) - 2, high - 2)
            painter.setPen(QPen(colour, here.px(2), line))
            painter.setBrush(back)
            painter.drawRoundedRect(box, here.px(9), here.px(9))
            if column:
                self._join(painter, QPointF(left, box.center().y()))
            inside = box.adjusted(here.px(10), here.px(6), -here.px(8), -here.px(6))
            self._write(painter, inside, _lines(link))
        painter.end()

    def _join(self, painter: QPainter, right: QPointF) -> None:
        """A link between two boxes, or the gap where the chain is broken."""
        here = look()
        between, half = here.gap(_BETWEEN), here.px(5)
        if self._whole:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ring = QRectF(right.x() - between - here.px(5), right.y() - half, between + here.px(10), 2 * half)
            painter.drawRoundedRect(ring, half, half)
            return
        middle = right.x() - between / 2
        for side in (-1, 1):
            painter.drawLine(
                QPointF(middle + side * between / 2, right.y()), QPointF(middle + side * here.px(4), right.y() - half)
            )

    def _write(self, painter: QPainter, inside: QRectF, lines: tuple[str, ...]) -> None:
        here = look()
        high = inside.height() / len(lines)
        for number, words in enumerate(lines):
            painter.setFont(
                font(here.px(13 if number == 0 else 12), QFont.Weight.DemiBold if number == 0 else QFont.Weight.Normal)
            )
            painter.setPen(here.colour("ink"))
            area = QRectF(inside.left(), inside.top() + number * high, inside.width(), high)
            told = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, round(inside.width()))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), told)


def _lines(link: ChainLink) -> tuple[str, ...]:
    who = link.signer or _tr("someone who has left")
    return who, plural(link.size, "line"), day(link.time[:10])
