"""How the tests of clinical describers read records: through the real reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fhir.describe import describe, document_context
from fhir.entries import Entry
from fhir.reading import read_document
from fhir.records import SourceFile


def described(*trees: dict[str, Any], folder: str = "drop/records") -> list[Entry]:
    """The entries of the first of these resources; the others are there to be referred to."""
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": tree} for tree in trees]}
    document = read_document("record.json", folder, json.dumps(bundle).encode())
    wanted = next(resource for resource in document.resources if resource.id == trees[0]["id"])
    return describe(wanted, document_context(document))


def one(*trees: dict[str, Any]) -> Entry:
    """The single entry of the first of these resources."""
    (entry,) = described(*trees)
    return entry


def lines(entry: Entry) -> dict[str, str]:
    """The labelled lines of an entry."""
    return {field.label: field.value for field in entry.fields}


def sample(path: Path) -> SourceFile:
    """One real sample document."""
    return read_document(path.name, path.parent.name, path.read_bytes())


def entries_of(path: Path, key: str) -> list[Entry]:
    """The entries of one resource of a real sample document."""
    document = sample(path)
    context = document_context(document)
    return [entry for resource in document.resources if resource.key == key for entry in describe(resource, context)]
