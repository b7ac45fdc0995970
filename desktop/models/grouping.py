"""Entries of a list in groups: by year, kind, source, or whether they are current. Counts only what is in the list.

A group is a heading row between the entries; it folds. What the list is not given, no heading or number can tell of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, Qt

from consent.disclosure import DisclosedEntry
from desktop.models.entries import EntriesModel, Index, Line, LinesRole
from desktop.models.lanes import lane_of
from desktop.models.tongue import Said, tr
from desktop.models.words import plural
from fhir.entries import Entry, EntryId

GROUPINGS = Said(
    {
        "": "Nothing",
        "year": "Year",
        "kind": "Kind",
        "source": "Source",
        "current": "Current or past",
    }
)
"""What a list can be grouped by, with the words for it."""
_CURRENT = Said({True: "Current", False: "Past", None: "Not said whether current"})


class Heading(NamedTuple):
    """A group of a list: how many entries it has, and whether they are folded away. `lane` colours a source."""

    words: str
    size: int
    folded: bool = False
    lane: str = ""

    @property
    def said(self) -> str:
        """The heading as one reads it."""
        return f"{self.words} · {plural(self.size, 'entry', 'entries')}"


def group_of(entry: Entry, by: str) -> str:
    """The heading that an entry stands under."""
    if by == "year":
        return (entry.when.start or entry.when.end)[:4] or tr("Date not recorded")
    if by == "kind":
        return entry.kind.replace("-", " ").capitalize() or tr("Not said")
    if by == "source":
        return entry.source.name
    return _CURRENT[entry.active] if entry.assertion != "not-a-fact" else tr("Not a fact")


def grouped(items: Sequence[DisclosedEntry], by: str) -> dict[str, list[DisclosedEntry]]:
    """Entries by heading: years in the order of the list, everything else as one looks it up."""
    found: dict[str, list[DisclosedEntry]] = {}
    for item in items:
        found.setdefault(group_of(item.entry, by), []).append(item)
    if by == "year":
        return found
    order = [*_CURRENT.values(), tr("Not a fact")] if by == "current" else []
    names = sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name.casefold()))
    return {name: found[name] for name in names}


class GroupedEntriesModel(EntriesModel):
    """The table of entries with headings between them, where it is grouped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by = ""
        self._folded: set[str] = set()
        self._rows: list[DisclosedEntry | Heading] = []

    @property
    def by(self) -> str:
        """A key of `GROUPINGS`."""
        return self._by

    def group_by(self, by: str) -> None:
        """Group by a key of `GROUPINGS`; every group is open."""
        self.beginResetModel()
        self._by = by if by in GROUPINGS else ""
        self._folded.clear()
        self._narrow(self._shown)
        self.endResetModel()

    def fold(self, heading: Heading) -> int:
        """Fold a group away or open it again; the row of its heading."""
        self.beginResetModel()
        self._folded ^= {heading.words}
        self._narrow(self._shown)
        self.endResetModel()
        return next(row for row in self.headings() if self._heading(row).words == heading.words)

    def heading(self, index: Index) -> Heading | None:
        """The heading that a row is, or None for an entry."""
        row = self._rows[index.row()]
        return row if isinstance(row, Heading) else None

    def headings(self) -> list[int]:
        """The rows that are headings."""
        return [at for at, row in enumerate(self._rows) if isinstance(row, Heading)] if self._by else []

    def item(self, index: Index) -> DisclosedEntry:
        """The entry of a row. Raises LookupError for a heading."""
        row = self._rows[index.row()]
        if not isinstance(row, Heading):
            return row
        raise LookupError("a heading is no entry")

    def row_of(self, entry_id: EntryId) -> int:
        return next(
            (
                at
                for at, row in enumerate(self._rows)
                if not isinstance(row, Heading) and row.entry.entry_id == entry_id
            ),
            -1,
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()] if index.isValid() else None
        if not isinstance(row, Heading):
            return super().data(index, role)
        if index.column():
            return None
        if role == LinesRole:
            return (Line(f"{'▸' if row.folded else '▾'}  {row.said}", "group", row.lane),)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.said
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.said}, {tr('closed') if row.folded else tr('open')}"
        return None

    def _heading(self, row: int) -> Heading:
        found = self._rows[row]
        assert isinstance(found, Heading)
        return found

    def _narrow(self, within: list[DisclosedEntry] | None = None) -> None:
        super()._narrow(within)
        if not self._by:
            self._rows = list(self._shown)
            return
        self._rows = []
        for words, items in grouped(self._shown, self._by).items():
            folded = words in self._folded
            lane = lane_of(items[0].entry) if self._by == "source" else ""
            self._rows.append(Heading(words, len(items), folded, lane))
            self._rows += [] if folded else items
