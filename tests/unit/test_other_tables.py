"""Tables for care providers and carers, and the children's returns: every column is told, every fault is named."""

from __future__ import annotations

import csv
import io
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desktop.models.story import is_current
from fhir.entries import Entry
from fhir.reading import read_drop
from fhir.records import Refused, SourceFile
from fhir.social_care.tables.definitions import Table, TableColumn, tables
from fhir.understanding import Drop
from fhir.understood import Described
from fhir.year.due import due_next

TABLES = list(tables().values())
COLUMNS = [(table.key, column.key) for table in TABLES for column in table.columns]
# The text of a date is told as a date; what a code means is told beside the code.
DAY, SAID = "14/02/2019", "14 Feb 2019"


def written(table: Table, column: TableColumn) -> str:
    if column.kind in ("date", "datetime"):
        return DAY
    if column.kind == "number":
        return "11"
    if column.kind == "list":
        return next(iter(table.lists[column.list]))
    return f"said of {column.key}"


def as_csv(headers: list[str], *rows: list[str], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([headers, *rows])
    return text.getvalue().encode()


def full_row(table: Table) -> dict[str, str]:
    return {column.name: written(table, column) for column in table.columns}


def dropped(folder: Path, **files: bytes) -> tuple[list[SourceFile], list[Described]]:
    """The documents, and what is described of whom: by the id of the whole that a person is read as."""
    for name, data in files.items():
        (folder / f"{name}.txt").write_bytes(data)
    found = list(read_drop([folder]))
    documents = [one for one in found if isinstance(one, SourceFile)]
    assert len(documents) == len(found), [one for one in found if isinstance(one, Refused)]
    drop = Drop(lambda keys: (), lambda person: None)
    for document in documents:
        drop.learn(document)
    drop.settle()
    described: list[Described] = []
    for document in documents:
        understood = drop.understand(document)
        whole = {found.person_id: min(found.whole) for found in understood.people}
        described += [
            msgspec.structs.replace(one, person_id=whole.get(one.person_id, one.person_id))
            for one in understood.described
        ]
    return documents, described


def all_words(described: list[Described]) -> str:
    words: list[str] = []
    for one in described:
        for entry in one.entries:
            words += [entry.title, entry.value, entry.detail, entry.when.text, entry.author, entry.source.name]
            words.append(entry.as_at)
            words += [field.value for field in entry.fields]
            words.append(entry.source.key)
        if one.demographics is not None:
            identity = one.demographics.identity
            words += [
                identity.birth_date,
                identity.name,
                identity.nhs_number,
                identity.gender,
                one.demographics.ethnicity,
            ]
            words += [identifier.value for identifier in identity.identifiers]
            words += [address.postcode for address in one.demographics.addresses]
    return "\n".join(words).casefold()


@pytest.mark.parametrize(("key", "column"), COLUMNS)
def test_every_column_is_told_somewhere(tmp_path: Path, key: str, column: str) -> None:
    """Nothing a row says is lost: a date as a date, a code with what it means, all else in its words."""
    table = tables()[key]
    (one,) = [each for each in table.columns if each.key == column]
    row = full_row(table)
    odd = {"id": "zq-7741", "text": "zebra quartz 7741", "number": "77.41", "date": "3/9/2017", "datetime": "3/9/2017"}
    if one.kind != "list":
        row[one.name] = odd[one.kind]
    if one.key == "gender":
        row[one.name] = "Female"
    _, described = dropped(tmp_path, table=as_csv(list(row), list(row.values())))
    said = all_words(described)
    told = {
        "date": ("3 sep 2017", "2017-09-03", "3/9/2017"),
        "datetime": ("3 sep 2017", "2017-09-03", "3/9/2017"),
        "list": (row[one.name].casefold(), table.words(one, row[one.name]).casefold()),
    }.get(one.kind, (row[one.name].casefold(),))
    known_elsewhere = (key, column) in {(one, "dob") for one in tables()} | {
        ("children-uasc", "sex"), ("children-header", "sex"),
    }  # fmt: skip
    if known_elsewhere and key != "children-header":
        return  # the header table tells these; here they only repeat it
    if column == "sex":
        told = ("male",)
    assert any(words in said for words in told), said


@pytest.mark.parametrize("key", [table.key for table in TABLES])
def test_what_is_made_is_valid_fhir(tmp_path: Path, key: str) -> None:
    row = full_row(tables()[key])
    documents, _ = dropped(tmp_path, table=as_csv(list(row), list(row.values())))
    for resource in documents[0].resources:
        module: Any = import_module(f"fhir.resources.R4B.{resource.type.lower()}")
        getattr(module, resource.type).model_validate(resource.tree)


@pytest.mark.parametrize("key", [table.key for table in TABLES])
def test_each_resource_holds_the_exact_bytes_of_its_line(tmp_path: Path, key: str) -> None:
    row = full_row(tables()[key])
    data = as_csv(list(row), list(row.values()), delimiter=";")
    documents, _ = dropped(tmp_path, table=data)
    assert documents[0].data == data
    assert {resource.raw for resource in documents[0].resources} == {data.splitlines(keepends=True)[1]}


def entries(described: list[Described]) -> list[Entry]:
    return [entry for one in described for entry in one.entries]


PROVIDER = {"Provider CQC Location ID": "1-99", "Provider Name": "Fenland Home Care", "Person ID": "F10001"}
ANN = PROVIDER | {"NHS Number": "9990000018", "First Name": "Ann", "Last Name": "Test", "Date of Birth": "14/02/1938"}


def one_row(row: dict[str, str]) -> bytes:
    return as_csv(list(row), list(row.values()))


def test_a_provider_tells_of_one_person_in_many_tables(tmp_path: Path) -> None:
    notes = ANN | {"Note Time": "21/07/2026 08:50", "Note": "Ate well.", "Written By": "Dawn Pryce"}
    chart = PROVIDER | {"Medicine": "Apixaban 2.5mg", "Due Time": "20/11/2026 20:00", "Outcome": "Refused"}
    chart["Reason"] = "Said no"
    funded = ANN | {"Care Type": "Home care", "Service Start": "01/05/2025", "Hours per Week": "10.5"}
    funded["Funding"] = "Self-funded"
    _, described = dropped(tmp_path, notes=one_row(notes), chart=one_row(chart), people=one_row(funded))
    assert len({one.person_id for one in described}) == 1
    told = {(entry.section, entry.kind, entry.title, entry.when.text) for entry in entries(described)}
    assert ("contacts", "daily-note", "Daily note: Ate well.", "21 Jul 2026, 08:50") in told
    assert ("medicines", "medicine-given", "Not given: Apixaban 2.5mg", "20 Nov 2026, 20:00") in told
    assert ("services", "package", "Home care", "since 1 May 2025") in told
    service = next(entry for entry in entries(described) if entry.kind == "package")
    assert {"Self-funded", "10.5 hours a week"} <= {field.value for field in service.fields}
    assert {entry.source.name for entry in entries(described)} == {"Fenland Home Care"}
    assert {entry.source.kind for entry in entries(described)} == {"social-care"}


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        ("Given", "Given"),
        ("Self-administered", "Given"),
        ("Prompted", "Given"),
        ("Not given", "Not given"),
        ("Declined", "Not given"),
        ("Refused - felt sick", "Not given"),
        ("No", "Not given"),
        ("Spat out", "Not given"),
        ("Out of stock", "Not given"),
        ("", "Not known whether given"),
        ("R", "Not known whether given"),
        ("Given, then vomited", "Not known whether given"),
        ("Given one, refused one", "Not known whether given"),
        ("Partly taken", "Not known whether given"),
    ],
)
def test_a_dose_is_told_as_given_only_where_its_outcome_says_so(tmp_path: Path, outcome: str, title: str) -> None:
    chart = ANN | {"Medicine": "Digoxin 125 microgram", "Given Time": "20/11/2026 20:00", "Outcome": outcome}
    documents, described = dropped(tmp_path, chart=one_row(chart))
    (dose,) = [entry for entry in entries(described) if entry.section == "medicines"]
    assert dose.title == f"{title}: Digoxin 125 microgram"
    assert outcome in {field.value for field in dose.fields} | {""}
    unclear = {(one.line, one.path.partition(" (")[0]) for one in documents[0].issues if "not clear" in one.message}
    assert unclear == ({(2, "Outcome")} if outcome and title.startswith("Not known") else set())


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"Outcome": "Completed"}, "finished"),
        ({"Outcome": "Not completed"}, "cancelled"),
        ({"Outcome": "Incomplete"}, "unknown"),
        ({"Outcome": "Declined at the door"}, "cancelled"),
        ({"Outcome": "No access"}, "cancelled"),
        ({"Outcome": "Completed, medicine refused", "Actual End": "14/06/2026 08:30"}, "finished"),
        ({}, "planned"),
    ],
)
def test_a_visit_is_told_as_made_only_where_its_row_says_so(tmp_path: Path, row: dict[str, str], status: str) -> None:
    visit = ANN | {"Visit ID": "V1", "Planned Start": "14/06/2026 08:00"} | row
    documents, _ = dropped(tmp_path, visits=one_row(visit))
    assert [one.tree["status"] for one in documents[0].resources if one.type == "Encounter"] == [status]


