"""What a document means for choices: the act that its Consents are for each person, to be kept with the import, and
what later choices will look at in its records.

Such an act only narrows until it is confirmed (consent.md, The order of authority, 2). Knows no store and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from consent.actors import PEOPLE_AND_PLACES, Directory
from consent.choices import Act, By, KeptConsent, SignedBy, kept_for
from consent.consents import Pointer, Tree
from consent.evidence import Evidence, Likeness, encode_evidence, evidence_of, references, with_gaps
from consent.who import known_actors
from fhir.records import MadeResource, Resource, SourceFile


@dataclass(frozen=True)
class Signature:
    """What the signature of a document says of what stands in it: whose it is (None: it bears none, or none that holds)
    and the resources that it covers, encoded. `broken`: it bears one that does not hold."""

    by: SignedBy | None = None
    covers: frozenset[bytes] = frozenset()
    broken: bool = False

    @staticmethod
    def of(by: SignedBy, bundle: Tree) -> Signature:
        """A signature that holds of this Bundle."""
        listed = bundle.get("entry")
        items = [one.get("resource") for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict)]
        return Signature(by, frozenset(map(_ENCODER.encode, items)))

    def mark(self, kept: KeptConsent, tree: Tree) -> KeptConsent:
        """A kept Consent with what the signature says of the resource that it was."""
        if self.broken:
            return msgspec.structs.replace(kept, changed=True)
        return msgspec.structs.replace(kept, signed=self.by) if _ENCODER.encode(tree) in self.covers else kept


UNSIGNED = Signature()


def imported_act(
    person: str,
    consents: Iterable[tuple[str, Tree]],
    resources: Mapping[str, Tree],
    *,
    by: By,
    time: str,
    organisations: Sequence[str] = (),
    signature: Signature = UNSIGNED,
) -> Act | None:
    """The act of importing Consents about one person, or None where there are none.

    `consents` come with the key of the system they are from; `resources` are all of the document, by name;
    `organisations` are the vault's own, by name; `signature` is the document's.
    """
    kept = tuple(signature.mark(_kept(person, system, tree), tree) for system, tree in consents)
    if not kept:
        return None
    known = known_actors([one.tree for one in kept], resources, organisations)
    return Act(kind="import", time=time, by=by, consents=kept, known=known)


class DocumentEvidence:
    """What the rules of a Consent will look at in the records of one document (`consent.evidence`)."""

    def __init__(self, document: SourceFile, now: datetime, likeness: Likeness | None = None) -> None:
        """`now` says which roles and memberships hold: of what is written now, who wrote it was that then. `likeness`
        may be shared by documents."""
        self._now = now
        self.resources: dict[str, Tree] = {}
        """By each of their names."""
        self._acting: list[tuple[Tree, tuple[str, ...]]] = []
        self._models: dict[object, Evidence] = {}
        self._likeness = likeness or Likeness()
        for resource in document.resources:
            if resource.of_row or isinstance(resource, MadeResource):
                continue  # of a table's row: nothing refers to it, and it is nobody who wrote or holds anything
            names = tuple(name for name in (resource.full_url, resource.key) if name)
            self.resources |= dict.fromkeys(names, resource.tree)
            if resource.type in PEOPLE_AND_PLACES:
                self._acting.append((resource.tree, names))
        self._medicines: dict[str, Tree] = {}
        self._sources: dict[str, list[Tree]] = {}
        for resource in document.resources:
            if resource.type == "Medication":
                self._medicines |= dict.fromkeys((resource.key, resource.full_url), resource.tree)
            elif resource.type == "Provenance":
                for target in references(resource.tree.get("target")):
                    for name in target.names:
                        self._sources.setdefault(name, []).append(resource.tree)
        self._directory: Directory | None = None
        self._who: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._last: tuple[Resource, msgspec.Raw] | None = None

    def of(self, resource: Resource) -> msgspec.Raw:
        """The evidence of one resource, encoded; entries of one resource are asked for one after another."""
        if self._last is None or self._last[0] is not resource:
            names = (resource.key, resource.full_url) if self._sources else ()
            sources = [tree for name in names if name for tree in self._sources.get(name, ())]
            found = self._like(resource) if isinstance(resource, MadeResource) and not sources else None
            self._last = (resource, encode_evidence(found or self._whole(resource, sources)))
        return self._last[1]

    def form(self, resource: MadeResource, first: int) -> tuple[msgspec.Raw, list[object]] | None:
        """The evidence of a row and all like it with marks, for a form with gaps from number `first` on; None where
        something else in the document tells of rows."""
        model = None if self._sources else self._model(resource)
        if model is None:
            return None
        marked, marks = with_gaps(model, first)
        return encode_evidence(marked), marks

    def gaps(self, resource: MadeResource) -> tuple[bytes, bytes, bytes]:
        """What fills in that form."""
        return self._likeness.gaps(self._models[resource.event.likeness], resource.event)

    def _whole(self, resource: Resource, sources: Sequence[Tree]) -> Evidence:
        return evidence_of(
            resource.tree,
            (resource.full_url,),
            medicines=self._medicines,
            sources=sources,
            everything=self._everything,
        )

    def _like(self, resource: MadeResource) -> Evidence | None:
        """The evidence of a row that is like another, from the other's; None where that is not known."""
        event, model = resource.event, self._model(resource)
        return model and self._likeness.like(model, event.subject, event.times, event.identifiers)

    def _model(self, resource: MadeResource) -> Evidence | None:
        """The evidence of the first row that is like this one; None where that is not known."""
        likeness = resource.event.likeness
        if likeness is None:
            return None
        model = self._models.get(likeness)
        if model is None:
            model = self._models[likeness] = self._whole(resource, ())
        return model

    def _everything(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """All that whoever is so named is, as far as this document tells for certain."""
        known = self._who.get(names)
        if known is None:
            if self._directory is None:
                self._directory = Directory(self._acting, self._now)
            certain = self._directory.who((Pointer(names),), one_employer=True).certain
            known = self._who[names] = (*names, *sorted(certain - set(names)))
        return known


def consent_id(person: str, tree: Any) -> str:
    """A name for a Consent of a person, by all that it says."""
    content = _ENCODER.encode(tree)
    return "c-" + sha256(person.encode() + b"\x00" + content).hexdigest()[:20]


def _kept(person: str, system: str, tree: Tree) -> KeptConsent:
    meta = tree.get("meta")
    version = meta.get("lastUpdated") if isinstance(meta, dict) else None
    source = f"{system} {tree['id']}" if isinstance(tree.get("id"), str) else ""
    return KeptConsent(
        id=consent_id(person, tree),
        tree=kept_for(person, tree),
        source=source,
        version=version if isinstance(version, str) else "",
    )


_ENCODER = msgspec.json.Encoder(order="deterministic", decimal_format="number")
