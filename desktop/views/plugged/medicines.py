"""Medicines: what differs first; what is taken now and who prescribes it, what changed, what was given, the past."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry
from desktop.models.entries import detail_text, tags, when_text
from desktop.models.lanes import lane_of
from desktop.models.medicines import Change, Given, Medicine, arranged, field, not_given, prescriber, since
from desktop.models.story import Story, newest_first
from desktop.models.words import day, plural
from desktop.theme.tokens import look
from desktop.views.plugs import Page, PageKind, Shell
from desktop.views.section_frame import SectionFrame
from desktop.widgets.focus import in_place_of
from desktop.widgets.layouts import Columns
from desktop.widgets.leaving import emptied
from desktop.widgets.pieces import Pieces
from desktop.widgets.row import EntryRow, WrittenRow
from desktop.widgets.text import Card, Text, button
from desktop.widgets.written import Block, Passage, Run, Sourced, Tags

_MISSED = 8


class Medicines(Page):
    """The medicines section."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__()
        self._pieces = Pieces(self)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.frame = SectionFrame(self._inside)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.frame)

    def clear(self) -> None:
        """Forget the person."""
        self._pieces.stop()
        self.frame.clear()
        emptied(self._column)

    def show_story(self, story: Story, key: str) -> None:
        """Show the medicines of one record."""
        self.clear()
        section = story.section(key)
        if not self.frame.show_section(section, story.record.banner.not_shared):
            return
        made = arranged(section.entries, story.today)
        columns = Columns(gap=look().gap(14), column=look().px(400))
        self._column.addWidget(columns)
        self._column.addStretch(1)
        columns.add(self._current(made.current, made.incomplete))
        self._pieces.build(
            [
                *([lambda: columns.add(self._changed(made.changes))] if made.changes else []),
                *([lambda: columns.add(self._given(made.given))] if made.given else []),
                lambda: self._list(columns, self.tr("Stopped or finished"), made.past),
                lambda: self._list(columns, self.tr("Also in this section"), made.rest),
            ]
        )

    def _changed(self, changes: Sequence[Change]) -> Card:
        card = Card(self.tr("Changed in the last three months"), plural(len(changes), "change"))
        for number, change in enumerate(changes):
            self._add(card, change.item, f"{day(change.when)} · {change.words}", number)
        return card

    def _current(self, medicines: Sequence[Medicine], warned: Sequence[DisclosedEntry]) -> Card:
        differ = sum(one.differs for one in medicines)
        card = Card(
            self.tr("Taken now, as recorded"),
            self.tr("{count} where sources differ").format(count=differ)
            if differ
            else plural(len(medicines), "medicine"),
        )
        for number, item in enumerate(warned):
            self._add(card, item, "", number)
        for number, one in enumerate(medicines, start=len(warned)):
            if one.differs:
                mark = Text(self.tr("{name}: sources differ").format(name=one.name), "warning")
                mark.setContentsMargins(look().gap(6), look().gap(8 if number else 2), 0, 0)
                card.add(mark)
            for at, item in enumerate(self._once(one)):
                self._medicine(card, item, one, ruled=bool(number) and not at and not one.differs)
        if not medicines:
            card.say(self.tr("None of those recorded is current."))
        return card

    @staticmethod
    def _once(one: Medicine) -> list[DisclosedEntry]:
        """Of entries that say the very same, the newest stands for all; its line names the other sources."""
        first: dict[tuple[str, str], DisclosedEntry] = {}
        for item in one.items:
            first.setdefault((item.entry.title.casefold(), item.entry.value.casefold()), item)
        return list(first.values())

    def _medicine(self, card: Card, item: DisclosedEntry, one: Medicine, *, ruled: bool) -> None:
        entry = item.entry
        same = [
            other.entry.source.name
            for other in one.items
            if other.entry.value.casefold() == entry.value.casefold()
            and other.entry.title.casefold() == entry.title.casefold()
            and other.entry.source.key != entry.source.key
        ]
        why = field(entry, "Reason")
        blocks: list[Block] = [
            Passage(Run(entry.title, "strong")),
            Passage(Run(entry.value or self.tr("dose not given"))),
        ]
        parts = [why and self.tr("for {reason}").format(reason=why), prescriber(entry), since(entry)]
        under = " · ".join(part for part in parts if part)
        if under:
            blocks.append(Passage(Run(under, "secondary")))
        note = entry.detail if entry.detail and entry.detail != why else ""
        if note:
            blocks.append(Passage(Run(note, "secondary")))
        blocks.append(Sourced(entry.source.name, lane_of(entry)))
        marks = [(line.text, line.token) for line in tags(item)]
        if same:
            marks.append((self.tr("the same in {sources}").format(sources=", ".join(dict.fromkeys(same))), "good"))
        if marks:
            blocks.append(Tags(marks))
        said = ", ".join(block.words() for block in blocks)
        row = WrittenRow(said, blocks, ruled=ruled)
        row.clicked.connect(lambda _checked=False, entry_id=entry.entry_id: self.opened.emit(entry_id))
        card.add(row)

    def _given(self, given: Sequence[Given]) -> Card:
        """What was not given first: it must not be lost behind what was."""
        missed = newest_first([item for one in given for item in one.items if not_given(item)])
        card = Card(self.tr("Given and not given"), self.tr("not given first") if missed else self.tr("newest first"))
        for number, item in enumerate(missed[:_MISSED]):
            self._dose(card, item, ruled=number > 0)
        if len(missed) > _MISSED:
            earlier = plural(len(missed) - _MISSED, "earlier dose", "earlier doses")
            card.say(self.tr("{doses} not given").format(doses=earlier))
        ruled = bool(missed)
        for one in given:
            doses = [item for item in one.items if not not_given(item)]
            for item in doses[:3]:
                self._dose(card, item, ruled=ruled)
                ruled = True
            if len(doses) > 3:
                earlier = plural(len(doses) - 3, "earlier dose", "earlier doses")
                card.say(self.tr("{doses} of {name}").format(doses=earlier, name=one.name))
        return card

    def _dose(self, card: Card, item: DisclosedEntry, *, ruled: bool) -> None:
        entry = item.entry
        why = field(entry, "Why not", "Reason not given", "Status reason", "Outcome") if not_given(item) else ""
        title = entry.title + (f": {why}" if why else "")
        by = " · ".join(part for part in (when_text(entry), entry.author) if part)
        row = EntryRow(item, title, by, ruled=ruled)
        if not_given(item):
            said = self.tr("not given") if entry.title.startswith("Not given") else self.tr("not known")
            row.blocks = (Tags([(said, "warning")]), *row.blocks)
        row.clicked.connect(lambda _checked=False, entry_id=entry.entry_id: self.opened.emit(entry_id))
        card.add(row)

    def _list(self, columns: Columns, title: str, items: Sequence[DisclosedEntry], most: int = 8) -> None:
        if not items:
            return
        card = Card(title, plural(len(items), "entry", "entries"))

        def add(some: Sequence[DisclosedEntry], first: int) -> None:
            for number, item in enumerate(some, start=first):
                why = field(item.entry, "Why stopped", "Reason stopped")
                under = " · ".join(part for part in (when_text(item.entry), why or detail_text(item.entry)) if part)
                self._add(card, item, under, number)

        add(items[:most], 0)
        if len(items) > most:
            words = self.tr("Show all {count}").format(count=len(items))
            more = button(words, "quiet", name=f"{words}, {title}")

            def rest() -> None:
                in_place_of(more, card, lambda: add(items[most:], most))

            more.clicked.connect(lambda _checked=False: rest())
            card.add(more)
        columns.add(card)

    def _add(self, card: Card, item: DisclosedEntry, under: str, number: int) -> None:
        row = EntryRow(item, item.entry.title, under, ruled=number > 0)
        entry_id = item.entry.entry_id
        row.clicked.connect(lambda _checked=False: self.opened.emit(entry_id))
        card.add(row)


PAGES = (PageKind("medicines", "Medicines and devices", "health", Medicines),)
