"""What a describer is given, and the one way it makes entries.

A *describer* is a function `(resource: Resource, context: Context) -> list[Entry]`, registered by resource type in
`fhir.describe.families`. It reads with the tolerant functions of `fhir.shapes`, `fhir.codes`, `fhir.temporal` and
`fhir.quantities`, and makes every entry with `context.entry(resource, section=..., kind=..., title=..., ...)`, which
adds the source, security labels, profiles, links of top-level references, the entry id, and what the codes mean:

- a code from `placing.toml` or `meanings.toml` moves an entry that is not there yet to its section and kind, whatever
  the resource type (CPR decisions to `end-of-life`, titled with the words of the code); codes of absence set the
  assertion;
- status "entered-in-error" makes it not a fact;
- an unread modifier extension adds a warning.

    name = context.who(tree.get("asserter"), resource)       # "Dr A. Smith, Bridge Surgery"
    target = context.resolve(tree.get("encounter"), resource) # Target | None, contained ones included
    links = context.links(resource, "performer.actor")        # top-level references and the named nested ones
    fields = context.fields(("Recorded by", name), ("Note", notes(tree)))   # empty values are left out

A `Context` belongs to one document and one thread, and dies with the document. It knows nothing of storage or consent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from hashlib import blake2b
from typing import Any

import msgspec

from fhir.base32 import base32
from fhir.codes import code_words, read_concept, words
from fhir.describe.meanings import KNOWN, Meaning, meaning_of, strictness
from fhir.describe.patient import demographics
from fhir.entries import Assertion, Code, Entry, EntryId, Field, Link, Measure, Source, When
from fhir.narrative import narrative
from fhir.people import Demographics
from fhir.records import FhirVersion, Resource, Tree
from fhir.shapes import EMPTY, first, items, text, texts

UNKNOWN_WHEN = When()
NOTE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/note"
AS_AT = "https://fhir.onestory.example/StructureDefinition/as-at"
"""On meta: the date of the periodic extract that a resource was made from (`fhir.social_care`)."""


NAMED_ANYWHERE = frozenset(
    {"Patient", "Person", "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService"}
    | {"RelatedPerson", "Medication", "Substance", "Questionnaire", "PlanDefinition", "ActivityDefinition"}
)
"""People, places, products and forms: their names are part of what refers to them."""


def kind_of(key: str) -> str:
    """The resource type of a "Type/id", or of an address that ends so; "" of anything else."""
    return key.rpartition("/")[0].rpartition("/")[2]


def named_anywhere(key: str, tree: Tree) -> bool:
    """Whether the name of what a reference leads to is part of what refers to it; a device that is nobody's own is a
    product, as a medicine is."""
    kind = kind_of(key)
    return kind in NAMED_ANYWHERE or (
        kind == "Device" and bool(tree) and "patient" not in tree and "subject" not in tree
    )


class Target(msgspec.Struct, frozen=True):
    """What a reference leads to. `tree` is empty where the target is not in the same drop."""

    key: str
    tree: Tree = msgspec.field(default_factory=dict)


class Membership(msgspec.Struct, frozen=True):
    """One List or DiagnosticReport that names a resource: its key, title and codes."""

    key: str
    title: str
    codes: tuple[str, ...] = ()


Resolve = Callable[[str, Resource], Target | None]
Describer = Callable[[Resource, "Context"], list[Entry]]


NOT_DONE, NOT_TO_DO = "Not done: ", "Do not do: "
"""How the title begins of what was not done or is not to be; it stays before the words of a code."""


class Context:
    """The facts of one document that its describers share.

    `resolve_reference` finds resources of the same drop by a reference string, `source_of` says which system a
    resource came from, `memberships` are the Lists and reports by member key, `as_at` is the date of a
    periodic extract.
    """

    def __init__(
        self,
        *,
        fhir_version: FhirVersion,
        source_of: Callable[[Resource], Source],
        resolve_reference: Resolve,
        memberships: Mapping[str, Sequence[Membership]] | None = None,
        as_at: str = "",
    ) -> None:
        self.fhir_version = fhir_version
        self.source_of = source_of
        self.memberships: Mapping[str, Sequence[Membership]] = memberships or {}
        self.as_at = as_at
        self._resolve = resolve_reference
        self._names: dict[str, str] = {}
        self.called: dict[str, tuple[str, tuple[str, ...]]] = {}
        """What references lead to and all that it is called, found out once (`told_names`)."""
        self._demographics: dict[int, tuple[Resource, Demographics]] = {}
        self._alone: Context | None = None
        self._names_only = False

    def alone(self) -> Context:
        """The same, where references lead to people, places, products and forms only (`NAMED_ANYWHERE`)."""
        if self._alone is None:
            made = self._alone = copy(self)
            made._names, made.called, made._names_only = {}, {}, True
        return self._alone

    def demographics(self, patient: Resource) -> Demographics:
        """All that a Patient of the document says of the person, found out once."""
        known = self._demographics.get(id(patient))
        if known is None:
            known = self._demographics[id(patient)] = patient, demographics(patient.tree, self.fhir_version)
        return known[1]

    def know(self, patient: Resource, about: Demographics) -> None:
        """Take what a Patient says of the person from who found it out otherwise."""
        self._demographics[id(patient)] = patient, about

    def resolve(self, reference: Any, resource: Resource) -> Target | None:
        """What a Reference (or a reference string, or the first of a list of them) leads to; None when not found."""
        target = reference_string(reference)
        if not target:
            return None
        if target[0] == "#":
            wanted = target[1:]
            for inner in items(resource.tree, "contained"):
                if inner.get("id") in (wanted, target):
                    return Target(f"{text(inner, 'resourceType')}/{wanted}", inner)
            return None
        found = self._resolve(target, resource)
        if found is not None and self._names_only and not named_anywhere(found.key, found.tree):
            return None
        return found

    def key_of(self, written: str, resource: Resource) -> str:
        """What a reference string leads to, as "Type/id"; as it is written where that is not found."""
        target = self.resolve(written, resource) if written[0] == "#" else self._resolve(written, resource)
        return target.key if target is not None else written

    def tree_of(self, reference: Any, resource: Resource) -> Tree:
        """The tree a Reference leads to, an empty object when not found."""
        target = self.resolve(reference, resource)
        return target.tree if target is not None else EMPTY

    def who(self, reference: Any, resource: Resource) -> str:
        """The person, role, organisation, place or thing a Reference names, as words; "" when nothing is known.

        What the source wrote beside the reference wins; otherwise the target is read, through PractitionerRole to the
        practitioner and the organisation. Lists give each name once. A bare id is never shown.
        """
        if isinstance(reference, list):
            names = dict.fromkeys(self.who(one, resource) for one in reference)
            return ", ".join(name for name in names if name)
        if isinstance(reference, dict):
            display = reference.get("display")
            if type(display) is str and display.strip():
                return display.strip()
            if "concept" in reference:
                return read_concept(reference["concept"])[0]
        target = reference_string(reference)
        if not target:
            return ""
        if target[0] == "#":
            return self._name(self.tree_of(target, resource), resource)
        known = self._names.get(target)
        if known is None:
            self._names[target] = ""  # a role that refers to itself ends here
            known = self._names[target] = self._name(self.tree_of(target, resource), resource)
        return known

    def _name(self, tree: Tree, resource: Resource) -> str:
        kind = tree.get("resourceType")
        if kind == "PractitionerRole":
            parts = [self.who(tree.get("practitioner"), resource), self.who(tree.get("organization"), resource)]
            return ", ".join(part for part in parts if part) or words(tree, "code")
        if kind == "Patient":
            return "The person"
        return name_of(tree)

    def actors(self, resource: Resource, name: str, *inner: str) -> str:
        """The names under an element that holds References, or objects that hold them under one of `inner`."""
        value = resource.tree.get(name)
        if value is None:
            return ""
        names: dict[str, None] = {}
        for item in value if type(value) is list else [value]:
            found = ""
            if type(item) is dict:
                for one in inner:
                    if one in item:
                        found = self.who(item[one], resource)
                        break
            found = found or self.who(item, resource)
            if found:
                names[found] = None
        return ", ".join(names)

    def reasons(self, resource: Resource) -> str:
        """Why: the words of reasonCode, reasonReference and their STU3 and R5 forms."""
        tree = resource.tree
        found: dict[str, None] = {}
        for name in ("reasonCode", "reason", "indication", "reasonCodeableConcept"):
            value = tree.get(name)
            if value is not None:
                for item in value if type(value) is list else [value]:
                    found[read_concept(item)[0] or self.who(item, resource)] = None
        if "reasonReference" in tree:
            found[self.who(tree["reasonReference"], resource)] = None
        return ", ".join(name for name in found if name)

    def links(self, resource: Resource, *nested: str) -> tuple[Link, ...]:
        """Links of all top-level references and of the named nested ones ("participant.individual").

        References to the person the record is about make no link: every entry has that one.
        """
        found: list[Link] = []
        tree = resource.tree
        for name, value in tree.items():
            if type(value) is dict:
                if "reference" in value:
                    self._link(found, name, value, resource)
            elif type(value) is list and value and type(value[0]) is dict and name != "contained":
                for item in value:
                    if type(item) is dict and "reference" in item:
                        self._link(found, name, item, resource)
        for path in nested:
            outer, _, inner = path.partition(".")
            if outer in tree:
                for item in items(tree, outer):
                    for one in items(item, inner):
                        self._link(found, path, one, resource)
        return tuple(found)

    def _link(self, found: list[Link], rel: str, reference: Tree, resource: Resource) -> None:
        written = reference.get("reference")
        if type(written) is dict:  # R5 CodeableReference
            reference, written = written, written.get("reference")
        if type(written) is not str or not written:
            return
        key = self.key_of(written, resource)
        if key[:8] == "Patient/" or key[0] == "#":
            return
        display = reference.get("display")
        found.append(Link(rel, key, display if type(display) is str else ""))

    @staticmethod
    def fields(*pairs: tuple[str, str]) -> tuple[Field, ...]:
        """Labelled lines from (label, value) pairs; pairs without a value are left out."""
        return tuple([Field(label, value) for label, value in pairs if value])

    def entry(
        self,
        resource: Resource,
        *,
        section: str,
        kind: str,
        title: str,
        index: int = 0,
        detail: str = "",
        value: str = "",
        when: When = UNKNOWN_WHEN,
        status: str = "",
        active: bool | None = None,
        assertion: Assertion = "fact",
        author: str = "",
        codes: tuple[Code, ...] = (),
        categories: tuple[Code, ...] = (),
        labels: tuple[Code, ...] = (),
        links: tuple[Link, ...] | None = None,
        fields: tuple[Field, ...] = (),
        measures: tuple[Measure, ...] = (),
        warnings: tuple[str, ...] = (),
        recorded: str = "",
        own_words: bool = False,
    ) -> Entry:
        """One entry of `resource`. `index` tells several entries of one resource apart and must differ between them.

        `status` is FHIR's code or plain words, shown as words. `labels` are added to those of meta.security.
        """
        tree = resource.tree
        for code in codes + categories if categories else codes:
            if code.code in KNOWN:
                routed = _meaning(codes + categories, resource.type)
                if routed is not None:
                    code, meaning = routed
                    assertion = meaning.assertion or assertion
                    if meaning.section not in ("", section) and strictness(meaning.section) <= strictness(section):
                        section, kind = meaning.section, meaning.kind or kind
                        if section == "end-of-life":
                            # The words of the code itself: near-identical codes mean opposite things.
                            undone = next((one for one in (NOT_DONE, NOT_TO_DO) if title.startswith(one)), "")
                            title = f"{undone}{code.display or meaning.words}" if code in codes else title
                            value = "" if value in (title, code_words(code)) else value
                            if value in ("yes", "no"):
                                title, value = f"{title}: {value}", ""
                    if meaning.words and code.code in title and title == code_words(code):
                        title = meaning.words
                break
        if status == "entered-in-error":
            assertion = "not-a-fact"
        meta = tree.get("meta")
        profiles: tuple[str, ...] = ()
        as_at = self.as_at
        if type(meta) is dict:
            if "profile" in meta:
                profiles = tuple(texts(meta, "profile"))
            if "security" in meta:
                labels = read_concept(meta["security"])[1] + labels
            if "extension" in meta:
                as_at = next(
                    (text(one, "valueDate") for one in items(meta, "extension") if one.get("url") == AS_AT), as_at
                )
        if "modifierExtension" in tree:
            warnings = (*warnings, "The source added a qualifier that this program does not understand.")
        source = self.source_of(resource)
        return Entry(
            entry_id=entry_id(source, resource, index),
            section=section,
            kind=kind,
            title=title or untitled(resource),
            resource=f"{resource.type}/{resource.id}",
            source=source,
            detail=detail,
            value=value,
            when=when,
            status=status_words(status),
            active=active,
            assertion=assertion,
            author=author,
            codes=codes,
            categories=categories,
            labels=labels,
            links=self.links(resource) if links is None else links,
            fields=fields,
            measures=measures,
            warnings=warnings,
            profiles=profiles,
            recorded=recorded,
            as_at=as_at,
            own_words=own_words,
        )


def _meaning(codes: tuple[Code, ...], resource_type: str) -> tuple[Code, Meaning] | None:
    found: list[tuple[Code, Meaning]] = []
    for code in codes:
        if code.code in KNOWN:
            meaning = meaning_of(code.code, code.system, resource_type)
            if meaning is not None:
                found.append((code, meaning))
    return min(found, key=lambda pair: strictness(pair[1].section)) if found else None


def untitled(resource: Resource) -> str:
    """A title for what names itself nowhere: its type and the first line of its narrative."""
    line = narrative(resource.tree).partition("\n")[0]
    if len(line) > 120:
        line = line[:119].rstrip() + "…"
    return f"{type_words(resource.type)}: {line}" if line else f"{type_words(resource.type)}, not named"


def entry_id(source: Source, resource: Resource, index: int) -> EntryId:
    """The id of an entry: the same for the same bytes from the same source, whenever and wherever they are read."""
    return numbered(blake2b(resource.raw, digest_size=10), source.key, f"{resource.type}/{resource.id}", index)


def numbered(digest: blake2b, source_key: str, resource: str, index: int) -> EntryId:
    """The id of an entry of the resource "Type/id", from a digest of its bytes, which goes on from there."""
    digest.update(f"\x00{source_key}\x00{resource}\x00{index}".encode("utf-8", "replace"))
    return EntryId(f"e{base32(digest.digest())}")


def reference_string(reference: Any) -> str:
    """The reference string of a Reference, of the first of a list of them, or of a CodeableReference; "" for none."""
    if type(reference) is str:
        return reference
    if type(reference) is list and reference:
        reference = reference[0]
    if type(reference) is not dict:
        return ""
    written = reference.get("reference")
    if type(written) is dict:
        written = written.get("reference")
    return written if type(written) is str else ""


def name_of(tree: Tree) -> str:
    """The short name of a practitioner, person, organisation, place, medicine, device or other resource."""
    kind = tree.get("resourceType")
    if kind in ("Practitioner", "Patient", "RelatedPerson", "Person"):
        return human_name(first(tree, "name"))
    if kind in ("Medication", "Substance"):
        return words(tree, "code")
    if kind == "Device":
        return text(first(tree, "deviceName"), "name") or words(tree, "type") or text(tree, "model")
    for name in ("name", "title", "description"):
        found = text(tree, name)
        if found:
            return found
    return words(tree, "code") or words(tree, "type")


def human_name(tree: Tree) -> str:
    """A HumanName as said: its text, or prefix, given names and family name."""
    said = text(tree, "text")
    if said:
        return said
    family = text(tree, "family")
    parts = [*texts(tree, "prefix"), *texts(tree, "given"), family]
    return " ".join(part for part in parts if part)


def notes(tree: Tree, name: str = "note") -> str:
    """The Annotations (or plain strings) under `name`, joined; those of the standard note extension come first.

    http://hl7.org/fhir/StructureDefinition/note carries them where the resource has no element of its own (Encounter).
    """
    value = tree.get(name)
    found = [
        text(first(item, "valueAnnotation"), "text")
        for item in (items(tree, "extension") if "extension" in tree else ())
        if item.get("url") == NOTE_EXTENSION
    ]
    if value is None:
        return "\n".join(line for line in found if line)
    for note in value if isinstance(value, list) else [value]:
        said = text(note, "text") if isinstance(note, dict) else note.strip() if isinstance(note, str) else ""
        if said:
            found.append(said)
    return "\n".join(line for line in found if line)


_STATUS_WORDS = {
    "entered-in-error": "entered in error",
    "in-progress": "in progress",
    "inprogress": "in progress",
    "on-hold": "on hold",
    "onhold": "on hold",
    "not-done": "not done",
    "not-taken": "not taken",
    "inactive": "not active",
    "unknown": "",
    "preparation": "being prepared",
    "partial": "partial result",
    "registered": "registered, no result yet",
}


def status_words(status: str) -> str:
    """A FHIR status code as words; "" for unknown."""
    return _STATUS_WORDS[status] if status in _STATUS_WORDS else status.replace("-", " ")


_TYPE_WORDS: dict[str, str] = {}


def type_words(resource_type: str) -> str:
    """A resource type as words: "Medication request"."""
    found = _TYPE_WORDS.get(resource_type)
    if found is None:
        spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in resource_type).strip()
        found = _TYPE_WORDS[resource_type] = spaced[:1].upper() + spaced[1:]
    return found
