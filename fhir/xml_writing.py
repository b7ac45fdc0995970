"""Writes FHIR XML from a JSON form, by the models of `fhir.resources`. For made records: models may change digits."""

from __future__ import annotations

from typing import Any

from fhir.model_checks import model_of
from fhir.records import FhirVersion, Tree


def write_xml(tree: Tree, version: FhirVersion = "R4") -> bytes:
    """The XML form of a resource. Raises ValueError where the models do not accept it."""
    model: Any = model_of(str(tree.get("resourceType")), version)
    if model is None:
        raise ValueError("There is no model for this type of resource.")
    content = model.model_validate(tree).model_dump_xml(pretty_print=True)
    return content if isinstance(content, bytes) else bytes(content, "utf-8")
