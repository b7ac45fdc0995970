"""Some things are not shown: what to do. Ask the person first; in an emergency, open what is withheld for a time.

Says as far as may be said what is withheld, how to ask, what emergency access opens and what stays closed, and what
will be recorded. Names nothing that is withheld: the words are the same on every record.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from consent.overrides import EMERGENCY, SHORTEST_REASON, table
from desktop.dialogs.frame import Framed
from desktop.models.words import plural
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button, notice

HOURS = (1, 2, 4)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Emergency", text)


def reasons() -> dict[str, str]:
    """Usual reasons, to choose by one key; the last wants words of one's own."""
    return {
        "unconscious": _tr("The person is unconscious or cannot answer"),
        "danger": _tr("Someone's life or health is in danger now"),
        "other": _tr("Something else; I will say what below"),
    }


class EmergencyDialog(Framed):
    """Asks for the reason and the time. `entitled` says whether this user's role may use emergency access at all; where
    it may not, the dialog only tells what to do."""

    def __init__(self, called: str, parent: QWidget | None = None, *, entitled: bool) -> None:
        super().__init__(_tr("OneStory: some things may not be shown to you"), parent)
        self.setModal(True)
        gap = look().gap
        column = self.body
        column.addWidget(Text(_tr("Some things may not be shown to you"), "title"))
        column.addWidget(Text(called, "lead"))
        self._tell(
            _tr("Ask the person first"),
            _tr(
                "What is not shown follows from what your role needs, from what the person has chosen, or from the law."
                " The person can let you see more, for now or for good, in their choices. You may ask them."
            ),
        )
        self.reason, self._reasons, self._hours = QLineEdit(), QButtonGroup(self), QButtonGroup(self)
        self.asked = QCheckBox(_tr("I have asked the person, or they cannot be asked"))
        if entitled:
            self._ask_for_access()
        else:
            column.addWidget(
                notice(_tr("Your role does not have emergency access. Ask a clinician or an ambulance crew."))
            )
        column.addSpacing(gap(8))
        self.buttons.addWidget(button(_tr("Cancel   Esc"), "", self.reject, _tr("Cancel")))
        if entitled:
            self.open_button = button(
                _tr("Open in an emergency"), "danger", self.accept, _tr("Open what is withheld, in an emergency")
            )
            self.buttons.addWidget(self.open_button)
        self.fit(look().px(720))

    @property
    def words(self) -> str:
        """The reason, as it will be kept."""
        chosen = self._reasons.checkedButton()
        key = str(chosen.property("key")) if chosen is not None else ""
        usual = "" if key in ("", "other") else reasons()[key]
        return ": ".join(part for part in (usual, self.reason.text().strip()) if part)

    @property
    def hours(self) -> int:
        """For how long."""
        chosen = self._hours.checkedButton()
        return int(chosen.property("key")) if chosen is not None else HOURS[0]

    def accept(self) -> None:
        """Go on, unless a reason, or having asked, is still owed."""
        if len(self.words) < SHORTEST_REASON:
            self.missing.setText(_tr("Please say in a few words why this is needed."))
            self.reason.setFocus()
            return
        if not self.asked.isChecked():
            self.missing.setText(_tr("Please say that the person was asked, or cannot be asked."))
            self.asked.setFocus()
            return
        super().accept()

    def _ask_for_access(self) -> None:
        kind = table().kinds[EMERGENCY]
        column = self.body
        self._tell(
            _tr("In an emergency"),
            _tr(
                "You may look for a short time at what is withheld. Allergies, medicines, problems, resuscitation"
                " decisions and alerts come first. What the person has closed even to emergencies stays closed, and so"
                " does what the law keeps from your role."
            ),
        )
        self._choice(_tr("Why"), self._reasons, reasons())
        words = Text(_tr("In your own words"), "strong")
        self.reason.setAccessibleName(_tr("Why emergency access is needed, in your own words"))
        self.reason.setMaxLength(500)
        words.setBuddy(self.reason)
        column.addWidget(words)
        column.addWidget(self.reason)
        self._choice(
            _tr("For how long"),
            self._hours,
            {str(hours): plural(hours, "hour") for hours in HOURS},
        )
        self._hours.buttons()[0].setChecked(True)
        self.asked.setAccessibleName(self.asked.text())
        column.addWidget(self.asked)
        recorded = _tr(
            "Recorded at once: your name, role and organisation, the time, your reason, and everything you are shown."
            " The person is told. The privacy office reviews it within {days} days."
        ).replace("{days}", str(kind.review_days))
        column.addWidget(notice(recorded, "warning"))
        self.missing = Text("", "strong", tone="danger")
        self.missing.setAccessibleName(_tr("What is still missing"))
        column.addWidget(self.missing)

    def _tell(self, heading: str, words: str) -> None:
        self.body.addSpacing(look().gap(4))
        self.body.addWidget(Text(heading, "strong"))
        self.body.addWidget(Text(words))

    def _choice(self, title: str, group: QButtonGroup, words: dict[str, str]) -> None:
        column = QVBoxLayout()
        column.setSpacing(look().gap(2))
        column.addWidget(Text(title, "strong"))
        for key, text in words.items():
            choice = QRadioButton(text)
            choice.setProperty("key", key)
            choice.setAccessibleName(f"{title}: {text}")
            group.addButton(choice)
            column.addWidget(choice)
        self.body.addLayout(column)
