"""What every window that shows one open record does alike: make its view, show originals, dialogs and words before it.

Knows neither how the record was asked for nor what else the window holds.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox

from consent.disclosure import DisclosedRecord
from desktop.dialogs.nights import NightsDialog
from desktop.dialogs.original import OriginalDialog
from desktop.reports import Original
from desktop.session import Session
from desktop.settings import Settings
from desktop.views.around_person import AroundPerson
from desktop.views.person import PersonView
from desktop.widgets.leaving import let_go
from fhir.entries import EntryId, PersonId


class PersonWindow(AroundPerson, QMainWindow):
    """A window over one session with at most one record open."""

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session, self._settings = session, settings
        self._dialogs: list[QDialog] = []
        self.person = None

    @property
    def easy(self) -> bool:
        """Whether whoever is signed in reads their own screens in Easy Read."""
        return self.session.user is not None and self._settings.easy(self.session.user.name)

    def keep_easy(self, easy: bool) -> None:
        """Remember that, for the next time they sign in."""
        self._settings.keep_easy(easy, self.session.user.name if self.session.user is not None else "")

    def copy(self, text: str) -> None:
        """Put text on the clipboard; it is taken back when the window locks."""
        raise NotImplementedError

    def show_screen(self, key: str) -> None:
        """Go to a plugged screen; the record that was open is put away."""
        raise NotImplementedError

    def show_record(self, record: DisclosedRecord) -> None:
        """Show a record that the gate has just released, on the page that is open."""
        raise NotImplementedError

    def reopen(self) -> None:
        """Ask the gate again for the record that is open, for the same reason, and show what it releases now."""
        raise NotImplementedError

    def open_numbered(self, number: int) -> None:
        """Open the page at a place in the navigation, counted from 1."""
        if self.person is not None:
            self.person.open_numbered(number)

    def _view_of(self, record: DisclosedRecord) -> PersonView:
        """A view of a released record, as whoever is signed in likes to read."""
        user = self.session.user.name if self.session.user is not None else ""
        settings = self._settings
        grouping = partial(settings.grouping, user)
        every = settings.lists_everything(user)
        view = PersonView(record, self, everything=every, grouping=grouping, alike=self.alike(record.person))
        view.grouped.connect(partial(settings.keep_grouping, user))
        view.lists_everything.connect(lambda every: settings.keep_lists_everything(user, every))
        view.wants_original.connect(self._ask_original)
        view.wants_nights.connect(lambda: self.show_dialog(NightsDialog(view.story, self)))
        view.copied.connect(self.copy)
        return view

    def alike(self, _person: PersonId) -> int:
        """How many others here may be this same person."""
        return 0

    def _page(self) -> str:
        """The page that is open, or will be in a moment."""
        return (self.person.page if self.person is not None else "") or "overview"

    # The original, dialogs and words

    def _ask_original(self, entry_id: str) -> None:
        if self.person is None:
            return
        title = self.person.story.entry(EntryId(entry_id)).entry.title
        self.session.original(EntryId(entry_id), lambda original: self._show_original(original, title), self.tell)

    def _show_original(self, original: Original, title: str) -> None:
        if self.person is not None:
            self.show_dialog(OriginalDialog(original, title, self))

    def tell(self, words: str) -> None:
        """Say one thing in plain words."""
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("OneStory")
        box.setText(words)
        self.show_dialog(box)

    def show_dialog(self, dialog: QDialog) -> None:
        """Show a dialog over the window; it goes away with the person or when the window locks."""
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

    def _drop_dialogs(self) -> None:
        for dialog in self._dialogs:
            let_go(dialog)
        self._dialogs.clear()
