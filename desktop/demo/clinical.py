"""What is known of a person's health: problems, allergies, medicines, measurements, procedures, vaccinations.

Each function takes the file being written and one row of a story's table, and adds the resources it stands for.
"""

from __future__ import annotations

from typing import Any

from desktop.demo.build import (
    SNOMED,
    TERMINOLOGY,
    UCUM,
    UK_CORE,
    RecordFile,
    Resource,
    Row,
    coded,
    codes,
    concept,
    extension,
    without_empty,
)


def problem(file: RecordFile, row: Row) -> None:
    """A problem or diagnosis: code, since, until, severity, note; `kind` is "encounter-diagnosis" for one stay's."""
    ended = bool(row.get("until"))
    kind = row.get("kind", "problem-list-item")
    verification = row.get("verification", "confirmed")
    file.add(
        "Condition",
        row,
        without_empty(
            {
                "clinicalStatus": coded(
                    f"{TERMINOLOGY}/condition-clinical", *(("resolved", "Resolved") if ended else ("active", "Active"))
                ),
                "verificationStatus": coded(
                    f"{TERMINOLOGY}/condition-ver-status", verification, verification.capitalize()
                ),
                "category": [coded(f"{TERMINOLOGY}/condition-category", kind, kind.replace("-", " ").capitalize())],
                "severity": {"text": row["severity"]} if row.get("severity") else {},
                "code": concept(row["code"], file.words(row.get("text", ""))),
                "bodySite": [{"text": row["site"]}] if row.get("site") else [],
                "subject": file.subject,
                "encounter": file.reference("Encounter", row["encounter"]) if row.get("encounter") else {},
                "onsetDateTime": file.at(row["since"]) if row.get("since") else "",
                "onsetString": row.get("since_words", ""),
                "abatementDateTime": file.at(row["until"]) if ended else "",
                "recordedDate": file.at(row.get("recorded", row.get("since", ""))),
                "asserter": file.who(row["by"]) if row.get("by") else {},
                "note": file.notes(row),
            }
        ),
    )


def allergy(file: RecordFile, row: Row) -> None:
    """An allergy or intolerance with its reaction; a row with `none` is the statement that none is known."""
    reaction = {
        "manifestation": [{"text": manifestation} for manifestation in row.get("reaction", [])],
        "severity": row.get("severity", ""),
        "description": row.get("description", ""),
    }
    code = "no-known-allergy" if row.get("none") else row["code"]
    file.add(
        "AllergyIntolerance",
        row,
        without_empty(
            {
                "clinicalStatus": coded(f"{TERMINOLOGY}/allergyintolerance-clinical", "active", "Active"),
                "verificationStatus": coded(
                    f"{TERMINOLOGY}/allergyintolerance-verification",
                    row.get("verification", "confirmed"),
                    row.get("verification", "confirmed").capitalize(),
                ),
                "type": "" if row.get("none") else row.get("type", "allergy"),
                "category": [] if row.get("none") else [row.get("category", "medication")],
                "criticality": row.get("criticality", ""),
                "code": concept(code, row.get("text", "")),
                "patient": file.subject,
                "onsetDateTime": file.at(row["since"]) if row.get("since") else "",
                "recordedDate": file.at(row.get("recorded", row.get("since", "2021-04-12"))),
                "recorder": file.who(row["by"]) if row.get("by") else {},
                "note": file.notes(row),
                "reaction": [without_empty(reaction)] if row.get("reaction") else [],
            }
        ),
    )


