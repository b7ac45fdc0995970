"""What stands on paper: a one-page summary and the pack for a case conference, as plain parts without any layout.

Made from a disclosed record only; every count is a count of what is shown. Knows no Qt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from consent.disclosure import DisclosedEntry, DisclosedRecord
from desktop.models import words
from desktop.models.chronicle import Chronicle, Filters
from desktop.models.story import Story, is_fact, newest_first
from desktop.models.ticks import day_of
from fhir.export import Stamp

# Control characters, turns of the direction of writing, and the marks that a text engine takes for objects or lines.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufffc\ufdd0-\ufdef\ufeff]")
_PACK_ROWS = 60
_SUMMARY_ROWS = 14
_TIMELINE_ROWS = 400
_RANKS = {"allergies": 0, "medicines": 0, "problems": 1}
_LONGEST = 4_000


def plain(text: str) -> str:
    """Text as paper may carry it: no controls, no more than fits a page; what is cut says so."""
    text = _UNFIT.sub(" ", text)
    return text if len(text) <= _LONGEST else text[:_LONGEST].rstrip() + " … (shortened for paper)"


@dataclass(frozen=True)
class Row:
    """One line: when, what, more about it, which source and who. `quote` marks `more` as the person's own words."""

    what: str
    when: str = ""
    more: str = ""
    source: str = ""
    author: str = ""
    quote: bool = False


@dataclass(frozen=True)
class Part:
    """A heading with rows beneath; `empty` is what stands there without rows, `left` counts rows that did not fit.

    Where room is short parts get their rows in the order of their `rank`; the words of those of rank 0 are never
    shortened. `second` begins the second column of a summary.
    """

    title: str
    rows: tuple[Row, ...] = ()
    empty: str = ""
    left: int = 0
    rank: int = 2
    second: bool = False


@dataclass(frozen=True)
class Paper:
    """A document: who it is about, the stamp and its time (ISO instant), alerts, parts.

    The page decides how much of `summary` fits.
    """

    title: str
    name: str
    about: str
    stamp: str
    time: str
    notices: tuple[str, ...]
    alerts: tuple[tuple[str, str, str], ...] = ()
    summary: tuple[Part, ...] = ()
    parts: tuple[Part, ...] = field(default=())


def stamp_line(stamp: Stamp) -> str:
    """Who, when, for whom and why, in one line for every page."""
    when = f"{words.day(stamp.time, time=True)} UTC"
    why = stamp.purpose_words + (f" ({stamp.reason})" if stamp.reason else "")
    who = ", ".join(part for part in (stamp.user, stamp.role, stamp.organisation) if part)
    told = [f"Made by {who}", when, f"Why: {why}"] + ([f"For: {stamp.audience}"] if stamp.audience else [])
    return plain(" · ".join(told))


def summary(record: DisclosedRecord, stamp: Stamp) -> Paper:
    """The one-page summary."""
    return _paper("Summary of health and care", record, stamp, _summary_parts(Story(record)), ())


def pack(record: DisclosedRecord, stamp: Stamp) -> Paper:
    """The pack for a case conference: the summary first, then every part of the record of which something is shown."""
    story = Story(record)
    parts = tuple(
        _part(section.section.name, newest_first([item for item in section.entries if is_fact(item)]), _PACK_ROWS)
        for section in record.sections.values()
        if any(is_fact(item) for item in section.entries)
    )
    differences = tuple(Row(plain(conflict.text)) for conflict in record.conflicts)
    if differences:
        parts = (Part("Differences between sources", differences), *parts)
    return _paper("Pack for a case conference", record, stamp, _summary_parts(story), parts)


def listed(record: DisclosedRecord, only: Filters) -> list[DisclosedEntry]:
    """The entries that `timeline` prints, newest first."""
    return Chronicle(Story(record)).narrowed(only).items[:_TIMELINE_ROWS]


def kept(only: Filters, names: Mapping[str, str]) -> list[str]:
    """What filters leave, in words, each a phrase of its own; `names` are those of the sections."""
    said = []
    if only.section:
        said.append(f"only {names.get(only.section, only.section)}")
    if only.source:
        said.append(f"only from {only.source}")
    if only.text:
        said.append(f"only with “{only.text}”")
    if only.days is not None:
        first, last = (words.calendar_day(day_of(one)) for one in only.days)
        said.append(f"only {first} to {last}")
    return said


