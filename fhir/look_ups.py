"""By what people are looked up who might be one: what a store indexes of each, and what is asked for another.

Whoever has one of somebody's `keys_to_ask` among their `identity_keys` is worth comparing (`fhir.identity.match`).
"""

from __future__ import annotations

from fhir import names
from fhir.identity import identifier_key, is_assigned, known_birth_date, loose_numbers
from fhir.people import Identity

_WHOLE_DATE = 10


class LookUps:
    """By what an identity is looked up. Made once for all that is asked of it."""

    def __init__(self, identity: Identity) -> None:
        self._standalone = identity.standalone
        self._strong = _strong_keys(identity)
        self._born = known_birth_date(identity)
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
                found += [f"month:{born[:7]}:{sound}", f"day:{born[:4]}-{born[8:]}:{sound}"]
            else:
                found.append(f"partly:{born[:4]}:{sound}")
        return tuple(dict.fromkeys(found))

    def to_ask(self) -> tuple[str, ...]:
        """`keys_to_ask`."""
        found, born, initials = self._strong.copy(), self._born, self._initials
        year = born[:4]
        for sound in () if self._standalone else self._sounds:
            if not born:
                found += [f"given:{initial}:{sound}" for initial in initials]
                continue
            found += [f"undated:{initial}:{sound}" for initial in initials]
            found.append(f"partly:{year}:{sound}")
            if len(born) == _WHOLE_DATE:
                month, day = born[5:7], born[8:]
                found += [f"month:{year}-{month}:{sound}", f"day:{year}-{day}:{sound}", f"month:{year}-{day}:{sound}"]
            else:
                found += [f"month:{year}-{month:02}:{sound}" for month in range(1, 13)]
        return tuple(dict.fromkeys(found))


def identity_keys(identity: Identity) -> tuple[str, ...]:
    """Index keys of an identity, under which it is found by the `keys_to_ask` of another.

    All assigned identifiers and NHS numbers; for every sound of the family name year and month of birth, and year and
    day (or the year, where no more is known); and the first letters of given names.
    """
    return LookUps(identity).keys()


def keys_to_ask(identity: Identity) -> tuple[str, ...]:
    """Those `identity_keys` of others by which everyone is found of whom `match` could say more than "new".

    People share an assigned identifier or an NHS number; or their family names sound alike, and their dates of birth
    agree or nearly do (the same month, the same day, or one exchanged for the other), or one has no date of birth and
    given names begin alike. Nobody who stands alone is asked about without a number.
    """
    return LookUps(identity).to_ask()


def _strong_keys(identity: Identity) -> list[str]:
    found = [identifier_key(identifier) for identifier in identity.identifiers if is_assigned(identifier)]
    return found + [f"nhs:{number}" for number in sorted(loose_numbers(identity)) if number]
