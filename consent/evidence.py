"""What the rules of a Consent look at in a record beyond its entry, taken from its FHIR JSON form once, at import.

Sealed beside the entry (`consent.labels`), so that a choice made later can be applied without opening source bytes.
Knows no rule and no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar

import msgspec

from consent.consents import Pointer, Tree, identifier_name, pointer
from consent.spans import LATEST, Span, date_span, period_span
from consent.vocabulary import Coding, vocabulary
from fhir.forms import coded, mark
from fhir.records import RowEvent

_SYSTEMS = {
    "urn:oid:2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "urn:oid:2.16.840.1.113883.6.1": "http://loinc.org",
    "urn:oid:2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
}


class Evidence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one record says to rules. `names` are its own names beside "Type/id"; `principal` and `codes` (system, code)
    pairs: what it is coded as, and all codes in it; `words`: its own code is only words; `when` is empty where the time
    is not known; `refers` are the names of all it refers to."""

    names: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    principal: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    words: bool = False
    when: tuple[int, ...] = ()
    holders: tuple[tuple[str, ...], ...] = ()
    writers: tuple[tuple[str, ...], ...] = ()
    refers: tuple[str, ...] = ()


NO_EVIDENCE = msgspec.Raw(b"\xc0")
"""What stands for evidence in an entry stored without any."""


def encode_evidence(evidence: Evidence) -> msgspec.Raw:
    """The bytes that are sealed within an entry."""
    return msgspec.Raw(_ENCODER.encode(evidence))


def decode_evidence(raw: msgspec.Raw) -> Evidence | None:
    """The evidence of an entry; None where none was kept."""
    found: Evidence | None = _DECODER.decode(raw)
    return found


def evidence_of(
    tree: Tree,
    names: Sequence[str],
    *,
    medicines: Mapping[str, Tree] | None = None,
    sources: Sequence[Tree] = (),
    everything: Callable[[tuple[str, ...]], tuple[str, ...]] = lambda names: names,
) -> Evidence:
    """The evidence of one record. `names` are its names; `medicines` holds Medication resources by name, `sources` the
    Provenance resources about this record. `everything` gives all names that those who bear some names go by, with the
    names of what they belong to."""
    paths = _paths()
    holders: dict[tuple[str, ...], None] = {}
    writers: dict[tuple[str, ...], None] = {}
    for name in tree:
        for path, writes in paths.holders.get(name, ()):
            for found in _pointers(tree, path):
                holders[found.names] = None
                if writes:
                    writers[found.names] = None
    for source in sources:
        for path in ("agent.who", "agent.onBehalfOf", "agent.whoReference"):
            for found in _pointers(source, path):
                holders[found.names] = writers[found.names] = None
    codes: dict[Coding, None] = {}
    refers: dict[str, None] = {}
    _gather(tree, codes, refers, within=True)
    principal, words = _principal(tree, codes, medicines or {})
    identifiers = tree.get("identifier")
    own = [
        identifier_name(item)
        for item in (identifiers if isinstance(identifiers, list) else ())
        if isinstance(item, dict)
    ]
    when = when_of(tree)
    return Evidence(
        names=tuple(dict.fromkeys([name for name in (*names, *own) if name])),
        media=tuple(dict.fromkeys(_media(tree))),
        principal=tuple(principal),
        codes=tuple(codes),
        words=words,
        when=() if when is None else tuple(when),
        holders=tuple(everything(one) for one in holders),
        writers=tuple(everything(one) for one in writers),
        refers=tuple(refers),
    )


class Likeness:
    """Tells the evidence of records of one document from that of another that says the same but for its person,
    its times and its identifiers. Dates and people repeat from row to row, and are read once."""

    def __init__(self) -> None:
        self._when: dict[bytes, tuple[int, ...]] = {}
        self._refers: dict[str, tuple[str, ...]] = {}
        self._moments: dict[object, bytes] = {}
        self._people: dict[str, bytes] = {}

    def like(self, model: Evidence, subject: str, times: Tree, identifiers: Sequence[Tree]) -> Evidence:
        """The evidence of a record with this reference to its person, empty if it is theirs about themself, and these
        elements of times and identifiers."""
        return msgspec.structs.replace(
            model,
            names=_named(identifiers),
            when=self._when_of(times) if times else model.when,
            refers=self._referred(subject) if subject else model.refers,
        )

    def gaps(self, model: Evidence, event: RowEvent) -> tuple[bytes, bytes, bytes]:
        """The same as what fills in a form (`fhir.forms`): names, when, and what is referred to."""
        moment, subject = event.moment, event.subject
        when = self._moments.get(moment)
        if when is None:
            times = event.times
            when = coded(tuple(when_of(times) or ()) if times else model.when)
            if times:
                _keep(self._moments, moment, when)
        refers = self._people.get(subject)
        if refers is None:
            about = pointer({"reference": subject}) if subject else None
            refers = coded(about.names if about is not None else () if subject else model.refers)
            if subject:
                _keep(self._people, subject, refers)
        identifiers = event.identifiers
        return coded(_named(identifiers)) if identifiers else _NO_NAMES, when, refers

    def _when_of(self, times: Tree) -> tuple[int, ...]:
        key = msgspec.msgpack.encode(times)
        found = self._when.get(key)
        if found is None:
            found = self._when[key] = tuple(when_of(times) or ())
        return found

    def _referred(self, subject: str) -> tuple[str, ...]:
        found = self._refers.get(subject)
        if found is None:
            about = pointer({"reference": subject})
            found = self._refers[subject] = about.names if about is not None else ()
        return found


