"""Every vault that a released program wrote opens in this one, reads the same, and is not touched by one too old."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from freezing import EXPECTED, FIRST, NAME, PASSPHRASE, clock, read, sign_in

from fhir.look_ups import keys_to_ask
from storage import connection as file
from storage import migrations, slots
from storage.connection import Connection
from storage.errors import NewerVaultError
from storage.vault import Vault

FROZEN = sorted(path.parent for path in Path(__file__).parent.glob(f"*/{NAME}"))


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of one frozen vault."""
    folder = tmp_path / "copy"
    shutil.copytree(request.param, folder)
    return folder


@contextmanager
def opened(folder: Path) -> Iterator[Connection]:
    """The database itself, with nothing done to it."""
    keys = slots.open_user(slots.read(folder / NAME), FIRST.name, PASSPHRASE)
    connection = file.connect(folder / NAME, keys.vault_keys[0])
    try:
        yield connection
    finally:
        connection.close()


def schema(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    return [tuple(" ".join(str(field).split()) for field in row) for row in rows]


def columns(connection: Connection) -> dict[str, list[Any]]:
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: [(column[1], *column[2:]) for column in connection.execute(f"PRAGMA table_xinfo({name})")]
        for name in tables
    }


RELEASED = {"0001"}
"""Schemas that a released program wrote; when another is released, a vault of it is frozen first (`freezing.py`)."""


def test_every_released_schema_has_a_frozen_vault() -> None:
    assert {folder.name for folder in FROZEN} >= RELEASED


def test_a_frozen_vault_opens_verifies_and_reads_the_same(frozen: Path) -> None:
    expected = json.loads((frozen / EXPECTED).read_text("utf-8"))
    assert expected["users"]
    for name in expected["users"]:
        found = read(frozen, name)
        before = expected["reading"][name]
        assert found["people"] == before["people"]
        assert found["imports"] == before["imports"]
        assert (found["log"] or [])[: len(before["log"] or [])] == (before["log"] or [])  # migrating may add lines
        assert (found["log"] is None) == (before["log"] is None)
    with sign_in(frozen, FIRST.name) as session:
        checked = session.verify_log()
        assert checked.ok
        assert checked.read == checked.size > 0
        assert session._connection.execute("PRAGMA user_version").fetchone()[0] == migrations.newest()
        assert session._connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    with Vault.recover(frozen / NAME, expected["recoveryKey"], clock=clock) as session:
        assert session.verify_log().ok


def test_people_of_a_frozen_vault_are_found_by_the_keys_that_are_asked_for_now(frozen: Path) -> None:
    with sign_in(frozen, FIRST.name) as session:
        people = session.people()
        for person, identity in people:
            alone = msgspec.structs.replace(identity, nhs_number="", nhs_status="none", identifiers=())
            if keys_to_ask(alone):
                assert person in {found for found, _ in session.candidates(keys_to_ask(alone))}
        assert any(keys_to_ask(msgspec.structs.replace(who, identifiers=(), nhs_number="")) for _, who in people)


def test_a_copy_is_kept_of_a_vault_that_is_migrated(frozen: Path) -> None:
    before = (frozen / NAME).read_bytes()
    with opened(frozen) as connection:
        number = migrations.version(connection)
    sign_in(frozen, FIRST.name).close()
    kept = frozen / f"{NAME}.before-{number + 1:04}"
    assert kept.exists() == (number < migrations.newest())
    if kept.exists():
        assert kept.read_bytes() == before


def test_a_fresh_schema_is_a_migrated_schema(frozen: Path, tmp_path: Path) -> None:
    sign_in(frozen, FIRST.name).close()
    fresh = tmp_path / "fresh"
    Vault.create(fresh / NAME, FIRST, PASSPHRASE, test_data=True, clock=clock).session.close()
    with opened(frozen) as migrated, opened(fresh) as made:
        assert {row[:3] for row in schema(migrated)} == {row[:3] for row in schema(made)}
        assert columns(migrated) == columns(made)


def test_a_newer_vault_is_refused_without_a_write(frozen: Path) -> None:
    with opened(frozen) as connection:
        connection.execute(f"PRAGMA user_version = {migrations.newest() + 1}")
        connection.execute("CREATE TABLE of_the_future (x INTEGER)")
    before = {path.name: path.read_bytes() for path in frozen.iterdir()}
    with pytest.raises(NewerVaultError):
        sign_in(frozen, FIRST.name)
    after = {path.name: path.read_bytes() for path in frozen.iterdir() if not path.name.endswith(".lock")}
    assert after == before
