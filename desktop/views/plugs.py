"""How a view is plugged into the window without touching the window: write one module, change no other file.

A module in the folder `desktop/views/plugged/` is found by itself and may name any of these tuples:

`PAGES`    pages of an open record: a line of the navigation each. A page whose key is that of a section
           (`fhir/sections.toml`) stands in place of the section's table; any other gets its own line in its group.
`STRIPS`   thin lines under the banner of an open record (a clock that runs, a warning that stays).
`ACTIONS`  buttons in the details of an entry ("Show the letter"), offered where `offered` says so.
`SCREENS`  whole screens without an open record (a review desk, a person's own choices), by menu and key.
`COMMANDS` things to do by menu and key.

    class Letters(Page):
        def show_story(self, story, key): ...        # fill it; `story` is all that may be shown
        def clear(self): ...                          # forget the person: no word may stay in any widget or model

    PAGES = (PageKind("letters", "Letters", "record", Letters, count=lambda story: len(story.entries("documents"))),)

A page is made (`make(shell)`) when it is first opened and thrown away with the person. It reaches the vault only by
`shell.session`, whose calls are jobs; slow work never runs on the window's thread. A page tells the window what it
wants by its signals: `opened` (show an entry's details), `page` (go to a page), `copied` (a line for the clipboard).
Names are written in English here and translated where they are shown. Two modules may not name one key: that is an
error at once.

Keys taken by the window: Ctrl+O find a person, Ctrl+Shift+O another window, Ctrl+I import, Ctrl+L lock, Ctrl+Q, F1,
Ctrl+Shift+R columns as they were, Esc, Alt+1 to 9, Ctrl with + -.
Kept for what they mean everywhere: Ctrl+K palette, Ctrl+F find in the record, Ctrl+P print, Ctrl+N add, Ctrl+Z undo.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QScrollArea, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry, DisclosedRecord
from desktop.models.chronicle import Filters
from desktop.models.story import Story
from desktop.reports import UserRow
from desktop.session import Session
from desktop.theme.tokens import look
from desktop.widgets.leaving import let_go
from desktop.widgets.text import Text


class Shell(Protocol):
    """What the window does for a view."""

    session: Session

    @property
    def previews(self) -> bool:
        """Whether the record that is open is only a preview, of which nothing leaves."""

    @property
    def reads_only(self) -> bool:
        """Whether nothing is added, changed or printed from here: a preview, or another window on the record."""

    @property
    def easy(self) -> bool:
        """Whether whoever is signed in reads their own screens in Easy Read."""

    def keep_easy(self, easy: bool) -> None:
        """Remember that, for the next time they sign in."""

    def show_dialog(self, dialog: QDialog) -> None:
        """Show a dialog over the window; it goes away with the person or when the window locks."""

    def tell(self, words: str) -> None:
        """Say one thing in plain words."""

    def copy(self, text: str) -> None:
        """Put text on the clipboard, to be taken back when the window locks."""

    def story(self) -> Story | None:
        """The record that is open."""

    def listed(self) -> Filters | None:
        """What the page in front lists, where it is a list of dated entries: what printing offers first."""

    def open_page(self, page: str) -> None:
        """Go to a page of the open record."""

    def open_entry(self, entry_id: str) -> None:
        """Show an entry's details; what was not released is ignored."""

    def show_screen(self, key: str) -> None:
        """Go to a plugged screen; the record that was open is put away."""

    def show_record(self, record: DisclosedRecord) -> None:
        """Show a record that the gate has just released, on the page that is open."""

    def reopen(self) -> None:
        """Ask the gate again for the record that is open, for the same reason, and show what it releases now."""


class Page(QWidget):
    """One page of an open record."""

    opened = Signal(str)
    page = Signal(str)
    copied = Signal(str)

    def show_story(self, story: Story, key: str) -> None:
        """Show one record; `key` is the page's own, which a page for several sections needs."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget the person."""
        raise NotImplementedError

    def listed(self) -> Filters | None:
        """What its list of dated entries is narrowed to, where it has one."""
        return None

    def take_focus(self) -> None:
        """Put the cursor where reading goes on, after details were closed."""
        self.setFocus()


