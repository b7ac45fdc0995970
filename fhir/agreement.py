"""What the entries of one fact say field by field: where they agree, where they differ, what only one of them says.

Also which of them is best looked at first, and why, in words. Nothing is left out and nothing is chosen silently: every
text stays as its source wrote it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from fhir.entries import Entry, EntryId
from fhir.temporal import say
from fhir.units import Quantity, comparable, quantity, read_quantity

FieldState = Literal["agree", "differ", "only-here"]

_SPACES = re.compile(r"[\s.,;:]+")


class FieldAgreement(msgspec.Struct, frozen=True, gc=False):
    """One field over the entries of a fact. `said` are (entry, text as written), for those that say it; `words` add
    what the texts alone do not tell ("the same in other units")."""

    name: str
    state: FieldState
    said: tuple[tuple[EntryId, str], ...]
    words: str = ""


class Preferred(msgspec.Struct, frozen=True, gc=False):
    """Which entry to look at first; empty where none is better. `because` says why, or why not."""

    entry_id: EntryId | Literal[""]
    because: str


NO_PREFERENCE = Preferred("", "")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("agreement.toml").read_text("utf-8"))


@cache
def _left_out() -> frozenset[str]:
    return frozenset(_table()["left_out"]["labels"])


@cache
def _renamed() -> dict[str, str]:
    return dict(_table()["renamed"])


def field_agreements(entries: Sequence[Entry]) -> tuple[FieldAgreement, ...]:
    """The fields of these entries, each with what it comes to; in the order in which entries have them."""
    said: dict[str, list[tuple[EntryId, str]]] = {}
    for entry in entries:
        for name, text in _fields(entry).items():
            said.setdefault(name, []).append((entry.entry_id, text))
    measures = {entry.entry_id: entry for entry in entries}
    return tuple(_compared(name, found, measures) for name, found in said.items())


def _fields(entry: Entry) -> dict[str, str]:
    """Name, value, dates, status and every labelled field that is a matter of fact rather than of paperwork."""
    found = {
        "Name": entry.title,
        "Value": entry.value,
        "Date": say(entry.when.start),
        "Until": say(entry.when.end),
        "Status": entry.status,
    }
    for field in entry.fields:
        name = _renamed().get(field.label, field.label)
        if field.label not in _left_out() and not (found.get(name)):
            found[name] = field.value
    if entry.detail and entry.detail not in found.values():
        found["Detail"] = entry.detail
    return {name: text for name, text in found.items() if text}


def _compared(name: str, said: list[tuple[EntryId, str]], entries: dict[EntryId, Entry]) -> FieldAgreement:
    if len(said) == 1:
        return FieldAgreement(name, "only-here", tuple(said))
    texts = {_folded(text) for _, text in said}
    state: FieldState = "agree" if len(texts) == 1 else "differ"
    words = ""
    if state == "differ":
        found = [_quantity(name, text, entries[entry_id]) for entry_id, text in said]
        known = [one for one in found if one is not None]
        if len(known) == len(said):
            if all(comparable(known[0], one) for one in known):
                if len({one.number for one in known}) == 1:
                    state, words = "agree", "The same, written in different units"
            else:
                words = "In units that are not converted here"
    if state == "agree" and len(said) < len(entries):
        words = "; ".join(part for part in (words, f"{len(said)} of {len(entries)} say it") if part)
    return FieldAgreement(name, state, tuple(said), words)


def _folded(text: str) -> str:
    return _SPACES.sub(" ", text.casefold()).strip()


def _quantity(name: str, text: str, entry: Entry) -> Quantity | None:
    if name == "Value" and len(entry.measures) == 1:
        measure = entry.measures[0]
        if measure.comparator:  # "more than 90" is no number that could be the same as 90
            return None
        return quantity(measure.value, measure.code or measure.unit)
    found = read_quantity(text)
    return found if found is not None and found.known else None  # "12 Nov 2026" is no quantity


def summary(fields: Sequence[FieldAgreement], number: int) -> str:
    """What the fields come to, in one line: "7 sources; agree on name; differ on dose (1 of 7)"."""
    parts = [f"{number} sources"]
    for state, words in (("agree", "agree on"), ("differ", "differ on"), ("only-here", "only one gives")):
        names = [one.name.lower() + _against_most(one) for one in fields if one.state == state]
        if names:
            parts.append(f"{words} {', '.join(names)}")
    return "; ".join(parts)


def _against_most(field: FieldAgreement) -> str:
    """How many say something else than most do, where more than half say the same: " (1 of 7)"."""
    texts = Counter(_folded(text) for _, text in field.said)
    most = max(texts.values())
    return f" ({len(field.said) - most} of {len(field.said)})" if len(texts) > 1 and 2 * most > len(field.said) else ""


def preferred(entries: Sequence[Entry], fields: Sequence[FieldAgreement]) -> Preferred:
    """Which entry to look at first: without warnings, then the latest recorded, then the fullest; and why."""
    if not any(one.state == "differ" for one in fields):
        return Preferred("", "The sources do not differ, so none is put first.")
    clean = [entry for entry in entries if not entry.warnings] or list(entries)
    dated = [(_recorded(entry), entry) for entry in clean]
    newest = max(day for day, _ in dated)
    latest = [entry for day, entry in dated if day == newest]
    if newest and len(latest) == 1:
        [one] = latest
        others = "the others are not dated" if not all(day for day, _ in dated) else "the others are older"
        return Preferred(
            one.entry_id, f"{one.source.name} is put first: it was recorded last ({say(newest)}); {others}."
        )
    if len(clean) < len(entries) and len(clean) == 1:
        return Preferred(clean[0].entry_id, f"{clean[0].source.name} is put first: the others have faults.")
    return Preferred("", "None is put first: nothing says which was recorded last.")


def _recorded(entry: Entry) -> str:
    # Not when it was true: a later onset is no later record.
    return (entry.as_at or entry.recorded)[:10]
