"""A disclosed record as plain lines for the terminal. Only what the gate released goes in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from consent.disclosure import DisclosedRecord, DisclosedSection

STATES = {
    "none-recorded": "None recorded.",
    "nothing-shown": "Nothing shown.",
    "not-connected": "No connected source supplies this.",
    "failed": "Could not be read.",
}
# All but tab and new line; and what turns the direction of writing.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Text that cannot command a terminal: each control character becomes a mark."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def lines(record: DisclosedRecord, only: str | None = None) -> Iterator[str]:
    """The banner, the notices, then each section with its entries."""
    identity = record.banner.identity
    yield f"{identity.name}   born {identity.birth_date or 'not recorded'}   NHS number {identity.nhs_number or 'none'}"
    for item in record.banner.items:
        yield f"  {item.label}: {item.text}"
    if record.banner.not_shared:
        yield f"  {record.banner.not_shared}"
    yield from (f"  {notice}" for notice in record.notices)
    for key, section in record.sections.items():
        if only in (None, key):
            yield from _section(section)


def _section(section: DisclosedSection) -> Iterator[str]:
    yield ""
    yield f"{section.section.name}" + (f" ({len(section.entries)})" if section.entries else "")
    if section.state != "data":
        yield f"  {STATES[section.state]}"
    if section.notice:
        yield f"  {section.notice}"
    for shown in section.entries:
        entry = shown.entry
        text = " · ".join(part for part in (entry.title, entry.value, entry.detail) if part)
        yield f"  {entry.when.text or 'undated':<24} {text}  [{entry.source.name}]  {entry.entry_id}"
