"""Several Consents of one person: which are in force, which replace others, and what they say together
(consent.md, Reading a FHIR Consent, 1 and 7).

`compile_choices` does once all that depends only on the request; `Choices.on` then answers for records, quickly for
many: what has been compared with equal attributes is remembered. The order in which Consents arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal, NamedTuple

from consent.actors import Directory
from consent.consents import Consent, Problem, unreadable
from consent.decision import Step
from consent.facts import RecordFacts
from consent.matching import Asking, Element, Scene, is_holder
from consent.provision import EFFECT, SILENT, Ask, CompiledConsent, Outcome, Ruling, at_best, compile_consent
from consent.reporting import not_understood
from consent.spans import instant
from consent.vocabulary import vocabulary

Overall = Literal["permit", "deny", "no-consent"]
_MEMORY = 20_000


class Spoken(NamedTuple):
    """What the person's choices say of one record, and every rule looked at."""

    ruling: Ruling
    steps: tuple[Step, ...]


class _Asked(NamedTuple):
    """All that is asked of one attribute of a record. `known` gives the answer, or one for each element where there are
    several."""

    attribute: str
    known: Callable[[Any], int | tuple[int, ...]]

    @staticmethod
    def of(attribute: str, elements: tuple[Element, ...]) -> _Asked:
        """Answers are remembered where many records have one value."""

        asked = tuple(element.ask if element.alike else element.test or element.ask for element in elements)

        def answers(value: Any) -> tuple[int, ...]:
            return tuple([ask(value) for ask in asked])

        found: Callable[[Any], int | tuple[int, ...]] = asked[0] if len(asked) == 1 else answers
        alike = all(element.alike for element in elements)
        return _Asked(attribute, lru_cache(_MEMORY)(found) if alike else found)


class Choices:
    """A person's choices compared with one request."""

    def __init__(
        self, groups: Sequence[Sequence[CompiledConsent]], told: tuple[Step, ...], *, only_refuse: bool = False
    ) -> None:
        """`only_refuse`: they may not permit, so neither may any of them end what another refuses."""
        self._only_refuse = only_refuse
        self._groups = groups
        self._told = told
        elements = {
            id(element): element for group in groups for consent in group for element in consent.elements
        }.values()
        ordered = sorted(elements, key=lambda element: element.attribute)
        self._places = {id(element): n for n, element in enumerate(ordered)}
        self._asked = tuple(
            _Asked.of(attribute, tuple(same)) for attribute, same in groupby(ordered, key=lambda one: one.attribute)
        )
        self._known: dict[tuple[int | tuple[int, ...], ...], Spoken] = {}

    def on(self, facts: RecordFacts) -> Spoken:
        """What they say of one record."""
        answers = tuple([known(getattr(facts, attribute)) for attribute, known in self._asked])
        spoken = self._known.get(answers)
        if spoken is None:
            if len(self._known) > _MEMORY:
                self._known.clear()
            spoken = self._known[answers] = self._speak(tuple(_flat(answers)))
        return spoken

    def possible(self) -> frozenset[Outcome]:
        """All they might say to this requester, whatever the record; views for emergencies are asked of records."""
        sets = [self._possible(group) for group in self._groups]
        return frozenset[Outcome]().union(*sets)

    def overall(self) -> Overall:
        """What they say to this requester before any record is looked at: *permit* where a record may be permitted."""
        sets = [self._possible(group) for group in self._groups]
        said = frozenset[Outcome]().union(*sets)
        if any(outcomes == {"deny"} for outcomes in sets):
            return "deny"
        if "permit" in said:
            return "permit"
        return "deny" if "deny" in said else "no-consent"

    def _speak(self, answers: tuple[int, ...]) -> Spoken:
        def ask(element: Element) -> int:
            return element.constant if element.constant is not None else answers[self._places[id(element)]]

        steps = list(self._told)
        said = [self._of_group(group, ask, steps) for group in self._groups]
        refused = [ruling for ruling in said if ruling.effect == "deny"]
        ruling = SILENT
        if refused:
            ruling = Ruling("deny", any(one.named for one in refused))
        elif any(one.effect == "permit" for one in said):
            ruling = Ruling("permit")
        if ruling.effect is None:
            steps.append(Step(POLICY, "", "", False, "withhold", "no choice of the person says anything of it"))
        elif len(self._groups) > 1:
            words = "choices that refuse come before choices that permit"
            steps.append(Step(POLICY, "", "", True, EFFECT[ruling.effect], words))
        return Spoken(ruling, tuple(steps))

    def _of_group(self, group: Sequence[CompiledConsent], ask: Ask, steps: list[Step]) -> Ruling:
        """What the newest of one group says; of those it replaced, a refusal stands where the newest is silent."""
        if all(one.whole for one in group):
            return _of_views(group, [one.ruling(ask, steps) for one in group], lifted=not self._only_refuse)
        newest, older = _newest(group)
        said = [one.ruling(ask, steps) for one in newest]
        if len(said) > 1 and any(one.effect for one in said):
            words = "several choices of one date: it cannot be told which is the newer"
            steps.append(Step(POLICY, "", "dateTime", True, "withhold", words))
            return Ruling("deny", any(one.named for one in said))
        if not older or (said[0].effect is not None and not self._only_refuse):
            return said[0]
        before = self._of_group(older, ask, steps)
        return _both(said[0], before) if before.effect == "deny" else said[0]

    def _possible(self, group: Sequence[CompiledConsent]) -> frozenset[Outcome]:
        newest, older = _newest(group)
        sets = [one.possible() for one in newest]
        found: set[Outcome] = set(sets[0])
        if len(sets) > 1:
            found = {"deny"} if any(outcomes != {None} for outcomes in sets) else set()
            found |= {None} if all(None in outcomes for outcomes in sets) else set()
        if older and (None in found or self._only_refuse) and "deny" in self._possible(older):
            found.add("deny")
        return frozenset(found)


