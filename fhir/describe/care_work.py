"""What is being done for the person: EpisodeOfCare and Task, social care ones first, and equipment supplied.

A service run by adult social care is a service; a clinical episode is a contact. A social care task is an assessment;
any other is an action.
"""

from __future__ import annotations

from fhir import temporal
from fhir.codes import concept_codes
from fhir.describe import devices
from fhir.describe.context import Context, Describer, name_of
from fhir.describe.generic import coded, is_active, note_lines, own_author, readable, tell
from fhir.describe.social_care import describe_social_care, is_social_care
from fhir.describe.walk import value_words
from fhir.entries import Entry
from fhir.records import Resource
from fhir.shapes import items, text

_TASK_CODES = ("task-code", "financialtaskcode")
_OPEN = ("draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold")


def describe_episode(resource: Resource, context: Context) -> list[Entry]:
    """A stretch of care by one organisation."""
    tree = resource.tree
    if is_social_care(tree):
        return describe_social_care(resource, context)
    status = text(tree, "status")
    what = coded(tree, "type")
    manager = readable(context.who(tree.get("careManager"), resource))
    organisation = readable(context.who(tree.get("managingOrganization"), resource))
    by = ", ".join(part for part in (manager, organisation) if part)
    title = what or (f"Episode of care with {by}" if by else "Episode of care")
    return [
        tell(
            resource,
            context,
            section="contacts",
            kind="episode",
            title=title,
            own=concept_codes(tree, "type"),
            first=context.fields(("Care manager", manager), ("Organisation", organisation)),
            when=temporal.period(tree.get("period"), ongoing=is_active(status)),
            status="on hold" if status == "onhold" else status,
            active=is_active(status),
            author=by,
            nested=("diagnosis.condition",),
        )
    ]


def describe_task(resource: Resource, context: Context) -> list[Entry]:
    """Something somebody is to do."""
    tree = resource.tree
    if is_social_care(tree):
        return describe_social_care(resource, context)
    status = text(tree, "status")
    codes = concept_codes(tree, "code")
    workflow = bool(codes) and all(code.system.endswith(_TASK_CODES) for code in codes)
    focus = readable(context.who(tree.get("focus"), resource))
    description = text(tree, "description")
    named = "" if workflow and not coded(tree, "code") else coded(tree, "code")
    title = (description or focus or named) if workflow else (named or description or focus)
    owner = readable(context.who(tree.get("owner"), resource))
    when = temporal.period(tree.get("executionPeriod"))
    if not (when.start or when.end):
        when = temporal.period(tree.get("requestedPeriod"))
    financial = any(code.system.endswith("financialtaskcode") for code in codes)
    return [
        tell(
            resource,
            context,
            section="money" if financial else "actions",
            kind="task",
            title=f"Payment task: {named or title}" if financial else title or "Task",
            own=codes,
            first=context.fields(
                ("To be done by", owner), ("Asked by", readable(context.who(tree.get("requester"), resource)))
            ),
            leave_out=("executionPeriod",) if when.start else (),
            detail="\n".join(part for part in (description, note_lines(tree)) if part),
            when=when if when.start or when.end else temporal.at(text(tree, "authoredOn")),
            status=status,
            active=status in _OPEN if status else None,
            author=owner,
            recorded=text(tree, "lastModified") or text(tree, "authoredOn"),
        )
    ]


def describe_equipment(resource: Resource, context: Context) -> list[Entry]:
    """Equipment or supplies asked for or delivered."""
    tree = resource.tree
    if is_social_care(tree):
        return describe_social_care(resource, context)
    status = text(tree, "status")
    supplied = items(tree, "suppliedItem") or [tree]
    what = coded(tree, "codeCodeableConcept", "itemCodeableConcept") or coded(supplied[0], "itemCodeableConcept")
    for holder in (tree, supplied[0]):
        for name in ("codeReference", "itemReference", "code", "item"):
            what = what or readable(context.who(holder.get(name), resource)) or coded(holder, name)
    word = {"SupplyDelivery": "Supply delivered", "SupplyRequest": "Supply requested"}.get(
        resource.type, "Device requested"
    )
    when = temporal.choice(tree, "occurrence")
    quantity = value_words(tree.get("quantity") or supplied[0].get("quantity"))
    return [
        tell(
            resource,
            context,
            section="equipment",
            kind={"SupplyDelivery": "delivery", "SupplyRequest": "supply"}.get(resource.type, "equipment"),
            title=f"{word}: {what}" if what and resource.type != "DeviceRequest" else what or word,
            own=concept_codes(tree, "codeCodeableConcept") + concept_codes(tree, "itemCodeableConcept"),
            first=context.fields(("What", what), ("How many", quantity)),
            detail=note_lines(tree),
            when=when if when.start or when.text else temporal.at(text(tree, "authoredOn")),
            status=status,
            author=own_author(resource, context),
            recorded=text(tree, "authoredOn"),
        )
    ]


def describe_device(resource: Resource, context: Context) -> list[Entry]:
    """Equipment a council lent or fitted; any other device is one of the person's medical devices."""
    if context.source_of(resource).kind != "social-care":
        return devices.describe_device(resource, context)
    tree = resource.tree
    status = text(tree, "status")
    return [
        tell(
            resource,
            context,
            section="equipment",
            kind="equipment",
            title=coded(tree, "type") or readable(name_of(tree)) or "Equipment",
            own=concept_codes(tree, "type"),
            first=context.fields(("Provided by", readable(context.who(tree.get("owner"), resource)))),
            detail=note_lines(tree),
            status=status,
            active=is_active(status),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "EpisodeOfCare": describe_episode,
    "Task": describe_task,
    "DeviceRequest": describe_equipment,
    "SupplyRequest": describe_equipment,
    "SupplyDelivery": describe_equipment,
    "Device": describe_device,
}
