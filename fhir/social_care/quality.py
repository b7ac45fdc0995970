"""What a council officer should know of an extract: what was found where, by line and column, in plain words.

`Findings` gathers for one file and hands the findings of each stretch on. Of one kind the first `LISTED` lines are
named; the rest are counted and told once at the end of the file. No message holds record content.
"""

from __future__ import annotations

from operator import itemgetter

from fhir import nhs_number
from fhir.records import Issue, Severity
from fhir.social_care import rows
from fhir.social_care.defined_lists import LISTS
from fhir.social_care.event_key import Stands
from fhir.social_care.headers import COLUMNS, PLACE
from fhir.social_care.table import DELIMITER_WORDS, ENCODING_WORDS, Layout
from fhir.social_care.values import Dates, amount, is_formula, is_serial

LISTED = 20
"""Lines named for one kind of finding; a file with one fault on every line needs one sentence, not a million."""

_LISTS = tuple((place, column) for place, column in enumerate(COLUMNS) if column.list)
_LISTED_VALUES = itemgetter(*(place for place, _ in _LISTS))
_REMEMBERED = 20_000
_DATES = tuple((place, column) for place, column in enumerate(COLUMNS) if column.kind == "date")
_NUMBERS = tuple((place, column) for place, column in enumerate(COLUMNS) if column.kind == "number")
_ALWAYS = tuple((place, column) for place, column in enumerate(COLUMNS) if column.must == "always")
_EVENT = tuple((place, column) for place, column in enumerate(COLUMNS) if column.must in ("always", "event"))
_MUST = {
    kind: (*_EVENT, *((place, column) for place, column in enumerate(COLUMNS) if column.must == kind))
    for kind in ("Request", "Assessment", "Service", "Review")
}
_START, _END = PLACE["event_start"], PLACE["event_end"]
_BIRTH, _DEATH = PLACE["birth_date"], PLACE["death_date"]
_PERIOD_START, _PERIOD_END = PLACE["period_start"], PLACE["period_end"]
_NHS, _PERSON, _TYPE, _CLIENT = PLACE["nhs_number"], PLACE["person_id"], PLACE["event_type"], PLACE["client_type"]
_REASON, _OUTCOME = PLACE["support_reason"], PLACE["event_outcome"]
_UNITS, _FREQUENCY = PLACE["units_per_week"], PLACE["cost_frequency"]
_MARKS: tuple[tuple[int, Severity, str, str], ...] = (
    (rows.TOO_LONG, "error", "too-long", "The line is too long to be one; it was left out."),
    (rows.OPEN_QUOTE, "error", "structure", "A quotation mark does not close; the line was read without quotation."),
    (rows.TOO_MANY, "error", "structure", "The line has more cells than the header; what is beyond is kept as text."),
    (rows.TOO_FEW, "error", "structure", "The line has fewer cells than the header; the rest is taken as empty."),
    (
        rows.OTHER_ENCODING,
        "warning",
        "value",
        "Letters of the line are not in the file's encoding; read as Windows-1252.",
    ),
    (rows.CONTROLS, "warning", "value", "Null characters in the line were left out."),
    (rows.NULLS, "information", "value", 'The word "NULL" stands for nothing; it was read as empty.'),
)
_STANDS: dict[Stands, tuple[Severity, str]] = {
    Stands.TWIN: ("warning", "The line is the same as another: care by two at once, or entered twice. Both stand."),
    Stands.REPEAT: ("information", "The line repeats an event that another line tells; it was left out."),
    Stands.REPLACED: ("information", "A later line tells this otherwise; this one is not shown as a fact."),
}