def _flat(answers: Iterable[int | tuple[int, ...]]) -> Iterator[int]:
    for one in answers:
        if isinstance(one, int):
            yield one
        else:
            yield from one


POLICY = "choices"


def _newest(group: Sequence[CompiledConsent]) -> tuple[list[CompiledConsent], list[CompiledConsent]]:
    """Those that no other is newer than, and the rest."""
    newest: list[CompiledConsent] = []
    older: list[CompiledConsent] = []
    for one in group:
        replaced = any(one.consent.date.end < other.consent.date.start for other in group)
        (older if replaced else newest).append(one)
    return newest, older


def _both(one: Ruling, refusal: Ruling) -> Ruling:
    """A refusal beside what else is said."""
    return Ruling("deny", refusal.named or one.named)


def _of_views(group: Sequence[CompiledConsent], said: Sequence[Ruling], *, lifted: bool) -> Ruling:
    """What views of Consents say together: each refusal stands until one that is surely newer permits the record, where
    any may be `lifted` so."""
    opened = [one.consent.date.start for one, ruling in zip(group, said, strict=True) if ruling.effect == "permit"]
    refused = any(
        ruling.effect == "deny" and not (lifted and any(one.consent.date.end < start for start in opened))
        for one, ruling in zip(group, said, strict=True)
    )
    if refused:
        return Ruling("deny")
    return Ruling("permit") if opened else SILENT


