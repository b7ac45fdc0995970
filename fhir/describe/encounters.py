"""Encounters: contacts with professionals, emergency attendances, admissions and the discharges that end them."""

from __future__ import annotations

from fhir.codes import read_concept, words
from fhir.describe.conditions import extension_links, words_of
from fhir.describe.context import Context, Describer, notes
from fhir.describe.legal_status import legal_statuses
from fhir.entries import Code, Entry, When
from fhir.quantities import quantity_words
from fhir.records import Resource, Tree
from fhir.shapes import extension_value, first, items, text
from fhir.temporal import at, between, period, say

_INPATIENT = frozenset({"imp", "inpatient", "acute", "nonac", "obsenc"})
_EMERGENCY = frozenset({"emer", "emergency"})
_CLASS_WORDS = {
    "amb": "Outpatient or clinic visit",
    "ambulatory": "Outpatient or clinic visit",
    "outpatient": "Outpatient visit",
    "emer": "Emergency attendance",
    "emergency": "Emergency attendance",
    "imp": "Inpatient stay",
    "acute": "Acute inpatient stay",
    "nonac": "Non-acute inpatient stay",
    "obsenc": "Observation stay",
    "inpatient": "Inpatient stay",
    "hh": "Home visit",
    "home": "Home visit",
    "fld": "Visit in the field",
    "vr": "Remote contact",
    "virtual": "Remote contact",
    "prenc": "Pre-admission contact",
    "ss": "Day case",
    "daytime": "Day case",
}
# Types that GP systems send where nobody chose one: as a title they would say nothing.
_SAYS_NOTHING = frozenset({"other", "unknown"})
_AUTHORS = ("PPRF", "ATND", "CON", "SPRF")
_DISCHARGE_METHOD = ("Extension-UKCore-DischargeMethod", "Extension-CareConnect-DischargeMethod-1")
_FINISHED = frozenset({"finished", "completed", "discharged", "cancelled"})


_USUAL = frozenset(
    (
        "resourceType",
        "id",
        "meta",
        "status",
        "class",
        "type",
        "subject",
        "patient",
        "participant",
        "period",
        "reasonCode",
        "reasonReference",
        "serviceProvider",
        "location",
    )
)
"""Elements that are always told; only where another stands beside them the rest is looked for."""


def describe_encounter(resource: Resource, context: Context) -> list[Entry]:
    """A contact; or an admission and, once it has ended or says how it will end, a discharge."""
    tree = resource.tree
    class_words, class_codes = read_concept(tree["class"]) if "class" in tree else ("", ())
    class_code = class_codes[0].code.lower() if class_codes else class_words.lower()
    type_words, codes = read_concept(tree["type"]) if "type" in tree else ("", ())
    when = period(tree["period"]) if "period" in tree else period(tree.get("actualPeriod"))
    status = text(tree, "status")
    reasons = context.reasons(resource)
    known = _CLASS_WORDS.get(class_code, class_words)
    people, author = _people(tree, resource, context)
    provider = context.who(tree["serviceProvider"], resource) if "serviceProvider" in tree else ""
    hospital = first(tree, "hospitalization") or first(tree, "admission")
    inpatient = class_code in _INPATIENT
    if inpatient:
        section, kind = "admissions", "admission"
    else:
        section, kind = "contacts", "emergency-attendance" if class_code in _EMERGENCY else "contact"
    title = next(
        (
            name
            for name in (type_words, words(tree, "serviceType"), known)
            if name and name.lower() not in _SAYS_NOTHING
        ),
        "Contact",
    )
    fields = [
        ("Kind", known),
        ("Reason", reasons),
        ("With", people),
        ("Organisation", provider),
    ]
    if "location" in tree:
        fields.append(("Place", _places(tree, resource, context)))
    if not tree.keys() <= _USUAL:
        fields += _rare_fields(tree, resource, context)
    fields += [("Admitted from", words(hospital, "admitSource")), ("Readmission", words(hospital, "reAdmission"))]
    links = context.links(
        resource, "participant.individual", "participant.actor", "diagnosis.condition", "location.location"
    )
    if "extension" in tree:
        links += extension_links(resource, context)
    entries = [
        context.entry(
            resource,
            section=section,
            kind=kind,
            title=f"Admission: {title}" if inpatient and title != known else title,
            detail=reasons,
            value=provider,
            when=when,
            status="" if status == "unknown" else status,
            active=True if status == "in-progress" else False if status in _FINISHED else None,
            author=author,
            codes=codes + read_concept(tree["reasonCode"])[1] if "reasonCode" in tree else codes,
            categories=class_codes,
            links=links,
            fields=context.fields(*fields),
        )
    ]
    if inpatient and (when.end or words(hospital, "dischargeDisposition")):
        entries.append(_discharge(resource, context, title, when, provider, hospital, author, class_codes))
    if "extension" in tree:
        # A stay that goes on says what holds now; one that is over, or a visit, what held then.
        running = status == "in-progress" and not when.end
        held = between(when.start, "", ongoing=True) if running and when.start else when
        entries += legal_statuses(resource, context, held, author, 2)
    return entries


