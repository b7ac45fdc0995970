"""The person in thirty seconds: own words first, then what is next, what holds now, what differs, who is involved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry
from desktop.models.entries import coming_words, detail_text, open_words, when_text
from desktop.models.lanes import marks
from desktop.models.story import EVENT_SECTIONS, NEXT_SECTIONS, Story, incomplete
from desktop.models.support import budget_words, budgets, provision
from desktop.models.tongue import ours
from desktop.models.words import day, plural, state
from desktop.models.year import nights_words
from desktop.theme.tokens import look
from desktop.views.plugs import ScrollingPage
from desktop.widgets.focus import in_place_of
from desktop.widgets.lanes import LanesPicture
from desktop.widgets.layouts import Columns
from desktop.widgets.pieces import Pieces
from desktop.widgets.row import EntryRow, WrittenRow, conflict_row
from desktop.widgets.text import Card, button, notice
from desktop.widgets.written import Passage, Run


class Overview(ScrollingPage):
    """Cards. `opened` carries an entry, `page` a section to go to, `wants_nights` asks for the working of a figure."""

    wants_nights = Signal()

    def __init__(self) -> None:
        super().__init__(QCoreApplication.translate("Overview", "Overview"))
        self._pieces = Pieces(self)

    def show_story(self, story: Story, key: str = "overview") -> None:
        """Show one record."""
        self.clear()
        px, gap = look().px, look().gap
        inside = QWidget()
        outer = QVBoxLayout(inside)
        outer.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        outer.setSpacing(gap(12))
        for words in dict.fromkeys(story.record.notices):
            if words == story.record.banner.not_shared:  # the banner says it, on every page
                continue
            outer.addWidget(notice(ours(words)))
        columns = Columns(gap=gap(14), column=px(312))
        outer.addWidget(columns)
        outer.addStretch(1)
        columns.add(self._about_me(story))
        self.put(inside)
        self._pieces.build(
            [
                lambda: columns.add(self._next(story)),
                lambda: columns.add(self._differences(story)),
                lambda: columns.add(self._current(story, "medicines", self.tr("Current medicines"))),
                lambda: columns.add(self._current(story, "problems", self.tr("Active problems"))),
                lambda: columns.add(self._current(story, "services", self.tr("Support, as last told"))),
                lambda: columns.add(self._year(story)),
                lambda: columns.add(self._involved(story)),
                lambda: columns.add(self._recent(story)),
            ]
        )

    def clear(self) -> None:
        """Forget the person."""
        self._pieces.stop()
        super().clear()

    def _row(
        self, card: Card, item: DisclosedEntry, title: str, under: str = "", lead: str = "", *, ruled: bool
    ) -> None:
        row = EntryRow(item, title, under, lead, ruled=ruled)
        entry_id = item.entry.entry_id
        row.clicked.connect(lambda _checked=False: self.opened.emit(entry_id))
        card.add(row)

    def _rows(
        self,
        card: Card,
        items: list[DisclosedEntry],
        most: int,
        write: Callable[[DisclosedEntry], tuple[str, str, str]],
        empty: str,
        *,
        ruled: bool = False,
    ) -> Card:
        """Fill a card with the first of these entries, `ruled` from what stands above them; the rest follow when asked
        for."""

        def add(some: list[DisclosedEntry], *, below: bool) -> None:
            for number, item in enumerate(some):
                self._row(card, item, *write(item), ruled=bool(number or below))

        add(items[:most], below=ruled)
        if len(items) > most:
            words = self.tr("Show all {count}").format(count=len(items))
            more = button(words, "quiet", name=f"{words}, {card.accessibleName()}")

            def show_all() -> None:
                in_place_of(more, card, lambda: add(items[most:], below=True))

            more.clicked.connect(lambda _checked=False: show_all())
            card.add(more)
        elif not items:
            card.say(empty)
        return card

    def _open_or_list(self, entry_id: str) -> None:
        if entry_id:
            self.opened.emit(entry_id)
        else:
            self.page.emit("sources")

    def _more(self, card: Card, words: str, page: str) -> None:
        row = QHBoxLayout()
        card_name = card.accessibleName()
        row.addWidget(button(f"{words}  ›", "quiet", lambda: self.page.emit(page), f"{words}, {card_name}"))
        row.addStretch(1)
        card.body.addLayout(row)

    def _about_me(self, story: Story) -> Card:
        items = story.own_words()
        remark = ""
        if items and items[0].entry.own_words:
            written = day(items[0].entry.when.start)
            remark = self.tr("own words") + (f" · {written}" if written else "")
        card = Card(self.tr("What matters to {name}").format(name=story.called()), remark, tone="own")
        for number, item in enumerate(items[:4]):
            entry = item.entry
            said = entry.detail or entry.value or entry.title
            blocks = []
            if said != entry.title and number:
                blocks.append(Passage(Run(entry.title, "secondary")))
            quoted = "“" + said.strip('“”"') + "”" if entry.own_words else said
            blocks.append(Passage(Run(quoted, "body" if number else "quote")))
            if not entry.own_words:
                author = entry.author or entry.source.name
                blocks.append(Passage(Run(self.tr("written by {author}").format(author=author), "secondary")))
            row = WrittenRow(f"{entry.title}: {said}" if said != entry.title else said, blocks)
            entry_id = entry.entry_id
            row.clicked.connect(lambda _checked=False, entry_id=entry_id: self.opened.emit(entry_id))
            card.add(row)
        if not items:
            card.say(state(story.section("about-me")))
        elif len(items) > 4:
            self._more(card, self.tr("All {count}").format(count=len(items)), "about-me")
        card.body.addStretch(1)
        return card

    def _next(self, story: Story) -> Card:
        items = story.coming()
        card = Card(self.tr("What happens next"), self.tr("all teams") if items else "")

        def write(item: DisclosedEntry) -> tuple[str, str, str]:
            entry = item.entry
            dated = entry.when.start[:10] >= story.today.isoformat()[:10]
            lead = coming_words(entry, story.today) if dated else open_words(entry)
            return entry.title, _under(item, story), lead

        return self._rows(
            card,
            items,
            5,
            write,
            story.lacking(NEXT_SECTIONS, self.tr("Nothing planned is shown to you in the sources connected here.")),
        )

    def _differences(self, story: Story) -> Card:
        found = story.record.conflicts
        card = Card(self.tr("Differences to check"), str(len(found)) if found else "")
        for number, conflict in enumerate(found[:5]):
            row = conflict_row(conflict, story.sides(conflict), ruled=number > 0)
            first = conflict.entry_ids[0] if conflict.entry_ids else ""
            row.clicked.connect(lambda _checked=False, first=first: self._open_or_list(first))
            card.add(row)
        if len(found) > 5:
            self._more(card, self.tr("All {count}").format(count=len(found)), "sources")
        if not found:
            card.say(story.unread() or self.tr("The sources shown to you do not contradict each other."))
        card.body.addStretch(1)
        return card

    def _current(self, story: Story, key: str, title: str) -> Card:
        said: dict[tuple[str, str], list[DisclosedEntry]] = {}
        for item in story.current(key):
            said.setdefault((item.entry.title.casefold(), item.entry.value.casefold()), []).append(item)
        items = [same[0] for same in said.values()]
        sources = {
            same[0].entry.entry_id: len({one.entry.source.key or one.entry.source.name for one in same})
            for same in said.values()
        }
        section = story.section(key)
        # Extracts say how things were on a day, so that of services only that no end was told is certain.
        counted = self.tr("{count} not ended") if key == "services" else self.tr("{count} current")
        card = Card(title, counted.format(count=len(items)) if items else "")

        def write(item: DisclosedEntry) -> tuple[str, str, str]:
            entry = item.entry
            under = detail_text(entry)
            if key == "services":
                said = provision(entry)
                more = entry.detail if entry.detail not in entry.title + said else ""
                under = " · ".join(part for part in (said, more) if part)
            if key != "medicines" or not under:
                since = (
                    self.tr("since {when}").format(when=day(entry.when.start) or when_text(entry))
                    if entry.when.start
                    else ""
                )
                under = " · ".join(part for part in (under, since) if part)
            told = sources[entry.entry_id]
            if told > 1:
                under = " · ".join(
                    part for part in (under, self.tr("in {count}").format(count=plural(told, "source"))) if part
                )
            return entry.title, under, ""

        empty = self.tr("None of those recorded is current.") if section.entries else state(section)
        warned = incomplete(section.entries)
        above = budgets(story) if key == "services" else []
        for number, item in enumerate(warned):
            self._row(card, item, item.entry.title, item.entry.detail, ruled=number > 0)
        for number, item in enumerate(above, start=len(warned)):
            self._row(card, item, *budget_words(item.entry), ruled=number > 0)
        made = self._rows(card, items, 7 if key == "medicines" else 5, write, empty, ruled=bool(warned or above))
        if section.entries and section.notice and section.notice != story.record.banner.not_shared:
            made.say(ours(section.notice))
        return made

    def _involved(self, story: Story) -> Card:
        people = story.involved()
        card = Card(
            self.tr("Who is involved"), plural(len(people), "person or team", "people and teams") if people else ""
        )
        sources = {items[0].entry.entry_id: len({item.entry.source.key for item in items}) for items in people}

        def write(item: DisclosedEntry) -> tuple[str, str, str]:
            said = sources[item.entry.entry_id]
            agreed = self.tr("in {count}").format(count=plural(said, "source")) if said > 1 else ""
            return item.entry.title, " · ".join(part for part in (detail_text(item.entry), agreed) if part), ""

        first = [items[0] for items in people]
        return self._rows(card, first, 5, write, state(story.section("personal-contacts")))

    def _recent(self, story: Story) -> Card:
        items = story.recent()
        card = Card(self.tr("Recent events"), self.tr("newest first") if items else "")

        def write(item: DisclosedEntry) -> tuple[str, str, str]:
            return item.entry.title, _under(item, story), when_text(item.entry)

        empty = story.lacking(EVENT_SECTIONS, self.tr("No dated events are shown to you."))
        made = self._rows(card, items[:5], 5, write, empty)
        if len(items) > 5:
            self._more(made, self.tr("Earlier ones, on the timeline"), "timeline")
        return made

    def _year(self, story: Story) -> Card:
        nights = nights_words(story)
        if story.record.nights_at_home.known and not story.record.full:
            nights = self.tr("{words}, from what is shared with you").format(words=nights)
        card = Card(self.tr("Last twelve months"), nights)
        card.setProperty("span", 2)
        first = story.today - timedelta(days=365)
        found = marks(story.since(first), story.today)
        if found:
            picture = LanesPicture(lane_height=24)
            picture.show_marks(found, first, story.today, story.today)
            picture.picked.connect(self.opened)
            card.add(picture)
        if not found:  # a year without a mark is not drawn: it would look like one in which nothing was
            card.say(story.lacking(tuple(story.record.sections), self.tr("No dated events are shown to you.")))
        elif story.unread():
            card.say(self.tr("Some parts of the record could not be read; what they hold is not here."))
        row = QHBoxLayout()
        if story.record.nights_at_home.known:
            row.addWidget(button(self.tr("How this is counted"), "quiet", self.wants_nights.emit))
        row.addWidget(
            button(self.tr("Whole timeline  ›"), "quiet", lambda: self.page.emit("timeline"), self.tr("Whole timeline"))
        )
        row.addStretch(1)
        card.body.addLayout(row)
        return card


def _under(item: DisclosedEntry, story: Story) -> str:
    section = story.section_of(item.entry)
    told = section.casefold().rstrip("s") in item.entry.title.casefold()
    return detail_text(item.entry) or ("" if told else section)
