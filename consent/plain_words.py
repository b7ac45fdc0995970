"""Sentences for the person the record is about, in two ways: ordinary (reading age about 12) and Easy Read (about 9).
A sentence that speaks to the person ("your") has a second form for whoever acts for them, under its key and "-for".

The table `plain_words.toml` holds every sentence; other tables of the same shape can be opened with `Sentences`. Braces
hold what is filled in. An Easy Read sentence may be several lines, one idea each. Knows no record.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from consent.errors import PolicyError


class Sentences:
    """One table of sentences. Raises PolicyError where it cannot be read or a sentence lacks a way."""

    def __init__(self, package: str, name: str) -> None:
        try:
            tree = tomllib.loads((resources.files(package) / name).read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise PolicyError(f"the table {name} cannot be read") from error
        self.version: str = tree.pop("version")
        self.source: str = tree.pop("source")
        self._rows: dict[str, tuple[str, str]] = dict(_rows(tree, ""))

    def say(self, key: str, *, easy: bool = False, acts: bool = False, **values: object) -> str:
        """The sentence of a key. Raises KeyError for an unknown key, so that a test finds it."""
        return self.written(key, easy=easy, acts=acts).format(**values)

    def written(self, key: str, *, easy: bool = False, acts: bool = False) -> str:
        """The sentence of a key, with its braces; as it is said to whoever `acts` for the person, where it has such a
        form."""
        row = self._rows[key]
        return (self._rows.get(f"{key}-for", row) if acts else row)[easy]

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._rows

    def all(self, *, easy: bool) -> dict[str, str]:
        """Every sentence of one way, by key, with its braces."""
        return {key: both[easy] for key, both in self._rows.items()}


def _rows(tree: dict[str, Any], above: str) -> list[tuple[str, tuple[str, str]]]:
    found: list[tuple[str, tuple[str, str]]] = []
    for name, value in tree.items():
        key = f"{above}.{name}" if above else name
        if not isinstance(value, dict):
            raise PolicyError(f"the sentence {key} is not written in both ways")
        if set(value) == {"plain", "easy"}:
            found.append((key, (value["plain"], value["easy"])))
        else:
            found += _rows(value, key)
    return found


@cache
def sentences() -> Sentences:
    """The sentences about choices."""
    return Sentences("consent", "plain_words.toml")


def several(count: int, one: str, more: str) -> str:
    """ "1 letter", "3 letters"."""
    return f"{count} {one if count == 1 else more}"


def listed(parts: list[str]) -> str:
    """ "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
