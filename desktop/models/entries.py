"""Entries of a released record as a table that sorts and narrows itself. Plain text only; no I/O."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from consent.disclosure import DisclosedEntry
from desktop.models.haystack import haystack
from desktop.models.lanes import lane_of
from desktop.models.meanings import tip
from desktop.models.measures import judged
from desktop.models.tongue import Said, later, tr
from desktop.models.words import breakable, day, soon, span, weekday
from fhir.entries import Entry, EntryId

Index = QModelIndex | QPersistentModelIndex

LinesRole = Qt.ItemDataRole.UserRole + 1
"""A cell as paragraphs: a tuple of `Line`."""


class Line(NamedTuple):
    """One paragraph of a cell: text, its style (strong, body, secondary, source, tag), a token for its colour."""

    text: str
    style: str = "body"
    token: str = ""


def when_text(entry: Entry) -> str:
    """An entry's date as people read it; "Date not recorded" when there is none."""
    return entry.when.text or day(entry.when.start or entry.when.end) or tr("Date not recorded")


def open_words(entry: Entry) -> str:
    """Since when something is open that should have happened, and until when it was meant to be."""
    if not entry.when.start:
        return tr("Open, date not recorded")
    since = day(entry.when.start)
    if entry.when.end and day(entry.when.end) != since:
        return tr("Open since {date}, planned until {end}").format(date=since, end=day(entry.when.end))
    return tr("Open since {date}").format(date=since)


def coming_words(entry: Entry, today: date) -> str:
    """The date of what is to come, with its day of the week, and whether that is today or tomorrow."""
    start = entry.when.start[:10]
    if len(start) < 10 or span(start) is None:  # a month or a year, or no date at all
        return when_text(entry)
    on = date.fromisoformat(start)
    near = f" · {soon(on, today)}" if 0 <= (on - today).days <= 1 else ""
    same_day = entry.when.end[:10] == start
    when = when_text(entry).partition(" to ")[0] if same_day else when_text(entry)
    return f"{weekday(on)} {when}{near}"


def detail_text(entry: Entry) -> str:
    """Value and detail as one line of text."""
    return " · ".join(part for part in (entry.value, entry.detail) if part and part not in entry.title)


def reach(entry: Entry) -> str:
    """Where the person lives and how they are reached, as one of their details says it; empty of anything else."""
    if entry.kind != "person":
        return ""
    return " · ".join(field.value for field in entry.fields if field.label in _REACH)


def tags(item: DisclosedEntry) -> list[Line]:
    """What must be said beside an entry, in words: differences, doubts, what is left out."""
    entry = item.entry
    found = []
    if entry.assertion == "not-a-fact":
        why = entry.status or tr("entered in error or ruled out")
        found.append(Line(tr("not a fact: {why}").format(why=why), "tag", "danger"))
    if entry.kind == "list-warning":
        found.append(Line(tr("incomplete"), "tag", "warning"))
    if item.agreement:
        words, tone = agreement_words(item.agreement)
        found.append(Line(words, "tag", tone))
    if entry.warnings:
        found.append(Line(tr("read with a warning"), "tag", "warning"))
    if item.shortened:
        found.append(Line(tr("shortened for you"), "tag", "info"))
    if entry.as_at:
        found.append(Line(tr("as at {date}").format(date=day(entry.as_at)), "tag"))
    return found


_REACH = frozenset({"Address", "Telephone", "E-mail", "Text message"})
_UNTELLING = ("", "final", "finished", "unknown")
"""Statuses that say nothing a reader of a list needs; the details have them."""
_AGREEMENT = Said({"agree": "sources agree", "differ": "sources differ", "only-here": "only in this source"})
_FEW = re.compile(r"(.+) \((\d+) of (\d+)\)")
_AGREEMENT_TONES = {"agree": "good", "differ": "warning"}


def agreement_words(agreement: str) -> tuple[str, str]:
    """What several sources come to, short enough for a tag, with its tone: "2 sources differ on dose", "1 of 7 give
    another address"."""
    if agreement in _AGREEMENT:
        return _AGREEMENT[agreement], _AGREEMENT_TONES.get(agreement, "")
    number, *parts = agreement.split("; ")
    differ = next((part for part in parts if part.startswith("differ on ")), "")
    if not differ:
        return tr("{sources} agree").format(sources=number), "good"
    names = differ.removeprefix("differ on ").split(", ")
    few = _FEW.fullmatch(names[0]) if len(names) == 1 else None
    if few is not None:
        name, against, of = few.groups()
        return tr("{against} of {sources} give another {name}").format(
            against=against, sources=of, name=name
        ), "warning"
    names = [_FEW.sub(r"\1", name) for name in names]
    more = tr(" and {count} more").format(count=len(names) - 2) if len(names) > 2 else ""
    words = tr("{sources} differ on {names}").format(sources=number, names=", ".join(names[:2]) + more)
    return words, "warning"


