"""Makes a frozen vault with the program as it stands, and says what can be read in one.

    python tests/migrations/freezing.py NNNN

writes `tests/migrations/NNNN/` (the schema's number). It is run once, before a schema changes, and its outcome is
kept for good: `test_frozen_vaults.py` opens every one with the newest program. The people in it are invented.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from contextlib import chdir
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from desktop.demo.generator import write_people
from desktop.workspace import Workspace
from fhir.entries import EntryId, PersonId
from storage.errors import UnknownItemError
from storage.records import NewUser
from storage.session import Session
from storage.slots import KdfCost
from storage.vault import Vault

NAME = "frozen.vault"
EXPECTED = "expected.json"
PASSPHRASE = "kept as it was that day"
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
CHEAP = KdfCost(memory=64, passes=1, lanes=1)
FIRST = NewUser("Asha", "tester", "Test bench", frozenset({"review"}))
OTHERS = (
    ("Bilal", "gp", "Mill Street Surgery", False),
    ("Carys", "social-worker", "Thornbridge Council Adult Social Care", False),
    ("Dilys", "privacy-officer", "Riverside Community Health", True),
)
PEOPLE = ("leila-haddad", "callum-wright")


def clock() -> str:
    return NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sign_in(folder: Path, name: str) -> Session:
    return Vault.open(folder / NAME, name, PASSPHRASE, clock=clock)


def freeze(folder: Path) -> None:
    """Make the vault and note what can be read in it."""
    folder = folder.resolve()
    folder.mkdir(parents=True)
    path, anchors = folder / NAME, folder / "anchors"
    created = Vault.create(path, FIRST, PASSPHRASE, test_data=True, cost=CHEAP, clock=clock, anchors=anchors)
    created.session.close()
    with tempfile.TemporaryDirectory() as written, chdir(written):  # so that paths are kept as short as they are given
        write_people(Path(), people=20, seed=1)
        with Workspace.sign_in(path, FIRST.name, PASSPHRASE, now=NOW, anchors=anchors) as workspace:
            for person in PEOPLE:
                workspace.import_files([Path(person)], lambda *_: None, lambda: False)
            for name, role, organisation, office in OTHERS:
                offices = frozenset({"review", "custodian"} if office else ())
                workspace._session.add_user(
                    NewUser(name, role, organisation, offices),
                    PASSPHRASE,
                    created.recovery_key,
                    workspace._readers_of,
                    cost=CHEAP,
                )
            workspace.open_person(workspace.people()[0].person_id, reason="a line for the log")
    users = [FIRST.name, *(name for name, *_ in OTHERS)]
    with sign_in(folder, FIRST.name) as session:
        taken_back = [row.import_id for row in session.imports()][-1:]
        session.undo(taken_back[0])
    expected = {"recoveryKey": created.recovery_key, "users": users, "reading": {u: read(folder, u) for u in users}}
    (folder / EXPECTED).write_text(json.dumps(expected, sort_keys=True) + "\n", "utf-8")
    shutil.rmtree(anchors, ignore_errors=True)
    for left in (*folder.glob("*.lock"), *folder.glob("*-wal"), *folder.glob("*-shm"), *folder.glob("*.copy")):
        left.unlink()


def read(folder: Path, name: str) -> dict[str, Any]:
    """All that a user can read in a frozen vault, as digests where it is long."""
    with sign_in(folder, name) as session:
        people = {}
        for person, identity in session.people():
            entries = sorted((one.entry_id, one.content) for one in session.readable(person))
            sources = [_source(session, entry, person) for entry, _ in entries]
            people[str(person)] = {
                "name": identity.name,
                "nhsNumber": identity.nhs_number,
                "entries": len(entries),
                "contents": _digest(b"\n".join([entry.encode() + b" " + content for entry, content in entries])),
                "sources": _digest(b"\n".join([source for source in sources if source is not None])),
                "sourcesReleased": sum(source is not None for source in sources),
            }
        return {
            "people": people,
            "imports": [[row.import_id, row.stored, row.undone, row.path] for row in session.imports()],
            "log": _log(session),
        }


def _log(session: Session) -> list[list[str]] | None:
    """Every event by its kind, user and person; None for those who may not read the log."""
    try:
        return [[event.kind, event.name, event.person, event.time] for event in session.log_events()]
    except UnknownItemError:
        return None


def _source(session: Session, entry: EntryId, person: PersonId) -> bytes | None:
    try:
        return session.original(entry, person).data
    except UnknownItemError:
        return None


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


if __name__ == "__main__":
    freeze(Path(__file__).parent / sys.argv[1])
