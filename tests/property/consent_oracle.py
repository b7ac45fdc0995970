"""A second reading of the rules of a FHIR Consent, slow and by brute force, over the raw R4 structure.

Shares nothing with the engine: every table, time and membership is worked out again here, in another way. It lists all
chains of rules from the root to every rule and asks of each whether it holds. It knows only what the generated cases
use: R4, UTC times to the second and partial dates, the labels, roles, codes and kinds of record named below.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

LEVELS = "ULMNRV"
UNDER = {"SUD": {"ETHUD", "OPIOIDUD"}}
SENSITIVE = {"PSY", "SEX", "HIV", "SUD", "ETHUD", "OPIOIDUD", "SOC", "SDV"}
PURPOSES = {"TREAT", "ETREAT", "BTG", "HRESCH", "PATRQT"}
ACTIONS = {"collect", "access", "use", "disclose", "correct"}
TYPES = {"Observation", "Condition", "MedicationRequest", "Patient"}
KNOWN_ELEMENTS = {
    "type", "period", "actor", "action", "securityLabel", "purpose", "class", "code", "dataPeriod", "data", "provision",
}  # fmt: skip
SOFT = {"actor", "purpose"}
GENERAL = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
"""Roles that say how somebody takes part and not who they are."""

Both = tuple[bool, bool]
"""Whether an element matches if the rule permits, and if it refuses."""
SURE, NEVER, DOUBT = (True, True), (False, False), (False, True)


def decide(
    consents: list[dict[str, Any]], request: dict[str, Any], records: list[dict[str, Any]], now: str
) -> dict[str, str]:
    """ "permit" or "withhold" for every record, by the Consents alone."""
    consents = [{**c, "provision": tidy(c["provision"])} if "provision" in c else c for c in consents]
    answers = {}
    for record in records:
        if record["resourceType"] not in TYPES:
            continue
        case = Case(request, records, record, now)
        answers[f"{record['resourceType']}/{record['id']}"] = "permit" if case.permitted(consents) else "withhold"
    return answers


class Case:
    """One record and one request."""

    def __init__(self, request: dict[str, Any], records: list[dict[str, Any]], record: dict[str, Any], now: str):
        self.request, self.records, self.record, self.now = request, records, record, now
        self.requester = self.closure([*request["actors"], *request["organisations"]])

    def permitted(self, consents: list[dict[str, Any]]) -> bool:
        if self.record["resourceType"] == "Patient":
            if f"Patient/{self.record['id']}" != self.request["patient"]:
                return False
        elif self.record.get("subject", {"reference": self.request["patient"]})["reference"] != self.request["patient"]:
            return False
        seen: dict[str, dict[str, Any]] = {}
        for consent in consents:
            seen[json.dumps({k: v for k, v in consent.items() if k != "id"}, sort_keys=True)] = consent
        groups: dict[str, list[dict[str, Any]]] = {}
        for consent in seen.values():
            if self.in_force(consent) and self.concerns(consent):
                groups.setdefault(self.group(consent), []).append(consent)
        answers = [self.of_group(group) for group in groups.values()]
        return "permit" in answers and "deny" not in answers

    # -- which Consents count

    def in_force(self, consent: dict[str, Any]) -> bool:
        if consent.get("patient", {}).get("reference") != self.request["patient"] or consent.get("status") != "active":
            return False
        if consent["scope"]["coding"][0]["code"] != "patient-privacy":
            return False
        period = consent.get("provision", {}).get("period")
        return period is None or time_in(self.now, period) is not False

    def concerns(self, consent: dict[str, Any]) -> bool:
        """Without a policy, whether the Consent is for this requester and purpose, or a rule in it may be."""
        root = consent.get("provision")
        if policy_of(consent) or root is None:
            return True
        unsure = "modifierExtension" in consent or "type" not in root
        root = {"type": "deny", **root}
        side = root["type"] == "deny"
        if all(self.element(name, root[name], best=True)[side] for name in SOFT if name in root):
            return True
        return any(self.chain_holds(consent, chain, unsure, best=True) for chain in all_chains(root))

    def group(self, consent: dict[str, Any]) -> str:
        given = consent.get("performer") or [consent["patient"]]
        actors = several(consent.get("provision", {}).get("actor", []))
        if not all(name_of(giver) for giver in given) or not all(is_actor(actor) for actor in actors):
            return json.dumps(consent, sort_keys=True)  # of nobody, or for nobody, who can be told: like no other
        to = [actor for actor in actors if not holds(actor)]
        names = {self.one(actor["reference"]) for actor in to if "reference" in actor}
        roles = {role_of(actor) for actor in to if "reference" not in actor}
        return repr((sorted({self.one(g) for g in given}), sorted(names), sorted(roles)))

    def one(self, reference: dict[str, Any]) -> str:
        names = self.same(name_of(reference))
        return min(names)

    def of_group(self, group: list[dict[str, Any]]) -> str | None:
        newest = [a for a in group if not any(strictly_older(a.get("dateTime"), b.get("dateTime")) for b in group)]
        older = [a for a in group if a not in newest]
        answers = [self.answer(consent) for consent in newest]
        if len(newest) > 1 and any(answers):
            return "deny"
        if answers[0] or not older:
            return answers[0]
        return "deny" if self.of_group(older) == "deny" else None

    # -- what one Consent says

    def answer(self, consent: dict[str, Any]) -> str | None:
        base, root = policy_of(consent), consent.get("provision")
        unsure = "modifierExtension" in consent or (
            root and "period" in root and time_in(self.now, root["period"]) is None
        )
        if base == "contradiction" or (root is None and not base):
            return "deny"
        root = root or {}
        consent = {**consent, "provision": root}
        if base is None and "type" not in root:
            consent, unsure = {**consent, "provision": {**root, "type": "deny"}}, True
            root = consent["provision"]
        holding = [(len(chain), chain) for chain in all_chains(root) if self.chain_holds(consent, chain, unsure)]
        spoken = deepest(root, [chain for _, chain in holding], lambda chain: effects_of(consent, chain)[-1])
        if spoken:
            return spoken
        if base:
            conditions = elements_of(root, top=True) or set(root) - KNOWN_ELEMENTS
            perhaps_only = root.get("type") == "permit" or root.get("unreadable")
            return "deny" if unsure or (base == "permit" and perhaps_only and conditions) else base
        if root["type"] == "permit" and all(self.element(name, root[name])[0] for name in SOFT if name in root):
            return "deny"
        return None

    def chain_holds(
        self, consent: dict[str, Any], chain: list[dict[str, Any]], unsure: bool, *, best: bool = False
    ) -> bool:
        effects = effects_of(consent, chain)
        only_deny = unsure
        merged: dict[str, Any] = {}
        strange = False
        for depth, (rule, effect) in enumerate(zip(chain, effects, strict=True)):
            merged |= {name: rule[name] for name in elements_of(rule, top=depth == 0)}
            strange = strange or bool(set(rule) - KNOWN_ELEMENTS)
            verdicts = {name: self.element(name, value, best=best) for name, value in merged.items()}
            hard = [verdict for name, verdict in verdicts.items() if name not in SOFT] + [DOUBT] * strange
            last = depth == len(chain) - 1
            side = effect == "deny"
            good = all(verdict[side] for verdict in hard) and (side or not only_deny)
            if last:
                return good and all(verdicts[name][side] for name in SOFT if name in verdicts)
            if not good:
                if not all(verdict[True] for verdict in hard):
                    return False
                only_deny = True
        raise AssertionError("a chain has a last rule")

    # -- elements

    def element(self, name: str, value: Any, *, best: bool = False) -> Both:
        """Whether one element matches; with `best`, the most it can for any record."""
        if best and (name in ("securityLabel", "class", "code", "data") or (name == "dataPeriod" and bounds(value))):
            return SURE
        if name == "period":
            return {True: SURE, False: NEVER, None: DOUBT}[time_in(self.now, value)]
        if name == "dataPeriod":
            return self.when(value)
        values = value if isinstance(value, list) and value else [None]
        if name == "actor":
            return self.actors(values, best)
        if name == "purpose":
            each = [either([self.purpose(v, asked) for v in values]) for asked in self.request["purposes"]]
            return (all(p for p, _ in each), any(d for _, d in each)) if each else DOUBT
        if name == "securityLabel":
            return self.labels(values)
        return either([getattr(self, f"one_{name}")(v) for v in values])

    def purpose(self, value: Any, asked: str) -> Both:
        if not isinstance(value, dict):
            return DOUBT
        if value["code"] == asked:
            return SURE
        return NEVER if value["code"] in PURPOSES else DOUBT

    def one_action(self, value: Any) -> Both:
        if not isinstance(value, dict):
            return DOUBT
        code = value["coding"][0]["code"]
        return SURE if code == self.request["action"] else (NEVER if code in ACTIONS else DOUBT)

    def one_class(self, value: Any) -> Both:
        if not isinstance(value, dict):
            return DOUBT
        if value["code"] == self.record["resourceType"]:
            return SURE
        return NEVER if value["code"] in TYPES else DOUBT

    def one_code(self, value: Any) -> Both:
        if not isinstance(value, dict) or not value.get("coding"):
            return DOUBT
        wanted = {(c["system"], c["code"]) for c in value["coding"]}
        own = self.record.get("code", self.record.get("medicationCodeableConcept", {}))
        if {(c["system"], c["code"]) for c in own.get("coding", [])} & wanted:
            return SURE
        if any(f'"code": "{code}"' in json.dumps(self.record) for _, code in wanted):
            return DOUBT
        return DOUBT if own.get("text") and not own.get("coding") else NEVER

    def one_data(self, value: Any) -> Both:
        if not isinstance(value, dict) or value.get("meaning") not in (
            "instance",
            "related",
            "dependents",
            "authoredby",
        ):
            return DOUBT
        meaning, meant = value["meaning"], value["reference"]["reference"]
        me = f"{self.record['resourceType']}/{self.record['id']}"
        if meaning == "authoredby":
            wrote = [self.record[n] for n in ("performer", "recorder", "requester") if n in self.record]
            people = [r for some in wrote for r in (some if isinstance(some, list) else [some])]
            return self.among(people, [{"reference": meant}])
        if me == meant:
            return SURE
        if meaning == "dependents":
            return SURE if meant in references_in(self.record) else NEVER
        if meaning == "related":
            there = [r for r in self.records if f"{r['resourceType']}/{r['id']}" == meant]
            if not there:
                return DOUBT
            return SURE if me in references_in(there[0]) and self.record["resourceType"] != "Patient" else NEVER
        return NEVER

    def when(self, period: Any) -> Both:
        limits = bounds(period)
        told = [self.record[n] for n in ("effectiveDateTime", "onsetDateTime", "authoredOn") if n in self.record]
        fact = covered(told[0]) if told else None
        if limits is None or fact is None:
            return DOUBT
        if limits[0] <= fact[0] and fact[1] <= limits[1]:
            return SURE
        return DOUBT if limits[0] <= fact[1] and fact[0] <= limits[1] else NEVER

    def labels(self, values: list[Any]) -> Both:
        have = {c["code"] for c in self.record.get("meta", {}).get("security", [])} - {"HTEST"}
        named = {v["code"] for v in values if isinstance(v, dict)}
        unknown_rule = len(named - SENSITIVE - set(LEVELS)) > 0 or None in values
        level = max((LEVELS.index(c) for c in have if c in LEVELS), default=None)
        sensitive, strange = have & SENSITIVE, have - SENSITIVE - set(LEVELS)
        wide = set(named & SENSITIVE)
        for code in named:
            wide |= UNDER.get(code, set())
        tops = [LEVELS.index(c) for c in named if c in LEVELS]
        within = level is not None and any(level <= top for top in tops)
        permits = (
            bool(have)
            and not strange - named
            and sensitive <= wide
            and (within or bool(sensitive) or bool(strange))
            and not (tops and level is not None and not within)
        )
        high = level is not None and any(level >= top or LEVELS[top] == "N" for top in tops)
        refuses = bool(sensitive & wide) or bool(strange) or high or not have or unknown_rule
        return permits, refuses

    # -- who

    def actors(self, values: list[Any], best: bool) -> Both:
        broken = [DOUBT for actor in values if not is_actor(actor)]
        asking = [self.asks(a) for a in values if is_actor(a) and not holds(a)]
        holders = [a.get("reference") for a in values if is_actor(a) and holds(a)]
        first = either(asking + broken)
        if not holders:
            return first
        if asking and first == NEVER:
            return NEVER
        second = SURE if best else either([self.among(self.holders(), holders), *broken])
        return (first[0] and second[0], first[1] and second[1]) if asking else second

    def holders(self) -> list[dict[str, Any]]:
        found = []
        for name in ("performer", "recorder", "requester", "managingOrganization"):
            value = self.record.get(name)
            found += value if isinstance(value, list) else ([value] if value else [])
        return found

    def among(self, people: list[dict[str, Any]], wanted: list[dict[str, Any] | None]) -> Both:
        if not people:
            return DOUBT
        everyone = self.closure(people)
        return either(
            [DOUBT if w is None else SURE if self.same(name_of(w)) & everyone else self.unless_known(w) for w in wanted]
        )

    def asks(self, actor: dict[str, Any]) -> Both:
        """Whether a recipient is the requester: by name or membership, or by a role and nothing else."""
        if "reference" in actor:
            reference = actor["reference"]
            return SURE if self.same(name_of(reference)) & self.requester else self.unless_known(reference)
        role, roles = role_of(actor), [(one["system"], one["code"]) for one in self.request["roles"]]
        if role in roles:
            return SURE
        known_of = self.request.get("role_systems")
        told = roles and role[0] != GENERAL and (known_of is None or role[0] in known_of)
        return NEVER if told else DOUBT

    def unless_known(self, reference: dict[str, Any]) -> Both:
        """A name of nobody that acts (rule 8), also where it is that of a fact, may be anybody's."""
        acting = [r for r in self.records if r["resourceType"] not in TYPES - {"Patient"}]
        return NEVER if any(name_of(reference) in names_of(r) for r in acting) else DOUBT

    def same(self, name: str) -> set[str]:
        return {name}.union(*(names_of(r) for r in self.records if name in names_of(r)))

    def closure(self, people: list[dict[str, Any]]) -> set[str]:
        names = set[str]().union(*(self.same(name_of(p)) for p in people)) if people else set[str]()
        while True:
            more = set(names)
            for r in self.records:
                kind, me = r["resourceType"], names_of(r)
                if kind == "PractitionerRole" and r.get("active", True):
                    doctor = self.same(name_of(r["practitioner"]))
                    if (doctor | me) & names:
                        more |= doctor | me | self.same(name_of(r["organization"]))
                if kind == "Organization" and me & names and "partOf" in r:
                    more |= self.same(name_of(r["partOf"]))
                if kind == "Group":
                    inside = [m for m in r["member"] if not m.get("inactive")]
                    if any(self.same(name_of(m["entity"])) & names for m in inside):
                        more |= me
                inside = r["participant"] if kind == "CareTeam" and r["status"] == "active" else []
                if any(self.same(name_of(p["member"])) & names for p in inside):
                    more |= me
            if more == names:
                return names
            names = more