def with_gaps(evidence: Evidence, first: int) -> tuple[Evidence, list[object]]:
    """Evidence with marks where `Likeness` tells what differs, in the gaps from number `first` on, and the marks."""
    names, refers = (mark(first),), (mark(first + 2),)
    when: Any = (mark(first + 1),)
    return msgspec.structs.replace(evidence, names=names, when=when, refers=refers), [names, when, refers]


def _named(identifiers: Sequence[Tree]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([name for name in map(identifier_name, identifiers) if name]))


_NO_NAMES = coded(())


def _keep(kept: dict[_K, bytes], key: _K, value: bytes) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
    kept[key] = value


_KEPT = 4000
"""Of so many people and times it is remembered what they are to rules."""
_K = TypeVar("_K")


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
    for first, path in _times():
        if first not in tree:
            continue
        for value in at(tree, path):
            if isinstance(value, str):
                return _until(tree, date_span(value))
            if isinstance(value, dict) and ("start" in value or "end" in value):
                return period_span(value)
            return None
    return None


@cache
def _times() -> tuple[tuple[str, str], ...]:
    """The paths of times, each with its first element."""
    return tuple((path.partition(".")[0], path) for path in vocabulary().times)


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


@lru_cache(maxsize=20_000)
def same_system(coding: Coding) -> Coding:
    """A coding with one name for its system, however written."""
    system = coding.system.strip().rstrip("/")
    if system.startswith("https://"):
        system = "http://" + system[8:]
    return Coding(_SYSTEMS.get(system, system), coding.code.strip())


class _Paths(NamedTuple):
    holders: dict[str, list[tuple[str, bool]]]


@cache
def _paths() -> _Paths:
    """The paths to whoever holds or wrote a record by their first element, each with whether it writes."""
    holders: dict[str, list[tuple[str, bool]]] = {}
    for path in vocabulary().holders:
        holders.setdefault(path.partition(".")[0], []).append((path, path in vocabulary().writers))
    return _Paths(holders)


def _pointers(tree: Tree, path: str) -> Iterator[Pointer]:
    for value in at(tree, path):
        found = pointer(value)
        if found is not None:
            yield found


def _gather(value: Any, codes: dict[Coding, None], refers: dict[str, None], *, within: bool) -> None:
    """Every coding of a tree but in meta and text, and every name it refers to but in what it contains."""
    if type(value) is list:
        for inner in value:
            _gather(inner, codes, refers, within=within)
        return
    if type(value) is not dict:
        return
    system = value.get("system")
    if type(system) is str:
        code = value.get("code")
        if type(code) is str:
            codes[same_system(Coding(system, code))] = None
    if within and type(value.get("reference")) is str:
        found = pointer(value)
        if found is not None:
            refers.update(dict.fromkeys(found.names))
    for name, inner in value.items():
        kind = type(inner)
        if kind is not dict and kind is not list:
            continue
        if name in ("meta", "text"):
            if not within:
                continue
            where, inside = {}, True
        else:
            where, inside = codes, within and name != "contained"
        if kind is dict:
            _gather(inner, where, refers, within=inside)
            continue
        for one in inner:
            if type(one) is dict or type(one) is list:
                _gather(one, where, refers, within=inside)


def _principal(tree: Tree, codes: dict[Coding, None], medicines: Mapping[str, Tree]) -> tuple[dict[Coding, None], bool]:
    """What a record is coded as, also by its Medication, whose codes join those anywhere in it."""
    principal: dict[Coding, None] = {}
    words = False
    trees = [tree]
    for path in ("medicationReference", "medication.reference"):
        for value in at(tree, path):
            found = pointer(value)
            contained = tree.get("contained")
            inside = [item for item in (contained if isinstance(contained, list) else ()) if isinstance(item, dict)]
            for name in found.names if found else ():
                if name in medicines:
                    trees.append(medicines[name])
                    _gather(medicines[name], codes, {}, within=False)
                trees += [item for item in inside if f"#{item.get('id')}" == name]
    for one in trees:
        for path in vocabulary().principal:
            if path.partition(".")[0] not in one:
                continue
            for value in at(one, path):
                codings: dict[Coding, None] = {}
                _gather(value, codings, {}, within=False)
                principal.update(codings)
                words = words or (not codings and isinstance(value, dict))
    return principal, words and not principal


_MEDIA = ("contentType", "content.attachment.contentType", "presentedForm.contentType", "content.contentType")


def _media(tree: Tree) -> Iterator[str]:
    if "content" in tree or "contentType" in tree or "presentedForm" in tree:
        for path in _MEDIA:
            for value in at(tree, path):
                if isinstance(value, str):
                    yield value


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Evidence | None)
