"""One released record, arranged for reading: what stands on the overview, in the navigation and on the timeline.

Takes a `DisclosedRecord` and its own date of request only; it adds no fact, and every count in it is a count of
entries in that record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from consent.disclosure import Conflict, DisclosedEntry, DisclosedRecord, DisclosedSection
from desktop.models.lanes import LANES, lane_of
from desktop.models.tongue import Said, ours, tr
from desktop.models.words import GROUP_WORDS, LANE_WORDS, day, lacking, lacking_title, span
from fhir.entries import Entry, EntryId

NEXT_SECTIONS = ("appointments", "actions", "referrals", "assessments", "care-plan", "investigations", "services")
EVENT_SECTIONS = ("admissions", "discharges", "contacts", "procedures", "documents", "assessments")
OPEN_SECTIONS = ("actions", "referrals")
_FIRST = ("problems", "medicines", "allergies", "results", "examination")
"""What is looked for most often leads its group in the navigation; the rest follows in the order of the standard."""
_SHORT: Said[str] = Said(
    {
        "allergies": "Allergies",
        "contacts": "Contacts",
        "procedures": "Procedures",
        "equipment": "Equipment",
        "actions": "Requested actions",
    }
)
"""Names that fit one line of the navigation, where the section's own takes two; its page says it in full."""
_ONCE = ("-given", "-dispensed", "-supplied", "-supply")
_LISTS = ("list", "list-warning")
"""A source's list is not one of the things on it, nor is its word that it is incomplete."""
_PEOPLE_SECTIONS = ("personal-contacts", "professional-contacts", "gp-practice")


@dataclass(frozen=True)
class NavigationRow:
    """One line of the navigation: a page to open, or a group's heading (`page` empty). `count` is -1 for none shown."""

    page: str
    name: str
    count: int = -1
    state: str = ""


def is_fact(item: DisclosedEntry) -> bool:
    """Whether an entry states something, rather than being entered in error, refuted or saying only "not known"."""
    return item.entry.assertion in ("fact", "none-known")


def is_current(entry: Entry, today: date) -> bool:
    """Whether an entry holds now, as far as its source says: active, or open-ended and not said to be over."""
    if entry.assertion != "fact" or entry.kind.endswith(_ONCE) or entry.kind in _LISTS:
        return False
    if entry.active is not None:
        return entry.active
    ends = span(entry.when.end)
    return entry.when.ongoing or ends is None or ends[1] >= today


def is_listed(entry: Entry) -> bool:
    """Whether an entry is one of the things of its section, and no list of them."""
    return entry.kind not in _LISTS


def incomplete(items: Iterable[DisclosedEntry]) -> list[DisclosedEntry]:
    """Each warning of a source that what it lists is incomplete, once for each source."""
    said = {(item.entry.title, item.entry.source.key): item for item in items if item.entry.kind == "list-warning"}
    return list(said.values())


def newest_first(items: list[DisclosedEntry]) -> list[DisclosedEntry]:
    """Entries by start date, newest first; undated last."""
    return sorted(items, key=lambda item: item.entry.when.start or item.entry.when.end, reverse=True)


