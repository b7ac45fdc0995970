"""What a council officer should know of a file of Client Level Data: what was found where, in plain words.

`CldFindings` adds to `findings.Findings` what this specification asks: columns and values that must be there, values of
its lists, dates in order, numbers, NHS numbers, and which lines stand.
"""

from __future__ import annotations

from operator import itemgetter

from fhir import nhs_number
from fhir.records import Issue, Severity
from fhir.social_care import rows
from fhir.social_care.defined_lists import LISTS
from fhir.social_care.event_key import Stands
from fhir.social_care.findings import SERIAL, SHORT_YEAR, Findings, column_names
from fhir.social_care.headers import COLUMNS, PLACE
from fhir.social_care.remembered import Remembered
from fhir.social_care.table import Layout
from fhir.social_care.values import Dates, amount, has_short_year, is_rounded, is_serial

_LISTS = tuple((place, column) for place, column in enumerate(COLUMNS) if column.list)
_LISTED_VALUES = itemgetter(*(place for place, _ in _LISTS))
_REMEMBERED = 20_000
_DATES = tuple((place, column) for place, column in enumerate(COLUMNS) if column.kind == "date")
_ABOUT_DATES = itemgetter(*(PLACE[key] for key in ("birth_date", "death_date", "period_start", "period_end")))
_NUMBERS = tuple((place, column) for place, column in enumerate(COLUMNS) if column.kind == "number")
_ALWAYS = tuple((place, column) for place, column in enumerate(COLUMNS) if column.must == "always")
_EVENT = tuple((place, column) for place, column in enumerate(COLUMNS) if column.must in ("always", "event"))
_MUST = {
    "": _ALWAYS,
    **{
        kind: (*_EVENT, *((place, column) for place, column in enumerate(COLUMNS) if column.must == kind))
        for kind in ("Request", "Assessment", "Service", "Review")
    },
}
_START, _END = PLACE["event_start"], PLACE["event_end"]
_BIRTH, _DEATH = PLACE["birth_date"], PLACE["death_date"]
_PERIOD_START, _PERIOD_END = PLACE["period_start"], PLACE["period_end"]
_NHS, _PERSON, _TYPE, _CLIENT = PLACE["nhs_number"], PLACE["person_id"], PLACE["event_type"], PLACE["client_type"]
_REASON, _OUTCOME = PLACE["support_reason"], PLACE["event_outcome"]
_UNITS, _FREQUENCY = PLACE["units_per_week"], PLACE["cost_frequency"]
_NO_DATE = "This is not a date that can be read; it is kept as text."
_NO_NUMBER = "This is not a valid NHS number."
_ROUNDED = "A spreadsheet has rounded this number; it is no NHS number any more."
_NO_END = "9999"
_STANDS: dict[Stands, tuple[Severity, str]] = {
    Stands.TWIN: ("warning", "The line is the same as another: care by two at once, or entered twice. Both stand."),
    Stands.REPEAT: ("information", "The line repeats an event that another line tells; it was left out."),
    Stands.REPLACED: ("information", "A later line tells this otherwise; this one is not shown as a fact."),
}


