"""Consents, requests and records said in few words, for the tests of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gatekit import NOW, PERSON, entry

from consent.authority import Authority, policies
from consent.choices import Act, By, KeptConsent, kept_for
from consent.decide import Answer, decide, read_request
from consent.decision import Effect
from consent.labels import LabelledEntry
from consent.naming import role_coding
from consent.persons_choices import Acts, Refers, RequestChoices, neighbourhood
from consent.ports import KeyHolder
from consent.request import Request
from fhir.reading import read_document

Tree = dict[str, Any]
THO = "http://terminology.hl7.org/CodeSystem/"
NOON = "2026-06-15T12:00:00Z"
A_TIME = NOON
ME = "Patient/me"
CUSTODIAN = By("u-cat", "Cat", "gp", "Surgery", custodian=True)


def ref(target: str) -> Tree:
    return {"reference": target}


def concept(system: str, code: str) -> Tree:
    return {"coding": [{"system": system, "code": code}]}


def actor(target: str, role: str = "PRCP") -> Tree:
    return {"role": concept(THO + "v3-ParticipationType", role), "reference": ref(target)}


def by_role(role: str) -> Tree:
    """An actor by its role alone, as this product writes it."""
    return {"role": {"coding": [role_coding(role)._asdict()]}}


def named(system: str, value: str) -> Tree:
    """A user or an organisation of the vault, as this product writes it."""
    return {
        "role": concept(THO + "v3-ParticipationType", "PRCP"),
        "reference": {"identifier": {"system": system, "value": value}},
    }


def chosen(*trees: Tree) -> list[Act]:
    """These Consents as the choices of a person, set by a custodian."""
    kept = tuple(KeptConsent(f"c{n}", kept_for(PERSON, tree)) for n, tree in enumerate(trees))
    return [Act(kind="set", time="2026-01-01", by=CUSTODIAN, consents=kept)]


def decided(
    asked: Request,
    acts: Sequence[Act],
    one: LabelledEntry | None = None,
    *,
    among: Iterable[KeyHolder] = (),
    refers: Refers | None = None,
) -> Effect:
    """What is decided on an entry (a plain one) by these acts, in a vault of these principals."""
    told = Acts(acts, PERSON, NOW, neighbourhood(among), refers)
    authority = Authority(asked, policies(test_data=False), RequestChoices(told, asked))
    return authority.on(one or LabelledEntry(entry("Condition/1"), ("general",)))[0].effect


def purpose(code: str) -> Tree:
    return {"system": THO + "v3-ActReason", "code": code}


def action(code: str) -> Tree:
    return concept(THO + "consentaction", code)


def label(code: str, system: str = "") -> Tree:
    return {"system": system or THO + ("v3-Confidentiality" if code in "ULMNRV" else "v3-ActCode"), "code": code}


def kind(code: str) -> Tree:
    return {"system": "http://hl7.org/fhir/resource-types", "code": code}


def consent(policy: str = "", provision: Any = None, **more: Any) -> Tree:
    tree: Tree = {
        "resourceType": "Consent",
        "id": "choice",
        "status": "active",
        "scope": concept(THO + "consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": ref(ME),
        "dateTime": "2026-01-01",
    }
    if policy:
        tree["policyRule"] = concept(THO + "v3-ActCode", policy)
    if provision is not None:
        tree["provision"] = provision
    return tree | more


def record(name: str = "x", *labels: str, type_: str = "Observation", **more: Any) -> Tree:
    tree: Tree = {"resourceType": type_, "id": name, "status": "final", "subject": ref(ME), "code": {"text": "A fact"}}
    if labels:
        tree["meta"] = {"security": [label(code) for code in labels]}
    return tree | more


def organisations(*names: str) -> list[Tree]:
    return [{"resourceType": "Organization", "id": name} for name in names]


def request(*who: str, **more: Any) -> Tree:
    tree: Tree = {
        "patient": ME,
        "actors": [ref(name) for name in who],
        "roles": [],
        "organisations": [],
        "purposes": ["TREAT"],
        "action": "access",
        "relationship": "registered",
    }
    return tree | more


def answer(consents: Any, asked: Tree, *records: Any, now: str = NOON, consents_only: bool = True) -> Answer:
    """The answer; `records` are records and lists of them."""
    flat = [one for some in records for one in (some if isinstance(some, list) else [some])]
    tree = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in flat]}
    document = read_document("records.json", "", json.dumps(tree).encode())
    each = consents if isinstance(consents, list) else [consents]
    return decide(each, read_request(asked, datetime.fromisoformat(now)), document, consents_only=consents_only)


def seen(found: Answer) -> set[str]:
    """The names of what is permitted, but for directories."""
    directory = ("Organization/", "Practitioner", "Group/", "CareTeam/", "RelatedPerson/", "Medication/")
    return {
        entry.reference.split("/")[1]
        for entry in found.entries
        if entry.effect == "permit" and not entry.reference.startswith(directory)
    }


A, B = "Organization/a", "Organization/b"
ORGANISATIONS = organisations("a", "b")


def sees(consents: Any, who: str = A, *records: Any, **more: Any) -> set[str]:
    return seen(answer(consents, request(who, **more), list(records) or [record("x", "N")], ORGANISATIONS))
