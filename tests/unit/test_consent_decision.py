"""The decision on one entry: roles, purposes, relationships, safety facts, own writing, and every failure withholds."""

from __future__ import annotations

from typing import Any

import pytest
from gatekit import COUNCIL, SURGERY, TRUST, entry, request

from consent.decision import Attributes, Decision, decide, explain
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.ports import Principal
from consent.request import PURPOSES, Request
from consent.standing import Standing, policies
from fhir.entries import Link

SAFEGUARDING_YES = [
    "gp",
    "hospital-clinician",
    "mental-health",
    "amhp",
    "health-visitor",
    "midwife",
    "social-worker",
    "childrens-social-worker",
    "ambulance",
]
SAFEGUARDING_NO = [
    "home-care",
    "link-worker",
    "administrator",
    "pharmacist",
    "care-home",
    "supported-living",
    "therapist",
    "nurse",
]


def made(*categories: str, limits: tuple[str, ...] = (), confidentiality: str = "", **values: Any) -> LabelledEntry:
    treated = values.pop("treated", False)
    return LabelledEntry(entry("Condition/1", **values), categories, confidentiality, limits, (), None, treated)


def effect(labelled: LabelledEntry, role: str = "gp", *, test_data: bool = False, **values: Any) -> str:
    return decide(labelled, request(role, **values), policies(test_data=test_data)).effect


def test_a_gp_sees_every_kind_of_information() -> None:
    for category in ("general", "mental-health", "gender-identity", "money", "safeguarding"):
        assert effect(made(category)) == "permit"


@pytest.mark.parametrize("role", SAFEGUARDING_YES)
def test_those_with_a_safeguarding_duty_see_safeguarding(role: str) -> None:
    assert effect(made("safeguarding", section="safeguarding"), role) == "permit"


@pytest.mark.parametrize("role", SAFEGUARDING_NO)
def test_others_do_not_see_safeguarding(role: str) -> None:
    assert effect(made("safeguarding", section="safeguarding"), role) == "withhold"


def test_an_entry_with_several_categories_needs_all_of_them() -> None:
    assert effect(made("mental-health", "social-care"), "nurse") == "permit"
    assert effect(made("mental-health", "money"), "nurse") == "withhold"


def test_an_administrator_sees_who_when_and_where_only() -> None:
    assert effect(made("general", section="appointments", kind="appointment"), "administrator") == "permit"
    assert effect(made("mental-health", section="appointments", kind="appointment"), "administrator") == "withhold"
    assert effect(made("general"), "administrator") == "withhold"
    assert effect(made("general", section="contacts"), "administrator") == "withhold"


def test_whoever_gives_medicines_sees_them_and_what_they_are_for() -> None:
    lithium = made("mental-health", section="medicines", kind="medicine")
    assert effect(lithium, "home-care") == "permit"
    assert effect(lithium, "link-worker") == "withhold"
    assert effect(made("mental-health", treated=True), "home-care") == "permit"
    assert effect(made("mental-health"), "home-care") == "withhold"


def test_the_medicine_rule_reaches_what_labelling_found_to_be_treated() -> None:
    problem = entry("Condition/1", title="HIV infection")
    medicine = entry("MedicationRequest/1", section="medicines", links=(Link("reasonReference", "Condition/1"),))
    ended = entry(
        "MedicationRequest/2", section="medicines", active=False, links=(Link("reasonReference", "Condition/1"),)
    )
    assert effect(label([problem, medicine])[0], "care-home") == "permit"
    assert effect(label([problem, ended])[0], "care-home") == "withhold"


@pytest.mark.parametrize(
    "values",
    [
        {"section": "allergies", "kind": "allergy"},
        {"section": "medicines", "kind": "medicine"},
        {"section": "medicines", "kind": "medicine", "active": True},
        {"section": "end-of-life", "kind": "cpr-decision"},
    ],
)
def test_unlabelled_allergies_current_medicines_and_cpr_decisions_follow_the_general_permission(
    values: dict[str, Any],
) -> None:
    assert effect(made(**values), "home-care") == "permit"
    assert effect(made(**values), "administrator") == "withhold"
    assert effect(made(confidentiality="R", **values), "home-care") == "withhold"


def test_anything_else_unlabelled_is_for_those_permitted_everything() -> None:
    assert effect(made(section="other"), "gp") == "permit"
    assert effect(made(section="other"), "hospital-clinician") == "withhold"
    assert effect(made(section="medicines", kind="medicine", active=False), "home-care") == "withhold"


def test_very_restricted_is_for_those_permitted_everything() -> None:
    assert effect(made("mental-health", confidentiality="V"), "mental-health") == "withhold"
    assert effect(made("mental-health", confidentiality="V"), "gp") == "permit"
    assert effect(made("mental-health", confidentiality="R"), "mental-health") == "permit"


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_only_direct_care_is_permitted_by_default(purpose: str) -> None:
    expected = "permit" if purpose in ("TREAT", "ETREAT", "CAREMGT") else "withhold"
    assert effect(made("general"), purpose=purpose) == expected


