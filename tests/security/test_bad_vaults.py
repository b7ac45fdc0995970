"""Vaults, key files and backups that are damaged, mistaken, hostile, newer, held or out of room, through the program.

Each gets one plain sentence and the exit code 2, and not a byte is written: every file is compared before and after,
and what is noted outside the vault too. Read-only media and full disks are real ones, where this system lets a test
have them.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, entries, make_vault, patient, run, write

from storage import connection as file
from storage import migrations, slots
from storage.slots import KdfCost, KeyFile, Slot

ROOT = Path(__file__).resolve().parents[2]
MARKER = "zqcontent5150"
PAGE = file.PAGE


def made(folder: Path) -> Vault:
    vault = make_vault(folder, role="gp")
    vault.store(write(folder, "a.json", bundle(patient("a", "Okafor"), condition("c", "a", f"Gout {MARKER}"))))
    assert vault.run("backup", folder / "a.backup").code == 0
    return vault


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Vault, Vault]:
    """A vault and another one, each with a record and a backup."""
    return made(tmp_path_factory.mktemp("one")), made(tmp_path_factory.mktemp("other"))


@pytest.fixture
def copied(whole: tuple[Vault, Vault], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Vault, Vault]:
    """Copies of both, to be damaged, on a computer that knows them."""
    begun = shutil.ignore_patterns("*.part")  # another test's vault may be writing one, and it is gone when it is done
    known = shutil.copytree(os.environ["XDG_STATE_HOME"], tmp_path / "state", ignore=begun)
    monkeypatch.setenv("XDG_STATE_HOME", str(known))
    one, other = (shutil.copytree(vault.folder, tmp_path / name) for vault, name in zip(whole, "ab", strict=True))
    return Vault(one / "a.vault"), Vault(other / "a.vault")


def digests(*folders: Path) -> dict[str, str]:
    """Every file below these folders and its digest, and every folder."""
    found = {}
    for folder in (*folders, Path(os.environ["XDG_STATE_HOME"])):
        for path in sorted(folder.rglob("*")):
            found[str(path)] = sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
    return found


def refused(vault: Vault, *commands: tuple[str | Path, ...]) -> set[str]:
    """Run commands that must be refused and write nothing; what was said."""
    said = set()
    for command in commands:
        before = digests(vault.folder)
        ran = vault.run(*map(str, command))
        assert ran.code == 2, (command, ran)
        assert ran.out == "", command
        sentence = ran.sentence
        assert sentence.endswith("."), sentence
        assert len(sentence) < 200
        assert MARKER not in sentence
        assert digests(vault.folder) == before, command
        said.add(sentence)
    return said


COMMANDS: tuple[tuple[str | Path, ...], ...] = (
    ("people", "--json"),
    ("import", ROOT / "pyproject.toml"),
    ("log", "verify", "--json"),
    ("users", "--json"),
    ("backup", "never.backup"),
)


# -- the vault file


def cut(keep: Callable[[int], int]) -> Callable[[Path, Path], object]:
    """A vault file that ends early: `keep` gives how many bytes stay, of how many there are."""
    return lambda vault, _other: os.truncate(vault, keep(vault.stat().st_size))


def short_beside_a_log(log: bytes) -> Callable[[Path, Path], object]:
    """One byte is missing, and the write-ahead log beside it does not have it."""

    def change(vault: Path, _other: Path) -> None:
        os.truncate(vault, vault.stat().st_size - 1)
        file.beside(vault)[0].write_bytes(log)

    return change


def plain(vault: Path, _other: Path) -> None:
    vault.unlink()
    connection = sqlite3.connect(vault)
    connection.execute("CREATE TABLE person (name)")
    connection.close()


def encrypted_by_another(vault: Path, _other: Path) -> None:
    """A real SQLCipher file under a key that nobody here has."""
    vault.unlink()
    file.create_file(vault)
    connection = file.connect(vault, os.urandom(32))
    connection.execute("CREATE TABLE person (name)")
    connection.close()


def swapped(vault: Path, _other: Path) -> None:
    """The vault and its key file under each other's names."""
    main, copy = slots.copies(vault)
    database, keys = vault.read_bytes(), main.read_bytes()
    vault.write_bytes(keys)
    main.write_bytes(database)
    copy.write_bytes(database)


