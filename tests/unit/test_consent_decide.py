"""Deciding with labelling and the defaults of roles, the command, and the sentences that explain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from consent_kit import A_TIME, ME, actor, answer, concept, consent, label, organisations, record, ref, request, seen

from consent.decision import Step
from consent.explain import chain, for_person, for_worker
from desktop.cli import main

SCT = "http://snomed.info/sct"
DEPRESSION = concept(SCT, "35489007")
ASTHMA = {"coding": [{"system": SCT, "code": "195967001", "display": "Asthma"}]}
GP = {"roles": [{"system": "urn:onestory:role", "code": "gp"}]}
PHARMACIST = {"roles": ["pharmacist"]}
A = "Organization/a"


def sick(name: str, code: Any, **more: Any) -> dict[str, Any]:
    return record(name, type_="Condition", **({"code": code, "clinicalStatus": concept("urn:x", "active")} | more))


def both(consents: Any, asked: dict[str, Any], *facts: Any) -> set[str]:
    people = [{"resourceType": "Patient", "id": "me", "name": [{"family": "Invented"}]}, *organisations("a", "b")]
    return seen(answer(consents, asked, *facts, people, consents_only=False)) - {"me"}


def test_where_the_person_said_nothing_the_defaults_of_roles_decide() -> None:
    facts = (sick("asthma", ASTHMA), sick("low", DEPRESSION))
    assert "asthma" in both([], request(A, **GP), *facts)
    assert both([], request(A), *facts) == set()
    assert both([], request(A, relationship="none", **GP), *facts) == set()


def test_a_refusal_of_a_label_reaches_what_labelling_finds_out() -> None:
    choice = consent("", {"type": "deny", "securityLabel": [label("PSY")]})
    shown = both(choice, request(A, **GP), sick("asthma", ASTHMA), sick("low", DEPRESSION))
    assert shown == {"asthma"}


def test_a_choice_comes_before_the_defaults() -> None:
    facts = (sick("asthma", ASTHMA), sick("low", DEPRESSION))
    assert both(consent("OPTOUT"), request(A, **GP), *facts) == set()
    permit = consent("OPTOUT", {"type": "permit", "actor": [actor(A)]})
    assert both(permit, request(A, **PHARMACIST), *facts) == {"asthma", "low"}


def test_a_team_keeps_seeing_what_it_wrote_unless_the_choice_names_it() -> None:
    fact = sick("asthma", ASTHMA, recorder=ref(A))
    practice = {"resourceType": "Organization", "id": "a", "name": "Mill Surgery", "type": [{"text": "GP practice"}]}
    people = [{"resourceType": "Patient", "id": "me"}, practice, *organisations("b")]

    def shown(choice: Any) -> bool:
        found = answer(choice, request(A, **GP), fact, people, consents_only=False)
        return "asthma" in seen(found)

    assert shown(consent("OPTOUT"))
    assert not shown(consent("OPTIN", {"type": "deny", "actor": [actor(A)]}))


def test_what_must_not_be_told_to_the_person_is_not_opened_by_their_choice() -> None:
    secret = sick("secret", ASTHMA, meta={"security": [label("NOPAT")]})
    assert both(consent("OPTIN"), request(ME, roles=["person"]), secret) == set()


def test_a_refusal_to_everyone_is_not_what_shuts_out_the_person() -> None:
    fact = sick("asthma", ASTHMA)
    asked = request(ME, roles=["person"])
    assert both(consent("OPTIN"), asked, fact) == {"asthma"}
    refused = answer(consent("OPTOUT"), asked, fact, consents_only=False).entries[0]
    assert refused.trace[-1].policy == "defaults"


def test_professional_safeguarding_information_is_not_opened_by_a_choice() -> None:
    flag = {
        "resourceType": "Flag", "id": "safe", "status": "active", "subject": ref(ME),
        "code": {"coding": [{"system": SCT, "code": "836881000000105", "display": "Subject of child protection plan"}],
                 "text": "Child protection plan"},
    }  # fmt: skip
    assert both(consent("OPTIN"), request(A, **PHARMACIST), flag) == set()


# -- the command


def run(tmp_path: Path, consents: Any, asked: Any, records: Any, *more: str) -> int:
    names = []
    for name, value in (("consents", consents), ("request", asked), ("records", records)):
        file = tmp_path / f"{name}.json"
        file.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        names += [f"--{name}", str(file)]
    return main(["decide", *names, "--now", A_TIME, *more])


RECORDS = {
    "resourceType": "Bundle", "type": "collection",
    "entry": [{"resource": one} for one in (record("x", "N"), record("y", "PSY"), *organisations("a"))],
}  # fmt: skip


@pytest.mark.parametrize("form", ["one", "list", "bundle"])
def test_the_command_says_what_is_decided_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    one = consent("OPTOUT", {"actor": [actor(A)], "securityLabel": [label("N")]})
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one}, {"resource": organisations("b")[0]}],
    }
    given = {"one": one, "list": [one], "bundle": bundle}[form]
    assert run(tmp_path, given, request(A), RECORDS, "--policy", "consents-only", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["overall"] == "permit"
    assert said["problems"] == []
    effects = {entry["reference"]: entry["decision"] for entry in said["entries"]}
    assert effects["Observation/x"] == "permit"
    assert effects["Observation/y"] == "withhold"
    for entry in said["entries"]:
        assert entry["trace"]
        assert set(entry["trace"][0]) == {"policy", "provision", "element", "matched", "effect", "text"}


@pytest.mark.parametrize(
    ("consents", "asked", "records"),
    [
        ("{", request(A), RECORDS),
        ('{"a": NaN}', request(A), RECORDS),
        ("[" * 5000, request(A), RECORDS),
        (consent("OPTIN"), "[]", RECORDS),
        (consent("OPTIN"), {"actors": []}, RECORDS),
        (consent("OPTIN"), request(A, action="steal"), RECORDS),
        (consent("OPTIN"), request(A, relationship="friend"), RECORDS),
        (consent("OPTIN"), request(A, purposes="TREAT"), RECORDS),
        (consent("OPTIN"), request(A, actors=[{"display": "me"}]), RECORDS),
        (consent("OPTIN"), request(A), "nothing"),
    ],
)
def test_what_cannot_be_read_ends_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], consents: Any, asked: Any, records: Any
) -> None:
    assert run(tmp_path, consents, asked, records, "--json") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1


def test_a_rule_with_a_repeated_key_says_two_things_and_is_a_refusal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = json.dumps(consent("OPTIN", {"provision": [{"type": "deny", "period": {"end": "2020"}}]}))
    twice = text.replace('"type": "deny"', '"type": "deny", "type": "permit"')
    assert run(tmp_path, twice, request(A), RECORDS, "--policy", "consents-only", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert {entry["decision"] for entry in said["entries"]} == {"withhold"}
    counted = {one["path"].rpartition(".")[2]: one["treatedAsNo"] for one in said["problems"]}
    assert counted["repeated-key"] is True
    assert counted["provision[0]"] is False, "a rule without a type is read, as the opposite of the one around it"


def test_without_json_the_command_prints_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, [consent("OPTIN"), 7], request(A), RECORDS) == 0
    assert "Not understood" in capsys.readouterr().out
    assert run(tmp_path, consent("OPTIN"), request(A), RECORDS, "--policy", "perhaps") == 2


# -- explaining


def test_a_decision_is_explained_to_the_person_the_worker_and_the_privacy_officer() -> None:
    choice = consent("OPTOUT", {"type": "permit", "actor": [actor(A)]})
    for asks, word in ((A, "yes"), ("Organization/b", "no")):
        found = answer(choice, request(asks), record("x", "N"), organisations("a", "b")).entries[0]
        sentence = for_person(found.effect, found.trace, "The clinic")
        assert sentence.startswith("The clinic can")
        assert f"you said {word} in your choice choice" in sentence
        lines = chain(found.trace)
        assert len(lines) == len(found.trace)
        assert "Consent/choice provision [actor]" in lines[0]
        assert for_worker(found.effect, found.trace).startswith("Shown" if word == "yes" else "Not shown")
    assert for_worker("withhold", found.trace) == for_worker("withhold", ())
    assert "nothing" in for_person("withhold", ())
    assert "part of" in for_person("mask", ())
    limited = Step("lawful limits", "NOPAT", "role", True, "withhold", "marked")
    assert "law" in for_person("withhold", (limited,))
    usual = Step("defaults", "row 1", "role", True, "permit", "Doctors see illnesses")
    assert "you have not said otherwise, and doctors see illnesses" in for_person("permit", (usual,))
    several = Step("choices", "", "dateTime", True, "withhold", "two of one date")
    assert "two of one date" in for_person("withhold", (several,))
    assert for_worker("mask", (Step("Consent/c", "provision", "", True, "mask", "x"),)).endswith("not shown.")
