"""Client Level Data files: how they are written, and what happens to bad ones."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import cld_samples as cld
import pytest
from cld_samples import EVENTS, entry, trees

from fhir import limits
from fhir.entries import PersonId
from fhir.people import Identity
from fhir.reading import read_document, read_drop
from fhir.records import Refused, SourceFile
from fhir.social_care.costs import weekly_cost
from fhir.social_care.values import Dates
from fhir.understanding import Drop

# -- how files are written


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_delimiter_and_encoding_are_found_from_the_content(tmp_path: Path, delimiter: str, encoding: str) -> None:
    row = cld.SERVICE | {"Last Name": "O\u2019Brién", "Event Description": 'Calls, "early"; tea'}
    data = cld.table([row, cld.ASSESSMENT], delimiter=delimiter, encoding=encoding)
    (document,) = cld.read(tmp_path, data)
    (one, *_), found = cld.understood([document])[0].people, cld.entries([document])
    assert one.identity.name == "Ann O\u2019BRIÉN"
    assert entry(found, "services").title == 'Calls, "early"; tea'
    assert document.data == data
    assert all(data[resource.start : resource.end] == resource.raw for resource in document.resources)


def test_what_was_found_is_said(tmp_path: Path) -> None:
    said = [message for _, _, message in cld.messages(cld.read(tmp_path, cld.table([cld.SERVICE], delimiter=";")))]
    assert "Read as UTF-8 text with semicolons between cells." in said
    assert "Dates are written with the day first." in said


def test_a_file_wholly_in_windows_1252_is_said_to_be_so_once(tmp_path: Path) -> None:
    rows = [cld.SERVICE | {"Last Name": "Zoë", "Event Description": "Café"}, cld.KNOWN_CARER | {"Last Name": "Brién"}]
    headers = [*cld.HEADERS, "Größe"]
    data = cld.table([row | {"Größe": "größer"} for row in rows], headers=headers, encoding="windows-1252")
    documents = cld.read(tmp_path, data)
    assert {p.identity.name for p in cld.understood(documents)[0].people} == {"Ann ZOË", "Bob BRIÉN"}
    assert [(line, path, message) for line, path, message in cld.messages(documents) if "1252" in message] == [
        (1, "", "Read as Windows-1252 text with commas between cells. None of its letters beyond A to Z is UTF-8.")
    ]
    assert ("Other column", "Größe: größer") in {
        (field.label, field.value) for one in cld.entries(documents) for field in one.fields
    }


def test_letters_of_another_encoding_in_a_cell_of_several_lines_are_named(tmp_path: Path) -> None:
    row = cld.SERVICE | {"Last Name": "Zoë", "Event Description": "Calls\r\nat the caf?"}
    documents = cld.read(tmp_path, cld.table([row]).replace(b"caf?", b"caf\xe9"))
    assert [path for _, path, message in cld.messages(documents) if "1252" in message] == [
        "Event Description (column 29)"
    ]


def test_lines_of_another_encoding_are_read_and_named(tmp_path: Path) -> None:
    data = (
        cld.table([cld.SERVICE | {"Last Name": "Zoë"}])
        + cld.table([cld.KNOWN_CARER | {"Last Name": "Brién"}], encoding="windows-1252").partition(b"\r\n")[2]
    )
    documents = cld.read(tmp_path, data)
    assert {p.identity.name for p in cld.understood(documents)[0].people} == {"Ann ZOË", "Bob BRIÉN"}
    assert [(line, path) for line, path, message in cld.messages(documents) if "Windows-1252" in message] == [
        (3, "Last Name (column 7)")
    ]


def test_one_cell_of_another_encoding_spoils_no_other_cell_of_its_line(tmp_path: Path) -> None:
    row = cld.SERVICE | {"Last Name": "Łukién", "Event Description": "Caf? calls", "Provider CQC Location Name": "Zo?"}
    data = cld.table([row]).replace(b"Caf?", b"Caf\xe9").replace(b"Zo?", b"Zo\x81")
    documents = cld.read(tmp_path, data)
    assert [one.identity.name for one in cld.understood(documents)[0].people] == ["Ann ŁUKIÉN"]
    service = entry(cld.entries(documents), "services")
    assert service.title == "Café calls"
    assert "Zo\x81" in {field.value for field in service.fields}
    assert [path for _, path, message in cld.messages(documents) if "Windows-1252" in message] == [
        "Event Description (column 29)",
        "Provider CQC Location Name (column 43)",
    ]


def test_a_quoted_cell_may_hold_line_breaks(tmp_path: Path) -> None:
    rows = [cld.SERVICE | {"Event Description": "Calls\r\nmorning and night"}, cld.ASSESSMENT]
    data = cld.table(rows)
    (document,) = cld.read(tmp_path, data)
    service = next(resource for resource in document.resources if resource.type == "EpisodeOfCare")
    assert service.raw.count(b"\r\n") == 2
    assert {resource.line for resource in document.resources if resource.type == "Task"} == {4}


def test_a_quotation_mark_that_does_not_close_costs_its_own_line_only(tmp_path: Path) -> None:
    data = cld.table([cld.SERVICE, cld.ASSESSMENT]).replace(b"Morning calls", b'6" rail')
    documents = cld.read(tmp_path, data)
    assert {resource.line for resource in documents[0].resources if resource.type == "Task"} == {3}
    assert (2, "A quotation mark does not close; the line was read without quotation.") in {
        (line, message) for line, _, message in cld.messages(documents)
    }


def test_title_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    data = b"Council extract,,,\r\n\r\n" + cld.table([cld.SERVICE])
    (document,) = cld.read(tmp_path, data)
    assert document.data == data
    assert {resource.line for resource in document.resources} == {4}


def test_columns_in_any_order_and_spelling(tmp_path: Path) -> None:
    headers = list(reversed(cld.HEADERS))
    data = cld.table([cld.SERVICE], headers=headers)
    header, _, rest = data.partition(b"\r\n")
    data = header.upper().replace(b" ", b"_") + b"\r\n" + rest
    assert entry(cld.entries(cld.read(tmp_path, data)), "services").title == "Morning calls"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-05-01", "2025-05-01"),
        ("2025-05-01 00:00:00", "2025-05-01"),
        ("2025-05-01T00:00:00Z", "2025-05-01"),
        ("01/05/2025", "2025-05-01"),
        ("1/5/2025 00:00", "2025-05-01"),
        ("01-May-2025", "2025-05-01"),
        ("1 May 2025", "2025-05-01"),
        ("20250501", "2025-05-01"),
        ("45778", "2025-05-01"),
        ("31/02/2025", ""),
        ("01/05/25", ""),
        ("soon", ""),
    ],
)
def test_dates_are_read_for_certain_or_not_at_all(written: str, read: str) -> None:
    assert Dates().read(written) == read


def _dated(birth: str, start: str) -> dict[str, str]:
    dates = {"Reporting Period Start Date": "2025-04-01", "Reporting Period End Date": "2026-03-31"}
    return cld.SERVICE | dates | {"Date of Birth": birth, "Event Start Date": start}


@pytest.mark.parametrize(
    ("rows", "start", "said"),
    [
        ([_dated("14/02/1938", "01/05/2025")], "2025-05-01", "with the day first"),
        ([_dated("02/14/1938", "05/01/2025")], "2025-05-01", "with the month first"),
        ([_dated("02/03/1938", "05/01/2025")], "2025-01-05", "No date tells whether day or month comes first"),
        ([_dated("14/02/1938", "05/13/2025")], "", "only month first"),
        ([_dated("1938-02-14", "2025-05-01")], "2025-05-01", "one way only"),
    ],
)
def test_the_order_of_day_and_month_is_found_and_said(
    tmp_path: Path, rows: list[dict[str, str]], start: str, said: str
) -> None:
    documents = cld.read(tmp_path, cld.table(rows))
    period = trees(documents, "EpisodeOfCare")[0].get("period", {})
    assert period.get("start", "") == start  # type: ignore[attr-defined]
    assert any(said in message for _, _, message in cld.messages(documents))


# -- bad input


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        ({"Event End Date": "01/04/2025"}, "Event End Date", "The event ends before it starts."),
        ({"Date of Death": "01/06/2025", "Event End Date": "02/06/2025"}, "Event End Date", "after the person died"),
        ({"Date of Death": "01/01/1900"}, "Date of Death", "died before they were born"),
        ({"Event Start Date": "13/02/1938"}, "Event Start Date", "starts before the person was born"),
        ({"Event Start Date": "01/04/2026"}, "Event Start Date", "starts after the reporting period ends"),
        ({"Date of Birth": "01/04/2026"}, "Date of Birth", "born after the reporting period ends"),
        ({"Date of Birth": "14-Feb-38"}, "Date of Birth", "two digits, which do not tell the century"),
        ({"Event Start Date": "01/05/25"}, "Event Start Date", "two digits, which do not tell the century"),
        ({"NHS Number": "9.99E+09"}, "NHS Number", "A spreadsheet has rounded this number"),
        ({"LA Person Unique Identifier": "1.23E+05"}, "LA Person Unique Identifier", "A spreadsheet has rounded"),
        ({"Event Start Date": "01/05/2025", "Event End Date": "soon"}, "Event End Date", "not a date"),
        ({"Reporting Period End Date": "01/01/2025"}, "Reporting Period End Date", "period ends before it starts"),
        ({"Unit Cost": "-18.50"}, "Unit Cost", "The number is negative"),
        ({"Unit Cost": "lots"}, "Unit Cost", "This is not a number"),
        ({"Event Description": "=cmd|' /C calc'!A0"}, "Event Description", "The cell holds a formula"),
        ({"Last Name": "@SUM(A1)"}, "Last Name", "The cell holds a formula"),
        ({"NHS Number": "9990000019"}, "NHS Number", "not a valid NHS number"),
        ({"Ethnicity": "White"}, "Ethnicity", "not in the list"),
        ({"Event Start Date": "31/02/2025"}, "Event Start Date", "not a date"),
        ({"Event Start Date": "45778"}, "Event Start Date", "day number of a spreadsheet"),
        ({"Gender": ""}, "Gender", "due here and is missing"),
        ({"Service Type": "NULL"}, "Service Type", "due here and is missing"),
        ({"LA Person Unique Identifier": ""}, "LA Person Unique Identifier", "by the council's own number"),
        ({"Event Type": ""}, "Event Type", "tells of no event"),
    ],
)
def test_faults_are_named_by_line_and_column_and_the_row_is_kept(
    tmp_path: Path, change: dict[str, str], column: str, message: str
) -> None:
    documents = cld.read(tmp_path, cld.table([cld.ASSESSMENT, cld.SERVICE | change]))
    found = [(path, said) for line, path, said in cld.messages(documents) if line == 3]
    assert any(path.startswith(column) and message in said for path, said in found), found
    assert any(resource.line == 3 for resource in documents[0].resources)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Event Start Date": "01/05/2025"}, "The event starts before the person was born."),
        ({"Event End Date": "01/05/2025"}, "The event ends before it starts."),
    ],
)
def test_a_fault_is_found_on_a_line_that_repeats_the_person_above_with_dates_seen_before(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    young = cld.SERVICE | {"LA Person Unique Identifier": "A200", "Date of Birth": "01/06/2025"}
    young |= {"Event Start Date": "02/06/2025", "NHS Number": ""}
    documents = cld.read(tmp_path, cld.table([cld.SERVICE, young, young | change, young]))
    assert [line for line, _, said in cld.messages(documents) if said == message] == [4]


def test_no_finding_holds_record_content(tmp_path: Path) -> None:
    row = {header: f"Secret{number}" for number, header in enumerate(cld.HEADERS)}
    assert "Secret" not in repr(cld.messages(cld.read(tmp_path, cld.table([row]))))


def test_null_and_blanks_say_nothing(tmp_path: Path) -> None:
    row = {**cld.SERVICE, "Date of Death": "NULL", "Event End Date": " null ", "Event Description": "  Calls\u00a0 "}
    found = cld.entries(cld.read(tmp_path, cld.table([row])))
    assert entry(found, "services").title == "Calls"
    assert not any("null" in field.value.casefold() for one in found for field in one.fields)


def test_one_fault_on_every_line_is_told_once_with_a_count(tmp_path: Path) -> None:
    rows = [cld.SERVICE | {"Gender": "Martian", "Event Start Date": f"{day:02}/05/2025"} for day in range(1, 29)]
    said = [
        message for _, path, message in cld.messages(cld.read(tmp_path, cld.table(rows))) if path.startswith("Gender")
    ]
    assert len(said) == 21
    assert said[-1].endswith("8 more lines with this.")


def test_lines_too_short_and_too_long_are_kept(tmp_path: Path) -> None:
    header, one, two, _ = cld.table([cld.SERVICE, cld.ASSESSMENT]).split(b"\r\n")
    short = two.rsplit(b",", 10)[0]
    data = b"\r\n".join([header, one + b",beyond,the end", short, b""])
    documents = cld.read(tmp_path, data)
    assert {resource.line for resource in documents[0].resources if resource.type != "Patient"} >= {2, 3}
    assert any(field.value == "Column 51: beyond" for one in cld.entries(documents) for field in one.fields)
    assert {line for line, _, message in cld.messages(documents) if "cells than the header" in message} == {2, 3}


def test_missing_and_second_columns_are_named(tmp_path: Path) -> None:
    headers = [header for header in cld.HEADERS if header != "Gender"] + ["Postcode"]
    documents = cld.read(tmp_path, cld.table([cld.SERVICE], headers=headers))
    said = {(path, message.partition(";")[0]) for _, path, message in cld.messages(documents)}
    assert ("Gender", "This column is not in the file.") in said
    assert [path for path, _ in said if path.startswith("Gender")] == ["Gender"], "not on every line again"
    assert ("Postcode", "Column 50 has the name of an earlier column") in said


def _workbook(**members: bytes) -> bytes:
    """A ZIP of these members; "/" stands for "__" and "." for "_0" in their names."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_0", "."), content)
    return packed.getvalue()


