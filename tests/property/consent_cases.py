"""Generated people, records, requests and Consents for the tests of decisions. Invented; nothing here is anybody."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Tree = dict[str, Any]
THO = "http://terminology.hl7.org/CodeSystem/"
PATIENT = "Patient/p1"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"


def ref(target: str) -> Tree:
    return {"reference": target}


WHO: list[Tree] = [
    {"resourceType": "Organization", "id": "a", "identifier": [{"system": ODS, "value": "RA1"}]},
    {"resourceType": "Organization", "id": "b"},
    {"resourceType": "Organization", "id": "ward", "partOf": ref("Organization/a")},
    {"resourceType": "Practitioner", "id": "d1"},
    {"resourceType": "Practitioner", "id": "d2"},
    {"resourceType": "Practitioner", "id": "d3"},
    {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "practitioner": ref("Practitioner/d1"),
        "organization": ref("Organization/ward"),
    },
    {
        "resourceType": "PractitionerRole",
        "id": "r2",
        "active": False,
        "practitioner": ref("Practitioner/d2"),
        "organization": ref("Organization/a"),
    },
    {
        "resourceType": "Group",
        "id": "g",
        "type": "practitioner",
        "actual": True,
        "member": [{"entity": ref("Practitioner/d2")}, {"entity": ref("Practitioner/d3"), "inactive": True}],
    },
    {
        "resourceType": "CareTeam",
        "id": "t",
        "status": "active",
        "subject": ref(PATIENT),
        "participant": [{"member": ref("Organization/b")}],
    },
]
ACTORS = [
    "Organization/a",
    "Organization/b",
    "Organization/ward",
    "Practitioner/d1",
    "Practitioner/d2",
    "Practitioner/d3",
    "Group/g",
    "CareTeam/t",
    "Organization/nowhere",
]

labels = st.sampled_from(["N", "R", "L", "PSY", "SEX", "SUD", "OPIOIDUD", "ETHUD", "XQZ"])
dates = st.sampled_from(["2023", "2024-03", "2024-03-15", "2024-03-15T10:00:00Z", "2025-01-01"])
purposes = st.sampled_from(["TREAT", "ETREAT", "HRESCH"])
ROLE = "https://fhir.onestory.example/CodeSystem/role"
ROLES = ["ambulance", "nurse", "gp"]
actions = st.sampled_from(["access", "disclose", "correct"])


def system_of(label: str) -> str:
    return THO + ("v3-Confidentiality" if label in "ULMNRV" else "v3-ActCode")


def coding(label: str) -> Tree:
    return {"system": system_of(label), "code": label}


def concept(system: str, code: str) -> Tree:
    return {"coding": [{"system": system, "code": code}]}


@st.composite
def records(draw: st.DrawFn) -> list[Tree]:
    found: list[Tree] = [
        {"resourceType": "Patient", "id": "p1", "managingOrganization": ref("Organization/a")},
        {"resourceType": "Patient", "id": "p2"},
    ]
    for n in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["Observation", "Condition", "MedicationRequest"]))
        writer = {"Observation": "performer", "Condition": "recorder", "MedicationRequest": "requester"}[kind]
        time = {"Observation": "effectiveDateTime", "Condition": "onsetDateTime", "MedicationRequest": "authoredOn"}[
            kind
        ]
        tree: Tree = {"resourceType": kind, "id": f"x{n}", "status": "final"}
        who = draw(st.sampled_from([*ACTORS[:5], "Organization/nowhere", ""]))
        if who:
            tree[writer] = [ref(who)] if kind == "Observation" else ref(who)
        when = draw(st.one_of(st.none(), dates, st.just("2024-02-40")))
        if when:
            tree[time] = when
        code = draw(st.sampled_from(["c1", "c2", "", "words"]))
        own = {"text": "words"} if code == "words" else concept("http://snomed.info/sct", code)
        if code:
            tree["medicationCodeableConcept" if kind == "MedicationRequest" else "code"] = own
        if draw(st.integers(0, 4)) == 0:
            tree["reasonCode"] = [concept("http://snomed.info/sct", "c1")]
        marked = draw(st.lists(labels, max_size=3, unique=True))
        if marked:
            tree["meta"] = {"security": [coding(label) for label in marked]}
        tree["subject"] = ref(draw(st.sampled_from([PATIENT] * 6 + ["Patient/p2"])))
        if n and draw(st.booleans()):
            tree["derivedFrom"] = [ref(f"{found[-1]['resourceType']}/{found[-1]['id']}")]
        found.append(tree)
    return [*found, *WHO]


named_actor = st.builds(
    lambda role, who, broken: (
        "nobody"
        if broken == 0
        else {
            **({"role": concept(THO + "v3-ParticipationType", role)} if role else {}),
            "reference": {"identifier": {"system": ODS, "value": "RA1"}} if who == "ods" else ref(who),
        }
    ),
    st.sampled_from(["PRCP", "IRCP", "", "CST", "AUT"]),
    st.sampled_from([*ACTORS, "ods"]),
    st.integers(0, 25),
)
by_role = st.builds(
    lambda role: {"role": role},
    st.sampled_from(
        [*(concept(ROLE, code) for code in [*ROLES, "privacy-officer"])] * 2
        + [concept("urn:roles", "nurse"), concept(THO + "v3-ParticipationType", "PRCP")]
        + [concept(THO + "v3-ParticipationType", "CST")]
    ),
)
"""Somebody meant by a role alone: of our own list, of one not known here, or by how they take part."""
actor = st.one_of(named_actor, named_actor, by_role)
period = st.one_of(
    st.builds(lambda start, end: {"start": start, "end": end}, dates, dates),
    st.builds(lambda start: {"start": start}, dates),
    st.builds(lambda end: {"end": end}, dates),
    st.just({"start": "2024-13"}),
)
ELEMENTS: dict[str, st.SearchStrategy[Any]] = {
    "period": period,
    "actor": st.lists(actor, min_size=1, max_size=2),
    "purpose": st.lists(
        st.builds(
            lambda code: {"system": THO + "v3-ActReason", "code": code},
            st.one_of(purposes, st.sampled_from(["BTG", "QQ"])),
        ),
        min_size=1,
        max_size=2,
    ),
    "action": st.lists(
        st.builds(lambda code: concept(THO + "consentaction", code), st.one_of(actions, st.just("peek"))),
        min_size=1,
        max_size=2,
    ),
    "securityLabel": st.lists(st.builds(coding, labels), min_size=1, max_size=3),
    "class": st.lists(
        st.builds(
            lambda code: {"system": "http://hl7.org/fhir/resource-types", "code": code},
            st.sampled_from(["Observation", "Condition", "MedicationRequest", "Patient", "Obsevration"]),
        ),
        min_size=1,
        max_size=2,
    ),
    "code": st.one_of(
        st.lists(
            st.builds(lambda code: concept("http://snomed.info/sct", code), st.sampled_from(["c1", "c2"])),
            min_size=1,
            max_size=2,
        ),
        st.just(concept("http://snomed.info/sct", "c1")),
        st.just([{"text": "words"}]),
    ),
    "dataPeriod": period,
    "data": st.lists(
        st.builds(
            lambda meaning, what: {"meaning": meaning, "reference": ref(what)},
            st.sampled_from(["instance", "related", "dependents", "authoredby", "nearby"]),
            st.sampled_from(
                [
                    "Observation/x0",
                    "Condition/x1",
                    "MedicationRequest/x2",
                    "Observation/gone",
                    "Organization/a",
                    "Practitioner/d1",
                ]
            ),
        ),
        min_size=1,
        max_size=2,
    ),
    "modifierExtension": st.just([{"url": "https://example.org/not-known", "valueBoolean": True}]),
}
_LIKELY = [
    "actor",
    "actor",
    "actor",
    "purpose",
    "purpose",
    "securityLabel",
    "securityLabel",
    "securityLabel",
    "class",
    "code",
    "data",
    "dataPeriod",
    "action",
    "period",
]


@st.composite
def rule(draw: st.DrawFn, depth: int = 0) -> Any:
    if depth and draw(st.integers(0, 40)) == 0:
        return draw(st.sampled_from(["not a rule", 7, None]))
    names = draw(
        st.lists(
            st.sampled_from([*_LIKELY, "modifierExtension"] if draw(st.integers(0, 9)) == 0 else _LIKELY),
            max_size=3,
            unique=True,
        )
    )
    tree: Tree = {name: draw(ELEMENTS[name]) for name in names}
    kind = draw(st.sampled_from(["permit", "deny", "permit", "deny", None]))
    if kind:
        tree["type"] = kind
    elif draw(st.integers(0, 15)) == 0:
        tree["type"] = "allow"
    if depth < 3 and draw(st.booleans()):
        inner = draw(st.lists(rule(depth + 1), min_size=1, max_size=2))
        tree["provision"] = inner
    return tree


@st.composite
def consents(draw: st.DrawFn, most: int = 3) -> list[Tree]:
    return [draw(one_consent(n)) for n in range(draw(st.integers(1, most)))]


@st.composite
def one_consent(draw: st.DrawFn, number: int = 0) -> Tree:
    tree: Tree = {
        "resourceType": "Consent",
        "id": f"c{number}",
        "status": draw(st.sampled_from(["active"] * 8 + ["inactive", "rejected"])),
        "scope": concept(THO + "consentscope", draw(st.sampled_from(["patient-privacy"] * 9 + ["research"]))),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": ref(draw(st.sampled_from([PATIENT] * 9 + ["Patient/p2"]))),
    }
    policy = draw(st.sampled_from([["OPTIN"], ["OPTIN"], ["OPTOUT"], ["OPTOUT"], [], [], [], ["OPTIN", "OPTOUT"]]))
    if policy:
        tree["policyRule"] = {"coding": [{"system": THO + "v3-ActCode", "code": code} for code in policy]}
    when = draw(st.one_of(st.none(), dates, st.just("soon")))
    if when:
        tree["dateTime"] = when
    grantor = draw(st.sampled_from([None, None, PATIENT, "RelatedPerson/mother"] * 3 + [""]))
    if grantor is not None:
        tree["performer"] = [ref(grantor) if grantor else {"display": "somebody"}]
    if draw(st.integers(0, 12)) == 0:
        tree["modifierExtension"] = draw(ELEMENTS["modifierExtension"])
    if draw(st.integers(0, 9)):
        root = draw(rule())
        if isinstance(root, dict) and "period" in root and draw(st.booleans()):
            del root["period"]
        tree["provision"] = root
    return tree


@st.composite
def requests(draw: st.DrawFn) -> Tree:
    who = st.sampled_from([*ACTORS[:6], "PractitionerRole/r1", "ods"])
    asked = draw(st.lists(who, min_size=1, max_size=2, unique=True))
    return {
        "patient": PATIENT,
        "actors": [{"system": ODS, "value": "RA1"} if name == "ods" else ref(name) for name in asked],
        "organisations": [ref("Organization/b")] if draw(st.integers(0, 5)) == 0 else [],
        "roles": [{"system": ROLE, "code": code} for code in draw(st.lists(st.sampled_from(ROLES), max_size=1))],
        "purposes": draw(st.lists(purposes, min_size=1, max_size=2, unique=True)),
        "action": draw(actions),
        "relationship": "registered",
    }


instants = st.sampled_from(
    [
        "2023-12-31T23:59:59Z",
        "2024-01-01T00:00:00Z",
        "2024-03-15T10:00:00Z",
        "2024-03-15T10:00:01Z",
        "2024-03-15T23:59:59Z",
        "2024-03-16T00:00:00Z",
        "2025-01-01T12:00:00Z",
    ]
)