def test_what_has_an_end_is_not_over_before_it(tmp_path: Path) -> None:
    """Insulin delegated until next year is being done now; whether the day has come is for whoever knows today."""
    task = ANN | {"Task": "Insulin", "Delegated By": "Jo Day", "Start": "14/06/2026", "End": "31/12/2026"}
    plan = ANN | {"Need": "Walking", "Support": "Daily walk", "Start": "14/06/2026", "End": "31/12/2026"}
    _, described = dropped(tmp_path, tasks=one_row(task | {"Status": "Active"}), plans=one_row(plan))
    found = {entry.kind: entry for entry in entries(described) if entry.kind in ("delegated-task", "plan")}
    assert found["delegated-task"].status == "in progress"
    assert found["plan"].status == "active"
    assert {entry.when.text for entry in found.values()} == {"14 Jun 2026 to 31 Dec 2026"}
    assert [is_current(entry, date(2026, 11, 21)) for entry in found.values()] == [True, True]
    assert [is_current(entry, date(2027, 1, 21)) for entry in found.values()] == [False, False]
    assert [one.kind for one in due_next(list(found.values()), date(2026, 11, 21))] == ["ends", "ends"]


def test_when_a_plan_and_a_delegated_task_are_reviewed_is_among_what_is_due(tmp_path: Path) -> None:
    task = ANN | {"Task": "Insulin", "Delegated By": "Jo Day", "Start": "14/06/2026", "Review Due": "20/12/2026"}
    plan = ANN | {"Need": "Walking", "Support": "Daily walk", "Start": "14/06/2026", "Review Due": "13/11/2026"}
    _, described = dropped(tmp_path, tasks=one_row(task), plans=one_row(plan))
    found = due_next(entries(described), date(2026, 11, 21))
    assert [(one.kind, one.when, one.overdue) for one in found] == [
        ("review", date(2026, 11, 13), True),
        ("review", date(2026, 12, 20), False),
    ]


