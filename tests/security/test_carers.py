"""An unpaid carer: adds to another's record without seeing all of it, stops when they want, and widens nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, entries, make_vault, nhs_number, patient, write

from consent.categories import categories
from consent.proxies import table
from fhir.entries import PersonId

PLAIN, SEXUAL, ADDED = "zqplain3300", "zqsexual3311", "zqadded3322"


@pytest.fixture
def home(tmp_path: Path) -> Vault:
    """Peggy, her daughter Ruth as carer (everyday health and social care), a neighbour whom she let in as well, and
    a GP."""
    vault = make_vault(tmp_path / "home", role="gp")
    records = [
        condition("p", "a", f"Leg ulcer {PLAIN}", code="195967001"),
        condition("h", "a", f"HIV infection {SEXUAL}", code="86406008"),
    ]
    peggy = patient("a", "Ellison", nhs_number(41)) | {"birthDate": "1938-03-04"}
    vault.take(write(vault.folder, "a.json", bundle(peggy, *records)))
    person = vault.person("Ellison")
    vault.add_user("Peggy", "person", "", "--person", person)
    for name in ("Ruth", "Nell"):
        scope = ("--scope", "general", "--scope", "social-care", "--scope", "about-me")
        mandate = ("--basis", "permission", "--evidence", "She said so", *scope)
        vault.add_user(name, "carer", "", "--person", person, *mandate)
    return vault


def note(words: str) -> dict[str, Any]:
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"text": "Note"}],
        "sent": "2026-11-20T10:00:00Z",
        "payload": [{"contentString": words}],
    }


def opened(vault: Vault, user: str, word: str) -> bool:
    return bool(insider.loot(vault.path, user, PASSPHRASE).count(word))


def test_a_carer_adds_without_seeing_all_of_it_and_says_who_they_are(home: Vault) -> None:
    person = home.person()
    ruth = home.as_user("Ruth")
    assert SEXUAL not in ruth.told(person)
    file = write(home.folder, "n.json", note(f"She did not sleep {ADDED}"))
    assert ruth.json("add", person, file)["entries"]
    assert ADDED in ruth.told(person)
    (seen,) = [one for one in entries(home.json("show", person)) if ADDED in str(one)]
    assert (seen["source"]["name"], seen["source"]["kind"]) == ("Ruth, carer", "person")
    assert "person:" not in str(seen)
    assert ADDED in home.as_user("Peggy").told(person)


def test_what_a_carer_adds_is_sealed_to_no_other_carer_until_somebody_with_more_keys_comes(home: Vault) -> None:
    person = home.person()
    assert home.as_user("Ruth").run("add", person, write(home.folder, "n.json", note(ADDED))).code == 0
    assert opened(home, "Ruth", ADDED)
    assert opened(home, "Peggy", ADDED)
    assert opened(home, "Asha", ADDED)
    assert not opened(home, "Nell", ADDED)
    assert home.run("show", person).code == 0
    assert opened(home, "Nell", ADDED)


def test_a_carer_stops_and_the_keys_go_when_somebody_else_opens_the_record(home: Vault) -> None:
    person = home.person()
    (mine,) = [row["id"] for row in home.json("acting", "list", person)["rights"] if row["user"] == "Ruth"]
    (other,) = [row["id"] for row in home.json("acting", "list", person)["rights"] if row["user"] == "Nell"]
    ruth = home.as_user("Ruth")
    assert ruth.run("acting", "end", person, other).code == 2
    assert ruth.run("acting", "end", person, mine).code == 0
    assert PLAIN not in ruth.told(person)
    assert ruth.run("add", person, write(home.folder, "n.json", note(ADDED))).code == 1
    assert home.run("show", person).code == 0
    assert not opened(home, "Ruth", PLAIN)
    assert opened(home, "Nell", PLAIN)


def test_see_as_a_carer_is_what_the_carer_gets(home: Vault) -> None:
    person = PersonId(home.person())
    with home.as_user("Ruth").signed_in() as ruth:
        really = {one.entry.entry_id for part in ruth.open_person(person).sections.values() for one in part.entries}
        place = ruth.user.organisation
    with home.as_user("Peggy").signed_in() as peggy:
        record = peggy.see_as(person, "carer", place, "Ruth")
        assert {one.entry.entry_id for part in record.sections.values() for one in part.entries} == really
        everything = {
            one.entry.entry_id for part in peggy.open_person(person).sections.values() for one in part.entries
        }
    assert really < everything


def test_of_a_carer_nobody_is_told_that_they_choose_whatever_their_right_opens(home: Vault) -> None:
    """Ruth's right here would carry choices, and a proxy's like it does; a carer decides nothing for another."""
    person = home.person()
    every = [part for key in categories() if key not in table().never for part in ("--scope", key)]
    for name, role in (("Cara", "carer"), ("Pru", "proxy")):
        home.add_user(name, role, "", "--person", person, "--basis", "permission", "--evidence", "She said so", *every)
    with home.as_user("Peggy").signed_in() as workspace:
        rights = {one.mandate.user: one.chooses for one in workspace.acting_for(PersonId(person))}
    assert rights == {"Ruth": False, "Nell": False, "Cara": False, "Pru": True}
