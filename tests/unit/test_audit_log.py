"""The access log: who may read it, what it holds, what it flags, and what it costs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vault_samples import ANN, BEN, CHEAP, PASSPHRASE, clock, document, make, sign_in, team_of

from desktop.errors import NothingFoundError, WorkspaceError
from desktop.workspace import Workspace, check_receipt
from storage import merkle
from storage.records import LogEvent, NewUser
from storage.vault import Vault

OFFICER = NewUser("Priya", "privacy-officer", "Trust", frozenset({"review"}))
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def office(folder: Path, role: str = "privacy-officer") -> Workspace:
    """A new vault and its first user, signed in."""
    vault = folder / "a.vault"
    Workspace.create(vault, "Priya", role, "Trust", PASSPHRASE, test_data=True, now=NOW, anchors=folder / "anchors")
    return Workspace.sign_in(vault, "Priya", PASSPHRASE, now=NOW, anchors=folder / "anchors")


def test_a_clock_that_was_set_back_is_flagged_once(tmp_path: Path) -> None:
    times = iter(["2026-03-09T10:00:00.000Z"] * 6 + ["2026-03-08T10:00:00.000Z"] * 50)
    created = Vault.create(
        tmp_path / "v.onestory", OFFICER, PASSPHRASE, test_data=True, cost=CHEAP, clock=lambda: next(times)
    )
    with created.session as session:
        for _ in range(6):
            session.record(LogEvent("read", ANN))
        events = session.log_events()
        assert [event.kind for event in events].count("clock-back") == 1
        flag = next(event for event in events if event.kind == "clock-back")
        assert "2026-03-09T10:00:00.000Z" in flag.reason
        assert session.verify_log()


def test_events_about_one_person_are_under_keys_of_their_own(tmp_path: Path) -> None:
    with make(tmp_path, OFFICER).session as session:
        for person in (ANN, BEN, ANN, None):
            session.record(LogEvent("read", person))
        keys = session._connection.execute("SELECT audit_key FROM audit ORDER BY seq").fetchall()
        assert keys[0] == keys[2]
        assert len(set(keys)) == 3
        assert [event.number for event in session.log_events(ANN)] == [0, 2]


def test_a_change_that_wrote_no_event_of_its_own_is_still_in_the_log(tmp_path: Path) -> None:
    with make(tmp_path, OFFICER).session as session:
        session.store_document(document([{"id": "a", "text": "x"}], frozenset({team_of(session, "privacy-officer")})))
        with session._change():
            session._connection.execute("UPDATE person SET restricted = 1")
        assert [event.kind for event in session.log_events()] == ["import", "change"]
        assert session.readable(ANN)
    with sign_in(tmp_path, "Priya") as session:
        assert session.readable(ANN)
        assert session.verify_log().people == 1


def test_whoever_signed_stays_checkable_when_they_are_gone(tmp_path: Path) -> None:
    created = make(tmp_path, OFFICER)
    with created.session as session:
        session.add_user(
            NewUser("Noor", "nurse", "X"), PASSPHRASE, created.recovery_key, lambda *_: [frozenset()], cost=CHEAP
        )
    with sign_in(tmp_path, "Noor") as session:
        session.record(LogEvent("sign-in"))
    with sign_in(tmp_path, "Priya") as session:
        session.remove_user("Noor", created.recovery_key)
        found = session.verify_log()
        assert found.ok
        assert (found.heads, found.read) == (2, found.size)


def test_privacy_officer_custodian_and_testers_read_the_log_and_others_are_refused(tmp_path: Path) -> None:
    for role in ("privacy-officer", "custodian", "tester"):
        with office(tmp_path / role, role) as workspace:
            assert [event.kind for event in workspace.log()] == ["sign-in"]
            assert [event.kind for event in workspace.log()] == ["sign-in", "log-read"]
    with office(tmp_path / "gp", "gp") as workspace:
        with pytest.raises(NothingFoundError, match="Only the privacy office"):
            workspace.log()
        with pytest.raises(NothingFoundError):
            workspace.receipt(ANN, tmp_path / "receipt.json")
        assert workspace.verify_log()  # that it is whole, everyone may know
    assert not (tmp_path / "receipt.json").exists()


def test_a_custodian_who_is_added_reads_the_log_too(tmp_path: Path) -> None:
    vault = tmp_path / "a.vault"
    key = Workspace.create(vault, "Asha", "gp", "S", PASSPHRASE, test_data=True, now=NOW, anchors=tmp_path / "n")
    with Workspace.sign_in(vault, "Asha", PASSPHRASE, now=NOW, anchors=tmp_path / "n") as workspace:
        workspace.add_user("Cora", "nurse", "S", PASSPHRASE, recovery_key=key, custodian=True)
        workspace.add_user("Priya", "privacy-officer", "S", PASSPHRASE, recovery_key=key)
    for name in ("Cora", "Priya"):
        with Workspace.sign_in(vault, name, PASSPHRASE, now=NOW, anchors=tmp_path / "n") as workspace:
            assert workspace.warnings == ()
            assert "user-added" in {event.kind for event in workspace.log()}


def test_searches_and_refusals_are_logged_with_what_was_asked(tmp_path: Path) -> None:
    with office(tmp_path) as workspace:
        workspace.people()
        workspace.people("okafor 1938")
        with pytest.raises(NothingFoundError):
            workspace.open_person(ANN)
        kinds = [(event.kind, event.reason, event.outcome) for event in workspace.log()]
        assert kinds == [("sign-in", "", "0"), ("search", "okafor 1938", "0"), ("refused", "", "8")]


def test_odd_text_in_a_reason_does_not_stop_the_log(tmp_path: Path) -> None:
    with make(tmp_path, OFFICER).session as session:
        session.record(LogEvent("read", ANN, reason="half \ud800 a pair"))
        assert session.log_events()[0].reason == "half ? a pair"


def test_a_receipt_is_written_once_and_checked_without_a_vault(tmp_path: Path) -> None:
    with make(tmp_path, OFFICER).session as session:
        session.store_document(document([{"id": "a", "text": "x"}], frozenset({team_of(session, "privacy-officer")})))
    out = tmp_path / "receipt.json"
    notes = tmp_path / "notes"
    with Workspace.sign_in(tmp_path / "v.onestory", "Priya", PASSPHRASE, now=NOW, anchors=notes) as workspace:
        workspace.receipt(ANN, out)
        with pytest.raises(WorkspaceError):
            workspace.receipt(ANN, out)
        assert workspace.verify_receipt(out).against_vault
    assert out.stat().st_mode & 0o777 == 0o600
    assert [event.kind for event in check_receipt(out).events] == ["import", "receipt"]
    out.write_bytes(out.read_bytes()[:-1])
    with pytest.raises(NothingFoundError):
        check_receipt(out)
    with pytest.raises(WorkspaceError):
        check_receipt(tmp_path / "nothing")


@given(st.integers(1, 200), st.data())
def test_proofs_from_a_kept_tree_are_the_same(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(b"%d" % i) for i in range(size)]
    index = data.draw(st.integers(0, size - 1))
    assert merkle.Tree(leaves).inclusion_proof(index) == merkle.inclusion_proof(leaves, index)
    with pytest.raises(merkle.ProofError):
        merkle.Tree(leaves).inclusion_proof(size)


def test_a_long_log_is_verified_within_a_generous_limit(tmp_path: Path) -> None:
    with make(tmp_path, OFFICER).session as session:
        with session._change():
            for _ in range(5000):
                session._log.append(LogEvent("read", ANN, items=("e1",)), clock())
        began = time.perf_counter()
        assert session._log.verify().size == 5000
        assert time.perf_counter() - began < 20
