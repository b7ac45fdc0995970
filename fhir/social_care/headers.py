"""Which column of a file is which column of the specification (`columns.toml`), however its header is spelt.

Headers are compared by their letters and digits: "Cost_Frequency_(Unit_Type)", "Cost Frequency (Unit Type) " and
"costfrequencyunittype" are one. A column that is not of the specification is kept, under its own name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of the specification. `must` is "always", "event", an event type, or "" for never."""

    key: str
    name: str
    also: tuple[str, ...] = ()
    kind: str
    list: str = ""
    module: str
    must: str = ""


def _load() -> tuple[Column, ...]:
    # Not importlib.resources: the library fhir.resources ships a `fhir` folder too, and it may answer instead.
    table = tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))
    return tuple(msgspec.convert(row, Column) for row in table["column"])


COLUMNS = _load()
"""The columns of the specification in its order."""

PLACE = {column.key: number for number, column in enumerate(COLUMNS)}
"""The place of each column in a row of values."""


def plain_header(header: str) -> str:
    """A header as it is compared: its letters and digits, small."""
    return "".join(ch for ch in header.casefold() if ch.isalnum())


_BY_HEADER = {
    plain_header(name): number for number, column in enumerate(COLUMNS) for name in (column.name, *column.also)
}


def known_count(cells: Sequence[str]) -> int:
    """How many different columns of the specification these header cells name."""
    return len({_BY_HEADER[plain] for cell in cells if (plain := plain_header(cell)) in _BY_HEADER})


class Headers(msgspec.Struct, frozen=True, kw_only=True):
    """The header of one file.

    `places` says for each column of the specification where in the file it stands, -1 for nowhere. `others` are the
    columns that are not of the specification, and second ones of the same name, as (place in the file, name).
    """

    width: int
    places: tuple[int, ...]
    others: tuple[tuple[int, str], ...] = ()
    repeated: tuple[tuple[int, str], ...] = ()
    unnamed: tuple[int, ...] = ()

    def has(self, key: str) -> bool:
        """Whether a column of the specification is there."""
        return self.places[PLACE[key]] >= 0

    @property
    def missing(self) -> tuple[Column, ...]:
        """The columns of the specification that are not there."""
        return tuple(column for column, place in zip(COLUMNS, self.places, strict=True) if place < 0)


def read_headers(cells: Sequence[str]) -> Headers:
    """The header of a file of Client Level Data from its cells."""
    return placed(cells, _BY_HEADER, len(COLUMNS))


def placed(cells: Sequence[str], known: Mapping[str, int], count: int) -> Headers:
    """Where the `count` columns that `known` names by plain header stand among these cells, and what else is there."""
    places = [-1] * count
    others: list[tuple[int, str]] = []
    repeated: list[tuple[int, str]] = []
    unnamed: list[int] = []
    for place, cell in enumerate(cells):
        name = cell.strip().lstrip("\ufeff")
        column = known.get(plain_header(name))
        if column is None:
            others.append((place, name or f"Column {place + 1}"))
            if not name:
                unnamed.append(place)
        elif places[column] >= 0:
            others.append((place, f"{name} (second column of this name)"))
            repeated.append((place, name))
        else:
            places[column] = place
    return Headers(
        width=len(cells),
        places=tuple(places),
        others=tuple(others),
        repeated=tuple(repeated),
        unnamed=tuple(unnamed),
    )
