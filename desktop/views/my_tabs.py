"""The pages of the person's own screens as tabs; folded into one button with a menu where they would take the room of
what stands on the pages, as with large words on a small screen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QIcon, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop.models.easy_pictures import picture_of
from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.views.my_hiding import escape_hides
from desktop.views.plugs import Shell
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.pictures import pixmap
from desktop.widgets.text import Text, button, menu_button

_ICON = 26


class Tabs(QWidget):
    """One tab for each page, by its key; in Easy Read each with a picture. `chosen` tells which was pressed."""

    chosen = Signal(str)

    def __init__(self, names: Mapping[str, str], voice: Voice, shell: Shell) -> None:
        super().__init__()
        self._names, self._room = dict(names), 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._side_by_side = Flow(look().gap(10), below=0)
        together = QButtonGroup(self)
        self._tabs: dict[str, QPushButton] = {}
        menu = QMenu(self)
        self._actions: dict[str, QAction] = {}
        for key, name in names.items():
            tab = button(name, "tab", partial(self.chosen.emit, key))
            tab.setCheckable(True)
            together.addButton(tab)
            self._side_by_side.add(tab)
            self._tabs[key] = tab
            action = menu.addAction(name)
            action.setCheckable(True)
            action.triggered.connect(partial(self._pressed, key))
            self._actions[key] = action
            if voice.easy:
                icon, side = QIcon(pixmap(picture_of(name), _ICON)), look().px(_ICON)
                tab.setIcon(icon)
                tab.setIconSize(QSize(side, side))
                action.setIcon(icon)
        column.addWidget(self._side_by_side)
        escape_hides(menu, shell)
        self._folded = Flow(look().gap(18), "centre")
        self._here = Text("", "heading")
        self._folded.add(self._here)
        self.other = menu_button(voice.say("tabs"), menu)
        self._folded.add(self.other)
        self._folded.hide()
        column.addWidget(self._folded)
        grow(self)

    def _pressed(self, key: str, _checked: bool = False) -> None:
        self.chosen.emit(key)

    def choose(self, key: str) -> None:
        """Say which page is shown."""
        self._tabs[key].setChecked(True)
        for other, action in self._actions.items():
            action.setChecked(other == key)
        self._here.setText(self._names[key])

    def fold_above(self, room: int) -> None:
        """Fold the tabs whenever they would be higher than this many pixels."""
        self._room = room
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        folded = self._side_by_side.heightForWidth(self.width()) > self._room > 0
        if folded != self._side_by_side.isHidden():
            self._side_by_side.setVisible(not folded)
            self._folded.setVisible(folded)
