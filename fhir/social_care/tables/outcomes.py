"""Whether a care provider's own words say that something was done: a dose given, a visit made (`outcomes.toml`).

What they leave open stays open: a dose that was declined must not be told as given, nor one given as not.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_TABLES = tomllib.loads(Path(__file__).with_name("outcomes.toml").read_text("utf-8"))


@cache
def _pattern(table: str, name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_TABLES[table][name])})", re.IGNORECASE)


def was_done(table: str, words: str) -> bool | None:
    """What words of the table `dose` or `visit` say; None where they say both, or neither."""
    without = _pattern(table, "no").sub(" ", words)
    done, held_back = _pattern(table, "yes").search(without) is not None, without != words
    if done == held_back or _pattern(table, "unclear").search(words):
        return None
    return done
