"""The documents of a drop, in order, and what reports say of each."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from desktop.reports import Cancelled, FilePerson, FileReport, Progress
from fhir.reading import read_drop
from fhir.records import Issue, Refused, SourceFile
from fhir.understanding import Drop, FoundPerson, Understood

KEPT_BYTES = 24 * 2**20
"""A drop of up to this many source bytes stays in memory between learning and storing; a larger one is read again."""


def documents(
    drop: Drop, paths: Sequence[Path], progress: Progress, cancelled: Cancelled
) -> Iterator[SourceFile | Refused]:
    """Every document of a drop, after the drop has learned all of them. Reads twice what is too much to keep.

    A drop with an extract is always read twice: of an extract only carers and those they care for are learned, as the
    people of all other rows are met when they pass by.
    """
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


def counted(understood: Understood) -> tuple[tuple[str, int], ...]:
    """How many entries of a document fall into each section, in the order of the sections' names."""
    found = Counter(entry.section for described in understood.described for entry in described.entries)
    return tuple(sorted(found.items()))


def file_person(found: FoundPerson, *, fresh: bool = False) -> FilePerson:
    """A person of a document, as reports name them. `fresh`: nobody knew them before this document."""
    match = "new" if fresh and found.match == "same" else found.match
    return FilePerson(min(found.whole, default=found.person_id), found.identity.name, found.identity.nhs_number, match)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the cycle collector look seldom: the millions of parts of trees that come and go here form no cycles.

    It took a seventh of the time of storing (measured on Synthea R4).
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
