"""Finding a person by what someone types: NHS number, name, date of birth or a local number (a hospital's, a council's,
a school's), in any order and usual English form, a number with spaces wherever it is read out with them.

`search_keys` are what a store indexes, `query_keys` the beginnings to look up there, `matches_query` decides. Knows
nothing of who may find whom.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from fhir import names, nhs_number
from fhir.people import Identity

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
"""Whole, or as it is shortened: Margaret, Jane and Julia are no months."""
_MONTH_ALONE = re.compile(rf"\b{_MONTH}\s+(?P<y>\d{{4}})\b", re.IGNORECASE)
_DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?P<y>\d{4})[/.\-](?P<m>\d{1,2})[/.\-](?P<d>\d{1,2})\b",
        r"\b(?P<d>\d{1,2})\s?[/.\-]\s?(?P<m>\d{1,2})\s?[/.\-]\s?'?(?P<y>\d{4}|\d{2})\b",
        rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s/\-]*{_MONTH},?[\s/\-]*'?(?P<y>\d{{4}}|\d{{2}})\b",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+'?(?P<y>\d{{4}}|\d{{2}})\b",
        r"(?<![\w/\-])(?P<m>\d{1,2})/(?P<y>(?:18|19|20)\d\d)(?![\w/\-])",
    )
)
_APART = re.compile(r"(?<!\S)(\d{1,2})\s+(\d{1,2})\s+((?:18|19|20)\d\d)(?!\S)")
"""Day, month and year with nothing but spaces between: a number with gaps may look so too."""
_TOGETHER = re.compile(r"(?<!\S)(\d\d)(\d\d)(\d\d)(?!\S)")
"""Six digits, as forms have them: the beginning of a number looks so too."""
_SAID = re.compile(
    r"\b(?:born(?:\s+on)?|d\.?o\.?b\b\.?|date\s+of\s+birth|nhs(?:\s+(?:no|number|num)\b)?\.?|m(?:r|rs|s|x|iss)\b\.?)"
    r"(?![a-z])[:\s]*",
    re.IGNORECASE,
)
"""What is said beside a date, a number or a name, and is none of it."""
_NUMBER = re.compile(r"\d[\d\s\-]*\d|\d")
_LETTERS, _LETTERS_BEFORE = 4, 2
"""So long are the letters that stand by themselves beside a number and belong to it, and so many groups before it."""
_NO_MORE = "~"
"""Ends what is looked up of a date of birth that is not known to the day."""
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
def parse_query(text: str) -> tuple[PersonQuery, ...]:
    """Reads what someone typed, in every way that it may be meant; everything that one way says must be found."""
    ways = list(_read(text, (*_DAYS, _MONTH_ALONE)))
    if _MONTH_ALONE.search(text):  # June, April, May and August are names too
        ways += _read(text, _DAYS)
    if _APART.search(text):
        ways += _read(_APART.sub(r"\1/\2/\3", text), _DAYS)
    if _TOGETHER.search(text):
        ways += _read(_TOGETHER.sub(r"\1/\2/\3", text), _DAYS)
    if _SAID.search(text):  # and so is Born
        ways += parse_query(_SAID.sub(" ", text))
    return tuple(dict.fromkeys(ways))


def _read(text: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[PersonQuery]:
    """What is asked where dates of these forms are dates."""
    dates: list[str] = []
    rest = text
    for pattern in patterns:
        for found in pattern.finditer(rest):
            date = _iso(found.groupdict())
            if date:
                dates.append(date)
                rest = rest.replace(found.group(), " ")
    local = [_plain(found) for found in _LOCAL.findall(rest)]
    plain = _LOCAL.sub(" ", rest)
    digits = "".join(re.sub(r"\D", "", run) for run in _NUMBER.findall(plain))
    words = [word for word in names.words(_NUMBER.sub(" ", plain)) if not word.isdigit()]
    yield PersonQuery(tuple(words), tuple(dates), digits, tuple(local))
    yield from _spaced(rest, tuple(dates))


def _spaced(rest: str, dates: tuple[str, ...]) -> Iterator[PersonQuery]:
    """The same where digits, and the letters next to them, are one number of a local system: "RXK 123 4567", "AB12"."""
    tokens = rest.split()
    numbered = [place for place, token in enumerate(tokens) if any(map(str.isdigit, token))]
    if not numbered:
        return
    first, end = numbered[0], numbered[-1] + 1
    for before in range(min(first, _LETTERS_BEFORE) + 1):
        for after in range(min(len(tokens) - end, 1) + 1):
            number = _plain("".join(tokens[first - before : end + after]))
            letters = [*tokens[first - before : first], *tokens[end : end + after]]
            if not number.isdigit() and all(len(_plain(one)) <= _LETTERS for one in letters):
                named = names.words(" ".join((*tokens[: first - before], *tokens[end + after :])))
                yield PersonQuery(tuple(named), dates, "", (number,))


def _iso(parts: dict[str, str | None]) -> str:
    year, day = parts.get("y") or "", parts.get("d") or ""
    month = parts.get("m") or ""
    if not month and parts.get("month"):
        month = str(_MONTHS.index((parts["month"] or "")[:3].casefold()) + 1)
    if not 1 <= int(month) <= 12 or (day and not 1 <= int(day) <= 31):
        return ""
    tail = f"-{int(month):02}" + (f"-{int(day):02}" if day else "")
    return (year if len(year) == 4 else f"??{year}") + tail


def matches_query(query: str, identity: Identity) -> bool:
    """Whether all that was asked fits: name words as beginnings, in any order. An empty query fits nobody."""
    return any(_fits(asked, identity) for asked in parse_query(query))


def _fits(asked: PersonQuery, identity: Identity) -> bool:
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
    """Each word of the names, as often as one name has it."""
    if len(identity.names) == 1 and not identity.names[0].text:
        name = identity.names[0]
        said = [word for part in (name.family, *name.given) for word in names.words(part)]
        if len(names.words(name.family)) < 2 and len(set(said)) == len(said):
            return tuple(said)  # as of most people: nothing to count
    words: Counter[str] = Counter()
    for name in identity.names:
        parts = (word for part in (name.family, *name.given) for word in names.words(part))
        words |= Counter(parts) | Counter(names.words(name.text))
        family = names.words(name.family)
        words |= Counter(["".join(family)]) if len(family) > 1 else Counter()
    return tuple(words.elements())


def _fits_date(asked: str, written: str) -> bool:
    if len(written) < 4:
        return False
    if asked.startswith("??"):
        asked, written = asked[2:], written[2:]
    return written.startswith(asked) or asked.startswith(written)


def _fits_digits(digits: str, identity: Identity) -> bool:
    if nhs_number.compact(identity.nhs_number).startswith(digits):
        return True
    if len(digits) == 4 and identity.birth_date.startswith(digits):
        return True
    if len(digits) == 8 and _fits_date(f"{digits[4:]}-{digits[2:4]}-{digits[:2]}", identity.birth_date):
        return True
    return any(re.sub(r"\D", "", identifier.value) == digits for identifier in identity.identifiers if len(digits) >= 4)


def search_keys(identity: Identity) -> tuple[str, ...]:
    """What a store indexes of a person so that they are found: name words, date of birth, NHS number, identifiers."""
    found = [f"name:{word}" for word in _name_words(identity)]
    found += [_born_key(identity.birth_date)] if identity.birth_date else []
    found += [f"number:{nhs_number.compact(identity.nhs_number)}"] if identity.nhs_number else []
    for item in identity.identifiers:
        digits, number = re.sub(r"\D", "", item.value), _plain(item.value)
        found += [f"number:{digits}"] if len(digits) >= 4 else []
        found += [f"number:{number}"] if number != digits and any(map(str.isdigit, number)) else []
    return tuple(dict.fromkeys(found))


def _born_key(written: str) -> str:
    """What a date of birth is looked up by; one of which only the year or month is known ends so that a whole date
    finds it and nobody else of that year."""
    return f"born:{written[:10]}" if len(written) >= 10 else f"born:{written}{_NO_MORE}"


def _dates_known(asked: str) -> tuple[str, ...]:
    """What may be known of a date of birth that was asked for: all of it, its month, or its year alone."""
    return (asked, *(f"{asked[:end]}{_NO_MORE}" for end in (7, 4) if len(asked) > end))


def query_keys(query: str) -> tuple[tuple[str, ...], ...]:
    """Beginnings of `search_keys`, for each way the query may be meant: whoever fits one has a key that begins with
    each of its, except where less is known of their date of birth than was asked. None where nothing was asked.

    The most telling one stands first (digits, then the longest name word). A month is named only where nothing else
    was asked; a year of two digits is of either century then.
    """
    found: list[tuple[str, ...]] = []
    for asked in parse_query(query):
        local = [f"number:{_telling(number)}" for number in asked.local]
        named = [f"name:{word}" for word in sorted(asked.words, key=len, reverse=True)]
        dates = [_dates_known(date) for date in asked.dates if len(date) == 10 and "?" not in date]
        keys = [
            (*digits, *local, *named, *(f"born:{date}" for date in born))
            for digits in _digit_keys(asked.digits)
            for born in product(*dates)
        ]
        found += keys if any(keys) else _born_keys(asked.dates[:1])
    return tuple(dict.fromkeys(keys for keys in found if keys))


def _born_keys(dates: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What a month, or a day of a century that was not said, may begin."""
    found: list[tuple[str, ...]] = []
    for date in dates:
        whole = [f"{century}{date[2:]}" for century in ("19", "20")] if "?" in date else [date]
        found += [(f"born:{known}",) for one in whole for known in _dates_known(one)]
    return found


def _telling(number: str) -> str:
    """What a local number is looked up by: its digits, as people stored long ago have them, or all of it if short."""
    digits = re.sub(r"\D", "", number)
    return digits if len(digits) >= 4 else number


def _digit_keys(digits: str) -> tuple[tuple[str, ...], ...]:
    """What a run of digits may begin: a number, or a year or day of birth where it is as long as one."""
    number = (f"number:{digits}",)
    if not digits:
        return ((),)
    if len(digits) == 4:
        return number, (f"born:{digits}",)
    if len(digits) != 8:
        return (number,)
    return (number, *((f"born:{known}",) for known in _dates_known(f"{digits[4:]}-{digits[2:4]}-{digits[:2]}")))
