"""Who the rows of one file were about so far, and what was said of them: some two hundred bytes a person.

A county's extract speaks of a few hundred thousand people, whose rows may stand anywhere in it.
"""

from __future__ import annotations

from array import array
from operator import itemgetter

from fhir import nhs_number
from fhir.social_care.headers import PLACE
from fhir.social_care.stamp import digest
from fhir.social_care.values import is_rounded

_MASK = (1 << 64) - 1
_BETWEEN = "\0"
"""No cell holds this character: reading takes it out."""


_NHS, _PERSON = PLACE["nhs_number"], PLACE["person_id"]
PERSON_VALUES = itemgetter(
    *(
        PLACE[key]
        for key in (
            *("la_code", "nhs_number", "person_id", "first_name", "last_name", "gp_name", "gp_code"),
            *("gender", "ethnicity", "birth_date", "death_date", "postcode"),
        )
    )
)
"""What a row says of who its person is."""


def person_key(values: tuple[str, ...]) -> str:
    """What tells the person of a row from all others of the council: the council's number, else a valid NHS number,
    else all that is said of them. A number that a spreadsheet rounded tells nobody apart."""
    number = values[_PERSON]
    if number and not is_rounded(number):
        return number
    if nhs_number.is_valid(values[_NHS]):
        return f"nhs-{nhs_number.compact(values[_NHS])}"
    return f"unnumbered-{digest(*PERSON_VALUES(values))}"


class FilePerson:
    """One person of the file: the id of their Patient, and who they were said to be first."""

    __slots__ = ("birth", "id", "last", "nhs")

    def __init__(self, patient_id: str, nhs: str, birth: str, last: str) -> None:
        self.id = patient_id
        self.nhs = nhs
        self.birth = birth
        self.last = last


class FilePeople:
    """By council and number: everyone whom rows gave this number, in the order of the file."""

    def __init__(self) -> None:
        self._packed: dict[str, str] = {}

    def known(self, key: tuple[str, str]) -> list[FilePerson]:
        """Those of this number so far."""
        packed = self._packed.get(_BETWEEN.join(key))
        if packed is None:
            return []
        parts = iter(packed.split(_BETWEEN))
        return [FilePerson(*four) for four in zip(parts, parts, parts, parts, strict=True)]

    def add(self, key: tuple[str, str], person: FilePerson) -> None:
        """One more of this number."""
        name = _BETWEEN.join(key)
        packed = _BETWEEN.join((person.id, person.nhs, person.birth, person.last))
        before = self._packed.get(name)
        self._packed[name] = packed if before is None else f"{before}{_BETWEEN}{packed}"


class Told:
    """Which things were told, by their hashes: eight to sixteen bytes each, where a set takes a hundred."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * 1024))
        self._count = 0

    def add(self, thing: object) -> bool:
        """Whether this is told for the first time."""
        if not self._put(hash(thing) & _MASK or 1):
            return False
        self._count += 1
        if self._count * 3 > len(self._slots) * 2:
            held, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
            for key in held:
                if key:
                    self._put(key)
        return True

    def _put(self, key: int) -> bool:
        slots = self._slots
        last = len(slots) - 1
        place = key & last
        while there := slots[place]:
            if there == key:
                return False
            place = (place + 1) & last
        slots[place] = key
        return True
