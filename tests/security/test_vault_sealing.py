"""What the keys themselves allow: raw SQL with a worker's keys, users added later, readers changed, rows forged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import zstandard
from msgspec.structs import replace
from sqlcipher3 import dbapi2 as sqlcipher
from vault_samples import ANN, BEN, CHEAP, PASSPHRASE, clock, document, make, sign_in, team_of, texts

from fhir.entries import EntryId, PersonId
from storage import slots
from storage.errors import NameTakenError, RecoveryKeyError, SignInError, StorageError, TamperedError, UnknownItemError
from storage.keypairs import Box, PrivateKey
from storage.records import NewUser, Principal, StoredContent
from storage.sealing import ClassKey, grant_aad, secret_info
from storage.vault import Vault

NURSE = NewUser("Noor", "nurse", "Riverside Surgery")


def everyone_but_nurses(
    person: PersonId, contents: Sequence[StoredContent], principals: Sequence[Principal]
) -> list[frozenset[str]]:
    """Teams read everything, but nurses nothing that says "private"."""
    teams = frozenset(who.id for who in principals if who.kind == "team")
    not_nurses = frozenset(who.id for who in principals if who.kind == "team" and who.role != "nurse")
    return [not_nurses if b"private" in item.content else teams for item in contents]


def with_nurse(folder: Path) -> str:
    """A vault with records that a nurse may read in part; returns the import's id."""
    created = make(folder)
    with created.session as session:
        gp = frozenset({team_of(session, "gp")})
        items = [{"id": "a", "text": "shared asthma"}, {"id": "b", "text": "private matter"}]
        stored = session.store_document(document(items, gp))
        session.add_user(NURSE, PASSPHRASE, created.recovery_key, everyone_but_nurses, cost=CHEAP)
        assert texts(session) == ["private matter", "shared asthma"]
        assert session.document(stored.import_id)
    return stored.import_id


def everything_that_opens(vault: Path, name: str) -> bytes:
    """All that a user can decrypt with their own keys and plain SQL, without this package's reading code."""
    header = slots.read(vault)
    keys = slots.open_user(header, name, PASSPHRASE)
    connection = sqlcipher.connect(str(vault))
    connection.execute(f"PRAGMA key = \"x'{keys.vault_keys[0].hex()}'\"")
    own = PrivateKey(keys.private_key)
    number = connection.execute("SELECT no FROM principal WHERE id = ?", (keys.principal,)).fetchone()[0]
    private = {number: own}
    for team, member, message in connection.execute("SELECT team, member, message FROM membership"):
        try:
            info = msgspec.msgpack.encode(("membership", header.vault, team, member))
            private[team] = PrivateKey(own.open(message, info))
        except TamperedError:
            continue
    boxes: list[Box] = []
    grants = "SELECT person, sealing, principal, secret, box FROM grants"
    for person, sealing, principal, number, sealed in connection.execute(grants):
        for key in private.values():
            message, id = connection.execute("SELECT message, id FROM secret WHERE no = ?", (number,)).fetchone()
            try:
                secret = Box(key.open(message, secret_info(header.vault, id, principal)))
            except TamperedError:
                continue
            content = secret.open(sealed, grant_aad(header.vault, person, sealing, principal))
            boxes += [Box(found.key) for found in msgspec.msgpack.decode(content, type=list[ClassKey])]
    opened = [b"%r" % (row,) for (row,) in connection.execute("SELECT identity FROM person")]
    queries = (
        "SELECT box, 'pack', no, person, import, class FROM pack",
        "SELECT box, 'block', no, person, import, class FROM source_block",
        "SELECT frame, 'frame', id FROM import",
        "SELECT about, 'about', id FROM import",
        "SELECT issues, 'issues', id FROM import WHERE issues IS NOT NULL",
    )
    for query in queries:
        for sealed, kind, *place in connection.execute(query):
            if len(place) == 1:
                aad = b"document" + header.vault + f"{kind}/{place[0]}".encode()
            else:
                aad = kind.encode() + header.vault + b"%d/%d/%d/%d" % tuple(place)
            for box in boxes:
                try:
                    content = box.open(sealed, aad)
                except TamperedError:
                    continue
                opened.append(content if kind == "about" else _expanded(connection, content))
    for table, column in (("pack", "box"), ("source_block", "box"), ("import_person", "links"), ("import", "blocks")):
        opened += [row[0] for row in connection.execute(f"SELECT {column} FROM {table}")]
    connection.close()
    return b"\n".join(opened)