def tidy(rule: Any) -> dict[str, Any]:
    """A rule in which what cannot be read has become a refusal that nothing in it softens."""
    if not isinstance(rule, dict):
        return {"type": "deny", "unreadable": True}
    rule = dict(rule)
    if rule.get("type", "deny") not in ("permit", "deny"):
        rule |= {"type": "deny", "unreadable": True}
    if "provision" in rule:
        inner = rule["provision"]
        rule["provision"] = [tidy(item) for item in (inner if isinstance(inner, list) and inner else [None])]
    return rule


def either(verdicts: list[Both]) -> Both:
    return any(p for p, _ in verdicts), any(d for _, d in verdicts)


def readable_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def several(value: Any) -> list[Any]:
    """The values of an element that is there; one that is no list is one that cannot be read."""
    return value if isinstance(value, list) else [None]


def is_actor(actor: Any) -> bool:
    """Whether it can be read: it names somebody, or a role and nobody."""
    if not isinstance(actor, dict) or not isinstance(actor.get("reference", {}), dict):
        return False
    return bool(name_of(actor["reference"])) if "reference" in actor else bool(role_of(actor)[1])


def role_of(actor: dict[str, Any]) -> tuple[str, str]:
    said = actor.get("role", {}).get("coding", [{}])[0]
    return said.get("system", ""), said.get("code", "")


