"""What a council officer can act on: the findings of a table, one line for each kind, most lines first.

From the findings as they are: it knows no file, and holds no record content because no finding does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from fhir.records import Issue, Severity

_ORDER: dict[Severity, int] = {"fatal": 0, "error": 1, "warning": 2, "information": 3}


class QualityLine(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of finding in one column: how many lines have it, the first of them, and what to do."""

    severity: Severity
    message: str
    column: str
    count: int
    lines: tuple[int, ...]
    advice: str = ""


@cache
def _advice() -> tuple[tuple[str, str], ...]:
    return tuple(tomllib.loads(Path(__file__).with_name("advice.toml").read_text("utf-8"))["advice"].items())


def quality(issues: Iterable[Issue]) -> list[QualityLine]:
    """The findings gathered by kind and column: errors first, then by how many lines have them."""
    found: dict[tuple[str, str], list[Issue]] = {}
    for issue in issues:
        # The line that closes a kind says how many more there were, after the words of the kind.
        closes = issue.count > 1 or (not issue.line and issue.message.endswith("more line with this."))
        message = issue.message.partition(f" {issue.count:,} more line")[0] if closes else issue.message
        found.setdefault((message, issue.path), []).append(issue)
    lines = [
        QualityLine(
            severity=same[0].severity,
            message=message,
            column=column,
            count=sum(issue.count for issue in same),
            lines=tuple(sorted({issue.line for issue in same if issue.line})[:10]),
            advice=next((advice for start, advice in _advice() if message.startswith(start)), ""),
        )
        for (message, column), same in found.items()
    ]
    return sorted(lines, key=lambda one: (_ORDER[one.severity], -one.count, one.message, one.column))
