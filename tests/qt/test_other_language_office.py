"""The same walk in a made-up language over what an office and a worker open beside a record: every dialog of users,
keys, overrides and backups, a report of an import with findings, documents, emergency access, *See as*."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import flush
from keyboard import Keys
from office import HOWARD, NAME, WHY, sign_in
from PySide6.QtWidgets import QDialog, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from test_court_limits import let_ruth_act
from test_documents import EVIL, attached
from test_office_keys import answers
from test_workbench_screen import drop
from wide import left, own_screens, wide, written

from consent.limits import limits
from consent.need_to_know import need_to_know
from consent.overrides import table as overrides
from consent.plain_choices import Who
from consent.proxies import table as bases
from desktop.demo.pdf import letter_pdf
from desktop.demo.run import AS_OF
from desktop.dialogs.document import DocumentDialog
from desktop.dialogs.linked import LinkedDialog
from desktop.label_review import LabelRow
from desktop.reports import PersonRow
from desktop.settings import Settings
from desktop.views.linked_users import WhoseRecord
from desktop.views.plugged.access_log import AccessLog
from desktop.views.plugged.backups import Backups
from desktop.views.plugged.emergency import break_glass
from desktop.views.plugged.users import Users
from desktop.views.workbench import Workbench
from fhir.attachments import Attached
from fhir.entries import PersonId

__all__ = ["drop"]

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
"""Fields for dates write months as the system does."""
PEOPLE = "anita sam salma howard tess gp ambulance mill street vale ambulance record office test team nadia"
LAW = " ".join(one.source for one in (*need_to_know().rules, *overrides().kinds.values(), *limits().limits.values()))


FROM_FILES = "Ada BENCH, R4 JSON collection, Patient.birthDate"
"""What the report of an import says in the words of the files themselves."""


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever types finds things by the words of the other language."""
    monkeypatch.setattr(Keys, "tongue", staticmethod(wide))


class Walk:
    """What is left in English, by what was open."""

    def __init__(self, keys: Keys, known: str = "") -> None:
        self.keys, self.found = keys, dict[str, set[str]]()
        self.known = f"{PEOPLE} {MONTHS} {NAME} {WHY} {LAW} {known}".casefold()

    def see(self, what: str, root: QWidget | None = None) -> None:
        """Look at the window, or at this."""
        self.found[what] = left(root or self.keys.window, self.known)

    def dialog(self, what: str, *, close: bool = True) -> QDialog:
        """Look at the dialog in front, and close it."""
        self.keys.settle()
        dialog = self.keys.window.dialogs()[-1]
        self.see(what, dialog)
        if close:
            dialog.reject()
            self.keys.settle()
        return dialog

    def end(self) -> None:
        """Nothing was left anywhere."""
        assert {what: one for what, one in self.found.items() if one} == {}


def test_users_and_keys(another: None, keys: Keys, office: Path) -> None:
    with sign_in(office, "Howard") as workspace:
        workspace.add_post("Sam", "therapist", "Mill Street")
    keys.sign_in("Howard")
    walk = Walk(keys)
    keys.menu(wide("Users and teams"))
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Users)
    walk.see("users")
    users = {one.name: one for one in screen._users}
    dialogs: dict[str, Callable[[], None]] = {
        "add": screen.add,
        "rename": screen.rename,
        "renew": lambda: screen.renew(users["Sam"]),
        "remove": lambda: screen.remove(users["Sam"]),
        "remove the custodian": lambda: screen.remove(users["Howard"]),
        "recovery key": lambda: screen.change_keys(False),
        "every key": lambda: screen.change_keys(True),
    }
    for what, ask in dialogs.items():
        ask()
        walk.dialog(what)
    screen.change_keys(False)
    keys.do(wide("Show me the new key"))
    dialog = walk.keys.window.dialogs()[-1]
    shown = next(one for one in keys.names() if one.startswith(wide("Recovery key: ")))
    walk.known += shown.casefold().replace("-", " ") + " " + shown.rpartition(":")[2].strip().casefold()
    walk.dialog("new recovery key")
    assert dialog is not None
    keys.lock()
    keys.sign_in("Salma")
    keys.menu(wide("Users and teams"))
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Users)
    screen.add()
    walk.dialog("add, with the recovery key asked for")
    screen.add_linked()
    whose = keys.window.dialogs()[-1]
    assert isinstance(whose, WhoseRecord)
    keys.settle()
    walk.see("whose record")
    whose.pane.chosen.emit(margaret(keys)[0])
    keys.settle()
    dialog = keys.window.dialogs()[-1]
    assert isinstance(dialog, LinkedDialog)
    for row in range(dialog.what.count()):
        dialog.what.setCurrentIndex(row)
        dialog.done_with()
        walk.see(f"linked {row}")
    walk.dialog("linked")
    for command in ("Change your passphrase…", "Sign in with the keyring…"):
        keys.menu(wide(command))
        walk.dialog(command)
    walk.end()


