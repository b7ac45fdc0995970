"""Generated Consents about emergencies: closed and opened again, by whom, for whom, when, and in doubt. Invented."""

from __future__ import annotations

from typing import Any

from consent_cases import (
    ELEMENTS,
    PATIENT,
    ROLE,
    ROLES,
    THO,
    Tree,
    by_role,
    coding,
    concept,
    named_actor,
    one_consent,
    ref,
    rule,
)
from consent_cases import requests as others
from hypothesis import strategies as st

KINDS = ("closes", "closes", "opens", "opens", "refuses", "doubtful", "any")
NARROWER = ["actor"] * 4 + ["securityLabel"] * 3 + ["class", "class", "code", "data", "dataPeriod", "action", "period"]
DOUBTS: dict[str, Any] = {
    "action": [concept(THO + "consentaction", "peek")],
    "purpose": [{"system": THO + "v3-ActReason", "code": "QQ"}],
    "actor": [{"reference": ref("Organization/nowhere")}],
    "securityLabel": [coding("XQZ")],
    "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Obsevration"}],
    "code": [{"text": "words"}],
    "data": [{"meaning": "nearby", "reference": ref("Observation/x0")}],
    "dataPeriod": {"start": "2024-13"},
    "period": {"start": "2024-13"},
    "modifierExtension": [{"url": "https://example.org/not-known", "valueBoolean": True}],
}
emergencies = st.lists(st.sampled_from(["BTG", "ETREAT", "TREAT"]), min_size=1, max_size=3, unique=True).map(
    lambda codes: [{"system": THO + "v3-ActReason", "code": code} for code in codes]
)
days = st.sampled_from(["2023", "2024-03", "2024-03-14", "2024-03-15", "2024-03-15", None, "soon"])
crews = st.one_of(
    named_actor,
    by_role,
    st.sampled_from([{"role": concept(ROLE, code)} for code in ("ambulance", "ambulance", "nurse")]),
    st.sampled_from([{"reference": ref(name)} for name in ("Organization/ward", "Group/g", "CareTeam/t")]),
    st.sampled_from([{"role": concept(THO + "v3-ParticipationType", "CST"), "reference": ref("Organization/a")}]),
)


@st.composite
def some(draw: st.DrawFn, most: int = 2) -> Tree:
    """A few elements that narrow a rule."""
    most = draw(st.sampled_from([0, 1, 1, most]))
    names = draw(st.lists(st.sampled_from(NARROWER), min_size=min(most, 1), max_size=most, unique=True))
    return {
        name: draw(st.lists(crews, min_size=1, max_size=2) if name == "actor" else ELEMENTS[name]) for name in names
    }


@st.composite
def closing(draw: st.DrawFn) -> Tree:
    """A refusal that names emergencies, itself or by what it stands in, perhaps with a permission in it."""
    tree: Tree = {"type": "deny", **draw(some())}
    within = [draw(rule(3))] if draw(st.integers(0, 3)) == 0 else []
    if draw(st.integers(0, 3)) == 0:
        within.append({"type": "permit", **draw(some(1))})
    if draw(st.integers(0, 3)) == 0:
        inner = {"type": "deny", "purpose": draw(emergencies), **({"provision": within} if within else {})}
        return {"type": draw(st.sampled_from(["deny", "permit"])), **draw(some(1)), "provision": [inner]}
    return {**tree, "purpose": draw(emergencies), **({"provision": within} if within else {})}


@st.composite
def opening(draw: st.DrawFn) -> Tree:
    """A permission, mostly of much, perhaps for emergencies by name."""
    tree: Tree = {"type": "permit", **(draw(some()) if draw(st.booleans()) else {})}
    return tree | ({"purpose": draw(emergencies)} if draw(st.integers(0, 3)) == 0 else {})


