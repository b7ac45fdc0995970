"""Turns one FHIR resource that a user adds into a document of its own: whose it is, who says so, and when.

The resource keeps what it says and every digit; it gets the person as its subject, an id, the organisation as its
source and a Provenance beside it. One that names somebody else is refused: whose record it goes into is never a guess.
Knows no clock, no store and no policy.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from fhir import export
from fhir.describe import describe, document_context
from fhir.describe.sources import lane_of_name
from fhir.entries import Entry, Field, Lane, PersonId, Source, SourceKind
from fhir.errors import FormatError
from fhir.people import NHS_NUMBER_SYSTEM, Identity
from fhir.reading import read_document
from fhir.records import SourceFile, Tree
from fhir.subjects import subject_element, subject_of
from fhir.understood import Described, FoundPerson, Understood

NOT_ADDED = frozenset(
    {"Patient", "Person", "Consent", "AuditEvent", "Provenance", "Bundle", "Composition", "Binary", "List", "Group"}
)
"""Types that are not contributed: identities, choices and the log have roads of their own."""

_KINDS: dict[Lane, SourceKind] = {"social-care": "social-care", "person": "person"}
_TAG = "https://fhir.onestory.example/Provenance"
_PERSON = "PERSON"
_NOT_ONE = "Give one FHIR resource about this person; a {kind} cannot be added."
_SOMEONE_ELSE = "The file names somebody else, or nobody who is known here; nothing was added."


class Contributor(msgspec.Struct, frozen=True, kw_only=True):
    """Who adds it: name, role in words, organisation, and the moment (ISO instant). `person`: they speak of themselves,
    and the words count as their own. `for_them`: they speak for the person. `lane` is the kind of service, where the
    organisation's name does not tell it."""

    name: str
    role: str
    organisation: str
    time: str
    person: bool = False
    for_them: bool = False
    lane: Lane = "other"


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A document to store, what it says of the person, and the keys ("Type/id") of the resource and its Provenance."""

    document: SourceFile
    understood: Understood
    resource: str
    provenance: str


def contribution(
    data: bytes, person: PersonId, identity: Identity, known_as: Collection[str], by: Contributor
) -> Contribution:
    """The document of one contributed resource (JSON or XML).

    `known_as` are references by which the person's own records name them ("Patient/1"). Raises FormatError and the
    other refusals of reading, in one sentence without content.
    """
    found = read_document("contribution", "", data)
    if len(found.resources) != 1 or found.bundle_type:
        raise FormatError(_NOT_ONE.format(kind="file with several records"))
    tree = found.resources[0].tree
    kind = str(tree.get("resourceType"))
    if kind in NOT_ADDED or subject_of(tree).kind in ("nobody", "patient", "several"):
        raise FormatError(_NOT_ONE.format(kind=kind))
    tree = _about(tree, person, identity, known_as)
    tree = _from(tree, by)
    if not tree.get("id"):
        tree = {"resourceType": kind, "id": export.named("contribution", by.name, by.time, export.encode(tree)), **tree}
    proof = _provenance(tree, person, by)
    document = _document([tree, proof], found)
    return Contribution(
        document=document,
        understood=_understood(document, person, identity, by),
        resource=f"{kind}/{tree['id']}",
        provenance=f"Provenance/{proof['id']}",
    )


def _about(tree: Tree, person: PersonId, identity: Identity, known_as: Collection[str]) -> Tree:
    """The tree with the person as its subject. Raises FormatError where it names somebody else."""
    subject = subject_of(tree)
    mine = {f"Patient/{person}", *known_as}
    for reference in subject.references:
        literal = reference.get("reference")
        number = reference.get("identifier")
        named = isinstance(literal, str) and literal in mine
        numbered = (
            isinstance(number, dict)
            and number.get("system") == NHS_NUMBER_SYSTEM
            and bool(identity.nhs_number)
            and str(number.get("value", "")).replace(" ", "") == identity.nhs_number
        )
        if not (named or numbered):
            raise FormatError(_SOMEONE_ELSE)
    element, many = subject_element(tree)
    about: Any = {"reference": f"Patient/{person}"}
    return {**tree, element: [about] if many else about}


def _from(tree: Tree, by: Contributor) -> Tree:
    """The tree with the contributor's organisation as its source, and the moment as its version."""
    meta = tree.get("meta")
    meta = dict(meta) if isinstance(meta, dict) else {}
    tags = [one for one in _listed(meta.get("tag")) if not str(one.get("system", "")).endswith("/Provenance")]
    code, name = (_PERSON, by.name) if by.person else (by.organisation, by.organisation)
    meta["tag"] = [*tags, {"system": _TAG, "code": code, "display": name}]
    meta["lastUpdated"] = by.time
    rest = {key: value for key, value in tree.items() if key not in ("resourceType", "id", "meta")}
    head = {key: tree[key] for key in ("resourceType", "id") if tree.get(key)}
    return {**head, "meta": meta, **rest}


