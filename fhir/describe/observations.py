"""Observations: results, examination findings, vital signs, scores, social facts.

Where one stands comes from its category, else from its code, else from its shape (`observation_codes.toml`). Digits are
shown exactly as written; panels keep every component as a measure with a name.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from fhir.codes import concept_codes, read_concept, words
from fhir.describe.context import Context, Describer, notes
from fhir.describe.meanings import strictness
from fhir.describe.placing import is_allergy, place_of_statement
from fhir.entries import Assertion, Code, Entry, Field, Measure
from fhir.quantities import (
    comparator_words,
    number,
    quantity_words,
    range_words,
    ratio_words,
    reference_range_words,
    unit_of,
)
from fhir.records import Resource, Tree
from fhir.shapes import choice, items, plain, text
from fhir.temporal import UNKNOWN, at, period, say, timing_words
from fhir.temporal import choice as read_time

_TABLE = tomllib.loads(Path(__file__).with_name("observation_codes.toml").read_text("utf-8"))
_CATEGORIES: dict[str, list[str]] = _TABLE["categories"]
_CODES: dict[str, list[str]] = _TABLE["codes"]
_GENERAL = frozenset(_TABLE["general"])
_TITLES: dict[str, list[str]] = _TABLE["titles"]
_INTERPRETATIONS: dict[str, str] = _TABLE["interpretations"]
_ABSENT: dict[str, str] = _TABLE["absent"]
_SYSTOLIC = frozenset(_TABLE["components"]["systolic"])
_DIASTOLIC = frozenset(_TABLE["components"]["diastolic"])
_SHORT = 80
"""The longest value that is a decision and not a note about one."""
_TEXT_KINDS = frozenset({"String", "Boolean", "Integer", "Decimal", "Time", "Code", "Uri", "Markdown", "Integer64"})


def describe_observation(resource: Resource, context: Context) -> list[Entry]:
    """One entry: what was observed, its value, and each component of a panel as a measure."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code"))
    category_words, categories = read_concept(tree["category"]) if "category" in tree else ("", ())
    section, kind = _place(codes, categories, title) or _unplaced(resource, context)
    ranges = items(tree, "referenceRange")
    interpretation = interpretation_words(tree) if "interpretation" in tree else ""
    value, value_codes, measure = read_value(tree, ranges, interpretation)
    measures: tuple[Measure, ...] = (measure,) if measure is not None else ()
    fields: list[Field] = []
    if value:
        fields.append(Field("Value", value))
    parts = items(tree, "component")
    if parts:
        part_fields, part_measures, part_codes, said = _components(parts)
        fields += part_fields
        measures += part_measures
        codes += part_codes
        value = value or said
    absent = "" if value else absent_words(tree)
    assertion: Assertion = "fact"
    if absent:
        value = f"No value: {absent}"
        if "hasMember" not in tree and "related" not in tree:
            assertion = "no-information"
    told = _told_in_words(codes + value_codes, title, value) if section != "results" else None
    if section == "examination" and kind != "vital-sign" and not value and is_allergy(title):
        section, kind = "allergies", "allergy"
    if told is not None and strictness(told[0]) < strictness(section):
        section, kind = told
        if kind == "cpr-decision" and value:
            # One line, so that nobody reads the question without its answer.
            title, value = f"{title}: {value}" if title else value, ""
    if ranges:
        fields.append(Field("Reference range", reference_range_words(ranges)))
    if interpretation:
        fields.append(Field("Interpretation", interpretation))
    when = read_time(tree, "effective")
    issued = text(tree, "issued")
    if when is UNKNOWN and issued:
        when = at(issued)
    author = context.actors(resource, "performer", "actor") if "performer" in tree else ""
    comment = text(tree, "comment") or notes(tree)
    status = text(tree, "status")
    fields += _more_fields(
        tree, resource, context, category_words, author, "" if issued[:16] == when.start[:16] else issued
    )
    if comment:
        fields.append(Field("Note", comment))
    return [
        context.entry(
            resource,
            section=section,
            kind=kind,
            title=title or comment.partition("\n")[0][:120],
            detail=comment,
            value=value,
            when=when,
            status="" if status == "unknown" else status,
            assertion="not-a-fact" if status == "cancelled" else assertion,
            author=author,
            codes=codes + value_codes if value_codes else codes,
            categories=categories,
            links=context.links(resource, "related.target", "triggeredBy.observation"),
            fields=tuple(fields),
            measures=measures,
            recorded=issued,
        )
    ]


