"""*My choices*: the person's own side of the record, alone or with somebody helping at the same computer.

One key hides it: Esc locks the vault and blanks the window at once. What was not saved yet is kept in the vault, sealed
to whoever is signed in, and is there again when the same user comes back to the same person, also after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.plain_choices import Who
from desktop.dialogs.my_adding import ByName, SingleThing
from desktop.models.board import Begun, Board
from desktop.models.voice import Voice
from desktop.my_desk import Desk, Someone, utc_now
from desktop.reading_aloud import Reader, Speaker, find_speaker
from desktop.reports import PersonRow
from desktop.theme.tokens import look
from desktop.views.my_acting import ActingPage
from desktop.views.my_caring import CaringPage
from desktop.views.my_emergencies import EmergencyPage
from desktop.views.my_hiding import escape_hides, hide
from desktop.views.my_lapsed import lapsed_words
from desktop.views.my_looked import LookedPage
from desktop.views.my_saying import CommentPage, CorrectPage, SayingPage
from desktop.views.my_seeing import Seeing
from desktop.views.my_tabs import Tabs
from desktop.views.my_take import TakePage
from desktop.views.my_who import WhoPage
from desktop.views.my_writing import JoinedPage, WordsPage, WritingPage
from desktop.views.plugs import Screen, Shell
from desktop.widgets.aloud import in_sight
from desktop.widgets.focus import give_focus
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.leaving import emptied
from desktop.widgets.states import FourStates
from desktop.widgets.text import Text, button, notice

TABS = ("who", "emergencies", "looked", "acting", "caring", "words", "comment", "joined", "correct", "take")
"""Every page, for the person and for whoever decides or helps; a carer decides nothing for another."""
OF_CARERS = ("caring",)
OF_PROXIES = tuple(tab for tab in TABS if tab != "joined")
"""Of how joined up it was, the person is the sole judge."""
CHOOSING = ("who", "emergencies")
"""Pages of those only who may change the choices."""
BEGUN = "choices"
"""The kind of draft that holds the choices that are not saved."""
FOR_TABS = 5
"""Tabs may take one part in so many of the height."""
OWN_ROLES = frozenset({"person", "proxy", "carer"})

_asked: dict[int, Someone] = {}
_at: dict[int, str] = {}
_about: dict[int, str] = {}
_easy: dict[int, bool] = {}


def ask_for(shell: Shell, someone: Someone) -> None:
    """Whose choices the screen of this window shows when it comes to the front."""
    _asked[id(shell)] = someone


def ask_to_comment(shell: Shell, someone: Someone, resource: str) -> None:
    """The screen comes to the front at *Comment*, with this thing ("Type/id") picked."""
    ask_for(shell, someone)
    _at[id(shell)], _about[id(shell)] = "comment", resource


def is_asked_for() -> bool:
    """Whether somebody is on their way to this screen."""
    return bool(_asked)


class _Pages(dict[str, QWidget]):
    """The pages by their keys, each made and put in its place when it is first asked for."""

    def __init__(self, make: Mapping[str, Callable[[], QWidget]], place: QStackedWidget) -> None:
        super().__init__()
        self._make, self._place = make, place

    def __missing__(self, key: str) -> QWidget:
        self[key] = page = self._make[key]()
        self._place.addWidget(page)
        return page


class _Head(QFrame):
    """What stands on top: never lower than its lines of tabs need, whatever stands below."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.setMinimumHeight(self.heightForWidth(self.width()))


