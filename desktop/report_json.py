"""Reports as JSON, with the names the command contract gives them."""

from __future__ import annotations

from typing import Any

from consent.acting import linked
from desktop.quality_text import tables_of
from desktop.reports import DropReport, FileReport, PersonRow, UserRow


def user(row: UserRow) -> dict[str, Any]:
    """One user, and the team they read as; for whoever is, or acts for, one person, whose record that is."""
    link = linked(row.role, row.organisation)
    told = {"name": row.name, "role": row.role, "organisation": "" if link else row.organisation}
    about = {"personId": link.person} if link else {"team": row.team or f"{row.role}, {row.organisation}".rstrip(", ")}
    return {**told, "custodian": row.custodian, **about}


def person(row: PersonRow) -> dict[str, Any]:
    """One person: minimum demographics."""
    return {
        "personId": row.person_id,
        "name": row.name,
        "birthDate": row.birth_date,
        "nhsNumber": row.nhs_number,
        "possibleMatches": row.possible_matches,
    }


def _file(file: FileReport) -> dict[str, Any]:
    return {
        "path": file.path,
        "format": file.format,
        "fhirVersion": file.fhir_version,
        "bundleType": file.bundle_type,
        "resources": file.resources,
        "issues": [
            {
                "severity": issue.severity,
                "code": issue.code,
                "resource": issue.resource,
                "path": issue.path,
                "line": issue.line,
                "message": issue.message,
            }
            for issue in file.issues
        ],
        **({"reason": file.reason} if file.reason else {}),
    }


def _quality(report: DropReport) -> dict[str, Any]:
    """What an officer can act on, for each table of a drop; tables come in stretches, and are told as one."""
    tables = [
        {
            "path": path,
            "findings": [
                {
                    "severity": one.severity,
                    "message": one.message,
                    "column": one.column,
                    "count": one.count,
                    "lines": list(one.lines),
                    "advice": one.advice,
                }
                for one in lines
            ],
        }
        for path, lines in tables_of(report.files).items()
    ]
    return {"quality": tables} if tables else {}


def summary(report: DropReport) -> dict[str, int]:
    """Totals over a drop."""
    issues = [issue for file in report.files for issue in file.issues]
    return {
        "files": len(report.files),
        "resources": sum(file.resources for file in report.files),
        "errors": sum(issue.severity in ("error", "fatal") for issue in issues),
        "warnings": sum(issue.severity == "warning" for issue in issues),
        "people": len({person.person_id for file in report.files for person in file.people}),
    }


def check(report: DropReport) -> dict[str, Any]:
    """`onestory check --json`."""
    return {
        "files": [{**_file(file), "status": file.status} for file in report.files],
        "summary": summary(report),
        **_quality(report),
    }


def imported(report: DropReport) -> dict[str, Any]:
    """`onestory import --json`."""
    files = [
        {
            **_file(file),
            "status": file.status,
            "importId": file.import_id,
            "people": [
                {"personId": one.person_id, "name": one.name, "nhsNumber": one.nhs_number, "match": one.match}
                for one in file.people
            ],
            "entries": file.entries,
            **({"signed": file.signed} if file.signed else {}),
        }
        for file in report.files
    ]
    counts = {
        status: sum(file.status == status for file in report.files) for status in ("imported", "unchanged", "refused")
    }
    return {
        "files": files,
        "summary": {**summary(report), **counts},
        **_quality(report),
        "cancelled": report.cancelled,
    }
