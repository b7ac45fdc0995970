"""How FHIR R4, R5 and STU3 write a Consent, brought to the one model of `consent.consents`.

R4 has one root provision; R5 a decision with exceptions beside it; STU3 a policy with `except`. What is not in any of
them binds the rule it stands in, because it may be a condition.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from consent.consents import (
    NO_DATE,
    Actor,
    Concept,
    Consent,
    ConsentReader,
    Datum,
    Pointer,
    Provision,
    Tree,
    content_of,
)
from consent.naming import BASE
from consent.spans import ALWAYS, Span, date_span, period_span
from consent.vocabulary import Choice, Coding, vocabulary

_RULE = frozenset(
    {
        "type", "period", "actor", "action", "securityLabel", "purpose", "class", "documentType", "resourceType",
        "code", "dataPeriod", "data", "provision",
    }
)  # fmt: skip
_SILENT = frozenset({"id", "extension", "fhir_comments"})
_DEEPEST = 150  # no real Consent nests more than a few rules; far more would exhaust the stack
_STU3_ROOT = ("period", "actor", "action", "securityLabel", "purpose", "dataPeriod", "data")
_OWN_POLICIES = f"{BASE}/policy/"
"""They say nothing of everyone and everything: the rules do."""
_NOBODY_NAMED = f"{BASE}/StructureDefinition/named-by-kind-of-work"
_MEANINGS = frozenset({"instance", "related", "dependents", "authoredby"})
_STATUSES = frozenset(
    {"draft", "proposed", "active", "rejected", "inactive", "entered-in-error", "not-done", "unknown"}
)
"""Of R4, R5 and STU3."""
_CHOICES: dict[str, Choice] = {"permit": "permit", "deny": "deny"}


def read(tree: Tree, number: int) -> Consent:
    """A Consent of any version. May raise for shapes nobody foresaw; `read_consent` answers for that."""
    name = tree.get("id")
    key = f"Consent/{name}" if isinstance(name, str) and name else f"Consent {number + 1}"
    scope = f"{number}"
    reader = ConsentReader(key, scope)
    form = _form(tree)
    base, agreed = _policy(tree, reader)
    root = _root(tree, form, base, reader)
    usable = agreed and (base is not None or root.type is not None)
    if not usable:
        reader.report("", "says neither yes nor no; treated as no")
        root = replace(root, type=root.type or "deny")  # what it names to permit, it does not close to emergencies
    if not agreed or (base == "permit" and {"type", "decision"} & {*root.doubts}):
        base = "deny"  # an unreadable type may have been a permit, which narrows a policy of yes to nothing but that
    doubtful = False
    for element in ("modifierExtension", "implicitRules"):
        if element in tree:
            doubtful = True
            reader.report(element, "changes its meaning in a way that is not known")
    if form == "R4" and "period" in tree:
        doubtful = True  # it may be over
        reader.report("period", "stands where this version has none")
    patient = reader.pointer(tree.get("patient", tree.get("subject")), "patient")
    status = _status(tree, reader)
    scopes, categories, unclear = _about(tree, reader)
    return Consent(
        key=key,
        patient=patient,
        status=status,
        scopes=scopes,
        categories=categories,
        date=_date(tree, reader),
        grantors=_grantors(tree, reader),
        base=base,
        root=root,
        usable=usable,
        doubtful=doubtful or patient is None or not status or unclear,
        content=content_of(tree),
        contained=_contained(tree, scope, reader),
        problems=tuple(dict.fromkeys(reader.problems)),
        unclear=unclear,
    )


def _contained(tree: Tree, scope: str, reader: ConsentReader) -> dict[str, Tree]:
    """What a Consent contains, by the name that its rules use; two that differ under one id are neither."""
    found: dict[str, Tree] = {}
    twice = set()
    given = tree.get("contained")
    for inner in given if isinstance(given, list) else ():
        if isinstance(inner, dict) and isinstance(inner.get("id"), str):
            name = f"{scope}#{inner['id'].lstrip('#')}"
            if found.setdefault(name, inner) != inner:
                twice.add(name)
    if twice:
        reader.report("contained", "tells of somebody in two ways, so that it cannot be known who is meant")
    return {name: inner for name, inner in found.items() if name not in twice}


Form = Literal["R4", "R5", "STU3"]


def _form(tree: Tree) -> Form:
    if "decision" in tree or "subject" in tree or isinstance(tree.get("provision"), list):
        return "R5"
    if "provision" not in tree and any(
        name in tree for name in ("except", "consentingParty", *_STU3_ROOT) if name != "period" or "scope" not in tree
    ):
        return "STU3"
    return "STU3" if "except" in tree or isinstance(tree.get("policyRule"), str) else "R4"


def _status(tree: Tree, reader: ConsentReader) -> str:
    """Its status; empty for one that cannot be read, and then it may be in force."""
    status = tree.get("status")
    if isinstance(status, str) and status in _STATUSES:
        return status
    reader.report("status", "is missing or cannot be read, so it may be in force")
    return ""


def _about(tree: Tree, reader: ConsentReader) -> tuple[Concept, Concept, bool]:
    """Scope and categories, and True where something is written there and none of it can be read: it may be about
    sharing. Beside what can be read, what cannot is passed over."""
    before = len(reader.problems)
    scopes = (reader.concept(tree["scope"], "scope") or ()) if "scope" in tree else ()
    concepts = reader.concepts(tree["category"], "category") if "category" in tree else ()
    categories = tuple(coding for concept in concepts for coding in concept or ())
    unclear = len(reader.problems) > before and not scopes and not categories
    if not unclear:
        reader.pass_over(before)
    return scopes, categories, unclear


def _date(tree: Tree, reader: ConsentReader) -> Span:
    value = tree.get("dateTime", tree.get("date"))
    if value is None:
        return NO_DATE
    span = date_span(value) if isinstance(value, str) else None
    if span is None:
        words = "is not a real date, so it cannot be told newer or older than others, and beside them counts as no"
        reader.report("dateTime", words, passed_over=True)
    return span or ALWAYS


def _grantors(tree: Tree, reader: ConsentReader) -> tuple[Pointer | None, ...]:
    for name in ("grantor", "performer", "consentingParty"):
        if name in tree:
            before = len(reader.problems)
            found = tuple(reader.pointer(item, name) for item in reader.items(tree[name], name))
            reader.pass_over(before)  # it replaces nothing and nothing replaces it; what it says counts
            return found
    return ()


def _policy(tree: Tree, reader: ConsentReader) -> tuple[Choice | None, bool]:
    """What the policy says of everyone and everything, and False where it says both yes and no, or cannot be read and
    may say no. A policy that is well written and not known here, or only words, leaves it to the rules (rule 2b)."""
    said: set[Choice] = set()
    readable = True
    words = vocabulary()

    def take(path: str, choices: set[Choice | None]) -> None:
        if choices == {None}:
            reader.report(path, "is a policy that is not known here", passed_over=True)
        said.update(choice for choice in choices if choice is not None)

    rule = tree.get("policyRule")
    if isinstance(rule, str):
        take("policyRule", {words.policy(rule)})
    elif isinstance(rule, dict) and "coding" not in rule:  # kept rules have no words (`consent.choices`)
        reader.report("policyRule", "is only words", passed_over=True)
    elif "policyRule" in tree:
        before = len(reader.problems)
        codings = reader.concept(rule, "policyRule")
        readable = len(reader.problems) == before
        if codings:
            actcodes = {coding: words.system(coding.system) == "actcode" for coding in codings}
            take("policyRule", {words.policies.get(one.code) if ours else None for one, ours in actcodes.items()})
    policies = tree.get("policy")
    for item in reader.items(policies, "policy") if policies is not None else ():
        uri = item.get("uri", "") if isinstance(item, dict) else None
        if not isinstance(uri, str):
            readable = False
            reader.report("policy", "names a policy in a way that cannot be read")
        elif uri and not uri.startswith(_OWN_POLICIES):
            take("policy", {words.policy(uri)})
    if len(said) > 1:
        reader.report("policyRule", "says both opt-in and opt-out")
        return None, False
    return (next(iter(said)) if said and readable else None), readable


def _root(tree: Tree, form: Form, base: Choice | None, reader: ConsentReader) -> Provision:
    if form == "R5":
        return _r5_root(tree, base, reader)
    if form == "STU3":
        return _stu3_root(tree, base, reader)
    return _provision(tree["provision"], "provision", reader) if "provision" in tree else Provision("provision")


def _r5_root(tree: Tree, base: Choice | None, reader: ConsentReader) -> Provision:
    said = tree.get("decision")
    decision = _CHOICES.get(said) if isinstance(said, str) else None
    if said is not None and decision is None:
        reader.report("decision", "says neither permit nor deny")
    period = _period(tree["period"], "period", reader) if "period" in tree else None
    written = tree.get("provision")
    rules = [
        _provision(item, f"provision[{n}]", reader)
        for n, item in enumerate(reader.items(written, "provision") if written is not None else ())
    ]
    if base is not None and said is None:
        # A policy of R4 with a list where it has one rule: what has no type there must not become a permission.
        reader.report("provision", "should be one rule and is a list")
        rules = [rule if rule.type else replace(rule, type="deny") for rule in rules]
    receivers: tuple[Actor | None, ...] | None = None
    if "grantee" in tree:
        # Whoever a permission is given to is its recipient; a refusal binds everyone.
        receivers = tuple(
            Actor((), who) if who else None
            for who in (reader.pointer(item, "grantee") for item in reader.items(tree["grantee"], "grantee"))
        )
        if decision == "deny":
            rules = [rule if rule.actors is not None else replace(rule, actors=receivers) for rule in rules]
            receivers = None
    both = base is not None and decision is not None and base != decision
    if both:
        reader.report("decision", "contradicts its policy")
    return Provision(
        "decision",
        type=None if both else decision,
        period=period,
        actors=receivers,
        doubts=("decision",) if both or (said is not None and decision is None) else (),
        provisions=tuple(rules),
    )


def _stu3_root(tree: Tree, base: Choice | None, reader: ConsentReader) -> Provision:
    """The policy of STU3 holds within the elements that stand beside it: a rule of the policy's own type."""
    outer = {name: tree[name] for name in (*_STU3_ROOT, "modifierExtension") if name in tree}
    root = _provision(outer, "consent", reader)
    written = tree.get("except")
    rules = [
        _provision(item, f"except[{n}]", reader)
        for n, item in enumerate(reader.items(written, "except") if written is not None else ())
    ]
    if "provision" in tree:
        reader.report("provision", "stands where this version has none")
        rules.append(Provision("provision", type="deny", doubts=("provision",)))
    return replace(root, type=base, provisions=tuple(rules))


