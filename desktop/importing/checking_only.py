"""Checking a drop without storing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from desktop.importing.checks import Checking
from desktop.importing.drops import counted, described_report, documents, file_person, refusal
from desktop.reports import Cancelled, DropReport, FileReport, Progress
from fhir.checking_pool import CheckingPool
from fhir.records import Refused
from fhir.understanding import Drop


def check_drop(paths: Sequence[Path], pool: CheckingPool, progress: Progress, cancelled: Cancelled) -> DropReport:
    """Read and check a drop without storing anything; people are matched among themselves only."""
    began = monotonic()
    reports: list[FileReport] = []
    drop = Drop(lambda keys: (), lambda person: None)
    with Checking(pool, progress, cancelled) as checking:
        for document in documents(drop, paths, progress, cancelled):
            if isinstance(document, Refused):
                reports.append(refusal(document))
                checking.skip()
                continue
            understood = drop.understand(document)
            people = tuple(file_person(found) for found in understood.people)
            entries = sum(len(described.entries) for described in understood.described)
            sections = counted(understood)
            reports.append(replace(described_report(document), people=people, entries=entries, sections=sections))
            checking.add(document, drop)
        checking.finish()
    reports = [replace(one, issues=(*one.issues, *checking.found.get(n, ()))) for n, one in enumerate(reports)]
    return DropReport(tuple(reports), cancelled(), monotonic() - began)