class ScrollingPage(Page):
    """A page that is built anew for each record and scrolls down, never across: `put` what was built."""

    def __init__(self, name: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setAccessibleName(name)
        column.addWidget(self._area)

    def put(self, inside: QWidget) -> None:
        """Show this; what was shown before goes."""
        self.clear()
        self._area.takeWidget()  # which the area would otherwise do away with at once, perhaps from within itself
        self._area.setWidget(inside)

    def clear(self) -> None:
        """Forget the person."""
        old = self._area.widget()
        if old is not None:
            let_go(old)


class Strip(QWidget):
    """A line under the banner; it hides itself while it has nothing to say."""

    def show_story(self, story: Story) -> None:
        """Show what this record needs said."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget the person."""
        raise NotImplementedError


class Screen(QWidget):
    """A screen without an open record."""

    hides = False
    """Whether Esc hides everything from here, wherever the cursor is, also from dialogs and menus before it."""

    def start(self) -> None:
        """The screen comes to the front."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget everything: somebody locked, or left."""
        raise NotImplementedError

    def keep(self) -> None:
        """Keep what was begun and not saved (`Session.keep_draft`): the window is about to lock, close or be built
        anew."""

    def busy(self) -> bool:
        """Whether work is under way that leaving would stop."""
        return False

    def before_new_look(self) -> None:
        """The window is built anew in another look; a new screen of this kind is started after it."""


def page_of(screen: Screen, title: str) -> QVBoxLayout:
    """The column of a screen of its own that begins with its title; more is added below."""
    screen.setProperty("role", "page")
    gap = look().gap
    column = QVBoxLayout(screen)
    column.setContentsMargins(gap(22), gap(18), gap(22), gap(18))
    column.setSpacing(gap(10))
    column.addWidget(Text(title, "title"))
    return column


def _always(_story: Story) -> bool:
    return True


def _uncounted(_story: Story) -> int:
    return -1


def _anyone(_user: UserRow) -> bool:
    return True


@dataclass(frozen=True)
class PageKind:
    """A page to plug in. `group` is a key of `desktop.models.words.GROUP_WORDS`; within it pages come before sections,
    by `order`. `count` is what stands beside the name (of what is shown), below 0 for nothing; `shown` says whether the
    page has a line at all while not every part of the record is listed."""

    key: str
    name: str
    group: str
    make: Callable[[Shell], Page]
    order: int = 50
    count: Callable[[Story], int] = _uncounted
    shown: Callable[[Story], bool] = _always


@dataclass(frozen=True)
class StripKind:
    """A strip to plug in; `order` from top to bottom."""

    key: str
    make: Callable[[Shell], Strip]
    order: int = 50


@dataclass(frozen=True)
class ActionKind:
    """A button in the details of an entry. `offered` must not do slow work; `act` gets the shell and the entry; `who`
    says for which users it stands there at all; one that `changes` something is not for where one only reads."""

    key: str
    name: str
    offered: Callable[[DisclosedEntry], bool]
    act: Callable[[Shell, DisclosedEntry], None]
    order: int = 50
    who: Callable[[UserRow], bool] = _anyone
    changes: bool = True


@dataclass(frozen=True)
class ScreenKind:
    """A screen to plug in; `who` says for which users the menu has it. `keys` as Qt writes them, "Ctrl+Shift+R".
    `home`: for those users it stands in place of the list of people when they have signed in."""

    key: str
    name: str
    make: Callable[[Shell], Screen]
    who: Callable[[UserRow], bool]
    keys: str = ""
    order: int = 50
    home: bool = False


@dataclass(frozen=True)
class CommandKind:
    """Something to do by menu and key. `needs` is when it can be done: "user" signed in, or a "record" open."""

    key: str
    name: str
    act: Callable[[Shell], None]
    keys: str = ""
    needs: str = "record"
    order: int = 50


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...

    @property
    def order(self) -> int: ...


_Kind = TypeVar("_Kind", bound=_Keyed)


@dataclass(frozen=True)
class Plugged:
    """Everything that was found, each in its order."""

    pages: tuple[PageKind, ...]
    strips: tuple[StripKind, ...]
    actions: tuple[ActionKind, ...]
    screens: tuple[ScreenKind, ...]
    commands: tuple[CommandKind, ...]

    def page(self, key: str) -> PageKind | None:
        """The plugged page of this key, if there is one."""
        return next((kind for kind in self.pages if kind.key == key), None)


@cache
def plugged() -> Plugged:
    """What the modules of `desktop.views.plugged` name. Raises ValueError where two name one key."""
    from desktop.views import plugged as folder

    modules = [
        importlib.import_module(f"{folder.__name__}.{found.name}")
        for found in sorted(pkgutil.iter_modules(folder.__path__), key=lambda found: found.name)
    ]

    def named(what: str) -> list[object]:
        return [kind for module in modules for kind in getattr(module, what, ())]

    return Plugged(
        pages=ordered([kind for kind in named("PAGES") if isinstance(kind, PageKind)]),
        strips=ordered([kind for kind in named("STRIPS") if isinstance(kind, StripKind)]),
        actions=ordered([kind for kind in named("ACTIONS") if isinstance(kind, ActionKind)]),
        screens=ordered([kind for kind in named("SCREENS") if isinstance(kind, ScreenKind)]),
        commands=ordered([kind for kind in named("COMMANDS") if isinstance(kind, CommandKind)]),
    )


def ordered(kinds: list[_Kind]) -> tuple[_Kind, ...]:
    """Kinds by their order, then key. Raises ValueError where two have one key."""
    keys = [kind.key for kind in kinds]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"plugged in twice: {', '.join(sorted(twice))}")
    return tuple(sorted(kinds, key=lambda kind: (kind.order, kind.key)))
