"""Renders the window's screens on a demonstration to PNG files, for the README and for looking at.

Drives the real window over a real vault; needs no display. Dates are those of the demonstration, so that two runs show
the same.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication, QWidget

from desktop import dialog_matrix, screen_matrix
from desktop.application import make_application, open_window
from desktop.choices_pictures import photograph, photograph_caring, photograph_easy_read
from desktop.demo.generator import write_people
from desktop.demo.run import AS_OF, CAST, SEED, Demonstration, DemoUser
from desktop.errors import WorkspaceError
from desktop.own_matrix import shoot_own
from desktop.reports import PersonRow
from desktop.rights_pictures import photograph_rights
from desktop.session import OnDisk
from desktop.settings import Settings
from desktop.theme import style
from desktop.theme.tokens import make
from desktop.views.person import PersonView
from desktop.views.plugged.emergency import break_glass
from desktop.views.window import Window

SIZE = (1440, 900)
PATIENCE_S = 120.0
A_DAY_MS = 86_400_000
"""Nobody touches the window while it is rendered, which on a busy machine takes longer than it stays open alone."""
SHOWN = "Margaret ELLISON"
RIGHTS = {"gp": "acting", "custodian": "lawful"}
"""On which screen users of a role are shown who acts for whom."""


class FixedClockVault(OnDisk):
    """A vault opened at a fixed time, often a copy: its log is noted beside it, not in the user's folder."""

    def __init__(self, path: Path, now: datetime) -> None:
        super().__init__(path, now, path.with_name("anchors"))


EVERY = "every"
"""The folder inside `out` for every page in every look and state; it is not kept with the project."""


def render(demonstration: Demonstration, out: Path) -> list[Path]:
    """Render every screen into the folder `out`; returns the files. The demonstration itself is left as it is.

    The screens that guides show stand in `out` itself; every page in every look and state in its folder `every`.
    """
    if QApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    out.mkdir(parents=True, exist_ok=True)
    application = make_application()
    with tempfile.TemporaryDirectory(prefix="onestory-screens-") as folder:
        place = Path(folder)
        for part in demonstration.vault.parent.glob(f"{demonstration.vault.name}*"):
            shutil.copy2(part, place / part.name)
        vault = FixedClockVault(place / demonstration.vault.name, AS_OF)
        first = demonstration.users[0]
        vault.sign_in(first.name, first.passphrase).close()  # the copy's log is noted where nothing was noted before
        settings = Settings(QSettings(str(place / "settings.ini"), QSettings.Format.IniFormat))
        style.apply(application, make("light", 100))
        window = open_window(vault, settings, lock_after_ms=A_DAY_MS)
        window.resize(*SIZE)
        window.show()
        try:
            return _Camera(window, out).take(demonstration, _drop(place / "new records"))
        finally:
            window.close()
            style.apply(application, make("light", 100))


def _drop(folder: Path) -> list[Path]:
    """Records of people who are not in the demonstration, a file that is not what its name says, and one cut short."""
    known = {path.parent.name for path in write_people(folder / "known", people=CAST, seed=SEED)}
    written = write_people(folder, people=CAST + 2, seed=SEED)
    files = [path for path in written if path.parent.name not in known]
    page, cut = folder / "portal page.json", folder / "cut short.json"
    page.write_text("<!doctype html><title>Sign in</title>", "utf-8")
    cut.write_bytes(files[0].read_bytes()[:2000])
    return [*files, page, cut]


