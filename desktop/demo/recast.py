"""The hand-written stories with other people in them: other names, NHS numbers and addresses for each seed.

What happens to whom, and who is whose daughter or twin, stays; so a sample of any seed holds every kind of record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from desktop.demo.stories import names, nhs_numbers

Story = Mapping[str, Any]

_ALIKE = (("Carol", "Carole"), ("Ann", "Anne"), ("Jean", "Jeanne"), ("Gillian", "Jillian"), ("Marian", "Marion"))
"""Given names that are easily taken for each other, for twins of the stories who have such names."""

_TWINS = ("Ellen", "Helen")


def recast(stories: Sequence[Story], seed: int) -> list[Story]:
    """These stories with other people, the same for a seed."""
    draw = Random(f"{seed}:recast")  # noqa: S311 - invented people, not secrets
    numbers = nhs_numbers(seed, frozenset(str(story["person"]["nhs"]) for story in stories))
    new = _names(stories, draw)
    for story in stories:
        new[str(story["person"]["nhs"])] = next(numbers)
    small = {word.lower(): _plain(one) for word, one in new.items()}
    change, address = _changing(new), _changing(new | small)
    return [{**_replaced(story, change, address), "slug": address(story["slug"])} for story in stories]


def _changing(new: Mapping[str, str]) -> Callable[[str], str]:
    words = sorted(new, key=lambda word: (-len(word), word))
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")
    return lambda text: pattern.sub(lambda found: new[found[0]], text)


def _names(stories: Sequence[Story], draw: Random) -> dict[str, str]:
    """The new word for each name of the stories' people, in every case in which it is written."""
    taken = {word for story in stories for word in _words(story["person"])}
    new: dict[str, str] = dict(zip(_TWINS, draw.choice(_ALIKE), strict=True))
    taken.update(new.values())
    for story in stories:
        person = story["person"]
        group = next(
            (one for one in names()["group"] if one["ethnicity"] == person.get("ethnicity")), names()["group"][0]
        )
        for word in _words(person):
            if word not in new:
                kind = "family" if word == person["family"] else str(person["sex"])
                free = [one for one in group[kind] if one not in taken] or _elsewhere(kind, taken)
                new[word] = draw.choice(free)
                taken.add(new[word])
    return new | {word.upper(): one.upper() for word, one in new.items()}


def _elsewhere(kind: str, taken: set[str]) -> list[str]:
    return [one for group in names()["group"] for one in group[kind] if one not in taken]


def _plain(name: str) -> str:
    """A name as it stands in a folder or an address."""
    return re.sub(r"[^a-z]+", "-", name.lower())


def _words(person: Mapping[str, Any]) -> Iterator[str]:
    yield str(person["family"])
    yield from map(str, person["given"])
    if person.get("preferred"):
        yield str(person["preferred"])


def _replaced(value: Any, change: Callable[[str], str], address: Callable[[str], str]) -> Any:
    """A part of a story with the new names; keys of its own ("by", "id") are in small letters and stay."""
    if isinstance(value, str):
        return address(value) if "@" in value else change(value)
    if isinstance(value, Mapping):
        return {key: _replaced(item, change, address) for key, item in value.items()}
    return [_replaced(item, change, address) for item in value] if isinstance(value, list) else value
