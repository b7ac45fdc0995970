"""A local number is found however it is typed: whoever has it fits, and stands in the index under what is looked up."""

from __future__ import annotations

import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fhir.people import Identifier, Identity, PersonName
from fhir.person_search import matches_query, parse_query, query_keys, search_keys

LETTERS = st.text("ABXZ", min_size=0, max_size=3)
DIGITS = st.text("0123456789", min_size=1, max_size=9)
SPACES = st.sampled_from(["", "", " ", "-", "  "])
NAME = PersonName(family="Okafor", given=("Ada",))


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A number as a system writes it, and as somebody types it: other case, gaps anywhere in it."""
    written = draw(LETTERS) + draw(DIGITS) + draw(st.text("AB", max_size=1))
    typed = "".join(one + draw(SPACES) for one in written)
    return written, draw(st.sampled_from([typed, typed.lower()]))


@settings(max_examples=400, deadline=None)
@given(numbers(), st.sampled_from(["", "Okafor ", "ada oka "]))
def test_a_number_is_found_with_its_gaps_and_letters(number: tuple[str, str], name: str) -> None:
    written, typed = number
    plain = re.sub(r"\W", "", written)
    assume(len(plain) >= 4 or not plain.isdigit())  # three digits alone are too few to mean a number
    assume(not any(asked.dates for asked in parse_query(name + typed)))  # and some look like a date
    assume(len(re.split(r"\S*\d", typed)[0].split()) <= 2)  # nobody spells more than two letters apart
    someone = Identity(names=(NAME,), identifiers=(Identifier("https://hospital.example/mrn", written),))
    assert matches_query(name + typed, someone)
    keys = search_keys(someone)
    assert any(all(any(key.startswith(one) for key in keys) for one in asked) for asked in query_keys(name + typed))
