"""Lists: GP Connect sections, consultations and problem-linked lists, and any other List of a record.

A list's warning that it is incomplete, and a statement that a section is empty, become entries of the section that the
list stands for (`lists.toml`), because a reader of that section must see them. What is in a list is described by its
own resource; the list links to it, and is none of the things in it: it stands among the other records.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from fhir.codes import read_concept, words
from fhir.describe.conditions import extension_links
from fhir.describe.context import Context, Describer, notes
from fhir.entries import Assertion, Code, Entry, Link
from fhir.records import Resource, Tree
from fhir.shapes import items, text
from fhir.temporal import at, period, say

_TABLE = tomllib.loads(Path(__file__).with_name("lists.toml").read_text("utf-8"))
_SECTIONS: dict[str, str] = _TABLE["sections"]
_KINDS: dict[str, str] = _TABLE["kinds"]
_SECONDARY: dict[str, str] = _TABLE["secondary"]
_WARNINGS: dict[str, str] = _TABLE["warnings"]
_NOTE_WARNINGS: dict[str, str] = _TABLE["note_warnings"]
_EMPTY: dict[str, str] = _TABLE["empty"]


def list_section(codes: tuple[Code, ...]) -> str:
    """The section that a list or document section of these codes stands for, "other" for unknown ones."""
    for code in codes:
        if code.code in _SECTIONS:
            return _SECTIONS[code.code]
        head, _, rest = code.code.partition("-")
        if head in ("consultations", "problems") and rest:
            for word, section in _SECONDARY.items():
                if rest.startswith(word):
                    return section
    return "other"


def list_warnings(tree: Tree) -> dict[str, str]:
    """The warnings of a List by code, in plain words: from its extensions, and from notes that say the same."""
    found: dict[str, str] = {}
    for item in items(tree, "extension"):
        if "WarningCode" not in text(item, "url"):
            continue
        value = item.get("valueCodeableConcept", item.get("valueCode", item.get("valueCoding")))
        shown, codes = read_concept(value)
        code = codes[0].code if codes else shown
        found[code] = _WARNINGS.get(code, f"This list is incomplete: {shown}")
    noted = notes(tree)
    for part, code in _NOTE_WARNINGS.items():
        if part in noted and code not in found:
            found[code] = _WARNINGS[code]
    return found


def empty_words(reason: object) -> tuple[str, Assertion]:
    """An emptyReason in plain words; only "nil known" is a positive statement that there is none."""
    shown, codes = read_concept(reason)
    code = codes[0].code if codes else ""
    return _EMPTY.get(code, shown), "none-known" if code == "nilknown" else "no-information"


def describe_list(resource: Resource, context: Context) -> list[Entry]:
    """The list itself with links to its members, an entry for each warning, and one where it says it is empty."""
    tree = resource.tree
    shown, codes = read_concept(tree.get("code"))
    title = text(tree, "title") or shown
    section = list_section(codes)
    kind = next((_KINDS[code.code] for code in codes if code.code in _KINDS), "list")
    when_written = text(tree, "date")
    author = context.who(tree.get("source"), resource)
    note = notes(tree)
    warnings = list_warnings(tree)
    members = _members(tree, resource, context)
    encounter = context.tree_of(tree.get("encounter"), resource)
    when = period(encounter.get("period")) if kind != "list" and encounter else at(when_written)
    if kind == "consultation":
        title = text(tree, "title") or words(encounter, "type") or shown
    elif kind in ("topic", "category"):
        title = text(tree, "title") or _problem(tree, resource, context) or f"{kind.capitalize()} of a consultation"
    status = text(tree, "status")
    common = context.links(resource) + extension_links(resource, context)
    if when.text and when != at(when_written):  # the visit's own time goes where the visit is not shown
        common += tuple(Link(link.rel, link.target, when.text) for link in common if link.rel == "encounter")
    setting = _setting(tree)
    entries = [
        context.entry(
            resource,
            section="other" if kind == "list" else section,
            kind=kind,
            title=f"List: {title}" if kind == "list" and title[:4] not in ("", "List") else title or "List",
            detail=note if not warnings else "",
            value=f"{len(members)} item{'' if len(members) == 1 else 's'}",
            when=when,
            status="" if status == "current" else status,
            author=author,
            codes=codes,
            links=(*members, *common),
            fields=context.fields(
                ("List", shown),
                ("Date", say(when_written)),
                ("From", author),
                ("Setting", setting),
                ("Order", words(tree, "orderedBy")),
                ("Contains", _names(tree, resource, context)),
                ("Note", note),
            ),
            warnings=tuple(warnings.values()),
            recorded=when_written,
        )
    ]
    for code, said in warnings.items():
        entries.append(
            context.entry(
                resource,
                index=len(entries),
                section=section,
                kind="list-warning",
                title=said,
                detail=note,
                when=at(when_written),
                codes=(Code("", code, said),),
                links=(),
                fields=context.fields(("List", title), ("The source says", note)),
            )
        )
    if "emptyReason" in tree:
        said, assertion = empty_words(tree["emptyReason"])
        entries.append(
            context.entry(
                resource,
                index=len(entries),
                section=section,
                kind="nothing-recorded",
                title=f"{title}: {said[:1].lower()}{said[1:]}" if said else f"{title}: empty",
                detail=note,
                when=at(when_written),
                assertion=assertion,
                author=author,
                codes=read_concept(tree["emptyReason"])[1],
                links=(),
                fields=context.fields(("List", title), ("Date", say(when_written)), ("Note", note)),
            )
        )
    return entries


def _members(tree: Tree, resource: Resource, context: Context) -> tuple[Link, ...]:
    found: list[Link] = []
    for item in items(tree, "entry"):
        for reference in items(item, "item"):
            target = context.resolve(reference, resource)
            key = target.key if target is not None else text(reference, "reference")
            if key:
                found.append(
                    Link("removed" if item.get("deleted") is True else "member", key, text(reference, "display"))
                )
    return tuple(found)


def _names(tree: Tree, resource: Resource, context: Context) -> str:
    """What the members are called, each once, as far as that is known here."""
    found: dict[str, None] = {}
    for item in items(tree, "entry"):
        name = words(item, "flag") or context.who(item.get("item"), resource)
        if name:
            found[f"{name} (removed)" if item.get("deleted") is True else name] = None
    return "; ".join(found)


def _problem(tree: Tree, resource: Resource, context: Context) -> str:
    """The problem that a GP Connect topic is about."""
    for item in items(tree, "extension"):
        if "RelatedProblemHeader" in text(item, "url"):
            for part in items(item, "extension"):
                name = context.who(part.get("valueReference"), resource)
                if name:
                    return name
    return ""


def _setting(tree: Tree) -> str:
    for item in items(tree, "extension"):
        if "ClinicalSetting" in text(item, "url"):
            return words(item, "valueCodeableConcept")
    return ""


DESCRIBERS: dict[str, Describer] = {"List": describe_list}