_XLSX = _workbook(**{"[Content_Types]_0xml": b"<Types/>", "xl__workbook_0xml": b"<workbook/>"})
_ODS = _workbook(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_0xml=b"<office/>")


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"a,b,c\r\n1,2,3\r\n", "This is a table (CSV), but not one that is read here", 0),
        (cld.table([cld.SERVICE] * 2).partition(b"\r\n")[2], "its line of column names is missing", 0),
        (cld.table([cld.SERVICE]).partition(b"\r\n")[2], "its line of column names is missing", 0),
        (b"LA Code,Gender,Ethnicity,Postcode,Wage\r\n1,2,3,4,5\r\n", "only 4 of its columns are there", 1),
        (b"Our extract\r\n" + ",".join(cld.HEADERS[8:]).encode() + b"\r\n", "no column says which person", 2),
        (b"Our extract\r\n" + cld.table([cld.SERVICE], delimiter="~"), 'with "~" between its cells', 2),
        (cld.table([cld.SERVICE]).replace(b",", b"   "), "with blanks between its cells", 1),
        (b"\x7fELF\x00" + cld.table([cld.SERVICE])[:40], "This is a binary file", 0),
        (b"", "This file is empty", 0),
        (b"Just some words\r\n", "not a FHIR record", 0),
        (cld.table([cld.SERVICE]).replace(b"\r\n", b"\r"), "bare carriage returns", 0),
        (_XLSX, "This is a spreadsheet workbook, whatever its name says; save its sheet as CSV.", 0),
        (_ODS, "This is a spreadsheet workbook, whatever its name says; save its sheet as CSV.", 0),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an Office file of the old kind", 0),
    ],
)
def test_other_tables_are_refused_in_plain_words(tmp_path: Path, data: bytes, reason: str, line: int) -> None:
    (refused,) = cld.dropped(tmp_path, data, "extract.csv")
    assert isinstance(refused, Refused)
    assert reason in refused.reason
    assert refused.line == line