def said(number: int, when: str | None, policy: str = "", rule: Tree | None = None) -> Tree:
    """A Consent of the person themself, in force."""
    tree: Tree = {
        "resourceType": "Consent",
        "id": f"e{number}",
        "status": "active",
        "scope": concept(THO + "consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": ref(PATIENT),
    }
    tree |= {"dateTime": when} if when else {}
    tree |= {"policyRule": concept(THO + "v3-ActCode", policy)} if policy else {}
    return tree | ({"provision": rule} if rule is not None else {})


@st.composite
def choice(draw: st.DrawFn, number: int = 0, kinds: tuple[str, ...] = KINDS, on: str | None = "") -> Tree:
    """One Consent, mostly of the person themself and in force. `on`: the person's own, of that day."""
    kind = draw(st.sampled_from(kinds))
    if kind == "any":
        return draw(one_consent(number))
    tree = said(number, draw(days) if on == "" else on)
    giver = draw(st.sampled_from([None] * 6 + [ref("RelatedPerson/mother"), {"display": "somebody"}]))
    if giver and on == "":
        tree["performer"] = [giver]
    rules = {"closes": closing(), "opens": opening(), "refuses": st.builds(lambda of: {"type": "deny", **of}, some())}
    if kind == "doubtful":
        name = draw(st.sampled_from([*DOUBTS, ""]))
        one = draw(st.one_of(opening(), closing())) | ({name: DOUBTS[name]} if name else {})
        if not name:  # the whole Consent
            tree["modifierExtension"] = DOUBTS["modifierExtension"]
    else:
        one = draw(rules[kind])
    policy = draw(st.sampled_from(["", "", "OPTIN", "OPTOUT"]))
    if policy:
        tree["policyRule"] = concept(THO + "v3-ActCode", policy)
    bare = kind in ("opens", "refuses") and policy == {"opens": "OPTIN", "refuses": "OPTOUT"}[kind]
    if bare and draw(st.booleans()):
        return tree  # by its policy alone
    tree["provision"] = {"provision": [one]} if policy and draw(st.booleans()) else one
    return tree


FULL: Tree = {"type": "deny", "purpose": [{"system": THO + "v3-ActReason", "code": code} for code in ("BTG", "ETREAT")]}
UNKNOWN = {"modifierExtension": DOUBTS["modifierExtension"]}
CREWS = [{"role": concept(ROLE, "ambulance")}]
NARROW: list[Tree] = [
    {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Patient"}]},
    {"purpose": [{"system": THO + "v3-ActReason", "code": "HRESCH"}]},
    {"action": [concept(THO + "consentaction", "correct")]},
    {"securityLabel": [coding("SEX")]},
]
"""What little or nothing in the cases is."""
WIDE: dict[str, Any] = {
    "action": [concept(THO + "consentaction", "access")],
    "class": [
        {"system": "http://hl7.org/fhir/resource-types", "code": code}
        for code in ("Observation", "Condition", "MedicationRequest")
    ],
    "period": {"start": "2023"},
    "dataPeriod": {"start": "2000", "end": "2030"},
    "securityLabel": [coding(label) for label in ("R", "PSY", "SEX", "SUD", "XQZ")],
}
"""What holds where a rule around it with one of `DOUBTS` instead may not."""


@st.composite
def for_a_role(draw: st.DrawFn) -> list[Tree]:
    """Closed to one kind of worker, or to all others, and perhaps opened again for some of them."""
    role = draw(st.sampled_from(["ambulance", "ambulance", "ambulance", "nurse"]))
    crew = [{"role": concept(ROLE, role)}]
    if draw(st.booleans()):
        inner = {"type": "permit", "actor": crew, **draw(some(1))}
        return [said(0, draw(days), draw(st.sampled_from(["", "OPTIN", "OPTOUT"])), {**FULL, "provision": [inner]})]
    closes = {**FULL, "actor": crew, **draw(some(1))}
    older = said(0, "2023", draw(st.sampled_from(["", "OPTIN"])), closes)
    again = {"type": "permit", "actor": crew, **draw(some(1))}
    return [older, *([said(1, "2024-03-15", "", again)] if draw(st.booleans()) else [])]


@st.composite
def permitted_in_doubt(draw: st.DrawFn) -> list[Tree]:
    """A refusal that may not hold, and a permission in it which says for itself what cannot be told of it."""
    name = draw(st.sampled_from([*WIDE]))
    inner = {"type": "permit", **draw(some(1)), name: WIDE[name]}
    around = {**FULL, name: DOUBTS[name], "provision": [inner]}
    return [said(0, draw(days), draw(st.sampled_from(["", "OPTIN", "OPTOUT"])), around)]


@st.composite
def closed_then(draw: st.DrawFn) -> list[Tree]:
    """All closed to everyone, and a newer choice that would open all but for one thing: what it refuses is in doubt, at
    its root or below, or it is for some only."""
    narrow = {"type": "deny", **draw(st.sampled_from(NARROW))}
    crew = {"type": "permit", "actor": CREWS}
    newer = draw(
        st.sampled_from(
            [
                said(1, "2024-03-15", "OPTIN", narrow | UNKNOWN),
                said(1, "2024-03-15", "OPTIN", {"provision": [narrow | UNKNOWN]}),
                said(1, "2024-03-15", "", crew),
                said(1, "2024-03-15", "OPTOUT", crew),
                said(1, "2024-03-15", "OPTIN", {"provision": [narrow]}),
            ]
        )
    )
    return [said(0, draw(st.sampled_from(["2023", None])), draw(st.sampled_from(["", "OPTIN"])), FULL), newer]


@st.composite
def choices(draw: st.DrawFn) -> list[Tree]:
    """Several Consents of one person; often one that closes and a newer one that opens again, or not quite."""
    kind = draw(st.integers(0, 9))
    if kind < 5:
        stories = (for_a_role(), for_a_role(), permitted_in_doubt(), closed_then(), closed_then())
        return draw(st.permutations(draw(stories[kind])))
    if kind < 8:
        return [draw(choice(n)) for n in range(draw(st.sampled_from([1, 2, 3, 4])))]
    newer = [draw(choice(1, ("opens", "doubtful", "doubtful", "refuses"), "2024-03-15"))]
    newer += [draw(choice(2))] if draw(st.integers(0, 3)) == 0 else []
    older = draw(st.sampled_from(["2023", "2023", "2024-03-15", None]))
    pair = [draw(choice(0, ("closes",), older)), *newer]
    return draw(st.permutations(pair))


@st.composite
def requests(draw: st.DrawFn) -> Tree:
    """Somebody of a crew, or who may be; the purpose is told beside."""
    if draw(st.integers(0, 4)) == 0:
        return draw(others())
    role = draw(st.sampled_from(["ambulance"] * 4 + ROLES))
    return {
        "patient": PATIENT,
        "actors": [ref(draw(st.sampled_from(["Practitioner/d1", "Practitioner/d2", "PractitionerRole/r1"])))],
        "organisations": [ref(draw(st.sampled_from(["Organization/ward", "Organization/b"])))],
        "roles": [{"system": ROLE, "code": role}],
        "action": "access",
        "relationship": "present",
    }
