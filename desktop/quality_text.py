"""The quality report of tables in words, as `onestory check` and `onestory import` print it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from desktop.reports import FileReport
from fhir.records import Issue
from fhir.social_care.quality_report import QualityLine, quality


def tables_of(files: Sequence[FileReport]) -> dict[str, list[QualityLine]]:
    """The report of each table of a drop, all its stretches together, by the path as given."""
    issues: dict[str, list[Issue]] = {}
    for file in files:
        if file.format == "csv":
            stem, mark, part = file.path.rpartition("#")
            issues.setdefault(stem if mark and part.isdigit() else file.path, []).extend(file.issues)
    return {path: quality(found) for path, found in issues.items()}


def lines_of(report: Sequence[QualityLine]) -> Iterator[str]:
    """The report as lines of text: what, where, how often, the first lines, and what to do."""
    for one in report:
        where = f" in {one.column}" if one.column else ""
        if one.count > 1 or one.lines:
            first = ", ".join(f"{line:,}" for line in one.lines)
            more = ", …" if one.count > len(one.lines) else ""
            lines = f"{one.count:,} line{'s' if one.count > 1 else ''}"
            often = f" {lines} ({first}{more})." if first else f" {lines}."
        else:
            often = ""
        advice = f" To do: {one.advice}" if one.advice else ""
        yield f"{one.severity}{where}: {one.message}{often}{advice}"
