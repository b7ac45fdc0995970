"""When someone of the custodian's or the review office leaves: what their keys open, and what others still read."""

from __future__ import annotations

import shutil
from pathlib import Path

import insider
import msgspec
import pytest
from killing import images
from vault_samples import ANN, BEN, CHEAP, PASSPHRASE, change_vault_key, clock, document, make, sign_in, team_of, texts

from storage import connection as file
from storage import log_sessions, slots, succession
from storage.errors import (
    NotAVaultError,
    RecoveryKeyError,
    SignInError,
    UnfinishedError,
    UnknownItemError,
    WriteError,
)
from storage.keypairs import PrivateKey, SigningKey
from storage.label_records import Relabelling
from storage.log_heads import certificate_text
from storage.records import LogEvent, NewChoice, NewUser, Principal, StoredContent
from storage.sealing import Sealing
from storage.slots import Keys
from storage.vault import Vault

VAULT = "v.onestory"
CHIEF = NewUser("Chidi", "privacy-officer", "Trust", frozenset({"custodian", "review"}))
LEAVER = NewUser("Lena", "privacy-officer", "Council", frozenset({"custodian", "review"}))
READER = NewUser("Rhys", "privacy-officer", "Trust", frozenset({"review"}))
NOOR = NewUser("Noor", "nurse", "Riverside Surgery")


def all_teams(_: object, contents: list[StoredContent], principals: list[Principal]) -> list[frozenset[str]]:
    return [frozenset(who.id for who in principals if who.kind == "team")] * len(contents)


def office(folder: Path) -> str:
    """A vault of two custodians, one who reads the log, a gp and a nurse; returns the recovery key."""
    created = make(folder)
    with created.session as session:
        for user in (CHIEF, LEAVER, READER, NOOR):
            session.add_user(user, PASSPHRASE, created.recovery_key, all_teams, cost=CHEAP)  # type: ignore[arg-type]
        teams = frozenset({team_of(session, "gp"), team_of(session, "nurse")})
        for person in (ANN, BEN):
            items = [{"id": str(i), "text": f"zqbefore {i} of {person}"} for i in range(3)]
            session.store_document(document(items, teams, path=person, people=(person,)))
        session.record(LogEvent("read", ANN, reason="zqlogged before"))
    return created.recovery_key


def keys_of(folder: Path, name: str) -> Keys:
    return slots.open_user(slots.read(folder / VAULT), name, PASSPHRASE)


def works(folder: Path, name: str = "Asha") -> None:
    """Store something afterwards, as someone who stayed."""
    with sign_in(folder, name) as session:
        teams = frozenset({team_of(session, "gp"), team_of(session, "nurse")})
        session.store_document(document([{"id": "late", "text": "zqafter"}], teams, path="late"))
        session.record(LogEvent("read", ANN, reason="zqlogged after"))


def remove(folder: Path, name: str = "Lena", by: str = "Chidi", key: str = "") -> str:
    new = slots.new_recovery_key()
    with sign_in(folder, by) as session:
        session.remove_user(name, key, new)
        session.record(LogEvent("read", BEN, reason="zqlogged after, in the same session"))
    return new


def test_nothing_opens_for_a_custodian_who_left_even_with_a_colleagues_vault_key(tmp_path: Path) -> None:
    old_recovery = office(tmp_path)
    copied, vault = keys_of(tmp_path, "Lena"), tmp_path / VAULT
    header = slots.read(vault)
    recovered = slots.open_recovery(header, old_recovery)
    control = insider.with_keys(vault, header.vault, copied)
    assert control.count("zqbefore")
    assert control.count("zqlogged before")
    new_recovery = remove(tmp_path)
    works(tmp_path)
    colleague = keys_of(tmp_path, "Noor").vault_keys[0]
    for keys, principals in ((copied, 2), (recovered, 1)):
        found = insider.with_keys(vault, header.vault, keys, colleague)
        assert (found.principals, found.classes, found.events) == (principals, 0, 0)  # only the keys they brought
        assert not found.count("zqbefore") + found.count("zqafter") + found.count("zqlogged")
    found = insider.loot(vault, "Chidi", PASSPHRASE)
    assert found.count("zqbefore")
    assert found.count("zqafter")
    assert found.count("zqlogged before")
    assert found.count("zqlogged after, in the same session")
    with pytest.raises(RecoveryKeyError):
        Vault.recover(vault, old_recovery)
    with Vault.recover(vault, new_recovery, clock=clock) as session:
        assert len(texts(session)) == 4
        session.add_user(LEAVER, "another phrase", new_recovery, all_teams, cost=CHEAP)  # type: ignore[arg-type]


