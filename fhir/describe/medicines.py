"""Medicines: taken, asked for, supplied and given.

A MedicationStatement is a *medicine*; requests, supplies and doses given are kinds of their own, so that nothing is
counted twice. GP Connect sends a plan (the authorisation) and orders (the issues) for one medicine: both are kept and
say which they are.
"""

from __future__ import annotations

from typing import Any

from fhir.codes import code_of, read_concept, words
from fhir.describe.conditions import extension_links, words_of
from fhir.describe.context import Context, Describer, notes
from fhir.describe.dosage import dosage_words
from fhir.entries import Assertion, Code, Entry
from fhir.quantities import quantity_words
from fhir.records import Resource, Tree
from fhir.shapes import choice, extension, extension_value, first, flag, items, plain, text
from fhir.temporal import UNKNOWN, at, period, say
from fhir.temporal import choice as read_time

_ACTIVE = frozenset({"active", "in-progress", "intended", "recorded"})
_ENDED = frozenset({"completed", "stopped", "cancelled", "ended", "not-taken", "declined", "not-done"})
_INTENTS = {
    "plan": "Authorised (plan)",
    "order": "Prescribed (order)",
    "original-order": "Prescribed (order)",
    "instance-order": "Issue of a prescription",
    "reflex-order": "Prescribed (order)",
    "filler-order": "Prescribed (order)",
    "proposal": "Proposed",
    "option": "One of several options",
}
_GPC = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-CareConnect-GPC-"


def medicine_named(tree: Tree, resource: Resource, context: Context) -> tuple[str, tuple[Code, ...]]:
    """The words and codings of a medication[x], read through a reference to a Medication."""
    value: Any = tree.get("medicationCodeableConcept")
    if value is None:
        value = tree.get("medicationReference", tree.get("medication"))
        if type(value) is dict and "concept" in value:
            value = value["concept"]
        elif type(value) is dict and ("reference" in value or "display" in value):
            medication = context.tree_of(value, resource)
            shown, codes = read_concept(medication.get("code"))
            return shown or medicine_from_parts(medication, resource, context) or context.who(value, resource), codes
    return read_concept(value)


def medicine_from_parts(medication: Tree, resource: Resource, context: Context) -> str:
    """The name of a medicine that is told only by its ingredients."""
    names: list[str] = []
    for part in items(medication, "ingredient"):
        item = part.get("itemCodeableConcept", part.get("item"))
        shown = read_concept(item)[0] or context.who(part.get("itemReference", item), resource)
        if shown:
            names.append(shown)
    return " + ".join(names)


def _active(status: str) -> bool | None:
    return True if status in _ACTIVE else False if status in _ENDED else None


_USUAL = frozenset(
    (
        "resourceType",
        "id",
        "meta",
        "status",
        "intent",
        "medicationCodeableConcept",
        "medicationReference",
        "medication",
        "subject",
        "encounter",
        "context",
        "authoredOn",
        "requester",
        "dosageInstruction",
        "reasonCode",
        "reasonReference",
        "reason",
    )
)
"""Elements that are always told; only where another stands beside them the rest is looked for."""


