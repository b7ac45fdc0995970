"""Which rows of a file tell of one event, and which of them stands: DHSC's rule for overlapping submissions.

Submissions overlap by most of a year, so that one event comes again and again. DHSC's pipeline (ASC-CLD-LA-Dashboard,
data quality methodology) takes as one event what agrees in council, person, client type, event type, start date, end
date (but for services), and route of access, assessment type, or service type and component; within one file services
also in delivery mechanism, unit cost, cost frequency and planned units. Of such rows the latest reporting period
stands, then the one without or with the newest end date, then the outcome first in the guidance, then the last row.

Beyond that rule, services of one submission that differ in provider or description are two services, not one told
twice: two agencies may work as many hours at one price. All that stand are numbered, in an order that follows from what
they say, so that those of the next submission take their places one by one.

`Standing` is told every row once and then answers by row number. It keeps 36 bytes a row, whatever the rows hold.
"""

from __future__ import annotations

from array import array
from datetime import date
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from zlib import crc32

from fhir.social_care.defined_lists import LISTS, kept_plain
from fhir.social_care.file_people import person_key
from fhir.social_care.headers import PLACE
from fhir.social_care.values import Dates

_COUNCIL = PLACE["la_code"]
_CLIENT, _TYPE = PLACE["client_type"], PLACE["event_type"]
_START, _END, _OUTCOME = PLACE["event_start"], PLACE["event_end"], PLACE["event_outcome"]
_PERIOD_START, _PERIOD_END = PLACE["period_start"], PLACE["period_end"]
_ROUTE, _ASSESSMENT = PLACE["route"], PLACE["assessment_type"]
_SERVICE, _COMPONENT = PLACE["service_type"], PLACE["service_component"]
_WITHIN_FILE = tuple(PLACE[key] for key in ("delivery", "unit_cost", "cost_frequency", "units_per_week"))
_PROVIDER_ID, _PROVIDER, _DESCRIPTION = PLACE["provider_id"], PLACE["provider_name"], PLACE["event_description"]
_REFERENCE = PLACE["event_reference"]
_KIND, _CLIENTS, _SERVICES = LISTS["event_type"].spelt, LISTS["client_type"].spelt, LISTS["service_type"].spelt
_COMPONENTS, _ROUTES = LISTS["service_component"].spelt, LISTS["route"].spelt
_ASSESSMENTS = LISTS["assessment_type"].spelt
_OPEN_END = 4_000_000
_MASK = (1 << 64) - 1
_BUT_REFERENCE = (1 << 40) - 1
_MOST = 255


class Stands(IntEnum):
    """What becomes of a row."""

    YES = 0
    """It is the event as it stands."""
    VARIANT = 1
    """A service like another that stands but for who delivers it, how, or what it costs: it stands too."""
    TWIN = 2
    """The same service again in the same submission: care by two people at once, or entered twice. It stands too."""
    REPEAT = 3
    """It says what a row that stands says, but for the submission: nothing is made of it."""
    REPLACED = 4
    """A row that stands says otherwise: it is kept, but not as a fact."""


_ANSWERS = tuple(Stands)


def event_key(values: tuple[str, ...], dates: Dates) -> tuple[str, ...]:
    """What tells an event from all others, across files."""
    kind = _KIND(values[_TYPE])
    start = dates.read(values[_START]) or values[_START]
    end = "" if kind == "Service" else dates.read(values[_END]) or values[_END]
    person = person_key(values).removeprefix("nhs-").casefold()
    key = (values[_COUNCIL], person, _CLIENTS(values[_CLIENT]), kind, start, end)
    if kind == "Service":
        return (
            *key,
            _SERVICES(values[_SERVICE]),
            _COMPONENTS(values[_COMPONENT]),
        )
    if kind == "Request":
        return (*key, _ROUTES(values[_ROUTE]))
    return (*key, _ASSESSMENTS(values[_ASSESSMENT]) if kind == "Assessment" else "")


def key_digest(key: tuple[str, ...]) -> str:
    """A short name for an event key, the same on every machine."""
    return blake2b("\0".join(key).encode("utf-8", "replace"), digest_size=10).hexdigest()


def _apart(values: tuple[str, ...]) -> tuple[str, ...]:
    """What tells a service from the others of its submission that have its key."""
    given = [kept_plain(values[place]) for place in _WITHIN_FILE]
    return (*given, kept_plain(values[_PROVIDER_ID] or values[_PROVIDER]), kept_plain(values[_DESCRIPTION]))


