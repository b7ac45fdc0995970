"""A whole extract as `SourceFile`s, one stretch at a time, in bounded memory.

The file is read twice. The first time finds how its dates are written and which rows tell of one event; the second
makes the resources. Where carers name whom they care for it is read once more in between, to know their names.
Each resource's `raw` are the exact bytes of its row; several resources may share a row. The first stretch starts with
the header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any, BinaryIO

from fhir.records import SourceFile
from fhir.social_care import defined_lists
from fhir.social_care.event_key import Standing, Stands
from fhir.social_care.findings import NAMES_AGAIN, NOBODY, about_dates
from fhir.social_care.headers import PLACE
from fhir.social_care.quality import CldFindings
from fhir.social_care.row_facts import RowFact
from fhir.social_care.rows import TOO_LONG, Cleaner, Lines, Row, heading, is_short, repeats, rows, settled
from fhir.social_care.stretches import Stretch
from fhir.social_care.table import Layout
from fhir.social_care.to_fhir import Maker
from fhir.social_care.values import DateOrder, Dates

Opener = Callable[[], BinaryIO]

_CODE, _PERSON = PLACE["la_code"], PLACE["person_id"]
_FIRST, _LAST, _BIRTH = PLACE["first_name"], PLACE["last_name"], PLACE["birth_date"]
_LINKED = ("adult_1", "adult_2", "adult_3")
_WHOM = itemgetter(
    *(PLACE[key] for key in ("person_id", "nhs_number", "first_name", "last_name", "birth_date", "event_type"))
)
_ADULTS = itemgetter(*(PLACE[key] for key in _LINKED))


class _Survey:
    """What must be known of the whole file before any row can be told."""

    def __init__(self, opener: Opener, layout: Layout, order: DateOrder) -> None:
        self.dates = Dates(order)
        self.standing = Standing()
        self.linked: set[tuple[str, str]] = set()
        """Carers, and those they care for, by council and number."""
        self.names: dict[tuple[str, str], str] = {}
        """What those are called, once the file was read for them."""
        clean = Cleaner(layout)
        marks = 0
        linked = any(layout.headers.has(key) for key in _LINKED)
        with opener() as stream:
            lines = Lines(stream, layout.encoding)
            head = _head(lines, layout)
            names = heading(head)
            for row in rows(lines, layout):
                marks |= row.marks
                values = clean.values(row)
                if _is_empty(row) or repeats(row, names) or _is_total(row, values):
                    continue
                self.standing.add(values, self.dates)
                self.dates.read(values[_BIRTH])
                if linked and any(adults := _ADULTS(values)):
                    self.linked.add((values[_CODE], values[_PERSON]))
                    self.linked.update((values[_CODE], adult) for adult in adults if adult)
        self.standing.settle()
        self.layout = settled(layout, marks, head)


def read_extract(
    label: str,
    folder: str,
    opener: Opener,
    layout: Layout,
    *,
    whole: bool = False,
    surveys: dict[str, Any] | None = None,
    people_only: bool = False,
) -> Iterator[SourceFile]:
    """The documents of one file of Client Level Data; `whole` gives it as one.

    `people_only` gives it with the Patients only to whom rows about others refer: carers and those they care for.
    `surveys` keeps what was found when a file was looked through, for who reads it again.
    `label` is how the file is called; where there are several stretches each has its number behind "#". Raises OSError
    and what reading a damaged archive raises.
    """
    try:
        survey = (surveys or {}).get(label) or _surveyed(opener, layout)
        if surveys is not None:
            surveys[label] = survey
        layout = survey.layout
        if people_only and not survey.linked:
            yield Stretch().document(label, folder, passes_by=True)
            return
        if survey.linked and not survey.names and not people_only:
            for _ in _read(label, folder, opener, layout, survey, whole, True):
                pass
        yield from _read(label, folder, opener, layout, survey, whole, people_only)
    finally:
        defined_lists.forget()


def _surveyed(opener: Opener, layout: Layout) -> _Survey:
    survey = _Survey(opener, layout, "day-first")
    if survey.dates.month_first and not survey.dates.day_first:
        survey = _Survey(opener, layout, "month-first")
    return survey


def _read(
    label: str, folder: str, opener: Opener, layout: Layout, survey: _Survey, whole: bool, people_only: bool
) -> Iterator[SourceFile]:
    findings = CldFindings(layout)
    findings.of_file(layout, about_dates(survey.dates, layout.first_line))
    name = label.replace("\\", "/").rpartition("/")[2].rpartition("!")[2]
    maker = Maker(name, survey.dates, findings, survey.names)
    clean = Cleaner(layout)
    waiting: Stretch | None = None
    part = number = 0
    with opener() as stream:
        lines = Lines(stream, layout.encoding)
        head = _head(lines, layout)
        stretch, names = Stretch(head), heading(head)
        for row in rows(lines, layout):
            if not whole and stretch.is_full(row):
                if waiting is not None:
                    part += 1
                    yield waiting.document(f"{label}#{part}", folder, passes_by=not whole)
                stretch.issues = findings.taken()
                waiting, stretch = stretch, Stretch()
            values = clean.values(row)
            if _is_empty(row):
                if row.marks & TOO_LONG:
                    findings.add("error", "too-long", "The line is too long to be one; it was left out.", row.line)
                stretch.add(row)
                continue
            if repeats(row, names):
                findings.add("warning", "duplicate", NAMES_AGAIN, row.line)
                stretch.add(row)
                continue
            if _is_total(row, values):
                findings.add("error", "required", NOBODY, row.line)
                stretch.add(row)
                continue
            if people_only:
                key = values[_CODE], values[_PERSON]
                if key not in survey.linked:
                    stretch.add(row)
                    continue
                if (values[_FIRST] or values[_LAST]) and key not in survey.names:
                    survey.names[key] = f"{values[_FIRST]} {values[_LAST]}".strip()
                stretch.add(row)
                for patient in maker.people(values, row.line):
                    stretch.add_event(row, patient)
                continue
            stands = survey.standing.of(number)
            number += 1
            others = clean.others(row)
            findings.of_row(row, values, others, survey.dates)
            if stands is not Stands.YES:
                findings.of_standing(stands, row.line)
            stretch.add(row)
            for patient in maker.people(values, row.line):
                stretch.add_event(row, patient)
            for fact in maker.facts(values, row.line):
                if isinstance(fact, RowFact):
                    stretch.add_event(row, fact)
                else:
                    stretch.add_trees(row, (fact,))
            event = maker.event(values, others, row.line, stands)
            if event is not None:
                stretch.add_event(row, event)
    if number == 0:
        message = "The file has a header but no lines."
        findings.add("warning", "informational", message, layout.first_line)
    if waiting is not None:
        part += 1
        yield waiting.document(f"{label}#{part}", folder, passes_by=not whole)
    findings.end()
    stretch.issues = findings.taken()
    yield stretch.document(f"{label}#{part + 1}" if part else label, folder, passes_by=not whole)


def _head(lines: Lines, layout: Layout) -> bytes:
    return b"".join([lines.next() for _ in range(layout.first_line)])


def _is_empty(row: Row) -> bool:
    return not any(row.cells)


def _is_total(row: Row, values: tuple[str, ...]) -> bool:
    """Whether a row is none of the table: it names nobody and has a cell or two, as a total below it."""
    return not any(_WHOM(values)) and is_short(row)