class EntriesModel(QAbstractTableModel):
    """A table of entries: when, what, more about it, and who says so.

    `section_names` adds the section's name to each entry, for lists over several sections.
    """

    WHEN, WHAT, MORE, SOURCE = range(4)
    HEADINGS = (later("Date"), later("What"), later("Detail"), later("Source"))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[DisclosedEntry] = []
        self._shown: list[DisclosedEntry] = []
        self._names: dict[str, str] = {}
        self._search: dict[EntryId, str] = {}
        self._order = (self.WHEN, Qt.SortOrder.DescendingOrder)
        self._narrowed = ("", "", "")

    def show(self, items: Sequence[DisclosedEntry], section_names: dict[str, str] | None = None) -> None:
        """Show these entries, newest first, not narrowed."""
        self.beginResetModel()
        self._all, self._names, self._search = list(items), section_names or {}, {}
        self._order = (self.WHEN, Qt.SortOrder.DescendingOrder)
        self._narrowed = ("", "", "")
        self._arrange()
        self._narrow()
        self.endResetModel()

    def show_ordered(self, items: list[DisclosedEntry], section_names: dict[str, str]) -> None:
        """Show these entries, which are newest first already; for lists that are narrowed elsewhere."""
        self.beginResetModel()
        self._all, self._shown, self._names, self._search = items, items, section_names, {}
        self._order, self._narrowed = (self.WHEN, Qt.SortOrder.DescendingOrder), ("", "", "")
        if any(item.entry.assertion == "not-a-fact" for item in items):
            self._arrange()
            self._narrow()
        self.endResetModel()

    def clear(self) -> None:
        """Forget every entry."""
        self.show(())

    def narrow(self, text: str = "", section: str = "", source: str = "") -> None:
        """Keep only entries with every word of `text`, of one section (key) and one source (name); empty is any."""
        self.beginResetModel()
        before, self._narrowed = self._narrowed, (text, section, source)
        further = text.startswith(before[0]) and all(
            old in ("", new) for old, new in zip(before[1:], (section, source), strict=True)
        )
        self._narrow(within=self._shown if further else None)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; entries that are not facts always stay at the end."""
        if column < 0:
            return
        self.beginResetModel()
        self._order = (column, order)
        self._arrange()
        self._narrow()
        self.endResetModel()

    def shown(self) -> list[DisclosedEntry]:
        """Entries now in the table, in its order."""
        return self._shown

    def item(self, index: Index) -> DisclosedEntry:
        """The entry of a row."""
        return self._shown[index.row()]

    def row_of(self, entry_id: EntryId) -> int:
        """The row of an entry, or -1 where it is not in the table now."""
        return next((row for row, item in enumerate(self._shown) if item.entry.entry_id == entry_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.HEADINGS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            column, order = self._order
            arrow = (" ↓" if order is Qt.SortOrder.DescendingOrder else " ↑") if column == section else ""
            return tr(self.HEADINGS[section]) + arrow
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item = self.item(index)
        if role == LinesRole:
            return self._lines(item, index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return "\n".join(line.text for line in self._lines(item, index.column()))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(line.text for line in self._lines(item, index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            said = [*item.entry.warnings, *tip(haystack(item.entry, fold=False)).splitlines()]
            return f"<qt>{'<br>'.join(map(html.escape, said))}</qt>" if said else None
        return None

    def _lines(self, item: DisclosedEntry, column: int) -> tuple[Line, ...]:
        entry = item.entry
        if column == self.WHEN:
            return (Line(breakable(when_text(entry)), "secondary"),)
        if column == self.MORE:
            said = detail_text(entry) or reach(entry)
            lines = [Line(breakable(said))] if said else []
            telling = entry.status.replace("-", " ") if entry.status not in _UNTELLING else ""
            odd = [Line(breakable(words), "tag", "danger") for words in judged(entry)] if entry.measures else []
            return (*lines, *odd, *([Line(telling, "secondary")] if telling else []))
        if column == self.SOURCE:
            return (Line(breakable(entry.source.name), "source", lane_of(entry)),)
        what = [Line(breakable(entry.title), "body" if entry.assertion == "not-a-fact" else "strong")]
        if self._names:
            what.append(Line(self._names.get(entry.section, entry.section), "secondary"))
        return (*what, *tags(item))

    def _arrange(self) -> None:
        """Put every entry into the order of now."""
        column, order = self._order
        self._all.sort(key=lambda item: self._key(item.entry, column), reverse=order is Qt.SortOrder.DescendingOrder)
        doubtful = [item for item in self._all if item.entry.assertion == "not-a-fact"]
        if doubtful:
            self._all = [item for item in self._all if item.entry.assertion != "not-a-fact"] + doubtful

    def _narrow(self, within: list[DisclosedEntry] | None = None) -> None:
        """Keep what is asked for, looking only at `within` where what is asked for has become more."""
        text, section, source = self._narrowed
        kept = self._all if within is None else within
        if section:
            kept = [item for item in kept if item.entry.section == section]
        if source:
            kept = [item for item in kept if item.entry.source.name == source]
        for word in text.casefold().split():
            kept = [item for item in kept if word in self._haystack(item.entry)]
        self._shown = kept

    def _key(self, entry: Entry, column: int) -> str:
        if column == self.WHEN:
            return entry.when.start or entry.when.end
        if column == self.WHAT:
            return entry.title.casefold()
        return entry.source.name.casefold() if column == self.SOURCE else detail_text(entry).casefold()

    def _haystack(self, entry: Entry) -> str:
        found = self._search.get(entry.entry_id)
        if found is None:
            found = self._search[entry.entry_id] = haystack(entry)
        return found
