"""Numbered, forward-only schema changes (storage/schema/NNNN_name.sql), each in one transaction, after a backup.

A vault made by a newer program is refused before anything is written.
"""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from storage.connection import Connection, refusing_writes, settle, transaction
from storage.durable import copy_file, sync_folder
from storage.errors import NewerVaultError, NotAVaultError, WriteError

APPLICATION_ID = 0x4F6E5374  # "OnSt"


def steps() -> dict[int, str]:
    """SQL by schema number, in order."""
    folder = resources.files("storage") / "schema"
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return {int(name[:4]): (folder / name).read_text(encoding="utf-8") for name in files}


def newest() -> int:
    """The schema number this program writes."""
    return max(steps())


def version(connection: Connection) -> int:
    """The schema number of an opened vault. Raises NotAVaultError or NewerVaultError; writes nothing."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    number: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID or number < 1:
        raise NotAVaultError("The file opens, but is not a vault of this program.")
    if number > newest():
        raise NewerVaultError("This vault was made by a newer version of this program; use that version to open it.")
    return number


def migrate(connection: Connection, path: Path | None) -> None:
    """Bring the schema up to date. `path` is the vault file to copy first, or None for a new, empty vault."""
    current = 0 if path is None else version(connection)
    pending = {number: sql for number, sql in steps().items() if number > current}
    if not pending:
        return
    if path is not None:
        back_up(connection, path, path.with_name(f"{path.name}.before-{min(pending):04}"))
    for number, sql in pending.items():
        with transaction(connection):
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")


def back_up(connection: Connection, path: Path, target: Path) -> None:
    """Copy the vault file as it is, sealed, after folding in the write-ahead log and checking it; synced."""
    check_whole(connection)
    partial = target.with_name(target.name + ".part")
    try:
        copy_file(path, partial)
        os.replace(partial, target)
        sync_folder(target.parent)
    except OSError:
        raise WriteError("The vault could not be copied before its upgrade, so nothing was changed.") from None


def check_whole(connection: Connection) -> None:
    """Fold the write-ahead log into the file and check every page. Raises NotAVaultError, WriteError."""
    settle(connection)
    with refusing_writes():
        if connection.execute("PRAGMA cipher_integrity_check").fetchall():
            raise NotAVaultError("The vault file is damaged; put back a backup.")


def _statements(sql: str) -> list[str]:
    """The statements of a script; executescript would end the transaction. Scripts hold no semicolon in a literal."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]