def _place(codes: tuple[Code, ...], categories: tuple[Code, ...], title: str) -> list[str] | None:
    """Where code, else category, else title put it; a category that holds all social facts tells less than a title."""
    for code in codes:
        found = _CODES.get(code.code)
        if found is not None:
            return found
    for code in categories:
        found = _CATEGORIES.get(code.code)
        if found is not None:
            return (_by_title(title) if code.code in _GENERAL else None) or found
    return _by_title(title)


def _told_in_words(codes: tuple[Code, ...], title: str, value: str) -> tuple[str, str] | None:
    """Where title or value put what no known code places; of values only a decision about resuscitation counts."""
    placed = place_of_statement(codes, title)
    if placed is None and 0 < len(value) <= _SHORT:
        placed = place_of_statement(codes, value)
        if placed is not None and placed.kind != "cpr-decision":
            return None
    return (placed.section, placed.kind) if placed is not None else None


def _by_title(title: str) -> list[str] | None:
    """What has no published code is known by the heading of the record standard that its title begins with."""
    lowered = title.casefold()
    return next((place for words, place in _TITLES.items() if lowered.startswith(words)), None)


def _unplaced(resource: Resource, context: Context) -> tuple[str, str]:
    """An observation without category is a result where it has a specimen, a range or a report, else a finding."""
    if "specimen" in resource.tree or "referenceRange" in resource.tree:
        return "results", "result"
    if any(one.key.startswith("DiagnosticReport/") for one in context.memberships.get(resource.key, ())):
        return "results", "result"
    return "examination", "finding"


def read_value(
    tree: Tree, ranges: list[Tree], interpretation: str = ""
) -> tuple[str, tuple[Code, ...], Measure | None]:
    """The value of an observation or component: its words, its codings, and a measure where it is a number."""
    quantity = tree.get("valueQuantity")
    if type(quantity) is dict:
        words = quantity_words(quantity)
        digits = number(quantity.get("value"))
        if not digits:
            return words, (), None
        low, high = _bounds(ranges) if ranges else ("", "")
        code = quantity.get("code")
        return (
            words,
            (),
            Measure(
                value=digits,
                unit=unit_of(quantity),
                code=code if type(code) is str else "",
                low=low,
                high=high,
                interpretation=interpretation,
                comparator=comparator_words(quantity),
            ),
        )
    kind, value = choice(tree, "value")
    if kind == "CodeableConcept":
        words, codes = read_concept(value)
        absent = any(code.system.endswith("data-absent-reason") for code in codes)
        return "" if absent else words, codes, None
    if kind in ("Integer", "Decimal"):
        low, high = _bounds(ranges) if ranges else ("", "")
        return (
            plain(value),
            (),
            Measure(value=number(value), low=low, high=high, interpretation=interpretation),
        )
    return _value_words(kind, value), (), None


def _value_words(kind: str, value: Any) -> str:
    if not kind or value is None:
        return ""
    if kind in _TEXT_KINDS:
        return plain(value)
    if kind in ("DateTime", "Date", "Instant"):
        return say(plain(value))
    if kind == "Period":
        return period(value).text
    if kind == "Range":
        return range_words(value)
    if kind == "Ratio":
        return ratio_words(value)
    if kind == "Timing":
        return timing_words(value)
    if kind == "SampledData":
        return "A recorded trace (see the source)"
    if kind == "Attachment":
        return (text(value, "title") if isinstance(value, dict) else "") or "An attachment (see the source)"
    if kind == "Reference":
        return text(value, "display") if isinstance(value, dict) else ""
    return quantity_words(value) if kind == "Quantity" else read_concept(value)[0]