class Story:
    """One record, arranged. Holds the record and nothing else; dropping it drops the person."""

    def __init__(self, record: DisclosedRecord) -> None:
        self.record = record
        self.today = record.request.now.date()
        self._dated: list[DisclosedEntry] | None = None
        self._by_id: dict[EntryId, DisclosedEntry] = {}
        for section in record.sections.values():
            for item in section.entries:
                self._by_id[item.entry.entry_id] = item

    def section(self, key: str) -> DisclosedSection:
        """One section. Raises KeyError for a key that the record does not have."""
        return self.record.sections[key]

    def entries(self, *keys: str) -> list[DisclosedEntry]:
        """Entries of the named sections that state something, in the order of the sections."""
        return [
            item
            for key in keys
            if key in self.record.sections
            for item in self.record.sections[key].entries
            if is_fact(item)
        ]

    def entry(self, entry_id: EntryId) -> DisclosedEntry:
        """A released entry. Raises KeyError for anything else."""
        return self._by_id[entry_id]

    def all_entries(self) -> list[DisclosedEntry]:
        """Every entry of the record, as released."""
        return list(self._by_id.values())

    def unread(self) -> str:
        """That a part of the record could not be read; empty where all was."""
        return lacking([one for one in self.record.sections.values() if one.state == "failed"], "")

    def lacking(self, keys: Sequence[str], otherwise: str) -> str:
        """What is said where none of these sections gives anything (`desktop.models.words.lacking`)."""
        return lacking([self.section(key) for key in keys], otherwise)

    def lacking_title(self, keys: Sequence[str], otherwise: str) -> str:
        """The heading above what `lacking` says."""
        return lacking_title([self.section(key) for key in keys], otherwise)

    def section_of(self, entry: Entry) -> str:
        """The name of an entry's section."""
        section = self.record.sections.get(entry.section)
        return ours(section.section.name) if section else entry.section

    def linked(self, item: DisclosedEntry) -> list[tuple[str, DisclosedEntry]]:
        """Entries that contradict this one, say the same, are referred to by it or refer to it, with the relation.

        Only what is in this record. Where several sources use one "Type/id", those of the entry's own source are meant.
        """
        found: dict[EntryId, tuple[str, DisclosedEntry]] = {}
        for conflict in self.record.conflicts:
            if item.entry.entry_id in conflict.entry_ids:
                for entry_id in conflict.entry_ids:
                    if entry_id in self._by_id:
                        found.setdefault(entry_id, ("conflict", self._by_id[entry_id]))
        for other in self._by_id.values() if item.group else ():
            if other.group == item.group:
                found.setdefault(other.entry.entry_id, ("group", other))
        by_resource: dict[str, list[DisclosedEntry]] = {link.target: [] for link in item.entry.links}
        for other in self._by_id.values() if by_resource else ():
            if other.entry.resource in by_resource:
                by_resource[other.entry.resource].append(other)
        for link in item.entry.links:
            for other in self._of_source(by_resource[link.target], item):
                found.setdefault(other.entry.entry_id, (link.rel, other))
        for other in self._by_id.values():
            if other.entry.source.key == item.entry.source.key:
                for link in other.entry.links:
                    if link.target == item.entry.resource:
                        found.setdefault(other.entry.entry_id, ("", other))
        if item.entry.section == "medicines":
            for other in self._written_that_day(item):
                found.setdefault(other.entry.entry_id, ("same-day", other))
        found.pop(item.entry.entry_id, None)
        return list(found.values())

    def _written_that_day(self, item: DisclosedEntry) -> list[DisclosedEntry]:
        """Letters of an entry's own source, dated its day: the letter that a change of medicine came with, if any."""
        start = item.entry.when.start[:10]
        return [
            other
            for other in self.entries("documents")
            if len(start) == 10
            and other.entry.when.start[:10] == start
            and other.entry.source.key == item.entry.source.key
        ]

    @staticmethod
    def _of_source(found: list[DisclosedEntry], item: DisclosedEntry) -> list[DisclosedEntry]:
        own = [other for other in found if other.entry.source.key == item.entry.source.key]
        return own or found

    def sides(self, conflict: Conflict) -> list[str]:
        """Each home that sources give, and who gives it, where its sentence does not; empty of other differences."""
        if conflict.kind != "address":
            return []
        said = [self._by_id[one].entry for one in conflict.entry_ids if one in self._by_id]
        givers: dict[str, dict[str, None]] = {}
        for entry in said:
            for field in entry.fields:
                if field.label == "Address":
                    givers.setdefault(field.value, {})[entry.source.name] = None
        return [f"{home} · {', '.join(names)}" for home, names in givers.items()]

    def conflicts_of(self, entry_id: EntryId) -> list[str]:
        """The sentences of the contradictions that an entry is part of."""
        return [ours(conflict.text) for conflict in self.record.conflicts if entry_id in conflict.entry_ids]

    def called(self) -> str:
        """What to call the person in a heading: the preferred name, or the first given name, or "this person"."""
        demographics = self.record.banner.demographics
        if demographics.preferred_name:
            return demographics.preferred_name
        names = self.record.banner.identity.names
        return next((name.given[0] for name in names if name.given), tr("this person"))

    def own_words(self) -> list[DisclosedEntry]:
        """About me: own words first, of these what is most important to the person, newest first within each."""
        return sorted(
            newest_first(self.entries("about-me")),
            key=lambda item: (not item.entry.own_words, item.entry.kind != "important"),
        )

    def current(self, key: str) -> list[DisclosedEntry]:
        """What holds now in a section, newest first."""
        return newest_first([item for item in self.entries(key) if is_current(item.entry, self.today)])

    def coming(self) -> list[DisclosedEntry]:
        """What is planned: dated today or later, soonest first; then open requests without such a date."""
        dated, waiting = [], []
        for item in self.entries(*NEXT_SECTIONS):
            days = span(item.entry.when.start)
            if days is not None and days[1] >= self.today and item.entry.active is not False:
                dated.append(item)
            elif item.entry.section in OPEN_SECTIONS and item.entry.active:
                waiting.append(item)
        return sorted(dated, key=lambda item: item.entry.when.start) + newest_first(waiting)

    def recent(self) -> list[DisclosedEntry]:
        """What happened, newest first."""
        past = []
        for item in self.entries(*EVENT_SECTIONS):
            days = span(item.entry.when.start)
            if days is not None and days[0] <= self.today and is_listed(item.entry):
                past.append(item)
        return newest_first(past)

    def involved(self) -> list[list[DisclosedEntry]]:
        """Family, carers and professionals, those who still are; entries of one name stand together."""
        found: dict[tuple[str, str], list[DisclosedEntry]] = {}
        for item in self.entries(*_PEOPLE_SECTIONS):
            if is_current(item.entry, self.today):
                found.setdefault((item.entry.section, item.entry.title.casefold()), []).append(item)
        return list(found.values())

    def dated(self) -> list[DisclosedEntry]:
        """Every entry with a usable date, newest first: the timeline."""
        if self._dated is None:
            self._dated = newest_first(
                [item for item in self._by_id.values() if is_fact(item) and span(item.entry.when.start) is not None]
            )
        return self._dated

    def since(self, first: date) -> list[DisclosedEntry]:
        """Those of the timeline that may reach into the year of a day or beyond, by their dates as written."""
        year = f"{first.year:04}"
        return [
            item for item in self.dated() if (when := item.entry.when).ongoing or when.start >= year or when.end >= year
        ]

    def navigation(self, *, everything: bool, more: Sequence[tuple[str, NavigationRow]] = ()) -> list[NavigationRow]:
        """The lines of the navigation; without `everything`, only sections with entries or that must not be missed.

        `more` are lines beside those of sections, each with the group that it leads.
        """
        rows = [NavigationRow("overview", tr("Overview")), NavigationRow("timeline", tr("Timeline"), len(self.dated()))]
        for group, heading in GROUP_WORDS.items():
            lines = [row for at, row in more if at == group] + [
                NavigationRow(
                    key,
                    _SHORT.get(key) or ours(section.section.name),
                    sum(is_fact(item) and is_listed(item.entry) for item in section.entries),
                    section.state,
                )
                for key, section in sorted(self.record.sections.items(), key=_looked_for)
                if section.section.group == group and (everything or self._worth_a_line(section))
            ]
            if lines or group == "record":
                rows += [NavigationRow("", heading)] if heading else []
                rows += lines
        rows.append(NavigationRow("sources", tr("Sources"), len(self.record.sources)))
        return rows

    @staticmethod
    def _worth_a_line(section: DisclosedSection) -> bool:
        always = section.section.key in ("about-me", "problems", "medicines", "allergies", "services", "alerts")
        return always or bool(section.entries) or section.state == "failed"


def _looked_for(row: tuple[str, DisclosedSection]) -> int:
    return _FIRST.index(row[0]) if row[0] in _FIRST else len(_FIRST)


def freshness(record: DisclosedRecord) -> list[str]:
    """The newest date up to today shown of each kind of service, in words."""
    today = record.request.now.date().isoformat()
    newest: dict[str, str] = {}
    for section in record.sections.values():
        for item in section.entries:
            start = item.entry.when.start[:10]
            if start <= today:
                newest[lane_of(item.entry)] = max(newest.get(lane_of(item.entry), ""), start)
    year = f" {record.request.now.year}"
    return [f"{LANE_WORDS[lane]} {day(newest[lane]).removesuffix(year)}" for lane in LANES if newest.get(lane)]
