"""A screen about one person at a time, without their record: people on the left, what there is of whoever was chosen on
the right, under the name of the person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.reports import PersonRow
from desktop.theme.tokens import look
from desktop.views.people_pane import PeoplePane
from desktop.views.plugs import Screen, Shell, page_of
from desktop.widgets.focus import give_focus
from desktop.widgets.layouts import Flow
from desktop.widgets.panes import panes
from desktop.widgets.states import ChangingPage
from desktop.widgets.text import Text


class ChosenPerson(Screen):
    """`title` is that of the screen, `search` what the search field is for, `lead` what is said while nobody is chosen.

    A screen of this kind says what it reads of the person (`read`, for the workspace's thread), what can be done above
    all (`asks`) and what it shows (`parts`)."""

    def __init__(self, shell: Shell, title: str, search: str, lead: str) -> None:
        super().__init__()
        self.shell, self._title, self._lead = shell, title, lead
        self.person: PersonRow | None = None
        gap, px = look().gap, look().px
        outer = page_of(self, title)
        self.pane = PeoplePane(shell.session, search)
        self.pane.chosen.connect(self.choose)
        self.pane.setMinimumWidth(min(px(260), 320))
        self.states = ChangingPage(gap(8))
        outer.addWidget(panes(Qt.Orientation.Horizontal, "people-beside", {self.pane: 330, self.states: 1000}), 1)

    # -- what a screen of this kind says

    def read(self, workspace: Any, person: PersonRow) -> Any:
        """What there is of a person. Raises WorkspaceError for whoever may not see it."""
        raise NotImplementedError

    def asks(self, person: PersonRow, found: Any) -> Sequence[QWidget]:
        """Buttons above all; the first gets the keyboard."""
        raise NotImplementedError

    def parts(self, person: PersonRow, found: Any) -> Sequence[QWidget]:
        """What is shown of them, from top to bottom."""
        raise NotImplementedError

    def general(self) -> Sequence[QWidget]:
        """What is shown while nobody is chosen."""
        return ()

    # -- showing it

    def start(self) -> None:
        """Show everyone."""
        self.clear()
        self._put([Text(self._lead, "lead"), *self.general()])
        self.pane.start()

    def clear(self) -> None:
        """Forget everyone."""
        self.person = None
        self.pane.clear()
        self.states.drop()

    def choose(self, person: PersonRow) -> None:
        """Show what there is of a person."""
        self.person = person
        self.states.show_loading(QCoreApplication.translate("ChosenPerson", "Reading…"))
        self.load()

    def load(self, then: str = "") -> None:
        """Read it anew; the keyboard goes to the button called `then`, or to the first."""
        person = self.person
        if person is not None:
            self.shell.session.ask(
                lambda workspace: self.read(workspace, person),
                lambda found: self._show(person, found, then),
                self.states.show_error,
            )

    def do(self, work: Any, then: str = "") -> None:
        """Do something about the person, and show what holds now; what was refused is said."""
        self.shell.session.ask(work, lambda _done: self.load(then), self.shell.tell)

    def parent_window(self) -> QWidget | None:
        """Over what dialogs stand."""
        return self.shell if isinstance(self.shell, QWidget) else None

    def _show(self, person: PersonRow, found: Any, then: str) -> None:
        if self.person is not person:
            return
        flow = Flow(gap=look().gap(8))
        asks = self.asks(person, found)
        for one in asks:
            flow.add(one)
        self._put([Text(person.name, "heading"), flow, *self.parts(person, found)])
        if asks and self.states.page is not None:
            give_focus(self.states.page, then or asks[0].accessibleName())

    def _put(self, parts: Sequence[QWidget]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look().gap(6), 0)
        column.setSpacing(look().gap(12))
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        self.states.put(inside, self._title)
