"""What choices might say to someone, whatever the record, beside what they do say of records of every kind."""

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
    action,
    actor,
    concept,
    consent,
    kind,
    record,
    ref,
    request,
)

from consent.consents import read_consent
from consent.decide import Deciding, read_request
from consent.provision import Outcome
from fhir.reading import read_document

UNKNOWN_PART = [{"url": "https://example.org/unknown", "valueBoolean": True}]
CONDITIONS: Tree = {"class": [kind("Condition")]}
CODED: Tree = {"code": [concept("http://loinc.org", "1-8")]}
EVERY_KIND = [
    record(f"{type_}-{lab}-{code}-{holder}", *lab, type_=type_, code=concept("http://loinc.org", code), **held)
    for type_ in ("Condition", "Observation")
    for lab in ("N", "R")
    for code in ("1-8", "2-6")
    for holder, held in (("a", {"performer": [ref(A)]}), ("b", {"performer": [ref(B)]}))
]


def rule(effect: str | None, *whom: str, inner: Any = (), **more: Any) -> Tree:
    made: Tree = {"actor": [actor(one) for one in whom], **more}
    if effect:
        made["type"] = effect
    if not whom:
        del made["actor"]
    return made | ({"provision": list(inner)} if inner else {})


def later(tree: Tree) -> Tree:
    return tree | {"id": "later", "dateTime": "2026-02-01"}


def of(person: str, tree: Tree) -> Tree:
    return tree | {"id": person, "performer": [ref(f"RelatedPerson/{person}")]}


def found(consents: Any, who: str = A) -> tuple[frozenset[Outcome], set[Outcome], str]:
    """What they might say, what they do say of the records of every kind, and the answer to the whole request."""
    each = consents if isinstance(consents, list) else [consents]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (*ORGANISATIONS, *EVERY_KIND)],
    }
    document = read_document("records.json", "", json.dumps(bundle).encode())
    read = [read_consent(tree, number) for number, tree in enumerate(each)]
    deciding = Deciding(read, read_request(request(who), datetime.fromisoformat(NOON)), document, consents_only=True)
    records = [one for one in document.resources if one.type in {"Condition", "Observation"}]
    said = {deciding.choices.on(deciding.facts(one)).ruling.effect for one in records}
    return deciding.choices.possible(), said, deciding.choices.overall()


