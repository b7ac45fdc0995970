"""The one window: sign in, find, say why, one person, import; locks by hand and when left alone.

The title never names a person. Locking blanks the window at once, drops every model, and closes the vault behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QMainWindow,
    QMenu,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from consent.disclosure import DisclosedRecord
from desktop.clipboard import Clipboard
from desktop.dialogs.about import AboutDialog
from desktop.dialogs.nights import NightsDialog
from desktop.dialogs.original import OriginalDialog
from desktop.dialogs.reason import ReasonDialog, why_words
from desktop.models.story import freshness
from desktop.reports import Original, PersonRow
from desktop.session import Session
from desktop.settings import Settings
from desktop.theme import style
from desktop.theme.tokens import TEXT_SCALES, THEMES, look, make, table
from desktop.views.find import Find
from desktop.views.importing import Importing
from desktop.views.person import PersonView
from desktop.views.sign_in import SignIn
from desktop.widgets.bars import StatusLine, TestDataStrip, TopBar
from fhir.entries import EntryId, PersonId

LOCK_AFTER_MS = 5 * 60_000
_ACTIVITY = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin)


class Window(QMainWindow):
    """OneStory's window over one session."""

    def __init__(self, session: Session, settings: Settings, *, lock_after_ms: int = LOCK_AFTER_MS) -> None:
        super().__init__()
        self.session, self._settings = session, settings
        self.setWindowTitle("OneStory")
        self.setMinimumSize(900, 600)
        self.setAcceptDrops(True)
        self.clipboard = Clipboard(self)
        self._dialogs: list[QDialog] = []
        self._said: dict[PersonId, tuple[str, str]] = {}
        self.person: PersonView | None = None
        self._record_state: tuple[DisclosedRecord, str] | None = None
        self._actions()
        self._build()
        session.signed_in.connect(self._entered)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(lock_after_ms)
        self._idle.timeout.connect(self._lock_if_idle)
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)
        QGuiApplication.instance().applicationStateChanged.connect(self._lock_if_suspended)  # type: ignore[union-attr]
        self.sign_in.start()

    def _build(self) -> None:
        """Make the screens in the look of now, empty."""
        holder = QWidget()
        holder.setProperty("role", "page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.bar, self.strip, self.status = TopBar(), TestDataStrip(), StatusLine()
        self.bar.find_button.clicked.connect(self.show_find)
        self.bar.lock.clicked.connect(self.lock)
        self.bar.why.clicked.connect(self._ask_again)
        self.bar.menu.setMenu(self._menu)
        self.screens = QStackedWidget()
        self.sign_in = SignIn(self.session)
        self.find_view = Find(self.session)
        self.find_view.chosen.connect(self.ask_why)
        self.find_view.wants_import.connect(self.choose_files)
        self.__dict__.pop("importing", None)
        for screen in (self.sign_in, self.find_view):
            self.screens.addWidget(screen)
        for part, stretch in ((self.bar, 0), (self.strip, 0), (self.screens, 1), (self.status, 0)):
            column.addWidget(part, stretch)
        self.strip.setVisible(self.session.test_data)
        self.setCentralWidget(holder)

    @cached_property
    def importing(self) -> Importing:
        """The import screen, made when somebody has signed in: the first window need not wait for it."""
        made = Importing(self.session)
        made.done.connect(self.show_find)
        self.screens.addWidget(made)
        return made

    # Going from screen to screen

    def _entered(self) -> None:
        self.bar.show_user(self.session.user)
        self.strip.setVisible(self.session.test_data)
        self._enable(True)
        self._idle.start()
        self.sign_in.reset()
        self.show_find()
        if self.session.warnings:
            self._tell("\n\n".join(self.session.warnings))

    def show_find(self) -> None:
        """The list of people; the record that was open is put away."""
        if self.session.user is None or self.importing.running:
            return
        self._drop_person()
        self.importing.clear()
        self.screens.setCurrentWidget(self.find_view)
        self.find_view.start()

    def ask_why(self, person: PersonRow) -> None:
        """Ask for the reason, then open the record."""
        dialog = ReasonDialog(person, self)
        if person.person_id in self._said:
            dialog.remember(*self._said[person.person_id])
        dialog.accepted.connect(lambda: self._open(person, dialog))
        self._show_dialog(dialog)

    def _open(self, person: PersonRow, dialog: ReasonDialog) -> None:
        purpose, relationship, reason = dialog.purpose, dialog.relationship, dialog.reason.text().strip()
        self._said[person.person_id] = (purpose, relationship)
        self.find_view.states.show_loading(self.tr("Opening the record…"))
        self.session.open_person(
            person.person_id, purpose, relationship, reason, lambda record: self.show_person(record), self._cannot_open
        )

    def _cannot_open(self, words: str) -> None:
        self.find_view.states.show_error(words)

    def show_person(self, record: DisclosedRecord, page: str = "overview") -> None:
        """Show a released record."""
        self._drop_person()
        self.find_view.clear()
        self._record_state = (record, page)
        view = PersonView(record)
        view.wants_original.connect(self._ask_original)
        view.wants_nights.connect(lambda: self._show_dialog(NightsDialog(record.nights_at_home, self)))
        view.copied.connect(self.clipboard.copy)
        self.person = view
        self.screens.addWidget(view)
        self.screens.setCurrentWidget(view)
        view.open_page(page)
        view.navigation.setFocus()
        self.bar.show_why(why_words(record.request.purpose, record.request.relationship))
        self.status.show_facts(freshness(record))

    def _drop_person(self) -> None:
        for dialog in self._dialogs:
            dialog.hide()
            dialog.deleteLater()
        self._dialogs.clear()
        self._record_state = None
        if self.person is not None:
            view, self.person = self.person, None
            view.clear()
            self.screens.removeWidget(view)
            view.hide()
            view.deleteLater()
        self.bar.show_why("")
        self.status.show_facts([])

    def _ask_again(self) -> None:
        if self.person is not None:
            self.show_find()

    def back(self) -> None:
        """One step back: details, overview, list of people."""
        if self.person is not None and self.person.back():
            return
        if self.session.user is not None and self.screens.currentWidget() is not self.find_view:
            self.show_find()

    # The original, importing

    def _ask_original(self, entry_id: str) -> None:
        if self.person is None:
            return
        title = self.person.story.entry(EntryId(entry_id)).entry.title
        self.session.original(EntryId(entry_id), lambda original: self._show_original(original, title), self._tell)

    def _show_original(self, original: Original, title: str) -> None:
        if self.person is not None:
            self._show_dialog(OriginalDialog(original, title, self))

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
        if self.session.user is None or self.importing.running:
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
        self._idle.stop()
        self.session.close()
        self.clipboard.clear()
        self._drop_person()
        self._said.clear()
        self.find_view.clear()
        self.importing.clear()
        self.bar.show_user(None)
        self.strip.setVisible(False)
        self._enable(False)
        self.screens.setCurrentWidget(self.sign_in)
        self.sign_in.start()
        self.sign_in.reset()

    def _lock_if_idle(self) -> None:
        if self.importing.running:
            self._idle.start()
        elif self.session.user is not None:
            self.lock()

    def _lock_if_suspended(self, state: Qt.ApplicationState) -> None:
        """Lock where the platform says that the program is put to sleep. Qt does not tell of a locked screen."""
        if state is Qt.ApplicationState.ApplicationSuspended and self.session.user is not None:
            self.lock()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in _ACTIVITY and self._idle.isActive():
            self._idle.start()
        return False

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._settings.keep_geometry(self.saveGeometry())
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self._drop_person()
        self.session.close()
        self.session.jobs.stop()
        super().closeEvent(event)

    # Looks, menu, shortcuts

    def wear(self, theme: str, scale: int) -> None:
        """Change theme and text size, keeping the page that is open."""
        made = make(theme, scale)
        if made == look():
            return
        self._settings.keep_look(made)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        style.apply(application, made)
        self._remake()

    def _remake(self) -> None:
        state, page = self._record_state, self.person.page if self.person is not None else ""
        report = self.importing._report if self.screens.currentWidget() is self.importing else None
        self._drop_person()
        old = self.takeCentralWidget()
        self._build()
        if old is not None:
            old.hide()
            old.deleteLater()
        self.bar.show_user(self.session.user)
        if self.session.user is None:
            self.sign_in.start()
        elif state is not None:
            self.show_person(state[0], page)
        elif report is not None:
            self.screens.setCurrentWidget(self.importing)
            self.importing.show_report(report)
        else:
            self.show_find()

    def _actions(self) -> None:
        self._menu = QMenu(self)
        self._signed_in_actions: list[QAction] = []
        for words, keys, call in (
            (self.tr("Find a person"), "Ctrl+K", self.show_find),
            (self.tr("Import files…"), "Ctrl+I", self.choose_files),
            (self.tr("Import a folder…"), "Ctrl+Shift+I", self.choose_folder),
        ):
            self._signed_in_actions.append(self._action(self._menu, words, keys, call))
        self._menu.addSeparator()
        themes = self._menu.addMenu(self.tr("Colours"))
        self._exclusive(
            themes,
            [(str(table()[key]["name"]), key) for key in THEMES],
            lambda key: self.wear(key, look().scale),
            look().theme,
        )
        sizes = self._menu.addMenu(self.tr("Text size"))
        self._exclusive(
            sizes,
            [(f"{size} %", str(size)) for size in TEXT_SCALES],
            lambda key: self.wear(look().theme, int(key)),
            str(look().scale),
        )
        self._action(self._menu, self.tr("Larger text"), "Ctrl++", lambda: self._resize_text(1))
        self._action(self._menu, self.tr("Smaller text"), "Ctrl+-", lambda: self._resize_text(-1))
        self._menu.addSeparator()
        self._action(self._menu, self.tr("Keyboard and about…"), "F1", lambda: self._show_dialog(AboutDialog(self)))
        self._signed_in_actions.append(self._action(self._menu, self.tr("Lock"), "Ctrl+L", self.lock))
        self._action(self._menu, self.tr("Quit"), "Ctrl+Q", self.close)
        QShortcut(QKeySequence("Ctrl+F"), self, self.show_find)
        QShortcut(QKeySequence("Ctrl+="), self, lambda: self._resize_text(1))
        QShortcut(QKeySequence("Esc"), self, self.back)
        for number in range(1, 10):
            QShortcut(QKeySequence(f"Alt+{number}"), self, lambda number=number: self._numbered(number))
        self._enable(False)

    def _action(self, menu: QMenu, words: str, keys: str, call: object) -> QAction:
        action = menu.addAction(words)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutVisibleInContextMenu(True)
        action.triggered.connect(lambda _checked=False: call())  # type: ignore[operator]
        self.addAction(action)
        return action

    def _exclusive(self, menu: QMenu, rows: list[tuple[str, str]], call: object, now: str) -> None:
        group = QActionGroup(self)
        for words, key in rows:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key == now)
            action.triggered.connect(lambda _checked=False, key=key: call(key))  # type: ignore[operator]
            group.addAction(action)

    def _enable(self, signed_in: bool) -> None:
        for action in self._signed_in_actions:
            action.setEnabled(signed_in)

    def _resize_text(self, step: int) -> None:
        at = TEXT_SCALES.index(look().scale) + step
        self.wear(look().theme, TEXT_SCALES[max(0, min(at, len(TEXT_SCALES) - 1))])

    def _numbered(self, number: int) -> None:
        if self.person is not None:
            self.person.open_numbered(number)

    # Words to the user

    def _tell(self, words: str) -> None:
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("OneStory")
        box.setText(words)
        self._show_dialog(box)

    def _show_dialog(self, dialog: QDialog) -> None:
        self._dialogs.append(dialog)
        dialog.finished.connect(lambda _code: self._forget_dialog(dialog))
        dialog.open()

    def dialogs(self) -> list[QDialog]:
        """Dialogs that stand before the window now, the newest last."""
        return list(self._dialogs)

    def _forget_dialog(self, dialog: QDialog) -> None:
        if dialog in self._dialogs:
            self._dialogs.remove(dialog)
            dialog.deleteLater()
