"""People of the vault as a table: the least that lets a worker pick the right person. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from desktop.models.entries import Index, Line
from desktop.models.lines_table import LinesTable
from desktop.models.tongue import later, tr
from desktop.models.words import NHS_STATUS_WORDS, breakable, day, nhs_number
from desktop.reports import PersonRow
from fhir.entries import PersonId


class PeopleModel(LinesTable):
    """Name, date of birth, NHS number and whether someone else here may be the same person."""

    HEADINGS = (later("Name"), later("Born"), later("NHS number"), later("To know"))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PersonRow] = []
        self._notes: dict[PersonId, str] = {}

    def show(self, rows: Sequence[PersonRow], notes: dict[PersonId, str] | None = None) -> None:
        """Show these people in this order, each with what is noted of them beside."""
        self.beginResetModel()
        self._rows, self._notes = list(rows), dict(notes or {})
        self.endResetModel()

    def clear(self) -> None:
        """Forget everyone."""
        self.show(())

    def person(self, index: Index) -> PersonRow:
        """The person of a row."""
        return self._rows[index.row()]

    def lines(self, row: int, column: int) -> tuple[Line, ...]:
        """The paragraphs of a cell."""
        return self._cell(self._rows[row], column)

    def _cell(self, row: PersonRow, column: int) -> tuple[Line, ...]:
        if column == 0:
            return (Line(breakable(row.name), "strong"),)
        if column == 1:
            only = tr("{year}, the year only").format(year=row.birth_date) if len(row.birth_date) == 4 else ""
            return (Line(only or day(row.birth_date) or tr("Not recorded")),)
        if column == 2:
            if not row.nhs_number:
                return (Line(tr("Not recorded"), "secondary"),)
            status = NHS_STATUS_WORDS.get(row.nhs_status, "")
            written = nhs_number(row.nhs_number)
            if row.nhs_status == "invalid":
                return (Line(breakable(written)), Line(status, "tag", "danger"))
            return (Line(f"{breakable(written)} {status}".strip()),)
        lines = [Line(self._notes[row.person_id], "secondary")] if row.person_id in self._notes else []
        if row.possible_matches:
            several = tr("may be the same as {count} other people").format(count=row.possible_matches)
            words = tr("may be the same as another person") if row.possible_matches == 1 else several
            lines.append(Line(words, "tag", "warning"))
        return tuple(lines)
