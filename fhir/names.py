"""Comparing people's names: across accents, alphabets, order, short forms, initials and small misspellings.

Says whether two sets of names agree; knows nothing of dates, numbers or of what an agreement is worth.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from fhir.people import PersonName

Agreement = Literal["agree", "differ", "unknown"]

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_SOUNDEX = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")


class NameComparison(NamedTuple):
    """How two people's names compare: as whole names, and family and given names apart.

    `whole` is "agree" only where one name of each agrees in family and given name; "unknown" where a part is missing.
    """

    whole: Agreement
    family: Agreement
    given: Agreement


_KEPT = 2048
"""Of people whose names are taken apart and looked up several times over: more than a stretch of an extract has."""


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))


@cache
def _letters() -> dict[int, str]:
    return {ord(letter): latin for letter, latin in _table()["letters"].items()}


@cache
def _variants() -> dict[str, str]:
    return {_digraphs(name): _digraphs(group[0]) for group in _table()["variants"] for name in group}


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Text without case, accents, apostrophes and (for Cyrillic and Greek) alphabet: "Ó Briain" → "o briain"."""
    plain = text.casefold().replace("'", "").replace("’", "").replace("`", "")
    if plain.isascii():
        return plain
    plain = plain.translate(_letters())
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(char for char in plain if not unicodedata.combining(char)).translate(_letters())


def words(text: str) -> list[str]:
    """The folded words of a text, split at spaces, hyphens, commas and dots."""
    plain = fold(text)
    return [plain] if plain.isascii() and plain.isalpha() else _WORD.findall(plain)


@lru_cache(maxsize=20_000)
def _digraphs(word: str) -> str:
    """ü is written u, ue and ü by different systems: all become one spelling, for comparing only."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def compare(ours: Sequence[PersonName], theirs: Sequence[PersonName]) -> NameComparison:
    """The best agreement between any name of one person and any name of another; old and maiden names count."""
    best: NameComparison | None = None
    for one in _all_parts(_real(tuple(ours))):
        for other in _all_parts(_real(tuple(theirs))):
            found = _compare_parts(one, other)
            if best is None or _rank(found) > _rank(best):
                best = found
    return best or NameComparison("unknown", "unknown", "unknown")


def _rank(found: NameComparison) -> tuple[bool, int]:
    return found.whole == "agree", (found.family == "agree") + (found.given == "agree")


class _Parts(NamedTuple):
    family: tuple[str, ...]
    given: tuple[str, ...]


@lru_cache(maxsize=_KEPT)
def _all_parts(names: tuple[PersonName, ...]) -> list[_Parts]:
    """Each name in parts; one that has only a family name borrows the given names of the first full name."""
    parts = [found for name in names if (found := _parts(name)).family or found.given]
    given = next((part.given for part in parts if part.family and part.given), ())
    family = next((part.family for part in parts if part.family and part.given), ())
    return [_Parts(part.family or family, part.given or given) for part in parts]


def _real(names: tuple[PersonName, ...]) -> tuple[PersonName, ...]:
    """The names among what a record calls a person. A text with a number ("Child 1001 of a return", "Known only as 77")
    is none: it likens nobody to others, though a person goes on being filed by it."""
    if all(name.family or name.given or not name.text for name in names):
        return names
    return tuple([one for one in names if one.family or one.given or not any(map(str.isdigit, one.text))])


@lru_cache(maxsize=4096)
def _parts(name: PersonName) -> _Parts:
    family, given = words(name.family), [word for part in name.given for word in words(part)]
    if not family and not given and name.text:
        first, comma, rest = name.text.partition(",")
        if comma:
            family, given = words(first), words(rest)
        else:
            tokens = words(name.text)
            family, given = tokens[-1:], tokens[:-1]
        given = [word for word in given if word not in _table()["titles"]]
    return _Parts(tuple(family), tuple(given))


def first_given(names: Sequence[PersonName]) -> str:
    """The first given name of the first name that has one, in one spelling for its short forms: "Bob" is "robert"."""
    given = next((part.given[0] for part in _all_parts(tuple(names)) if part.given), "")
    return _variants().get(_digraphs(given), _digraphs(given))


def first_family(names: Sequence[PersonName]) -> str:
    """The family name of the first name that has one, folded."""
    return next(("".join(_family_words(part.family)) for part in _all_parts(tuple(names)) if part.family), "")


def _compare_parts(one: _Parts, other: _Parts) -> NameComparison:
    family = _compare_family(one.family, other.family)
    given = _compare_given(one.given, other.given)
    if family == given == "agree":
        return NameComparison("agree", family, given)
    if one.given and other.given and _are_exchanged(one, other):
        return NameComparison("agree", "agree", "agree")
    whole: Agreement = "differ" if "differ" in (family, given) else "unknown"
    return NameComparison(whole, family, given)


def _are_exchanged(one: _Parts, other: _Parts) -> bool:
    """Whether the same words stand in each other's fields."""
    theirs = other.family + other.given
    return (not one.family or one.family[0] in theirs) and sorted(one.family + one.given) == sorted(theirs)


