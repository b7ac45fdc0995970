"""Every dialog and pop-up, in every look and, where what it shows comes of a record, in every state of one, as PNG
files to look at.

One table for each who opens them: staff before an open record, the person in their own screens, the privacy office.
Nothing is recorded: each is opened, taken and put away. Tests walk the same tables.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from consent.disclosure import DisclosedRecord
from consent.plain_choices import Who
from desktop.demo.pdf import letter_pdf
from desktop.dialogs.correction import CorrectionDialog
from desktop.dialogs.document import DocumentDialog
from desktop.dialogs.reason import ReasonDialog
from desktop.dialogs.share import ShareDialog
from desktop.reports import PersonRow
from desktop.screen_matrix import LOOKS, STATES, in_state
from desktop.views.lawful import LawfulAccess
from desktop.views.my_choices import MyChoices
from desktop.views.plugged.backups import Backups
from desktop.views.plugged.desk import PrivacyDesk
from desktop.views.plugged.reading import offered
from desktop.views.plugged.reading import read as read_document
from desktop.views.plugged.users import Users
from desktop.views.window import Window
from desktop.widgets.date_field import DateField
from fhir.attachments import Attached, attachments

Settle = Callable[[], None]
"""Waits until nothing is under way."""
Save = Callable[[str, QWidget], Path]
"""Writes what a widget shows now under a name."""
Opener = Callable[[Window, Settle], object]
"""Opens one dialog or pop-up, or none where there is nothing that it could be about."""


# -- before an open record


def _command(key: str, then: Callable[[Any], object] = lambda _front: None) -> Opener:
    """What the menu's command opens, and what is then done in it."""

    def do(window: Window, settle: Settle) -> None:
        window._menus.do(key)
        settle()
        then(window.dialogs()[-1])

    return do


def _typed(key: str, words: str) -> Opener:
    """A finder with something typed into it."""
    return _command(key, lambda front: front.field.setText(words))


def _add(kind: str) -> Opener:
    return _command("add", lambda front: front.kind.setCurrentIndex(front.kind.findData(kind)))


def _share(form: str) -> Opener:
    def prepare(front: ShareDialog) -> None:
        front.form.setCurrentIndex(front.form.findData(form))
        front.prepare()

    return _command("share", prepare)


def _original(window: Window, _settle: Settle) -> None:
    if window.person is not None and (dated := window.person.story.dated()):
        window._ask_original(dated[0].entry.entry_id)


def _document(window: Window, settle: Settle) -> None:
    if window.person is not None:
        sections = window.person.story.record.sections.values()
        found = [item for section in sections for item in section.entries if offered(item)]
        if found:
            read_document(window, found[0])
            settle()
            front = window.dialogs()[-1]
            while isinstance(front, DocumentDialog) and not front.loaded:
                settle()  # it is drawn in a process of its own


def _kind(one: Attached) -> Opener:
    """A document of a kind, as it stands once it has been drawn."""

    def do(window: Window, settle: Settle) -> None:
        front = DocumentDialog(one.title, [one], window.copy, window)
        window.show_dialog(front)
        while not front.loaded:
            settle()

    return do


def _png() -> bytes:
    picture = QImage(320, 200, QImage.Format.Format_RGB32)
    picture.fill(0x8FB8DE)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


_SECTIONS = {
    "resourceType": "Composition",
    "title": "Discharge summary",
    "section": [
        {"title": "Why admitted", "text": {"div": "<div>Fell at home. No bone broken.</div>"}},
        {"title": "What changes", "text": {"div": "<div>Furosemide is now 40 mg, each morning.</div>"}},
    ],
}