def test_backups_and_the_log(
    another: None, keys: Keys, office: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys.sign_in("Howard")
    walk = Walk(keys, str(tmp_path).casefold() + " monday.backup key")
    keys.menu(wide("Backups"))
    walk.see("no backup")
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Backups)
    under_way: list[set[str]] = []
    progress = screen.under_way.progress

    def look_on(doing: str, done: int, total: int) -> None:
        progress(doing, done, total)
        under_way.append(left(keys.window, walk.known))

    monkeypatch.setattr(screen.under_way, "progress", look_on)
    answers(monkeypatch, tmp_path / "monday.backup")
    keys.do(wide("Make a backup…"))
    walk.found["under way"] = set().union(*under_way)
    walk.see("made")
    screen.ask_restore(tmp_path / "monday.backup")
    walk.dialog("restore")
    keys.menu(wide("Access log"))
    log = keys.window.screens.currentWidget()
    assert isinstance(log, AccessLog)
    keys.settle()
    walk.see("the log")
    log.check_receipt(office.with_name("key"))
    keys.settle()
    walk.see("a receipt that is none")
    screen.ask_restore(office.with_name("key"))
    dialog = keys.window.dialogs()[-1]
    dialog.passphrase.setText(HOWARD)  # type: ignore[attr-defined]
    dialog.accept()
    walk.dialog("not a backup")
    walk.end()


@pytest.fixture
def cases(office: Path) -> PersonId:
    """Something of every kind waits for the office."""
    before = AS_OF - timedelta(days=90)
    with sign_in(office, "Anita", before) as workspace:
        person: PersonId = next(row.person_id for row in workspace.people() if row.name == NAME)
        record = workspace.open_person(person)
        entry = next(item.entry.entry_id for item in record.sections["problems"].entries)
        review = (AS_OF - timedelta(days=1)).date()
        workspace.state_acting("set_limit", person, "SERIOUS-HARM", [entry], "zqwords zqwords", "health", review)
    with sign_in(office, "Howard") as workspace:
        workspace.open_override(person, "safeguarding", "zqwords zqwords", "", 2)
        agreed = workspace.open_override(person, "safeguarding", "zqwords zqwords", "", 2)
    with sign_in(office, "Salma") as workspace:
        workspace.override_act("agree", person, agreed)
        looks = {event.name: event.number for event in workspace.log(person) if event.kind == "override"}
        workspace.report_unexpected(person, looks["Sam"], "zqwords zqwords")
        workspace.open_person(person, relationship="self-claimed", reason="zqwords zqwords")
    return person


def test_the_desk_and_its_dialogs(another: None, keys: Keys, cases: PersonId) -> None:
    keys.sign_in("Salma")
    walk = Walk(keys, "zqwords zqwords")
    keys.menu(wide("Privacy desk"))
    walk.see("desk")
    opens = [name for name in keys.names() if "…: " in name]
    assert len(opens) >= 5
    for name in dict.fromkeys(opens):
        keys.do(name)
        walk.dialog(name)
    walk.end()