def _expanded(connection: sqlcipher.Connection, frame: bytes) -> bytes:
    number = zstandard.get_frame_parameters(frame).dict_id
    row = connection.execute("SELECT content FROM dictionary WHERE id = ?", (number,)).fetchone()
    dictionary = None if row is None else zstandard.ZstdCompressionDict(row[0])
    return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(frame)


def test_a_worker_with_raw_sql_and_all_their_keys_reads_only_what_is_granted(tmp_path: Path) -> None:
    with_nurse(tmp_path)
    vault = tmp_path / "v.onestory"
    assert b"private matter" in everything_that_opens(vault, "Asha")  # the control: the search finds what is permitted
    nurse = everything_that_opens(vault, "Noor")
    assert nurse.count(b"shared asthma") >= 2  # the entry, and its source bytes
    assert b"private" not in nurse


def test_a_user_added_later_reads_what_is_stored_and_no_more(tmp_path: Path) -> None:
    import_id = with_nurse(tmp_path)
    with sign_in(tmp_path, "Noor") as session:
        assert texts(session) == ["shared asthma"]
        entry = session.readable(ANN)[0].entry_id
        assert b"shared asthma" in session.original(entry, ANN).data
        with pytest.raises(UnknownItemError):
            session.document(import_id)
        assert session.imports()[0].path == ""
        assert session.user.role == "nurse"
        assert session.my_principals() == {session.user.id, team_of(session, "nurse")}
        gp, nurse = team_of(session, "gp"), team_of(session, "nurse")
        session.store_document(
            document(
                [{"id": "c", "text": "private note by a nurse"}], frozenset({gp}), path="nurse.json", people=(BEN,)
            )
        )
        session.store_document(document([{"id": "d", "text": "open note"}], frozenset({gp, nurse}), path="n2.json"))
        assert texts(session) == ["open note", "shared asthma"]
        assert texts(session, BEN) == []
    with sign_in(tmp_path) as session:
        assert texts(session, BEN) == ["private note by a nurse"]
        assert texts(session) == ["open note", "private matter", "shared asthma"]


def test_an_importer_may_store_again_what_they_cannot_read(tmp_path: Path) -> None:
    with_nurse(tmp_path)
    with sign_in(tmp_path, "Noor") as session:
        gp = frozenset({team_of(session, "gp")})
        again = session.store_document(
            document([{"id": "b", "text": "private matter"}, {"id": "e", "text": "more"}], gp, path="again.json")
        )
        assert (again.entries, again.known) == (1, 1)
        assert texts(session) == ["shared asthma"]
        assert session.undo(again.import_id) == 0, "what does not open is not counted"


