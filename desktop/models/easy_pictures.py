"""Which picture stands beside a line of Easy Read: chosen by the words of the line, from one table. Qt-free."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

NONE = "other"
"""The picture of a line that has no word of the table."""


@cache
def _table() -> tuple[tuple[str, re.Pattern[str]], ...]:
    tree = tomllib.loads((resources.files("desktop.models") / "easy_pictures.toml").read_text("utf-8"))
    return tuple(
        (row["key"], re.compile(rf"\b(?:{'|'.join(map(re.escape, row['words']))})\b", re.IGNORECASE))
        for row in tree["picture"]
    )


def picture_of(line: str) -> str:
    """The key of the picture for a line."""
    return next((key for key, words in _table() if words.search(line)), NONE)


def pictures() -> frozenset[str]:
    """Every picture that the table names."""
    return frozenset(key for key, _words in _table())
