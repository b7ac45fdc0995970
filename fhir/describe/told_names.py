"""What an entry tells of other resources, said in its links, so that it can be taken out where those are not shown.

A describer puts the name of what a reference leads to into titles and lines, though the source wrote no words beside
the reference. Each link whose name an entry tells so carries that name as its display, and a nested reference whose
name is told has a link. A link whose name is not told stays without: whoever reads the entry learns no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from fhir.describe.context import Context, reference_string
from fhir.describe.generic import own_name, readable
from fhir.entries import Entry, Link
from fhir.records import Resource, Tree

_OWN = frozenset(
    {"Patient", "Person", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService"}
    | {"RelatedPerson", "Medication", "Substance", "Questionnaire", "PlanDefinition", "ActivityDefinition"}
)
"""People, places, products and forms: their names are part of what refers to them."""


def with_told_names(entries: list[Entry], resource: Resource, context: Context) -> list[Entry]:
    """The entries of a resource with every name of another resource that they tell in a link to it."""
    found: dict[Link, None] = {}
    for rel, reference in _references(resource.tree):
        written = reference_string(reference)
        if not written or written[0] == "#" or written.partition("/")[0] in _OWN:
            continue
        target = context.resolve(written, resource)
        key = target.key if target is not None else written
        if key.rpartition("/")[0].rpartition("/")[2] in _OWN:
            continue
        names = {readable(context.who(reference, resource)), readable(context.who(written, resource))}
        names.add(own_name(target.tree) if target is not None else "")
        found.update(dict.fromkeys(Link(rel, key, name) for name in names if len(name) > 2))
    return [_with(entry, list(found)) for entry in entries] if found else entries


def _with(entry: Entry, named: list[Link]) -> Entry:
    texts = [entry.title, entry.detail, entry.value, *(field.value for field in entry.fields)]
    whole = "\n".join(texts).casefold()
    links = list(entry.links)
    for told in named:
        if told.display.casefold() not in whole:
            continue
        same = [n for n, link in enumerate(links) if link.target == told.target]
        if any(links[n].display == told.display for n in same):
            continue
        bare = next((n for n in same if not links[n].display), None)
        if bare is None:
            links.append(Link(links[same[0]].rel if same else told.rel, told.target, told.display))
        else:
            links[bare] = Link(links[bare].rel, told.target, told.display)
    found = tuple(links)
    return entry if found == entry.links else msgspec.structs.replace(entry, links=found)


def _references(value: Any, path: str = "") -> Iterator[tuple[str, Tree]]:
    """Every Reference (or CodeableReference) in a tree, but in what it contains, with the path of its elements."""
    if isinstance(value, list):
        for one in value:
            yield from _references(one, path)
    elif isinstance(value, dict):
        if path and "reference" in value:
            yield path, value
        for name, inner in value.items():
            if name != "contained" and isinstance(inner, dict | list):
                yield from _references(inner, f"{path}.{name}" if path else name)