def describe_request(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a prescription, or the authorisation for one."""
    tree = resource.tree
    title, codes = medicine_named(tree, resource, context)
    dose = dosage_words(tree.get("dosageInstruction"))
    status = text(tree, "status")
    intent = text(tree, "intent")
    authored = text(tree, "authoredOn")
    requester = tree.get("requester")
    if type(requester) is dict and "agent" in requester:
        requester = requester["agent"]
    author = context.who(requester, resource) if requester else ""
    supply = first(tree, "dispenseRequest")
    validity = period(supply.get("validityPeriod")) if supply else UNKNOWN
    reasons = context.reasons(resource)
    note = notes(tree)
    refused = flag(tree, "doNotPerform") is True
    fields = [
        ("Dose", dose),
        ("Kind", _INTENTS.get(intent, intent)),
        ("Status", status.replace("-", " ")),
        ("Prescribed by", author),
        ("Prescribed", say(authored)),
        ("Reason", reasons),
    ]
    if not tree.keys() <= _USUAL:
        fields += _request_fields(tree, supply, resource, context)
        fields += [("Valid", validity.text), ("Note", note)]
    links = context.links(resource, "requester.agent")
    if "extension" in tree:
        links += extension_links(resource, context)
    return [
        context.entry(
            resource,
            section="medicines",
            kind="medicine-request",
            title=f"Do not give: {title}" if refused else title,
            detail=note or reasons,
            value=dose,
            when=validity if validity.start else at(authored),
            status="" if status == "unknown" else status,
            active=_active(status),
            author=author,
            codes=codes,
            categories=read_concept(tree["category"])[1] if "category" in tree else (),
            links=links,
            fields=context.fields(*fields),
            recorded=authored,
        )
    ]


def _request_fields(tree: Tree, supply: Tree, resource: Resource, context: Context) -> list[tuple[str, str]]:
    repeat = extension(
        tree, "Extension-CareConnect-GPC-MedicationRepeatInformation-1", "Extension-UKCore-MedicationRepeatInformation"
    )
    parts = {text(part, "url"): choice(part, "value")[1] for part in items(repeat, "extension")}
    ending = extension(tree, "Extension-CareConnect-GPC-MedicationStatusReason-1")
    ended = {text(part, "url"): choice(part, "value")[1] for part in items(ending, "extension")}
    return [
        (
            "Prescription type",
            words_of(extension_value(tree, _GPC + "PrescriptionType-1")) or words(tree, "courseOfTherapyType"),
        ),
        ("Why stopped", words_of(ended.get("statusReason")) or words(tree, "statusReason")),
        ("Stopped", say(plain(ended.get("statusChangeDate")))),
        ("Repeats allowed", _number_of(parts, "Allowed") or text(supply, "numberOfRepeatsAllowed")),
        ("Repeats issued", _number_of(parts, "Issued")),
        ("Review", say(plain(parts.get("authorisationExpiryDate")))),
        ("Quantity", quantity_words(supply.get("quantity"))),
        ("Supply lasts", quantity_words(supply.get("expectedSupplyDuration"))),
        ("Supplied by", context.who(supply.get("performer"), resource)),
        ("Priority", text(tree, "priority")),
        ("Category", words(tree, "category")),
        ("Recorded by", context.who(tree.get("recorder"), resource)),
        ("To be given by", context.who(tree.get("performer"), resource)),
        ("Substitution", words(first(tree, "substitution"), "reason")),
        ("Replaces", context.who(tree.get("priorPrescription"), resource)),
        ("Reported", "not the prescriber's own record" if flag(tree, "reportedBoolean") else ""),
    ]


def _number_of(parts: dict[str, Any], ending: str) -> str:
    return next((plain(value) for name, value in parts.items() if name.endswith(ending)), "")


def describe_statement(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a medicine that the person takes, took, or is not taking."""
    tree = resource.tree
    title, codes = medicine_named(tree, resource, context)
    dose = dosage_words(tree.get("dosage"))
    status = text(tree, "status")
    taken = text(tree, "taken")
    adherence = code_of(first(tree, "adherence"), "code")
    not_taken = status == "not-taken" or taken == "n" or adherence == "not-taking"
    when = read_time(tree, "effective")
    asserted = text(tree, "dateAsserted")
    agency = words_of(
        extension_value(tree, _GPC + "PrescribingAgency-1", "Extension-UKCore-MedicationPrescribingOrganizationType")
    )
    last_issue = plain(
        extension_value(
            tree,
            "Extension-CareConnect-GPC-MedicationStatementLastIssueDate-1",
            "Extension-UKCore-MedicationStatementLastIssueDate",
        )
    )
    reasons = context.reasons(resource)
    note = notes(tree)
    author = context.who(tree.get("informationSource"), resource)
    if when is UNKNOWN and (last_issue or asserted):
        when = at(last_issue or asserted)
    active = False if not_taken else _active(status)
    assertion: Assertion = "fact"
    return [
        context.entry(
            resource,
            section="medicines",
            kind="medicine",
            title=f"Not taking: {title}" if not_taken and title else title,
            detail=note or reasons,
            value=dose,
            when=when,
            status="" if status == "unknown" else status,
            active=active,
            assertion=assertion,
            author=author,
            codes=codes,
            categories=read_concept(tree["category"])[1] if "category" in tree else (),
            links=context.links(resource) + extension_links(resource, context),
            fields=context.fields(
                ("Dose", dose),
                ("Status", status.replace("-", " ")),
                ("Taken", {"y": "yes", "n": "no"}.get(taken, "")),
                ("Adherence", words(first(tree, "adherence"), "code")),
                ("Why", words(tree, "statusReason") or words(tree, "reasonNotTaken")),
                ("Reason", reasons),
                ("When", when.text),
                ("Last issued", say(last_issue)),
                ("Prescribed at", agency),
                ("Category", words(tree, "category")),
                ("Told by", author),
                ("Recorded", say(asserted)),
                ("Note", note),
            ),
            recorded=asserted,
        )
    ]


def describe_supply(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a medicine handed out or being prepared."""
    tree = resource.tree
    title, codes = medicine_named(tree, resource, context)
    dose = dosage_words(tree.get("dosageInstruction"))
    status = text(tree, "status")
    handed, prepared = text(tree, "whenHandedOver"), text(tree, "whenPrepared")
    author = context.actors(resource, "performer", "actor")
    quantity = quantity_words(tree.get("quantity"))
    note = notes(tree)
    return [
        context.entry(
            resource,
            section="medicines",
            kind="medicine-supply",
            title=f"Supplied: {title}" if status in ("completed", "") and title else title,
            detail=note,
            value=", ".join(part for part in (quantity, dose) if part),
            when=at(handed or prepared or text(tree, "recorded")),
            status="" if status == "unknown" else status,
            active=_active(status) if status != "in-progress" else None,
            author=author,
            codes=codes,
            links=context.links(resource, "performer.actor"),
            fields=context.fields(
                ("Quantity", quantity),
                ("Dose", dose),
                ("Supply lasts", quantity_words(tree.get("daysSupply"))),
                ("Kind", words(tree, "type")),
                ("Handed over", say(handed)),
                ("Prepared", say(prepared)),
                ("Why not", words(tree, "statusReasonCodeableConcept") or words(tree, "notDoneReasonCodeableConcept")),
                ("By", author),
                ("Place", context.who(tree.get("location"), resource)),
                ("Sent to", context.who(tree.get("destination"), resource)),
                ("Received by", context.who(tree.get("receiver"), resource)),
                ("Substitution", words(first(tree, "substitution"), "reason")),
                ("Note", note),
            ),
            recorded=text(tree, "recorded"),
        )
    ]


def dose_told(status: str, title: str) -> str:
    """The title of a dose: given, held back, or neither where the status (R4, STU3) does not tell."""
    if status == "not-done":
        return f"Not given: {title}"
    return f"Not known whether given: {title}" if status in ("", "unknown") else f"Given: {title}"


def describe_given(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a dose given, or held back."""
    tree = resource.tree
    title, codes = medicine_named(tree, resource, context)
    dose = dosage_words(tree.get("dosage"))
    status = text(tree, "status")
    withheld = status == "not-done" or flag(tree, "notGiven") is True
    when = read_time(tree, "effective")
    if when is UNKNOWN:
        when = read_time(tree, "occurence")  # R5's own spelling
    author = context.actors(resource, "performer", "actor")
    reasons = context.reasons(resource)
    note = notes(tree)
    return [
        context.entry(
            resource,
            section="medicines",
            kind="medicine-given",
            title=dose_told("not-done" if withheld else status, title) if title else "",
            detail=note or reasons,
            value=dose,
            when=when,
            status="" if status == "unknown" else status,
            author=author,
            codes=codes,
            links=context.links(resource, "performer.actor"),
            fields=context.fields(
                ("Dose", dose),
                ("Why not", words(tree, "statusReason") or words(tree, "reasonNotGiven")),
                ("Reason", reasons),
                ("By", author),
                ("Prescription", context.who(tree.get("request") or tree.get("prescription"), resource)),
                ("Device", context.who(tree.get("device"), resource)),
                ("Note", note),
            ),
        )
    ]


def describe_medication(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a medicine as such, with form and ingredients."""
    tree = resource.tree
    title, codes = read_concept(tree.get("code"))
    parts = medicine_from_parts(tree, resource, context)
    batch = first(tree, "batch") or first(first(tree, "package"), "batch")
    return [
        context.entry(
            resource,
            section="medicines",
            kind="medicine-definition",
            title=title or parts,
            detail=parts if parts != title else "",
            value=words(tree, "form") or words(tree, "doseForm"),
            status=text(tree, "status"),
            codes=codes,
            fields=context.fields(
                ("Form", words(tree, "form") or words(tree, "doseForm")),
                ("Ingredients", parts),
                ("Manufacturer", context.who(tree.get("manufacturer"), resource)),
                ("Batch", text(batch, "lotNumber")),
                ("Batch expires", say(text(batch, "expirationDate"))),
            ),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "MedicationRequest": describe_request,
    "MedicationOrder": describe_request,
    "MedicationStatement": describe_statement,
    "MedicationUsage": describe_statement,
    "MedicationDispense": describe_supply,
    "MedicationAdministration": describe_given,
    "Medication": describe_medication,
}
