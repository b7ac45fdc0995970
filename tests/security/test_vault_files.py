"""The files of a vault: what is refused, what never stands in the clear, and what survives being killed."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from sqlcipher3 import dbapi2 as sqlcipher
from vault_samples import ANN, CHEAP, GP, PASSPHRASE, clock, document, make, sign_in, team_of, texts

from storage import connection as file
from storage import migrations, slots
from storage.errors import (
    ClosedError,
    InUseError,
    KeyFileError,
    NewerVaultError,
    NotAVaultError,
    RecoveryKeyError,
    StorageError,
    VaultExistsError,
    VaultMissingError,
    WriteError,
)
from storage.keypairs import PrivateKey, SigningKey
from storage.slots import KdfCost
from storage.vault import Vault

MARKER = "zanzibar-quokka-5917"


def digests(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".lock")}


def empty(vault: Path) -> None:
    vault.write_bytes(b"")


def truncate(vault: Path) -> None:
    vault.write_bytes(vault.read_bytes()[:-100])


def plain_sqlite(vault: Path) -> None:
    vault.unlink()
    with sqlite3.connect(vault) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()


def foreign(vault: Path) -> None:
    vault.write_bytes(os.urandom(8 * file.PAGE))


def another_vault(vault: Path) -> None:
    make(vault.parent / "other").session.close()
    shutil.copy(vault.parent / "other" / vault.name, vault)
    shutil.rmtree(vault.parent / "other")


@pytest.mark.parametrize("damage", [empty, truncate, plain_sqlite, foreign, another_vault])
def test_what_is_not_this_vault_is_refused_in_one_sentence_and_not_written(tmp_path: Path, damage: object) -> None:
    with make(tmp_path).session as session:
        for i in range(20):
            session.store_document(document([{"id": str(i), "text": os.urandom(3000).hex()}], frozenset()))
    vault = tmp_path / "v.onestory"
    damage(vault)  # type: ignore[operator]
    before = digests(tmp_path)
    with pytest.raises(NotAVaultError) as caught:
        sign_in(tmp_path)
    assert str(caught.value).count(".") == 1
    assert digests(tmp_path) == before


def read_all(folder: Path) -> None:
    with sign_in(folder) as session:
        session.imports()
        session.readable(ANN)
        assert session.verify_log().ok


def test_pages_that_are_missing_or_put_elsewhere_are_noticed_when_read(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        readers = frozenset({team_of(session, "gp")})
        for i in range(20):
            session.store_document(document([{"id": str(i), "text": os.urandom(3000).hex()}], readers))
    read_all(tmp_path)
    vault = tmp_path / "v.onestory"
    whole = vault.read_bytes()
    vault.write_bytes(whole[: len(whole) // file.PAGE // 2 * file.PAGE])
    with pytest.raises(StorageError):
        read_all(tmp_path)
    page = [whole[i : i + file.PAGE] for i in range(0, len(whole), file.PAGE)]
    page[30:60] = reversed(page[30:60])
    vault.write_bytes(b"".join(page))
    with pytest.raises(StorageError):
        read_all(tmp_path)


def test_whichever_page_is_damaged_signing_in_works_or_is_refused_in_words(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    vault = tmp_path / "v.onestory"
    whole = vault.read_bytes()
    refused = []
    for at in range(file.PAGE // 2, len(whole), file.PAGE):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        vault.write_bytes(damaged)
        try:
            sign_in(tmp_path).close()
        except StorageError as error:
            refused.append(str(error))
    assert len(refused) > 3
    assert {said.count(".") for said in refused} == {1}


def test_a_vault_held_by_another_database_program_is_said_to_be_in_use(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    vault = tmp_path / "v.onestory"
    other = sqlcipher.connect(str(vault), isolation_level=None)
    key = slots.open_user(slots.read(vault), GP.name, PASSPHRASE).vault_keys[0]
    other.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InUseError):
        sign_in(tmp_path)
    other.execute("ROLLBACK")
    other.close()
    sign_in(tmp_path).close()


def test_a_vault_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(VaultMissingError):
        sign_in(tmp_path)
    make(tmp_path).session.close()
    (tmp_path / "v.onestory").unlink()
    with pytest.raises(VaultMissingError):
        sign_in(tmp_path)
    assert not (tmp_path / "v.onestory").exists()


def test_a_newer_vault_is_refused_without_a_write(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        session._connection.execute(f"PRAGMA user_version = {migrations.newest() + 1}")
    before = digests(tmp_path)
    with pytest.raises(NewerVaultError):
        sign_in(tmp_path)
    assert digests(tmp_path) == before


def test_a_database_of_another_program_is_refused_even_with_the_right_key(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        session._connection.execute("PRAGMA application_id = 7")
    with pytest.raises(NotAVaultError):
        sign_in(tmp_path)


@pytest.mark.parametrize(
    "lost", [(), (".onestory",), (".onestory", ".keys"), (".onestory", ".copy"), (".keys", ".copy")]
)
def test_nothing_is_overwritten_by_making_a_vault(tmp_path: Path, lost: tuple[str, ...]) -> None:
    make(tmp_path).session.close()
    for path in [path for path in tmp_path.iterdir() if path.suffix in lost]:
        path.unlink()
    before = digests(tmp_path)
    with pytest.raises(VaultExistsError):
        make(tmp_path)
    assert digests(tmp_path) == before


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with make(tmp_path).session:
        with pytest.raises(InUseError, match="open in another window"):
            sign_in(tmp_path)
        code = (
            "import sys; from pathlib import Path\n"
            "from storage.vault import Vault; from storage.errors import InUseError\n"
            "try: Vault.open(Path(sys.argv[1]), 'Asha', sys.argv[2])\n"
            "except InUseError: sys.exit(7)\n"
        )
        run = subprocess.run([sys.executable, "-c", code, str(tmp_path / "v.onestory"), PASSPHRASE], check=False)
        assert run.returncode == 7
    sign_in(tmp_path).close()


def test_files_are_for_this_account_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with make(tmp_path / "deep" / "folder").session as session:
            session.store_document(document([{"id": "a", "text": "x"}], frozenset()))
            folder = tmp_path / "deep" / "folder"
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert {"v.onestory", "v.onestory-wal", "v.onestory.keys", "v.onestory.keys.copy"} <= set(modes)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH DATABASE '/dev/null' AS plain KEY ''",
        "PRAGMA writable_schema = ON",
        "PRAGMA temp_store = FILE",
        "PRAGMA key = 'x'",
        "PRAGMA rekey = 'x'",
        "PRAGMA synchronous = OFF",
        "PRAGMA journal_mode = OFF",
        "PRAGMA cipher_log = '/dev/stderr'",
        "SELECT sqlcipher_export('main')",
        "SELECT load_extension('x')",
        "VACUUM INTO '/dev/null'",
    ],
)
def test_statements_that_could_leak_are_refused(tmp_path: Path, statement: str) -> None:
    with make(tmp_path).session as session, pytest.raises(Exception, match=r"authoriz|no such function"):
        session._connection.execute(statement)


def test_settings_are_those_that_keep_what_was_acknowledged(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        session._connection.set_authorizer(None)
        settings = {
            name: session._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "temp_store", "secure_delete", "page_size", "cache_size")
        }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "temp_store": 2,
        "secure_delete": 1,
        "page_size": "4096",
        "cache_size": -file.CACHE_KIB,
    }


def test_a_key_of_the_wrong_length_never_reaches_the_database(tmp_path: Path) -> None:
    path = tmp_path / "x"
    file.create_file(path)
    with pytest.raises(StorageError):
        file.connect(path, b"short")


def test_nothing_stands_in_the_clear(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    forms = [MARKER.encode(), MARKER.encode("utf-16-le"), base64.b64encode(b"xx" + MARKER.encode())[4:-4]]
    folder = tmp_path / "vault"
    with make(folder).session as session:
        readers = frozenset({team_of(session, "gp")})
        stored = session.store_document(document([{"id": MARKER, "text": MARKER}], readers, path=f"{MARKER}.json"))
        session.set_issues({stored.import_id: MARKER.encode()})
        session.readable(ANN)
        during = b"".join(path.read_bytes() for path in folder.iterdir())
        session.undo(stored.import_id)
    with pytest.raises(NotAVaultError):
        file.connect(folder / "v.onestory", bytes(32))
    after = b"".join(path.read_bytes() for path in folder.iterdir())
    (folder / "control").write_bytes(forms[0] + forms[1] + forms[2])
    control = b"".join(path.read_bytes() for path in folder.iterdir())
    for form in forms:
        assert form not in during
        assert form not in after
        assert form in control
    said = capfd.readouterr()
    assert said.out + said.err == ""


def test_no_secret_shows_in_a_repr_or_an_error(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        shown = f"{created!r}{session!r}{session._keys!r}{PrivateKey.generate()!r}{SigningKey.generate()!r}"
        for secret in (created.recovery_key, PASSPHRASE, session._keys.vault_keys[0].hex()):
            assert secret not in shown
        assert repr(session._keys.private_key)[2:20] not in shown
    with pytest.raises(StorageError) as caught:
        Vault.open(tmp_path / "v.onestory", "Asha", "wrong passphrase entirely")
    assert "wrong passphrase entirely" not in f"{caught.value!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_closed_session_opens_nothing(tmp_path: Path) -> None:
    session = make(tmp_path).session
    session.close()
    session.close()
    with pytest.raises(ClosedError):
        session.readable(ANN)
    with pytest.raises(ClosedError):
        session.principals()
    assert session._keys.vault_keys == ()


def test_either_copy_of_the_key_file_is_enough_and_the_newer_one_counts(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    vault = tmp_path / "v.onestory"
    main = slots.key_path(vault)
    copy = main.with_name(main.name + ".copy")
    whole = main.read_bytes()
    for damaged in (b"", whole[:-10], whole.replace(b"slots", b"slits"), b"\xff\xfe"):
        main.write_bytes(damaged)
        sign_in(tmp_path).close()
    main.unlink()
    sign_in(tmp_path).close()
    header = slots.read(vault)
    slots.write(vault, slots.with_slots(header, header.slots))
    copy.write_bytes(whole)
    assert slots.read(vault).sequence == header.sequence + 1
    main.write_bytes(b"{}")
    copy.write_bytes(b"{}")
    with pytest.raises(KeyFileError):
        sign_in(tmp_path)


def test_a_key_file_with_absurd_cost_or_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    vault = tmp_path / "v.onestory"
    header = slots.read(vault)
    for cost in (
        KdfCost(memory=1 << 30),
        KdfCost(passes=10_000),
        KdfCost(lanes=4096),
        KdfCost(memory=8, lanes=4),
        KdfCost(memory=0, passes=0, lanes=0),
    ):
        absurd = [msgspec.structs.replace(slot, cost=cost) for slot in header.slots]
        slots.write(vault, slots.with_slots(header, absurd))
        with pytest.raises(KeyFileError):
            sign_in(tmp_path)
    slots.write(vault, msgspec.structs.replace(header, version=slots.VERSION + 1, sequence=9))
    with pytest.raises(KeyFileError):
        sign_in(tmp_path)


def test_cheap_passphrase_work_is_for_test_data_only_and_the_mark_cannot_be_moved(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        Vault.create(tmp_path / "real", GP, PASSPHRASE, cost=CHEAP)
    assert [path.name for path in tmp_path.iterdir()] == ["real.lock"]
    make(tmp_path).session.close()
    vault = tmp_path / "v.onestory"
    header = slots.read(vault)
    slots.write(vault, msgspec.structs.replace(header, test_data=False, sequence=9))
    with pytest.raises(KeyFileError):
        sign_in(tmp_path)
    dear = msgspec.structs.replace(header.slots[0], cost=KdfCost())
    slots.write(vault, msgspec.structs.replace(header, test_data=False, sequence=10, slots=(dear,)))
    with pytest.raises(StorageError):
        sign_in(tmp_path)


def test_a_slot_of_another_vault_opens_nothing(tmp_path: Path) -> None:
    make(tmp_path / "one").session.close()
    make(tmp_path / "two").session.close()
    one, two = tmp_path / "one" / "v.onestory", tmp_path / "two" / "v.onestory"
    slots.write(two, slots.with_slots(slots.read(two), slots.read(one).slots))
    with pytest.raises(StorageError):
        sign_in(tmp_path / "two")


def test_the_recovery_key_says_when_it_is_mistyped(tmp_path: Path) -> None:
    created = make(tmp_path)
    created.session.close()
    vault = tmp_path / "v.onestory"
    wrong = ("B" if created.recovery_key[0] == "A" else "A") + created.recovery_key[1:]
    for text in ("", "hello", wrong, created.recovery_key[:-1]):
        with pytest.raises(RecoveryKeyError, match="mistyped"):
            Vault.recover(vault, text)
    with pytest.raises(RecoveryKeyError, match="does not open"):
        Vault.recover(vault, slots.new_recovery_key())
    spaced = created.recovery_key.replace("-", " ").lower()
    Vault.recover(vault, f"  {spaced}\n", clock=clock).close()


def test_a_folder_that_cannot_be_written_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WriteError):
        make(tmp_path / "file" / "below")


def test_a_full_disk_refuses_an_import_and_leaves_the_vault_as_it_was(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        readers = frozenset({team_of(session, "gp")})
        session.store_document(document([{"id": "a", "text": "before"}], readers))
        session._connection.set_authorizer(None)
        pages = session._connection.execute("PRAGMA page_count").fetchone()[0]
        session._connection.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(WriteError):
            session.store_document(document([{"id": "b", "text": os.urandom(90_000).hex()}], readers))
        assert texts(session) == ["before"]
        session._connection.execute("PRAGMA max_page_count = 1000000")
        session.store_document(document([{"id": "b", "text": "after"}], readers))
        assert texts(session) == ["after", "before"]
        assert session.verify_log().ok
    with sign_in(tmp_path) as session:
        assert texts(session) == ["after", "before"]


KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[2] + "/tests"]
from vault_samples import sign_in, document, team_of
session = sign_in(Path(sys.argv[1]))
readers = frozenset({team_of(session, "gp")})
have = len(session.imports())
print("ready", flush=True)
for i in range(have, have + 10_000):
    session.store_document(document([{"id": f"{i}-{j}", "text": f"{i}-{j}"} for j in range(40)], readers))
    print(i, flush=True)
"""


def test_killing_it_in_the_middle_loses_nothing_acknowledged_and_leaves_no_half_import(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    root = str(Path(__file__).resolve().parents[2])
    acknowledged = -1
    for lines in (1, 4, 2, 7, 3):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), root], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(lines):
            acknowledged = int(process.stdout.readline())
        process.kill()
        for line in process.stdout:
            if line.endswith("\n"):
                acknowledged = int(line)
        process.stdout.close()
        process.wait()
        with sign_in(tmp_path) as session:
            stored = len(session.imports())
            assert acknowledged < stored <= acknowledged + 2
            assert len(texts(session)) == stored * 40
            assert session.verify_log().size == stored
            assert session.verify_log().ok
            again = document(
                [{"id": f"0-{j}", "text": f"0-{j}"} for j in range(40)], frozenset({team_of(session, "gp")})
            )
            assert session.store_document(again).status == "unchanged"
            assert session._connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            assert session._connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
