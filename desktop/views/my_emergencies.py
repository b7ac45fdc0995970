"""*Emergencies*: whether break-glass may open what is hidden, in all and by kind, and what that may mean."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from consent.categories import categories
from desktop.models.board import Board
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.widgets.easy_lines import said
from desktop.widgets.focus import keeping_focus
from desktop.widgets.layouts import Flow, grow, scrolling
from desktop.widgets.pictures import Picture
from desktop.widgets.text import Text, button, notice, rule


class EmergencyPage(QWidget):
    """The page. Every answer is kept when *Save* is pressed, together with the other choices."""

    changed = Signal()

    def __init__(self, desk: Desk, board: Board, voice: Voice) -> None:
        super().__init__()
        self._desk, self._board, self._voice = desk, board, voice
        self._said = self._tone = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        around = QHBoxLayout(inside)
        gap = look().gap
        around.setContentsMargins(gap(20), gap(14), gap(20), gap(20))
        self._inside = QWidget()
        self._inside.setMaximumWidth(look().px(980))
        around.addWidget(self._inside, 1, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(gap(12))
        grow(self._inside)
        column.addWidget(scrolling(inside))
        self.write()

    def write(self) -> None:
        """Build the page anew from the board."""
        keeping_focus(self, self._build)

    def _build(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        voice, board = self._voice, self._board
        if self._said:
            self._column.addWidget(notice(self._said, self._tone))
        self._column.addWidget(said(voice, "emergency.lead", "lead"))
        closed = board.draft.closed
        self._column.addWidget(self._question("everything", voice.say("emergency.all"), "everything" in closed))
        if closed:
            self._column.addWidget(notice(voice.say("emergency.think"), "warning"))
        if "everything" not in closed:
            self._column.addWidget(self._kinds(closed))
        if board.changed:
            flow = Flow(look().gap(8))
            flow.add(button(voice.say("change.save"), "primary", self.save))
            flow.add(button(voice.say("change.drop"), "quiet", self._drop))
            self._column.addWidget(flow)
        self._column.addStretch(1)

    def _question(self, key: str, words: str, closed: bool) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        gap = look().gap
        row = QHBoxLayout(card)
        row.setContentsMargins(gap(16), gap(14), gap(16), gap(14))
        row.setSpacing(gap(12))
        row.addWidget(Picture("emergencies", 44, tone="danger"), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(gap(10 if self._voice.easy else 6))
        row.addLayout(column, 1)
        column.addWidget(Text(words, "heading"))
        column.addWidget(self._answers(key, words, closed, "emergency.yes", "emergency.no"))
        grow(card)
        return card

    def _answers(self, key: str, row: str, closed: bool, yes: str, no: str) -> Flow:
        flow = Flow(look().gap(6))
        together = QButtonGroup(flow)
        for shut, words in ((False, yes), (True, no)):
            said = self._voice.say(words)
            made = button(f"{'✕' if shut else '✓'} {said}", "choice", partial(self._close, key, shut), f"{row}: {said}")
            made.setCheckable(True)
            made.setProperty("tone", "off" if shut else "on")
            made.setChecked(closed == shut)
            together.addButton(made)
            flow.add(made)
        return flow

    def _kinds(self, closed: frozenset[str]) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        gap = look().gap
        column = QVBoxLayout(card)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(14))
        column.setSpacing(gap(6))
        column.addWidget(Text(self._voice.say("emergency.kinds"), "heading"))
        for key, one in categories().items():
            if not one.chosen_by_person:
                continue
            column.addWidget(rule())
            row = QHBoxLayout()
            row.setSpacing(gap(12))
            row.addWidget(Picture(key, 40), 0, Qt.AlignmentFlag.AlignTop)
            words = QVBoxLayout()
            words.setSpacing(gap(10 if self._voice.easy else 6))
            words.addWidget(Text(self._voice.kind(key), "strong"))
            name = self._voice.say("emergency.kind", kind=self._voice.say(f"kind.{key}"))
            words.addWidget(self._answers(key, name, key in closed, "emergency.open", "emergency.closed"))
            row.addLayout(words, 1)
            column.addLayout(row)
        grow(card)
        return card

    def _close(self, key: str, shut: bool) -> None:
        self._board.close_to_emergencies(key, shut)
        self._said = ""
        QTimer.singleShot(0, self, self.write)  # an arrow key moves the keyboard only after it has pressed
        self.changed.emit()

    def _drop(self) -> None:
        self._board.forget_changes()
        self.write()
        self.changed.emit()

    def save(self) -> None:
        """Keep the changes."""
        self._desk.save(self._board, self._board.draft, self._kept, self._wrong)

    def _kept(self) -> None:
        self._board.kept()
        self._said, self._tone = self._voice.say("change.saved"), ""
        self.write()
        self.changed.emit()

    def _wrong(self, words: str) -> None:
        self._said, self._tone = self._voice.wrong(words), "warning"
        self.write()
