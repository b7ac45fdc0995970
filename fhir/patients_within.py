"""The Patients within one document, and the number that names each of them there."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fhir.records import Resource, SourceFile


def numbered(document: SourceFile) -> Iterator[tuple[int, Resource]]:
    """The resources with a number that names each Patient: in tables, which are learned without events, by line."""
    return _by_line(document) if document.format == "csv" else enumerate(document.resources)


def _by_line(document: SourceFile) -> Iterator[tuple[int, Resource]]:
    patients = patients_by_line(document)
    for resource in document.resources:
        yield next(patients) if resource.type == "Patient" else (resource.line, resource)


def patients_by_line(document: SourceFile) -> Iterator[tuple[int, Resource]]:
    """The Patients of a table, each with the number that names it: its line and which of the line."""
    last = others = 0
    for resource in [one for one in document.resources if one.type == "Patient"]:
        others = others + 1 if resource.line == last else 0  # a carer and the person cared for, on one line
        last = resource.line
        yield resource.line + others * _SECOND, resource


_SECOND = 10**9
"""Added for each further person of one line; no table has as many lines."""


def people_only(document: SourceFile) -> SourceFile:
    """What may be referred to in an extract: its people. It may have a million events, and nothing points to them."""
    people = [resource for resource in document.resources if resource.type == "Patient"]
    return msgspec.structs.replace(document, resources=people)
