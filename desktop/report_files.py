"""The report of a drop as a file: CSV, a line a finding, or JSON as the command gives it. No Qt.

Neither holds a word of a record, nor who was found: people are told by how many and how they were matched.
"""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import msgspec

from desktop import report_json
from desktop.exporting import write_new
from desktop.reports import DropReport, FileReport

COLUMNS = ("file", "status", "severity", "code", "resource", "path", "line", "message")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(report: DropReport) -> bytes:
    """UTF-8 with a byte order mark, for spreadsheets. A file without findings has one line that says so."""
    out = StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for file in report.files:
        rows.writerows([_safe(cell) for cell in row] for row in _rows(file))
    return out.getvalue().encode("utf-8-sig")


def as_json(report: DropReport) -> bytes:
    """As `onestory import --json` gives it, without the names of people."""
    told = report_json.imported(report)
    for file in told["files"]:
        file["people"] = [{"personId": one["personId"], "match": one["match"]} for one in file["people"]]
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def save(report: DropReport, file: Path) -> None:
    """Write a new file: CSV or JSON by how its name ends. Raises WorkspaceError; nothing is overwritten."""
    write_new(file, as_json(report) if file.suffix.lower() == ".json" else as_csv(report))


def _rows(file: FileReport) -> list[tuple[str, ...]]:
    found = [
        (issue.severity, issue.code, issue.resource, issue.path, str(issue.line or ""), issue.message)
        for issue in file.issues
    ]
    return [(file.path, file.status, *row) for row in found] or [(file.path, file.status, *[""] * 5, file.reason)]


def _safe(cell: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
