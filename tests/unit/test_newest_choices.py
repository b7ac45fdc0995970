"""Which of several choices counts: whose it is, for whom, of what scope, in which post, whether it names someone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest
from consent_kit import (
    NOON,
    ORGANISATIONS,
    A,
    B,
    Tree,
    actor,
    answer,
    concept,
    consent,
    kind,
    record,
    ref,
    request,
    seen,
    sees,
)

from consent.consents import read_consent
from consent.decide import Deciding, read_request
from consent.precedence import compile_choices
from consent.provision import Ruling
from fhir.reading import read_document

ME, DAUGHTER = {"performer": [ref("Patient/me")]}, {"performer": [ref("RelatedPerson/r")]}
BEFORE = {"id": "before", "dateTime": "2025-01-01"}


def test_a_newer_choice_of_one_does_not_replace_the_refusal_of_another() -> None:
    assert sees([consent("OPTOUT", **BEFORE, **DAUGHTER), consent("OPTIN", **ME)]) == set()
    assert sees([consent("OPTOUT", **BEFORE, **ME), consent("OPTIN", **ME)]) == {"x"}


def test_a_choice_that_names_nobody_who_made_it_is_the_persons() -> None:
    assert sees([consent("OPTOUT", **BEFORE), consent("OPTIN", **ME)]) == {"x"}


def test_a_newer_choice_for_everyone_does_not_replace_a_refusal_to_one() -> None:
    refused = consent("", {"type": "deny", "actor": [actor(A)]}, **BEFORE)
    assert sees([refused, consent("OPTIN")]) == set()
    assert sees([refused, consent("OPTIN")], B) == {"x"}


@pytest.mark.parametrize("giver", [{"display": "A friend"}, "Patient/me", {}, {"reference": "not one"}])
@pytest.mark.parametrize("policy", ["OPTIN", "OPTOUT"])
def test_a_newer_choice_of_nobody_who_can_be_read_replaces_no_refusal(giver: Any, policy: str) -> None:
    """Not that of the person, nor one by somebody else who cannot be read."""
    unread = {"performer": [giver]}
    assert sees([consent("OPTOUT", **BEFORE, **ME), consent("OPTIN", **unread)]) == set()
    assert sees([consent("OPTOUT", **BEFORE, **unread), consent("OPTIN", **ME)]) == set()
    both = {"performer": [ref("Patient/me"), giver]}
    assert sees([consent("OPTOUT", **BEFORE, **both), consent("OPTIN", **both)]) == set()
    assert sees(consent(policy, **unread)) == ({"x"} if policy == "OPTIN" else set())


def test_a_newer_choice_for_somebody_who_cannot_be_read_replaces_no_refusal() -> None:
    refused = consent("", {"type": "deny", "actor": [actor(A)]}, **BEFORE)
    permitted = consent("", {"type": "permit", "actor": [actor(A), "somebody"]})
    assert sees([refused, permitted]) == set()
    assert sees(permitted) == {"x"}


def test_a_choice_of_the_scope_of_sharing_is_about_sharing_whatever_its_category() -> None:
    assert sees(consent("OPTIN", category=[concept("urn:kinds", "other")])) == {"x"}
    assert (
        sees(consent("OPTIN", scope=concept("urn:kinds", "other"), category=[concept("urn:kinds", "other")])) == set()
    )


def test_whoever_asks_in_one_post_is_not_of_the_organisation_of_their_other_post() -> None:
    posts = [
        {
            "resourceType": "PractitionerRole",
            "id": f"in-{name}",
            "practitioner": ref("Practitioner/p"),
            "organization": ref(f"Organization/{name}"),
        }
        for name in "ab"
    ]
    people = [*ORGANISATIONS, {"resourceType": "Practitioner", "id": "p"}, *posts]

    def as_seen(permitted: str) -> set[str]:
        chosen = consent("", {"type": "permit", "actor": [actor(permitted)]})
        return seen(answer(chosen, request("PractitionerRole/in-a"), record("x", "N"), people))

    assert (as_seen(A), as_seen(B)) == ({"x"}, set())


RESULTS: Tree = {"class": [kind("Observation")]}


@pytest.mark.parametrize(
    ("consents", "named"),
    [
        ([consent("OPTIN", {"type": "deny", **RESULTS})], False),
        ([consent("OPTIN", {"provision": [{"type": "deny", **RESULTS}]})], False),
        ([consent("OPTIN", {"provision": [{"type": "deny", "actor": [actor(A)], **RESULTS}]})], True),
        ([consent("OPTOUT"), consent("OPTIN", id="of-that-day")], False),
        ([consent("OPTIN"), consent("OPTIN", {"provision": [{"type": "deny", "actor": [actor(A)]}]}, id="c")], True),
    ],
    ids=["root", "inside", "inside, for someone", "two of a day", "two of a day, for someone"],
)
def test_a_refusal_is_named_only_where_it_says_for_whom(consents: list[Tree], named: bool) -> None:
    """One that names nobody leaves a team what it wrote itself."""
    ruling = ruled(consents)
    assert (ruling.effect, ruling.named) == ("deny", named)


def ruled(consents: list[Tree], *, only_refuse: bool = False) -> Ruling:
    """What is said of one record of a team."""
    tree: Any = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in ORGANISATIONS]}
    tree["entry"].append({"resource": record("x", "N")})
    document = read_document("records.json", "", json.dumps(tree).encode())
    read = [read_consent(one, number) for number, one in enumerate(consents)]
    asked = read_request(request(A), datetime.fromisoformat(NOON))
    deciding = Deciding(read, asked, document, consents_only=True)
    (fact,) = [one for one in document.resources if one.type == "Observation"]
    told = [(one, deciding.directory) for one in read]
    choices, _ = compile_choices(told, asked.asking, {}, only_refuse=only_refuse)
    return choices.on(deciding.facts(fact)).ruling


def test_two_choices_of_one_instant_refuse() -> None:
    both = [consent(policy, id=policy, dateTime="2026-01-01T10:00:00Z") for policy in ("OPTIN", "OPTOUT")]
    assert sees(both) == set()
    assert sees([both[1], both[0] | {"dateTime": "2026-01-01T10:00:01Z"}]) == {"x"}


def test_a_permission_that_was_replaced_is_gone_and_refuses_nothing() -> None:
    """Another's permission then stands."""
    before = consent("", {"type": "permit"}, **BEFORE, **ME)
    newer = consent("", {"type": "deny", "class": [kind("Condition")]}, **ME)
    assert sees([before, newer]) == set()
    assert sees([before, newer, consent("OPTIN", **DAUGHTER)]) == {"x"}


