"""Due next, across all teams: overdue first, then by day, then what is open without one."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.lanes import lane_of
from desktop.models.story import NEXT_SECTIONS, Story
from desktop.models.words import LANE_WORDS, calendar_day, soon
from desktop.models.year import DUE_WORDS, Year
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.row import WrittenRow
from desktop.widgets.text import Card, Text
from desktop.widgets.written import Block, Passage, Run, Sourced, Tags
from fhir.year.due import Due


class DueNext(ScrollingPage):
    """What is to come."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("DueNext", "Due next"))

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        gap = look().gap
        found = Year(story).due
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Due next, all teams"), "title"))
        groups = (
            (self.tr("Past its day and still open"), [one for one in found if one.overdue]),
            (self.tr("Coming"), [one for one in found if one.when is not None and not one.overdue]),
            (self.tr("Open, without a day"), [one for one in found if one.when is None]),
        )
        for title, some in groups:
            if some:
                card = Card(title, str(len(some)))
                for number, one in enumerate(some):
                    card.add(self._row(one, story, number))
                column.addWidget(card)
        if not found:
            card = Card(story.lacking_title(NEXT_SECTIONS, self.tr("Nothing due is shown")))
            none = self.tr("Nothing planned or open is shown to you in the sources connected here.")
            card.say(story.lacking(NEXT_SECTIONS, none))
            column.addWidget(card)
        column.addStretch(1)
        self.put(inside)

    def _row(self, one: Due, story: Story, number: int) -> WrittenRow:
        entry = story.entry(one.entry).entry
        kind = DUE_WORDS[one.kind]
        blocks: list[Block] = []
        if one.when is not None:
            blocks.append(Passage(Run(f"{calendar_day(one.when)} ({soon(one.when, story.today)})", "secondary")))
        elif one.since is not None:
            blocks.append(Passage(Run(self.tr("since {day}").format(day=calendar_day(one.since)), "secondary")))
        title = one.title.removeprefix(f"{kind}: ")
        blocks.append(Passage(Run(title, "strong")))
        blocks.append(Passage(Run(f"{kind} · {one.team}", "secondary")))
        if one.overdue:
            blocks.append(Tags([(self.tr("past its day"), "warning")]))
        right = Sourced(LANE_WORDS[lane_of(entry)], lane_of(entry))
        row = WrittenRow(", ".join(block.words() for block in blocks), blocks, right, ruled=number > 0)
        row.clicked.connect(lambda _checked=False: self.opened.emit(one.entry))
        return row


PAGES = (PageKind("due", "Due next", "care", DueNext, order=40, count=lambda story: len(Year(story).due)),)