def test_a_time_is_british_clock_time_in_summer_and_winter(tmp_path: Path) -> None:
    rows = [ANN | {"Note Time": when, "Note": "x"} for when in ("21/07/2026 08:50", "21/11/2026 08:50")]
    documents, _ = dropped(tmp_path, notes=as_csv(list(rows[0]), *[list(row.values()) for row in rows]))
    sent = [one.tree["sent"] for one in documents[0].resources if one.type == "Communication"]
    assert sent == ["2026-07-21T08:50:00+01:00", "2026-11-21T08:50:00+00:00"]


def test_an_unpaid_carer_has_a_record_of_their_own_and_the_assessment_stands_only_there(tmp_path: Path) -> None:
    carer = {
        "Provider CQC Location ID": "LINK", "Provider Name": "Carers Link", "Person ID": "C90001", "First Name": "Bob",
        "Last Name": "Test", "Date of Birth": "25/12/1940", "Cared For Person ID": "F10001",
        "Cared For First Name": "Ann", "Cared For Last Name": "Test", "Relationship": "Husband",
        "Assessment Date": "02/03/2026", "Assessment Outcome": "A break every month",
    }  # fmt: skip
    _, described = dropped(tmp_path, carers=one_row(carer))
    by_person: dict[str, set[tuple[str, str]]] = {}
    for one in described:
        by_person.setdefault(one.person_id, set()).update((entry.kind, entry.title) for entry in one.entries)
    assert sorted(sorted(kind for kind, _ in kinds) for kinds in by_person.values()) == [
        ["assessment", "cared-for", "person"],
        ["carer", "person"],
    ]
    assert any("Bob Test" in title and "Husband" in title for kinds in by_person.values() for _, title in kinds)


