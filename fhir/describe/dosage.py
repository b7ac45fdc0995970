"""Doses in words: the written instruction where there is one, else put together from its parts."""

from __future__ import annotations

from typing import Any

from fhir.codes import read_concept, words
from fhir.quantities import quantity_words, range_words, ratio_words
from fhir.records import Tree
from fhir.shapes import first, flag, text
from fhir.temporal import timing_words


def dosage_words(value: Any) -> str:
    """All dosages of a medicine, in sequence, each as its own sentence."""
    if value is None:
        return ""
    found: list[str] = []
    for dosage in value if isinstance(value, list) else [value]:
        said = _one(dosage) if isinstance(dosage, dict) else dosage.strip() if isinstance(dosage, str) else ""
        if said and said not in found:
            found.append(said)
    return "; then ".join(found)


def _one(dosage: Tree) -> str:
    instruction = text(dosage, "patientInstruction")
    said = text(dosage, "text")
    if said:
        return f"{said} ({instruction})" if instruction and instruction not in said else said
    parts = [
        _amount(dosage),
        words(dosage, "route"),
        timing_words(dosage["timing"]) if "timing" in dosage else "",
        _as_needed(dosage),
        words(dosage, "site"),
        words(dosage, "additionalInstruction"),
        instruction,
        _limit(dosage),
    ]
    return ", ".join(part for part in parts if part)


def _amount(dosage: Tree) -> str:
    rates = first(dosage, "doseAndRate") or dosage
    dose = rates.get("doseQuantity") or dosage.get("dose") or rates.get("doseSimpleQuantity") or dosage.get("quantity")
    said = quantity_words(dose) if dose is not None else range_words(rates.get("doseRange"))
    rate = rates.get("rateQuantity", rates.get("rateSimpleQuantity"))
    speed = quantity_words(rate) or ratio_words(rates.get("rateRatio")) or range_words(rates.get("rateRange"))
    return " at ".join(part for part in (said, speed) if part)


def _as_needed(dosage: Tree) -> str:
    for name in ("asNeededCodeableConcept", "asNeededFor"):
        if name in dosage:
            reason = read_concept(dosage[name])[0]
            return f"when needed for {reason}" if reason else "when needed"
    return "when needed" if flag(dosage, "asNeededBoolean") or flag(dosage, "asNeeded") else ""


def _limit(dosage: Tree) -> str:
    limit = ratio_words(first(dosage, "maxDosePerPeriod"))
    return f"no more than {limit}" if limit else ""
