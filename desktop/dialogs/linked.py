"""Adds as a user somebody who is, or acts for, one person: who they are, by which right, and what they sign in with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from desktop.dialogs.form import said_in
from desktop.dialogs.keys import LEAST
from desktop.dialogs.rights import RightForm
from desktop.models.words import role
from desktop.widgets.text import Text, notice

OFFERED = ("proxy", "carer", "person")
"""What they can be, the most usual first."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Linked", text)


class LinkedDialog(RightForm):
    """Asks who is to be added for the record of the person who is `called` so. `taken` are the names of the users
    there are, `themself` that of whoever is this person already (empty: nobody); `recovery`: the recovery key is asked
    for."""

    def __init__(
        self,
        called: str,
        taken: Sequence[str],
        themself: str,
        matters: Sequence[str],
        today: date,
        parent: QWidget | None = None,
        *,
        adult: bool,
        recovery: bool,
    ) -> None:
        super().__init__(_tr("OneStory: users and keys"), _tr("Who is added for this person’s record?"), called, parent)
        self._taken, self._themself = frozenset(map(str.casefold, taken)), themself
        self.what = QComboBox()
        for key in OFFERED:
            self.what.addItem(_tr("The person themself") if key == "person" else role(key), key)
        self.ask(_tr("What they are"), self.what, self._what_fault)
        self._of_role = Text("", "secondary")
        self.body.addWidget(self._of_role)
        self.name = _line()
        self.ask(_tr("Their name"), self.name, self._name_fault)
        self.ask_right(matters, today, adult=adult)
        self.passphrase = _line(_tr("8 letters or more"), secret=True)
        self.ask(
            _tr("A passphrase for them"),
            self.passphrase,
            said_in(self.passphrase, _tr("A passphrase has 8 letters or more."), LEAST),
        )
        self.again = _line(secret=True)
        self.ask(_tr("The same passphrase again"), self.again, self._again_fault)
        self._key = _line(_tr("14 groups of four, as it was printed"), secret=True)
        if recovery:
            self.ask(_tr("The recovery key"), self._key, said_in(self._key, _tr("Type the recovery key.")))
        self.body.addWidget(notice(_tr("Tell them their passphrase yourself, and nobody else. They can change it.")))
        self.finish(
            _tr("Add them"),
            _tr(
                "They read nothing of anybody else. What your own keys do not open reaches them when a worker whose"
                " keys do next opens the record. The person can see who acts for them. Kept with your name."
            ),
        )
        self.what.currentIndexChanged.connect(lambda _row: self._of_what())
        self.what.setFocus()
        self._of_what()

    @property
    def kind(self) -> str:
        """Their role: that of a person, proxy or carer."""
        return str(self.what.currentData())

    @property
    def recovery_key(self) -> str:
        """What was typed as the recovery key; empty where it was not asked for."""
        return self._key.text().strip()

    def _of_what(self) -> None:
        """The person themself needs no right."""
        self._of_role.setText(
            {
                "proxy": _tr("They read what their right opens and, where it says so, choose for the person."),
                "carer": _tr("They read what their right opens and add what they see. A carer never chooses."),
                "person": _tr(
                    "They read their own record, but for what the law keeps from them, and choose who sees it."
                ),
            }[self.kind]
        )
        self.what.setAccessibleDescription(self._of_role.text())
        self.carer = self.kind == "carer"
        self.term.asked = self.kind != "person"
        self.write_right()

    def _what_fault(self) -> str:
        if self.kind != "person" or not self._themself:
            return ""
        return _tr("They are a user here already: {name}.").format(name=self._themself)

    def _name_fault(self) -> str:
        name = self.name.text().strip()
        if not name:
            return _tr("Say what they are called.")
        return _tr("There is a user of this name already.") if name.casefold() in self._taken else ""

    def _again_fault(self) -> str:
        same = self.passphrase.text() == self.again.text()
        return "" if same else _tr("It is not the same passphrase.")


def _line(hint: str = "", *, secret: bool = False) -> QLineEdit:
    made = QLineEdit()
    made.setMaxLength(200)
    made.setPlaceholderText(hint)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made
