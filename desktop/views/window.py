"""The first window: sign in, find, one person, import; locks by hand and when left alone.

The title never names a person. Locking blanks the window at once, drops every model, and closes the vault behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.about import AboutDialog
from desktop.in_use import InUse
from desktop.models.voice import Voice
from desktop.reports import UserRow
from desktop.session import Session
from desktop.settings import Settings
from desktop.theme import style
from desktop.theme.tokens import Look, look, make
from desktop.views.find import Find
from desktop.views.importing import Importing
from desktop.views.menus import Menus
from desktop.views.my_hiding import escape_hides
from desktop.views.plugs import Screen, plugged
from desktop.views.putting_back import ask_which
from desktop.views.record_window import RecordWindow
from desktop.views.sign_in import SignIn
from desktop.widgets import arrangement
from desktop.widgets.arrangement import NoArrangement
from desktop.widgets.bars import StatusLine, TestDataStrip, TopBar
from desktop.widgets.leaving import let_go
from desktop.widgets.panes import Panes
from desktop.widgets.table import RecordTable

LOCK_AFTER_MS = 5 * 60_000
AHEAD_MS = 400
"""When what plugged views need is read ahead: after the first window stands, while somebody types a passphrase."""


class Window(RecordWindow):
    """OneStory's window over one session."""

    def __init__(self, session: Session, settings: Settings, *, lock_after_ms: int = LOCK_AFTER_MS) -> None:
        super().__init__(session, settings)
        self.setWindowTitle("OneStory")
        self.setMinimumSize(900, 600)
        self.setAcceptDrops(True)
        self._menus = Menus(self, self)
        self._build()
        session.signed_in.connect(self._entered)
        session.closed.connect(self._left)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(lock_after_ms)
        self._idle.timeout.connect(self._lock_if_idle)
        InUse(self).used.connect(self._put_off_the_lock)
        QGuiApplication.instance().applicationStateChanged.connect(self._lock_if_suspended)  # type: ignore[union-attr]
        self.sign_in.start()
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.setInterval(AHEAD_MS)
        self._ahead.timeout.connect(lambda: session.jobs.start(lambda _job: plugged(), _nothing, _nothing))
        self._ahead.start()

    def _build(self) -> None:
        """Make the screens in the look of now, empty."""
        holder = QWidget()
        holder.setProperty("role", "page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.bar, self.strip, self.status = TopBar(), TestDataStrip(), StatusLine()
        self.bar.find_button.clicked.connect(self.show_find)
        self.bar.find_inside.clicked.connect(lambda: self._menus.do("find-in-record"))
        self.bar.lock.clicked.connect(self.lock)
        self.bar.wants_post.connect(self.work_as)
        self.bar.why.clicked.connect(self._ask_again)
        self.bar.menu.setMenu(self._menus.menu)
        escape_hides(self._menus.menu, self, self._hides)
        self.screens = QStackedWidget()
        self.sign_in = SignIn(self.session, self._settings.last_post, self._settings.easy)
        self.find_view = Find(self.session)
        self.find_view.chosen.connect(self.ask_why)
        self.find_view.wants_import.connect(self.choose_files)
        self.__dict__.pop("importing", None)
        self._screens: dict[str, Screen] = {}
        self._undressed = ""
        self.sign_in.wants_backup.connect(lambda: ask_which(self))
        for screen in (self.sign_in, self.find_view):
            self.screens.addWidget(screen)
        for part, stretch in ((self.bar, 0), (self.strip, 0), (self.screens, 1), (self.status, 0)):
            column.addWidget(part, stretch)
        self.strip.setVisible(self.session.test_data)
        self.setCentralWidget(holder)

    @cached_property
    def importing(self) -> Importing:
        """The import screen, made when it is first wanted."""
        made = Importing(self.session)
        made.done.connect(self.show_find)
        made.matches.connect(lambda: self.show_screen("matches"))
        self.screens.addWidget(made)
        return made

    def _importing_now(self) -> bool:
        importing = "importing" in self.__dict__ and self.importing.running
        return importing or any(screen.busy() for screen in self._screens.values())

    def _clear_importing(self) -> None:
        if "importing" in self.__dict__:
            self.importing.clear()

    def _keep_at_work(self, screen: str) -> QWidget | None:
        """What is at work, out of the window that is about to be built anew: only it knows how far it is."""
        at_work: QWidget | None = None
        if "importing" in self.__dict__ and self.importing.running:
            at_work = self.importing
        elif screen and self._screens[screen].busy():
            at_work = self._screens[screen]
        if at_work is not None:
            self.screens.removeWidget(at_work)
            at_work.setParent(None)
        return at_work

    def _go_on_with(self, at_work: QWidget, screen: str) -> None:
        """Show again what is at work. It is built anew in the look of now when its work is done, or it is left."""
        if isinstance(at_work, Importing):
            self.__dict__["importing"] = at_work
            at_work.reported.connect(self._remake, Qt.ConnectionType.QueuedConnection)
        elif isinstance(at_work, Screen):
            self._screens[screen], self._undressed = at_work, screen
        self.screens.addWidget(at_work)
        self.screens.setCurrentWidget(at_work)

    # Going from screen to screen

    def _entered(self) -> None:
        self.bar.show_user(self.session.user, self.session.posts)
        if self.session.user is not None and len(self.session.posts) > 1:
            self._settings.keep_last_post(self.session.user.name, self.session.user.post)
        self._settings.keep_easy(self.easy)
        self.strip.setVisible(self.session.test_data)
        self._menus.enable(self.session.user, record=False)
        arrangement.use(self._settings.arrangement(self.session.user.name) if self.session.user else NoArrangement())
        self._idle.start()
        self.sign_in.reset()
        user = self.session.user
        theirs = self._settings.look(user.name) if user is not None else look()
        if theirs != look():
            self._dress(theirs)  # which ends there too
        else:
            self.show_find()
        if user is not None and user.finds:
            self.session.ask(lambda workspace: len(workspace.claims_asked()), self._tell_asked, _nothing)
        if self.session.warnings:
            self.tell(Voice(easy=self.easy).warnings(self.session.warnings))

    def _tell_asked(self, questions: int) -> None:
        if questions:
            self.tell(self.tr("The privacy office has a question to you: see Questions to you in the menu."))

    def _home(self) -> str:
        """The key of the screen that a user has in place of the list of people; empty for those who find people."""
        user = self.session.user
        if user is None or user.finds:
            return ""
        return next((kind.key for kind in plugged().screens if kind.home and kind.who(user)), "")

    def show_find(self) -> None:
        """The list of people, or in its place a user's own screen; the record that was open is put away."""
        if self.session.user is None or self._importing_now():
            return
        if home := self._home():
            self.show_screen(home)
            return
        self._drop_person()
        self._clear_importing()
        self._clear_screens()
        self.screens.setCurrentWidget(self.find_view)
        self.find_view.start()

    def _hides(self) -> bool:
        front = self.screens.currentWidget()
        return isinstance(front, Screen) and front.hides

    def show_dialog(self, dialog: QDialog) -> None:
        """Show a dialog over the window; it goes away with the person or when the window locks. Before a screen from
        which Esc hides everything, it does so from here too."""
        if self._hides():
            escape_hides(dialog, self)
        super().show_dialog(dialog)

    def back(self) -> None:
        """One step back: details, overview, list of people. From a screen of the person's own it hides everything."""
        if self._hides():
            self.lock()
            return
        if self.person is not None and self.person.back():
            return
        front = self._screens.get(self._home(), self.find_view)
        if self.session.user is not None and self.screens.currentWidget() is not front:
            self.show_find()

    def show_screen(self, key: str) -> None:
        """Go to a plugged screen; the record that was open is put away."""
        kind = next(kind for kind in plugged().screens if kind.key == key)
        if self.session.user is None or not kind.who(self.session.user) or self._importing_now():
            return
        self._drop_person()
        self.find_view.clear()
        self._clear_screens()
        if key not in self._screens:
            self._screens[key] = kind.make(self)
            self.screens.addWidget(self._screens[key])
        self.screens.setCurrentWidget(self._screens[key])
        self._screens[key].start()

    def _keep_begun(self) -> None:
        """Have what was typed in dialogs and screens, and not saved, kept in the vault: they are about to go."""
        for one in (*self._dialogs, *self._screens.values()):
            keep = getattr(one, "keep", None)
            if callable(keep):
                keep()

    def _clear_screens(self) -> None:
        for screen in self._screens.values():
            screen.clear()
        if self._undressed:
            old, self._undressed = self._screens.pop(self._undressed), ""
            self.screens.removeWidget(old)
            let_go(old)

    # Importing

    def choose_files(self) -> None:
        """Ask for files to import."""
        if self.session.user is None:
            return
        names, _kind = QFileDialog.getOpenFileNames(
            self, self.tr("Import files"), "", self.tr("Records (*.json *.xml *.ndjson *.zip *.csv);;All files (*)")
        )
        if names:
            self.start_import([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder to import."""
        if self.session.user is None:
            return
        name = QFileDialog.getExistingDirectory(self, self.tr("Import a folder"))
        if name:
            self.start_import([Path(name)])

    def start_import(self, paths: Sequence[Path]) -> None:
        """Import, showing progress and then the report."""
        if self.session.user is None or self._importing_now():
            return
        self._drop_person()
        self.screens.setCurrentWidget(self.importing)
        self.importing.start(paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if self.session.user is not None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths and self.session.user is not None:
            event.acceptProposedAction()
            self.start_import(paths)

    # Locking

    def lock(self) -> None:
        """Blank the window, forget everything and let someone else sign in."""
        if self.session.user is None:
            self._left()
        else:
            self._keep_begun()
            self.session.close()  # which ends there too

    def choose_post(self) -> None:
        """Offer the other posts of whoever is signed in."""
        if len(self.session.posts) > 1:
            self.bar.post.showMenu()

    def work_as(self, post: UserRow) -> None:
        """At work in another post of the same user: everything of this one is put away as when locking, its keys
        forgotten, and the passphrase not asked again."""
        if self.session.user is None or post == self.session.user or self._importing_now():
            return

        def failed(words: str) -> None:
            self.lock()
            self.tell(words)

        self._keep_begun()
        self.session.work_as(post, failed)  # which ends in `_left`, and then begins anew
        self.sign_in.wait()

    def _left(self) -> None:
        """Whoever was signed in is not any more, for whatever reason."""
        self._idle.stop()
        arrangement.use(NoArrangement())
        self.clipboard.clear()
        self._drop_person()
        self._said.clear()
        self._row = None
        self.find_view.clear()
        self._clear_importing()
        self.bar.show_user(None)
        self.strip.setVisible(False)
        self._menus.enable(None, record=False)
        self._clear_screens()
        self.screens.setCurrentWidget(self.sign_in)
        self.sign_in.start()
        self.sign_in.reset()

    def _lock_if_idle(self) -> None:
        if self._importing_now():
            self._idle.start()
        elif self.session.user is not None:
            self.lock()

    def _lock_if_suspended(self, state: Qt.ApplicationState) -> None:
        """Lock where the platform says that the program is put to sleep. Of a locked screen `desktop.away` tells."""
        if state is Qt.ApplicationState.ApplicationSuspended:
            self.lock_if_open()

    def lock_if_open(self) -> None:
        """Whoever sits here goes away: lock at once, whatever is under way."""
        if self.session.user is not None:
            self.lock()

    def _put_off_the_lock(self) -> None:
        if self._idle.isActive():
            self._idle.start()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._ahead.stop()
        self._settings.keep_geometry(self.saveGeometry())
        self._keep_begun()
        self.clipboard.clear()
        self._drop_person()
        self.session.closed.disconnect(self._left)
        self.session.close()
        self.session.jobs.stop()
        super().closeEvent(event)

    # Looks, menu, shortcuts

    def wear(self, theme: str, scale: int) -> None:
        """Change theme and text size, keeping the page that is open."""
        made = make(theme, scale)
        if made == look():
            return
        self._settings.keep_look(made, self.session.user.name if self.session.user is not None else "")
        self._dress(made)

    def lay_out_as_first(self) -> None:
        """Columns and panes of every window as they were made; what their user set is forgotten."""
        arrangement.arrangement().reset()
        for window in (self, *([self.another] if self.another is not None else [])):
            parts: list[RecordTable | Panes] = [*window.findChildren(RecordTable), *window.findChildren(Panes)]
            for part in parts:
                part.relook()

    def _dress(self, made: Look) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        style.apply(application, made)
        self._remake()

    def _remake(self) -> None:
        state, page = self._record_state, self._page()
        report = None
        self._keep_begun()
        if "importing" in self.__dict__ and self.screens.currentWidget() is self.importing:
            report = self.importing._report
        screen = next((key for key, one in self._screens.items() if self.screens.currentWidget() is one), "")
        focus = self.focusWidget()
        at_work = self._keep_at_work(screen)
        if screen and at_work is None:
            self._screens[screen].before_new_look()
        self._drop_person()
        old = self.takeCentralWidget()
        self._build()
        if old is not None:
            let_go(old)
        self.bar.show_user(self.session.user, self.session.posts)
        if self.session.user is None:
            self.sign_in.start()
        elif state is not None:
            self.show_person(state[0], page)
        elif at_work is not None:
            self._go_on_with(at_work, screen)
            if focus is not None and at_work.isAncestorOf(focus):
                focus.setFocus()
        elif report is not None:
            self.screens.setCurrentWidget(self.importing)
            self.importing.show_report(report)
        elif screen:
            self.show_screen(screen)
        else:
            self.show_find()
        if self.another is not None:
            self.another.dress()

    # Words to the user

    def show_keys(self) -> None:
        """Every key, and what this program is."""
        self.show_dialog(AboutDialog(self, self._menus.keys()))

    def leave(self) -> None:
        """Close the window."""
        self.close()


def _nothing(_what: object) -> None:
    """Nobody waits for it."""