class Findings:
    """The findings of one file."""

    def __init__(self, layout: Layout) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._severity: dict[tuple[str, str], tuple[Severity, str]] = {}
        self._issues: list[Issue] = []
        self._fine: set[tuple[str, ...]] = set()  # combinations of listed values that were found in their lists
        self._sure: set[str] = set()  # dates that can be read without a word
        self._valid_number = ""
        self._names = [
            f"{column.name} (column {layout.headers.column_number(column.key)})"
            if layout.headers.has(column.key)
            else column.name
            for column in COLUMNS
        ]

    def add(self, severity: Severity, code: str, message: str, line: int, place: int | str = "") -> None:
        """Note one finding; `place` is the place of a column of the specification, or the name of another column."""
        path = self._names[place] if isinstance(place, int) else place
        key = (message, path)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if count <= LISTED:
            self._issues.append(Issue(severity=severity, code=code, message=message, path=path, line=line))
        elif count == LISTED + 1:
            self._severity[key] = (severity, code)

    def taken(self) -> list[Issue]:
        """The findings since this was asked last."""
        found, self._issues = self._issues, []
        return found

    def end(self) -> None:
        """Tell how many lines were not named."""
        for (message, path), (severity, code) in self._severity.items():
            more = self._counts[message, path] - LISTED
            said = f"{message} {more:,} more line{'s' if more > 1 else ''} with this."
            self._issues.append(Issue(severity=severity, code=code, message=said, path=path))

    # -- the file

    def of_file(self, layout: Layout, about_dates: Issue) -> None:
        """What the file is, and what is wrong with its header."""
        line, headers = layout.first_line, layout.headers
        said = f"Read as {ENCODING_WORDS[layout.encoding]} text with {DELIMITER_WORDS[layout.delimiter]} between cells."
        self._issues.append(Issue(severity="information", code="informational", message=said, line=line))
        self._issues.append(about_dates)
        for column in headers.missing:
            must = column.must == "always"
            message = "This column is not in the file."
            if not (column.key in ("gp_name", "provider_name") or column.must == ""):
                severity: Severity = "error" if must else "warning"
                self._issues.append(
                    Issue(severity=severity, code="required", message=message, path=column.name, line=line)
                )
        for place, name in headers.repeated:
            message = (
                f"Column {place + 1} has the name of an earlier column; the first counts, the second is kept as text."
            )
            self._issues.append(Issue(severity="warning", code="duplicate", message=message, path=name, line=line))
        known = {place for place, _ in headers.repeated}
        for place, name in headers.others:
            if place not in known:
                message = f"Column {place + 1} is not of the specification; its values are kept as text."
                self._issues.append(
                    Issue(severity="information", code="informational", message=message, path=name, line=line)
                )

    # -- a line

    def of_row(self, row: rows.Row, values: tuple[str, ...], others: list[tuple[str, str]], dates: Dates) -> None:
        """What is wrong with one line."""
        line = row.line
        if row.marks:
            for mark, severity, code, message in _MARKS:
                if row.marks & mark:
                    self.add(severity, code, message, line)
        self._required(values, line)
        if _LISTED_VALUES(values) not in self._fine:
            self._lists(values, line)
        self._dates(values, line, dates)
        for place, _ in _NUMBERS:
            if values[place]:
                self._number(values[place], line, place)
        self._formulas(row, values, others)
        number = values[_NHS]
        if number and number != self._valid_number:
            if nhs_number.is_valid(number):
                self._valid_number = number
            else:
                self.add("error", "value", "This is not a valid NHS number.", line, _NHS)

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
        for place, _ in _MUST.get(kind.name, _EVENT) if kind is not None else _ALWAYS:
            if not values[place]:
                self.add("warning", "required", "A value is due here and is missing.", line, place)
        if kind is None:
            return
        if not values[_REASON] and kind.name != "Request":
            self.add("warning", "required", "A value is due here and is missing.", line, _REASON)
        if not values[_END] and (kind.name != "Service" or values[_DEATH]):
            self.add("warning", "required", "A value is due here and is missing.", line, _END)
        if not values[_OUTCOME] and not values[PLACE["assessment_type"]].casefold().startswith("financial"):
            self.add("warning", "required", "A value is due here and is missing.", line, _OUTCOME)

    def _dates(self, values: tuple[str, ...], line: int, dates: Dates) -> None:
        for place, _ in _DATES:
            text = values[place]
            if text and text not in self._sure:
                if not dates.read(text):
                    self.add("error", "value", "This is not a date that can be read; it is kept as text.", line, place)
                elif is_serial(text):
                    message = "The date is a day number of a spreadsheet; it was read as one."
                    self.add("information", "value", message, line, place)
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
        if first and last and last < first:
            self.add("error", "invariant", "The reporting period ends before it starts.", line, _PERIOD_END)

    def _number(self, text: str, line: int, place: int) -> None:
        value = amount(text)
        if value is None:
            self.add("error", "value", "This is not a number; it is kept as text.", line, place)
        elif value < 0:
            self.add("warning", "value", "The number is negative; it is kept as it is.", line, place)

    def _formulas(self, row: rows.Row, values: tuple[str, ...], others: list[tuple[str, str]]) -> None:
        if _FORMULA.isdisjoint({cell[:1] for cell in row.cells}):
            return
        message = "The cell holds a formula; it is kept as text and never run."
        for place, text in enumerate(values):
            if is_formula(text):
                self.add("warning", "security", message, row.line, place)
        for name, text in others:
            if is_formula(text):
                self.add("warning", "security", message, row.line, name)


_FORMULA = frozenset("=@+-")
