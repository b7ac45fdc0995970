"""A line of something to be done: what it is in words, marks beside it, and a button for each thing one can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow
from desktop.widgets.text import Card, Text, button, rule, tag

Act = tuple[str, Callable[[], object]]
Mark = tuple[str, str]


class ActLine(QWidget):
    """`words` and, under them, `more` in grey, marks (text and tone) and buttons, which wrap where room is short.

    `about` is said after the name of each button to those who cannot see which line it belongs to.
    """

    def __init__(
        self, words: str, acts: Sequence[Act] = (), marks: Sequence[Mark] = (), *, more: str = "", about: str = ""
    ) -> None:
        super().__init__()
        gap = look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(6), gap(8), gap(6), gap(8))
        column.setSpacing(gap(6))
        column.addWidget(Text(words))
        if more:
            column.addWidget(Text(more, "secondary"))
        if acts or marks:
            flow = Flow(gap=gap(8), align="centre", below=gap(6))
            for text, tone in marks:
                flow.add(tag(text, tone))
            for name, act in acts:
                flow.add(button(name, "", act, f"{name}: {about}" if about else name))
            column.addWidget(flow)


def fill(card: Card, lines: Sequence[ActLine], nothing: str, of: int = 0) -> Card:
    """Put lines into a card with rules between them, or say that there is nothing, or that they are not all `of` what
    there is; returns the card."""
    for number, line in enumerate(lines):
        if number:
            card.add(rule())
        card.add(line)
    if not lines:
        card.say(nothing)
    if of > len(lines):
        words = QCoreApplication.translate("Acts", "{shown} of {all} are shown.")
        card.say(words.format(shown=f"{len(lines):,}", all=f"{of:,}"))
    return card
