"""What the text of a filter is looked for in. Knows no window, so that paper and commands need none for it."""

from __future__ import annotations

from fhir.entries import Entry


def haystack(entry: Entry, *, fold: bool = True) -> str:
    """What a filter looks in, folded: everything that an entry says."""
    parts = [entry.title, entry.value, entry.detail, entry.author, entry.source.name, entry.status, entry.when.text]
    parts += [field.value for field in entry.fields] + [code.display for code in entry.codes]
    said = " ".join(parts)
    return said.casefold() if fold else said
