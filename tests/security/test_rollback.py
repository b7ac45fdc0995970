"""A vault put back to an older state, shortened, edited or forged: what is noticed, where, and what is named."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commandkit import make_vault
from sqlcipher3 import dbapi2 as sqlcipher
from vault_samples import ANN, BEN, CHEAP, PASSPHRASE, clock, document, team_of, texts

from storage import slots
from storage.errors import ReceiptError, TamperedError
from storage.records import LogEvent, NewChoice, NewUser
from storage.session import Session
from storage.vault import Vault

OFFICER = NewUser("Priya", "privacy-officer", "Trust", frozenset({"review", "custodian"}))
WORKER = NewUser("Asha", "gp", "Riverside Surgery")
ROOT = Path(__file__).resolve().parents[2]


def everyone(person: object, contents: list[object], principals: list[object]) -> list[frozenset[str]]:
    return [frozenset(who.id for who in principals if who.kind == "team")] * len(contents)  # type: ignore[attr-defined]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with an officer and a worker, two people and four imports, its anchor beside it but not in it."""
    created = Vault.create(
        tmp_path / "v" / "a.vault",
        OFFICER,
        PASSPHRASE,
        test_data=True,
        cost=CHEAP,
        clock=clock,
        anchors=tmp_path / "anchors",
    )
    with created.session as session:
        session.add_user(WORKER, PASSPHRASE, "", everyone, cost=CHEAP)
        readers = frozenset({team_of(session, "gp"), team_of(session, "privacy-officer")})
        for i, person in enumerate((ANN, BEN, ANN, ANN)):
            session.store_document(
                document([{"id": str(i), "text": f"note {i}"}], readers, path=str(i), people=(person,))
            )
    return tmp_path


def sign_in(folder: Path, name: str = "Asha") -> Session:
    return Vault.open(folder / "v" / "a.vault", name, PASSPHRASE, clock=clock, anchors=folder / "anchors")


def raw(folder: Path) -> sqlcipher.Connection:
    """The vault as someone with a login and SQL has it."""
    vault = folder / "v" / "a.vault"
    keys = slots.open_user(slots.read(vault), "Asha", PASSPHRASE)
    connection = sqlcipher.connect(str(vault), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.vault_keys[0].hex()}'\"")
    connection.execute("PRAGMA foreign_keys = OFF")
    return connection


def edit(folder: Path, *statements: str) -> None:
    connection = raw(folder)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def set_aside(folder: Path) -> Path:
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "v", copy)
    return copy


def put_back(folder: Path) -> None:
    shutil.rmtree(folder / "v")
    (folder / "copy").rename(folder / "v")


def narrow(session: Session) -> None:
    """The person takes a reading away from the worker's team."""
    reader = frozenset({team_of(session, "privacy-officer")})
    session.choose(NewChoice(ANN, b"no", b"no"), {item.entry_id: reader for item in session.holdings(ANN)}, None)


def test_an_untouched_vault_is_quiet_however_often_it_is_opened(folder: Path) -> None:
    for name in ("Asha", "Priya", "Asha"):
        with sign_in(folder, name) as session:
            assert session.warnings == ()
            session.record(LogEvent("sign-in"))
            session.readable(ANN)
            assert session.verify_log()


def test_a_vault_put_back_before_a_choice_says_so_and_names_what_is_older(folder: Path) -> None:
    set_aside(folder)
    with sign_in(folder, "Priya") as session:
        narrow(session)
        readers = frozenset({team_of(session, "gp")})
        session.store_document(document([{"id": "9", "text": "later"}], readers, path="9"))
    with sign_in(folder) as session:
        assert "note 0" not in texts(session)
    put_back(folder)
    with sign_in(folder) as session:
        (said,) = session.warnings
        assert "older than it was" in said
        assert "2 entries" in said
        assert f"change of choices: 1, last at {clock()}" in said
        assert f"import: 1, last at {clock()}" in said
        session.record(LogEvent("sign-in"))
    with sign_in(folder) as session:  # it is not forgotten because someone signed in once
        assert "change of choices: 1" in " ".join(session.warnings)
    with sign_in(folder, "Priya") as session:
        assert "change of choices: 1" in " ".join(session.warnings)
        session.record(LogEvent("sign-in"))
    with sign_in(folder, "Priya") as session:  # the privacy office has heard
        assert session.warnings == ()


