"""Backups: one file with the vault and its key file, verified; and putting one back in place of a vault.

A backup is a ZIP archive (nothing compressed, for all in it is sealed already): `vault`, `keys`, and a manifest under a
keyed seal with the digest of every table's rows. Restoring checks all of it before anything is touched, keeps what it
replaces beside it, and is completed by the next opening if it is cut short. Says nothing about who may restore.
"""

from __future__ import annotations

import hmac
import os
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b, sha256
from pathlib import Path
from typing import IO

import msgspec

from storage import connection as file
from storage import slots
from storage.connection import Connection, ProcessLock
from storage.durable import copy_file, replace_file, sync_folder
from storage.errors import BackupError, VaultError, WriteError
from storage.keypairs import derive
from storage.migrations import check_whole, version
from storage.newer import Restored, compared
from storage.progress import Meter, Step, no_step
from storage.records import Clock
from storage.slots import KeyFile, Keys

FORMAT = "onestory-backup"
VERSION = 1
_MEMBERS = ("manifest", "vault", "keys")
_KEYS_AT_MOST = 16 << 20
_AT_A_TIME = 1 << 20
_PASSES = 7
"""Over the bytes of a vault when it is backed up: its pages and its rows, the copy, the pages and rows of that, the
backup written, and read back."""
_PASSES_BACK = 4
"""When one is put back: the backup read, unpacked, its pages and its rows."""
PUTTING_IN_PLACE = "Putting it in place"
"""What is done once nothing can be stopped any more."""
_NOT_PUT_BACK = "The backup could not be put back, perhaps because the disk is full; nothing was changed."
_TO_BE_COMPLETED = "The restore has begun but the disk may be full or read-only; it goes on at the next sign-in."
_NOT_ONE = "That file is not a backup, or is damaged; nothing was changed."


Before = Callable[[Path, KeyFile, Keys], None]
"""Told what is to be put in place, a vault with its key file and the keys of whoever restores it, before it is."""


def _nobody(_count: int) -> None:
    """Nobody counts."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `made` is an ISO instant, `rows` a keyed digest per table."""

    format: str
    version: int
    vault: bytes
    made: str
    sha256: dict[str, str]
    rows: dict[str, bytes]
    counts: dict[str, int]


class _Sealed(msgspec.Struct, frozen=True):
    manifest: msgspec.Raw
    seal: bytes


def write(
    path: Path,
    connection: Connection,
    header: KeyFile,
    key: bytes,
    target: Path,
    now: str,
    step: Step = no_step,
) -> Manifest:
    """Copy an open vault and its key file into one new file, and read it back. No transaction may be open.

    `step` hears how many bytes are done with, and may raise to stop there: then nothing is left. Raises BackupError
    when something is there already or the copy differs, WriteError when it cannot be written.
    """
    if target.exists():
        raise BackupError("There is a file of that name already; nothing was overwritten.")
    copy, partial = target.with_name(target.name + ".copy-part"), target.with_name(target.name + ".part")
    try:
        file.settle(connection)  # so that the file is as long as what is copied
        meter = Meter(step, path.stat().st_size, _PASSES)
        meter.begin("Checking the vault")
        rows, counts = _checked_rows(connection, key, meter)
        meter.begin("Copying it")
        copy_file(path, copy, meter.more)
        meter.end()
        meter.begin("Comparing every row")
        _require_rows(copy, (key,), rows, meter)
        meter.begin("Writing the backup")
        manifest = _write_archive(partial, copy, header, key, now, rows, counts, meter)
        meter.end()
        meter.begin("Reading it back")
        with _Backup(partial) as again:
            again.require_whole(meter.more)
        meter.end()
        os.replace(partial, target)
        sync_folder(target.parent)
    except OSError:
        raise WriteError("The backup could not be written, perhaps because the disk is full or read-only.") from None
    finally:
        for left in (copy, partial, *file.beside(copy)):
            with suppress(OSError):
                left.unlink()
    return manifest


