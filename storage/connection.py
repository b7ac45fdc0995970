"""The SQLCipher file: made, locked to one process, opened with its settings and guarded by an authorizer.

Knows bytes and pragmas, nothing of what the tables mean. Settings and refusals follow measurements: see
docs/decisions/0004-the-vault.md.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection as Connection  # the type that others name; sqlcipher3 has no types of its own
from typing import IO, cast

from sqlcipher3 import dbapi2 as sqlcipher  # type: ignore[import-untyped]

from storage.errors import (
    InUseError,
    NotAVaultError,
    StorageError,
    TamperedError,
    VaultExistsError,
    VaultMissingError,
    WriteError,
)
from storage.keypairs import KEY_BYTES

PAGE = 4096
CACHE_KIB = 96 * 1024
STATEMENTS = 512
"""More than the program has. A full cache forgets the newest: what an import asks for each person was compiled anew."""
_LOG_MAGIC, _LOG_HEAD, _FRAME_HEAD = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"), 32, 24
_PLAIN_SQLITE = b"SQLite format 3\x00"
_ALLOW: int = sqlcipher.SQLITE_OK
_DENY: int = sqlcipher.SQLITE_DENY
_DENIED = frozenset({sqlcipher.SQLITE_ATTACH, sqlcipher.SQLITE_DETACH})
_PRAGMAS = frozenset(
    {"user_version", "application_id", "wal_checkpoint", "quick_check", "cipher_integrity_check", "foreign_key_check"}
)
_IN_USE = "The vault is open in another window or program; close it there first."
_NO_ROOM = "The vault could not be written, perhaps because the disk is full or read-only."
_DAMAGED = "The vault file is damaged, or is not the one its key file belongs to."


def cipher_version() -> str:
    """The version of SQLCipher in use; empty if the database library cannot encrypt."""
    connection = sqlcipher.connect(":memory:")
    try:
        row = connection.execute("PRAGMA cipher_version").fetchone()
    finally:
        connection.close()
    return row[0] if row else ""


def create_file(path: Path) -> None:
    """Make an empty file that only this account may use, in a folder that only this account may use if it is new.

    Raises VaultExistsError when something is there.
    """
    make_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, stat.S_IRUSR | stat.S_IWUSR))
    except FileExistsError:
        raise VaultExistsError("There is already a file at that place; nothing was overwritten.") from None
    except OSError:
        raise WriteError("The vault could not be made there.") from None


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, for this account alone; a folder that exists is left as it is."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    except OSError:
        raise WriteError("The folder for the vault could not be made.") from None


def examine(path: Path) -> None:
    """Refuse what cannot be a vault before SQLCipher sees it: with any key it opens 0 bytes as an empty database.

    A page cut off at the end is no damage while the write-ahead log has pages: a full disk did not let them be folded
    in.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(len(_PLAIN_SQLITE))
    except FileNotFoundError:
        raise VaultMissingError("There is no vault at that place.") from None
    except OSError:
        raise NotAVaultError("The vault file cannot be read.") from None
    if size == 0:
        raise NotAVaultError("The vault file is empty; put back a backup.")
    if head == _PLAIN_SQLITE:
        raise NotAVaultError("That file is a database without encryption, not a vault.")
    if size < PAGE or (size % PAGE and not _log_has_pages(path)):
        raise NotAVaultError("The vault file is cut short, or is not a vault.")


def _log_has_pages(path: Path) -> bool:
    """Whether there is a write-ahead log that holds any page (https://sqlite.org/fileformat2.html#walformat)."""
    log = beside(path)[0]
    try:
        with log.open("rb") as file:
            head = file.read(_LOG_HEAD)
        return head[:4] in _LOG_MAGIC and log.stat().st_size >= _LOG_HEAD + _FRAME_HEAD + PAGE
    except OSError:
        return False


