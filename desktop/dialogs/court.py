"""Records what a court leaves of somebody's right to act for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from consent.proxies import table
from desktop.dialogs.frame import Framed
from desktop.dialogs.lawful import kinds_grid
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.text import Text, button, notice

SHORTEST = 8
"""Letters that name a court."""
EARLIEST = date(1990, 1, 1)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Court", text)


class CourtDialog(Framed):
    """Asks whom a court limits, by which order, what that leaves them, and from when until when.

    `names` are those who have a right to act for the person, `called`.
    """

    def __init__(self, called: str, names: Sequence[str], today: date, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: a court’s limit"), parent)
        self.setModal(True)
        self.body.addWidget(Text(_tr("What has a court limited?"), "title"))
        self.body.addWidget(Text(called, "lead"))
        self.who = QComboBox()
        self.who.addItems(list(names))
        self.who.setPlaceholderText(_tr("Choose"))
        self.who.setCurrentIndex(0 if len(names) == 1 else -1)
        self._add(_tr("Whom it limits"), self.who)
        self.court = QLineEdit()
        self.court.setMaxLength(200)
        self.court.setPlaceholderText(_tr("Such as: Family Court at Leeds, case LS26P00123"))
        self._add(_tr("Which court, and the number of its order"), self.court)
        self._today = today
        self.dated = DateField(_tr("Date of the order"), today, EARLIEST, today)
        self._add(_tr("Date of the order"), self.dated)
        self.body.addWidget(Text(_tr("What they may still see (nothing ticked: nothing)"), "strong"))
        grid, self._left = kinds_grid(_tr("May still see: {name}"), table().never)
        self.body.addLayout(grid)
        self.starts = DateField(_tr("In force from"), today, EARLIEST)
        self._add(_tr("In force from"), self.starts)
        self.lasting = QCheckBox(_tr("Until the court or the privacy office lifts it"))
        self.lasting.setAccessibleName(self.lasting.text())
        self.lasting.setChecked(True)
        self.body.addWidget(self.lasting)
        self.ends = DateField(_tr("Its last day"), today, today)
        self._add(_tr("Its last day"), self.ends)
        self.body.addWidget(
            notice(
                _tr(
                    "It limits every right of theirs, also one recorded later, and takes their keys at once. The person"
                    " and those who act for them can see that a court has limited it. Kept with your name."
                )
            )
        )
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        self.done_button = button(_tr("Record it"), "primary", self.accept)
        self.done_button.setDefault(True)
        self.buttons.addWidget(self.done_button)
        self.lasting.toggled.connect(lambda _on: self._check())
        self.who.currentIndexChanged.connect(lambda _row: self._check())
        self.court.textChanged.connect(lambda _text: self._check())
        for field in (self.dated, self.starts, self.ends):
            field.changed.connect(self._check)
        self._check()
        self.who.setFocus()
        self.fit(look().px(680))

    @property
    def left(self) -> tuple[str, ...]:
        """The kinds of information that the court leaves them; empty for nothing."""
        return tuple(key for key, box in self._left.items() if box.isChecked())

    @property
    def until(self) -> date | None:
        """Its last day; None where it lasts until it is lifted."""
        return None if self.lasting.isChecked() else self.ends.day

    def _add(self, name: str, widget: QWidget) -> None:
        label = Text(name, "strong")
        widget.setAccessibleName(name)
        label.setBuddy(widget)
        self.body.addWidget(label)
        self.body.addWidget(widget)

    def _check(self) -> None:
        self.ends.setEnabled(not self.lasting.isChecked())
        starts = self.starts.day
        self.ends.set_bounds(max(starts or self._today, self._today), None)  # not before it begins, nor in the past
        days = bool(self.dated.day and starts and (self.lasting.isChecked() or self.ends.day))
        told = self.who.currentIndex() >= 0 and len(self.court.text().strip()) >= SHORTEST
        self.done_button.setEnabled(days and told)


class LiftDialog(Framed):
    """Asks whether what a court limits is really over: somebody sees again what it had closed."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: a court’s limit"), parent)
        self.setModal(True)
        self.body.addWidget(Text(_tr("Is what the court limited over?"), "title"))
        self.body.addWidget(Text(words, "lead"))
        self.body.addWidget(
            notice(_tr("They see again, at once, what their rights open. Kept with your name, and not taken back."))
        )
        cancel = button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel"))
        cancel.setDefault(True)
        self.buttons.addWidget(cancel)
        self.buttons.addWidget(button(_tr("Lift the limit"), "primary", self.accept))
        cancel.setFocus()
        self.fit(look().px(620))