class CldFindings(Findings):
    """The findings of one file of Client Level Data."""

    def __init__(self, layout: Layout) -> None:
        names = [column.name for column in COLUMNS]
        super().__init__(column_names(zip(names, layout.headers.places, strict=True)))
        self._fine: set[tuple[str, ...]] = set()  # combinations of listed values that were found in their lists
        self._sure: set[str] = set()  # dates that can be read without a word
        self._amount = Remembered(amount, 5000).__getitem__  # costs and hours repeat
        self._valid_number = ""
        self._calm: tuple[str, ...] = ()  # dates of person and submission with which nothing is wrong
        self._since, self._until = "", _NO_END
        self._must = {
            kind: [place for place, _ in due if layout.headers.places[place] >= 0] for kind, due in _MUST.items()
        }
        self._reason_there = layout.headers.has("support_reason")
        self._end_there = layout.headers.has("event_end")
        self._outcome_there = layout.headers.has("event_outcome")

    def of_file(self, layout: Layout, about_dates: Issue) -> None:
        """What the file is, and what is wrong with its header."""
        self.of_text(layout, about_dates)
        may_lack = ("gp_name", "provider_name")
        missing = [column for column in layout.headers.missing if column.must and column.key not in may_lack]
        self.of_missing(
            [(column.name, "error" if column.must == "always" else "warning") for column in missing], layout.first_line
        )
        self.of_others(layout.headers, layout.first_line)

    # -- a line

    def of_row(self, row: rows.Row, values: tuple[str, ...], others: list[tuple[str, str]], dates: Dates) -> None:
        """What is wrong with one line."""
        line = row.line
        if row.marks:
            self.of_marks(row)
        self._required(values, line)
        if _LISTED_VALUES(values) not in self._fine:
            self._lists(values, line)
        self._dates(values, line, dates)
        for place, _ in _NUMBERS:
            if values[place]:
                self._number(values[place], line, place)
        self.cells(row, values, others)
        number = values[_NHS]
        if number and number != self._valid_number:
            if nhs_number.is_valid(number):
                self._valid_number = number
            else:
                self.add("error", "value", _ROUNDED if is_rounded(number) else _NO_NUMBER, line, _NHS)

    def _lists(self, values: tuple[str, ...], line: int) -> None:
        fine = True
        for place, column in _LISTS:
            text = values[place]
            if text and LISTS[column.list].find(text) is None:
                fine = False
                message = "The value is not in the list of this column; it is kept as text."
                self.add("warning", "code-invalid", message, line, place)
        if fine and len(self._fine) < _REMEMBERED:
            self._fine.add(_LISTED_VALUES(values))

    def of_standing(self, stands: Stands, line: int) -> None:
        """What the other lines of the file make of this one."""
        if stands in _STANDS:
            severity, message = _STANDS[stands]
            self.add(severity, "duplicate", message, line)

    def _required(self, values: tuple[str, ...], line: int) -> None:
        kind = LISTS["event_type"].find(values[_TYPE])
        if kind is None and not values[_TYPE]:
            client = LISTS["client_type"].find(values[_CLIENT])
            if client is None or not client.name.endswith("by association"):
                message = "The line tells of no event; only a carer known by association may have none."
                self.add("error", "required", message, line, _TYPE)
        for place in self._must[kind.name if kind is not None else ""]:
            if not values[place]:
                self.add("warning", "required", "A value is due here and is missing.", line, place)
        if kind is None:
            return
        if not values[_REASON] and self._reason_there and kind.name != "Request":
            self.add("warning", "required", "A value is due here and is missing.", line, _REASON)
        if not values[_END] and self._end_there and (kind.name != "Service" or values[_DEATH]):
            self.add("warning", "required", "A value is due here and is missing.", line, _END)
        financial = values[PLACE["assessment_type"]].casefold().startswith("financial")
        if not values[_OUTCOME] and self._outcome_there and not financial:
            self.add("warning", "required", "A value is due here and is missing.", line, _OUTCOME)

    def _dates(self, values: tuple[str, ...], line: int, dates: Dates) -> None:
        about = _ABOUT_DATES(values)
        if about == self._calm and values[_START] in self._sure and (values[_END] in self._sure or not values[_END]):
            start = dates.read(values[_START])
            if self._since <= start <= self._until and (not values[_END] or dates.read(values[_END]) >= start):
                return  # as of most lines: what the line above says of person and submission, and an event in order
        found = self.found
        self._all_dates(values, line, dates)
        self._calm = about if self.found == found and not values[_DEATH] else ()
        self._since = dates.read(values[_BIRTH])
        self._until = dates.read(values[_PERIOD_END]) or _NO_END

    def _all_dates(self, values: tuple[str, ...], line: int, dates: Dates) -> None:
        for place, _ in _DATES:
            text = values[place]
            if text and text not in self._sure:
                if not dates.read(text):
                    message = SHORT_YEAR if has_short_year(text) else _NO_DATE
                    self.add("error", "value", message, line, place)
                elif is_serial(text):
                    self.add("information", "value", SERIAL, line, place)
                elif len(self._sure) < _REMEMBERED:
                    self._sure.add(text)
        start, end = dates.read(values[_START]), dates.read(values[_END])
        born, died = dates.read(values[_BIRTH]), dates.read(values[_DEATH])
        if start and end and end < start:
            self.add("error", "invariant", "The event ends before it starts.", line, _END)
        if died:
            if end > died:
                self.add("warning", "invariant", "The event ends after the person died.", line, _END)
            if start > died:
                self.add("warning", "invariant", "The event starts after the person died.", line, _START)
            if born > died:
                self.add("error", "invariant", "The person died before they were born.", line, _DEATH)
        if start and born and start < born:
            self.add("error", "invariant", "The event starts before the person was born.", line, _START)
        first, last = dates.read(values[_PERIOD_START]), dates.read(values[_PERIOD_END])
        if last and start > last:
            self.add("warning", "invariant", "The event starts after the reporting period ends.", line, _START)
        if last and born > last:
            self.add("error", "invariant", "The person was born after the reporting period ends.", line, _BIRTH)
        if first and last and last < first:
            self.add("error", "invariant", "The reporting period ends before it starts.", line, _PERIOD_END)

    def _number(self, text: str, line: int, place: int) -> None:
        value = self._amount(text)
        if value is None:
            self.add("error", "value", "This is not a number; it is kept as text.", line, place)
        elif value < 0:
            self.add("warning", "value", "The number is negative; it is kept as it is.", line, place)
