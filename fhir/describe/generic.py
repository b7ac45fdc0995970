"""A readable description of any resource that no family describes."""

from __future__ import annotations

from fhir.codes import concept_codes, words
from fhir.describe.context import Context, type_words
from fhir.entries import Entry
from fhir.narrative import narrative
from fhir.records import Resource
from fhir.shapes import text


def describe_generic(resource: Resource, context: Context) -> list[Entry]:
    """One entry in "other": what the resource calls itself, its status and its narrative."""
    tree = resource.tree
    name = text(tree, "title") or words(tree, "code") or words(tree, "type") or words(tree, "category")
    kind = type_words(resource.type)
    return [
        context.entry(
            resource,
            section="other",
            kind="other",
            title=f"{kind}: {name}" if name else kind,
            detail=narrative(tree),
            status=text(tree, "status"),
            codes=concept_codes(tree, "code"),
        )
    ]
