"""One entry as a line of a card: what, more about it, and its source with dot and name. Opens its details."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from consent.disclosure import Conflict, DisclosedEntry
from desktop.models.entries import Line, tags
from desktop.models.lanes import lane_of
from desktop.models.words import LANE_WORDS
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.text import Text, tag


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
    """A line that can be pressed. `said` is its accessible name."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.setAccessibleName(said)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        grow(self)

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

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        layout = self.layout()
        return layout.totalMinimumSize() if layout is not None else QSize(0, 0)


class EntryRow(OpenRow):
    """One entry as a line of a card; `title` and `under` are what its card says of it."""

    def __init__(self, item: DisclosedEntry, title: str, under: str = "", lead: str = "") -> None:
        said = ", ".join(
            part
            for part in (lead, title, under, *(line.text for line in tags(item)), f"source {item.entry.source.name}")
            if part
        )
        super().__init__(said)
        gap = look().gap
        row = QHBoxLayout(self)
        row.setContentsMargins(gap(6), gap(7), gap(6), gap(7))
        row.setSpacing(gap(10))
        left = QVBoxLayout()
        left.setSpacing(gap(1))
        if lead:
            left.addWidget(Text(lead, "secondary"))
        left.addWidget(Text(title, "strong"))
        if under:
            left.addWidget(Text(under, "secondary"))
        marks = tags(item)
        if marks:
            left.addWidget(tag_line(marks))
        row.addLayout(left, 1)
        lane = lane_of(item.entry)
        row.addWidget(source_mark(short_source(item), lane, wrap=False), 0, Qt.AlignmentFlag.AlignTop)


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


def conflict_row(conflict: Conflict) -> OpenRow:
    """A contradiction between sources: how much it matters, what it is about, and what each says."""
    words, tone = _SEVERITY[conflict.severity]
    row = OpenRow(f"{words}: {conflict.text}")
    inside = QVBoxLayout(row)
    gap = look().gap
    inside.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
    inside.setSpacing(gap(3))
    inside.addWidget(tag_line([Line(words, "tag", tone), Line(conflict.kind.replace("-", " "), "tag")]))
    inside.addWidget(Text(conflict.text))
    return row