HEADER = as_csv(
    ["CHILD", "SEX", "DOB", "ETHNIC", "UPN", "MOTHER", "MC_DOB"],
    ["100234", "1", "14/03/2012", "WBRI", "A123456789012", "", ""],
)
EPISODES = as_csv(
    ["CHILD", "DECOM", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "DEC", "REC", "HOME_POST", "PL_POST", "URN"],
    ["100234", "01/05/2023", "S", "C2", "N1", "U4", "PR1", "10/06/2025", "X1", "LN1 1AA", "LN2 2BB", "SC1"],
    ["100234", "10/06/2025", "P", "V4", "N1", "T4", "PR1", "", "", "LN1 1AA", "LN2 2BB", "SC1"],
)


FIRST, SECOND = "1 May 2023 to 10 Jun 2025", "since 10 Jun 2025"


def test_a_childs_placements_and_why_they_are_looked_after_stand_apart(tmp_path: Path) -> None:
    _, described = dropped(tmp_path, episodes=EPISODES, header=HEADER)
    assert len({one.person_id for one in described}) == 1
    told = {(entry.section, entry.kind, entry.title, entry.when.text) for entry in entries(described)}
    assert told >= {
        ("services", "placement", "Foster placement with other foster carers, long term (U4)", FIRST),
        ("services", "short-stay", "Short break: Temporary accommodation of seven days or less (T4)", SECOND),
        ("safeguarding", "looked-after", "Looked after: Full care order (C2)", FIRST),
    }
    placements = [entry for entry in entries(described) if entry.section == "services"]
    assert not any("Abuse" in str(entry) or "care order" in str(entry) for entry in placements)


def test_children_of_two_folders_with_one_number_stay_apart(tmp_path: Path) -> None:
    for council in ("one", "two"):
        (tmp_path / council).mkdir()
        (tmp_path / council / "episodes.csv").write_bytes(EPISODES)
    (tmp_path / "one" / "header.csv").write_bytes(HEADER)
    _, described = dropped(tmp_path)
    assert len({one.person_id for one in described}) == 2


