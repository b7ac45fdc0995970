"""The person and the people around them: Patient, RelatedPerson, Person.

A Patient gives one entry of person details and one each for the GP practice, every contact, and what the person needs
to communicate. For a restricted person no address, telephone number or practice stands in any of them.
"""

from __future__ import annotations

from typing import Any

from fhir import temporal
from fhir.codes import read_concept
from fhir.describe.context import Context, Describer, human_name
from fhir.describe.datatypes import address_words, contact_words, identifier_words
from fhir.describe.generic import readable, rest, tell
from fhir.describe.patient import demographics
from fhir.describe.placing import known_words, load
from fhir.describe.walk import labelled, value_words
from fhir.entries import Code, Entry, Field, When
from fhir.people import Demographics, PersonName
from fhir.records import Resource, Tree
from fhir.shapes import extension_value, first, flag, items, text, texts

PROTECTED = Field("Address", "protected")
_KINDS = load("contact_kinds")
_TOLD = (
    *("identifier", "name", "telecom", "address", "birthDate", "gender", "deceasedBoolean", "deceasedDateTime"),
    *("maritalStatus", "contact", "communication", "generalPractitioner", "managingOrganization", "careProvider"),
    *("photo", "link", "active"),
)


def contact_kind(group: str, codes: tuple[Code, ...], words: str) -> str:
    """What somebody is to the person, by relationship codes or words; "contact" or "professional" where none tells."""
    lowered = f"{words} {' '.join(code.display for code in codes)} ".casefold()
    for row in _KINDS[group]:
        if any(code.code in row["codes"] for code in codes) or any(word in lowered for word in row["words"]):
            return str(row["kind"])
    return "contact" if group == "personal" else "professional"


def describe_patient(resource: Resource, context: Context) -> list[Entry]:
    """The person's details, GP practice, contacts and communication needs."""
    about = context.demographics(resource)
    entries = [_details(resource, context, about)]
    if not about.identity.restricted:
        entries += _practices(resource, context, len(entries))
    entries += _contacts(resource, context, len(entries), about.identity.restricted)
    entries += _communication(resource, context, len(entries), about)
    return entries


def _details(resource: Resource, context: Context, about: Demographics) -> Entry:
    tree, identity = resource.tree, about.identity
    restricted = identity.restricted
    told = context.fields(
        *((("Name", "Also known as")[number > 0], _named(name)) for number, name in enumerate(identity.names)),
        ("Preferred name", about.preferred_name),
        ("Pronouns", about.pronouns),
        ("NHS number", identity.nhs_number),
        ("NHS number status", about.nhs_number_status_text),
        ("Date of birth", temporal.say(identity.birth_date)),
        ("Gender", identity.gender.capitalize()),
        ("Died", "Yes" if identity.deceased == "yes" else temporal.say(_day_of(identity.deceased))),
        ("Language", about.language),
        ("Interpreter", {True: "Needed", False: "Not needed", None: ""}[about.interpreter_required]),
        ("Ethnicity", about.ethnicity),
        ("Religion", about.religion),
        ("Marital status", about.marital_status),
        *(("Other identifier", identifier_words(item)) for item in items(tree, "identifier") if _is_other(item, about)),
    )
    if restricted:
        told += (PROTECTED,)
    else:
        told += context.fields(
            *(("Address", _used(address_words(item), item)) for item in items(tree, "address")),
            *((_channel(item), contact_words(item)) for item in items(tree, "telecom")),
            *(("Photograph", "Held by the source") for _ in items(tree, "photo")[:1]),
            ("Record in use", {True: "Yes", False: "No", None: ""}[flag(tree, "active")]),
        )
        shown = {field.value for field in told}
        told += tuple(field for field in rest(resource, context, _TOLD) if field.value not in shown)
    return context.entry(
        resource,
        section="demographics",
        kind="restricted-person" if restricted else "person",
        title=identity.name,
        when=temporal.at(identity.birth_date),
        fields=told,
        links=() if restricted else None,
        warnings=() if identity.birth_date_valid else ("The date of birth is not a real date.",),
    )


def _day_of(moment: str) -> str:
    """A midnight written for want of a time is only a day."""
    return moment[:10] if moment[10:19] == "T00:00:00" else moment


def _is_other(item: Tree, about: Demographics) -> bool:
    return bool(text(item, "value")) and text(item, "value").replace(" ", "") != about.identity.nhs_number


def _named(name: PersonName) -> str:
    full = " ".join(part for part in (name.prefix, name.display, name.suffix) if part)
    return f"{full} ({name.use})" if name.use else full


