"""No broken shape defeats a describer: what cannot be read is left out, and what is said stays plain text."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir.describe import READ_IN_PART, describe, document_context
from fhir.describe.families import DESCRIBERS
from fhir.entries import Entry
from fhir.reading import read_document
from fhir.records import Resource, SourceFile
from fhir.sections import sections

ODD = st.sampled_from(
    [None, "", [], {}, 0, 1.5, True, "text", [None], ["x"], [[{}]], {"coding": {"code": "x"}}, {"reference": 5},
     {"reference": {}}, [{"reference": []}], "2026-13-45", {"value": {}}, {"extension": {}}, {"start": []}]
)  # fmt: skip
PER_TYPE = 3


@cache
def samples(folder: Path) -> tuple[tuple[str, str], ...]:
    """A few sample resources of every described type, as JSON."""
    found: dict[str, list[str]] = {}
    for path in sorted((folder / "fhir-spec-examples").rglob("*.json")):
        for resource in read_document(path.name, "spec", path.read_bytes()).resources:
            some = found.setdefault(resource.type, [])
            if resource.type in DESCRIBERS and len(some) < PER_TYPE:
                some.append(resource.raw.decode())
    return tuple((kind, raw) for kind, some in sorted(found.items()) for raw in some)


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path in a tree, five deep."""
    found: list[tuple[Any, ...]] = []
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        found.append((*before, key))
        if isinstance(inner, dict | list) and len(before) < 5:
            found += places(inner, (*before, key))
    return found


def put(tree: Any, place: tuple[Any, ...], value: Any) -> None:
    for key in place[:-1]:
        tree = tree[key]
    tree[place[-1]] = value


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_a_resource_with_one_broken_element_is_still_described(shared_data: Path, data: st.DataObject) -> None:
    kind, raw = data.draw(st.sampled_from(samples(shared_data)))
    tree = json.loads(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places(tree)))
        broken = copy.deepcopy(tree)
        put(broken, place, data.draw(ODD))
        tree = broken
    tree["resourceType"] = kind
    resource = Resource(type=kind, id="x", tree=tree, raw=b"{}", start=0, end=2)
    document = SourceFile(
        path="x.json", folder="x", data=b"", sha256="", format="json", fhir_version="R4", resources=[resource]
    )
    entries = describe(resource, document_context(document))
    assert entries
    for entry in entries:
        assert entry.title
        assert entry.section in sections()
        assert READ_IN_PART not in entry.warnings
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry) == entry
