"""Two tables of the import workbench: sections of the Core Information Standard that files fill, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.models.entries import Line
from desktop.models.lines_table import LinesTable
from desktop.models.tongue import later, ours, tr
from desktop.models.words import breakable, plural
from desktop.reports import FileReport
from fhir.sections import Section, sections

if TYPE_CHECKING:
    from desktop.comparing import Difference, EntryChange

KIND_TONES = {"new": "good", "changed": "warning", "gone": "danger"}
FILES_NAMED = 4


@dataclass(frozen=True)
class SectionRow:
    """One section, how many entries fill it, and from which files."""

    section: Section
    entries: int
    files: tuple[str, ...]


def section_rows(files: Sequence[FileReport], names: dict[str, str]) -> list[SectionRow]:
    """Every section in display order. `names` are what to call the files."""
    counts: dict[str, int] = {}
    where: dict[str, list[str]] = {}
    for file in files:
        for key, count in file.sections:
            counts[key] = counts.get(key, 0) + count
            where.setdefault(key, []).append(names.get(file.path, file.path))
    return [SectionRow(one, counts.get(key, 0), tuple(where.get(key, ()))) for key, one in sections().items()]


def coverage_words(rows: Sequence[SectionRow]) -> str:
    """How many sections of the standard are filled, in one sentence."""
    standard = [row for row in rows if row.section.standard]
    filled = sum(row.entries > 0 for row in standard)
    entries = plural(sum(row.entries for row in rows), "entry", "entries")
    words = tr("{filled} of the {count} sections of the Core Information Standard, {entries}")
    return words.format(filled=filled, count=len(standard), entries=entries)


class SectionsModel(LinesTable):
    """Sections of the standard, and our own after them."""

    HEADINGS = (later("Section"), later("Entries"), later("From"))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[SectionRow] = ()

    def show(self, rows: Sequence[SectionRow]) -> None:
        """Show these sections."""
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def clear(self) -> None:
        """Forget them."""
        self.show(())

    def lines(self, row: int, column: int) -> tuple[Line, ...]:
        one = self._rows[row]
        if column == 0:
            standard = one.section.standard or tr("not in the standard")
            same = standard.casefold() == one.section.name.casefold()
            return (Line(ours(one.section.name), "strong"), *(() if same else (Line(standard, "secondary"),)))
        if column == 1:
            if one.entries:
                return (Line(f"{one.entries:,}", "strong"),)
            return (Line(tr("none in these files"), "secondary"),)
        named = tuple(Line(breakable(name), "secondary") for name in one.files[:FILES_NAMED])
        more = len(one.files) - FILES_NAMED
        return (*named, Line(tr("and {count} more").format(count=f"{more:,}"), "secondary")) if more > 0 else named


class ChangesModel(LinesTable):
    """What differs between two imports."""

    HEADINGS = (later("What"), later("Entry"), later("How"))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[EntryChange] = ()

    def show(self, found: Difference | None, kind: str = "") -> None:
        """Show the differences of one kind (empty: all), or nothing."""
        self.beginResetModel()
        self._rows = [one for one in found.changes if not kind or one.kind == kind] if found is not None else []
        self.endResetModel()

    def lines(self, row: int, column: int) -> tuple[Line, ...]:
        one = self._rows[row]
        if column == 0:
            return (Line(tr(one.kind), "tag", KIND_TONES[one.kind]),)
        if column == 1:
            under = " · ".join(part for part in (sections()[one.section].name, one.when, one.resource) if part)
            return (Line(breakable(one.title), "strong"), Line(breakable(under), "secondary"))
        return tuple(Line(breakable(words)) for words in one.details) or (Line("–", "secondary"),)


def changes_words(found: Difference) -> str:
    """How much differs, in one sentence."""
    counts = {kind: sum(one.kind == kind for one in found.changes) for kind in KIND_TONES}
    told = ", ".join(f"{count:,} {tr(kind)}" for kind, count in counts.items())
    return tr("{changes}, {same} the same").format(changes=told, same=f"{found.same:,}")