@pytest.mark.parametrize("before", [0, 300])
def test_a_null_among_the_text_is_left_out_and_named_wherever_it_stands(tmp_path: Path, before: int) -> None:
    data = cld.table([cld.SERVICE] * before + [cld.ASSESSMENT])
    head, _, last = data.rstrip(b"\r\n").rpartition(b"\r\n")
    found = cld.read(tmp_path, head + b"\r\n" + last.replace(b",", b",\x00", 1) + b"\r\n")
    assert (before + 2, "Null characters in the line were left out.") in [
        (line, words) for line, _, words in cld.messages(found)
    ]


def test_an_archive_of_papers_is_no_workbook(tmp_path: Path) -> None:
    packed = _workbook(mimetype=b"application/epub+zip", extract_0csv=cld.table([cld.SERVICE]))
    found = cld.dropped(tmp_path, packed, "papers.zip")
    assert [isinstance(one, SourceFile) for one in found] == [True, False]


def test_lines_with_another_delimiter_than_the_header_are_kept_and_named(tmp_path: Path) -> None:
    data = cld.table([cld.SERVICE]) + cld.table([cld.ASSESSMENT], delimiter=";").partition(b"\r\n")[2]
    documents = cld.read(tmp_path, data)
    assert (3, "The line has fewer cells than the header; the rest is taken as empty.") in {
        (line, message) for line, _, message in cld.messages(documents)
    }
    assert b"".join(document.data for document in documents) == data


