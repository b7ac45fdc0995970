"""Invented Client Level Data for tests: one row as a dict of header to value, and files of rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from fhir.entries import Entry
from fhir.reading import read_drop
from fhir.records import Refused, SourceFile
from fhir.social_care.headers import COLUMNS
from fhir.understanding import Drop
from fhir.understood import Understood

HEADERS = tuple(column.name for column in COLUMNS)

PERSON = {
    "LA Code": "503",
    "Reporting Period Start Date": "01/04/2025",
    "Reporting Period End Date": "31/03/2026",
    "NHS Number": "9990000018",
    "LA Person Unique Identifier": "A100",
    "First Name": "Ann",
    "Last Name": "Test",
    "GP Practice Name": "Bridge Surgery",
    "GP Practice Code": "C81001",
    "Gender": "Female",
    "Ethnicity": "White: Irish",
    "Date of Birth": "14/02/1938",
    "Client Type": "Service user",
    "Primary Support Reason": "Support with memory and cognition",
    "Postcode": "LN1 1AA",
    "Accommodation Status": "Sheltered housing, extra care housing or other sheltered housing",
    "Has Unpaid Carer": "Yes",
    "Client Funding Status": "Fully social care funded",
}
SERVICE = PERSON | {
    "Event Type": "Service",
    "Event Reference": "R1",
    "Event Start Date": "01/05/2025",
    "Event Description": "Morning calls",
    "Event Outcome": "Continuation of support or services",
    "Service Type": "Long term support: Community",
    "Service Component": "Home support or domiciliary care",
    "Delivery Mechanism": "CASSR managed personal budget",
    "Provider CQC Location Name": "Rosewood Home Care",
    "Provider CQC Location ID": "1-100000001",
    "Unit Cost": "18.50",
    "Cost Frequency (Unit Type)": "Hourly",
    "Planned units per week": "14.00",
}
ASSESSMENT = PERSON | {
    "Event Type": "Assessment",
    "Event Reference": "R2",
    "Event Start Date": "01/04/2025",
    "Event End Date": "20/04/2025",
    "Event Description": "Looking at needs together",
    "Event Outcome": "Progress to support planning or services",
    "Assessment Type": "Long term assessment",
    "Eligible Needs Identified": "All domains",
    "Method of Assessment": "Service user and carer",
}
REVIEW = PERSON | {
    "Event Type": "Review",
    "Event Reference": "R3",
    "Event Start Date": "01/06/2025",
    "Event End Date": "02/06/2025",
    "Event Description": "Six weeks on",
    "Event Outcome": "No change in package",
    "Review Reason": "Planned",
    "Review Outcomes Achieved": "Fully Met",
    "Method of Review": "Service user only",
}
REQUEST = PERSON | {
    "Event Type": "Request",
    "Event Reference": "R4",
    "Event Start Date": "01/03/2025",
    "Event End Date": "01/03/2025",
    "Event Description": "Daughter rang",
    "Event Outcome": "Progress to assessment",
    "Request: Route of Access": "Community / Other route",
}
KNOWN_CARER = {
    "LA Code": "503",
    "Reporting Period Start Date": "01/04/2025",
    "Reporting Period End Date": "31/03/2026",
    "LA Person Unique Identifier": "A200",
    "First Name": "Bob",
    "Last Name": "Test",
    "Gender": "Male",
    "Ethnicity": "White: Irish",
    "Date of Birth": "25/12/1940",
    "Client Type": "Carer known by association",
    "Postcode": "LN1 1AA",
    "Accommodation Status": "Unknown",
    "Has Unpaid Carer": "No",
    "Total Hrs Caring per week": "35-49",
    "No. of adults being cared for": "1",
    "Adult 1 Linked Person_ID": "A100",
}


def table(
    rows: Sequence[Mapping[str, str]],
    *,
    headers: Sequence[str] = HEADERS,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    """A file of these rows."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([[row.get(header, "") for header in headers] for row in rows])
    return text.getvalue().encode(encoding)


def read(folder: Path, data: bytes, name: str = "extract.txt") -> list[SourceFile]:
    """The documents of a file of these bytes; it must not be refused."""
    found = [document for document in dropped(folder, data, name) if isinstance(document, SourceFile)]
    assert found
    return found


def dropped(folder: Path, data: bytes, name: str = "extract.txt") -> list[SourceFile | Refused]:
    """What dropping a file of these bytes gives."""
    path = folder / name
    path.write_bytes(data)
    return list(read_drop([path]))


def understood(documents: Sequence[SourceFile]) -> list[Understood]:
    """What these documents say, of whom."""
    drop = Drop(lambda keys: (), lambda person: None)
    for document in documents:
        drop.learn(document)
    drop.settle()
    return [drop.understand(document) for document in documents]


def entries(documents: Sequence[SourceFile]) -> list[Entry]:
    """All entries of these documents."""
    return [entry for one in understood(documents) for described in one.described for entry in described.entries]


def messages(documents: Sequence[SourceFile]) -> list[tuple[int, str, str]]:
    """Line, column and message of all that reading found."""
    return [(issue.line, issue.path, issue.message) for document in documents for issue in document.issues]


EVENTS = [SERVICE, ASSESSMENT, REVIEW, REQUEST, KNOWN_CARER]


def trees(documents: list[SourceFile], kind: str) -> list[dict[str, object]]:
    return [resource.tree for document in documents for resource in document.resources if resource.type == kind]


def entry(found: list[Entry], section: str, kind: str = "") -> Entry:
    wanted = [one for one in found if one.section == section and kind in ("", one.kind)]
    assert len(wanted) == 1, [(one.section, one.kind, one.title) for one in found]
    return wanted[0]
