"""Finding a person by what someone types: NHS number, name or date of birth, in any order and usual English form.

`search_keys` are what a store indexes, `query_keys` the beginnings to look up there, `matches_query` decides. Knows
nothing of who may find whom.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from fhir import names, nhs_number
from fhir.people import Identity

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})\b",
        r"\b(?P<d>\d{1,2})\s?[/.\-]\s?(?P<m>\d{1,2})\s?[/.\-]\s?(?P<y>\d{4}|\d{2})\b",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s\-]*{_MONTH},?[\s\-]*(?P<y>\d{{4}}|\d{{2}})\b",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b",
        rf"\b{_MONTH}\s+(?P<y>\d{{4}})\b",
    )
)
_NUMBER = re.compile(r"\d[\d\s\-]*\d|\d")
_LOCAL = re.compile(r"(?<![\w/\-])(?=[\w/\-]*\d{4})(?=[\w/\-]*[A-Za-z])[\w/\-]+(?![\w/\-])")


@dataclass(frozen=True)
class PersonQuery:
    """What was asked: folded name beginnings, dates of birth (ISO, "?" for an unsaid century), one run of digits, and
    numbers of local systems that have letters in them ("X0123456")."""

    words: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    digits: str = ""
    local: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def parse_query(text: str) -> PersonQuery:
    """Reads what someone typed into the parts that are looked for; everything given must be found."""
    dates: list[str] = []
    rest = text
    for pattern in _DATES:
        for found in pattern.finditer(rest):
            date = _iso(found.groupdict())
            if date:
                dates.append(date)
                rest = rest.replace(found.group(), " ")
    local = [_plain(found) for found in _LOCAL.findall(rest)]
    rest = _LOCAL.sub(" ", rest)
    digits = "".join(re.sub(r"\D", "", run) for run in _NUMBER.findall(rest))
    words = [word for word in names.words(_NUMBER.sub(" ", rest)) if not word.isdigit()]
    return PersonQuery(tuple(words), tuple(dates), digits, tuple(local))


def _iso(parts: dict[str, str | None]) -> str:
    year, day = parts.get("y") or "", parts.get("d") or ""
    month = parts.get("m") or ""
    if not month and parts.get("month"):
        month = str(_MONTHS.index((parts["month"] or "")[:3].casefold()) + 1)
    if not 1 <= int(month) <= 12 or (day and not 1 <= int(day) <= 31):
        return ""
    tail = f"-{int(month):02}" + (f"-{int(day):02}" if day else "")
    return (year if len(year) == 4 else f"??{year}") + tail


def matches_query(query: str | PersonQuery, identity: Identity) -> bool:
    """Whether all that was asked fits: name words as beginnings, in any order. An empty query fits nobody."""
    asked = parse_query(query) if isinstance(query, str) else query
    if not (asked.words or asked.dates or asked.digits or asked.local):
        return False
    return (
        _fits_names(asked.words, identity)
        and all(_fits_date(date, identity.birth_date) for date in asked.dates)
        and (not asked.digits or _fits_digits(asked.digits, identity))
        and all(any(_plain(one.value).startswith(local) for one in identity.identifiers) for local in asked.local)
    )


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _fits_names(words: tuple[str, ...], identity: Identity) -> bool:
    tokens = list(_name_words(identity))
    for word in sorted(words, key=len, reverse=True):
        found = next((token for token in tokens if token.startswith(word)), None)
        if found is None:
            return False
        tokens.remove(found)
    return True


def _name_words(identity: Identity) -> tuple[str, ...]:
    said = [part for name in identity.names for part in (name.family, *name.given, name.text)]
    words = [word for part in said for word in names.words(part)]
    joined = [
        joint for name in identity.names if len(parts := names.words(name.family)) > 1 for joint in ("".join(parts),)
    ]
    return tuple(dict.fromkeys(words + joined))


def _fits_date(asked: str, written: str) -> bool:
    if asked.startswith("??"):
        asked, written = asked[2:], written[2:]
    return bool(written) and (written.startswith(asked) or (len(written) >= 4 and asked.startswith(written)))


def _fits_digits(digits: str, identity: Identity) -> bool:
    if nhs_number.compact(identity.nhs_number).startswith(digits):
        return True
    if len(digits) == 4 and identity.birth_date.startswith(digits):
        return True
    if len(digits) == 8 and identity.birth_date == f"{digits[4:]}-{digits[2:4]}-{digits[:2]}":
        return True
    return any(re.sub(r"\D", "", identifier.value) == digits for identifier in identity.identifiers if len(digits) >= 4)


def search_keys(identity: Identity) -> tuple[str, ...]:
    """What a store indexes of a person so that they are found: name words, date of birth, NHS number, identifiers."""
    found = [f"name:{word}" for word in _name_words(identity)]
    found += [f"born:{identity.birth_date[:10]}"] if identity.birth_date else []
    found += [f"number:{nhs_number.compact(identity.nhs_number)}"] if identity.nhs_number else []
    found += [f"number:{digits}" for item in identity.identifiers if len(digits := re.sub(r"\D", "", item.value)) >= 4]
    return tuple(dict.fromkeys(found))


def query_keys(query: str) -> tuple[str, ...]:
    """Beginnings of `search_keys`: whoever fits the query has a key that begins with each, except for odd dates.

    The most telling one stands first (digits, then the longest name word). A date is named only where day, month and
    year were all given; digits only where they can be nothing but a number.
    """
    asked = parse_query(query)
    found = [f"number:{asked.digits}"] if asked.digits and len(asked.digits) not in (4, 8) else []
    found += [f"number:{digits}" for one in asked.local if len(digits := re.sub(r"\D", "", one)) >= 4]
    found += [f"name:{word}" for word in sorted(asked.words, key=len, reverse=True)]
    found += [f"born:{date}" for date in asked.dates if len(date) == 10 and "?" not in date]
    return tuple(found)
