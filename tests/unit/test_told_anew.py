"""The same bytes told by a newer version of the program take the place of what an older one told."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from msgspec.structs import replace
from vault_samples import ANN, GP, PASSPHRASE, clock, document, make, team_of, texts

from storage.errors import UnknownItemError
from storage.records import DocumentToStore, NewChoice
from storage.session import Session
from storage.vault import Vault


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with make(tmp_path).session as session:
        yield session


@pytest.fixture
def team(session: Session) -> frozenset[str]:
    return frozenset({team_of(session, "gp")})


def anew(doc: DocumentToStore, telling: int = 2) -> DocumentToStore:
    """The same document, whose entries a newer version tells in other words."""
    told = [replace(entry, content=entry.content + b" told anew") for entry in doc.entries]
    return replace(doc, entries=told, telling=telling)


def test_a_newer_telling_takes_the_place_of_an_older(session: Session, team: frozenset[str]) -> None:
    doc = document([{"id": "a", "text": "asthma"}, {"id": "b", "text": "gout"}], team)
    first = session.store_document(doc)
    assert session.import_of(doc.sha256, telling=2) is None
    again = session.store_document(anew(doc))
    assert (again.status, again.entries, again.replaces) == ("imported", 2, first.import_id)
    assert texts(session) == ["asthma told anew", "gout told anew"]
    before, after = session.imports()
    assert (before.undone, after.undone) == (True, False)
    assert session.document(again.import_id) == doc.data
    assert session.verify_log()


def test_what_is_told_anew_came_when_it_came_first(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        doc = document([{"id": "a", "text": "asthma"}], frozenset({team_of(session, "gp")}))
        session.store_document(doc)
    later = Vault.open(tmp_path / "v.onestory", GP.name, PASSPHRASE, clock=lambda: "2027-01-01T00:00:00.000Z")
    with later as session:
        session.store_document(anew(doc))
        before, after = session.imports()
        assert before.stored == after.stored == clock()


@pytest.mark.parametrize("telling", [2, 1, 0])
def test_the_same_or_an_older_telling_changes_nothing(session: Session, team: frozenset[str], telling: int) -> None:
    doc = document([{"id": "a", "text": "asthma"}], team)
    first = session.store_document(replace(doc, telling=2))
    again = session.store_document(anew(doc, telling))
    assert (again.status, again.import_id) == ("unchanged", first.import_id)
    assert texts(session) == ["asthma"]


def test_what_is_told_no_more_goes_and_what_is_told_now_comes(session: Session, team: frozenset[str]) -> None:
    doc = document([{"id": "a", "text": "asthma"}, {"id": "b", "text": "gout"}], team)
    session.store_document(replace(doc, entries=doc.entries[:1]))
    session.store_document(replace(doc, entries=doc.entries[1:], telling=1))
    assert texts(session) == ["gout"]


@pytest.mark.parametrize("order", list(permutations(range(2))))
@pytest.mark.parametrize("back", [0, 1])
def test_what_two_documents_supply_is_told_anew_and_outlives_either(
    session: Session, team: frozenset[str], order: tuple[int, ...], back: int
) -> None:
    docs = [
        document([{"id": "a", "text": "asthma"}, {"id": name, "text": name}], team, path=f"gp/{name}.json")
        for name in ("b", "c")
    ]
    for doc in docs:
        session.store_document(doc)
    stored = {number: session.store_document(anew(docs[number])) for number in order}
    assert texts(session) == ["asthma told anew", "b told anew", "c told anew"]
    session.undo(stored[back].import_id)
    assert texts(session) == ["asthma told anew", f"{'cb'[back]} told anew"]
    assert session.undo(stored[1 - back].import_id) == 2
    with pytest.raises(UnknownItemError):
        session.readable(ANN)


def test_a_newer_state_stays_the_newest(session: Session, team: frozenset[str]) -> None:
    old = document([{"id": "a", "text": "mild", "version": "2026-01-01T00:00:00Z"}], team)
    session.store_document(old)
    session.store_document(document([{"id": "a", "text": "severe", "version": "2026-02-01T00:00:00Z"}], team))
    session.store_document(anew(old))
    assert texts(session) == ["severe"]


def test_what_it_chose_is_kept_once_and_ends_with_the_import_in_its_place(
    session: Session, team: frozenset[str]
) -> None:
    session.store_document(document([{"id": "b", "text": "gout"}], team, path="gp/other.json"))
    doc = replace(document([{"id": "a", "text": "asthma"}], team), choices=(NewChoice(ANN, b"rules", b"words"),))
    first = session.store_document(doc)
    again = session.store_document(anew(doc))
    assert [act.number for act in session.choices(ANN)] == [1]
    assert session.choosers_of(again.import_id) == session.choosers_of(first.import_id) == {session.user.id}
    session.reseal(ANN, {})
    assert session.settled(ANN)
    session.undo(again.import_id)
    assert session.choices(ANN) == []
    assert not session.settled(ANN)
    assert session.store_document(doc).status == "imported"
    assert [act.number for act in session.choices(ANN)] == [2]
    assert session.verify_log()
