"""Words painted by a widget itself: paragraphs of several styles, tags, and a source's dot with its name.

A card's line made of labels costs a widget, a layout and a style sheet look-up for each word group; painted, it costs
one widget. Nothing here reads markup: `QTextLayout` is given plain text and formats.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QTextCharFormat, QTextLayout, QTextOption

from desktop.models.words import breakable
from desktop.theme.fonts import font
from desktop.theme.tokens import Look, look

STYLES: dict[str, tuple[float, QFont.Weight, str]] = {
    "body": (14, QFont.Weight.Normal, "ink"),
    "strong": (14, QFont.Weight.DemiBold, "ink"),
    "secondary": (13, QFont.Weight.Normal, "grey"),
    "small": (12.5, QFont.Weight.Normal, "ink"),
    "caption": (12.5, QFont.Weight.DemiBold, "ink"),
    "tag": (12, QFont.Weight.Normal, "ink"),
    "quote": (16, QFont.Weight.Normal, "ink"),
}
"""Size in pixels at 100 %, weight, and colour token of each style of words."""

_ENDLESS = 1 << 20


class Run(NamedTuple):
    """Words of one style; `token` is their colour where it is not that of the style."""

    text: str
    style: str = "body"
    token: str = ""


class Block(Protocol):
    """Something that can be measured at a width and painted there. Lengths are pixels."""

    @property
    def wished(self) -> int:
        """The width at which nothing wraps."""

    @property
    def least(self) -> int:
        """The width below which something would be cut."""

    def height(self, width: int) -> int:
        """How high it is at a width."""

    def draw(self, painter: QPainter, x: float, y: float, width: int) -> None:
        """Paint it."""

    def words(self) -> str:
        """What it says."""


@cache
def _format(here: Look, style: str, token: str) -> QTextCharFormat:
    size, weight, usual = STYLES[style]
    made = QTextCharFormat()
    made.setFont(font(here.px(size), weight))
    made.setForeground(here.colour(token or usual))
    return made


@cache
def metrics(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFontMetrics:
    """The measures of the typeface at a size."""
    return QFontMetrics(font(pixels, weight))


class Passage:
    """A paragraph of runs, wrapped in full. Words longer than a line may break where `breakable` lets them."""

    def __init__(self, *runs: Run) -> None:
        here = look()
        self._layout = QTextLayout()
        self._layout.setCacheEnabled(True)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        self._layout.setTextOption(option)
        formats, text = [], ""
        for run in runs:
            words = breakable(run.text).replace("\n", "\u2028")
            piece = QTextLayout.FormatRange()
            piece.start, piece.length = _units(text), _units(words)
            piece.format = _format(here, run.style, run.token)
            formats.append(piece)
            text += words
        self._text = text
        self._layout.setText(text)
        self._layout.setFormats(formats)
        self._heights: dict[int, tuple[int, int]] = {}
        self._width = -1
        self._flat = self._lay(_ENDLESS)
        self.wished = int(self._layout.maximumWidth()) + 2
        self.least = int(self._layout.minimumWidth()) + 2

    def height(self, width: int) -> int:
        """How high the paragraph is at a width."""
        return self._measure(width)[0]

    def lines(self, width: int) -> int:
        """How many lines it takes at a width."""
        return self._measure(width)[1]

    def width_for(self, lines: int) -> int:
        """About the least width at which it takes no more than so many lines."""
        widths = [max(self.least, self.wished * 21 // (lines * 20))]
        while widths[-1] < self.wished:
            widths.append(widths[-1] + max(widths[-1] // 25, 4))
        # A wider line never makes more of them. At the last of the widths nothing wraps.
        found = bisect_left(widths, True, key=lambda width: width >= self.wished or self.lines(width) <= lines)
        return min(widths[found], self.wished)

    def draw(self, painter: QPainter, x: float, y: float, width: int) -> None:
        """Paint it."""
        self._lay(width if width < self.wished else _ENDLESS)
        self._layout.draw(painter, QPointF(x, y))

    def words(self) -> str:
        """What it says."""
        return self._text.replace("\u2028", "\n")

    def _measure(self, width: int) -> tuple[int, int]:
        if width >= self.wished:
            return self._flat
        found = self._heights.get(width)
        if found is None:
            found = self._heights[width] = self._lay(width)
        return found

    def _lay(self, width: int) -> tuple[int, int]:
        if width != self._width:
            self._width = width
            self._layout.beginLayout()
            y = 0.0
            while (line := self._layout.createLine()).isValid():
                line.setLineWidth(width)
                line.setPosition(QPointF(0, y))
                y += line.height()
            self._layout.endLayout()
        return -int(-self._layout.boundingRect().height() // 1), self._layout.lineCount()


def _units(text: str) -> int:
    """The length of a text as Qt counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Tags:
    """Short marks side by side, each on its own ground, wrapping like words."""

    def __init__(self, tags: Sequence[tuple[str, str]]) -> None:
        here = look()
        self._pad, self._gap = here.gap(6), here.gap(4)
        self._items = [(Passage(Run(text, "tag", token)), token) for text, token in tags]
        widths = [passage.wished + 2 * self._pad for passage, _token in self._items]
        self.wished = sum(widths) + self._gap * (len(widths) - 1)
        self.least = max(passage.least for passage, _token in self._items) + 2 * self._pad

    def height(self, width: int) -> int:
        """How high they are at a width."""
        rects = self._rects(width)
        return int(rects[-1].bottom()) + 1

    def draw(self, painter: QPainter, x: float, y: float, width: int) -> None:
        """Paint them."""
        here = look()
        for (passage, token), rect in zip(self._items, self._rects(width), strict=True):
            painter.setPen(here.edge(token or "ink"))
            painter.setBrush(here.colour(f"{token}_back" if token else "hover"))
            painter.drawRoundedRect(rect.translated(x, y), here.px(4), here.px(4))
            passage.draw(painter, x + rect.x() + self._pad, y + rect.y() + 1, int(rect.width()) - 2 * self._pad)

    def words(self) -> str:
        """What they say."""
        return "\n".join(passage.words() for passage, _token in self._items)

    def _rects(self, width: int) -> list[QRectF]:
        made: list[QRectF] = []
        x = y = bottom = 0
        for passage, _token in self._items:
            wide = min(passage.wished + 2 * self._pad, width)
            high = passage.height(wide - 2 * self._pad) + 2
            if x and x + wide > width:
                x, y = 0, bottom + self._gap
            made.append(QRectF(x, y, wide, high))
            x, bottom = x + wide + self._gap, max(bottom, y + high)
        return made


