"""What the import workbench stands on: the line of a finding, the report as a file, two documents side by side."""

from __future__ import annotations

import csv
import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from desktop import source_lines
from desktop.comparing import compare
from desktop.demo.generator import written
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.models.workbench import coverage_words, section_rows
from desktop.report_files import COLUMNS, as_csv, as_json, save
from desktop.reports import DropReport, FilePerson, FileReport
from desktop.source_lines import excerpt
from fhir.entries import PersonId
from fhir.locating import element_at, steps_of
from fhir.reading import read_document
from fhir.records import Issue

PATIENT = {
    "resourceType": "Patient",
    "id": "a",
    "name": [{"family": "Ellison"}, {"given": ["Peggy", 'Mar"garet]'], "family": "Smith"}],
    "birthDate": "1961-04-93",
}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"fullUrl": f"urn:{one['id']}", "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def condition(id: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": id,
        "subject": {"reference": "Patient/a"},
        "code": {"text": text},
        "recordedDate": "2026-01-02",
        **more,
    }


def issue(path: str, resource: str = "Patient/a", line: int = 0) -> Issue:
    return Issue(severity="error", code="value", message="Wrong.", resource=resource, path=path, line=line)


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("Patient.birthDate", b'"1961-04-93"'),
        ("Patient.name[1].given[1]", b'"Mar\\"garet]"'),
        ("Patient.name[1].family", b'"Smith"'),
        ("Patient.name[0]", b'{"family"'),
        ("Patient", b'{"resourceType"'),
        ("Patient.name[7].given", b'[{"family"'),
        ("Patient.contact[0].name", b'{"resourceType"'),
        ("Patient.birthDate[0]", b'"1961-04-93"'),
    ],
)
@pytest.mark.parametrize("spaced", [False, True])
def test_an_element_is_found_in_the_text(path: str, begins: bytes, spaced: bool) -> None:
    text = json.dumps(PATIENT, indent=2 if spaced else None, separators=(",", ": ") if spaced else (",", ":")).encode()
    found = text[element_at(text, path) :]
    assert b"".join(found.split()).startswith(b"".join(begins.split()))


def test_the_steps_of_a_path_begin_below_its_type() -> None:
    assert steps_of("Patient.name[0].given[1]") == ["name", 0, "given", 1]
    assert steps_of("Bundle.entry[6]") == ["entry", 6]
    assert steps_of("Patient") == []


def test_the_lines_around_a_finding_are_those_of_the_element(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(bundle(PATIENT, condition("c", "Asthma")), indent=2), "utf-8")
    found = excerpt(str(file), issue("Patient.birthDate"))
    number, line = found.lines[found.at]
    assert line.strip() == '"birthDate": "1961-04-93"'
    assert file.read_text("utf-8").splitlines()[number - 1] == line
    assert found.exact
    assert len(found.lines) == 2 * source_lines.AROUND + 1


def test_of_a_file_in_one_line_what_stands_around_the_element_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    many = [condition(f"c{n}", f"Condition number {n}") for n in range(200)]
    file.write_text(json.dumps(bundle(PATIENT, *many)), "utf-8")
    found = excerpt(str(file), issue("Condition.code.text", "Condition/c150"))
    ((number, line),) = found.lines
    assert number == 1
    assert "Condition number 150" in line
    assert "Condition number 20" not in line
    assert len(line) <= source_lines.LONGEST + 4
    assert found.cut


