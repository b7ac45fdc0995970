"""Going home after a hospital stay: what changed in medicines, which support began again, what was delivered.

One hospital stay at a time, reckoned from the day of admission until six weeks after going home or the next stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from fhir.contradictions import plain_words
from fhir.entries import Entry, EntryId
from fhir.year.days import day, field, is_fact, source_of

AFTER = timedelta(days=42)
_MEDICINES = frozenset({"medicine", "medicine-request"})
_STRENGTH = re.compile(r"\d+(?:[.,]\d+)?\s*(?:micrograms?|mcg|mg|g|ml|units?|%)", re.IGNORECASE)
_THERE = frozenset({"in place", "delivered", "completed"})
_SUPPORT_LANES = frozenset({"hospital", "mental-health"})

Group = Literal["medicines", "support", "equipment", "next"]


@dataclass(frozen=True)
class Step:
    """One thing about going home. `words` say what happened, `done` whether it has: None where that is not known."""

    group: Group
    title: str
    words: str
    when: date | None
    done: bool | None
    entries: tuple[EntryId, ...]


@dataclass(frozen=True)
class GoingHome:
    """One stay and going home from it. `to` is where to, as the source says."""

    title: str
    admitted: date | None
    left: date
    to: str
    steps: tuple[Step, ...]
    entries: tuple[EntryId, ...]


def going_home(entries: Sequence[Entry], today: date) -> tuple[GoingHome, ...]:
    """Every hospital stay that ended, newest first."""
    facts = [entry for entry in entries if is_fact(entry)]
    stays = [entry for entry in facts if entry.kind == "admission" and day(entry.when.end)]
    admitted = sorted({start for entry in facts if entry.kind == "admission" and (start := day(entry.when.start))})
    found: dict[date, GoingHome] = {}
    for stay in stays:
        left = day(stay.when.end)
        if left is None or left > today:
            continue
        started = day(stay.when.start)
        after = [one for one in admitted if one > left]
        until = min([left + AFTER, today, *after])
        leaving = [one for one in facts if one.kind == "discharge" and day(one.when.start) == left]
        steps = (
            *_medicines(facts, started or left, left, until),
            *_support(facts, started or left, left, until),
            *_equipment(facts, started or left, until),
            *_next(facts, left, until),
        )
        to = next((said for one in leaving if (said := field(one, "Discharged to") or one.detail)), "")
        ids = tuple(sorted({stay.entry_id, *(one.entry_id for one in leaving)}))
        home = GoingHome(stay.title, started, left, to, steps, ids)
        known = found.get(left)
        if known is None or home.entries < known.entries:  # one stay that several sources report
            found[left] = home
    return tuple(found[left] for left in sorted(found, reverse=True))


def _medicines(facts: Sequence[Entry], started: date, left: date, until: date) -> list[Step]:
    """What was begun, stopped, or given in another strength or dose, between admission and two weeks after."""
    last = min(until, left + timedelta(days=14))
    prescribed = [one for one in facts if one.kind in _MEDICINES]
    by_substance: dict[frozenset[str], list[Entry]] = {}
    for one in prescribed:
        by_substance.setdefault(plain_words(one.title), []).append(one)
    steps: list[Step] = []
    for substance, each in by_substance.items():
        if not substance:
            continue
        begun = [one for one in each if (when := day(one.when.start)) and started <= when <= last]
        ended = [one for one in each if (when := day(one.when.end)) and started <= when <= last]
        before = [one for one in each if (when := day(one.when.start)) and when < started]
        held = [one for one in before if day(one.when.end) is None or (day(one.when.end) or left) >= started]
        step = _medicine_step(begun, ended, held)
        if step is not None:
            steps.append(step)
    return sorted(steps, key=lambda step: (step.when or left, step.title))


def _medicine_step(begun: list[Entry], ended: list[Entry], held: list[Entry]) -> Step | None:
    ids = tuple(sorted({one.entry_id for one in (*begun, *ended, *held)}))
    if begun:
        newest = max(begun, key=lambda one: (one.when.start, one.entry_id))
        when = day(min(one.when.start for one in begun))
        if not held:
            return Step("medicines", newest.title, "Started", when, True, ids)
        was = max(held, key=lambda one: (one.when.start, one.entry_id))
        if _how(was) != _how(newest):
            return Step("medicines", newest.title, f"Changed; before: {was.title}, {_dose(was)}", when, True, ids)
        return None
    if ended:
        one = max(ended, key=lambda entry: (entry.when.end, entry.entry_id))
        why = field(one, "Why stopped")
        words = f"Stopped: {why}" if why else "Stopped"
        return Step("medicines", one.title, words, day(one.when.end), True, ids)
    return None


def _how(entry: Entry) -> tuple[tuple[str, ...], str]:
    strength = tuple(part.replace(" ", "").casefold() for part in _STRENGTH.findall(entry.title))
    return strength, " ".join(_dose(entry).casefold().split())


def _dose(entry: Entry) -> str:
    return field(entry, "Dose", "Dosage") or entry.value or "dose not given"


def _support(facts: Sequence[Entry], started: date, left: date, until: date) -> list[Step]:
    """Packages that ran on admission, and those that began around going home."""
    packages = [one for one in facts if one.kind == "package" and day(one.when.start)]
    steps: list[Step] = []
    before = [one for one in packages if _start(one) < started and (_end(one) is None or _ended(one) >= started)]
    begun = [one for one in packages if started <= _start(one) <= until]
    taken: set[EntryId] = set()
    for one in before:
        end = _end(one)
        if end is None or end > left:
            words = "Goes on as before: no end is recorded" if end is None else "Went on after going home"
            steps.append(Step("support", one.title, words, None, None, (one.entry_id,)))
            continue
        again = [other for other in begun if _service(other) == _service(one)]
        if again:
            new = min(again, key=lambda other: (other.when.start, other.entry_id))
            taken.add(new.entry_id)
            days = (_start(new) - left).days
            words = f"Began again {_days_words(days)}; before: {one.title}"
            steps.append(Step("support", new.title, words, _start(new), True, (one.entry_id, new.entry_id)))
        else:
            words = "Ended with the stay, and nothing shown to you says that it began again"
            steps.append(Step("support", one.title, words, end, False, (one.entry_id,)))
    for one in begun:
        if one.entry_id not in taken:
            days = (_start(one) - left).days
            steps.append(Step("support", one.title, f"Began {_days_words(days)}", _start(one), True, (one.entry_id,)))
    return steps


def _days_words(days: int) -> str:
    if days < 0:
        return "during the stay"
    if days == 0:
        return "on the day of going home"
    return f"{_days(days)} after going home"


def _days(days: int) -> str:
    return f"{days} day{'s' if days != 1 else ''}"


def _service(entry: Entry) -> str:
    return field(entry, "Service") or entry.title


def _start(entry: Entry) -> date:
    return day(entry.when.start) or date.max


def _end(entry: Entry) -> date | None:
    return day(entry.when.end)


def _ended(entry: Entry) -> date:
    return _end(entry) or date.max


def _equipment(facts: Sequence[Entry], started: date, until: date) -> list[Step]:
    steps = []
    for one in facts:
        asked = day(one.recorded) or day(one.when.start)
        if one.section != "equipment" or asked is None or not started <= asked <= until:
            continue
        there = one.status.casefold() in _THERE
        came = day(one.when.start)
        if there and came:
            words = f"Delivered {_days(max((came - asked).days, 0))} after it was asked for"
        else:
            words = "Delivered" if there else "Asked for; that it came is not recorded"
        steps.append(Step("equipment", one.title, words, came if there else asked, there or None, (one.entry_id,)))
    return sorted(steps, key=lambda step: (step.when or until, step.title))


def _next(facts: Sequence[Entry], left: date, until: date) -> list[Step]:
    """The first time that each service saw or called the person after they went home."""
    first: dict[tuple[str, str], Entry] = {}
    for one in facts:
        when = day(one.when.start)
        seen = one.section == "contacts" and one.kind not in ("episode", "list", "category", "topic", "message")
        if not seen or when is None or not left < when <= until or one.source.lane in _SUPPORT_LANES:
            continue
        known = first.get(source_of(one))
        if known is None or (one.when.start, one.entry_id) < (known.when.start, known.entry_id):
            first[source_of(one)] = one
    return [
        Step(
            "next",
            one.title,
            f"First contact by {one.source.name}, {_days_words((_start(one) - left).days)}",
            _start(one),
            True,
            (one.entry_id,),
        )
        for one in sorted(first.values(), key=lambda one: (one.when.start, one.entry_id))
    ]
