"""Every value of the defined lists of Client Level Data is known, in the spelling of each release."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from fhir.describe.placing import list_name, list_words
from fhir.social_care.defined_lists import LISTS, concept, plain_value
from fhir.social_care.headers import COLUMNS, PLACE, plain_header, read_headers

GOLDEN = tomllib.loads((Path(__file__).parent / "cld_values.toml").read_text("utf-8"))
VALUES = [(name, text, code) for name, table in GOLDEN["list"].items() for text, code in table.items()]


@pytest.mark.parametrize(("name", "text", "code"), VALUES)
def test_every_value_of_every_release_is_known_and_coded_as_agreed(name: str, text: str, code: str) -> None:
    value = LISTS[name].find(text)
    assert value is not None, f"{text} is not in {name}"
    assert value.code == code


@pytest.mark.parametrize(("name", "text", "code"), VALUES)
def test_words_stay_as_the_council_wrote_them(name: str, text: str, code: str) -> None:
    made = concept(name, text)
    assert made["text"] == text
    assert [coding["code"] for coding in made.get("coding", ())] == ([code] if code else [])


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_has_a_golden_table(name: str) -> None:
    assert name in GOLDEN["list"]


@pytest.mark.parametrize("name", sorted(LISTS))
def test_codes_of_interweave_lists_are_published_ones(name: str) -> None:
    table = LISTS[name]
    published = list_name(table.system)
    if "Interweave" in table.system:
        assert published
        assert all(list_words(published, value.code) for value in table.values if value.code)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_no_two_values_of_a_list_read_alike(name: str) -> None:
    names = [text for value in LISTS[name].values for text in {plain_value(text) for text in value.names}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "text",
    [
        "nfa -  OTHER ",
        "NFA- Other",
        "NFA \u2013 Other",
        "NFA:Other",
        "n.f.a. other",
    ],
)
def test_spelling_variants_are_one_value(text: str) -> None:
    value = LISTS["outcome"].find(text)
    assert value is not None
    assert value.code == "NFA-OTH"


def test_a_value_in_no_list_is_not_found_and_stays_text() -> None:
    assert LISTS["ethnicity"].find("White") is None
    assert concept("ethnicity", "White") == {"text": "White"}


def test_the_specification_has_fifty_columns_in_its_order() -> None:
    assert len(COLUMNS) == 50
    assert [PLACE["la_code"], PLACE["event_type"], PLACE["units_per_week"]] == [0, 24, 49]
    assert {column.list for column in COLUMNS if column.list} <= set(LISTS)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Cost_Frequency_(Unit_Type)", "cost_frequency"),
        ("Planned_units_per_week", "units_per_week"),
        ("[Event End Date] ", "event_end"),
        ("TOTAL_HRS_CARING_PER_WEEK", "hours_caring"),
        ("Informal_Carer_involved_in_Assessment", "assessment_method"),
        ("PERSON UNIQUE IDENTIFIER", "person_id"),
        ("\ufeffLA Code", "la_code"),
        ("Request_Route_of_Access", "route"),
        ("Autism_Spectrum_Disorder_ASD", "autism"),
    ],
)
def test_header_spellings_seen_are_recognised(header: str, key: str) -> None:
    assert read_headers([header]).places[PLACE[key]] == 0


def test_headers_compare_by_letters_and_digits() -> None:
    assert plain_header(" Event-End_Date ") == plain_header("event end date")
