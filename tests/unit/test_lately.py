"""Whom a user opened lately: kept for them alone in the vault, caseloads longest, and unreadable notes are empty."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop import lately
from desktop.demo.generator import write_people
from desktop.lately import MOST, Opened, opened_now, read, write
from desktop.workspace import Workspace
from fhir.entries import PersonId
from fhir.people import Identifier, Identity, PersonName
from fhir.person_search import matches_query, query_keys, search_keys

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def _many(count: int, relationship: str = "present") -> list[Opened]:
    return [Opened(PersonId(f"p{number}"), relationship, f"2026-11-{number % 28 + 1:02}") for number in range(count)]


def test_the_newest_stands_first_and_once() -> None:
    kept = opened_now(_many(3), PersonId("p2"), "caseload", "2026-11-21")
    assert [one.person for one in kept] == ["p2", "p0", "p1"]
    assert kept[0].relationship == "caseload"


def test_what_is_on_the_caseload_is_forgotten_last() -> None:
    full = [*_many(MOST - 1), Opened(PersonId("mine"), "caseload", "2020-01-01")]
    kept = opened_now(full, PersonId("new"), "present", "2026-11-21")
    assert len(kept) == MOST
    assert {"mine", "new"} <= {one.person for one in kept}


@pytest.mark.parametrize("note", [b"", b"{", b"[1]", b'[["p1"]]', b'{"a":1}', b"\xff"])
def test_a_note_that_cannot_be_read_is_empty(note: bytes) -> None:
    assert read(note) == []


def test_a_note_comes_back_as_it_was() -> None:
    assert read(write(_many(4))) == _many(4)


def test_each_user_has_their_own_and_nobody_reads_it_in_the_file(tmp_path: Path) -> None:
    vault, anchors = tmp_path / "a.vault", tmp_path / "anchors"
    key = Workspace.create(vault, "Asha", "nurse", "Riverside", "a passphrase of Asha", now=NOW, anchors=anchors)
    files = write_people(tmp_path / "people", people=2, seed=3)
    with Workspace.sign_in(vault, "Asha", "a passphrase of Asha", now=NOW, anchors=anchors) as workspace:
        workspace.import_files(files, lambda *_: None, lambda: False)
        workspace.add_user("Ben", "gp", "Mill", "a passphrase of Ben!", recovery_key=key)
        first, second = (row.person_id for row in workspace.people()[:2])
        workspace.remember_opened(first, "present")
        workspace.remember_opened(second, "caseload")
        assert [(row.person.person_id, row.relationship) for row in workspace.lately()] == [
            (second, "caseload"),
            (first, "present"),
        ]
        kept = workspace._session.own_note()
        box = workspace._session._connection.execute("SELECT box FROM own_note").fetchone()[0]
        assert first.encode() in kept
        assert first.encode() not in box
    with Workspace.sign_in(vault, "Ben", "a passphrase of Ben!", now=NOW, anchors=anchors) as workspace:
        assert workspace.lately() == []
        connection = workspace._session._connection
        number = workspace._session._principals.holder(workspace._session._keys.principal).no
        connection.execute("UPDATE own_note SET principal = ?", (number,))
        assert workspace.lately() == [], "another's note does not open, though it is put in one's own place"


def test_a_note_is_small(tmp_path: Path) -> None:
    vault, anchors = tmp_path / "a.vault", tmp_path / "anchors"
    Workspace.create(vault, "Asha", "nurse", "Riverside", "a passphrase of Asha", now=NOW, anchors=anchors)
    with (
        Workspace.sign_in(vault, "Asha", "a passphrase of Asha", now=NOW, anchors=anchors) as workspace,
        pytest.raises(ValueError, match="small"),
    ):
        workspace._session.keep_own_note(bytes(70_000))
    assert lately.read(bytes(10)) == []


@pytest.mark.parametrize(
    "query",
    ["X0123456", "x0123456", "x01234", "X-0123/456 palmer", "palmer X0123456", "x 0123 456", "Palmer X 01 23456", "X0"],
)
def test_someone_is_found_by_a_local_number_with_letters(query: str) -> None:
    someone = Identity(
        names=(PersonName(family="Palmer", given=("Winston",)),),
        birth_date="1943-04-11",
        identifiers=(Identifier(system="https://hospital.example/mrn", value="X0123456"),),
    )
    other = Identity(names=(PersonName(family="Palmer", given=("Ann",)),), birth_date="1950-01-01")
    assert matches_query(query, someone)
    assert not matches_query(query, other)
    keys = search_keys(someone)
    assert any(all(any(key.startswith(one) for key in keys) for one in asked) for asked in query_keys(query))
