"""Every authority in its order: what the law keeps, then what the person chose, then the defaults."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import consent, ref
from gatekit import COUNCIL, NOW, PERSON, SURGERY, entry, opened, store
from gatekit import request as asked

from consent.acting import link
from consent.authority import Authority, policies
from consent.choices import Act, By, KeptConsent, kept_for
from consent.decision import Effect
from consent.evidence import encode_evidence, evidence_of
from consent.labels import LabelledEntry
from consent.naming import CATEGORY, ORGANISATION, role_coding
from consent.persons_choices import Acts, Neighbourhood, RequestChoices
from consent.provision import stricter
from consent.request import Actor, Request

CAT = By("u-cat", "Cat", "gp", "Surgery", custodian=True)
HERE = Neighbourhood(("Riverside Surgery", "Ward", "Borough Council"))
PLAIN = LabelledEntry(entry("Condition/1"), ("general",))


def authority(request: Request, *trees: Any, test_data: bool = False) -> Authority:
    """Every authority for a request; `trees` are what the person chose."""
    kept = tuple(KeptConsent(f"c{n}", kept_for(PERSON, tree)) for n, tree in enumerate(trees))
    acts = [Act(kind="set", time="2026-01-01", by=CAT, consents=kept)]
    choices = RequestChoices(Acts(acts, PERSON, NOW, HERE), request) if trees else None
    return Authority(request, policies(test_data=test_data), choices)


def effect(one: LabelledEntry, request: Request, *trees: Any, test_data: bool = False) -> Effect:
    return authority(request, *trees, test_data=test_data).on(one)[0].effect


def by(system: str, value: str) -> dict[str, Any]:
    return {"reference": {"identifier": {"system": system, "value": value}}}


def role(name: str) -> dict[str, Any]:
    return {"role": {"coding": [role_coding(name)._asdict()]}}


def test_a_choice_stands_before_the_defaults_both_ways() -> None:
    money = LabelledEntry(entry("Account/1", section="money"), ("money",))
    permit = consent("OPTIN", {"type": "permit", "securityLabel": [{"system": CATEGORY, "code": "money"}]})
    assert effect(PLAIN, asked("gp")) == "permit"
    assert effect(PLAIN, asked("gp"), consent("OPTOUT")) == "withhold"
    assert effect(money, asked("pharmacist")) == "withhold"
    assert effect(money, asked("pharmacist"), permit) == "permit"
    silent = consent("", {"type": "deny", "securityLabel": [{"system": CATEGORY, "code": "justice"}]})
    assert effect(PLAIN, asked("gp"), silent) == "permit"
    assert effect(money, asked("pharmacist"), silent) == "withhold"


def test_what_the_law_keeps_stands_before_every_choice() -> None:
    kept = LabelledEntry(entry("Condition/1"), ("general",), "", ("NOPAT",))
    themself = Request(PERSON, Actor("ada", "person", link(PERSON)), "PATRQT", "present", NOW)
    assert effect(PLAIN, themself, consent("OPTIN")) == "permit"
    assert effect(kept, themself, consent("OPTIN")) == "withhold"
    concern = LabelledEntry(entry("Flag/1", section="safeguarding", kind="concern"), ("safeguarding",))
    for choice in (consent("OPTIN"), consent("OPTOUT")):
        assert effect(concern, asked("pharmacist"), choice) == "withhold"
        assert effect(concern, asked("social-worker"), choice) == "permit"


def test_a_protected_identity_is_seen_by_a_health_professional_whom_the_person_permits_and_by_nobody_else() -> None:
    gender = LabelledEntry(entry("Condition/1"), ("general",), "", ("GENDER-RECOGNITION",))
    permit, refuse = consent("OPTIN"), consent("OPTOUT")
    assert effect(gender, asked("gp")) == "withhold"
    assert effect(gender, asked("gp"), permit) == "permit"
    assert effect(gender, asked("gp"), refuse) == "withhold"
    assert effect(gender, asked("social-worker"), permit) == "withhold"
    adopted = LabelledEntry(entry("Condition/1"), ("general",), "", ("ADOPTION",))
    assert effect(adopted, asked("gp"), permit) == "withhold"
    assert effect(adopted, asked("childrens-social-worker"), permit) == "permit"
    assert effect(PLAIN, asked("social-worker"), permit) == "permit"


def test_a_refusal_of_everyone_binds_neither_the_person_nor_a_tester_of_invented_people() -> None:
    themself = Request(PERSON, Actor("ada", "person", link(PERSON)), "PATRQT", "present", NOW)
    only = authority(themself, consent("OPTOUT")).on(PLAIN)[0]
    assert {step.policy for step in only.trace} == {"defaults"}
    assert effect(PLAIN, asked("tester"), consent("OPTOUT"), test_data=True) == "permit"
    assert effect(PLAIN, asked("tester"), consent("OPTOUT")) == "withhold"
    assert effect(PLAIN, asked("gp"), consent("OPTOUT"), test_data=True) == "withhold"


GENERAL = {"securityLabel": [{"system": CATEGORY, "code": "general"}]}
THIS = {"data": [{"meaning": "instance", "reference": ref("Condition/1")}]}


@pytest.mark.parametrize(
    ("choice", "own", "others"),
    [
        (consent("OPTOUT"), "permit", "withhold"),
        (consent("OPTIN", {"type": "deny", **GENERAL}), "permit", "withhold"),
        (consent("OPTIN", {"type": "deny", "actor": [role("gp")]}), "permit", "withhold"),
        (consent("OPTIN", {"type": "deny", "actor": [by(ORGANISATION, "Riverside Surgery")]}), "withhold", "permit"),
        (consent("OPTIN", {"type": "deny", **THIS}), "withhold", "withhold"),
    ],
)
def test_a_team_keeps_seeing_what_it_wrote_unless_it_or_the_entry_is_named(choice: Any, own: str, others: str) -> None:
    assert effect(PLAIN, asked("gp", organisation=SURGERY.name), choice) == own
    assert effect(PLAIN, asked("gp", organisation="Ward"), choice) == others


def test_who_wrote_it_is_told_by_its_references_too() -> None:
    tree = {"resourceType": "Condition", "asserter": by(ORGANISATION, "Ward")["reference"]}
    noted = LabelledEntry(
        entry("Condition/1", source=COUNCIL),
        ("general",),
        evidence=encode_evidence(evidence_of(tree, ("Condition/1",))),
    )
    ward, elsewhere = (asked("gp", organisation=name) for name in ("Ward", "Elsewhere"))
    assert effect(noted, ward, consent("OPTOUT")) == "permit"
    assert effect(noted, elsewhere, consent("OPTOUT")) == "withhold"
    told = LabelledEntry(entry("Condition/2", source=COUNCIL), ("general",))
    assert effect(told, ward, consent("OPTOUT")) == "withhold"


def test_what_is_kept_of_a_decision_is_given_for_the_like_and_not_for_others() -> None:
    rule = {"type": "deny", "data": [{"meaning": "instance", "reference": ref("Condition/1")}]}
    for trees in ((), (consent("OPTIN", rule),)):
        told = authority(asked("gp"), *trees)
        one, two = PLAIN, LabelledEntry(entry("Condition/2"), ("general",))
        first = [told.on(each) for each in (one, two, one, two)]
        assert [decision.effect for decision, _ in first] == (["withhold", "permit"] * 2 if trees else ["permit"] * 4)
        assert first[0] is first[2]
        assert first[1] is first[3]
        money = LabelledEntry(entry("Condition/2"), ("money",))
        assert told.on(money)[0] != first[1][0] or trees


def test_why_is_told_in_one_sentence_which_says_nothing_of_what_is_withheld() -> None:
    by_default = authority(asked("gp")).on(PLAIN)[1]
    by_choice = authority(asked("gp"), consent("OPTIN")).on(PLAIN)[1]
    assert by_default.startswith("Shown because: ")
    assert by_choice == "Shown because the person has said so."
    for one in (authority(asked("gp"), consent("OPTOUT")), authority(asked("link-worker"))):
        assert one.on(PLAIN)[1] == "Not shown: it is not among what your role may see for this purpose."


def test_refusal_before_permission_before_nothing() -> None:
    said = ("deny", "permit", None)
    for n, one in enumerate(said):
        for m, other in enumerate(said):
            assert stricter(one, other) == said[min(n, m)]  # type: ignore[arg-type]


def test_whoever_may_be_refused_anything_is_told_that_there_may_be_more() -> None:
    def full(role_: str, *trees: Any, **values: Any) -> bool:
        kept = tuple(KeptConsent(f"c{n}", kept_for(PERSON, tree)) for n, tree in enumerate(trees))
        acts = [Act(kind="set", time="2026-01-01", by=CAT, consents=kept)] if trees else []
        return opened(store([], acts=acts, **values), role_).full

    assert full("gp")
    assert full("gp", consent("OPTIN"))
    assert not full("gp", consent("OPTIN", {"type": "deny", **GENERAL}))
    assert full("tester", consent("OPTIN", {"type": "deny", **GENERAL}), test_data=True)
    assert not full("gp", consent("OPTIN", {"type": "deny", **GENERAL}), test_data=True)


def test_each_protected_identity_of_an_entry_is_asked_about() -> None:
    both = LabelledEntry(entry("Condition/1"), ("general",), "", ("ADOPTION", "GENDER-RECOGNITION"))
    assert effect(both, asked("childrens-social-worker")) == "withhold"
    one = LabelledEntry(entry("Condition/1"), ("general",), "", ("ADOPTION",))
    assert effect(one, asked("childrens-social-worker")) == "permit"


def test_the_defaults_hold_for_the_purpose_and_the_relationship_that_are_asked_for() -> None:
    care, emergency = (asked("link-worker", purpose=code) for code in ("TREAT", "ETREAT"))
    note = LabelledEntry(entry("CarePlan/1", section="care-plan"), ("about-me",))
    assert [effect(note, one) for one in (care, emergency)] == ["permit", "withhold"]
    unlabelled = LabelledEntry(entry("Basic/1", section="other"))
    claimed = asked("gp", relationship="self-claimed", reason="Seen today")
    assert [effect(unlabelled, one) for one in (asked("gp"), claimed)] == ["permit", "withhold"]