def margaret(keys: Keys) -> list[PersonRow]:
    """Everyone who is found by the name."""
    found: list[PersonRow] = []
    keys.window.session.people("ellison", found.extend, keys.window.tell)
    keys.settle()
    return found


def test_lawful_access(another: None, keys: Keys, cases: PersonId) -> None:
    keys.sign_in("Howard")
    walk = Walk(keys, "zqwords zqwords")
    keys.menu(wide("Lawful access and limits"))
    walk.see("nobody chosen")
    view = keys.window.screens.currentWidget()
    assert view is not None
    (row,) = margaret(keys)
    view.choose(row)
    keys.settle()
    walk.see("chosen")
    keys.do(wide("Ask for lawful access…"))
    walk.dialog("ask")
    rows: list[LabelRow] = []
    keys.window.session.ask(
        lambda workspace: workspace.label_reasons(row.person_id),  # type: ignore[attr-defined]
        rows.extend,
        keys.window.tell,
    )
    keys.settle()
    walk.known += " ".join(f"{one.title} {one.when} {one.source}" for one in rows).casefold()
    keys.do(wide("Keep something silent…"))
    walk.dialog("silent")
    walk.end()


@pytest.mark.parametrize(("user", "screen"), [("Howard", "Lawful access and limits"), ("Anita", "Who acts for whom")])
def test_who_acts_for_whom(another: None, keys: Keys, office: Path, cases: PersonId, user: str, screen: str) -> None:
    let_ruth_act(office, cases)
    court = ("Ruth", "zqwords", AS_OF.date())
    with sign_in(office, "Howard") as workspace:
        workspace.state_acting("limit_by_court", cases, *court, leaves=("money", "general"))
        workspace.state_acting("allow", cases, "Ruth", "deputy", "zqwords", scope=("money",), matter="zqwords")
    with sign_in(office, "Anita") as workspace:
        workspace.state_acting("found_capacity", cases, capable=False, matter="zqwords zqwords", until=date(2027, 5, 1))
    keys.sign_in(user)
    sources = " ".join(basis.source for basis in bases().bases.values())
    walk = Walk(keys, f"zqwords zqwords Ruth Signed form seen {sources}")
    keys.menu(wide(screen))
    view = keys.window.screens.currentWidget()
    assert view is not None
    view.choose(margaret(keys)[0])
    keys.settle()
    walk.see("chosen")
    keys.do(wide("Let somebody act for them…"))
    for row in range(keys.window.dialogs()[-1].basis.count()):
        keys.window.dialogs()[-1].basis.setCurrentIndex(row)
        keys.window.dialogs()[-1].done_with()
        keys.settle()
        walk.see(f"basis {row}")
    walk.dialog("allow")
    keys.do(wide("Record a court’s limit…"))
    keys.window.dialogs()[-1].done_with()
    walk.dialog("court")
    keys.do(f"{wide('End it…')}: Ruth")
    walk.dialog("end")
    if user == "Howard":
        keys.do(f"{wide('Lift it…')}: Ruth")
        keys.window.dialogs()[-1].done_with()
        walk.dialog("lift")
    else:
        keys.do(wide("Record whether they can decide…"))
        keys.window.dialogs()[-1].done_with()
        walk.dialog("capacity")
    walk.end()


@pytest.mark.parametrize("user", ["Anita", "Tess"])
def test_an_import_with_findings(another: None, keys: Keys, drop: Path, user: str) -> None:
    keys.sign_in(user)
    sources = " ".join(path.read_text("utf-8") for path in drop.iterdir())
    walk = Walk(keys, " ".join((str(drop), *(path.name for path in drop.iterdir()), sources, FROM_FILES)))
    keys.window.start_import([drop])
    keys.settle()
    view = keys.window.importing
    assert view.findings.rowCount() > 1
    walk.see("report")
    for row in range(view.files.rowCount()):
        view._of_file(view.files.index(row, 0))
        keys.settle()
        walk.see(f"file {row}")
    view._ask_undo()
    box = view.findChild(QMessageBox)
    assert box is not None
    walk.see("undo", box)
    box.reject()
    view.undo()
    keys.settle()
    walk.see("taken back")
    walk.end()


