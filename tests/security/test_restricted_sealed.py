"""What raw SQL tells of a restricted person: enough to find them by, and nothing of where they are or who they were."""

from __future__ import annotations

from pathlib import Path

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write

from storage import slots
from storage.keypairs import PrivateKey

FORMER = "Zqformerly"
SYSTEM = "https://zqthistlewick-surgery.example/patient"
LOCAL = "4711998811"
PLACE = "Zqquillfeather Row"
PHONE = "01632 960421"
RESTRICTED = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
SECRETS = (FORMER, FORMER.casefold(), SYSTEM, LOCAL, PLACE, PHONE)


def someone(number: str, **more: object) -> dict[str, object]:
    person = patient("1", "Quill", number, **more)
    person["name"] = [*person["name"], {"use": "old", "family": FORMER, "given": ["Ada"]}]  # type: ignore[misc]
    person["identifier"] = [*person["identifier"], {"system": SYSTEM, "value": LOCAL}]  # type: ignore[misc]
    person["address"] = [{"line": [PLACE]}]
    person["telecom"] = [{"system": "phone", "value": PHONE}]
    return person


def stores(folder: Path, *documents: dict[str, object]) -> Vault:
    vault = make_vault(folder, role="gp")
    vault.add_user("Cleo", "home-care", "Bright Care")
    inside = {"resourceType": "Location", "id": "l", "name": PLACE}
    for name, person in enumerate(documents):
        vault.take(
            write(folder, f"{name}.json", bundle(person, condition(f"c{name}", "1", "Gout", contained=[inside])))
        )
    return vault


def bare(vault: Vault) -> insider.Loot:
    """What stands in the columns for whoever has the vault key and nothing else."""
    header = slots.read(vault.path)
    keys = slots.open_user(header, "Asha", PASSPHRASE)
    nobody = slots.Keys(keys.vault_keys, "nobody", PrivateKey.generate().raw, keys.custodian_public)
    return insider.with_keys(vault.path, header.vault, nobody)


def test_the_control_hits(tmp_path: Path) -> None:
    vault = stores(tmp_path, someone(nhs_number(1)))
    assert all(bare(vault).count(word) for word in (FORMER, SYSTEM, LOCAL))
    assert insider.loot(vault.path, "Asha", PASSPHRASE).count('"contained"')
    assert not bare(vault).count(PLACE) + bare(vault).count(PHONE)  # sealed for everyone


@pytest.mark.parametrize("later", [False, True])
def test_nothing_tells_where_a_restricted_person_is_or_who_they_were(tmp_path: Path, later: bool) -> None:
    number = nhs_number(1)
    restricted = someone(number, meta=RESTRICTED)
    documents = [someone(number), restricted] if later else [restricted]
    vault = stores(tmp_path, *documents)
    found = bare(vault)
    assert {word: found.count(word) for word in SECRETS} == dict.fromkeys(SECRETS, 0)
    for query in (number, "quill"):
        assert [row["name"] for row in vault.json("people", query)] == ["Ada QUILL"] * len(documents)
    for user in ("Asha", "Cleo"):  # the bytes of the sources are nobody's, now also where they were before
        loot = insider.loot(vault.path, user, PASSPHRASE)
        assert not loot.count('"contained"') + loot.count('"resourceType"')
    key = (vault.folder / "recovery").read_text().strip()
    custodian = slots.open_recovery(slots.read(vault.path), key)
    assert insider.with_keys(vault.path, slots.read(vault.path).vault, custodian).count('"contained"') == len(documents)
    person = vault.json("people", number)[0]["personId"]
    assert "Gout" in vault.run("show", person).out
    assert vault.run("log", "verify").code == 0
