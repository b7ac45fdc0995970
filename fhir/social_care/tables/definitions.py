"""The tables other than Client Level Data that are read, as data (`*.toml`), and which of them a header names.

A table is told by the columns it cannot be without (`needs`); file names are not asked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from fhir.social_care.headers import Headers, placed, plain_header


class TableColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `kind`: text, date, datetime, number, id, or list (named by `list`). `words` explain it."""

    key: str
    name: str
    kind: str
    also: tuple[str, ...] = ()
    list: str = ""
    must: bool = False
    words: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table: `key` names its kind, `needs` are the columns by which it is known. `family` is its file of tables."""

    key: str
    title: str
    needs: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    family: str = ""
    lists: dict[str, dict[str, str]] = {}

    def words(self, column: TableColumn, code: str) -> str:
        """What a code of a list means; "" where the list does not have it."""
        return self.lists.get(column.list, {}).get(code.strip().upper(), "")


@cache
def tables() -> dict[str, Table]:
    """Every table by key."""
    found: dict[str, Table] = {}
    # Not importlib.resources: the library fhir.resources ships a `fhir` folder too, and it may answer instead.
    for family in ("children", "provider"):
        data = tomllib.loads(Path(__file__).with_name(f"{family}.toml").read_text("utf-8"))
        for row in data["table"]:
            found[row["key"]] = msgspec.convert({**row, "family": family, "lists": data.get("lists", {})}, Table)
    return found


@cache
def _by_header(key: str) -> dict[str, int]:
    columns = tables()[key].columns
    return {plain_header(name): n for n, column in enumerate(columns) for name in (column.name, *column.also)}


def table_of(cells: Sequence[str]) -> tuple[Table, int] | None:
    """The table that these header cells name, with how many of its columns are there; None for none."""
    there = {plain_header(cell) for cell in cells}
    best: tuple[Table, int] | None = None
    for table in tables().values():
        names = _by_header(table.key)
        keys = {table.columns[names[plain]].key for plain in there if plain in names}
        if keys.issuperset(table.needs) and (best is None or len(keys) > best[1]):
            best = table, len(keys)
    return best


def headers_of(table: Table, cells: Sequence[str]) -> Headers:
    """Where in a file the columns of a table stand."""
    return placed(cells, _by_header(table.key), len(table.columns))
