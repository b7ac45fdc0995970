"""The sharing screen of the specification, and the twelve Consents that FHIR R4 publishes, against what each is for.

`SAYS` paraphrases each example's own description. Exceptions, by the rules of `consent.md`: `notTime` has the shape of
`basic` and cannot carry its description; `pkb` lost its four teams in HL7's file and refuses what it meant to permit;
`Out` and `Emergency` name no recipient, so nothing is permitted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from consent_kit import ME, THO, action, actor, answer, consent, label, organisations, record, ref, request, seen

TEAMS = {
    "ich-nmt": {"N", "PSY", "SOC"},
    "ich-core": {"N", "PSY", "SOC", "SEX"},
    "tsd-park": {"N", "PSY", "SOC", "SEX"},
    "ich-non": {"N"},
}


def sharing_screen() -> dict[str, Any]:
    """One permission for each team under a policy of no."""
    rules = [
        {
            "type": "permit",
            "actor": [actor(f"Organization/{team}")],
            "action": [action("access")],
            "securityLabel": [label(code) for code in sorted(labels)],
        }
        for team, labels in TEAMS.items()
    ]
    return consent("OPTOUT", {"provision": rules})


@pytest.mark.parametrize("team", TEAMS)
@pytest.mark.parametrize("known", [True, False])
def test_each_team_sees_what_the_sharing_screen_says(team: str, known: bool) -> None:
    records = [record(code.lower(), code) for code in ("N", "PSY", "SOC", "SEX")]
    found = answer(sharing_screen(), request(f"Organization/{team}"), records, organisations(*TEAMS) if known else [])
    assert seen(found) == {code.lower() for code in TEAMS[team]}
    assert found.overall == "permit"


def test_a_team_the_sharing_screen_does_not_name_sees_nothing() -> None:
    found = answer(sharing_screen(), request("Organization/else"), record("n", "N"), organisations("else", *TEAMS))
    assert seen(found) == set()
    assert found.overall == "deny"


class Try(NamedTuple):
    """Who asks (for what, when) and what they then see of the three records."""

    who: str
    sees: str
    purpose: str = "TREAT"
    action: str = "access"
    now: str = "2015-12-01T12:00:00Z"
    overall: str = ""


HERE, THERE = "Organization/f001", "Organization/f002"
ALL, NONE = "here there task", ""
PERIOD = "2016-06-23T07:10:00Z"

SAYS: dict[str, tuple[str, list[Try]]] = {
    "basic": (
        "everything may be used for ordinary treatment, until 2016",
        [Try(THERE, ALL, overall="permit"), Try(THERE, NONE, now="2016-01-02T00:00:00Z", overall="no-consent")],
    ),
    "notTime": (
        "meant: no data of January 2015; written: everything may be shared during January 2015 (exception)",
        [Try(THERE, NONE, overall="no-consent"), Try(THERE, ALL, now="2015-01-10T00:00:00Z", overall="permit")],
    ),
    "Out": (
        "nothing held by the hospital, for treatment; no recipient is named, so nothing at all (exception)",
        [Try(THERE, NONE, overall="deny"), Try(HERE, NONE, overall="deny")],
    ),
    "Emergency": (
        "nothing held by the hospital; an emergency would need a named recipient (exception)",
        [Try(THERE, NONE, overall="deny"), Try(THERE, NONE, purpose="ETREAT", overall="deny")],
    ),
    "grantor": (
        "only the named recipient, to read what the hospital holds",
        [
            Try("Patient/example", "here", overall="permit"),
            Try("Patient/example", NONE, action="correct", overall="deny"),
            Try(THERE, NONE, overall="deny"),
        ],
    ),
    "notOrg": ("nothing to one organisation", [Try(HERE, NONE, overall="deny"), Try(THERE, ALL, overall="permit")]),
    "notThem": (
        "nothing to one nurse of the hospital",
        [Try("Practitioner/f204", NONE, overall="deny"), Try(HERE, ALL, overall="permit")],
    ),
    "notAuthor": ("nothing that the hospital wrote", [Try(THERE, "there task", overall="permit")]),
    "notThis": ("not one order and what belongs to it", [Try(THERE, "here", overall="permit")]),
    "pkb": (
        "meant: four teams and four labels; written: one organisation, permitted and refused the same (exception)",
        [Try(HERE, NONE), Try(THERE, NONE, overall="deny")],
    ),
    "signature": (
        "says nothing of its own; read: all but the named recipient, who sees only the named author's documents",
        [
            Try("Practitioner/13", NONE, now="2016-01-01T00:00:00Z"),
            Try(THERE, ALL, now="2016-01-01T00:00:00Z", overall="permit"),
        ],
    ),
    "smartonfhir": (
        "says nothing of its own; read: everything, for half an hour (its permission is inside a wider one)",
        [Try(THERE, ALL, now=PERIOD, overall="permit"), Try(THERE, NONE, now="2016-06-23T08:00:00Z")],
    ),
}


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, (_, cases) in SAYS.items() for case in cases])
def test_published_examples_do_what_they_say(shared_data: Path, name: str, case: Try) -> None:
    written = json.loads(
        (shared_data / "fhir-spec-examples" / "R4" / f"Consent-consent-example-{name}.json").read_text("utf-8")
    )
    person = written["patient"]["reference"]
    records = [
        record("here", "N", subject=ref(person), performer=[ref(HERE)]),
        record("there", "N", subject=ref(person), performer=[ref(THERE)], derivedFrom=[ref("Observation/here")]),
        {
            "resourceType": "Task", "id": "example3", "status": "draft", "intent": "order", "for": ref(person),
            "requester": ref(THERE), "focus": ref("Observation/there"),
        },
    ]  # fmt: skip
    people = [
        *organisations("f001", "f002"),
        *({"resourceType": "Practitioner", "id": one} for one in ("f204", "13", "xcda-author")),
        {"resourceType": "Patient", "id": "example"},
    ]
    asked = request(case.who, patient=person, purposes=[case.purpose], action=case.action)
    found = answer(written, asked, records, people, now=case.now)
    sees = {"task" if one == "example3" else one for one in seen(found)} - {"example"}
    expected = set(case.sees.split())
    assert sees == expected
    if case.overall:
        assert found.overall == case.overall


def test_the_table_names_every_published_example(shared_data: Path) -> None:
    files = (shared_data / "fhir-spec-examples" / "R4").glob("Consent-*.json")
    assert {file.stem.removeprefix("Consent-consent-example-") for file in files} == set(SAYS)


def test_published_examples_are_read_without_anything_unknown_but_their_people(shared_data: Path) -> None:
    for file in (shared_data / "fhir-spec-examples" / "R4").glob("Consent-*.json"):
        found = answer(json.loads(file.read_text("utf-8")), request(ME), record())
        texts = {problem.text for problem in found.problems}
        assert texts <= {
            "names someone who is not known here",
            "is a label that is not known here",
            "has no type; read as the opposite of the rule it stands in",
        }, file.name


def test_names_that_label_systems_had_before_mean_the_same() -> None:
    old = "http://hl7.org/fhir/v3/ActCode"
    rule = {"actor": [actor("Organization/a")], "type": "permit", "securityLabel": [label("PSY", old)]}
    for system in (
        THO + "v3-ActCode",
        "https://terminology.hl7.org/ValueSet/v3-ActCode",
        "urn:oid:2.16.840.1.113883.5.4",
    ):
        psychiatric = record("psy", meta={"security": [label("PSY", system)]})
        assert seen(answer(consent("OPTOUT", rule), request("Organization/a"), psychiatric)) == {"psy"}
