"""Requests for care: investigations asked for, referrals, diary entries, diets, and devices or glasses ordered."""

from __future__ import annotations

from typing import Any

from fhir.codes import concept_codes, read_concept, words
from fhir.describe.conditions import extension_links, words_of
from fhir.describe.context import NOT_TO_DO, Context, Describer, notes
from fhir.describe.placing import place_of_statement
from fhir.describe.social_care import describe_social_care, is_social_care
from fhir.entries import Code, Entry
from fhir.quantities import quantity_words, range_words, ratio_words
from fhir.records import Resource, Tree
from fhir.shapes import choice, extension_value, first, flag, items, text
from fhir.temporal import UNKNOWN, at, say, timing_words
from fhir.temporal import choice as read_time

_INVESTIGATIONS = frozenset(
    {"108252007", "363679005", "103693007", "laboratory", "imaging", "LAB", "RAD", "15220000", "386053000"}
)
_COUNSELLING = frozenset({"409063005", "409073007", "410606002", "sdoh", "311401005"})
_ACTIVE = frozenset({"active", "in-progress", "accepted", "requested", "on-hold"})
_ENDED = frozenset({"completed", "revoked", "cancelled", "stopped", "rejected", "ended"})


def describe_service_request(resource: Resource, context: Context) -> list[Entry]:
    """One entry: an investigation or action where it says so, a GP diary entry, else a referral."""
    tree = resource.tree
    if is_social_care(tree):
        return describe_social_care(resource, context)
    title, codes = read_concept(tree.get("code"))
    category, categories = read_concept(tree["category"]) if "category" in tree else ("", ())
    wanted, wanted_codes = read_concept(tree.get("serviceRequested") or tree.get("specialty") or tree.get("type"))
    reasons = context.reasons(resource)
    description = text(tree, "description")
    requester = tree.get("requester")
    if type(requester) is dict and "agent" in requester:
        requester = requester["agent"]
    author = context.who(requester, resource)
    recipient = context.who(tree.get("performer") or tree.get("recipient"), resource)
    authored = text(tree, "authoredOn")
    when = read_time(tree, "occurrence")
    status = text(tree, "status")
    note = "\n".join(part for part in (description, notes(tree)) if part)
    section, kind = _place(resource, codes, categories)
    name = title or wanted or reasons or words(tree, "orderDetail") or category or description
    if kind == "referral" and not title:
        to = words(tree, "performerType") or recipient
        name = f"Referral: {name}" if name else f"Referral to {to}" if to else "Referral"
    if flag(tree, "doNotPerform") is True:
        name = f"{NOT_TO_DO}{name}"
    placed = place_of_statement(codes, name)
    if placed is not None and placed.kind == "cpr-decision":
        section, kind = placed.section, placed.kind
    return [
        context.entry(
            resource,
            section=section,
            kind=kind,
            title=name,
            detail=note or (reasons if title else ""),
            value=recipient,
            when=when if when is not UNKNOWN else at(authored),
            status="" if status == "unknown" else status,
            active=True if status in _ACTIVE else False if status in _ENDED else None,
            author=author,
            codes=codes + wanted_codes + concept_codes(tree, "reasonCode"),
            categories=categories,
            links=context.links(resource, "requester.agent") + extension_links(resource, context),
            fields=context.fields(
                ("Reason", reasons),
                ("Category", category),
                ("Priority", text(tree, "priority")),
                ("Intent", text(tree, "intent")),
                ("Status", status.replace("-", " ")),
                ("Why stopped", words_of(extension_value(tree, "request-statusReason"))),
                ("Requested by", author),
                ("Requested", say(authored)),
                ("For", when.text),
                ("To", recipient),
                ("Service", wanted),
                ("Details", words(tree, "orderDetail")),
                ("Amount", _amount(tree)),
                ("Body site", words(tree, "bodySite")),
                ("Place", words(tree, "locationCode") or context.who(tree.get("locationReference"), resource)),
                ("Specimen", context.who(tree.get("specimen"), resource)),
                ("Source", words_of(extension_value(tree, "Extension-UKCore-SourceOfServiceRequest"))),
                ("Instruction", text(tree, "patientInstruction")),
                ("Note", note),
            ),
            recorded=authored,
        )
    ]


