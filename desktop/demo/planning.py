"""Plans, wishes, warnings and teams, as any service may hold them; and the person's own words."""

from __future__ import annotations

from html import escape
from typing import Any

from desktop.demo.build import (
    INTERWEAVE_CODES,
    TERMINOLOGY,
    RecordFile,
    Row,
    coded,
    concept,
    extension,
    labels,
    lists,
    places,
    without_empty,
)

XHTML = "http://www.w3.org/1999/xhtml"
ABOUT_ME_FORM = "https://example.fhir.nhs.uk/Questionnaire/1515851000000101"
ABOUT_ME = {
    "most-important": ("1515861000000103", "What is most important to me"),
    "people": ("1515871000000105", "People who are important to me"),
    "communicate": ("1515881000000107", "How I communicate and how to communicate with me"),
    "wellness": ("1515891000000109", "My wellness"),
    "please-do": ("1515901000000105", "Please do and please don't"),
    "support": ("1515911000000107", "How and when to support me"),
    "also": ("1515921000000101", "Also worth knowing about me"),
}


def flag(file: RecordFile, row: Row) -> None:
    """A warning: text, category and type (Interweave codes) or SNOMED `code`, from, until, by."""
    category, text = row.get("category", "OTH"), file.words(row["text"])
    if row.get("type"):
        code = coded(f"{INTERWEAVE_CODES}/Interweave-FlagType", row["type"], lists()["flag-type"][row["type"]], text)
    else:
        code = concept(row.get("code", text), text)
    file.add(
        "Flag",
        row,
        without_empty(
            {
                "status": "inactive" if row.get("until") else "active",
                "category": [
                    coded(f"{INTERWEAVE_CODES}/Interweave-FlagCategory", category, lists()["flag-category"][category])
                ],
                "code": code,
                "subject": file.subject,
                "period": file.period(row["from"], row.get("until", "")),
                "author": file.who(row["by"]) if row.get("by") else {},
            }
        ),
    )


def adjustment(file: RecordFile, row: Row) -> None:
    """A reasonable adjustment, as a national patient flag: `code`, text, from, by."""
    system = "https://fhir.nhs.uk/England/CodeSystem/England-FlagCategoryPatient"
    notes = extension(
        "https://fhir.nhs.uk/England/StructureDefinition/Extension-FlagNotes", valueString=row.get("note", "")
    )
    file.add(
        "Flag",
        row,
        without_empty(
            {
                "extension": [notes] if row.get("note") else [],
                "status": "active",
                "category": [coded(system, "national-reasonable-adjustment-flag", "Reasonable Adjustment Flag")],
                "code": concept(row["code"], row.get("text", "")),
                "subject": file.subject,
                "period": file.period(row["from"]),
                "author": file.who(row["by"]) if row.get("by") else {},
            }
        ),
        profile="https://fhir.nhs.uk/England/StructureDefinition/England-Flag-PatientFlag-Adjustment",
    )


def plan(file: RecordFile, row: Row) -> None:
    """A plan: kind, title, from, until, by, summary, `goals` (goal, by, progress), `actions` (what, who, when)."""
    goals = [_goal(file, row, number, goal) for number, goal in enumerate(row.get("goals", []), start=1)]
    activities = [
        {
            "detail": without_empty(
                {
                    "kind": "ServiceRequest",
                    "status": action.get("status", "in-progress"),
                    "description": file.words(action["what"]),
                    "scheduledString": file.words(action.get("when", "")),
                    "performer": [file.who(action["who"])] if action.get("who") else [],
                }
            )
        }
        for action in row.get("actions", [])
    ]
    file.add(
        "CarePlan",
        row,
        without_empty(
            {
                "status": row.get("status", "active"),
                "intent": "plan",
                "category": [concept(row["kind"])],
                "title": row["title"],
                "description": file.words(row.get("summary", "")),
                "subject": file.subject,
                "period": file.period(row["from"], row.get("until", "")),
                "created": file.at(row.get("created", row["from"])),
                "author": file.who(row["by"]) if row.get("by") else {},
                "contributor": [file.who(one) for one in row.get("with", [])],
                "careTeam": [file.reference("CareTeam", row["team"])] if row.get("team") else [],
                "addresses": [file.reference("Condition", key) for key in row.get("about", [])],
                "goal": goals,
                "activity": activities,
                "note": file.notes(row),
            }
        ),
    )


def _goal(file: RecordFile, row: Row, number: int, goal: Row) -> dict[str, str]:
    progress = goal.get("progress", "")
    target = {"dueDate": file.day(goal["by"])} if goal.get("by") else {}
    elements: dict[str, Any] = {
        "lifecycleStatus": goal.get("status", "active"),
        "achievementStatus": coded(f"{TERMINOLOGY}/goal-achievement", progress, progress.replace("-", " ").capitalize())
        if progress
        else {},
        "description": {"text": goal["goal"]},
        "subject": file.subject,
        "startDate": file.day(row["from"]),
        "target": [target] if target else [],
        "expressedBy": file.subject if goal.get("own", True) else {},
        "note": file.notes(goal),
    }
    key = f"{row.get('id', row['title'])}-{number}"
    return file.add("Goal", {"id": key, "labels": row.get("labels", [])}, without_empty(elements))


