"""Who is involved professionally: Practitioner, PractitionerRole, CareTeam, and the organisations behind them.

A care team gives one entry for itself and one for each of its members. Organisations, places and services of a
directory are told under "other": they are about no person.
"""

from __future__ import annotations

from fhir import temporal
from fhir.codes import concept_codes, read_concept
from fhir.describe.context import Context, Describer, human_name, name_of
from fhir.describe.datatypes import reference_words
from fhir.describe.generic import coded, is_active, readable, tell
from fhir.describe.persons import contact_fields, contact_kind, contact_title
from fhir.describe.placing import place, place_by_words
from fhir.entries import Entry
from fhir.records import Resource
from fhir.shapes import first, flag, items, text


def describe_practitioner(resource: Resource, context: Context) -> list[Entry]:
    """A member of staff by name."""
    tree = resource.tree
    name = human_name(first(tree, "name"))
    qualification = coded(first(tree, "qualification"), "code")
    return [
        tell(
            resource,
            context,
            section="professional-contacts",
            kind=contact_kind("professional", (), qualification),
            title=contact_title(name, qualification) if name else "Professional, name not given",
            first=context.fields(("Name", name), *contact_fields(context, tree, protected=False)),
            leave_out=("telecom", "address", "active"),
            active=flag(tree, "active"),
        )
    ]


def describe_role(resource: Resource, context: Context) -> list[Entry]:
    """Somebody's role at an organisation."""
    tree = resource.tree
    name = readable(context.who(tree.get("practitioner"), resource))
    role = coded(tree, "code") or coded(tree, "specialty")
    organisation = readable(context.who(tree.get("organization"), resource))
    title = ", ".join(part for part in (name, role, organisation) if part) or "Professional, name not given"
    return [
        tell(
            resource,
            context,
            section="professional-contacts",
            kind=contact_kind("professional", concept_codes(tree, "code"), role),
            title=title,
            own=concept_codes(tree, "code"),
            first=context.fields(
                ("Name", name),
                ("Role", role),
                ("Speciality", coded(tree, "specialty")),
                ("Organisation", organisation),
                ("Place", readable(context.who(tree.get("location"), resource))),
                *contact_fields(context, tree, protected=False),
            ),
            leave_out=("code", "specialty", "telecom", "active", *(("practitioner",) if name else ())),
            when=temporal.period(tree.get("period"), ongoing=flag(tree, "active")),
            active=flag(tree, "active"),
        )
    ]


def describe_care_team(resource: Resource, context: Context) -> list[Entry]:
    """A team that supports the person, then each of its members."""
    tree = resource.tree
    categories = concept_codes(tree, "category")
    kind_of = coded(tree, "category")
    placed = place(categories) or place_by_words(kind_of)
    named = readable(text(tree, "name"))
    title = named or kind_of or "Care team"
    status = text(tree, "status")
    entries = [
        tell(
            resource,
            context,
            section=placed.section if placed else "professional-contacts",
            kind=placed.kind if placed else "care-team",
            # What the plan is says more than which council answers for it (Child Protection Information Sharing).
            title=f"{kind_of}: {title}" if placed and kind_of not in ("", title) else title,
            categories=categories,
            own=categories if placed else (),
            when=temporal.period(tree.get("period"), ongoing=is_active(status)),
            status=status,
            nested=("participant.member",),
        )
    ]
    for item in items(tree, "participant"):
        member = item.get("member")
        kind = text(context.tree_of(member, resource), "resourceType") or text(first(item, "member"), "type")
        kind = kind or text(first(item, "member"), "reference").partition("/")[0]
        name = readable(context.who(member, resource)) or reference_words(member)
        if kind == "Patient" or not name:
            continue
        role, codes = read_concept(item.get("role"))
        personal = kind == "RelatedPerson"
        entries.append(
            context.entry(
                resource,
                section="personal-contacts" if personal else "professional-contacts",
                kind=contact_kind("personal" if personal else "professional", codes, role),
                title=contact_title(name, role),
                index=len(entries),
                codes=codes,
                when=temporal.period(item.get("period") or tree.get("period")),
                status=status,
                active=is_active(status),
                fields=context.fields(
                    ("Role", role),
                    ("Team", named if placed else title),  # its kind stays where it is placed
                    ("On behalf of", context.who(item.get("onBehalfOf"), resource)),
                ),
                links=(),
            )
        )
    return entries


def describe_directory(resource: Resource, context: Context) -> list[Entry]:
    """An organisation, place, service or endpoint that other records refer to."""
    tree = resource.tree
    kind, word = _DIRECTORY[resource.type]
    name = readable(name_of(tree)) or coded(tree, "type", "category", "serviceType")
    return [
        tell(
            resource,
            context,
            section="other",
            kind=kind,
            title=name or f"{word}, name not given",
            own=concept_codes(tree, "type"),
            first=context.fields(("What it is", word), *contact_fields(context, tree, protected=False)),
            leave_out=("telecom", "address", "active") if items(tree, "address") else ("telecom", "active"),
            status=text(tree, "status"),
            active=flag(tree, "active"),
        )
    ]


_DIRECTORY = {
    "Organization": ("organisation", "Organisation"),
    "Location": ("place", "Place"),
    "HealthcareService": ("service", "Service"),
    "OrganizationAffiliation": ("organisation", "Link between organisations"),
    "Endpoint": ("endpoint", "Electronic address of a service"),
}

DESCRIBERS: dict[str, Describer] = {
    "Practitioner": describe_practitioner,
    "PractitionerRole": describe_role,
    "CareTeam": describe_care_team,
    **dict.fromkeys(_DIRECTORY, describe_directory),
}