def compile_choices(
    consents: Iterable[tuple[Consent, Directory]],
    asking: Asking,
    refers: Mapping[str, frozenset[str]],
    *,
    only_refuse: bool = False,
) -> tuple[Choices, tuple[Problem, ...]]:
    """Compare Consents with a request, each with who is who for it (for copies of one Consent the same). `refers` says
    what each record of the store refers to, by its names. `only_refuse`: Consents that may not permit, as imported ones
    until they are confirmed; what one of them refuses, no other ends."""
    everyone = (*asking.actors, *asking.organisations)
    in_role = any(name.startswith("PractitionerRole/") for one in asking.actors for name in one.names)
    scenes: dict[Directory, Scene] = {}
    told: list[Step] = []
    problems: dict[Problem, None] = {}
    groups: dict[tuple[frozenset[str], ...], list[CompiledConsent]] = {}
    ordered = sorted(consents, key=lambda one: (one[0].key, one[0].content))
    distinct = {one[0].content: one for one in reversed(ordered)}
    for consent, directory in sorted(distinct.values(), key=lambda one: (one[0].key, one[0].content)):
        if directory not in scenes:
            requester = directory.who(everyone, one_employer=in_role)
            scenes[directory] = Scene(asking, directory, requester, refers)
        scene = scenes[directory]
        problems.update(dict.fromkeys(consent.problems))
        force = _in_force(consent, scene)
        if not force.applies:
            told.append(Step(consent.key, "", force.element, False, "withhold", force.words))
            continue
        problems.update(dict.fromkeys(not_understood(consent, directory, scene.requester.certain)))
        try:
            compiled = compile_consent(consent, scene, doubtful=force.doubtful)
        except Exception:  # noqa: BLE001 - an error in the engine means no
            consent = unreadable(consent.key, "cannot be decided on")
            problems.update(dict.fromkeys(consent.problems))
            compiled = compile_consent(consent, scene)
        if compiled.whole is None and compiled.possible() == {None} and compiled.base is None:
            told.append(Step(consent.key, consent.root.path, "", False, "withhold", "it says nothing of this request"))
            if not compiled.meant_for(compiled.root, at_best):
                continue
        groups.setdefault(_group(consent, directory), []).append(compiled)
    in_order = [groups[key] for key in sorted(groups, key=lambda names: [sorted(some) for some in names])]
    return Choices(in_order, tuple(told), only_refuse=only_refuse), tuple(problems)


@dataclass(frozen=True)
class _Force:
    applies: bool
    element: str = ""
    words: str = ""
    doubtful: bool = False


def _in_force(consent: Consent, scene: Scene) -> _Force:
    """Whether a Consent is about this person, active, about sharing, and in its period (rule 1). What of that cannot be
    read may be so, and leaves it in doubt."""
    if consent.status == "unreadable":
        return _Force(True, doubtful=True)
    names = scene.directory.names
    if consent.patient is not None and not names(consent.patient) & names(scene.asking.patient):
        return _Force(False, "patient", "it is not about this person")
    if consent.status not in ("active", ""):
        return _Force(False, "status", "it is not in force")
    if not consent.unclear and not _about_sharing(consent):
        return _Force(False, "scope", "it is not about sharing")
    period = consent.root.period
    if period == "doubt":
        return _Force(True, doubtful=True)
    if period is not None and not period.holds(instant(scene.asking.now)):
        return _Force(False, "period", "its time has not begun or is over")
    return _Force(True)


def _about_sharing(consent: Consent) -> bool:
    words = vocabulary()
    scopes = {words.named(coding) for coding in consent.scopes}
    categories = {words.named(coding) for coding in consent.categories}
    if {f"scope {code}" for code in words.scopes} & scopes or categories & words.categories:
        return True
    elsewhere = {f"scope {code}" for code in words.other_scopes} & scopes
    return bool(categories & words.open_categories) and not elsewhere


def _group(consent: Consent, directory: Directory) -> tuple[frozenset[str], ...]:
    """Those by the same grantor for the same recipients, by name or by role, are of one group; all are of one scope,
    sharing. Where it cannot be read who gave it, or to whom, one is of a group of its own."""
    root = (consent.view_of or consent).root
    given = consent.grantors or (consent.patient,)
    if None in given or None in (root.actors or ()):
        return (frozenset({consent.content}),)
    receivers = [actor for actor in root.actors or () if actor is not None and not is_holder(actor)]
    return (
        frozenset(min(directory.names(one)) for one in given if one is not None),
        frozenset(min(directory.names(one.who)) for one in receivers if one.who is not None),
        frozenset(f"{role.system} {role.code}" for one in receivers if one.who is None for role in one.roles),
    )