def medicine(file: RecordFile, row: Row) -> None:
    """A medicine prescribed: name, dose as the label says, since, until, `for` (the reason), repeats."""
    status = row.get("status", "completed" if row.get("until") else "active")
    course = row.get("course", "repeat")
    words = {"repeat": "Repeat", "acute": "Acute", "repeat-dispensing": "Repeat dispensing", "discharge": "Discharge"}
    dosage: dict[str, Any] = {"text": row["dose"]}
    if row.get("why_needed"):
        dosage["asNeededCodeableConcept"] = {"text": row["why_needed"]}
    if row.get("route"):
        dosage["route"] = {"text": row["route"]}
    dispense = {
        "validityPeriod": file.period(row.get("since", ""), row.get("until", "")),
        "numberOfRepeatsAllowed": row.get("repeats"),
        "quantity": {"value": row["quantity"], "unit": row.get("unit", "tablet")} if row.get("quantity") else {},
    }
    file.add(
        "MedicationRequest",
        row,
        without_empty(
            {
                "status": status,
                "statusReason": {"text": row["stopped"]} if row.get("stopped") else {},
                "intent": "order",
                "category": [coded(f"{TERMINOLOGY}/medicationrequest-category", "discharge", "Discharge")]
                if course == "discharge"
                else [coded(f"{TERMINOLOGY}/medicationrequest-category", "community", "Community")],
                "medicationCodeableConcept": _product(row["name"]),
                "subject": file.subject,
                "encounter": file.reference("Encounter", row["encounter"]) if row.get("encounter") else {},
                "authoredOn": file.at(row["since"]),
                "requester": file.who(row["by"]) if row.get("by") else {},
                "reasonCode": [concept(row["for"])] if row.get("for") else [],
                "reasonReference": [file.reference("Condition", row["reason"])] if row.get("reason") else [],
                "courseOfTherapyType": {"text": words[course]},
                "note": file.notes(row),
                "dosageInstruction": [dosage],
                "dispenseRequest": without_empty(dispense),
                "priorPrescription": file.reference("MedicationRequest", row["replaces"])
                if row.get("replaces")
                else {},
            }
        ),
    )


def _product(name: str) -> Resource:
    code = codes().get("medicines", {}).get(name)
    return {"coding": [{"system": SNOMED, "code": code, "display": name}], "text": name} if code else {"text": name}


def measurement(file: RecordFile, row: Row) -> None:
    """A test or measurement with its readings: `test`, and `readings` as [when, value] or [when, value, comment].

    `low` and `high` give the person's own reference range (for pregnancy, age and sex); `panel` files them together.
    """
    code, name, unit, ucum, low, high, group, *short = codes()["tests"][row["test"]]
    low, high = str(row.get("low", low)), str(row.get("high", high))
    for number, (when, value, *comment) in enumerate(row["readings"], start=1):
        elements = _observation(file, row, group, when) | {
            "code": coded(SNOMED, code, name, *short) if code else {"text": name},
            "valueQuantity": _quantity(value, unit, ucum),
            "note": [{"text": file.words(comment[0])}] if comment else [],
        }
        limits = {}
        for side, limit in (("low", low), ("high", high)):
            if limit:
                limits[side] = _quantity(_number(limit), unit, ucum)
        if limits:
            elements["referenceRange"] = [limits]
            elements["interpretation"] = [_interpretation(value, low, high)]
        key = f"{row.get('id', row['test'])}-{row.get('from', '')}{number}"
        file.add("Observation", {**row, "id": key}, without_empty(elements))


def blood_pressure(file: RecordFile, row: Row) -> None:
    """Blood pressure readings: `readings` as [when, systolic, diastolic], with a comment if there is one."""
    for number, (when, systolic, diastolic, *comment) in enumerate(row["readings"], start=1):
        parts = (
            ("271649006", "Systolic blood pressure", systolic),
            ("271650006", "Diastolic blood pressure", diastolic),
        )
        elements = _observation(file, row, "vital-signs", when) | {
            "code": coded(SNOMED, "75367002", "Blood pressure"),
            "component": [
                {
                    "code": coded(SNOMED, code, name),
                    "valueQuantity": {
                        "value": value,
                        "unit": "mmHg",
                        "system": UCUM,
                        "code": "mm[Hg]",
                    },
                }
                for code, name, value in parts
            ],
            "note": [{"text": file.words(comment[0])}] if comment else [],
        }
        file.add("Observation", {**row, "id": f"bp-{row.get('from', '')}{number}"}, without_empty(elements))


def observation(file: RecordFile, row: Row) -> None:
    """Anything observed and said in words: code, value (or a `date`, or an amount in words as `said`), when, group
    ("social-history", "exam", ...)."""
    value: Resource = {}
    if row.get("date"):
        value = {"valueDateTime": file.day(row["date"])}
    elif row.get("said"):
        value = {"valueString": file.words(row["said"])}
    elif row.get("value"):
        value = {"valueCodeableConcept": concept(file.words(row["value"]))}
    code = concept(row["code"], row.get("text", ""))
    elements = _observation(file, row, row.get("group", "social-history"), row["when"]) | {"code": code, **value}
    file.add("Observation", row, without_empty(elements | {"note": file.notes(row)}))


