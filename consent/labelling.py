"""Which information categories an entry belongs to, from everything known about it.

`label` takes one person's entries of one import together, so that a medicine, result, letter or visit that would give
a sensitive problem away carries its label too. The tables stand in `consent.sensitivity`. Nothing here knows who asks,
and entries stored by earlier imports are not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from consent.labels import LabelledEntry
from consent.sensitivity.tables import Meaning, Where, codes, security_labels, shape, words
from fhir.entries import Code, Entry

_GENERAL = frozenset({"general"})
_NO_LABELS = Meaning()
_RESTRICTED = frozenset({"R", "V"})

Reasons = dict[str, str]


def label(entries: Sequence[Entry]) -> list[LabelledEntry]:
    """The entries, in order, each with its categories, limits and the reasons for them.

    An explicit sensitivity label of the source overrides everything derived, also what travels along links; a routine
    confidentiality N does not (consent.md, Labelling). An unknown resource type is left unlabelled, and so is what the
    source marks R or V without a sensitivity that can be derived: not "general", seen by those permitted everything.
    """
    own = [_own(entry) for entry in entries]
    received, treated = _travel(entries, own)
    return [_labelled(entry, own[n], received.get(n), n in treated) for n, entry in enumerate(entries)]


class _Own:
    """What one entry says of itself: `found` are categories with reasons, `fixed` that the source's label decides,
    `safety` that only the source's label may hide it, `gives` the categories it hands on along links."""

    __slots__ = ("base", "base_reason", "fixed", "found", "gives", "meaning", "safety")

    def __init__(self, base: _Base, found: Reasons, meaning: Meaning) -> None:
        self.base, self.base_reason, self.safety, named = base
        self.found = found
        self.meaning = meaning
        self.fixed = bool(meaning.categories)
        self.gives: Collection[str] = found if named or not self.base else (*found, self.base)


_Base = tuple[str, str, bool, bool]
_NOTHING: Reasons = {}


def _own(entry: Entry) -> _Own:
    meaning = _meaning(entry.labels) if entry.labels else _NO_LABELS
    kind = entry.resource_type
    base = _base(entry.section, kind, entry.source.lane, entry.kind)
    if meaning.categories:
        return _Own(base, dict.fromkeys(meaning.categories, "the source labelled it so"), meaning)
    return _Own(base, _NOTHING if base[2] else _derived(entry, kind), meaning)


def _meaning(labels: tuple[Code, ...]) -> Meaning:
    return security_labels().meaning((label.system, label.code) for label in labels)


@cache
def _base(section: str, kind: str, lane: str, family: str) -> _Base:
    """The category of place and kind, why, whether this is a safety fact that only its source's label may hide, and
    whether it is a person or place, which hands on only what its own name or label says."""
    table = shape()
    if section == "allergies" or family == "cpr-decision" or kind == "AllergyIntolerance":
        return "general", "allergies and CPR decisions are for everyone who gives care", True, False
    if kind not in table.type:
        return "", "a kind of record that is not known here", False, False
    named = kind in table.never_receive_types
    if section in table.section:
        return table.section[section], f"it stands under {section}", False, named
    if lane in table.lane:
        return table.lane[lane], f"a {lane.replace('-', ' ')} service wrote it", False, named
    return table.type[kind], "its kind of record", False, named


def _derived(entry: Entry, kind: str) -> Reasons:
    if kind in shape().people:  # a surname is not a diagnosis
        return _NOTHING
    where: Where = "medicine" if entry.section == "medicines" or kind.startswith("Medication") else "title"
    said = _said_by_name(where, entry.title, entry.source.name)
    found = dict(said) if said else _NOTHING
    for codings in (entry.codes, entry.categories):
        for code in codings:
            said = _said_by_code(where, code.system, code.code, code.display)
            if said:
                found = found | dict(said)
    return found


def forget() -> None:
    """Drop the titles and displays that are kept to label quickly. Call when a vault is locked or closed."""
    _said_by_name.cache_clear()
    _said_by_code.cache_clear()


_Said = tuple[tuple[str, str], ...]


@lru_cache(maxsize=50_000)
def _said_by_name(where: Where, title: str, source: str) -> _Said:
    """Categories with reasons from a title and the name of the source; the title's reason is told first."""
    return tuple((dict(words().categories("source", source)) | dict(words().categories(where, title))).items())


@lru_cache(maxsize=50_000)
def _said_by_code(where: Where, system: str, code: str, display: str) -> _Said:
    """Categories with reasons from one coding; what the code means is told before what its display says."""
    return tuple((dict(words().categories(where, display)) | dict(codes().categories(system, code))).items())


class _Rel(NamedTuple):
    """What a kind of reference does with labels (`shape.toml`, links)."""

    belongs: bool
    down_own: bool
    down_any: bool
    reason: bool


@cache
def _rel(path: str) -> _Rel:
    name, table = path.partition(".")[0], shape()
    return _Rel(name in table.belongs, name in table.down_own, name in table.down_any, name in table.reasons)