class _Camera:
    def __init__(self, window: Window, out: Path) -> None:
        self.window, self.out = window, out
        self.taken: list[Path] = []

    def take(self, demonstration: Demonstration, drop: list[Path]) -> list[Path]:
        window = self.window
        user = next((user for user in demonstration.users if user.role == "nurse"), demonstration.users[0])
        self.settle()
        self.shoot("sign-in")
        self.enter(user)
        self.shoot("find")
        self.reason()
        person = self.person()
        self.shoot("overview")
        person.open_page("timeline")
        self.shoot("timeline")
        person.open_page("medicines")
        self.shoot("section")
        for page in ("results", "support", "circle"):
            person.open_page(page)
            self.shoot(page)
        self.detail(person)
        person.open_page("sources")
        self.shoot("sources")
        for theme, scale, suffix in (
            ("dark", 100, "dark"),
            ("contrast", 100, "high-contrast"),
            ("light", 200, "200-percent"),
        ):
            self.person().open_page("overview")
            window.wear(theme, scale)
            self.shoot(f"overview-{suffix}")
            self.person().open_page("timeline")
            self.shoot(f"timeline-{suffix}")
        window.wear("light", 100)
        self.every()
        window.start_import(drop)
        self.shoot("import-report")
        window.lock()
        self.own_screens(demonstration)
        for role in ("gp", "custodian", "tester"):
            self.office(next(user for user in demonstration.users if user.role == role))
        self.dialogs(demonstration)
        self.settle()
        return self.taken

    def dialogs(self, demonstration: Demonstration) -> None:
        """Every dialog, last: something is opened in an emergency so that the office has something to decide."""
        users = {user.role: user for user in reversed(demonstration.users)}

        def save(name: str, widget: QWidget) -> Path:
            return self.shoot(f"{EVERY}/{name}", widget)

        if joint := next((user for user in demonstration.users if user.post), None):
            screen_matrix.shoot_sign_in(
                self.window, joint.name, joint.passphrase, lambda name: self.shoot(f"{EVERY}/{name}"), self.settle
            )
        self.enter(users["nurse"])
        dialog_matrix.shoot_reason(self.window, self.chosen(), save, self.settle)
        self.enter_record()
        record = self.person().story.record
        dialog_matrix.shoot_record(self.window, record, save, self.settle)
        break_glass(self.window, str(record.person), "Found on the floor, cannot say what she takes", 1)
        self.settle()
        self.shoot(f"{EVERY}/emergency-access-light-100")
        self.window.lock()
        self.enter(users["person"])
        dialog_matrix.shoot_own(self.window, save, self.settle, AS_OF)
        self.window.lock()
        self.enter(users["custodian"])
        dialog_matrix.shoot_office(self.window, save, self.settle)
        self.window.lock()

    def own_screens(self, demonstration: Demonstration) -> None:
        """The screens of people themselves, of a carer and a proxy; and what somebody in two posts is asked."""
        window, users = self.window, demonstration.users
        person, easy, *_ = (user for user in users if user.role == "person")
        self.enter(person)
        photograph(window, self.shoot, self.settle, AS_OF)
        shoot_own(window, lambda name: self.shoot(f"{EVERY}/{name}"), self.settle, AS_OF, "own")
        window.lock()
        self.enter(easy)
        photograph_easy_read(window, self.shoot, self.settle, AS_OF)
        window.lock()
        for role, name in (("carer", "choices-caring"), ("proxy", "choices-for-another")):
            self.enter(next(user for user in users if user.role == role))
            photograph_caring(window, self.shoot, self.settle, AS_OF, name)
            window.lock()
        self.settle()
        self.type_in(next(user for user in users if user.post))
        self.shoot("sign-in-posts")
        window.sign_in.start()
        self.settle()

    def office(self, user: DemoUser) -> None:
        """The screens without a record, of one user."""
        self.settle()
        self.enter(user)
        screen_matrix.shoot_screens(self.window, lambda name: self.shoot(f"{EVERY}/{name}"))
        if user.role in RIGHTS:
            photograph_rights(self.window, RIGHTS[user.role], SHOWN, self.rights, self.settle)
        if user.role == "custodian":
            self.window.show_screen("desk")
            self.shoot("privacy-desk")
        self.window.lock()

    def rights(self, name: str, widget: QWidget | None) -> Path:
        """Into the folder of every look."""
        return self.shoot(f"{EVERY}/{name}", widget)

    def every(self) -> None:
        folder = self.out / EVERY
        folder.mkdir(exist_ok=True)
        record = self.person().story.record
        screen_matrix.shoot(self.window, record, lambda name: self.shoot(f"{EVERY}/{name}"))
        self.window.show_person(record)
        screen_matrix.shoot_another(self.window, lambda name, widget: self.shoot(f"{EVERY}/{name}", widget))
        self.settle()

    def enter(self, user: DemoUser) -> None:
        self.type_in(user)
        if self.window.session.user is None:
            raise WorkspaceError("The demonstration's user could not sign in.")

    def type_in(self, user: DemoUser) -> None:
        self.settle()
        screen = self.window.sign_in
        screen.user.setCurrentText(user.name)
        screen.passphrase.setText(user.passphrase)
        screen.enter.click()
        self.settle()

    def reason(self) -> None:
        self.window.ask_why(self.chosen())
        self.settle()
        self.shoot("reason", self.window.dialogs()[-1])
        self.answer()

    def chosen(self) -> PersonRow:
        """Whose record is shown, in the list of people."""
        self.settle()
        model = self.window.find_view.model
        rows: list[PersonRow] = [model.person(model.index(row, 0)) for row in range(model.rowCount())]
        return next((row for row in rows if row.name == SHOWN), rows[0])

    def enter_record(self) -> None:
        """Open that record for the usual reason."""
        self.window.ask_why(self.chosen())
        self.answer()

    def answer(self) -> None:
        self.window.dialogs()[-1].accept()
        self.settle()

    def detail(self, person: PersonView) -> None:
        entries = person.story.entries("admissions") or person.story.dated()
        person.open_page(entries[0].entry.section)
        person.open_entry(entries[0].entry.entry_id)
        self.shoot("detail")

    def person(self) -> PersonView:
        view = self.window.person
        if view is None:
            raise WorkspaceError("The demonstration's person could not be opened.")
        return view

    def shoot(self, name: str, widget: QWidget | None = None) -> Path:
        self.settle()
        path = self.out / f"{name}.png"
        if not (widget or self.window).grab().save(str(path)):
            raise WorkspaceError(f"The screen could not be written to {path.name}.")
        self.taken.append(path)
        return path

    def settle(self) -> None:
        self.until(lambda: not self.window.session.jobs.busy())
        for _round in range(12):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.processEvents()

    def until(self, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not ready():
            if time.monotonic() > end:
                raise WorkspaceError("A screen took too long to appear.")
            QCoreApplication.processEvents()
            time.sleep(0.002)
