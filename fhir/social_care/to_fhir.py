"""One row of Client Level Data as Interweave-shaped FHIR R4 resources; no value of a row is lost.

`person` makes what the columns say of the person, `events` the event; which lines of one event stand is known by
`event_key`. What a person's columns say is told once a submission, not on every line. Rows must be given in order.
"""

from __future__ import annotations

from collections.abc import Iterator

from fhir.records import Tree
from fhir.social_care.event_key import Stands, event_key, key_digest, variant_digest
from fhir.social_care.events import EventMaker
from fhir.social_care.findings import Findings
from fhir.social_care.headers import PLACE
from fhir.social_care.person import PersonMaker
from fhir.social_care.row_events import EventEntries, RowEvent
from fhir.social_care.row_facts import RowFact
from fhir.social_care.row_people import RowPatient
from fhir.social_care.stamp import Stamp, digest
from fhir.social_care.values import Dates

_TYPE, _CLIENT, _FUNDING = PLACE["event_type"], PLACE["client_type"], PLACE["funding"]


class Maker:
    """Makes the resources of one file, row by row."""

    def __init__(self, name: str, dates: Dates, findings: Findings, names: dict[tuple[str, str], str]) -> None:
        self._dates = dates
        stamp = Stamp(name, dates)
        self._person = PersonMaker(stamp, findings, names)
        self._entries = EventEntries(EventMaker(stamp), stamp)

    def people(self, values: tuple[str, ...], line: int) -> Iterator[RowPatient]:
        """The Patient of a row, where it says anything new."""
        return self._person.patient(values, line)

    def facts(self, values: tuple[str, ...], line: int) -> Iterator[RowFact | Tree]:
        """What else a row says of its person, where that is new. Call after `people`."""
        return self._person.facts(values, line)

    def event(
        self, values: tuple[str, ...], others: list[tuple[str, str]], line: int, stands: Stands
    ) -> RowEvent | None:
        """The event of a row; None where it only repeats another, or tells of none. Call after `people`."""
        if stands is Stands.REPEAT:
            return None
        if not (values[_TYPE] or others or values[_CLIENT] or values[_FUNDING] or any(values[_TYPE:])):
            return None  # all that it says, its person's columns have a place for
        person = self._person.person.id
        return RowEvent(self._entries, self._id(person, values, line, stands), person, values, others, line, stands)

    def _id(self, person: str, values: tuple[str, ...], line: int, stands: Stands) -> str:
        base = f"cld-{digest(person, *event_key(values, self._dates))}"
        if stands is Stands.VARIANT:
            return f"{base}-{variant_digest(values)}"
        if stands is Stands.TWIN:
            return f"{base}-line-{line}"
        return f"{base}-{key_digest(values)[:12]}" if stands is Stands.REPLACED else base
