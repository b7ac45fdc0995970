"""A person's choices as a file that travels: their Consents, and what is needed to understand these elsewhere.

Who signs it is the workspace's business. The person is told by what finds them anywhere (name, date of birth, NHS
number), never by their id in this vault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from consent.choices import SignedBy, in_force, kept_for
from consent.who import known_actors
from desktop.choosing import KEPT, PersonsChoices, PersonsConsent
from fhir import export
from fhir.people import Identity
from fhir.records import Tree

TAG = "https://fhir.onestory.example/CodeSystem/choice"
"""Codes that say of Consents handed out where they come from and how they stand."""

_PLACE = "https://person.onestory.invalid"


def signature_words(by: SignedBy | None, *, changed: bool = False) -> str:
    """One phrase on the signature that a Consent, or a file of them, bears."""
    if changed:
        return "changed since it was signed: only narrows, and cannot be confirmed"
    if by is None:
        return "not signed"
    if by.here:
        return f"signed in this vault by {by.who}, {by.time}"
    return f"signed, as the signature says, by {by.who} of another vault, {by.time}; its custodian's key: {by.key}"


def travelling(found: PersonsChoices, identity: Identity, time: str) -> Tree:
    """The Bundle (FHIR R4 collection), not signed yet: the person, their Consents, and the people and places these
    name. `time` is an ISO instant."""
    id = export.named("person", identity.nhs_number, identity.name, identity.birth_date)
    consents = [tagged(one, kept_for(id, one.tree)) for one in found.consents if isinstance(one.tree, dict)]
    patient = {"fullUrl": f"{_PLACE}/Patient/{id}", "resource": export.patient(identity, id)}
    written = [{"fullUrl": f"{_PLACE}/{name}", "resource": tree} for name, tree in _named(consents)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": time,
        "entry": [patient, *written, *_actors(found, consents)],
    }


def tagged(one: PersonsConsent, tree: Any) -> Tree:
    """A Consent with tags that say where it comes from and which one it is."""
    kept: Tree = tree if isinstance(tree, dict) else {"resourceType": "Consent", "status": "inactive"}
    written = kept.get("meta")
    meta: Tree = written if isinstance(written, dict) else {}
    tags = [tag for tag in meta.get("tag", ()) if isinstance(tag, dict) and tag.get("system") not in (TAG, KEPT)]
    return {**kept, "meta": {**meta, "tag": [*tags, tag(one.origin), {"system": KEPT, "code": one.id}]}}


def tag(code: str) -> dict[str, str]:
    """One of our own tags."""
    return {"system": TAG, "code": code}


def _named(consents: list[Tree]) -> Iterator[tuple[str, Tree]]:
    """Each Consent under an id that no other has here."""
    for tree in consents:
        id = export.named("consent", export.encode(tree))
        yield f"Consent/{id}", {**tree, "id": id}


def _actors(found: PersonsChoices, consents: list[Tree]) -> list[Tree]:
    """The people and places that the Consents name, as far as they are known here. Of two that go by one name neither
    is told: elsewhere a name that tells nobody still refuses, and permits nobody."""
    told = [tree for one in in_force(found.acts).all() for tree in one.known]
    resources = {name: tree for tree in told for name in tree.get("names", ())}
    for tree in told:
        for name in tree.get("names", ()):
            if resources.get(name, tree) != tree:
                del resources[name]
    made = []
    for tree in known_actors(consents, resources):
        name = str(tree["fullName"])
        resource = {key: value for key, value in tree.items() if key not in ("fullName", "names")}
        made.append({"fullUrl": name if ":" in name else f"{_PLACE}/{name}", "resource": resource})
    return made
