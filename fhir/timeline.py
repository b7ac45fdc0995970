"""Nights at home: how many nights of a year someone spent away, from admissions, placements and short stays.

Home is the centre: a permanent care home, supported living or foster placement *is* home; only hospital, respite and
short stays are away, and what is unclear is said to be unknown. There is no clock here, and nothing here knows who may
see the entries it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from fhir.entries import Entry
from fhir.temporal import say

WINDOW = 365
_KINDS = frozenset({"admission", "respite", "short-stay", "placement", "package"})

Night = Literal["home", "away", "unknown"]
Place = Literal["away", "home", "unclear", "nothing"]

_BRIEF = re.compile(r"short[ -](term|stay|break)|temporary|intermediate care|assessment bed|step[ -](down|up)", re.I)
_SHORT = re.compile(rf"respite|{_BRIEF.pattern}", re.I)
_LASTING = re.compile(
    r"permanent|long[ -]term|supported living|foster|shared lives|extra care|children's home|own parents|"
    r"independent living",
    re.I,
)
_BED = re.compile(
    r"(?<!non-)(?<!non )\bresidential\b|nursing (care|home|placement)|care home|placement|respite|short[ -]stay|"
    r"\bbed[- ]based|\b(care|assessment|nursing|step[ -](down|up)|d2a|discharge to assess) beds?\b",
    re.I,
)
_AT_HOME = re.compile(r"virtual ward|hospital at home|sitting service", re.I)

_SERVICE_TYPE = "Interweave-SocialCareServiceType"
_STAYS = frozenset({"STNC", "STRC"})
_HOMES = frozenset({"LTNC", "LTRC"})
_BY_WORDS = frozenset({"R", "DP", "EOL", "ES", "OSTS", "OLTS", "C-R", "C-OTH", "OTH", "DNH-SL", "DNH-IL"})
"""Kinds of service that may or may not be a bed somewhere; all others are not."""


@dataclass(frozen=True)
class Nights:
    """Nights at home in the `nights` before `until`. `away` lists (what, when, nights within the window), newest first;
    `unknown` says in words which stays could not be counted, so that `home` is then at most what it says; `uncertain`
    is how many of the nights in `home` they may have taken, where that is known. `by_night` has every night, oldest
    first."""

    until: str
    nights: int
    home: int
    away: tuple[tuple[str, str, int], ...] = ()
    unknown: tuple[str, ...] = ()
    uncertain: int = 0
    by_night: tuple[Night, ...] = ()


def place(entry: Entry) -> Place:
    """Where someone sleeps during this entry: away, at home, unclear, or that it says nothing of nights."""
    if entry.kind not in _KINDS:
        return "nothing"
    words = f"{entry.title} {entry.value} {' '.join(code.display for code in (*entry.codes, *entry.categories))}"
    if _AT_HOME.search(words):
        return "nothing"
    if entry.kind == "admission":
        return "away"
    if entry.kind in ("respite", "short-stay"):
        return "away"
    if entry.kind == "placement":
        if _SHORT.search(words):
            return "away"
        return "home" if _LASTING.search(words) else "unclear"
    return _package(entry, words) if entry.kind == "package" else "nothing"


def _package(entry: Entry, words: str) -> Place:
    """Where someone sleeps during a package of care: by the code of what it is, where its words do not deny that; else
    by its words. What reads as both lasting and brief is unclear."""
    said = f"{entry.title} {entry.value}"
    kind = next((code for code in entry.codes if _SERVICE_TYPE in code.system), None)
    if kind is not None and kind.code in _STAYS:
        return "unclear" if _LASTING.search(said) and not _SHORT.search(said) else "away"
    if kind is not None and kind.code in _HOMES:
        return "unclear" if _SHORT.search(said) else "home"
    if kind is not None and kind.code not in _BY_WORDS:
        return "nothing"
    if kind is not None:
        words = f"{said} {kind.display}"  # not the category: most short term support is at home
    if not _BED.search(words):
        return "nothing"
    lasting, brief = _LASTING.search(words), _BRIEF.search(words)
    if lasting and not _SHORT.search(words):
        return "home"
    if brief and not lasting:
        return "away"
    return "unclear" if _SHORT.search(words) or "emergency" in words.casefold() else "nothing"


def nights_at_home(entries: Iterable[Entry], until: date, window: int = WINDOW) -> Nights:
    """Nights at home in the `window` nights before the day `until`.

    The night of a day belongs to a stay that began on or before that day and ended after it. Stays that overlap, or
    that several sources report, count once. A stay whose start or end is missing or not exact to the day is unknown,
    but one that the source says is still open lasts until `until`; where the source is an extract, until the day of
    the extract, and what came after that is unknown.
    """
    first = until - timedelta(days=window)
    taken: set[date] = set()
    away: list[tuple[date, str, str, int]] = []
    unknown: list[str] = []
    unclear: set[date] = set()
    for entry in entries:
        if entry.assertion != "fact" or _cancelled(entry):
            continue
        where = place(entry)
        if where in ("home", "nothing"):
            continue
        start, end = _day(entry.when.start), _day(entry.when.end)
        if end is None and not entry.when.end and start and (entry.when.ongoing or entry.active is True):
            end = until
            told = _day(entry.as_at)
            if where == "away" and told is not None and told < until:
                end = max(start, told)
                after = _nights(end, until, first, until)
                unclear |= after
                if after:
                    unknown.append(
                        f"{entry.title}: open in an extract of {say(entry.as_at)}; how it went on is not known"
                    )
        if (start and start >= until) or (end and end <= first):
            continue
        if where == "unclear" or start is None or end is None or end < start:
            unknown.append(_unknown(entry, where, start, end))
            if start is not None and (end is None or end >= start):
                unclear |= _nights(start, end or (until if not entry.when.end else start), first, until)
            continue
        nights = _nights(start, end, first, until)
        if nights:
            away.append((start, entry.title, entry.when.text, len(nights)))
            taken |= nights
    newest = sorted(away, key=lambda stay: (stay[0], stay[1], stay[2]), reverse=True)
    return Nights(
        until=until.isoformat(),
        nights=window,
        home=window - len(taken),
        away=tuple((title, when, nights) for _, title, when, nights in dict.fromkeys(newest)),
        unknown=tuple(sorted(set(unknown))),
        uncertain=len(unclear - taken),
        by_night=tuple(
            "away" if night in taken else "unknown" if night in unclear else "home"
            for night in (first + timedelta(days=n) for n in range(window))
        ),
    )


def _nights(start: date, end: date, first: date, until: date) -> set[date]:
    """The nights from a first day to a last within the time that is looked at."""
    return {start + timedelta(days=n) for n in range(max(0, (first - start).days), (min(end, until) - start).days)}


def _unknown(entry: Entry, where: Place, start: date | None, end: date | None) -> str:
    when = entry.when.text or (f"from {say(entry.when.start)}" if entry.when.start else "undated")
    if where == "unclear":
        why = "not clear whether this is home"
    elif start is None:
        why = "when it began is not known to the day"
    elif end is None:
        why = "when it ended is not known"
    else:
        why = "it ends before it begins"
    return f"{entry.title}, {when}: {why}"


def _cancelled(entry: Entry) -> bool:
    return entry.status.casefold() in ("cancelled", "planned", "entered-in-error", "noshow")


def _day(text: str) -> date | None:
    """The day of a FHIR date that is exact to the day, else None."""
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None
