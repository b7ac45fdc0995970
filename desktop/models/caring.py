"""What somebody's own record says about their caring for another: the carer's assessment, support and plan. Qt-free."""

from __future__ import annotations

import re
from collections.abc import Iterable

from consent.disclosure import DisclosedEntry

SECTIONS = frozenset(
    {
        "problems",
        "referrals",
        "assessments",
        "services",
        "care-plan",
        "additional-plans",
        "contingency",
        "social-context",
    }
)
"""Where a council, a GP or a carers' service writes of it."""

_CARER = re.compile(r"\bcarer'?s?'?\b", re.IGNORECASE)


def own_caring(things: Iterable[DisclosedEntry]) -> list[DisclosedEntry]:
    """Entries that speak of the person as a carer, newest first. Goes by words: no code says it in every source."""
    found = [
        item
        for item in things
        if item.entry.section in SECTIONS
        and item.entry.assertion != "not-a-fact"
        and any(_CARER.search(words) for words in (item.entry.title, item.entry.detail, item.entry.kind))
    ]
    return sorted(found, key=lambda item: item.entry.when.start, reverse=True)
