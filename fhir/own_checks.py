"""What the FHIR models do not check in one resource, and we do.

Required codes, empty and null elements, impossible dates, periods that end before they start, NHS numbers, mandatory
elements of claimed profiles, script. Works on the JSON form, never fails on a broken shape, and puts no record content
in a message. Whole documents are `fhir.document_checks`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from fhir import nhs_number, required_codes
from fhir.records import FhirVersion, Issue, Severity, Tree
from fhir.shapes import texts
from fhir.temporal import read_date

_MOST_ISSUES = 60
_DATE_KEYS = re.compile(
    r"(date|time|start|end|issued|recorded|authored|authoredon|sent|received|lastupdated|instant|created|timestamp)\Z",
    re.IGNORECASE,
)
_DATE_SHAPE = re.compile(r"\d{4}-\d")
_SCRIPT = re.compile(
    r"<\s*(script|iframe|object|embed|applet|meta|link|form|base)\b|javascript:|\bon[a-z]{3,20}\s*=\s*[\"']",
    re.IGNORECASE,
)
_TAG = re.compile(r"<\s*/?\s*[a-z][^>]*>", re.IGNORECASE)


class _Found(list[Issue]):
    """Issues, and the literal references that were come across."""

    def __init__(self, references: set[str]) -> None:
        super().__init__()
        self.references = references


def resource_issues(
    resource_type: str, tree: Tree, version: FhirVersion, references: set[str] | None = None
) -> list[Issue]:
    """What is wrong inside one resource, at most 60 issues. Every literal reference in it is added to `references`."""
    found = _Found(set() if references is None else references)
    _walk(tree, resource_type, "", version, found)
    return [*found, *_profile_issues(tree, resource_type)][:_MOST_ISSUES]


def _add(found: _Found, severity: Severity, code: str, path: str, message: str) -> None:
    found.append(Issue(severity=severity, code=code, path=path, message=message))


def _walk(node: Tree, path: str, name: str, version: FhirVersion, found: _Found) -> None:
    """Checks one object and all below it; `name` is the element that holds it."""
    if len(found) > _MOST_ISSUES:
        return
    if "resourceType" in node:
        _check_codes(node, path, version, found)
        if "deceasedDateTime" in node and "birthDate" in node:
            _check_life(node, path, found)
    parts = required_codes.part_lists().get(name)
    if parts is not None and (name != "text" or "div" in node):
        for element, codes in parts.items():
            _check_code(node.get(element), codes, f"{path}.{element}", found)
    if "end" in node and "start" in node:
        _check_period(node, path, found)
    if "system" in node and "value" in node:
        _check_nhs_number(node, path, found)
    for key, value in node.items():
        kind = type(value)
        if kind is str:
            _check_text(key, value, path, found)
            if key == "reference" and value:
                found.references.add(value)
        elif kind is dict and value:
            _walk(value, _place(path, key, -1), key, version, found)
        elif kind is list:
            _check_list(node, key, value, _place(path, key, -1), version, found)
        elif value is None:
            _add(found, "error", "structure", _place(path, key, -1), "The element is null; it should be left out.")
        elif kind is dict:
            _add(found, "error", "structure", _place(path, key, -1), "The element is empty.")


def _check_list(node: Tree, key: str, values: list[Any], path: str, version: FhirVersion, found: _Found) -> None:
    if not values:
        _add(found, "error", "structure", path, "The list is empty; it should be left out.")
    for index, item in enumerate(values):
        kind = type(item)
        if kind is dict and item:
            _walk(item, f"{path}[{index}]", key, version, found)
        elif kind is str:
            _check_text(key, item, path, found, index)
        elif item is None:
            # In a list of primitives a null keeps the place of a value that has only extensions.
            if not key.startswith("_") and f"_{key}" not in node:
                _add(found, "error", "structure", f"{path}[{index}]", "An item of the list is null.")
        elif kind is dict or kind is list:
            _add(found, "error", "structure", f"{path}[{index}]", "An item of the list is empty or a list itself.")


def _check_text(key: str, value: str, path: str, found: _Found, index: int = -1) -> None:
    if "<" in value or "javascript:" in value:
        if _SCRIPT.search(value):
            message = "The text holds script or active content; it is shown without it."
            _add(found, "warning", "security", _place(path, key, index), message)
        elif key in ("family", "given", "prefix", "suffix") and _TAG.search(value):
            message = "A name holds markup; it is shown as plain text."
            _add(found, "warning", "security", _place(path, key, index), message)
    elif not value or value.isspace():
        _add(found, "error", "value", _place(path, key, index), "The text is empty.")
    elif _is_date_key(key) and _DATE_SHAPE.match(value) and read_date(value)[0] == "unknown":
        _add(found, "error", "value", _place(path, key, index), "This is not a real date or time.")


def _place(path: str, key: str, index: int) -> str:
    """Where a text stands; a key that is no element name is left out, for it may be content."""
    if index >= 0:
        return f"{path}[{index}]"
    return f"{path}.{key}" if key.isidentifier() and len(key) < 64 else f"{path}.(unnamed)"


@lru_cache(maxsize=4096)
def _is_date_key(key: str) -> bool:
    return bool(_DATE_KEYS.search(key))


def _check_codes(node: Tree, path: str, version: FhirVersion, found: _Found) -> None:
    resource_type = node["resourceType"]
    if type(resource_type) is not str:
        return
    for element, codes in required_codes.code_lists(resource_type, version).items():
        _check_code(node.get(element), codes, f"{path}.{element}", found)
    for element, codes in required_codes.concept_lists(resource_type, version).items():
        concept = node.get(element)
        codings = concept.get("coding") if isinstance(concept, dict) else None
        said = (
            [coding.get("code") for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []
        )
        if said and codes.isdisjoint(code for code in said if isinstance(code, str)):
            _add(
                found,
                "error",
                "code-invalid",
                f"{path}.{element}",
                "The code is not in the list that FHIR requires here.",
            )


def _check_code(value: Any, codes: required_codes.CodeList, path: str, found: _Found) -> None:
    for item in value if isinstance(value, list) else (value,):
        if item and type(item) is str and item not in codes:
            _add(found, "error", "code-invalid", path, "The code is not in the list that FHIR requires here.")


def _check_period(node: Tree, path: str, found: _Found) -> None:
    start, end = node["start"], node["end"]
    if type(start) is str and type(end) is str and _is_before(end, start):
        _add(found, "error", "invariant", path, "The period ends before it starts.")


def _check_life(node: Tree, path: str, found: _Found) -> None:
    born, died = node["birthDate"], node["deceasedDateTime"]
    if type(born) is str and type(died) is str and _is_before(died, born):
        _add(found, "error", "invariant", f"{path}.deceasedDateTime", "The person died before they were born.")


def _is_before(one: str, other: str) -> bool:
    """Whether a FHIR date lies before another, as far as both are exact; never where either is not a real date."""
    precisions = {read_date(one)[0], read_date(other)[0]}
    if "unknown" in precisions:
        return False
    if precisions == {"instant"}:
        try:
            first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
        except ValueError:
            return one[:10] < other[:10]
        if (first.tzinfo is None) == (second.tzinfo is None):
            return first < second
    size = min(len(one), len(other), 10)
    return one[:size] < other[:size]


def _check_nhs_number(node: Tree, path: str, found: _Found) -> None:
    system, value = node["system"], node["value"]
    if type(system) is not str or type(value) is not str or not nhs_number.is_nhs_number_system(system):
        return
    if not nhs_number.compact(value).isdigit() and nhs_number.is_template_text(value):
        _add(found, "error", "value", f"{path}.value", "Template text stands in place of an NHS number.")
    elif not nhs_number.is_valid(value):
        _add(found, "error", "value", f"{path}.value", "This is not a valid NHS number.")


@cache
def _profiles() -> dict[str, list[dict[str, Any]]]:
    table = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text("utf-8"))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table["profile"]:
        found.setdefault(row["name"], []).append(row)
    return found


def _profile_issues(tree: Tree, resource_type: str) -> Iterator[Issue]:
    meta = tree.get("meta")
    for url in texts(meta, "profile") if isinstance(meta, dict) else ():
        name = url.partition("|")[0].rpartition("/")[2]
        for row in _profiles().get(name, ()):
            if all(tree.get(element) == code for element, code in row.get("when", {}).items()):
                paths = [(path, True) for path in row.get("required", ())] + [
                    (path, False) for path in row.get("present", ())
                ]
                for path, needed in paths:
                    if any(_lacks(tree, path.split("."), needed)):
                        message = f"The profile {name}, which this claims to follow, requires this element."
                        yield Issue(severity="error", code="required", path=f"{resource_type}.{path}", message=message)


def _lacks(node: Any, steps: list[str], needed: bool) -> Iterator[bool]:
    """True for each place where the last step is missing; a missing step on the way counts only where it is needed."""
    value = node.get(steps[0]) if isinstance(node, dict) else None
    items = value if isinstance(value, list) else [value]
    if len(steps) == 1:
        yield value in (None, "", [], {}) and (needed or isinstance(node, dict))
    elif value not in (None, "", [], {}):
        for item in items:
            yield from _lacks(item, steps[1:], needed)
