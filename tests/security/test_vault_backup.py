"""Backups: what is in them, what is refused, what a restore says and keeps, and what a crash in between leaves."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest
from failing_disk import failing_disk
from vault_samples import CHEAP, PASSPHRASE, clock, document, make, sign_in, team_of, texts

from storage import backup, slots
from storage.backup import row_digests
from storage.errors import BackupError, InUseError, SignInError, StorageError, WriteError
from storage.newer import Restored
from storage.records import NewUser, Principal
from storage.vault import Vault

VAULT = "v.onestory"
NOOR = NewUser("Noor", "gp", "Riverside Surgery")
MINA = NewUser("Mina", "gp", "Riverside Surgery")


def all_teams(_: object, contents: Sequence[object], principals: Sequence[Principal]) -> list[frozenset[str]]:
    return [frozenset(who.id for who in principals if who.kind == "team")] * len(contents)


def add(session: object, text: str) -> str:
    readers = frozenset({team_of(session, "gp")})  # type: ignore[arg-type]
    return session.store_document(document([{"id": text, "text": text}], readers, path=text)).import_id  # type: ignore[attr-defined,no-any-return]


def backed_up(folder: Path) -> tuple[Path, str]:
    """A vault with one import and two users, backed up; the backup and the recovery key."""
    created = make(folder)
    with created.session as session:
        add(session, "before")
        session.add_user(NOOR, PASSPHRASE, created.recovery_key, all_teams, cost=CHEAP)
        session.backup(folder.parent / "kept.backup")
    return folder.parent / "kept.backup", created.recovery_key


def restore(folder: Path, source: Path, user: str = "Asha") -> Restored:
    return Vault.restore(folder / VAULT, source, user, PASSPHRASE, clock=clock)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".lock"}


def test_a_backup_put_back_has_the_same_rows(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    with make(folder).session as session:
        add(session, "before")
        made = session.backup(tmp_path / "kept.backup")
        key = session._keys.vault_keys[0]
        assert made.rows == row_digests(session._connection, key)[0]
        assert made.counts["entry"] == 1
    shutil.rmtree(folder)
    done = restore(folder, tmp_path / "kept.backup")
    assert (done.made, done.replaced, done.compared) == (clock(), None, False)
    with sign_in(folder) as session:
        assert row_digests(session._connection, key)[0] == made.rows
        assert texts(session) == ["before"]
        assert session.verify_log().ok
    assert stat.S_IMODE((tmp_path / "kept.backup").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.backup", "vault"]


def test_how_far_a_backup_is_is_told_in_bytes_and_it_stops_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    with make(folder).session as session:
        for number in range(12):
            add(session, f"{number} " + os.urandom(100_000).hex())
        told: list[tuple[str, int, int]] = []
        with session.telling(lambda *step: told.append(step)):
            session.backup(tmp_path / "kept.backup")
        (total,) = {step[2] for step in told}
        done = [step[1] for step in told]
        assert done == sorted(done)
        assert (done[0], done[-1]) == (0, total)
        size = (tmp_path / "kept.backup").stat().st_size
        assert size > 3 << 20
        assert total % 7 == 0
        assert abs(total // 7 - size) < 1 << 18
        steps = list(dict.fromkeys(step[0] for step in told))
        assert steps == [
            "Checking the vault",
            "Copying it",
            "Comparing every row",
            "Writing the backup",
            "Reading it back",
        ]
        assert all(sum(step[0] == what for step in told) > 3 for what in steps), "each says how far it is"
        for stop in range(0, len(told), 6):
            with pytest.raises(_StopError), session.telling(_stopping(stop)):
                session.backup(tmp_path / "half.backup")
            assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.backup", "vault"]


class _StopError(Exception):
    pass


def _stopping(at: int) -> Callable[[str, int, int], None]:
    told = 0

    def step(_what: str, _done: int, _total: int) -> None:
        nonlocal told
        if told == at:
            raise _StopError
        told += 1

    return step


def test_a_restore_says_what_is_newer_and_keeps_the_vault_it_replaces(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    source, recovery = backed_up(folder)
    with sign_in(folder) as session:
        newer = add(session, "after")
        session.remove_user("Noor", recovery)
        session.add_user(MINA, PASSPHRASE, recovery, all_teams, cost=CHEAP)
    done = restore(folder, source)
    assert done.compared
    assert [import_id for import_id, _ in done.newer_imports] == [newer]
    assert (list(done.users_lost), list(done.users_back)) == (["Mina"], ["Noor"])
    assert done.newer_events >= 3
    with sign_in(folder) as session:
        assert texts(session) == ["before"]
        assert [user.name for user in session.users()] == ["Asha", "Noor"]
    assert done.replaced is not None
    with sign_in(done.replaced) as session:
        assert texts(session) == ["after", "before"]
        assert [user.name for user in session.users()] == ["Asha", "Mina"]
    assert restore(folder, source).replaced != done.replaced


def test_a_damaged_vault_or_key_file_is_replaced_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    source, _ = backed_up(folder)
    (folder / VAULT).write_bytes(b"ruined")
    done = restore(folder, source)
    assert not done.compared
    assert done.replaced is not None
    assert (done.replaced / VAULT).read_bytes() == b"ruined"
    for path in slots.copies(folder / VAULT):
        path.write_bytes(b"ruined")
    assert restore(folder, source).replaced is not None
    with sign_in(folder) as session:
        assert texts(session) == ["before"]


def flip(source: Path, member: str) -> None:
    with zipfile.ZipFile(source) as archive:
        pieces = {name: archive.read(name) for name in archive.namelist()}
    piece = bytearray(pieces[member])
    piece[len(piece) // 2] ^= 1
    pieces[member] = bytes(piece)
    with zipfile.ZipFile(source, "w", zipfile.ZIP_STORED) as archive:
        for name, content in pieces.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda source: flip(source, "vault"),
        lambda source: flip(source, "keys"),
        lambda source: flip(source, "manifest"),
        lambda source: source.write_bytes(source.read_bytes()[:-2000]),
        lambda source: source.write_bytes(b""),
        lambda source: source.write_bytes(b"PK\x05\x06" + bytes(18)),
        lambda source: source.unlink(),
    ],
)
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_written(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    folder = tmp_path / "vault"
    source, _ = backed_up(folder)
    damage(source)
    before = contents(folder)
    with pytest.raises(BackupError) as caught:
        restore(folder, source)
    assert str(caught.value).count(".") == 1
    assert contents(folder) == before


def test_a_backup_of_another_vault_or_with_a_wrong_passphrase_is_refused(tmp_path: Path) -> None:
    source, _ = backed_up(tmp_path / "one")
    folder = tmp_path / "two"
    make(folder).session.close()
    before = contents(folder)
    with pytest.raises(BackupError, match="another vault"):
        restore(folder, source)
    with pytest.raises(SignInError):
        restore(tmp_path / "one", source, "Nobody")
    assert contents(folder) == before
    assert not (tmp_path / "three").exists()


def test_a_backup_sealed_by_someone_without_the_vault_key_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    source, _ = backed_up(folder)
    with zipfile.ZipFile(source) as archive:
        pieces = {name: archive.read(name) for name in archive.namelist()}
    assert clock().encode() in pieces["manifest"]
    pieces["manifest"] = pieces["manifest"].replace(clock().encode(), b"2027-01-01T00:00:00.000Z")
    with zipfile.ZipFile(source, "w", zipfile.ZIP_STORED) as archive:
        for name, content in pieces.items():
            archive.writestr(name, content)
    with pytest.raises(BackupError):
        restore(folder, source)


def test_nothing_is_overwritten_and_a_vault_in_use_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    source, _ = backed_up(folder)
    whole = source.read_bytes()
    with sign_in(folder) as session:
        for target in (source, folder / VAULT):
            with pytest.raises(BackupError, match="overwritten"):
                session.backup(target)
        with pytest.raises(WriteError):
            session.backup(tmp_path / "no such folder" / "x")
        with pytest.raises(InUseError):
            restore(folder, source)
        assert texts(session) == ["before"]
    assert source.read_bytes() == whole


def test_a_write_that_fails_anywhere_in_a_backup_leaves_no_backup(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    make(folder).session.close()
    target = tmp_path / "kept.backup"
    failed = 0
    with sign_in(folder) as session:
        add(session, "before")
        while not target.exists():
            with failing_disk(failed + 1):
                try:
                    session.backup(target)
                except WriteError:
                    failed += 1
            if not target.exists():
                assert sorted(path.name for path in tmp_path.iterdir()) == ["vault"]
            assert texts(session) == ["before"]
            assert failed < 100
    assert failed >= 3  # the copy's sync, the archive's sync, the rename
    assert target.exists()


def test_a_write_that_fails_anywhere_in_a_restore_leaves_the_old_vault_or_the_new_one(tmp_path: Path) -> None:
    source, recovery = backed_up(tmp_path / "vault")
    with sign_in(tmp_path / "vault") as session:
        add(session, "after")
        session.remove_user("Noor", recovery)  # so that old and new have different vault keys
    found = []
    for nth in count(1):
        folder = tmp_path / f"try-{nth}"
        shutil.copytree(tmp_path / "vault", folder)
        with failing_disk(nth) as disk:
            try:
                restore(folder, source)
                went_well = True
            except WriteError:
                went_well = False
        waited = backup.waiting(folder / VAULT)
        with sign_in(folder) as session:
            found.append(texts(session))
            assert session.verify_log().ok
            assert found[-1] == (["before"] if went_well or waited else ["after", "before"])
        assert not [path for path in folder.iterdir() if ".incoming" in path.name or path.suffix == ".restore"]
        if not disk.failed:
            break
    assert len(found) > 8
    assert found[0] != found[-1]


def test_a_file_system_without_links_gets_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _ = backed_up(tmp_path / "vault")

    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(backup.os, "link", no_links)
    done = restore(tmp_path / "vault", source)
    assert done.replaced is not None
    with sign_in(done.replaced) as session:
        assert texts(session) == ["before"]


def test_a_restore_says_how_far_it_is_and_can_be_stopped_at_every_step_but_the_last(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    source, _key = backed_up(folder)
    before = contents(folder)
    heard: list[tuple[str, int, int]] = []

    class StoppedError(Exception):
        pass

    def stop_at(last: int) -> Callable[[str, int, int], None]:
        def step(what: str, done: int, total: int) -> None:
            heard.append((what, done, total))
            if len(heard) == last:
                raise StoppedError

        return step

    for last in range(1, 40):
        heard.clear()
        try:
            back = Vault.restore(folder / VAULT, source, "Asha", PASSPHRASE, clock=clock, step=stop_at(last))
        except StoppedError:
            assert contents(folder) == before, heard
        else:
            break
    assert list(dict.fromkeys(what for what, _done, _total in heard)) == [
        "Checking the backup",
        "Unpacking it",
        "Comparing every row",
        "Putting it in place",
    ]
    done = [far for _what, far, _total in heard]
    assert done == sorted(done)
    assert done[-1] == heard[-1][2]
    assert back.replaced is not None


def test_a_restore_for_which_there_is_no_folder_makes_one(tmp_path: Path) -> None:
    source, _ = backed_up(tmp_path / "vault")
    restore(tmp_path / "deep" / "new", source)
    with sign_in(tmp_path / "deep" / "new") as session:
        assert texts(session) == ["before"]
    with pytest.raises(StorageError):
        restore(source / "below", source)
