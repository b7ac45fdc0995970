"""A whole table of `definitions` as `SourceFile`s, one stretch at a time, with what is wrong in it by line and column.

The file is read twice: first for how its dates are written, then for its rows. Tables of one set are written alike:
where a file's own dates do not tell day from month, those beside it do. Each resource's `raw` are the exact bytes of
its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from fhir import nhs_number
from fhir.records import SourceFile
from fhir.social_care.findings import NAMES_AGAIN, NOBODY, SERIAL, SHORT_YEAR, Findings, about_dates, column_names
from fhir.social_care.rows import TOO_LONG, Cleaner, Lines, Row, heading, is_short, repeats, rows, settled
from fhir.social_care.stretches import Stretch
from fhir.social_care.table import Layout
from fhir.social_care.tables.children import ChildrenMaker
from fhir.social_care.tables.definitions import Table, tables
from fhir.social_care.tables.making import Maker, TableRow
from fhir.social_care.tables.provider import ProviderMaker
from fhir.social_care.values import DateOrder, Dates, amount, has_short_year, is_serial

Opener = Callable[[], BinaryIO]
Beside = Callable[[], Iterable[tuple[Opener, Layout]]]
_PERIODS = (
    ("decom", "dec"),
    ("mis_start", "mis_end"),
    ("sw_decom", "sw_dec"),
    ("date_placed", "date_placed_ceased"),
    ("service_start", "service_end"),
    ("actual_start", "actual_end"),
    ("planned_start", "planned_end"),
    ("start", "end"),
)
_BIRTHS = ("dob", "birth_date")
_WHOM = ("person_id", "child", "nhs_number", "first_name", "last_name", "upn", *_BIRTHS)
_WHOSE = ("person_id", "child")


def read_table(
    label: str,
    folder: str,
    opener: Opener,
    layout: Layout,
    *,
    whole: bool = False,
    surveys: dict[str, Any] | None = None,
    people_only: bool = False,
    beside: Beside = tuple,
) -> Iterator[SourceFile]:
    """The documents of one table; the arguments are those of `fhir.social_care.extract.read_extract`, and `beside`
    gives the tables that lie in the same folder of the drop."""
    table = tables()[layout.table]
    dates, layout = survey = (surveys or {}).get(label) or _surveyed(opener, layout, beside)
    if surveys is not None:
        surveys[label] = survey
    checks = _Checks(table, layout, dates)
    name = label.replace("\\", "/").rpartition("/")[2].rpartition("!")[2]
    maker: Maker = (ChildrenMaker if table.family == "children" else ProviderMaker)(
        name, folder, table, dates, checks.findings
    )
    clean = Cleaner(layout)
    waiting: Stretch | None = None
    part = 0
    empty = True
    with opener() as stream:
        lines = Lines(stream, layout.encoding)
        head = b"".join([lines.next() for _ in range(layout.first_line)])
        stretch, names = Stretch(head), heading(head)
        for row in rows(lines, layout):
            if not whole and stretch.is_full(row):
                if waiting is not None:
                    part += 1
                    yield waiting.document(f"{label}#{part}", folder)
                stretch.issues = checks.findings.taken()
                waiting, stretch = stretch, Stretch()
            values = clean.values(row)
            if not any(row.cells):
                if row.marks & TOO_LONG:
                    checks.findings.of_marks(row)
                stretch.add(row)
                continue
            empty = False
            read = TableRow(table, values, clean.others(row), row.line)
            if repeats(row, names):
                checks.findings.add("warning", "duplicate", NAMES_AGAIN, row.line)
                stretch.add(row)
                continue
            if is_short(row) and not any(map(read.peek, _WHOM)):
                checks.findings.add("error", "required", NOBODY, row.line)
                stretch.add(row)
                continue
            if not people_only:
                checks.of_row(row, values, read)
            trees = list(maker.people(read))
            if not people_only:
                trees += maker.facts(read)
            stretch.add(row, trees, maker.address(read))
    if empty:
        checks.findings.note("warning", "informational", "The file has a header but no lines.", layout.first_line)
    if waiting is not None:
        part += 1
        yield waiting.document(f"{label}#{part}", folder)
    checks.findings.end()
    stretch.issues = checks.findings.taken()
    yield stretch.document(f"{label}#{part + 1}" if part else label, folder)


def _surveyed(opener: Opener, layout: Layout, beside: Beside) -> tuple[Dates, Layout]:
    """How dates are written in a file, and the file's encoding once all of it was seen.

    Where none of them tells, those of the same set of tables that do, and agree, tell it.
    """
    found = dates, _ = _told(opener, layout)
    if not dates.either or dates.day_first or dates.month_first:
        return found
    family = tables()[layout.table].family
    others = [_told(other, written)[0] for other, written in beside() if tables()[written.table].family == family]
    orders = {other.order for other in others if bool(other.day_first) != bool(other.month_first)}
    if len(orders) != 1:
        return found
    found = dates, _ = _looked_through(opener, layout, orders.pop())
    dates.beside = True
    return found


def _told(opener: Opener, layout: Layout) -> tuple[Dates, Layout]:
    found = dates, _ = _looked_through(opener, layout, "day-first")
    month_first = dates.month_first and not dates.day_first
    return _looked_through(opener, layout, "month-first") if month_first else found


def _looked_through(opener: Opener, layout: Layout, order: DateOrder) -> tuple[Dates, Layout]:
    dates = Dates(order)
    clean = Cleaner(layout)
    marks = 0
    columns = tables()[layout.table].columns
    places = [place for place, column in enumerate(columns) if column.kind in ("date", "datetime")]
    with opener() as stream:
        lines = Lines(stream, layout.encoding)
        head = b"".join([lines.next() for _ in range(layout.first_line)])
        for row in rows(lines, layout):
            marks |= row.marks
            values = clean.values(row)
            for place in places:
                if values[place]:
                    dates.read(values[place])
    return dates, settled(layout, marks, head)


class _Checks:
    """What is wrong with a file and its lines."""

    def __init__(self, table: Table, layout: Layout, dates: Dates) -> None:
        headers = layout.headers
        pairs = [(column.name, place) for column, place in zip(table.columns, headers.places, strict=True)]
        self.findings = Findings(column_names(pairs))
        self.findings.of_text(layout, about_dates(dates, layout.first_line), f"This is the table {table.title!r}")
        missing = [
            column.name for column, (_, place) in zip(table.columns, pairs, strict=True) if column.must and place < 0
        ]
        self.findings.of_missing([(name, "error") for name in missing], layout.first_line)
        self.findings.of_others(headers, layout.first_line)
        self._table = table
        self._dates = dates
        self._there = [place >= 0 for place in headers.places]
        self._place = {column.key: number for number, column in enumerate(table.columns)}

    def of_row(self, row: Row, values: tuple[str, ...], read: TableRow) -> None:
        """What is wrong with one line."""
        add, line = self.findings.add, row.line
        if row.marks:
            self.findings.of_marks(row)
        for place, (column, text) in enumerate(zip(self._table.columns, values, strict=True)):
            if not text:
                if column.must and self._there[place]:
                    add("warning", "required", "A value is due here and is missing.", line, place)
            elif column.kind in ("date", "datetime") and has_short_year(text):
                add("error", "value", SHORT_YEAR, line, place)
            elif column.kind in ("date", "datetime") and is_serial(text):
                add("information", "value", SERIAL, line, place)
            elif column.kind == "date" and not self._dates.read(text):
                add("error", "value", "This is not a date that can be read; it is kept as text.", line, place)
            elif column.kind == "datetime" and not self._dates.read_time(text):
                add("error", "value", "This is not a date or time that can be read; it is kept as text.", line, place)
            elif column.kind == "number":
                value = amount(text)
                if value is None:
                    add("error", "value", "This is not a number; it is kept as text.", line, place)
                elif value < 0:
                    add("warning", "value", "The number is negative; it is kept as it is.", line, place)
            elif column.kind == "list" and not self._table.words(column, text):
                add("warning", "code-invalid", "The value is not in the list of this column; it is kept.", line, place)
            elif column.key == "nhs_number" and not nhs_number.is_valid(text):
                add("error", "value", "This is not a valid NHS number.", line, place)
        for key in _WHOSE:
            if key in self._place and not read.peek(key):
                message = "The line does not say by the sender's own number which person it is about."
                add("error", "required", message, line, self._place[key])
        self._order(read, line)
        self.findings.cells(row, values, read.others)

    def _order(self, read: TableRow, line: int) -> None:
        born = next((self._dates.read(read.peek(key)) for key in _BIRTHS if read.peek(key)), "")
        for first, last in _PERIODS:
            start, end = self._dates.read_time(read.peek(first)), self._dates.read_time(read.peek(last))
            if start and end and end < start:
                self.findings.add("error", "invariant", "It ends before it starts.", line, self._place[last])
            if born and start and start[:10] < born:
                self.findings.add(
                    "error", "invariant", "It starts before the person was born.", line, self._place[first]
                )
