"""What a vault that a backup replaces has that is newer: imports, users, choices, lines of the access log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from storage import connection as file
from storage import slots
from storage.errors import StorageError
from storage.slots import KeyFile, Keys


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What a restore did, and what the vault it replaced had that is newer.

    `newer_imports` are import ids and when they were stored; `users_lost` were added since the backup, and
    `users_back` removed since. `compared` is False when the replaced vault could not be read with this passphrase:
    then newer imports are not known. `newer_events` counts acts in the access log since, `newer_choices` those about
    sharing choices; `chose` are the people whose choices those are.
    """

    made: str
    replaced: Path | None = None
    compared: bool = False
    newer_imports: Sequence[tuple[str, str]] = ()
    newer_events: int = 0
    newer_choices: int = 0
    chose: Sequence[str] = ()
    users_lost: Sequence[str] = ()
    users_back: Sequence[str] = ()


def compared(
    path: Path,
    there: KeyFile | None,
    made: str,
    header: KeyFile,
    incoming: Path,
    keys: Keys,
    user: str,
    passphrase: str,
) -> Restored:
    """What the vault at `path`, with its key file, has that the one to be put there has not, which was backed up when
    it was `made`; as far as this user can tell."""
    done = Restored(made=made)
    if there is None:
        return done
    now, then = there.names(), header.names()
    done = msgspec.structs.replace(
        done,
        users_lost=[name for name in now if name not in then],
        users_back=[name for name in then if name not in now],
    )
    try:
        file.examine(path)
        held = _contents(path, slots.open_user(there, user, passphrase))
        kept = _contents(incoming, keys)
    except StorageError:
        return done
    newer = [row for row in held[0] if row not in kept[0]]
    there_only = [person for signature, person in held[2].items() if signature not in kept[2]]
    return msgspec.structs.replace(
        done,
        compared=True,
        newer_imports=newer,
        newer_events=max(0, held[1] - kept[1]),
        newer_choices=len(there_only),
        chose=tuple(dict.fromkeys(there_only)),
    )


def _contents(path: Path, keys: Keys) -> tuple[list[tuple[str, str]], int, dict[bytes, str]]:
    """Live imports (id and when), the length of the access log, and acts about choices: signature and person."""
    _, connection = file.connect_any(path, keys.vault_keys)
    try:
        with file.refusing_writes():
            imports = connection.execute("SELECT id, stored FROM import WHERE state = 0 ORDER BY no").fetchall()
            events = connection.execute("SELECT count(*) FROM audit").fetchone()[0]
            known = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'choice'"
            ).fetchone()  # not in the first schema
            acts = "SELECT c.signature, p.id FROM choice c JOIN person p ON p.no = c.person ORDER BY c.no"
            choices = dict(connection.execute(acts)) if known else {}
    finally:
        connection.close()
    return imports, events, choices
