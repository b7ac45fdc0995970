"""What an earlier program sealed for more readers than the choices allow is sealed anew after the upgrade, by whoever
opens the record next with the keys for it."""

from __future__ import annotations

from pathlib import Path

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write
from test_break_glass import label
from test_closed_to_emergencies import BEFORE, CLOSED, OTHER, set_

from consent.emergency_keys import Crews
from storage import connection as file
from storage import slots

EARLIER = 13
"""The last schema whose sealing followed earlier rules."""


@pytest.fixture
def sealed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """A vault as an earlier program left it: what somebody closed to emergencies is sealed to the keys for them."""
    vault = make_vault(tmp_path / "v", role="gp")
    vault.add_user("Cy", "ambulance", "County Ambulance")
    vault.add_user("Carol", "privacy-officer", "Riverside Team", "--custodian")
    sexual = condition("d", "a", f"Syphilis {CLOSED}") | {"meta": {"security": [label("SEX")]}}
    other = condition("h", "a", f"Gender incongruence {OTHER}") | {"meta": {"security": [label("GDIS")]}}
    vault.take(write(vault.folder, "a.json", bundle(patient("a", "Okafor", nhs_number(1)), sexual, other)))
    with monkeypatch.context() as earlier:
        earlier.setattr(Crews, "readers", lambda crews, item, facts: crews.keys)
        set_(vault, BEFORE)
    keys = slots.open_user(slots.read(vault.path), "Cy", PASSPHRASE)
    connection = file.connect(vault.path, keys.vault_keys[0])
    connection.execute("DELETE FROM unsettled")
    for later in ("person_key_new", "person_token_new"):
        connection.execute(f"DROP TABLE {later}")
    connection.execute("ALTER TABLE import DROP COLUMN telling")
    connection.execute(f"PRAGMA user_version = {EARLIER}")
    connection.close()
    assert held(vault) == {CLOSED, OTHER}
    return vault


def held(vault: Vault) -> set[str]:
    """What the keys of a crew open."""
    loot = insider.loot(vault.path, "Cy", PASSPHRASE)
    return {word for word in (CLOSED, OTHER) if loot.count(word)}


def test_the_custodian_seals_it_anew_at_sign_in(sealed_before: Vault) -> None:
    with sealed_before.as_user("Carol").signed_in():
        pass
    assert held(sealed_before) == {OTHER}


def test_whoever_opens_the_record_with_the_keys_seals_it_anew(sealed_before: Vault) -> None:
    with sealed_before.signed_in():
        pass
    assert held(sealed_before) == {CLOSED, OTHER}, "the control: signing in alone is not enough"
    assert CLOSED in sealed_before.run("show", sealed_before.person(), "--json").out
    assert held(sealed_before) == {OTHER}


def test_until_then_the_program_keeps_it_closed(sealed_before: Vault) -> None:
    crew = sealed_before.as_user("Cy")
    ran = crew.run("show", crew.person(), "--purpose", "BTG", "--reason", "Found unconscious at home", "--json")
    assert (CLOSED in ran.out, OTHER in ran.out) == (False, True)
