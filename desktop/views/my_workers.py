"""The list of whom a choice may be about: kinds of worker in their groups, then organisations and workers by name."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

from consent.plain_choices import Who
from consent.workers import groups
from desktop.models.board import Board
from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.text import Text, button


class Workers(QFrame):
    """One button for each; the one that is chosen stays down. `flowing` lays them out side by side."""

    chosen = Signal(object)

    def __init__(self, board: Board, voice: Voice, *, flowing: bool) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(voice.say("who.kinds"))
        self._board, self._voice, self._flowing = board, voice, flowing
        self._buttons: dict[Who, QPushButton] = {}
        self._together = QButtonGroup(self)
        self._together.setExclusive(True)
        gap = look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(10), gap(12), gap(10), gap(12))
        column.setSpacing(gap(2))
        for group in groups():
            self._group(column, voice.group(group.key), [Who("role", role) for role in group.roles])
        if board.named():
            self._group(column, voice.say("who.names"), list(board.named()))
        column.addStretch(1)
        grow(self)
        self.write()

    def _group(self, column: QVBoxLayout, name: str, members: list[Who]) -> None:
        head = Text(name, "caption")
        head.setContentsMargins(look().gap(10), look().gap(6), 0, 0)
        column.addWidget(head)
        place: QWidget = self
        if self._flowing:
            place = Flow(look().gap(6))
            column.addWidget(place)
        for who in members:
            made = button("", "worker", partial(self.chosen.emit, who))
            made.setCheckable(True)
            self._buttons[who] = made
            self._together.addButton(made)
            if isinstance(place, Flow):
                place.add(made)
            else:
                column.addWidget(made)

    def write(self) -> None:
        """Say how many choices each has."""
        for who, made in self._buttons.items():
            count = self._board.count(who)
            more = self._voice.say("who.chosen", n=count) if count else ""
            words = self._voice.worker(who)
            made.setText(f"{words}  ({count})".replace("&", "&&") if more else words.replace("&", "&&"))
            made.setAccessibleName(f"{words}, {more}" if more else words)

    def choose(self, who: Who) -> None:
        """Put one button down."""
        if who in self._buttons:
            self._buttons[who].setChecked(True)
            self._buttons[who].setFocus()
