"""The same of what a Consent names: labels, codes, times, single records, classes."""

from __future__ import annotations

from typing import Any

import pytest
from consent_kit import (
    ORGANISATIONS,
    A,
    B,
    actor,
    answer,
    concept,
    consent,
    kind,
    label,
    record,
    ref,
    request,
    seen,
    sees,
)

# -- data


def test_what_has_no_label_is_not_general() -> None:
    choice = consent("OPTOUT", {"actor": [actor(A)], "securityLabel": [label("N")]})
    assert sees(choice, A, record("bare"), record("x", "N"), record("odd", "N", "XQZ")) == {"x"}
    refuse = consent("OPTIN", {"type": "deny", "securityLabel": [label("PSY")]})
    assert sees(refuse, A, record("bare"), record("x", "N"), record("y", "PSY"), record("odd", "XQZ")) == {"x"}


def test_a_permission_must_cover_every_label_and_knows_what_is_under_what() -> None:
    facts = [
        record(name, *codes)
        for name, codes in {
            "n": ["N"],
            "low": ["L"],
            "high": ["R"],
            "psy": ["PSY"],
            "both": ["PSY", "SOC"],
            "opioid": ["OPIOIDUD"],
            "npsy": ["N", "PSY"],
        }.items()
    ]

    def permitted(*codes: str) -> set[str]:
        rule = {"actor": [actor(A)], "type": "permit", "securityLabel": [label(code) for code in codes]}
        return sees(consent("OPTOUT", rule), A, *facts)

    assert permitted("N") == {"n", "low"}
    assert permitted("PSY") == {"psy", "npsy"}
    assert permitted("N", "PSY") == {"n", "low", "psy", "npsy"}
    assert permitted("SUD") == {"opioid"}
    refuse = consent("OPTIN", {"type": "deny", "securityLabel": [label("SUD"), label("R")]})
    assert sees(refuse, A, *facts) == {"n", "low", "psy", "both", "npsy"}


def test_codes_are_a_list_of_concepts_and_any_coding_of_any_of_them_counts() -> None:
    sct = "http://snomed.info/sct"
    one, two = concept(sct, "1"), {"coding": [{"system": "urn:local", "code": "z"}, {"system": sct, "code": "2"}]}
    rule = {"actor": [actor(A)], "type": "permit", "code": [one, concept("http://loinc.org", "2"), two]}
    facts = [record(f"c{n}", "N", code=concept(sct, str(n))) for n in (1, 2, 3)]
    assert sees(consent("OPTOUT", rule), A, *facts) == {"c1", "c2"}
    single = {"actor": [actor(A)], "type": "permit", "code": one}
    found = answer(consent("OPTOUT", single), request(A), facts, ORGANISATIONS)
    assert seen(found) == set()
    assert any("should be a list" in problem.text for problem in found.problems)


def test_a_medicine_is_refused_by_the_code_of_the_medication_it_refers_to() -> None:
    sct = "http://snomed.info/sct"
    medicine = {"resourceType": "Medication", "id": "m", "code": concept(sct, "9")}
    given = record("given", "N", type_="MedicationRequest", medicationReference=ref("Medication/m"))
    given.pop("code")
    refuse = consent("OPTIN", {"type": "deny", "code": [concept(sct, "9")]})
    assert sees(refuse, A, given, medicine, record("x", "N", code=concept(sct, "1"))) == {"x"}


@pytest.mark.parametrize(
    ("when", "permitted", "refused"),
    [
        ("2025-03-01", True, True),
        ("2025-03-31T23:59:59Z", True, True),
        ("2025-04-01T00:00:00Z", False, False),
        ("2025-02-28", False, False),
        ("2025-03", True, True),
        ("2025", False, True),
        ("2025-02-30", False, True),
        (None, False, True),
    ],
)
def test_the_time_of_a_fact_must_lie_within_to_permit_and_touch_to_refuse(
    when: str | None, permitted: bool, refused: bool
) -> None:
    fact = record("x", "N", **({"effectiveDateTime": when} if when else {}))
    march = {"start": "2025-03", "end": "2025-03"}
    permit = consent("OPTOUT", {"type": "permit", "actor": [actor(A)], "dataPeriod": march})
    assert sees(permit, A, fact) == ({"x"} if permitted else set())
    assert sees(consent("OPTIN", {"type": "deny", "dataPeriod": march}), A, fact) == (set() if refused else {"x"})