class MyChoices(Screen):
    """The screen."""

    hides = True

    def __init__(self, shell: Shell, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__()
        self._shell, self._now = shell, now
        self.setProperty("role", "mine")
        self.reader = Reader(self)
        self.reader.changed.connect(self._write_aloud)
        self.reader.failed.connect(lambda: self._shell.tell(self.voice.say("aloud.failed")))
        self._listened = False
        self.someone: Someone | None = None
        self.board: Board | None = None
        self.desk: Desk | None = None
        self.seeing: Seeing | None = None
        self._seen_as: Who | None = None
        shell.session.chosen.connect(self._choices_saved)
        self.tab = "who"
        self._from = ""
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self._body = QWidget()
        self.states = FourStates(self._body)
        self._stack.addWidget(self.states)
        QVBoxLayout(self._body).setContentsMargins(0, 0, 0, 0)
        self._pages: QStackedWidget | None = None
        self._tabs: Tabs | None = None
        self.aloud: QPushButton | None = None
        self.pages: dict[str, QWidget] = {}

    @property
    def _own(self) -> bool:
        """Whether whoever reads has these screens for their own; a worker who helps reads them as this person does."""
        user = self._shell.session.user
        return user is not None and user.role in OWN_ROLES

    @property
    def _is_theirs(self) -> bool:
        user = self._shell.session.user
        return user is not None and user.role == "person"

    @property
    def _reads_easy(self) -> bool:
        return self._shell.easy if self._own else _easy.get(id(self._shell), False)

    @property
    def voice(self) -> Voice:
        """How the screen speaks now: to the person and whoever sits beside them, or to whoever acts for them."""
        name = self.someone.spoken if self.someone is not None and self.desk is not None and self.desk.acts else ""
        return Voice(easy=self._reads_easy, name=name)

    @property
    def tabs(self) -> tuple[str, ...]:
        """The pages for whoever is signed in."""
        user = self._shell.session.user
        every = {"carer": OF_CARERS, "proxy": OF_PROXIES}.get(user.role, TABS) if user is not None else TABS
        if self.board is not None and not self.board.chooses:
            return tuple(tab for tab in every if tab not in CHOOSING)
        return every

    # -- coming and going

    def start(self) -> None:
        """The screen comes to the front."""
        self.someone = _asked.pop(id(self._shell), None)
        self.tab = _at.pop(id(self._shell), self.tabs[0])
        self.states.show_loading(self.voice.say("loading"))
        if self.someone is not None:
            self._load()
            return
        self._shell.session.people("", self._own_people, self._cannot)

    def _cannot(self, words: str) -> None:
        self.states.show_error(self.voice.error(words))

    def _tell(self, words: str) -> None:
        self._shell.tell(self.voice.error(words))

    def _own_people(self, rows: list[PersonRow]) -> None:
        """Somebody came for themself or for one they act for: nobody else is in their list."""
        user = self._shell.session.user
        if user is None:
            return
        if len(rows) == 1:
            row = rows[0]
            self.someone = Someone(row.person_id, row.name, called=row.called)
            self._load()
        else:
            self.states.show_empty(self.voice.say("title"), self.voice.say("pick"))

    def use_clock(self, now: Callable[[], datetime]) -> None:
        """Tell the time by another clock, and begin anew."""
        self._now = now
        if self.someone is not None:
            self._load()

    def _load(self) -> None:
        assert self.someone is not None
        self.desk = Desk(self._shell.session, self.someone, self._now)
        self.desk.load(self._loaded, self._cannot)

    def _loaded(self, board: Board) -> None:
        self.board = board
        self.remake()
        assert self.desk is not None
        self.desk.begun(BEGUN, Begun, self._take_up)
        about, page = _about.pop(id(self._shell), ""), self.pages.get(self.tab)
        if about and isinstance(page, SayingPage):
            page.pick(about)
        if not self._listened:
            self._listened = True
            self._shell.session.jobs.start(lambda _job: find_speaker(), self._has_voice, lambda _error: None)

    def _take_up(self, begun: Begun) -> None:
        if self.board is not None and not self.board.changed:
            self.board.take_up(begun)
            if self.board.changed and "who" in self.tabs:
                self.who_page.take_up()
                for page in self.pages.values():
                    if isinstance(page, EmergencyPage):
                        page.write()

    def keep(self) -> None:
        """Keep what was written and not saved."""
        for page in self.pages.values():
            if isinstance(page, WritingPage | LookedPage):
                page.keep()

    def clear(self) -> None:
        """Forget everything; what was not saved is in the vault."""
        self.reader.stop()
        self.close_preview()
        self.someone = self.board = self.desk = None
        self._empty()
        self.states.show_loading("")

    def before_new_look(self) -> None:
        """The window is built anew in another look: the same person comes back."""
        if self.someone is not None:
            ask_for(self._shell, self.someone)
            _at[id(self._shell)] = self.tab

    # -- building

    def remake(self) -> None:
        """Build the screen anew in the way it speaks now."""
        board, desk, someone, voice = self.board, self.desk, self.someone, self.voice
        if board is None or desk is None or someone is None:
            return
        if self.tab not in self.tabs:
            self.tab = "caring"
        self.keep()
        self._empty()
        self.setProperty("easy", "true" if voice.easy else "false")
        self.style().unpolish(self)
        self.style().polish(self)
        layout = self._body.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setSpacing(0)
        layout.addWidget(self._head(someone, voice))
        pages = QStackedWidget()
        layout.addWidget(pages, 1)  # while it is empty: whatever comes to a new place with all in it is styled anew
        pages.resize(self.size())
        every: dict[str, Callable[[], QWidget]] = {
            "who": lambda: self._make_who(desk, board, voice, pages),
            "emergencies": lambda: self._make_emergencies(desk, board, voice),
            "looked": lambda: LookedPage(desk, voice),
            "acting": lambda: ActingPage(desk, voice),
            "caring": lambda: CaringPage(desk, voice, self._shell),
            "words": lambda: WordsPage(desk, voice, self._shell),
            "joined": lambda: JoinedPage(desk, voice),
            "comment": lambda: CommentPage(desk, voice),
            "correct": lambda: CorrectPage(desk, voice),
            "take": lambda: TakePage(desk, voice),
        }
        self.pages = _Pages({key: make for key, make in every.items() if key in self.tabs}, pages)
        self._pages = pages
        self.states.show_data()
        self.open_tab(self.tab)

    def _make_who(self, desk: Desk, board: Board, voice: Voice, place: QWidget) -> WhoPage:
        page = WhoPage(desk, board, voice, place)
        page.see_as.connect(self.see_as)
        page.wants_single.connect(self._ask_single)
        page.wants_name.connect(self._ask_name)
        page.changed.connect(self._keep_draft)
        menu = page.start.menu()
        escape_hides(menu, self._shell)
        return page

    def _make_emergencies(self, desk: Desk, board: Board, voice: Voice) -> EmergencyPage:
        page = EmergencyPage(desk, board, voice)
        page.changed.connect(self._keep_draft)
        return page

    @property
    def who_page(self) -> WhoPage:
        """*Who sees what*."""
        page = self.pages["who"]
        assert isinstance(page, WhoPage)
        return page

    def _empty(self) -> None:
        layout = self._body.layout()
        assert layout is not None
        emptied(layout)
        self._pages = self._tabs = self.aloud = None
        self.pages = {}

    def _head(self, someone: Someone, voice: Voice) -> QFrame:
        made = _Head()
        made.setProperty("role", "panel")
        gap = look().gap
        column = QVBoxLayout(made)
        column.setContentsMargins(gap(20), gap(8), gap(20), 0)
        column.setSpacing(gap(4))
        row = QHBoxLayout()
        row.setSpacing(gap(10))
        title = "caring.of" if self.tabs == OF_CARERS else "of"
        named = QVBoxLayout()
        named.addWidget(Text(voice.say(title, name=someone.spoken), "heading"))
        if someone.spoken != someone.name:
            named.addWidget(Text(someone.name, "secondary"))
        row.addLayout(named, 1)
        tools = Flow(gap(8), "centre", right=True)
        if self._is_theirs:
            tools.add(button(voice.say("record"), "", self.open_record))
        self.easy = button(voice.say("easy-read"), "choice", self.toggle_easy)
        self.easy.setCheckable(True)
        self.easy.setChecked(voice.easy)
        tools.add(self.easy)
        self.aloud = button(voice.say("read-aloud"), "", self.read_aloud)
        tools.add(self.aloud)
        self._write_aloud()
        hide = button(voice.say("quick-hide"), "danger", self.quick_hide)
        hide.setToolTip(voice.say("quick-hide-tip"))
        hide.setAccessibleDescription(voice.say("quick-hide-tip"))
        tools.add(hide)
        row.addWidget(grow(tools, QSizePolicy.Policy.Maximum))
        column.addLayout(row)
        if someone.helper:
            column.addWidget(notice(voice.say("helped", helper=someone.helper, name=someone.spoken)))
        if self.desk is not None and self.desk.lapsed is not None:
            column.addWidget(notice(lapsed_words(voice, self.desk.lapsed), "warning"))
        self._tabs = Tabs({key: voice.say(f"tab.{key}") for key in self.tabs}, voice, self._shell)
        self._tabs.chosen.connect(self.open_tab)
        self._leave_room()
        column.addWidget(self._tabs)
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._leave_room()

    def _leave_room(self) -> None:
        if self._tabs is not None:
            self._tabs.fold_above(self.height() // FOR_TABS)

    # -- doing

    def open_tab(self, key: str) -> None:
        """Go to one of the pages."""
        if self._pages is None or self._tabs is None:
            return
        self.reader.stop()
        self.tab = key
        self._tabs.choose(key)
        page = self.pages[key]
        self._pages.setCurrentWidget(page)
        if isinstance(page, LookedPage | WritingPage):
            page.start()
        elif isinstance(page, EmergencyPage | WhoPage):
            page.write()

    def toggle_easy(self) -> None:
        """Ordinary words or Easy Read."""
        easy = not self.voice.easy
        if self._own:
            self._shell.keep_easy(easy)
        else:
            _easy[id(self._shell)] = easy
        self.remake()
        self.easy.setFocus()

    def open_record(self) -> None:
        """The person's own record, in the windows that everyone reads it in."""
        if self.desk is not None:
            self.desk.open(self._shell.show_record, self._tell)

    def read_aloud(self) -> None:
        """Read what is in sight of the page; or, while reading, stop."""
        if self.reader.speaking:
            self.reader.stop()
        elif self._pages is not None:
            self.reader.say(in_sight(self._pages, self.voice.say("aloud.chosen")))

    def _has_voice(self, speaker: Speaker | None) -> None:
        self.reader.speaker = speaker
        self._write_aloud()

    def _write_aloud(self) -> None:
        """The button is there where the computer has a voice, and stops what it began."""
        if self.aloud is None:
            return
        words = self.voice.say("aloud.stop" if self.reader.speaking else "read-aloud")
        self.aloud.setText(words)
        self.aloud.setAccessibleName(words)
        self.aloud.setVisible(self.reader.speaker is not None)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nothing is read of what is not shown."""
        self.reader.stop()
        super().hideEvent(event)

    def quick_hide(self) -> None:
        """Blank the window at once."""
        self.reader.stop()
        hide(self._shell)

    def see_as(self, who: Who, changed: bool = False) -> None:
        """Show the screens of somebody else in a frame: as they are now, or `changed` as they would be once saved."""
        if self.desk is not None:
            focus = self.focusWidget()
            self._from = focus.accessibleName() if focus is not None else ""
            name, board = self.voice.workers(who), self.board if changed else None
            self._seen_as = who
            self.desk.see_as(who, lambda record: self._show_preview(record, name, changed), self._tell, board)

    def _choices_saved(self, _person: str) -> None:
        """A preview of what was so before is not shown any longer: the same one's screens as they are now."""
        if self.seeing is not None and self._seen_as is not None:
            self.close_preview()
            self.see_as(self._seen_as)

    def _show_preview(self, record: DisclosedRecord, who: str, changed: bool) -> None:
        if self.someone is None:
            return
        self.close_preview()
        self.seeing = Seeing(record, who, self.someone.spoken, self.voice, self._shell, changed=changed)
        self.seeing.closed.connect(self.close_preview)
        self._stack.addWidget(self.seeing)
        self._stack.setCurrentWidget(self.seeing)
        self.seeing.start()

    def close_preview(self) -> None:
        """Put the preview away."""
        if self.seeing is not None:
            old, self.seeing = self.seeing, None
            old.clear()
            self._stack.removeWidget(old)
            old.hide()
            old.deleteLater()
            self._stack.setCurrentWidget(self.states)
            page = self._pages.currentWidget() if self._pages is not None else None
            if page is not None:
                give_focus(page, self._from)

    def _ask_single(self) -> None:
        if self.desk is not None:
            self.desk.things(self._show_single, self._tell)

    def _show_single(self, things: list[DisclosedEntry]) -> None:
        if self._pages is None:
            return
        dialog = SingleThing(things, self.voice, self.window())
        dialog.hidden.connect(self.who_page.hide_thing)
        self._shell.show_dialog(dialog)

    def _ask_name(self) -> None:
        if self.desk is not None:
            self.desk.names(self._show_names, self._tell)

    def _show_names(self, known: list[Who]) -> None:
        if self._pages is None:
            return
        dialog = ByName(known, self.voice, self.window())
        dialog.named.connect(self.who_page.add_name)
        self._shell.show_dialog(dialog)

    def _keep_draft(self) -> None:
        if self.board is None:
            return
        assert self.desk is not None
        self.desk.keep_begun(BEGUN, self.board.begun() if self.board.changed else None)
