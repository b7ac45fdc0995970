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
_WIDE, _HIGH, _BETWEEN, _DOWN = 168, 74, 26, 20


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
        return lines * (look().px(_HIGH) + look().gap(_DOWN))

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
            row, column = self._place(number, across)
            left = float(column * self._step())
            box = QRectF(left + 1, row * (high + here.gap(_DOWN)) + 1, here.px(_WIDE) - 2, high - 2)
            painter.setPen(QPen(colour, here.px(2), line))
            painter.setBrush(back)
            painter.drawRoundedRect(box, here.px(9), here.px(9))
            if number:
                before, beside = self._place(number - 1, across)
                if before == row:
                    side = -here.gap(_BETWEEN) / 2 if beside < column else here.px(_WIDE) + here.gap(_BETWEEN) / 2
                    self._join(painter, QPointF(left + side, box.center().y()), here.gap(_BETWEEN), upright=False)
                else:
                    self._join(painter, QPointF(box.center().x(), box.top() - here.gap(_DOWN) / 2), here.gap(_DOWN))
            inside = box.adjusted(here.px(10), here.px(6), -here.px(8), -here.px(6))
            self._write(painter, inside, _lines(link))
        painter.end()

    @staticmethod
    def _place(number: int, across: int) -> tuple[int, int]:
        """Row and column of a link: each row goes on below where the last one ended, so that the chain never stops."""
        row, column = divmod(number, across)
        return row, across - 1 - column if row % 2 else column

    def _join(self, painter: QPainter, middle: QPointF, between: int, *, upright: bool = True) -> None:
        """A link between two boxes, or the gap where the chain is broken."""
        here = look()
        half, reach = here.px(5), between / 2
        painter.save()
        painter.translate(middle)
        painter.rotate(90 if upright else 0)
        if self._whole:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(-reach - half, -half, between + 2 * half, 2 * half), half, half)
        else:
            for side in (-1, 1):
                painter.drawLine(QPointF(side * reach, 0), QPointF(side * here.px(4), -half))
        painter.restore()

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
