"""Devices, their use by the person, and parts of the body described as such.

What helps somebody to live (a walking frame, a hoist) is equipment, whoever provides it; any other is a medical device.
"""

from __future__ import annotations

from fhir.codes import read_concept, words
from fhir.describe.context import Context, Describer, notes
from fhir.describe.placing import is_equipment
from fhir.entries import Code, Entry
from fhir.records import Resource, Tree
from fhir.shapes import first, items, text, texts
from fhir.temporal import UNKNOWN, at, say
from fhir.temporal import choice as read_time


def _device_name(tree: Tree) -> tuple[str, tuple[Code, ...]]:
    shown, codes = read_concept(tree.get("type"))
    named = text(first(tree, "deviceName"), "name") or text(first(tree, "deviceName"), "value")
    maker = " ".join(
        part for part in (text(tree, "manufacturer"), text(tree, "modelNumber") or text(tree, "model")) if part
    )
    if not any(code.display for code in codes) and named and not text(first(tree, "type"), "text"):
        shown = named
    return shown or named or words(tree, "definition") or maker or text(
        first(tree, "udiCarrier"), "deviceIdentifier"
    ), codes


def describe_device(resource: Resource, context: Context) -> list[Entry]:
    """One entry: an implant or other device of the person."""
    tree = resource.tree
    title, codes = _device_name(tree)
    status = text(tree, "status")
    made = text(tree, "manufactureDate")
    udi = first(tree, "udiCarrier") or first(tree, "udi")
    names = ", ".join(dict.fromkeys(filter(None, (text(one, "name") for one in items(tree, "deviceName")))))
    return [
        context.entry(
            resource,
            section="equipment" if is_equipment(title, names) else "medicines",
            kind="equipment" if is_equipment(title, names) else "device",
            title=title,
            detail=notes(tree),
            value=names if names != title else "",
            when=at(made),
            status="" if status == "unknown" else status,
            active=True if status == "active" else False if status == "inactive" else None,
            codes=codes,
            fields=context.fields(
                ("Name", names),
                ("Maker", text(tree, "manufacturer") or context.who(tree.get("manufacturer"), resource)),
                ("Model", text(tree, "modelNumber") or text(tree, "model")),
                ("Serial number", text(tree, "serialNumber")),
                ("Lot", text(tree, "lotNumber")),
                ("Unique device identifier", text(udi, "deviceIdentifier") or text(udi, "carrierHRF")),
                ("Made", say(made)),
                ("Expires", say(text(tree, "expirationDate"))),
                ("Safety", words(tree, "safety")),
                ("Why", words(tree, "statusReason")),
                ("Owner", context.who(tree.get("owner"), resource)),
                ("Place", context.who(tree.get("location"), resource)),
                ("Note", notes(tree)),
            ),
        )
    ]


def describe_device_use(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a device that the person uses or used."""
    tree = resource.tree
    reference = tree.get("device")
    device = context.tree_of(reference, resource)
    title, codes = _device_name(device)
    if not title and isinstance(reference, dict):
        title, codes = read_concept(reference.get("concept")) if "concept" in reference else ("", codes)
        title = title or context.who(reference, resource)
    status = text(tree, "status")
    when = read_time(tree, "timing")
    recorded = text(tree, "recordedOn") or text(tree, "dateAsserted")
    reasons = context.reasons(resource)
    return [
        context.entry(
            resource,
            section="equipment" if is_equipment(title) else "medicines",
            kind="equipment" if is_equipment(title) else "device",
            title=title or "Device in use",
            detail=notes(tree) or reasons,
            when=when if when is not UNKNOWN else at(recorded),
            status=status,
            active=True if status == "active" else False if status in ("completed", "stopped") else None,
            author=context.who(tree.get("source") or tree.get("informationSource"), resource),
            codes=codes,
            fields=context.fields(
                ("Status", status),
                ("Reason", reasons),
                ("Body site", words(tree, "bodySite")),
                ("When", when.text),
                ("Told by", context.who(tree.get("source") or tree.get("informationSource"), resource)),
                ("Based on", context.who(tree.get("derivedFrom") or tree.get("basedOn"), resource)),
                ("Recorded", say(recorded)),
                ("Note", notes(tree)),
            ),
            recorded=recorded,
        )
    ]


def describe_body_structure(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a lump, wound, mole or other part of the body that is followed."""
    tree = resource.tree
    morphology, codes = read_concept(tree.get("morphology"))
    place, place_codes = read_concept(tree.get("location") or tree.get("code"))
    if not place:
        structures = items(tree, "includedStructure")
        place = ", ".join(filter(None, (words(one, "structure") for one in structures)))
        place_codes = tuple(code for one in structures for code in read_concept(one.get("structure"))[1])
    qualifier = words(tree, "locationQualifier") or words(tree, "modifier")
    description = text(tree, "description")
    return [
        context.entry(
            resource,
            section="examination",
            kind="body-structure",
            title=": ".join(part for part in (place, morphology) if part) or description,
            detail=description,
            value=qualifier,
            codes=codes + place_codes,
            fields=context.fields(
                ("Form", morphology),
                ("Place", place),
                ("Exactly", qualifier),
                ("Description", description),
                ("Pictures", ", ".join(filter(None, (text(one, "title") for one in items(tree, "image"))))),
                ("Kind", ", ".join(texts(tree, "type"))),
            ),
        )
    ]


DESCRIBERS: dict[str, Describer] = {  # Device itself is told by care_work, which knows what a council lent
    "DeviceUseStatement": describe_device_use,
    "DeviceUsage": describe_device_use,
    "BodyStructure": describe_body_structure,
    "BodySite": describe_body_structure,
}