def holds(actor: dict[str, Any]) -> bool:
    return role_of(actor)[1] in ("CST", "AUT")


def name_of(reference: Any) -> str:
    if not isinstance(reference, dict):
        return ""
    if "reference" in reference:
        return str(reference["reference"])
    identifier = reference.get("identifier", reference)
    return f"{identifier['system']}|{identifier['value']}" if "system" in identifier else ""


def names_of(resource: dict[str, Any]) -> set[str]:
    own = {f"{i['system']}|{i['value']}" for i in resource.get("identifier", [])}
    return own | {f"{resource['resourceType']}/{resource['id']}"}


def references_in(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*(references_in(item) for item in value)) if value else set()
    if isinstance(value, dict):
        here = {value["reference"]} if isinstance(value.get("reference"), str) else set()
        return here.union(*(references_in(item) for item in value.values()))
    return set()


def policy_of(consent: dict[str, Any]) -> str | None:
    said = {c["code"] for c in consent.get("policyRule", {}).get("coding", [])} & {"OPTIN", "OPTOUT"}
    if len(said) == 2:
        return "contradiction"
    return {"OPTIN": "permit", "OPTOUT": "deny"}[said.pop()] if said else None


def elements_of(rule: dict[str, Any], *, top: bool) -> set[str]:
    """The elements that can keep a rule from holding; a root's period only says when the Consent is in force."""
    return (set(rule) & KNOWN_ELEMENTS) - {"type", "provision"} - ({"period"} if top else set())