def test_a_vault_that_took_another_course_is_told_from_one_that_is_older(folder: Path) -> None:
    copy = set_aside(folder)
    with sign_in(folder) as session:
        session.record(LogEvent("read", ANN))
    with Vault.open(copy / "a.vault", "Asha", PASSPHRASE, clock=clock) as session:
        for _ in range(3):
            session.record(LogEvent("read", BEN))
    put_back(folder)
    with sign_in(folder) as session:
        (said,) = session.warnings
        assert "another course" in said
        assert "reading of a record: 1" in said


def test_a_newer_vault_that_continues_what_was_noted_is_accepted(folder: Path) -> None:
    with Vault.open(folder / "v" / "a.vault", "Asha", PASSPHRASE, clock=clock) as session:  # on another computer
        session.record(LogEvent("read", ANN))
    with sign_in(folder) as session:
        assert session.warnings == ()


def test_a_missing_or_damaged_note_is_said(folder: Path) -> None:
    (note,) = (folder / "anchors").iterdir()
    whole = note.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert len(lines) > 2
    for damaged in (whole[7:], b"".join([lines[0][:-7], *lines[1:]]), b"".join([lines[0], b"{}\n", *lines[2:]]), b""):
        note.write_bytes(damaged)
        with sign_in(folder) as session:
            assert "damaged" in session.warnings[0]
    note.unlink()
    with sign_in(folder) as session:
        assert "no note" in session.warnings[0]
        session.record(LogEvent("sign-in"))
    with sign_in(folder) as session:
        assert session.warnings == ()


@pytest.mark.parametrize("torn", [1, 7, 60])
def test_a_line_of_the_note_that_was_cut_off_by_a_loss_of_power_is_an_older_note(folder: Path, torn: int) -> None:
    (note,) = (folder / "anchors").iterdir()
    note.write_bytes(note.read_bytes()[:-torn])
    with sign_in(folder) as session:
        assert session.warnings == ()
        session.record(LogEvent("sign-in"))
    with sign_in(folder) as session:
        assert session.warnings == ()
    edit(folder, TAIL, "UPDATE audit_tip SET size = size - 1")
    with sign_in(folder) as session:
        assert session.warnings != ()


def test_however_long_a_session_the_note_stays_short_and_the_newest_counts(folder: Path) -> None:
    (note,) = (folder / "anchors").iterdir()
    with sign_in(folder) as session:
        for _ in range(200):
            session.record(LogEvent("read", ANN))
    set_aside(folder)
    with sign_in(folder) as session:
        session.record(LogEvent("read", ANN))
    assert len(note.read_bytes().splitlines()) <= 65
    assert note.stat().st_size < 20_000
    with sign_in(folder) as session:
        assert session.warnings == ()
    put_back(folder)
    with sign_in(folder) as session:
        assert "older than it was" in " ".join(session.warnings)


def test_the_note_outside_tells_nothing_of_anyone(folder: Path) -> None:
    (note,) = (folder / "anchors").iterdir()
    for line in note.read_bytes().splitlines():
        assert all(set(head) == {"size", "time", "kind", "root"} for head in json.loads(line)["heads"])
    assert not any(word in note.read_text().lower() for word in ("ann", "okafor", "asha", "riverside", "note 0"))


