"""The whole trace of a decision by the defaults and the lawful limits, line by line, and the sentence made of it."""

from __future__ import annotations

from typing import Any

import pytest
from gatekit import SURGERY, TRUST, entry, request

from consent.decision import Attributes, Decision, Effect, Policy, RoleDefaults, attributes, decide_on, explain
from consent.defaults import defaults
from consent.labels import LabelledEntry
from consent.limits import Bound, LawfulLimits, NeedToKnow, ProtectedIdentities
from consent.request import Request
from fhir.entries import Source

Line = tuple[str, str, str, bool, str, str]
USUAL, TESTING = (RoleDefaults(defaults(), test_data=one) for one in (False, True))
WITHOUT_LABEL = "without a label that is understood, for those permitted everything"


class Broken:
    """A policy that fails."""

    name = "broken"

    def rule_on(self, item: Attributes, asked: Request) -> Decision | None:
        raise RuntimeError("Sertraline")


def made(*categories: str, confidentiality: str = "", limits: tuple[str, ...] = (), **values: Any) -> Attributes:
    return attributes(LabelledEntry(entry("Condition/1", **values), categories, confidentiality, limits))


def lines(decision: Decision) -> list[Line]:
    return [
        (step.policy, step.provision, step.element, step.matched, step.effect, step.text) for step in decision.trace
    ]


def default(provision: str, element: str, text: str, effect: Effect = "permit") -> Line:
    return ("defaults", provision, element, effect != "withhold", effect, text)


def grounds(role: str) -> list[Line]:
    return [
        default("purpose TREAT", "purpose", "Direct care of this person"),
        default("relationship present", "relationship", "A legitimate relationship"),
        default(f"role {role}", "role", f"role {role}"),
    ]


@pytest.mark.parametrize(
    ("categories", "role", "values", "effect", "last"),
    [
        (("general",), "gp", {}, "permit", ("row 1", "general", "A GP holds the lifelong record and sees all of it")),
        (
            ("sexual-reproductive",), "home-care", {}, "withhold",
            ("no row", "sexual-reproductive", "no row permits sexual-reproductive in problems"),
        ),
    ],
)  # fmt: skip
def test_the_grounds_come_first_and_then_the_row_of_each_category(
    categories: tuple[str, ...], role: str, values: Any, effect: Effect, last: tuple[str, str, str]
) -> None:
    found = decide_on(made(*categories, **values), request(role), [USUAL])
    row, category, words = last
    assert found.effect == effect
    assert lines(found) == [*grounds(role), default(row, f"category {category}", words, effect)]


def test_grounds_that_fail_are_all_told_and_no_row_is_looked_at() -> None:
    unknown = request("gp", purpose="NONE", relationship="stranger")
    found = decide_on(made("general"), unknown, [USUAL])
    assert found.effect == "withhold"
    assert lines(found) == [
        default("purpose NONE", "purpose", "a purpose that is not known", "withhold"),
        default("relationship stranger", "relationship", "a relationship that is not known", "withhold"),
        default("role gp", "role", "role gp"),
    ]
    claimed = decide_on(made("general"), request("gp", relationship="self-claimed", reason=" "), [USUAL])
    words = "A relationship the worker claims; the reason is kept and the access is marked for review"
    assert lines(claimed)[1] == default("relationship self-claimed", "relationship", words, "withhold")
    assert lines(decide_on(made("general"), request("tester"), [USUAL]))[-1] == default(
        "role tester", "role", "role tester", "withhold"
    )
    assert decide_on(made("general"), request("tester"), [TESTING]).effect == "permit"


def test_what_the_own_team_wrote_is_shown_for_that() -> None:
    item = made("sexual-reproductive", source=SURGERY)
    asked = request("gp", organisation=SURGERY.name)
    found = decide_on(item, asked, [USUAL])
    assert found.effect == "permit"
    assert lines(found) == [*grounds("gp"), default("writes", "source", "your own team wrote it")]
    nowhere = decide_on(made("sexual-reproductive", source=SURGERY), request("pharmacist", organisation=""), [USUAL])
    assert "writes" not in [step.provision for step in nowhere.trace]


