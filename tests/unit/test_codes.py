"""Coded text: the words shown, and every coding kept."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fhir.codes import canonical_system, code_of, read_concept, system_name
from fhir.quantities import money_words, quantity_words, range_words, ratio_words, reference_range_words

SNOMED = "http://snomed.info/sct"


def test_words_come_from_text_then_the_chosen_coding_then_the_first_display_then_the_code() -> None:
    first = {"system": SNOMED, "code": "1", "display": "First"}
    chosen = {"system": SNOMED, "code": "2", "display": "Chosen", "userSelected": True}
    assert read_concept({"text": "Written", "coding": [first, chosen]})[0] == "Written"
    assert read_concept({"coding": [first, chosen]})[0] == "Chosen"
    assert read_concept({"coding": [{"system": SNOMED, "code": "9"}, first]})[0] == "First"
    assert read_concept({"coding": [{"system": SNOMED, "code": "44054006"}]})[0] == "SNOMED CT 44054006"
    assert read_concept({"coding": [{"code": "X1"}]})[0] == "Code X1"


def test_every_coding_is_kept_also_from_broken_shapes() -> None:
    one = {"system": SNOMED, "code": "1", "display": "One"}
    assert [code.code for code in read_concept({"coding": [one, {"code": "2"}]})[1]] == ["1", "2"]
    assert read_concept({"coding": one})[0] == "One"
    assert read_concept([{"coding": [one]}, {"text": "Two"}])[0] == "One, Two"
    assert read_concept(one)[1][0].code == "1"
    assert read_concept({"concept": {"text": "R5"}})[0] == "R5"
    assert read_concept({"coding": [{"code": 12}]})[1][0].code == "12"
    for nothing in (None, "", [], {}, 3, {"coding": None}, {"coding": ["x", None]}, {"text": 4}):
        assert read_concept(nothing) == ("", ())


@pytest.mark.parametrize("alias", ["https://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"])
def test_systems_are_known_under_all_their_addresses(alias: str) -> None:
    assert system_name(alias) == "SNOMED CT"
    assert canonical_system(alias) == SNOMED


def test_a_status_is_read_as_code_string_or_concept() -> None:
    assert code_of({"clinicalStatus": "active"}, "clinicalStatus") == "active"
    assert code_of({"clinicalStatus": {"coding": [{"code": "active"}]}}, "clinicalStatus") == "active"


def test_numbers_keep_their_digits() -> None:
    assert quantity_words({"value": Decimal("5.60"), "unit": "mmol/L"}) == "5.60 mmol/L"
    assert quantity_words({"value": "12", "unit": "%"}) == "12%"
    assert quantity_words({"value": 3, "unit": "mg", "comparator": "<"}) == "less than 3 mg"
    assert quantity_words({"value": 120, "code": "mm[Hg]"}) == "120 mmHg"
    assert quantity_words({"value": 28, "unit": "day"}) == "28 days"
    assert (
        range_words({"low": {"value": Decimal("3.5")}, "high": {"value": Decimal("5.30"), "unit": "g"}})
        == "3.5 to 5.30 g"
    )
    assert range_words({"low": {"value": 40, "unit": "g"}}) == "at least 40 g"
    assert ratio_words({"numerator": {"value": 1}, "denominator": {"value": 128}}) == "1:128"
    assert money_words({"value": Decimal("12.50"), "currency": "GBP"}) == "£12.50"


def test_reference_ranges_use_their_own_text_first() -> None:
    assert reference_range_words([{"text": "see report", "low": {"value": 1}}]) == "see report"
    assert reference_range_words([{"high": {"value": 5, "unit": "U"}}]) == "at most 5 U"
