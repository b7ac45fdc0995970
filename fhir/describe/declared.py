"""Entries of resources whose own profile says where they stand (`declared.toml`): children's returns, care providers.

A profile under https://fhir.onestory.example/StructureDefinition/ is a statement of the sender, made by the adapters of
`fhir.social_care.tables` or by a provider who follows docs/provider-import.md. Every other resource goes the way of its
type. Nothing is lost: what the headline leaves out stands in labelled lines.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from fhir import temporal
from fhir.codes import concept_codes
from fhir.describe.context import Context, Describer
from fhir.describe.generic import coded, is_active, note_lines, own_author, own_time, tell
from fhir.describe.medicines import dose_told
from fhir.describe.walk import value_words
from fhir.entries import Entry, When
from fhir.own import OWN
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text

_STARTS = f"{OWN}/"


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    section: str
    kind: str
    title: str = ""


_PLACES: dict[str, _Place] = {
    name: msgspec.convert(row, _Place)
    for name, row in tomllib.loads(Path(__file__).with_name("declared.toml").read_text("utf-8"))["profile"].items()
}
_CODED = ("code", "type", "category")
_VALUES = ("valueString", "valueCodeableConcept", "valueQuantity", "valueBoolean", "valueInteger")
_OPEN = ("active", "in-progress", "accepted", "requested", "planned")


def declared_first(describers: dict[str, Describer]) -> dict[str, Describer]:
    """These describers, each asked only where no profile of our own says where the resource stands."""
    return {kind: _declared_first(describer) for kind, describer in describers.items()}


def _declared_first(general: Describer) -> Describer:
    def describe(resource: Resource, context: Context) -> list[Entry]:
        place = _place(resource.tree)
        return general(resource, context) if place is None else [_told(resource, context, place)]

    return describe


def _place(tree: Tree) -> _Place | None:
    meta = tree.get("meta")
    profiles = meta.get("profile") if type(meta) is dict else None
    if type(profiles) is not list:
        return None
    for profile in profiles:
        if type(profile) is str and profile.startswith(_STARTS):
            return _PLACES.get(profile[len(_STARTS) :])
    return None


def _told(resource: Resource, context: Context, place: _Place) -> Entry:
    tree = resource.tree
    status = text(tree, "status")
    said = "\n".join(text(item, "contentString") or value_words(item) for item in items(tree, "payload"))
    title = text(tree, "title") or coded(tree, *_CODED) or text(tree, "name")
    if place.title and place.title.casefold() not in title.casefold():
        title = f"{place.title}: {title}" if title else place.title
    headline = said.partition("\n")[0]
    value = next((value_words(tree[name]) for name in _VALUES if name in tree), "")
    if "medicationCodeableConcept" in tree:
        title = dose_told(status, coded(tree, "medicationCodeableConcept"))
        value = text(first(tree, "dosage"), "text")
    when = _when(tree, running=status in _OPEN)
    detail = said or text(tree, "description") or note_lines(tree)
    author = (
        own_author(resource, context)
        or context.who(tree.get("owner"), resource)
        or context.who(first(tree, "participant").get("individual"), resource)
    )
    entry = tell(
        resource,
        context,
        section=place.section,
        kind=place.kind,
        title=f"{title}: {headline}" if title and headline else title or headline or place.kind.replace("-", " "),
        own=concept_codes(tree, "code") or concept_codes(tree, "type"),
        categories=concept_codes(tree, "category"),
        leave_out=("payload", "meta") if said else ("meta",),
        detail=detail,
        value=value,
        when=when,
        status="" if status == "unknown" else status,
        active=is_active(status),
        author=author,
    )
    # What is open and has an end is over from that day on, which whoever knows the day can tell.
    return msgspec.structs.replace(entry, active=None) if when.end and status in _OPEN else entry


def _when(tree: Tree, *, running: bool) -> When:
    for name in ("period", "executionPeriod", "effectivePeriod"):
        if isinstance(tree.get(name), dict):
            found = temporal.period(tree[name], ongoing=running and name == "period")
            if found.start or found.end:
                return found
    return own_time(tree)
