"""Records that somebody may act for a person: who, on which legal basis, shown by what, of what, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from consent.proxies import Basis, table
from desktop.dialogs.form import Form, chosen_in, said_in
from desktop.dialogs.lawful import kinds_grid
from desktop.models.tongue import ours
from desktop.rights import basis_words, lets_words
from desktop.theme.tokens import look
from desktop.widgets.date_field import DateField
from desktop.widgets.text import Text

EARLIEST = date(1990, 1, 1)
SHORTEST = 4
"""Letters that name evidence."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Rights", text)


class AllowDialog(Form):
    """Asks for a right to act for the person who is `called` so. `names` are the users who may be let act for them;
    `matters` the decisions of which something was found; of an `adult` nothing is said of birthdays."""

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
        self._adult = adult
        self.who = QComboBox()
        self.who.addItems(list(names))
        self.who.setPlaceholderText(_tr("Choose"))
        self.who.setCurrentIndex(0 if len(names) == 1 else -1)
        self.ask(_tr("Who acts for them"), self.who, chosen_in(self.who, _tr("Choose who acts for them.")))
        self.basis = QComboBox()
        for key, basis in table().bases.items():
            self.basis.addItem(ours(basis.name), key)
        self.basis.setPlaceholderText(_tr("Choose"))
        self.basis.setCurrentIndex(-1)
        self.ask(_tr("On which legal basis"), self.basis, self._basis_fault)
        self.means = Text("", "secondary")
        self.lets = Text("")
        self.body.addWidget(self.means)
        self.body.addWidget(self.lets)
        self.evidence = QLineEdit()
        self.evidence.setMaxLength(500)
        self.ask(_tr("What shows it"), self.evidence, said_in(self.evidence, _tr("Say what shows it."), SHORTEST))
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
        self.starts = DateField(_tr("From"), today, EARLIEST)
        self.ask(_tr("From"), self.starts)
        self.lasting = QCheckBox(_tr("Until it lapses by law, or somebody ends it"))
        self.lasting.setAccessibleName(self.lasting.text())
        self.lasting.setChecked(True)
        self.body.addWidget(self.lasting)
        self.ends = DateField(_tr("Its last day"), today, today)
        self.ends_name = self.ask(_tr("Its last day"), self.ends)
        self.finish(
            _tr("Record it"),
            _tr(
                "What your own keys do not open reaches them when a worker whose keys do next opens the record. The"
                " person can see the right under “People acting for me”, and end it. Kept with your name."
            ),
        )
        self.lasting.toggled.connect(lambda _on: self._days())
        self.starts.changed.connect(self._days)
        self.basis.currentIndexChanged.connect(lambda _row: self._of_basis())
        self.who.setFocus()
        self._days()
        self._of_basis()

    @property
    def chosen(self) -> Basis | None:
        """The legal basis chosen; None for none yet."""
        key = self.basis.currentData()
        return table().bases[key] if key else None

    @property
    def scope(self) -> tuple[str, ...]:
        """The kinds of information it is for; empty for all that its basis gives."""
        return tuple(key for key, box in self._kinds.items() if not box.isHidden() and box.isChecked())

    @property
    def until(self) -> date | None:
        """Its last day; None where it has none of its own."""
        return None if self.lasting.isChecked() else self.ends.day

    @property
    def decision(self) -> str:
        """Which decision it is for; empty where that is not asked, or for who sees the record."""
        return "" if self.matter.isHidden() else self.matter.text().strip()

    def _days(self) -> None:
        lasting, starts = self.lasting.isChecked(), self.starts.day
        for one in (self.ends, self.ends_name):
            one.setVisible(not lasting)
        self.ends.set_bounds(starts or EARLIEST, None)
        self.fit(look().px(720))

    def _of_basis(self) -> None:
        """Ask only what this basis needs, and say what it is."""
        basis = self.chosen
        self.means.setText(basis_words(basis) if basis else "")
        self.lets.setText(lets_words(basis, adult=self._adult) if basis else "")
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
        self.fit(look().px(720))

    def _basis_fault(self) -> str:
        basis = self.chosen
        if basis is None:
            return _tr("Choose the legal basis.")
        return _tr("On this basis nobody may act for them here.") if basis.during == "never" else ""

    def _kinds_fault(self) -> str:
        basis = self.chosen
        return _tr("Tick at least one kind of information.") if basis and basis.by_scope and not self.scope else ""
