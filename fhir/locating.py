"""Where in a JSON text an element stands: from the FHIRPath-like path of an issue to a byte offset.

Works on texts that were read already, so they are valid JSON; what a path names and the text does not have is answered
with the place of the nearest element around it.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'[\s]*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\],:"]+)', re.DOTALL)
_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")


def steps_of(path: str) -> list[str | int]:
    """The steps of "Patient.name[0].given[1]" below its resource type: ["name", 0, "given", 1]."""
    found: list[str | int] = [int(number) if number else name for name, number in _STEP.findall(path)]
    return found[1:]


def element_at(text: bytes, path: str, start: int = 0) -> int:
    """The byte offset at which the element of `path` begins, in a JSON object that begins at `start`."""
    place = _value(text, start)
    for step in steps_of(path):
        inside = _item(text, place, step) if isinstance(step, int) else _member(text, place, step)
        if inside < 0:
            break
        place = inside
    return place


def _value(text: bytes, at: int) -> int:
    """Where the next token begins, from `at` on; the end where there is none."""
    found = _TOKEN.match(text, at)
    return found.start(1) if found is not None else len(text)


def _member(text: bytes, at: int, name: str) -> int:
    """Where the value of a member begins; -1 where the object has none of that name, or it is no object."""
    if text[at : at + 1] != b"{":
        return -1
    wanted, place = name.encode(), at + 1
    while (key := _TOKEN.match(text, place)) is not None and key[1][:1] == b'"':
        colon = _TOKEN.match(text, key.end())
        if colon is None:
            return -1
        value = _value(text, colon.end())
        if key[1][1:-1] == wanted:
            return value
        place = _after(text, value)
    return -1


def _item(text: bytes, at: int, number: int) -> int:
    """Where an item of an array begins; the element itself for item 0 of what is no array; else -1."""
    if text[at : at + 1] != b"[":
        return at if number == 0 else -1
    place = _value(text, at + 1)
    for _ in range(number):
        place = _value(text, _after(text, place))
    return place if text[place : place + 1] not in (b"]", b"") else -1


def _after(text: bytes, at: int) -> int:
    """Where reading goes on after a value and the comma behind it."""
    depth, place = 0, at
    while (token := _TOKEN.match(text, place)) is not None:
        place = token.end()
        mark = token[1]
        depth += (mark in (b"{", b"[")) - (mark in (b"}", b"]"))
        if depth == 0:
            comma = _TOKEN.match(text, place)
            return comma.end() if comma is not None and comma[1] == b"," else place
        if depth < 0:
            return token.start(1)
    return len(text)