def _observation(file: RecordFile, row: Row, group: str, when: str) -> Resource:
    """What every observation has: status, category, subject, time and who did it."""
    names = {"exam": "Exam", "survey": "Survey", "laboratory": "Laboratory", "therapy": "Therapy"}
    title = names.get(group, group.replace("-", " ").title())
    return {
        "status": "final",
        "category": [coded(f"{TERMINOLOGY}/observation-category", group, title)],
        "subject": file.subject,
        "encounter": file.reference("Encounter", row["encounter"]) if row.get("encounter") else {},
        "effectiveDateTime": file.at(when),
        "performer": [file.who(row["by"])] if row.get("by") else [],
    }


def _quantity(value: float, unit: str, ucum: str) -> dict[str, Any]:
    """A Quantity; a bare score has no unit."""
    return {"value": value, "unit": unit, "system": UCUM, "code": ucum} if unit else {"value": value}


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _interpretation(value: float, low: str, high: str) -> dict[str, Any]:
    system = f"{TERMINOLOGY}/v3-ObservationInterpretation"
    if low and value < float(low):
        return coded(system, "L", "Low")
    if high and value > float(high):
        return coded(system, "H", "High")
    return coded(system, "N", "Normal")


def report(file: RecordFile, row: Row) -> None:
    """A report of an investigation in words: code, when, conclusion; `results` names Observation keys it gathers."""
    file.add(
        "DiagnosticReport",
        row,
        without_empty(
            {
                "status": "final",
                "category": [{"text": row["group"]}] if row.get("group") else [],
                "code": concept(row["code"], row.get("text", "")),
                "subject": file.subject,
                "effectiveDateTime": file.at(row["when"]),
                "issued": file.calendar.instant(row.get("issued", row["when"]), "16:40"),
                "performer": [file.who(row["by"])] if row.get("by") else [],
                "result": [file.reference("Observation", key) for key in row.get("results", [])],
                "conclusion": file.words(row.get("conclusion", "")),
            }
        ),
    )


def procedure(file: RecordFile, row: Row) -> None:
    """Something done to or with the person: code, when, by, note, outcome."""
    file.add(
        "Procedure",
        row,
        without_empty(
            {
                "status": row.get("status", "completed"),
                "code": concept(row["code"], row.get("text", "")),
                "subject": file.subject,
                "encounter": file.reference("Encounter", row["encounter"]) if row.get("encounter") else {},
                "performedDateTime": "" if row.get("until") else file.at(row["when"]),
                "performedPeriod": file.period(row["when"], row["until"]) if row.get("until") else {},
                "performer": [{"actor": file.who(row["by"])}] if row.get("by") else [],
                "outcome": {"text": row["outcome"]} if row.get("outcome") else {},
                "note": file.notes(row),
            }
        ),
    )


def vaccination(file: RecordFile, row: Row) -> None:
    """A vaccination given, or declined: `vaccine`, when, batch, by."""
    declined = row.get("declined", "")
    done = extension(f"{UK_CORE}/Extension-UKCore-VaccinationProcedure", valueCodeableConcept=concept(row["vaccine"]))
    file.add(
        "Immunization",
        row,
        without_empty(
            {
                "extension": [done],
                "status": "not-done" if declined else "completed",
                "statusReason": {"text": declined} if declined else {},
                "vaccineCode": {"text": row.get("product", concept(row["vaccine"])["text"])},
                "patient": file.subject,
                "occurrenceDateTime": file.at(row["when"]),
                "primarySource": True,
                "lotNumber": row.get("batch", ""),
                "site": {"text": row["site"]} if row.get("site") else {},
                "performer": [{"actor": file.who(row["by"])}] if row.get("by") else [],
                "note": file.notes(row),
            }
        ),
    )


def family_history(file: RecordFile, row: Row) -> None:
    """A relative's illness: relation, condition, note."""
    file.add(
        "FamilyMemberHistory",
        row,
        without_empty(
            {
                "status": "completed",
                "patient": file.subject,
                "date": file.at(row["when"]),
                "relationship": {"text": row["relation"].capitalize()},
                "condition": [{"code": concept(row["condition"], row.get("text", ""))}],
                "note": file.notes(row),
            }
        ),
        profile=f"{UK_CORE}/UKCore-FamilyMemberHistory",
    )