TAIL = "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"
LOG_EDITS = {
    "tail cut": [TAIL],
    "tail cut and tip set back": [TAIL, "UPDATE audit_tip SET size = size - 1"],
    "event taken out": ["DELETE FROM audit WHERE seq = 2"],
    "leaf changed": ["UPDATE audit SET leaf = zeroblob(32) WHERE seq = 1"],
    "leaves swapped": [
        "UPDATE audit SET leaf = (SELECT leaf FROM audit b WHERE b.seq = 3 - audit.seq) WHERE seq IN (1, 2)"
    ],
    "event of another": ["UPDATE audit SET signer = (SELECT max(no) FROM audit_signer) WHERE seq = 2"],
    "box changed": ["UPDATE audit SET box = zeroblob(length(box)) WHERE seq = 1"],
    "boxes swapped": [
        "UPDATE audit SET box = (SELECT box FROM audit b WHERE b.seq = 3 - audit.seq) WHERE seq IN (1, 2)"
    ],
    "key taken out": ["DELETE FROM audit_key WHERE no = 1"],
    "session taken out": ["DELETE FROM audit_session WHERE no = 1"],
    "head's root": ["UPDATE audit_head SET root = zeroblob(32)"],
    "head's state": ["UPDATE audit_head SET state = zeroblob(32)"],
    "head's size": ["UPDATE audit_head SET size = size - 1"],
    "head's time": ["UPDATE audit_head SET time = '2020-01-01T00:00:00.000Z'"],
    "head's signature": ["UPDATE audit_head SET signature = zeroblob(64)"],
    "head taken out": ["DELETE FROM audit_head"],
    "signer's key": ["UPDATE audit_signer SET public = zeroblob(32) WHERE no = 2"],
    "signer's name": ["UPDATE audit_signer SET principal = 'someone' WHERE no = 2"],
    "tip's peaks": ["UPDATE audit_tip SET peaks = zeroblob(length(peaks))"],
    "tip's size": ["UPDATE audit_tip SET size = size + 8"],
}


@pytest.mark.parametrize("change", LOG_EDITS)
def test_every_edit_of_the_log_is_noticed(folder: Path, change: str) -> None:
    edit(folder, *LOG_EDITS[change])
    try:
        with sign_in(folder, "Priya") as session:
            assert not session.verify_log().ok
    except TamperedError:
        return  # signing in was refused


HEAD_EDITS = [
    name for name in LOG_EDITS if name.split()[0] in ("tail", "head's", "head", "tip's") and "time" not in name
]


@pytest.mark.parametrize("change", HEAD_EDITS)
def test_what_touches_the_end_of_the_log_shows_at_sign_in(folder: Path, change: str) -> None:
    edit(folder, *LOG_EDITS[change])
    with sign_in(folder) as session:
        assert session.warnings


PERSON_EDITS = {
    "entry hidden": "UPDATE entry SET state = 2 WHERE person = 1",
    "entry moved": "UPDATE entry SET state = 1, pack = 1 WHERE person = 1",
    "count changed": "UPDATE pack SET live = 0 WHERE person = 1",
    "entry taken out": "DELETE FROM entry WHERE person = 1",
    "pack taken out": "DELETE FROM pack WHERE person = 1",
    "grant taken out": "DELETE FROM grants WHERE person = 1",
    "grant moved": "UPDATE grants SET secret = secret + 1 WHERE person = 1",
    "link taken out": "DELETE FROM import_person WHERE person = 1 AND import = 1",
    "identity": "UPDATE person SET identity = (SELECT identity FROM person WHERE no = 2) WHERE no = 1",
    "protection": "UPDATE person SET restricted = 1 - restricted WHERE no = 1",
    "state of one": "UPDATE audit_state SET hashes = zeroblob(length(hashes)) WHERE level = 0",
    "state above": "UPDATE audit_state SET hashes = zeroblob(length(hashes)) WHERE level = 3",
    "states taken out": "DELETE FROM audit_state",
}


@pytest.mark.parametrize("change", PERSON_EDITS)
def test_rows_of_a_person_that_were_changed_show_when_the_person_is_opened(folder: Path, change: str) -> None:
    edit(folder, PERSON_EDITS[change])
    with sign_in(folder) as session:
        with pytest.raises(TamperedError):
            session.readable(ANN)
        readers = frozenset({team_of(session, "gp")})
        with pytest.raises(TamperedError):  # and nothing is written on top of it
            session.store_document(document([{"id": "x", "text": "x"}], readers, path="x"))
        if "state" not in change:
            assert texts(session, BEN) == ["note 1"]
        found = session.verify_log()
        assert not found.ok
        assert "people" in found.problem


