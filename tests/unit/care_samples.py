"""Small records of invented people, and how a test describes them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from fhir.describe import Context, document_context
from fhir.describe.care import CARE_DESCRIBERS
from fhir.describe.generic import describe_generic
from fhir.entries import Entry
from fhir.records import Resource, SourceFile

SNOMED = "http://snomed.info/sct"
BARS = "https://fhir.nhs.uk/CodeSystem/"
INTERWEAVE = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-"
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def document(*trees: dict[str, Any], path: str = "sample.json") -> SourceFile:
    """A document that holds these resources."""
    made = []
    for tree in trees:
        raw = _ENCODER.encode(tree)
        kind, name = tree["resourceType"], str(tree.get("id", ""))
        made.append(Resource(type=kind, id=name, tree=tree, raw=raw, start=0, end=len(raw)))
    return SourceFile(path=path, folder="", data=b"", sha256="", format="json", fhir_version="R4", resources=made)


def described(*trees: dict[str, Any]) -> list[Entry]:
    """The entries of the first of these resources; the others are there to be referred to."""
    whole = document(*trees)
    return describe_one(whole.resources[0], document_context(whole))


def describe_one(resource: Resource, context: Context) -> list[Entry]:
    """The entries of a resource of the care families, or its generic description."""
    return CARE_DESCRIBERS.get(resource.type, describe_generic)(resource, context)


def lines(entry: Entry) -> dict[str, str]:
    """The labelled lines of an entry by label, later ones of one label winning."""
    return {field.label: field.value for field in entry.fields}


def concept(code: str, display: str = "", system: str = SNOMED) -> dict[str, Any]:
    """A CodeableConcept with one coding."""
    coding = {"system": system, "code": code}
    return {"coding": [{**coding, "display": display} if display else coding]}


def sample_documents(root: Path) -> Iterator[SourceFile]:
    """Every real sample document in JSON, its resources taken out of Bundles."""
    for path in sorted(root.rglob("*.json")):
        if "merkle-vectors" in path.parts or "sensitivity-rules" in path.parts:
            continue
        try:
            tree = _DECODER.decode(path.read_bytes())
        except msgspec.DecodeError:
            continue
        whole = document(path=str(path.relative_to(root)))
        _take(tree, "", whole.resources)
        if whole.resources:
            yield whole


def _take(tree: Any, full_url: str, found: list[Resource]) -> None:
    if not isinstance(tree, dict) or not isinstance(tree.get("resourceType"), str):
        return
    if tree["resourceType"] != "Bundle":
        raw = _ENCODER.encode(tree)
        kind, name = tree["resourceType"], str(tree.get("id", ""))
        found.append(Resource(type=kind, id=name, tree=tree, raw=raw, start=0, end=len(raw), full_url=full_url))
        return
    for entry in tree.get("entry") or []:
        if isinstance(entry, dict):
            _take(entry.get("resource"), str(entry.get("fullUrl", "")), found)
