"""Numbers with units, in words and as chartable measures, their digits exactly as written.

Knows FHIR Quantity, Range, Ratio and reference ranges. It never converts units and never rounds.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from fhir.records import Tree

AT_MOST, AT_LEAST = ("less than ", "at most "), ("more than ", "at least ")
_COMPARATORS = {"<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least ", "ad": "enough for "}
# UCUM annotations and codes whose printed form is not the one people read.
_UNIT_WORDS = {
    "{score}": "",
    "ScoreOf": "",
    "(score)": "",
    "{ScoreOf}": "",
    "1": "",
    "{#}": "",
    "{count}": "",
    "{INR}": "",
    "a": "years",
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "[pH]": "",
}
# The same of codes only: a source that writes "U" itself is shown as it wrote.
_CODE_WORDS = {
    "d": "day",
    "wk": "week",
    "mo": "month",
    "h": "hour",
    "min": "minute",
    "ug": "micrograms",
    "[iU]": "international units",
    "[IU]": "international units",
    "U": "units",
}
# Parts of UCUM codes that nobody reads, in the order in which they are put right.
_PARTS = (
    (re.compile(r"%\{[^}]*\}"), "%"),
    (re.compile(r"(?<=[\w\]])\{([^}]*)\}"), r" \1"),
    (re.compile(r"\{([^}]*)\}"), r"\1"),
    (re.compile(r"\[i?I?U\]"), "IU"),
    (re.compile(r"\[(in|ft|lb|oz|stone)_(?:i|av)\]"), r"\1"),
    (re.compile(r"\[drp\]"), "drops"),
    (re.compile(r"\[(\w+)\]"), r"\1"),
    (re.compile(r"_m2"), " m²"),
    (re.compile(r"\bm2\b"), "m²"),
    (re.compile(r"\bug(?=/)"), "micrograms"),
    (re.compile(r"\bu(?=(?:mol|L|kat)\b)"), "µ"),
)
_POWER = re.compile(r"^[x×]?10[*^](-?\d+)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# Units that people count; everything else keeps its written form.
_COUNTED = frozenset({"day", "week", "month", "year", "hour", "minute", "tablet", "capsule"})


def number(value: Any) -> str:
    """The digits of a JSON number as its source wrote them; a number given as a string is taken as it is."""
    if type(value) is str:
        return value.strip()
    if value is None or isinstance(value, bool | dict | list):
        return ""
    written = str(value)
    # Decimal prints 0.0000001 as 1E-7; no reader expects that. Absurd exponents stay as they are.
    if "E" in written and isinstance(value, Decimal) and abs(value.adjusted()) < 30:
        return format(value, "f")
    return written


def unit_of(quantity: Tree) -> str:
    """The unit to show: the written one, else its code."""
    unit = quantity.get("unit")
    if type(unit) is not str or not unit:
        unit = quantity.get("code")
        if type(unit) is not str:
            return ""
        unit = _CODE_WORDS.get(unit, unit)
    return _unit_words(unit)


@lru_cache(maxsize=1024)
def _unit_words(unit: str) -> str:
    """A unit as people read it; what is no code of UCUM stays as it is written."""
    known = _UNIT_WORDS.get(unit)
    if known is not None:
        return known
    for part, words in _PARTS:
        unit = part.sub(words, unit)
    return _POWER.sub(lambda power: f"×10{power[1].translate(_RAISED)}", unit)


def comparator_words(quantity: Tree) -> str:
    """The words before a number that is a limit ("less than "), "" before any other."""
    comparator = quantity.get("comparator")
    return _COMPARATORS.get(comparator, "") if type(comparator) is str else ""


def quantity_words(value: Any) -> str:
    """A Quantity as read: "5.6 mmol/L", "less than 3 mg"; a bare number or string as it is."""
    if type(value) is not dict:
        return number(value)
    digits = number(value.get("value"))
    unit = unit_of(value)
    before = comparator_words(value)
    if not digits:
        return unit
    if not unit:
        return before + digits
    if unit in _COUNTED and digits != "1":
        unit += "s"
    return f"{before}{digits}{unit}" if unit == "%" else f"{before}{digits} {unit}"


def range_words(value: Any) -> str:
    """A Range as read: "3.5 to 5.3 mmol/L", "at least 40"."""
    if not isinstance(value, dict):
        return number(value)
    low, high = value.get("low"), value.get("high")
    low_words, high_words = quantity_words(low), quantity_words(high)
    if not low_words or not high_words:
        return f"at least {low_words}" if low_words else f"at most {high_words}" if high_words else ""
    if isinstance(low, dict) and isinstance(high, dict) and unit_of(low) == unit_of(high):
        return f"{number(low.get('value'))} to {high_words}"
    return f"{low_words} to {high_words}"


def ratio_words(value: Any) -> str:
    """A Ratio as read: "1:128" for bare numbers, "5 mg per 1 mL" otherwise."""
    if not isinstance(value, dict):
        return number(value)
    top, bottom = value.get("numerator"), value.get("denominator")
    top_words, bottom_words = quantity_words(top), quantity_words(bottom)
    if not bottom_words:
        return top_words
    bare = not (isinstance(top, dict) and unit_of(top)) and not (isinstance(bottom, dict) and unit_of(bottom))
    return f"{top_words}:{bottom_words}" if bare else f"{top_words} per {bottom_words}"


def money_words(value: Any) -> str:
    """Money as read: "£123.40", "USD 20". STU3 writes the currency as a Quantity code."""
    if not isinstance(value, dict):
        return number(value)
    digits = number(value.get("value"))
    currency = value.get("currency") or value.get("code") or ""
    if not digits:
        return ""
    if digits[-2:-1] == ".":
        digits += "0"  # "£96.0" is how a number is written, not money
    return f"£{digits}" if currency == "GBP" else f"{currency} {digits}".strip()


def reference_range_words(ranges: list[Tree]) -> str:
    """All reference ranges of an observation in words, the written text where there is one."""
    parts: list[str] = []
    for item in ranges:
        text = item.get("text")
        said = text.strip() if isinstance(text, str) else ""
        said = said or range_words(item)
        kind = item.get("type")
        if isinstance(kind, dict) and said:
            label = kind.get("text")
            if isinstance(label, str) and label:
                said = f"{label}: {said}"
        if said:
            parts.append(said)
    return "; ".join(parts)