def beside(path: Path) -> list[Path]:
    """The write-ahead log, with what has been committed and not folded into the file yet, its index, and the journal
    of a vault that was being made.
    """
    return [path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal")]


def connect(path: Path, key: bytes) -> Connection:
    """Open an existing file with a raw key. Raises NotAVaultError when the key does not fit the file.

    Never creates. The connection is for one thread at a time; the caller sees to that.
    """
    if len(key) != KEY_BYTES:  # a raw key of another length would silently be taken as a passphrase
        raise StorageError("The vault key has the wrong length.")
    try:
        connection = sqlcipher.connect(
            f"{path.resolve().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=0,
            cached_statements=STATEMENTS,
        )
    except sqlcipher.Error:
        raise NotAVaultError("The vault file cannot be opened for writing.") from None
    try:
        for pragma in (
            "cipher_log_level = NONE",
            "cipher_log_source = NONE",
            f"key = \"x'{key.hex()}'\"",
            f"cipher_page_size = {PAGE}",
            "locking_mode = EXCLUSIVE",  # before anything reads: then the index of the log needs no file of its own
            "temp_store = MEMORY",
            f"cache_size = -{CACHE_KIB}",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "secure_delete = ON",  # what is sealed anew must not stay behind in free pages
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except (sqlcipher.Error, MemoryError) as error:
        connection.close()
        if "locked" in str(error):
            raise InUseError(_IN_USE) from None
        raise NotAVaultError(_DAMAGED) from None
    return cast(Connection, connection)  # it has the methods of its parent, sqlite3


def connect_any(path: Path, keys: Sequence[bytes]) -> tuple[bytes, Connection]:
    """Open with the first key that fits: while a vault key is being changed there are two. Raises NotAVaultError."""
    for key in keys[:-1]:
        with suppress(NotAVaultError):
            return key, connect(path, key)
    return keys[-1], connect(path, keys[-1])


def make_durable(connection: Connection) -> None:
    """Write-ahead logging with a sync at every commit, and from now on only harmless statements."""
    with refusing_writes():
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    connection.set_authorizer(_authorize)


def rekey(connection: Connection, key: bytes) -> None:
    """Encrypt every page with another raw key, in one transaction of the write-ahead log.

    Raises WriteError; the file then still has the old key, and the connection is good for nothing but closing.
    """
    if len(key) != KEY_BYTES:
        raise StorageError("The vault key has the wrong length.")
    connection.set_authorizer(None)
    with refusing_writes():
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute(f"PRAGMA rekey = \"x'{key.hex()}'\"")
        # It says "ok" even when the disk is full: only the log tells whether every page was written.
        logged = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
        if logged < connection.execute("PRAGMA page_count").fetchone()[0]:
            raise WriteError(_NO_ROOM)
    settle(connection)
    connection.set_authorizer(_authorize)


def settle(connection: Connection) -> None:
    """Fold the write-ahead log into the file. Raises WriteError."""
    with refusing_writes():
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise WriteError(_NO_ROOM)


def _authorize(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """Deny whatever could copy content elsewhere or loosen a setting (ATTACH with an empty key writes plaintext)."""
    if action in _DENIED:
        return _DENY
    if action == sqlcipher.SQLITE_PRAGMA and (first or "").lower() not in _PRAGMAS:
        return _DENY
    if action == sqlcipher.SQLITE_FUNCTION and (second or "").lower() in {"load_extension", "sqlcipher_export"}:
        return _DENY
    return _ALLOW


@contextmanager
def refusing_writes() -> Iterator[None]:
    """Turn the database's own errors, which may quote values, into ours."""
    try:
        yield
    except sqlcipher.DatabaseError as error:
        refuse(error)


def refuse(error: BaseException | None) -> None:
    """Raise our own error for one of the database; nothing for any other."""
    if isinstance(error, sqlcipher.OperationalError):
        raise WriteError(_NO_ROOM) from None
    if isinstance(error, sqlcipher.DatabaseError):
        raise TamperedError("The vault holds something that does not fit; it may be damaged.") from None


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All or nothing; taken at once for writing. Not to be nested."""
    with refusing_writes():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlcipher.Error):
                connection.execute("ROLLBACK")
            raise


class ProcessLock:
    """Holds a vault for this process: a lock file beside it, freed by the system even when the process is killed."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] | None = None
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR, stat.S_IRUSR | stat.S_IWUSR)
        except OSError:
            raise WriteError("The vault's folder cannot be written.") from None
        file = os.fdopen(descriptor, "r+b")
        try:
            _lock(file)
        except OSError:
            file.close()
            raise InUseError(_IN_USE) from None
        self._file = file

    def release(self) -> None:
        """Let others open the vault. Safe to call twice."""
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
