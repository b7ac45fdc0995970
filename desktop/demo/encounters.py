"""Meetings between a person and services, and what follows from them: consultations, stays, letters, appointments."""

from __future__ import annotations

import re
from typing import Any

from desktop.demo.build import (
    SNOMED,
    TERMINOLOGY,
    UK_CORE,
    UK_CORE_CODES,
    RecordFile,
    Row,
    coded,
    coding,
    concept,
    data,
    extension,
    lists,
    without_empty,
)
from desktop.demo.pdf import letter_pdf

ACT = f"{TERMINOLOGY}/v3-ActCode"
NOTE = "http://hl7.org/fhir/StructureDefinition/note"
_NOT_IN_IDS = re.compile("[^a-z0-9]+")
CLASSES = {
    "clinic": ("AMB", "ambulatory"), "phone": ("VR", "virtual"), "video": ("VR", "virtual"),
    "home": ("HH", "home health"), "emergency": ("EMER", "emergency"), "stay": ("IMP", "inpatient encounter"),
}  # fmt: skip


def consultation(file: RecordFile, row: Row) -> None:
    """A meeting with a worker: when, minutes, by, place ("clinic", "phone", "home"), reason, and `notes` by heading."""
    minutes = row.get("minutes", 12)
    place = row.get("place", "clinic")
    kind = row.get("kind", {"phone": "Telephone consultation", "home": "Home visit"}.get(place, "Consultation"))
    elements = {
        "extension": _notes(file, row),
        "status": row.get("status", "finished"),
        "class": coding(ACT, *CLASSES[place]),
        "type": [{"text": kind}],
        "serviceType": {"text": row["service"]} if row.get("service") else {},
        "subject": file.subject,
        "episodeOfCare": [file.reference("EpisodeOfCare", row["episode"])] if row.get("episode") else [],
        "participant": [{"individual": file.who(row["by"])}],
        "period": file.period(row["when"], file.calendar.plus(row["when"], minutes)),
        "reasonCode": [{"text": row["reason"]}] if row.get("reason") else [],
        "diagnosis": [{"condition": file.reference("Condition", row["diagnosis"])}] if row.get("diagnosis") else [],
        "serviceProvider": file.organisation(row.get("organisation", "")),
    }
    file.add("Encounter", row, without_empty(elements))


def _notes(file: RecordFile, row: Row) -> list[dict[str, Any]]:
    """The notes, one for each heading: R4 has no Encounter.note, so the standard note extension holds them."""
    return [
        extension(NOTE, valueAnnotation={"time": file.at(row["when"]), "text": f"{heading}: {file.words(text)}"})
        for heading, text in row.get("notes", {}).items()
    ]


def stay(file: RecordFile, row: Row) -> None:
    """A stay in hospital (or hospice, or ward): from, until, ward, reason, came from, went to, legal status."""
    extensions = []
    if row.get("legal"):
        status = coded(
            f"{UK_CORE_CODES}/UKCore-LegalStatusClassificationEngland",
            row["legal"],
            lists()["legal-status"][row["legal"]],
        )
        extensions.append(extension(f"{UK_CORE}/Extension-UKCore-LegalStatus", valueCodeableConcept=status))
    method = row.get("method", "21")
    admitted = extension(
        f"{UK_CORE}/Extension-UKCore-AdmissionMethod",
        valueCodeableConcept=coded(
            f"{UK_CORE_CODES}/UKCore-AdmissionMethodEngland", method, lists()["admission-method"][method]
        ),
    )
    diagnoses = [
        {"condition": file.reference("Condition", key), "rank": rank}
        for rank, key in enumerate(row.get("diagnoses", []), start=1)
    ]
    file.add(
        "Encounter",
        row,
        without_empty(
            {
                "extension": extensions,
                "status": "finished" if row.get("until") else "in-progress",
                "class": coding(ACT, *CLASSES["stay"]),
                "type": [
                    {"text": row.get("kind") or ", ".join(row[name] for name in ("service", "ward") if name in row)}
                ],
                "serviceType": {"text": row["service"]} if row.get("service") else {},
                "subject": file.subject,
                "participant": [{"individual": file.who(row["by"])}],
                "period": file.period(row["from"], row.get("until", "")),
                "reasonCode": [{"text": row["reason"]}],
                "diagnosis": diagnoses,
                "hospitalization": without_empty(
                    {
                        "extension": [admitted],
                        "admitSource": {"text": row.get("came_from", "Usual place of residence")},
                        "dischargeDisposition": {"text": row["went_to"]} if row.get("went_to") else {},
                    }
                ),
                "location": [{"location": _ward(file, row["ward"])}] if row.get("ward") else [],
                "serviceProvider": file.organisation(row.get("organisation", "")),
            }
        ),
    )


