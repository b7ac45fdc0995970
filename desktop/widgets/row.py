"""One entry as a line of a card: what, more about it, and its source with dot and name. Opens its details."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from consent.disclosure import Conflict, DisclosedEntry
from desktop.models.entries import Line, tags
from desktop.models.lanes import lane_of
from desktop.models.meanings import tip
from desktop.models.tongue import ours, tr
from desktop.models.words import LANE_WORDS
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.text import Text, tag
from desktop.widgets.written import Block, Passage, Run, Sourced, Tags


class SourceDot(QWidget):
    """A small disc in a source's colour; the name always stands beside it."""

    def __init__(self, lane: str) -> None:
        super().__init__()
        self._lane = lane
        self.setFixedSize(look().px(8), look().px(20))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().colour(self._lane))
        side = self.width()
        painter.drawEllipse(0, (self.height() - side) // 2, side, side)


def source_mark(name: str, lane: str, *, wrap: bool = True, role: str = "secondary") -> QWidget:
    """A source's dot and name."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(look().gap(6))
    row.addWidget(SourceDot(lane), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Text(name, role, wrap=wrap), 1)
    return made


class OpenRow(QAbstractButton):
    """A line that can be pressed. `said` is its accessible name; its tooltip explains the words that one sector has for
    itself."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.setAccessibleName(said)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        grow(self)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        self.setToolTip(tip(self.accessibleName()))  # looked for when a pointer comes, not for every line of a page
        super().enterEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here = look()
        around: QRect = self.rect().adjusted(1, 1, -1, -1)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(here.colour("hover"))
            painter.drawRoundedRect(around, here.px(6), here.px(6))
        if self.hasFocus():
            painter.setPen(QPen(here.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(around, here.px(6), here.px(6))


class WrittenRow(OpenRow):
    """A line that can be pressed, whose blocks stand under each other, with another in the corner on the right of the
    first.

    `ruled` draws a thin line above it.
    """

    def __init__(self, said: str, blocks: Sequence[Block], right: Block | None = None, *, ruled: bool = False) -> None:
        super().__init__(said)
        gap = look().gap
        self.blocks, self.right, self._ruled = tuple(blocks), right, ruled
        self._across, self._down, self._between, self._beside = gap(6), gap(7), gap(1), gap(10)
        self._heights: dict[int, int] = {}

    def words(self) -> str:
        """What is written on it."""
        return "\n".join(block.words() for block in (*self.blocks, *((self.right,) if self.right else ())))

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        found = self._heights.get(width)
        if found is None:
            inside = sum(self._high(at, width) for at in range(len(self.blocks))) + self._between * (
                len(self.blocks) - 1
            )
            found = self._heights[width] = inside + 2 * self._down
        return found

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def sizeHint(self) -> QSize:  # noqa: N802
        first, rest = self.blocks[0].wished + self._taken(), [block.wished for block in self.blocks[1:]]
        width = max([first, *(wide + 2 * self._across for wide in rest)])
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        first, rest = self.blocks[0].least + self._taken(), [block.least for block in self.blocks[1:]]
        return QSize(max([first, *(wide + 2 * self._across for wide in rest)]), 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ruled:
            painter.fillRect(0, 0, self.width(), 1, look().colour("line"))
        y = self._down
        for at, block in enumerate(self.blocks):
            block.draw(painter, self._across, y, self._room(at, self.width()))
            y += self._high(at, self.width()) + self._between
        if self.right:
            wide = self.right.wished
            self.right.draw(painter, self.width() - self._across - wide, self._down, wide)

    def _taken(self) -> int:
        return 2 * self._across + (self.right.wished + self._beside if self.right else 0)

    def _room(self, at: int, width: int) -> int:
        """What a block may take of a width: the first shares its line with the corner."""
        return max(width - (self._taken() if at == 0 else 2 * self._across), 1)

    def _high(self, at: int, width: int) -> int:
        high = self.blocks[at].height(self._room(at, width))
        return max(high, self.right.height(self.right.wished)) if at == 0 and self.right else high


class EntryRow(WrittenRow):
    """One entry as a line of a card; `title` and `under` are what its card says of it."""

    def __init__(
        self, item: DisclosedEntry, title: str, under: str = "", lead: str = "", *, ruled: bool = False
    ) -> None:
        marks = tags(item)
        said = ", ".join(
            part
            for part in (
                lead,
                title,
                under,
                *(line.text for line in marks),
                tr("source {name}").format(name=item.entry.source.name),
            )
            if part
        )
        blocks: list[Block] = [
            Passage(Run(text, style))
            for text, style in ((lead, "secondary"), (title, "strong"), (under, "secondary"))
            if text
        ]
        if marks:
            blocks.append(Tags([(line.text, line.token) for line in marks]))
        super().__init__(said, blocks, Sourced(short_source(item), lane_of(item.entry)), ruled=ruled)


def short_source(item: DisclosedEntry) -> str:
    """The kind of service in a word where the row is narrow; the details pane has the full name."""
    return LANE_WORDS[lane_of(item.entry)]


def tag_line(lines: list[Line]) -> Flow:
    """Tags side by side."""
    made = Flow(gap=look().gap(4))
    for line in lines:
        made.add(tag(line.text, line.token))
    return made


_SEVERITY = {"high": ("important", "danger"), "medium": ("check", "warning"), "low": ("note", "")}


def conflict_row(conflict: Conflict, sides: Sequence[str] = (), *, ruled: bool = False) -> WrittenRow:
    """A contradiction between sources: how much it matters, what it is about, and what each says: in its own sentence,
    or as `sides`."""
    words, tone = _SEVERITY[conflict.severity]
    marks = Tags([(words, tone), (conflict.kind.replace("-", " "), "")])
    text = ours(conflict.text)
    blocks: list[Block] = [marks, Passage(Run(text)), *(Passage(Run(side, "secondary")) for side in sides)]
    return WrittenRow("; ".join((f"{words}: {text}", *sides)), blocks, ruled=ruled)