def _used(words: str, item: Tree) -> str:
    about = [text(item, "use"), temporal.period(item.get("period")).text if "period" in item else ""]
    said = ", ".join(part for part in about if part)
    return f"{words} ({said})" if words and said else words


def _channel(item: Tree) -> str:
    return {"phone": "Telephone", "email": "E-mail", "sms": "Text message"}.get(text(item, "system"), "Contact")


def _practices(resource: Resource, context: Context, index: int) -> list[Entry]:
    tree = resource.tree
    found = items(tree, "generalPractitioner") or items(tree, "careProvider") or items(tree, "managingOrganization")
    entries: list[Entry] = []
    seen: set[str] = set()
    for item in found:
        target = context.tree_of(item, resource)
        is_person = "Practitioner" in (text(target, "resourceType") or text(item, "reference"))
        identifier = first(item, "identifier")
        name = readable(context.who(item, resource))
        if not name:
            word = "GP" if is_person else "GP practice"
            code = text(identifier, "value")
            name = f"{word} {code}" if code else f"{word}, name not given"
        if name in seen:
            continue
        seen.add(name)
        entries.append(
            context.entry(
                resource,
                section="gp-practice",
                kind="gp" if is_person else "gp-practice",
                title=name,
                index=index + len(entries),
                when=temporal.period(identifier.get("period")) if identifier else When(),
                fields=context.fields(
                    ("Practice code", text(identifier, "value")), *contact_fields(context, target, protected=False)
                ),
            )
        )
    return entries


def contact_fields(context: Context, tree: Tree, *, protected: bool) -> list[tuple[str, str]]:
    """Address and telephone lines of whoever a tree describes; none of them where protected."""
    if protected:
        return []
    lines = [("Address", _used(address_words(item), item)) for item in items(tree, "address")]
    return lines + [(_channel(item), contact_words(item)) for item in items(tree, "telecom")]


def _contacts(resource: Resource, context: Context, index: int, restricted: bool) -> list[Entry]:
    entries: list[Entry] = []
    for item in items(resource.tree, "contact"):
        shown, codes = _relationship(item)
        name = human_name(first(item, "name")) or context.who(item.get("organization"), resource)
        if not (name or shown or items(item, "telecom") or items(item, "address")):
            continue
        entries.append(
            context.entry(
                resource,
                section="personal-contacts",
                kind=contact_kind("personal", codes, shown),
                title=contact_title(name, shown),
                index=index + len(entries),
                codes=codes,
                when=temporal.period(item.get("period")),
                fields=context.fields(
                    ("Relationship", shown),
                    ("Gender", text(item, "gender").capitalize()),
                    *contact_fields(context, item, protected=restricted),
                )
                + ((PROTECTED,) if restricted else _others(item)),
                links=(),
            )
        )
    return entries


def _others(item: Tree) -> tuple[Field, ...]:
    told = ("relationship", "name", "gender", "telecom", "address", "organization", "period")
    return labelled(item, told)


def contact_title(name: str, relationship: str) -> str:
    """ "Jane Bloggs, mother"; without a name the relationship says so. "Other" says nothing beside anything else."""
    parts = relationship.split(", ")
    relationship = ", ".join([part for part in parts if part.casefold() != "other"] or parts)
    if not name:
        return f"{relationship}, name not given" if relationship else "Contact, name not given"
    return f"{name}, {relationship}" if relationship else name


def _relationship(tree: Tree) -> tuple[str, tuple[Code, ...]]:
    words: list[str] = []
    codes: list[Code] = []
    for item in items(tree, "relationship"):
        shown, some = read_concept(item)
        if some and not any(code.display for code in some) and not text(item, "text"):
            shown = known_words(some[0]) or _ROLE_WORDS.get(some[0].code, shown)
        words.append(shown)
        codes += some
    return ", ".join(dict.fromkeys(word for word in words if word)), tuple(codes)


_ROLE_WORDS: dict[str, str] = load("role_words")["words"]


def _communication(resource: Resource, context: Context, index: int, about: Demographics) -> list[Entry]:
    entries: list[Entry] = []
    foreign = about.language and not about.language.casefold().startswith("en")
    if about.interpreter_required or foreign:
        language = about.language or "Language not given"
        needed = {True: "interpreter needed", False: "no interpreter needed", None: ""}[about.interpreter_required]
        entries.append(
            context.entry(
                resource,
                section="requirements",
                kind="interpreter" if about.interpreter_required else "communication",
                title=", ".join(part for part in (language, needed) if part),
                index=index,
                fields=context.fields(("Language", about.language), ("Interpreter", needed.capitalize())),
                links=(),
            )
        )
    preference = _preference(resource.tree)
    if preference:
        entries.append(
            context.entry(
                resource,
                section="requirements",
                kind="contact-preference",
                title="Prefers " + ", ".join(_preferred(label, value) for label, value in preference),
                index=index + len(entries),
                fields=context.fields(*preference),
                links=(),
            )
        )
    return entries