def test_everyone_who_stays_reads_and_verifies_all_there_was(tmp_path: Path) -> None:
    office(tmp_path)
    with sign_in(tmp_path, "Rhys") as session:
        receipt = session.receipt(ANN)
        before = [(event.number, event.reason) for event in session.log_events()]
    remove(tmp_path)
    works(tmp_path)
    for name in ("Asha", "Noor"):
        with sign_in(tmp_path, name) as session:
            assert len(texts(session)) == 4
            assert all(session.document(row.import_id) for row in session.imports())
    for name in ("Rhys", "Chidi"):
        with sign_in(tmp_path, name) as session:
            events = session.log_events()
            assert [(event.number, event.reason) for event in events[: len(before)]] == before
            assert {"Asha", "Rhys", "Chidi"} <= {event.name for event in events}
            checked = session.verify_log()
            assert checked.ok
            assert checked.read == checked.size
            assert session.check_receipt(receipt).against_vault  # signed with the custodian's key of its day
            assert session.check_receipt(session.receipt(ANN)).against_vault
    with pytest.raises(SignInError):
        sign_in(tmp_path, "Lena")


def test_choices_statements_and_corrections_go_on_and_the_old_key_corrects_nothing(tmp_path: Path) -> None:
    office(tmp_path)
    with sign_in(tmp_path, "Lena") as session:
        readers = frozenset({team_of(session, "gp"), team_of(session, "nurse")})
        session.choose(NewChoice(ANN, b"zqrules", b"zqfull"), {}, None)
        session.state(ANN, b"zqstated", readers, [LogEvent("statement", ANN)])
        session.correct(ANN, 7, b"zqcorrected", readers, Relabelling(), reason="by mistake")
    old = SigningKey(keys_of(tmp_path, "Lena").custodian_signing)
    remove(tmp_path)
    for name in ("Asha", "Chidi"):
        with sign_in(tmp_path, name) as session:
            (act,) = session.choices(ANN)
            assert act.rules == b"zqrules"
            assert act.full == (b"zqfull" if name == "Chidi" else None)
            assert act.signer is not None  # she is gone, and what she was then is still known
            assert act.signer.name == "Lena"
            assert [one.content for one in session.statements(ANN)] == [b"zqstated"]
            assert [one.content for one in session.corrections(ANN)] == [b"zqcorrected"]
            assert session.verify_log().ok
    with sign_in(tmp_path, "Chidi") as session, session._change():
        sealing = Sealing(session._connection, session._vault_id, session._principals)
        session._marks.correct(1, 8, b"forged", frozenset(), old, sealing)
    with sign_in(tmp_path, "Chidi") as session:
        assert [one.target for one in session.corrections(ANN)] == [7]
    with sign_in(tmp_path, "Asha") as session, session._change():
        session._connection.execute("DELETE FROM label_correction WHERE no = 1")
    with sign_in(tmp_path, "Chidi") as session:
        problem = "Decisions about labels of 1 people that the log tells of are not there any more."
        assert session.verify_log().problem == problem, "what is signed with a key of before fills no gap"


def test_a_leaver_from_the_review_office_reads_no_more_of_the_log(tmp_path: Path) -> None:
    recovery = office(tmp_path)
    copied, vault = keys_of(tmp_path, "Rhys"), tmp_path / VAULT
    assert insider.with_keys(vault, slots.read(vault).vault, copied).count("zqlogged before")
    with sign_in(tmp_path) as session:
        session.remove_user("Rhys", recovery)
    works(tmp_path)
    found = insider.with_keys(vault, slots.read(vault).vault, copied, keys_of(tmp_path, "Noor").vault_keys[0])
    assert (found.principals, found.events) == (1, 0)
    assert not found.count("zqlogged")
    with sign_in(tmp_path, "Chidi") as session:
        reasons = [event.reason for event in session.log_events()]
        assert {"zqlogged before", "zqlogged after"} <= set(reasons)
        assert session.verify_log().ok
    Vault.recover(vault, recovery, clock=clock).close()  # the custodian's keys are as they were