class _Web:
    """Who would give whom away. `up` leads from a fact to what refers to it or holds it; `down_own` and `down_any` to
    what it refers to, for facts labelled by themselves and for all. `treated` are problems that a medicine is for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.up: defaultdict[int, list[int]] = defaultdict(list)
        self.down_own: defaultdict[int, list[int]] = defaultdict(list)
        self.down_any: defaultdict[int, list[int]] = defaultdict(list)
        self.treated: set[int] = set()
        index = self._index(entries)
        for n, entry in enumerate(entries):
            for link in entry.links:
                targets = index.get(link.target)
                if targets is not None:
                    for target in targets:
                        if target != n:
                            self._tie(n, entry, _rel(link.rel), target)

    def _index(self, entries: Sequence[Entry]) -> dict[str, list[int]]:
        """Entries by resource. The person is left out: everything refers to them and nothing is given away by it.
        Entries of one resource tell of each other, unless it is a form or list whose parts stand for themselves."""
        table = shape()
        index: dict[str, list[int]] = {}
        for n, entry in enumerate(entries):
            same = index.get(entry.resource)
            if same is None:
                index[entry.resource] = [n]
            else:
                same.append(n)
                if entry.resource_type not in table.separate_parts:
                    self.down_any[same[0]].append(n)
                    self.down_any[n].append(same[0])
        return {resource: same for resource, same in index.items() if not resource.startswith(("Patient/", "Person/"))}

    def _tie(self, n: int, entry: Entry, rel: _Rel, target: int) -> None:
        if rel.belongs and entry.resource_type not in shape().letters:
            # A visit tells what its members are about; a member of a sensitive visit tells of the visit.
            self.up[n].append(target)
            self.down_own[target].append(n)
            return
        self.up[target].append(n)
        if rel.down_own or entry.resource_type in shape().containers:
            self.down_own[n].append(target)
        if rel.down_any:
            self.down_any[n].append(target)
        if rel.reason and entry.section == "medicines" and entry.active is not False:
            self.treated.add(target)


def _travel(entries: Sequence[Entry], own: list[_Own]) -> tuple[dict[int, Reasons], set[int]]:
    """Categories that reach an entry along links, with reasons; and the problems that a medicine in use is for."""
    web = _Web(entries)
    received: dict[int, Reasons] = {}
    for category in sorted(shape().travels):
        origins = [n for n, item in enumerate(own) if category in item.gives]
        if not origins:
            continue
        seen = set(origins)
        near = {other for n in origins for other in web.down_own.get(n, ())}
        step: set[int] = set(origins)
        while step:
            near.update(other for n in step for other in web.up.get(n, ()))
            near.update(other for n in step for other in web.down_any.get(n, ()))
            step = {other for other in near - seen if _may_receive(entries[other], own[other])}
            for other in step:
                received.setdefault(other, {})[category] = "it would give away something labelled so"
            seen |= step
            near = set()
    return received, web.treated


def _may_receive(entry: Entry, own: _Own) -> bool:
    table = shape()
    return not (
        own.fixed
        or own.safety
        or entry.resource_type in table.never_receive_types
        or entry.section in table.never_receive_sections
        or entry.kind in table.never_receive_kinds
    )


def _labelled(entry: Entry, own: _Own, received: Reasons | None, treated: bool) -> LabelledEntry:
    meaning = own.meaning
    if own.found is _NOTHING and not received and meaning is _NO_LABELS:
        if not own.base:
            return LabelledEntry(entry, because=(own.base_reason,), treated=treated)
        categories, because = _plain(own.base, own.base_reason)
        return LabelledEntry(entry, categories, because=because, treated=treated)
    reasons: Reasons = {}
    if not own.fixed and own.base:
        reasons[own.base] = own.base_reason
    reasons |= received or {}
    reasons |= own.found
    if len(reasons) > 1:
        reasons.pop("general", None)
    unknown = meaning.unknown and not own.fixed
    hidden = meaning.confidentiality in _RESTRICTED and reasons.keys() <= _GENERAL and entry.resource_type != "Patient"
    because = tuple(f"{category}: {why}" for category, why in sorted(reasons.items()))
    if unknown or hidden or not (own.base or own.fixed):
        why = "the source marked it in a way that is not understood" if unknown else "the source marked it confidential"
        because = (f"unlabelled: {why if unknown or hidden else own.base_reason}",)
        reasons = {}
    return LabelledEntry(
        entry=entry,
        categories=tuple(sorted(reasons)),
        confidentiality=meaning.confidentiality or ("R" if unknown else ""),
        limits=meaning.limits,
        because=because + _limit_lines(meaning.limits),
        treated=treated,
    )


@cache
def _plain(category: str, why: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (category,), (f"{category}: {why}",)


def _limit_lines(limits: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{limit}: the source says so" for limit in limits)
