"""All dated entries of one record, arranged for the timeline: list, marks and lanes in step, and what filters offer.

Pure, and made to be worked out off the window's thread: a long life takes longer than a frame. Counts are counts of
what this reader is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from consent.disclosure import DisclosedEntry
from desktop.models.haystack import haystack
from desktop.models.lanes import LaneMarks, Mark, by_lane, marks
from desktop.models.story import Story
from desktop.models.tongue import ours
from fhir.entries import EntryId, Lane

Stopped = Callable[[], bool]


class Choice(NamedTuple):
    """One choice of a filter: what it is called, its key, and how many entries it leaves."""

    words: str
    key: str
    entries: int


class Filters(NamedTuple):
    """What a timeline is narrowed to: entries with every word of `text`, of one section (key) and of one source (name);
    empty is any. `days` (ordinals, both included) keeps in the list what touches them; the picture has the others."""

    text: str = ""
    section: str = ""
    source: str = ""
    days: tuple[int, int] | None = None


@dataclass(frozen=True)
class Shown:
    """What is in sight: entries newest first, their marks earliest first, and these by lane."""

    items: list[DisclosedEntry]
    marks: list[Mark]
    lanes: dict[Lane, LaneMarks]


def _never() -> bool:
    return False


class Chronicle:
    """The timeline of one record. Dropping it drops what it holds."""

    def __init__(self, story: Story) -> None:
        self.names = {key: ours(section.section.name) for key, section in story.record.sections.items()}
        self._items = story.dated()
        self._marks = marks(self._items, story.today)
        self._haystacks: dict[EntryId, str] = {}
        kinds = Counter(item.entry.section for item in self._items)
        sources = Counter(item.entry.source.name for item in self._items)
        self.kinds = sorted(Choice(self.names.get(key, key), key, count) for key, count in kinds.items())
        self.sources = sorted(Choice(name, name, count) for name, count in sources.items())
        self.all = Shown(self._items, self._marks, by_lane(self._marks))

    def narrowed(self, only: Filters, stopped: Stopped = _never) -> Shown:
        """What is left. Where `stopped` says so the answer is no longer wanted and may be anything."""
        text, section, source, days = only
        words = text.casefold().split()
        if not (words or section or source):
            return self._within(self.all, days)
        kept: Sequence[DisclosedEntry] = self._items
        if section:
            kept = [item for item in kept if item.entry.section == section]
        if source:
            kept = [item for item in kept if item.entry.source.name == source]
        for word in words:
            kept = self._holding(kept, word, stopped)
        ids = {item.entry.entry_id for item in kept}
        made = [mark for mark in self._marks if mark.entry_id in ids]
        return self._within(Shown(list(kept), made, by_lane(made)), days)

    @staticmethod
    def _within(shown: Shown, days: tuple[int, int] | None) -> Shown:
        """The same with a list of only what touches these days."""
        if days is None:
            return shown
        first, last = days
        ids = {mark.entry_id for mark in shown.marks if mark.first <= last and mark.last >= first}
        return replace(shown, items=[item for item in shown.items if item.entry.entry_id in ids])

    def _holding(self, items: Sequence[DisclosedEntry], word: str, stopped: Stopped) -> list[DisclosedEntry]:
        known, found = self._haystacks, []
        for number, item in enumerate(items):
            if number % 5000 == 0 and stopped():
                return []
            text = known.get(item.entry.entry_id)
            if text is None:
                text = known[item.entry.entry_id] = haystack(item.entry)
            if word in text:
                found.append(item)
        return found
