"""Why do you need to see this record? Asked when a person is opened; one key answers.

Enter takes what is chosen; 1 to 4 say how the person is known and open at once. The answer lasts while this user stays
signed in, for this person alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from consent.request import PURPOSES, Relationship
from desktop.dialogs.frame import Framed
from desktop.models.tongue import Said, tr
from desktop.models.words import day, nhs_number
from desktop.reports import PersonRow
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button, notice

OFFERED = ("TREAT", "CAREMGT", "ETREAT", "PATRQT", "HOPERAT")
RELATIONSHIP_WORDS: Said[str] = Said(
    {
        "present": "The person is with me now",
        "caseload": "The person is on my caseload",
        "registered": "The person is registered with us",
        "referred": "The person was referred to us",
        "self-claimed": "Something else; I will say what below",
    }
)
SHORT_RELATIONSHIP: Said[str] = Said(
    {
        "present": "with me now",
        "caseload": "on my caseload",
        "registered": "registered with us",
        "referred": "referred to us",
        "self-claimed": "as I said",
        "none": "no relationship",
    }
)


def why_words(purpose: str, relationship: str) -> str:
    """Why a record is open, for the bar: "Why: direct care, on my caseload"."""
    known = SHORT_RELATIONSHIP.get(relationship, relationship)
    why = tr(PURPOSES.get(purpose, purpose)).lower()
    return tr("Why: {purpose}, {relationship}").format(purpose=why, relationship=known)


class ReasonDialog(Framed):
    """Purpose, relationship and, where wanted, the reader's own words."""

    def __init__(self, person: PersonRow, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("Dialogs", "OneStory: why do you need this record?"), parent)
        self.setModal(True)
        px, gap = look().px, look().gap
        column = self.body
        column.addWidget(Text(self.tr("Why do you need this record?"), "title"))
        facts = [person.name, self.tr("born {date}").format(date=day(person.birth_date) or self.tr("not recorded"))]
        if person.nhs_number:
            facts.append(self.tr("NHS number {number}").format(number=nhs_number(person.nhs_number)))
        column.addWidget(Text(" · ".join(facts), "lead"))
        if person.possible_matches:
            column.addWidget(
                notice(self.tr("Someone else here may be the same person. They are kept apart."), "warning")
            )
        column.addSpacing(gap(6))
        columns = QHBoxLayout()
        columns.setSpacing(gap(24))
        self._purpose = QButtonGroup(self)
        self._relationship = QButtonGroup(self)
        columns.addLayout(
            self._choice(self.tr("What for"), self._purpose, {key: tr(PURPOSES[key]) for key in OFFERED}), 2
        )
        columns.addLayout(self._choice(self.tr("How you know the person"), self._relationship, RELATIONSHIP_WORDS), 3)
        column.addLayout(columns)
        column.addSpacing(gap(4))
        words = Text(self.tr("In your own words (if you want to add something)"), "strong")
        self.reason = QLineEdit()
        self.reason.setAccessibleName(self.tr("Reason in your own words"))
        self.reason.setMaxLength(500)
        words.setBuddy(self.reason)
        column.addWidget(words)
        column.addWidget(self.reason)
        column.addSpacing(gap(4))
        column.addWidget(
            notice(self.tr("This will be recorded, and the person can see it: who looked, when, and why."))
        )
        column.addSpacing(gap(8))
        self.buttons.addWidget(button(self.tr("Cancel   Esc"), "", self.reject, self.tr("Cancel")))
        self.open_button = button(
            self.tr("Open the record   Enter"), "primary", self.accept, self.tr("Open the record")
        )
        self.open_button.setDefault(True)
        self.buttons.addWidget(self.open_button)
        self._choose(self._purpose, "TREAT")
        self._choose(self._relationship, "present")
        self._purpose.buttons()[0].setFocus()
        self.fit(px(700))

    @property
    def purpose(self) -> str:
        """The purpose chosen, a key of `consent.request.PURPOSES`."""
        return _chosen(self._purpose)

    @property
    def relationship(self) -> Relationship:
        """The relationship chosen."""
        return cast(Relationship, _chosen(self._relationship))

    def accept(self) -> None:
        """Open the record, unless a reason is still owed."""
        if self.relationship == "self-claimed" and not self.reason.text().strip():
            self.reason.setPlaceholderText(self.tr("Please say how you know the person"))
            self.reason.setFocus()
            return
        super().accept()

    def remember(self, purpose: str, relationship: str) -> None:
        """Start from what was said for this same person before."""
        self._choose(self._purpose, purpose)
        self._choose(self._relationship, relationship)

    def _choice(self, title: str, group: QButtonGroup, words: Mapping[str, str]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(look().gap(2))
        column.addWidget(Text(title, "strong"))
        numbered = group is self._relationship
        for number, (key, text) in enumerate(words.items(), start=1):
            choice = QRadioButton(f"{number}   {text}" if numbered and number < len(words) else text)
            choice.setProperty("key", key)
            choice.setAccessibleName(f"{title}: {text}")
            group.addButton(choice)
            column.addWidget(choice)
        column.addStretch(1)
        return column

    @staticmethod
    def _choose(group: QButtonGroup, key: str) -> None:
        for choice in group.buttons():
            if choice.property("key") == key:
                choice.setChecked(True)

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        key = getattr(event, "key", lambda: None)()
        number = int(key) - int(Qt.Key.Key_1) if key is not None else -1
        choices = self._relationship.buttons()
        if 0 <= number < len(choices) - 1 and not self.reason.hasFocus():
            choices[number].setChecked(True)
            self.accept()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accept()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]


def _chosen(group: QButtonGroup) -> str:
    choice = group.checkedButton()
    return str(choice.property("key")) if choice is not None else ""
