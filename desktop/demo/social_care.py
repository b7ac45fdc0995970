"""Council and provider records in Interweave's shapes: requests, assessments, services, reasons, equipment, diaries.

Interweave has no place for what a service costs, how it is delivered or how many hours it is. Our own extensions
on EpisodeOfCare carry that (base `build.OWN`): `social-care-planned-hours` (Quantity per week, UCUM h/wk),
`social-care-delivery-mechanism` (code text of the CLD list), `social-care-funding` (code text), `social-care-cost`
(nested: `unitCost` Money, `frequency` string of the CLD list, `unitsPerWeek` decimal), `social-care-visits` (string).
"""

from __future__ import annotations

from typing import Any

from desktop.demo.build import (
    INTERWEAVE,
    INTERWEAVE_CODES,
    OWN,
    TERMINOLOGY,
    UCUM,
    RecordFile,
    Row,
    coded,
    concept,
    extension,
    lists,
    without_empty,
)

_EQUIPMENT = {
    True: f"{INTERWEAVE}/Interweave-SocialCareEquipmentProvision",
    False: "http://hl7.org/fhir/StructureDefinition/DeviceRequest",
}


def _interweave(name: str, code: str, table: str, text: str = "") -> dict[str, Any]:
    return coded(f"{INTERWEAVE_CODES}/Interweave-{name}", code, lists()[table][code], text)


def request(file: RecordFile, row: Row) -> None:
    """A contact with the council: when, why (code), from whom, text."""
    file.add(
        "ServiceRequest",
        row,
        without_empty(
            {
                "extension": [
                    extension(
                        f"{INTERWEAVE}/Extension-Interweave-SocialCareRequesterType",
                        valueCodeableConcept=_interweave("SocialCareRequesterType", row["from"], "requester-type"),
                    )
                ],
                "status": row.get("status", "completed"),
                "intent": "plan",
                "subject": file.subject,
                "occurrenceDateTime": file.at(row["when"]),
                "authoredOn": file.at(row["when"]),
                "requester": file.who(row["by"]) if row.get("by") else {},
                "performer": [file.who(row["to"])] if row.get("to") else [],
                "reasonCode": [_interweave("SocialCareContactReason", row["why"], "contact-reason")],
                "note": file.notes(row),
                "patientInstruction": row["what"],
            }
        ),
        profile=f"{INTERWEAVE}/Interweave-SocialCareContact",
    )


def assessment(file: RecordFile, row: Row) -> None:
    """An assessment or review: type, local name, when, until, by, outcome, `summary`; "planned" ones have `due`."""
    outcome = row.get("outcome", "")
    extensions = []
    if outcome:
        value = _interweave("SocialCareAssessmentOutcome", outcome, "assessment-outcome")
        url = f"{INTERWEAVE}/Extension-Interweave-SocialCareAssessmentOutcome"
        extensions.append(extension(url, valueCodeableConcept=value))
    planned = bool(row.get("due"))
    file.add(
        "Task",
        row,
        without_empty(
            {
                "extension": extensions,
                "basedOn": [file.reference("ServiceRequest", row["after"])] if row.get("after") else [],
                "status": row.get("status", "accepted" if planned else "completed"),
                "intent": "plan",
                "code": _interweave("SocialCareAssessmentType", row["type"], "assessment-type", row["what"]),
                "description": file.words(row.get("summary", "")),
                "for": file.subject,
                "executionPeriod": file.period(row.get("due") or row["when"], row.get("until", "")),
                "authoredOn": file.at(row["when"]),
                "lastModified": file.at(row.get("until", row["when"])),
                "owner": file.who(row["by"]),
                "note": file.notes(row),
            }
        ),
        profile=f"{INTERWEAVE}/Interweave-SocialCareAssessment",
    )


