"""Sign in: choose a user, type the passphrase or let the keyring open it, and say in which of several posts.

One sentence for every wrong answer; nothing of any person here. Who has several posts is known only once the
passphrase was right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.models.voice import Voice
from desktop.models.words import post_words
from desktop.reports import UserRow
from desktop.session import Session
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button


class SignIn(QWidget):
    """The first screen, and the one a lock returns to."""

    done = Signal()
    wants_backup = Signal()

    def __init__(
        self,
        session: Session,
        last_post: Callable[[str], str] = lambda _user: "",
        easy: Callable[[str], bool] = lambda _user: False,
    ) -> None:
        """`last_post` gives the id of the post that a user worked in last, or nothing; `easy` says who is told in Easy
        Read what went wrong, of an empty name as of whoever came last."""
        super().__init__()
        self._session, self._last_post, self._easy = session, last_post, easy
        self._keyring_users: frozenset[str] = frozenset()
        self._by_keyring = False
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
        self._forget()
        self._say("")
        self._session.user_names(self._show_users, self._no_users)
        self._session.keyring_users(self._show_keyring, lambda _words: self._show_keyring(()))

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
        self.post = QComboBox()
        self.post.setAccessibleName(self.tr("Working as"))
        self._post_caption = _caption(self.tr("Working as"), self.post)
        column.addSpacing(gap(8))
        column.addWidget(self._post_caption)
        column.addWidget(self.post)
        self.user.currentTextChanged.connect(lambda _name: self._other_user())
        self._ask_post(())
        self.wrong = Text("", "danger")
        self.wrong.hide()
        column.addWidget(self.wrong)
        column.addSpacing(gap(10))
        self.enter = button(self.tr("Sign in"), "primary", self._try)
        self.post.installEventFilter(self)
        column.addWidget(self.enter)
        self.keyring = button(self.tr("Sign in with this computer’s keyring"), "", self._try_keyring)
        self.keyring.setAutoDefault(True)  # Enter presses it where it has the focus
        self.keyring.hide()
        column.addWidget(self.keyring)
        self.put_back = button(self.tr("Put a backup back…"), "", self.wants_backup.emit)
        self.put_back.hide()
        column.addWidget(self.put_back)
        return card

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if watched is self.post and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._try()
            return True
        if watched is self.passphrase:
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
        self.put_back.hide()
        (self.passphrase if names else self.user).setFocus()

    def _no_users(self, words: str) -> None:
        """No vault opens here, as on a new computer: a backup may be brought."""
        self._say(words)
        self.put_back.show()

    def _show_keyring(self, names: Sequence[str]) -> None:
        self._keyring_users = frozenset(names)
        self._offer_keyring()

    def _offer_keyring(self) -> None:
        self.keyring.setVisible(self.user.currentText() in self._keyring_users)

    def _other_user(self) -> None:
        self._forget()
        self._offer_keyring()

    def _try_keyring(self) -> None:
        self._forget()
        self._by_keyring = True
        self._try()

    def _try(self) -> None:
        if not self.enter.isEnabled():
            return
        self._say("")
        self.wait()
        user, post = self.user.currentText(), self.post.currentData() or ""
        typed = self.passphrase.text()
        passphrase = None if self._by_keyring and not typed else typed
        self._session.sign_in(user, passphrase, self._refused, post=post, several=partial(self._choose, user))

    def _choose(self, user: str, posts: Sequence[UserRow]) -> None:
        """The vault opened: ask which post, the last one first chosen. A passphrase stays typed until this is said."""
        self._stop_waiting()
        if user != self.user.currentText():
            return
        self._ask_post(posts)
        self.post.setCurrentIndex(max(0, self.post.findData(self._last_post(user))))
        self.enter.setText(self.tr("Start work"))
        self.post.setFocus()

    def _ask_post(self, posts: Sequence[UserRow]) -> None:
        self.post.clear()
        for one in posts:
            self.post.addItem(post_words(one.role, one.organisation), one.post)
        for widget in (self.post, self._post_caption):
            widget.setVisible(bool(posts))

    def _forget(self) -> None:
        """What was typed, and what was found out about whoever typed it."""
        self.passphrase.clear()
        self._by_keyring = False
        self._ask_post(())

    def wait(self) -> None:
        """Somebody is being let in: nothing can be pressed until they are, or are refused."""
        self.enter.setEnabled(False)
        self.keyring.setEnabled(False)
        self.enter.setText(self.tr("Opening…"))

    def reset(self) -> None:
        """Ready for the next user, with nothing of the one before."""
        self._forget()
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        self.enter.setEnabled(True)
        self.keyring.setEnabled(True)
        self.enter.setText(self.tr("Sign in"))
        self.caps.hide()

    def _refused(self, words: str) -> None:
        self.reset()
        self._say(words)
        self.passphrase.setFocus()

    def _say(self, words: str) -> None:
        self.wrong.setText(Voice(easy=self._easy(self.user.currentText())).error(words) if words else "")
        self.wrong.setVisible(bool(words))


def _caption(words: str, of: QWidget) -> Text:
    made = Text(words, "strong", wrap=False)
    made.setBuddy(of)
    return made
