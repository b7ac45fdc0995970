"""Adult social care as shared care records carry it: requests, assessments, services, support reasons, equipment.

The resources have the same types as clinical ones and are told apart by profile or code system (Interweave), never by
type alone. `is_social_care` says which they are; `describe_social_care` describes them. STU3 and R4 forms read alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from fhir import quantities, temporal
from fhir.codes import concept_codes, read_concept
from fhir.describe.context import Context, notes
from fhir.describe.generic import coded, is_active, readable, tell
from fhir.describe.placing import known_words, list_name
from fhir.describe.walk import value_words
from fhir.entries import Entry, When
from fhir.records import Resource, Tree
from fhir.shapes import extension_value, first, flag, items, text, texts

# Interweave's profiles of adult social care, and those of a county council's own service (Nottinghamshire, STU3).
_PROFILES = ("Interweave-SocialCare", "fhir.nottinghamshire.gov.uk")
_TYPES = ("ServiceRequest", "ReferralRequest", "Condition", "Task", "EpisodeOfCare", "DeviceRequest")
_CODED = ("code", "type", "category", "reasonCode", "codeCodeableConcept")
_EQUIPMENT_STATUS = {"draft": "requested", "active": "in place", "completed": "returned"}
_EQUIPMENT_STATUS |= {"on-hold": "on hold", "revoked": "withdrawn"}
_OWN = "https://fhir.onestory.example/StructureDefinition"
COST, _FUNDING, REPLACED = f"{_OWN}/social-care-cost", f"{_OWN}/social-care-funding", f"{_OWN}/replaced"
_REPLACED_WORDS = "A later submission tells this otherwise."


def is_social_care(tree: Tree) -> bool:
    """Whether a resource of these types is an adult social care one, by its profile or the code lists it uses."""
    if tree.get("resourceType") not in _TYPES:
        return False
    meta = tree.get("meta")
    if isinstance(meta, dict) and any(part in one for one in texts(meta, "profile") for part in _PROFILES):
        return True
    for name in _CODED:
        value = tree.get(name)
        if value is not None and any(list_name(code.system) for code in read_concept(value)[1]):
            return True
    return False


def describe_social_care(resource: Resource, context: Context) -> list[Entry]:
    """The entry of one adult social care resource; a service that says what it costs has a second one for that."""
    entry = _DESCRIBERS[resource.type](resource, context)
    entries = [entry]
    if "extension" in resource.tree:
        cost = _extension(resource.tree, COST)
        if cost is not None and resource.type == "EpisodeOfCare":
            entries.append(describe_cost(resource, context, cost, entry))
        if _extension(resource.tree, REPLACED) is not None:
            entries = [as_replaced(entry) for entry in entries]
    return entries


def _extension(tree: Tree, url: str) -> Tree | None:
    return next((item for item in items(tree, "extension") if item.get("url") == url), None)


def as_replaced(entry: Entry) -> Entry:
    """The entry of something that a later submission tells otherwise: kept, not shown as a fact."""
    return msgspec.structs.replace(entry, assertion="not-a-fact", warnings=(*entry.warnings, _REPLACED_WORDS))


def describe_cost(resource: Resource, context: Context, cost: Tree, service: Entry) -> Entry:
    """What a service costs, apart from the service: not all who may know of the care may know its price.

    The extensions are our own (`fhir.social_care.costs`).
    """
    funding = _extension(resource.tree, _FUNDING)
    paid_by = concept_or_value(funding.get("valueCodeableConcept")) if funding is not None else ""
    value, lines = cost_words(cost, paid_by)
    return context.entry(
        resource,
        section="money",
        kind="care-cost",
        title=f"Cost of {service.title}",
        index=1,
        value=value,
        when=service.when,
        status=service.status,
        active=service.active,
        author=service.author,
        links=(),
        fields=context.fields(*lines),
    )


def cost_words(cost: Tree, paid_by: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What a service costs in one figure, and labelled, from our own extension (`fhir.social_care.costs`)."""
    parts = {text(part, "url"): part for part in items(cost, "extension")}
    unit, weekly = (quantities.money_words(first(parts.get(name, {}), "valueMoney")) for name in ("unitCost", "weekly"))
    unit = unit or text(parts.get("unitCostAsWritten", {}), "valueString")
    frequency = text(parts.get("frequency", {}), "valueString")
    units = quantities.number(parts.get("unitsPerWeek", {}).get("valueDecimal"))
    units = units or text(parts.get("unitsAsWritten", {}), "valueString")
    each = f"{unit}, {frequency.lower()}" if unit and frequency else unit
    return f"{weekly} a week" if weekly else each, (
        ("Cost of a week", weekly),
        ("Unit cost", unit),
        ("Frequency", frequency),
        ("Planned units a week", units),
        ("Paid by", paid_by),
    )


