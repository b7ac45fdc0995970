"""What the rules of a Consent look at in a record: from its FHIR JSON form (`facts_of`), or from an entry as it is
stored, read only as far as a rule asks (`EntryFacts`).

Codes, labels, times, who holds or wrote it, what it refers to. Knows no rule and no request.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, cast

import msgspec

from consent.consents import Pointer, Tree
from consent.evidence import Evidence, decode_evidence, evidence_of
from consent.labels import LabelledEntry
from consent.spans import Span
from consent.vocabulary import Coding, Label, category_of, label, vocabulary
from fhir.entries import Code


class Labels(NamedTuple):
    """How an entry is labelled. `other` are labels that are not understood, `derived` categories that were
    found out and not written; `doubt`: nothing is known."""

    confidentiality: str
    sensitivity: frozenset[str]
    other: frozenset[str]
    derived: frozenset[str]
    doubt: bool


class Codes(NamedTuple):
    """What a record is coded as: `principal` says what it is, `anywhere` all codes in it, `words` that its own code
    is only words."""

    principal: frozenset[Coding]
    anywhere: frozenset[Coding]
    words: bool


class Kind(NamedTuple):
    """What kind of thing a record is."""

    type: str
    profiles: frozenset[str]
    media: frozenset[str]


class Itself(NamedTuple):
    """Which record it is: its names, what it refers to, who wrote it, its type."""

    names: frozenset[str]
    refers: frozenset[str]
    writers: tuple[Pointer, ...]
    type: str


class RecordFacts(Protocol):
    """One record as rules see it."""

    @property
    def labels(self) -> Labels: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def when(self) -> Span | None: ...
    @property
    def holders(self) -> tuple[Pointer, ...]: ...
    @property
    def names(self) -> Collection[str]: ...
    @property
    def itself(self) -> Itself: ...


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One record as rules see it. `names` are its own names, `refers` all it refers to; `when` is None where the time
    is not known."""

    reference: str
    names: frozenset[str]
    kind: Kind
    labels: Labels
    codes: Codes
    when: Span | None
    holders: tuple[Pointer, ...]
    writers: tuple[Pointer, ...]
    refers: frozenset[str]

    @property
    def itself(self) -> Itself:
        """What tells it from every other record."""
        return Itself(self.names, self.refers, self.writers, self.kind.type)


def facts_of(
    tree: Tree, names: Sequence[str], *, medicines: Mapping[str, Tree] | None = None, sources: Sequence[Tree] = ()
) -> Facts:
    """The facts of one record. `names` are "Type/id" and its address; `medicines` holds Medication resources by name,
    `sources` the Provenance resources about this record."""
    evidence = evidence_of(tree, names, medicines=medicines, sources=sources)
    kind = tree.get("resourceType")
    profiles = frozenset(item for item in _list(_meta(tree).get("profile")) if isinstance(item, str))
    return Facts(
        reference=next(iter(names), ""),
        names=frozenset(evidence.names),
        kind=Kind(kind if isinstance(kind, str) else "", profiles, frozenset(evidence.media)),
        labels=labels_of(_labels(tree)),
        codes=_codes(evidence),
        when=_when(evidence),
        holders=tuple(Pointer(found) for found in evidence.holders),
        writers=tuple(Pointer(found) for found in evidence.writers),
        refers=frozenset(evidence.refers),
    )


