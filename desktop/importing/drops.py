"""The documents of a drop, in order, and what reports say of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from desktop.importing.ahead import Ahead, is_worth_it
from desktop.importing.told import Told, told_entries
from desktop.reports import Cancelled, FilePerson, FileReport, Progress
from fhir.reading import read_drop
from fhir.records import Issue, Refused, SourceFile
from fhir.understanding import Drop
from fhir.understood import FoundPerson, Understood

KEPT_BYTES = 24 * 2**20
"""A drop of up to this many source bytes stays in memory between learning and storing; a larger one is read again."""


def documents(
    drop: Drop, paths: Sequence[Path], progress: Progress, cancelled: Cancelled, now: datetime | None = None
) -> Iterator[SourceFile | Refused]:
    """Every document of a drop, after the drop has learned all of them. Reads twice what is too much to keep.

    A drop with an extract is always read twice: of an extract only carers and those they care for are learned, as the
    people of all other rows are met when they pass by. Given what time it is `now`, large extracts come described.
    """
    if now is not None and is_worth_it(paths):
        with Ahead(paths, now, cancelled) as ahead:
            yield from _both_readings(drop, paths, progress, cancelled, ahead)
        return
    kept: list[SourceFile | Refused] = []
    surveys: dict[str, Any] = {}
    size = 0
    for number, document in enumerate(read_drop(paths, now_cancelled=cancelled, surveys=surveys, people_only=True)):
        if isinstance(document, SourceFile):
            progress(f"Reading {document.path}", number, 0)
            drop.learn(document)
            size += KEPT_BYTES + 1 if document.format == "csv" else len(document.data)
        if size <= KEPT_BYTES:
            kept.append(document)
        else:
            kept.clear()
    drop.settle()
    if size > KEPT_BYTES:
        yield from read_drop(paths, now_cancelled=cancelled, surveys=surveys)
        return
    while kept and not cancelled():
        yield kept.pop(0)


def _both_readings(
    drop: Drop, paths: Sequence[Path], progress: Progress, cancelled: Cancelled, ahead: Ahead
) -> Iterator[SourceFile | Refused]:
    """What another process reads and describes; when that ends early, the rest as it is read here."""
    surveys: dict[str, Any] = {}

    def reading(*, first: bool) -> Iterator[SourceFile | Refused]:
        had = 0
        for document in ahead.documents():
            had += 1
            yield document
        if ahead.broke_off and not cancelled():
            rest = read_drop(paths, now_cancelled=cancelled, surveys=surveys, people_only=first)
            yield from islice(rest, had, None)

    for number, document in enumerate(reading(first=True)):
        if isinstance(document, SourceFile):
            progress(f"Reading {document.path}", number, 0)
            drop.learn(document)
    drop.settle()
    yield from reading(first=False)


def refusal(refused: Refused) -> FileReport:
    """The report of a document that could not be read."""
    issue = Issue(severity="fatal", code="structure", message=refused.reason, line=refused.line)
    return FileReport(path=refused.path, status="refused", reason=refused.reason, issues=(issue,))


def described_report(document: SourceFile) -> FileReport:
    """The report of a document as reading understood it."""
    return FileReport(
        path=document.path,
        status="checked",
        format=document.format,
        fhir_version=document.fhir_version,
        bundle_type=document.bundle_type,
        resources=len(document.resources),
        issues=tuple(document.issues),
    )


def counted(understood: Understood, told: object = None) -> tuple[tuple[str, int], ...]:
    """How many entries of a document fall into each section, in the order of the sections' names."""
    found = Counter(entry.section for described in understood.described for entry in described.entries)
    if isinstance(told, Told):
        alike = Counter([entry.like for one in understood.described for entry in told_entries(one)])
        for like, count in alike.items():
            found[told.likes[like].looked_at.section] += count
    return tuple(sorted(found.items()))


def file_person(found: FoundPerson, *, fresh: bool = False) -> FilePerson:
    """A person of a document, as reports name them. `fresh`: nobody knew them before this document."""
    match = "new" if fresh and found.match == "same" else found.match
    return FilePerson(min(found.whole, default=found.person_id), found.identity.name, found.identity.nhs_number, match)
