"""Spoils rows as real extracts are spoilt: spellings of older releases, "NULL", blanks, wrong dates, repeated lines.

The same seed and rows give the same dirt. `dirt` 0 changes nothing; at 1 nearly every row has a fault. Each kind of
fault is one that councils' own files have (DHSC methodology, and what this project's reader names).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from random import Random

from fhir.social_care.defined_lists import LISTS
from fhir.social_care.headers import COLUMNS

Row = dict[str, str]
_LISTED = {column.key: column.list for column in COLUMNS if column.list}


class Spoiler:
    """Spoils the rows of one sample."""

    def __init__(self, seed: int, dirt: float) -> None:
        self._draw = Random(f"{seed}:dirt")  # noqa: S311 - dirt, not secrets
        self._dirt = min(1.0, max(0.0, dirt))

    def header(self, name: str) -> str:
        """A header as some system spells it."""
        if self._draw.random() >= self._dirt:
            return name
        return self._draw.choice((f"{name} ", name.upper(), name.replace(" ", "_"), name.replace(":", "")))

    def rows(self, row: Row, kinds: Mapping[str, str]) -> Iterator[Row]:
        """The row, spoilt or not; and sometimes again, as overlapping submissions repeat it."""
        if self._draw.random() >= self._dirt:
            yield row
            return
        spoilt = dict(row)
        for _ in range(self._draw.randint(1, 3)):
            self._draw.choice(_FAULTS)(self._draw, spoilt, kinds)
        yield spoilt
        if self._draw.random() < 0.15:
            yield spoilt


def _filled(draw: Random, row: Row, keys: list[str]) -> str:
    there = [key for key in keys if row.get(key)]
    return draw.choice(there) if there else ""


def _null(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    empty = [key for key in kinds if not row.get(key)]
    for key in draw.sample(empty, min(3, len(empty))):
        row[key] = "NULL"


def _blanks(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    key = _filled(draw, row, list(kinds))
    if key:
        row[key] = f" {row[key]}  "


def _older_words(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    key = _filled(draw, row, [key for key in kinds if key in _LISTED])
    found = LISTS[_LISTED[key]].find(row[key]) if key else None
    if found is not None:
        row[key] = draw.choice((*found.names, found.name.upper(), found.name.replace(":", " \u2013")))


def _other_date(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    key = _filled(draw, row, [key for key, kind in kinds.items() if kind == "date"])
    if key and row[key].count("/") == 2:
        day, month, year = row[key].split("/")
        row[key] = draw.choice((f"{year}-{month}-{day} 00:00:00.000", f"{year}-{month}-{day}", f"31/02/{year}"))


def _ends_wrongly(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    key = next((key for key in ("event_end", "dec", "service_end") if key in kinds), "")
    if key:
        row[key] = draw.choice(("", "01/01/1990"))


def _below_nothing(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    key = _filled(draw, row, [key for key, kind in kinds.items() if kind == "number"])
    if key:
        row[key] = f"-{row[key]}"


def _no_number(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    written = row.get("nhs_number", "").strip()
    if written[-1:].isdigit():
        row["nhs_number"] = draw.choice(("", "NULL", f"{written[:-1]}{(int(written[-1]) + 1) % 10}"))


def _formula(draw: Random, row: Row, kinds: Mapping[str, str]) -> None:
    key = next((key for key in ("event_description", "note", "tasks") if key in kinds), "")
    if key:
        row[key] = draw.choice(("=SUM(A1:A9)", "@link", "+call office"))


_FAULTS: tuple[Callable[[Random, Row, Mapping[str, str]], None], ...] = (
    _null, _blanks, _older_words, _other_date, _ends_wrongly, _below_nothing, _no_number, _formula,
)  # fmt: skip
