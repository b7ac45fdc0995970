"""What an entry tells of other resources, said in its links, so that it can be taken out where those are not shown.

A describer puts the name of what a reference leads to into titles and lines, though the source wrote no words beside
the reference. Each link whose name an entry tells so carries that name as its display, and a nested reference whose
name is told has a link. A link whose name is not told stays without: whoever reads the entry learns no more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from fhir.codes import concept_codes
from fhir.describe.context import NAMED_ANYWHERE, Context, named_anywhere, reference_string, untitled
from fhir.describe.generic import own_name, readable
from fhir.entries import Entry, Link, Unnamed
from fhir.narrative import narrative
from fhir.records import Resource, Tree
from fhir.telling import SHORTEST, plain

_ENOUGH = 100
"""Letters of a narrative that tell it from everything else."""


def with_told_names(entries: list[Entry], resource: Resource, context: Context) -> list[Entry]:
    """The entries of a resource with every name of another resource that they tell in a link to it.

    Where an entry tells the narrative of its resource, each link carries the beginning of that: a narrative may tell
    of everything that the resource refers to.
    """
    found: dict[Link, None] = {}
    references: list[tuple[str, Tree]] = []
    _gather(resource.tree, "", references)
    for rel, reference in references:
        written = reference_string(reference) or _logical(reference)
        if not written or written[0] == "#" or written.partition("/")[0] in NAMED_ANYWHERE:
            continue
        known = context.called.get(written)
        if known is None:
            known = context.called[written] = _names(written, resource, context)
        key, names = known
        if named_anywhere(key, context.tree_of(written, resource)):
            continue
        for name in (*names, readable(context.who(reference, resource))):
            if len(plain(name)) >= SHORTEST:
                found[Link(rel, key, name)] = None
        found[Link(rel, key)] = None
    return [_with(entry, list(found), resource) for entry in entries] if found else entries


def with_unnamed(
    entries: list[Entry], resource: Resource, context: Context, describe: Callable[[Context], list[Entry]]
) -> list[Entry]:
    """The entries with their names told (`with_told_names`); where one tells a name that the source did not write, with
    how it is told had no reference led to it. `describe` makes the entries of the resource."""
    named = with_told_names(entries, resource, context)
    if all(one is before for one, before in zip(named, entries, strict=True)):
        return named
    alone = context.alone()
    bare = with_told_names(describe(alone), resource, alone)
    if len(bare) != len(named) or bare == named:
        return named
    needs = tuple(sorted(_leads_to(resource, context)))
    return [
        one if one == other else msgspec.structs.replace(one, unnamed=Unnamed(needs, other))
        for one, other in zip(named, bare, strict=True)
    ]


def _leads_to(resource: Resource, context: Context) -> set[str]:
    """All facts that a resource refers to, known or not."""
    references: list[tuple[str, Tree]] = []
    _gather(resource.tree, "", references)
    written = {reference_string(reference) for _, reference in references}
    found = {one: context.key_of(one, resource) for one in written if one and one[0] != "#"}
    return {key for one, key in found.items() if not named_anywhere(key, context.tree_of(one, resource))}


def _names(written: str, resource: Resource, context: Context) -> tuple[str, tuple[str, ...]]:
    """What a reference leads to, and all that this is called."""
    target = context.resolve(written, resource)
    if target is None:
        return context.key_of(written, resource), ()
    codes = concept_codes(target.tree, "code")
    return target.key, (readable(context.who(written, resource)), own_name(target.tree), *(c.display for c in codes))


def _with(entry: Entry, named: list[Link], resource: Resource) -> Entry:
    texts = [entry.title, entry.detail, entry.value, entry.author, *(field.value for field in entry.fields)]
    whole = "\n".join(
        plain(text) for text in (*texts, *(code.display for code in entry.codes))
    )  # what is cut is whole there
    story = _narrative_told(entry, resource)
    links = list(entry.links)
    for told in named:
        if not told.display and story:
            told = Link(told.rel, told.target, story)
        name = plain(told.display)
        if not name or name not in whole:
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


def _narrative_told(entry: Entry, resource: Resource) -> str:
    """The beginning of the narrative of a resource where an entry tells it, "" where what it tells is its own."""
    if "text" not in resource.tree:
        return ""
    beginning = narrative(resource.tree)[:_ENOUGH]
    if entry.title == untitled(resource):
        return beginning.partition("\n")[0]
    own = plain(beginning) in plain(entry.title)
    return beginning if plain(beginning) in plain(entry.detail) and not own else ""


def _logical(reference: Tree) -> str:
    """Where a reference leads that has an identifier and a type alone: to that type, and nowhere here."""
    kind = reference.get("type")
    return f"{kind}/?identifier" if isinstance(kind, str) and isinstance(reference.get("identifier"), dict) else ""


def _gather(value: Any, path: str, found: list[tuple[str, Tree]]) -> None:
    """Add every Reference (or CodeableReference) in a tree with the path of its elements."""
    if type(value) is list:
        for one in value:
            _gather(one, path, found)
    elif type(value) is dict:
        if path and ("reference" in value or "identifier" in value):
            found.append((path, value))
        for name, inner in value.items():
            if type(inner) is dict or type(inner) is list:
                _gather(inner, f"{path}.{name}" if path else name, found)
