"""What the banner says at a glance, from what is shown and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from gatekit import entry, opened, store, store_labelled

from consent.disclosure import BannerItem
from consent.labels import LabelledEntry
from consent.ports import StoredContent
from fhir.entries import Entry, EntryId, When
from fhir.people import Demographics, Identity, PersonName

PLAN = {"section": "end-of-life", "title": "Advance decision (form 7)", "when": When(text="1 Mar 2026")}


def lines(*entries: Entry, **values: Any) -> list[tuple[str, str, str, str]]:
    found: list[BannerItem] = list(opened(store(entries, **values)).banner.items)
    return [(item.kind, item.label, item.text, item.tone) for item in found if item.kind != "allergy"]


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("advance-decision", "Advance decision"),
        ("respect", "ReSPECT"),
        ("treatment-preferences", "Treatment preferences"),
    ],
)
def test_a_decision_for_later_stands_in_words_with_when_and_by_whom(kind: str, label: str) -> None:
    said = "Advance decision (1 Mar 2026, author not given, no review date given). Check the signed form."
    assert lines(entry("Consent/1", kind=kind, **PLAN)) == [("advance-decision", label, said, "warning")]
    assert lines(entry("Consent/1", kind=kind, active=False, **PLAN)) == []
    more = entry("Consent/1", kind=kind, value="No ventilation", author="Dr Example", **PLAN)
    words = "(No ventilation, 1 Mar 2026, by Dr Example, no review date given)"
    assert lines(more)[0][2] == f"Advance decision {words}. Check the signed form."


def test_a_decision_that_repeats_its_title_says_it_once_and_a_missing_date_is_said() -> None:
    cpr = entry("Flag/1", section="end-of-life", kind="cpr-decision", title="Not for CPR (form)", value="Not for CPR")
    words = "Not for CPR (form) (date not given, author not given, no review date given). Check the signed form."
    assert lines(cpr) == [("cpr", "CPR", words, "danger")]


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (
            "Family told. Review by 3 March 2027 or if her condition changes.",
            "“Review by 3 March 2027 or if her condition changes”",
        ),
        ("Reviewed with family (daughter).", "review: read the entry"),
        ("Review in May. Reviewed by Dr Osei.", "review: read the entry"),
        ("To be reviewed " + "and discussed " * 9, "review: read the entry"),
        ("Family told.", "no review date given"),
    ],
)
def test_a_review_that_is_only_in_the_words_of_a_decision_is_not_said_to_be_missing(detail: str, said: str) -> None:
    cpr = entry("Flag/1", section="end-of-life", kind="cpr-decision", title="Not for CPR", detail=detail)
    assert lines(cpr)[0][2] == f"Not for CPR (date not given, author not given, {said}). Check the signed form."


def test_what_somebody_needs_is_told_by_its_kind_and_in_their_own_words() -> None:
    ramp = entry("Flag/1", section="requirements", kind="adjustment", title="Needs a ramp")
    sign = entry("Flag/2", section="requirements", kind="communication", title="Signs")
    own = entry(
        "Flag/3", section="about-me", kind="communication", title="How I talk", value="Slowly. Twice.", own_words=True
    )
    worker = entry("CareTeam/1", section="contacts", kind="key-worker", title="Kay Worker")
    assert set(lines(ramp, sign, own, worker)) == {
        ("adjustment", "Reasonable adjustment", "Needs a ramp", "info"),
        ("communication", "Communication", "Signs", "info"),
        ("communication", "Communication", "“Slowly.”", "info"),
        ("key-worker", "Key worker", "Kay Worker", "plain"),
    }
    for over in ({"active": False}, {"assertion": "no-information"}):
        changed = [Entry(**{n: getattr(one, n) for n in Entry.__struct_fields__} | over) for one in (ramp, own, worker)]
        assert lines(*changed) == []


def of_patient(**values: Any) -> list[tuple[str, str]]:
    details = Demographics(identity=Identity(names=(PersonName(family="Example"),)), **values)
    one = entry("Patient/1", section="demographics", kind="patient")
    record = opened(store_labelled([LabelledEntry(one, ("general",), demographics=details)]))
    return [(item.label, item.text) for item in record.banner.items if item.kind == "communication"]


def test_a_language_is_told_unless_it_is_english() -> None:
    assert of_patient(language="Polish") == [("Language", "Polish")]
    assert of_patient(language="Polish", interpreter_required=False) == [("Language", "Polish")]
    assert of_patient(interpreter_required=True) == [("Interpreter", "Interpreter needed: language not given")]
    for english in ("English", "en", "en-GB", ""):
        assert of_patient(language=english) == []


def test_alerts_and_allergies_are_told_up_to_eight_and_how_many_more() -> None:
    many = [entry(f"AllergyIntolerance/{n}", section="allergies", kind="allergy", title=f"A{n}") for n in range(10)]
    said = [item.text for item in opened(store(many)).banner.items]
    assert len(said) == 9
    assert said[-1] == "and 2 more"
    eight = [item.text for item in opened(store(many[:8])).banner.items]
    assert len(eight) == 8
    alerts = [entry(f"Flag/{n}", section="alerts", kind="alert", title=f"Dog {n}", value="bites") for n in range(9)]
    told = lines(*alerts)
    assert len(told) == 8
    assert told[0] == ("alert", "Alert", "Dog 8: bites", "warning")
    for over in ({"active": False}, {"assertion": "not-a-fact"}):
        assert lines(entry("Flag/1", section="alerts", kind="alert", title="Dog", **over)) == []


def test_what_could_not_be_read_is_said_of_decisions_and_alerts_too_and_where_some_of_it_is_shown() -> None:
    def said(*entries: Entry) -> list[tuple[str, str]]:
        where = store(entries)
        where.contents.append(StoredContent(EntryId("e-x"), "i-1", b"\xc1 not a record"))
        return [(item.label, item.text) for item in opened(where).banner.items]

    nothing, some = "Could not be read", "Some of it could not be read"
    cpr = entry("Flag/1", section="end-of-life", kind="cpr-decision", title="Not for CPR")
    rash = entry("AllergyIntolerance/1", section="allergies", kind="allergy", title="Nuts")
    assert said() == [("Allergies", nothing), ("CPR and plans", nothing), ("Alerts", nothing)]
    assert said(cpr, rash)[:2] == [("Allergy", "Nuts"), ("Allergies", some)]
    assert [line for line in said(cpr, rash) if line[0] != "CPR"][2:] == [("CPR and plans", some), ("Alerts", nothing)]
    assert all("read" not in label for _, label, _, _ in lines(cpr, rash))


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("No known allergy", "No known allergies"),
        ("No known drug allergy", "No known drug allergy"),
        ("NKDA", "NKDA"),
    ],
)
def test_no_known_allergy_of_one_kind_is_not_said_of_all(title: str, said: str) -> None:
    none = entry("AllergyIntolerance/1", section="allergies", kind="allergy", title=title, assertion="none-known")
    (item,) = (item for item in opened(store([none])).banner.items if item.kind == "allergy")
    assert item.text == said


@pytest.mark.parametrize("category", ["safeguarding", "domestic-abuse"])
def test_an_alert_about_abuse_is_no_word_of_the_banner_only_the_mark_to_open_it_in_private(category: str) -> None:
    said = entry("Flag/1", section="alerts", kind="flag", title="Not in front of her partner")
    dog = entry("Flag/2", section="alerts", kind="flag", title="Big dog")
    where = store_labelled([LabelledEntry(said, (category,)), LabelledEntry(dog, ("general",))])
    banner = opened(where, "social-worker").banner
    assert [item.text for item in banner.items if item.kind == "alert"] == ["Big dog"]
    assert banner.open_in_private


def allergies(*entries: Entry) -> list[str]:
    return [item.text for item in opened(store(entries)).banner.items if item.kind == "allergy"]


def test_allergies_in_a_table_of_words_are_not_missed_for_those_that_have_a_line_of_their_own() -> None:
    table = entry("Composition/1", section="allergies", kind="document-section", title="Allergies", detail="Wasp sting")
    penicillin = entry("AllergyIntolerance/1", section="allergies", kind="allergy", title="Penicillin")
    none = entry("AllergyIntolerance/2", section="allergies", kind="allergy", title="NKA", assertion="none-known")
    assert allergies(table, penicillin) == ["Penicillin", "See what is recorded under Allergies"]
    assert allergies(table, none) == ["See what is recorded under Allergies"]


def test_a_source_that_recorded_no_allergies_either_way_says_so() -> None:
    empty = {"section": "allergies", "kind": "nothing-recorded", "assertion": "no-information"}
    ended = entry("List/1", title="Ended allergies: nothing is recorded", **empty)
    nothing = entry("List/2", title="Allergies: nothing is recorded", **empty)
    assert allergies(ended, nothing) == ["Allergies: nothing is recorded"]


def test_an_adjustment_says_what_to_do_where_a_note_says_it_shortly() -> None:
    flag = {"section": "requirements", "kind": "adjustment", "title": "Requires reasonable adjustments"}
    short, long = entry("Flag/1", detail="Please ring, do not write", **flag), entry("Flag/2", detail="x " * 90, **flag)
    assert lines(short) == [
        ("adjustment", "Reasonable adjustment", "Requires reasonable adjustments: Please ring, do not write", "info")
    ]
    assert lines(long)[0][2] == "Requires reasonable adjustments"