def test_what_has_no_label_is_for_those_permitted_everything_but_for_what_may_not_be_missed() -> None:
    unlabelled = default("unlabelled", "category", WITHOUT_LABEL)
    allergy = default("unlabelled", "category", "allergies, medicines in use and CPR decisions")
    row = default("row 1", "category general", "A GP holds the lifelong record and sees all of it")
    refused = default("unlabelled", "category", WITHOUT_LABEL, "withhold")
    assert lines(decide_on(made(), request("gp"), [USUAL])) == [*grounds("gp"), unlabelled]
    assert lines(decide_on(made(section="allergies"), request("gp"), [USUAL])) == [*grounds("gp"), allergy, row]
    for item in (made(), made("general", confidentiality="V")):
        found = decide_on(item, request("home-care"), [USUAL])
        assert (found.effect, lines(found)) == ("withhold", [*grounds("home-care"), refused])


def test_without_an_answer_and_with_a_policy_that_fails_the_engine_refuses() -> None:
    none = decide_on(made("general"), request("gp"), [])
    assert (none.effect, lines(none)) == (
        "withhold", [("engine", "", "", True, "withhold", "no policy permits it")],
    )  # fmt: skip
    failed = decide_on(made("general"), request("gp"), [Broken(), USUAL])
    assert (failed.effect, lines(failed)) == (
        "withhold", [("engine", "", "", True, "withhold", "a policy could not be read")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("item", "asked", "policy", "expected"),
    [
        (
            made("general", limits=("NOPAT",)), request("person"), LawfulLimits(),
            ("lawful limits", "NOPAT", "its source marked it not to be disclosed to the patient, family or carers"),
        ),
        (
            made("safeguarding"), request("pharmacist"), NeedToKnow(),
            ("statutory need to know", "no row", "it is for those whom the law gives a duty to know"),
        ),
        (
            made("general", limits=("GENDER-RECOGNITION",)), request("pharmacist"), ProtectedIdentities(),
            (
                "protected identities", "GENDER-RECOGNITION",
                "it would tell that the person has, or has applied for, a gender recognition certificate, or their"
                " gender before",
            ),
        ),
        (
            made("general", limits=("NOPAT",)), request("gp"), Bound(request("person")),
            (
                "limits on the one who looks", "NOPAT",
                "its source marked it not to be disclosed to the patient, family or carers",
            ),
        ),
    ],
    ids=["limit", "need to know", "identity", "bound"],
)  # fmt: skip
def test_what_the_law_keeps_is_one_line_that_names_the_law(
    item: Attributes, asked: Request, policy: Policy, expected: tuple[str, str, str]
) -> None:
    name, provision, words = expected
    found = decide_on(item, asked, [policy, USUAL])
    assert (found.effect, lines(found)) == ("withhold", [(name, provision, "role", True, "withhold", words)])


def test_the_sentence_is_that_of_the_last_permission_and_says_that_the_source_is_kept_back() -> None:
    latex = made("general", section="allergies", source=TRUST)
    row = default("row 10", "category general", "A pharmacist sees what is needed to give medicines safely")
    source = default("source", "category mental-health", "which service wrote it is not shown", "mask")
    masked = decide_on(latex, request("pharmacist"), [USUAL])
    assert lines(masked) == [*grounds("pharmacist"), row, source]
    said = "Shown because: a pharmacist sees what is needed to give medicines safely."
    assert explain(masked) == f"{said} Which service wrote it is not shown."
    assert explain(decide_on(latex, request("gp"), [USUAL])) == (
        "Shown because: a GP holds the lifelong record and sees all of it."
    )
    assert explain(Decision("permit")) == "Shown because: it is permitted."


def test_a_purpose_is_a_ground_where_it_is_care_or_a_row_offers_it_to_the_role() -> None:
    def grounded(role: str, purpose: str) -> bool:
        return all(step.effect == "permit" for step in USUAL.grounds(request(role, purpose=purpose)))

    assert grounded("link-worker", "ETREAT")  # no row offers it: it is care
    assert grounded("administrator", "HOPERAT")  # it is not care: a row offers it
    assert not grounded("gp", "HOPERAT")
    assert not grounded("administrator", "HRESCH")


def test_nothing_is_withheld_of_a_section_only_for_a_purpose_that_gives_all_of_it() -> None:
    assert USUAL.everything("gp", "problems", request("gp"))
    assert not USUAL.everything("gp", "problems", request("gp", purpose="HRESCH"))


def test_a_source_without_a_name_is_not_the_own_team_of_somebody_without_an_organisation() -> None:
    nameless = made("general", source=Source(name="", lane="gp", key=""))
    assert not USUAL.own_writing(nameless, request("gp", organisation=""))
