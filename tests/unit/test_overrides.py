"""Lawful overrides: who may, for how long, what opens and what stays closed, and the review and notice that follow."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from gatekit import NOW, PERSON, entry, request

from consent.categories import categories
from consent.decision import Attributes, Decision, Step, attributes, decide
from consent.errors import PolicyError
from consent.labels import LabelledEntry
from consent.overrides import (
    Override,
    Reviewed,
    Telling,
    check,
    in_force,
    overridden,
    read,
    shown_first,
    table,
)
from consent.request import ROLES
from consent.standing import policies
from fhir.entries import PersonId

WHY = "Unconscious, medicines not known"
WITHHELD = Decision("withhold", trace=(Step("choices", "", "", True, "withhold", "the person said no"),))


def glass(**values: Any) -> Override:
    given: dict[str, Any] = {
        "id": "o-1",
        "kind": "break-glass",
        "person": PERSON,
        "user": "ann",
        "role": "ambulance",
        "authoriser": "ann",
        "reason": WHY,
        "opened": NOW,
        "ends": NOW + timedelta(hours=1),
    }
    return Override(**(given | values))


def ordered(**values: Any) -> Override:
    given: dict[str, Any] = {
        "kind": "court-order",
        "role": "social-worker",
        "authoriser": "carol",
        "authoriser_role": "custodian",
        "second": "dan",
        "second_role": "privacy-officer",
        "grounds": "Family Court, FD26P00001",
        "reason": "Ordered to be disclosed",
    }
    return glass(**(given | values))


def item(*categories: str, limits: tuple[str, ...] = (), **values: Any) -> Attributes:
    return attributes(LabelledEntry(entry("Condition/1", **values), categories or ("general",), "", limits))


def btg(role: str = "ambulance", **values: Any) -> Any:
    return request(role, **({"purpose": "BTG", "reason": WHY} | values))


def test_break_glass_opens_what_is_withheld_and_the_withhold_stays_on_record() -> None:
    opened = overridden(WITHHELD, item("sexual-reproductive"), btg(), glass())
    assert opened.effect == "permit"
    assert opened.trace[:1] == WITHHELD.trace
    assert (opened.trace[-1].policy, opened.trace[-1].provision) == ("override", "break-glass")


def test_without_an_override_nothing_changes_and_what_is_shown_stays_shown() -> None:
    assert overridden(WITHHELD, item(), btg(), None) is WITHHELD
    shown = Decision("mask", ("hide-source",))
    assert overridden(shown, item(), btg(), glass()) is shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"person": PersonId("p-2")},
        {"user": "ben", "authoriser": "ben"},
        {"role": "nurse"},
        {"opened": NOW + timedelta(seconds=1), "ends": NOW + timedelta(hours=1)},
        {"opened": NOW - timedelta(hours=1), "ends": NOW},
        {"ended": NOW},
        {"reason": "needed"},
        {"kind": "curiosity"},
        {"role": "home-care"},
        {"authoriser": "ben"},
        {"ends": NOW + timedelta(hours=5)},
        {"ends": NOW},
        {"categories": frozenset({"gossip"})},
    ],
)
def test_an_override_that_is_not_exactly_for_this_opens_nothing(wrong: dict[str, Any]) -> None:
    forged = glass(**wrong)
    assert not in_force(forged, btg())
    kept = overridden(WITHHELD, item(), btg(), forged)
    assert kept.effect == "withhold"
    assert kept.trace[:1] == WITHHELD.trace


def test_it_lasts_up_to_but_not_including_its_end() -> None:
    one = glass()
    assert one.lasts_at(NOW)
    assert one.lasts_at(NOW + timedelta(minutes=59, seconds=59))
    assert not one.lasts_at(NOW + timedelta(hours=1))
    assert not one.lasts_at(NOW - timedelta(microseconds=1))
    closed = replace(one, ended=NOW + timedelta(minutes=5))
    assert closed.lasts_at(NOW + timedelta(minutes=4))
    assert not closed.lasts_at(NOW + timedelta(minutes=5))


def test_break_glass_needs_a_request_that_says_so_and_why() -> None:
    assert in_force(glass(), btg())
    assert not in_force(glass(), btg(purpose="TREAT"))
    assert not in_force(glass(), btg(reason="  "))


@pytest.mark.parametrize("role", ROLES)
def test_only_entitled_roles_break_glass(role: str) -> None:
    entitled = role in table().kinds["break-glass"].who
    assert in_force(glass(role=role), btg(role)) == entitled
    assert not entitled or role not in ("administrator", "link-worker", "person", "proxy", "carer", "privacy-officer")


def test_what_the_person_closed_to_emergencies_stays_closed() -> None:
    def closed(which: Attributes) -> bool:
        return "sexual-reproductive" in which.categories

    assert overridden(WITHHELD, item("sexual-reproductive"), btg(), glass(), closed).effect == "withhold"
    assert overridden(WITHHELD, item("mental-health"), btg(), glass(), closed).effect == "permit"


def test_a_court_order_opens_also_what_is_closed_to_emergencies() -> None:
    asked = request("social-worker")
    assert overridden(WITHHELD, item(), asked, ordered(), lambda which: True).effect == "permit"


def test_it_opens_its_scope_only_and_unlabelled_entries_only_without_one() -> None:
    narrow = glass(categories=frozenset({"mental-health", "general"}))
    assert overridden(WITHHELD, item("mental-health"), btg(), narrow).effect == "permit"
    assert overridden(WITHHELD, item("general", "mental-health"), btg(), narrow).effect == "permit"
    assert overridden(WITHHELD, item("mental-health", "money"), btg(), narrow).effect == "withhold"
    bare = attributes(LabelledEntry(entry("Condition/1")))
    assert overridden(WITHHELD, bare, btg(), narrow).effect == "withhold"
    assert overridden(WITHHELD, bare, btg(), glass()).effect == "permit"


def test_safeguarding_limits_and_protected_identities_bind_also_now() -> None:
    concern = item("safeguarding", section="safeguarding", kind="concern")
    assert overridden(WITHHELD, concern, btg(), glass()).effect == "permit"
    assert overridden(WITHHELD, concern, btg("nurse"), glass(role="nurse")).effect == "withhold"
    assert overridden(WITHHELD, item(limits=("GENDER-RECOGNITION",)), btg(), glass()).effect == "withhold"
    assert overridden(WITHHELD, item(limits=("NOPAT",)), btg(), glass()).effect == "permit"


def test_an_error_while_deciding_opens_nothing_and_tells_nothing() -> None:
    def broken(which: Attributes) -> bool:
        raise ValueError("secret words")

    kept = overridden(WITHHELD, item(), btg(), glass(), broken)
    assert kept.effect == "withhold"
    assert "secret" not in repr(kept)


def test_nothing_that_an_override_opens_was_permitted_before() -> None:
    labelled = LabelledEntry(entry("Condition/1"), ("sexual-reproductive",))
    before = decide(labelled, btg(), policies(test_data=False))
    after = overridden(before, attributes(labelled), btg(), glass())
    assert (before.effect, after.effect) == ("withhold", "permit")
    assert after.trace[: len(before.trace)] == before.trace


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"authoriser_role": "gp"}, "role"),
        ({"grounds": " "}, "order"),
        ({"second": ""}, "second"),
        ({"second": "carol"}, "second"),
        ({"second": "ann"}, "second"),
        ({"second_role": "gp"}, "second"),
        ({"ends": NOW + timedelta(hours=721)}, "720 hours"),
    ],
)
def test_a_custodian_needs_grounds_a_second_person_and_an_end(wrong: dict[str, Any], words: str) -> None:
    check(ordered())
    assert in_force(ordered(), request("social-worker"))
    with pytest.raises(PolicyError, match=words):
        check(ordered(**wrong))


def test_safeguarding_needs_a_second_person_but_no_grounds() -> None:
    check(ordered(kind="safeguarding", grounds=""))
    with pytest.raises(PolicyError, match="second"):
        check(ordered(kind="safeguarding", grounds="", second=""))


def test_what_an_override_may_be_at_most() -> None:
    """As long as its kind allows, for every kind of information, with the shortest reason."""
    check(glass(ends=NOW + timedelta(hours=4), categories=frozenset(categories()), reason=" Seizure. "))
    for wrong in ({"ends": NOW}, {"ends": NOW + timedelta(hours=4, microseconds=1)}, {"reason": "Seizure"}):
        with pytest.raises(PolicyError):
            check(glass(**wrong))


def test_a_review_ends_justified_or_escalated_and_nobody_reviews_their_own() -> None:
    day = date(2026, 11, 22)
    done = Reviewed().decide("justified", "carol", "Allergy was needed", day, glass())
    assert (done.state, done.by, done.words, done.on) == ("justified", "carol", "Allergy was needed", day)
    assert Reviewed().decide("justified", "carol", " Allergy. ", day, glass()).words == "Allergy."
    raised = Reviewed().decide("escalated", "carol", "No emergency found", day, glass())
    assert raised.decide("justified", "dan", "Explained by the crew", day, glass()).state == "justified"
    with pytest.raises(PolicyError, match="own"):
        Reviewed().decide("justified", "ann", "Allergy was needed", day, glass())
    with pytest.raises(PolicyError, match="own"):
        Reviewed().decide("justified", "dan", "Allergy was needed", day, ordered())
    with pytest.raises(PolicyError, match="finished"):
        done.decide("escalated", "carol", "Another thought", day, glass())
    with pytest.raises(PolicyError, match="ends in"):
        raised.decide("open", "carol", "Another thought", day, glass())
    with pytest.raises(PolicyError, match="few words"):
        Reviewed().decide("justified", "carol", "Allergy", day, glass())


def test_a_review_is_overdue_after_its_due_day_until_it_is_justified() -> None:
    assert glass().due() == date(2026, 11, 24)
    assert not Reviewed().overdue(glass(), date(2026, 11, 24))
    assert Reviewed().overdue(glass(), date(2026, 11, 25))
    assert Reviewed("escalated").overdue(glass(), date(2026, 11, 25))
    assert not Reviewed("justified").overdue(glass(), date(2027, 1, 1))


def put_off(**values: Any) -> Callable[[], Telling]:
    given: dict[str, Any] = {
        "override": ordered(),
        "by": "carol",
        "role": "custodian",
        "reason": "Would warn the suspect",
        "review": date(2026, 12, 21),
        "on": date(2026, 11, 21),
        "silent": False,
    }
    start = values.pop("start", Telling())
    return lambda: start.put_off(**(given | values))


def test_only_the_custodian_delays_a_notice_with_reason_and_a_later_day_and_never_of_break_glass() -> None:
    delayed = put_off()()
    assert delayed == Telling("delayed", "carol", "Would warn the suspect", date(2026, 12, 21))
    assert put_off(reason=" At risk. ")().reason == "At risk."
    assert not delayed.to_be_given(date(2026, 12, 20))
    assert delayed.to_be_given(date(2026, 12, 21))
    for wrong in (
        {"role": "privacy-officer"},
        {"override": glass()},
        {"reason": "At risk"},
        {"review": date(2026, 11, 21)},
        {"start": Telling("given")},
    ):
        with pytest.raises(PolicyError):
            put_off(**wrong)()


def test_silence_does_not_end_by_itself_and_is_looked_at_again() -> None:
    silent = put_off(silent=True)()
    assert silent.state == "silent"
    assert not silent.to_be_given(date(2030, 1, 1))
    assert not silent.to_be_reviewed(date(2026, 12, 20))
    assert silent.to_be_reviewed(date(2026, 12, 21))
    assert Telling("silent").to_be_reviewed(date(2026, 12, 21))
    assert Telling().to_be_given(date(2026, 11, 21))
    assert not Telling("given").to_be_given(date(2026, 11, 21))
    assert not Telling().to_be_reviewed(date(2026, 11, 21))


def test_safety_information_comes_first() -> None:
    assert all(shown_first(section, "") for section in ("allergies", "medicines", "problems", "alerts"))
    assert shown_first("end-of-life", "cpr-decision")
    assert not shown_first("money", "cost")


def tree() -> dict[str, Any]:
    return tomllib.loads((resources.files("consent") / "overrides.toml").read_text("utf-8"))


def test_every_kind_says_where_its_rule_comes_from_and_a_broken_table_is_refused() -> None:
    assert all(kind.source and kind.words for kind in table().kinds.values())
    broken = tree()
    del broken["override"][0]["hours"]
    with pytest.raises(PolicyError):
        read(broken)
    broken = tree()
    broken["override"][0]["who"] = ["neighbour"]
    with pytest.raises(PolicyError):
        read(broken)


def test_a_table_that_cannot_be_read_is_a_policy_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(text: str) -> dict[str, Any]:
        raise tomllib.TOMLDecodeError

    monkeypatch.setattr(tomllib, "loads", unreadable)
    with pytest.raises(PolicyError):
        table.__wrapped__()
