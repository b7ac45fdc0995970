"""The strips around every screen: the navy bar on top, the test-data strip, the status line below."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.models.words import role
from desktop.reports import UserRow
from desktop.theme.tokens import look
from desktop.widgets.layouts import FlowLayout
from desktop.widgets.text import Text, button


class TopBar(QFrame):
    """The product's name, find, why the record is open, who is signed in, menu and lock."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        px = look().px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(18), px(7), px(18), px(7))
        row.setSpacing(px(12))
        row.addWidget(Text("OneStory", "brand", wrap=False))
        self.find: QPushButton = button(self.tr("Find a person   Ctrl+K"), "search", name=self.tr("Find a person"))
        self.find.setMinimumWidth(px(230))
        row.addWidget(self.find)
        row.addStretch(1)
        self.why: QPushButton = button("", name=self.tr("Why this record is open"))
        row.addWidget(self.why)
        self.who = Text("", wrap=True)
        self.who.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.who.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.who, 1)
        self.menu: QPushButton = button(self.tr("&Menu"), name=self.tr("Menu"))
        row.addWidget(self.menu)
        self.lock: QPushButton = button(self.tr("Lock   Ctrl+L"), name=self.tr("Lock and switch user"))
        row.addWidget(self.lock)
        self.show_user(None)
        self.show_why("")

    def show_user(self, user: UserRow | None) -> None:
        """Say who is signed in, or show only the name of the product and the menu."""
        for widget in (self.find, self.lock, self.who):
            widget.setVisible(user is not None)
        self.who.setText(f"{role(user.role)} · {user.organisation}" if user else "")

    def show_why(self, words: str) -> None:
        """Say why the record is open; nothing when none is."""
        self.why.setVisible(bool(words))
        self.why.setText(words.replace("&", "&&"))


class TestDataStrip(QFrame):
    """Said on every screen of a vault that is marked as holding test data."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "testdata")
        px = look().px
        row = QVBoxLayout(self)
        row.setContentsMargins(px(18), px(3), px(18), px(3))
        said = Text(self.tr("TEST DATA · This vault is for testing. No real person may be kept in it."))
        said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(said)


class StatusLine(QFrame):
    """What this copy is, how fresh its sources are, and that this is a prototype."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "status")
        px = look().px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(18), px(4), px(18), px(4))
        row.setSpacing(px(16))
        self._facts = QWidget()
        self._flow = FlowLayout(self._facts, gap=px(16))
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._facts.setSizePolicy(policy)
        row.addWidget(self._facts, 3)
        said = Text(self.tr("Prototype: shows records, gives no advice"))
        said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(said, 1)
        self.show_facts([])

    def show_facts(self, facts: list[str]) -> None:
        """Show these after the words on the copy itself."""
        while (item := self._flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        for fact in (self.tr("● Offline copy, sealed"), *facts):
            self._flow.addWidget(Text(fact, wrap=False))
        self._flow.invalidate()
        self._facts.updateGeometry()