def _compare_family(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Agreement:
    if not ours or not theirs:
        return "unknown"
    one, other = _family_words(ours), _family_words(theirs)
    if one == other or set(one) <= set(other) or set(other) <= set(one):
        return "agree"
    return "agree" if _close("".join(one), "".join(other)) else "differ"


@lru_cache(maxsize=20_000)
def _family_words(family: tuple[str, ...]) -> tuple[str, ...]:
    core = [word for word in family if word not in _table()["particles"]] or list(family)
    return tuple(_digraphs("mc" + word[3:] if word.startswith("mac") and len(word) > 5 else word) for word in core)


def _compare_given(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Agreement:
    if not ours or not theirs:
        return "unknown"
    for other in theirs:
        if _same_given(ours[0], other):
            return "agree"
    for one in ours[1:]:
        if _same_given(one, theirs[0]):
            return "agree"
    return "agree" if "".join(ours) == "".join(theirs) else "differ"


def _same_given(one: str, other: str) -> bool:
    one, other = _digraphs(one), _digraphs(other)
    short, long = sorted((one, other), key=len)
    if len(short) in (1, 3, 4, 5, 6) and long.startswith(short):
        return True
    return _variants().get(one, one) == _variants().get(other, other) or _close(one, other)


def _close(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < 3:
        return False
    return fuzz.ratio(one, other, score_cutoff=85) > 0 or JaroWinkler.similarity(one, other, score_cutoff=0.93) > 0


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """A coarse key that misspellings of one family name share: first letter and first Soundex digit ("ellison": "e4").

    Only for looking up who might be compared; other alphabets give the whole word.
    """
    word = _family_words((word,))[0]
    if not (word.isascii() and word.isalpha()):
        return word
    first = word[0].translate(_SOUNDEX)
    codes = (char.translate(_SOUNDEX) for char in word[1:])
    return word[0] + next((code for code in codes if code.isdigit() and code != first), "0")


@lru_cache(maxsize=_KEPT)
def family_sounds(names: tuple[PersonName, ...]) -> tuple[str, ...]:
    """The sound of every family name word, for looking up people whose names might agree."""
    found = [word for part in _all_parts(_real(names)) for word in part.family]
    particles = _table()["particles"]
    kept = [word for word in found if word not in particles]
    return tuple(dict.fromkeys(map(sound, kept or found)))


@lru_cache(maxsize=_KEPT)
def given_initials(names: tuple[PersonName, ...]) -> tuple[str, ...]:
    """First letters of the given names, by the full form of a short one: "Bob" gives "r"."""
    found = [_variants().get(_digraphs(word), word)[:1] for part in _all_parts(_real(names)) for word in part.given]
    return tuple(dict.fromkeys(found))


def forget() -> None:
    """Drop the names that are kept to compare them quickly."""
    for kept in (fold, _parts, _all_parts, _digraphs, _family_words, sound, family_sounds, given_initials):
        kept.cache_clear()
