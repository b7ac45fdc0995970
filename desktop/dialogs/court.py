"""Records what a court leaves of somebody's right to act for a person, and that it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from consent.overrides import SHORTEST_REASON
from consent.proxies import table
from desktop.dialogs.form import EARLIEST, Form, Term, chosen_in, said_in
from desktop.dialogs.lawful import kinds_grid
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.text import Text

SHORTEST = 8
"""Letters that name a court."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Court", text)


class CourtDialog(Form):
    """Asks whom a court limits, by which order, what that leaves them, and from when until when.

    `names` are those who have a right to act for the person, `called`.
    """

    def __init__(self, called: str, names: Sequence[str], today: date, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: a court’s limit"), _tr("What has a court limited?"), called, parent)
        self.who = QComboBox()
        self.who.addItems(list(names))
        self.who.setPlaceholderText(_tr("Choose"))
        self.who.setCurrentIndex(0 if len(names) == 1 else -1)
        self.ask(_tr("Whom it limits"), self.who, chosen_in(self.who, _tr("Choose whom it limits.")))
        self.court = QLineEdit()
        self.court.setMaxLength(200)
        self.court.setPlaceholderText(_tr("Such as: Family Court at Leeds, case LS26P00123"))
        name = _tr("Which court, and the number of its order")
        self.ask(name, self.court, said_in(self.court, _tr("Say which court, and the number of its order."), SHORTEST))
        self.dated = DateField(_tr("Date of the order"), today, EARLIEST, today)
        self.ask(_tr("Date of the order"), self.dated)
        self.body.addWidget(Text(_tr("What they may still see (nothing ticked: nothing)"), "strong"))
        grid, self._left = kinds_grid(_tr("May still see: {name}"), table().never)
        self.body.addLayout(grid)
        lasting = _tr("Until the court or the privacy office lifts it")
        self.term = Term(self, today, begins=_tr("In force from"), lasting=lasting, least=today, width=680)
        self.finish(
            _tr("Record it"),
            _tr(
                "It limits every right of theirs, also one recorded later, and takes their keys at once. The person"
                " and those who act for them can see that a court has limited it. Kept with your name."
            ),
        )
        self.who.setFocus()
        self.term.write()

    @property
    def left(self) -> tuple[str, ...]:
        """The kinds of information that the court leaves them; empty for nothing."""
        return tuple(key for key, box in self._left.items() if box.isChecked())


class LiftDialog(Form):
    """Asks why what a court limits is over, and whether the person is told why: somebody sees again what was closed."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: a court’s limit"), _tr("Is what the court limited over?"), words, parent)
        self.why = QLineEdit()
        self.why.setMaxLength(500)
        self.why.setPlaceholderText(_tr("Such as: discharged by the Family Court at Leeds on 2 May 2026"))
        fault = _tr("Say in a few words why it is over.")
        self.ask(_tr("Why it is over"), self.why, said_in(self.why, fault, SHORTEST_REASON))
        self.told = QCheckBox(_tr("The person may read why"))
        self.told.setAccessibleName(self.told.text())
        self.told.setChecked(True)
        self.body.addWidget(self.told)
        hint = _tr("Untick it where the law keeps this from them, such as a hearing in private.")
        self.told.setAccessibleDescription(hint)
        self.body.addWidget(Text(hint, "secondary"))
        self.finish(
            _tr("Lift the limit"),
            _tr(
                "They see again, at once, what their rights open. They are told that it is over, and not why. Kept with"
                " your name, and not taken back."
            ),
        )
        self.why.setFocus()
        self.fit(look().px(620))
