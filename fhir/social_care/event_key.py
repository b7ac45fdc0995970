"""Which rows of a file tell of one event, and which of them stands: DHSC's rule for overlapping submissions.

Submissions overlap by most of a year, so that one event comes again and again. DHSC's pipeline (ASC-CLD-LA-Dashboard,
data quality methodology) takes as one event what agrees in council, person, client type, event type, start date, end
date (but for services), and route of access, assessment type, or service type and component; within one file services
also in delivery mechanism, unit cost, cost frequency and planned units. Of such rows the latest reporting period
stands, then the one without or with the newest end date, then the outcome first in the guidance, then the last row.

`Standing` is told every row once and then answers by row number. It keeps 32 bytes a row, whatever the rows hold.
"""

from __future__ import annotations

from array import array
from datetime import date
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b

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
_KIND, _CLIENTS, _SERVICES = LISTS["event_type"].spelt, LISTS["client_type"].spelt, LISTS["service_type"].spelt
_COMPONENTS, _ROUTES = LISTS["service_component"].spelt, LISTS["route"].spelt
_ASSESSMENTS = LISTS["assessment_type"].spelt
_OPEN_END = 4_000_000
_MASK = (1 << 64) - 1


class Stands(IntEnum):
    """What becomes of a row."""

    YES = 0
    """It is the event as it stands."""
    VARIANT = 1
    """A service like another that stands but for how it is delivered or what it costs: it stands too."""
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


def variant_digest(values: tuple[str, ...]) -> str:
    """A short name for how a service is delivered and what it costs."""
    return key_digest(tuple(kept_plain(values[place]) for place in _WITHIN_FILE))[:8]


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
        self._answers = bytearray()

    def add(self, values: tuple[str, ...], dates: Dates) -> None:
        """Take note of the next row; one without an event stands by itself."""
        if not values[_TYPE]:
            unique = hash((len(self._keys), "no event")) & _MASK
            self._keys.append(unique)
            self._whole.append(unique)
            self._content.append(unique)
            self._ranks.append(0)
            return
        key = event_key(values, dates)
        whole = (key, *[kept_plain(values[place]) for place in _WITHIN_FILE]) if key[3] == "Service" else key
        self._keys.append(hash(key) & _MASK)
        self._whole.append(hash(whole) & _MASK)
        self._content.append(hash(values[:_PERIOD_START] + values[_PERIOD_END + 1 :]) & _MASK)
        self._ranks.append(_rank(values, dates))

    def settle(self) -> None:
        """Decide, when all rows are known."""
        keys = self._keys
        self._answers = bytearray(len(keys))
        order = sorted(range(len(keys)), key=keys.__getitem__)
        first = 0
        for end in range(1, len(order) + 1):
            if end == len(order) or keys[order[end]] != keys[order[first]]:
                if end - first > 1:
                    self._decide(order[first:end])
                first = end
        self._keys, self._whole, self._content, self._ranks = array("Q"), array("Q"), array("Q"), array("Q")

    def _decide(self, group: list[int]) -> None:
        group.sort(key=lambda row: (self._ranks[row], row), reverse=True)
        best: dict[int, int] = {}
        for row in group:
            stands = best.setdefault(self._whole[row], row)
            if stands == row:
                self._answers[row] = Stands.YES if row == group[0] else self._variant(row, group[0])
            elif self._content[row] == self._content[stands]:
                same_submission = self._ranks[row] == self._ranks[stands]
                service = same_submission and self._is_service(row)
                self._answers[row] = Stands.TWIN if service else Stands.REPEAT
            else:
                self._answers[row] = Stands.REPLACED

    def _variant(self, row: int, stands: int) -> Stands:
        # Another price in an older submission is the older price, not a second service.
        return Stands.VARIANT if self._ranks[row] >> 32 == self._ranks[stands] >> 32 else Stands.REPLACED

    def _is_service(self, row: int) -> bool:
        return self._whole[row] != self._keys[row]

    def of(self, row: int) -> Stands:
        """What becomes of a row, by its number from 0."""
        return _ANSWERS[self._answers[row]] if row < len(self._answers) else Stands.YES
