"""The part of the window that holds one open record: asking why, opening it, showing it, and dialogs before it.

The window itself (`desktop.views.window`) makes the screens, lets people in and locks; this knows none of that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QMainWindow, QMessageBox, QStackedWidget

from consent.disclosure import DisclosedRecord
from consent.request import Relationship
from desktop.clipboard import Clipboard
from desktop.dialogs.nights import NightsDialog
from desktop.dialogs.original import OriginalDialog
from desktop.dialogs.reason import SHORT_RELATIONSHIP, ReasonDialog, why_words
from desktop.models.story import freshness
from desktop.reports import Original, PersonRow
from desktop.session import Session
from desktop.settings import Settings
from desktop.views.around_person import AroundPerson
from desktop.views.find import Find
from desktop.views.menus import Menus
from desktop.views.person import PersonView
from desktop.widgets.bars import StatusLine, TopBar
from desktop.widgets.leaving import let_go
from desktop.widgets.pieces import Pieces
from fhir.entries import EntryId, PersonId


class RecordWindow(AroundPerson, QMainWindow):
    """A window over one session with at most one record open."""

    bar: TopBar
    status: StatusLine
    screens: QStackedWidget
    find_view: Find
    _menus: Menus

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session, self._settings = session, settings
        self.clipboard = Clipboard(self)
        self._dialogs: list[QDialog] = []
        self._said: dict[PersonId, tuple[str, Relationship, str]] = {}
        self._row: PersonRow | None = None
        self.person = None
        self._record_state: tuple[DisclosedRecord, str] | None = None
        self._arriving = Pieces(self)
        session.chosen.connect(self._choices_saved)

    @property
    def easy(self) -> bool:
        return self.session.user is not None and self._settings.easy(self.session.user.name)

    def keep_easy(self, easy: bool) -> None:
        self._settings.keep_easy(easy, self.session.user.name if self.session.user is not None else "")

    def ask_why(self, person: PersonRow, *, again: bool = False) -> None:
        """Ask for the reason, then open the record. A reason already given for this very person lasts while its user
        stays signed in, unless they ask to give another."""
        if person.person_id in self._said and not again:
            self._open(person, *self._said[person.person_id])
            return
        dialog = ReasonDialog(person, self)
        before = self._said.get(person.person_id)
        known = self.find_view.relationship(person.person_id)
        if before is not None:
            dialog.remember(*before[:2])
        elif known in SHORT_RELATIONSHIP and known not in ("self-claimed", "none"):
            dialog.remember("TREAT", known)
        dialog.accepted.connect(
            lambda: self._open(person, dialog.purpose, dialog.relationship, dialog.reason.text().strip())
        )
        self.show_dialog(dialog)

    def _open(self, person: PersonRow, purpose: str, relationship: Relationship, reason: str) -> None:
        self._said[person.person_id] = (purpose, relationship, reason)
        self.find_view.states.show_loading(self.tr("Opening the record…"))

        def opened(record: DisclosedRecord) -> None:
            self._row = person
            self._bring_person(record)
            self.session.remember_opened(person.person_id, relationship)

        self.session.open_person(person.person_id, purpose, relationship, reason, opened, self._cannot_open)

    def _cannot_open(self, words: str) -> None:
        if self.person is not None:
            self.tell(words)
        else:
            self.find_view.states.show_error(words)

    def show_person(self, record: DisclosedRecord, page: str = "overview") -> None:
        """Show a released record."""
        self._drop_person()
        for step in self._steps(record, page):
            step()

    def _bring_person(self, record: DisclosedRecord, page: str = "overview") -> None:
        """Show a record that has just arrived, one step each turn, so that the window is never held up for long."""
        self._drop_person()
        self._arriving.build(self._steps(record, page))

    def _steps(self, record: DisclosedRecord, page: str) -> tuple[Callable[[], None], ...]:
        return (
            partial(self._make_person, record, page),
            self._place_person,
            partial(self._open_first, record, page),
        )

    def _make_person(self, record: DisclosedRecord, page: str) -> None:
        self._record_state = (record, page)
        user = self.session.user.name if self.session.user is not None else ""
        settings = self._settings
        grouping = partial(settings.grouping, user)
        view = PersonView(record, self, everything=settings.lists_everything(user), grouping=grouping)
        view.grouped.connect(partial(settings.keep_grouping, user))
        view.lists_everything.connect(lambda every: settings.keep_lists_everything(user, every))
        view.wants_original.connect(self._ask_original)
        view.wants_nights.connect(lambda: self.show_dialog(NightsDialog(view.story, self)))
        view.copied.connect(self.clipboard.copy)
        self.person = view

    def _place_person(self) -> None:
        """Who this is and what must not be missed, before any page."""
        assert self.person is not None
        self.person.resize(self.screens.size())  # so that nothing is laid out at a size of Qt's own first
        self.screens.addWidget(self.person)
        self.screens.setCurrentWidget(self.person)
        self.find_view.clear()

    def _open_first(self, record: DisclosedRecord, page: str) -> None:
        assert self.person is not None
        self.person.open_page(page)
        self.person.navigation.setFocus()
        self.bar.show_why(why_words(record.request.purpose, record.request.relationship))
        self.status.show_facts(freshness(record))
        self._menus.enable(self.session.user, record=True)

    def _drop_person(self) -> None:
        self._arriving.stop()
        self._drop_dialogs()
        if self._record_state is not None and self._record_state[0].override is not None:
            self.clipboard.clear()  # what was opened by an override is taken back everywhere when it ends
        self._record_state = None
        if self.person is not None:
            view, self.person = self.person, None
            view.hide()
            view.clear()
            self.screens.removeWidget(view)
            let_go(view)
        self.bar.show_why("")
        self.status.show_facts([])
        self._menus.enable(self.session.user, record=False)

    def _ask_again(self) -> None:
        """Give another reason for the record that is open; it is opened anew, and logged."""
        if self.person is not None and self._row is not None:
            self.ask_why(self._row, again=True)

    # What views ask of the window

    def copy(self, text: str) -> None:
        """Put text on the clipboard; it is taken back when the window locks."""
        self.clipboard.copy(text)

    def open_numbered(self, number: int) -> None:
        """Open the page at a place in the navigation, counted from 1."""
        if self.person is not None:
            self.person.open_numbered(number)

    def show_record(self, record: DisclosedRecord) -> None:
        """Show a record that the gate has just released, on the page that is open."""
        self.show_person(record, self._page())

    def _page(self) -> str:
        """The page that is open, or will be in a moment."""
        return (self.person.page if self.person is not None else "") or "overview"

    def reopen(self) -> None:
        """Ask the gate again for the record that is open, for the same reason, and show what it releases now."""
        if self._record_state is None or self.person is None:
            return
        request, page = self._record_state[0].request, self._page()
        self.session.open_person(
            request.person,
            request.purpose,
            request.relationship,
            request.reason,
            lambda record: self._bring_person(record, page),
            self.tell,
        )

    def _choices_saved(self, person: str) -> None:
        """What was released before may not be for whoever reads any longer: put it away, and ask the gate anew."""
        self.clipboard.clear()
        self._drop_dialogs()
        if self._record_state is None or str(self._record_state[0].person) != person:
            return
        request, page = self._record_state[0].request, self._page()
        self._drop_person()
        self.screens.setCurrentWidget(self.find_view)
        self.find_view.states.show_loading(self.tr("Opening the record…"))
        self.session.open_person(
            request.person,
            request.purpose,
            request.relationship,
            request.reason,
            lambda record: self._bring_person(record, page),
            self._cannot_open,
        )

    def _drop_dialogs(self) -> None:
        for dialog in self._dialogs:
            let_go(dialog)
        self._dialogs.clear()

    def show_screen(self, key: str) -> None:
        """Go to a plugged screen; the record that was open is put away."""
        raise NotImplementedError

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
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("OneStory")
        box.setText(words)
        self.show_dialog(box)

    def show_dialog(self, dialog: QDialog) -> None:
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
