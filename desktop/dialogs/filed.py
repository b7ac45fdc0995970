"""What a person's record is made of, and taking a part out that is about someone else.

Each look has a reason, which is logged. Taking out asks once more before it is done, and says that it can be taken
back. Only those who may decide who is one person get here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.dialogs.frame import Framed
from desktop.models.words import day
from desktop.reports import Filed
from desktop.theme.tokens import look
from desktop.widgets.leaving import emptied
from desktop.widgets.text import Card, Text, button, notice, rule

TakeOut = Callable[[Filed, str], None]
"""What to do when one import is to be taken out, for a reason."""

SplitOff = Callable[[Filed, str], None]
"""What to do when the whole record that an import is filed under is to be split off, for a reason."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Filed", text)


class FiledDialog(Framed):
    """Asks why, then lists the imports. `asked` gets the reason, and answers with `show_filed`."""

    def __init__(self, called: str, asked: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: what this record is made of"), parent)
        self.setModal(True)
        self._asked = asked
        self.body.addWidget(Text(_tr("What this record is made of"), "title"))
        self.body.addWidget(Text(called, "lead"))
        words = _tr("If a part of it is about someone else, take that part out. Nothing is lost, and it can be undone.")
        self.body.addWidget(Text(words, "secondary"))
        self.reason = QLineEdit()
        self.reason.setAccessibleName(_tr("Why you look, or take something out"))
        self.reason.setPlaceholderText(_tr("For example: the hospital letter is about her twin sister"))
        self.reason.setMaxLength(500)
        self.reason.returnPressed.connect(self.ask)
        label = Text(_tr("Why (kept in the access log)"), "strong")
        label.setBuddy(self.reason)
        self.go = button(_tr("Show"), "primary", self.ask)
        row = QHBoxLayout()
        row.addWidget(self.reason, 1)
        row.addWidget(self.go)
        self.body.addWidget(label)
        self.body.addLayout(row)
        self._below = QWidget()
        self._column = QVBoxLayout(self._below)
        self._column.setContentsMargins(0, look().gap(8), 0, 0)
        self.body.addWidget(self._below)
        self.body.addStretch(1)
        self.add_close()
        self.fit(look().px(720))
        self.reason.setFocus()

    def ask(self) -> None:
        """Ask for the list, once a reason is given."""
        if self.reason.text().strip():
            self._asked(self.reason.text().strip())
        else:
            self.reason.setFocus()

    def show_filed(self, rows: list[Filed], take_out: TakeOut, split_off: SplitOff) -> None:
        """The imports by the record that each is filed under. Records that evidence joined can be split off whole."""
        self._clear()
        records = list(dict.fromkeys(row.person for row in rows))
        for number, record in enumerate(records, 1):
            own = [row for row in rows if row.person == record]
            title = _tr("Record {n}: {name}") if len(records) > 1 else "{name}"
            title = title.replace("{n}", str(number)).replace("{name}", own[0].name)
            card = Card(title, str(len(own)))
            for at, row in enumerate(own):
                if at:
                    card.add(rule())
                card.body.addLayout(self._row(row, take_out if len(own) > 1 else None))
            if len(records) > 1:
                name = _tr("Split record {n} off…").replace("{n}", str(number))
                words = _tr("Record {n} will stand by itself, with all its files.").replace("{n}", str(number))
                line = QHBoxLayout()
                line.setContentsMargins(look().gap(6), look().gap(6), look().gap(6), look().gap(6))
                line.addWidget(button(name, "", partial(self._confirm, words, partial(self._do, split_off, own[0]))))
                line.addStretch(1)
                card.body.addLayout(line)
            self._put(card)
        if not rows:
            self._put(notice(_tr("Nothing of this record is shown to you.")))
        self._grow()

    def _row(self, row: Filed, take_out: TakeOut | None) -> QHBoxLayout:
        gap = look().gap
        line = QHBoxLayout()
        line.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
        name = row.sources
        line.addWidget(Text(name, "strong"), 3)
        line.addWidget(Text(_tr("stored {day}").replace("{day}", day(row.stored)), "secondary"), 1)
        if take_out is not None:
            words = _tr("What “{name}” says of this person will stand by itself.").replace("{name}", name)
            line.addWidget(
                button(
                    _tr("Take out…"),
                    "",
                    partial(self._confirm, words, partial(self._do, take_out, row)),
                    _tr("Take {name} out").replace("{name}", name),
                )
            )
        return line

    def _do(self, act: Callable[[Filed, str], None], row: Filed) -> None:
        act(row, self.reason.text().strip())

    def _confirm(self, words: str, act: Callable[[], None]) -> None:
        """Say what will happen, and do it when that is wanted."""
        self._clear()
        card = Card(_tr("Take it out?"))
        card.say(words)
        card.say(_tr("Sharing choices made so far go on holding for both. Both logs say who did it and why."))
        card.say(_tr("To take it back: People who may be one, under Kept apart."))
        line = QHBoxLayout()
        line.setContentsMargins(look().gap(6), look().gap(6), look().gap(6), look().gap(6))
        line.setSpacing(look().gap(8))
        self.leave = button(_tr("Leave it as it is"), "", self.ask)
        self.sure = button(_tr("Take it out"), "danger", act)
        line.addStretch(1)
        line.addWidget(self.leave)
        line.addWidget(self.sure)
        card.body.addLayout(line)
        self._put(card)
        self.leave.setFocus()
        self._grow()

    def _grow(self) -> None:
        """Be as high as is needed, and never less high than before."""
        before = self.height()
        self.fit(look().px(720))
        if self.height() < before:
            self.resize(self.width(), before)

    def _put(self, widget: QWidget) -> None:
        self._column.addWidget(widget)
        widget.show()  # so that the dialog becomes as high as it needs

    def _clear(self) -> None:
        emptied(self._column)
