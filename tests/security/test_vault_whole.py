"""Writes that fail and processes that are killed: the old state or the new one, in one sentence, never between."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from failing_disk import failing_disk
from vault_samples import ANN, PASSPHRASE, change_vault_key, document, make, sign_in, team_of, texts

from storage import connection as file
from storage import slots
from storage.errors import InUseError, StorageError, WriteError
from storage.vault import Vault

ROOT = Path(__file__).resolve().parents[2]
VAULT = "v.onestory"
EACH = 12  # entries in every import of the killed process
SAMPLE = 10
SOAK = 1_000


def test_whichever_write_of_the_key_file_fails_it_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    vault = tmp_path / VAULT
    old = slots.read(vault)
    new = slots.with_slots(old, old.slots)
    before = slots.encoded(old)
    seen = set()
    nth = 0
    while True:
        nth += 1
        for path in slots.copies(vault):
            path.write_bytes(before)
        with failing_disk(nth) as disk:
            try:
                slots.write(vault, new)
                acknowledged = True
            except WriteError:
                acknowledged = False
        if not disk.failed:
            break
        found = slots.read(vault)
        assert found in (old, new)
        assert found == new or not acknowledged
        for path in slots.copies(vault):
            assert slots.decoded(path.read_bytes()) in (old, new)  # each copy whole
        seen.add((disk.done[nth - 1], acknowledged, found == new))
        assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]
    assert nth > 10
    assert {what for what, *_ in seen} == {"open", "write", "fsync", "replace"}
    sign_in(tmp_path).close()


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Within it, no file of this process may grow beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as Unix does")
def test_wherever_the_vault_has_no_room_left_an_import_is_whole_or_not_there(tmp_path: Path) -> None:
    begun(tmp_path)
    stored = refused = 0
    said = set()
    for pages in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144):
        with sign_in(tmp_path) as session:
            readers = frozenset({team_of(session, "gp")})
            before = texts(session)
            items = [{"id": f"{pages}-{i}", "text": f"{pages:03}-{i} {os.urandom(1500).hex()}"} for i in range(40)]
            with room_for(pages * file.PAGE + 100):
                try:
                    session.store_document(document(items, readers, path=str(pages)))
                    stored += 1
                    after = len(before) + len(items)
                except WriteError as error:
                    said.add(str(error))
                    refused += 1
                    after = len(before)
            assert len(texts(session)) == after
            session.store_document(document([{"id": f"then-{pages}", "text": "then"}], readers, path=f"then {pages}"))
        with sign_in(tmp_path) as session:
            assert len(texts(session)) == after + 1
            assert session.verify_log().ok
            assert session._connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    assert stored
    assert said == {"The vault could not be written, perhaps because the disk is full or read-only."}
    assert refused >= 5


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as Unix does")
def test_wherever_there_is_no_room_to_change_the_vault_key_it_is_changed_later(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        readers = frozenset({team_of(session, "gp")})
        session.store_document(document([{"id": "1", "text": os.urandom(40_000).hex()}], readers))
    size = (tmp_path / VAULT).stat().st_size
    for share in (0.2, 0.6, 0.95):
        before = slots.open_user(slots.read(tmp_path / VAULT), "Asha", PASSPHRASE)
        session = sign_in(tmp_path)
        with room_for(int(size * share)), pytest.raises(WriteError):
            change_vault_key(session, created.recovery_key)
        session.close()
        with sign_in(tmp_path) as session:
            assert len(texts(session)) == 1
            assert session.verify_log().ok
        after = slots.open_user(slots.read(tmp_path / VAULT), "Asha", PASSPHRASE)
        assert slots.read(tmp_path / VAULT).rotating_to in (0, after.epoch)
        assert after.epoch in (before.epoch, before.epoch + 1)


def test_read_only_media_get_one_sentence_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path).session.close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    opening = os.open

    def read_only(path: object, flags: int, *mode: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, "Read-only file system")
        return opening(path, flags, *mode)  # type: ignore[arg-type]

    monkeypatch.setattr(file.os, "open", read_only)
    for act in (lambda: sign_in(tmp_path), lambda: make(tmp_path / "new")):
        with pytest.raises(StorageError) as caught:
            act()
        assert str(caught.value).count(".") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_second_process_is_told_and_the_first_goes_on(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        for act in (lambda: sign_in(tmp_path), lambda: Vault.recover(tmp_path / VAULT, slots.new_recovery_key())):
            with pytest.raises(InUseError, match="open in another window"):
                act()
        session.store_document(document([{"id": "a", "text": "a"}], frozenset({team_of(session, "gp")})))
        assert texts(session) == ["a"]


# -- kill -9

WORKER = """
import random, sys
from pathlib import Path
folder, root, seed, key, each = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
sys.path[:0] = [root, root + "/tests"]
from vault_samples import CHEAP, PASSPHRASE, change_vault_key, document, sign_in, team_of
from storage.records import NewUser
chance = random.Random(seed)
session = sign_in(folder)
readers = frozenset({team_of(session, "gp")})
everyone = lambda _, contents, who: [readers] * len(contents)
number = 0
print("ready", flush=True)
while True:
    number += 1
    name = f"{seed}-{number}"
    act = chance.choices(("import", "add", "remove", "key", "backup"), (6, 2, 1, 1, 1))[0]
    if act == "import":
        items = [{"id": f"{name}-{j}", "text": f"{name}-{j}"} for j in range(each)]
        session.store_document(document(items, readers, path=name))
    elif act == "add":
        session.add_user(NewUser(name, "gp", "Riverside Surgery"), PASSPHRASE, key, everyone, cost=CHEAP)
    elif act == "remove":
        others = [user.name for user in session.users() if user.name != "Asha"]
        if not others:
            continue
        name = others[0]
        session.remove_user(name, key)
    elif act == "key":
        change_vault_key(session, key)
    else:
        session.backup(folder.parent / f"{name}.backup")
    print(act, name, flush=True)
