"""What is said of other things of a record: comments, and requests to correct something, each with what was answered.

Tracked from the record itself. Qt-free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from consent import said_of as decided
from consent.disclosure import DisclosedEntry
from fhir.entries import Entry
from fhir.own_words import COMMENT, CORRECTED, CORRECTION, NOT_CORRECTED


@dataclass(frozen=True)
class Asked:
    """One request. `answer` is None while nobody who is shown here has answered; `corrected` says what they did."""

    request: Entry
    answer: Entry | None = None

    @property
    def corrected(self) -> bool:
        """Whether it was put right."""
        return self.answer is not None and _says(self.answer) == CORRECTED


@dataclass(frozen=True)
class Said:
    """One comment. `about` is what it is about and who supplied that, where that may be shown; else empty."""

    comment: Entry
    about: str = ""


def is_comment(item: DisclosedEntry) -> bool:
    """Whether an entry is a comment on another, and still counts."""
    entry = item.entry
    return (
        entry.resource_type == "Communication"
        and entry.assertion != "not-a-fact"
        and any(field.value == COMMENT for field in entry.fields)
    )


def is_said_of_another(item: DisclosedEntry) -> bool:
    """Whether an entry is nothing by itself: a comment, a request to correct something, or the answer to one."""
    return decided.is_said_of_another(item.entry)


def comments_among(things: Iterable[DisclosedEntry]) -> list[Said]:
    """Every comment among these entries, newest first."""
    found = [
        Said(item.entry, next((link.display for link in item.entry.links if link.rel == "about"), ""))
        for item in things
        if is_comment(item)
    ]
    return sorted(found, key=lambda one: one.comment.when.start, reverse=True)


def said_of(item: DisclosedEntry, things: Iterable[DisclosedEntry]) -> list[DisclosedEntry]:
    """Comments on an entry and requests to correct it, newest first. Where several sources use one "Type/id", those
    that name its own source."""
    found = [
        other
        for other in things
        if (is_comment(other) or is_request(other)) and decided.is_said_of(other.entry, item.entry)
    ]
    return sorted(found, key=lambda one: one.entry.when.start, reverse=True)


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
