"""Answering a person's request to correct something: what was done, and a few words that they read."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.dialogs.frame import Framed
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button


class CorrectionDialog(Framed):
    """The form. `answered` gets whether it was corrected, and the words."""

    def __init__(self, wrong: str, answered: Callable[[bool, str], None], parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("Dialogs", "OneStory: answer a request to correct"), parent)
        self._answered = answered
        self.body.addWidget(Text(self.tr("The person asked for this to be corrected"), "heading"))
        self.body.addWidget(Text(f"“{wrong}”"))
        self.body.addWidget(
            Text(
                self.tr(
                    "Correct it in your own system first; this copy follows it. What you write here the person reads."
                ),
                "secondary",
            )
        )
        self.words = QPlainTextEdit()
        self.words.setAccessibleName(self.tr("Your answer"))
        self.words.setTabChangesFocus(True)
        self.words.setMinimumHeight(look().px(90))
        self.words.textChanged.connect(self._enable)
        self.body.addWidget(self.words)
        self.made = button(self.tr("It was corrected"), "primary", lambda: self._done(True))
        self.refused = button(self.tr("It stays as it is"), "", lambda: self._done(False))
        for one in (self.made, self.refused):
            self.buttons.addWidget(one)
        self.buttons.addWidget(button(self.tr("Cancel   Esc"), "", self.close, self.tr("Cancel")))
        self._enable()
        self.fit(look().px(600))

    def _enable(self) -> None:
        for one in (self.made, self.refused):
            one.setEnabled(bool(self.words.toPlainText().strip()))

    def _done(self, corrected: bool) -> None:
        words = self.words.toPlainText()
        self.words.clear()
        self.accept()
        self._answered(corrected, words)