def _preferred(label: str, value: str) -> str:
    lowered = value[:1].lower() + value[1:] if value[:2] != value[:2].upper() else value
    if label == "Contact by":
        return lowered if lowered.startswith("no ") else f"contact by {lowered}"
    return f"written words in {value}" if label == "Written format" else lowered


def _preference(tree: Tree) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for holder in items(tree, "extension"):
        if not text(holder, "url").removesuffix("-1").endswith("ContactPreference"):
            continue
        for part in items(holder, "extension"):
            value = next((value for name, value in part.items() if name.startswith("value")), None)
            words = value_words(value)
            label = {
                "PreferredContactMethod": "Contact by",
                "PreferredWrittenCommunicationFormat": "Written format",
                "PreferredContactTimes": "When to contact",
            }.get(text(part, "url"), "")
            if words and label:
                found.append((label, words))
    return found


def describe_related_person(resource: Resource, context: Context) -> list[Entry]:
    """Somebody in the person's life, and what they are to them."""
    tree = resource.tree
    protected = _of_restricted(tree.get("patient"), resource, context)
    shown, codes = _relationship(tree)
    roles, role_codes = _support_roles(tree)
    told = ", ".join(dict.fromkeys(part for part in (shown, *(role for role, _ in roles)) if part))
    names = [human_name(item) for item in items(tree, "name")] or texts(tree, "name")
    fields = context.fields(
        ("Relationship", shown),
        *(("Role", f"{role}, {when}" if when else role) for role, when in roles),
        *(("Also known as", name) for name in names[1:]),
        *contact_fields(context, tree, protected=protected),
    )
    leave = ("name", "relationship", "telecom", "address")
    if protected:
        # Nothing beyond name and relationship: any other element may tell where a protected person lives.
        return [
            context.entry(
                resource,
                section="personal-contacts",
                kind=contact_kind("personal", (*role_codes, *codes), told),
                title=contact_title(names[0] if names else "", told),
                codes=(*codes, *role_codes),
                fields=(*fields, PROTECTED),
                links=(),
            )
        ]
    return [
        tell(
            resource,
            context,
            section="personal-contacts",
            kind=contact_kind("personal", (*role_codes, *codes), told),
            title=contact_title(names[0] if names else "", told),
            own=(*codes, *role_codes),
            first=fields,
            leave_out=(*leave, "active"),
            when=temporal.period(tree.get("period"), ongoing=flag(tree, "active")),
            # "Active" is a record in use; whether somebody still is who they were, an end tells whoever knows the day.
            active=flag(tree, "active") if not text(first(tree, "period"), "end") else None,
        )
    ]


def _support_roles(tree: Tree) -> tuple[list[tuple[str, str]], tuple[Code, ...]]:
    roles: list[tuple[str, str]] = []
    codes: list[Code] = []
    for holder in items(tree, "extension"):
        if "SocialCareSupportRole" not in text(holder, "url"):
            continue
        value: Any = extension_value(holder, "supportRoleType") or holder.get("valueCodeableConcept")
        shown, some = read_concept(value)
        if some and not some[0].display and not (isinstance(value, dict) and text(value, "text")):
            shown = known_words(some[0]) or shown
        roles.append((shown, temporal.period(extension_value(holder, "supportRolePeriod")).text))
        codes += some
    return roles, tuple(codes)


def _of_restricted(reference: Any, resource: Resource, context: Context) -> bool:
    tree = context.tree_of(reference, resource)
    return bool(tree) and demographics(tree, context.fhir_version).identity.restricted


def describe_person(resource: Resource, context: Context) -> list[Entry]:
    """A Person: an index entry that joins records of one human being."""
    tree = resource.tree
    name = human_name(first(tree, "name")) or "Person, name not given"
    links = ", ".join(readable(context.who(item.get("target"), resource)) for item in items(tree, "link"))
    return [
        tell(
            resource,
            context,
            section="other",
            kind="person-index",
            title=f"Index entry: {name}",
            first=context.fields(("Joins", links.strip(", "))),
            when=temporal.at(text(tree, "birthDate")),
            active=flag(tree, "active"),
        )
    ]


DESCRIBERS: dict[str, Describer] = {
    "Patient": describe_patient,
    "RelatedPerson": describe_related_person,
    "Person": describe_person,
}