def _discharge(
    resource: Resource,
    context: Context,
    title: str,
    when: When,
    provider: str,
    hospital: Tree,
    author: str,
    class_codes: tuple[Code, ...],
) -> Entry:
    going = words(hospital, "dischargeDisposition")
    status = text(resource.tree, "status")
    return context.entry(
        resource,
        index=1,
        section="discharges",
        kind="discharge",
        title=f"Discharge: {title}",
        detail=going,
        value=provider,
        when=at(when.end),
        status=status if status == "entered-in-error" else "",
        author=author,
        codes=read_concept(hospital.get("dischargeDisposition"))[1],
        categories=class_codes,
        fields=context.fields(
            ("Discharged to", going),
            ("Destination", context.who(hospital.get("destination"), resource)),
            ("Admitted", say(when.start)),
            ("Discharged", say(when.end)),
            ("Organisation", provider),
            ("Discharge method", words_of(extension_value(hospital, *_DISCHARGE_METHOD))),
        ),
    )


def _people(tree: Tree, resource: Resource, context: Context) -> tuple[str, str]:
    """Everyone who took part, and the one who answers for it."""
    names: dict[str, None] = {}
    author = ""
    for participant in items(tree, "participant"):
        name = context.who(participant.get("individual") or participant.get("actor"), resource)
        if not name:
            continue
        names[name] = None
        kinds = participant.get("type")
        if not author or (kinds and any(code.code in _AUTHORS for code in read_concept(kinds)[1])):
            author = name
    return ", ".join(names), author


def _places(tree: Tree, resource: Resource, context: Context) -> str:
    names = (context.who(place.get("location"), resource) for place in items(tree, "location"))
    return ", ".join(dict.fromkeys(name for name in names if name))


def _rare_fields(tree: Tree, resource: Resource, context: Context) -> list[tuple[str, str]]:
    diagnoses = (
        context.who(one.get("condition"), resource) or words(one, "condition") for one in items(tree, "diagnosis")
    )
    return [
        ("Service", words(tree, "serviceType")),
        ("Priority", words(tree, "priority")),
        ("Diagnosis", ", ".join(dict.fromkeys(one for one in diagnoses if one))),
        ("Legal status", words_of(extension_value(tree, "Extension-UKCore-LegalStatus"))),
        ("Length", quantity_words(tree.get("length"))),
        ("Admission method", words_of(extension_value(tree, "Extension-UKCore-AdmissionMethod"))),
        ("Outcome", words_of(extension_value(tree, "Extension-UKCore-OutcomeOfAttendance"))),
        ("Discharge status", words_of(extension_value(tree, "Extension-UKCore-EmergencyCareDischargeStatus"))),
        ("Appointment", context.who(tree.get("appointment"), resource)),
        ("Part of", context.who(tree.get("partOf"), resource)),
        ("Note", notes(tree)),
    ]


DESCRIBERS: dict[str, Describer] = {"Encounter": describe_encounter}
