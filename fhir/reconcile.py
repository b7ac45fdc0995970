"""What several sources say of the same thing: facts that are one, and facts that contradict each other.

Works on whatever entries it is given and stores nothing: the caller gives only what the reader may see. Grouping hides
nothing, and what is not certain is left apart: undated equal codes and dates that are not exact to the day never merge.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fhir.entries import Entry, EntryId

MEDICINES = frozenset({"medicine", "medicine-request", "medicine-given"})
SAME_CODE = frozenset({"allergies", "problems", "medicines"})
_WORD = re.compile(r"[a-z][a-z-]{3,}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*\s*(?:micrograms?|mcg|mg|g|ml|units?|%)?")


@dataclass(frozen=True)
class Together:
    """Entries that several sources report as one fact. `agreement` says in words what agrees and what differs."""

    entries: tuple[EntryId, ...]
    agreement: str


@dataclass(frozen=True)
class Contradiction:
    """Entries that cannot all be right, in one sentence."""

    kind: str
    severity: Literal["high", "medium", "low"]
    text: str
    entries: tuple[EntryId, ...]


def same_facts(entries: Iterable[Entry]) -> list[Together]:
    """Facts that more than one source reports.

    Equal code and equal day; for allergies, and for problems and medicines that are not over, equal code and any day.
    Only where every source has just one such entry: which of two belongs to which cannot be known.
    """
    piles: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        if entry.assertion == "fact" and entry.codes and len(entry.when.start) >= 10:
            code = entry.codes[0]
            lasting = entry.section in SAME_CODE and (entry.section == "allergies" or entry.active is not False)
            day = "" if lasting else entry.when.start[:10]
            piles.setdefault((entry.section, entry.kind, code.system, code.code, day), []).append(entry)
    found: list[Together] = []
    for pile in piles.values():
        sources = {(entry.source.name, entry.source.key) for entry in pile}
        if 1 < len(pile) == len(sources) and pile[0].codes[0].code:
            pile.sort(key=lambda entry: entry.entry_id)
            found.append(Together(tuple(entry.entry_id for entry in pile), _agreement(pile)))
    return found


def _agreement(pile: Sequence[Entry]) -> str:
    parts = {
        "name": {entry.title.casefold() for entry in pile},
        "detail": {entry.detail for entry in pile},
        "value": {entry.value for entry in pile},
        "date": {entry.when.start[:10] for entry in pile},
        "status": {entry.status.casefold() for entry in pile},
    }
    differ = [name for name, said in parts.items() if len(said) > 1]
    agree = [name for name, said in parts.items() if len(said) == 1 and any(said)]
    number = len(pile)
    text = f"{number} sources; agree on {', '.join(agree)}" if agree else f"{number} sources"
    return f"{text}; differ on {', '.join(differ)}" if differ else f"{text}"


def contradictions(entries: Sequence[Entry]) -> list[Contradiction]:
    """Every contradiction this version knows to look for, most severe first."""
    facts = [entry for entry in entries if entry.assertion == "fact"]
    found = [
        *_allergy_against_medicine(facts),
        *_doses(facts),
        *_next_of_kin(facts),
        *_visits_after_package(facts),
    ]
    order = {"high": 0, "medium": 1, "low": 2}
    return sorted(found, key=lambda one: (order[one.severity], one.kind, one.entries))


def _allergy_against_medicine(facts: Sequence[Entry]) -> Iterable[Contradiction]:
    """One contradiction for each pair of names, however many entries say so."""
    allergies = [entry for entry in facts if entry.kind == "allergy" and entry.active is not False]
    if not allergies:
        return
    medicines = [entry for entry in facts if entry.kind in MEDICINES and entry.active is not False]
    named = [(entry, _substances(entry)) for entry in medicines]
    found: dict[tuple[str, str], set[EntryId]] = {}
    for allergy in allergies:
        said = _substances(allergy)
        for medicine, contains in named:
            if said & contains:
                pair = found.setdefault((allergy.title, medicine.title), set())
                pair |= {allergy.entry_id, medicine.entry_id}
    for (allergen, medicine_name), entries in sorted(found.items()):
        text = f"Recorded as an allergy: {allergen}. Recorded as a medicine in use: {medicine_name}."
        yield Contradiction("allergy-medicine", "high", text, tuple(sorted(entries)))


def _substances(entry: Entry) -> set[str]:
    """Codes, names, and the groups that those names belong to."""
    text = " ".join((entry.title, *(code.display for code in entry.codes[:2]))).casefold()
    words = set(_WORD.findall(text)) - _plain_words()
    groups = {_groups()[word] for word in words if word in _groups()}
    substance = entry.codes if entry.section == "medicines" else entry.codes[:1]  # the others are reactions
    return words | groups | {f"{code.system}|{code.code}" for code in substance if code.code}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("reconcile.toml").read_text("utf-8"))


@cache
def _groups() -> dict[str, str]:
    return {word: f"group {row['name']}" for row in _table()["group"] for word in row["words"]}


@cache
def _plain_words() -> frozenset[str]:
    return frozenset(_table()["plain"]["words"])


def _doses(facts: Sequence[Entry]) -> Iterable[Contradiction]:
    """The same medicine in use, from sources that do not agree on strength or dose."""
    piles: dict[frozenset[str], list[Entry]] = {}
    for entry in facts:
        if entry.kind in ("medicine", "medicine-request") and entry.active is True:
            substance = frozenset(set(_WORD.findall(entry.title.casefold())) - _plain_words())
            if substance:
                piles.setdefault(substance, []).append(entry)
    for pile in piles.values():
        by_source: dict[tuple[str, str], set[str]] = {}
        for entry in pile:
            by_source.setdefault((entry.source.name, entry.source.key), set()).add(_strength(entry))
        said = set(map(frozenset, by_source.values()))
        if len(by_source) > 1 and len(said) > 1:
            words = sorted({f"{entry.title}, {_how(entry)} ({entry.source.name})" for entry in pile})
            text = f"Sources differ on a medicine in use: {'; '.join(words)}."
            yield Contradiction("dose", "medium", text, tuple(sorted(entry.entry_id for entry in pile)))


def _strength(entry: Entry) -> str:
    """What must agree of a medicine: the strength in its name and the numbers of its dose."""
    return " ".join((*_NUMBER.findall(entry.title.casefold()), _dose(entry)))


def _how(entry: Entry) -> str:
    return next((field.value for field in entry.fields if field.label.casefold().startswith("dos")), entry.detail)


def _dose(entry: Entry) -> str:
    said = next((field.value for field in entry.fields if field.label.casefold().startswith(("dose", "dosage"))), "")
    return " ".join((said or entry.value).casefold().split())


def _next_of_kin(facts: Sequence[Entry]) -> Iterable[Contradiction]:
    kin = [entry for entry in facts if entry.kind == "next-of-kin" and entry.active is not False]
    names = {(entry.source.name, entry.source.key): _name(entry.title) for entry in kin}
    if len(names) > 1 and len(set(names.values())) > 1:
        yield Contradiction(
            "next-of-kin",
            "low",
            "Sources name different people as next of kin.",
            tuple(sorted(entry.entry_id for entry in kin)),
        )


def _name(title: str) -> str:
    titles = ("mr", "mrs", "miss", "ms", "dr", "mx")
    return " ".join(sorted(word for word in re.findall(r"\w+", title.casefold()) if word not in titles))


def _visits_after_package(facts: Sequence[Entry]) -> Iterable[Contradiction]:
    """A package that has ended, though the provider who gave it still reports visits later."""
    ended = [entry for entry in facts if entry.kind == "package" and len(entry.when.end) >= 10]
    visits = [entry for entry in facts if "visit" in entry.kind and entry.source.lane == "social-care"]
    for package in ended:
        later = [visit for visit in visits if visit.when.start[:10] > package.when.end[:10]]
        running = any(
            other.kind == "package" and other.title == package.title and other is not package and other.active is True
            for other in facts
        )
        if later and not running:
            yield Contradiction(
                "package-ended",
                "medium",
                f"{package.title} is recorded as ended, but later visits are recorded.",
                (package.entry_id, *sorted(visit.entry_id for visit in later)[:5]),
            )