CENSUS = b"""<?xml version="1.0"?><Message><Header><CollectionDetails><ReferenceDate>2026-03-31</ReferenceDate>
</CollectionDetails><Source><LEA>925</LEA></Source></Header><Children>
<Child><ChildIdentifiers><LAchildID>LA000123</LAchildID><UPN>A123456789012</UPN>
<PersonBirthDate>2012-03-14</PersonBirthDate><Sex>M</Sex></ChildIdentifiers>
<CINdetails><CINreferralDate>2025-01-10</CINreferralDate><PrimaryNeedCode>N1</PrimaryNeedCode>
<Assessments><AssessmentActualStartDate>2025-01-12</AssessmentActualStartDate><FactorsIdentifiedAtAssessment>
<AssessmentFactors>3B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
<Section47><S47ActualStartDate>2025-02-10</S47ActualStartDate></Section47>
<ChildProtectionPlans><CPPstartDate>2025-02-20</CPPstartDate><LatestCategoryOfAbuse>NEG</LatestCategoryOfAbuse>
<Reviews><CPPreviewDate>2025-05-20</CPPreviewDate></Reviews></ChildProtectionPlans></CINdetails></Child>
<Child><ChildIdentifiers><LAchildID>LA000124</LAchildID></ChildIdentifiers></Child></Children></Message>"""


def test_the_children_in_need_census_is_read_child_by_child(tmp_path: Path) -> None:
    documents, described = dropped(tmp_path, census=CENSUS)
    told = [(entry.section, entry.kind, entry.title, entry.when.start) for entry in entries(described)]
    assert told == [
        ("demographics", "person", "Child LA000123 of council 925", "2012-03-14"),
        ("safeguarding", "child-in-need", "Child in need: Abuse or neglect (N1)", "2025-01-10"),
        ("safeguarding", "assessment", "Social work assessment of the child", "2025-01-12"),
        ("safeguarding", "section-47", "Inquiry under section 47", "2025-02-10"),
        ("safeguarding", "child-protection-plan", "Child protection plan: Neglect (NEG)", "2025-02-20"),
        ("safeguarding", "review", "Child protection review", "2025-05-20"),
        ("demographics", "person", "Child LA000124 of council 925", ""),
    ]
    assert {entry.as_at for entry in entries(described)} == {"2026-03-31"}
    assert "3B" in str([entry.fields for entry in entries(described)])
    for resource in documents[0].resources:
        assert CENSUS[resource.start : resource.end] == resource.raw
        assert resource.raw.startswith(b"<Child>")
        assert resource.raw.endswith(b"</Child>")
        module: Any = import_module(f"fhir.resources.R4B.{resource.type.lower()}")
        getattr(module, resource.type).model_validate(resource.tree)


def test_returns_join_by_pupil_number_and_never_to_a_health_record(tmp_path: Path) -> None:
    health = b"""{"resourceType":"Patient","id":"nhs","birthDate":"2012-03-14","gender":"male",
    "name":[{"text":"Child LA000123 of council 925"}],
    "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}"""
    _, described = dropped(tmp_path, census=CENSUS, header=HEADER, episodes=EPISODES, health=health)
    people = {one.resource.id: one.person_id for one in described if one.resource.type == "Patient"}
    assert people["cin-925-LA000123"] == people["child-100234"]
    assert people["nhs"] != people["child-100234"], "not even with the same name, birth date and gender"
    numbers = [
        one.demographics.identity.nhs_number for one in described if one.demographics and one.resource.id != "nhs"
    ]
    assert not any(numbers)


@pytest.mark.parametrize(
    ("row", "line", "column", "message"),
    [
        (
            {"Note Time": "31/02/2026"},
            2,
            "Note Time",
            "This is not a date or time that can be read; it is kept as text.",
        ),
        ({"Note": "=cmd|'/c calc'!A1"}, 2, "Note", "The cell holds a formula; it is kept as text and never run."),
        ({"Note": ""}, 2, "Note", "A value is due here and is missing."),
        ({"NHS Number": "9990000019"}, 2, "NHS Number", "This is not a valid NHS number."),
        (
            {"Person ID": ""},
            2,
            "Person ID",
            "The line does not say by the sender's own number which person it is about.",
        ),
    ],
)
def test_faults_are_named_by_line_and_column(
    tmp_path: Path, row: dict[str, str], line: int, column: str, message: str
) -> None:
    row = ANN | {"Note Time": "21/07/2026 08:50", "Note": "Ate well."} | row
    documents, _ = dropped(tmp_path, notes=one_row(row))
    found = {(one.line, one.path.partition(" (column")[0], one.message) for one in documents[0].issues}
    assert (line, column, message) in found
    assert "Ate well" not in str(documents[0].issues)