class Sourced:
    """A source's dot in the colour of its kind, and its name beside it."""

    def __init__(self, name: str, lane: str) -> None:
        self._name, self._lane = Passage(Run(name, "secondary")), lane
        self._indent = look().px(8) + look().gap(6)
        self.wished = self._name.wished + self._indent
        self.least = self._name.least + self._indent

    def height(self, width: int) -> int:
        """How high it is at a width."""
        return self._name.height(width - self._indent)

    def draw(self, painter: QPainter, x: float, y: float, width: int) -> None:
        """Paint it."""
        here = look()
        side = here.px(8)
        first = metrics(here.px(13)).height()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(here.colour(self._lane))
        painter.drawEllipse(QRectF(x, y + (first - side) / 2, side, side))
        self._name.draw(painter, x + self._indent, y, width - self._indent)

    def words(self) -> str:
        """What it says."""
        return self._name.words()


class SourceLine(Passage):
    """Several sources in one paragraph, each after a dot in the colour of its kind. By name: the kind of service."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._names = tuple(sources)
        runs = []
        for name, lane in sources.items():
            runs += [Run("●\u00a0\u00a0", "secondary", lane), Run(f"{name}   ", "secondary")]
        super().__init__(*runs)

    def words(self) -> str:
        """What it says: the names."""
        return ", ".join(self._names)