@pytest.mark.parametrize(
    ("period", "now", "holds"),
    [
        ({"end": "2026-06-15"}, "2026-06-15T23:59:59.999999Z", True),
        ({"end": "2026-06-15"}, "2026-06-16T00:00:00Z", False),
        ({"end": "2026"}, "2026-12-31T23:59:59Z", True),
        ({"end": "2026"}, "2027-01-01T00:00:00Z", False),
        ({"end": "2028-02"}, "2028-02-29T23:59:59Z", True),
        ({"start": "2026-06-15"}, "2026-06-14T23:59:59.999999Z", False),
        ({"start": "2026-06-15"}, "2026-06-15T00:00:00Z", True),
        ({"end": "2026-06-15T10:00:00+01:00"}, "2026-06-15T09:00:00Z", True),
        ({"end": "2026-06-15T10:00:00+01:00"}, "2026-06-15T09:00:01Z", False),
        ({"start": "2026-06-16", "end": "2026-06-14"}, "2026-06-15T12:00:00Z", False),
        ({"end": "2026-02-30"}, "2026-01-15T12:00:00Z", False),
        ({}, "2026-01-15T12:00:00Z", False),
    ],
)
def test_a_partial_date_covers_its_whole_day_month_or_year(period: Any, now: str, holds: bool) -> None:
    for choice in (
        consent("", {"type": "permit", "period": period}),
        consent("OPTIN", {"period": period}),
        consent("OPTOUT", {"provision": [{"type": "permit", "actor": [actor(A)], "period": period}]}),
    ):
        found = answer(choice, request(A), record("x", "N"), ORGANISATIONS, now=now)
        assert seen(found) == ({"x"} if holds else set())


def test_a_fact_that_goes_on_after_the_time_named_is_not_permitted_whole() -> None:
    fact = record("x", "N", effectivePeriod={"start": "2025-03-10", "end": "2025-04-02"})
    ongoing = record("y", "N", effectivePeriod={"start": "2025-03-10"})
    march = {"start": "2025-03", "end": "2025-03"}
    assert (
        sees(consent("OPTOUT", {"type": "permit", "actor": [actor(A)], "dataPeriod": march}), A, fact, ongoing) == set()
    )
    assert sees(consent("OPTIN", {"type": "deny", "dataPeriod": march}), A, fact, ongoing) == set()


def test_single_records_are_meant_by_name_with_what_belongs_to_them() -> None:
    order = record("order", "N", type_="ServiceRequest", requester=ref(A))
    result = record("result", "N", basedOn=[ref("ServiceRequest/order")], performer=[ref(B)])
    other = record("other", "N", performer=[ref(A)])
    expected = {
        ("instance", "Observation/result"): {"order", "other"},
        ("related", "Observation/result"): {"other"},
        ("dependents", "ServiceRequest/order"): {"other"},
        ("authoredby", A): {"result"},
        ("related", "Task/gone"): set(),
        ("nearby", "Observation/result"): set(),
    }
    for (meaning, what), shown in expected.items():
        choice = consent("OPTIN", {"data": [{"meaning": meaning, "reference": ref(what)}]})
        assert sees(choice, A, order, result, other) == shown, meaning


def test_an_exception_to_what_cannot_be_followed_opens_nothing_that_was_never_inside() -> None:
    exception = {"type": "permit", "data": [{"meaning": "instance", "reference": ref("Observation/x")}]}
    for led, shown in (("Task/gone", set()), ("Observation/x", {"x"})):
        inside = [{"meaning": meaning, "reference": ref(led)} for meaning in ("related", "instance")]
        choice = consent("OPTOUT", {"type": "deny", "data": inside, "provision": [exception]})
        assert sees(choice) == shown, led
        # A refusal within it stays, whatever it was found by.
        refusing = {"type": "deny", "data": inside, "provision": [exception | {"type": "deny"}]}
        assert sees(consent("OPTIN", refusing)) == set()


def test_a_class_may_be_a_type_a_profile_or_a_document_and_a_misspelt_one_refuses() -> None:
    profile = "https://example.org/StructureDefinition/letter"
    letter = record("letter", type_="DocumentReference", meta={"profile": [profile + "|1.0"]})
    cda = record("cda", type_="DocumentReference", content=[{"attachment": {"contentType": "application/hl7-cda+xml"}}])
    facts = [letter, cda, record("x")]
    for coded, left in (
        (kind("DocumentReference"), {"x"}),
        ({"system": "urn:ietf:rfc:3986", "code": profile}, {"cda", "x"}),
        ({"system": "urn:ietf:bcp:13", "code": "application/hl7-cda+xml"}, {"letter", "x"}),
        (kind("DocumentReferense"), set()),
    ):
        assert sees(consent("OPTIN", {"type": "deny", "class": [coded]}), A, *facts) == left
