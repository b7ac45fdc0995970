"""Medicines as someone who gives them needs them: what is taken now, what changed, what was given, what is over.

Pure; takes released entries only and adds no fact. Entries are of one medicine when their names begin alike up to the
strength ("Bisoprolol 5mg tablets" and "Bisoprolol 2.5mg tablets"): only for standing together, never for being one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from consent.disclosure import DisclosedEntry
from desktop.models.story import incomplete, is_current, is_listed, newest_first
from desktop.models.tongue import tr
from desktop.models.words import day, span
from fhir.entries import Entry

CHANGED_WITHIN = 90
"""Days in which a change counts as recent."""
_GIVEN = ("medicine-given", "medicine-dispensed")
_STRENGTH = re.compile(r"\s+\d[\d.,/]*\s*(mg|g|mcg|microgram|micrograms|ml|unit|units|%|iu)?\b.*", re.IGNORECASE)
_FORM = re.compile(
    r"\s+(tablets?|capsules?|injection|cream|ointment|solution|inhaler|patch(es)?|oral|eye drops)\b.*", re.I
)


@dataclass(frozen=True)
class Medicine:
    """One medicine and what each source says of it, newest first. `differs` says so where sources do not agree on what
    is taken now."""

    name: str
    items: tuple[DisclosedEntry, ...]
    differs: bool = False


@dataclass(frozen=True)
class Change:
    """Something that began, ended or changed lately: its day as written, and what happened in words."""

    when: str
    words: str
    item: DisclosedEntry


def not_given(item: DisclosedEntry) -> bool:
    """Whether a dose is not told as given: it was held back, or its source leaves it open."""
    return item.entry.title.startswith(("Not given", "Not known whether given"))


@dataclass(frozen=True)
class Given:
    """Doses of one medicine that were recorded as given or not, newest first."""

    name: str
    items: tuple[DisclosedEntry, ...]


@dataclass(frozen=True)
class Medicines:
    """A medicines section, arranged. `incomplete` are warnings of sources that their list lacks something."""

    incomplete: tuple[DisclosedEntry, ...]
    current: tuple[Medicine, ...]
    changes: tuple[Change, ...]
    given: tuple[Given, ...]
    past: tuple[DisclosedEntry, ...]
    rest: tuple[DisclosedEntry, ...]


def stem(title: str) -> str:
    """A medicine's name without strength and form: for standing together only."""
    for prefix in ("Given: ", "Not given: ", "Not known whether given: "):
        title = title.removeprefix(prefix)
    return _FORM.sub("", _STRENGTH.sub("", title)).strip()


def field(entry: Entry, *labels: str) -> str:
    """The first of these labelled lines that an entry has."""
    return next((line.value for label in labels for line in entry.fields if line.label == label), "")


def prescriber(entry: Entry) -> str:
    """Who prescribed, as the source says; empty where it does not."""
    return field(entry, "Prescribed by") or entry.author


def arranged(items: Sequence[DisclosedEntry], today: date) -> Medicines:
    """A section's entries, arranged. Every entry stands in exactly one of incomplete, current, given, past and rest; a
    source's list of medicines is no medicine."""
    warned = incomplete(items)
    facts = [item for item in items if item.entry.assertion == "fact" and is_listed(item.entry)]
    given = [item for item in facts if item.entry.kind in _GIVEN]
    courses = [item for item in facts if item.entry.kind not in _GIVEN]
    now = [item for item in courses if is_current(item.entry, today)]
    over = [item for item in courses if not is_current(item.entry, today)]
    placed = {item.entry.entry_id for item in (*warned, *given, *now, *over)}
    return Medicines(
        incomplete=tuple(warned),
        current=_current(now),
        changes=_changes(courses, today),
        given=tuple(Given(name, tuple(newest_first(doses))) for name, doses in _by_stem(given).items()),
        past=tuple(newest_first(over)),
        rest=tuple(item for item in items if item.entry.entry_id not in placed),
    )


def _by_stem(items: Sequence[DisclosedEntry]) -> dict[str, list[DisclosedEntry]]:
    found: dict[str, list[DisclosedEntry]] = {}
    names: dict[str, str] = {}
    for item in items:
        name = stem(item.entry.title) or item.entry.title
        found.setdefault(names.setdefault(name.casefold(), name), []).append(item)
    return found


def _current(items: list[DisclosedEntry]) -> tuple[Medicine, ...]:
    made = []
    for name, same in sorted(_by_stem(items).items(), key=lambda pair: pair[0].casefold()):
        said = {(item.entry.title.casefold(), item.entry.value.casefold()) for item in same}
        sources = {item.entry.source.key for item in same}
        differs = (len(sources) > 1 and len(said) > 1) or any(item.agreement == "differ" for item in same)
        made.append(Medicine(name, tuple(newest_first(same)), differs))
    return tuple(sorted(made, key=lambda one: (not one.differs, one.name.casefold())))


def _changes(items: Sequence[DisclosedEntry], today: date) -> tuple[Change, ...]:
    first = today - timedelta(days=CHANGED_WITHIN)
    found = []
    before = _by_stem(items)
    for item in items:
        entry = item.entry
        began, ended = span(entry.when.start), span(entry.when.end)
        if ended is not None and first <= ended[1] <= today and not is_current(entry, today):
            why = field(entry, "Why stopped", "Reason stopped")
            found.append(Change(entry.when.end, tr("stopped: {why}").format(why=why) if why else tr("stopped"), item))
        elif began is not None and first <= began[1] <= today and is_current(entry, today):
            others = before.get(stem(entry.title), [])
            older = [one for one in others if one.entry.when.start[:10] < entry.when.start[:10]]
            doses = {(one.entry.title, one.entry.value) for one in older}
            if not older:
                found.append(Change(entry.when.start, tr("started"), item))
            elif (entry.title, entry.value) not in doses:
                was = newest_first(older)[0].entry
                dose = f"{was.title}, {was.value}".rstrip(", ")
                found.append(Change(entry.when.start, tr("changed from {dose}").format(dose=dose), item))
    return tuple(sorted(found, key=lambda change: change.when, reverse=True))


def since(entry: Entry) -> str:
    """Since when, in words; empty where the source does not say."""
    return tr("since {date}").format(date=day(entry.when.start)) if span(entry.when.start) else ""
