"""Words of one sector explained to all others (`glossary.toml`), for tooltips: `explained` and `found_in`.

Terms are matched as whole words. Short ones in capitals (PSR, OT) only as they are written, so that "ot" in a sentence
is none. Knows no person and no screen.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One term: as usually written, other spellings, what it means in plain words, whose it is, and its source."""

    term: str
    words: str
    sector: str
    source: str
    also: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """A term in a text, from `start` to `end` (characters)."""

    start: int
    end: int
    term: Term


@cache
def terms() -> tuple[Term, ...]:
    """Every term."""
    table = tomllib.loads(Path(__file__).with_name("glossary.toml").read_text("utf-8"))
    return tuple(msgspec.convert(row, Term) for row in table["terms"])


@cache
def _spellings() -> tuple[dict[str, Term], dict[str, Term], re.Pattern[str]]:
    exact: dict[str, Term] = {}
    loose: dict[str, Term] = {}
    for term in terms():
        for spelling in (term.term, *term.also):
            if _is_short(spelling):
                exact.setdefault(spelling, term)
            else:
                loose.setdefault(spelling.casefold(), term)
    by_first: dict[str, list[str]] = {}  # so that a word is compared with those of its own first letter only
    for spelling in sorted((*exact, *loose), key=len, reverse=True):
        by_first.setdefault(spelling[0].casefold(), []).append(re.escape(spelling[1:]))
    either = "|".join(f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in by_first.items())
    return exact, loose, re.compile(rf"(?<![\w-])(?:{either})(?![\w-])", re.IGNORECASE)


def _is_short(spelling: str) -> bool:
    return len(spelling) <= 5 and any(ch.isupper() for ch in spelling[1:])


def explained(text: str) -> Term | None:
    """The term that this text is, None where it is none."""
    exact, loose, _ = _spellings()
    text = text.strip()
    return exact.get(text) or loose.get(text.casefold())


def found_in(text: str) -> Iterator[Found]:
    """The terms in a text, in order and not overlapping; of two at one place the longer."""
    exact, loose, pattern = _spellings()
    for match in pattern.finditer(text):
        term = exact.get(match[0]) or loose.get(match[0].casefold())
        if term is not None:
            yield Found(match.start(), match.end(), term)