HELD = {"actor": [actor(B, "CST")]}
CASES: dict[str, tuple[Any, set[Outcome], str]] = {
    "yes": (consent("OPTIN"), {"permit"}, "permit"),
    "no": (consent("OPTOUT"), {"deny"}, "deny"),
    "nothing": ([], set(), "no-consent"),
    "of another": (consent("OPTIN", patient=ref("Patient/you")), set(), "no-consent"),
    "yes but": (consent("OPTIN", rule("deny", **CONDITIONS)), {"permit", "deny"}, "permit"),
    "no but": (consent("OPTOUT", rule("permit", **CONDITIONS)), {"permit", "deny"}, "permit"),
    "no but to others": (consent("OPTOUT", rule("permit", B)), {"deny"}, "deny"),
    "only": (consent("", rule("permit", A, **CONDITIONS)), {"permit", "deny"}, "permit"),
    "only to others": (consent("", rule("permit", B, **CONDITIONS)), set(), "no-consent"),
    "not": (consent("", rule("deny", A, **CONDITIONS)), {"deny", None}, "deny"),
    "not to others": (consent("", rule("deny", B)), set(), "no-consent"),
    "only what one holds": (consent("", {"type": "permit", **HELD}), {"permit", "deny", None}, "permit"),
    "not what one holds": (consent("", {"type": "deny", **HELD}), {"deny", None}, "deny"),
    "yes inside no": (
        consent("", rule("deny", A, inner=[rule("permit", A, **CONDITIONS)])), {"permit", "deny"}, "permit",
    ),
    "no inside yes inside no": (
        consent("OPTIN", rule("deny", A, **CONDITIONS, inner=[
            rule("permit", A, **CODED, inner=[rule("deny", A, **HELD | {"actor": [actor(B, "CST")]})]),
        ])), {"permit", "deny"}, "permit",
    ),
    "yes and no beside one another": (
        consent("", rule("deny", B, inner=[rule("permit", A, **CONDITIONS), rule("deny", A, **CODED)])),
        {"permit", "deny", None}, "permit",
    ),
    "siblings": (
        consent("OPTOUT", {"provision": [rule("permit", A, **CONDITIONS), rule("deny", A, **CODED)]}),
        {"permit", "deny"}, "permit",
    ),
    "a newer that permits some, before one that refuses some": (
        [consent("", rule("deny", B, inner=[rule("deny", A, **CODED)])),
         later(consent("", rule("deny", B, inner=[rule("permit", A, **CONDITIONS)])))],
        {"permit", "deny", None}, "permit",
    ),
    "inside what is for others": (
        consent("OPTIN", rule("deny", B, inner=[rule("deny", A), rule("permit", A)])), {"deny"}, "deny",
    ),
    "doubtful yes": (consent("OPTIN", modifierExtension=UNKNOWN_PART), {"deny"}, "deny"),
    "doubtful yes but": (
        consent("OPTIN", rule("permit", A, **CONDITIONS), modifierExtension=UNKNOWN_PART), {"deny"}, "deny",
    ),
    "doubtful only": (consent("", rule("permit", A, **CONDITIONS), modifierExtension=UNKNOWN_PART), {"deny"}, "deny"),
    "unreadable period": (consent("OPTIN", {"period": {"start": "soon"}}), {"deny"}, "deny"),
    "yes inside a yes that may not hold": (
        consent("OPTOUT", rule("deny", B, inner=[
            rule("permit", A, period={"start": "soon"}, inner=[rule("permit", A, period={"start": "2026"})]),
        ])),
        {"deny"}, "deny",
    ),
    "one date, none of them of this": (
        [consent("", rule("deny", A, action=[action(one)]), id=one) for one in ("correct", "disclose")],
        {None}, "no-consent",
    ),
    "only what one holds, to be done with it": (
        [consent("", {"type": "permit", "actor": [actor(A), actor(B, "CST")], "action": [action("correct")]}),
         consent("OPTIN", id="yes", grantor=[ref("Patient/me")])],
        {"permit", "deny", None}, "permit",
    ),
    "not a Consent": ({"resourceType": "Basic"}, {"deny"}, "deny"),
    "one date, yes and no": ([consent("OPTIN", id="one"), consent("OPTOUT", id="two")], {"deny"}, "deny"),
    "twice the same": ([consent("OPTIN", id="one"), consent("OPTIN", id="two")], {"permit"}, "permit"),
    "one date, twice of some": (
        [consent("", rule("deny", A, **CONDITIONS), id="one"), consent("", rule("deny", A, **CODED), id="two")],
        {"deny", None}, "deny",
    ),
    "one date, one of them of all": (
        [consent("", rule("deny", A, **CONDITIONS), id="one"), consent("", rule("deny", A), id="two")],
        {"deny"}, "deny",
    ),
    "newer yes": ([consent("OPTOUT"), later(consent("OPTIN"))], {"permit"}, "permit"),
    "newer no": ([consent("OPTIN"), later(consent("OPTOUT"))], {"deny"}, "deny"),
    "newer of some after yes": (
        [consent("", rule("permit", A)), later(consent("", rule("deny", A, **CONDITIONS)))], {"deny", None}, "deny",
    ),
    "newer permission of what one holds after no to some": (
        [
            consent("", rule("deny", A, **CONDITIONS)),
            later(consent("", {"type": "permit", "actor": [actor(A), actor(B, "CST")]})),
        ],
        {"permit", "deny", None}, "permit",
    ),
    "no by another": ([consent("OPTIN"), of("mother", consent("OPTOUT"))], {"permit", "deny"}, "deny"),
    "no to some by another": (
        [consent("OPTIN"), of("mother", consent("", rule("deny", A, **CONDITIONS)))],
        {"permit", "deny", None}, "permit",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("consents", "possible", "overall"), CASES.values(), ids=CASES)
def test_nothing_is_said_of_a_record_but_what_might_be_said(
    consents: Any, possible: set[Outcome], overall: str
) -> None:
    might, said, whole = found(consents)
    assert said - {None} <= might
    assert (might, whole) == (possible, overall)
