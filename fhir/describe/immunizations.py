"""Vaccinations: given, not given, recommended, evaluated."""

from __future__ import annotations

from fhir.codes import read_concept, words
from fhir.describe.conditions import extension_links, words_of
from fhir.describe.context import Context, Describer, notes
from fhir.entries import Entry
from fhir.quantities import quantity_words
from fhir.records import Resource, Tree
from fhir.shapes import choice, extension_value, first, flag, items, plain, text
from fhir.temporal import UNKNOWN, at, say
from fhir.temporal import choice as read_time

_NULL_FLAVORS = frozenset({"UNK", "NI", "NA", "OTH", "ASKU", "NASK", "NAV", "UNC"})
_PROCEDURE = ("Extension-UKCore-VaccinationProcedure", "Extension-CareConnect-VaccinationProcedure-1")


_USUAL = frozenset(
    ("resourceType", "id", "meta", "status", "vaccineCode", "patient", "encounter", "occurrenceDateTime", "performer")
)
"""Elements that are always told; only where another stands beside them the rest is looked for."""


def describe_immunization(resource: Resource, context: Context) -> list[Entry]:
    """One entry: the vaccine, or the vaccination procedure where the vaccine was not coded; "Not given" leads."""
    tree = resource.tree
    title, codes = read_concept(tree.get("vaccineCode"))
    if "extension" in tree:
        procedure, procedure_codes = read_concept(extension_value(tree, *_PROCEDURE))
        if not title or (codes and codes[0].code in _NULL_FLAVORS):
            title = procedure or title
        codes += procedure_codes
    status = text(tree, "status")
    withheld = status == "not-done" or flag(tree, "notGiven") is True
    when = read_time(tree, "occurrence")
    if when is UNKNOWN:
        when = at(text(tree, "date"))
    dose = _dose(tree)
    name = "practitioner" if "practitioner" in tree else "performer"
    author = context.actors(resource, name, "actor") if name in tree else ""
    fields: list[tuple[str, str]] = [("By", author), ("Dose number", dose)]
    reason = ""
    if not tree.keys() <= _USUAL:
        reason = words(tree, "statusReason") or words(first(tree, "explanation"), "reasonNotGiven")
        fields += _rare_fields(tree, resource, context, reason)
    recorded = text(tree, "recorded") or plain(extension_value(tree, "Extension-CareConnect-DateRecorded-1"))
    links = context.links(resource, "performer.actor", "practitioner.actor")
    if "extension" in tree:
        links += extension_links(resource, context)
    return [
        context.entry(
            resource,
            section="vaccinations",
            kind="vaccination-not-given" if withheld else "vaccination",
            title=f"Not given: {title}" if withheld and title else title,
            detail=reason if withheld else notes(tree),
            value=dose,
            when=when,
            status="not-done" if withheld and status != "entered-in-error" else status,
            author=author,
            codes=codes,
            links=links,
            fields=context.fields(*fields),
            recorded=recorded,
        )
    ]


def _dose(tree: Tree) -> str:
    protocol = first(tree, "protocolApplied") or first(tree, "vaccinationProtocol")
    if not protocol:
        return ""
    number = plain(choice(protocol, "doseNumber")[1]) or text(protocol, "doseNumber") or text(protocol, "doseSequence")
    total = plain(choice(protocol, "seriesDoses")[1]) or text(protocol, "seriesDoses")
    series = text(protocol, "series")
    said = f"dose {number} of {total}" if number and total else f"dose {number}" if number else ""
    return ", ".join(part for part in (said, series) if part)


def _rare_fields(tree: Tree, resource: Resource, context: Context, reason: str) -> list[tuple[str, str]]:
    explanation = first(tree, "explanation")
    protocols = [*items(tree, "protocolApplied"), *items(tree, "vaccinationProtocol")]
    diseases = ", ".join(filter(None, (words(one, "targetDisease") for one in protocols)))
    primary = flag(tree, "primarySource")
    return [
        ("Why not given", reason),
        ("Against", diseases),
        ("Reason", context.reasons(resource) or words(explanation, "reason")),
        ("Batch", text(tree, "lotNumber")),
        ("Batch expires", say(text(tree, "expirationDate"))),
        ("Manufacturer", context.who(tree.get("manufacturer"), resource)),
        ("Amount", quantity_words(tree.get("doseQuantity"))),
        ("Body site", words(tree, "site")),
        ("Route", words(tree, "route")),
        ("Place", context.who(tree.get("location"), resource)),
        ("Reported", "not from the person who gave it" if primary is False else ""),
        ("Report from", words(tree, "reportOrigin")),
        ("Reaction", "; ".join(say(text(one, "date")) for one in items(tree, "reaction"))),
        ("Parent present", words_of(extension_value(tree, "Extension-UKCore-ParentPresent"))),
        ("Note", notes(tree)),
    ]


def describe_recommendation(resource: Resource, context: Context) -> list[Entry]:
    """One entry for each vaccine that is recommended."""
    tree = resource.tree
    entries = []
    for index, one in enumerate(items(tree, "recommendation")):
        shown, codes = read_concept(one.get("vaccineCode"))
        disease, disease_codes = read_concept(one.get("targetDisease"))
        dates = [(words(date, "code"), text(date, "value")) for date in items(one, "dateCriterion")]
        status = words(one, "forecastStatus")
        entries.append(
            context.entry(
                resource,
                index=index,
                section="vaccinations",
                kind="vaccination-recommended",
                title=f"Recommended: {shown or disease or 'vaccination'}",
                value=status,
                when=at(dates[0][1]) if dates else at(text(tree, "date")),
                author=context.who(tree.get("authority"), resource),
                codes=codes + disease_codes,
                fields=context.fields(
                    ("Forecast", status),
                    ("Why", words(one, "forecastReason")),
                    ("Against", disease),
                    *((label or "Date", say(date)) for label, date in dates),
                    ("Dose number", plain(choice(one, "doseNumber")[1])),
                    ("Series", text(one, "series")),
                    ("Description", text(one, "description")),
                ),
                recorded=text(tree, "date"),
            )
        )
    return entries or [
        context.entry(resource, section="vaccinations", kind="vaccination-recommended", title="Vaccination advice")
    ]


def describe_evaluation(resource: Resource, context: Context) -> list[Entry]:
    """One entry: whether a dose counts towards protection."""
    tree = resource.tree
    disease, codes = read_concept(tree.get("targetDisease"))
    outcome, outcome_codes = read_concept(tree.get("doseStatus"))
    return [
        context.entry(
            resource,
            section="vaccinations",
            kind="vaccination-evaluation",
            title=f"Dose check: {disease}" if disease else "Dose check",
            value=outcome,
            detail=words(tree, "doseStatusReason") or text(tree, "description"),
            when=at(text(tree, "date")),
            status=text(tree, "status"),
            author=context.who(tree.get("authority"), resource),
            codes=codes + outcome_codes,
            fields=context.fields(
                ("Result", outcome),
                ("Why", words(tree, "doseStatusReason")),
                ("Series", text(tree, "series")),
                ("Dose number", plain(choice(tree, "doseNumber")[1])),
                ("Vaccination", context.who(tree.get("immunizationEvent"), resource)),
                ("Description", text(tree, "description")),
            ),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "Immunization": describe_immunization,
    "ImmunizationRecommendation": describe_recommendation,
    "ImmunizationEvaluation": describe_evaluation,
}