def _provision(value: Any, path: str, reader: ConsentReader) -> Provision:
    if not isinstance(value, dict):
        reader.report(path, "is not a rule that can be read; treated as no")
        return Provision(path, type="deny", doubts=("rule",))
    if path.count("[") > _DEEPEST:
        reader.report(path, "is nested deeper than is read; treated as no")
        return Provision(path, type="deny", doubts=("depth",))
    doubts = []
    for name in value:
        if name not in _RULE and name not in _SILENT and name.lstrip("_") not in _RULE | _SILENT:
            doubts.append(name)
            reader.report(f"{path}.{name}", "is not known here and may be a condition")
    kind: Choice | None = None
    if "type" in value:
        said = value["type"]
        kind = _CHOICES.get(said) if isinstance(said, str) else None
        if kind is None:
            reader.report(f"{path}.type", "says neither permit nor deny; treated as no")
            kind = "deny"
            doubts.append("type")
    elif path.startswith("provision."):
        reader.report(path, "has no type; read as the opposite of the rule it stands in", passed_over=True)
    elif path.startswith("except"):
        reader.report(path, "has no type; treated as no")
        kind = "deny"
    rules: tuple[Provision, ...] = ()
    if "provision" in value:
        rules = tuple(
            _provision(item, f"{path}.provision[{n}]", reader)
            for n, item in enumerate(reader.items(value["provision"], f"{path}.provision"))
        )

    def has(name: str) -> bool:
        return name in value or f"_{name}" in value

    def codings(name: str) -> tuple[Coding | None, ...] | None:
        return reader.codings(value.get(name), f"{path}.{name}") if has(name) else None

    return Provision(
        path=path,
        type=kind,
        period=_period(value.get("period"), f"{path}.period", reader) if has("period") else None,
        actors=_actors(value.get("actor"), f"{path}.actor", reader) if has("actor") else None,
        actions=reader.concepts(value.get("action"), f"{path}.action") if has("action") else None,
        purposes=codings("purpose"),
        labels=codings("securityLabel"),
        classes=codings("class"),
        types=codings("resourceType"),
        documents=codings("documentType"),
        codes=reader.concepts(value.get("code"), f"{path}.code") if has("code") else None,
        data_period=_period(value.get("dataPeriod"), f"{path}.dataPeriod", reader) if has("dataPeriod") else None,
        data=_data(value.get("data"), f"{path}.data", reader) if has("data") else None,
        doubts=tuple(doubts),
        provisions=rules,
    )


