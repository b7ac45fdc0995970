"""Units are told as people read them; digits and meaning stay, and what is no code stays as it is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from care_samples import described, document

from fhir.describe import describe, document_context
from fhir.entries import Entry
from fhir.quantities import money_words, quantity_words, unit_of
from fhir.records import Resource


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


def test_a_number_that_is_a_limit_stays_one_wherever_it_is_read() -> None:
    above = {"value": Decimal(90), "comparator": ">", "unit": "mL/min"}
    entry = observed(valueQuantity=above)
    assert (entry.value, entry.measures[0].written) == ("more than 90 mL/min", "more than 90 mL/min")
    assert entry.measures[0].value == "90", "a chart needs the number"
    parts = observed(component=[{"code": {"text": "eGFR"}, "valueQuantity": above}])
    assert parts.measures[0].written == "more than 90 mL/min"
    exact = observed(valueQuantity={"value": Decimal(90), "unit": "mL/min"})
    assert exact.measures[0].written == "90 mL/min"


def observed(**value: Any) -> Entry:
    tree = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "eGFR"}, **value}
    whole = document(tree)
    (resource,) = whole.resources
    assert isinstance(resource, Resource)
    (entry,) = describe(resource, document_context(whole))
    return entry