def test_narrowing_takes_the_entry_and_every_copy_of_its_bytes_away(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        session.add_user(NURSE, PASSPHRASE, created.recovery_key, everyone_but_nurses, cost=CHEAP)
        gp, nurse = team_of(session, "gp"), team_of(session, "nurse")
        both = frozenset({gp, nurse})
        items = [{"id": str(i), "text": f"entry {i}"} for i in range(5)]
        first = document(items, both)
        session.store_document(first)
        taken_back = session.store_document(document([{"id": "9", "text": "zebra"}, {"id": "8", "text": "x"}], both))
        session.undo(taken_back.import_id)
        copy = session.store_document(document([{"id": "3", "text": "entry 3"}, {"id": "9", "text": "zebra"}], both))
        zebra = next(item.entry_id for item in session.readable(ANN) if b"zebra" in item.content)
        hidden = {first.entries[3].entry_id: frozenset({gp}), zebra: frozenset({gp})}
        session.reseal(ANN, hidden)
        assert len(texts(session)) == 6
        assert sum(b"zebra" in item.content for item in session.holdings(ANN)) == 1
        assert b"entry 3" in session.document(copy.import_id)
        assert session.document(session.imports()[0].import_id) == first.data
        for entry in first.entries:
            assert session.original(entry.entry_id, ANN).data == first.data[entry.start : entry.end]
    vault = tmp_path / "v.onestory"
    nurse_opens, gp_opens = everything_that_opens(vault, "Noor"), everything_that_opens(vault, "Asha")
    for marker in (b"entry 3", b"zebra"):
        assert marker in gp_opens
        assert marker not in nurse_opens
    assert b"entry 2" in nurse_opens
    with sign_in(tmp_path, "Noor") as session:
        assert texts(session) == ["entry 0", "entry 1", "entry 2", "entry 4"]


def test_widening_gives_access_back(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        session.add_user(NURSE, PASSPHRASE, created.recovery_key, everyone_but_nurses, cost=CHEAP)
        gp, nurse = team_of(session, "gp"), team_of(session, "nurse")
        doc = document([{"id": "a", "text": "one"}, {"id": "b", "text": "two"}], frozenset({gp}))
        stored = session.store_document(doc)
        both = frozenset({gp, nurse})
        session.reseal(ANN, {doc.entries[0].entry_id: both})
        assert texts(session) == ["one", "two"]
        session.reseal(ANN, {entry.entry_id: both for entry in doc.entries})
        assert session.document(stored.import_id) == doc.data
    with sign_in(tmp_path, "Noor") as session:
        assert texts(session) == ["one", "two"]
        assert session.document(stored.import_id) == doc.data


def test_bytes_that_disclose_more_than_the_entry_stay_narrower(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        gp = team_of(session, "gp")
        items = [{"id": "a", "text": "plain", "source_readers": frozenset[str]()}]
        doc = document(items, frozenset({gp}))
        stored = session.store_document(doc)
        assert texts(session) == ["plain"]
        session.add_user(NURSE, PASSPHRASE, created.recovery_key, everyone_but_nurses, cost=CHEAP)
        for call in (lambda: session.original(doc.entries[0].entry_id), lambda: session.document(stored.import_id)):
            with pytest.raises(UnknownItemError):
                call()
    with Vault.recover(tmp_path / "v.onestory", created.recovery_key, clock=clock) as session:
        assert session.document(stored.import_id) == doc.data


def test_the_custodian_opens_everything_with_the_printed_key(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        session.store_document(document([{"id": "a", "text": "for no team"}], frozenset()))
        assert texts(session) == []
    with Vault.recover(tmp_path / "v.onestory", created.recovery_key.lower(), clock=clock) as session:
        assert texts(session) == ["for no team"]
        assert [event.kind for event in session.log_events()] == ["import"]
        assert session.user.kind == "custodian"


def test_a_user_with_the_custodians_office_adds_users_without_the_printed_key(tmp_path: Path) -> None:
    chief = NewUser("Priya", "privacy-officer", "Trust", frozenset({"custodian", "review"}))
    with make(tmp_path, chief).session as session:
        session.add_user(NURSE, PASSPHRASE, "", everyone_but_nurses, cost=CHEAP)
        assert {user.name: user.custodian for user in session.users()} == {"Priya": True, "Noor": False}
        assert [event.kind for event in session.log_events()] == ["user-added"]
        with pytest.raises(NameTakenError):
            session.add_user(NURSE, PASSPHRASE, "", everyone_but_nurses, cost=CHEAP)
    assert Vault.user_names(tmp_path / "v.onestory") == ["Priya", "Noor"]
    with sign_in(tmp_path, "Noor") as session, pytest.raises(RecoveryKeyError):
        session.add_user(NewUser("Eve", "gp", "X"), PASSPHRASE, "", everyone_but_nurses, cost=CHEAP)


def test_a_failed_addition_of_a_user_leaves_nothing_behind(tmp_path: Path) -> None:
    created = make(tmp_path)

    def failing(*_: object) -> list[frozenset[str]]:
        raise RuntimeError

    with created.session as session:
        session.store_document(document([{"id": "a", "text": "x"}], frozenset({team_of(session, "gp")})))
        before = session.principals()
        with pytest.raises(RuntimeError):
            session.add_user(NURSE, PASSPHRASE, created.recovery_key, failing, cost=CHEAP)
        assert session.principals() == before
        assert texts(session) == ["x"]
        session.add_user(NURSE, PASSPHRASE, created.recovery_key, everyone_but_nurses, cost=CHEAP)
    with sign_in(tmp_path, "Noor") as session:
        assert texts(session) == ["x"]


def raw(vault: Path) -> sqlcipher.Connection:
    keys = slots.open_user(slots.read(vault), "Asha", PASSPHRASE)
    connection = sqlcipher.connect(str(vault), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.vault_keys[0].hex()}'\"")
    return connection


def test_nobody_seals_to_a_forged_principal_or_obeys_a_changed_one(tmp_path: Path) -> None:
    with_nurse(tmp_path)
    connection = raw(tmp_path / "v.onestory")
    eve = PrivateKey.generate()
    columns = "kind, name, role, organisation, custodian, public_key, signature"
    connection.execute(
        f"INSERT INTO principal (no, id, {columns}) VALUES (99, 'team-eve', 'team', '', 'gp', 'Eve', 0, ?, ?)",
        (eve.public.raw, bytes(64)),
    )
    connection.execute("UPDATE principal SET public_key = ? WHERE kind = 'team' AND role = 'nurse'", (eve.public.raw,))
    connection.close()
    with sign_in(tmp_path) as session:
        assert "team-eve" not in {who.id for who in session.principals()}
        assert all(who.role != "nurse" for who in session.principals() if who.kind == "team")
        with pytest.raises(UnknownItemError):
            session.store_document(document([{"id": "q", "text": "x"}], frozenset({"team-eve"})))


def test_a_users_own_row_that_was_changed_refuses_the_sign_in(tmp_path: Path) -> None:
    with_nurse(tmp_path)
    connection = raw(tmp_path / "v.onestory")
    connection.execute("UPDATE principal SET role = 'gp' WHERE name = 'Noor'")
    connection.close()
    with pytest.raises(StorageError):
        sign_in(tmp_path, "Noor")
    with sign_in(tmp_path) as session:  # and no lock is left behind
        assert session.users()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pack SET box = (SELECT box FROM pack p WHERE p.no != pack.no LIMIT 1)",
        "UPDATE pack SET person = 3 - person",
        "UPDATE pack SET box = zeroblob(length(box))",
        "UPDATE pack SET import = import + 1",
    ],
)
def test_moved_or_changed_packs_are_noticed(tmp_path: Path, change: str) -> None:
    with make(tmp_path).session as session:
        readers = frozenset({team_of(session, "gp")})
        for person in (ANN, BEN):
            session.store_document(document([{"id": "a", "text": person}], readers, path=person, people=(person,)))
        session.store_document(document([{"id": "b", "text": "b"}], readers))
    connection = raw(tmp_path / "v.onestory")
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(change)
    connection.close()
    with sign_in(tmp_path) as session:
        found: list[str] = []
        try:
            found = texts(session, ANN)
        except TamperedError:
            return
        assert found == []


def test_entry_rows_that_point_elsewhere_are_noticed(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        doc = document([{"id": "a", "text": "a"}, {"id": "b", "text": "b"}], frozenset({team_of(session, "gp")}))
        session.store_document(doc)
    connection = raw(tmp_path / "v.onestory")
    connection.execute("UPDATE entry SET position = 1 - position")
    connection.close()
    with sign_in(tmp_path) as session, pytest.raises(TamperedError):
        session.original(doc.entries[0].entry_id, ANN)


def test_a_changed_shortened_or_gapped_log_is_noticed(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        readers = frozenset({team_of(session, "gp")})
        for i in range(5):
            session.store_document(document([{"id": str(i), "text": str(i)}], readers))
        assert session.verify_log().ok
    for change in (
        "UPDATE audit SET leaf = (SELECT leaf FROM audit WHERE seq = 0) WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 4",
        "DELETE FROM audit WHERE seq = 2",
        "UPDATE audit_head SET root = zeroblob(32)",
    ):
        connection = raw(tmp_path / "v.onestory")
        before = (
            connection.execute("SELECT * FROM audit").fetchall(),
            connection.execute("SELECT * FROM audit_head").fetchall(),
        )
        connection.execute(change)
        connection.close()
        with sign_in(tmp_path) as session:
            assert not session.verify_log().ok
        connection = raw(tmp_path / "v.onestory")
        connection.execute("DELETE FROM audit")
        connection.execute("DELETE FROM audit_head")
        connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", before[0])
        connection.executemany("INSERT INTO audit_head VALUES (?, ?, ?, ?, ?, ?)", before[1])
        connection.close()
    with sign_in(tmp_path) as session:
        assert session.verify_log().ok


def test_every_wrong_answer_is_the_same_answer(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    vault = tmp_path / "v.onestory"
    answers = []
    for name, passphrase in (("Asha", "wrong"), ("Nobody", PASSPHRASE), ("Asha", "")):
        with pytest.raises(SignInError) as caught:
            Vault.open(vault, name, passphrase)
        answers.append((type(caught.value), str(caught.value)))
    header = slots.read(vault)
    damaged = [msgspec.structs.replace(slot, box=slot.box[:-1] + b"x") for slot in header.slots]
    slots.write(vault, slots.with_slots(header, damaged))
    with pytest.raises(SignInError) as caught:
        Vault.open(vault, "Asha", PASSPHRASE)
    answers.append((type(caught.value), str(caught.value)))
    assert len(set(answers)) == 1


def test_bytes_are_for_those_who_may_read_every_entry_made_from_them(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        session.add_user(NURSE, PASSPHRASE, created.recovery_key, everyone_but_nurses, cost=CHEAP)
        gp = frozenset({team_of(session, "gp")})
        both = gp | {team_of(session, "nurse")}
        items = [{"id": "a", "text": "twofold"}, {"id": "b", "text": "nested"}, {"id": "c", "text": "open"}]
        doc = document(items, both)
        one, two, three = doc.entries
        hidden = replace(one, entry_id=EntryId("hidden"), content=b"content of hidden", readers=gp)
        inside = replace(two, entry_id=EntryId("inside"), content=b"content of inside", readers=gp, start=two.start + 3)
        stored = session.store_document(replace(doc, entries=[one, hidden, two, inside, three]))
        assert session.document(stored.import_id) == doc.data
    opened = everything_that_opens(tmp_path / "v.onestory", "Noor")
    assert b"content of twofold" in opened
    assert b"content of nested" in opened
    assert b"hidden" not in opened
    assert b"inside" not in opened
    assert b'"note": "open"' in opened
    assert b'"note": "twofold"' not in opened
    assert b'"note": "nested"' not in opened


def test_a_document_of_several_people_opens_no_wider_when_one_of_them_shares_more(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        session.add_user(NURSE, PASSPHRASE, created.recovery_key, everyone_but_nurses, cost=CHEAP)
        gp = frozenset({team_of(session, "gp")})
        items = [{"id": "a", "text": "of Ann", "person": ANN}, {"id": "b", "text": "of Ben", "person": BEN}]
        doc = document(items, gp, people=(ANN, BEN))
        stored = session.store_document(doc)
        session.reseal(ANN, {doc.entries[0].entry_id: gp | {team_of(session, "nurse")}})
        assert session.document(stored.import_id) == doc.data
    with sign_in(tmp_path, "Noor") as session:
        assert texts(session, ANN) == ["of Ann"]
        assert texts(session, BEN) == []
        assert session.imports()[0].path == ""


def test_a_membership_that_the_custodian_did_not_sign_gives_no_keys(tmp_path: Path) -> None:
    with_nurse(tmp_path)
    vault = tmp_path / "v.onestory"
    header = slots.read(vault)
    asha, noor = (slots.open_user(header, name, PASSPHRASE) for name in ("Asha", "Noor"))
    connection = raw(vault)
    number = dict(connection.execute("SELECT id, no FROM principal").fetchall())
    team = connection.execute("SELECT no FROM principal WHERE kind = 'team' AND role = 'gp'").fetchone()[0]
    member = number[asha.principal]
    message = connection.execute(
        "SELECT message FROM membership WHERE team = ? AND member = ?", (team, member)
    ).fetchone()
    key = PrivateKey(asha.private_key).open(
        message[0], msgspec.msgpack.encode(("membership", header.vault, team, member))
    )
    info = msgspec.msgpack.encode(("membership", header.vault, team, number[noor.principal]))
    passed_on = PrivateKey(noor.private_key).public.seal(key, info)
    connection.execute(
        "INSERT INTO membership (team, member, message, signature) VALUES (?, ?, ?, ?)",
        (team, number[noor.principal], passed_on, bytes(64)),
    )
    connection.close()
    with sign_in(tmp_path, "Noor") as session:
        assert texts(session) == ["shared asthma"]
        assert session.my_principals() == {session.user.id, team_of(session, "nurse")}