def _ward(file: RecordFile, name: str) -> dict[str, str]:
    identity = f"{file.source}-ward-{_NOT_IN_IDS.sub('-', name.lower())}"
    file.directory.setdefault(
        identity,
        {
            "resourceType": "Location",
            "id": identity,
            "meta": file.meta(f"{UK_CORE}/UKCore-Location", []),
            "status": "active",
            "name": name,
            "managingOrganization": file.organisation(),
        },
    )
    return {"reference": f"Location/{identity}", "display": name}


def attendance(file: RecordFile, row: Row) -> None:
    """An emergency department attendance: from, until, reason, went to."""
    file.add(
        "Encounter",
        row,
        without_empty(
            {
                "status": "finished",
                "class": coding(ACT, *CLASSES["emergency"]),
                "type": [{"text": row.get("kind", "Emergency department attendance")}],
                "subject": file.subject,
                "participant": [{"individual": file.who(row["by"])}],
                "period": file.period(row["from"], row["until"]),
                "reasonCode": [{"text": row["reason"]}],
                "hospitalization": {
                    "admitSource": {"text": row.get("came_from", "Usual place of residence")},
                    "dischargeDisposition": {"text": row["went_to"]},
                },
                "serviceProvider": file.organisation(row.get("organisation", "")),
            }
        ),
    )


def letter(file: RecordFile, row: Row) -> None:
    """A letter or form: kind, title, when, by, text; with `pdf`, the same words also as a small PDF."""
    text = file.words(row["text"])
    author = file.who(row["by"])
    heading = file.organisation(row.get("organisation", "")).get("display", "") if file.organisation_key else ""
    attachments = [{"contentType": "text/plain", "language": "en-GB", "data": data(text), "title": row["title"]}]
    if row.get("pdf"):
        pdf = letter_pdf(heading, row["title"], text)
        attachments = [{"contentType": "application/pdf", "language": "en-GB", "data": pdf, "title": row["title"]}]
    file.add(
        "DocumentReference",
        row,
        without_empty(
            {
                "status": "current",
                "docStatus": "final",
                "type": concept(row.get("kind", "Clinical letter")),
                "category": [{"text": row["category"]}] if row.get("category") else [],
                "subject": file.subject,
                "date": file.calendar.instant(row["when"], "16:05"),
                "author": [author],
                "custodian": file.organisation(row.get("organisation", "")) if file.organisation_key else {},
                "description": row["title"],
                "content": [{"attachment": attachment} for attachment in attachments],
                "context": {"encounter": [file.reference("Encounter", row["encounter"])]}
                if row.get("encounter")
                else {},
            }
        ),
    )


def appointment(file: RecordFile, row: Row) -> None:
    """An appointment, planned or past: what, when, minutes, with, where."""
    start = file.calendar.instant(row["when"], "09:00")
    end = file.calendar.instant(file.calendar.plus(row["when"], row.get("minutes", 30)), "09:30")
    place = [{"actor": {"display": row["where"]}, "status": "accepted"}] if row.get("where") else []
    file.add(
        "Appointment",
        row,
        without_empty(
            {
                "status": row.get("status", "booked"),
                "cancelationReason": {"text": row["cancelled"]} if row.get("cancelled") else {},
                "serviceType": [{"text": row.get("service", row["what"])}],
                "reasonCode": [{"text": row["reason"]}] if row.get("reason") else [],
                "start": start,
                "end": end,
                "created": file.at(row["booked"]) if row.get("booked") else "",
                "comment": file.words(row.get("comment", "")),
                "participant": [
                    {"actor": file.subject, "status": "accepted"},
                    {"actor": file.who(row["with"]), "status": "accepted"},
                    *place,
                ],
            }
        ),
    )


def referral(file: RecordFile, row: Row) -> None:
    """A referral or request: what, when, to, why, status, priority."""
    elements: dict[str, Any] = {
        "status": row.get("status", "active"),
        "intent": "order",
        "category": [coded(SNOMED, "3457005", "Patient referral")] if row.get("kind", "referral") == "referral" else [],
        "priority": row.get("priority", "routine"),
        "code": concept(row["what"]),
        "subject": file.subject,
        "encounter": file.reference("Encounter", row["encounter"]) if row.get("encounter") else {},
        "authoredOn": file.at(row["when"]),
        "requester": file.who(row["by"]),
        "performer": [file.who(row["to"])] if row.get("to") else [],
        "reasonCode": [{"text": row["why"]}] if row.get("why") else [],
        "note": file.notes(row),
    }
    file.add("ServiceRequest", row, without_empty(elements))


def caseload(file: RecordFile, row: Row) -> None:
    """Being on a team's caseload: what, from, until, lead."""
    file.add(
        "EpisodeOfCare",
        row,
        without_empty(
            {
                "status": "finished" if row.get("until") else "active",
                "type": [{"text": row["what"]}],
                "patient": file.subject,
                "managingOrganization": file.organisation(row.get("organisation", "")),
                "period": file.period(row["from"], row.get("until", "")),
                "careManager": file.who(row["lead"]) if row.get("lead") else {},
            }
        ),
    )
