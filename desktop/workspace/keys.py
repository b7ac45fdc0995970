"""Who may hold which office, passphrases, and recovery keys in files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consent.acting import PURPOSE
from consent.overrides import EMERGENCY
from consent.overrides import table as overrides
from consent.request import ROLES
from desktop.errors import WorkspaceError
from storage.errors import UnfinishedError
from storage.records import NewUser
from storage.slots import new_recovery_key

OFFICES = {"privacy-officer": "review", "custodian": "review", "tester": "review"}
"""Which office comes with a role: `review` reads the access log."""
EMERGENCY_OFFICE = "emergency"


def offices_of(role: str) -> frozenset[str]:
    found = frozenset({OFFICES[role]}) if role in OFFICES else frozenset()
    return found | ({EMERGENCY_OFFICE} if role in overrides().kinds[EMERGENCY].who else frozenset())


def tidy(name: str) -> str:
    """The name of an organisation or team as it is kept: single spaces, and none around it."""
    return " ".join(name.split())


def new_user(name: str, role: str, organisation: str, *, custodian: bool = False) -> NewUser:
    """A user to add in one post; `organisation` is `tidy`, or a link to a person.

    Whoever is, or acts for, one person is not told what is stated about everyone.
    """
    offices = offices_of(role) | ({"custodian"} if custodian else frozenset())
    return NewUser(name, role, organisation, offices, told=role not in PURPOSE)


def check_role(role: str, *, test_data: bool) -> None:
    if role not in ROLES:
        raise WorkspaceError(f"There is no role {role!r}; the roles are: {', '.join(ROLES)}.")
    if role == "tester" and not test_data:
        raise WorkspaceError("Testers are only possible in a vault made with --test-data.")


def check_passphrase(passphrase: str) -> None:
    if len(passphrase) < 8:
        raise WorkspaceError("A passphrase needs at least 8 characters.")


@contextmanager
def new_key_in(file: Path | None, put_down: str = "") -> Iterator[str]:
    """A new recovery key, in a file before it is used, so that it cannot be lost; the file goes if nothing came of it.

    `put_down` is one that was shown and written down before. Empty without either.
    """
    if file is None:
        yield put_down
        return
    if file.exists():
        raise WorkspaceError("The recovery key file is already there; nothing was overwritten.")
    key = new_recovery_key()
    write_secret(file, key)
    try:
        yield key
    except UnfinishedError:
        raise
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def write_secret(file: Path, secret: str) -> None:
    try:
        file.touch(mode=0o600, exist_ok=False)
        with file.open("w", encoding="utf-8") as out:
            out.write(secret + "\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        raise WorkspaceError("The recovery key could not be written there.") from None
