"""Describing: from one resource to the entries a reader sees.

`describe(resource, context)` gives at least one entry for every resource and never raises on a broken shape. The
`Context` of a document comes from `fhir.describe.sources.document_context`; how describers are written is told in
`fhir.describe.context`. Which resource types have a family of their own stands in `fhir.describe.families`; all others
get the generic description. Nothing here knows a clock, a store or who may see an entry.
"""

from __future__ import annotations

import msgspec

from fhir.describe.context import Context, Describer, type_words
from fhir.describe.families import DESCRIBERS
from fhir.describe.generic import describe_generic
from fhir.describe.sources import document_context
from fhir.describe.told_names import with_told_names, with_unnamed
from fhir.entries import Entry
from fhir.records import MadeResource, Resource

TELLING = 2
"""The version of what is told of the same bytes, with the labels that the tables of `consent` give it. Raise it when
that changes: what a vault holds by an older one is told anew when the document comes again."""

READ_IN_PART = "This could only be read in part."

__all__ = ["READ_IN_PART", "TELLING", "Context", "Describer", "describe", "document_context"]


def describe(resource: Resource, context: Context) -> list[Entry]:
    """The entries of one resource, at least one."""
    if type(resource) is MadeResource:
        made = resource.event.entries(resource, context)
        if made:
            return made

    def told(where: Context) -> list[Entry]:
        return DESCRIBERS.get(resource.type, describe_generic)(resource, where) or describe_generic(resource, where)

    try:
        return with_unnamed(told(context), resource, context, told)
    except Exception:  # noqa: BLE001 - a shape no describer foresaw must still be shown, whatever it breaks
        return _in_part(resource, context)


def _in_part(resource: Resource, context: Context) -> list[Entry]:
    try:
        entries = with_told_names(describe_generic(resource, context), resource, context)
    except Exception:  # noqa: BLE001 - the last line: the resource exists and says nothing that can be read
        title = type_words(resource.type)
        entries = [context.entry(resource, section="other", kind="other", title=title, links=())]
    return [msgspec.structs.replace(entry, warnings=(*entry.warnings, READ_IN_PART)) for entry in entries]