def test_a_key_of_the_log_that_was_copied_in_the_removing_session_reads_nothing_after_it(tmp_path: Path) -> None:
    recovery, vault = office(tmp_path), tmp_path / VAULT
    rhys = PrivateKey(keys_of(tmp_path, "Rhys").private_key)
    with sign_in(tmp_path) as session:
        session.record(LogEvent("read", ANN))
        review = session._principals.holder("review")
        own = session._principals.user("Rhys")
        assert own is not None
        reached = session._principals.keys_of(own.principal.id, rhys)[review.no]
        copied = log_sessions.opened(session._connection, slots.read(vault).vault, reached)
        last = session._connection.execute("SELECT max(no) FROM audit_key").fetchone()[0]
        session.remove_user("Rhys", recovery)
        session.record(LogEvent("read", ANN))
        later = "SELECT DISTINCT k.session FROM audit_key k WHERE k.no > ?"
        assert {row[0] for row in session._connection.execute(later, (last,))}.isdisjoint(copied)


def test_rows_and_certificates_signed_with_the_key_of_before_are_not_obeyed(tmp_path: Path) -> None:
    office(tmp_path)
    old, header = keys_of(tmp_path, "Lena"), slots.read(tmp_path / VAULT)
    remove(tmp_path)
    asha = keys_of(tmp_path, "Asha")
    signing, thief = SigningKey(old.custodian_signing), PrivateKey.generate()
    connection = file.connect(tmp_path / VAULT, asha.vault_keys[0])
    number = connection.execute("SELECT max(no) + 1 FROM principal").fetchone()[0]
    fields = ["team-eve", "team", "", "gp", "Riverside Surgery", 0]
    for epoch in range(asha.epoch + 2):
        text = msgspec.msgpack.encode(("principal", header.vault, number, fields, thief.public.raw))
        text = b"epoch %d " % epoch + text if epoch else text
        row = (number, *fields, thief.public.raw, signing.sign(text))
        connection.execute("INSERT OR REPLACE INTO principal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.commit()
        connection.close()
        with sign_in(tmp_path) as session:
            assert "team-eve" not in {who.id for who in session.principals()}
        connection = file.connect(tmp_path / VAULT, asha.vault_keys[0])
    signer = SigningKey.generate()
    certificate = signing.sign(certificate_text(header.vault, "user-eve", signer.public))
    last = "(SELECT max(no) FROM audit_signer)"
    connection.execute(
        f"UPDATE audit_signer SET public = ?, certificate = ? WHERE no = {last}", (signer.public, certificate)
    )
    connection.commit()
    connection.close()
    with sign_in(tmp_path, "Noor") as session:
        assert signer.public not in session._log.signers()


def test_a_key_file_that_names_a_custodian_of_its_own_is_refused(tmp_path: Path) -> None:
    office(tmp_path)
    remove(tmp_path)
    header = slots.read(tmp_path / VAULT)
    (link,) = header.custodians
    thief = SigningKey.generate()
    for forged in (
        msgspec.structs.replace(link, public=thief.public),
        msgspec.structs.replace(link, signature=thief.sign(b"x")),
        msgspec.structs.replace(link, countersignature=thief.sign(b"x")),
        msgspec.structs.replace(link, epoch=link.epoch + 7),
    ):
        slots.write(tmp_path / VAULT, msgspec.structs.replace(header, custodians=(forged,), sequence=99))
        with pytest.raises(SignInError):
            sign_in(tmp_path, "Noor")
    slots.write(tmp_path / VAULT, msgspec.structs.replace(header, sequence=100))
    sign_in(tmp_path, "Noor").close()


def test_whoever_signed_in_since_no_longer_trusts_the_key_of_before(tmp_path: Path) -> None:
    office(tmp_path)
    old = keys_of(tmp_path, "Lena")
    remove(tmp_path)
    for name in ("Asha", "Noor", "Rhys", "Chidi"):
        sign_in(tmp_path, name).close()
    header = slots.read(tmp_path / VAULT)
    assert all(slot.handed == b"" for slot in header.slots)
    without = msgspec.structs.replace(header, custodians=())  # the chain is not needed any more
    assert slots.open_user(without, "Noor", PASSPHRASE).custodian_public == keys_of(tmp_path, "Noor").custodian_public
    forged = succession.follow(header.vault, SigningKey(old.custodian_signing), SigningKey.generate(), 99)
    misled = msgspec.structs.replace(header, custodians=(forged,))
    assert slots.open_user(misled, "Noor", PASSPHRASE).custodian_public == keys_of(tmp_path, "Noor").custodian_public


def test_the_office_changes_twice_while_someone_is_away(tmp_path: Path) -> None:
    recovery = office(tmp_path)
    with sign_in(tmp_path, "Chidi") as session:
        third = NewUser("Tomos", "privacy-officer", "Trust", frozenset({"custodian"}))
        session.add_user(third, PASSPHRASE, recovery, all_teams, cost=CHEAP)  # type: ignore[arg-type]
    remove(tmp_path)
    with sign_in(tmp_path, "Chidi") as session:
        change_vault_key(session)
    new = slots.new_recovery_key()
    with sign_in(tmp_path, "Chidi") as session:
        session.change_every_key(new)
        change_vault_key(session, new)
        assert len(slots.read(tmp_path / VAULT).custodians) == 2
    with sign_in(tmp_path, "Tomos") as session:  # never signed in so far
        assert session.verify_log().ok
        session.remove_user("Rhys")
        session.add_user(READER, PASSPHRASE, "", all_teams, cost=CHEAP)  # type: ignore[arg-type]
    for name in ("Asha", "Noor"):
        with sign_in(tmp_path, name) as session:
            assert len(texts(session)) == 3
    with Vault.recover(tmp_path / VAULT, new, clock=clock) as session:
        assert session.verify_log().ok
        session.remove_user("Tomos", new, slots.new_recovery_key())
        assert session.verify_log().ok
        session.record(LogEvent("read", ANN))
        assert session.verify_log().ok


def test_a_custodian_is_not_removed_without_a_place_for_the_new_recovery_key(tmp_path: Path) -> None:
    recovery = office(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with sign_in(tmp_path) as session:
        assert [session.holds_office(name) for name in ("Lena", "Noor", "Nobody")] == [True, False, False]
        with pytest.raises(RecoveryKeyError, match="new one"):
            session.remove_user("Lena", recovery)
        with pytest.raises(UnknownItemError):
            session.remove_user("Nobody", recovery, slots.new_recovery_key())
    assert (tmp_path / f"{VAULT}.keys").read_bytes() == before[f"{VAULT}.keys"]


# -- crashes


def test_a_crash_at_any_point_leaves_the_custodian_in_or_out_and_one_recovery_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "vault"
    old, new = office(folder), slots.new_recovery_key()

    def leave() -> None:
        with sign_in(folder, "Chidi") as session:
            session.remove_user("Lena", "", new)

    states = []
    for image in images(folder, monkeypatch, leave):
        for order in (("Noor", "Chidi"), ("Chidi", "Noor"), (), ("old",)):
            copy = image.with_name("copy")
            shutil.copytree(image, copy)
            for name in order:
                if name == "old":  # the first to come brings the old recovery key
                    try:
                        Vault.recover(copy / VAULT, old, clock=clock).close()
                    except RecoveryKeyError:
                        continue
                else:
                    with sign_in(copy, name) as session:
                        assert len(texts(session)) == 3 or name == "Chidi"
                        assert session.verify_log().ok
            opened = []
            for key in (old, new):
                try:
                    with Vault.recover(copy / VAULT, key, clock=clock) as session:
                        assert len(texts(session)) == 3
                        assert session.verify_log().ok
                        opened.append(key)
                        names = [user.name for user in session.users()]
                except RecoveryKeyError:
                    pass
            assert opened
            stays = "Lena" in names
            assert (new in opened) if not stays else (old in opened)
            assert stays or old not in opened
            if stays:
                sign_in(copy, "Lena").close()
                last = slots.new_recovery_key()
                with sign_in(copy, "Chidi") as session:
                    session.remove_user("Lena", "", last)
            else:
                last = new
            with pytest.raises(SignInError):
                sign_in(copy, "Lena")
            for key in (old, new, last):
                if key == last:
                    Vault.recover(copy / VAULT, key, clock=clock).close()
                else:
                    with pytest.raises(RecoveryKeyError):
                        Vault.recover(copy / VAULT, key, clock=clock)
            works(copy)
            states.append(stays)
            shutil.rmtree(copy)
    assert len(set(states)) == 2
    assert states == sorted(states, reverse=True)


def test_a_change_that_cannot_be_finished_for_want_of_space_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office(tmp_path)
    old, new = keys_of(tmp_path, "Lena").vault_keys[0], slots.new_recovery_key()

    def full(*_: object) -> None:
        raise WriteError("The vault could not be written.")

    session = sign_in(tmp_path, "Chidi")
    with monkeypatch.context() as patch:
        patch.setattr(file, "rekey", full)
        with pytest.raises(UnfinishedError, match="sign in again"):
            session.remove_user("Lena", "", new)
    with pytest.raises(SignInError):
        sign_in(tmp_path, "Lena")
    with sign_in(tmp_path, "Noor") as session:
        assert len(texts(session)) == 3
    with pytest.raises(NotAVaultError):
        file.connect(tmp_path / VAULT, old)
    Vault.recover(tmp_path / VAULT, new, clock=clock).close()
