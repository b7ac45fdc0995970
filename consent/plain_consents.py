"""A person's plain choices as one FHIR R4 Consent, and back, without loss.

The Consent has no opt-in or opt-out. Its root refuses one who does not exist, so that it says nothing of what the
person has said nothing about and the defaults stay in force; each rule in it names its recipients (consent.md, Reading
a FHIR Consent, 4 to 6: a nested rule restates the actor). What is closer to a person or a thing stands as a permission
*inside* the refusal it is an exception to: there the deepest rule wins, and among siblings the refusal does.

`from_consent` reads back only what `to_consents` would write; anything else is `NotPlain`, with the reason in words. No
store and no clock here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import msgspec

from consent.categories import categories
from consent.errors import PolicyError
from consent.naming import BASE, CATEGORY, ODS, ORGANISATION, ROLE, USER
from consent.plain_choices import (
    EVERYONE,
    EVERYTHING,
    KINDS_OF_WORKER,
    PlainChoice,
    PlainChoices,
    Setting,
    What,
    Who,
    same,
    segments,
)

Tree = dict[str, Any]

THO: Final = "http://terminology.hl7.org/CodeSystem/"
POLICY: Final = f"{BASE}/policy/my-choices"
ASK_ME: Final = f"{BASE}/StructureDefinition/ask-me"
BY_KIND: Final = f"{BASE}/StructureDefinition/named-by-kind-of-work"
NOBODY: Final = "nobody"
DIRECT_CARE: Final = ("TREAT", "ETREAT", "CAREMGT")
"""What is shared is shared for direct care: no choice here widens to research or running the service."""
EMERGENCY: Final = ("BTG",)
"""What is hidden is hidden for every purpose; only a refusal that names this one also binds break-glass."""

_SYSTEMS: Final = {"organisation": ORGANISATION, "ods": ODS, "user": USER}


@dataclass(frozen=True)
class NotPlain:
    """A Consent that says more than plain choices can. `why` is one sentence for the person."""

    why: str


def to_consents(choices: PlainChoices, patient: Tree | str, now: datetime) -> list[Tree]:
    """The Consents that say these choices: one, or none where nothing is chosen. `patient` is a FHIR Reference, or its
    "Type/id"; `now` (with zone) is when the person said so."""
    if not choices:
        return []
    person: Tree = {"reference": patient} if isinstance(patient, str) else dict(patient)
    said = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    rules = _rules(choices)
    return [
        {
            "resourceType": "Consent",
            "id": str(uuid5(NAMESPACE_URL, _ENCODER.encode([POLICY, person, said, rules]).decode())),
            "text": {"status": "generated", "div": _words(choices)},
            "status": "active",
            "scope": {"coding": [{"system": f"{THO}consentscope", "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": person,
            "dateTime": said,
            "policy": [{"uri": POLICY}],
            "provision": {"type": "deny", "actor": [_kind_of_worker(NOBODY)], "provision": rules},
        }
    ]


def from_consent(tree: Any) -> PlainChoices | NotPlain:
    """The plain choices that a Consent says, or why it cannot be shown as such."""
    if not isinstance(tree, dict) or tree.get("resourceType") != "Consent":
        return NotPlain("This is not a choice that can be read. It counts as no.")
    if tree.get("status") != "active":
        return NotPlain("This choice is not in force.")
    if "policyRule" in tree or "decision" in tree or "except" in tree:
        return NotPlain("This choice says yes or no to everything first, and then makes exceptions.")
    if "modifierExtension" in tree or "implicitRules" in tree:
        return NotPlain("A part of this choice changes its meaning in a way that is not known here.")
    root = tree.get("provision")
    if not isinstance(root, dict) or bare(root.get("actor")) != bare([_kind_of_worker(NOBODY)]):
        return NotPlain("This choice was not made on this screen, and is built in another way.")
    written = root.get("provision")
    try:
        choices = _read([rule for rule in written if isinstance(rule, dict)] if isinstance(written, list) else [])
    except (KeyError, TypeError, ValueError, IndexError, PolicyError):
        return NotPlain("This choice uses rules that this screen has no switch for.")
    again = {"type": "deny", "actor": [_kind_of_worker(NOBODY)], "provision": _rules(choices)}
    if bare(root) != bare(again):
        return NotPlain("This choice has conditions that this screen has no switch for.")
    return choices


def from_consents(trees: Iterable[Any]) -> tuple[PlainChoices, tuple[tuple[Any, NotPlain], ...]]:
    """All plain choices of a person together, and the Consents that say more."""
    plain: list[PlainChoices] = []
    others: list[tuple[Any, NotPlain]] = []
    for tree in trees:
        said = from_consent(tree)
        if isinstance(said, NotPlain):
            others.append((tree, said))
        else:
            plain.append(said)
    choices = tuple(one for said in plain for one in said.choices)
    return PlainChoices(choices, frozenset(key for said in plain for key in said.closed)), tuple(others)


def bare(value: Any) -> Any:
    """A tree without the words it holds for people."""
    if isinstance(value, dict):
        return {name: bare(inner) for name, inner in value.items() if name != "display"}
    return [bare(item) for item in value] if isinstance(value, list) else value


# -- writing


@dataclass(frozen=True)
class _Permission:
    """One permission: `labels` are FHIR codings (None: of everything), `items` records."""

    who: Who
    start: date | None
    end: date | None
    labels: tuple[tuple[str, str], ...] | None = None
    items: tuple[str, ...] = ()
    kind: str = "category"

    def tree(self, *, within_labels: bool) -> Tree:
        """The rule; inside a refusal of labels it restates them, or says that they do not matter."""
        rule = _rule("permit", self.who, DIRECT_CARE, self.start, self.end)
        if self.labels is not None:
            rule["securityLabel"] = [{"system": system, "code": code} for system, code in self.labels]
        elif within_labels:
            rule["securityLabel"] = [{"system": CATEGORY, "code": "everything"}]
        if self.items:
            rule["data"] = _data(self.items)
        return rule


def _rules(choices: PlainChoices) -> list[Tree]:
    permissions = list(_permissions(choices.choices))
    rules = [*_refusals(choices.choices, permissions)]
    rules += [one.tree(within_labels=False) for one in permissions]
    if choices.closed:
        rule = _rule("deny", EVERYONE, EMERGENCY, None, None)
        if "everything" not in choices.closed:
            rule["securityLabel"] = _refused(sorted(choices.closed))
        rules.append(rule)
        if "everything" in choices.closed and len(choices.closed) > 1:
            rules.append(
                _rule("deny", EVERYONE, EMERGENCY, None, None)
                | {"securityLabel": _refused(sorted(choices.closed - {"everything"}))}
            )
    return rules


def _permissions(choices: Sequence[PlainChoice]) -> Iterator[_Permission]:
    shared = [one for one in choices if one.setting == "on"]
    for who in dict.fromkeys(one.who for one in shared):
        mine = [one for one in shared if one.who == who]
        for start, end, keys in segments(one for one in mine if one.what.kind == "category"):
            # Everyday health is the label N, which would keep out what is sensitive and marked higher: its own rule.
            for labels in (_permitted(keys & {"general"}), _permitted(keys - {"general"})):
                if labels:
                    yield _Permission(who, start, end, labels)
        for start, end, _ in segments(one for one in mine if one.what.kind == "everything"):
            yield _Permission(who, start, end, kind="everything")
        for start, end, items in segments(one for one in mine if one.what.kind == "item"):
            yield _Permission(who, start, end, items=tuple(sorted(items)), kind="item")


def _refusals(choices: Sequence[PlainChoice], permissions: Sequence[_Permission]) -> Iterator[Tree]:
    groups: dict[tuple[Who, str, Setting, date | None, date | None], list[str]] = {}
    for one in choices:
        if one.setting != "on":
            key = (one.who, one.what.kind, one.setting, one.start, one.end)
            groups.setdefault(key, []).append(one.what.value)
    for (who, kind, setting, start, end), values in groups.items():
        rule = _rule("deny", who, (), start, end)
        if setting == "ask":
            rule["extension"] = [{"url": ASK_ME, "valueBoolean": True}]
        if kind == "category":
            rule["securityLabel"] = _refused(values)
        elif kind == "item":
            rule["data"] = _data(values)
        inside = [
            one.tree(within_labels=kind == "category")
            for one in permissions
            if _excepts(one, who, kind) and (kind != "item" or set(one.items) & set(values))
        ]
        if inside:
            rule["provision"] = inside
        yield rule


def _excepts(permission: _Permission, who: Who, kind: str) -> bool:
    """Whether a permission comes before a refusal about `who` of this kind of thing."""
    closer = permission.who.level > who.level
    if permission.kind == "item":
        return kind != "item" or closer
    if kind == "item":
        return False
    own = kind == "everything" and permission.kind == "category" and same(permission.who, who)
    return closer or own


def _rule(effect: str, who: Who, purposes: Sequence[str], start: date | None, end: date | None) -> Tree:
    rule: Tree = {"type": effect}
    period = {name: day.isoformat() for name, day in (("start", start), ("end", end)) if day}
    if period:
        rule["period"] = period
    rule["actor"] = _actors(who)
    if purposes:
        rule["purpose"] = [{"system": f"{THO}v3-ActReason", "code": code} for code in purposes]
    return rule


def _actors(who: Who) -> list[Tree]:
    if who.kind == "everyone":
        return [_kind_of_worker(role) for role in ("everyone", *sorted(KINDS_OF_WORKER))]
    if who.kind == "role":
        return [_kind_of_worker(who.value)]
    recipient = {"coding": [{"system": f"{THO}v3-ParticipationType", "code": "IRCP"}]}
    identifier = {"system": _SYSTEMS[who.kind], "value": who.value}
    return [{"role": recipient, "reference": {"identifier": identifier}}]


def _kind_of_worker(role: str) -> Tree:
    """An actor by kind of work. R4 asks for a reference; this one says that it names nobody on purpose."""
    return {
        "role": {"coding": [{"system": ROLE, "code": role}]},
        "reference": {"extension": [{"url": BY_KIND, "valueBoolean": True}]},
    }


def _permitted(keys: Iterable[str]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for key in sorted(keys):
        if key == "general":
            found.append((f"{THO}v3-Confidentiality", "N"))
        else:
            found += [(f"{THO}v3-ActCode", code) for code in categories()[key].sensitivity]
            found.append((CATEGORY, key))
    return tuple(found)


def _refused(keys: Iterable[str]) -> list[Tree]:
    """Labels of what is refused. A refusal of N would reach everything with a confidentiality (rule 10), so everyday
    health is named by our own code, as is every category beside its HL7 codes, which do not cover all that it means."""
    found: list[Tree] = []
    for key in sorted(keys):
        found += [{"system": f"{THO}v3-ActCode", "code": code} for code in categories()[key].sensitivity]
        found.append({"system": CATEGORY, "code": key})
    return found


def _data(items: Iterable[str]) -> list[Tree]:
    return [{"meaning": "instance", "reference": {"reference": item}} for item in sorted(items)]


# -- reading


def _read(rules: Sequence[Tree]) -> PlainChoices:
    choices: list[PlainChoice] = []
    closed: set[str] = set()
    for rule in rules:
        whats = _whats(rule)
        if [coding["code"] for coding in rule.get("purpose", ())] == list(EMERGENCY):
            closed |= {what.value or "everything" for what in whats}
            continue
        setting: Setting = "on" if rule["type"] == "permit" else ("ask" if "extension" in rule else "off")
        who, period = _who(rule["actor"]), rule.get("period", {})
        start, end = (date.fromisoformat(period[name]) if name in period else None for name in ("start", "end"))
        choices += [PlainChoice(who, what, setting, start, end) for what in whats]
    return PlainChoices(tuple(choices), frozenset(closed))


def _who(actors: Sequence[Tree]) -> Who:
    first = actors[0]
    coding = first["role"]["coding"][0]
    if coding["system"] == ROLE:
        return EVERYONE if coding["code"] == "everyone" else Who("role", coding["code"])
    identifier = first["reference"]["identifier"]
    if identifier["system"] == ORGANISATION:
        return Who("organisation", identifier["value"])
    return Who("ods" if identifier["system"] == ODS else "user", identifier["value"])


def _whats(rule: Tree) -> list[What]:
    if "data" in rule:
        return [What("item", item["reference"]["reference"]) for item in rule["data"]]
    if "securityLabel" not in rule:
        return [EVERYTHING]
    codings = [(label["system"], label["code"]) for label in rule["securityLabel"]]
    keys = ["general" if code == "N" else code for system, code in codings if system == CATEGORY or code == "N"]
    return [What("category", key) for key in keys]


# -- words


def _words(choices: PlainChoices) -> str:
    lines = [_line(one) for one in choices.choices]
    lines += [f"In an emergency, staff may not open: {_category(key)}." for key in sorted(choices.closed)]
    inner = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{inner}</ul></div>'


def _line(one: PlainChoice) -> str:
    what = one.what.value if one.what.kind == "item" else _category(one.what.value or "everything")
    said = {"on": "shared", "off": "hidden", "ask": "hidden, ask me"}[one.setting]
    times = [f"{word} {day.isoformat()}" for word, day in (("from", one.start), ("until", one.end)) if day]
    return f"{one.who.value or 'everyone'}: {what}: {' '.join([said, *times])}."


def _category(key: str) -> str:
    return "everything" if key == "everything" else categories()[key].name


_ENCODER = msgspec.json.Encoder(order="deterministic")
