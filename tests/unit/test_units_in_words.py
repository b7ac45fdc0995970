"""Units are told as people read them; digits and meaning stay, and what is no code stays as it is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from care_samples import described

from fhir.quantities import money_words, quantity_words, unit_of


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("{beats}/min", "beats/min"),
        ("%{HemoglobinSaturation}", "%"),
        ("10*9/L", "×10⁹/L"),
        ("x10*12/L", "×10¹²/L"),
        ("10*-3/L", "×10⁻³/L"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("kg/m2", "kg/m²"),
        ("[iU]/L", "IU/L"),
        ("m[IU]/L", "mIU/L"),
        ("ug/L", "micrograms/L"),
        ("ug/mg{creat}", "micrograms/mg creat"),
        ("umol/L", "µmol/L"),
        ("[stone_av]", "stone"),
        ("{tablet}", "tablet"),
        ("{score}", ""),
        ("mmol/L", "mmol/L"),
        ("tablet(s)", "tablet(s)"),
        ("mg/mmol", "mg/mmol"),
    ],
)
def test_a_code_of_ucum_is_told_as_people_read_it(code: str, words: str) -> None:
    assert unit_of({"system": "http://unitsofmeasure.org", "code": code}) == words


def test_digits_and_comparator_stay_as_they_are_written() -> None:
    quantity = {"value": Decimal("45.0"), "comparator": ">", "code": "mL/min/{1.73_m2}"}
    assert quantity_words(quantity) == "more than 45.0 mL/min/1.73 m²"
    assert quantity_words({"value": Decimal(5), "code": "ug"}) == "5 micrograms"
    assert quantity_words({"value": Decimal(10), "code": "U"}) == "10 units"
    assert quantity_words({"value": Decimal(3), "code": "d"}) == "3 days"


def test_a_relation_that_is_not_known_is_no_bare_code() -> None:
    contact = {
        "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "U"}]}],
        "name": {"text": "Jack Grayson"},
    }
    entries = described({"resourceType": "Patient", "id": "p", "contact": [contact]})
    assert "Jack Grayson, Relationship not known" in [entry.title for entry in entries]


@pytest.mark.parametrize(("value", "words"), [("96.0", "£96.00"), ("23.1", "£23.10"), ("5", "£5"), ("5.20", "£5.20")])
def test_money_has_both_digits_of_its_pence(value: str, words: str) -> None:
    assert money_words({"value": Decimal(value), "currency": "GBP"}) == words


def test_other_says_nothing_beside_a_relation() -> None:
    kin = {"resourceType": "RelatedPerson", "id": "r", "name": [{"text": "Jo Ackroyd"}]}
    (brother,) = described({**kin, "relationship": [{"text": "Brother"}, {"text": "Other"}]})
    (other,) = described({**kin, "relationship": [{"text": "Other"}]})
    assert (brother.title, other.title) == ("Jo Ackroyd, Brother", "Jo Ackroyd, Other")
