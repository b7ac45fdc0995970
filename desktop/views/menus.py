"""The window's menu and keys: its own, those of the looks, and what plugged views add once somebody has signed in.

Knows what can be asked of the window, not how it is done. Every action has its key beside it; F1 lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QMenu

from desktop.models.tongue import ours
from desktop.reports import UserRow
from desktop.theme.tokens import TEXT_SCALES, THEMES, look, table
from desktop.views.plugs import Shell, plugged


class Asked(Shell, Protocol):
    """What the menu asks of the window beyond what views ask of it."""

    def show_find(self) -> None: ...

    def open_another(self) -> None: ...

    def choose_files(self) -> None: ...

    def choose_folder(self) -> None: ...

    def show_keys(self) -> None: ...

    def choose_post(self) -> None: ...

    def lock(self) -> None: ...

    def back(self) -> None: ...

    def leave(self) -> None: ...

    def wear(self, theme: str, scale: int) -> None: ...

    def lay_out_as_first(self) -> None: ...

    def open_numbered(self, number: int) -> None: ...


class Menus:
    """The menu of one window. `menu` is what the bar's button opens."""

    def __init__(self, window: QMainWindow, asked: Asked) -> None:
        self._window, self._asked = window, asked
        self.menu = QMenu(window)
        self._user: list[QAction] = []
        self._record: list[QAction] = []
        self._screens: list[tuple[QAction, Callable[[UserRow], bool]]] = []
        self._plugged = False
        self._commands: dict[str, QAction] = {}
        tr = _words
        self._find = self._action(self.menu, tr("Find a person"), "Ctrl+O", asked.show_find)
        for words, keys, call in (
            (tr("Import files…"), "Ctrl+I", asked.choose_files),
            (tr("Import a folder…"), "Ctrl+Shift+I", asked.choose_folder),
        ):
            self._user.append(self._action(self.menu, words, keys, call))
        another = self._action(self.menu, tr("Open in another window"), "Ctrl+Shift+O", asked.open_another)
        self._record.append(another)
        self._plugs_before = self.menu.addSeparator()
        themes = self.menu.addMenu(tr("Colours"))
        self._exclusive(
            themes,
            [(ours(str(table()[key]["name"])), key) for key in THEMES],
            lambda key: asked.wear(key, look().scale),
            look().theme,
        )
        sizes = self.menu.addMenu(tr("Text size"))
        self._exclusive(
            sizes,
            [(f"{size} %", str(size)) for size in TEXT_SCALES],
            lambda key: asked.wear(look().theme, int(key)),
            str(look().scale),
        )
        self._action(self.menu, tr("Larger text"), "Ctrl++", lambda: self.resize_text(1))
        self._action(self.menu, tr("Smaller text"), "Ctrl+-", lambda: self.resize_text(-1))
        as_first = tr("Columns and panes as they were first")
        self._user.append(self._action(self.menu, as_first, "Ctrl+Shift+R", asked.lay_out_as_first))
        self.menu.addSeparator()
        self._action(self.menu, tr("Keyboard and about…"), "F1", asked.show_keys)
        self._several = self._action(self.menu, tr("Work as another of my posts…"), "Ctrl+Shift+L", asked.choose_post)
        self._user.append(self._action(self.menu, tr("Lock"), "Ctrl+L", asked.lock))
        self._action(self.menu, tr("Quit"), "Ctrl+Q", asked.leave)
        QShortcut(QKeySequence("Ctrl+="), window, lambda: self.resize_text(1))
        QShortcut(QKeySequence("Esc"), window, asked.back)
        for number in range(1, 10):
            QShortcut(QKeySequence(f"Alt+{number}"), window, lambda number=number: asked.open_numbered(number))
        self.enable(None, record=False)

    def enable(self, user: UserRow | None, *, record: bool) -> None:
        """Offer what can be done now: with this user signed in, and a record open or not."""
        if user is not None and not self._plugged:
            self._plugged = True
            self._add_plugged()
        for action in self._user:
            action.setEnabled(user is not None)
        finds = user is not None and user.finds
        self._find.setVisible(finds or user is None)
        self._find.setEnabled(finds)
        several = user is not None and len(self._asked.session.posts) > 1
        self._several.setVisible(several)
        self._several.setEnabled(several)
        for action in self._record:
            action.setVisible(finds or record or user is None)  # people in their own screens have no use for it
            action.setEnabled(user is not None and record)
        for action, who in self._screens:
            offered = user is not None and who(user)
            action.setVisible(offered)
            action.setEnabled(offered)

    def do(self, command: str) -> None:
        """Do what a plugged command does, where it can be done now."""
        if command in self._commands:
            self._commands[command].trigger()

    def keys(self) -> list[tuple[str, str]]:
        """Every action that has a key and can be done now: its key as people write it, and its words."""
        return [
            (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), action.text().replace("&", ""))
            for action in self._window.actions()
            if action.isEnabled() and not action.shortcut().isEmpty()
        ]

    def _add_plugged(self) -> None:
        for command in plugged().commands:
            action = self._made(_words(command.name), command.keys, partial(command.act, self._asked))
            self.menu.insertAction(self._plugs_before, action)
            self._commands[command.key] = action
            (self._record if command.needs == "record" else self._user).append(action)
        for screen in plugged().screens:
            action = self._made(_words(screen.name), screen.keys, partial(self._asked.show_screen, screen.key))
            self.menu.insertAction(self._plugs_before, action)
            self._screens.append((action, screen.who))

    def _made(self, words: str, keys: str, call: Callable[[], object]) -> QAction:
        action = QAction(words, self._window)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutVisibleInContextMenu(True)
        action.triggered.connect(lambda _checked=False: call())
        self._window.addAction(action)
        return action

    def _action(self, menu: QMenu, words: str, keys: str, call: Callable[[], object]) -> QAction:
        action = self._made(words, keys, call)
        menu.addAction(action)
        return action

    def _exclusive(self, menu: QMenu, rows: list[tuple[str, str]], call: Callable[[str], None], now: str) -> None:
        group = QActionGroup(self._window)
        for words, key in rows:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key == now)
            action.triggered.connect(lambda _checked=False, key=key: call(key))
            group.addAction(action)

    def resize_text(self, step: int) -> None:
        """Make the text larger or smaller by so many sizes."""
        at = TEXT_SCALES.index(look().scale) + step
        self._asked.wear(look().theme, TEXT_SCALES[max(0, min(at, len(TEXT_SCALES) - 1))])


def _words(text: str) -> str:
    return QCoreApplication.translate("Menus", text)
