"""What a stretch of an extract says, described, labelled and encoded where nothing is known of a store.

It rests on the file alone, so that another process can do it while earlier stretches are stored (`ahead`). Who somebody
is, what they chose and what is stored of them already is for the importer; where any of that counts, the entries are
opened again and labelled as those of any other document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import NamedTuple, overload

import msgspec

from consent.decision import Attributes, attributes
from consent.importing import DocumentEvidence
from consent.labelling import label
from consent.labels import LabelledEntry, decode, encode
from consent.propagation import nature, ties
from consent.recorded import in_force, recorded
from fhir.describe import describe
from fhir.entries import Entry, EntryId, PersonId
from fhir.filing import Filed, filed
from fhir.people import NO_ONE, Demographics
from fhir.records import Issue, MadeResource, Resource, SourceFile, ToldResource, Tree
from fhir.references import stream_of
from fhir.subjects import patient_reference
from fhir.understanding import Described, Drop

_MODELS_KEPT = 5000
"""Of so many kinds of rows the labels are remembered; rows of real extracts are of some hundred."""


class Like(NamedTuple):
    """What many entries of a document have in common: all that their readers rest on, and what they are to others."""

    looked_at: Attributes
    nature: int


class ToldEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry: `content` is what will be sealed, `like` a place among the document's likes."""

    entry_id: EntryId
    content: bytes
    like: int
    ties: tuple[tuple[str, int], ...] = ()


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a document beside its resources. `choosing` are groups in which a preference is recorded."""

    likes: tuple[Like, ...]
    choosing: frozenset[str]


class _Resource(msgspec.Struct, frozen=True, array_like=True):
    type: str
    id: str
    tree: Tree
    start: int
    end: int
    full_url: str
    line: int
    group: str
    row: str
    updated: str
    entries: tuple[ToldEntry, ...]
    demographics: Demographics | None
    filed: Filed | None


class _Document(msgspec.Struct, frozen=True, array_like=True):
    path: str
    folder: str
    data: bytes
    sha256: str
    issues: list[Issue]
    told: Told
    resources: list[_Resource]


class _Model(NamedTuple):
    """What rows that say the same have in common: their labels and likes, entry by entry, and whether nothing in them
    is a preference. What a row's entries are labelled with follows from these rows alone where nothing links them."""

    labelled: tuple[LabelledEntry, ...]
    likes: tuple[Like, ...]
    silent: bool


class Teller:
    """Tells one stretch of extracts after the other, for `heard`. `drop` has learned their files."""

    def __init__(self, drop: Drop, now: datetime) -> None:
        self._drop = drop
        self._now = now
        self._stream = ""
        self._models: dict[object, _Model] = {}

    def tell(self, document: SourceFile) -> bytes:
        """Describe, label and encode a stretch."""
        context = self._drop.context(document)
        assert context is not None, "it was not told yet"
        if self._stream != stream_of(document.path):
            self._stream, self._models = stream_of(document.path), {}
        evidence = DocumentEvidence(document, self._now)
        groups: dict[str, list[int]] = {}
        named: list[str] = []
        described: list[list[Entry]] = []
        for number, resource in enumerate(document.resources):
            group = resource.of_row or _group(resource)
            named.append(group)
            groups.setdefault(group, []).append(number)
            described.append(describe(resource, context))
        likes: dict[Like, int] = {}
        entries: list[tuple[ToldEntry, ...]] = [()] * len(named)
        choosing: set[str] = set()
        about: dict[int, Demographics] = {}
        for group, members in groups.items():
            models = self._by_themselves(
                [document.resources[number] for number in members], [described[number] for number in members]
            )
            if models is None:
                theirs = [entry for number in members for entry in described[number]]
                if in_force(recorded(theirs)):
                    choosing.add(group)
                found = iter(label(theirs))
                models = [_Model(tuple(islice(found, len(described[number]))), (), silent=False) for number in members]
            for number, model in zip(members, models, strict=True):
                resource = document.resources[number]
                demographics = None
                if resource.type == "Patient":
                    demographics = about[number] = context.demographics(resource)
                entries[number] = _told(described[number], model, evidence.of(resource), demographics, likes)
        return _written(document, Told(tuple(likes), frozenset(choosing)), named, entries, about)

    def _by_themselves(
        self, resources: Sequence[Resource], described: Sequence[Sequence[Entry]]
    ) -> list[_Model] | None:
        """The model of each resource of one person, where none gives anything away of another; None otherwise."""
        if len({resource.key for resource in resources}) < len(resources):
            return None  # two states of one fact
        models = []
        for resource, entries in zip(resources, described, strict=True):
            model = self._model(resource, entries)
            if not model.silent:
                return None
            models.append(model)
        return models

    def _model(self, resource: Resource, entries: Sequence[Entry]) -> _Model:
        likeness = None
        if (
            isinstance(resource, MadeResource) and resource.type != "Patient"
        ):  # what somebody is called may tell of them
            likeness = resource.event.likeness
        model = self._models.get(likeness) if likeness is not None else None
        if model is None:
            labelled = tuple(label(entries))
            silent = bool(resource.id) and not any(entry.links for entry in entries) and not recorded(entries)
            model = _Model(labelled, tuple([Like(attributes(one), nature(one.entry)) for one in labelled]), silent)
            if likeness is not None:
                if len(self._models) >= _MODELS_KEPT:
                    self._models.clear()
                self._models[likeness] = model
        return model


