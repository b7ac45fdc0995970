"""Storing documents: nothing lost, nothing twice, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace
from vault_samples import ANN, BEN, document, make, sign_in, team_of, texts

from fhir.entries import EntryId, PersonId
from storage.errors import StorageError, UnknownItemError
from storage.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with make(tmp_path).session as session:
        yield session


@pytest.fixture
def team(session: Session) -> frozenset[str]:
    return frozenset({team_of(session, "gp")})


def test_what_is_stored_is_read_back_also_after_signing_in_again(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        readers = frozenset({team_of(session, "gp")})
        stored = session.store_document(document([{"id": "a", "text": "asthma"}, {"id": "b", "text": "gout"}], readers))
        assert (stored.status, stored.entries, stored.known) == ("imported", 2, 0)
        assert texts(session) == ["asthma", "gout"]
    with sign_in(tmp_path) as session:
        assert texts(session) == ["asthma", "gout"]
        assert {item.import_id for item in session.readable(ANN)} == {stored.import_id}
        assert session.lanes(ANN) == {"gp"}
        assert session.identity(ANN).name == "Ann OKAFOR"


def test_the_same_document_again_changes_nothing(session: Session, team: frozenset[str]) -> None:
    doc = document([{"id": "a", "text": "asthma"}], team)
    first = session.store_document(doc)
    events = session.verify_log().size
    again = session.store_document(doc)
    assert (again.status, again.import_id, again.entries) == ("unchanged", first.import_id, 0)
    assert session.import_of(doc.sha256) == first.import_id
    assert texts(session) == ["asthma"]
    assert session.verify_log().size == events
    assert len(session.imports()) == 1


def test_an_entry_already_held_is_stored_once_and_survives_either_import(
    session: Session, team: frozenset[str]
) -> None:
    one = session.store_document(document([{"id": "a", "text": "asthma"}, {"id": "b", "text": "gout"}], team))
    two = session.store_document(document([{"id": "a", "text": "asthma"}, {"id": "c", "text": "flu"}], team))
    assert (two.entries, two.known) == (1, 1)
    assert session.undo(one.import_id) == 1
    assert texts(session) == ["asthma", "flu"]
    assert session.undo(two.import_id) == 2


def test_undo_takes_an_import_back_as_a_whole_and_it_may_be_stored_again(
    session: Session, team: frozenset[str]
) -> None:
    doc = document([{"id": "a", "text": "asthma"}, {"id": "b", "text": "gout"}], team)
    first = session.store_document(doc)
    assert session.undo(first.import_id) == 2
    with pytest.raises(KeyError):
        session.readable(ANN)
    assert session.people() == []
    assert session.candidates(["nhs|ann"]) == []
    assert session.foresee([ANN], ["nhs|ann"]) == ({ANN: None}, {"nhs|ann": []})
    again = session.store_document(doc)
    assert (again.status, again.entries) == ("imported", 2)
    assert again.import_id != first.import_id
    assert texts(session) == ["asthma", "gout"]
    assert session.document(again.import_id) == doc.data
    assert [row.undone for row in session.imports()] == [True, False]
    with pytest.raises(UnknownItemError):
        session.undo(first.import_id)


def test_a_newer_state_of_a_resource_supersedes_and_undo_restores_the_older(
    session: Session, team: frozenset[str]
) -> None:
    session.store_document(document([{"id": "a", "text": "old", "version": "2025-01-01T10:00:00Z"}], team))
    newer = session.store_document(
        document([{"id": "a", "text": "new", "version": "2025-01-01T11:30:00+01:00"}, {"id": "b", "text": "x"}], team)
    )
    assert texts(session) == ["new", "x"]
    assert len(session.holdings(ANN)) == 3
    session.undo(newer.import_id)
    assert texts(session) == ["old"]


def test_an_older_state_that_arrives_late_does_not_show(session: Session, team: frozenset[str]) -> None:
    newer = session.store_document(document([{"id": "a", "text": "new", "version": "2025-02-01T00:00:00Z"}], team))
    session.store_document(document([{"id": "a", "text": "old", "version": "2025-01-01T00:00:00Z"}], team))
    assert texts(session) == ["new"]
    session.undo(newer.import_id)
    assert texts(session) == ["old"]


def test_states_of_unknown_age_and_of_other_systems_are_all_kept(session: Session, team: frozenset[str]) -> None:
    session.store_document(document([{"id": "a", "text": "one"}], team))
    session.store_document(document([{"id": "a", "text": "two", "version": "2025-01-01T00:00:00Z"}], team))
    session.store_document(
        document([{"id": "a", "text": "three", "version": "2026-01-01T00:00:00Z", "source_key": "other"}], team)
    )
    assert texts(session) == ["one", "three", "two"]


def test_source_bytes_come_back_unchanged(session: Session, team: frozenset[str]) -> None:
    doc = document([{"id": str(i), "text": f"note {i} ü"} for i in range(600)], team, people=(ANN, BEN))
    stored = session.store_document(doc)
    assert session.document(stored.import_id) == doc.data
    for entry in (doc.entries[0], doc.entries[599]):
        found = session.original(entry.entry_id, ANN)
        assert found.data == doc.data[entry.start : entry.end]
        assert (found.path, found.line, found.format) == (doc.path, entry.line, "json")
    assert session.original(doc.entries[7].entry_id).data == doc.data[doc.entries[7].start : doc.entries[7].end]
    assert session.person_of(doc.entries[7].entry_id) == ANN


def test_entries_from_nested_and_shared_stretches_keep_their_bytes(session: Session, team: frozenset[str]) -> None:
    doc = document([{"id": "outer", "text": "outer"}, {"id": "b", "text": "b"}], team)
    outer, other = doc.entries
    inner = replace(outer, entry_id="inner", start=outer.start + 5, end=outer.start + 20)
    twin = replace(outer, entry_id="twin")
    doc = replace(doc, entries=[outer, inner, twin, other])
    stored = session.store_document(doc)
    assert session.document(stored.import_id) == doc.data
    for entry in doc.entries:
        assert session.original(entry.entry_id, ANN).data == doc.data[entry.start : entry.end]


def test_a_document_without_entries_is_kept_whole(session: Session, team: frozenset[str]) -> None:
    doc = document([], team, people=(ANN,))
    stored = session.store_document(doc)
    assert session.document(stored.import_id) == doc.data
    assert session.readable(ANN) == []


def test_findings_can_be_added_after_storing(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        doc = document([{"id": "a", "text": "asthma"}], frozenset({team_of(session, "gp")}))
        stored = session.store_document(doc)
        assert session.issues(stored.import_id) == b""
        session.set_issues({stored.import_id: b'[{"code":"required"}]'})
    with sign_in(tmp_path) as session:
        assert session.issues(stored.import_id) == b'[{"code":"required"}]'
        assert session.imports()[0].path == "gp/bundle.json"
        with pytest.raises(UnknownItemError):
            session.set_issues({"nothing": b"[]"})


def test_findings_are_added_to_what_does_not_open_until_they_are_there_and_no_longer(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        nurse = next(who.id for who in session.principals() if who.id != team_of(session, "gp"))
        stored = session.store_document(document([{"id": "a", "text": "asthma"}], frozenset({nurse})))
        assert session.readable(ANN) == []
        session.set_issues({stored.import_id: b'[{"code":"required"}]'})
        with pytest.raises(UnknownItemError):
            session.set_issues({stored.import_id: b"[]"})


def test_an_unknown_reader_or_person_refuses_the_whole_document(session: Session, team: frozenset[str]) -> None:
    session.store_document(document([{"id": "z", "text": "before"}], team))
    for bad in (
        document([{"id": "a", "text": "x"}, {"id": "b", "text": "y", "readers": frozenset({"team-nobody"})}], team),
        document([{"id": "a", "text": "x"}, {"id": "b", "text": "y", "person": "nobody"}], team),
    ):
        with pytest.raises(UnknownItemError):
            session.store_document(bad)
    assert texts(session) == ["before"]
    assert len(session.imports()) == 1
    assert session.verify_log().ok


def test_an_entry_that_points_outside_its_document_is_refused(session: Session, team: frozenset[str]) -> None:
    doc = document([{"id": "a", "text": "x"}], team)
    doc = replace(doc, entries=[replace(doc.entries[0], end=len(doc.data) + 1)])
    with pytest.raises(StorageError):
        session.store_document(doc)


def test_people_are_found_by_keys_and_by_the_beginnings_of_words(session: Session, team: frozenset[str]) -> None:
    session.store_document(document([{"id": "a", "text": "x"}], team, people=(ANN, BEN)))
    assert [person for person, _ in session.people(["name:oka"])] == [ANN]
    assert [person for person, _ in session.people(["name:lind", "name:b"])] == [BEN]
    assert session.people(["name:lind", "name:ann"]) == []
    assert [person for person, _ in session.people()] == [BEN, ANN]
    assert [person for person, _ in session.candidates(["nhs|ben", "nhs|nobody"])] == [BEN]
    nobody, asked = PersonId("nobody"), ["nhs|ben", "nhs|ann", "nhs|nobody"]
    here, sharing = session.foresee([BEN, nobody], asked)
    assert here == {BEN: session.own_identity(BEN)}
    assert sharing == {key: session.candidates([key]) for key in asked}
    session.note_possible_match(BEN, ANN)
    session.note_possible_match(ANN, BEN)
    assert session.possible_matches(ANN) == [BEN]
    assert session.possible_matches(BEN) == [ANN]
    with pytest.raises(KeyError):
        session.identity(PersonId("nobody"))


def test_a_session_can_be_used_from_another_thread(session: Session, team: frozenset[str]) -> None:
    def work() -> None:
        session.store_document(document([{"id": "a", "text": "from a worker"}], team))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert texts(session) == ["from a worker"]


def test_every_import_and_undo_stands_in_the_log(session: Session, team: frozenset[str], tmp_path: Path) -> None:
    stored = session.store_document(document([{"id": "a", "text": "x"}], team))
    session.undo(stored.import_id)
    assert session.verify_log().size == 2
    with pytest.raises(UnknownItemError):
        session.log_events()


def test_after_a_refused_import_the_next_is_readable(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        team = frozenset({team_of(session, "gp")})
        doc = document([{"id": "a", "text": "x"}], team, path="late.json")
        late = replace(doc.entries[0], entry_id=EntryId("late"), readers=frozenset({"team-nobody"}))
        with pytest.raises(UnknownItemError):
            session.store_document(replace(doc, entries=[doc.entries[0], late]))
        failing = "CREATE TRIGGER failing BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END"
        session._connection.execute(failing)
        with pytest.raises(StorageError):  # refused at the very last write, after everything was sealed
            session.store_document(doc)
        session._connection.execute("DROP TRIGGER failing")
        session.store_document(doc)
    with sign_in(tmp_path) as session:
        assert texts(session) == ["x"]