def _place(resource: Resource, codes: tuple[Code, ...], categories: tuple[Code, ...]) -> tuple[str, str]:
    for code in categories + codes:
        if code.code in _INVESTIGATIONS:
            return "investigations", "investigation"
        if code.code in _COUNSELLING:
            return "actions", "action"
    if "specimen" in resource.tree or any("loinc" in code.system for code in codes):
        return "investigations", "investigation"
    # GP Connect sends GP diary entries (recalls) as ProcedureRequest with intent "plan".
    if resource.type == "ProcedureRequest" and text(resource.tree, "intent") == "plan":
        return "actions", "diary-entry"
    named = any("referral" in code.display.lower() for code in codes + categories)
    return "referrals", "referral" if named or not codes else "request"


def _amount(tree: Tree) -> str:
    kind, value = choice(tree, "quantity")
    if kind == "Quantity":
        return quantity_words(value)
    return ratio_words(value) if kind == "Ratio" else range_words(value) if kind == "Range" else ""


def describe_nutrition(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a diet, supplement or tube feed that was ordered."""
    tree = resource.tree
    diet = first(tree, "oralDiet")
    formula = first(tree, "enteralFormula")
    kinds, codes = read_concept(diet.get("type"))
    supplements = ", ".join(
        filter(None, (words(one, "type") or text(one, "productName") for one in items(tree, "supplement")))
    )
    feed = words(formula, "baseFormulaType") or text(formula, "baseFormulaProductName")
    name = ", ".join(part for part in (kinds, supplements, feed) if part)
    ordered = text(tree, "dateTime")
    instruction = text(diet, "instruction") or text(formula, "administrationInstruction")
    textures = ", ".join(filter(None, (words(one, "modifier") for one in items(diet, "texture"))))
    return [
        context.entry(
            resource,
            section="actions",
            kind="diet",
            title=f"Diet: {name}" if name else "Diet order",
            detail=instruction or notes(tree),
            when=at(ordered),
            status=text(tree, "status"),
            active=True if text(tree, "status") in _ACTIVE else False if text(tree, "status") in _ENDED else None,
            author=context.who(tree.get("orderer"), resource),
            codes=codes,
            links=context.links(resource),
            fields=context.fields(
                ("Diet", kinds),
                ("Supplements", supplements),
                ("Tube feed", feed),
                ("Texture", textures),
                ("Thickness of fluids", words(diet, "fluidConsistencyType")),
                ("When", _schedule(diet.get("schedule"))),
                ("Leave out", words(tree, "excludeFoodModifier")),
                ("Preferences", words(tree, "foodPreferenceModifier")),
                ("Allergies", context.who(tree.get("allergyIntolerance"), resource)),
                ("Instruction", instruction),
                ("Ordered by", context.who(tree.get("orderer"), resource)),
                ("Note", notes(tree)),
            ),
            recorded=ordered,
        )
    ]


def _schedule(value: Any) -> str:
    found = [timing_words(one) for one in (value if isinstance(value, list) else [value])]
    return "; ".join(one for one in found if one)


_EYES = {"right": "Right eye", "left": "Left eye"}
_LENS = (
    ("sphere", "sphere"), ("cylinder", "cylinder"), ("axis", "axis"), ("add", "add"), ("power", "power"),
    ("backCurve", "back curve"), ("diameter", "diameter"), ("color", "colour"), ("brand", "brand"),
)  # fmt: skip


def describe_glasses(resource: Resource, context: Context) -> list[Entry]:
    """One entry: a prescription for glasses or contact lenses, a line for each eye."""
    tree = resource.tree
    lines: list[tuple[str, str]] = []
    products: dict[str, None] = {}
    for lens in [*items(tree, "lensSpecification"), *items(tree, "dispense")]:
        products[words(lens, "product")] = None
        values = [f"{label} {text(lens, name)}" for name, label in _LENS if text(lens, name)]
        values += [f"prism {text(one, 'amount')} {text(one, 'base')}" for one in items(lens, "prism")]
        eye = text(lens, "eye")
        lines.append((_EYES.get(eye, eye or "Lens"), ", ".join(values)))
    author = context.who(tree.get("prescriber"), resource)
    written = text(tree, "dateWritten")
    name = ", ".join(one for one in products if one)
    return [
        context.entry(
            resource,
            section="medicines",
            kind="glasses",
            title=f"Glasses or lenses: {name}" if name and len(name) > 5 else "Glasses or lenses",
            detail="; ".join(f"{eye}: {said}" for eye, said in lines if said),
            when=at(written or text(tree, "created")),
            status=text(tree, "status"),
            author=author,
            fields=context.fields(*lines, ("Prescribed by", author), ("Reason", context.reasons(resource))),
            recorded=text(tree, "created"),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "ServiceRequest": describe_service_request,
    "ProcedureRequest": describe_service_request,
    "ReferralRequest": describe_service_request,
    "NutritionOrder": describe_nutrition,
    "VisionPrescription": describe_glasses,
}