"""


def begun(folder: Path) -> str:
    """A vault with one import; its recovery key."""
    created = make(folder)
    with created.session as session:
        items = [{"id": f"first-{j}", "text": f"first-{j}"} for j in range(EACH)]
        session.store_document(document(items, frozenset({team_of(session, "gp")}), path="first"))
    return created.recovery_key


@dataclass
class Tally:
    """What killing did: `acknowledged` acts by kind, and what became of them."""

    kills: int = 0
    acknowledged: dict[str, int] = field(default_factory=dict)
    unacknowledged_kept: int = 0

    def __str__(self) -> str:
        acts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.acknowledged.items()))
        return (
            f"{self.kills} kills; acknowledged: {acts}; lost: 0; half states: 0; corrupt: 0;"
            f" done but not acknowledged: {self.unacknowledged_kept}"
        )


def killed_again_and_again(tmp_path: Path, kills: int, seed: int) -> Tally:
    """Kill a process that works on a vault at random moments; after each, everything acknowledged is there, whole."""
    folder = tmp_path / "vault"
    key = begun(folder)
    chance = random.Random(seed)
    tally = Tally()
    imports: set[str] = {"first"}
    users: set[str] = {"Asha"}
    for kill in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), str(ROOT), str(kill), key, str(EACH)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            said = [process.stdout.readline() for _ in range(chance.randrange(4))]
            for _ in range(int(10 ** chance.uniform(0, 6))):  # up to about a tenth of a second, without a clock
                os.getpid()
            process.kill()
            said += [line for line in process.stdout if line.endswith("\n")]
        tally.kills += 1
        backups: list[str] = []
        for act, name in (line.split() for line in said):
            tally.acknowledged[act] = tally.acknowledged.get(act, 0) + 1
            {"import": imports.add, "add": users.add, "remove": users.discard}.get(act, lambda _: None)(name)
            if act == "backup":
                backups.append(name)
        with sign_in(folder) as session:
            assert session.verify_log().ok
            assert session._connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
            found: dict[str, int] = {}
            for text in texts(session):
                found[text.rpartition("-")[0]] = found.get(text.rpartition("-")[0], 0) + 1
            assert set(found.values()) <= {EACH}  # whole imports only
            assert imports <= found.keys()  # nothing acknowledged is lost
            assert len(found) <= len(imports) + 1
            name = chance.choice(sorted(imports))
            readers = frozenset({team_of(session, "gp")})
            items = [{"id": f"{name}-{j}", "text": f"{name}-{j}"} for j in range(EACH)]
            assert session.store_document(document(items, readers, path=name)).status == "unchanged"
            there = {user.name for user in session.users()}
            assert len(there ^ users) <= 1  # the act that was cut short, done or not done
            assert there == set(Vault.user_names(folder / VAULT))
            tally.unacknowledged_kept += len(found) - len(imports) + len(there ^ users)
            imports, users = set(found), there
        for name in chance.sample(sorted(users), min(2, len(users))):
            with sign_in(folder, name) as session:
                assert len(session.readable(ANN)) == EACH * len(imports)
        for name in backups:
            restored = tmp_path / "restored"
            Vault.restore(restored / VAULT, tmp_path / f"{name}.backup", "Asha", PASSPHRASE)
            sign_in(restored).close()
            shutil.rmtree(restored)
        for left in tmp_path.glob("*.backup*"):
            left.unlink()
        if kill % 25 == 24:  # begin anew, so that the thousandth kill takes no longer than the first
            shutil.rmtree(folder)
            key = begun(folder)
            imports, users = {"first"}, {"Asha"}
    return tally


def test_killing_loses_nothing_acknowledged_and_leaves_nothing_half_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = killed_again_and_again(tmp_path, SAMPLE, seed=1)
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.kills == SAMPLE
    assert tally.acknowledged.get("import")


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not os.environ.get("ONESTORY_SOAK"), reason="the long form: make soak")
def test_a_thousand_kills_lose_nothing_acknowledged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = killed_again_and_again(tmp_path, SOAK, seed=int(os.environ["ONESTORY_SOAK"]))
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.kills == SOAK
