"""Finding in one released record as one types: ranked, with what matched, and with the abbreviations of the field.

Looks only at the entries of a `Story`: what the gate did not release cannot be found, counted or suggested. No I/O.
"""

from __future__ import annotations

import heapq
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from consent.disclosure import DisclosedEntry
from desktop.models.story import Story
from desktop.models.tongue import ours

MOST = 60
_BETWEEN = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Found:
    """One entry that was found: how well, and which words of it matched (as typed, or a synonym of what was typed)."""

    item: DisclosedEntry
    score: int
    words: tuple[str, ...]


class Finder:
    """An index of one record. Made when it is first asked for; dropped with the person."""

    def __init__(self, story: Story) -> None:
        names = {key: ours(section.section.name) for key, section in story.record.sections.items()}
        self._items = sorted(story.all_entries(), key=lambda item: item.entry.when.start, reverse=True)
        self._texts: list[str] = []
        self._zones: list[tuple[int, int]] = []
        self._worth = [_worth(item) for item in self._items]
        for item in self._items:
            parts = [_plain(part) for part in _parts(item, names.get(item.entry.section, ""))]
            self._texts.append(" ".join(parts))
            self._zones.append((len(parts[0]), len(parts[0]) + 1 + len(parts[1])))

    def find(self, text: str, most: int = MOST) -> list[Found]:
        """Entries in which every word is found, best first; within one rank the newest first."""
        asked = _asked(text)
        if not asked:
            return []
        scores: dict[int, int] = {}
        for number, ways in enumerate(asked):
            here = self._scores(ways, range(len(self._texts)) if number == 0 else scores)
            scores = here if number == 0 else {at: scores[at] + points for at, points in here.items()}
        best = heapq.nsmallest(most, scores, key=lambda at: (-scores[at] - self._worth[at], at))
        return [
            Found(self._items[at], scores[at], tuple(way for ways in asked for way in ways if way in self._texts[at]))
            for at in best
        ]

    def _scores(self, ways: tuple[str, ...], among: Iterable[int]) -> dict[int, int]:
        """How well entries fit one word or another way to say it: in the title before values before everything else;
        the beginnings of words before their middles; what was typed before its synonyms."""
        found: dict[int, int] = {}
        texts, zones = self._texts, self._zones
        tries = [(f" {way}", way if len(way) > 3 else "", 15 if place else 0) for place, way in enumerate(ways)]
        for at in among:
            text, best = texts[at], 0
            for start, middle, less in tries:
                place = text.find(start)
                points = 0
                if place < 0 and middle:
                    place, points = text.find(middle), -20
                if place >= 0:
                    title, near = zones[at]
                    points += 100 if place < title else 60 if place < near else 30
                    points += 10 if place == 0 else 0
                    best = max(best, points - less)
            if best:
                found[at] = best
        return found


def _parts(item: DisclosedEntry, section: str) -> tuple[list[str], list[str], list[str]]:
    """The words of an entry: its title; its value, codes and section; all the rest."""
    entry = item.entry
    near = [entry.value, *(code.display for code in entry.codes), section, entry.kind]
    rest = [entry.detail, entry.author, entry.source.name, entry.status, entry.when.text]
    rest += [part for field in entry.fields for part in (field.label, field.value)]
    rest += [code.code for code in entry.codes]
    return [entry.title], near, rest


def _plain(parts: list[str]) -> str:
    """Words alone, in small letters, a space before each: what is asked for is made the same."""
    return " " + _BETWEEN.sub(" ", " ".join(parts).casefold()).strip()


def _worth(item: DisclosedEntry) -> int:
    """What holds now comes a little before what is over, and what is not a fact comes last."""
    entry = item.entry
    return (8 if entry.active else 0) - (40 if entry.assertion == "not-a-fact" else 0)


def _asked(text: str) -> list[tuple[str, ...]]:
    """The words typed, each with the other ways to say it; several words that are one term stay together."""
    plain = _plain([text]).strip()
    if not plain:
        return []
    known = synonyms()
    if plain in known:
        return [(plain, *known[plain])]
    return [(word, *known.get(word, ())) for word in plain.split(" ")]


@cache
def synonyms() -> dict[str, tuple[str, ...]]:
    """Every word of the table with the others of its group."""
    table = tomllib.loads((resources.files("desktop.models") / "abbreviations.toml").read_text("utf-8"))
    found: dict[str, tuple[str, ...]] = {}
    for row in table["groups"]:
        group = [_plain([word]).strip() for word in row]
        for word in group:
            found[word] = (*found.get(word, ()), *(other for other in group if other != word))
    return found


def pieces(text: str, words: tuple[str, ...]) -> list[tuple[str, bool]]:
    """A text in pieces, each said to match or not; joined they are the text."""
    if not words:
        return [(text, False)]
    ways = (r"[\W_]+".join(map(re.escape, word.split(" "))) for word in sorted(words, key=len, reverse=True))
    pattern = re.compile("|".join(way for way in ways if way) or r"(?!)", re.IGNORECASE)
    made: list[tuple[str, bool]] = []
    reached = 0
    for match in pattern.finditer(text):
        if match.start() > reached:
            made.append((text[reached : match.start()], False))
        made.append((match[0], True))
        reached = match.end()
    if reached < len(text):
        made.append((text[reached:], False))
    return made or [("", False)]