def team(file: RecordFile, row: Row) -> None:
    """Who is involved: name, from, `members` as [key, role]; the first member is the key worker."""
    participants = []
    for key, role in row["members"]:
        member = file.who(key)
        name = {"display": member["display"].partition(",")[0]} if "display" in member else {}
        participants.append({"role": [{"text": role}], "member": member | name})
    file.add(
        "CareTeam",
        row,
        without_empty(
            {
                "status": "active",
                "category": [{"text": row["category"]}] if row.get("category") else [],
                "name": row["name"],
                "subject": file.subject,
                "period": file.period(row["from"]),
                "participant": participants,
                "managingOrganization": [file.organisation()],
            }
        ),
    )


def consent(file: RecordFile, row: Row) -> None:
    """A choice about sharing: permit or deny, when, the words used; `except_labels` but for one organisation."""
    provision: dict[str, Any] = {"type": row["choice"], "period": file.period(row["when"])}
    if row.get("except_labels"):
        exception = {"type": row["except_choice"], "securityLabel": labels(row["except_labels"])}
        if row.get("but_for"):
            exception["provision"] = [{"type": row["choice"], "actor": [_recipient(file, row["but_for"])]}]
        provision["provision"] = [exception]
    file.add(
        "Consent",
        row,
        without_empty(
            {
                "status": "active",
                "scope": coded(f"{TERMINOLOGY}/consentscope", "patient-privacy", "Privacy Consent"),
                "category": [
                    coded(f"{TERMINOLOGY}/consentcategorycodes", "infa", "Information Access", row.get("title", ""))
                ],
                "patient": file.subject,
                "dateTime": file.at(row["when"]),
                "performer": [file.who(row.get("by", "person"))],
                "organization": [file.organisation()] if file.organisation_key else [],
                "text": {"status": "additional", "div": f'<div xmlns="{XHTML}">{escape(row["words"])}</div>'},
                "provision": provision,
            }
        ),
    )


def _recipient(file: RecordFile, organisation: str) -> dict[str, Any]:
    code = places()["organisations"][organisation]["code"]
    identifier = {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": code}
    role = coded(f"{TERMINOLOGY}/v3-ParticipationType", "IRCP", "information recipient")
    return {"role": role, "reference": {**file.organisation(organisation), "identifier": identifier}}


def about_me(file: RecordFile, row: Row) -> None:
    """About me (PRSB) in the person's own words: when, `supported_by`, and the headings answered."""
    items = [
        {
            "linkId": code,
            "text": heading,
            "answer": [{"valueString": file.words(row[key])}],
        }
        for key, (code, heading) in ABOUT_ME.items()
        if row.get(key)
    ]
    if row.get("supported_by"):
        answer = [{"valueString": row["supported_by"]}]
        items.append({"linkId": "supported-by", "text": "Supported to write this by", "answer": answer})
    file.add(
        "QuestionnaireResponse",
        row,
        {
            "questionnaire": ABOUT_ME_FORM,
            "status": "completed",
            "subject": file.subject,
            "authored": file.at(row["when"]),
            "author": file.who(row.get("by", "person")),
            "source": file.who(row.get("source", "person")),
            "item": items,
        },
    )


def form(file: RecordFile, row: Row) -> None:
    """A form filled in: title, when, by, and `answers` as [question, answer]."""
    items = [
        {"linkId": str(number), "text": question, "answer": [{"valueString": file.words(answer)}]}
        for number, (question, answer) in enumerate(row["answers"], start=1)
    ]
    file.add(
        "QuestionnaireResponse",
        row,
        without_empty(
            {
                "identifier": {"system": f"{file.base}/Id/form", "value": row["title"]},
                "status": "completed",
                "subject": file.subject,
                "authored": file.at(row["when"]),
                "author": file.who(row["by"]),
                "item": [{"linkId": "form", "text": row["title"], "item": items}],
            }
        ),
    )


def risk(file: RecordFile, row: Row) -> None:
    """A risk assessment: what, when, by, level, mitigation."""
    file.add(
        "RiskAssessment",
        row,
        without_empty(
            {
                "status": "final",
                "code": {"text": row["what"]},
                "subject": file.subject,
                "occurrenceDateTime": file.at(row["when"]),
                "performer": file.who(row["by"]),
                "prediction": [{"outcome": {"text": row["risk"]}, "qualitativeRisk": {"text": row["level"]}}],
                "mitigation": file.words(row.get("mitigation", "")),
                "note": file.notes(row),
            }
        ),
    )


def formulation(file: RecordFile, row: Row) -> None:
    """A formulation or clinical impression: title, when, by, summary."""
    file.add(
        "ClinicalImpression",
        row,
        without_empty(
            {
                "status": "completed",
                "code": {"text": row["title"]},
                "description": row["title"],
                "subject": file.subject,
                "effectiveDateTime": file.at(row["when"]),
                "date": file.at(row["when"]),
                "assessor": file.who(row["by"]),
                "problem": [file.reference("Condition", key) for key in row.get("about", [])],
                "summary": file.words(row["summary"]),
            }
        ),
    )


def task(file: RecordFile, row: Row) -> None:
    """Something to be done by someone: what, when asked, by whom, for whom, due, status."""
    file.add(
        "Task",
        row,
        without_empty(
            {
                "status": row.get("status", "requested"),
                "intent": "order",
                "priority": row.get("priority", "routine"),
                "code": {"text": row["what"]},
                "description": file.words(row.get("detail", "")),
                "for": file.subject,
                "authoredOn": file.at(row["when"]),
                "lastModified": file.at(row.get("changed", row["when"])),
                "requester": file.who(row["by"]),
                "owner": file.who(row["owner"]),
                "restriction": {"period": file.period("", row["due"])} if row.get("due") else {},
                "note": file.notes(row),
            }
        ),
    )
