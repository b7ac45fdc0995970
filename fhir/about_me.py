"""The headings of About me, as people read them. Source: PRSB About Me standard (`describe/about_me.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def headings() -> tuple[str, ...]:
    """The headings in the order of the standard."""
    table = tomllib.loads((Path(__file__).parent / "describe" / "about_me.toml").read_text("utf-8"))
    return tuple(row["name"] for row in table["heading"])