def keyed(change: str) -> Callable[[Path, Path], object]:
    """A vault changed by whoever has its key."""

    def edit(vault: Path, _other: Path) -> None:
        connection = file.connect(vault, slots.open_user(slots.read(vault), "Asha", PASSPHRASE).vault_keys[0])
        connection.execute(change)
        connection.close()

    return edit


def flipped(at: Callable[[int], int]) -> Callable[[Path, Path], object]:
    """One bit of the vault file changed, at a place."""

    def flip(vault: Path, _other: Path) -> None:
        data = bytearray(vault.read_bytes())
        data[at(len(data))] ^= 1
        vault.write_bytes(bytes(data))

    return flip


def folder_instead(vault: Path, _other: Path) -> None:
    vault.unlink()
    vault.mkdir()


VAULTS: dict[str, Callable[[Path, Path], object]] = {
    "missing": lambda vault, _other: vault.unlink(),
    "empty": cut(lambda size: 0),
    "one byte": cut(lambda size: 1),
    "cut in the salt": cut(lambda size: 15),
    "cut in the first page": cut(lambda size: PAGE - 1),
    "one page": cut(lambda size: PAGE),
    "half of its pages": cut(lambda size: size // PAGE // 2 * PAGE),
    "one page short": cut(lambda size: size - PAGE),
    "one byte short": cut(lambda size: size - 1),
    "one byte short, with an empty log": short_beside_a_log(b""),
    "one byte short, with a log of something else": short_beside_a_log(os.urandom(8 * PAGE)),
    "one byte long": lambda vault, _other: vault.write_bytes(vault.read_bytes() + b"\0"),
    "salt changed": flipped(lambda size: 3),
    "first page changed": flipped(lambda size: PAGE // 2),
    "random bytes": lambda vault, _other: vault.write_bytes(os.urandom(8 * PAGE)),
    "zeros": lambda vault, _other: vault.write_bytes(bytes(8 * PAGE)),
    "plain SQLite": plain,
    "encrypted by another": encrypted_by_another,
    "another vault": lambda vault, other: shutil.copy(other, vault),
    "swapped with the key file": swapped,
    "a backup": lambda vault, _other: shutil.copy(vault.with_name("a.backup"), vault),
    "a document": lambda vault, _other: vault.write_bytes(b"%PDF-1.7 " * PAGE),
    "a folder": folder_instead,
    "newer": keyed(f"PRAGMA user_version = {migrations.newest() + 1}"),
    "much newer": keyed("PRAGMA user_version = 2000000000"),
    "without a version": keyed("PRAGMA user_version = 0"),
    "of another program": keyed("PRAGMA application_id = 7"),
}


@pytest.mark.parametrize("case", VAULTS)
def test_a_bad_vault_file(copied: tuple[Vault, Vault], case: str) -> None:
    vault, other = copied
    VAULTS[case](vault.path, other.path)
    said = refused(vault, *COMMANDS)
    assert len(said) == 1, said
    if "newer" in case:
        assert "newer version" in said.pop()


def test_a_vault_that_is_not_damaged_is_read(copied: tuple[Vault, Vault]) -> None:
    """A control of the tables above and below."""
    vault, _other = copied
    assert len(vault.json("people")) == 1
    assert MARKER in json.dumps(vault.json("show", vault.person()))


# -- the key file


def headed(change: Callable[[KeyFile, KeyFile], KeyFile]) -> Callable[[Path, Path], object]:
    """Both copies of the key file changed and whole again, by whoever can write to the folder."""

    def edit(vault: Path, other: Path) -> None:
        content = slots.encoded(change(slots.read(vault), slots.read(other)))
        for path in slots.copies(vault):
            path.write_bytes(content)

    return edit


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[Path, Path], object]:
    """Both copies with these bytes."""

    def edit(vault: Path, _other: Path) -> None:
        for path in slots.copies(vault):
            path.write_bytes(change(path.read_bytes()))

    return edit


def costing(**cost: int) -> Callable[[Path, Path], object]:
    """Every slot asks for this much work."""

    def dear(slot: Slot) -> Slot:
        return slot if slot.cost is None else msgspec.structs.replace(slot, cost=KdfCost(**cost))

    return headed(lambda own, _other: slots.with_slots(own, [dear(slot) for slot in own.slots]))


def without(vault: Path, _other: Path) -> None:
    for path in slots.copies(vault):
        path.unlink()


def folders_instead(vault: Path, _other: Path) -> None:
    without(vault, _other)
    for path in slots.copies(vault):
        path.mkdir()


KEY_FILES: dict[str, Callable[[Path, Path], object]] = {
    "missing": without,
    "empty": bytes_of(lambda data: b""),
    "one byte": bytes_of(lambda data: data[:1]),
    "cut in the middle": bytes_of(lambda data: data[: len(data) // 2]),
    "one byte short": bytes_of(lambda data: data[:-1]),
    "one bit changed": bytes_of(lambda data: data[:900] + bytes([data[900] ^ 1]) + data[901:]),
    "random bytes": bytes_of(lambda data: os.urandom(3000)),
    "other JSON": bytes_of(lambda data: b'{"resourceType":"Patient"}'),
    "deep JSON": bytes_of(lambda data: b"[" * 200_000),
    "a vast number": bytes_of(lambda data: b'{"sha256":"x","keys":' + b"9" * 200_000 + b"}"),
    "a bare list": bytes_of(lambda data: b"[]"),
    "UTF-16": bytes_of(lambda data: data.decode().encode("utf-16")),
    "folders": folders_instead,
    "newer": headed(lambda own, _other: msgspec.structs.replace(own, version=slots.VERSION + 1)),
    "of another format": headed(lambda own, _other: msgspec.structs.replace(own, format="other")),
    "without slots": headed(lambda own, _other: slots.with_slots(own, [])),
    "of another vault": headed(lambda _own, other: other),
    "slots of another vault": headed(lambda own, other: slots.with_slots(own, other.slots)),
    "named as another vault": headed(lambda own, other: msgspec.structs.replace(own, vault=other.vault)),
    "no longer for tests": headed(lambda own, _other: msgspec.structs.replace(own, test_data=False)),
    "short salts": headed(
        lambda own, _other: slots.with_slots(own, [msgspec.structs.replace(one, salt=b"x") for one in own.slots])
    ),
    "empty boxes": headed(
        lambda own, _other: slots.with_slots(own, [msgspec.structs.replace(one, box=b"") for one in own.slots])
    ),
    "in the middle of a change that never was": headed(
        lambda own, _other: msgspec.structs.replace(own, rotating_to=2000)
    ),
    "a terabyte of memory": costing(memory=1 << 30),
    "more memory than fits a number": costing(memory=1 << 62),
    "ten thousand passes": costing(passes=10_000),
    "four thousand lanes": costing(lanes=4096),
    "no work": costing(memory=0, passes=0, lanes=0),
    "negative work": costing(memory=-1, passes=-1, lanes=-1),
}
SIGN_IN = "The name or passphrase is not right for this vault."


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", KEY_FILES)
def test_a_bad_key_file(copied: tuple[Vault, Vault], case: str) -> None:
    vault, other = copied
    KEY_FILES[case](vault.path, other.path)
    said = refused(vault, *COMMANDS)
    assert len(said) == 1, said
    if case in ("without slots", "slots of another vault", "short salts", "empty boxes", "named as another vault"):
        assert said == {SIGN_IN}, "no more than to a wrong passphrase"


@pytest.mark.parametrize("which", [0, 1], ids=["file", "copy"])
@pytest.mark.parametrize("case", ["missing", "empty", "one byte short", "random bytes", "newer"])
def test_one_whole_copy_of_the_key_file_is_enough(copied: tuple[Vault, Vault], case: str, which: int) -> None:
    vault, other = copied
    kept = slots.copies(vault.path)[1 - which]
    content = kept.read_bytes()
    KEY_FILES[case](vault.path, other.path)
    kept.write_bytes(content)
    assert len(vault.json("people")) == 1
    assert {path.read_bytes() for path in slots.copies(vault.path)} == {content}, "the other is mended"


@pytest.mark.parametrize("secret", ["wrong passphrase", "unknown user"])
def test_wrong_answers_write_nothing(copied: tuple[Vault, Vault], secret: str) -> None:
    vault, _other = copied
    if secret == "unknown user":
        vault = vault.as_user("Nobody")
    else:
        (vault.folder / "passphrase").write_text("another passphrase\n")
    assert refused(vault, *COMMANDS) == {SIGN_IN}


# -- backups


def manifest(change: Callable[[dict[str, object]], object]) -> Callable[[Path], object]:
    """The manifest changed, its seal left as it was."""

    def edit(backup: Path) -> None:
        with zipfile.ZipFile(backup) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        sealed = json.loads(members["manifest"])
        change(sealed["manifest"])
        members["manifest"] = json.dumps(sealed).encode()
        with zipfile.ZipFile(backup, "w", zipfile.ZIP_STORED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return edit


def squeezed(backup: Path) -> None:
    """The same members, compressed: sizes of which nothing is known before they are unpacked."""
    with zipfile.ZipFile(backup) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(backup, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


BACKUPS: dict[str, Callable[[Path], object]] = {
    "missing": lambda backup: backup.unlink(),
    "empty": lambda backup: os.truncate(backup, 0),
    "cut in the middle": lambda backup: os.truncate(backup, backup.stat().st_size // 2),
    "one byte short": lambda backup: os.truncate(backup, backup.stat().st_size - 1),
    "random bytes": lambda backup: backup.write_bytes(os.urandom(9000)),
    "another archive": lambda backup: zipfile.ZipFile(backup, "w").close(),
    "a vault": lambda backup: shutil.copy(backup.with_name("a.vault"), backup),
    "newer": manifest(lambda said: said.update(version=2)),
    "dated later": manifest(lambda said: said.update(made="2030-01-01T00:00:00.000Z")),
    "of another vault by its own word": manifest(lambda said: said.update(vault="AAAAAAAAAAAAAAAAAAAAAA==")),
    "compressed": squeezed,
}


def restoring(vault: Vault, backup: Path) -> set[str]:
    return refused(vault, ("restore", backup))


@pytest.mark.parametrize("case", BACKUPS)
def test_a_bad_backup(copied: tuple[Vault, Vault], case: str) -> None:
    vault, _other = copied
    BACKUPS[case](vault.folder / "a.backup")
    restoring(vault, vault.folder / "a.backup")
    assert len(vault.json("people")) == 1


def test_a_backup_of_another_vault_is_not_put_in_place_of_this_one(copied: tuple[Vault, Vault]) -> None:
    vault, other = copied
    assert restoring(vault, other.folder / "a.backup") == {"That backup is of another vault; nothing was changed."}


# -- held, read-only, full


HOLD = """
import sys
from pathlib import Path
from desktop.workspace import Workspace
with Workspace.sign_in(Path(sys.argv[1]), "Asha", sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(copied: tuple[Vault, Vault]) -> Iterator[Vault]:
    """A vault that another process has open."""
    vault, _other = copied
    command = [sys.executable, "-c", HOLD, str(vault.path), PASSPHRASE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield vault
        holder.stdin.close()
        assert holder.wait(30) == 0


@pytest.mark.timeout(120)
def test_a_vault_that_another_process_has_open(held: Vault) -> None:
    said = refused(held, *COMMANDS, ("restore", held.folder / "a.backup"))
    assert said == {"The vault is open in another window or program; close it there first."}
    ran = run("users", "reset", "Asha", "--vault", held.path, "--recovery-key-file", held.folder / "recovery",
              "--new-passphrase-file", held.folder / "passphrase")  # fmt: skip
    assert (ran.code, {ran.sentence}) == (2, said)


def apart(folder: Path, how: str, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program where `folder` is mounted as `how` says, as seen by that process alone."""
    script = f'{how} && exec "$@"'
    options = {"capture_output": True, "text": True, "timeout": 120, "cwd": ROOT}
    words = [sys.executable, "-m", "desktop", *map(str, command)]
    return subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", *words], **options)  # type: ignore[call-overload, no-any-return]


def _may_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True)
    return tried.returncode == 0


real_media = pytest.mark.skipif(not _may_mount(), reason="this system lets no test mount anything")


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    said = done.stderr.strip()
    assert said
    assert "\n" not in said
    assert "Traceback" not in said
    return said


@real_media
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "command", [("people",), ("users",), ("backup", "{folder}/b.backup"), ("restore", "{folder}/a.backup")]
)
def test_a_vault_on_read_only_media(copied: tuple[Vault, Vault], command: tuple[str, ...]) -> None:
    vault, _other = copied
    folder, before = vault.folder, digests(vault.folder)
    how = f"mount --bind '{folder}' '{folder}' && mount -o remount,bind,ro '{folder}'"
    words = [word.format(folder=folder) for word in command]
    said = one_sentence(apart(folder, how, *words, *vault.access()))
    assert "written" in said
    assert digests(folder) == before


@real_media
@pytest.mark.timeout(120)
@pytest.mark.parametrize("room", [0, 1, 8, 64], ids="{} KiB left".format)
@pytest.mark.parametrize("command", [("people",), ("import", "{folder}/big.json"), ("backup", "{folder}/b.backup")])
def test_a_vault_on_a_full_disk(copied: tuple[Vault, Vault], command: tuple[str, ...], room: int) -> None:
    vault, _other = copied
    folder, there = vault.folder, vault.folder.with_name("disk")
    there.mkdir()
    big = [condition(f"c{i}", "a", f"Gout {os.urandom(2000).hex()}") for i in range(300)]
    write(folder, "big.json", bundle(patient("a", "Okafor"), *big))
    words = [word.format(folder=there) for word in command]
    access = [str(word).replace(str(folder), str(there)) for word in vault.access()]
    after = folder.with_name("after")
    # A real file system of a fixed size, filled up to what is to be left; what became of it is copied out to be read.
    how = (
        f"mount -t tmpfs -o size=64m none '{there}' && cp -p '{folder}'/* '{there}' && chmod 700 '{there}'"
        f" && dd if=/dev/zero of='{there}/filling' bs=1k 2>/dev/null; truncate -s -{room}k '{there}/filling';"
        f" \"$@\"; code=$?; rm '{there}/filling'; cp -rp '{there}' '{after}'; exit $code; true"
    )
    done = apart(there, how, *words, *access)
    if done.returncode == 0:
        assert command[0] == "people", done
        assert room >= 64, "there was room for a line of the log"
    else:
        assert "disk is full" in one_sentence(done)
    before, left = digests(folder), digests(after)
    changed = {path.name for path in after.iterdir() if left[str(path)] != before.get(str(folder / path.name))}
    assert changed <= {"a.vault"}, "nothing half done is left"
    assert room >= 64 or not changed, "with room for it, the signing in is logged"
    assert len(list(after.iterdir())) == len(list(folder.iterdir()))
    again = Vault(after / "a.vault")
    (row,) = again.json("people")
    assert sum(MARKER in json.dumps(one) for one in entries(again.json("show", row["personId"]))) == 1
    assert again.json("log", "verify")["ok"]
