"""The entries of a person as a table for reviewing labels: what it is, what it is labelled with, why. No I/O."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from consent.categories import categories
from desktop.label_review import LabelRow, reason_in_words
from desktop.models.entries import Index, Line
from desktop.models.lines_table import LinesTable
from desktop.models.tongue import later, ours, tr
from desktop.models.words import breakable, plural

ANY = ""
DECIDED = "decided"
SENSITIVE = "sensitive"


def category_name(key: str) -> str:
    """The name of a category as people read it."""
    known = categories().get(key)
    return ours(known.name) if known is not None else key


def matches(row: LabelRow, words: str, only: str) -> bool:
    """Whether a row is shown for words typed and a filter: a category, `DECIDED`, `SENSITIVE` or `ANY`."""
    if only == DECIDED and row.decided is None:
        return False
    if only == SENSITIVE and row.categories == ("general",):
        return False
    if only not in (ANY, DECIDED, SENSITIVE) and only not in row.categories:
        return False
    text = f"{row.title} {row.source} {' '.join(row.reasons)}".casefold()
    return all(word in text for word in words.casefold().split())


class LabelModel(LinesTable):
    """What, labels, and why."""

    HEADINGS = (later("Entry"), later("Labelled as"), later("Because"))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[LabelRow] = []
        self._rows: list[LabelRow] = []
        self._filter = ("", ANY)

    def show(self, rows: Sequence[LabelRow]) -> None:
        """Show these rows, as the filter stands."""
        self._all = list(rows)
        self.narrow(*self._filter)

    def narrow(self, words: str, only: str) -> None:
        """Show only rows that match."""
        self._filter = (words, only)
        self.beginResetModel()
        self._rows = [row for row in self._all if matches(row, words, only)]
        self.endResetModel()

    def clear(self) -> None:
        """Forget everything."""
        self.show(())

    @property
    def total(self) -> int:
        """How many there are without the filter."""
        return len(self._all)

    def entry(self, index: Index) -> LabelRow:
        """The row at an index."""
        return self._rows[index.row()]

    def lines(self, row: int, column: int) -> tuple[Line, ...]:
        """The paragraphs of a cell."""
        return self._cell(self._rows[row], column)

    def _cell(self, row: LabelRow, column: int) -> tuple[Line, ...]:
        if column == 0:
            under = " · ".join(part for part in (row.when, row.source) if part)
            return (Line(breakable(row.title), "strong"), *((Line(under, "secondary"),) if under else ()))
        if column == 1:
            names = [Line(category_name(key)) for key in row.categories] or [Line(tr("Not labelled"), "tag", "warning")]
            if row.decided is not None:
                names.append(Line(tr("decided on purpose"), "tag", "info"))
            return (
                *names,
                *(
                    Line(tr("{limit}: not for the person or carers").format(limit=limit), "secondary")
                    for limit in row.limits
                ),
            )
        if row.decided is None:
            told = [(Line(reason_in_words(line)), _origin(row, n)) for n, line in enumerate(row.reasons)]
            return tuple(line for both in told for line in both if line is not None)
        without = ", ".join(category_name(key) for key in row.derived) or tr("not labelled")
        said = tr("{who} decided: “{reason}”").format(who=row.decided.by, reason=row.decided.reason)
        lines = [Line(said), Line(tr("Without it: {labels}").format(labels=without), "secondary")]
        if row.also:
            also = tr("It holds for {count} of the same record").format(count=plural(row.also, "further line"))
            lines.append(Line(also, "secondary"))
        return tuple(lines)


def _origin(row: LabelRow, number: int) -> Line | None:
    """From where the table has it that says so."""
    origin = row.origins[number] if number < len(row.origins) else None
    if origin is None:
        return None
    words = tr("By our table after: {source}, version {version}")
    return Line(words.format(source=origin.source, version=origin.version), "secondary")
