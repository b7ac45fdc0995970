"""Slots, log, compression, packs and migrations, each on its own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import zstandard
from vault_samples import ANN, CHEAP, GP, PASSPHRASE, clock, document, make, sign_in, team_of, texts

from storage import compression, migrations, packs, slots
from storage.errors import (
    KeyFileError,
    NotAVaultError,
    RecoveryKeyError,
    SignInError,
    StorageError,
    TamperedError,
    UnknownItemError,
)
from storage.keypairs import Box, Index, PrivateKey, PublicKey, SigningKey, derive, fresh_key, verifies
from storage.records import LogEvent, NewUser
from storage.slots import KdfCost, KeyFile, Keys
from storage.vault import Vault

EMPTY = KeyFile(format=slots.FORMAT, version=slots.VERSION, vault=bytes(16), test_data=True, sequence=0, slots=())
KEYS = Keys((fresh_key(),), "user-1", bytes(96), bytes(32))


def test_a_slot_opens_with_its_own_passphrase_in_any_keyboard_form() -> None:
    header = slots.with_slots(EMPTY, [slots.user_slot(EMPTY, "Zoë", "café crème", KEYS, CHEAP)])
    assert slots.open_user(header, "Zoë", "café crème") == KEYS
    assert header.names() == ["Zoë"]
    with pytest.raises(SignInError):
        slots.open_user(header, "Zoë", "cafe creme")


def test_the_mark_for_test_data_the_name_and_the_cost_are_bound_to_the_slot() -> None:
    slot = slots.user_slot(EMPTY, "A", "x", KEYS, KdfCost())
    for changed in (
        msgspec.structs.replace(EMPTY, test_data=False, slots=(slot,)),
        msgspec.structs.replace(EMPTY, vault=bytes(15) + b"1", slots=(slot,)),
        msgspec.structs.replace(EMPTY, slots=(msgspec.structs.replace(slot, cost=KdfCost(passes=4)),)),
    ):
        with pytest.raises(SignInError):
            slots.open_user(changed, "A", "x")
    renamed = msgspec.structs.replace(EMPTY, slots=(msgspec.structs.replace(slot, name="B"),))
    with pytest.raises(SignInError):
        slots.open_user(renamed, "B", "x")


def test_real_vaults_have_a_floor_and_all_have_a_ceiling() -> None:
    assert KdfCost().allowed(test_data=False)
    assert not KdfCost(memory=64 * 1024 - 1).allowed(test_data=False)
    assert not KdfCost(passes=2).allowed(test_data=False)
    assert CHEAP.allowed(test_data=True)
    assert not KdfCost(memory=1 << 24).allowed(test_data=True)
    real = msgspec.structs.replace(EMPTY, test_data=False)
    with pytest.raises(KeyFileError):
        slots.user_slot(real, "A", "x", KEYS, CHEAP)


def test_a_recovery_key_opens_its_slot_and_no_other() -> None:
    key = slots.new_recovery_key()
    assert [len(group) for group in key.split("-")] == [4] * 14
    header = slots.with_slots(EMPTY, [slots.recovery_slot(EMPTY, key, KEYS)])
    assert slots.open_recovery(header, key) == KEYS
    with pytest.raises(RecoveryKeyError):
        slots.open_recovery(header, slots.new_recovery_key())
    with pytest.raises(RecoveryKeyError):
        slots.open_recovery(EMPTY, key)


def test_a_key_file_that_was_written_is_read_back(tmp_path: Path) -> None:
    header = slots.with_slots(EMPTY, [slots.user_slot(EMPTY, "A", "x", KEYS, CHEAP)])
    slots.write(tmp_path / "v", header)
    assert slots.read(tmp_path / "v") == header
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.keys", "v.keys.copy"]


def test_messages_open_only_with_their_key_and_for_their_purpose() -> None:
    ann, ben = PrivateKey.generate(), PrivateKey.generate()
    message = PublicKey(ann.public.raw).seal(b"content", b"purpose")
    assert PrivateKey(ann.raw).open(message, b"purpose") == b"content"
    for key, sealed, purpose in (
        (ben, message, b"purpose"),
        (ann, message, b"other"),
        (ann, message[:-1], b"purpose"),
        (ann, b"", b"purpose"),
    ):
        with pytest.raises(TamperedError):
            key.open(sealed, purpose)
    with pytest.raises(TamperedError):
        PublicKey(b"short")


def test_boxes_open_only_with_their_key_and_place() -> None:
    box = Box(fresh_key())
    sealed = box.seal(b"content", b"place")
    assert box.open(sealed, b"place") == b"content"
    assert box.seal(b"content", b"place") != sealed
    flipped = bytearray(sealed)
    flipped[-1] ^= 1
    for key, content, place in (
        (box, sealed, b"x"),
        (box, bytes(flipped), b"place"),
        (Box(fresh_key()), sealed, b"place"),
    ):
        with pytest.raises(TamperedError):
            key.open(content, place)
    with pytest.raises(TamperedError):
        box.open(b"short", b"place")


def test_signatures_verify_for_their_message_only() -> None:
    key = SigningKey.generate()
    signature = key.sign(b"row")
    assert verifies(key.public, signature, b"row")
    assert not verifies(key.public, signature, b"other row")
    assert not verifies(SigningKey.generate().public, signature, b"row")
    assert not verifies(b"short", signature, b"row")


def test_look_up_keys_depend_on_vault_kind_and_text() -> None:
    one, two = Index(derive(bytes(32), "index", b"1")), Index(derive(bytes(32), "index", b"2"))
    assert one.digest("a", "x") == one.digest("a", "x")
    assert len({one.digest("a", "x"), one.digest("b", "x"), one.digest("a", "y"), two.digest("a", "x")}) == 4
    assert len({one.number("a", "x"), one.number("b", "x"), one.number("a", "y"), two.number("a", "x")}) == 4


def test_stretches_cover_everything_once_and_stay_within_bounds() -> None:
    sizes = [5, 5, 100, 1, 1, 1, 1, 7]
    cut = list(packs.chunks(sizes, 10, 3))
    assert [i for first, end in cut for i in range(first, end)] == list(range(len(sizes)))
    assert all(sum(sizes[a:b]) <= 10 or b - a == 1 for a, b in cut)
    assert all(b - a <= 3 for a, b in cut)
    assert list(packs.chunks([], 10, 3)) == []


def test_the_log_holds_what_happened_for_the_privacy_office_alone(tmp_path: Path) -> None:
    office = NewUser("Priya", "privacy-officer", "Trust", frozenset({"review"}))
    with make(tmp_path, office).session as session:
        session.record(LogEvent("read", ANN, purpose="TREAT", reason="ward round", items=("e1", "e2")))
        session.record(LogEvent("sign-in"))
        (read, signed_in) = session.log_events()
        assert (read.kind, read.person, read.purpose, read.reason, read.items) == (
            "read",
            ANN,
            "TREAT",
            "ward round",
            ("e1", "e2"),
        )
        assert read.time == clock()
        assert read.user == session.user.id
        assert signed_in.kind == "sign-in"
        assert session.verify_log().size == 2
    with sign_in(tmp_path, "Priya") as session:
        session.record(LogEvent("sign-in"))
        assert len(session.log_events()) == 3
        assert session.verify_log().ok
    with make(tmp_path / "other").session as session, pytest.raises(UnknownItemError):
        session.log_events()


def test_a_dictionary_once_used_stays_with_the_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [f"content of entry {i} about {i % 7} apples and pears".encode() for i in range(4000)]
    trained = zstandard.train_dictionary(4096, samples)
    monkeypatch.setattr(compression, "_shipped", lambda: trained)
    with make(tmp_path).session as session:
        readers = frozenset({team_of(session, "gp")})
        session.store_document(document([{"id": "a", "text": "apples and pears"}], readers))
        assert session._connection.execute("SELECT id FROM dictionary").fetchall() == [(trained.dict_id(),)]
    monkeypatch.setattr(compression, "_shipped", lambda: None)
    with sign_in(tmp_path) as session:
        assert texts(session) == ["apples and pears"]
        session.store_document(document([{"id": "b", "text": "plums"}], readers))
        assert texts(session) == ["apples and pears", "plums"]
        session._connection.execute("DELETE FROM dictionary")
    with sign_in(tmp_path) as session, pytest.raises(TamperedError):
        session.readable(ANN)


def test_content_that_says_it_is_absurdly_large_is_not_expanded(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        codec = compression.Codec(session._connection)
        with pytest.raises(TamperedError):
            codec.decompress(b"not a frame at all")
        bomb = zstandard.ZstdCompressor().compressobj(size=compression.MAX_PLAIN + 1).compress(b"")
        with pytest.raises(TamperedError):
            codec.decompress(bomb or b"\x28\xb5\x2f\xfd\xa0\x01\x00\x00\x40")


def test_a_migration_copies_the_vault_first_and_then_brings_it_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make(tmp_path).session as session:
        session.store_document(document([{"id": "a", "text": "kept"}], frozenset({team_of(session, "gp")})))
    vault = tmp_path / "v.onestory"
    known = migrations.steps()
    step = max(known) + 1
    sql = "-- a comment; with a semicolon\nCREATE TABLE later (x INTEGER) STRICT;\nINSERT INTO later VALUES (7);"
    monkeypatch.setattr(migrations, "steps", lambda: {**known, step: sql})
    with sign_in(tmp_path) as session:
        assert session._connection.execute("SELECT x FROM later").fetchall() == [(7,)]
        assert session._connection.execute("PRAGMA user_version").fetchone() == (step,)
        assert texts(session) == ["kept"]
    copy = tmp_path / f"v.onestory.before-{step:04}"
    assert copy.is_file()
    assert sign_in(tmp_path).close() is None
    monkeypatch.setattr(migrations, "steps", lambda: known)
    copy.replace(vault)
    with sign_in(tmp_path) as session:
        assert texts(session) == ["kept"]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path).session.close()
    known = migrations.steps()
    broken = "CREATE TABLE later (x INTEGER); CREATE TABLE later (x INTEGER);"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "steps", lambda: {**known, max(known) + 1: broken})
        with pytest.raises(StorageError):
            sign_in(tmp_path)
    with sign_in(tmp_path) as session:
        assert session._connection.execute("PRAGMA user_version").fetchone() == (max(known),)


def test_a_vault_without_its_own_row_is_refused(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        session._connection.execute("UPDATE vault SET id = zeroblob(16)")
    with pytest.raises(NotAVaultError):
        sign_in(tmp_path)


def test_user_names_are_readable_before_signing_in(tmp_path: Path) -> None:
    make(tmp_path).session.close()
    assert Vault.user_names(tmp_path / "v.onestory") == [GP.name]
    assert PASSPHRASE not in slots.key_path(tmp_path / "v.onestory").read_text()