def test_the_workbench_with_findings(another: None, keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.sign_in("Tess")
    sources = " ".join(path.read_text("utf-8") for path in drop.iterdir())
    walk = Walk(keys, " ".join((str(drop), *(path.name for path in drop.iterdir()), sources, FROM_FILES)))
    keys.menu(wide("Import workbench"))
    bench = keys.window.screens.currentWidget()
    assert isinstance(bench, Workbench)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args, **_more: str(drop))
    keys.do(wide("Choose a folder…"))
    walk.see("report")
    findings = bench.importing.findings
    for row in range(findings.rowCount()):
        bench.importing._jump(findings.index(row, 0))
        keys.settle()
        walk.see(f"finding {row}")
    walk.end()


def test_emergency_access(another: None, keys: Keys) -> None:
    keys.sign_in("Sam")
    (row,) = margaret(keys)
    keys.window.ask_why(row)
    keys.window.dialogs()[-1].accept()
    keys.settle()
    assert keys.window.person is not None
    break_glass(keys.window, row.person_id, WHY, 1)
    keys.settle()
    walk = Walk(keys, "\n".join(written(keys.window.person.story.record)).replace("\u200b", ""))
    walk.see("asked")
    assert keys.window.person is not None
    content = "\n".join(written(keys.window.person.story.record)).replace("\u200b", "")
    walk = Walk(keys, content)
    walk.see("strip")
    keys.do(wide("End emergency access now"))
    walk.see("ended")
    walk.end()


@pytest.mark.parametrize(
    "found",
    [
        [attached(base64.b64decode(letter_pdf("Mill Street", "Letter", "Dear Peggy, please come on Tuesday.")))],
        [attached(EVIL), attached(b"Dear Peggy, please come on Tuesday.", "Another")],
        [attached(b"%PDF-1.7 nonsense"), Attached(title="Far", kind="elsewhere", address="http://x.example")],
    ],
    ids=["pages", "text", "not shown"],
)
def test_documents(another: None, qtbot: QtBot, look: None, found: list[Attached]) -> None:
    known = "Discharge letter, A letter, Another, Far, Mill Street, Words Cell Deep, http://x.example, zebra"
    known = f"{known}, Dear Peggy, please come on Tuesday.".casefold()
    dialog = DocumentDialog("Discharge letter", found, lambda _text: None)
    dialog.show()
    english = {}
    for number in range(len(found)):
        if number:  # the first is shown from the start
            dialog.parts.setCurrentIndex(number)
            dialog.show_part(number)
        qtbot.waitUntil(lambda: dialog.loaded, timeout=60_000)
        english[f"part {number}"] = left(dialog, known)
        dialog.search.setText("zebra")
        dialog.search_on()
        english[f"search {number}"] = left(dialog, known)
    assert wide("OneStory: a document") in dialog.windowTitle()
    dialog.close()
    dialog.deleteLater()
    flush()
    assert {what: one for what, one in english.items() if one} == {}


@pytest.mark.parametrize("role", ["person", "carer"])
def test_another_workers_view_that_the_person_opens(
    another: None, qtbot: QtBot, look: None, settings: Settings, role: str
) -> None:
    driver, screen, invented = own_screens(qtbot, settings, role)
    window = driver.window
    found = {}
    for who in (Who("role", "gp"), Who("role", "nurse")):
        screen.see_as(who)
        driver.settle()
        assert screen.seeing is not None
        found[f"view of {who.value}"] = left(window, invented)
        person = screen.seeing.person
        assert person is not None
        for page in person.navigation.pages.pages():
            person.open_page(page)
            driver.settle()
            found[f"{page} of {who.value}"] = left(window, invented)
        screen.close_preview()
    window.close()
    window.deleteLater()
    flush()
    assert {what: one for what, one in found.items() if one} == {}
