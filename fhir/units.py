"""Exact conversion between units of one kind, for saying whether two written numbers are the same quantity.

Only decimal factors that hold for every substance (`units.toml`): milligrams to grams, never mg/dL to mmol/L. What is
shown stays what was written; nothing here rounds.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import NamedTuple

_QUANTITY = re.compile(
    r"^\s*(?P<number>[+-]?\d{1,15}(?:[.,]\d{1,15})?)"
    r"(?:\s*(?P<unit>[^\W\d_].{0,30}|[%/\[{].{0,30})|\s+(?P<power>x?10[\^*e].{1,20}))?$"
)


class Quantity(NamedTuple):
    """A number in the base unit of its kind; where a unit is not known, the number as written in that very unit."""

    number: Decimal
    base: str
    known: bool


@cache
def _factors() -> dict[str, tuple[Decimal, str]]:
    table = tomllib.loads(Path(__file__).with_name("units.toml").read_text("utf-8"))
    found = {code: (Decimal(factor), kind["base"]) for kind in table["kind"] for code, factor in kind["units"].items()}
    return found | {word: found[code] for word, code in table["written"].items()}


def quantity(number: str, unit: str) -> Quantity | None:
    """A written number and unit (UCUM code or usual spelling) in base units; None where the number is not one."""
    try:
        value = Decimal(number.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    written = " ".join(unit.split())
    found = _factors().get(written)
    if found is None:
        return Quantity(value, written.casefold(), not written)
    factor, base = found
    return Quantity(value * factor, base, True)


def read_quantity(text: str) -> Quantity | None:
    """A text that is one number with a unit, in base units; None for any other text."""
    found = _QUANTITY.match(text)
    return quantity(found["number"], found["unit"] or found["power"] or "") if found else None


def comparable(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities have one kind of unit, so that equal numbers mean equal quantities."""
    return one.base == other.base
