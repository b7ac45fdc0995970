"""Findings of one table, by line and column, in plain words; no message holds record content.

Of one kind the first `LISTED` lines are named; the rest are counted and told once at the end of the file. What all
tables have in common is found here; what only Client Level Data can be asked stands in `quality`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fhir.records import Issue, Severity
from fhir.social_care import rows
from fhir.social_care.headers import Headers
from fhir.social_care.table import DELIMITER_WORDS, ENCODING_WORDS, Layout
from fhir.social_care.values import Dates, is_formula

LISTED = 20
"""Lines named for one kind of finding; a file with one fault on every line needs one sentence, not a million."""

SHORT_YEAR = "The year has two digits, which do not tell the century; the date is kept as text."
NAMES_AGAIN = "The line repeats the column names, as where files were put together; it was left out."
NOBODY = "The line names nobody and tells nothing of anybody, as a total below a table; it was left out."
SERIAL = "The date is a day number of a spreadsheet; it was read as one."
_MARKS: tuple[tuple[int, Severity, str, str], ...] = (
    (rows.TOO_LONG, "error", "too-long", "The line is too long to be one; it was left out."),
    (rows.OPEN_QUOTE, "error", "structure", "A quotation mark does not close; the line was read without quotation."),
    (rows.TOO_MANY, "error", "structure", "The line has more cells than the header; what is beyond is kept as text."),
    (rows.TOO_FEW, "error", "structure", "The line has fewer cells than the header; the rest is taken as empty."),
    (rows.CONTROLS, "warning", "value", "Null characters in the line were left out."),
    (rows.NULLS, "information", "value", 'The word "NULL" stands for nothing; it was read as empty.'),
)
_FORMULA = frozenset("=@+-")


class Findings:
    """The findings of one file. `names` are what its columns are called, with where they stand."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._counts: dict[tuple[str, str], int] = {}
        self._severity: dict[tuple[str, str], tuple[Severity, str]] = {}
        self._issues: list[Issue] = []
        self.found = 0
        """How many findings were noted, named or not."""

    def add(self, severity: Severity, code: str, message: str, line: int, place: int | str = "") -> None:
        """Note one finding; `place` is the place of a column of the specification, or the name of another column."""
        self.found += 1
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
            self._issues.append(Issue(severity=severity, code=code, message=said, path=path, count=more))

    # -- the file

    def of_text(self, layout: Layout, about_dates: Issue, what: str = "") -> None:
        """How the file is written: encoding, delimiter, dates, and which table it is."""
        said = f"Read as {ENCODING_WORDS[layout.encoding]} text with {DELIMITER_WORDS[layout.delimiter]} between cells."
        if what:
            said = f"{what}. {said}"
        if layout.encoding == "windows-1252":
            said += " None of its letters beyond A to Z is UTF-8."
        self.note("information", "informational", said, layout.first_line)
        self._issues.append(about_dates)

    def of_missing(self, missing: Iterable[tuple[str, Severity]], line: int) -> None:
        """Columns that are not there."""
        for name, severity in missing:
            self.note(severity, "required", "This column is not in the file.", line, name)

    def of_others(self, headers: Headers, line: int) -> None:
        """Columns that are not of the specification, and second ones of one name."""
        for place, name in headers.repeated:
            message = (
                f"Column {place + 1} has the name of an earlier column; the first counts, the second is kept as text."
            )
            self.note("warning", "duplicate", message, line, name)
        known = {place for place, _ in headers.repeated}
        for place, name in headers.others:
            if place not in known:
                message = f"Column {place + 1} is not of the specification; its values are kept as text."
                self.note("information", "informational", message, line, name)

    def note(self, severity: Severity, code: str, message: str, line: int, path: str = "") -> None:
        """Note one finding about the file as a whole, which is never counted away."""
        self._issues.append(Issue(severity=severity, code=code, message=message, path=path, line=line))

    # -- a line

    def of_marks(self, row: rows.Row) -> None:
        """What had to be done to read a line at all."""
        for mark, severity, code, message in _MARKS:
            if row.marks & mark:
                self.add(severity, code, message, row.line)

    def cells(self, row: rows.Row, values: Sequence[str], others: Sequence[tuple[str, str]]) -> None:
        """Cells of another encoding, and those that a spreadsheet would run."""
        if row.marks & rows.OTHER_ENCODING:
            self._letters(row, values, others)
        if row.plain or _FORMULA.isdisjoint({cell[:1] for cell in row.cells}):
            return
        message = "The cell holds a formula; it is kept as text and never run."
        for place, text in enumerate(values):
            if is_formula(text):
                self.add("warning", "security", message, row.line, place)
        for name, text in others:
            if is_formula(text):
                self.add("warning", "security", message, row.line, name)

    def _letters(self, row: rows.Row, values: Sequence[str], others: Sequence[tuple[str, str]]) -> None:
        message = "Letters are not in the file's encoding; they were read as Windows-1252."
        cells: list[tuple[int | str, str]] = [*enumerate(values), *others]
        # Which cells are meant is seen by their bytes: those in the file's encoding stand otherwise in the row.
        found = [
            place
            for place, text in cells
            if not text.isascii()
            and any(text.encode(other, "xmlcharrefreplace") in row.raw for other in ("windows-1252", "latin-1"))
        ]
        for place in found or [""]:
            self.add("warning", "value", message, row.line, place)


def about_dates(dates: Dates, line: int) -> Issue:
    """How dates are written in a file, and how sure that is."""
    if dates.day_first and dates.month_first:
        message = "Some dates can only be day first and some only month first; all were read as day first."
        return Issue(severity="error", code="value", message=message, line=line)
    if dates.day_first or dates.month_first:
        said = "day" if dates.day_first else "month"
        message = f"Dates are written with the {said} first."
        return Issue(severity="information", code="informational", message=message, line=line)
    if dates.either and dates.beside:
        said = dates.order.removesuffix("-first")
        message = f"No date tells whether day or month comes first; they were read with the {said} first, as beside it."
        return Issue(severity="information", code="informational", message=message, line=line)
    if dates.either:
        message = "No date tells whether day or month comes first; they were read as day first."
        return Issue(severity="warning", code="value", message=message, line=line)
    return Issue(severity="information", code="informational", message="Dates can be read one way only.", line=line)


def column_names(columns: Iterable[tuple[str, int]]) -> list[str]:
    """What findings call columns: the name, and where in the file it stands (from 0; -1 for nowhere)."""
    return [f"{name} (column {place + 1})" if place >= 0 else name for name, place in columns]
