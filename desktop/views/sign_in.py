"""Sign in: choose a user, type the passphrase. One sentence for every wrong answer; nothing of any person here."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.session import Session
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button


class SignIn(QWidget):
    """The first screen, and the one a lock returns to."""

    done = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setProperty("role", "page")
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._card())
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addSpacing(gap(16))
        said = Text(self.tr("This copy works offline and is sealed. Every access to a record is logged."), "secondary")
        said.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        outer.addWidget(said)
        outer.addStretch(3)

    def start(self) -> None:
        """Ask the vault who may sign in and put the cursor where it is needed."""
        self.passphrase.clear()
        self._say("")
        self._session.user_names(self._show_users, self._say)

    def _card(self) -> QFrame:
        px, gap = look().px, look().gap
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(px(460))
        column = QVBoxLayout(card)
        column.setContentsMargins(gap(32), gap(28), gap(32), gap(28))
        column.setSpacing(gap(6))
        column.addWidget(Text(self.tr("Sign in"), "title"))
        column.addWidget(Text(self.tr("Health and care records as one story"), "secondary"))
        column.addSpacing(gap(14))
        self.user = QComboBox()
        self.user.setAccessibleName(self.tr("Who you are"))
        column.addWidget(_caption(self.tr("Who you are"), self.user))
        column.addWidget(self.user)
        column.addSpacing(gap(8))
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName(self.tr("Passphrase"))
        self.passphrase.installEventFilter(self)
        self.passphrase.returnPressed.connect(self._try)
        column.addWidget(_caption(self.tr("Passphrase"), self.passphrase))
        column.addWidget(self.passphrase)
        self.caps = Text(self.tr("Caps Lock seems to be on"), "warning")
        self.caps.hide()
        column.addWidget(self.caps)
        self.wrong = Text("", "danger")
        self.wrong.hide()
        column.addWidget(self.wrong)
        column.addSpacing(gap(10))
        self.enter = button(self.tr("Sign in"), "primary", self._try)
        column.addWidget(self.enter)
        return card

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self.passphrase and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_CapsLock:
                self.caps.hide()
            elif event.text().isalpha():
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.caps.setVisible(event.text().isupper() != shift and event.text().upper() != event.text().lower())
        return super().eventFilter(watched, event)

    def _show_users(self, names: list[str]) -> None:
        before = self.user.currentText()
        self.user.clear()
        self.user.addItems(names)
        if before in names:
            self.user.setCurrentText(before)
        (self.passphrase if names else self.user).setFocus()

    def _try(self) -> None:
        if not self.enter.isEnabled():
            return
        self._say("")
        self.enter.setEnabled(False)
        self.enter.setText(self.tr("Opening…"))
        self._session.sign_in(self.user.currentText(), self.passphrase.text(), self._refused)
        self.passphrase.clear()

    def reset(self) -> None:
        """Ready for the next user."""
        self.enter.setEnabled(True)
        self.enter.setText(self.tr("Sign in"))
        self.caps.hide()

    def _refused(self, words: str) -> None:
        self.reset()
        self._say(words)
        self.passphrase.setFocus()

    def _say(self, words: str) -> None:
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))


def _caption(words: str, of: QWidget) -> Text:
    made = Text(words, "strong", wrap=False)
    made.setBuddy(of)
    return made
