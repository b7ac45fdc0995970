"""What the rules of a Consent look at in a record, taken from its FHIR JSON form (`facts_of`).

Codes, labels, times, who holds or wrote it, what it refers to. Knows no rule and no request.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from consent.consents import Pointer, Tree, identifier_name, pointer
from consent.spans import LATEST, Span, date_span, period_span
from consent.vocabulary import Coding, Label, category_of, label, vocabulary


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
    tree: Tree, names: Sequence[str], *, medicines: dict[str, Tree] | None = None, sources: Sequence[Tree] = ()
) -> Facts:
    """The facts of one record. `names` are "Type/id" and its address; `medicines` holds Medication resources by name,
    `sources` the Provenance resources about this record."""
    holders = tuple(_pointers(tree, vocabulary().holders))
    writers = tuple(_pointers(tree, [path for path in vocabulary().holders if path in vocabulary().writers]))
    for source in sources:
        told = tuple(_pointers(source, ("agent.who", "agent.onBehalfOf", "agent.whoReference")))
        holders += told
        writers += told
    identifiers = tree.get("identifier")
    own = [identifier_name(item) for item in (identifiers if isinstance(identifiers, list) else ()) if _is_tree(item)]
    kind = tree.get("resourceType")
    return Facts(
        reference=next(iter(names), ""),
        names=frozenset([*names, *(name for name in own if name)]),
        kind=Kind(
            kind if isinstance(kind, str) else "",
            frozenset(item for item in _list(_meta(tree).get("profile")) if isinstance(item, str)),
            frozenset(_media(tree)),
        ),
        labels=labels_of(_labels(tree)),
        codes=_codes(tree, medicines or {}),
        when=when_of(tree),
        holders=tuple(dict.fromkeys(holders)),
        writers=tuple(dict.fromkeys(writers)),
        refers=frozenset(name for found in references(tree) for name in found.names),
    )


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


def references(value: Any) -> Iterator[Pointer]:
    """Every Reference in a tree, but for what it contains."""
    if isinstance(value, dict):
        if "reference" in value and isinstance(value["reference"], str):
            found = pointer(value)
            if found is not None:
                yield found
        for name, inner in value.items():
            if name != "contained":
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def when_of(tree: Tree) -> Span | None:
    """When the fact is true, by the first time element it has; None where none can be read."""
    for path in vocabulary().times:
        for value in at(tree, path):
            if isinstance(value, str):
                return _until(tree, date_span(value))
            if isinstance(value, dict) and ("start" in value or "end" in value):
                return period_span(value)
            return None
    return None


def _until(tree: Tree, start: Span | None) -> Span | None:
    """A start with the end that some records write beside it."""
    if start is None:
        return None
    for name in ("abatementDateTime", "end"):
        value = tree.get(name)
        if value is not None:
            last = date_span(value) if isinstance(value, str) else None
            return Span(start.start, last.end) if last and last.end >= start.start else Span(start.start, LATEST)
    return start


def at(tree: Any, path: str) -> Iterator[Any]:
    """The values at "a.b", through lists."""
    name, _, rest = path.partition(".")
    if isinstance(tree, list):
        for item in tree:
            yield from at(item, path)
    elif isinstance(tree, dict) and name in tree:
        value = tree[name]
        if rest:
            yield from at(value, rest)
        elif isinstance(value, list):
            yield from value
        else:
            yield value


def _pointers(tree: Tree, paths: Iterable[str]) -> Iterator[Pointer]:
    for path in paths:
        for value in at(tree, path):
            found = pointer(value)
            if found is not None:
                yield found


def _labels(tree: Tree) -> Iterator[Label | None]:
    for item in _list(_meta(tree).get("security")):
        system = item.get("system") if isinstance(item, dict) else None
        code = item.get("code") if isinstance(item, dict) else None
        if isinstance(code, str):
            yield label(Coding(system if isinstance(system, str) else "", code))
        else:
            yield Label("other", "|")


def _codes(tree: Tree, medicines: dict[str, Tree]) -> Codes:
    principal: set[Coding] = set()
    words = False
    trees = [tree]
    for path in ("medicationReference", "medication.reference"):
        for value in at(tree, path):
            found = pointer(value)
            inside = [item for item in _list(tree.get("contained")) if _is_tree(item)]
            for name in found.names if found else ():
                if name in medicines:
                    trees.append(medicines[name])
                trees += [item for item in inside if f"#{item.get('id')}" == name]
    for one in trees:
        for path in vocabulary().principal:
            for value in at(one, path):
                codings = list(_codings(value))
                principal.update(codings)
                words = words or (not codings and isinstance(value, dict))
    anywhere = {coding for one in trees for coding in _codings(one)}
    return _one(Codes(frozenset(principal), frozenset(anywhere), words and not principal))


def _codings(value: Any) -> Iterator[Coding]:
    if isinstance(value, dict):
        code, system = value.get("code"), value.get("system")
        if isinstance(code, str) and isinstance(system, str):
            yield same_system(Coding(system, code))
        for name, inner in value.items():
            if name not in ("meta", "text"):
                yield from _codings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _codings(inner)


_NAMES_OF_SYSTEMS = {
    "urn:oid:2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "urn:oid:2.16.840.1.113883.6.1": "http://loinc.org",
    "urn:oid:2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
}


def same_system(coding: Coding) -> Coding:
    """A coding with one name for its system, however written."""
    system = coding.system.strip().rstrip("/")
    if system.startswith("https://"):
        system = "http://" + system[8:]
    return Coding(_NAMES_OF_SYSTEMS.get(system, system), coding.code.strip())


def _media(tree: Tree) -> Iterator[str]:
    for path in ("contentType", "content.attachment.contentType", "presentedForm.contentType", "content.contentType"):
        for value in at(tree, path):
            if isinstance(value, str):
                yield value


def _meta(tree: Tree) -> Tree:
    meta = tree.get("meta")
    return meta if isinstance(meta, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else ([] if value is None else [value])


def _is_tree(value: Any) -> bool:
    return isinstance(value, dict)