def _write_archive(
    target: Path,
    copy: Path,
    header: KeyFile,
    key: bytes,
    now: str,
    rows: dict[str, bytes],
    counts: dict[str, int],
    meter: Meter,
) -> Manifest:
    """The archive of a copy whose rows were compared, synced; what it says of itself comes last."""
    keys = slots.encoded(header)
    with os.fdopen(os.open(target, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            digest = sha256()
            with copy.open("rb") as read, archive.open("vault", "w", force_zip64=True) as member:
                while piece := read.read(_AT_A_TIME):
                    member.write(piece)
                    digest.update(piece)
                    meter.more(len(piece))
            archive.writestr("keys", keys)
            digests = {"vault": digest.hexdigest(), "keys": sha256(keys).hexdigest()}
            manifest = Manifest(
                format=FORMAT, version=VERSION, vault=header.vault, made=now, sha256=digests, rows=rows, counts=counts
            )
            text = msgspec.json.encode(manifest)
            archive.writestr(
                "manifest", msgspec.json.encode(_Sealed(msgspec.Raw(text), _seal(key, header.vault, text)))
            )
        out.flush()
        os.fsync(out.fileno())
    return manifest


def user_names(source: Path) -> list[str]:
    """Names of the users in a backup. Raises BackupError."""
    with _Backup(source) as backup:
        return backup.header.names()


def restore(
    path: Path, source: Path, user: str, passphrase: str, clock: Clock, before: Before, step: Step = no_step
) -> Restored:
    """Put a backup in place of a vault (or where none is), and keep what it replaces beside it.

    `user` and `passphrase` are those of the time of the backup. `before` may raise to stop there,
    and so may `step`, which hears how many bytes are done with, and nothing more from `PUTTING_IN_PLACE` on. Raises
    BackupError for what is no whole backup of this vault, SignInError, InUseError, WriteError; then nothing was
    changed.
    """
    with _Backup(source) as backup:
        there: KeyFile | None = None
        with suppress(VaultError):
            there = slots.read(path)
        if there is not None and there.vault != backup.header.vault:
            raise BackupError("That backup is of another vault; nothing was changed.")
        keys = slots.open_user(backup.header, user, passphrase)
        file.make_folder(path.parent)
        lock = ProcessLock(lock_path(path))
        try:
            complete(path)
            incoming, keys_in, journal = _waiting(path)
            try:
                meter = Meter(step, backup.size, _PASSES_BACK)
                backup.unpack(incoming, meter)
                meter.begin("Comparing every row")
                backup.require_rows(incoming, keys, meter)
                before(incoming, backup.header, keys)
                replace_file(keys_in, slots.encoded(backup.header))
                done = compared(path, there, backup.manifest.made, backup.header, incoming, keys, user, passphrase)
                meter.begin(PUTTING_IN_PLACE)  # the last that can be stopped
                beside = _free_name(path, clock()) if path.exists() or there is not None else None
                replace_file(journal, beside.name.encode() if beside else b"")  # from here on it will be completed
            except OSError:
                raise WriteError(_TO_BE_COMPLETED if journal.exists() else _NOT_PUT_BACK) from None
            finally:
                if not journal.exists():
                    for left in (incoming, keys_in, *file.beside(incoming)):
                        with suppress(OSError):
                            left.unlink()
            complete(path)
        finally:
            lock.release()
    return msgspec.structs.replace(done, replaced=beside)


def complete(path: Path) -> None:
    """Complete a restore that was cut short, or clear away one that never came to it. The caller holds the lock."""
    incoming, keys_in, journal = _waiting(path)
    try:
        if not journal.exists():
            for left in (incoming, keys_in, *file.beside(incoming)):
                left.unlink(missing_ok=True)
            return
        name = journal.read_text("utf-8")
        if incoming.exists():
            if name:
                _set_aside(path, path.with_name(name))
            data = keys_in.read_bytes()
            for key_file in slots.copies(path):
                replace_file(key_file, data)
            for left in file.beside(path):
                left.unlink(missing_ok=True)
            os.replace(incoming, path)
            sync_folder(path.parent)
        keys_in.unlink(missing_ok=True)
        journal.unlink()
        with suppress(OSError):  # should the note come back after a loss of power, there is nothing left to do
            sync_folder(path.parent)
    except OSError:
        raise WriteError(_TO_BE_COMPLETED) from None


def waiting(path: Path) -> bool:
    """Whether a restore was cut short and waits to be completed."""
    return _waiting(path)[2].exists()


def _checked_rows(connection: Connection, key: bytes, meter: Meter) -> tuple[dict[str, bytes], dict[str, int]]:
    """The same as `row_digests`, of a vault whose every page was checked. Two passes."""
    check_whole(connection)
    meter.end()
    found = row_digests(connection, key, meter.more)
    meter.end()
    return found


def row_digests(
    connection: Connection, key: bytes, more: Callable[[int], None] = _nobody
) -> tuple[dict[str, bytes], dict[str, int]]:
    """A keyed digest of all rows of each table, and how many there are. `more` hears of the bytes of each."""
    digests: dict[str, bytes] = {}
    counts: dict[str, int] = {}
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    keyed = derive(key, "backup rows")
    for (table,) in tables:
        digest, count = blake2b(key=keyed, digest_size=32), 0
        for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names from the schema
            digest.update(data := msgspec.msgpack.encode(row))
            count += 1
            more(len(data))
        digests[table], counts[table] = digest.digest(), count
    return digests, counts


def lock_path(path: Path) -> Path:
    """The lock file of a vault."""
    return path.with_name(path.name + ".lock")


class _Backup:
    """An open backup file: its three members, found to be of our kind. Raises BackupError."""

    def __init__(self, source: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(source)
        except (OSError, zipfile.BadZipFile, NotImplementedError):
            raise BackupError(_NOT_ONE) from None
        try:
            sealed = msgspec.json.decode(self._small("manifest"), type=_Sealed)
            self._text, self._seal = bytes(sealed.manifest), sealed.seal
            self.manifest = msgspec.json.decode(self._text, type=Manifest)
            self.header = slots.decoded(self._small("keys"))
            self._require_ours()
        except (msgspec.MsgspecError, VaultError, OSError, zipfile.BadZipFile, KeyError, UnicodeDecodeError):
            self._archive.close()
            raise BackupError(_NOT_ONE) from None
        except BackupError:
            self._archive.close()
            raise

    def _require_ours(self) -> None:
        members = self._archive.infolist()
        ours = sorted(member.filename for member in members) == sorted(_MEMBERS) and all(
            member.compress_type == zipfile.ZIP_STORED for member in members
        )
        if not ours or self.manifest.format != FORMAT or self.header.vault != self.manifest.vault:
            raise BackupError(_NOT_ONE)
        if self.manifest.version != VERSION:
            raise BackupError("That backup was made by a newer version of this program; nothing was changed.")

    def _small(self, name: str) -> bytes:
        if self._archive.getinfo(name).file_size > _KEYS_AT_MOST:
            raise BackupError(_NOT_ONE)
        return self._archive.read(name)

    def require_whole(self, more: Callable[[int], None] = _nobody) -> None:
        """Read everything again and compare with the manifest. `more` hears of the bytes read."""
        for name, expected in self.manifest.sha256.items():
            try:
                with self._archive.open(name) as member:
                    found = _digest(member, more)
            except (OSError, zipfile.BadZipFile, EOFError):
                raise BackupError(_NOT_ONE) from None
            if found != expected:
                raise BackupError(_NOT_ONE)

    @property
    def size(self) -> int:
        """Bytes of the vault in it."""
        return self._archive.getinfo("vault").file_size

    def unpack(self, target: Path, meter: Meter) -> None:
        """The vault file, whole and synced. Two passes. Raises OSError where it cannot be written."""
        meter.begin("Checking the backup")
        self.require_whole(meter.more)
        meter.end()
        meter.begin("Unpacking it")
        with (
            self._archive.open("vault") as member,
            os.fdopen(os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out,
        ):
            while piece := member.read(_AT_A_TIME):
                out.write(piece)
                meter.more(len(piece))
            out.flush()
            os.fsync(out.fileno())
        meter.end()

    def require_rows(self, copy: Path, keys: Keys, meter: Meter) -> None:
        """The unpacked vault opens, and its rows are those that were backed up. Two passes."""
        try:
            key = _require_rows(copy, keys.vault_keys, self.manifest.rows, meter)
        except VaultError:
            raise BackupError(_NOT_ONE) from None
        if not hmac.compare_digest(self._seal, _seal(key, self.header.vault, self._text)):
            raise BackupError(_NOT_ONE)

    def __enter__(self) -> _Backup:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()


def _require_rows(copy: Path, keys: Sequence[bytes], rows: dict[str, bytes], meter: Meter) -> bytes:
    """Open a copy and compare its rows; the key that opened it. Raises BackupError, NewerVaultError."""
    file.examine(copy)
    key, connection = file.connect_any(copy, keys)
    try:
        with file.refusing_writes():
            version(connection)
            if _checked_rows(connection, key, meter)[0] != rows:
                raise BackupError("The copy differs from what was backed up; nothing was changed.")
    finally:
        connection.close()
    return key


def _set_aside(path: Path, beside: Path) -> None:
    """Keep the vault that is replaced, whole, in a folder beside it. May be called again after a crash."""
    beside.mkdir(mode=0o700, exist_ok=True)
    for old in (path, file.beside(path)[0], *slots.copies(path)):
        kept = beside / old.name
        if old.exists() and not kept.exists():
            try:
                os.link(old, kept)
            except OSError:  # a file system without links
                partial = beside / (old.name + ".part")
                copy_file(old, partial)
                os.replace(partial, kept)
    sync_folder(beside)
    sync_folder(beside.parent)


def _free_name(path: Path, now: str) -> Path:
    stem = f"{path.name}.replaced-{re.sub(r'[^0-9]', '', now)[:14]}"
    names = (stem if i == 1 else f"{stem}-{i}" for i in range(1, 1000))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


def _waiting(path: Path) -> tuple[Path, Path, Path]:
    """The vault and key file that wait to be put in place, and the note that they are to be."""
    return tuple(path.with_name(path.name + end) for end in (".incoming", ".incoming.keys", ".restore"))  # type: ignore[return-value]


def _seal(key: bytes, vault_id: bytes, text: bytes) -> bytes:
    return hmac.digest(derive(key, "backup", vault_id), text, sha256)


def _digest(content: IO[bytes], more: Callable[[int], None]) -> str:
    digest = sha256()
    while piece := content.read(_AT_A_TIME):
        digest.update(piece)
        more(len(piece))
    return digest.hexdigest()