def test_the_relationship_decides_first() -> None:
    assert effect(made("general"), relationship="none") == "withhold"
    assert effect(made("general"), relationship="self-claimed") == "withhold"
    assert effect(made("general"), relationship="self-claimed", reason="Covering for a colleague") == "permit"


@pytest.mark.parametrize("role", ["person", "carer", "proxy", "privacy-officer", "custodian", "tester", "neighbour"])
def test_roles_without_a_row_see_nothing(role: str) -> None:
    assert effect(made("general"), role) == "withhold"


def test_a_tester_sees_everything_of_test_data() -> None:
    assert effect(made("safeguarding"), "tester", test_data=True) == "permit"
    assert effect(made(section="other"), "tester", test_data=True) == "permit"
    assert effect(made(section="no-such-section"), "tester", test_data=True) == "permit"


def test_a_team_keeps_seeing_what_it_wrote_itself_but_not_its_administrators() -> None:
    money = made("money", section="money", source=SURGERY)
    assert effect(money, "nurse") == "withhold"
    assert effect(money, "nurse", organisation="riverside surgery ") == "permit"
    assert effect(money, "nurse", organisation="Y00001") == "permit"
    assert effect(money, "administrator", organisation="Riverside Surgery") == "withhold"
    assert effect(made("safeguarding", source=SURGERY), "nurse", organisation="Y00001") == "withhold"


def test_not_for_the_patient_never_limits_staff() -> None:
    assert effect(made("general", limits=("NOPAT",))) == "permit"


def test_an_allergy_written_by_a_mental_health_service_is_shown_without_saying_so() -> None:
    allergy = made("general", section="allergies", kind="allergy", source=TRUST)
    decision = decide(allergy, request("home-care"), policies(test_data=False))
    assert (decision.effect, decision.obligations) == ("mask", ("hide-source",))
    assert effect(allergy, "nurse") == "permit"


def test_a_policy_that_fails_withholds() -> None:
    class Broken:
        name = "broken"

        def rule_on(self, item: Attributes, request: Request) -> Decision | None:
            raise ValueError("secret words")

    decision = decide(made("general"), request(), (Broken(), *policies(test_data=False)))
    assert decision.effect == "withhold"
    assert "secret" not in repr(decision)


def test_no_policy_withholds() -> None:
    assert decide(made("general"), request(), ()).effect == "withhold"


def test_the_trace_names_every_rule_looked_at() -> None:
    decision = decide(made("general", "social-care"), request("home-care", purpose="TREAT"), policies(test_data=False))
    elements = [step.element for step in decision.trace]
    assert elements == ["purpose", "relationship", "role", "category general", "category social-care"]
    assert all(step.text for step in decision.trace)


def test_explanations_are_one_sentence_and_say_nothing_of_what_is_withheld() -> None:
    permitted = decide(made("general"), request("home-care"), policies(test_data=False))
    assert (
        explain(permitted)
        == "Shown because: a home care worker sees the support, the plan and what keeps the person safe."
    )
    withheld = decide(made("sexual-reproductive"), request("home-care"), policies(test_data=False))
    assert "sexual" not in explain(withheld)


def teams(*roles: str, organisation: str = "Elsewhere") -> list[Principal]:
    return [Principal(role, "team", role, organisation) for role in roles]


def test_the_standing_decision_names_the_teams_who_may_ever_read_and_what_an_emergency_may_open() -> None:
    principals = [*teams("gp", "home-care", "tester"), Principal("u", "user", "gp", "Elsewhere")]
    principals += [Principal("c", "custodian"), Principal("r", "review"), Principal("e", "emergency")]
    assert Standing(principals, test_data=False).readers(made("mental-health")) == {"gp", "e"}
    assert Standing(principals, test_data=False).readers(made("general")) == {"gp", "home-care", "e"}
    assert Standing(principals, test_data=True).readers(made("mental-health")) == {"gp", "tester", "e"}


def test_a_request_can_only_narrow_the_standing_decision() -> None:
    standing = Standing(teams("gp", "nurse", "home-care", "link-worker", "pharmacist"), test_data=False)
    for categories in ((), ("general",), ("mental-health",), ("money", "general"), ("safeguarding",)):
        for section in ("problems", "medicines", "allergies", "care-plan"):
            labelled = made(*categories, section=section)
            for role in ("gp", "nurse", "home-care", "link-worker", "pharmacist"):
                for relationship in ("present", "caseload", "none"):
                    if effect(labelled, role, relationship=relationship) != "withhold":
                        assert role in standing.readers(labelled)


def test_own_writing_counts_in_the_standing_decision() -> None:
    note = made("sexual-reproductive", section="contacts", source=COUNCIL)
    assert Standing(teams("social-worker", organisation="Borough Council"), test_data=False).readers(note) == {
        "social-worker"
    }
    assert Standing(teams("social-worker"), test_data=False).readers(note) == frozenset()