def timeline(record: DisclosedRecord, stamp: Stamp, only: Filters) -> Paper:
    """The timeline as a list, a part for each year, saying what it is narrowed to."""
    every = Chronicle(Story(record)).narrowed(only).items
    shown = every[:_TIMELINE_ROWS]
    names = {key: section.section.name for key, section in record.sections.items()}
    count = words.plural(len(shown), "entry", "entries")
    title = " · ".join(["Timeline, newest first", *kept(only, names), count])
    years: dict[str, list[Row]] = {}
    for item in shown:
        row = _row(item)
        if not row.quote:
            row = replace(
                row, more=" · ".join(part for part in (plain(names.get(item.entry.section, "")), row.more) if part)
            )
        years.setdefault(item.entry.when.start[:4], []).append(row)
    parts = [Part(year, tuple(rows)) for year, rows in years.items()]
    parts[-1:] = [replace(part, left=len(every) - len(shown)) for part in parts[-1:]]
    return _paper(plain(title), record, stamp, (), tuple(parts))


def _paper(
    title: str, record: DisclosedRecord, stamp: Stamp, first: tuple[Part, ...], parts: tuple[Part, ...]
) -> Paper:
    identity, known = record.banner.identity, record.banner.demographics
    born = words.day(identity.birth_date) or "not recorded"
    age = "" if identity.deceased else words.age(identity.birth_date, record.request.now.date())
    number = words.nhs_number(identity.nhs_number) or "none"
    status = words.NHS_STATUS_WORDS.get(identity.nhs_status, "")
    about = [
        f"Born {born}" + (f" ({age})" if age else ""),
        f"NHS number {number}" + (f" ({status})" if status else ""),
        f"Likes to be called {known.preferred_name}" if known.preferred_name else "",
        f"Pronouns {known.pronouns}" if known.pronouns else "",
        f"Language {known.language}" if known.language else "",
        "Needs an interpreter" if known.interpreter_required else "",
        f"GP practice {known.gp_practice}" if known.gp_practice else "",
        "Has died" if identity.deceased else "",
    ]
    return Paper(
        title=title,
        name=plain(identity.name),
        about=plain(" · ".join(part for part in about if part)),
        stamp=stamp_line(stamp),
        time=stamp.time,
        notices=tuple(dict.fromkeys(plain(text) for text in stamp.notices)),
        alerts=tuple((plain(one.label), plain(one.text), one.tone) for one in record.banner.items),
        summary=first,
        parts=parts,
    )


def _summary_parts(story: Story) -> tuple[Part, ...]:
    # In the order of two columns; with the section whose state is said where there is nothing.
    made = [
        ("What matters to the person", story.own_words(), "about-me"),
        ("Allergies", story.current("allergies") or story.entries("allergies"), "allergies"),
        ("Problems now", story.current("problems"), "problems"),
        ("Care and support now", story.current("services"), "services"),
        ("Who is involved", [group[0] for group in story.involved()], "professional-contacts"),
        ("Plans and wishes", story.current("end-of-life") + story.current("care-plan"), "end-of-life"),
        ("Medicines now", story.current("medicines"), "medicines"),
        ("What happens next", story.coming(), "appointments"),
        ("What happened lately", story.recent()[:4], "contacts"),
    ]
    return tuple(
        replace(
            _part(title, items, _SUMMARY_ROWS, empty=words.state(story.section(key)) or "Nothing current is shown."),
            rank=_RANKS.get(key, 2),
            second=key == "medicines",
        )
        for title, items, key in made
    )


def _part(title: str, items: Sequence[DisclosedEntry], most: int, *, empty: str = "") -> Part:
    rows = _together([_row(item) for item in items])
    return Part(title, rows[:most], empty if not rows else "", max(0, len(rows) - most))


def left_out(count: int, *, some: bool = True) -> str:
    """Said beneath a part of which not every row is printed, or not even `some` are."""
    if count <= 0:
        return ""
    if not some:
        return f"{words.plural(count, 'entry', 'entries')}, not printed here"
    return f"and {words.plural(count, 'more entry', 'more entries')} not printed here"


def _together(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows that say the same, from several sources, as one."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = (row.what, row.when, row.more, row.author)
        known = found.get(key)
        if known is None:
            found[key] = row
        elif row.source and row.source not in known.source.split("; "):
            found[key] = replace(known, source=f"{known.source}; {row.source}")
    return tuple(found.values())


def _row(item: DisclosedEntry) -> Row:
    entry = item.entry
    more = [part for part in (entry.value, entry.detail) if part and part not in entry.title]
    more += [entry.status] if entry.status not in ("", "final", "finished", "completed", "active", "unknown") else []
    more += ["parts are not shown"] if item.shortened else []
    source = entry.source.name + (f", as at {words.day(entry.as_at)}" if entry.as_at else "")
    when = entry.when.text or words.day(entry.when.start)
    title = f"“{entry.title}”" if entry.own_words and not more else entry.title
    author = "" if entry.author == entry.source.name else entry.author
    return Row(plain(title), plain(when), plain(" · ".join(more)), plain(source), plain(author), entry.own_words)
