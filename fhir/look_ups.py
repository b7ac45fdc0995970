"""By what people are looked up who might be one: what a store indexes of each, and what is asked for another.

Whoever has one of somebody's `keys_to_ask` among their `identity_keys` is worth comparing (`fhir.identity.match`).
"""

from __future__ import annotations

from fhir import names
from fhir.identity import identifier_key, is_assigned, known_birth_date, loose_numbers
from fhir.people import Identity

_WHOLE_DATE = 10
_SEXES = {"male": "m", "female": "f"}
"""Nobody of one is compared with somebody of the other. Who is neither, or not said to be, is found as both."""


class LookUps:
    """By what an identity is looked up. Made once for all that is asked of it."""

    def __init__(self, identity: Identity) -> None:
        self._standalone = identity.standalone
        self._strong = _strong_keys(identity)
        self._born = known_birth_date(identity)
        self._sexes = _SEXES.get(identity.gender, "mf")
        self._initials = names.given_initials(identity.names)
        self._sounds = names.family_sounds(identity.names)

    def keys(self) -> tuple[str, ...]:
        """`identity_keys`."""
        found, born, initials = self._strong.copy(), self._born, self._initials
        for sound in self._sounds:
            found += [f"given:{initial}:{sound}" for initial in initials]
            if not born:
                found += [f"undated:{initial}:{sound}" for initial in initials]
            elif len(born) == _WHOLE_DATE:
                for sex in self._sexes:
                    found += [f"{way}:{sex}:{sound}" for way in (_tens(born), _units(born), _day(born))]
            else:
                found.append(f"partly:{born[:4]}:{sound}")
        return tuple(dict.fromkeys(found))

    def to_ask(self) -> tuple[str, ...]:
        """`keys_to_ask`."""
        found, born, initials = self._strong.copy(), self._born, self._initials
        dates = _near(born)
        for sound in () if self._standalone else self._sounds:
            if not born:
                found += [f"given:{initial}:{sound}" for initial in initials]
                continue
            found += [f"undated:{initial}:{sound}" for initial in initials]
            found.append(f"partly:{born[:4]}:{sound}")
            found += [f"{date}:{sex}:{sound}" for sex in self._sexes for date in dates]
        return tuple(dict.fromkeys(found))


def _near(born: str) -> list[str]:
    """What is asked for to find all whole dates that agree with one or nearly do (`fhir.identity.compare_birth_dates`):
    another digit of the day, another month, or the two exchanged."""
    year = born[:4]
    if len(born) == _WHOLE_DATE:
        return [_tens(born), _units(born), _day(born), _units(f"{year}-{born[8:]}-{born[5:7]}")]
    if len(born) > len(year):
        return [f"tens:{born}-{tens}" for tens in "0123"]
    return [f"day:{year}-{day:02}" for day in range(1, 32)]


def _tens(born: str) -> str:
    return f"tens:{born[:9]}"


def _units(born: str) -> str:
    return f"units:{born[:8]}{born[9]}"


def _day(born: str) -> str:
    return f"day:{born[:4]}-{born[8:]}"


def identity_keys(identity: Identity) -> tuple[str, ...]:
    """Index keys of an identity, under which it is found by the `keys_to_ask` of another.

    All assigned identifiers and NHS numbers; for every sound of the family name the date of birth without one digit of
    its day, and without its month (or the year, where no more is known); and the first letters of given names.
    """
    return LookUps(identity).keys()


def keys_to_ask(identity: Identity) -> tuple[str, ...]:
    """Those `identity_keys` of others by which everyone is found of whom `match` could say more than "new".

    People share an assigned identifier or an NHS number; or their family names sound alike, and their dates of birth
    agree or nearly do (another digit of the day, another month, or one exchanged for the other) and not one is male and
    the other female; or one has no date of birth and given names begin alike. Nobody who stands alone is asked about
    without a number.
    """
    return LookUps(identity).to_ask()


def _strong_keys(identity: Identity) -> list[str]:
    found = [identifier_key(identifier) for identifier in identity.identifiers if is_assigned(identifier)]
    return found + [f"nhs:{number}" for number in sorted(loose_numbers(identity)) if number]