def test_of_choices_that_only_refuse_an_older_and_a_newer_one_say_whom_they_refuse() -> None:
    plain, named = {"provision": [{"type": "deny"}]}, {"provision": [{"type": "deny", "actor": [actor(A)]}]}
    for older, newer in ((plain, named), (named, plain), (plain, plain)):
        told = [consent("OPTIN", older, **BEFORE), consent("OPTIN", newer)]
        assert ruled(told, only_refuse=True) == Ruling("deny", named in (older, newer))
        assert ruled(told) == Ruling("deny", newer is named)


@pytest.mark.parametrize("name", ["grantor", "performer", "consentingParty"])
def test_who_gave_a_choice_is_read_as_each_version_of_fhir_calls_it(name: str) -> None:
    mine, hers = ({name: theirs["performer"]} for theirs in (ME, DAUGHTER))
    assert sees([consent("OPTOUT", **BEFORE, **hers), consent("OPTIN", **mine)]) == set()
    assert sees([consent("OPTOUT", **BEFORE, **mine), consent("OPTIN", **mine)]) == {"x"}


def test_a_decision_that_cannot_be_read_beside_a_policy_of_yes_refuses_everyone() -> None:
    """It may have been a permission of nothing but what it names, as R5 writes it."""
    told = consent("OPTIN", decision="maybe", grantee=[ref(B)])
    assert sees(told, A) == sees(told, B) == set()
    assert sees(consent("OPTIN", decision="permit"), A) == {"x"}
