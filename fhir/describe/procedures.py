"""Procedures and therapies, done and not done."""

from __future__ import annotations

from fhir.codes import read_concept, words
from fhir.describe.conditions import extension_links
from fhir.describe.context import NOT_DONE, Context, Describer, notes
from fhir.describe.placing import place_of_statement
from fhir.entries import Entry
from fhir.records import Resource
from fhir.shapes import flag, items, text
from fhir.temporal import UNKNOWN, say
from fhir.temporal import choice as read_time

_USUAL = frozenset(
    (
        "resourceType",
        "id",
        "meta",
        "text",
        "status",
        "code",
        "subject",
        "encounter",
        "context",
        "performedDateTime",
        "performedPeriod",
        "occurrenceDateTime",
        "occurrencePeriod",
        "performer",
        "reasonCode",
        "reasonReference",
        "reason",
        "outcome",
    )
)
"""Elements that are always told; only where another stands beside them the rest is looked for."""


def describe_procedure(resource: Resource, context: Context) -> list[Entry]:
    """One entry; one that was not done says so first."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code"))
    status = text(tree, "status")
    undone = status in ("not-done", "aborted") or flag(tree, "notDone") is True
    when = read_time(tree, "performed")
    if when is UNKNOWN:
        when = read_time(tree, "occurrence")
    reasons = context.reasons(resource)
    note = notes(tree)
    author = context.actors(resource, "performer", "actor") if "performer" in tree else ""
    outcome = words(tree, "outcome")
    fields: tuple[tuple[str, str], ...] = (("Reason", reasons), ("Outcome", outcome), ("By", author))
    if not tree.keys() <= _USUAL:
        recorded = text(tree, "recorded")
        fields += (
            ("Why not done", words(tree, "statusReason") or words(tree, "notDoneReason")),
            ("Category", words(tree, "category")),
            ("Body site", words(tree, "bodySite")),
            ("Complication", words(tree, "complication")),
            ("Follow-up", words(tree, "followUp")),
            ("Place", context.who(tree.get("location"), resource)),
            ("Devices", ", ".join(filter(None, (words(one, "action") for one in items(tree, "focalDevice"))))),
            ("Used", words(tree, "usedCode")),
            ("Report", context.who(tree.get("report"), resource)),
            ("Recorded by", context.who(tree.get("recorder"), resource)),
            ("Asserted by", context.who(tree.get("asserter"), resource)),
            ("Recorded", say(recorded)),
            ("Note", note),
        )
    name = title or words(tree, "category")
    placed = place_of_statement(codes, name)
    if placed is not None and placed.kind != "cpr-decision":
        placed = None
    links = context.links(resource, "performer.actor", "focalDevice.manipulated")
    if "extension" in tree:
        links += extension_links(resource, context)
    return [
        context.entry(
            resource,
            section=placed.section if placed else "procedures",
            kind=placed.kind if placed else "procedure-not-done" if undone else "procedure",
            title=f"{NOT_DONE}{name}" if undone and name else name,
            detail=outcome or note or reasons,
            when=when,
            status="" if status == "unknown" else status,
            active=True if status in ("in-progress", "preparation") else None,
            author=author or context.who(tree.get("recorder") or tree.get("asserter"), resource),
            codes=codes,
            categories=read_concept(tree["category"])[1] if "category" in tree else (),
            links=links,
            fields=context.fields(*fields),
            recorded=text(tree, "recorded"),
        )
    ]


DESCRIBERS: dict[str, Describer] = {"Procedure": describe_procedure}