def _period(value: Any, path: str, reader: ConsentReader) -> Span | Literal["doubt"]:
    span = period_span(value)
    if span is None:
        reader.report(path, "is not a period that can be read")
        return "doubt"
    return span


def _actors(value: Any, path: str, reader: ConsentReader) -> tuple[Actor | None, ...]:
    return tuple(_actor(item, path, reader) for item in reader.items(value, path))


def _actor(value: Any, path: str, reader: ConsentReader) -> Actor | None:
    if not isinstance(value, dict) or "modifierExtension" in value:
        reader.report(path, "is not an actor that can be read")
        return None
    roles: Concept = ()
    if "role" in value:
        said = reader.concept(value["role"], f"{path}.role")
        if said is None:
            return None
        roles = said
    if "reference" in value and not (roles and _by_kind_of_work(value["reference"])):
        who = reader.pointer(value["reference"], f"{path}.reference")
        return Actor(roles, who) if who else None
    if not roles:
        reader.report(path, "names nobody")
        return None
    return Actor(roles, None)


def _by_kind_of_work(reference: Any) -> bool:
    """Whether a reference, which R4 asks for, says that it names nobody on purpose."""
    said = (
        reference.get("extension")
        if isinstance(reference, dict) and set(reference) <= {"extension", "display"}
        else None
    )
    return isinstance(said, list) and any(isinstance(one, dict) and one.get("url") == _NOBODY_NAMED for one in said)


def _data(value: Any, path: str, reader: ConsentReader) -> tuple[Datum | None, ...]:
    found: list[Datum | None] = []
    for item in reader.items(value, path):
        meaning = item.get("meaning") if isinstance(item, dict) else None
        what = reader.pointer(item.get("reference"), f"{path}.reference") if isinstance(item, dict) else None
        if what is None or meaning not in _MEANINGS or (isinstance(item, dict) and "modifierExtension" in item):
            reader.report(path, "names a record in a way that cannot be read")
            found.append(None)
        else:
            found.append(Datum(str(meaning), what))
    return tuple(found)
