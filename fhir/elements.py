"""What the elements of each FHIR type are: one or many, and of which kind. Taken from the models of `fhir.resources`.

Needed where a format does not say it itself (XML). The models are loaded when first asked for, one version at a time;
plain R4 is answered from R4B. Nothing is checked here.
"""

from __future__ import annotations

import decimal
import types
import typing
from functools import cache
from importlib import import_module
from typing import Any, Literal

import msgspec

from fhir.records import FhirVersion

Kind = Literal["text", "boolean", "integer", "decimal", "complex", "resource"]

_PACKAGES: dict[FhirVersion, str] = {
    "R4": "fhir.resources.R4B",
    "R4B": "fhir.resources.R4B",
    "STU3": "fhir.resources.STU3",
    "R5": "fhir.resources",
}
_PRIMITIVES: dict[type, Kind] = {
    bool: "boolean",
    int: "integer",
    decimal.Decimal: "decimal",
}


class Element(msgspec.Struct, frozen=True):
    """One element of a type: `many` when it repeats, `type` the name of its type when it is complex."""

    kind: Kind
    many: bool = False
    type: str = ""


@cache
def elements_of(version: FhirVersion, type_name: str) -> dict[str, Element]:
    """The elements of a resource or data type by their FHIR name; empty where the type is not known."""
    package = import_module(_PACKAGES[version])
    try:
        model = package.get_fhir_model_class(type_name)
    except ValueError:
        return {}
    return {
        field.alias or name: _element(field.annotation)
        for name, field in model.model_fields.items()
        if not name.endswith("__ext") and name != "fhir_comments"
    }


def _element(annotation: Any) -> Element:
    many = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is list:
            many = True
            annotation = typing.get_args(annotation)[0]
        elif origin is typing.Union or origin is types.UnionType:
            annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
        elif origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        else:
            break
    if not hasattr(annotation, "get_model_klass"):
        return Element(_PRIMITIVES.get(annotation, "text"), many)
    name = annotation.__name__.removesuffix("Type")
    return Element("resource", many) if name == "Resource" else Element("complex", many, name)
