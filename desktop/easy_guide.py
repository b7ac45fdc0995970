"""The citizen's guide in Easy Read, as a PDF: one idea a line, a picture beside every line, large words, few to a page.

`python -m desktop.easy_guide FILE` writes it (`make easy-read`). Its words are those of the screens and of
`models/my_guide.toml`; a digest of them stands in the file, so that a test can tell an old one.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPainter, QPdfWriter

from desktop.models.easy_pictures import picture_of
from desktop.models.voice import Voice
from desktop.printing import application
from desktop.theme.fonts import load
from desktop.theme.tokens import make
from desktop.widgets.pictures import draw

_RESOLUTION = 300
_MM = _RESOLUTION / 25.4
_MARGIN_MM = 20.0
_PICTURE_MM = 17.0
_GAP_MM = 6.0
_LINE_MM = 22.0
_HEAD_MM = 20.0
_WORDS_PT = 18.0
_TITLE_PT = 26.0


@dataclass(frozen=True)
class Chapter:
    """A heading and its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Guide:
    """The whole guide in words."""

    title: str
    under: str
    chapters: tuple[Chapter, ...]

    @property
    def digest(self) -> str:
        """What tells these words from others."""
        return sha256(repr(self).encode()).hexdigest()[:32]


def guide() -> Guide:
    """The guide as the screens speak now."""
    tree = tomllib.loads((resources.files("desktop.models") / "my_guide.toml").read_text("utf-8"))
    voice = Voice(easy=True)
    chapters = []
    for page in tree["page"]:
        lines = [line for key in page.get("say", ()) for line in voice.say(key).split("\n")]
        title = voice.say(page["key"]) if "key" in page else page["title"]
        chapters.append(Chapter(title, (*lines, *page.get("lines", ()))))
    return Guide(tree["title"], tree["under"], tuple(chapters))


def pdf(words: Guide) -> bytes:
    """The pages, A4."""
    keep = application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_RESOLUTION)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    size = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter))
    writer.setTitle(f"{words.title}: Easy Read")
    writer.setCreator(f"OneStory, words {words.digest}")
    painter = QPainter(writer)
    _Sheets(words, writer, painter).paint()
    painter.end()
    buffer.close()
    del keep
    return bytes(buffer.data().data())


class _Sheets:
    """The guide on one writer. A chapter that does not fit on what is left of a page begins a new one."""

    def __init__(self, words: Guide, writer: QPdfWriter, painter: QPainter) -> None:
        self._words, self._writer, self._painter = words, writer, painter
        self._light = make("light", 100)
        self._family = load()
        self._y = 0.0
        self._number = 1

    def paint(self) -> None:
        """Paint everything."""
        self._head(self._words.title, 34)
        self._text(self._words.under, QRectF(0, self._y, self._writer.width(), 12 * _MM), _WORDS_PT)
        self._y += 18 * _MM
        for chapter in self._words.chapters:
            if self._y + self._height(chapter) > self._bottom() and self._y > 0:
                self._turn()
            self._head(chapter.title, _TITLE_PT)
            for line in chapter.lines:
                if self._y + _LINE_MM * _MM > self._bottom():
                    self._turn()
                self._line(line)
            self._y += 6 * _MM
        self._foot()

    def _height(self, chapter: Chapter) -> float:
        return min((_HEAD_MM + _LINE_MM * len(chapter.lines)) * _MM, self._bottom())

    def _bottom(self) -> float:
        return self._writer.height() - 10 * _MM

    def _turn(self) -> None:
        self._foot()
        self._writer.newPage()
        self._number += 1
        self._y = 0.0

    def _foot(self) -> None:
        place = QRectF(0, self._writer.height() - 7 * _MM, self._writer.width(), 7 * _MM)
        self._text(str(self._number), place, 12, Qt.AlignmentFlag.AlignRight)

    def _head(self, words: str, points: float) -> None:
        place = QRectF(0, self._y, self._writer.width(), _HEAD_MM * _MM)
        self._text(words, place, points, weight=QFont.Weight.Bold)
        self._y += _HEAD_MM * _MM

    def _line(self, words: str) -> None:
        painter, side = self._painter, _PICTURE_MM * _MM
        soft = self._light.colour("action")
        soft.setAlpha(28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(soft)
        painter.drawEllipse(QRectF(0, self._y, side, side))
        painter.save()
        painter.translate(QPointF(0, self._y))
        painter.scale(side / 40, side / 40)
        draw(picture_of(words), painter, self._light.colour("action"))
        painter.restore()
        left = side + _GAP_MM * _MM
        self._text(words, QRectF(left, self._y, self._writer.width() - left, side), _WORDS_PT)
        self._y += _LINE_MM * _MM

    def _text(
        self,
        words: str,
        place: QRectF,
        points: float,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        *,
        weight: QFont.Weight = QFont.Weight.Normal,
    ) -> None:
        font = QFont(self._family)
        font.setPointSizeF(points)
        font.setWeight(weight)
        self._painter.setFont(font)
        self._painter.setPen(self._light.colour("ink"))
        self._painter.drawText(place, int(align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), words)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(pdf(guide()))