def all_chains(root: dict[str, Any]) -> list[list[dict[str, Any]]]:
    chains = [[root]]
    for chain in chains:
        chains += [[*chain, inner] for inner in readable_list(chain[-1].get("provision"))]
    return chains


def effects_of(consent: dict[str, Any], chain: list[dict[str, Any]]) -> list[str]:
    """The effect of every rule of a chain, root first."""
    opposite = {"permit": "deny", "deny": "permit"}
    root = chain[0]
    if "type" in root:
        mine = untyped = root["type"]
    else:
        base = policy_of(consent) or "deny"
        conditions = elements_of(root, top=True) or set(root) - KNOWN_ELEMENTS
        mine = untyped = opposite[base] if conditions else base
        named = any(is_actor(a) and "reference" in a and not holds(a) for a in readable_list(root.get("actor")))
        if conditions and mine == "permit" and not named:
            mine = "deny"
    effects = [mine]
    for rule in chain[1:]:
        untyped = rule.get("type", opposite[untyped])
        effects.append(untyped)
    return effects


def deepest(rule: dict[str, Any], holding: list[list[dict[str, Any]]], effect: Any, depth: int = 1) -> str | None:
    """What a rule and those within it say: the innermost that hold, refusals first."""
    mine = [chain for chain in holding if len(chain) == depth and chain[-1] is rule]
    below = [chain for chain in holding if len(chain) > depth and chain[depth - 1] is rule]
    inner = [deepest(c, below, effect, depth + 1) for c in readable_list(rule.get("provision"))]
    if "deny" in inner:
        return "deny"
    if "permit" in inner:
        return "permit"
    return str(effect(mine[0])) if mine else None


