"""Care and support on one page: next visits, the week by day, services as bars, plan, goals, reviews, costs, waits."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry
from desktop.models import support
from desktop.models.entries import detail_text, tags, when_text
from desktop.models.lanes import lane_of
from desktop.models.story import NEXT_SECTIONS, OPEN_SECTIONS, Story, is_current
from desktop.models.support import Visit
from desktop.models.tongue import later, ours, tr
from desktop.models.words import calendar_day, month_name, plural, soon, state, weekday
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.layouts import Columns
from desktop.widgets.leaving import emptied
from desktop.widgets.pieces import Pieces
from desktop.widgets.row import EntryRow, WrittenRow, short_source
from desktop.widgets.span_bar import SpanBar
from desktop.widgets.text import Card, Text, button, notice
from desktop.widgets.written import Block, Passage, Run, Sourced, Tags

_LONG = (
    later("Monday"),
    later("Tuesday"),
    later("Wednesday"),
    later("Thursday"),
    later("Friday"),
    later("Saturday"),
    later("Sunday"),
)


class Support(ScrollingPage):
    """The week and what stands behind it."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("Support", "Care and support, by week"))
        self._pieces = Pieces(self)
        self._story: Story | None = None
        self._first = date.min

    def show_story(self, story: Story, key: str) -> None:
        """Show one record, at the week of today."""
        gap, px = look().gap, look().px
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Care and support, by week"), "title"))
        section = story.section("services")
        if section.notice and section.notice != story.record.banner.not_shared:
            column.addWidget(notice(ours(section.notice)))
        week = self._week_card()
        column.addWidget(week)
        columns = Columns(gap=gap(14), column=px(400))
        column.addWidget(columns)
        column.addStretch(1)
        self.put(inside)
        self._story, self._first = story, support.first_week(story)
        self._fill_week()
        made = (self._next, self._packages, self._goals, self._reviews, self._plan, self._waiting, self._costs)
        self._pieces.build([partial(lambda make: columns.add(make(story)), make) for make in made])

    def clear(self) -> None:
        """Forget the person."""
        self._story = None
        self._pieces.stop()
        super().clear()

    # The week

    def _week_card(self) -> Card:
        card = Card(self.tr("Who comes when"))
        row = QHBoxLayout()
        row.setContentsMargins(look().gap(6), 0, look().gap(6), 0)
        self._title = Text("", "lead")
        row.addWidget(self._title, 1)
        row.setSpacing(look().gap(8))
        for words, name, days in (
            (self.tr("‹ Earlier"), self.tr("The week before"), -7),
            (self.tr("This week"), self.tr("The week of today"), 0),
            (self.tr("Later ›"), self.tr("The week after"), 7),
        ):
            row.addWidget(button(words, "", lambda days=days: self.go(days), name))  # type: ignore[misc]
        card.body.addLayout(row)
        self._holder = QVBoxLayout()
        self._holder.setContentsMargins(0, look().gap(8), 0, 0)
        card.body.addLayout(self._holder)
        return card

    def go(self, days: int) -> None:
        """Go on by so many days; 0 is back to the week of today."""
        if self._story is not None:
            self._first = self._first + timedelta(days=days) if days else support.monday(self._story.today)
            self._fill_week()

    def _fill_week(self) -> None:
        assert self._story is not None
        emptied(self._holder)
        visits = support.week(self._story, self._first)
        last = self._first + timedelta(days=6)
        count = sum(map(len, visits.values()))
        unread = any(self._story.section(key).state == "failed" for key in NEXT_SECTIONS)
        none = self.tr("not known") if unread else self.tr("nothing shown")
        begins = f"{self._first.day} {month_name(self._first.month)}"
        self._title.setText(
            self.tr("{first} to {last}: {count}").format(
                first=begins,
                last=calendar_day(last),
                count=plural(count, "visit or event", "visits and events") if count else none,
            )
        )
        wide = look().scale <= 125
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(look().gap(6))
        grid.setVerticalSpacing(look().gap(2))
        for number, (day, found) in enumerate(visits.items()):
            today = day == self._story.today
            name = weekday(day) if wide else tr(_LONG[number])
            words = f"{name} {day.day} {month_name(day.month)}" + (self.tr(" · today") if today else "")
            heading = Text(words, "strong" if today or found else "secondary")
            heading.setContentsMargins(look().gap(6), 0, 0, 0)
            inside = QVBoxLayout()
            inside.setSpacing(0)
            for at, visit in enumerate(found):
                inside.addWidget(self._visit(visit, ruled=at > 0))
            if not found:
                empty = Text(none, "secondary")
                empty.setContentsMargins(look().gap(6), look().gap(4), 0, look().gap(4))
                inside.addWidget(empty)
            inside.addStretch(1)
            if wide:
                grid.addWidget(heading, 0, number)
                grid.addLayout(inside, 1, number)
                grid.setColumnStretch(number, 1)
            else:
                grid.addWidget(heading, number * 2, 0)
                grid.addLayout(inside, number * 2 + 1, 0)
        self._holder.addWidget(holder)

    def _visit(self, visit: Visit, *, ruled: bool) -> WrittenRow:
        entry = visit.item.entry
        title = entry.title.removeprefix("Appointment: ")
        whom = support.with_whom(entry)
        detail = entry.detail if entry.kind == "contact" else ""
        blocks: list[Block] = []
        if visit.clock:
            blocks.append(Passage(Run(visit.clock, "caption")))
        blocks += [Passage(Run(title, "body"))]
        blocks += [Passage(Run(words, "secondary")) for words in (detail, whom) if words]
        blocks.append(Sourced(entry.source.name, lane_of(entry)))
        marks = tags(visit.item)
        if marks:
            blocks.append(Tags([(line.text, line.token) for line in marks]))
        row = WrittenRow(", ".join(block.words() for block in blocks), blocks, ruled=ruled)
        entry_id = entry.entry_id
        row.clicked.connect(lambda _checked=False: self.opened.emit(entry_id))
        return row

    # The cards

    def _next(self, story: Story) -> Card:
        card = Card(self.tr("The next visits"))
        for number, visit in enumerate(support.next_visits(story)[:4]):
            day = f"{tr(_LONG[visit.day.weekday()])} {calendar_day(visit.day)}"
            lead = f"{day}, {visit.clock or self.tr('no time given')} ({soon(visit.day, story.today)})"
            self._row(card, visit.item, visit.item.entry.title, support.with_whom(visit.item.entry), lead, number)
        if not support.next_visits(story):
            none = self.tr("Nothing planned is shown to you in the sources connected here.")
            card.say(story.lacking(NEXT_SECTIONS, none))
        return card

    def _packages(self, story: Story) -> Card:
        items = support.packages(story)
        section = story.section("services")
        now = sum(is_current(item.entry, story.today) for item in items)
        card = Card(self.tr("Services"), self.tr("{count} not ended").format(count=now) if items else "")
        starts = [SpanBar.days(item.entry, story.today)[0] for item in items]
        first = max(min(starts, default=0), story.today.toordinal() - 5 * 365)
        for number, item in enumerate(items):
            entry = item.entry
            blocks: list[Block] = [Passage(Run(entry.title, "strong")), Passage(Run(when_text(entry), "secondary"))]
            said = support.provision(entry)
            if said:
                blocks.append(Passage(Run(said, "secondary")))
            blocks.append(SpanBar(entry, first, story.today))
            marks = tags(item)
            if marks:
                blocks.append(Tags([(line.text, line.token) for line in marks]))
            row = WrittenRow(
                ", ".join(block.words() for block in blocks if block.words()),
                blocks,
                Sourced(entry.source.name if len(entry.source.name) < 18 else short_source(item), lane_of(entry)),
                ruled=number > 0,
            )
            row.clicked.connect(lambda _checked=False, entry_id=entry.entry_id: self.opened.emit(entry_id))
            card.add(row)
        if not items:
            card.say(state(section))
        return card

    def _goals(self, story: Story) -> Card:
        items = support.goals(story)
        card = Card(self.tr("Goals and outcomes"), plural(len(items), "goal") if items else "")
        for number, item in enumerate(items):
            self._row(card, item, item.entry.title, detail_text(item.entry), "", number)
        if not items:
            section = story.section("care-plan")
            card.say(self.tr("No goals are shown to you.") if section.entries else state(section))
        return card

    def _reviews(self, story: Story) -> Card:
        items = support.reviews(story)
        card = Card(self.tr("Assessments and reviews"))
        for number, item in enumerate(items[:6]):
            due = item.entry.when.start[:10] >= story.today.isoformat() and item.entry.active is not False
            lead = self.tr("Due {when}").format(when=when_text(item.entry)) if due else when_text(item.entry)
            self._row(card, item, item.entry.title, detail_text(item.entry), lead, number)
        if not items:
            section = story.section("assessments")
            card.say(self.tr("No assessments are shown to you.") if section.entries else state(section))
        self._more(card, self.tr("All assessments and scores"), "assessments", shown=bool(items))
        return card

    def _plan(self, story: Story) -> Card:
        lines = support.in_plans(story)
        card = Card(self.tr("What the plans say is done"), self.tr("in their words") if lines else "")
        for number, (words, item) in enumerate(lines):
            self._row(card, item, words, item.entry.title, "", number, strong=False)
        if not lines:
            section = story.section("care-plan")
            card.say(self.tr("No plan shown to you says so.") if section.entries else state(section))
        return card

    def _waiting(self, story: Story) -> Card:
        found = support.waiting(story)
        card = Card(self.tr("Asked for and not yet done"), plural(len(found), "request") if found else "")
        for number, (days, item) in enumerate(found):
            lead = self.tr("asked {count} ago").format(count=plural(days, "day"))
            self._row(card, item, item.entry.title, detail_text(item.entry), lead, number)
        if not found:
            card.say(story.lacking(OPEN_SECTIONS, self.tr("No open request is shown to you.")))
        return card

    def _costs(self, story: Story) -> Card:
        found, budgets = support.costs(story), support.budgets(story)
        section = story.section("money")
        totals = support.weekly_total(found)
        remark = self.tr("as their sources give them") if found or budgets else ""
        card = Card(self.tr("Costs and personal budget"), remark)
        for number, item in enumerate(budgets):
            self._row(card, item, *support.budget_words(item.entry), "", number)
        for number, cost in enumerate(found, len(budgets)):
            worked = (
                tr(" = £{cost} a week").format(cost=f"{cost.week:.2f}")
                if cost.week is not None and "×" in cost.working
                else ""
            )
            title = cost.item.entry.title.removeprefix("Cost of ")
            self._row(card, cost.item, title, f"{cost.working}{worked} · {cost.payer}", "", number)
        for payer, total in totals.items():
            card.say(self.tr("{payer}: £{total} a week in all").format(payer=payer, total=f"{total:.2f}"))
        if not found and not budgets:
            card.say(state(section) or self.tr("No cost of now is shown to you."))
        elif section.notice and section.notice != story.record.banner.not_shared:
            card.say(ours(section.notice))
        return card

    def _row(
        self, card: Card, item: DisclosedEntry, title: str, under: str, lead: str, number: int, *, strong: bool = True
    ) -> None:
        row = EntryRow(item, title, under, lead, ruled=number > 0)
        if not strong:
            row.blocks = (Passage(Run(title)), *row.blocks[1:])
        entry_id = item.entry.entry_id
        row.clicked.connect(lambda _checked=False: self.opened.emit(entry_id))
        card.add(row)

    def _more(self, card: Card, words: str, page: str, *, shown: bool) -> None:
        if shown:
            card.add(button(f"{words}  ›", "quiet", lambda: self.page.emit(page), words))


PAGES = (PageKind("support", "Visits and support", "care", Support, order=10),)
