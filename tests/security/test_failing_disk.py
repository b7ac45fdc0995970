"""Whatever SQLCipher writes, syncs, cuts short or deletes, and whichever of it fails: the old vault or the new one.

The files that are our own (keys, backups, copies) are made to fail in test_vault_whole.py.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from failing_disk import failed_everywhere
from vault_samples import ANN, CHEAP, GP, PASSPHRASE, change_vault_key, document, make, sign_in, team_of, texts

from storage.errors import StorageError
from storage.records import NewChoice, NewUser
from storage.vault import Vault

VAULT, BACKUP = "v.onestory", "now.backup"
NOOR, TARIQ = (NewUser(name, "nurse", "Riverside Surgery") for name in ("Noor", "Tariq"))


@dataclass(frozen=True)
class Before:
    """A vault of two users, a backup of it from before its second import, and its recovery key."""

    folder: Path
    backup: Path
    key: str
    first: str
    doctors: frozenset[str]
    nurses: frozenset[str]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Before:
    folder = tmp_path_factory.mktemp("before")
    created = make(folder / "vault")
    with created.session as session:
        session.add_user(NOOR, PASSPHRASE, created.recovery_key, lambda *_: [], cost=CHEAP)
        doctors, nurses = (frozenset({team_of(session, role)}) for role in ("gp", "nurse"))
        items = [{"id": str(number), "text": str(number) * 400} for number in range(12)]
        first = session.store_document(document(items, doctors | nurses)).import_id
        session.backup(folder / "then.backup")
        session.store_document(document([{"id": "b", "text": "b"}], doctors | nurses, path="second"))
    return Before(folder / "vault", folder / "then.backup", created.recovery_key, first, doctors, nurses)


Act = Callable[[Path, Before], None]


def importing(folder: Path, before: Before) -> None:
    items = [{"id": f"new-{number}", "text": str(number) * 3_000} for number in range(12)]
    with sign_in(folder) as session:
        session.store_document(document(items, before.doctors, path="third"))


def undoing(folder: Path, before: Before) -> None:
    with sign_in(folder) as session:
        session.undo(before.first)


def choosing(folder: Path, before: Before) -> None:
    with sign_in(folder) as session:
        entries = [item.entry_id for item in session.readable(ANN)]
        session.choose(NewChoice(ANN, b"no nurses", b"in words"), dict.fromkeys(entries, before.doctors), None)


def adding(folder: Path, before: Before) -> None:
    everyone = before.doctors | before.nurses
    with sign_in(folder) as session:
        session.add_user(TARIQ, PASSPHRASE, before.key, lambda _, found, who: [everyone] * len(found), cost=CHEAP)


def removing(folder: Path, before: Before) -> None:
    with sign_in(folder) as session:
        session.remove_user(NOOR.name, before.key)


def changing_the_key(folder: Path, before: Before) -> None:
    with sign_in(folder) as session:
        change_vault_key(session, before.key)


def backing_up(folder: Path, before: Before) -> None:
    with sign_in(folder) as session:
        session.backup(folder / BACKUP)


def restoring(folder: Path, before: Before) -> None:
    Vault.restore(folder / VAULT, before.backup, GP.name, PASSPHRASE)


def creating(folder: Path, before: Before) -> None:
    make(folder).session.close()


ACTS = (importing, undoing, choosing, adding, removing, changing_the_key, backing_up, restoring, creating)


def state(folder: Path) -> dict[str, object]:
    """What each user finds when the disk works again; all of it whole."""
    found: dict[str, object] = {}
    for user in (GP, NOOR, TARIQ):
        try:
            with sign_in(folder, user.name) as session:
                choices = [act.rules for act in session.choices(ANN)]
                users = sorted(user.name for user in session.users())
                found[user.name] = (texts(session), choices, users, len(session.imports()))
                assert session.verify_log().ok
                session._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                assert session._connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        except StorageError as error:
            found[user.name] = type(error)
    if (folder / BACKUP).exists():
        there = folder / "restored"
        Vault.restore(there / VAULT, folder / BACKUP, GP.name, PASSPHRASE)
        found["backup"] = state(there)[GP.name]
        shutil.rmtree(there)
    return found


def failing(tmp_path: Path, before: Before, act: Act, chance: random.Random | None = None) -> str:
    def start(folder: Path) -> None:
        folder.mkdir() if act is creating else shutil.copytree(before.folder, folder)

    said = failed_everywhere(tmp_path / "vault", start, lambda folder: act(folder, before), state, chance)
    return f"{act.__name__}: {said}"


@pytest.mark.parametrize("act", ACTS, ids=[act.__name__ for act in ACTS])
def test_whichever_write_of_the_database_fails_the_vault_is_the_old_one_or_the_new(
    tmp_path: Path, before: Before, act: Act
) -> None:
    failing(tmp_path, before, act, random.Random(1))


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not os.environ.get("ONESTORY_SOAK"), reason="the long form: make soak")
def test_every_write_of_the_database_fails_once_and_for_good(
    tmp_path: Path, before: Before, capsys: pytest.CaptureFixture[str]
) -> None:
    for act in ACTS:
        said = failing(tmp_path, before, act)
        with capsys.disabled():
            print(f"\n{said}")
