"""The whole decision over records that are not in a store: Consents, a request and a document of records in; for each
record *permit*, *mask* or *withhold* out, with every rule looked at.

The person's choices stand in the order of authority: after the lawful limits, before the defaults (consent.md, The
order of authority). With `consents_only`, only the choices speak, over the labels the records carry. No files and no
clock here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any, cast, get_args

import msgspec

from consent.actors import Directory
from consent.consents import Consent, Pointer, Problem, Tree, identifier_name, pointer, read_consent
from consent.decision import (
    Decision,
    Effect,
    Obligation,
    Policy,
    RoleDefaults,
    Step,
    attributes,
    decide_on,
)
from consent.defaults import defaults
from consent.errors import RequestError
from consent.evidence import references
from consent.facts import Facts, facts_of, labels_of, written_labels
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.limits import LawfulLimits, NeedToKnow, ProtectedIdentities
from consent.matching import Asking, purpose_key
from consent.persons_choices import Chosen, said_of
from consent.precedence import Choices, Overall, compile_choices
from consent.provision import EFFECT
from consent.request import RELATIONSHIPS, ROLES, Action, Actor, Relationship, Request, Role
from consent.vocabulary import Coding
from fhir.entries import PersonId
from fhir.records import Resource, SourceFile
from fhir.subjects import subject_of
from fhir.understanding import Drop

_ACTIONS: tuple[str, ...] = get_args(Action)
_ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_STRICTEST: dict[Effect, int] = {"permit": 0, "mask": 1, "withhold": 2}


@dataclass(frozen=True)
class DecideRequest:
    """A request: what the rules of a Consent look at, and the role, purpose codes and relationship of the defaults."""

    asking: Asking
    role: str
    purposes: tuple[str, ...]
    relationship: Relationship


@dataclass(frozen=True)
class RecordDecision:
    """What was decided on one record ("Type/id"), and every rule looked at."""

    reference: str
    effect: Effect
    trace: tuple[Step, ...]


@dataclass(frozen=True)
class Answer:
    """What the Consents say to this requester before any record is looked at, each record's decision, and what could
    not be understood."""

    overall: Overall
    entries: tuple[RecordDecision, ...]
    problems: tuple[Problem, ...]


def read_request(tree: Any, now: datetime) -> DecideRequest:
    """A request from its JSON form (contract.md, `onestory decide`). Raises RequestError, which says in one sentence
    what is missing."""
    if not isinstance(tree, dict):
        raise RequestError("The request is not a JSON object.")
    person = tree.get("patient")
    patient = _who(person if not isinstance(person, str) else {"reference": person})
    if patient is None:
        raise RequestError("The request does not say which patient.")
    action = tree.get("action", "access")
    relationship = tree.get("relationship", "present")
    if action not in _ACTIONS:
        raise RequestError(f"The action of the request is none of: {', '.join(_ACTIONS)}.")
    if relationship not in RELATIONSHIPS:
        raise RequestError(f"The relationship of the request is none of: {', '.join(RELATIONSHIPS)}.")
    roles = [_coding(item, "", "roles") for item in _several(tree, "roles")]
    purposes = [_coding(item, _ACT_REASON, "purposes") for item in _several(tree, "purposes")]
    asking = Asking(
        patient=patient,
        actors=_everyone(tree, "actors"),
        organisations=_everyone(tree, "organisations"),
        roles=frozenset(role for role in roles if role.system),
        purposes=tuple(purpose_key(purpose) for purpose in purposes),
        action=str(action),
        now=now,
    )
    role = next((role.code for role in roles if role.code in ROLES), "")
    return DecideRequest(asking, role, tuple(purpose.code for purpose in purposes), cast(Relationship, relationship))


def _several(tree: Tree, name: str) -> list[Any]:
    value = tree.get(name, [])
    if not isinstance(value, list):
        raise RequestError(f"The {name} of the request are not a list.")
    return value


def _everyone(tree: Tree, name: str) -> tuple[Pointer, ...]:
    found = [_who(item) for item in _several(tree, name)]
    if None in found:
        raise RequestError(
            f"One of the {name} of the request is neither a reference nor an identifier with its system."
        )
    return tuple(item for item in found if item is not None)


def _who(item: Any) -> Pointer | None:
    if isinstance(item, str):
        item = {"reference": item}
    if isinstance(item, dict) and "value" in item and "reference" not in item:
        name = identifier_name(item)
        return Pointer((name,)) if name else None
    return pointer(item)


def _coding(item: Any, system: str, name: str) -> Coding:
    if isinstance(item, str) and item.strip():
        return Coding(system, item.strip())
    code = item.get("code") if isinstance(item, dict) else None
    own = item.get("system", system) if isinstance(item, dict) else None
    if not isinstance(code, str) or not code.strip() or not isinstance(own, str):
        raise RequestError(f"One of the {name} of the request is not a code.")
    return Coding(own.strip(), code.strip())


class Deciding:
    """Everything about one request that is worked out once."""

    def __init__(
        self,
        consents: Sequence[Consent],
        request: DecideRequest,
        records: SourceFile,
        *,
        consents_only: bool,
        others: Sequence[Tree] = (),
    ) -> None:
        self.request = request
        self.records = records
        self.consents_only = consents_only
        named = [(resource.tree, names_of(resource)) for resource in records.resources]
        contained = [(tree, (name,)) for consent in consents for name, tree in consent.contained.items()]
        outside = [(tree, (f"{tree.get('resourceType')}/{tree.get('id')}",)) for tree in others if "id" in tree]
        self.directory = Directory([*named, *contained, *outside], request.asking.now)
        self._medicines = {
            name: tree for tree, names in named if tree.get("resourceType") == "Medication" for name in names
        }
        self._sources: dict[str, list[Tree]] = {}
        for tree, _ in named:
            if tree.get("resourceType") == "Provenance":
                for target in references(tree.get("target")):
                    for name in target.names:
                        self._sources.setdefault(name, []).append(tree)
        refers = {
            name: frozenset(other for found in references(tree) for other in found.names)
            for tree, names in named
            for name in names
        }
        self.choices: Choices
        self.problems: tuple[Problem, ...]
        self.choices, self.problems = compile_choices(zip(consents, repeat(self.directory)), request.asking, refers)
        self._patient = self.directory.names(request.asking.patient)
        self._requester = self.directory.who((*request.asking.actors, *request.asking.organisations)).certain
        self._entries = {} if consents_only else self._labelled()

    def answer(self) -> Answer:
        """The decision on every record."""
        decided = tuple(self._record(resource) for resource in self.records.resources)
        return Answer(self.choices.overall(), decided, self.problems)

    def facts(self, resource: Resource) -> Facts:
        """What rules see of a record."""
        names = names_of(resource)
        sources = [tree for name in names for tree in self._sources.get(name, ())]
        return facts_of(resource.tree, names, medicines=self._medicines, sources=sources)

    def _record(self, resource: Resource) -> RecordDecision:
        name = resource.key
        try:
            if not self._about_the_person(resource):
                step = Step("engine", "", "subject", True, "withhold", "it is not about this person")
                return RecordDecision(name, "withhold", (step,))
            facts = self.facts(resource)
            return self._by_choices(name, facts) if self.consents_only else self._by_all(name, facts, resource)
        except Exception:  # noqa: BLE001 - whatever goes wrong must end in withholding
            step = Step("engine", "", "", True, "withhold", "it could not be decided")
            return RecordDecision(name, "withhold", (step,))

    def _by_choices(self, name: str, facts: Facts) -> RecordDecision:
        spoken = self.choices.on(facts)
        effect = EFFECT[spoken.ruling.effect] if spoken.ruling.effect else "withhold"
        return RecordDecision(name, effect, spoken.steps)

    def _by_all(self, name: str, facts: Facts, resource: Resource) -> RecordDecision:
        entries = self._entries.get(id(resource), ())
        decided = [self._entry(labelled, facts, resource) for labelled in entries]
        if not decided:
            step = Step("engine", "", "", True, "withhold", "nothing in it could be read")
            return RecordDecision(name, "withhold", (step,))
        effects = {decision.effect for decision in decided}
        effect: Effect = next(iter(effects)) if len(effects) == 1 else "mask"
        trace = tuple(dict.fromkeys(step for decision in decided for step in decision.trace))
        return RecordDecision(name, effect, trace)

    def _entry(self, labelled: LabelledEntry, facts: Facts, resource: Resource) -> Decision:
        labels = labels_of(written_labels(resource.tree), labelled.categories, unlabelled=not labelled.categories)
        spoken = self.choices.on(msgspec.structs.replace(facts, labels=labels))
        own = self._own_writing(facts)
        rule = Chosen(said_of(spoken.ruling, spoken.steps), own_writing=own, themself=self._themself())
        lawful: tuple[Policy, ...] = (LawfulLimits(), NeedToKnow(), ProtectedIdentities(rule))
        policies = (*lawful, rule, RoleDefaults(defaults(), test_data=False))
        entry = labelled.entry
        organisation = entry.source.name or entry.source.key if own else ""
        actor = Actor("", cast(Role, self.request.role), organisation)
        decisions = [
            decide_on(
                attributes(labelled),
                Request(
                    PersonId(""),
                    actor,
                    purpose,
                    self.request.relationship,
                    self.request.asking.now,
                    action=cast(Action, self.request.asking.action),
                ),
                policies,
            )
            for purpose in self.request.purposes or ("",)
        ]
        decision = max(decisions, key=lambda one: _STRICTEST[one.effect])
        before = spoken.steps if not set(spoken.steps) <= set(decision.trace) else ()
        obligations: tuple[Obligation, ...] = decision.obligations
        return Decision(decision.effect, obligations, (*before, *decision.trace))

    def _own_writing(self, facts: Facts) -> bool:
        return bool(facts.holders and self._requester & self.directory.who(facts.holders, one_employer=True).certain)

    def _themself(self) -> bool:
        return self.request.role == "person" and bool(self._patient & self._requester)

    def _about_the_person(self, resource: Resource) -> bool:
        """Whether a record is about the person asked for, or about nobody it names."""
        subject = subject_of(resource.tree)
        if subject.kind == "patient":
            return bool(self._patient & self.directory.names(Pointer(names_of(resource))))
        if subject.kind == "follow" or not subject.references:
            return subject.kind != "several" or resource.type == "Group"
        pointers = [pointer(reference) for reference in subject.references]
        return all(one is not None and self._patient & self.directory.names(one) for one in pointers)

    def _labelled(self) -> dict[int, list[LabelledEntry]]:
        """Labelled entries of each record: the person's own together, since labels travel among them."""
        drop = Drop(lambda keys: (), lambda person: None)
        drop.learn(self.records)
        drop.settle()
        described = drop.understand(self.records).described
        entries = [(id(one.resource), entry) for one in described for entry in one.entries]
        found: dict[int, list[LabelledEntry]] = {}
        for (place, _), labelled in zip(entries, label([entry for _, entry in entries]), strict=True):
            found.setdefault(place, []).append(labelled)
        return found


