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
from consent.evidence import Likeness
from consent.importing import DocumentEvidence
from consent.labelling import label, rests_on_words
from consent.labels import LabelledEntry, decode, encode
from consent.propagation import nature, ties
from consent.recorded import in_force, recorded
from fhir.describe import describe
from fhir.describe.context import Context
from fhir.entries import Entry, EntryId, PersonId
from fhir.filing import Filed, filed
from fhir.forms import Blanks, Form
from fhir.people import NO_ONE, Demographics
from fhir.records import Issue, MadeResource, Resource, SourceFile, ToldResource, Tree
from fhir.references import stream_of
from fhir.subjects import patient_reference
from fhir.understanding import Drop
from fhir.understood import Described

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


class _Filled(NamedTuple):
    """What rows of a document that say the same have in common: a form and a like for each entry."""

    forms: tuple[Form, ...]
    likes: tuple[int, ...]


class _Row(msgspec.Struct, gc=False):
    """A resource of which forms tell all but what fills them in."""

    filled: _Filled
    ids: tuple[EntryId, ...]
    values: tuple[bytes, ...]

    def told(self) -> tuple[ToldEntry, ...]:
        """Its entries."""
        (forms, likes), ids, values = self.filled, self.ids, self.values
        if len(ids) == 1:
            return (ToldEntry(ids[0], forms[0].fill(values), likes[0]),)
        return tuple([ToldEntry(*one) for one in zip(ids, [form.fill(values) for form in forms], likes, strict=True)])


class _Stretch:
    """A document while it is told."""

    def __init__(self, document: SourceFile, context: Context, now: datetime, likeness: Likeness) -> None:
        self.context = context
        self.evidence = DocumentEvidence(document, now, likeness)
        self.likes: dict[Like, int] = {}
        self.forms: dict[object, _Filled | None] = {}


