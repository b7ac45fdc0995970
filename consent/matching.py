"""How one element of a rule is compared with a request or a record (consent.md, Reading a FHIR Consent, 3, 4, 8 to 10).

An answer has two bits, because what cannot be told is a match for a refusal and none for a permission: `YES`, `NO`,
`UNKNOWN` (refusals only) and, for a label below a refused one, `PERMITS`. Values of one element are joined by "or".
`UNFOLLOWED` is an `UNKNOWN` that nobody here can ever tell: what a record leads to that is not here.
What a comparison needs of the request is compared once, when a rule is compiled; the rest is an `Element` that is
asked for every record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from consent.actors import Directory, Who
from consent.consents import Actor, Concept, Datum, Pointer, Provision
from consent.evidence import same_system
from consent.facts import Codes, Itself, Kind, Labels
from consent.spans import Span, instant
from consent.vocabulary import EVERYTHING, Choice, Coding, Label, category_of, label, vocabulary

NO: Final = 0
PERMITS: Final = 1
DENIES: Final = 2
UNKNOWN: Final = DENIES
UNFOLLOWED: Final = UNKNOWN | 4
YES: Final = PERMITS | DENIES
BIT: Final[dict[Choice, int]] = {"permit": PERMITS, "deny": DENIES}

_MEMORY = 20_000


@dataclass(frozen=True)
class Asking:
    """A request as the rules of a Consent see it. `purposes` are `purpose_key`s; `roles` codes of the requester.

    `role_systems`: of code systems other than these it is not known what the requester would be called there (None: the
    roles given are all there are)."""

    patient: Pointer
    actors: tuple[Pointer, ...]
    organisations: tuple[Pointer, ...]
    roles: frozenset[Coding]
    purposes: tuple[str, ...]
    action: str
    now: datetime
    role_systems: frozenset[str] | None = None


@dataclass(frozen=True)
class Scene:
    """What is known around a request: who is who, everything the requester is, and what records refer to."""

    asking: Asking
    directory: Directory
    requester: Who
    refers: Mapping[str, frozenset[str]]


@dataclass
class Element:
    """One element of a rule. `constant` where only the request matters; else `test` is asked with the record's
    `attribute`. `soft` elements are those that a nested rule may restate though they made its parent fail. `best` is
    the most it can answer. `alike`: many records have one value of the attribute, so that answers are remembered."""

    name: str
    soft: bool = False
    constant: int | None = None
    attribute: str = ""
    test: Callable[[Any], int] | None = None
    names_recipient: bool = False
    best: int = YES
    alike: bool = True
    known: dict[Any, int] = field(default_factory=dict)

    def ask(self, value: Any) -> int:
        """The answer for one value of the attribute, remembered where many records have it."""
        if self.test is not None and not self.alike:
            return self.test(value)
        answer = self.known.get(value)
        if answer is None:
            assert self.test is not None
            if len(self.known) > _MEMORY:
                self.known.clear()
            answer = self.known[value] = self.test(value)
        return answer


def purpose_key(coding: Coding) -> str:
    """One name for a purpose, however its system is written."""
    return vocabulary().named(coding) or f"{coding.system}|{coding.code}"


def period_element(period: Span | Literal["doubt"], scene: Scene) -> Element:
    """When a rule holds."""
    held = UNKNOWN if period == "doubt" else YES if period.holds(instant(scene.asking.now)) else NO
    return Element("period", constant=held)


def purpose_element(values: Sequence[Coding | None], scene: Scene) -> Element:
    """Why is asked. Of several purposes a permission must cover all, a refusal one."""
    answers = [_purpose(values, asked) for asked in scene.asking.purposes]
    return Element("purpose", soft=True, constant=_all_or_any(answers))


def _purpose(values: Sequence[Coding | None], asked: str) -> int:
    answer = NO
    for value in values:
        if value is None:
            answer |= UNKNOWN
        elif purpose_key(value) == asked:
            answer |= YES
        elif vocabulary().system(value.system) != "actreason" or value.code not in vocabulary().purposes:
            answer |= UNKNOWN
    return answer


def _all_or_any(answers: Sequence[int]) -> int:
    if not answers:
        return UNKNOWN
    every, some = YES, NO
    for answer in answers:
        every &= answer
        some |= answer
    return (every & PERMITS) | (some & DENIES)


def action_element(values: Sequence[Concept | None], scene: Scene) -> Element:
    """What is to be done with it."""
    answer = NO
    for concept in values:
        known = [
            coding.code
            for coding in concept or ()
            if vocabulary().system(coding.system) == "action" and coding.code in vocabulary().actions
        ]
        answer |= YES if scene.asking.action in known else (NO if known else UNKNOWN)
    return Element("action", constant=answer)


def is_holder(actor: Actor) -> bool | None:
    """Whether an actor holds or wrote the record (CST, AUT); None where it is said to do that and to receive."""
    roles = {vocabulary().named(role) in vocabulary().holder_roles for role in actor.roles}
    return None if len(roles) > 1 else roles == {True}


def actor_element(values: Sequence[Actor | None], scene: Scene) -> Element:
    """Who asks, and who holds or wrote the record: both where both are named."""
    sides: dict[bool | None, list[Actor]] = {True: [], False: [], None: []}
    for actor in values:
        if actor is not None:
            sides[is_holder(actor)].append(actor)
    doubt = UNKNOWN if sides[None] or None in values else NO
    receivers, holders = sides[False], sides[True]
    asked = doubt
    for actor in receivers:
        asked |= _receives(actor, scene)
    among = _among([actor.who for actor in holders], scene.directory)
    best = asked if receivers or not holders else YES

    def test(pointers: tuple[Pointer, ...]) -> int:
        return (among(pointers) | doubt) & best

    return Element(
        "actor",
        soft=True,
        constant=None if holders and best != NO else best,
        attribute="holders",
        test=test,
        names_recipient=any(actor.who is not None for actor in receivers),
        best=best,
    )


def _receives(actor: Actor, scene: Scene) -> int:
    if actor.who is not None:
        return _is_one_of(actor.who, scene.requester, scene.directory)
    if any(role in scene.asking.roles for role in actor.roles):
        return YES
    general = any(vocabulary().system(role.system) == "participation" for role in actor.roles)
    known = scene.asking.role_systems
    foreign = known is not None and any(role.system not in known for role in actor.roles)
    return UNKNOWN if general or foreign or not scene.asking.roles else NO


def _is_one_of(who: Pointer, those: Who, directory: Directory) -> int:
    names = directory.names(who)
    if names & those.certain:
        return YES
    if names & those.possible or not directory.known(who) or directory.open_members(who):
        return UNKNOWN
    return NO


def _among(wanted: Iterable[Pointer | None], directory: Directory) -> Callable[[tuple[Pointer, ...]], int]:
    sought = tuple(wanted)

    def test(pointers: tuple[Pointer, ...]) -> int:
        if not pointers:
            return UNKNOWN
        those = directory.who(pointers, one_employer=True)
        answer = NO
        for who in sought:
            answer |= UNKNOWN if who is None else _is_one_of(who, those, directory)
        return answer

    return test


def label_element(values: Sequence[Coding | None]) -> Element:
    """How the record is labelled. A permission must cover every label it has; a refusal one."""
    wanted = [label(value) if value is not None else None for value in values]
    known = [item for item in wanted if item is not None]
    doubt = len(known) < len(wanted) or any(item.kind == "other" for item in known)
    return Element("securityLabel", attribute="labels", test=_LabelTest(known, doubt=doubt))


class _LabelTest:
    def __init__(self, wanted: Sequence[Label], *, doubt: bool) -> None:
        words = vocabulary()
        self._doubt = doubt
        self._other = {item.code for item in wanted if item.kind == "other"}
        named = {item.code for item in wanted if item.kind == "sensitivity"}
        self._covers = named.union(*(words.covers.get(code, ()) for code in named))
        self._denies = self._covers.union(*(words.denies.get(code, ()) for code in named))
        levels = [words.order.index(item.code) for item in wanted if item.kind == "confidentiality"]
        self._highest = max(levels, default=-1)
        usual = words.order.index("N")  # a refusal of what is usual refuses all that has a level
        self._lowest = 0 if usual in levels else min(levels, default=len(words.order))
        self._categories = {category_of(code) for code in named}
        self._kinds = {item.code for item in wanted if item.kind == "category"}

    def __call__(self, have: Labels) -> int:
        if EVERYTHING in self._kinds:
            return YES
        strange = have.doubt or have.other - self._other
        denied = DENIES if self._doubt or strange or self._denied(have) else NO
        return denied | (PERMITS if not strange and self._covered(have) else NO)

    def _denied(self, have: Labels) -> bool:
        level = self._level(have)
        return bool(
            have.sensitivity & self._denies
            or have.derived & (self._categories | self._kinds)
            or any(category_of(code) in self._kinds for code in have.sensitivity)
            or ("general" in self._kinds and level >= 0 and self._everyday(have))
            or level >= self._lowest
        )

    def _covered(self, have: Labels) -> bool:
        level = self._level(have)
        usual = vocabulary().order.index("N")
        within = 0 <= level <= self._highest
        everyday = "general" in self._kinds and 0 <= level <= usual and self._everyday(have)
        derived = {vocabulary().label_of.get(category) for category in have.derived - self._kinds}
        written = {code for code in have.sensitivity if category_of(code) not in self._kinds}
        some = within or everyday or bool(have.sensitivity or have.other or have.derived)
        high = 0 <= self._highest < level and not everyday
        return some and not high and written <= self._covers and derived <= self._covers

    @staticmethod
    def _everyday(have: Labels) -> bool:
        """Whether nothing but a confidentiality is said of it: everyday health."""
        return not (have.sensitivity or have.other or have.derived)

    @staticmethod
    def _level(have: Labels) -> int:
        return vocabulary().order.index(have.confidentiality) if have.confidentiality else -1


def class_element(name: str, values: Sequence[Coding | None]) -> Element:
    """What kind of record it is: a resource type, a profile or a media type."""

    def test(kind: Kind) -> int:
        answer = NO
        for value in values:
            answer |= UNKNOWN if value is None else _class(value, kind)
        return answer

    return Element(name, attribute="kind", test=test)


def _class(value: Coding, kind: Kind) -> int:
    system = vocabulary().system(value.system)
    if system == "types":
        if value.code in (kind.type, "Resource", "DomainResource"):
            return YES
        return NO if value.code in vocabulary().types else UNKNOWN
    if system == "media":
        return YES if value.code in kind.media else NO
    profile = value.code.partition("|")[0]
    if "://" in profile or "structuredefinition" in value.system.casefold():
        names = {profile, f"{value.system.rstrip('/')}/{profile}"}
        return YES if names & {claimed.partition("|")[0] for claimed in kind.profiles} else NO
    return UNKNOWN


def code_element(values: Sequence[Concept | None]) -> Element:
    """What the record is coded as. A permission needs it to be what the record is; a refusal, that it is in it."""
    wanted = [frozenset(same_system(coding) for coding in concept or ()) for concept in values]

    def test(codes: Codes) -> int:
        answer = UNKNOWN if codes.words else NO
        for concept in wanted:
            if not concept or concept & codes.anywhere:
                answer |= UNKNOWN
            if concept & codes.principal:
                answer |= YES
        return answer

    return Element("code", attribute="codes", test=test)


def data_period_element(period: Span | Literal["doubt"]) -> Element:
    """When the fact was true. A permission needs all of it within; a refusal, a part of it."""
    if period == "doubt":
        return Element("dataPeriod", constant=UNKNOWN)

    def test(when: Span | None) -> int:
        if when is None:
            return UNKNOWN
        return YES if period.holds(when) else (UNKNOWN if period.touches(when) else NO)

    return Element("dataPeriod", attribute="when", test=test)


def data_element(values: Sequence[Datum | None], directory: Directory, refers: Mapping[str, frozenset[str]]) -> Element:
    """Which records are meant, by name; `refers` says what each record refers to."""
    meant = frozenset(name for value in values if value is not None for name in value.what.names)
    if all(value is not None and value.meaning == "instance" for value in values):
        return Element(
            "data", attribute="names", test=lambda names: NO if meant.isdisjoint(names) else YES, alike=False
        )

    def test(itself: Itself) -> int:
        answer = NO
        for value in values:
            answer |= UNKNOWN if value is None else _datum(value, itself, directory, refers)
        return YES if answer & YES == YES else answer

    return Element("data", attribute="itself", test=test)


def _datum(value: Datum, itself: Itself, directory: Directory, refers: Mapping[str, frozenset[str]]) -> int:
    if value.meaning == "authoredby":
        return _among([value.what], directory)(itself.writers)
    meant = frozenset(value.what.names)
    if itself.names & meant:
        return YES
    if value.meaning == "dependents":
        return YES if itself.refers & meant else NO
    if value.meaning == "related":
        led = [refers[name] for name in meant if name in refers]
        if not led:
            return UNFOLLOWED
        fact = itself.type not in vocabulary().mentioned
        return YES if fact and any(itself.names & there for there in led) else NO
    return NO


def data_elements(rule: Provision, directory: Directory, refers: Mapping[str, frozenset[str]]) -> Iterator[Element]:
    """The elements of one rule (without those in it) that ask about a record and not about who asks, nor about who
    holds it: that is told beside them."""
    if rule.labels is not None:
        yield label_element(rule.labels)
    for values in (rule.classes, rule.types, rule.documents):
        if values is not None:
            yield class_element("class", values)
    if rule.codes is not None:
        yield code_element(rule.codes)
    if rule.data_period is not None and rule.data_period != "doubt":
        yield data_period_element(rule.data_period)
    if rule.data is not None:
        yield data_element(rule.data, directory, refers)
