"""Days waited for what was asked: still waiting first, then what began, then what is not known and why."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.story import Story
from desktop.models.tongue import ours
from desktop.models.words import STATE_TITLES, calendar_day, plural, state
from desktop.models.year import Year
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.row import WrittenRow
from desktop.widgets.text import Card, Text
from desktop.widgets.written import Block, Passage, Run
from fhir.year.waits import Wait


class Waits(ScrollingPage):
    """What was asked for."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("Waits", "Days waited"))

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        gap = look().gap
        found = Year(story).waits
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Days waited for what was asked"), "title"))
        column.addWidget(Text(self.tr("Only where the source itself ties a request to what it led to."), "secondary"))
        for wanted, title in (
            ("waiting", self.tr("Still waiting")),
            ("started", self.tr("Began")),
            ("unknown", self.tr("Not known how long it took")),
        ):
            some = [one for one in found if one.state == wanted]
            if some:
                card = Card(title, str(len(some)))
                for number, one in enumerate(some):
                    card.add(self._row(one, number))
                column.addWidget(card)
        if not found:
            section = story.section("referrals")
            card = Card(STATE_TITLES[section.state] or self.tr("Nothing asked for"))
            card.say(state(section) or self.tr("None is shown to you."))
            column.addWidget(card)
        column.addStretch(1)
        self.put(inside)

    def _row(self, one: Wait, number: int) -> WrittenRow:
        lead = ""
        if one.days is not None:
            lead = plural(one.days, "day") + (self.tr(" so far") if one.state == "waiting" else "")
        asked = self.tr("asked {day}").format(day=calendar_day(one.asked)) if one.asked else ""
        began = self.tr("began {day}").format(day=calendar_day(one.started)) if one.started else ""
        seen = (
            self.tr("first assessed after {days}").format(days=plural(one.assessed, "day"))
            if one.assessed is not None
            else ""
        )
        blocks: list[Block] = [Passage(Run(lead, "strong"))] if lead else []
        blocks += [Passage(Run(one.title, "body")), Passage(Run(one.source, "secondary"))]
        under = " · ".join(part for part in (asked, began, seen, ours(one.words)) if part)
        blocks += [Passage(Run(under, "secondary"))] if under else []
        row = WrittenRow(", ".join(block.words() for block in blocks), blocks, ruled=number > 0)
        row.clicked.connect(lambda _checked=False: self.opened.emit(one.entries[0]))
        return row


PAGES = (PageKind("waits", "Days waited", "care", Waits, order=44),)
