"""Plain choices and FHIR Consents say the same: there and back is the identity, and the engine decides on records as a
second, plain reading of the choices does. The reading here shares nothing with the writing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.actors import Directory
from consent.categories import categories
from consent.consents import Pointer, read_consent
from consent.emergencies import emergency_views
from consent.facts import Facts, facts_of, labels_of
from consent.matching import Asking
from consent.naming import ODS, ROLE, organisation_name, user_name
from consent.plain_choices import PlainChoice, PlainChoices, What, Who
from consent.plain_consents import NotPlain, from_consent, from_consents, to_consents
from consent.precedence import compile_choices
from consent.vocabulary import Coding, Label

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
ROLES = ["home-care", "nurse", "gp"]
PLACES = ["Mill Surgery", "Fenland Home Care"]
PEOPLE = ["anna", "ben"]
ITEMS = ["Observation/a", "DocumentReference/b"]
KINDS = ["general", "mental-health", "sexual-reproductive", "social-care", "money", "about-me"]

whos = st.one_of(
    st.just(Who("everyone")),
    st.sampled_from(ROLES).map(lambda role: Who("role", role)),
    st.sampled_from(PLACES).map(lambda name: Who("organisation", name)),
    st.sampled_from(["Y12345"]).map(lambda code: Who("ods", code)),
    st.sampled_from(PEOPLE).map(lambda name: Who("user", name)),
)
whats = st.one_of(
    st.just(What("everything")),
    st.sampled_from(KINDS).map(lambda key: What("category", key)),
    st.sampled_from(ITEMS).map(lambda item: What("item", item)),
)
days = st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def choice(draw: st.DrawFn) -> PlainChoice:
    start, end = draw(st.none() | days), draw(st.none() | days)
    if start and end and end < start:
        start, end = end, start
    return PlainChoice(draw(whos), draw(whats), draw(st.sampled_from(["on", "on", "off", "ask"])), start, end)


every = st.builds(
    PlainChoices,
    st.lists(choice(), max_size=9).map(tuple),
    st.frozensets(st.sampled_from([*KINDS, "everything"]), max_size=2),
)


@given(every)
@settings(max_examples=300, deadline=None)
def test_there_and_back_is_the_identity(choices: PlainChoices) -> None:
    trees = to_consents(choices, "Patient/me", NOW)
    assert from_consents(trees) == (choices, ())
    assert bool(trees) == bool(choices)


def requester(role: str, place: str, user: str, ods: str) -> tuple[Asking, Directory]:
    asking = Asking(
        patient=Pointer(("Patient/me",)),
        actors=(Pointer((user_name(user),)),),
        organisations=(Pointer((organisation_name(place), f"identifier {ODS}|{ods}")),),
        roles=frozenset({Coding(ROLE, role)}),
        purposes=("actreason TREAT",),
        action="access",
        now=NOW,
    )
    known = [({"resourceType": "Organization"}, (organisation_name(one),)) for one in (*PLACES, "Elsewhere")]
    known += [({"resourceType": "Organization"}, (f"identifier {ODS}|{one}",)) for one in ("Y12345", "Y99999")]
    known += [({"resourceType": "Practitioner"}, (user_name(one),)) for one in (*PEOPLE, "carl")]
    return asking, Directory(known, NOW)


def record(item: str, kinds: set[str], confidentiality: str) -> Facts:
    labels = [Label("confidentiality", confidentiality)] if confidentiality else []
    type_, name = item.split("/")
    facts = facts_of({"resourceType": type_, "id": name}, (item,))
    return facts.__class__(
        **{
            **{field: getattr(facts, field) for field in facts.__struct_fields__},
            "labels": labels_of(labels, kinds, unlabelled=not kinds),
        }
    )


def engine(choices: PlainChoices, who: tuple[str, str, str, str], facts: Facts, purpose: str = "TREAT") -> str | None:
    asking, directory = requester(*who)
    asking = Asking(**{**asking.__dict__, "purposes": (f"actreason {purpose}",)})
    read = [read_consent(tree, n) for n, tree in enumerate(to_consents(choices, "Patient/me", NOW))]
    compiled, problems = compile_choices(zip(read, repeat(directory)), asking, {})
    assert not problems
    return compiled.on(facts).ruling.effect


def plainly(
    choices: PlainChoices, who: tuple[str, str, str, str], item: str, kinds: set[str], confidentiality: str
) -> str | None:
    """What the choices say, read line by line as a person would."""
    role, place, user, ods = who
    mine = {
        3: [Who("user", user)],
        2: [Who("organisation", place), Who("ods", ods)],
        1: [Who("role", role)],
        0: [Who("everyone")],
    }

    def said(level: int, what: What) -> set[str]:
        found = set()
        for one in choices.choices:
            begun = one.start is None or one.start <= TODAY
            over = one.end is not None and one.end < TODAY
            if one.who in mine[level] and one.what == what and begun and not over:
                found.add(one.setting)
        return found

    for level in (3, 2, 1, 0):
        about = said(level, What("item", item))
        if about:
            return "deny" if about & {"off", "ask"} else "permit"
    kinds = kinds - {"general"} or kinds
    for level in (3, 2, 1, 0):
        answers = [said(level, What("category", key)) for key in sorted(kinds)]
        nameless = [said(level, What("category", key)) for key in categories()] if not kinds else []
        if any(answer & {"off", "ask"} for answer in [*answers, *nameless]):
            return "deny"
        restricted = kinds == {"general"} and confidentiality in ("R", "V")
        if level >= 2:
            # Sharing counts for each organisation by itself.
            sharing = [
                {one.what.value for one in choices.choices if on_now(one) and one.who == me and one.setting == "on"}
                for me in mine[level]
            ]
            if kinds and not restricted and any(kinds <= one for one in sharing):
                return "permit"
        elif answers and all("on" in answer for answer in answers) and not restricted:
            return "permit"
        whole = said(level, What("everything"))
        if whole:
            return "deny" if whole & {"off", "ask"} else "permit"
    return None


def on_now(one: PlainChoice) -> bool:
    return one.what.kind == "category" and one.holds(TODAY)


WHO = st.tuples(
    st.sampled_from(ROLES),
    st.sampled_from([*PLACES, "Elsewhere"]),
    st.sampled_from([*PEOPLE, "carl"]),
    st.sampled_from(["Y12345", "Y99999"]),
)


@given(
    every,
    WHO,
    st.sampled_from([*ITEMS, "Condition/c"]),
    st.sets(st.sampled_from(KINDS), max_size=2),
    st.sampled_from(["", "N", "R"]),
)
@settings(max_examples=600, deadline=None)
def test_the_engine_decides_as_the_choices_say(
    choices: PlainChoices, who: tuple[str, str, str, str], item: str, kinds: set[str], confidentiality: str
) -> None:
    facts = record(item, kinds, confidentiality)
    assert engine(choices, who, facts) == plainly(choices, who, item, kinds, confidentiality)


@given(every, WHO, st.sets(st.sampled_from(KINDS), min_size=1, max_size=2))
@settings(max_examples=150, deadline=None)
def test_no_choice_shares_for_anything_but_direct_care(
    choices: PlainChoices, who: tuple[str, str, str, str], kinds: set[str]
) -> None:
    facts = record("Condition/c", kinds, "")
    for purpose in ("HRESCH", "PUBHLTH", "HOPERAT", "HPAYMT", "BTG"):
        assert engine(choices, who, facts, purpose) != "permit"


@given(every)
@settings(max_examples=150, deadline=None)
def test_only_the_switch_for_emergencies_names_emergencies(choices: PlainChoices) -> None:
    told = [
        {label["code"] for label in rule.get("securityLabel", [{"code": "everything"}])}
        for tree in to_consents(choices, "Patient/me", NOW)
        for rule in tree["provision"]["provision"]
        if rule["type"] == "deny" and rule.get("purpose")
    ]
    assert {key for labels in told for key in labels if key in {*categories(), "everything"}} == choices.closed


@given(every, WHO, st.sets(st.sampled_from(KINDS), min_size=1, max_size=2))
@settings(max_examples=150, deadline=None)
def test_break_glass_opens_what_is_hidden_but_not_what_is_closed(
    choices: PlainChoices, who: tuple[str, str, str, str], kinds: set[str]
) -> None:
    asking, directory = requester(*who)
    asking = Asking(**{**asking.__dict__, "purposes": ("actreason BTG",)})
    read = [read_consent(tree, n) for n, tree in enumerate(to_consents(choices, "Patient/me", NOW))]
    compiled, _ = compile_choices(zip(emergency_views(read), repeat(directory)), asking, {})
    refused = compiled.on(record("Condition/c", kinds, "")).ruling.effect == "deny"
    kinds = kinds - {"general"} or kinds
    assert refused == bool("everything" in choices.closed or kinds & choices.closed)


@pytest.mark.parametrize("code", ["MH", "COGN", "PSYTHPN", "BH"])
def test_hiding_a_category_hides_every_label_that_means_it(code: str) -> None:
    choices = PlainChoices((PlainChoice(Who("role", "nurse"), What("category", "mental-health"), "off"),))
    tree: dict[str, Any] = {"resourceType": "Condition", "id": "c"}
    tree["meta"] = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}]}
    assert engine(choices, ("nurse", "Mill Surgery", "anna", ""), facts_of(tree, ("Condition/c",))) == "deny"


def test_nothing_but_one_kind_can_be_said_of_one_recipient() -> None:
    gp = Who("role", "gp")
    choices = PlainChoices(
        (PlainChoice(gp, What("everything"), "off"), PlainChoice(gp, What("category", "general"), "on"))
    )
    me = ("gp", "Mill Surgery", "anna", "")
    assert engine(choices, me, record("Condition/c", {"general"}, "")) == "permit"
    assert engine(choices, me, record("Condition/c", {"money"}, "")) == "deny"
    assert engine(choices, ("nurse", "Mill Surgery", "anna", ""), record("Condition/c", {"money"}, "")) is None


def test_a_choice_made_elsewhere_is_not_taken_for_a_plain_one() -> None:
    (tree,) = to_consents(
        PlainChoices((PlainChoice(Who("role", "gp"), What("category", "money"), "on"),)), "Patient/me", NOW
    )
    rule = tree["provision"]["provision"][0]
    for changed in (
        {**tree, "policyRule": {"coding": [{"code": "OPTIN"}]}},
        {**tree, "modifierExtension": [{}]},
        {**tree, "provision": {"type": "permit", "actor": tree["provision"]["actor"]}},
        {**tree, "provision": {**tree["provision"], "provision": [{**rule, "class": [{"code": "x"}]}]}},
        {**tree, "provision": {**tree["provision"], "provision": [{**rule, "actor": []}]}},
        {**tree, "status": "inactive"},
        {"resourceType": "Patient"},
        "Consent",
    ):
        said = from_consent(changed)
        assert isinstance(said, NotPlain)
        assert said.why.endswith(".")


def test_the_consent_is_valid_r4_but_for_nothing() -> None:
    from fhir.resources.R4B.consent import Consent

    choices = PlainChoices(
        (
            PlainChoice(Who("role", "gp"), What("category", "money"), "off", end=date(2026, 12, 31)),
            PlainChoice(Who("user", "Anna"), What("item", "Observation/1"), "ask"),
            PlainChoice(Who("organisation", "A & B"), What("everything"), "on"),
        ),
        frozenset({"everything"}),
    )
    (tree,) = to_consents(choices, {"reference": "Patient/me"}, NOW)
    Consent.model_validate(tree)
