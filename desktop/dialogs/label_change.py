"""Change what an entry is labelled as, or take a decision back: always with a reason, which the person can read."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QWidget

from consent.categories import categories
from desktop.dialogs.frame import Framed
from desktop.label_review import LabelRow
from desktop.models.tongue import ours
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button, notice


class LabelDialog(Framed):
    """Categories to tick and a reason; with `withdraw`, a reason only."""

    def __init__(self, row: LabelRow, parent: QWidget | None = None, *, withdraw: bool = False) -> None:
        super().__init__(QCoreApplication.translate("LabelDialog", "OneStory: labels of an entry"), parent)
        self.setModal(True)
        gap, column = look().gap, self.body
        title = self.tr("Take the decision back?") if withdraw else self.tr("What is this about?")
        column.addWidget(Text(title, "title"))
        column.addWidget(Text(row.title, "lead"))
        if row.also:
            words = self.tr("It is about the whole record it comes from: further lines of it change too.")
            column.addWidget(notice(words))
        self._boxes: dict[str, QCheckBox] = {}
        if not withdraw:
            grid = QGridLayout()
            grid.setHorizontalSpacing(gap(24))
            for n, (key, category) in enumerate(categories().items()):
                box = QCheckBox(ours(category.name))
                box.setChecked(key in row.categories)
                box.setToolTip(ours(category.words))
                box.toggled.connect(self._check)
                self._boxes[key] = box
                grid.addWidget(box, n // 2, n % 2)
            column.addLayout(grid)
            column.addWidget(Text(self.tr("Whoever reads it must be permitted all that you tick."), "secondary"))
        label = Text(self.tr("Why (the person can read this)"), "strong")
        self.reason = QLineEdit()
        self.reason.setAccessibleName(self.tr("Reason for the change, which the person can read"))
        self.reason.setMaxLength(500)
        self.reason.textChanged.connect(self._check)
        label.setBuddy(self.reason)
        column.addWidget(label)
        column.addWidget(self.reason)
        column.addWidget(
            notice(
                self.tr("It is signed and logged, and holds when the record is imported again, until it is taken back.")
            )
        )
        self.buttons.addWidget(button(self.tr("Cancel   Esc"), "", self.reject, self.tr("Cancel")))
        words = self.tr("Take back   Enter") if withdraw else self.tr("Set these labels   Enter")
        self.done_button = button(words, "primary", self.accept, words.partition("   ")[0])
        self.done_button.setDefault(True)
        self.buttons.addWidget(self.done_button)
        self._check()
        self.reason.setFocus()
        self.fit(look().px(620))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Keys of the categories that are ticked."""
        return tuple(sorted(key for key, box in self._boxes.items() if box.isChecked()))

    def _check(self) -> None:
        self.done_button.setEnabled(bool(self.reason.text().strip()) and (bool(self.chosen) or not self._boxes))
