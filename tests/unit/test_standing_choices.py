"""Who may ever read an entry of someone who made choices: teams, and single workers where a choice tells them apart."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from consent_kit import (
    THO,
    action,
    answer,
    by_role,
    chosen,
    concept,
    consent,
    kind,
    label,
    named,
    purpose,
    record,
    ref,
    request,
    seen,
)
from gatekit import PERSON, SURGERY, entry

from consent import matching, precedence, standing
from consent.acting import About, link
from consent.evidence import encode_evidence, evidence_of
from consent.labels import LabelledEntry
from consent.naming import CATEGORY, ORGANISATION, USER
from consent.persons_choices import refers_of
from consent.ports import Principal
from consent.standing import Nobody, Standing
from fhir.entries import Code, Link

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
PRINCIPALS = [
    Principal("gps", "team", "gp", "Surgery"),
    Principal("ada", "user", "gp", "Surgery", "Ada"),
    Principal("bob", "user", "gp", "Surgery", "Bob"),
    Principal("wards", "team", "hospital-clinician", "Ward"),
    Principal("wim", "user", "hospital-clinician", "Ward", "Wim"),
    Principal("crew", "team", "ambulance", "Crew"),
    Principal("em", "emergency"),
    Principal("cus", "custodian"),
]
PLAIN = LabelledEntry(entry("Condition/1"), ("general",))
LOW = LabelledEntry(entry("Condition/2"), ("mental-health",))


def mental(**values: Any) -> dict[str, Any]:
    return {"securityLabel": [{"system": CATEGORY, "code": "mental-health"}], **values}


def readers(*trees: dict[str, Any], of: LabelledEntry = PLAIN, **values: Any) -> set[str]:
    return set(Standing(PRINCIPALS, test_data=False).of_person(PERSON, chosen(*trees), NOW, **values).readers(of))


def test_without_choices_the_defaults_say_it() -> None:
    everyone = Standing(PRINCIPALS, test_data=False)
    assert everyone.of_person(PERSON, [], NOW).readers(LOW) == everyone.readers(LOW) == {"gps", "wards", "crew", "em"}
    assert Nobody().readers(PLAIN) == frozenset()


def test_a_refused_kind_of_worker_has_no_keys_and_an_emergency_may_still_open_it() -> None:
    refused = consent("OPTIN", mental(type="deny", actor=[by_role("gp")]))
    assert readers(refused, of=LOW) == {"wards", "crew", "em"}
    assert readers(refused) == {"gps", "wards", "crew", "em"}


def test_what_is_closed_to_emergencies_gives_the_crews_no_key() -> None:
    named = [purpose("BTG"), purpose("TREAT"), purpose("ETREAT")]
    closed = consent("OPTIN", mental(type="deny", purpose=named))
    assert readers(closed, of=LOW) == {"gps", "wards", "crew"}, "managing care is not refused"
    assert readers(closed) == {"gps", "wards", "crew", "em"}
    all_of_it = consent("OPTIN", mental(type="deny", purpose=[*named, purpose("CAREMGT")]))
    assert readers(all_of_it, of=LOW) == set()


def test_a_worker_who_is_named_reads_as_themself_and_the_others_of_the_team_by_name() -> None:
    permitted = consent("OPTOUT", {"type": "permit", "actor": [named(USER, "Ada")]})
    assert readers(permitted) == {"ada", "em"}
    refused = consent("OPTIN", {"type": "deny", "actor": [named(USER, "Ada")]})
    assert readers(refused) == {"bob", "wards", "crew", "em"}


def test_an_organisation_that_is_named_is_told_by_its_team() -> None:
    refused = consent("OPTIN", {"type": "deny", "actor": [named(ORGANISATION, "Surgery")]})
    assert readers(refused) == {"wards", "crew", "em"}
    address = consent("OPTIN", {"type": "deny", "actor": [{"reference": ref("https://x/fhir/Organization/9")}]})
    assert readers(address) == {"em"}, "whom nobody here can tell may be any of them"


def test_any_purpose_and_any_action_that_is_permitted_gives_a_key() -> None:
    research = consent("OPTOUT", {"type": "permit", "actor": [by_role("gp")], "purpose": [purpose("HRESCH")]})
    assert readers(research) == {"gps", "em"}
    use = consent("OPTOUT", {"type": "permit", "actor": [by_role("gp")], "action": [action("use")]})
    assert readers(use) == {"gps", "em"}
    glass = consent("OPTOUT", {"type": "permit", "actor": [by_role("gp")], "purpose": [purpose("BTG")]})
    assert readers(glass) == {"em"}
    unknown = consent("OPTOUT", {"type": "permit", "actor": [by_role("gp")], "purpose": [purpose("XYZ")]})
    assert readers(unknown) == {"em"}


def seen_in(one: LabelledEntry, tree: dict[str, Any]) -> LabelledEntry:
    return msgspec.structs.replace(one, evidence=encode_evidence(evidence_of(tree, ("Condition/1",))))


CODED = {"code": {"coding": [{"system": "urn:c", "code": "1"}]}}
HOLDER = {"role": concept(THO + "v3-ParticipationType", "CST"), "reference": ref("Organization/o")}


@pytest.mark.parametrize(
    ("rule", "tree"),
    [
        ({"class": [kind("Condition")]}, {}),
        ({"code": [CODED["code"]]}, CODED),
        ({"dataPeriod": {"start": "2025", "end": "2025"}}, {"onsetDateTime": "2025-03-01"}),
        ({"data": [{"meaning": "instance", "reference": ref("Condition/1")}]}, {}),
        ({"data": [{"meaning": "dependents", "reference": ref("Encounter/1")}]}, {"encounter": ref("Encounter/1")}),
        ({"actor": [HOLDER]}, {"asserter": ref("Organization/o")}),
        (
            {"data": [{"meaning": "authoredby", "reference": ref("Organization/o")}]},
            {"asserter": ref("Organization/o")},
        ),
        ({"securityLabel": [label("R")]}, {"meta": {"security": [label("R")]}}),
    ],
)
def test_entries_that_a_rule_tells_apart_are_decided_apart(rule: dict[str, Any], tree: dict[str, Any]) -> None:
    """In one set of standing decisions, whichever is asked first."""
    whole = {"resourceType": "Condition", "id": "1", **tree}
    acts = chosen(consent("OPTIN", {"type": "deny", **rule}))
    written = tuple(Code(one["system"], one["code"]) for one in tree.get("meta", {}).get("security", ()))
    meant = seen_in(LabelledEntry(entry("Condition/1", labels=written), ("general",)), whole)
    other_tree = {
        "resourceType": "Observation",
        "onsetDateTime": "2024",
        "code": {"coding": [{"system": "urn:c", "code": "2"}]},
        "asserter": ref("Organization/else"),
    }
    other = LabelledEntry(entry("Observation/2"), ("general",))
    other = msgspec.structs.replace(other, evidence=encode_evidence(evidence_of(other_tree, ("Observation/2",))))
    for order in ((meant, other), (other, meant)):
        told = Standing(PRINCIPALS, test_data=False).of_person(PERSON, acts, NOW)
        found = {one.entry.resource: told.readers(one) for one in order}
        assert found["Condition/1"] == {"em"}
        if "asserter" not in tree:  # nobody tells who is the organisation that the other is from
            assert found["Observation/2"] == {"gps", "wards", "crew", "em"}


def test_a_time_that_cannot_be_read_is_the_same_for_every_entry() -> None:
    rule = mental(type="deny", dataPeriod={"start": "soon"})
    assert readers(consent("OPTIN", {"provision": [rule]}), of=LOW) == {"em"}
    assert readers(consent("OPTIN", {"provision": [rule]})) == {"gps", "wards", "crew", "em"}


def test_what_is_led_to_from_a_named_record_is_told_from_the_stored_entries() -> None:
    letter = LabelledEntry(
        entry("Composition/1", section="documents", links=(Link("section", "Condition/1"),)), ("general",)
    )
    about = consent("OPTIN", {"type": "deny", "data": [{"meaning": "related", "reference": ref("Composition/1")}]})
    refers = refers_of(lambda: [letter, PLAIN])
    assert readers(about, of=PLAIN, refers=refers) == {"em"}
    assert readers(about, of=LOW, refers=refers) == {"gps", "wards", "crew", "em"}
    assert set(refers) == {"Composition/1", "Condition/1"}
    assert len(refers) == 2
    assert refers["Composition/1"] == {"Condition/1"}


def test_the_person_has_a_key_beside_those_of_the_workers() -> None:
    everyone = [*PRINCIPALS, Principal("per", "team", "person", link(PERSON))]
    acts = chosen(consent("OPTOUT"))
    for about in (lambda: About(people=(PERSON,)), lambda: About(born="1941", people=(PERSON,))):
        told = Standing(everyone, test_data=False).of_person(PERSON, acts, NOW, about=about)
        assert told.readers(PLAIN) == {"per", "em"}


def test_what_is_remembered_is_forgotten_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (standing, precedence, matching):
        monkeypatch.setattr(module, "_MEMORY", 1)
    rule = mental(type="deny", actor=[by_role("gp")])
    acts = chosen(consent("OPTIN", rule))
    everyone = Standing(PRINCIPALS, test_data=False)
    theirs = everyone.of_person(PERSON, acts, NOW)
    money = LabelledEntry(entry("Coverage/1", section="money"), ("money",))
    more = LabelledEntry(entry("Condition/3", source=SURGERY), ("general", "money"))
    four = [PLAIN, LOW, money, more]
    first = [(everyone.readers(one), theirs.readers(one)) for one in four]
    assert [(everyone.readers(one), theirs.readers(one)) for one in four] == first
    assert "gps" not in first[1][1]
    assert "gps" in first[0][1]
    assert [theirs.readers(one) for one in (PLAIN, PLAIN)] == [first[0][1]] * 2


def test_choices_forget_what_was_said_and_say_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "_MEMORY", 1)
    rules = [{"type": "deny", "class": [kind(name)]} for name in ("Observation", "Condition", "Flag")]
    records = [record(name.lower(), "N", type_=name) for name in ("Observation", "Condition", "Flag", "Goal")]
    found = answer(consent("", {"type": "permit", "provision": rules}), request("Organization/a"), records * 2)
    assert seen(found) == {"goal"}