def _documents() -> dict[str, Attached]:
    """One document of every kind that may come with a record; invented words."""
    letter = base64.b64decode(letter_pdf("Thornbridge Hospital", "Clinic letter", "She was seen in clinic today."))
    page = b"<p>Care plan</p><ul><li>Two visits a day</li><li>Key safe at the door</li></ul>"
    return {
        "pdf": Attached(title="Clinic letter", kind="pdf", data=letter),
        "picture": Attached(title="Photograph of a scanned form", kind="image", data=_png()),
        "text": Attached(title="Note of a telephone call", kind="text", data=b"Ruth rang. She will be there at two."),
        "html": Attached(title="Care plan", kind="html", data=page),
        "rtf": Attached(title="Letter", kind="rtf", data=rb"{\rtf1 Dear Mrs Example,\par your visit is on Monday.}"),
        "sections": attachments(_SECTIONS)[0],
        "elsewhere": Attached(title="Scan", kind="elsewhere", address="https://example.org/scan"),
        "unknown": Attached(title="Drawing", kind="unknown"),
        "broken": Attached(title="Letter that was cut off", kind="pdf", data=letter[: len(letter) // 3]),
    }


def _claimed(window: Window, _settle: Settle) -> None:
    """Somebody who only says how they know the person, and has not said it yet."""
    window.bar.why.click()
    front = window.dialogs()[-1]
    assert isinstance(front, ReasonDialog)
    front.remember("TREAT", "self-claimed")
    front.accept()


def _correction(window: Window, _settle: Settle) -> None:
    asked = "The record says I smoke. I stopped in 2009 and have told the surgery twice."
    window.show_dialog(CorrectionDialog(asked, lambda _corrected, _words: None, window))


def _nights(window: Window, _settle: Settle) -> None:
    if window.person is not None:
        window.person.wants_nights.emit()


def _menu(window: Window, _settle: Settle) -> None:
    window._menus.menu.popup(window.mapToGlobal(window.rect().center()))


STAFF: Mapping[str, Opener] = {
    "reason-again": lambda window, _settle: window.bar.why.click(),
    "reason-claimed": _claimed,
    "menu": _menu,
    "keys": lambda window, _settle: window.show_keys(),
    "palette": _command("palette"),
    "palette-typed": _typed("palette", "medic"),
    "find": _command("find-in-record"),
    "find-typed": _typed("find-in-record", "fall"),
    "find-nothing": _typed("find-in-record", "zzz"),
    "emergency": _command("emergency"),
    "filed": _command("filed"),
    **{f"add-{kind}": _add(kind) for kind in ("note", "measurement", "about-me", "task", "agreement")},
    "share": _command("share"),
    **{f"share-{form}": _share(form) for form in ("summary", "pdf", "ips")},
    "original": _original,
    "document": _document,
    **{f"document-{name}": _kind(one) for name, one in _documents().items()},
    "correction": _correction,
    "nights": _nights,
    "passphrase": _command("passphrase"),
    "told": lambda window, _settle: window.tell("The record could not be opened: the vault is in use elsewhere."),
}
"""With a record open."""
OF_A_RECORD = ("find-typed", "nights", "add-agreement")
"""Those that say something else in another state of the record."""


# -- of the person themself


def _own(window: Window) -> MyChoices:
    screen = window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    return screen


def _own_menu(window: Window, _settle: Settle) -> None:
    menu = _own(window).who_page.start.menu()
    assert menu is not None
    menu.popup(window.mapToGlobal(window.rect().center()))


def _see_as(role: str) -> Opener:
    def do(window: Window, settle: Settle) -> None:
        _own(window).see_as(Who("role", role))
        settle()

    return do


def _day(window: Window, settle: Settle) -> None:
    """The calendar of the first date field in sight."""
    screen = _own(window)
    screen.open_tab("looked")
    settle()
    field = next((one for one in screen.findChildren(DateField) if one.isVisible() and one.isEnabled()), None)
    if field is not None:
        field.choose.click()


OWN: Mapping[str, Opener] = {
    "own-single": lambda window, _settle: _own(window)._ask_single(),
    "own-name": lambda window, _settle: _own(window)._ask_name(),
    "own-start": _own_menu,
    "own-day": _day,
    "own-keys": lambda window, _settle: window.show_keys(),
    "own-menu": _menu,
    "own-passphrase": _command("passphrase"),
    "own-see-as-home-care": _see_as("home-care"),
    "own-see-as-gp": _see_as("gp"),
}
"""In the person's own screens; "see as" stands in the window itself."""


# -- of the privacy office


def _screen(window: Window, settle: Settle, key: str) -> QWidget | None:
    window.show_screen(key)
    settle()
    return window.screens.currentWidget()


def _lawful(act: Callable[[LawfulAccess], object]) -> Opener:
    def do(window: Window, settle: Settle) -> None:
        screen = _screen(window, settle, "lawful")
        assert isinstance(screen, LawfulAccess)
        screen.choose(screen.pane.people.person(screen.pane.people.index(0, 0)))
        settle()
        act(screen)

    return do


def _users(act: Callable[[Users], object]) -> Opener:
    def do(window: Window, settle: Settle) -> None:
        screen = _screen(window, settle, "users")
        assert isinstance(screen, Users)
        act(screen)

    return do


def _restore(window: Window, settle: Settle) -> None:
    screen = _screen(window, settle, "backups")
    assert isinstance(screen, Backups)
    screen.ask_restore(Path("monday.backup"))


def _desk(words: str) -> Opener:
    """The first act of the desk that is called so."""

    def do(window: Window, settle: Settle) -> None:
        screen = _screen(window, settle, "desk")
        assert isinstance(screen, PrivacyDesk)
        found = [one for one in screen.findChildren(QPushButton) if one.text().startswith(words)]
        if found:
            found[0].click()

    return do


def _delay(window: Window, settle: Settle) -> None:
    """Offered for overrides alone; it looks the same for any case."""
    screen = _screen(window, settle, "desk")
    assert isinstance(screen, PrivacyDesk)
    assert screen._desk is not None
    if cases := screen._desk.to_tell():
        screen._delay(cases[0])


OFFICE: Mapping[str, Opener] = {
    "ask": _lawful(lambda screen: screen.ask()),
    "silent": _lawful(lambda screen: screen.limit()),
    "add-user": _users(lambda screen: screen.add()),
    "add-linked": _users(lambda screen: screen.add_linked()),
    "renew": _users(lambda screen: screen.renew(screen._users[0])),
    "rename": _users(lambda screen: screen.rename()),
    "remove": _users(lambda screen: screen.remove(screen._users[0])),
    "change-keys": _users(lambda screen: screen.change_keys(True)),
    "new-key": _users(lambda screen: screen._with_new_key(lambda _workspace, _key: None, "")),
    "restore": _restore,
    "justified": _desk("Justified"),
    "escalate": _desk("Escalate"),
    "words": _desk("Words for"),
    "delay": _delay,
    "answer": _desk("Answer"),
    "claim-in-order": _desk("In order"),
    "claim-ask": _desk("Ask them"),
    "claim-refuse": _desk("Refuse"),
}
"""Of the custodian's office; those of the desk where there is something to decide."""


# -- taking them


@contextmanager
def opened(window: Window, settle: Settle, opener: Opener) -> Iterator[QWidget | None]:
    """What an opener brought before the window, put away afterwards; None where it brought nothing."""
    before = window.dialogs()
    opener(window, settle)
    settle()
    popup = QApplication.activePopupWidget()
    new = [one for one in window.dialogs() if one not in before]
    yield popup or (new[-1] if new else None)
    if popup is not None:
        popup.close()
    for one in new:
        one.reject()
    settle()


def walk(window: Window, settle: Settle, openers: Mapping[str, Opener]) -> Iterator[tuple[str, QWidget | None]]:
    """Each of a table's openers by name, with what it brought while that stands there."""
    for name, opener in openers.items():
        with opened(window, settle, opener) as front:
            yield name, front


def shoot_record(window: Window, record: DisclosedRecord, save: Save, settle: Settle) -> list[Path]:
    """Take what staff open before a record, in every look; what depends on the record in every state of one."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        for state in STATES:
            window.show_person(in_state(record, state))
            settle()
            for name, opener in STAFF.items():
                if state == "data" or name in OF_A_RECORD:
                    taken += _take(window, settle, opener, partial(save, f"dialog-{name}-{theme}-{scale}-{state}"))
    window.wear("light", 100)
    return taken


def shoot_reason(window: Window, row: PersonRow, save: Save, settle: Settle) -> list[Path]:
    """Take what is asked before a record is opened, in every look."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        window.show_find()
        settle()
        taken += _take(window, settle, lambda it, _: it.ask_why(row), partial(save, f"dialog-reason-{theme}-{scale}"))
    window.wear("light", 100)
    return taken


def shoot_own(window: Window, save: Save, settle: Settle, now: datetime) -> list[Path]:
    """Take what the person opens in their own screens, in both ways of speaking and in every look."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        for easy in (False, True):
            window.wear(theme, scale)
            settle()
            screen = _own(window)
            screen.use_clock(lambda: now)
            settle()
            if screen.voice.easy != easy:
                screen.toggle_easy()
                settle()
            way = "easy" if easy else "ordinary"
            for name, opener in OWN.items():
                taken += _take(window, settle, opener, partial(save, f"dialog-{name}-{way}-{theme}-{scale}"))
                if _own(window).seeing is not None:
                    taken.append(save(f"{name}-{way}-{theme}-{scale}", window))
                    _own(window).close_preview()
                    settle()
    window.wear("light", 100)
    settle()
    if _own(window).voice.easy:
        _own(window).toggle_easy()
    settle()
    return taken


def shoot_office(window: Window, save: Save, settle: Settle) -> list[Path]:
    """Take what the office opens, in every look."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        settle()
        for name, opener in OFFICE.items():
            taken += _take(window, settle, opener, partial(save, f"dialog-office-{name}-{theme}-{scale}"))
    window.wear("light", 100)
    return taken


def _take(window: Window, settle: Settle, opener: Opener, save: Callable[[QWidget], Path]) -> list[Path]:
    with opened(window, settle, opener) as front:
        return [save(front)] if front is not None else []
