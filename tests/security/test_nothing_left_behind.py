"""A whole journey through the window, and the same by command, leave nothing of a record where it was not asked to.

Home, temporary files, settings and the folder it runs in are this test's own. Afterwards every file below them, the
vault, and all that was written to the terminal, are searched for words of the record, of what was typed and of the
secrets: as they are, in UTF-16, in base64 and in hexadecimal.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import bundle, condition, nhs_number, patient, write

from desktop.demo.pdf import letter_pdf

ROOT = Path(__file__).resolve().parents[2]
FAMILY, STREET, TITLE, NOTE, NARRATIVE, TEXT, PAGE = (
    *("Zqfamily", "Zqstreet", "zqtitle", "zqnote", "zqnarrative"),
    *("zqattached", "zqpage"),
)
TYPED = {
    "query": "zqfami",
    "reason": "zqreason given",
    "draft": "zqdraft begun",
    "find": "zqtitl",
    "copied": "zqcopied",
}
PASSPHRASE = "zqpassphrase owl lamp"
WORDS = (FAMILY, STREET, TITLE, NOTE, NARRATIVE, TEXT, PAGE, *TYPED.values(), PASSPHRASE)

JOURNEY = """
import os, sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QEvent
from desktop.application import make_application, open_window
from desktop.hardening import harden
from desktop.session import OnDisk
from desktop.settings import Settings
from desktop.theme import style

def turn():
    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

def until(ready):
    end = time.monotonic() + 100
    while not ready():
        assert time.monotonic() < end, "a step took too long"
        turn()
        time.sleep(0.002)

def main():
    vault, records, passphrase, how, query, reason, draft, within, copied = sys.argv[1:]
    harden()
    settings = Settings()
    style.apply(make_application(), settings.look())
    window = open_window(OnDisk(Path(vault)), settings)
    window.show()
    def settle():
        until(lambda: not window.session.jobs.busy())
        for _ in range(12):
            turn()
    settle()
    window.sign_in.passphrase.setText(passphrase)
    window.sign_in.enter.click()
    settle()
    window.start_import([Path(records)])
    settle()
    window.show_find()
    settle()
    for at in range(1, len(query) + 1):
        window.find_view.query.setText(query[:at])
        turn()
    until(lambda: window.find_view.model.rowCount() == 1 and not window.session.jobs.busy())
    window.ask_why(window.find_view.model.person(window.find_view.model.index(0, 0)))
    window.dialogs()[-1].accept()
    settle()
    person = window.person
    assert person is not None, "the record is not open"
    for page in person.navigation.pages.pages():
        person.open_page(page)
        settle()
    entries = [item.entry for section in person.story.record.sections.values() for item in section.entries]
    assert entries
    for entry in entries:
        person.open_page(entry.section)
        person.open_entry(entry.entry_id)
        settle()
        window.session.original(entry.entry_id, lambda found: window._show_original(found, "As it was"), lambda _: None)
        settle()
    person.open_page("timeline")
    person.timeline.text.setText(within)
    person.timeline.narrow()
    settle()
    window.copy(copied)
    who = person.story.record.person
    window.session.keep_draft(who, draft.encode())
    claimed = {"relationship": "self-claimed", "reason": reason}
    window.session.ask(lambda opened: opened.open_person(who, **claimed), print_not, print_not)
    window.session.ask(lambda opened: opened.prepare_export(who, "pdf"), print_not, print_not)  # and not taken out
    settle()
    assert settings is not None
    if how == "crash":
        os.kill(os.getpid(), 9)
    window.lock()
    settle()
    window.close()
    settle()
    print("done")

def print_not(_answer):
    pass

if __name__ == "__main__":
    main()
