"""Which choice made from a recorded preference is which: marked when it is imported, told when it is shown.

A code such as "dissent for Summary Care Record" becomes a FHIR Consent (`consent.recorded`). So that whoever reads the
choices is told what it is, and not only what it withholds, it says whence it comes. Knows no words of screens.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from consent.consents import Tree
from consent.naming import BASE
from consent.recorded import Recorded, special_consent

PREFERENCE = f"{BASE}/StructureDefinition/recorded-preference"
"""On a Consent made from a recorded preference: what that is about, a key of `recorded.toml`."""


def marked(one: Recorded) -> Tree | None:
    """The Consent that stands for a preference, with what that is; None where nothing is narrowed."""
    if one.consent is None:
        return None
    about = {"url": PREFERENCE, "valueCode": one.about}
    return {**one.consent, "extension": [about], "sourceAttachment": {"title": f"{one.name} ({one.source})"}}


def consent_meant(tree: Tree) -> Tree | None:
    """The Consent that an imported one counts as: itself; or where it is about one thing only, the refusal of that,
    and None where it refuses nothing."""
    special = special_consent(tree)
    return tree if special is None else marked(special)


def preference_of(tree: Any) -> str:
    """The key of the preference that a Consent was made from, empty where it was made from none."""
    extensions = tree.get("extension") if isinstance(tree, dict) else None
    for one in extensions if isinstance(extensions, list) else ():
        if isinstance(one, dict) and one.get("url") == PREFERENCE and isinstance(one.get("valueCode"), str):
            return str(one["valueCode"])
    return ""


def name_of(tree: Any) -> str:
    """What the preference that a Consent was made from is called; empty for any other Consent."""
    return _names().get(preference_of(tree), "")


@cache
def _names() -> dict[str, str]:
    """What a refusal of each kind is called."""
    tables = tomllib.loads((resources.files("consent") / "recorded.toml").read_text("utf-8"))
    rows = (row for kind in ("code", "label", "consent") for row in tables[kind] if row["policy"])
    return {row["about"]: row["name"] for row in rows}
