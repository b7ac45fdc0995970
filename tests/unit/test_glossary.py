"""The glossary: every term is complete, found where it stands, and nowhere else."""

from __future__ import annotations

import pytest

from fhir.glossary import explained, found_in, terms

SECTORS = {
    *("council", "children", "gp", "hospital", "mental-health", "community", "law", "money", "records"),
}  # fmt: skip


def test_every_term_is_complete_plain_and_once_only() -> None:
    spellings = [spelling.casefold() for term in terms() for spelling in (term.term, *term.also)]
    assert len(spellings) == len(set(spellings))
    for term in terms():
        assert term.sector in SECTORS
        assert term.source
        assert term.words.endswith(".")
        assert len(term.words) <= 160, term.term
    assert {term.sector for term in terms()} == SECTORS


@pytest.mark.parametrize("text", ["ST-Max", "PSR", "TTO", "NEWS2", "primary support reason", " Reablement "])
def test_a_term_is_explained(text: str) -> None:
    assert explained(text) is not None


@pytest.mark.parametrize("text", ["psr", "ot", "home", "", "NEWS3"])
def test_other_words_are_not(text: str) -> None:
    assert explained(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Progress to Reablement/ST-Max", ["Reablement", "ST-Max"]),
        ("Short Term Support: ST-Max", ["ST-Max"]),
        ("Seen by OT, not another", ["OT"]),
        ("It is not a lot", []),
        ("CASSR managed personal budget", ["CASSR managed personal budget"]),
        ("TTOs", []),
        ("S47 and section 47 inquiries", ["Section 47", "Section 47"]),
    ],
)
def test_terms_are_found_in_a_text_whole_and_longest(text: str, expected: list[str]) -> None:
    found = list(found_in(text))
    assert [one.term.term for one in found] == expected
    assert all(text[one.start : one.end].strip() for one in found)