def test_a_negative_number_is_kept_and_named(tmp_path: Path) -> None:
    row = ANN | {"Care Type": "Home care", "Service Start": "01/05/2025", "Hours per Week": "-7"}
    documents, described = dropped(tmp_path, people=one_row(row))
    found = {(one.line, one.path.partition(" (column")[0], one.message) for one in documents[0].issues}
    assert (2, "Hours per Week", "The number is negative; it is kept as it is.") in found
    assert "-7 hours a week" in all_words(described)


@pytest.mark.parametrize(
    ("change", "column", "message"),
    [
        ({"DEC": "01/01/2020"}, "DEC", "It ends before it starts."),
        ({"PLACE": "Q9"}, "PLACE", "The value is not in the list of this column; it is kept."),
    ],
)
def test_faults_of_a_childrens_return_are_named(
    tmp_path: Path, change: dict[str, str], column: str, message: str
) -> None:
    row = {"CHILD": "1", "DECOM": "01/05/2023", "RNE": "S", "LS": "C2", "PLACE": "U4", "DEC": ""} | change
    documents, described = dropped(tmp_path, episodes=one_row(row))
    assert (2, column, message) in {(one.line, one.path.partition(" (")[0], one.message) for one in documents[0].issues}
    assert change.get("PLACE", "") in str(entries(described))


@pytest.mark.parametrize("data", [CENSUS.replace(b"</Child></Children>", b""), b"<!DOCTYPE x>" + CENSUS[21:]])
def test_a_damaged_census_is_refused_whole(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "census.xml").write_bytes(data)
    (found,) = read_drop([tmp_path])
    assert isinstance(found, Refused)


def test_the_guide_for_providers_names_every_column() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "provider-import.md").read_text("utf-8")
    for table in TABLES:
        if table.family == "provider":
            part = guide.partition(f"## {table.title}\n")[2].partition("\n## ")[0]
            assert [column.name for column in table.columns if column.name not in part] == []
            assert [column.words for column in table.columns if not column.words or column.words not in part] == []


def dated(folder: Path, name: str, headers: str, row: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"{headers}\n{row}\n", "utf-8")


@pytest.mark.parametrize(
    ("beside", "born", "said"),
    [
        ("12/25/2023", "2012-03-04", "they were read with the month first, as beside it"),
        ("25/12/2023", "2012-04-03", "they were read with the day first, as beside it"),
        ("05/06/2023", "2012-04-03", "they were read as day first"),
    ],
)
def test_tables_of_one_return_are_read_with_one_order_of_day_and_month(
    tmp_path: Path, beside: str, born: str, said: str
) -> None:
    dated(tmp_path / "set", "episodes.csv", "CHILD,DECOM,RNE,LS,CIN,PLACE", f"100234,{beside},S,C2,N1,U4")
    dated(tmp_path / "set", "header.csv", "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB", "100234,1,03/04/2012,WBRI,,,")
    dated(tmp_path / "other", "header.csv", "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB", "100234,1,03/04/2012,WBRI,,,")
    documents = [one for one in read_drop([tmp_path]) if isinstance(one, SourceFile)]
    births = {
        Path(document.path).parent.name: resource.tree["birthDate"]
        for document in documents
        for resource in document.resources
        if resource.type == "Patient"
    }
    assert births == {"set": born, "other": "2012-04-03"}
    header = next(one for one in documents if one.path.endswith("set/header.csv"))
    assert any(said in issue.message for issue in header.issues)