"""


class Place:
    """A home of its own, with a vault, and records to be brought in that stand elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outside = folder / "outside"
        self.said = ""
        for name in ("home", "tmp", "work", "run", "outside"):
            (folder / name).mkdir(mode=0o700)
        self.vault = folder / "home" / "a.vault"
        (self.outside / "passphrase").write_text(PASSPHRASE + "\n")
        self.journey = write(self.outside, "journey.py", JOURNEY)
        write(self.outside / "given", "a.json", record())

    def run(self, *command: str | Path, code: int | None = 0) -> str:
        """Run the program (or, with a file, that script) with everything it could write below this place."""
        home = self.folder / "home"
        settings = {
            "HOME": str(home),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ["PYTHONPATH"]]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
        }
        words = [sys.executable, *map(str, command)]
        done = subprocess.run(
            words, env=settings, cwd=self.folder / "work", capture_output=True, text=True, timeout=240
        )
        assert code is None or done.returncode == code, done.stderr[-2000:]
        self.said += done.stderr
        return done.stdout

    def onestory(self, *command: str | Path) -> str:
        access = ("--vault", self.vault, "--user", "Asha", "--passphrase-file", self.outside / "passphrase")
        return self.run("-m", "desktop", *command, *access)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file but those that stand outside, and what was said on standard error."""
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and self.outside not in path.parents:
                yield str(path.relative_to(self.folder)), path.read_bytes()
        yield "what was said", self.said.encode()


def record() -> dict[str, Any]:
    """A record with a word of its own in each kind of place."""
    letter = letter_pdf("Clinic", "Letter", f"Dear colleague {PAGE}")
    plain = base64.b64encode(f"As told {TEXT}".encode()).decode()
    person = patient("a", FAMILY, nhs_number(7), address=[{"line": [f"1 {STREET}"], "city": "Ely"}])
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>Said {NARRATIVE}</p></div>'
    problem = condition("c", "a", f"Gout {TITLE}", note=[{"text": f"Since {NOTE}"}], code="90560007")
    problem["text"] = {"status": "generated", "div": div}
    documents = [
        {
            "resourceType": "DocumentReference",
            "id": kind,
            "status": "current",
            "subject": {"reference": "Patient/a"},
            "date": "2025-02-03T10:00:00Z",
            "content": [{"attachment": {"contentType": media, "data": data, "title": "Letter"}}],
        }
        for kind, media, data in (("d", "application/pdf", letter), ("t", "text/plain", plain))
    ]
    return bundle(person, problem, *documents)


def forms(word: str) -> set[bytes]:
    """A word as it might stand in a file, in lower case where that can be told."""
    data = word.lower().encode()
    found = {data, word.lower().encode("utf-16-le"), word.lower().encode("utf-16-be"), data.hex().encode()}
    for text in {word, word.lower(), word.upper()}:
        for encoding in ("utf-8", "utf-16-le"):
            raw = text.encode(encoding)
            for offset in range(3):  # where in three bytes the word begins; what mixes with its neighbours is cut off
                coded = base64.b64encode(bytes(offset) + raw + bytes(3))
                found.add(coded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6].lower())
    return found


FORMS = {word: forms(word) for word in WORDS}


def hits(place: Place) -> set[tuple[str, str]]:
    """Which file holds which word."""
    found = set()
    for name, content in place.files():
        low = content.lower()
        found |= {(name, word) for word, coded in FORMS.items() if any(one in low for one in coded)}
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "place").mkdir()
    made = Place(tmp_path / "place")
    key = made.outside / "recovery"
    options = ("--role", "tester", "--organisation", "Team", "--test-data", "--recovery-key-file", key)
    made.onestory("init", *options)
    return made


def journey(place: Place, how: str) -> None:
    arguments = (place.vault, place.outside / "given", PASSPHRASE, how, *TYPED.values())
    order = ("query", "reason", "draft", "find", "copied")
    assert tuple(TYPED) == order
    out = place.run(place.journey, *arguments, code=0 if how == "lock" else -9)
    assert out == ("done\n" if how == "lock" else "")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", ["lock", "crash"])
def test_a_journey_through_the_window_leaves_nothing_behind(place: Place, how: str) -> None:
    journey(place, how)
    names = {name for name, _content in place.files()}
    assert any(name.startswith("home/.config") or name.startswith("home/.local") for name in names), (
        "a control: it does write settings and notes below this home"
    )
    assert hits(place) == set()
    shown = place.onestory("show", person_of(place), "--json")
    assert TITLE in shown, "a control: it was all there to be seen"


@pytest.mark.timeout(400)
def test_the_commands_leave_nothing_behind_but_what_was_asked_for(place: Place) -> None:
    place.onestory("import", place.outside / "given")
    person = person_of(place)
    place.onestory("people", TYPED["query"])
    place.onestory("show", person, "--reason", TYPED["reason"])
    place.onestory("log")
    place.onestory("choices", person)
    place.onestory("backup", place.folder / "home" / "a.backup")
    place.run("-m", "desktop", "check", place.outside / "given")
    assert hits(place) == set()
    place.onestory("export", person, "--format", "fhir", "--out", place.folder / "home" / "asked-for.json")
    assert {name for name, _word in hits(place)} == {"home/asked-for.json"}, "a control: what was asked for is found"


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """A control of the search itself: every form of every word, wherever it stands."""
    (tmp_path / "place").mkdir()
    made = Place(tmp_path / "place")
    assert hits(made) == set()
    for number, word in enumerate(WORDS):
        for before in range(3):
            text = "x" * before + word + " and more of it"
            for name, content in (
                ("plain", text.encode()),
                ("upper", text.upper().encode()),
                ("wide", text.encode("utf-16")),
                ("base64", base64.b64encode(text.encode())),
                ("wide base64", base64.b64encode(text.encode("utf-16-le"))),
                ("hex", text.lower().encode().hex().encode()),
            ):
                (made.folder / "tmp" / f"{number} {before} {name}").write_bytes(b"\0" * 100 + content + b"\0" * 100)
    found = {(name.split("/")[1], word) for name, word in hits(made) if name.startswith("tmp/")}
    missing = [
        (number, before, name)
        for number, word in enumerate(WORDS)
        for before in range(3)
        for name in ("plain", "upper", "wide", "base64", "wide base64", "hex")
        if (f"{number} {before} {name}", word) not in found
    ]
    assert missing == []


def person_of(place: Place) -> str:
    (row,) = json.loads(place.onestory("people", "--json"))
    return str(row["personId"])
