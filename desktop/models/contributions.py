"""What people add, as FHIR resources: a note, a measurement, words about me, a task for a team, agreement with a plan.

Pure: takes what was typed and the moment, gives a tree. Who adds it, and for whom, comes in when it is stored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources

from desktop.errors import WorkspaceError
from fhir.own_words import AGREES, DISAGREES
from fhir.records import Tree

LONGEST = 20_000
_LOINC, _UCUM = "http://loinc.org", "http://unitsofmeasure.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


@dataclass(frozen=True)
class Measured:
    """One thing that can be measured: LOINC code, unit in words and as UCUM, bounds outside of which it is a slip."""

    key: str
    name: str
    loinc: str
    unit: str
    ucum: str
    least: Decimal
    most: Decimal
    parts: tuple[tuple[str, str], ...] = ()


@cache
def measured() -> dict[str, Measured]:
    """Everything that can be measured, by key."""
    table = tomllib.loads((resources.files("desktop.models") / "measurements.toml").read_text("utf-8"))
    return {
        row["key"]: Measured(
            row["key"], row["name"], row["loinc"], row["unit"], row["ucum"],
            Decimal(row["least"]), Decimal(row["most"]),
            tuple((part["name"], part["loinc"]) for part in row.get("part", ())),
        )
        for row in table["measurement"]
    }  # fmt: skip


def _words(text: str, what: str) -> str:
    plain = text.strip()
    if not plain:
        raise WorkspaceError(f"Write {what} first.")
    if len(plain) > LONGEST:
        raise WorkspaceError("That is too long; please shorten it.")
    return plain


def note(topic: str, text: str, now: str) -> Tree:
    """A note: a Communication."""
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"text": topic.strip() or "Note"}],
        "sent": now,
        "payload": [{"contentString": _words(text, "the note")}],
    }


def measurement(key: str, values: Sequence[str], now: str) -> Tree:
    """A measurement: an Observation, its digits as they were typed. Raises WorkspaceError for what cannot be meant."""
    kind = measured()[key]
    numbers = [_number(value, kind) for value in values]
    tree: Tree = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "vital-signs", "display": "Vital Signs"}]}],
        "code": {"coding": [{"system": _LOINC, "code": kind.loinc, "display": kind.name}], "text": kind.name},
        "effectiveDateTime": now,
    }
    if kind.parts:
        tree["component"] = [
            {
                "code": {"coding": [{"system": _LOINC, "code": code, "display": name}]},
                "valueQuantity": _quantity(n, kind),
            }
            for (name, code), n in zip(kind.parts, numbers, strict=True)
        ]
    else:
        tree["valueQuantity"] = _quantity(numbers[0], kind)
    return tree


def _quantity(number: Decimal, kind: Measured) -> Tree:
    return {"value": number, "unit": kind.unit, "system": _UCUM, "code": kind.ucum}


def _number(text: str, kind: Measured) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise WorkspaceError("Write the number with digits, as 57.4.") from None
    if not number.is_finite() or not kind.least <= number <= kind.most:
        raise WorkspaceError(f"That cannot be meant: {kind.name.lower()} is between {kind.least} and {kind.most}.")
    return number


def about_me(heading: str, text: str, now: str) -> Tree:
    """Words about me under one of the PRSB headings: a QuestionnaireResponse."""
    answer = {"text": heading, "linkId": "1", "answer": [{"valueString": _words(text, "what matters")}]}
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "authored": now, "item": [answer]}


def task(team: str, text: str, now: str) -> Tree:
    """Something for another team to do: a Task."""
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": _words(text, "what is to be done"),
        "authoredOn": now,
        **({"owner": {"display": team.strip()}} if team.strip() else {}),
    }


def agreement(plan: str, title: str, agrees: bool, text: str, now: str) -> Tree:
    """Agreement or disagreement with a plan ("Type/id"), with the words to it: a Communication about it."""
    topic = AGREES if agrees else DISAGREES
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"text": topic}],
        "sent": now,
        "about": [{"reference": plan, "display": title}],
        "payload": [{"contentString": f"{topic}: {title}" + (f"\n{text.strip()}" if text.strip() else "")}],
    }


def in_error(tree: Tree) -> Tree:
    """The same resource, said to have been entered in error; what it said is kept beneath in the vault."""
    return {**tree, "status": "entered-in-error"}