class Teller:
    """Tells one stretch of extracts after the other, for `heard`. `drop` has learned their files."""

    def __init__(self, drop: Drop, now: datetime) -> None:
        self._drop = drop
        self._now = now
        self._stream = ""
        self._likeness = Likeness()
        self._models: dict[object, _Model] = {}

    def tell(self, document: SourceFile) -> bytes:
        """Describe, label and encode a stretch."""
        context = self._drop.context(document)
        assert context is not None, "it was not told yet"
        if self._stream != stream_of(document.path):
            self._stream, self._models = stream_of(document.path), {}
        stretch = _Stretch(document, context, self._now, self._likeness)
        groups: dict[str, list[int]] = {}
        named: list[str] = []
        described: list[_Row | list[Entry]] = []
        for number, resource in enumerate(document.resources):
            group = resource.of_row or _group(resource)
            named.append(group)
            groups.setdefault(group, []).append(number)
            described.append(self._row(resource, stretch) or describe(resource, context))
        entries: list[tuple[ToldEntry, ...]] = [()] * len(named)
        choosing: set[str] = set()
        about: dict[int, Demographics] = {}
        for group, members in groups.items():
            resources = [document.resources[number] for number in members]
            models = self._by_themselves(resources, [described[number] for number in members])
            if models is None:
                whole = [self._entries(described[number], document.resources[number], context) for number in members]
                theirs = [entry for entries_of_one in whole for entry in entries_of_one]
                if in_force(recorded(theirs)):
                    choosing.add(group)
                found = iter(label(theirs))
                for number, one in zip(members, whole, strict=True):
                    described[number] = one
                models = [_Model(tuple(islice(found, len(one))), (), silent=False) for one in whole]
            for number, resource, model in zip(members, resources, models, strict=True):
                row = described[number]
                demographics = None
                if resource.type == "Patient":
                    demographics = about[number] = context.demographics(resource)
                if isinstance(row, _Row):
                    entries[number] = row.told()
                    continue
                assert model is not None
                entries[number] = _told(row, model, stretch.evidence.of(resource), demographics, stretch.likes)
        return _written(document, Told(tuple(stretch.likes), frozenset(choosing)), named, entries, about)

    def _row(self, resource: Resource, stretch: _Stretch) -> _Row | None:
        """A resource as what fills in forms; None where there are none for it."""
        if not isinstance(resource, MadeResource):
            return None
        blanks = resource.event.blanks(resource, stretch.context)
        if blanks is None:
            return None
        likeness = resource.event.likeness
        filled = stretch.forms.get(likeness)
        if filled is None:
            if likeness not in stretch.forms:
                stretch.forms[likeness] = filled = self._filled(resource, blanks, stretch)
            if filled is None:
                return None
        return _Row(filled, blanks.ids, blanks.values + stretch.evidence.gaps(resource))

    def _filled(self, resource: MadeResource, blanks: Blanks, stretch: _Stretch) -> _Filled | None:
        """The forms of all that are like a resource; None where they would tell it otherwise than describing it does,
        or where what it gives away of others counts."""
        described = describe(resource, stretch.context)
        model = self._model(resource, described)
        evidence = stretch.evidence.form(resource, len(blanks.values))
        if evidence is None or not model.silent or len(described) != len(blanks.ids):
            return None
        demographics = stretch.context.demographics(resource) if resource.type == "Patient" else None
        marked = blanks.marked()
        marks = [*marked.marks, *evidence[1]]
        whole = _told(described, model, stretch.evidence.of(resource), demographics, stretch.likes)
        forms = [
            Form(encode(_labelled(entry, labelled, evidence[0], marked.about)), marks)
            for entry, labelled in zip(marked.entries, model.labelled, strict=True)
        ]
        found = _Filled(tuple(forms), tuple([one.like for one in whole]))
        return (
            found if _Row(found, blanks.ids, blanks.values + stretch.evidence.gaps(resource)).told() == whole else None
        )

    @staticmethod
    def _entries(row: _Row | list[Entry], resource: Resource, context: Context) -> list[Entry]:
        return describe(resource, context) if isinstance(row, _Row) else row

    def _by_themselves(
        self, resources: Sequence[Resource], described: Sequence[_Row | list[Entry]]
    ) -> list[_Model | None] | None:
        """The model of each resource of one person that no form tells, where none gives anything away of another; None
        otherwise."""
        if len({resource.key for resource in resources}) < len(resources):
            return None  # two states of one fact
        models: list[_Model | None] = []
        for resource, entries in zip(resources, described, strict=True):
            model = None if isinstance(entries, _Row) else self._model(resource, entries)
            if model is not None and not model.silent:
                return None
            models.append(model)
        return models

    def _model(self, resource: Resource, entries: Sequence[Entry]) -> _Model:
        likeness = None
        if isinstance(resource, MadeResource) and (resource.type != "Patient" or not rests_on_words("Patient")):
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
        whole = _labelled(entry, labelled, evidence, demographics)
        kind = model.likes[place] if model.likes else Like(attributes(whole), nature(entry))
        like = likes.setdefault(kind, len(likes))
        told.append(ToldEntry(entry.entry_id, encode(whole), like, ties(entry) if entry.links else ()))
    return tuple(told)


def _labelled(
    entry: Entry, labelled: LabelledEntry, evidence: msgspec.Raw, demographics: Demographics | None
) -> LabelledEntry:
    """An entry with the labels of one like it."""
    return LabelledEntry(
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
    data, row, start = found.data, b"", -1

    def raw(one: _Resource) -> bytes:
        nonlocal row, start
        if one.start != start:  # resources of one row stand together
            row, start = data[one.start : one.end], one.start
        return row

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
                raw=raw(one),
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

    def __init__(self, told: Sequence[tuple[ToldEntry, Resource]]) -> None:
        self._told = told

    @cached_property
    def _entries(self) -> list[Entry]:
        return [decode(one.content).entry for one, _ in self._told]

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
