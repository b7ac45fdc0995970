"""Two vaults of one person that differ only in what the person withholds from a nurse, Ned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

import storage.user_keeping
import storage.vault
from storage.slots import KdfCost

THO = "http://terminology.hl7.org/CodeSystem/"
ROLE = "https://fhir.onestory.example/CodeSystem/role"
PSY = {"security": [{"system": THO + "v3-ActCode", "code": "PSY"}]}
CHEAP = KdfCost(memory=64, passes=1, lanes=1)


def refusal() -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": "no",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number(1)}},
        "dateTime": "2026-10-01",
        "provision": {
            "type": "deny",
            "actor": [{"role": {"coding": [{"system": ROLE, "code": "nurse"}]}}],
            "securityLabel": [{"system": THO + "v3-ActCode", "code": "PSY"}],
        },
    }


def made(folder: Path, *, more: bool) -> Vault:
    """A vault of a gp and a nurse. With `more` the person's record holds a diagnosis, its medicine, letter and
    visit."""
    vault = make_vault(folder, role="gp")
    vault.add_user("Ned", "nurse", "River")
    ada = patient("a", "Okafor", nhs_number(1))
    plain = [condition("asthma", "a", "Asthma", code="195967001"), condition("gout", "a", "Gout", code="90560007")]
    vault.store(write(folder, "a.json", bundle(ada, *plain)))
    hidden = [
        condition("low", "a", "Depression", code="35489007", meta=PSY, encounter={"reference": "Encounter/v"}),
        {
            "resourceType": "Encounter",
            "id": "v",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": "Patient/a"},
            "period": {"start": "2026-01-02", "end": "2026-01-02"},
            "reasonReference": [{"reference": "Condition/low"}],
        },
        {
            "resourceType": "MedicationRequest",
            "id": "m",
            "status": "stopped",
            "intent": "order",
            "medicationCodeableConcept": {"text": "Sertraline 50mg tablets"},
            "subject": {"reference": "Patient/a"},
            "authoredOn": "2026-01-02",
            "reasonReference": [{"reference": "Condition/low"}],
        },
        {
            "resourceType": "DocumentReference",
            "id": "d",
            "status": "current",
            "type": {"text": "Letter"},
            "subject": {"reference": "Patient/a"},
            "date": "2026-01-03T00:00:00Z",
            "content": [{"attachment": {"contentType": "text/plain", "data": "ZGVwcmVzc2lvbg=="}}],
            "context": {"related": [{"reference": "Condition/low"}]},
            "meta": PSY,
        },
    ]
    vault.store(write(folder, "b.json", bundle(ada, condition("sprain", "a", "Sprain"), *(hidden if more else []))))
    file = write(folder, "no.json", refusal())
    assert vault.run("choices", vault.person(), "--set", file).code == 0
    return vault


@contextmanager
def twins(folder: Path) -> Iterator[tuple[Vault, Vault]]:
    """Without and with what is withheld; their passphrases cost little while this lasts."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (storage.vault, storage.user_keeping):
            patch.setattr(module, "KdfCost", lambda: CHEAP)
        yield made(folder / "without" / "v", more=False), made(folder / "within" / "v", more=True)
