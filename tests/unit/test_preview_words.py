"""A change of choices said to the person, and choices to start from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consent.categories import categories
from consent.decision import Effect, Step
from consent.disclosure import DisclosedEntry
from consent.explain import for_person_easily
from consent.plain_choices import KINDS_OF_WORKER, PlainChoice, PlainChoices, What, Who
from consent.plain_consents import DIRECT_CARE, to_consents
from consent.plain_words import sentences
from consent.presets import PRESETS, preset, which
from consent.preview import CONTROLS_NOT, Change, not_controlled, tell, tell_all
from consent.workers import groups, usual, worker_name
from fhir.entries import Entry, EntryId, Source, When


def item(section: str, *kinds: str, kind: str = "", active: bool | None = None) -> DisclosedEntry:
    entry = Entry(
        entry_id=EntryId(f"{section}{kind}{active}"),
        section=section,
        title="A secret title",
        resource="Basic/1",
        source=Source(name="Mill Surgery", kind="health", lane="gp"),
        when=When(),
        kind=kind,
        active=active,
    )
    return DisclosedEntry(entry, kinds, "")


NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
NURSE = Who("role", "nurse")


def test_what_disappears_is_said_in_kinds_and_numbers() -> None:
    lost = (
        item("medicines", "mental-health", active=True),
        item("contacts", "mental-health"),
        item("contacts", "mental-health"),
        item("money", "money"),
    )
    told = tell(Change(NURSE, (), lost))
    assert told.lines == (
        "Nurses would no longer see 3 items about mental health: 1 medicine and 2 visits.",
        "Nurses would no longer see 1 item about money: 1 other item.",
    )
    assert told.think[0].startswith("Think about: Nurses would not know about these medicines.")


def test_what_appears_is_said_and_nothing_is_made_of_it() -> None:
    told = tell(Change(NURSE, (item("documents", "general"),), ()))
    assert told.lines == ("Nurses would now see 1 item about everyday health: 1 letter.",)
    assert told.think == ()


@pytest.mark.parametrize(
    ("lost", "word"),
    [
        (item("allergies", "general"), "allergies"),
        (item("medicines", "general", active=None), "medicines"),
        (item("end-of-life", "general", kind="cpr-decision"), "CPR"),
        (item("requirements", "general"), "treated fairly"),
        (item("care-plan", "general"), "plan for care"),
        (item("other"), "could not sort"),
    ],
)
def test_what_it_may_mean_for_care_is_said(lost: DisclosedEntry, word: str) -> None:
    assert word in " ".join(tell(Change(NURSE, (), (lost,))).think)
    assert tell(Change(NURSE, (), (lost,)), easy=True).think


def test_a_medicine_that_ended_is_no_danger() -> None:
    assert tell(Change(NURSE, (), (item("medicines", "general", active=False),))).think == ()


def test_the_gravest_change_is_said_first_and_no_change_not_at_all() -> None:
    changes = [
        Change(Who("role", "gp"), (), ()),
        Change(Who("role", "therapist"), (), tuple(item("documents", "money") for _ in range(5))),
        Change(NURSE, (), (item("allergies", "general"),)),
    ]
    assert [one.name for one in tell_all(changes)] == ["Nurses", "Therapists"]


def test_no_title_of_an_entry_is_in_the_words() -> None:
    told = tell(Change(NURSE, (item("documents", "money"),), (item("medicines", "money"),)), easy=True)
    assert "secret" not in " ".join((*told.lines, *told.think))


def test_what_a_choice_does_not_control_is_said_in_both_ways() -> None:
    assert len(not_controlled()) == len(not_controlled(easy=True)) == len(CONTROLS_NOT)
    assert "this copy" in not_controlled()[0]


def test_every_kind_of_worker_has_a_place_and_words() -> None:
    placed = [role for group in groups() for role in group.roles]
    assert sorted(placed) == sorted(KINDS_OF_WORKER)
    for role in placed:
        assert worker_name(Who("role", role))
        assert worker_name(Who("role", role), easy=True)
    for key, one in categories().items():
        if one.chosen_by_person:
            assert sentences().has(f"kind.{key}")
            assert sentences().has(f"about.{key}")


def test_what_is_usual_is_told_from_the_table_of_defaults() -> None:
    assert usual("gp", "money") == "all"
    assert usual("home-care", "sexual-reproductive") == "some"
    assert usual("pharmacist", "general") == "some"
    assert usual("link-worker", "justice") == "none"


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_shares_for_direct_care_only_and_is_known_again(key: str) -> None:
    choices = preset(key)
    assert which(choices) == key
    for tree in to_consents(choices, "Patient/me", NOW):
        for rule in tree["provision"]["provision"]:
            if rule["type"] == "permit":
                assert {purpose["code"] for purpose in rule["purpose"]} == set(DIRECT_CARE)


def test_sharing_with_everyone_who_cares_does_not_reach_family_or_the_front_desk() -> None:
    named = {one.who.value for one in preset("everyone").choices}
    assert not named & {"carer", "proxy", "administrator", "tester"}


def test_other_choices_are_no_preset() -> None:
    assert which(PlainChoices((PlainChoice(NURSE, What("category", "money"), "ask"),))) == ""


@pytest.mark.parametrize(
    ("effect", "step", "words"),
    [
        ("withhold", ("defaults", "no row"), "They do not need it"),
        ("permit", ("defaults", "row 3"), "They need it to help you"),
        ("permit", ("defaults", "writes"), "They wrote it"),
        ("withhold", ("Consent/1", "provision"), "You said no"),
        ("mask", ("Consent/1", "provision"), "You said yes"),
        ("withhold", ("lawful limits", "NOPAT"), "The law says"),
        ("withhold", ("engine", ""), "Nothing says they can"),
    ],
)
def test_a_decision_is_explained_in_easy_read(effect: Effect, step: tuple[str, str], words: str) -> None:
    trace = (Step(*step, "", True, effect, "row text that nobody needs"),)
    assert words in for_person_easily(effect, trace, "Nurses")
    assert "row text" not in for_person_easily(effect, trace)
