"""Reviewing labels: every entry of a person with its categories and why, and deciding otherwise on purpose.

A decision is about a resource, so it holds for all its entries, for newer states of it, and when it is imported again.
Works on what the keys open; who may review is the caller's to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from consent.categories import categories as all_categories
from consent.corrections import Correction, encode_correction
from consent.label_origins import origins
from consent.labelling import label_together
from consent.labels import encode
from consent.relabelling import Stored, relabel
from consent.sensitivity.tables import Origin
from desktop.labels import LabelChange, LabelStore, ReadersOf, as_stored
from fhir.entries import EntryId, PersonId


@dataclass(frozen=True)
class LabelRow:
    """One current entry for review. `reasons` are lines "category: why". `derived` are the categories it would have
    without a decision; `decided` the decision in force. `also` is how many further entries the decision holds for.
    `origins` say of each reason from which list and version of it the row of our tables is that says so."""

    person: PersonId
    entry_id: EntryId
    section: str
    title: str
    when: str
    start: str
    source: str
    categories: tuple[str, ...]
    reasons: tuple[str, ...]
    limits: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    decided: Correction | None = None
    also: int = 0
    origins: tuple[Origin | None, ...] = ()


@dataclass(frozen=True)
class Decided:
    """A decision ready to be signed and stored: for `target`, sealed for `readers`, with what follows from it.

    `content` is empty where a decision is taken back: that there is none any more, everyone may know. `kept_back` says
    what of it is kept back from the person: it is "limit" where it touches what the law does not show them."""

    target: int
    content: bytes
    readers: frozenset[str]
    change: LabelChange
    kept_back: str


def reason_in_words(line: str) -> str:
    """ "Labelled mental health because its code means …" for a line of `LabelledEntry.because`."""
    category, colon, why = line.partition(": ")
    known = all_categories().get(category)
    if not colon:
        return f"Not labelled: {line}."
    if known is None:
        return f"{category[:1].upper()}{category[1:]}: {why}."
    return f"Labelled {known.name[:1].lower()}{known.name[1:]} because {why}."


class LabelReview:
    """The labels of one person."""

    def __init__(self, store: LabelStore, readers_of: ReadersOf, person: PersonId) -> None:
        self._readers_of = readers_of
        self._person = person
        self._more = len(store.bound(person)) > 1
        related = store.everything_related(person)
        self._targets = [one.target for one in related.opened]
        self._stored = [as_stored(one, related, person) for one in related.opened]

    def rows(self) -> list[LabelRow]:
        """Every current entry, newest first."""
        entries = [one.labelled.entry for one in self._stored]
        silent = {n for n, one in enumerate(self._stored) if not one.current}
        derived = label_together(entries, silent=silent).labelled
        sizes: dict[int, int] = {}
        for target, one in zip(self._targets, self._stored, strict=True):
            sizes[target] = sizes.get(target, 0) + one.current
        found = []
        for target, one, without in zip(self._targets, self._stored, derived, strict=True):
            if not one.current:
                continue
            labelled, entry = one.labelled, one.labelled.entry
            decided = one.correction if one.correction is not None and not one.correction.withdrawn else None
            found.append(
                LabelRow(
                    person=self._person,
                    entry_id=entry.entry_id,
                    section=entry.section,
                    title=entry.title,
                    when=entry.when.text,
                    start=entry.when.start,
                    source=entry.source.name,
                    categories=labelled.categories,
                    reasons=labelled.because,
                    limits=labelled.limits,
                    derived=without.categories,
                    decided=decided,
                    also=sizes[target] - 1,
                    origins=origins(labelled),
                )
            )
        found.sort(key=lambda row: (row.start, row.entry_id), reverse=True)
        return found

    def has(self, entry: EntryId) -> bool:
        """Whether the entry is this person's, and open here."""
        return any(one.labelled.entry.entry_id == entry for one in self._stored)

    def decide(
        self, entry: EntryId, categories: Sequence[str], reason: str, by: str, time: str, *, withdraw: bool = False
    ) -> Decided:
        """A decision about an entry's resource, and the labels that follow from it everywhere.

        Raises PolicyError for a category that does not exist, KeyError for an entry that is not open here.
        """
        place = next((n for n, one in enumerate(self._stored) if one.labelled.entry.entry_id == entry), None)
        if place is None:
            raise KeyError(entry)
        target, title = self._targets[place], self._stored[place].labelled.entry.title
        decision = Correction(tuple(sorted(set(categories))), reason, by, time, title, withdraw)
        content = encode_correction(decision)
        stored: list[Stored] = [
            replace(one, correction=decision) if other == target else one
            for other, one in zip(self._targets, self._stored, strict=True)
        ]
        found = relabel([], stored, more=self._more)
        readers: frozenset[str] = frozenset()
        for n, other in enumerate(self._targets):
            if other == target:
                readers |= self._readers_of(self._person, found.changed.get(n, stored[n].labelled))
        contents = {
            one.entry.entry_id: (encode(one), self._readers_of(self._person, one)) for one in found.changed.values()
        }
        settled = [stored[n].labelled.entry.entry_id for n in found.settled]
        own = {n for n, other in enumerate(self._targets) if other == target}
        touched = [self._stored[n].labelled for n in own | set(found.changed)] + list(found.changed.values())
        lawful = decision.categories + tuple(category for one in touched for category in one.categories)
        hidden = "safeguarding" in lawful or any(one.limits for one in touched)
        change = LabelChange(contents=contents, settled=settled)
        return Decided(target, b"" if withdraw else content, readers, change, "limit" if hidden else "words")
