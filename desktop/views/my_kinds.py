"""What one kind of worker, organisation or person may see: a row for each kind of information, with the choices as
words, what is usual, and why."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from consent.categories import categories
from consent.plain_choices import EVERYTHING, Setting, What, Who
from desktop.models.board import Board, Cell
from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.pictures import Picture
from desktop.widgets.text import Text, button, rule

_SIGNS = {"on": "✓", "off": "✕", "ask": "?", "some": "", "": ""}


class Choices(QWidget):
    """The buttons of one row: as usual, shared, hidden, ask me. The one that holds is down."""

    chosen = Signal(object)

    def __init__(self, voice: Voice, row: str, cell: Cell, *, usual: bool = True) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        flow = Flow(look().gap(6))
        together = QButtonGroup(self)
        options: list[tuple[Setting | None, str]] = []
        if usual:
            word = Cell(None, cell.usual).word
            said = voice.say("who.usual-of", word=voice.say(f"setting.{word}").lower()) if cell.usual else ""
            options.append((None, said or voice.say("who.usual")))
        options += [
            ("on", voice.say("setting.on")),
            ("off", voice.say("setting.off")),
            ("ask", voice.say("setting.ask")),
        ]
        for setting, words in options:
            sign = _SIGNS[setting or ""]
            made = button(f"{sign} {words}".strip(), "choice", partial(self.chosen.emit, setting))
            made.setCheckable(True)
            made.setProperty("tone", setting or "usual")
            made.setAccessibleName(f"{row}: {words}")
            made.setChecked(cell.setting == setting)
            together.addButton(made)
            flow.add(made)
        column.addWidget(flow)
        grow(self)


class Kinds(QFrame):
    """All rows for one recipient."""

    chosen = Signal(object, object)
    """Of a `What`, a `Setting` or None."""

    def __init__(self, board: Board, voice: Voice, who: Who) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._board, self._voice, self.who = board, voice, who
        self._name = voice.worker(who)
        title = voice.say("who.of", who=voice.workers(who))
        self.setAccessibleName(title)
        gap = look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(14))
        column.setSpacing(gap(4))
        column.addWidget(Text(title, "heading"))
        for key, one in categories().items():
            if one.chosen_by_person:
                column.addWidget(rule())
                column.addWidget(self._row(What("category", key)))
        column.addWidget(rule())
        column.addWidget(self._row(EVERYTHING))
        column.addStretch(1)
        grow(self)

    def _row(self, what: What) -> QWidget:
        board, voice = self._board, self._voice
        whole = what.kind == "everything"
        cell = board.cell(self.who, what)
        made = QFrame()
        gap = look().gap
        if cell.changed:
            made.setProperty("role", "changed")
        row = QHBoxLayout(made)
        row.setContentsMargins(gap(6), gap(7), gap(6), gap(7))
        row.setSpacing(gap(12))
        row.addWidget(Picture(what.value or "everything", 40), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(gap(5 if voice.easy else 2))
        row.addLayout(words, 1)
        name = voice.say("who.everything") if whole else voice.kind(what.value)
        words.addWidget(Text(name, "strong"))
        words.addWidget(Text(voice.say("who.everything-about" if whole else f"about.{what.value}"), "secondary"))
        if cell.usual is not None and cell.setting is None:
            words.addWidget(Text(voice.say(f"default.{cell.usual}"), "secondary"))
        if cell.end is not None:
            words.addWidget(Text(voice.say("who.until", day=voice.day(cell.end)), "strong"))
        choices = Choices(voice, f"{self._name}, {name}", cell)
        choices.chosen.connect(lambda setting: self.chosen.emit(what, setting))
        words.addSpacing(gap(10 if voice.easy else 5))
        words.addWidget(choices)
        grow(made)
        return made
