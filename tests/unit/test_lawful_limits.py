"""What the law keeps from the person and those who act for them, from staff without a duty, and from previews."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import Any

import pytest
from gatekit import PERSON, SURGERY, entry, request, store_labelled

from consent.decision import Attributes, Decision, attributes, decide
from consent.errors import PolicyError
from consent.gate import Gate
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.limits import (
    Bound,
    LawfulLimits,
    Limits,
    NeedToKnow,
    ProtectedIdentities,
    SetLimit,
    bound,
    check_limit,
    limits,
    limits_on,
)
from consent.need_to_know import NeedTable, need_to_know
from consent.request import ROLES, STAFF_ROLES, Request
from consent.sensitivity.tables import security_labels
from consent.standing import policies
from fhir.entries import Code, EntryId, PersonId

NOT_STAFF = ("person", "carer", "proxy")
DAY = date(2026, 11, 21)
E1 = EntryId("e-1")


def made(*categories: str, limits: tuple[str, ...] = (), **values: Any) -> LabelledEntry:
    return LabelledEntry(entry("Condition/1", **values), categories or ("general",), "", limits)


def said(labelled: LabelledEntry, role: str, policy: Any) -> Decision | None:
    found: Decision | None = policy.rule_on(attributes(labelled), request(role))
    return found


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("consent") / name).read_text("utf-8"))


@pytest.mark.parametrize("key", ["SERIOUS-HARM", "THIRD-PARTY", "NOPAT", "SILENCE"])
def test_a_limit_binds_the_person_and_those_who_act_for_them_and_never_staff(key: str) -> None:
    for role in ROLES:
        ruling = said(made(limits=(key,)), role, LawfulLimits())
        assert (ruling is not None and ruling.effect == "withhold") == (role in NOT_STAFF), role


def test_an_entry_without_limits_is_left_to_those_after() -> None:
    assert said(made(), "person", LawfulLimits()) is None
    assert said(made(limits=("NO-SUCH-LIMIT",)), "person", LawfulLimits()) is None


@pytest.mark.parametrize("key", ["SERIOUS-HARM", "THIRD-PARTY", "NOPAT", "SILENCE", "GENDER-RECOGNITION", "ADOPTION"])
def test_each_limit_is_known_by_its_security_label_to_labelling_too(key: str) -> None:
    meaning = security_labels().meaning([("http://terminology.hl7.org/CodeSystem/v3-ActCode", key)])
    assert meaning.limits == (key,)
    labelled = label([entry("Condition/1", labels=(Code("urn:onestory:limit", key),))])[0]
    assert labelled.limits == (key,)
    assert labelled.categories == ("general",)


def test_a_read_code_says_that_the_patient_is_not_to_see() -> None:
    for system, code, display, expected in (
        ("http://read.info/readv2", "9R11.", "", ("NOPAT",)),
        ("http://read.info/ctv3", "9R11.", "", ("NOPAT",)),
        ("urn:local", "x1", "Conf data - patient not to see", ("NOPAT",)),
        ("http://snomed.info/sct", "9R11.", "", ()),
        ("http://read.info/readv2", "9R2", "", ()),
    ):
        coded = (Code(system, code, display),)
        for found in label([entry("Condition/1", codes=coded), entry("Condition/2", categories=coded)]):
            assert found.limits == expected
            assert found.categories == ("general",)
    both = entry(
        "Condition/1", codes=(Code("http://read.info/readv2", "9R11."),), labels=(Code("urn:x", "THIRD-PARTY"),)
    )
    assert label([both])[0].limits == ("NOPAT", "THIRD-PARTY")


def test_what_a_code_keeps_from_the_patient_leaves_no_trace_on_their_own_screens() -> None:
    marked = entry("Condition/1", title="Not for the patient", codes=(Code("http://read.info/readv2", "9R11."),))
    store = store_labelled(label([marked]))
    for role, shown in (("gp", ["Not for the patient"]), ("person", [])):
        record = Gate(store).open(request(role))
        assert [one.entry.title for section in record.sections.values() for one in section.entries] == shown


def harm(**values: Any) -> SetLimit:
    given: dict[str, Any] = {
        "person": PERSON,
        "kind": "SERIOUS-HARM",
        "entries": frozenset({E1}),
        "reason": "Would be a danger to her",
        "set_by": "Dr Ahmed",
        "role": "gp",
        "wrote": "health",
        "set_on": DAY,
        "review": date(2027, 5, 21),
    }
    return SetLimit(**(given | values))


def test_serious_harm_is_set_by_a_clinician_for_health_and_by_the_council_for_social_work() -> None:
    check_limit(harm())
    check_limit(harm(role="social-worker", wrote="social-care"))
    for wrong in ({"role": "social-worker"}, {"wrote": "social-care"}, {"role": "administrator"}):
        with pytest.raises(PolicyError, match="clinician responsible"):
            check_limit(harm(**wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "GOSSIP"},
        {"reason": "  "},
        {"entries": frozenset()},
        {"review": None},
        {"review": DAY},
    ],
)
def test_a_limit_says_what_why_and_until_when(wrong: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        check_limit(harm(**wrong))
    assert limits_on(E1, (), [harm(**wrong)], (PERSON,), DAY) == ()


def test_not_for_the_patient_needs_no_review_date_and_silence_only_the_custodian_keeps() -> None:
    check_limit(harm(kind="NOPAT", review=None))
    check_limit(harm(kind="SILENCE", role="custodian"))
    with pytest.raises(PolicyError):
        check_limit(harm(kind="SILENCE"))
    assert limits().limits["SILENCE"].silent
    assert not limits().limits["NOPAT"].silent


def test_a_limit_binds_its_entries_of_its_person_from_its_day_until_lifted_also_past_review() -> None:
    def found(limit: SetLimit, day: date = DAY, person: PersonId = PERSON, at: EntryId = E1) -> tuple[str, ...]:
        return limits_on(at, ("NOPAT",), [limit], (PersonId("p-0"), person), day)

    assert found(harm()) == ("NOPAT", "SERIOUS-HARM")
    assert found(harm(), person=PersonId("p-2")) == ("NOPAT",)
    assert found(harm(), at=EntryId("e-2")) == ("NOPAT",)
    assert found(harm(), day=date(2026, 11, 20)) == ("NOPAT",)
    assert found(harm(lifted=date(2026, 12, 1)), day=date(2026, 11, 30)) == ("NOPAT", "SERIOUS-HARM")
    assert found(harm(lifted=date(2026, 12, 1)), day=date(2026, 12, 1)) == ("NOPAT",)
    late = date(2028, 1, 1)
    assert found(harm(), day=late) == ("NOPAT", "SERIOUS-HARM")
    assert harm().overdue(late)
    assert not harm().overdue(date(2027, 5, 21))
    assert not harm(lifted=DAY).overdue(late)
    assert not harm(kind="NOPAT", review=None).overdue(late)


def test_nobody_without_a_duty_sees_safeguarding_and_those_with_one_are_left_to_the_rest() -> None:
    item = made("safeguarding", section="safeguarding", kind="concern")
    for role in ROLES:
        ruling = said(item, role, NeedToKnow())
        assert (ruling is None) == (role in need_to_know().rules[3].roles), role
    assert said(made(), "home-care", NeedToKnow()) is None
    assert said(item, "tester", NeedToKnow(test_data=True)) is None
    assert said(item, "home-care", NeedToKnow(test_data=True)) is not None


def test_every_kind_of_safeguarding_information_has_a_row_and_unknown_kinds_are_concerns() -> None:
    known = need_to_know()
    assert {key for rule in known.rules for key in rule.information} == {one.key for one in known.information}
    assert known.kind_of("child-protection-plan") == "child-protection"
    assert known.kind_of("marac") == "marac"
    assert known.kind_of("something new") == "concern"
    assert known.need("person", "concern") is None
    assert known.every("gp")
    assert not known.every("nurse")
    assert all(rule.words and rule.source for rule in known.rules)
    assert all(rule.roles <= STAFF_ROLES for rule in known.rules)


def test_no_choice_and_no_default_opens_safeguarding_to_the_person() -> None:
    item = made("safeguarding", section="safeguarding", kind="concern")
    assert decide(item, request("person"), policies(test_data=False)).effect == "withhold"


@pytest.mark.parametrize("role", ROLES)
def test_a_gender_history_is_withheld_from_all_but_the_person(role: str) -> None:
    ruling = said(made(limits=("GENDER-RECOGNITION",)), role, ProtectedIdentities())
    assert (ruling is None) == (role == "person")


class Says:
    """Choices that say one thing of everything."""

    name = "choices"

    def __init__(self, effect: Any) -> None:
        self.effect = effect

    def rule_on(self, item: Attributes, asked: Request) -> Decision | None:
        return Decision(self.effect) if self.effect else None


def test_with_the_persons_permission_a_health_professional_sees_a_gender_history_and_nobody_else() -> None:
    item = made(limits=("GENDER-RECOGNITION",))
    assert said(item, "gp", ProtectedIdentities(Says("permit"))) is None
    assert said(item, "gp", ProtectedIdentities(Says("withhold"))) is not None
    assert said(item, "gp", ProtectedIdentities(Says(None))) is not None
    assert said(item, "administrator", ProtectedIdentities(Says("permit"))) is not None


def test_who_an_adopted_person_was_is_asked_of_the_adoption_agency_also_by_the_person() -> None:
    item = made(limits=("ADOPTION",))
    assert said(item, "person", ProtectedIdentities(Says("permit"))) is not None
    assert said(item, "gp", ProtectedIdentities(Says("permit"))) is not None
    assert said(item, "childrens-social-worker", ProtectedIdentities()) is None
    assert said(made(), "gp", ProtectedIdentities()) is None


def everything() -> list[LabelledEntry]:
    kinds = [
        made(title="Open"),
        made(title="Harmful", limits=("SERIOUS-HARM",)),
        made(title="Not for the patient", limits=("NOPAT",)),
        made(title="Her sister", limits=("THIRD-PARTY",)),
        made("safeguarding", title="A concern", section="safeguarding", kind="concern"),
    ]
    return [replace_entry(one, f"Condition/{number}") for number, one in enumerate(kinds)]


def replace_entry(labelled: LabelledEntry, name: str) -> LabelledEntry:
    before = labelled.entry
    fresh = entry(name, title=before.title, section=before.section, kind=before.kind, source=SURGERY)
    return LabelledEntry(fresh, labelled.categories, labelled.confidentiality, labelled.limits)


def test_see_as_is_what_the_worker_gets_minus_what_the_law_keeps_from_the_one_who_looks() -> None:
    rules = policies(test_data=False)
    viewer = request("person")
    for role in ("gp", "social-worker", "home-care", "administrator"):
        for item in everything():
            real = decide(item, request(role), rules)
            seen = decide(item, request(role), bound(rules, viewer))
            kept = decide(item, viewer, (LawfulLimits(), NeedToKnow(), ProtectedIdentities()))
            limited = bool(kept.trace) and kept.trace[0].policy != "engine"
            assert seen.effect == ("withhold" if limited else real.effect), (role, item.entry.title)


def test_a_bound_view_only_ever_withholds_and_says_who_is_bound() -> None:
    bounds = Bound(request("person"))
    for item in everything():
        ruling = bounds.rule_on(attributes(item), request("gp"))
        assert ruling is None or ruling.effect == "withhold"
        assert ruling is None or ruling.trace[0].policy == bounds.name
    staff = Bound(request("gp"))
    assert all(staff.rule_on(attributes(item), request("home-care")) is None for item in everything())


def test_the_gate_gives_the_worker_all_of_it() -> None:
    record = Gate(store_labelled(everything())).open(request("gp"))
    titles = {item.entry.title for section in record.sections.values() for item in section.entries}
    assert titles == {"Open", "Harmful", "Not for the patient", "Her sister", "A concern"}


@pytest.mark.parametrize(
    ("name", "build", "part", "change"),
    [
        ("limits.toml", Limits, "limit", {"binds": ["neighbour"]}),
        ("limits.toml", Limits, "identity", {"may": ["neighbour"]}),
        ("need_to_know.toml", NeedTable, "rule", {"roles": ["neighbour"]}),
        ("need_to_know.toml", NeedTable, "rule", {"information": ["gossip"]}),
    ],
)
def test_a_table_that_names_what_does_not_exist_is_refused(
    name: str, build: Any, part: str, change: dict[str, Any]
) -> None:
    broken = table(name)
    broken[part][0] |= change
    with pytest.raises(PolicyError):
        build(broken)
    broken = table(name)
    del broken[part][0]["source"]
    with pytest.raises(PolicyError):
        build(broken)


def test_tables_that_cannot_be_read_are_policy_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(text: str) -> dict[str, Any]:
        raise tomllib.TOMLDecodeError

    monkeypatch.setattr(tomllib, "loads", unreadable)
    for read in (limits, need_to_know):
        with pytest.raises(PolicyError):
            read.__wrapped__()


def test_a_limit_that_was_set_is_a_value() -> None:
    assert replace(harm(), reason="Other words") != harm()
