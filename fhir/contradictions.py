"""Entries that cannot all be right: what sources say against each other, or against themselves.

Works on whatever entries it is given, which are those that one reader may see. It prompts a look and advises nothing.
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
from fhir.temporal import say

MEDICINES = frozenset({"medicine", "medicine-request", "medicine-given"})
_WORD = re.compile(r"[a-z][a-z-]{3,}")
_AGAINST = re.compile(
    r"\b(?:dnacpr|dnar|dnr|not for (?:attempted )?(?:cpr|cardiopulmonary|resus)|do not (?:attempt|resus))"
)
_FOR = re.compile(r"(?<!not )\bfor (?:attempted |full )?(?:cpr|cardiopulmonary|resus)")
# What turns such words round, or leaves them open.
_TURNED = re.compile(
    r": no\b|\bno$|not done|do not do|discuss|consider|review|withdr|retract|cancel|revok|revers|rescind|suspend"
    r"|expired|ended|previous|no longer|not in place|unknown|declin|refus|\?"
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*\s*(?:micrograms?|mcg|mg|g|ml|units?|%)?")


@dataclass(frozen=True)
class Contradiction:
    """Entries that cannot all be right, in one sentence."""

    kind: str
    severity: Literal["high", "medium", "low"]
    text: str
    entries: tuple[EntryId, ...]


def contradictions(entries: Sequence[Entry]) -> list[Contradiction]:
    """Every contradiction this version knows to look for, most severe first."""
    facts = [entry for entry in entries if entry.assertion == "fact"]
    found = [
        *_allergy_against_medicine(facts),
        *_no_allergies_against_allergy(entries),
        *_cpr(facts),
        *_doses(facts),
        *_stopped_and_in_use(facts),
        *_not_on_the_list(facts),
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
    parts = {part for word in words for part in _parts().get(word, ())}
    groups |= {_groups()[part] for part in parts if part in _groups()}
    return words | parts | groups | {f"{code.system}|{code.code}" for code in substance if code.code}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("reconcile.toml").read_text("utf-8"))


@cache
def _groups() -> dict[str, str]:
    return {word: f"group {row['name']}" for row in _table()["group"] for word in row["words"]}


@cache
def _parts() -> dict[str, tuple[str, ...]]:
    return {row["name"]: tuple(row["contains"]) for row in _table()["combination"]}


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
    """A package that has ended, though visits are reported later that belong to no other package."""
    packages = [entry for entry in facts if entry.kind == "package"]
    visits = [entry for entry in facts if "visit" in entry.kind and entry.source.lane == "social-care"]
    for package in packages:
        if len(package.when.end) < 10:
            continue
        later = [
            visit
            for visit in visits
            if visit.when.start[:10] > package.when.end[:10]
            and not any(_may_be_for(visit, other, package) for other in packages)
        ]
        if later:
            yield Contradiction(
                "package-ended",
                "medium",
                f"{package.title} is recorded as ended, but later visits are recorded.",
                (package.entry_id, *sorted(visit.entry_id for visit in later)[:5]),
            )


def _may_be_for(visit: Entry, running: Entry, ended: Entry) -> bool:
    """Whether a visit may belong to a package that runs on its day: of the visit's own source, or the same service as
    the one that ended (by name, or by its first code, which says what is provided)."""
    day, until = visit.when.start[:10], running.when.end[:10]
    same = running.title == ended.title or running.codes[:1] == ended.codes[:1] != ()
    return running.when.start[:10] <= day and not (until and until < day) and (same or running.source == visit.source)


def _no_allergies_against_allergy(entries: Sequence[Entry]) -> Iterable[Contradiction]:
    """One source says that there are none, another names one."""
    none = [one for one in entries if one.section == "allergies" and one.assertion == "none-known"]
    known = [one for one in entries if one.kind == "allergy" and one.assertion == "fact" and one.active is not False]
    if none and known:
        text = f"One source says there are no known allergies, another records {_listed(known)}."
        yield Contradiction("allergy-none-known", "high", text, _ids([*none, *known]))


def _cpr(facts: Sequence[Entry]) -> Iterable[Contradiction]:
    """Decisions about resuscitation that do not say the same. Which holds is on the signed form, not here.

    Different words differ unless every one of them says plainly the same: a form and a finding both against it.
    """
    decisions = [one for one in facts if one.kind == "cpr-decision" and one.active is not False]
    said: dict[str, list[Entry]] = {}
    for one in decisions:
        said.setdefault(" ".join((one.title, one.value)).casefold().strip(), []).append(one)
    stances = {_stance(words) for words in said}
    if len(said) > 1 and (len(stances) > 1 or "" in stances):
        each = sorted(
            f"{entries[0].title} ({entries[0].source.name}, {entries[0].when.text or 'date not given'})"
            for entries in said.values()
        )
        text = f"CPR decisions differ: {'; '.join(each)}. Check the signed form."
        yield Contradiction("cpr", "high", text, _ids(decisions))


def _stance(words: str) -> str:
    """What a decision about resuscitation says plainly, "" where that is not plain (*DNACPR in place: no*)."""
    if _TURNED.search(words):
        return ""
    return "against" if _AGAINST.search(words) else "for" if _FOR.search(words) else ""


def _stopped_and_in_use(facts: Sequence[Entry]) -> Iterable[Contradiction]:
    """One source stopped a medicine, and another, which has not been changed since, still has it in use."""
    prescribed = [one for one in facts if one.kind in ("medicine", "medicine-request")]
    in_use: dict[frozenset[str], list[Entry]] = {}
    for one in prescribed:
        if one.active is True:
            in_use.setdefault(_plain(one), []).append(one)
    for over in prescribed:
        if over.active is not False or over.status.casefold() not in ("stopped", "ended"):
            continue
        day, source = over.when.end[:10] or over.recorded[:10], _source(over)
        if len(day) < len("2026-01-31"):
            continue
        for used in in_use.get(_plain(over), ()):
            begun = used.when.start[:10]
            if len(begun) == len(day) and begun < day and _source(used) != source:
                text = (
                    f"{over.title} was stopped ({over.source.name}, {say(day)}),"
                    f" but {used.source.name} still has {used.title} in use."
                )
                yield Contradiction("stopped", "high", text, _ids([over, used]))


def _not_on_the_list(facts: Sequence[Entry]) -> Iterable[Contradiction]:
    """A medicine given at a hospital discharge that the GP's list, changed or not, does not have in any strength."""
    prescribed = [one for one in facts if one.kind in ("medicine", "medicine-request")]
    listed = {_plain(one) for one in prescribed if one.source.lane == "gp"}
    leaving = sorted(one.when.start[:10] for one in facts if one.kind == "discharge" and len(one.when.start) >= 10)
    if not listed or not leaving:
        return
    for one in prescribed:
        day = one.when.start[:10]
        given = one.source.lane in ("hospital", "mental-health") and one.active is True and day >= leaving[-1]
        if given and _plain(one) and not any(_plain(one) & other for other in listed):
            text = f"{one.title} ({one.source.name}, {say(day)}) is not on the GP's list of medicines."
            yield Contradiction("not-on-list", "medium", text, (one.entry_id,))


def plain_words(title: str) -> frozenset[str]:
    """The words of a medicine's name that name its substance."""
    return frozenset(set(_WORD.findall(title.casefold())) - _plain_words())


def _plain(entry: Entry) -> frozenset[str]:
    return plain_words(entry.title)


def _source(entry: Entry) -> tuple[str, str]:
    return entry.source.name, entry.source.key


def _ids(entries: Iterable[Entry]) -> tuple[EntryId, ...]:
    return tuple(sorted({entry.entry_id for entry in entries}))


def _listed(entries: Sequence[Entry]) -> str:
    return ", ".join(sorted({entry.title for entry in entries}))
