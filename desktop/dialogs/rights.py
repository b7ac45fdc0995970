"""Records that somebody may act for a person: who, on which legal basis, shown by what, of what, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from consent.proxies import Basis, table
from desktop.dialogs.form import EARLIEST, Form, Term, chosen_in, said_in
from desktop.dialogs.lawful import kinds_grid
from desktop.models.tongue import ours
from desktop.rights import basis_words, lets_words
from desktop.widgets.text import Text

SHORTEST = 4
"""Letters that name evidence."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Rights", text)


class RightForm(Form):
    """Asks for a right to act among other things: call `ask_right` for its fields. `matters` are the decisions of which
    something was found; of an `adult` nothing is said of birthdays."""

    def ask_right(self, matters: Sequence[str], today: date, *, adult: bool) -> None:
        """Add the fields: on which basis, shown by what, for which decision, of what, and for how long."""
        self._adult, self.carer = adult, False
        self.basis = QComboBox()
        for key, basis in table().bases.items():
            self.basis.addItem(ours(basis.name), key)
        self.basis.setPlaceholderText(_tr("Choose"))
        self.basis.setCurrentIndex(-1)
        basis_name = self.ask(_tr("On which legal basis"), self.basis, self._basis_fault)
        self.means = Text("", "secondary")
        self.lets = Text("")
        self.body.addWidget(self.means)
        self.body.addWidget(self.lets)
        self.evidence = QLineEdit()
        self.evidence.setMaxLength(500)
        fault = said_in(self.evidence, _tr("Say what shows it."), SHORTEST)
        evidence_name = self.ask(_tr("What shows it"), self.evidence, fault)
        self._always: tuple[QWidget, ...] = (basis_name, self.basis, evidence_name, self.evidence)
        self.matter = QLineEdit()
        self.matter.setMaxLength(200)
        self.matter.setPlaceholderText(", ".join(matters))
        self.matter_name = self.ask(_tr("Which decision it is for (left empty: who sees their record)"), self.matter)
        self.kinds_name = Text("", "strong")
        self.body.addWidget(self.kinds_name)
        grid, self._kinds = kinds_grid(_tr("They may see: {name}"), table().never)
        self._holder = QWidget()
        self._holder.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(self._holder)
        self.watch(self._kinds["general"], self._kinds_fault)
        lasting = _tr("Until it lapses by law, or somebody ends it")
        self.term = Term(self, today, begins=_tr("From"), lasting=lasting, least=EARLIEST, width=720)
        self.basis.currentIndexChanged.connect(lambda _row: self.write_right())

    @property
    def chosen(self) -> Basis | None:
        """The legal basis chosen; None for none yet, and where no right is asked for."""
        key = self.basis.currentData() if self.term.asked else None
        return table().bases[key] if key else None

    @property
    def right(self) -> dict[str, Any] | None:
        """The right that was asked for, as what `Acting.allow` takes by name; None for none."""
        basis = self.chosen
        if basis is None:
            return None
        return {
            "basis": basis.key, "evidence": self.evidence.text(), "scope": self.scope, "matter": self.decision,
            "starts": self.term.starts.day, "ends": self.term.until,
        }  # fmt: skip

    @property
    def scope(self) -> tuple[str, ...]:
        """The kinds of information it is for; empty for all that its basis gives."""
        return tuple(key for key, box in self._kinds.items() if not box.isHidden() and box.isChecked())

    @property
    def decision(self) -> str:
        """Which decision it is for; empty where that is not asked, or for who sees the record."""
        return "" if self.matter.isHidden() else self.matter.text().strip()

    def write_right(self) -> None:
        """Ask only what this basis needs, and say what it is; nothing where the term is not `asked`."""
        basis = self.chosen
        for part in self._always:
            part.setVisible(self.term.asked)
        self.means.setText(basis_words(basis) if basis else "")
        self.lets.setText(lets_words(basis, adult=self._adult, carer=self.carer) if basis else "")
        for text in (self.means, self.lets):
            text.setVisible(basis is not None)
        self.basis.setAccessibleDescription(f"{self.means.text()} {self.lets.text()}".strip())
        self.evidence.setPlaceholderText(ours(basis.needs) if basis else "")
        deciding = basis is not None and basis.during == "lacking"
        for one in (self.matter_name, self.matter):
            one.setVisible(deciding)
        seen = basis.sees - table().never if basis is not None and basis.during != "never" else frozenset()
        for key, box in self._kinds.items():
            box.setVisible(key in seen)
        asked = len(seen) > 1 or bool(basis and basis.by_scope and seen)
        for part in (self.kinds_name, self._holder):
            part.setVisible(asked)
        by_scope = basis is not None and basis.by_scope
        every = _tr("Only these kinds of information (nothing ticked: all that it gives)")
        self.kinds_name.setText(_tr("Which kinds of information") if by_scope else every)
        self.term.write()

    def _basis_fault(self) -> str:
        basis = self.chosen
        if basis is None:
            return _tr("Choose the legal basis.")
        return _tr("On this basis nobody may act for them here.") if basis.during == "never" else ""

    def _kinds_fault(self) -> str:
        basis = self.chosen
        return _tr("Tick at least one kind of information.") if basis and basis.by_scope and not self.scope else ""


class AllowDialog(RightForm):
    """Asks for a right to act for the person who is `called` so. `names` are the users who may be let act for them."""

    def __init__(
        self,
        called: str,
        names: Sequence[str],
        matters: Sequence[str],
        today: date,
        parent: QWidget | None = None,
        *,
        adult: bool = False,
    ) -> None:
        title = _tr("OneStory: a right to act")
        super().__init__(title, _tr("Who may act for this person?"), called, parent)
        self.who = QComboBox()
        self.who.addItems(list(names))
        self.who.setPlaceholderText(_tr("Choose"))
        self.who.setCurrentIndex(0 if len(names) == 1 else -1)
        self.ask(_tr("Who acts for them"), self.who, chosen_in(self.who, _tr("Choose who acts for them.")))
        self.ask_right(matters, today, adult=adult)
        self.finish(
            _tr("Record it"),
            _tr(
                "What your own keys do not open reaches them when a worker whose keys do next opens the record. The"
                " person can see the right under “People acting for me”, and end it. Kept with your name."
            ),
        )
        self.who.setFocus()
        self.write_right()