def covered(text: Any) -> tuple[str, str] | None:
    """First and last second of a date, as text that sorts."""
    if not isinstance(text, str) or not text[:4].isdigit():
        return None
    if len(text) == 7:
        days = {"02": "28", "04": "30", "06": "30", "09": "30", "11": "30"}.get(text[5:], "31")
        first, last = f"{text}-01T00:00:00Z", f"{text}-{days}T23:59:59Z"
    elif len(text) in (4, 10, 20):
        ends = {4: ("-01-01T00:00:00Z", "-12-31T23:59:59Z"), 10: ("T00:00:00Z", "T23:59:59Z"), 20: ("", "")}
        first, last = text + ends[len(text)][0], text + ends[len(text)][1]
    else:
        return None
    try:
        datetime.fromisoformat(first)
    except ValueError:
        return None
    return first, last


def bounds(period: Any) -> tuple[str, str] | None:
    if not isinstance(period, dict) or not period.keys() & {"start", "end"}:
        return None
    start, end = covered(period.get("start", "0001")), covered(period.get("end", "9999"))
    return (start[0], end[1]) if start and end and start[0] <= end[1] else None


def time_in(now: str, period: Any) -> bool | None:
    limits = bounds(period)
    return None if limits is None else limits[0] <= now <= limits[1]


def strictly_older(one: str | None, other: str | None) -> bool:
    if other is None:
        return False
    if one is None:
        return covered(other) is not None
    mine, theirs = covered(one), covered(other)
    return bool(mine and theirs and mine[1] < theirs[0])
