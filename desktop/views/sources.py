"""Where this record comes from: each source shown, how much of it and how fresh, and what contradicts what."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from consent.disclosure import DisclosedSection
from desktop.models.story import Story
from desktop.models.tongue import ours
from desktop.models.words import LANE_WORDS, STATE_TITLES, day, plural
from desktop.theme.tokens import look
from desktop.views.plugs import ScrollingPage
from desktop.widgets.layouts import grow
from desktop.widgets.pieces import Pieces
from desktop.widgets.row import conflict_row, source_mark
from desktop.widgets.text import Card, Text, rule, tag

_AT_ONCE = 4


class Sources(ScrollingPage):
    """Sources, contradictions and coverage of the sections. `opened` carries an entry."""

    def __init__(self) -> None:
        super().__init__(QCoreApplication.translate("Sources", "Sources"))
        self._pieces = Pieces(self)

    def show_story(self, story: Story, key: str = "sources") -> None:
        """Show one record."""
        self.clear()
        gap = look().gap
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(14))
        column.addWidget(Text(self.tr("Sources"), "title"))
        top = QVBoxLayout()
        top.setSpacing(gap(14))
        column.addLayout(top)
        held = Card(self.tr("What each part of the record holds"), self.tr("as shown to you"))
        column.addWidget(held)
        column.addStretch(1)
        self.put(inside)
        sections = list(story.record.sections.values())
        self._pieces.build(
            [
                lambda: top.addWidget(self._supplied(story)),
                *([lambda: top.addWidget(self._contradictions(story))] if story.record.conflicts else []),
                *(
                    partial(self._coverage, held, sections[at : at + _AT_ONCE])
                    for at in range(0, len(sections), _AT_ONCE)
                ),
            ]
        )

    def clear(self) -> None:
        """Forget the person."""
        self._pieces.stop()
        super().clear()

    def _supplied(self, story: Story) -> Card:
        card = Card(self.tr("What is shown here came from"), plural(len(story.record.sources), "source"))
        for number, source in enumerate(story.record.sources):
            if number:
                card.add(rule())
            row = QHBoxLayout()
            row.setContentsMargins(look().gap(6), look().gap(6), look().gap(6), look().gap(6))
            row.addWidget(source_mark(source.name, source.lane, role="strong"), 4)
            row.addWidget(Text(LANE_WORDS.get(source.lane, source.lane), "secondary"), 2)
            row.addWidget(Text(plural(source.entries, "entry", "entries")), 2)
            newest = self.tr("newest {date}").format(date=day(source.newest)) if source.newest else self.tr("no dates")
            row.addWidget(Text(newest, "secondary"), 2)
            card.body.addLayout(row)
        if not story.record.sources:
            card.say(self.tr("No source sent anything that is shown to you."))
        return card

    def _contradictions(self, story: Story) -> Card:
        card = Card(self.tr("Differences to check"), str(len(story.record.conflicts)))
        for number, conflict in enumerate(story.record.conflicts):
            row = conflict_row(conflict, story.sides(conflict), ruled=number > 0)
            first = conflict.entry_ids[0] if conflict.entry_ids else ""
            row.clicked.connect(lambda _checked=False, first=first: self.opened.emit(first))
            card.add(row)
        return card

    def _coverage(self, card: Card, sections: Sequence[DisclosedSection]) -> None:
        tones = {"data": "good", "failed": "danger", "nothing-shown": "info"}
        part = grow(QWidget())  # laid out once, and not again with each that follows
        rows = QVBoxLayout(part)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for section in sections:
            if card.body.count() > 2 or rows.count():
                rows.addWidget(rule())
            row = QHBoxLayout()
            row.setContentsMargins(look().gap(6), look().gap(4), look().gap(6), look().gap(4))
            row.addWidget(Text(ours(section.section.name)), 4)
            count = plural(len(section.entries), "entry", "entries") if section.entries else ""
            held = STATE_TITLES[section.state] or count
            holder = QHBoxLayout()
            holder.addWidget(tag(held or STATE_TITLES["none-recorded"], tones.get(section.state, "")))
            holder.addStretch(1)
            row.addLayout(holder, 4)
            newest = max((item.entry.when.start for item in section.entries), default="")
            row.addWidget(Text(day(newest), "secondary"), 2, Qt.AlignmentFlag.AlignTop)
            rows.addLayout(row)
        card.add(part)