def _bounds(ranges: list[Tree]) -> tuple[str, str]:
    """The digits of the normal range: the first range of that type, or without type."""
    for item in ranges:
        kind = item.get("type")
        if kind is None or any(code.code == "normal" for code in read_concept(kind)[1]):
            low, high = item.get("low"), item.get("high")
            return (
                number(low.get("value")) if type(low) is dict else "",
                number(high.get("value")) if type(high) is dict else "",
            )
    return "", ""


def interpretation_words(tree: Tree) -> str:
    """The interpretation in words ("high"); a source's own text wins over its code."""
    value = tree.get("interpretation")
    found: list[str] = []
    for item in value if type(value) is list else [value]:
        if type(item) is dict and type(item.get("text")) is not str:
            codes = concept_codes({"c": item}, "c")
            known = next((_INTERPRETATIONS[code.code] for code in codes if code.code in _INTERPRETATIONS), "")
            found.append(known or read_concept(item)[0])
        else:
            found.append(read_concept(item)[0])
    return ", ".join(dict.fromkeys(one for one in found if one))


def absent_words(tree: Tree) -> str:
    """Why there is no value, in plain words; "" where that is not said."""
    reason = tree.get("dataAbsentReason", tree.get("valueCodeableConcept"))
    if reason is None:
        return ""
    shown, codes = read_concept(reason)
    return next((_ABSENT[code.code] for code in codes if code.code in _ABSENT), shown)


def _components(parts: list[Tree]) -> tuple[list[Field], tuple[Measure, ...], tuple[Code, ...], str]:
    fields: list[Field] = []
    measures: list[Measure] = []
    codes: list[Code] = []
    said: list[str] = []
    pressure = {"systolic": "", "diastolic": ""}
    for part in parts:
        name, part_codes = read_concept(part.get("code"))
        ranges = items(part, "referenceRange")
        interpretation = interpretation_words(part) if "interpretation" in part else ""
        value, value_codes, measure = read_value(part, ranges, interpretation)
        codes += part_codes
        codes += value_codes
        name = name or "Component"
        if measure is not None:
            measures.append(
                Measure(
                    value=measure.value,
                    unit=measure.unit,
                    code=measure.code,
                    low=measure.low,
                    high=measure.high,
                    interpretation=measure.interpretation,
                    name=name,
                    comparator=measure.comparator,
                )
            )
            for code in part_codes:
                if code.code in _SYSTOLIC:
                    pressure["systolic"] = f"{measure.comparator}{measure.value}"
                elif code.code in _DIASTOLIC:
                    pressure["diastolic"] = f"{measure.comparator}{measure.value}"
        if not value:
            absent = absent_words(part)
            value = f"no value: {absent}" if absent else ""
        if value:
            extra = [interpretation, f"reference range {reference_range_words(ranges)}" if ranges else ""]
            line = ", ".join([value, *(one for one in extra if one)])
            fields.append(Field(name, line))
            said.append(f"{name} {value}")
    unit = next((measure.unit for measure in measures), "")
    if pressure["systolic"] and pressure["diastolic"] and len(parts) <= 3:
        joined = f"{pressure['systolic']}/{pressure['diastolic']} {unit}".strip()
    else:
        joined = ", ".join(said)
    return fields, tuple(measures), tuple(codes), joined


_REFERENCES = (
    ("specimen", "Specimen"),
    ("device", "Device"),
    ("hasMember", "Made up of"),
    ("derivedFrom", "Derived from"),
    ("focus", "About"),
    ("basedOn", "Requested by"),
)
_CONCEPTS = (("method", "Method"), ("bodySite", "Body site"))


def _more_fields(
    tree: Tree, resource: Resource, context: Context, category: str, author: str, issued: str
) -> list[Field]:
    fields: list[Field] = []
    for name, label in _CONCEPTS:
        if name in tree:
            said = words(tree, name)
            if said:
                fields.append(Field(label, said))
    for name, label in _REFERENCES:
        if name in tree:
            said = context.who(tree[name], resource)
            if said:
                fields.append(Field(label, said))
    if category:
        fields.append(Field("Category", category))
    if author:
        fields.append(Field("By", author))
    if issued:
        fields.append(Field("Issued", say(issued)))
    return fields


DESCRIBERS: dict[str, Describer] = {"Observation": describe_observation}
