"""The pictures of who acts for whom: the screen with somebody chosen and its dialogs, in every look. Driven like the
rest of the demonstration's pictures; nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QPushButton, QScrollArea, QWidget

from desktop.dialogs.rights import AllowDialog
from desktop.reports import PersonRow
from desktop.screen_matrix import LOOKS
from desktop.views.chosen_person import ChosenPerson
from desktop.views.window import Window

Shoot = Callable[[str, QWidget | None], object]
"""Writes what a widget, or with None the window, shows under a name."""
DIALOGS = {
    "allow": "Let somebody act for them…",
    "end": "End it…",
    "capacity": "Record whether they can decide…",
    "competence": "Record Gillick competence…",
    "court": "Record a court’s limit…",
}


def photograph_rights(window: Window, key: str, name: str, shoot: Shoot, settle: Callable[[], None]) -> None:
    """Take the screen `key` (of somebody signed in who has it) with the person of this name chosen."""
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        window.show_screen(key)
        settle()
        screen = window.screens.currentWidget()
        assert isinstance(screen, ChosenPerson)
        screen.choose(_person(screen, name))
        settle()
        look = f"{theme}-{scale}"
        shoot(f"{key}-chosen-{look}", None)
        for area in screen.findChildren(QScrollArea):
            area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        settle()
        shoot(f"{key}-chosen-below-{look}", None)
        for called, words in DIALOGS.items():
            _dialog(window, screen, words, partial(shoot, f"{key}-{called}-{look}"))
            settle()
    window.wear("light", 100)


def _dialog(window: Window, screen: QWidget, words: str, shoot: Callable[[QWidget], object]) -> None:
    """Open the first dialog whose button begins with these words, where there is one, and put it away again."""
    made = next((one for one in screen.findChildren(QPushButton) if one.accessibleName().startswith(words)), None)
    if made is None:
        return
    made.click()
    dialog = window.dialogs()[-1]
    if isinstance(dialog, AllowDialog):
        dialog.basis.setCurrentIndex(0)
    shoot(dialog)
    dialog.reject()


def _person(screen: ChosenPerson, name: str) -> PersonRow:
    people = screen.pane.people
    rows = [people.person(people.index(row, 0)) for row in range(people.rowCount())]
    return next((row for row in rows if row.name == name), rows[0])