class EntryFacts:
    """The facts of a stored entry. An entry kept without evidence (by an earlier version) tells of no holder, time or
    address: refusals that ask for one match it, permissions do not."""

    __slots__ = ("_evidence", "_holders", "_itself", "_labelled")

    def __init__(self, labelled: LabelledEntry) -> None:
        self._labelled = labelled
        self._evidence: Evidence | Literal[False] | None = False
        self._holders: tuple[Pointer, ...] | None = None
        self._itself: Itself | None = None

    @property
    def evidence(self) -> Evidence | None:
        """What was kept beside the entry."""
        if self._evidence is False:
            self._evidence = decode_evidence(self._labelled.evidence)
        return self._evidence

    @property
    def labels(self) -> Labels:
        """How it is labelled: as its source wrote, and as was derived."""
        return entry_labels(self._labelled.entry.labels, self._labelled.categories)

    @property
    def kind(self) -> Kind:
        """What kind of record it is."""
        entry, evidence = self._labelled.entry, self.evidence
        media = frozenset(evidence.media) if evidence else frozenset()
        return _one(Kind(entry.resource_type, frozenset(entry.profiles), media))

    @property
    def codes(self) -> Codes:
        """What it is coded as."""
        return _codes(self.evidence) if self.evidence else _one(Codes(frozenset(), frozenset(), True))

    @property
    def when(self) -> Span | None:
        """When the fact was true."""
        return _when(self.evidence) if self.evidence else None

    @property
    def holders(self) -> tuple[Pointer, ...]:
        """Who holds or wrote it."""
        if self._holders is None:
            evidence = self.evidence
            self._holders = _pointers(evidence.holders) if evidence else ()
        return self._holders

    @property
    def names(self) -> tuple[str, ...]:
        """Its own names."""
        evidence = self.evidence if self._evidence is False else self._evidence
        resource = self._labelled.entry.resource
        return (resource, *evidence.names) if evidence else (resource,)

    @property
    def itself(self) -> Itself:
        """What tells it from every other record."""
        if self._itself is None:
            self._itself = self._who()
        return self._itself

    def _who(self) -> Itself:
        entry, evidence = self._labelled.entry, self.evidence or Evidence()
        writers = tuple(Pointer(found) for found in evidence.writers)
        refers = frozenset(evidence.refers) | {link.target for link in entry.links}
        return Itself(frozenset((entry.resource, *evidence.names)), refers, writers, entry.resource_type)


@lru_cache(maxsize=20_000)
def entry_labels(labels: tuple[Code, ...], categories: tuple[str, ...]) -> Labels:
    """The labels of an entry: those its source wrote, and the categories found for it (none: labelling gave up)."""
    written = [label(Coding(one.system, one.code)) if one.code else Label("other", "|") for one in labels]
    return labels_of(written, categories, unlabelled=not categories)


@lru_cache(maxsize=20_000)
def _pointers(names: tuple[tuple[str, ...], ...]) -> tuple[Pointer, ...]:
    return tuple(Pointer(found) for found in names)


def _codes(evidence: Evidence) -> Codes:
    principal = frozenset(Coding(*pair) for pair in evidence.principal)
    return _one(Codes(principal, frozenset(Coding(*pair) for pair in evidence.codes), evidence.words))


def _when(evidence: Evidence) -> Span | None:
    return Span(*evidence.when) if evidence.when else None


def labels_of(labels: Iterable[Label | None], derived: Iterable[str] = (), *, unlabelled: bool = False) -> Labels:
    """Labels arranged. `derived` are categories beside what is written; `unlabelled` says that labelling gave up."""
    confidentiality, sensitivity, other = "", set(), set()
    told = set(derived)
    order = vocabulary().order
    for item in labels:
        if item is None:
            continue
        if item.kind == "confidentiality":
            if not confidentiality or order.index(item.code) > order.index(confidentiality):
                confidentiality = item.code
        elif item.kind == "sensitivity":
            sensitivity.add(item.code)
        elif item.kind == "category":
            told.add(item.code)
        else:
            other.add(item.code)
    written = {category_of(code) for code in sensitivity}
    found = told - written
    if "general" in found:
        found.discard("general")
        if not found and not sensitivity and not other:
            confidentiality = confidentiality or "N"
    doubt = unlabelled or not (confidentiality or sensitivity or other or found)
    return _one(Labels(confidentiality, frozenset(sensitivity), frozenset(other), frozenset(found), doubt))


_Same = TypeVar("_Same", bound=Hashable)


def _one(value: _Same) -> _Same:
    """The same object for equal values: looking up by it is then quick."""
    return cast(_Same, _first(value))


@lru_cache(maxsize=20_000)
def _first(value: Hashable) -> Hashable:
    return value


def written_labels(tree: Tree) -> list[Label | None]:
    """The security labels a record carries."""
    return list(_labels(tree))


def _labels(tree: Tree) -> Iterator[Label | None]:
    for item in _list(_meta(tree).get("security")):
        system = item.get("system") if isinstance(item, dict) else None
        code = item.get("code") if isinstance(item, dict) else None
        if isinstance(code, str):
            yield label(Coding(system if isinstance(system, str) else "", code))
        else:
            yield Label("other", "|")


def _meta(tree: Tree) -> Tree:
    meta = tree.get("meta")
    return meta if isinstance(meta, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else ([] if value is None else [value])