def _listed(value: Any) -> list[Tree]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _provenance(tree: Tree, person: PersonId, by: Contributor) -> Tree:
    target = f"{tree['resourceType']}/{tree['id']}"
    kind = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
    return {
        "resourceType": "Provenance",
        "id": export.named("provenance", target, by.time, by.name, export.encode(tree)),
        "target": [{"reference": target}, {"reference": f"Patient/{person}"}],
        "recorded": by.time,
        "agent": [
            {
                "type": {"coding": [{"system": kind, "code": "author", "display": "Author"}]},
                "role": [{"text": by.role}],
                "who": {"display": by.name},
                **_on_behalf_of(person, by),
            }
        ],
    }


def _on_behalf_of(person: PersonId, by: Contributor) -> Tree:
    if by.for_them:
        return {"onBehalfOf": {"reference": f"Patient/{person}"}}
    return {"onBehalfOf": {"display": by.organisation}} if by.organisation else {}


def _document(trees: Sequence[Tree], found: SourceFile) -> SourceFile:
    """The Bundle to keep, read as every other document is."""
    entries = b",\n".join(b'{"resource":' + export.encode(tree) + b"}" for tree in trees)
    data = b'{"resourceType":"Bundle","type":"collection","entry":[\n' + entries + b"\n]}\n"
    document = read_document("contribution", "", data)
    return msgspec.structs.replace(
        document, path="added here", sha256=sha256(data).hexdigest(), fhir_version=found.fhir_version
    )


def _understood(document: SourceFile, person: PersonId, identity: Identity, by: Contributor) -> Understood:
    """What the document says, about exactly this person."""
    lane = by.lane if (told := lane_of_name(by.organisation)) == "other" else told
    kind = _KINDS.get(lane, "health")
    source = Source(name=by.organisation, kind=kind, lane=lane, key=by.organisation)
    context = document_context(document, resolve=lambda reference, resource: None, source=source)
    described = []
    for resource in document.resources:
        entries = () if resource.type == "Provenance" else describe(resource, context)
        described.append(
            Described(person_id=person, resource=resource, entries=tuple(_signed(one, by, source) for one in entries))
        )
    return Understood(
        people=(FoundPerson(person_id=person, identity=identity, match="same"),), described=tuple(described)
    )


def _signed(entry: Entry, by: Contributor, source: Source) -> Entry:
    """The entry with who added it, whatever else it says of its author."""
    who = ", ".join(part for part in (by.name, by.role, by.organisation) if part)
    return msgspec.structs.replace(
        entry,
        source=entry.source if by.person else source,  # the tag alone does not say which kind of service it is
        author=entry.author or by.name,
        recorded=entry.recorded or by.time,
        own_words=by.person or (entry.own_words and not by.for_them),
        fields=(*entry.fields, Field("Added by", who), Field("Added on", by.time)),
    )
