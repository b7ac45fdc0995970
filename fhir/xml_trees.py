"""Turns elements of FHIR XML into the JSON form of FHIR (hl7.org/fhir/json.html): lists, numbers, `_name` companions.

Knows nothing of bytes or parsers. Elements that the models do not know are kept: many when they repeat, text as text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec

from fhir import limits
from fhir.elements import Element, Kind, elements_of
from fhir.records import FhirVersion, Tree

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,6})?\Z")


class Node(msgspec.Struct, kw_only=True, gc=False):
    """One FHIR element of a document, with where its bytes start and end."""

    name: str
    value: str = ""
    has_value: bool = False
    id: str = ""
    url: str = ""
    start: int = 0
    end: int = 0
    children: list[Node] = msgspec.field(default_factory=list)

    def child(self, name: str) -> Node | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)


def tree_of(resource: Node, version: FhirVersion) -> Tree:
    """The JSON form of a resource element."""
    return {"resourceType": resource.name, **_complex(resource, resource.name, version)}


def _complex(node: Node, type_name: str, version: FhirVersion) -> Tree:
    tree: Tree = {}
    if node.id:
        tree["id"] = node.id
    if node.url:
        tree["url"] = node.url
    known = elements_of(version, type_name)
    groups: dict[str, list[Node]] = {}
    for child in node.children:
        groups.setdefault(child.name, []).append(child)
    for name, nodes in groups.items():
        element = known.get(name) or _guess(nodes)
        if element.kind in ("complex", "resource"):
            values = [_value(child, element, version) for child in nodes]
            # More than the standard allows is kept, not dropped: the checker will say so.
            tree[name] = values if element.many or len(values) > 1 else values[0]
        else:
            _primitives(tree, name, nodes, element, version)
    return tree


def _guess(nodes: list[Node]) -> Element:
    children = [child.name for node in nodes for child in node.children]
    if any(node.has_value for node in nodes) or not children:
        return Element("text")
    if len(children) == len(nodes) and all(name[:1].isupper() for name in children):
        return Element("resource")
    return Element("complex", nodes[0].name in ("extension", "modifierExtension"), "Element")


def _value(node: Node, element: Element, version: FhirVersion) -> Any:
    if element.kind == "resource":
        return tree_of(node.children[0], version) if node.children else {}
    return _complex(node, element.type, version)


def _primitives(tree: Tree, name: str, nodes: list[Node], element: Element, version: FhirVersion) -> None:
    values = [_typed(node.value, element.kind) if node.has_value else None for node in nodes]
    companions = [_companion(node, version) for node in nodes]
    many = element.many or len(nodes) > 1
    if any(value is not None for value in values):
        tree[name] = values if many else values[0]
    if any(companions):
        tree["_" + name] = companions if many else companions[0]


def _companion(node: Node, version: FhirVersion) -> Tree | None:
    """The id and extensions of a primitive."""
    return _complex(node, "Element", version) or None


def _typed(text: str, kind: Kind) -> Any:
    """The JSON value of an XML attribute; what does not fit its kind stays text, for the checker to find."""
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind in ("integer", "decimal") and _INTEGER.match(text):
        return int(text)
    if kind == "decimal" and _DECIMAL.match(text):
        number = Decimal(text)
        return number if abs(number.adjusted()) <= limits.MAX_DECIMAL_EXPONENT else text
    return text
