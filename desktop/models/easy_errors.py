"""What went wrong or was noticed, in Easy Read: found in one table by the sentence that the vault says. Qt-free."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources


@cache
def easy_errors() -> dict[str, str]:
    """Easy Read by the sentence it stands for; under "" what is said of any other."""
    return _rows("error")


@cache
def easy_warnings() -> dict[str, str]:
    """The same of what signing in noticed."""
    return _rows("warning")


def _rows(kind: str) -> dict[str, str]:
    tree = tomllib.loads((resources.files("desktop.models") / "easy_errors.toml").read_text("utf-8"))
    return {words: row["easy"] for row in tree[kind] for words in row["words"]}


def easy_error(words: str) -> str:
    """A sentence of the vault in Easy Read."""
    return easy_errors().get(words) or easy_errors()[""]


def easy_warning(words: str) -> str:
    """What signing in noticed, in Easy Read."""
    return easy_warnings().get(words) or easy_warnings()[""]