def _without_money(resource: Resource) -> Resource:
    """The same resource without what it costs."""
    if not resource.tree.get("extension"):
        return resource
    kept = [item for item in items(resource.tree, "extension") if item.get("url") != COST]
    return msgspec.structs.replace(resource, tree={**resource.tree, "extension": kept})


def ending(tree: Tree, name: str) -> str:
    """The words of a social care extension by the end of its name, code lists included."""
    for prefix in ("Extension-Interweave-", "Extension-CareConnect-", ""):
        value = extension_value(tree, prefix + name, f"{prefix}{name}-1")
        if value is not None:
            return concept_or_value(value)
    return ""


def concept_or_value(value: Any) -> str:
    """The words of any value; of a concept whose source gives none, those of the published list."""
    if isinstance(value, dict):
        words, codes = read_concept(value)
        for code in codes:
            if not code.display and not text(value, "text"):
                return known_words(code) or words
    return value_words(value)


def _contact(resource: Resource, context: Context) -> Entry:
    tree = resource.tree
    reason = coded(tree, "reasonCode", "code", "category")
    told = [text(tree, name) for name in ("description", "patientInstruction")] + [notes(tree)]
    about = text(first(tree, "code"), "text")
    status = text(tree, "status")
    when = temporal.choice(tree, "occurrence")
    asked = coded(first(tree, "orderDetail"), "text")
    return tell(
        resource,
        context,
        section="referrals",
        kind="social-care-contact",
        title=f"Contact with social care: {reason}" if reason else "Contact with social care",
        own=concept_codes(tree, "reasonCode") + concept_codes(tree, "code"),
        first=context.fields(
            ("Reason", reason),
            ("About", about if about != reason else ""),
            ("Outcome", ending(tree, "SocialCareAssessmentOutcome")),
            ("Asked by", ending(tree, "SocialCareRequesterType")),
        ),
        leave_out=("reasonCode", *(("code",) if about else ())),
        detail="\n".join(dict.fromkeys(part for part in told if part)) or asked,
        when=when if when.start or when.text else temporal.at(text(tree, "authoredOn")),
        status=status,
        author=context.who(tree.get("requester"), resource) or context.who(_agent(tree), resource),
        recorded=text(tree, "authoredOn"),
    )


def _agent(tree: Tree) -> Any:
    return first(tree, "requester").get("agent")


def _assessment(resource: Resource, context: Context) -> Entry:
    tree = resource.tree
    listed = listed_words(tree, "code")
    title = text(first(tree, "code"), "text") or listed or text(tree, "description") or "Assessment"
    outcome = ending(tree, "SocialCareAssessmentOutcome")
    performer = ending(tree, "SocialCareAssessmentPerformer")
    author = context.who(tree.get("owner"), resource) or context.who(tree.get("requester"), resource) or performer
    when = temporal.period(tree.get("executionPeriod"))
    kind = "review" if "review" in title.casefold() else "assessment"
    return tell(
        resource,
        context,
        section="assessments",
        kind=kind,
        title=title,
        own=concept_codes(tree, "code"),
        first=context.fields(
            (f"Type of {kind}", listed if listed != title else ""), ("Outcome", outcome), ("By", author)
        ),
        leave_out=("owner",),
        detail=text(tree, "description"),
        value=outcome,
        when=when if when.start or when.end else temporal.at(text(tree, "authoredOn")),
        status=text(tree, "status"),
        author=author,
        recorded=text(tree, "lastModified") or text(tree, "authoredOn"),
    )


