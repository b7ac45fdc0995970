"""Whoever has a login and raw SQL takes rows out of each table in turn: the privacy office's `log verify` says so, but
for the tables named here, whose rows decide nothing that is not decided elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, entries, make_vault, nhs_number, patient, write
from twin_vaults import THO

from desktop.commands.asking import instant
from desktop.errors import WorkspaceError
from desktop.workspace import Workspace
from storage import connection as file
from storage import slots
from storage.state_tree import StateTree

UNNOTICED = {
    "dictionary": "how rows are compressed: without it they are not read at all",
    "draft": "words that nobody has sent yet; they go for their writer, and are read by nobody",
    "entry_also": "that a further import brought the same entry",
    "feed": "what each kind of service has ever sent: less is said to be 'none recorded'",
    "lane": "which kinds of service have sent anything: more is said to be 'not connected'",
    "membership": "a team's key for its member, who then opens less, and nobody opens more",
    "person_key": "how people are found and matched; numbers are learned again from their records",
    "person_key_new": "the newest of these",
    "person_token": "how people are found by name",
    "person_token_new": "the newest of these",
    "possible_match": "that two people may be one, while nobody has decided it; what was decided is signed for",
    "source_block": "original bytes: their reader is told that they are damaged, and the record stands",
}
"""Tables whose rows can be taken out without `log verify` saying so, and what becomes of it."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault in which most of what can be kept is kept."""
    folder = tmp_path_factory.mktemp("kept")
    vault = make_vault(folder, role="gp")
    vault.add_user("Cy", "ambulance", "County Ambulance")
    vault.add_user("Pat", "privacy-officer", "Riverside Team")
    vault.add_user("Carol", "custodian", "Riverside Team", "--custodian")
    for name, where in (("a.json", "a"), ("again.json", "a"), ("b.json", "b")):
        about = patient(where, "Okafor", nhs_number(3 if where == "a" else 4))
        vault.store(write(folder, name, bundle(about, condition("p", where, "Asthma", code="195967001"))))
    person = vault.json("people", nhs_number(3))[0]["personId"]
    vault.add_user("Ada", "person", "", "--person", person)
    vault.as_user("Ada").json("choices", person, "--set", write(folder, "c.json", refusal(person)))
    (fact, *_) = entries(vault.json("show", person, "--section", "problems"))
    with vault.as_user("Cy").signed_in() as crew:
        crew.break_glass(person, "Found unconscious")
    with vault.as_user("Carol").signed_in() as office:
        office.correct_label(person, fact["entryId"], ("money",), "Checked")
    with vault.as_user("Ada").signed_in() as own:
        own.keep_draft(person, b"half a sentence")
    return vault


def refusal(person: str) -> dict[str, Any]:
    """A refusal for a time: when it is over, entries are to be sealed anew."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": f"Patient/{person}"},
        "provision": {
            "type": "deny",
            "period": {"end": "2027-06-01"},
            "purpose": [{"system": THO + "v3-ActReason", "code": "HRESCH"}],
        },
    }


def test_no_table_loses_its_rows_unnoticed_but_those_named(kept: Vault, tmp_path: Path) -> None:
    keys = slots.open_user(slots.read(kept.path), "Asha", PASSPHRASE)
    assert noticed(kept, tmp_path / "whole", "") == ""
    with_rows, silent = set(), set()
    for table in tables(kept, keys):
        said = noticed(kept, tmp_path / table, f'DELETE FROM "{table}"', keys)
        if said != "no rows":
            with_rows.add(table)
        if not said:
            silent.add(table)
    assert silent == with_rows & set(UNNOTICED)
    assert with_rows >= {
        "audit_details",
        "audit_told",
        "choice",
        "statement",
        "label_correction",
        "grants",
        "entry",
        "unsettled",
    }


def test_whoever_waits_to_be_sealed_anew_is_not_made_to_wait_longer(kept: Vault, tmp_path: Path) -> None:
    """Until it is done, keys open what was refused."""
    keys = slots.open_user(slots.read(kept.path), "Asha", PASSPHRASE)
    said = noticed(kept, tmp_path / "later", "UPDATE unsettled SET due = '9999-01-01T00:00:00Z'", keys)
    assert "changed outside the program" in said or "are not those that were last signed for" in said


def test_a_record_that_an_earlier_program_signed_without_looking_there_still_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = StateTree._digest
    with monkeypatch.context() as before:
        before.setattr(StateTree, "_digest", lambda *about, **asked: now(*about, **asked | {"waiting": False}))
        vault = make_vault(tmp_path, role="gp")
        vault.add_user("Carol", "custodian", "Riverside Team", "--custodian")
        about = patient("a", "Okafor", nhs_number(3))
        vault.store(write(tmp_path, "a.json", bundle(about, condition("p", "a", "Asthma", code="195967001"))))
        person = vault.json("people", nhs_number(3))[0]["personId"]
        vault.as_user("Carol").json("choices", person, "--set", write(tmp_path, "c.json", refusal(person)))
    keys = slots.open_user(slots.read(vault.path), "Asha", PASSPHRASE)
    connection = file.connect(vault.path, keys.vault_keys[0])
    assert connection.execute("SELECT count(*) FROM unsettled").fetchone()[0]
    connection.close()
    assert [one["title"] for one in entries(vault.json("show", person, "--section", "problems"))] == ["Asthma"]


def test_nobody_is_taken_out_unnoticed(kept: Vault, tmp_path: Path) -> None:
    """Neither somebody whom no act names, nor what one import brought."""
    keys = slots.open_user(slots.read(kept.path), "Asha", PASSPHRASE)
    last = "(SELECT max(no) FROM person)"
    for n, statement in enumerate(
        (
            f"DELETE FROM person WHERE no = {last}",
            "DELETE FROM import WHERE no = (SELECT max(no) FROM import)",
            "UPDATE import SET no = no + 100",
        )
    ):
        assert "are not those that were last signed for" in noticed(kept, tmp_path / str(n), statement, keys), statement


def test_the_newest_or_an_older_row_that_others_lead_to_is_not_taken_out_unnoticed(kept: Vault, tmp_path: Path) -> None:
    """A user or team, a secret without which grants do not open, who signed a line of the log."""
    keys = slots.open_user(slots.read(kept.path), "Asha", PASSPHRASE)
    rows = {"principal": "no FROM principal", "secret": "no FROM secret", "audit_signer": "signer AS no FROM audit"}
    for table, numbers in rows.items():
        for which in ("max", "min"):
            statement = f"DELETE FROM {table} WHERE no = (SELECT {which}(no) FROM (SELECT {numbers}))"
            assert noticed(kept, tmp_path / f"{table} {which}", statement, keys), (table, which)


def tables(vault: Vault, keys: slots.Keys) -> list[str]:
    connection = file.connect(vault.path, keys.vault_keys[0])
    found = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    connection.close()
    return found


def noticed(vault: Vault, folder: Path, statement: str, keys: slots.Keys | None = None) -> str:
    """What the privacy office is told of a copy of the vault in which this was done; empty for nothing."""
    shutil.copytree(vault.folder, folder)
    copy = folder / vault.path.name
    if keys is not None:
        connection = file.connect(copy, keys.vault_keys[0])
        connection.execute("PRAGMA foreign_keys = OFF")
        gone = connection.execute(statement).rowcount
        connection.close()
        if not gone:
            return "no rows"
    try:
        with Workspace.sign_in(copy, "Pat", PASSPHRASE, now=instant("2026-11-21T10:00:00Z"), anchors=folder) as office:
            return office.verify_log().problem
    except WorkspaceError as error:
        return str(error)