def test_lines_are_found_in_an_archive_a_stream_and_xml(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/a.json", json.dumps(PATIENT, indent=1))
    found = excerpt(f"{tmp_path / 'a.zip'}!in/a.json", issue("Patient.birthDate"))
    assert "1961-04-93" in found.lines[found.at][1]
    stream = tmp_path / "s.ndjson"
    stream.write_text("\n".join(json.dumps(condition(f"c{n}", f"No {n}")) for n in range(40)), "utf-8")
    found = excerpt(f"{stream}#1", issue("Condition.code", "Condition/c30", 31))
    assert found.lines[found.at][0] == 31
    assert "No 30" in found.lines[found.at][1]
    xml = tmp_path / "p.xml"
    xml.write_text(
        '<Patient xmlns="http://hl7.org/fhir">\n <id value="a"/>\n <birthDate value="19"/>\n</Patient>', "utf-8"
    )
    found = excerpt(str(xml), issue("Patient.birthDate"))
    assert found.exact
    assert found.lines[found.at] == (3, ' <birthDate value="19"/>')


XML = """<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
<entry><resource><Patient><id value="a"/>
 <name><family value="Ellison"/></name>
 <name><given value="Peggy"/><given value="&lt;Margaret&gt;"/>
  <family value="Smith"/></name>
 <f:birthDate xmlns:f="http://hl7.org/fhir" value="19"><f:extension url="x"/></f:birthDate>
 <contained><Organization><id value="o"/>
  <alias value="Mill"/></Organization></contained></Patient></resource></entry>
<entry>
 <fullUrl value="urn:b"/></entry></Bundle>
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("Patient.birthDate", 6),
        ("Patient._birthDate.extension[0].url", 6),
        ("Patient.name[1].given[1]", 4),
        ("Patient.name[1].family", 5),
        ("Patient.name[0]", 3),
        ("Patient.contained[0].alias[0]", 8),
        ("Patient.contact[0].name", 2),
        ("Patient", 2),
    ],
)
def test_a_finding_in_xml_is_shown_at_the_line_of_its_element(tmp_path: Path, path: str, line: int) -> None:
    file = tmp_path / "b.xml"
    file.write_text(XML, "utf-8")
    found = excerpt(str(file), issue(path))
    assert found.lines[found.at] == (line, XML.splitlines()[line - 1])
    assert found.exact


def test_a_finding_of_a_bundle_in_xml_is_shown_at_its_entry(tmp_path: Path) -> None:
    file = tmp_path / "b.xml"
    file.write_text(XML, "utf-8")
    (empty,) = [one for one in read_document("b.xml", "", XML.encode()).issues if "no record" in one.message]
    assert empty.path == "Bundle.entry[1]"
    found = excerpt(str(file), empty)
    assert found.lines[found.at] == (9, "<entry>")


def test_what_a_sender_deleted_is_said_of_xml_as_of_json() -> None:
    request = {"method": "DELETE", "url": "Condition/1"}
    deleting = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": PATIENT}, {"request": request}]}
    xml = XML.replace('<fullUrl value="urn:b"/>', '<request><method value="DELETE"/></request>').encode()
    of_json, of_xml = read_document("b", "", json.dumps(deleting).encode()), read_document("b", "", xml)
    assert [one for one in of_xml.issues if one.code == "deleted"] == [
        one for one in of_json.issues if one.code == "deleted"
    ]
    assert len([one for one in of_xml.issues if one.code == "deleted"]) == 1


def test_a_refused_file_is_shown_at_the_line_that_broke_it(tmp_path: Path) -> None:
    file = tmp_path / "cut.json"
    file.write_text('{\n "resourceType": "Patient",\n "id": NaN\n}', "utf-8")
    found = excerpt(str(file), Issue(severity="fatal", code="structure", message="It holds NaN.", line=3))
    assert found.lines[found.at] == (3, ' "id": NaN')


def test_a_table_is_shown_at_its_line(tmp_path: Path) -> None:
    written_files = list(written(tmp_path, people=1, seed=1, tables=True))
    table = next(path for path in written_files if path.suffix == ".csv")
    wrong = Issue(severity="warning", code="table", message="Odd.", line=2)
    found = excerpt(str(table), wrong)
    assert found.lines[found.at] == (2, table.read_text("utf-8-sig").splitlines()[1][: source_lines.LONGEST])


def test_a_file_that_is_gone_or_cannot_be_shown_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(NothingFoundError):
        excerpt(str(tmp_path / "none.json"), issue("Patient.name"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.json", "{")
    with pytest.raises(NothingFoundError, match="single files only"):
        excerpt(f"{tmp_path / 'a.zip'}!a.json", issue("Patient"))


REPORT = DropReport(
    (
        FileReport(
            "in/a.json",
            "imported",
            format="json",
            resources=2,
            entries=3,
            issues=(issue("Patient.birthDate", line=7), Issue(severity="warning", code="x", message='=HYPERLINK("x")')),
            people=(FilePerson(PersonId("p1"), "Peggy ELLISON", "9990000018", "possible"),),
            sections=(("demographics", 1), ("problems", 2)),
        ),
        FileReport("in/b.json", "refused", reason="This is not valid JSON."),
        FileReport("in/c.json", "unchanged"),
    )
)


def test_the_report_is_a_table_with_a_line_a_finding_and_one_for_each_silent_file() -> None:
    rows = list(csv.reader(StringIO(as_csv(REPORT).decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[1] == ["in/a.json", "imported", "error", "value", "Patient/a", "Patient.birthDate", "7", "Wrong."]
    assert rows[2][-1] == '\'=HYPERLINK("x")', "a spreadsheet would run it"
    assert rows[3] == ["in/b.json", "refused", "", "", "", "", "", "This is not valid JSON."]
    assert rows[4][:2] == ["in/c.json", "unchanged"]


def test_neither_form_tells_who_was_found(tmp_path: Path) -> None:
    told = json.loads(as_json(REPORT))
    assert told["files"][0]["people"] == [{"personId": "p1", "match": "possible"}]
    assert told["files"][0]["issues"][0]["path"] == "Patient.birthDate"
    for text in (as_json(REPORT), as_csv(REPORT)):
        assert b"ELLISON" not in text
        assert b"9990000018" not in text
    save(REPORT, tmp_path / "r.json")
    assert (tmp_path / "r.json").read_bytes() == as_json(REPORT)
    assert (tmp_path / "r.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(WorkspaceError, match="nothing was overwritten"):
        save(REPORT, tmp_path / "r.json")


def test_two_states_of_a_bundle_differ_in_what_is_new_changed_and_gone() -> None:
    before = bundle(PATIENT, condition("1", "Asthma"), condition("2", "Gout"), condition("3", "Eczema"))
    after = bundle(PATIENT, condition("1", "Asthma"), condition("2", "Gout, tophaceous"), condition("4", "Anaemia"))
    found = compare(("a.json", json.dumps(before).encode()), ("b.json", json.dumps(after, indent=3).encode()))
    assert [(one.kind, one.title) for one in found.changes] == [
        ("changed", "Gout, tophaceous"),
        ("new", "Anaemia"),
        ("gone", "Eczema"),
    ]
    assert "Title: Gout → Gout, tophaceous" in found.changes[0].details
    assert found.same >= 2
    same = compare(("a.json", json.dumps(before).encode()), ("b.json", json.dumps(before, indent=1).encode()))
    assert same.changes == ()


def test_what_cannot_be_read_is_not_compared() -> None:
    with pytest.raises(WorkspaceError):
        compare(("a.json", b"{"), ("b.json", json.dumps(PATIENT).encode()))


def test_the_coverage_names_every_section_of_the_standard() -> None:
    rows = section_rows(REPORT.files, {"in/a.json": "a.json"})
    assert sum(bool(row.section.standard) for row in rows) == 38
    filled = {row.section.key: (row.entries, row.files) for row in rows if row.entries}
    assert filled == {"demographics": (1, ("a.json",)), "problems": (2, ("a.json",))}
    assert coverage_words(rows) == "2 of the 38 sections of the Core Information Standard, 3 entries"
