"""Signed statements in a vault: who reads them, what a forged row is worth, and emergency keys that wait for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from insider import loot
from vault_samples import ANN, BEN, CHEAP, GP, PASSPHRASE, document, make, sign_in, team_of, texts

from storage.errors import TamperedError, UnknownItemError
from storage.records import LogEvent, NewUser
from storage.session import Session

CREW = NewUser("Cy", "ambulance", "County Ambulance", frozenset({"emergency"}))
OFFICER = NewUser("Pat", "privacy-officer", "Riverside Surgery", frozenset({"review"}))
CARER = NewUser("Han", "home-care", "Kind Care")


def everyone_keeps(session: Session) -> object:
    """Readers stay as the sample put them: the GP's team, and emergency for what it says so of."""

    def decide(person: object, contents: list[object], principals: object) -> list[frozenset[str]]:
        gp = team_of(session, "gp")
        return [
            frozenset({gp, "emergency"}) if b"emergency" in one.content else frozenset({gp})  # type: ignore[attr-defined]
            for one in contents
        ]

    return decide


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with a GP, a crew entitled to emergency access, a privacy officer and a carer."""
    created = make(tmp_path)
    with created.session as session:
        gp = frozenset({team_of(session, "gp")})
        entries = [
            {"id": "1", "text": "plain"},
            {"id": "2", "text": "emergency allergy", "readers": gp | {"emergency"}},
        ]
        session.store_document(document(entries, gp))
        session.store_document(document([{"id": "9", "text": "ben"}], gp, path="b.json", people=(BEN,)))
        for user in (CREW, OFFICER, CARER):
            session.add_user(user, PASSPHRASE, created.recovery_key, everyone_keeps(session), cost=CHEAP)  # type: ignore[arg-type]
    (tmp_path / "key").write_text(created.recovery_key)
    return tmp_path


def contents(session: Session) -> list[bytes | None]:
    return [one.content for one in session.statements(ANN)]


def test_a_statement_is_read_by_its_readers_and_the_privacy_office_and_nobody_else(folder: Path) -> None:
    with sign_in(folder, "Cy") as session:
        session.state(ANN, b"glass", {session.user.id}, [LogEvent("override", ANN)])
        assert contents(session) == [b"glass"]
        said = session.statements(ANN)[0]
        assert (said.signed_by, said.roles) == (session.user.id, {"ambulance"})
    for name, expected in (("Pat", b"glass"), ("Asha", None), ("Han", None)):
        with sign_in(folder, name) as session:
            assert contents(session) == [expected], name
            assert session.people_stated() == [ANN]


def test_a_shared_statement_is_read_by_teams_that_come_later(folder: Path) -> None:
    with sign_in(folder) as session:
        teams = {who.id for who in session.principals() if who.kind == "team"}
        session.state(ANN, b"mandate", teams, [LogEvent("statement", ANN)], shared=True)
        session.state(ANN, b"mine", {session.user.id}, [])
        late = NewUser("Lee", "nurse", "Valley")
        quiet = NewUser("Mum", "proxy", "person:ann", told=False)
        for user in (late, quiet):
            session.add_user(user, PASSPHRASE, (folder / "key").read_text(), everyone_keeps(session), cost=CHEAP)  # type: ignore[arg-type]
    with sign_in(folder, "Lee") as session:
        assert contents(session) == [b"mandate", None]
    with sign_in(folder, "Mum") as session:
        assert contents(session) == [None, None]


def test_it_stays_readable_to_who_stays_when_someone_leaves(folder: Path) -> None:
    with sign_in(folder) as session:
        session.state(ANN, b"mandate", {team_of(session, "home-care"), team_of(session, "gp")}, [], shared=True)
        key = (folder / "key").read_text()
        session.remove_user("Han", key)
    with sign_in(folder) as session:
        assert contents(session) == [b"mandate"]


def test_what_somebody_stated_counts_as_theirs_after_they_left(folder: Path) -> None:
    """A limit or a court's order does not lapse with the post of who recorded it."""
    with sign_in(folder, "Han") as session:
        han = session.user.id
        session.state(ANN, b"limit", {team_of(session, "gp")}, [LogEvent("statement", ANN)])
    with sign_in(folder) as session:
        session.remove_user("Han", (folder / "key").read_text())
    with sign_in(folder) as session:
        (said,) = session.statements(ANN)
        assert (said.content, said.signed_by, said.roles) == (b"limit", han, {"home-care"})
    with sign_in(folder, "Pat") as session:
        assert session.verify_log().problem == ""


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM statement WHERE no = 1",
        "UPDATE statement SET person = 2 WHERE no = 1",
        "UPDATE statement SET box = (SELECT box FROM statement WHERE no = 2) WHERE no = 1",
        "UPDATE statement SET signature = (SELECT signature FROM statement WHERE no = 2) WHERE no = 1",
        "INSERT INTO statement SELECT 9, person, secret_id, shared, box, signer, signature FROM statement WHERE no = 1",
    ],
)
def test_a_row_changed_taken_out_or_put_in_is_seen(folder: Path, change: str) -> None:
    with sign_in(folder) as session:
        session.state(ANN, b"one", {session.user.id}, [])
        session.state(ANN, b"two", {session.user.id}, [])
        session._connection.execute(change)
    with sign_in(folder) as session, pytest.raises(TamperedError):
        session.statements(ANN)


