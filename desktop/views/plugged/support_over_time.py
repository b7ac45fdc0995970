"""Support over time: cost and hours a week by payer as steps, the same numbers as a list, and what is not counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.story import Story
from desktop.models.tongue import ours
from desktop.models.words import calendar_day, day, state
from desktop.models.year import Year, hours, pounds
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.row import WrittenRow
from desktop.widgets.step_chart import Step, StepChart, Swatch
from desktop.widgets.text import Card, Text
from desktop.widgets.written import Block, Passage, Run
from fhir.year.support import Stretch, SupportOverTime


class SupportOverTimePage(ScrollingPage):
    """Weekly hours and cost."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("SupportOverTime", "Support over time"))

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        gap = look().gap
        year = Year(story)
        found, kept = year.support, year.costs_kept
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Support over time"), "title"))
        column.addWidget(
            Text(self.tr("As planned and priced a week, from what is shared with you. Not what was delivered or paid."),
                 "secondary")
        )  # fmt: skip
        if not found.stretches:
            said = state(story.section("services"))
            card = Card(self.tr("Support each week") if said else self.tr("Nothing to count"))
            card.say(said or self.tr("No service with a known start is shown to you."))
            column.addWidget(card)
        else:
            for card in self._charts(found, kept, story.today):
                column.addWidget(card)
            column.addWidget(self._list(found, costs=not kept))
        if found.not_counted:
            card = Card(self.tr("Not counted"), str(len(found.not_counted)))
            for number, (words, entries) in enumerate(found.not_counted):
                said = ours(words)
                self._line(card, [Passage(Run(said))], said, entries[0], number)
            column.addWidget(card)
        column.addStretch(1)
        self.put(inside)

    def _when(self, found: SupportOverTime, amount: str, today: date) -> str:
        """The amount at the end and as of when: an extract does not say how it is now; nothing goes on after death."""
        if found.as_at and found.as_at < found.until.isoformat():
            return self.tr("{amount} as at {day}").format(amount=amount, day=day(found.as_at))
        if found.until < today:
            return self.tr("{amount} on {day}").format(amount=amount, day=day(found.until.isoformat()))
        return self.tr("{amount} now").format(amount=amount)

    def _charts(self, found: SupportOverTime, kept: str, today: date) -> list[Card]:
        last = found.stretches[-1]
        made = []
        for cost, title, unit, now in (
            (True, self.tr("Cost a week"), "£", pounds(last.cost)),
            (False, self.tr("Hours a week"), "h", hours(last.hours)),
        ):
            if cost and kept:
                made.append(Card(title))
                made[-1].say(kept)
                continue
            steps = [Step(one.start, one.end, _amounts(one, found.payers, cost=cost)) for one in found.stretches]
            known = (last.cost if cost else last.hours) is not None
            told = self._when(found, now, today) if known else now
            card = Card(title, told)
            if any(any(step.amounts) for step in steps):
                words = self.tr("{title}, {count} changes; {amount}").format(
                    title=title, count=len(steps) - 1, amount=told
                )
                card.add(StepChart(steps, unit, words))
                for number, payer in enumerate(found.payers):
                    row = QHBoxLayout()
                    row.setContentsMargins(look().gap(6), look().gap(2), look().gap(6), 0)
                    row.setSpacing(look().gap(8))
                    row.addWidget(Swatch(number))
                    row.addWidget(Text(payer, "secondary"), 1)
                    card.body.addLayout(row)
            else:
                card.say(self.tr("Not recorded for any service shown to you."))
            made.append(card)
        return made

    def _list(self, found: SupportOverTime, *, costs: bool) -> Card:
        card = Card(self.tr("In numbers"), self.tr("newest first"))
        for number, one in enumerate(reversed(found.stretches)):
            ended = one.end > found.until
            when = self.tr("From {day}").format(day=calendar_day(one.start))
            if not ended:
                when = self.tr("{start} to {end}").format(start=calendar_day(one.start), end=calendar_day(one.end))
            total = self.tr("No support")
            if one.by_payer and costs:
                total = self.tr("A week: {hours}, {pounds}").format(hours=hours(one.hours), pounds=pounds(one.cost))
            elif one.by_payer:
                total = self.tr("A week: {hours}").format(hours=hours(one.hours))
            blocks: list[Block] = [Passage(Run(when, "secondary")), Passage(Run(total, "strong"))]
            lines = [
                f"{payer}: {hours(weekly)}, {pounds(cost)}" if costs else f"{payer}: {hours(weekly)}"
                for payer, weekly, cost in one.by_payer
            ]
            blocks += [Passage(Run(line, "secondary")) for line in lines]
            started = next((service.entries[0] for service in found.services if service.start == one.start), "")
            self._line(card, blocks, ", ".join(block.words() for block in blocks), started, number)
        return card

    def _line(self, card: Card, blocks: list[Block], said: str, entry: str, number: int) -> None:
        row = WrittenRow(said, blocks, ruled=number > 0)
        if entry:
            row.clicked.connect(lambda _checked=False: self.opened.emit(entry))
        card.add(row)


def _amounts(stretch: Stretch, payers: Sequence[str], *, cost: bool) -> tuple[float, ...]:
    """What each payer pays, or how many hours they pay for."""
    said = {payer: float((pays if cost else much) or 0) for payer, much, pays in stretch.by_payer}
    return tuple(said.get(payer, 0.0) for payer in payers)


PAGES = (PageKind("support-over-time", "Support over time", "care", SupportOverTimePage, order=42),)
