"""Two vaults of one person that differ only in what the person withholds from a nurse, Ned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

THO = "http://terminology.hl7.org/CodeSystem/"
ROLE = "https://fhir.onestory.example/CodeSystem/role"
PSY = {"security": [{"system": THO + "v3-ActCode", "code": "PSY"}]}


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


ABOUT = {"reference": "Patient/a"}


def stay(id: str, start: str, end: str, **others: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": id,
        "status": "finished",
        "class": {"system": THO + "v3-ActCode", "code": "IMP"},
        "subject": ABOUT,
        "period": {"start": start, "end": end},
        **others,
    }


def weight(id: str, value: int, day: str, **others: Any) -> dict[str, Any]:
    coding = {"system": "http://snomed.info/sct", "code": "27113001", "display": "Body weight"}
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [coding]},
        "subject": ABOUT,
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
        **others,
    }


def painkiller(id: str, dose: str, **others: Any) -> dict[str, Any]:
    coding = {"system": "http://snomed.info/sct", "code": "42109611000001109", "display": "Paracetamol 500mg tablets"}
    return {
        "resourceType": "MedicationStatement",
        "id": id,
        "status": "active",
        "medicationCodeableConcept": {"coding": [coding]},
        "subject": ABOUT,
        "effectivePeriod": {"start": "2026-02-01"},
        "dosage": [{"text": dose}],
        **others,
    }


def summary(id: str, title: str, entry: str, day: str, **others: Any) -> dict[str, Any]:
    told = f'<div xmlns="http://www.w3.org/1999/xhtml">{title}</div>'
    return {
        "resourceType": "Composition",
        "id": id,
        "status": "final",
        "type": {"text": title},
        "subject": ABOUT,
        "date": day,
        "title": title,
        "author": [{"display": "Dr Adams"}],
        "section": [
            {"title": "Problems", "text": {"status": "generated", "div": told}, "entry": [{"reference": entry}]}
        ],
        **others,
    }


def allergy(id: str, to: str, **others: Any) -> dict[str, Any]:
    return {"resourceType": "AllergyIntolerance", "id": id, "patient": ABOUT, "code": {"text": to}, **others}


def appointment(id: str, what: str, day: str, **others: Any) -> dict[str, Any]:
    times = {"start": f"{day}T10:00:00Z", "end": f"{day}T10:20:00Z"}
    who = [{"actor": ABOUT, "status": "accepted"}]
    return {"resourceType": "Appointment", "id": id, "status": "booked", "description": what, **times} | {
        "participant": who,
        **others,
    }


def shown() -> list[dict[str, Any]]:
    """What Ned sees, of kinds that something is drawn, counted or compared from."""
    return [
        weight("w1", 71, "2026-01-05"),
        weight("w2", 72, "2026-03-05"),
        painkiller("p1", "One four times a day"),
        allergy("al", "Penicillin"),
        stay("s1", "2026-05-01", "2026-05-09"),
        appointment("ap", "Blood test", "2026-12-01"),
        summary("co", "Discharge summary", "Condition/asthma", "2026-05-09"),
    ]


def withheld() -> list[dict[str, Any]]:
    """What is kept from Ned: a diagnosis and all that it leads to, and one of nearly every kind that is shown."""
    why = {"reasonReference": [{"reference": "Condition/low"}]}
    goal = {"resourceType": "Goal", "id": "g", "lifecycleStatus": "active", "description": {"text": "Depression goal"}}
    level = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Lithium level"}}
    own = {"subject": ABOUT, "meta": PSY}
    theirs = {"patient": ABOUT, "meta": PSY}
    return [
        condition("low", "a", "Depression", code="35489007", meta=PSY, encounter={"reference": "Encounter/v"}),
        {
            "resourceType": "Encounter",
            "id": "v",
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": ABOUT,
            "period": {"start": "2026-01-02", "end": "2026-01-02"},
            **why,
        },
        {
            "resourceType": "MedicationRequest",
            "id": "m",
            "status": "stopped",
            "intent": "order",
            "medicationCodeableConcept": {"text": "Sertraline 50mg tablets"},
            "subject": ABOUT,
            "authoredOn": "2026-01-02",
            **why,
        },
        {
            "resourceType": "DocumentReference",
            "id": "d",
            "status": "current",
            "type": {"text": "Letter"},
            "date": "2026-01-03T00:00:00Z",
            "content": [{"attachment": {"contentType": "text/plain", "data": "ZGVwcmVzc2lvbg=="}}],
            "context": {"related": [{"reference": "Condition/low"}]},
            **own,
        },
        weight("hw", 90, "2026-02-05", meta=PSY),
        painkiller("hp", "Two, for depression", meta=PSY),
        allergy("hal", "Sertraline", meta=PSY),
        stay("hs", "2026-06-01", "2026-06-30", meta=PSY, **why),
        appointment("hap", "Therapy for depression", "2026-11-25", meta=PSY),
        summary("hco", "Depression summary", "Condition/low", "2026-06-30", meta=PSY),
        {"resourceType": "CarePlan", "id": "cp", "status": "active", "intent": "plan", "title": "Depression plan"}
        | {"contained": [goal | {"subject": ABOUT}], "goal": [{"reference": "#g"}], **own},
        {"resourceType": "DiagnosticReport", "id": "dr", "status": "final", "code": {"text": "Lithium"}}
        | {"contained": [level], "result": [{"reference": "#o"}], "effectiveDateTime": "2026-07-04", **own},
        {
            "resourceType": "Task",
            "id": "t",
            "status": "requested",
            "intent": "order",
            "description": "Ring about therapy",
        }
        | {"for": ABOUT, "restriction": {"period": {"end": "2026-11-30"}}, "meta": PSY},
        {"resourceType": "ServiceRequest", "id": "sr", "status": "active", "intent": "order"}
        | {"code": {"text": "Therapy for depression"}, "authoredOn": "2026-07-01", **why, **own},
        {"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": "Depression flag"}, **own},
        {"resourceType": "FamilyMemberHistory", "id": "fh", "status": "completed", "relationship": {"text": "Mother"}}
        | {"condition": [{"code": {"text": "Depression"}}], **theirs},
        {"resourceType": "EpisodeOfCare", "id": "ep", "status": "active", "period": {"start": "2026-03-01"}}
        | {"managingOrganization": {"display": "Depression clinic"}, **theirs},
        {"resourceType": "CareTeam", "id": "ct", "status": "active", "name": "Depression team", **own},
        {"resourceType": "RelatedPerson", "id": "rp", "name": [{"family": "Letterman", "given": ["Sam"]}]}
        | {"relationship": [{"text": "Partner"}], **theirs},
        {"resourceType": "QuestionnaireResponse", "id": "qr", "status": "completed", "authored": "2026-07-03"}
        | {"item": [{"linkId": "1", "text": "Mood", "answer": [{"valueString": "Depression"}]}], **own},
        {"resourceType": "Coverage", "id": "cv", "status": "active", "beneficiary": ABOUT, "meta": PSY},
        {"resourceType": "Unheard", "id": "u", **own},
    ]


def made(folder: Path, *, more: bool) -> Vault:
    """A vault of a gp and a nurse. With `more` the person's record also holds what is withheld from the nurse."""
    vault = make_vault(folder, role="gp")
    vault.add_user("Ned", "nurse", "River")
    ada = patient("a", "Okafor", nhs_number(1))
    plain = [condition("asthma", "a", "Asthma", code="195967001"), condition("gout", "a", "Gout", code="90560007")]
    vault.store(write(folder, "a.json", bundle(ada, *plain, *shown())))
    sprain = condition("sprain", "a", "Sprain")
    vault.store(write(folder, "b.json", bundle(ada, sprain, *(withheld() if more else []))))
    file = write(folder, "no.json", refusal())
    assert vault.run("choices", vault.person(), "--set", file).code == 0
    return vault


@contextmanager
def twins(folder: Path) -> Iterator[tuple[Vault, Vault]]:
    """Without and with what is withheld."""
    yield made(folder / "without" / "v", more=False), made(folder / "within" / "v", more=True)
