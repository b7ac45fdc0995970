"""What the person reads: every sentence of both tables, measured; and none that somebody would have to guess.

Reading age is the American school grade of two formulas plus five years. Both count letters, words and sentences only:
formulas with syllables need a dictionary from the network.
"""

from __future__ import annotations

import re

import pytest

textstat = pytest.importorskip("textstat", reason="textstat is a package of the developers, not of the product")

from consent.plain_words import Sentences, sentences  # noqa: E402
from consent.proxies import table  # noqa: E402
from desktop.easy_guide import guide  # noqa: E402
from desktop.models.easy_errors import easy_errors, easy_warnings  # noqa: E402
from desktop.models.voice import own_words  # noqa: E402

TABLES = {"choices": sentences, "screens": own_words}
FILLED = {
    "who": "Nurses", "items": "3 items", "kind": "mental health", "things": "1 letter", "n": "3", "name": "Peggy",
    "helper": "Karen", "what": "Money", "word": "Hidden", "day": "31 Dec 2026", "words": "Try again.",
    "worker": "Nurse", "organisation": "Mill Surgery", "why": "direct care", "source": "Mill Surgery",
    "basis": "Attorney",
    "kinds": "money",
}  # fmt: skip
WORDS_IN_A_LINE, WORDS_IN_A_SENTENCE = 12, 25


def lines(table: Sentences, *, easy: bool) -> list[tuple[str, str]]:
    """Every line with its key, filled in; forms for one and for more are two lines."""
    found = []
    for key, sentence in table.all(easy=easy).items():
        found += [(key, line.strip()) for line in sentence.format(**FILLED).replace("|", "\n").split("\n")]
    return found


def grades(said: list[tuple[str, str]]) -> dict[str, float]:
    """School grades of whole sentences; names of kinds and buttons of one to three words are no sentences."""
    text = " ".join(line.rstrip(".:?!…") + "." for _key, line in said if len(line.split()) > 3)
    return {
        "automated readability": textstat.automated_readability_index(text),
        "Coleman-Liau": textstat.coleman_liau_index(text),
    }


@pytest.mark.parametrize("table", TABLES)
def test_easy_read_can_be_read_at_nine(table: str) -> None:
    found = grades(lines(TABLES[table](), easy=True))
    assert all(grade + 5 <= 9 for grade in found.values()), found


def test_why_somebody_may_act_is_said_in_easy_words_too() -> None:
    said = [(key, f"Ruth: {one.easy}") for key, one in table().bases.items()]
    assert all(grade + 5 <= 9 for grade in grades(said).values()), grades(said)
    assert [words for _key, words in said if len(words.split()) > WORDS_IN_A_LINE] == []


def test_what_went_wrong_can_be_read_at_nine_too() -> None:
    told = {*easy_errors().values(), *easy_warnings().values()}
    said = [("error", line) for words in told for line in words.split("\n")]
    assert all(grade + 5 <= 9 for grade in grades(sorted(said)).values()), grades(sorted(said))
    assert [line for _key, line in said if len(line.split()) > WORDS_IN_A_LINE or re.search(r"[.?!]\s", line)] == []


def test_the_easy_read_guide_can_be_read_at_nine() -> None:
    made = guide()
    said = [("guide", line) for chapter in made.chapters for line in (chapter.title, *chapter.lines)]
    assert all(grade + 5 <= 9 for grade in grades(said).values()), grades(said)
    assert [line for _key, line in said if len(line.split()) > WORDS_IN_A_LINE or re.search(r"[.?!]\s", line)] == []


@pytest.mark.parametrize("table", TABLES)
def test_ordinary_words_can_be_read_at_twelve(table: str) -> None:
    found = grades(lines(TABLES[table](), easy=False))
    assert all(grade + 5 <= 12 for grade in found.values()), found


def test_the_measure_tells_hard_words_from_easy_ones() -> None:
    hard = "The statutory confidentiality framework necessitates explicit authorisation preceding dissemination."
    assert min(grades([("x", hard)]).values()) > 12


@pytest.mark.parametrize("table", TABLES)
def test_easy_read_has_one_short_idea_a_line(table: str) -> None:
    long = [one for one in lines(TABLES[table](), easy=True) if len(one[1].split()) > WORDS_IN_A_LINE]
    several = [one for one in lines(TABLES[table](), easy=True) if len(re.findall(r"[.?!](?=\s)", one[1])) > 0]
    assert (long, several) == ([], [])


@pytest.mark.parametrize("table", TABLES)
def test_no_ordinary_sentence_is_long(table: str) -> None:
    found = [
        (key, one)
        for key, line in lines(TABLES[table](), easy=False)
        for one in re.split(r"(?<=[.?!])\s", line)
        if len(one.split()) > WORDS_IN_A_SENTENCE
    ]
    assert found == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("easy", [True, False])
def test_nobody_is_a_patient_and_nothing_is_a_fhir_word(table: str, easy: bool) -> None:
    said = " ".join(line for _key, line in lines(TABLES[table](), easy=easy)).casefold()
    assert not set(re.findall(r"[a-z]+", said)) & {"patient", "consent", "fhir", "data", "disclosure", "purpose"}


@pytest.mark.parametrize("table", TABLES)
def test_both_ways_fill_in_the_same(table: str) -> None:
    plain, easy = TABLES[table]().all(easy=False), TABLES[table]().all(easy=True)
    for key, sentence in easy.items():
        assert set(re.findall(r"{(\w+)}", sentence)) <= set(re.findall(r"{(\w+)}", plain[key])), key
