"""Requests to correct something, each with what was answered: tracked from the record itself. Qt-free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consent.disclosure import DisclosedEntry
from fhir.entries import Entry
from fhir.own_words import CORRECTED, CORRECTION, NOT_CORRECTED


@dataclass(frozen=True)
class Asked:
    """One request. `answer` is None while nobody who is shown here has answered; `corrected` says what they did."""

    request: Entry
    answer: Entry | None = None

    @property
    def corrected(self) -> bool:
        """Whether it was put right."""
        return self.answer is not None and _says(self.answer) == CORRECTED


def is_request(item: DisclosedEntry) -> bool:
    """Whether an entry is a request to correct something."""
    entry = item.entry
    return entry.resource_type == "Task" and entry.title == CORRECTION and entry.assertion != "not-a-fact"


def corrections_among(things: Iterable[DisclosedEntry]) -> list[Asked]:
    """Every request among these entries, newest first, with the newest answer to it."""
    entries = list(things)
    answers: dict[str, Entry] = {}
    for item in sorted(entries, key=lambda one: one.entry.when.start):
        if _says(item.entry):
            answers |= {link.target: item.entry for link in item.entry.links}
    asked = [Asked(item.entry, answers.get(item.entry.resource)) for item in entries if is_request(item)]
    return sorted(asked, key=lambda one: one.request.when.start, reverse=True)


def _says(entry: Entry) -> str:
    """What an answer says was done; empty for what is no answer."""
    if entry.resource_type != "Communication" or entry.assertion == "not-a-fact":
        return ""
    return next((field.value for field in entry.fields if field.value in (CORRECTED, NOT_CORRECTED)), "")
