"""The circle of care: everyone who is involved, once each, with every role and source that names them.

Pure; takes a `Story` only. Entries stand together when they carry one name in one ring (family and friends, or
professionals): for showing only; each source's entry stays reachable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from consent.disclosure import DisclosedEntry
from desktop.models.entries import detail_text
from desktop.models.lanes import lane_of
from desktop.models.medicines import field
from desktop.models.story import Story, is_current
from desktop.models.tongue import Said

Ring = Literal["close", "professional"]
_CLOSE = ("personal-contacts",)
_PROFESSIONAL = ("professional-contacts", "gp-practice")
_TITLE = re.compile(r"^(mrs|mr|ms|miss|mx|dr|prof|professor|sister|nurse|father|rev)\.?\s+", re.IGNORECASE)
_MARKS = Said(
    {
        "key worker": "key worker",
        "attorney": "attorney",
        "deputy": "deputy",
        "power of attorney": "attorney",
        "next of kin": "next of kin",
        "main carer": "main carer",
        "unpaid carer": "carer",
        "emergency contact": "emergency contact",
        "key holder": "holds a key",
        "parental responsibility": "parental responsibility",
        "advocate": "advocate",
        "social worker": "social worker",
    }
)


@dataclass(frozen=True)
class Member:
    """One person or team of the circle. `name` as written; `said` what they are, in the sources' words; `marks` what
    must not be missed about them; `ways` how to reach them."""

    name: str
    ring: Ring
    lane: str
    said: tuple[str, ...]
    marks: tuple[str, ...]
    ways: tuple[str, ...]
    items: tuple[DisclosedEntry, ...]


def members(story: Story) -> list[Member]:
    """Everyone who still is involved: family and friends first, then professionals; those with marks first in each."""
    found: dict[tuple[Ring, str], list[DisclosedEntry]] = {}
    rings: tuple[tuple[Ring, tuple[str, ...]], ...] = (("close", _CLOSE), ("professional", _PROFESSIONAL))
    for ring, keys in rings:
        for item in story.entries(*keys):
            if is_current(item.entry, story.today) and item.entry.kind != "care-team":
                found.setdefault((ring, _key(item.entry.title)), []).append(item)
    made = [_member(ring, items) for (ring, _name), items in found.items()]
    return sorted(made, key=lambda one: (one.ring != "close", -len(one.marks), one.name.casefold()))


def _key(title: str) -> str:
    return _TITLE.sub("", title.partition(",")[0]).casefold().strip()


def _member(ring: Ring, items: list[DisclosedEntry]) -> Member:
    name = items[0].entry.title.partition(",")[0].strip()
    said: dict[str, None] = {}
    ways: dict[str, None] = {}
    marks: dict[str, None] = {}
    for item in items:
        entry = item.entry
        words = entry.title.partition(",")[2].strip() or field(entry, "Role", "Relationship") or detail_text(entry)
        if words:
            said[words] = None
        for line in entry.fields:
            if line.label in ("Telephone", "Email", "Phone"):
                ways[line.value] = None
        if entry.value and any(character.isdigit() for character in entry.value):
            ways[entry.value] = None
        every = " ".join([entry.title, entry.detail, entry.kind, *(line.value for line in entry.fields)]).casefold()
        for words, mark in _MARKS.items():
            if words in every:
                marks[mark] = None
    if _MARKS["main carer"] in marks:
        marks.pop(_MARKS["unpaid carer"], None)
    shorter = [words for words in said if not any(words != other and words in other for other in said)]
    return Member(
        name,
        ring,
        lane_of(items[0].entry) if ring == "professional" else "person",
        tuple(shorter),
        tuple(marks),
        tuple(ways),
        tuple(items),
    )
