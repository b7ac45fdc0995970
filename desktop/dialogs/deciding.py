"""Records whether a person can decide something, and of a child Gillick competence and whom they refuse.

Whoever assessed the person records it: the finding bears their name and role.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from desktop.dialogs.form import Form
from desktop.dialogs.frame import picked
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.text import Text

EARLIEST = date(1990, 1, 1)
SHORTEST = 4
"""Letters that name a decision."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Deciding", text)


class CapacityDialog(Form):
    """Asks which decision was assessed, what was found, when, and when to look again; `by` is who records it."""

    def __init__(self, called: str, by: str, today: date, parent: QWidget | None = None) -> None:
        title = _tr("OneStory: whether they can decide")
        super().__init__(title, _tr("Can the person make this decision?"), called, parent)
        self._matters = self._choice(
            _tr("Which decision was assessed"),
            {"record": _tr("Who sees their record, and who acts for them"), "other": _tr("Another decision")},
        )
        self.matter = QLineEdit()
        self.matter.setMaxLength(200)
        self.matter.setPlaceholderText(_tr("Such as: where to live"))
        self.matter_name = self.ask(_tr("Which one, in a few words"), self.matter, self._matter_fault)
        self._found = self._choice(
            _tr("What was found"),
            {"can": _tr("They can make this decision"), "lacks": _tr("They cannot make this decision")},
        )
        self.watch(self._found.buttons()[0], lambda: "" if picked(self._found) else _tr("Say what was found."))
        self.on = DateField(_tr("Day of the assessment"), today, EARLIEST, today)
        self.ask(_tr("Day of the assessment"), self.on)
        self.body.addWidget(Text(_tr("Assessed by"), "strong"))
        self.body.addWidget(Text(_tr("{name}. Whoever made the assessment records it.").format(name=by)))
        self.again = QCheckBox(_tr("It is looked at again on a day"))
        self.again.setAccessibleName(self.again.text())
        self.again.setChecked(True)
        self.body.addWidget(self.again)
        self.until = DateField(_tr("Look at it again on"), today + timedelta(days=182), today + timedelta(days=1))
        self.until_name = self.ask(_tr("Look at it again on"), self.until)
        self.finish(
            _tr("Record it"),
            _tr(
                "Rights that wait for this count from now on, or count no more. From the day on which it is looked at"
                " again this finding counts no more, and from 16 the person is taken as able to decide. The person can"
                " see it. Kept with your name."
            ),
        )
        for group in (self._matters, self._found):
            group.buttonClicked.connect(lambda _button: self._of())
        self.again.toggled.connect(lambda _on: self._of())
        self._matters.buttons()[0].setChecked(True)
        self._of()
        self._matters.buttons()[0].setFocus()

    @property
    def decision(self) -> str:
        """The decision assessed; empty for who sees the record."""
        return self.matter.text().strip() if picked(self._matters) == "other" else ""

    @property
    def capable(self) -> bool:
        """Whether they can make it."""
        return picked(self._found) == "can"

    @property
    def looked_at_again(self) -> date | None:
        """The day on which it is looked at again; None for no such day."""
        return self.until.day if self.again.isChecked() else None

    def _choice(self, name: str, choices: dict[str, str]) -> QButtonGroup:
        return one_of(self, self.body, name, choices)

    def _of(self) -> None:
        other = picked(self._matters) == "other"
        for one in (self.matter_name, self.matter):
            one.setVisible(other)
        for day in (self.until, self.until_name):
            day.setVisible(self.again.isChecked())
        self.recheck()
        self.fit(look().px(680))

    def _matter_fault(self) -> str:
        if picked(self._matters) != "other" or len(self.matter.text().strip()) >= SHORTEST:
            return ""
        return _tr("Say which decision was assessed.")


class CompetenceDialog(Form):
    """Asks whether a child was found competent to decide about their record, and which of `names` they refuse;
    `refused` are those they refused before."""

    def __init__(
        self, called: str, by: str, names: Sequence[str], refused: Collection[str], parent: QWidget | None = None
    ) -> None:
        title = _tr("OneStory: whether a child can decide")
        super().__init__(title, _tr("Can this child decide about their record?"), called, parent)
        self.body.addWidget(
            Text(
                _tr(
                    "Gillick competence, from 11 to 15: they understand what is asked and what may follow. From 16 they"
                    " are taken as able to decide; whom they refuse is recorded here all the same."
                ),
                "secondary",
            )
        )
        self._found = one_of(
            self,
            self.body,
            _tr("What was found"),
            {"can": _tr("They can decide this"), "lacks": _tr("They cannot decide this yet")},
        )
        self.watch(self._found.buttons()[0], lambda: "" if picked(self._found) else _tr("Say what was found."))
        self.refuses_name = Text(_tr("Who they do not want to see their record"), "strong")
        self.body.addWidget(self.refuses_name)
        self._refused: dict[str, QCheckBox] = {}
        for name in names:
            box = QCheckBox(name.replace("&", "&&"))
            box.setAccessibleName(_tr("Does not agree that they see it: {name}").format(name=name))
            box.setChecked(name in refused)
            self._refused[name] = box
            self.body.addWidget(box)
        self.nobody = Text(_tr("Nobody has a right to act for them, so there is nobody to refuse."), "secondary")
        self.body.addWidget(self.nobody)
        self.body.addWidget(Text(_tr("Assessed by"), "strong"))
        self.body.addWidget(Text(_tr("{name}. Whoever made the assessment records it.").format(name=by)))
        self.finish(
            _tr("Record it"),
            _tr(
                "It takes the place of what was recorded before. Whoever they refuse sees nothing from now on, and is"
                " not told of this. The child can see it. Kept with your name."
            ),
        )
        self._found.buttonClicked.connect(lambda _button: self._of())
        self._of()
        self._found.buttons()[0].setFocus()

    @property
    def competent(self) -> bool:
        """Whether they can decide it."""
        return picked(self._found) == "can"

    @property
    def refused(self) -> tuple[str, ...]:
        """Whom they refuse."""
        return tuple(name for name, box in self._refused.items() if self.competent and box.isChecked())

    def _of(self) -> None:
        for box in (self.refuses_name, *self._refused.values()):
            box.setVisible(self.competent and bool(self._refused))
        self.nobody.setVisible(self.competent and not self._refused)
        self.recheck()
        self.fit(look().px(680))


def one_of(dialog: QWidget, column: QVBoxLayout, name: str, choices: dict[str, str]) -> QButtonGroup:
    """A choice of one of several under a name, each told with it; by their keys (`picked`)."""
    column.addWidget(Text(name, "strong"))
    group = QButtonGroup(dialog)
    for key, words in choices.items():
        made = QRadioButton(words)
        made.setProperty("key", key)
        made.setAccessibleName(f"{name}: {words}")
        group.addButton(made)
        column.addWidget(made)
    return group
