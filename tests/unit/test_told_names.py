"""What an entry tells of other things stands in its links, and whether a text tells a name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from commandkit import bundle

from fhir.describe import describe, document_context
from fhir.entries import Entry, Link
from fhir.reading import read_document
from fhir.telling import plain, tells

ME = {"reference": "Patient/a"}
LONG = "Long " + "words " * 40


def entry_of(tree: dict[str, Any], *others: dict[str, Any]) -> Entry:
    """The first entry of a resource that stands among others."""
    document = read_document("a.json", "", json.dumps(bundle({**tree, "id": "k"}, *others)).encode())
    context = document_context(document)
    return describe(document.resources[0], context)[0]


def links_of(tree: dict[str, Any], *others: dict[str, Any]) -> list[tuple[str, str]]:
    return [(link.target, link.display) for link in entry_of(tree, *others).links]


def flag(**values: Any) -> dict[str, Any]:
    return {"resourceType": "Flag", "status": "active", "subject": ME, "code": {"text": "Flag"}, **values}


def team(name: str) -> dict[str, Any]:
    return {"resourceType": "CareTeam", "id": "t", "name": name}


def about(*urls: str) -> list[dict[str, Any]]:
    return [{"url": "https://example.org/about", "valueReference": {"reference": url}} for url in urls]


def about_one(url: str) -> list[dict[str, Any]]:
    return [{"reference": url}]


def test_a_name_that_is_told_stands_in_the_link_there_is_or_in_one_more() -> None:
    assert links_of(flag(author={"reference": "CareTeam/t"}), team("Night team")) == [("CareTeam/t", "Night team")]
    assert links_of(flag(extension=about("CareTeam/t")), team("Night team")) == [("CareTeam/t", "Night team")]
    beside = {"reference": "CareTeam/t", "display": "Them"}
    assert links_of(flag(author=beside), team("Night team")) == [("CareTeam/t", "Them")], "the other is not told"
    both = flag(author=beside, extension=about("CareTeam/t"))
    assert links_of(both, team("Night team")) == [("CareTeam/t", "Them"), ("CareTeam/t", "Night team")]
    assert entry_of(both, team("Night team")).links[1].rel == "author", "as the source refers to it"
    late = flag(extension=about("CareTeam/t"), author=beside)
    assert entry_of(late, team("Night team")).links[1].rel == "author"
    late = flag(extension=about("CareTeam/t"), author={"reference": "CareTeam/t"})
    assert [(link.rel, link.display) for link in entry_of(late, team("Night team")).links] == [("author", "Night team")]


def test_what_is_not_told_or_too_short_or_a_person_is_no_link_more() -> None:
    stated = flag(author={"reference": "CareTeam/t"}, code={"text": "Of ME"})
    assert links_of(stated, team("ME")) == [("CareTeam/t", "")]
    nurse = {"resourceType": "Practitioner", "id": "n", "name": [{"text": "Nurse Ames"}]}
    assert links_of(flag(extension=about("Practitioner/n", "https://x.example/Practitioner/n", "#x")), nurse) == []
    within = {"resourceType": "CareTeam", "id": "i", "name": "Night team"}
    assert links_of(flag(extension=about("#i"), contained=[within])) == []
    issue = {"resourceType": "DetectedIssue", "patient": ME, "reference": "CareTeam/t", "code": {"text": "Night team"}}
    assert links_of(issue, team("Night team")) == [], "an address, not a reference"
    own = {"resourceType": "Procedure", "subject": ME, "code": {"text": "Scan"}}
    assert links_of({**own, "encounter": {"reference": "Encounter/e"}}) == [("Encounter/e", "")]


def test_every_word_for_what_a_thing_is_counts_as_its_name() -> None:
    codes = [{"system": "urn:x", "code": "1", "display": "Coded name"}, {"system": "urn:x", "code": "2"}]
    problem = {"resourceType": "Condition", "id": "c", "code": {"text": "Said name", "coding": codes}, "subject": ME}
    told = flag(code={"text": "On coded  NAME"}, extension=about("Condition/c"))
    assert links_of(told, problem) == [("Condition/c", "Said name"), ("Condition/c", "Coded name")]
    code = {"text": "Flag", "coding": [{"system": "urn:x", "code": "9", "display": "Of a coded name"}]}
    bare = {**problem, "code": {"coding": codes}}
    found = links_of(
        {"resourceType": "Observation", "subject": ME, "code": code, "focus": about_one("Condition/c")}, bare
    )
    assert found == [("Condition/c", "Coded name")]


def test_a_reference_by_identifier_leads_to_its_type() -> None:
    by = {"type": "CareTeam", "identifier": {"value": "7"}, "display": "Night team"}
    assert links_of(flag(author=by)) == [("CareTeam/?identifier", "Night team")]
    assert links_of(flag(author={**by, "type": "Practitioner"})) == []
    assert links_of(flag(author={name: by[name] for name in ("identifier", "display")})) == []
    assert links_of(flag(author={**by, "identifier": "7"})) == []


def test_what_is_contained_refers_too() -> None:
    inner = {"resourceType": "CareTeam", "id": "i", "participant": [{"member": {"reference": "CareTeam/t"}}]}
    plan = {"resourceType": "CarePlan", "status": "active", "subject": ME, "title": "Plan", "contained": [inner]}
    assert ("CareTeam/t", "Night team") in links_of({**plan, "careTeam": [{"reference": "#i"}]}, team("Night team"))


def test_a_name_is_found_where_a_title_was_cut_in_it() -> None:
    asked = {"resourceType": "Appointment", "status": "booked", "start": "2026-12-01T10:00:00Z"}
    asked |= {"participant": [{"actor": ME}], "reasonReference": [{"reference": "Condition/c"}]}
    problem = {"resourceType": "Condition", "id": "c", "code": {"text": LONG.strip()}, "subject": ME}
    found = entry_of(asked, problem)
    assert found.title.endswith("…")
    assert found.links[0].display == LONG.strip()


@pytest.mark.parametrize("words", ["Her story and more of it", "many words " * 30])
def test_a_narrative_that_is_told_stands_in_every_link(words: str) -> None:
    story = {"status": "generated", "div": f"<div>{words}</div>"}
    plan = {"resourceType": "CarePlan", "status": "active", "subject": ME, "title": "Plan", "text": story}
    plan |= {"addresses": [{"reference": "Condition/c"}], "careTeam": [{"reference": "CareTeam/t"}]}
    assert entry_of(plan).detail == words.strip()
    assert links_of(plan) == [("Condition/c", words[:100]), ("CareTeam/t", words[:100])]
    named = links_of(plan, team("story and more") if "story" in words else team("many words"))
    assert ("CareTeam/t", words[:100]) in named, "beside its name"
    assert len(named) == 3
    own = {**plan, "description": "Its own words"}
    assert links_of(own) == [("Condition/c", ""), ("CareTeam/t", "")]
    assert links_of({**plan, "title": f"The plan: {words[:120]}"}) == [("Condition/c", ""), ("CareTeam/t", "")]


def test_a_title_made_of_a_narrative_is_told_by_it() -> None:
    story = {"status": "generated", "div": "<div>First line<br/>Second line</div>"}
    scan = {"resourceType": "Procedure", "subject": ME, "status": "completed", "text": story}
    scan |= {"reasonReference": [{"reference": "Condition/c"}]}
    assert entry_of(scan).title == "Procedure: First line"
    assert links_of(scan) == [("Condition/c", "First line")]
    assert links_of({**scan, "code": {"text": "Scan"}}) == [("Condition/c", "")]
    assert links_of({**scan, "code": {"coding": [{"system": "urn:x", "code": "1"}]}}) in (
        [("Condition/c", "First line")],
        [("Condition/c", "")],
    )


def test_a_text_tells_a_name_however_it_was_laid_out_or_cut() -> None:
    assert plain("  Two\n Words ") == "two words"
    names = {"two words", "another thing"}
    assert tells("About TWO  words.", names)
    assert tells("About another…", names)
    assert tells("About ano…", names)
    assert tells("About another thin…", names)
    assert tells("In the STRASSE", {plain("Straße")})
    assert not tells("About an…", names), "too little to tell"
    assert not tells("About another", names), "not cut"
    assert not tells("Another… day", names)
    assert not tells("", names)
    assert not tells("anything", set())
    assert Link("a", "b").display == ""


def test_a_consultation_tells_the_time_of_its_visit_in_the_link_to_it() -> None:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "325851000000107", "display": "Consultation"}]}
    seen = {"resourceType": "List", "status": "current", "subject": ME, "title": "Seen", "code": code}
    seen |= {"date": "2024-02-02", "source": {"reference": "Device/d"}, "encounter": {"reference": "Encounter/e"}}
    visit = {
        "resourceType": "Encounter",
        "id": "e",
        "subject": ME,
        "period": {"start": "1977-05-01", "end": "1977-05-01"},
    }
    found = entry_of(seen, visit)
    assert found.when.start == "1977-05-01"
    assert {(link.target, link.display) for link in found.links} == {
        ("Device/d", ""),
        ("Encounter/e", ""),
        ("Encounter/e", found.when.text),
    }
    same = entry_of({**seen, "date": "1977-05-01"}, {**visit, "period": {"start": "1977-05-01"}})
    assert {link.display for link in same.links} == {""}


def test_a_problem_named_by_another_keeps_the_words_of_its_codes() -> None:
    url = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-ActualProblem-1"
    header = {"resourceType": "Condition", "subject": ME}
    header |= {"extension": [{"url": url, "valueReference": {"reference": "Observation/o"}}]}
    codes = [{"system": "urn:x", "code": "1", "display": "Marker present"}, {"system": "urn:x", "code": "2"}]
    result = {"resourceType": "Observation", "id": "o", "subject": ME, "code": {"text": "Marker", "coding": codes}}
    found = entry_of(header, result)
    assert found.title == "Marker"
    assert [(code.code, code.display) for code in found.codes] == [("1", "Marker present"), ("2", "Marker")]
    assert {link.display for link in found.links} == {"Marker", "Marker present"}