def test_a_row_signed_by_nobody_the_custodian_vouches_for_is_refused_even_with_the_state_put_right(
    folder: Path,
) -> None:
    with sign_in(folder) as session:
        session.state(ANN, b"one", {session.user.id}, [])
        with session._change():
            session._connection.execute("UPDATE statement SET signature = x'00' WHERE no = 1")
        with pytest.raises(TamperedError):
            session.statements(ANN)
        with session._change():
            session._connection.execute("UPDATE audit_signer SET certificate = x'00'")
        with pytest.raises(TamperedError):
            session.statements(ANN)


def test_emergency_keys_stay_unopened_until_it_is_stated_why_and_are_let_go_of(folder: Path) -> None:
    with sign_in(folder, "Cy") as session:
        assert session.may_break_glass()
        assert texts(session) == []
        assert "emergency" not in session.my_principals()
        session.break_glass(ANN, b"glass", [LogEvent("override", ANN, reason="Unconscious")])
        assert session._glass
        assert texts(session) == ["emergency allergy"]
        session.mend_glass()
        session.mend_glass()
        assert texts(session) == []
        assert not session._glass
        session.use_emergency_keys()
        assert texts(session) == ["emergency allergy"]
    with sign_in(folder, "Pat") as session:
        assert [event.kind for event in session.log_events(ANN)].count("override") == 1


def test_nothing_opens_when_the_statement_could_not_be_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    with sign_in(folder, "Cy") as session:
        monkeypatch.setattr(type(session._log), "append", fails)
        with pytest.raises(OSError, match="full"):
            session.break_glass(ANN, b"glass", [LogEvent("override", ANN)])
        assert not session._glass
        assert texts(session) == []
        assert session.statements(ANN) == []


def test_who_is_not_entitled_has_no_emergency_keys(folder: Path) -> None:
    for name in ("Han", "Pat", GP.name):
        with sign_in(folder, name) as session:
            assert not session.may_break_glass()
            with pytest.raises(UnknownItemError):
                session.break_glass(ANN, b"glass", [])
            with pytest.raises(UnknownItemError):
                session.use_emergency_keys()
            assert session.statements(ANN) == []


def test_raw_sql_opens_a_statement_with_its_readers_keys_only(folder: Path) -> None:
    with sign_in(folder, "Cy") as session:
        session.state(ANN, b"glass marker", {session.user.id}, [])
    vault = folder / "v.onestory"
    assert loot(vault, "Cy", PASSPHRASE).count("glass marker") == 1
    assert loot(vault, "Pat", PASSPHRASE).count("glass marker") == 1
    for name in ("Asha", "Han"):
        assert loot(vault, name, PASSPHRASE).count("glass marker") == 0, name


GONE = "Overrides, limits or rights of 1 people that the log tells of are not there any more."


@pytest.mark.parametrize("instead", ["", "own", "forged"])
def test_a_statement_taken_out_and_signed_over_is_missed_by_the_privacy_office(folder: Path, instead: str) -> None:
    """A worker takes a limit out, signs the state that is left in their own name, and perhaps fills the gap."""
    with sign_in(folder) as session:
        session.state(ANN, b"what a court has ordered", {session.user.id}, [LogEvent("statement", ANN)])
    with sign_in(folder, "Pat") as session:
        assert session.verify_log().problem == ""
    with sign_in(folder, "Cy") as session:
        with session._change():
            session._connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM statement")
            session._connection.execute("DELETE FROM statement")
        if instead == "own":
            session.state(ANN, b"something else", {session.user.id}, [])
        if instead == "forged":
            with session._change():
                session._connection.execute(
                    "INSERT INTO statement SELECT no, person, x'00', shared, x'00', signer, x'00' FROM kept"
                )
        assert session.verify_log().problem == "", "without the words of the log nobody knows how many there were"
    with sign_in(folder, "Pat") as session:
        assert session.verify_log().problem == GONE


def test_emergency_access_cannot_be_taken_out_of_the_queue_unnoticed(folder: Path) -> None:
    with sign_in(folder, "Cy") as session:
        session.break_glass(ANN, b"glass", [LogEvent("override", ANN, reason="Unconscious")])
        session.mend_glass()
        with session._change():
            session._connection.execute("DELETE FROM statement")
    with sign_in(folder, "Pat") as session:
        assert session.statements(ANN) == []
        assert session.verify_log().problem == GONE
