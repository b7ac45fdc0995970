"""Finding in a record: what is typed is found wherever it stands, best first, by abbreviation too, and nothing else."""

from __future__ import annotations

import time

from gatekit import entry, opened, store
from hypothesis import given
from hypothesis import strategies as st

from consent.disclosure import DisclosedRecord
from desktop.models.finding import Finder, pieces, synonyms
from desktop.models.story import Story
from fhir.entries import Code, Entry, Field, When

BP = entry("Observation/1", section="examination", kind="observation", title="Blood pressure", value="150/90 mmHg")
HEART = entry("Condition/1", title="Acute myocardial infarction", when=When(start="2019", text="2019"))
NOTED = entry("Condition/2", title="Angina", detail="Never had a heart attack")
COUGH = entry("Condition/3", title="Cough", fields=(Field("Asked by", "Nurse Omi"),))
HIV = entry(
    "Condition/9", title="HIV infection", codes=(Code("http://snomed.info/sct", "86406008", "HIV"),), active=True
)


def record(*entries: Entry, role: str = "gp") -> DisclosedRecord:
    return opened(store(list(entries)), role)


def titles(text: str, *entries: Entry, role: str = "gp") -> list[str]:
    return [found.item.entry.title for found in Finder(Story(record(*entries, role=role))).find(text)]


def test_abbreviations_find_what_they_stand_for() -> None:
    assert titles("bp", BP, HEART) == ["Blood pressure"]
    assert titles("MI", BP, HEART, COUGH)[0] == "Acute myocardial infarction"
    assert "Angina" in titles("mi", BP, HEART, NOTED)
    assert titles("heart attack", BP, HEART, NOTED)[-1] in ("Angina", "Acute myocardial infarction")
    assert "st max" in synonyms()
    decided = entry("Observation/9", title="Not for attempted cardiopulmonary resuscitation")
    assert titles("dnr", decided, HEART) == [decided.title]
    decides = entry("RelatedPerson/9", title="Delroy Palmer, Lasting Power of Attorney")
    assert titles("poa", decides, HEART) == [decides.title]


def test_what_stands_in_the_title_comes_first() -> None:
    assert titles("cough", COUGH, entry("Condition/4", title="Asthma", detail="cough at night")) == ["Cough", "Asthma"]


def test_every_word_must_be_found_in_any_order_and_letters() -> None:
    assert titles("2019 INFARCTION", BP, HEART) == ["Acute myocardial infarction"]
    assert titles("infarction 2018", BP, HEART) == []
    assert titles("", BP) == []


def test_short_words_do_not_match_inside_others() -> None:
    assert titles("omi", COUGH) == ["Cough"]
    assert titles("ou", COUGH) == []


def test_what_was_not_released_cannot_be_found_nor_counted() -> None:
    """The attack: every word of a withheld entry, its codes, and words that would tell by being found."""
    assert titles("hiv", HIV, COUGH) == ["HIV infection"], "the control must find it"
    for word in ("hiv", "86406008", "infection", "condition/9", "h"):
        seen = titles(word, HIV, COUGH, role="social-worker")
        assert "HIV infection" not in seen
        assert seen == titles(word, COUGH, role="social-worker")


@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=4), max_size=4))
def test_highlighting_loses_no_letter(text: str, words: list[str]) -> None:
    assert "".join(part for part, _ in pieces(text, tuple(words))) == text


@given(st.text(max_size=40))
def test_nothing_that_can_be_typed_breaks_it(text: str) -> None:
    Finder(Story(_RECORD)).find(text)


_RECORD = record(BP, HEART, NOTED, COUGH)


def test_a_long_record_is_searched_at_once() -> None:
    many = [
        entry(f"Observation/{n}", section="results", title=f"Result {n}", detail="normal " * 20, value=str(n))
        for n in range(5_000)
    ]
    finder = Finder(Story(record(*many)))
    began = time.perf_counter()
    for text in ("n", "no", "nor", "norm 4", "bp", "result 49"):
        finder.find(text)
    assert time.perf_counter() - began < 20  # a hang limit only