def test_a_header_alone_is_said_to_hold_nothing(tmp_path: Path) -> None:
    documents = cld.read(tmp_path, cld.table([]))
    assert documents[0].resources == []
    assert any("no lines" in message for _, _, message in cld.messages(documents))


def test_extracts_are_read_from_archives_and_from_memory(tmp_path: Path) -> None:
    data = cld.table(EVENTS)
    with zipfile.ZipFile(tmp_path / "drop.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("social care/q4.csv", data)
    (packed,) = read_drop([tmp_path / "drop.zip"])
    assert isinstance(packed, SourceFile)
    assert packed.path.endswith("drop.zip!social care/q4.csv")
    assert len(packed.resources) == len(read_document("q4.csv", "", data).resources)


def test_a_long_file_comes_in_stretches_that_together_are_the_file(tmp_path: Path) -> None:
    rows = [
        event | {"LA Person Unique Identifier": f"B{number}", "NHS Number": "", "Last Name": f"Test{number}"}
        for number in range(2100)
        for event in (cld.SERVICE, cld.ASSESSMENT)
    ]
    data = cld.table(rows)
    documents = cld.read(tmp_path, data)
    assert len(documents) > 2
    assert [document.path.rpartition("#")[2] for document in documents] == [str(n + 1) for n in range(len(documents))]
    assert b"".join(document.data for document in documents) == data
    found = cld.understood(documents)
    assert len({person.person_id for one in found for person in one.people}) == 2100
    assert not any(described.person_id == "no-one" for one in found for described in one.described)


@pytest.mark.parametrize(
    ("cost", "frequency", "units", "weekly"),
    [
        ("18.50", "Hourly", "14", "259.00"),
        ("700", "Weekly", "3", "700.00"),
        ("1,400.00", "Fortnightly", "", "700.00"),
        ("2800", "4-weekly", "", "700.00"),
        ("£1000", "Monthly", "", "230.77"),
        ("1300", "Quarterly", "", "100.00"),
        ("5200", "Annually", "", "100.00"),
        ("-10", "Per session", "2", "-20.00"),
        ("500", "One-off", "1", None),
        ("500", "Hourly", "", None),
        ("", "Hourly", "3", None),
        ("500", "Every now and then", "3", None),
    ],
)
def test_the_cost_of_a_week_is_reckoned_as_dhsc_does(cost: str, frequency: str, units: str, weekly: str | None) -> None:
    assert weekly_cost(cost, frequency, units) == (Decimal(weekly) if weekly is not None else None)


def test_of_people_who_passed_by_only_the_store_knows_who_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STRETCH_ROWS", 1)
    later = cld.SERVICE | {"Event Start Date": "01/06/2025"}
    stored: dict[PersonId, Identity] = {}
    asked: list[PersonId] = []

    def known_person(person: PersonId) -> Identity | None:
        asked.append(person)
        return stored.get(person)

    drop = Drop(lambda keys: (), known_person)
    whose = []
    for document in cld.read(tmp_path, cld.table([cld.SERVICE, later])):
        asked.clear()
        (found,) = drop.understand(document).people
        stored[found.person_id] = found.identity
        whose.append((found.person_id, found.identity))
        drop.let_go(document)
    assert whose[0] == whose[1]
    assert asked == [whose[1][0]]
