"""Work on everybody's records says how far it is; stopped anywhere, it changed nothing and can be done again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from vault_samples import BEN, CHEAP, PASSPHRASE, document, make, sign_in, team_of, texts

from fhir.entries import PersonId
from storage.records import NewUser, Principal
from storage.session import Session
from storage.slots import new_recovery_key

Act = Callable[[Session, str], object]
NOOR, TARIQ = (NewUser(name, "nurse", "Riverside Surgery") for name in ("Noor", "Tariq"))


class _StopError(Exception):
    pass


def every_team(_: PersonId, found: Sequence[object], who: Sequence[Principal]) -> list[frozenset[str]]:
    return [frozenset(one.id for one in who if one.kind == "team")] * len(found)


def adding(session: Session, key: str) -> None:
    session.add_user(TARIQ, PASSPHRASE, key, every_team, cost=CHEAP)


def removing(session: Session, key: str) -> None:
    session.remove_user(NOOR.name, key)


def changing_every_key(session: Session, key: str) -> None:
    session.change_every_key(new_recovery_key(), key)


def checking(session: Session, _key: str) -> None:
    assert session.verify_log().ok


ACTS = {
    adding: {"Finding out what they may read"},
    removing: {"Sealing anew what they could read"},
    changing_every_key: {"Sealing anew what they could read"},
    checking: {"Reading every line of the log", "Comparing the records of everybody"},
}


def filled(folder: Path, *, review: bool) -> str:
    offices = frozenset({"review"}) if review else frozenset()
    created = make(folder, NewUser("Asha", "gp", "Riverside Surgery", offices))
    with created.session as session:
        session.add_user(NOOR, PASSPHRASE, created.recovery_key, lambda *_: [], cost=CHEAP)
        readers = frozenset({team_of(session, "gp"), team_of(session, "nurse")})
        session.store_document(document([{"id": "a", "text": "a"}], readers))
        session.store_document(document([{"id": "b", "text": "b"}], readers, people=[BEN], path="b"))
    return created.recovery_key


def users(session: Session) -> list[str]:
    return sorted(user.name for user in session.users())


@pytest.mark.parametrize("act", ACTS, ids=[act.__name__ for act in ACTS])
def test_work_on_everybody_says_how_far_it_is_and_stopped_changes_nothing(tmp_path: Path, act: Act) -> None:
    key = filled(tmp_path, review=True)
    told: list[tuple[str, int, int]] = []

    def stop_at(at: int) -> Callable[[str, int, int], None]:
        def step(what: str, done: int, total: int) -> None:
            told.append((what, done, total))
            if len(told) == at:
                raise _StopError

        return step

    at = 0
    with sign_in(tmp_path) as session:
        before = (users(session), texts(session), session._keys.epoch)
        while True:
            at += 1
            told.clear()
            try:
                with session.telling(stop_at(at)):
                    act(session, key)
                break
            except _StopError:
                assert (users(session), texts(session), session._keys.epoch) == before
        assert session.verify_log().ok
    assert {what for what, *_ in told} == ACTS[act]
    (total,) = {total for *_, total in told}
    done = [done for _, done, _ in told]
    assert total >= 2
    assert done == sorted(done)
    assert set(done) == set(range(total + 1)), "one bar, from nothing to all, whatever the work is made of"
    with sign_in(tmp_path) as session:
        assert texts(session) == ["a"]
        expected = {adding: ["Asha", "Noor", "Tariq"], removing: ["Asha"]}
        assert users(session) == expected.get(act, ["Asha", "Noor"])
        assert session.verify_log().ok


def test_nobody_is_told_after_it(tmp_path: Path) -> None:
    filled(tmp_path, review=True)
    told: list[str] = []
    with sign_in(tmp_path) as session:
        with session.telling(lambda what, _done, _total: told.append(what)):
            session.verify_log()
        told.clear()
        session.verify_log()
    assert told == []


@pytest.mark.parametrize("act", [adding, removing, changing_every_key])
def test_what_is_imported_after_work_on_keys_was_stopped_opens_for_its_readers(tmp_path: Path, act: Act) -> None:
    key = filled(tmp_path, review=False)

    def stop(_what: str, done: int, _total: int) -> None:
        if done:
            raise _StopError

    with sign_in(tmp_path) as session:
        with pytest.raises(_StopError), session.telling(stop):
            act(session, key)
        readers = frozenset({team_of(session, "gp"), team_of(session, "nurse")})
        session.store_document(document([{"id": "c", "text": "c"}], readers, path="c"))
        assert texts(session) == ["a", "c"]
    for user in ("Asha", "Noor"):
        with sign_in(tmp_path, user) as session:
            assert texts(session) == ["a", "c"]
