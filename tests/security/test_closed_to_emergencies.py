"""What is closed to emergencies stays closed and sealed from the keys for them, whatever newer choice may mean more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write
from test_break_glass import consent, label
from twin_vaults import THO

CLOSED, OTHER = "zqclosed5521", "zqother8812"
WHY = "Found unconscious, medicines not known"
NAMES = "https://fhir.onestory.example/Id/organisation"
NHS = "https://fhir.nhs.uk/Id/nhs-number"
CLOSING = {
    "type": "deny",
    "securityLabel": [label("SEX")],
    "purpose": [{"system": THO + "v3-ActReason", "code": code} for code in ("BTG", "ETREAT")],
}
PERMIT: dict[str, Any] = {"type": "permit"}
UNKNOWN = [{"url": "https://example.org/unknown", "valueBoolean": True}]
NOT_SURE = {
    "action not known": PERMIT | {"action": [{"coding": [{"system": THO + "consentaction", "code": "peek"}]}]},
    "purpose not known": PERMIT | {"purpose": [{"system": THO + "v3-ActReason", "code": "NO-SUCH"}]},
    "nobody known": PERMIT | {"actor": [{"reference": {"reference": "Organization/gone"}}]},
    "modifier": PERMIT | {"modifierExtension": UNKNOWN},
    "time not read": PERMIT | {"period": {"start": "no date"}},
    "other records": PERMIT | {"securityLabel": [label("SOC")]},
    "refusal": {"type": "deny"},
}


def chosen(on: str, provision: dict[str, Any]) -> dict[str, Any]:
    """A Consent of a day, which makes no ordinary difference to what is in question here."""
    who = {"identifier": {"system": NHS, "value": nhs_number(1)}}
    return consent(provision) | {"id": f"c-{on}", "dateTime": on, "patient": who}


BEFORE, AFTER = chosen("2026-01-01", CLOSING), "2026-02-01"


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault with a gp, a crew and a custodian; a person with two problems that a crew sees in an emergency only."""
    folder = tmp_path_factory.mktemp("street")
    vault = make_vault(folder, role="gp")
    vault.add_user("Cy", "ambulance", "County Ambulance")
    vault.add_user("Carol", "privacy-officer", "Riverside Team", "--custodian")
    sexual = condition("d", "a", f"Syphilis {CLOSED}") | {"meta": {"security": [label("SEX")]}}
    other = condition("h", "a", f"Gender incongruence {OTHER}") | {"meta": {"security": [label("GDIS")]}}
    vault.take(write(folder, "a.json", bundle(patient("a", "Okafor", nhs_number(1)), sexual, other)))
    return vault


def set_(vault: Vault, *consents: dict[str, Any]) -> None:
    ran = vault.as_user("Carol").run(
        "choices", vault.person(), "--set", write(vault.folder, "set.json", list(consents))
    )
    assert ran.code == 0, ran.err


def opened(vault: Vault) -> set[str]:
    """What the crew is shown in an emergency; and what its keys open, which must be the same."""
    crew = vault.as_user("Cy")
    ran = crew.run("show", crew.person(), "--purpose", "BTG", "--reason", WHY, "--json")
    assert ran.code == 0, ran.err
    loot = insider.loot(vault.path, "Cy", PASSPHRASE)
    held = {word for word in (CLOSED, OTHER) if loot.count(word)}
    assert held == {word for word in (CLOSED, OTHER) if word in ran.out}
    return held


@pytest.mark.parametrize("provision", NOT_SURE.values(), ids=NOT_SURE)
def test_what_does_not_surely_permit_the_record_opens_nothing_that_was_closed(
    street: Vault, provision: dict[str, Any]
) -> None:
    set_(street, BEFORE, chosen(AFTER, provision))
    assert CLOSED not in opened(street)


def test_what_surely_permits_it_opens_it_again(street: Vault) -> None:
    set_(street, chosen(AFTER, PERMIT))
    assert opened(street) == {CLOSED, OTHER}
    set_(street, BEFORE)
    assert opened(street) == {OTHER}
    set_(street, BEFORE, chosen(AFTER, PERMIT))
    assert opened(street) == {CLOSED, OTHER}


def test_a_newer_choice_that_is_imported_ends_no_imported_refusal(tmp_path: Path, monkeypatch: Any) -> None:
    """Neither of emergencies nor of ordinary care: whoever imports must not be able to."""
    vault = make_vault(tmp_path / "v", role="gp")
    vault.add_user("Cy", "ambulance", "County Ambulance")
    vault.add_user("Ned", "nurse", "Lake")
    vault.add_user("Mo", "therapist", "River")
    ada = patient("a", "Okafor", nhs_number(1))
    sexual = condition("d", "a", f"Syphilis {CLOSED}") | {"meta": {"security": [label("SEX")]}}
    asthma = condition("h", "a", f"Asthma {OTHER}", code="195967001")
    vault.store(write(vault.folder, "a.json", bundle(ada, sexual, asthma)))
    river = {"type": "deny", "actor": [{"reference": {"identifier": {"system": NAMES, "value": "River"}}}]}
    vault.store(write(vault.folder, "b.json", bundle(ada, BEFORE, chosen("2026-01-02", river))))
    assert OTHER not in vault.as_user("Mo").run("show", vault.person(), "--json").out
    assert opened(vault) == {OTHER}
    newer = [chosen("2026-03-01", PERMIT), chosen("2026-03-02", PERMIT | {"actor": river["actor"]})]
    vault.as_user("Ned").store(write(vault.folder, "c.json", bundle(ada, *newer)))
    with vault.signed_in():
        pass
    assert OTHER not in vault.as_user("Mo").run("show", vault.person(), "--json").out
    assert not insider.loot(vault.path, "Mo", PASSPHRASE).count(OTHER)
    assert opened(vault) == {OTHER}
