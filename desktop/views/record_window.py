"""The part of the first window that holds one open record: asking why, opening it, showing it, here and in another.

The window itself (`desktop.views.window`) makes the screens, lets people in and locks; this knows none of that.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QStackedWidget

from consent.disclosure import DisclosedRecord
from consent.request import Relationship
from desktop.clipboard import Clipboard
from desktop.dialogs.reason import SHORT_RELATIONSHIP, ReasonDialog, why_words
from desktop.models.story import freshness
from desktop.reports import PersonRow
from desktop.session import Session
from desktop.settings import Settings
from desktop.views.another_window import AnotherWindow
from desktop.views.find import Find
from desktop.views.menus import Menus
from desktop.views.person_window import PersonWindow
from desktop.widgets.bars import StatusLine, TopBar
from desktop.widgets.leaving import let_go
from desktop.widgets.pieces import Pieces
from fhir.entries import PersonId


class RecordWindow(PersonWindow):
    """The first window over one session; `another` is a second one on the record that is or was open, for reading."""

    bar: TopBar
    status: StatusLine
    screens: QStackedWidget
    find_view: Find
    _menus: Menus

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__(session, settings)
        self.clipboard = Clipboard(self)
        self.another: AnotherWindow | None = None
        self._said: dict[PersonId, tuple[str, Relationship, str]] = {}
        self._row: PersonRow | None = None
        self._record_state: tuple[DisclosedRecord, str] | None = None
        self._arriving = Pieces(self)
        session.chosen.connect(self._choices_saved)

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

    def alike(self, person: PersonId) -> int:
        """How many others here may be this same person, as the list said when they were chosen."""
        row = self._row
        return row.possible_matches if row is not None and row.person_id == person else 0

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
        if self.another is not None and (record.override is not None or not self.another.is_of(record.request)):
            self.another.close()
        self._record_state = (record, page)
        self.person = self._view_of(record)

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

    # Another window

    def open_another(self) -> None:
        """Show the record that is open in a second window too, for reading, or bring that one to the front."""
        if self._record_state is None:
            return
        record, _page = self._record_state
        if record.override is not None:
            self.tell(self.tr("While a record is open by emergency access or an override, it has one window only."))
            return
        if self.another is None:
            self.another = AnotherWindow(self, self._settings, record.request)
            self.another.gone.connect(self._forget_another)
            self.another.resize(self.size())
            self.another.show()
            self.another.read()
        self.another.raise_()
        self.another.activateWindow()

    def _forget_another(self) -> None:
        self.another = None

    def lock(self) -> None:
        """Blank every window, forget everything and let someone else sign in."""
        raise NotImplementedError

    def larger(self, step: int) -> None:
        """Change the text by so many sizes."""
        self._menus.resize_text(step)

    # What views ask of the window

    def copy(self, text: str) -> None:
        """Put text on the clipboard; it is taken back when the window locks."""
        self.clipboard.copy(text)

    def show_record(self, record: DisclosedRecord) -> None:
        """Show a record that the gate has just released, on the page that is open."""
        self.show_person(record, self._page())

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
