"""Documents made of sections: Composition.

The composition is one entry under documents, every section a line in it. A section that says it is empty makes an entry
of *no information* where that section stands; one that tells its content only as text (Summary Care Record medicines)
makes an entry there with that text, so that a section is never blank while a document fills it.
"""

from __future__ import annotations

import re

import msgspec

from fhir import temporal
from fhir.codes import concept_codes
from fhir.describe.context import Context, Describer, type_words
from fhir.describe.datatypes import reference_words
from fhir.describe.generic import called, coded, own_author, readable, shortened, tell
from fhir.describe.placing import place_by_words, section_of
from fhir.entries import Code, Entry, Field, Link
from fhir.narrative import narrative
from fhir.records import Resource, Tree
from fhir.shapes import items, text

_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_NOTHING_WRITTEN = ("no relevant information available", "no information available")
_UNMADE = ("demographics", "gp-practice", "documents")
_DECIDING = ("end-of-life", "legal", "alerts", "care-plan", "contingency")
_SENTENCE = re.compile(r"(?<=[.;])\s+|\n| · ")
_SHORT = 80
"""The longest sentence that is a decision and not a note about one."""


def describe_composition(resource: Resource, context: Context) -> list[Entry]:
    """One document with its sections, and the entries that only its sections tell."""
    tree = resource.tree
    kind_of = coded(tree, "type")
    title = readable(text(tree, "title")) or kind_of or "Document"
    when = temporal.at(text(tree, "date"))
    author = own_author(resource, context)
    level = text(tree, "confidentiality")
    labels = (Code(_CONFIDENTIALITY, level),) if level else ()
    sections = list(_sections(tree, ()))
    links = context.links(resource) + tuple(
        link for path, section in sections for link in _links(path, section, resource, context)
    )
    entry = tell(
        resource,
        context,
        section="documents",
        kind="document",
        title=title,
        first=context.fields(("Kind of document", kind_of if kind_of != title else ""))
        + tuple(field for path, section in sections for field in _lines(path, section, resource, context)),
        leave_out=("section", "type", "title", "confidentiality"),
        labels=labels,
        when=when,
        status=text(tree, "status"),
        author=author,
        recorded=text(tree, "date"),
    )
    codes = concept_codes(tree, "type")
    entries = [msgspec.structs.replace(entry, links=links, codes=tuple(dict.fromkeys((*codes, *entry.codes))))]
    for path, section in sections:
        made = _entry(path, section, resource, context, entries[0], len(entries))
        if made is not None:
            entries.append(made)
    return entries


def _sections(holder: Tree, parents: tuple[str, ...]) -> list[tuple[tuple[str, ...], Tree]]:
    found: list[tuple[tuple[str, ...], Tree]] = []
    for section in items(holder, "section"):
        name = text(section, "title") or coded(section, "code") or "Section"
        path = (*parents, name)
        found += [(path, section), *_sections(section, path)]
    return found


def _lines(path: tuple[str, ...], section: Tree, resource: Resource, context: Context) -> list[Field]:
    label = " › ".join(path)
    told = narrative(section)
    empty = coded(section, "emptyReason")
    names = [_called(item, resource, context) for item in items(section, "entry")]
    found = [Field(label, told)] if told else []
    found += [Field(f"{label} › Empty because", empty)] if empty else []
    if names:
        found.append(Field(f"{label} › Entries", "; ".join(dict.fromkeys(names))))
    if not found and not items(section, "section"):
        found.append(Field(label, "Nothing written"))
    return found


def _called(item: Tree, resource: Resource, context: Context) -> str:
    name = called(item, resource, context)
    kind = text(context.tree_of(item, resource), "resourceType")
    return name or (type_words(kind) if kind else reference_words(item)) or "Entry"


def _links(path: tuple[str, ...], section: Tree, resource: Resource, context: Context) -> list[Link]:
    found = []
    for item in items(section, "entry"):
        written = text(item, "reference")
        target = context.resolve(item, resource)
        key = target.key if target is not None else written
        if key and key[0] != "#":
            found.append(Link("section", key, path[-1]))
    return found


def _entry(
    path: tuple[str, ...], section: Tree, resource: Resource, context: Context, whole: Entry, index: int
) -> Entry | None:
    codes = concept_codes(section, "code")
    home = section_of(codes, path[-1])
    if not home or home in _UNMADE:
        return None
    empty = coded(section, "emptyReason")
    told = narrative(section)
    if not empty and (not told or items(section, "entry") or items(section, "section")):
        return None
    name = shortened(path[-1])
    none_known = any(code.code == "nilknown" for code in concept_codes(section, "emptyReason"))
    nothing = bool(empty) or any(words in told.casefold() for words in _NOTHING_WRITTEN)
    if none_known:
        name = f"{name}: none known"
    elif empty:
        name = f"{name}: no information ({empty.casefold()})"
    decided = "" if nothing or home not in _DECIDING else _resuscitation(name, told)
    if decided:
        home, name = "end-of-life", decided
    made = context.entry(
        resource,
        section=home,
        kind="none-known"
        if none_known
        else "no-information"
        if nothing
        else "cpr-decision"
        if decided
        else "document-section",
        title=name,
        index=index,
        detail=told,
        when=whole.when,
        status=text(resource.tree, "status"),
        assertion="none-known" if none_known else "no-information" if nothing else "fact",
        author=whole.author,
        labels=whole.labels,
        fields=context.fields(("From the document", whole.title), ("Why empty", empty)),
        links=(),
        recorded=whole.recorded,
    )
    return msgspec.structs.replace(made, codes=codes)


def _resuscitation(title: str, told: str) -> str:
    """The title of a section and the sentence of it that is a decision about resuscitation, "" where none is one."""
    for said in _SENTENCE.split(told):
        said = said.strip(" .;·")
        placed = place_by_words(said) if 0 < len(said) <= _SHORT else None
        if placed is not None and placed.kind == "cpr-decision":
            return shortened(f"{title}: {said}")
    return ""


DESCRIBERS: dict[str, Describer] = {"Composition": describe_composition}
