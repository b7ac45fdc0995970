"""The quality report: each kind of finding once, with how often, where first, and what to do about it."""

from __future__ import annotations

from pathlib import Path

import cld_samples as cld

from desktop.models.importing import found_rows
from desktop.quality_text import lines_of, tables_of
from desktop.report_json import check
from desktop.reports import DropReport, FileReport
from fhir.records import Issue
from fhir.social_care.findings import LISTED
from fhir.social_care.quality_report import quality


def report(folder: Path, rows: list[dict[str, str]]) -> DropReport:
    documents = cld.read(folder, cld.table(rows))
    return DropReport(
        tuple(FileReport(each.path, "checked", format=each.format, issues=tuple(each.issues)) for each in documents)
    )


def test_a_fault_on_many_lines_is_one_line_with_its_count_and_what_to_do(tmp_path: Path) -> None:
    wrong = [cld.SERVICE | {"NHS Number": "9990000019", "Event Reference": str(n)} for n in range(LISTED + 5)]
    found = report(tmp_path, [*wrong, cld.SERVICE | {"Unit Cost": "-1"}])
    (lines,) = tables_of(found.files).values()
    number = next(one for one in lines if "NHS number" in one.message)
    assert (number.severity, number.message, number.count) == ("error", "This is not a valid NHS number.", LISTED + 5)
    assert number.column.startswith("NHS Number (column 4)")
    assert number.lines == tuple(range(2, 12))
    assert number.advice.startswith("Trace the person's NHS number")
    assert lines[0].severity == "error"
    text = "\n".join(lines_of(lines))
    assert f"{LISTED + 5} lines (2, 3, 4" in text
    assert "Ann" not in text
    assert "9990000019" not in text


def test_the_command_gives_it_as_json(tmp_path: Path) -> None:
    found = check(report(tmp_path, [cld.SERVICE | {"Event End Date": "01/01/2020"}]))
    (table,) = found["quality"]
    assert {"message": "The event ends before it starts.", "count": 1, "lines": [2]}.items() <= next(
        one.items() for one in table["findings"] if one["message"].startswith("The event ends")
    )


def test_stretches_of_one_file_are_one_report_and_other_formats_have_none() -> None:
    issue = Issue(severity="warning", code="value", message="Something.", path="Column", line=7)
    files = [FileReport(f"a.csv#{n}", "checked", format="csv", issues=(issue,)) for n in (1, 2)]
    found = tables_of([*files, FileReport("b.json", "checked", format="json", issues=(issue,))])
    assert {path: [(one.count, one.lines) for one in lines] for path, lines in found.items()} == {"a.csv": [(2, (7,))]}


def test_one_more_line_is_counted_too() -> None:
    listed = [Issue(severity="error", code="value", message="Wrong.", path="C", line=n) for n in range(1, 21)]
    closing = Issue(severity="error", code="value", message="Wrong. 1 more line with this.", path="C", count=1)
    (line,) = quality([*listed, closing])
    assert (line.message, line.count) == ("Wrong.", 21)


def test_the_window_shows_each_kind_once_with_lines_and_what_to_do(tmp_path: Path) -> None:
    wrong = [cld.SERVICE | {"NHS Number": "9990000019", "Event Reference": str(n)} for n in range(30)]
    rows = [row for row in found_rows(report(tmp_path, wrong).files) if "NHS number" in row.message]
    assert len(rows) == 1
    assert "30 lines: 2, 3, 4, 5, 6 and more." in rows[0].message
    assert "Trace the person" in rows[0].message
