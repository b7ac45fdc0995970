"""The strips around every screen: the navy bar on top, the test-data strip, the status line below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout

from consent.acting import place
from desktop.models.words import post_words, role
from desktop.reports import UserRow
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button


class TopBar(QFrame):
    """The product's name, find a person, find in the record, why it is open, who is signed in, menu and lock.

    Who works in several posts has a button with the others, where everyone else has words.
    """

    wants_post = Signal(object)
    """Another post of the user who is signed in: a `UserRow`."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        gap = look().gap
        row = QHBoxLayout(self)
        row.setContentsMargins(gap(18), gap(7), gap(18), gap(7))
        row.setSpacing(gap(12))
        row.addWidget(Text("OneStory", "brand", wrap=False))
        self.find_button: QPushButton = button("", "search", name=self.tr("Find a person"))
        row.addWidget(self.find_button)
        self.find_inside: QPushButton = button("", "search", name=self.tr("Find in this record"))
        row.addWidget(self.find_inside)
        row.addStretch(1)
        self.why: QPushButton = button("", name=self.tr("Why this record is open"))
        row.addWidget(self.why)
        self.who = Text("", wrap=False)
        row.addWidget(self.who)
        self.post: QPushButton = button("", name=self.tr("Working as"))
        self._posts_menu = QMenu(self.post)
        self.post.setMenu(self._posts_menu)
        row.addWidget(self.post)
        self.menu: QPushButton = button(self.tr("&Menu"), name=self.tr("Menu"))
        row.addWidget(self.menu)
        self.lock: QPushButton = button("", name=self.tr("Lock and switch user"))
        row.addWidget(self.lock)
        self._user: UserRow | None = None
        self._several = False
        self._why = ""
        self._write()

    def show_user(self, user: UserRow | None, posts: Sequence[UserRow] = ()) -> None:
        """Say who is signed in, or show only the name of the product and the menu. `posts` are all of theirs."""
        self._user, self._several = user, len(posts) > 1
        self._posts_menu.clear()
        for one in posts if self._several else ():
            action = self._posts_menu.addAction(post_words(one.role, one.organisation).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(one == user)
            action.triggered.connect(lambda _checked=False, one=one: self.wants_post.emit(one))
        self._write()

    def show_why(self, words: str) -> None:
        """Say why the record is open; nothing when none is."""
        self._why = words
        self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._write()

    def _write(self) -> None:
        """Write in full where there is room; where not, leave out the keys and the organisation."""
        user = self._user
        self.find_button.setVisible(user is not None and user.finds)
        self.lock.setVisible(user is not None)
        self.who.setVisible(user is not None and not self._several)
        self.post.setVisible(user is not None and self._several)
        self.why.setVisible(bool(self._why))
        self.find_inside.setVisible(bool(self._why))
        roomy = self.width() >= look().px(1120)
        self._write_words(roomy=roomy)
        layout = self.layout()
        if roomy and layout is not None and layout.sizeHint().width() > self.width():
            self._write_words(roomy=False)

    def _write_words(self, *, roomy: bool) -> None:
        user = self._user
        self.find_button.setText(self.tr("Find a person   Ctrl+O") if roomy else self.tr("Find"))
        self.find_button.setMinimumWidth(look().px(230) if roomy and not self._why else 0)
        self.find_inside.setText(self.tr("Find in this record   Ctrl+F") if roomy else self.tr("In this record"))
        self.lock.setText(self.tr("Lock   Ctrl+L") if roomy else self.tr("Lock"))
        why = self._why if roomy else self._why.partition(": ")[2]
        self.why.setText(why.replace("&", "&&"))
        self.why.setAccessibleDescription(self._why)
        where = place(user.role, user.organisation) if user else ""
        full = post_words(user.role, where or user.name) if user else ""
        short = full if roomy or user is None else role(user.role)
        self.who.setText(short)
        self.who.setAccessibleName(full)
        self.post.setText(f"{short.replace('&', '&&')}  ▾")
        self.post.setAccessibleDescription(full)


class TestDataStrip(QFrame):
    """Said on every screen of a vault that is marked as holding test data."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "testdata")
        gap = look().gap
        row = QVBoxLayout(self)
        row.setContentsMargins(gap(18), gap(3), gap(18), gap(3))
        said = Text(self.tr("TEST DATA · invented people only"))
        said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(said)


class StatusLine(QFrame):
    """What this copy is, how fresh what is shown is, and that this is a prototype."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "status")
        gap = look().gap
        row = QHBoxLayout(self)
        row.setContentsMargins(gap(18), gap(4), gap(18), gap(4))
        row.setSpacing(gap(20))
        row.addWidget(Text(self.tr("● Offline copy, sealed"), wrap=False))
        self._newest = Text("", wrap=False)
        row.addWidget(self._newest)
        row.addStretch(1)
        row.addWidget(Text(self.tr("Prototype: shows records, gives no advice"), wrap=False))
        self._facts: list[str] = []

    def show_facts(self, facts: list[str]) -> None:
        """Show how fresh each kind of service is, where there is room; the Sources page always says it."""
        self._facts = facts
        self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._write()

    def _write(self) -> None:
        words = self.tr("Newest shown:  {facts}").format(facts="   ".join(self._facts)) if self._facts else ""
        room = self.width() - look().px(480)
        self._newest.setText(words if self._newest.fontMetrics().horizontalAdvance(words) <= room else "")