@lru_cache(maxsize=20_000)
def _ordinal(iso: str) -> int:
    return date.fromisoformat(iso).toordinal() if iso else 0


def _rank(values: tuple[str, ...], dates: Dates) -> int:
    outcome = LISTS["outcome"].find(values[_OUTCOME])
    end = _ordinal(dates.read(values[_END])) if values[_END] else _OPEN_END
    period = _ordinal(dates.read(values[_PERIOD_END]))
    return (period << 32) | (end << 8) | (99 - (outcome.rank if outcome is not None else 99))


class Standing:
    """Which rows of one file stand. `add` every row, then `settle`, then ask by its number from 0."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._whole = array("Q")
        self._content = array("Q")
        self._ranks = array("Q")
        self._order = array("I")
        self._answers = bytearray()
        self._places = bytearray()

    def add(self, values: tuple[str, ...], dates: Dates) -> None:
        """Take note of the next row; one without an event stands by itself."""
        if not values[_TYPE]:
            unique = hash((len(self._keys), "no event")) & _MASK
            self._keys.append(unique)
            self._whole.append(unique)
            self._content.append(unique)
            self._ranks.append(0)
            self._order.append(0)
            return
        key = event_key(values, dates)
        self._keys.append(hash(key) & _MASK)
        if key[3] == "Service":
            apart = _apart(values)
            self._whole.append(hash((key, apart)) & _MASK)
            self._order.append(crc32("\0".join((*apart, values[_REFERENCE])).encode("utf-8", "replace")))
        else:
            self._whole.append(self._keys[-1])
            self._order.append(0)
        said = values[:_PERIOD_START] + values[_PERIOD_END + 1 : _REFERENCE] + values[_REFERENCE + 1 :]
        self._content.append((hash(values[_REFERENCE]) << 40 | hash(said) & _BUT_REFERENCE) & _MASK)
        self._ranks.append(_rank(values, dates))

    def settle(self) -> None:
        """Decide, when all rows are known."""
        keys = self._keys
        self._answers, self._places = bytearray(len(keys)), bytearray(len(keys))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        first = 0
        for end in range(1, len(order) + 1):
            if end == len(order) or keys[order[end]] != keys[order[first]]:
                if end - first > 1:
                    self._decide(order[first:end])
                first = end
        self._keys, self._whole, self._content, self._ranks = array("Q"), array("Q"), array("Q"), array("Q")
        self._order = array("I")

    def _decide(self, group: list[int]) -> None:
        group.sort(key=lambda row: (self._ranks[row], row), reverse=True)
        best: dict[int, int] = {}
        for row in group:
            stands = best.setdefault(self._whole[row], row)
            if stands == row:
                self._answers[row] = Stands.YES if row == group[0] else self._variant(row, group[0])
            elif self._is_twin(row, stands):
                self._answers[row] = Stands.TWIN
            elif self._content[row] == self._content[stands]:
                self._answers[row] = Stands.REPEAT
            else:
                self._answers[row] = Stands.REPLACED
        standing = [row for row in group if self._answers[row] in (Stands.YES, Stands.VARIANT, Stands.TWIN)]
        standing.sort(key=lambda row: (self._order[row], row))
        for place, row in enumerate(standing):
            self._places[row] = min(place, _MOST)

    def _is_twin(self, row: int, stands: int) -> bool:
        """Whether a row is a service of the same submission and says the same, but perhaps for its reference."""
        same = (self._content[row] ^ self._content[stands]) & _BUT_REFERENCE == 0
        return same and self._ranks[row] == self._ranks[stands] and self._is_service(row)

    def _variant(self, row: int, stands: int) -> Stands:
        # Another price in an older submission is the older price, not a second service.
        return Stands.VARIANT if self._ranks[row] >> 32 == self._ranks[stands] >> 32 else Stands.REPLACED

    def _is_service(self, row: int) -> bool:
        return self._whole[row] != self._keys[row]

    def of(self, row: int) -> Stands:
        """What becomes of a row, by its number from 0."""
        return _ANSWERS[self._answers[row]] if row < len(self._answers) else Stands.YES

    def place(self, row: int) -> int:
        """Its place from 0 among the rows that stand for one event, by its number from 0."""
        return self._places[row] if row < len(self._places) else 0
