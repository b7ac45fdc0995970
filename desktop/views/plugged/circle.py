"""The circle of care: a picture of everyone involved, and the same people as a list that says all there is of them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry
from desktop.models.circle import Member, members
from desktop.models.entries import detail_text, when_text
from desktop.models.lanes import lane_of
from desktop.models.story import Story
from desktop.models.tongue import ours
from desktop.models.words import plural, state
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.circle import CirclePicture
from desktop.widgets.layouts import Columns
from desktop.widgets.row import EntryRow, WrittenRow
from desktop.widgets.text import Card, Text
from desktop.widgets.written import Block, Passage, Run, SourceLine, Tags


class Circle(ScrollingPage):
    """Everyone involved."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("Circle", "Circle of care"))
        self._rows: list[WrittenRow] = []

    def clear(self) -> None:
        """Forget the person."""
        self._rows = []
        super().clear()

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        gap, px = look().gap, look().px
        found = members(story)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Who is around {name}").format(name=story.called()), "title"))
        columns = Columns(gap=gap(14), column=px(430))
        rows: list[WrittenRow] = []
        if found:
            card = Card(self.tr("Circle of care"), plural(len(found), "person or team", "people and teams"))
            picture = CirclePicture(story.called(), found)
            picture.picked.connect(self._bring)
            card.add(picture)
            columns.add(card)
        for ring, title, section in (
            ("close", self.tr("Family, carers and friends"), "personal-contacts"),
            ("professional", self.tr("Professionals and teams"), "professional-contacts"),
        ):
            inside_ring = [one for one in found if one.ring == ring]
            card = Card(title, str(len(inside_ring)) if inside_ring else "")
            for number, one in enumerate(inside_ring):
                rows.append(self._row(one, ruled=number > 0))
                card.add(rows[-1])
            if not inside_ring:
                held = story.section(section)
                card.say(self.tr("Nobody who is involved now is shown to you.") if held.entries else state(held))
            elif story.section(section).notice not in ("", story.record.banner.not_shared):
                card.say(ours(story.section(section).notice))
            columns.add(card)
            if ring == "close" and (plans := story.current("contingency")):
                columns.add(self._otherwise(plans))
        column.addWidget(columns)
        column.addStretch(1)
        self.put(inside)
        self._rows = rows

    def _otherwise(self, plans: list[DisclosedEntry]) -> Card:
        """Whom to ring when those who usually come cannot, as the plans for that say it."""
        card = Card(self.tr("If plans fail"), self.tr("contingency plans"))
        for number, item in enumerate(plans):
            row = EntryRow(item, item.entry.title, detail_text(item.entry), when_text(item.entry), ruled=number > 0)
            entry_id = item.entry.entry_id
            row.clicked.connect(lambda _checked=False, entry_id=entry_id: self.opened.emit(entry_id))
            card.add(row)
        return card

    def _row(self, one: Member, *, ruled: bool) -> WrittenRow:
        blocks: list[Block] = [Passage(Run(one.name, "strong"))]
        if one.marks:
            blocks.append(Tags([(mark, "info") for mark in one.marks]))
        blocks += [Passage(Run(words, "secondary")) for words in one.said]
        if one.ways:
            blocks.append(Passage(Run(" · ".join(one.ways), "body")))
        sources = {item.entry.source.name: lane_of(item.entry) for item in one.items}
        blocks.append(SourceLine(sources))
        row = WrittenRow(", ".join(block.words() for block in blocks), blocks, ruled=ruled)
        entry_id = one.items[0].entry.entry_id
        row.clicked.connect(lambda _checked=False: self.opened.emit(entry_id))
        return row

    def _bring(self, number: int) -> None:
        """Bring the line of someone picked in the picture into sight, and open it."""
        row = self._rows[number]
        area = self.findChild(QScrollArea)
        if area is not None:
            area.ensureWidgetVisible(row)
        row.setFocus()
        row.click()


PAGES = (PageKind("circle", "Circle of care", "people", Circle, order=10, count=lambda story: len(members(story))),)
