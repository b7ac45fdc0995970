"""Client Level Data files: what they become, and that nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cld_samples as cld
import msgspec
import pytest
from cld_samples import EVENTS, entry, trees

from consent import evidence
from consent.evidence import decode_evidence
from consent.importing import DocumentEvidence
from fhir import temporal
from fhir.checking import check_document
from fhir.describe import care_work, describe, document_context, requests
from fhir.describe.context import Context
from fhir.entries import Entry
from fhir.reading import read_drop
from fhir.records import MadeResource, Resource, SourceFile
from fhir.social_care.values import Dates

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
    facts = [one for one in document.resources if isinstance(one, MadeResource)]
    facts = [one for one in facts if one.type not in ("EpisodeOfCare", "Patient")]
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


def test_what_fills_in_forms_is_the_same_where_people_and_times_are_more_than_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [{"LA Person Unique Identifier": f"A{n}", "Last Name": f"Else{n}", "NHS Number": ""} for n in range(4)]
    days = [{"Event Start Date": f"0{n + 1}/05/2025"} for n in range(4)]
    rows = [cld.SERVICE | one | day | {"Event Reference": ""} for day in days for one in people]
    (document,) = cld.read(tmp_path, cld.table(rows))
    context = document_context(document)
    events = [one for one in document.resources if isinstance(one, MadeResource) and one.type == "EpisodeOfCare"]
    for one in events:
        describe(one, context)  # tells which rows are alike

    def filled() -> list[tuple[bytes, bytes, bytes]]:
        found = DocumentEvidence(document, datetime(2026, 1, 1, tzinfo=UTC))
        assert all(found.form(one, 0) is not None for one in events)
        return [found.gaps(one) for one in events]

    expected = filled()
    assert len(set(expected)) == len(rows)
    monkeypatch.setattr(evidence, "_KEPT", 2)
    assert filled() == expected


def test_rows_that_something_else_in_their_document_tells_of_fill_no_form(tmp_path: Path) -> None:
    (document,) = cld.read(tmp_path, cld.table([cld.SERVICE, cld.SERVICE | {"Event Start Date": "02/05/2025"}]))
    context = document_context(document)
    first, second = [one for one in document.resources if isinstance(one, MadeResource) and one.type == "EpisodeOfCare"]
    assert all(describe(one, context) for one in (first, second))
    assert DocumentEvidence(document, datetime(2026, 1, 1, tzinfo=UTC)).form(second, 0) is not None
    told = {
        "resourceType": "Provenance",
        "target": [{"reference": second.key}],
        "agent": [{"who": {"reference": "Organization/elsewhere"}}],
    }
    also = Resource(type="Provenance", id="", tree=told, raw=b"{}", start=0, end=0)
    found = DocumentEvidence(
        msgspec.structs.replace(document, resources=[*document.resources, also]), datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert found.form(second, 0) is None
    assert ("Organization/elsewhere",) in decode_evidence(found.of(second)).holders


def test_a_resource_is_made_only_when_it_is_asked_for(tmp_path: Path) -> None:
    (document,) = cld.read(tmp_path, cld.table([cld.SERVICE, cld.SERVICE | {"Event Start Date": "09/05/2025"}]))
    context = document_context(document)
    first, second = [one for one in document.resources if isinstance(one, MadeResource) and one.type == "EpisodeOfCare"]
    assert [one.when.text for one in describe(second, context)] == ["since 9 May 2025", "since 9 May 2025"]
    assert not Resource.__dict__["tree"].__get__(second)
    assert second.tree["period"] == {"start": "2025-05-09"}
    assert first.version == "2026-03-31T00:00:00Z" == first.tree["meta"]["lastUpdated"]


@pytest.mark.parametrize("number", ["1.23E+05", ""], ids=["rounded by a spreadsheet", "none"])
@pytest.mark.parametrize("nhs", ["9.99E+09", "unknown", ""])
def test_twins_without_a_number_of_their_own_are_two_people_with_a_service_each(
    tmp_path: Path, number: str, nhs: str
) -> None:
    numbers = {"LA Person Unique Identifier": number, "NHS Number": nhs}
    documents = cld.read(tmp_path, cld.table([cld.SERVICE | numbers, cld.SERVICE | numbers | {"First Name": "Eve"}]))
    people = {person.person_id: person.identity.name for one in cld.understood(documents) for person in one.people}
    assert sorted(people.values()) == ["Ann TEST", "Eve TEST"]
    services = [one for one in cld.entries(documents) if one.section == "services"]
    assert [one.assertion for one in services] == ["fact", "fact"]
    assert len({tree["id"] for tree in trees(documents, "EpisodeOfCare")}) == 2


def test_a_rounded_number_joins_nobody_and_names_nobody_as_cared_for(tmp_path: Path) -> None:
    rounded = "1.23E+05"
    carer = cld.KNOWN_CARER | {"Adult 1 Linked Person_ID": rounded}
    rows = [cld.SERVICE | {"LA Person Unique Identifier": rounded}, carer]
    documents = cld.read(tmp_path, cld.table(rows))
    resources = [resource.tree for document in documents for resource in document.resources]
    identifiers = [one for tree in resources for one in tree.get("identifier", ()) if one["value"] == rounded]
    assert len(identifiers) == 2
    assert not any("system" in one for one in identifiers)
    assert [tree["name"] for tree in trees(documents, "RelatedPerson")] == [
        [{"text": "Person 1.23E+05 of Council 503"}]
    ]


def names_of(documents: list[SourceFile]) -> list[str]:
    return sorted(person.identity.name for one in cld.understood(documents) for person in one.people)


def test_column_names_again_and_totals_are_nobody_and_are_named(tmp_path: Path) -> None:
    eve = cld.SERVICE | {"First Name": "Eve", "LA Person Unique Identifier": "A101", "NHS Number": ""}
    names, line = cld.table([cld.SERVICE]).splitlines(keepends=True)
    data = names + line + names + cld.table([eve]).splitlines(keepends=True)[1] + b"Total records: 2\r\nEnd,of\r\n"
    documents = cld.read(tmp_path, data)
    assert names_of(documents) == ["Ann TEST", "Eve TEST"]
    assert len(trees(documents, "EpisodeOfCare")) == 2
    said = [(issue.line, issue.message) for one in documents for issue in one.issues]
    assert any(number == 3 and "column names" in words for number, words in said)
    assert {number for number, words in said if "names nobody" in words} == {5, 6}
    part = {"Service Type": cld.SERVICE["Service Type"], "Unit Cost": "20.00", "Event Start Date": "01/05/2025"}
    assert "Name not recorded" in names_of(cld.read(tmp_path, cld.table([part]), "b.csv")), "it says something"


def test_a_cell_as_long_as_a_row_may_be_is_read(tmp_path: Path) -> None:
    long = 'of, "many" words ' * 9000
    documents = cld.read(tmp_path, cld.table([cld.SERVICE | {"Event Description": long}]))
    assert not any("quotation" in words for _, _, words in cld.messages(documents))
    assert trees(documents, "EpisodeOfCare")[0]["type"][0]["text"] == long.strip()


def test_two_marks_that_never_close_do_not_swallow_the_cells_between(tmp_path: Path) -> None:
    data = (
        cld.table([cld.SERVICE | {"Accommodation Status": "Unknown"}])
        .replace(b",Ann,", b',"Ann,')
        .replace(b",Morning calls,", b',"Morning calls,')
    )
    documents = cld.read(tmp_path, data)
    assert [tree["birthDate"] for tree in trees(documents, "Patient")] == ["1938-02-14"]
    assert any("does not close" in words for _, _, words in cld.messages(documents))


def test_equal_numbers_of_councils_that_are_not_named_join_nobody(tmp_path: Path) -> None:
    ann = {**cld.SERVICE, "LA Code": "", "NHS Number": ""}
    bob = ann | {"First Name": "Bob", "Last Name": "Other", "Date of Birth": ""}
    for name, row in (("a", ann), ("b", bob), ("c", cld.KNOWN_CARER | {"LA Code": "", "NHS Number": ""})):
        (tmp_path / f"{name}.csv").write_bytes(cld.table([row]))
    documents = [one for one in read_drop([tmp_path]) if isinstance(one, SourceFile)]
    people = {one.person_id for document in cld.understood(documents) for one in document.people}
    assert len(people) == 3
    resources = [resource.tree for document in documents for resource in document.resources]
    numbers = [one for tree in resources for one in tree.get("identifier", ()) if "LA person" in str(one)]
    assert len(numbers) >= 3
    assert not any("system" in one for one in numbers)


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
