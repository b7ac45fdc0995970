"""The newest look-up keys and words of people stand apart until there are many: nobody is found less, or twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from vault_samples import ANN, BEN, PASSPHRASE, PEOPLE, document, make, sign_in

from fhir.entries import PersonId
from fhir.people import PersonName
from storage import people
from storage.session import Session

_MANY = 3


@pytest.fixture(params=[_MANY, people._NEWEST], ids=["moved at once", "standing apart"])
def session(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr(people, "_NEWEST", request.param)
    with make(tmp_path).session as found:
        yield found


def store(session: Session, *who: PersonId, text: str = "Asthma") -> None:
    readers = frozenset({session.user.id})
    entries = [{"id": f"{one}-{text}", "text": text, "person": one} for one in who]
    session.store_document(document(entries, readers, people=who))


def found(session: Session, *words: str) -> list[PersonId]:
    return sorted(person for person, _identity in session.people(words))


def rows(session: Session, table: str) -> Sequence[tuple[object, ...]]:
    return session._connection.execute(f"SELECT * FROM {table}").fetchall()


def test_everyone_is_found_by_words_and_keys_wherever_these_stand(session: Session) -> None:
    store(session, ANN)
    store(session, BEN)
    store(session, PersonId("ann"), PersonId("ben"), text="Eczema")
    assert found(session, "name:okaf") == [ANN]
    assert found(session, "name:") == [ANN, BEN], "each once"
    assert found(session, "name:ben", "name:lind") == [BEN]
    assert found(session, "name:ben", "name:okaf") == []
    assert [person for person, _ in session.candidates(["nhs|ann"])] == [ANN]
    _here, sharing = session.foresee((), ["nhs|ann", "nhs|ben", "nhs|nobody"])
    assert {key: [person for person, _ in those] for key, those in sharing.items()} == {
        "nhs|ann": [ANN],
        "nhs|ben": [BEN],
        "nhs|nobody": [],
    }


def test_words_of_one_person_in_both_tables_are_found_together(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "_NEWEST", 1)
    store(session, ANN)
    monkeypatch.setattr(people, "_NEWEST", 1_000)
    session._people._newest = None
    other = msgspec.structs.replace(PEOPLE[ANN], birth_date="1938")
    monkeypatch.setitem(PEOPLE, ANN, other)
    later = document([{"id": "later", "text": "Gout"}], frozenset({session.user.id}))
    renamed = msgspec.structs.replace(later.people[0], search_keys=("name:okafor", "born:1938"))
    session.store_document(msgspec.structs.replace(later, people=[renamed]))
    assert rows(session, "person_token_new") == [("born:1938", 1)], "what is there already is not added again"
    assert found(session, "name:okaf", "born:19") == [ANN]
    assert found(session, "born:19", "name:okaf") == [ANN]


def test_no_row_stands_in_both(session: Session) -> None:
    for text in ("Asthma", "Eczema", "Gout"):
        store(session, ANN, BEN, text=text)
    for table, most in (("person_key", 2), ("person_token", 4)):
        kept, newest = set(rows(session, table)), set(rows(session, f"{table}_new"))
        assert kept.isdisjoint(newest)
        assert len(kept | newest) == most


def test_who_becomes_restricted_is_no_longer_found_by_a_former_name(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = PersonName(family="Smithers", given=("Ann",), use="maiden")
    who = msgspec.structs.replace(PEOPLE[ANN], names=(*PEOPLE[ANN].names, former))
    first = document([{"id": "a", "text": "Asthma"}], frozenset({session.user.id}))
    named = msgspec.structs.replace(first.people[0], identity=who, search_keys=("name:okafor", "name:smithers"))
    session.store_document(msgspec.structs.replace(first, people=[named]))
    assert found(session, "name:smith") == [ANN]
    monkeypatch.setitem(PEOPLE, ANN, msgspec.structs.replace(who, restricted=True))
    store(session, ANN, text="Gout")
    assert found(session, "name:smith") == []
    assert found(session, "name:okaf") == [ANN]


def test_they_are_found_when_the_vault_is_opened_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_NEWEST", _MANY)
    with make(tmp_path).session as session:
        store(session, ANN)
    with sign_in(tmp_path, passphrase=PASSPHRASE) as session:
        store(session, BEN)
        store(session, ANN, text="Gout")
        assert found(session, "name:") == [ANN, BEN]