def test_rows_of_a_person_put_back_to_before_a_choice_show(folder: Path) -> None:
    connection = raw(folder)
    tables = ("pack", "entry", "grants", "source_block", "audit_state", "audit_grants")
    before = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    connection.close()
    with sign_in(folder, "Priya") as session:
        narrow(session)
    connection = raw(folder)
    for table, rows in before.items():
        connection.execute(f"DELETE FROM {table}")
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.close()
    with sign_in(folder) as session, pytest.raises(TamperedError):
        session.readable(ANN)


def test_a_forged_log_signed_by_a_worker_needs_the_names_of_others(folder: Path) -> None:
    """A worker with their own keys cannot sign for the officer's part of the log, nor leave it unsigned."""
    with sign_in(folder) as session:
        session.record(LogEvent("read", ANN))
    edit(folder, "DELETE FROM audit_head WHERE signer != (SELECT signer FROM audit ORDER BY seq DESC LIMIT 1)")
    with sign_in(folder) as session:
        assert session.verify_log().problem == "Part of the access log is not signed by those who wrote it."


VERIFY = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from storage.receipts import verify
from storage.errors import ReceiptError
content = Path(sys.argv[2]).read_bytes()
print(len(verify(content).events))
step = max(1, len(content) // 400)
accepted = 0
for place in range(0, len(content), step):
    for value in (content[place] ^ 1, content[place] ^ 32):
        changed = content[:place] + bytes([value]) + content[place + 1 :]
        try:
            verify(changed)
            accepted += 1
        except ReceiptError:
            pass
print(accepted)
"""


def test_a_receipt_holds_in_another_process_and_after_no_change(folder: Path) -> None:
    with sign_in(folder) as session:
        for _ in range(3):
            session.record(LogEvent("read", ANN, purpose="TREAT", items=("e1", "e2")))
        session.record(LogEvent("read", BEN))
    with sign_in(folder, "Priya") as session:
        content = session.receipt(ANN)
        assert session.check_receipt(content).against_vault
    shutil.rmtree(folder / "v")
    (folder / "receipt.json").write_bytes(content)
    command = [sys.executable, "-c", VERIFY, str(ROOT), str(folder / "receipt.json")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert said == ["7", "0"]  # three imports, three readings and the receipt itself; no change accepted


def test_a_receipt_shows_that_a_vault_is_older_or_another(folder: Path) -> None:
    set_aside(folder)
    with sign_in(folder, "Priya") as session:
        content = session.receipt(ANN)
    put_back(folder)
    with sign_in(folder, "Priya") as session:
        with pytest.raises(ReceiptError, match="older than the receipt"):
            session.check_receipt(content)
        for _ in range(3):
            session.record(LogEvent("read", ANN))
        with pytest.raises(ReceiptError, match="not the one"):
            session.check_receipt(content)


def no_events(receipt: dict[str, object]) -> None:
    receipt["events"] = []


def other_person(receipt: dict[str, object]) -> None:
    receipt["person"] = "ben"


def no_signature(receipt: dict[str, object]) -> None:
    receipt["signature"] = ""


@pytest.mark.parametrize("change", [no_events, other_person, no_signature])
def test_a_receipt_from_which_something_was_taken_does_not_hold(
    folder: Path, change: Callable[[dict[str, object]], None]
) -> None:
    from storage import receipts

    with sign_in(folder, "Priya") as session:
        receipt = json.loads(session.receipt(ANN))
    change(receipt)
    with pytest.raises(ReceiptError):
        receipts.verify(json.dumps(receipt, separators=(",", ":"), ensure_ascii=False).encode())


def test_the_command_line_says_at_sign_in_that_the_vault_is_older(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "v", role="gp", test_data=True)
    vault.run("people")
    set_aside(tmp_path)
    vault.run("people", "Quill")
    put_back(tmp_path)
    ran = vault.run("people", "--json")
    assert "older than it was" in ran.err
    assert "search: 1" in ran.err
    ran = vault.run("log", "verify", "--json")
    assert (ran.code, ran.json["ok"]) == (1, False)
