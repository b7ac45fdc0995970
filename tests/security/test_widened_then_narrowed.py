"""What was given to more readers and then taken from them opens for them no more, whoever of the readers did it."""

from __future__ import annotations

from pathlib import Path

from insider import loot
from vault_samples import ANN, CHEAP, PASSPHRASE, document, make, sign_in, team_of, texts

from fhir.entries import EntryId
from storage.records import NewUser


def test_a_reader_who_widened_a_class_narrows_it_again(tmp_path: Path) -> None:
    created = make(tmp_path)
    with created.session as session:
        gp = frozenset({team_of(session, "gp")})
        session.store_document(document([{"id": "1", "text": "zqgiven and taken"}], gp))
        entry = session.readable(ANN)[0].entry_id
        nurse = NewUser("Nia", "nurse", "Valley")
        session.add_user(nurse, PASSPHRASE, created.recovery_key, lambda *asked: [gp] * len(asked[1]), cost=CHEAP)
    vault, given = tmp_path / "v.onestory", EntryId(entry)
    with sign_in(tmp_path) as session:
        session.reseal(ANN, {given: gp | {team_of(session, "nurse")}})
    assert loot(vault, "Nia", PASSPHRASE).count("zqgiven")
    with sign_in(tmp_path) as session:
        session.reseal(ANN, {given: gp})
        assert texts(session) == ["zqgiven and taken"]
    assert not loot(vault, "Nia", PASSPHRASE).count("zqgiven")
    with sign_in(tmp_path, "Nia") as session:
        assert texts(session) == []