def _service(resource: Resource, context: Context) -> Entry:
    tree = resource.tree
    status = text(tree, "status")
    listed = listed_words(tree, "type")
    title = next((said for said in (text(item, "text") for item in items(tree, "type")) if said), "") or listed
    category = ending(tree, "SocialCareServiceCategory")
    provider = context.who(tree.get("managingOrganization"), resource)
    provider_id = text(first(first(tree, "managingOrganization"), "identifier"), "value")
    running = is_active(status)
    return tell(
        _without_money(resource),
        context,
        section="services",
        kind="package",
        title=title or category or "Social care service",
        own=concept_codes(tree, "type"),
        first=context.fields(
            ("Service", listed if listed != title else ""),
            ("Category", category),
            ("Provided by", provider),
            ("Provider's number", provider_id if provider else ""),
            ("Care manager", context.who(tree.get("careManager"), resource)),
            *(("Earlier status", _was(item)) for item in items(tree, "statusHistory")),
        ),
        leave_out=("type", "statusHistory", "careManager", *(("managingOrganization",) if provider else ())),
        when=temporal.period(tree.get("period"), ongoing=running),
        status="on hold" if status == "onhold" else status,
        active=running,
        author=provider,
    )


def _was(item: Tree) -> str:
    when = temporal.period(item.get("period")).text
    return ", ".join(part for part in (text(item, "status").replace("onhold", "on hold"), when) if part)


def listed_words(tree: Tree, name: str) -> str:
    """The words of the coding from a social care list under `name`, else of its first coding."""
    codes = concept_codes(tree, name)
    for code in sorted(codes, key=lambda code: not list_name(code.system)):
        words = code.display or known_words(code)
        if words:
            return words
    return readable(coded(tree, name))


def _support_reason(resource: Resource, context: Context) -> Entry:
    tree = resource.tree
    primary = flag({"is": extension_value(tree, "Extension-Interweave-SocialCarePrimarySupportReason")}, "is")
    period = extension_value(tree, "Extension-Interweave-SocialCareSupportReasonPeriod")
    status = "".join(code.code for code in concept_codes(tree, "clinicalStatus")[:1]) or text(tree, "clinicalStatus")
    active = is_active(status)
    when = temporal.period(period, ongoing=active) if isinstance(period, dict) else When()
    return tell(
        resource,
        context,
        section="support-reason",
        kind="primary-support-reason" if primary else "support-reason",
        title=coded(tree, "code", "category") or "Support reason",
        own=concept_codes(tree, "code"),
        categories=concept_codes(tree, "category"),
        leave_out=("clinicalStatus",),
        when=when if when.start or when.end else temporal.choice(tree, "onset"),
        status="entered-in-error" if _in_error(tree) else status,
        active=active,
        author=context.who(tree.get("asserter"), resource),
        recorded=text(tree, "recordedDate") or text(tree, "assertedDate"),
    )


def _in_error(tree: Tree) -> bool:
    value = tree.get("verificationStatus")
    return value == "entered-in-error" or any(code.code == "entered-in-error" for code in read_concept(value)[1])


def _equipment(resource: Resource, context: Context) -> Entry:
    tree = resource.tree
    status = text(tree, "status")
    return tell(
        resource,
        context,
        section="equipment",
        kind="equipment",
        title=_device(resource, context) or "Equipment",
        own=concept_codes(tree, "codeCodeableConcept") + concept_codes(tree, "code"),
        leave_out=("codeCodeableConcept", "codeReference"),
        detail=notes(tree),
        when=temporal.choice(tree, "occurrence"),
        status=_EQUIPMENT_STATUS.get(status, status),
        active=is_active(status),
        assertion="not-a-fact" if status == "entered-in-error" else "fact",
        author=context.who(tree.get("requester"), resource),
        recorded=text(tree, "authoredOn"),
    )


def _device(resource: Resource, context: Context) -> str:
    tree = resource.tree
    found = coded(tree, "codeCodeableConcept", "code")
    return found or readable(context.who(tree.get("codeReference") or tree.get("code"), resource))


_DESCRIBERS: dict[str, Callable[[Resource, Context], Entry]] = {
    "ServiceRequest": _contact,
    "ReferralRequest": _contact,
    "Task": _assessment,
    "EpisodeOfCare": _service,
    "Condition": _support_reason,
    "DeviceRequest": _equipment,
}
