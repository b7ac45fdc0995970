"""Which information categories an entry belongs to, from everything known about it.

`label` takes entries of one person together, so that a medicine, result, letter or visit that would give a sensitive
problem away carries its label too (`consent.propagation`); `label_together` also those of earlier imports, opened or
not. The tables stand in `consent.sensitivity`. Nothing here knows who asks, or what is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType

from consent.labels import LabelledEntry
from consent.propagation import RECEIVES, Closed, Web, nature, travel
from consent.recorded import row_of
from consent.sensitivity.tables import Meaning, Where, codes, security_labels, shape, tables_stamp, words
from fhir.entries import Code, Entry

_GENERAL = frozenset({"general"})
_NO_LABELS = Meaning()
_RESTRICTED = frozenset({"R", "V"})
_NO_CORRECTIONS: Mapping[int, tuple[str, ...]] = MappingProxyType({})

GIVES_AWAY = "it would give away something labelled so"
SET_ON_PURPOSE = "someone entitled to set it so on purpose"

Reasons = dict[str, str]


@dataclass(frozen=True)
class Labelling:
    """What labelling found: `labelled` stands beside the entries; `floors` are categories that reach closed entries,
    by their keys."""

    labelled: list[LabelledEntry]
    floors: dict[int, tuple[str, ...]]


def label(entries: Sequence[Entry]) -> list[LabelledEntry]:
    """The entries, in order, each with its categories, limits and the reasons for them.

    An explicit sensitivity label of the source overrides everything derived, also what travels along links; a routine
    confidentiality N does not (consent.md, Labelling). An unknown resource type is left unlabelled, and so is what the
    source marks R or V without a sensitivity that can be derived: not "general", seen by those permitted everything.
    """
    return label_together(entries).labelled


def label_together(
    entries: Sequence[Entry],
    *,
    closed: Sequence[Closed] = (),
    corrected: Mapping[int, tuple[str, ...]] = _NO_CORRECTIONS,
    silent: Collection[int] = (),
) -> Labelling:
    """The same for one person's entries of any imports, with what only hashes are known of.

    `corrected` gives the categories that someone set on purpose, by place among the entries: they override all else but
    limits and confidentiality. `silent` are places of superseded states: they receive labels and give none.
    """
    own = [_own(entry) for entry in entries]
    for n, chosen in corrected.items():
        own[n] = _Own(
            _base_of(entries[n]), dict.fromkeys(chosen, SET_ON_PURPOSE), replace(own[n].meaning, unknown=False), True
        )
    received, treated = _travel(entries, own, closed, silent)
    stamp = tables_stamp()
    labelled = [
        _labelled(entry, own[n], received.get(n), stamp, treated=n in treated, explicit=n in corrected)
        for n, entry in enumerate(entries)
    ]
    floors = {one.key: tuple(sorted(received[n])) for n, one in enumerate(closed, len(entries)) if n in received}
    return Labelling(labelled, floors)


def rests_on_words(kind: str) -> bool:
    """Whether what an entry of a type of resource is called may label it: a surname is not a diagnosis."""
    return kind not in shape().people


class _Own:
    """What one entry says of itself: `found` are categories with reasons, `fixed` that the source's label decides,
    `safety` that only the source's label may hide it, `gives` the categories it hands on along links."""

    __slots__ = ("base", "base_reason", "fixed", "found", "gives", "meaning", "safety")

    def __init__(self, base: _Base, found: Reasons, meaning: Meaning, fixed: bool = False) -> None:
        self.base, self.base_reason, self.safety, named = base
        self.found = found
        self.meaning = meaning
        self.fixed = fixed or bool(meaning.categories)
        if self.fixed or named or not self.base:
            self.gives: Collection[str] = found
        else:
            self.gives = (*found, self.base) if found else _base_gives(self.base)


@cache
def _base_gives(category: str) -> tuple[str, ...]:
    return (category,) if category in shape().travels else ()


_Base = tuple[str, str, bool, bool]
_NOTHING: Reasons = {}


def _base_of(entry: Entry) -> _Base:
    return _base(entry.section, entry.resource_type, entry.source.lane, entry.kind)


def _own(entry: Entry) -> _Own:
    meaning = _meaning(entry.labels) if entry.labels else _NO_LABELS
    if limited := _limits_of((*entry.codes, *entry.categories)):
        meaning = replace(meaning, limits=tuple(sorted(limited.union(meaning.limits))))
    kind = entry.resource_type
    base = _base_of(entry)
    if meaning.categories:
        return _Own(base, dict.fromkeys(meaning.categories, "the source labelled it so"), meaning)
    return _Own(base, _NOTHING if base[2] else _derived(entry, kind), meaning)


def _limits_of(codings: tuple[Code, ...]) -> set[str]:
    """Lawful limits that codes of a record put on the entry that has them: "patient not to see"."""
    return {row.limit for code in codings if (row := row_of(code)) is not None and row.limit}


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
    if not rests_on_words(kind):
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
    row_of.cache_clear()
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


def _travel(
    entries: Sequence[Entry], own: list[_Own], closed: Sequence[Closed], silent: Collection[int]
) -> tuple[dict[int, set[str]], set[int]]:
    """Categories that reach entries (and closed ones, numbered after them) along links; and the treated problems."""
    gives = {n: item.gives for n, item in enumerate(own) if item.gives}
    if not gives and not any(entry.links for entry in entries):
        return {}, set()  # nothing to hand on, and no way to do so
    web = Web(entries, closed)
    count = len(entries)

    def barred(n: int) -> bool:
        if n < count:
            return own[n].fixed or own[n].safety or not nature(entries[n]) & RECEIVES
        return n < count + len(closed) and not closed[n - count].nature & RECEIVES

    return travel(gives, barred, silent, web) if gives else {}, web.treated


def _labelled(
    entry: Entry, own: _Own, received: set[str] | None, stamp: int, *, treated: bool, explicit: bool
) -> LabelledEntry:
    meaning = own.meaning
    if own.found is _NOTHING and not received and meaning is _NO_LABELS:
        if not own.base:
            return LabelledEntry(entry, because=(own.base_reason,), treated=treated, tables=stamp)
        categories, because = _plain(own.base, own.base_reason)
        return LabelledEntry(entry, categories, because=because, treated=treated, tables=stamp)
    reasons: Reasons = {}
    if not own.fixed and own.base:
        reasons[own.base] = own.base_reason
    reasons |= dict.fromkeys(sorted(received or ()), GIVES_AWAY)
    reasons |= own.found
    if len(reasons) > 1:
        reasons.pop("general", None)
    unknown = meaning.unknown and not own.fixed
    hidden = (
        meaning.confidentiality in _RESTRICTED
        and reasons.keys() <= _GENERAL
        and entry.resource_type != "Patient"
        and not explicit
    )
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
        tables=stamp,
        explicit=explicit,
    )


@cache
def _plain(category: str, why: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (category,), (f"{category}: {why}",)


def _limit_lines(limits: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{limit}: the source says so" for limit in limits)