def names_of(resource: Resource) -> tuple[str, ...]:
    """The names by which others refer to a record."""
    return tuple(name for name in (resource.key if resource.id else "", resource.full_url) if name) or (resource.key,)


def decide(
    consents: Sequence[Any],
    request: DecideRequest,
    records: SourceFile,
    *,
    consents_only: bool = False,
    others: Sequence[Tree] = (),
) -> Answer:
    """The decision on every record. `consents` are FHIR JSON forms, `others` further resources that tell who is who.
    A Consent that cannot be read is reported and counts as no."""
    read = [read_consent(tree, number) for number, tree in enumerate(consents)]
    return Deciding(read, request, records, consents_only=consents_only, others=others).answer()


def to_json(answer: Answer) -> dict[str, Any]:
    """The answer with the names the command contract gives it."""
    return {
        "overall": answer.overall,
        "entries": [
            {"reference": entry.reference, "decision": entry.effect, "trace": [_step(step) for step in entry.trace]}
            for entry in answer.entries
        ],
        "problems": [
            {"policy": one.policy, "path": one.path, "text": one.text, "treatedAsNo": not one.passed_over}
            for one in answer.problems
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "policy": step.policy,
        "provision": step.provision,
        "element": step.element,
        "matched": step.matched,
        "effect": step.effect,
        "text": step.text,
    }
