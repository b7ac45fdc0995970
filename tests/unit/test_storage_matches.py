"""Joining and keeping apart in a real vault: reading as one, taking back without a trace, no way around it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from vault_samples import ANN, BEN, PEOPLE, document, make, sign_in, team_of, texts

from fhir.entries import PersonId
from storage.errors import MatchError, TamperedError, UnknownItemError
from storage.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with make(tmp_path).session as session:
        team = frozenset({team_of(session, "gp")})
        session.store_document(document([{"id": "a", "text": "asthma"}], team))
        session.store_document(document([{"id": "b", "text": "gout"}], team, people=(BEN,)))
        session.note_possible_match(ANN, BEN)
        yield session


def everything(session: Session) -> object:
    """All that reading tells of both people and of the pair."""
    return [
        (who, session.joined(who), session.identity(who), texts(session, who), session.possible_matches(who))
        for who in (ANN, BEN)
    ], [session.matches(state) for state in ("open", "same", "apart")]


def test_joined_people_are_read_as_one_by_either_name(session: Session) -> None:
    session.decide_match(BEN, ANN, "same", "checked with her")
    for who in (ANN, BEN):
        assert texts(session, who) == ["asthma", "gout"]
        assert session.joined(who) == (ANN, BEN)
        assert len(session.identity(who).names) == 2
    assert session.possible_matches(ANN) == []
    assert [(row.person, row.other) for row in session.matches("same")] == [(ANN, BEN)]


def test_a_split_gives_back_both_people_exactly_as_they_were(session: Session, tmp_path: Path) -> None:
    before = everything(session)
    session.decide_match(ANN, BEN, "same", "one person")
    assert everything(session) != before
    session.decide_match(ANN, BEN, "open", "no, two")
    assert everything(session) == before
    session.close()
    with sign_in(tmp_path) as again:
        assert everything(again) == before
        assert again.verify_log()


def test_a_join_lasts_over_signing_in_again(session: Session, tmp_path: Path) -> None:
    session.decide_match(ANN, BEN, "same", "one person")
    session.close()
    with sign_in(tmp_path) as again:
        assert texts(again, BEN) == ["asthma", "gout"]
        assert again.verify_log()


def test_a_new_import_goes_to_its_own_person_so_that_a_split_takes_it_along(session: Session) -> None:
    session.decide_match(ANN, BEN, "same", "one person")
    team = frozenset({team_of(session, "gp")})
    session.store_document(document([{"id": "c", "text": "flu"}], team, people=(BEN,)))
    assert texts(session, ANN) == ["asthma", "flu", "gout"]
    session.decide_match(ANN, BEN, "open", "two")
    assert texts(session, ANN) == ["asthma"]
    assert texts(session, BEN) == ["flu", "gout"]


def test_people_kept_apart_are_not_asked_about_and_cannot_be_joined_until_it_is_taken_back(session: Session) -> None:
    before = everything(session)
    session.decide_match(ANN, BEN, "apart", "twins")
    assert session.possible_matches(ANN) == []
    assert session.matches("open") == []
    session.note_possible_match(ANN, BEN)
    assert session.matches("open") == []
    with pytest.raises(MatchError):
        session.decide_match(ANN, BEN, "same", "now one")
    session.decide_match(BEN, ANN, "open", "not sure")
    assert everything(session) == before


def test_a_pair_nobody_asked_about_leaves_no_row_when_it_is_split(session: Session) -> None:
    session._connection.execute("DELETE FROM possible_match")
    session.decide_match(ANN, BEN, "same", "one")
    session.decide_match(ANN, BEN, "open", "two")
    assert session._connection.execute("SELECT count(*) FROM possible_match").fetchone()[0] == 0


def test_nothing_is_decided_twice_or_about_nobody(session: Session) -> None:
    with pytest.raises(MatchError):
        session.decide_match(ANN, BEN, "open", "nothing to take back")
    with pytest.raises(UnknownItemError):
        session.decide_match(ANN, ANN, "same", "one")
    session.decide_match(ANN, BEN, "same", "one")
    for state in ("same", "apart"):
        with pytest.raises(MatchError):
            session.decide_match(ANN, BEN, state, "again")


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE possible_match SET state = 'same'",
        "UPDATE possible_match SET state = 'apart', decided_by = 'someone'",
    ],
)
def test_a_join_written_by_raw_sql_opens_nobody(session: Session, tmp_path: Path, forged: str) -> None:
    for name in ("INSERT", "UPDATE", "DELETE"):
        session._connection.execute(f"DROP TRIGGER temp.touched_matches_{name}")
    session._connection.execute(forged)
    session.close()
    with sign_in(tmp_path) as again:
        for who in (ANN, BEN):
            with pytest.raises(TamperedError):
                again.readable(who)
        assert not again.verify_log()


def test_a_split_written_by_raw_sql_is_noticed(session: Session, tmp_path: Path) -> None:
    session.decide_match(ANN, BEN, "same", "one")
    for name in ("INSERT", "UPDATE", "DELETE"):
        session._connection.execute(f"DROP TRIGGER temp.touched_matches_{name}")
    session._connection.execute("DELETE FROM possible_match")
    session.close()
    with sign_in(tmp_path) as again, pytest.raises(TamperedError):
        again.readable(ANN)


def test_importing_reads_no_more_of_a_vault_in_which_many_others_are_joined(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = frozenset({team_of(session, "gp")})
    taken: list[int] = []
    for number in range(3):
        said: list[str] = []
        session._connection.set_trace_callback(said.append)
        session.store_document(document([{"id": f"more {number}", "text": "flu"}], team))
        session._connection.set_trace_callback(None)
        taken.append(len(said))
        others = [PersonId(f"other-{number}-{other}") for other in range(4)]
        for one in others:
            monkeypatch.setitem(PEOPLE, one, PEOPLE[BEN])
            session.store_document(document([{"id": one, "text": "cough"}], team, people=(one,)))
        for one, other in pairwise(others):
            session.decide_match(one, other, "same", "one person")
    assert taken[1] == taken[2]


def test_of_several_ways_to_somebody_who_was_parted_the_one_by_which_most_choices_count_binds(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    cal = PersonId("cal")
    monkeypatch.setitem(PEOPLE, cal, PEOPLE[BEN])
    session.store_document(document([{"id": "c", "text": "c"}], frozenset({team_of(session, "gp")}), people=(cal,)))
    ann, ben, other = session._people.known((ANN, BEN, cal))
    session._connection.execute("DELETE FROM possible_match")
    parted = [(ann, ben, 2), (ann, other, 5), (ben, other, 4)]
    session._connection.executemany("INSERT INTO possible_match (person, other, bound) VALUES (?, ?, ?)", parted)
    session._matches.forget()
    assert session._matches.bound_by(ann) == {ann: None, ben: 3, other: 4}
    assert session._matches.bound_by(ben) == {ben: None, ann: 3, other: 3}
