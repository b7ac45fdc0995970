"""Client Level Data files: what they become, that nothing is lost, and what happens to bad ones."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import cld_samples as cld
import pytest

from consent.evidence import decode_evidence
from consent.importing import DocumentEvidence
from fhir import limits, temporal
from fhir.checking import check_document
from fhir.describe import care_work, describe, document_context, requests
from fhir.describe.context import Context
from fhir.entries import Entry, PersonId
from fhir.people import Identity
from fhir.reading import read_document, read_drop
from fhir.records import MadeResource, Refused, Resource, SourceFile
from fhir.social_care.costs import weekly_cost
from fhir.social_care.values import Dates
from fhir.understanding import Drop

EVENTS = [cld.SERVICE, cld.ASSESSMENT, cld.REVIEW, cld.REQUEST, cld.KNOWN_CARER]


def trees(documents: list[SourceFile], kind: str) -> list[dict[str, object]]:
    return [resource.tree for document in documents for resource in document.resources if resource.type == kind]


def entry(found: list[Entry], section: str, kind: str = "") -> Entry:
    wanted = [one for one in found if one.section == section and kind in ("", one.kind)]
    assert len(wanted) == 1, [(one.section, one.kind, one.title) for one in found]
    return wanted[0]


# -- what rows become


def test_each_kind_of_event_stands_in_its_section(tmp_path: Path) -> None:
    found = cld.entries(cld.read(tmp_path, cld.table(EVENTS)))
    kinds = {(one.section, one.kind) for one in found}
    assert {
        ("services", "package"),
        ("money", "care-cost"),
        ("assessments", "assessment"),
        ("assessments", "review"),
        ("referrals", "social-care-contact"),
        ("support-reason", "primary-support-reason"),
        ("social-context", "housing"),
        ("personal-contacts", "carer"),
        ("personal-contacts", "cared-for"),
        ("demographics", "person"),
        ("gp-practice", "gp-practice"),
    } <= kinds
    assert {(one.source.name, one.source.kind, one.as_at) for one in found} == {
        ("Council 503", "social-care", "2026-03-31")
    }


def test_a_service_says_hours_and_provider_and_its_cost_stands_apart(tmp_path: Path) -> None:
    found = cld.entries(cld.read(tmp_path, cld.table([cld.SERVICE])))
    service, cost = entry(found, "services"), entry(found, "money")
    fields = {field.label: field.value for field in service.fields}
    assert (service.title, service.when.text, service.active) == ("Morning calls", "since 1 May 2025", True)
    assert fields["Social care planned hours"] == "14.00 hours a week"
    assert fields["Provided by"] == "Rosewood Home Care"
    assert not any("£" in field.value for field in service.fields)
    assert (cost.title, cost.value) == ("Cost of Morning calls", "£259.00 a week")


def test_resources_are_interweave_shaped_and_valid(tmp_path: Path) -> None:
    documents = cld.read(tmp_path, cld.table(EVENTS))
    service = trees(documents, "EpisodeOfCare")[0]
    assert service["type"] == [
        {
            "coding": [
                {
                    "system": "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-SocialCareServiceType",
                    "code": "HS",
                    "display": "Home Support",
                }
            ],
            "text": "Morning calls",
        }
    ]
    assert [issue for document in documents for issue in check_document(document)] == []


def test_each_resource_holds_the_exact_bytes_of_its_line(tmp_path: Path) -> None:
    data = cld.table(EVENTS)
    (document,) = cld.read(tmp_path, data)
    assert document.data == data
    lines = data.split(b"\r\n")
    for resource in document.resources:
        assert document.data[resource.start : resource.end] == resource.raw == lines[resource.line - 1] + b"\r\n"


def test_the_person_has_a_number_of_their_council_and_an_unverified_nhs_number(tmp_path: Path) -> None:
    (one,) = cld.understood(cld.read(tmp_path, cld.table([cld.SERVICE])))
    identity = one.people[0].identity
    assert [(i.system, i.value) for i in identity.identifiers] == [
        ("https://fhir.onestory.example/Id/la-person/503", "A100")
    ]
    assert (identity.nhs_number, identity.nhs_status, identity.birth_date) == ("9990000018", "none", "1938-02-14")


def test_carer_and_cared_for_find_each_other_within_the_file(tmp_path: Path) -> None:
    (one,) = cld.understood(cld.read(tmp_path, cld.table([cld.KNOWN_CARER, cld.SERVICE])))
    names = {person.person_id: person.identity.name for person in one.people}
    contacts = {
        (names[described.person_id], made.title)
        for described in one.described
        for made in described.entries
        if made.section == "personal-contacts"
    }
    assert contacts == {
        ("Bob TEST", "Ann Test, Person cared for, Cared For"),
        ("Ann TEST", "Bob Test, Unpaid carer, Informal Carer"),
    }


def test_an_adult_who_is_not_in_the_file_is_known_by_number_only(tmp_path: Path) -> None:
    documents = cld.read(tmp_path, cld.table([cld.KNOWN_CARER]))
    assert len(cld.understood(documents)[0].people) == 1
    assert entry(cld.entries(documents), "personal-contacts").title.startswith("Person A100 of Council 503")


def test_a_repeated_person_is_told_once(tmp_path: Path) -> None:
    documents = cld.read(tmp_path, cld.table([cld.SERVICE, cld.ASSESSMENT, cld.REVIEW]))
    assert len(trees(documents, "Patient")) == 1
    assert len(trees(documents, "Condition")) == 1


def test_two_people_under_one_council_number_stay_apart(tmp_path: Path) -> None:
    other = cld.ASSESSMENT | {
        "Date of Birth": "03/03/1990",
        "First Name": "Zoe",
        "Last Name": "Other",
        "NHS Number": "",
    }
    documents = cld.read(tmp_path, cld.table([cld.SERVICE, other]))
    (one,) = cld.understood(documents)
    assert {person.identity.name for person in one.people} == {"Ann TEST", "Zoe OTHER"}
    assert any("they are kept apart" in message for _, _, message in cld.messages(documents))


QUICK = ("EpisodeOfCare", "Task", "ServiceRequest")


def _general(resource: Resource, context: Context) -> list[Entry]:
    return {
        "EpisodeOfCare": care_work.describe_episode,
        "Task": care_work.describe_task,
        "ServiceRequest": requests.describe_service_request,
    }[resource.type](resource, context)


STRANGE = {header: f"2025-05-1{number}<b" for number, header in enumerate(cld.HEADERS)} | {"Event End Date": "1/2/2025"}


@pytest.mark.parametrize(
    "row",
    [
        *EVENTS[:4],
        *[STRANGE | {"Event Type": kind} for kind in ("Request", "Assessment", "Review", "Service")],
        *[{"LA Code": "503", "Event Type": kind} for kind in ("Request", "Assessment", "Review", "Service")],
        *[row | {"Event Description": row["Event Outcome"]} for row in EVENTS[:4]],
        cld.SERVICE | {"Provider CQC Location Name": "", "Event Start Date": "", "Event Reference": "", "LA Code": ""},
        cld.SERVICE | {"Event Description": "", "Service Component": "Something else", "Event Outcome": "Somehow"},
        cld.SERVICE | {"Event Description": "", "Service Component": "", "Unit Cost": "dear"},
        cld.ASSESSMENT | {"Event Description": "", "Client Type": "Carer", "Event Start Date": ""},
        cld.REQUEST | {"Request: Route of Access": "", "Event End Date": "05/03/2025"},
        cld.SERVICE | {"Event Description": "word " * 60},
    ],
)
def test_the_quick_description_tells_what_the_general_one_tells(tmp_path: Path, row: dict[str, str]) -> None:
    later = {"Reporting Period End Date": "30/06/2026", "Event Outcome": "NFA: Deceased"}
    alike = [{"Event Start Date": "01/12/2024", "Event Reference": "R77"}, {"Event End Date": "06/06/2025"}]
    alike += [{"Unit Cost": "-3.00", "Planned units per week": "7"}, {"Event End Date": "31/12/2030"}]
    rows = [row, row | later, row | later, *[row | change for change in alike], row | {"Event Start Date": ""}]
    (document,) = cld.read(tmp_path, cld.table(rows))
    context = document_context(document)
    events = [one for one in document.resources if isinstance(one, MadeResource) and one.type in QUICK]
    assert events
    for _ in range(2):  # the first of its kind makes the template
        for resource in events:
            assert describe(resource, context) == _general(resource, context)
    ordinary = [one for one in events if one.event.entries(one, context) is not None]
    assert ordinary or "<b" in str(row) or row["Event Type"] not in ("Service", "Assessment", "Review", "Request")


def test_what_the_persons_columns_say_is_told_as_the_general_description_tells_it(tmp_path: Path) -> None:
    other = {"LA Person Unique Identifier": "A101", "Last Name": "Else", "NHS Number": "", "Dementia": "Odd"}
    (document,) = cld.read(tmp_path, cld.table([cld.SERVICE, cld.SERVICE | other, cld.KNOWN_CARER]))
    context = document_context(document)
    facts = [one for one in document.resources if isinstance(one, MadeResource) and one.type != "EpisodeOfCare"]
    assert {one.type for one in facts} == {"Observation", "Condition", "Basic"}
    assert len({one.event.subject for one in facts}) == 3
    for resource in facts:
        plain = Resource(
            type=resource.type, id=resource.id, tree=resource.tree, raw=resource.raw, start=0, end=0, line=resource.line
        )
        assert describe(resource, context) == describe(plain, context)


@pytest.mark.parametrize("row", [*EVENTS, cld.SERVICE | {"Event End Date": "01/06/2025"}])
def test_rows_that_are_alike_give_rules_what_their_resources_give(tmp_path: Path, row: dict[str, str]) -> None:
    other = {"LA Person Unique Identifier": "A101", "Last Name": "Else", "NHS Number": "", "Event Reference": "R99"}
    later = {"Event Start Date": "02/05/2025"} if row.get("Event Start Date") else {}
    (document,) = cld.read(tmp_path, cld.table([row, row | other | later, row | other | {"Unit Cost": ""}]))
    context = document_context(document)
    quick, whole = (DocumentEvidence(document, datetime(2026, 1, 1, tzinfo=UTC)) for _ in range(2))
    for resource in document.resources:
        describe(resource, context)  # tells which rows are alike
        assert decode_evidence(quick.of(resource)) == whole._whole(resource, ())


def test_a_resource_is_made_only_when_it_is_asked_for(tmp_path: Path) -> None:
    (document,) = cld.read(tmp_path, cld.table([cld.SERVICE, cld.SERVICE | {"Event Start Date": "09/05/2025"}]))
    context = document_context(document)
    first, second = [one for one in document.resources if isinstance(one, MadeResource) and one.type == "EpisodeOfCare"]
    assert [one.when.text for one in describe(second, context)] == ["since 9 May 2025", "since 9 May 2025"]
    assert not Resource.__dict__["tree"].__get__(second)
    assert second.tree["period"] == {"start": "2025-05-09"}
    assert first.version == "2026-03-31T00:00:00Z" == first.tree["meta"]["lastUpdated"]


# -- nothing is lost


@pytest.mark.parametrize("row", EVENTS, ids=["service", "assessment", "review", "request", "known carer"])
@pytest.mark.parametrize("strange", [False, True], ids=["as specified", "every column of every module filled"])
def test_every_value_of_a_row_can_be_seen(tmp_path: Path, row: dict[str, str], strange: bool) -> None:
    full = {header: f"Zz{number}q" for number, header in enumerate(cld.HEADERS)} | row if strange else row
    full = {**full, "Local column": "something of our own"}
    data = cld.table([full], headers=[*cld.HEADERS, "Local column"])
    found = cld.entries(cld.read(tmp_path, data))
    seen = "\n".join(
        text for one in found for text in (one.title, one.source.key, *(field.value for field in one.fields))
    )
    for header, value in full.items():
        read = Dates().read(value) if "Date" in header else ""
        assert value in seen or (read and temporal.say(read) in seen) or value.casefold() in seen.casefold(), header


def test_a_row_without_a_single_known_value_is_still_there(tmp_path: Path) -> None:
    row = cld.PERSON | {"Event Type": "Something new", "Event Start Date": "once", "Unit Cost": "a lot"}
    documents = cld.read(tmp_path, cld.table([row]))
    other = entry(cld.entries(documents), "other")
    assert {"Something new", "once", "a lot"} <= {field.value for field in other.fields}
    assert {"Event Type (column 25)", "Event Start Date (column 27)", "Unit Cost (column 48)"} <= {
        column for _, column, _ in cld.messages(documents)
    }


# -- one event, many rows


def test_a_later_submission_replaces_an_earlier_one(tmp_path: Path) -> None:
    later = cld.SERVICE | {
        "Reporting Period Start Date": "01/07/2025",
        "Reporting Period End Date": "30/06/2026",
        "Event End Date": "01/06/2026",
        "Event Outcome": "NFA: Support ended as planned",
    }
    for rows in ([cld.SERVICE, later], [later, cld.SERVICE]):
        found = [one for one in cld.entries(cld.read(tmp_path, cld.table(rows))) if one.section == "services"]
        facts = [one for one in found if one.assertion == "fact"]
        assert [one.when.text for one in facts] == ["1 May 2025 to 1 Jun 2026"]
        assert [one.assertion for one in found if one not in facts] == ["not-a-fact"]


def test_the_same_event_in_release_1_and_release_2_words_is_one(tmp_path: Path) -> None:
    older = cld.SERVICE | {
        "Reporting Period End Date": "31/12/2025",
        "Client Type": "Service User",
        "Event Outcome": "Provision of service",
        "Service Type": "Long Term Support: Community",
        "Service Component": "Home Support",
        "Delivery Mechanism": "CASSR Managed Personal Budget",
    }
    found = cld.entries(cld.read(tmp_path, cld.table([older, cld.SERVICE])))
    facts = [one for one in found if one.section == "services" and one.assertion == "fact"]
    assert len(facts) == 1
    assert facts[0].as_at == "2026-03-31"


def test_a_row_that_only_repeats_makes_nothing_and_is_counted(tmp_path: Path) -> None:
    again = cld.ASSESSMENT | {"Reporting Period End Date": "30/06/2026"}
    documents = cld.read(tmp_path, cld.table([cld.ASSESSMENT, again, cld.ASSESSMENT]))
    assert len(trees(documents, "Task")) == 1
    assert sum("repeats an event" in message for _, _, message in cld.messages(documents)) == 2


def test_identical_services_of_one_submission_both_stand_and_are_asked_about(tmp_path: Path) -> None:
    documents = cld.read(tmp_path, cld.table([cld.SERVICE, cld.SERVICE]))
    assert len({tree["id"] for tree in trees(documents, "EpisodeOfCare")}) == 2
    assert any("care by two at once" in message for _, _, message in cld.messages(documents))


def test_services_of_one_submission_that_differ_in_price_both_stand(tmp_path: Path) -> None:
    documents = cld.read(tmp_path, cld.table([cld.SERVICE, cld.SERVICE | {"Unit Cost": "21.00"}]))
    found = [one for one in cld.entries(documents) if one.section == "money"]
    assert sorted(one.value for one in found) == ["£259.00 a week", "£294.00 a week"]
    assert {one.assertion for one in found} == {"fact"}


def test_of_one_period_the_open_service_stands_before_the_ended_one(tmp_path: Path) -> None:
    ended = cld.SERVICE | {"Event End Date": "01/06/2025"}
    found = cld.entries(cld.read(tmp_path, cld.table([cld.SERVICE, ended])))
    facts = [one.when.text for one in found if one.section == "services" and one.assertion == "fact"]
    assert facts == ["since 1 May 2025"]


def test_an_event_has_the_same_id_in_every_submission(tmp_path: Path) -> None:
    later = cld.SERVICE | {"Reporting Period End Date": "30/06/2026", "Unit Cost": "19.00"}
    ids = {
        trees(cld.read(tmp_path, cld.table([row]), name), "EpisodeOfCare")[0]["id"]
        for name, row in (("a.csv", cld.SERVICE), ("b.csv", later))
    }
    assert len(ids) == 1


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


def test_lines_of_another_encoding_are_read_and_named(tmp_path: Path) -> None:
    data = (
        cld.table([cld.SERVICE | {"Last Name": "Zoë"}])
        + cld.table([cld.KNOWN_CARER | {"Last Name": "Brién"}], encoding="windows-1252").partition(b"\r\n")[2]
    )
    documents = cld.read(tmp_path, data)
    assert {p.identity.name for p in cld.understood(documents)[0].people} == {"Ann ZOË", "Bob BRIÉN"}
    assert [line for line, _, message in cld.messages(documents) if "Windows-1252" in message] == [3]


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
        (b"LA Code,Gender,Ethnicity,Postcode,Wage\r\n1,2,3,4,5\r\n", "only 4 of its columns are there", 1),
        (b"Our extract\r\n" + ",".join(cld.HEADERS[8:]).encode() + b"\r\n", "no column says which person", 2),
        (b"Our extract\r\n" + cld.table([cld.SERVICE], delimiter="~"), 'with "~" between its cells', 2),
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