def _told(
    described: Sequence[Entry],
    model: _Model,
    evidence: msgspec.Raw,
    demographics: Demographics | None,
    likes: dict[Like, int],
) -> tuple[ToldEntry, ...]:
    """The entries of a resource as they will be sealed; `likes` grows by what none was like before."""
    told = []
    for place, (entry, labelled) in enumerate(zip(described, model.labelled, strict=True)):
        whole = LabelledEntry(
            entry,
            labelled.categories,
            labelled.confidentiality,
            labelled.limits,
            labelled.because,
            demographics if entry.section == "demographics" else None,
            labelled.treated,
            evidence,
            labelled.tables,
            labelled.explicit,
        )
        kind = model.likes[place] if model.likes else Like(attributes(whole), nature(entry))
        like = likes.setdefault(kind, len(likes))
        told.append(ToldEntry(entry.entry_id, encode(whole), like, ties(entry) if entry.links else ()))
    return tuple(told)


def learned(document: SourceFile) -> bytes:
    """The same of what is only to be learned of a file: who is spoken of, not described."""
    none: list[tuple[ToldEntry, ...]] = [()] * len(document.resources)
    return _written(document, Told((), frozenset()), [""] * len(none), none, {})


def _written(
    document: SourceFile,
    told: Told,
    groups: Sequence[str],
    entries: Sequence[tuple[ToldEntry, ...]],
    about: dict[int, Demographics],
) -> bytes:
    resources = [
        _Resource(
            resource.type,
            resource.id,
            {} if theirs and isinstance(resource, MadeResource) else resource.tree,
            resource.start,
            resource.end,
            resource.full_url,
            resource.line,
            group,
            resource.of_row,
            resource.version,
            theirs,
            about.get(number),
            filed(about[number].identity) if number in about else None,
        )
        for number, (resource, group, theirs) in enumerate(zip(document.resources, groups, entries, strict=True))
    ]
    return _ENCODER.encode(
        _Document(document.path, document.folder, document.data, document.sha256, document.issues, told, resources)
    )


def heard(message: bytes | memoryview) -> SourceFile:
    """The document that `tell` told."""
    found = _DECODER.decode(message)
    data = found.data
    return SourceFile(
        path=found.path,
        folder=found.folder,
        data=data,
        sha256=found.sha256,
        format="csv",
        fhir_version="R4",
        passes_by=True,
        told=found.told,
        resources=[
            ToldResource(
                type=one.type,
                id=one.id,
                tree=one.tree,
                raw=data[one.start : one.end],
                start=one.start,
                end=one.end,
                full_url=one.full_url,
                line=one.line,
                group=one.group,
                row=one.row,
                updated=one.updated,
                entries=one.entries,
                demographics=one.demographics,
                filed=one.filed,
            )
            for one in found.resources
        ],
        issues=found.issues,
    )


def _group(resource: Resource) -> str:
    if resource.type == "Patient":
        return resource.key
    about = (patient_reference(resource.tree) or {}).get("reference")
    return about if isinstance(about, str) else ""


class Opened(Sequence[Entry]):
    """The entries of told resources, opened when one of them is first looked at: most never are."""

    def __init__(self, told: Sequence[ToldEntry]) -> None:
        self._told = told

    @cached_property
    def _entries(self) -> list[Entry]:
        return [decode(one.content).entry for one in self._told]

    def __len__(self) -> int:
        return len(self._told)

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        return self._entries[place]

    def __iter__(self) -> Iterator[Entry]:
        yield from self._entries  # opened only now, not when somebody asks for a way to go through them


def told_entries(described: Described) -> tuple[ToldEntry, ...]:
    """The entries of a resource that was told elsewhere; none of any other."""
    return described.resource.entries if isinstance(described.resource, ToldResource) else ()


def alone(told: Told | None, by_person: dict[PersonId, list[Described]]) -> frozenset[PersonId]:
    """Those whose entries in a told document were labelled by themselves and together, as they have to be."""
    if told is None:
        return frozenset()
    owners: dict[str, set[PersonId]] = {"": {NO_ONE}}
    groups: dict[PersonId, set[str]] = {}
    for person, members in by_person.items():
        names = groups[person] = {one.resource.group for one in members if isinstance(one.resource, ToldResource)}
        for name in names:
            owners.setdefault(name, set()).add(person)
    return frozenset(
        person
        for person, names in groups.items()
        if person != NO_ONE and len(names) == 1 and not names & told.choosing and len(owners[min(names)]) == 1
    )


def opened(members: Sequence[Described]) -> list[Described]:
    """The same resources with their entries, to be labelled anew."""
    return [
        msgspec.structs.replace(one, entries=tuple([decode(entry.content).entry for entry in told_entries(one)]))
        if isinstance(one.resource, ToldResource)
        else one
        for one in members
    ]


def evidence_told(resource: Resource) -> msgspec.Raw | None:
    """What rules will look at in a resource that was told elsewhere; None for any other."""
    return decode(resource.entries[0].content).evidence if isinstance(resource, ToldResource) else None


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Document)
