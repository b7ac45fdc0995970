"""Measured values in words: the range that came with one, and what is out of the ordinary, as its source says. Pure."""

from __future__ import annotations

from desktop.models.tongue import tr
from fhir.entries import Entry, Measure
from fhir.quantities import AT_LEAST, AT_MOST

USUAL = ("", "normal", "n", "within range")


def judgement(measure: Measure) -> str:
    """The source's own judgement where it is not "normal"; else what follows from the range it gave."""
    if measure.interpretation:
        return "" if measure.interpretation.casefold() in USUAL else measure.interpretation
    value, low, high = number(measure.value), number(measure.low), number(measure.high)
    if value is None:
        return ""
    # Of a limit only one side is known: "more than 45" may be in a range from 90.
    above, below = measure.comparator in AT_LEAST, measure.comparator in AT_MOST
    if low is not None and value < low and not above:
        return tr("Below the range given")
    return tr("Above the range given") if high is not None and value > high and not below else ""


def range_words(measure: Measure) -> str:
    """The limits that came with a value: "45 to 84", "at least 90", "at most 5"; empty where none came."""
    if measure.low and measure.high:
        return tr("{low} to {high}").format(low=measure.low, high=measure.high)
    if measure.low:
        return tr("at least {low}").format(low=measure.low)
    return tr("at most {high}").format(high=measure.high) if measure.high else ""


def judged(entry: Entry) -> list[str]:
    """What is out of the ordinary in an entry, in words, each with the range that came with it."""
    found = []
    for measure in entry.measures:
        word = judgement(measure)
        if word:
            limits = range_words(measure)
            name = f"{measure.name}: " if measure.name else ""
            found.append(f"{name}{word}" + (tr(" (usual {limits})").format(limits=limits) if limits else ""))
    return found


def number(written: str) -> float | None:
    """The number a decimal string is; None for anything else. For placing a point only."""
    try:
        return float(written)
    except ValueError:
        return None