def service(file: RecordFile, row: Row) -> None:
    """A service or package: what, category, type, from, until, provider, hours, visits, delivery, funding, cost."""
    own = []
    if row.get("hours"):
        quantity = {"value": row["hours"], "unit": "hours a week", "system": UCUM, "code": "h/wk"}
        own.append(extension(f"{OWN}/social-care-planned-hours", valueQuantity=quantity))
    for key in ("delivery", "funding"):
        if row.get(key):
            url = f"{OWN}/social-care-{'delivery-mechanism' if key == 'delivery' else key}"
            own.append(extension(url, valueCodeableConcept={"text": row[key]}))
    if row.get("visits"):
        own.append(extension(f"{OWN}/social-care-visits", valueString=row["visits"]))
    if row.get("cost"):
        amount, frequency, units = row["cost"]
        parts = [
            {"url": "unitCost", "valueMoney": {"value": amount, "currency": "GBP"}},
            {"url": "frequency", "valueString": frequency},
            {"url": "unitsPerWeek", "valueDecimal": units},
        ]
        own.append(extension(f"{OWN}/social-care-cost", extension=parts))
    category = extension(
        f"{INTERWEAVE}/Extension-Interweave-SocialCareServiceCategory",
        valueCodeableConcept=_interweave("SocialCareServiceCategory", row["category"], "service-category"),
    )
    status = row.get("status", "finished" if row.get("until") else "active")
    name = f"{row['what']} ({row['hours']:g} hours a week)" if row.get("hours") else row["what"]
    file.add(
        "EpisodeOfCare",
        row,
        without_empty(
            {
                "extension": [category, *own],
                "status": status,
                "type": [_interweave("SocialCareServiceType", row["type"], "service-type", name)],
                "patient": file.subject,
                "managingOrganization": file.organisation(row.get("provider", "")),
                "period": file.period(row["from"], row.get("until", "")),
                "referralRequest": [file.reference("ServiceRequest", row["after"])] if row.get("after") else [],
                "careManager": file.who(row["manager"]) if row.get("manager") else {},
            }
        ),
        profile=f"{INTERWEAVE}/Interweave-SocialCareService",
    )


def support_reason(file: RecordFile, row: Row) -> None:
    """Why the council supports someone: code, from, until, primary or not."""
    category, category_name, name = lists()["support-reason"][row["code"]]
    ended = bool(row.get("until"))
    system = f"{INTERWEAVE_CODES}/Interweave-SocialCareSupportReason"
    file.add(
        "Condition",
        row,
        {
            "extension": [
                extension(
                    f"{INTERWEAVE}/Extension-Interweave-SocialCareSupportReasonPeriod",
                    valuePeriod=file.period(row["from"], row.get("until", "")),
                ),
                extension(
                    f"{INTERWEAVE}/Extension-Interweave-SocialCarePrimarySupportReason",
                    valueBoolean=row.get("primary", True),
                ),
            ],
            "clinicalStatus": coded(
                f"{TERMINOLOGY}/condition-clinical", *(("inactive", "Inactive") if ended else ("active", "Active"))
            ),
            "category": [coded(f"{system}Category", category, category_name)],
            "code": coded(system, row["code"], name),
            "subject": file.subject,
        },
        profile=f"{INTERWEAVE}/Interweave-SocialCareSupportReason",
    )


def equipment(file: RecordFile, row: Row) -> None:
    """Equipment or an adaptation: what, asked, in place from, returned, by."""
    returned = bool(row.get("until"))
    status = "completed" if returned else "active" if row.get("from") else "draft"
    file.add(
        "DeviceRequest",
        row,
        without_empty(
            {
                "status": status,
                "intent": "order",
                "codeCodeableConcept": concept(row["what"]),
                "subject": file.subject,
                "occurrencePeriod": file.period(row.get("from", ""), row.get("until", "")),
                "authoredOn": file.at(row["when"]),
                "requester": file.who(row["by"]) if row.get("by") else {},
                "note": file.notes(row),
            }
        ),
        profile=_EQUIPMENT[file.lane == "social-care"],
    )


def diary(file: RecordFile, row: Row) -> None:
    """A provider's daily note: when, by, kind, text; the kind heads the note, as in a diary."""
    kind = row.get("kind", "Daily care note")
    file.add(
        "Communication",
        row,
        without_empty(
            {
                "status": "completed",
                "category": [{"text": kind}],
                "topic": {"text": kind},
                "subject": file.subject,
                "sent": file.at(row["when"]),
                "sender": file.who(row["by"]),
                "payload": [{"contentString": f"{kind}\n{file.words(row['text'])}"}],
            }
        ),
    )


def given(file: RecordFile, row: Row) -> None:
    """A line of a medicines chart: name, dose, `times` as [when, status, reason]."""
    for number, (when, status, *reason) in enumerate(row["times"], start=1):
        file.add(
            "MedicationAdministration",
            {**row, "id": f"{row['name']}-{number}"},
            without_empty(
                {
                    "status": status,
                    "statusReason": [{"text": reason[0]}] if reason else [],
                    "medicationCodeableConcept": {"text": row["name"]},
                    "subject": file.subject,
                    "effectiveDateTime": file.at(when),
                    "performer": [{"actor": file.who(row["by"])}],
                    "dosage": {"text": row["dose"]},
                }
            ),
        )
