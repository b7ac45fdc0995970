"""What would change, before anything is saved: the person's own changes, who would see less or more, what that may mean
for their care, and what no choice here controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

from consent.plain_choices import PlainChoice, Who
from consent.preview import Change, not_controlled, tell_all
from desktop.models.board import UNTIL, Board, Until
from desktop.models.tongue import ours
from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.easy_lines import Said, said
from desktop.widgets.focus import keeping_focus
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.text import Card, Text, button, notice, rule

MOST = 6
"""So many kinds of worker are told in full; the rest as a number."""
UNKNOWN: Final = "unknown"
Changes = Sequence[Change] | Literal["unknown"] | None
"""What would change for each kind of worker; None while that is being worked out, UNKNOWN where that failed."""


class ChangePanel(QWidget):
    """The panel beside the choices. It is built anew by `show_board` and `show_changes`."""

    save = Signal()
    drop = Signal()
    undo = Signal()
    see_as = Signal(object, bool)
    until = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look().gap(12))
        self._said = self._tone = ""
        self._field: DateField | None = None
        self._save_button: QPushButton | None = None
        grow(self)

    def say(self, words: str, tone: str = "") -> None:
        """One sentence above everything: that it was saved, or why not."""
        self._said, self._tone = words, tone

    def show_board(self, board: Board, voice: Voice, who: Who, changes: Changes, titles: Mapping[str, str]) -> None:
        """Show the changes of a board; `titles` are those of single
        things that whoever looks may see."""
        keeping_focus(self, lambda: self._show(board, voice, who, changes, titles))

    def _show(self, board: Board, voice: Voice, who: Who, changes: Changes, titles: Mapping[str, str]) -> None:
        self._save_button = None
        writing = self._take_field(board)
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if self._said:
            self._column.addWidget(notice(self._said, self._tone))
        card = Card(voice.say("change.title"))
        self._column.addWidget(card)
        if board.changed:
            self._mine(card, board, voice, titles)
            self._until(card, board, voice)
            self._told(card, voice, changes)
        else:
            card.say(voice.say("change.none"))
        self._buttons(card, board, voice, who)
        limits = Card(voice.say("change.limits"))
        for words in not_controlled(easy=voice.easy, acts=voice.acts):
            limits.say(ours(words))
        limits.add(_padded(said(voice, "alone.words", "secondary")))
        self._column.addWidget(limits)
        self._column.addStretch(1)
        if writing and self._field is not None:
            self._field.setFocus()

    def _take_field(self, board: Board) -> bool:
        """Take the field of the last day out of what is built anew; whether somebody is writing in it."""
        field = self._field
        if field is None:
            return False
        writing = field.edit.hasFocus()
        if not board.changed or board.until != "date":
            self._field = None
            return False
        field.setParent(self)
        return writing

    def _mine(self, card: Card, board: Board, voice: Voice, titles: Mapping[str, str]) -> None:
        lines = _differences(board)
        for choice, gone in lines[:MOST]:
            word = voice.say("who.usual") if gone else voice.say(f"setting.{choice.setting}")
            what = voice.what(choice.what, titles.get(choice.what.value, ""))
            line = voice.say("change.line", who=voice.worker(choice.who), what=what, word=word)
            if choice.end and not gone:
                line += f", {voice.say('who.until', day=voice.day(choice.end))}"
            card.add(_padded(Text(line, "strong")))
        if len(lines) > MOST:
            card.say(voice.say("change.more", n=len(lines) - MOST))

    def _until(self, card: Card, board: Board, voice: Voice) -> None:
        card.add(_padded(Text(voice.say("change.until"), "caption")))
        flow = Flow(look().gap(6))
        together = QButtonGroup(flow)
        for key in UNTIL:
            words = voice.say(f"change.{key}")
            made = button(words, "choice", partial(self._hold, key, board))
            made.setCheckable(True)
            made.setChecked(board.until == key)
            together.addButton(made)
            flow.add(made)
        card.add(_padded(flow))
        if board.until == "date":
            card.add(_padded(self._day_field(board, voice)))

    def _day_field(self, board: Board, voice: Voice) -> DateField:
        """The field of the last day: the same one while the panel is built anew, so that one can go on writing."""
        if self._field is None:
            self._field = DateField(voice.say("change.last"), max(board.until_date, board.today), board.today)
            self._field.changed.connect(self._day_written)
        elif self._field.day not in (None, board.until_date) and not self._field.edit.hasFocus():
            self._field.set_day(board.until_date)
        return self._field

    def _day_written(self) -> None:
        day = self._field.day if self._field is not None else None
        if self._save_button is not None:
            self._save_button.setEnabled(day is not None)
        if day is not None:
            self.until.emit("date", day)

    def _hold(self, key: Until, board: Board) -> None:
        self.until.emit(key, board.until_date)

    def _told(self, card: Card, voice: Voice, changes: Changes) -> None:
        card.add(_padded(rule()))
        if changes is None:
            card.say(voice.say("change.working"))
            return
        if changes == UNKNOWN:
            card.add(_padded(notice(voice.say("change.unknown"), "warning")))
            return
        told = tell_all(changes, easy=voice.easy, acts=voice.acts)
        if not told:
            card.add(_padded(Text(voice.say("change.nothing"))))
        for one in told[:MOST]:
            for line in one.lines:
                card.add(_padded(Said(voice, ours(line))))
            for words in one.think:
                card.add(_padded(notice(ours(words), "warning")))
        if len(told) > MOST:
            card.say(voice.say("change.more", n=len(told) - MOST))
        if any(one.losses for one in told):
            card.say(voice.say("think.story"))

    def _buttons(self, card: Card, board: Board, voice: Voice, who: Who) -> None:
        flow = Flow(look().gap(8))
        if board.changed:
            self._save_button = button(voice.say("change.save"), "primary", self.save.emit)
            self._save_button.setEnabled(board.until != "date" or self._field is None or self._field.day is not None)
            flow.add(self._save_button)
        if not board.changed:
            flow.add(self._see(voice.say("change.see-as", who=voice.workers(who)), "", who, changed=False))
        if board.changed:
            flow.add(button(voice.say("change.drop"), "quiet", self.drop.emit))
        elif board.can_undo:
            flow.add(button(voice.say("change.undo"), "", self.undo.emit))
        card.add(_padded(flow))
        if board.changed:
            about = voice.say("change.see", who=voice.workers(who))
            both = Flow(look().gap(8))
            for key, changed in (("after", True), ("before", False)):
                both.add(self._see(voice.say(f"change.see-{key}"), about, who, changed=changed))
            card.add(_padded(Text(about, "caption")))
            card.add(_padded(both))

    def _see(self, words: str, about: str, who: Who, *, changed: bool) -> QPushButton:
        said = f"{about} {words}".strip()
        return button(words.replace("&", "&&"), "", lambda: self.see_as.emit(who, changed), said)


def _differences(board: Board) -> list[tuple[PlainChoice, bool]]:
    """Choices that are new, and those that would go without another in their place."""
    saved, draft = set(board.saved.choices), set(board.draft.choices)
    fresh = [one for one in board.draft.choices if one not in saved]
    spoken = {(one.who, one.what) for one in fresh}
    gone = [one for one in board.saved.choices if one not in draft and (one.who, one.what) not in spoken]
    return [(one, False) for one in fresh] + [(one, True) for one in gone]


def _padded(inside: QWidget) -> QFrame:
    made = QFrame()
    gap = look().gap
    column = QVBoxLayout(made)
    column.setContentsMargins(gap(6), gap(3), gap(6), gap(3))
    column.addWidget(inside)
    return grow_frame(made)


def grow_frame(made: QFrame) -> QFrame:
    """Let a frame be as high as its width makes it."""
    grow(made)
    return made
