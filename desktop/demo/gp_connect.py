"""A GP file rewritten as a GP Connect structured record: FHIR STU3 with CareConnect profiles and its lists.

Takes the R4 bundle that `build.RecordFile` makes of a GP chapter. Only the kinds a structured record carries are known:
patients, staff, problems, allergies, medicines, observations, vaccinations, consultations, referrals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.demo.build import SNOMED, Resource, coded, without_empty

PROFILES = "https://fhir.nhs.uk/STU3/StructureDefinition"
CARE_CONNECT = "https://fhir.hl7.org.uk/STU3/StructureDefinition"
LISTS = {
    "AllergyIntolerance": ("886921000000105", "Allergies and adverse reactions"),
    "MedicationStatement": ("933361000000108", "Medications and medical devices"),
    "Condition": ("717711000000103", "Problems"),
    "Immunization": ("1102181000000102", "Immunisations"),
    "Observation": ("826501000000100", "Miscellaneous record"),
    "ReferralRequest": ("792931000000107", "Outbound referral"),
    "Encounter": ("1149501000000101", "List of consultations"),
}


def as_gp_connect(bundle: Resource, warning: str = "", warning_text: str = "") -> Resource:
    """The STU3 bundle; `warning` ("data-in-transit", "confidential-items") and its text go on every list."""
    record = _Record(bundle)
    for entry in bundle["entry"]:
        record.take(entry["resource"])
    lists = [record.section(kind, warning, warning_text) for kind in LISTS]
    return {
        "resourceType": "Bundle",
        "id": bundle["id"],
        "meta": {"profile": [f"{PROFILES}/GPConnect-StructuredRecord-Bundle-1"]},
        "type": "collection",
        "entry": [{"resource": one} for one in [*record.resources, *lists]],
    }


class _Record:
    """The resources of one structured record, in order, and which of them its lists name."""

    def __init__(self, bundle: Resource) -> None:
        self.date = bundle["timestamp"]
        self.identity = bundle["id"]
        self.tags = bundle["meta"]["tag"]
        self.subject: dict[str, str] = {}
        self.resources: list[Resource] = []
        self.listed: dict[str, list[str]] = {kind: [] for kind in LISTS}

    def take(self, resource: Resource) -> None:
        """Rewrite one R4 resource into the record."""
        _CONVERTERS[resource["resourceType"]](self, resource)

    def add(self, resource: Resource, *, listed: bool = True) -> None:
        """Put a finished STU3 resource in the record, and in its list."""
        kind = resource["resourceType"]
        old = resource.get("meta", {})
        meta: Resource = {"profile": [f"{PROFILES}/CareConnect-GPC-{kind}-1"]}
        if old.get("security"):
            meta["security"] = [{**one, "system": _old_system(one["system"])} for one in old["security"]]
        self.resources.append(
            {"resourceType": kind, "id": resource["id"], "meta": {**meta, "tag": self.tags}}
            | {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
        )
        if listed and kind in self.listed:
            self.listed[kind].append(f"{kind}/{resource['id']}")

    def section(self, kind: str, warning: str, text: str) -> Resource:
        """The list of one kind, with its warning; an empty one says that nothing is recorded."""
        code, title = LISTS[kind]
        setting = coded(SNOMED, "1060971000000108", "General practice service")
        setting.pop("text")
        extensions = [
            {"url": f"{PROFILES}/Extension-CareConnect-GPC-ClinicalSetting-1", "valueCodeableConcept": setting}
        ]
        if warning:
            extensions.append({"url": f"{PROFILES}/Extension-CareConnect-GPC-ListWarningCode-1", "valueCode": warning})
        entries = self.listed[kind]
        empty = coded(
            "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-ListEmptyReasonCode-1",
            "no-content-recorded",
            "No Content Recorded",
        )
        notes = " ".join(part for part in (text, "" if entries else "Information not available") if part)
        return self._list(
            f"{self.identity}-{code}", "Uncategorised data" if kind == "Observation" else title, code, title, entries
        ) | (
            without_empty(
                {
                    "extension": extensions,
                    "note": [{"text": notes}] if notes else [],
                    "emptyReason": {} if entries else empty,
                }
            )
        )

    def _list(
        self, identity: str, title: str, code: str, display: str, entries: list[str], encounter: str = ""
    ) -> Resource:
        return without_empty(
            {
                "resourceType": "List",
                "id": identity,
                "meta": {"profile": [f"{PROFILES}/CareConnect-GPC-List-1"], "tag": self.tags},
                "status": "current",
                "mode": "snapshot",
                "title": title,
                "code": {"coding": [{"system": SNOMED, "code": code, "display": display}]},
                "subject": {"reference": self.subject["reference"]} if self.subject else {},
                "encounter": {"reference": encounter} if encounter else {},
                "date": self.date,
                "orderedBy": {
                    "coding": [
                        {
                            "system": "http://hl7.org/fhir/list-order",
                            "code": "event-date",
                            "display": "Sorted by Event Date",
                        }
                    ]
                },
                "entry": [{"item": {"reference": entry}} for entry in entries],
            }
        )

    def patient(self, old: Resource) -> None:
        self.subject = {"reference": f"Patient/{old['id']}"}
        identifiers = [dict(one) for one in old.get("identifier", [])]
        for one in identifiers:
            for verification in one.get("extension", []):
                code = verification["valueCodeableConcept"]["coding"][0]
                system = "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1"
                one["extension"] = [
                    {
                        "url": f"{PROFILES}/Extension-CareConnect-GPC-NHSNumberVerificationStatus-1",
                        "valueCodeableConcept": coded(system, code["code"], code["display"]),
                    }
                ]
        practice = old.get("generalPractitioner", [])
        self.add(
            without_empty(
                {
                    **old,
                    "extension": [],
                    "identifier": identifiers,
                    "managingOrganization": practice[0] if practice else {},
                }
            )
        )

    def unchanged(self, old: Resource) -> None:
        self.add(old)

    def condition(self, old: Resource) -> None:
        ended = old["clinicalStatus"]["coding"][0]["code"] == "resolved"
        significance = {
            "url": f"{CARE_CONNECT}/Extension-CareConnect-ProblemSignificance-1",
            "valueCode": "minor" if ended else "major",
        }
        category = {
            "coding": [
                {
                    "system": f"{CARE_CONNECT}/CareConnect-ConditionCategory-1",
                    "code": "problem-list-item",
                    "display": "Problem List Item",
                }
            ]
        }
        self.add(
            _renamed(old, {"recordedDate": "assertedDate", "encounter": "context"})
            | {
                "extension": [significance],
                "clinicalStatus": "resolved" if ended else "active",
                "verificationStatus": old["verificationStatus"]["coding"][0]["code"],
                "category": [category],
            }
        )
        self.resources[-1]["meta"]["profile"] = [f"{PROFILES}/CareConnect-GPC-ProblemHeader-Condition-1"]

    def allergy(self, old: Resource) -> None:
        statuses = {name: old[name]["coding"][0]["code"] for name in ("clinicalStatus", "verificationStatus")}
        self.add(_renamed(old, {"recordedDate": "assertedDate"}) | statuses)

    def medicine(self, old: Resource) -> None:
        identity = old["id"]
        self.add({"resourceType": "Medication", "id": f"{identity}-M", "code": old["medicationCodeableConcept"]})
        words = old["courseOfTherapyType"]["text"]
        course = coded(
            "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-PrescriptionType-1", words.lower().replace(" ", "-"), words
        )
        extensions: list[Resource] = [
            {"url": f"{PROFILES}/Extension-CareConnect-GPC-PrescriptionType-1", "valueCodeableConcept": course}
        ]
        if "statusReason" in old:
            reason = [{"url": "statusReason", "valueCodeableConcept": old["statusReason"]}]
            extensions.append(
                {"url": f"{PROFILES}/Extension-CareConnect-GPC-MedicationStatusReason-1", "extension": reason}
            )
        shared = {
            "medicationReference": {
                "reference": f"Medication/{identity}-M",
                "display": old["medicationCodeableConcept"]["text"],
            }
        }
        requester = (
            {"requester": {"agent": old["requester"]}, "recorder": old["requester"]} if "requester" in old else {}
        )
        dropped = ("medicationCodeableConcept", "category", "courseOfTherapyType", "statusReason", "requester")
        request = {
            name: value for name, value in _renamed(old, {"encounter": "context"}).items() if name not in dropped
        }
        self.add({**request, **shared, **requester, "extension": extensions, "intent": "plan"})
        agency = coded(
            "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-PrescribingAgency-1",
            "prescribed-at-gp-practice",
            "Prescribed at GP practice",
        )
        self.add(
            without_empty(
                {
                    "resourceType": "MedicationStatement",
                    "id": f"{identity}-MS",
                    "meta": old["meta"],
                    "extension": [
                        {
                            "url": f"{PROFILES}/Extension-CareConnect-GPC-PrescribingAgency-1",
                            "valueCodeableConcept": agency,
                        }
                    ],
                    "basedOn": [{"reference": f"MedicationRequest/{identity}"}],
                    "status": old["status"],
                    **shared,
                    "effectivePeriod": old["dispenseRequest"]["validityPeriod"],
                    "dateAsserted": old["authoredOn"],
                    "subject": old["subject"],
                    "taken": "unk",
                    "reasonReference": old.get("reasonReference", []),
                    "dosage": old["dosageInstruction"],
                }
            )
        )

    def observation(self, old: Resource) -> None:
        new = _renamed(old, {"encounter": "context", "note": "comment"})
        if "comment" in new:
            new["comment"] = " ".join(note["text"] for note in new["comment"])
        if "interpretation" in new:
            reading = new["interpretation"][0]
            code = {**reading["coding"][0], "system": "http://hl7.org/fhir/v2/0078"}
            new["interpretation"] = {"coding": [code], "text": reading["text"]}
        new["category"] = [
            {"coding": [{**one["coding"][0], "system": "http://hl7.org/fhir/observation-category"}]}
            for one in old["category"]
        ]
        self.add(new)

    def vaccination(self, old: Resource) -> None:
        procedure = {
            "url": f"{CARE_CONNECT}/Extension-CareConnect-VaccinationProcedure-1",
            "valueCodeableConcept": old["extension"][0]["valueCodeableConcept"],
        }
        new = _renamed(old, {"occurrenceDateTime": "date", "performer": "practitioner"})
        declined = new.pop("statusReason", None)
        if declined:
            new["explanation"] = {"reasonNotGiven": [declined]}
        self.add(new | {"extension": [procedure], "status": "completed", "notGiven": bool(declined)})

    def encounter(self, old: Resource) -> None:
        new = _renamed(old, {"reasonCode": "reason"})
        for name in ("class", "serviceType", "diagnosis"):
            new.pop(name, None)
        performer = {
            "coding": [
                {"system": "http://hl7.org/fhir/v3/ParticipationType", "code": "PPRF", "display": "primary performer"}
            ]
        }
        new["participant"] = [{"type": [performer], **one} for one in old["participant"]]
        new.pop("extension", None)
        self.add(new)
        if "extension" in old:
            heading = old["reasonCode"][0]["text"] if "reasonCode" in old else old["type"][0]["text"]
            self.notes(old, f"Encounter/{old['id']}", heading)

    def notes(self, old: Resource, encounter: str, heading: str) -> None:
        """A consultation's notes: its list, its topic, a category for each heading, comment notes."""
        categories = []
        for number, noted in enumerate(old["extension"]):
            title, _, words = noted["valueAnnotation"]["text"].partition(": ")
            note = f"{old['id']}-N{number}"
            self.add(
                {
                    "resourceType": "Observation",
                    "id": note,
                    "status": "final",
                    "code": coded(SNOMED, "37331000000100", "Comment note"),
                    "subject": old["subject"],
                    "context": {"reference": encounter},
                    "effectiveDateTime": old["period"]["start"],
                    "performer": [old["participant"][0]["individual"]],
                    "comment": words,
                },
                listed=False,
            )
            category, entries = f"{old['id']}-H{number}", [f"Observation/{note}"]
            self.resources.append(self._list(category, title, "24781000000107", "Category (EHR)", entries, encounter))
            categories.append(f"List/{category}")
        topic = f"{old['id']}-T"
        self.resources.append(self._list(topic, heading, "25851000000105", "Topic (EHR)", categories, encounter))
        title, entries = old["type"][0]["text"], [f"List/{topic}"]
        self.resources.append(
            self._list(f"{old['id']}-C", title, "325851000000107", "Consultation", entries, encounter)
        )

    def referral(self, old: Resource) -> None:
        new = _renamed(old, {"performer": "recipient"}) | {
            "resourceType": "ReferralRequest",
            "description": old["code"]["text"],
        }
        new["requester"] = {"agent": old["requester"]}
        for name in ("code", "category"):
            new.pop(name, None)
        self.add(new)


def _renamed(old: Resource, names: dict[str, str]) -> Resource:
    return {names.get(name, name): value for name, value in old.items()}


def _old_system(system: str) -> str:
    return f"http://hl7.org/fhir/v3/{system.rpartition('/v3-')[2]}"


_CONVERTERS: dict[str, Callable[[_Record, Any], None]] = {
    "Patient": _Record.patient,
    "Organization": _Record.unchanged,
    "Practitioner": _Record.unchanged,
    "PractitionerRole": _Record.unchanged,
    "Condition": _Record.condition,
    "AllergyIntolerance": _Record.allergy,
    "MedicationRequest": _Record.medicine,
    "Observation": _Record.observation,
    "Immunization": _Record.vaccination,
    "Encounter": _Record.encounter,
    "ServiceRequest": _Record.referral,
}
