"""The four things an empty panel may mean, each said in its own words, and the two states while work goes on."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from consent.disclosure import SectionState
from desktop.models.words import STATE_TITLES, explained
from desktop.theme.tokens import look
from desktop.widgets.layouts import scrolling
from desktop.widgets.text import Text

_SIGNS = {"none-recorded": "○", "nothing-shown": "◐", "not-connected": "◌", "failed": "!"}


class StatePanel(QFrame):
    """A calm panel with a sign, a heading and one sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        gap = look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(32), gap(40), gap(32), gap(40))
        column.setSpacing(gap(8))
        self._sign = Text("", "title", wrap=False)
        self._title = Text("", "heading")
        self._words = Text("", "lead")
        for label in (self._sign, self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        column.addStretch(1)

    def say(self, title: str, words: str, sign: str = "") -> None:
        """Show a heading and a sentence."""
        self._sign.setText(sign)
        self._sign.setVisible(bool(sign))
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(f"{title}. {words}")


class FourStates(QStackedWidget):
    """Data, or why there is none: loading, an empty state with its reason, or an error."""

    def __init__(self, data: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = data
        self.addWidget(data)

    @cached_property
    def _panel(self) -> StatePanel:
        """What stands in the place of data; most pages never need it."""
        made = StatePanel()
        self.addWidget(made)
        return made

    def show_data(self) -> None:
        """Show the data."""
        self.setCurrentWidget(self._data)

    def show_loading(self, words: str) -> None:
        """Say what is being done."""
        self._panel.say(words, "", "…")
        self.setCurrentWidget(self._panel)

    def show_state(self, state: SectionState, notice: str) -> None:
        """Say why a section shows nothing."""
        self._panel.say(STATE_TITLES[state], explained(state, notice), _SIGNS.get(state, ""))
        self.setCurrentWidget(self._panel)

    def show_empty(self, title: str, words: str) -> None:
        """Say that nothing matches, or what to do first."""
        self._panel.say(title, words)
        self.setCurrentWidget(self._panel)

    def show_error(self, words: str) -> None:
        """Say that something went wrong, in one sentence."""
        self._panel.say(self.tr("That did not work"), words, "!")
        self.setCurrentWidget(self._panel)


class ChangingPage(FourStates):
    """The same, where the data is a page that scrolls and is built anew each time; `left` is its margin in pixels."""

    def __init__(self, left: int = 0) -> None:
        holder = QWidget()
        super().__init__(holder)
        self._column = QVBoxLayout(holder)
        self._column.setContentsMargins(left, 0, 0, 0)
        self.page: QWidget | None = None

    def put(self, inside: QWidget, name: str) -> None:
        """Show this page, called `name`, in place of the one before."""
        self.drop()
        self.page = scrolling(inside)
        self.page.setAccessibleName(name)
        self._column.addWidget(self.page)
        self.show_data()

    def drop(self) -> None:
        """Forget the page."""
        if self.page is not None:
            self._column.removeWidget(self.page)
            self.page.hide()
            self.page.deleteLater()
            self.page = None
