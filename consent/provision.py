"""Rules within rules: which one speaks for a record (consent.md, Reading a FHIR Consent, 2, 4 to 6).

`compile_consent` compares with a request once; `CompiledConsent.ruling` then answers for records. Whether a Consent is
in force, and which of several wins, is not known here (`consent.precedence`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from consent import matching
from consent.consents import Consent, Provision
from consent.decision import Effect, Step
from consent.matching import BIT, DENIES, NO, PERMITS, UNFOLLOWED, YES, Element, Scene
from consent.vocabulary import Choice

Ask = Callable[[Element], int]
Outcome = Choice | None
Steps = list[Step]

EFFECT: dict[Choice, Effect] = {"permit": "permit", "deny": "withhold"}
OPPOSITE: dict[Choice, Choice] = {"permit": "deny", "deny": "permit"}


class Ruling(NamedTuple):
    """What a Consent says of a record: None for nothing. `named`: the rule that refuses names who asks or the very
    record."""

    effect: Outcome
    named: bool = False


SILENT = Ruling(None)


@dataclass(frozen=True)
class Rule:
    """One provision compared with the request. `own` are its elements, `elements` also those it inherits."""

    path: str
    effect: Choice
    own: tuple[Element, ...]
    elements: tuple[Element, ...]
    rules: tuple[Rule, ...]

    @property
    def named(self) -> bool:
        """Whether it says for whom or for which very record."""
        return any(element.names_recipient or element.name == "data" for element in self.elements)


@dataclass(frozen=True)
class CompiledConsent:
    """A Consent compared with a request. `base` is None under rule 2b, where the root rule is the base. `whole` is the
    Consent that this is a view of."""

    consent: Consent
    base: Choice | None
    root: Rule
    doubtful: bool
    whole: CompiledConsent | None = None

    @property
    def name(self) -> str:
        """How traces call it."""
        return self.consent.key

    @property
    def elements(self) -> Iterator[Element]:
        """The elements that must be asked for every record."""
        yield from (element for element in _every(self.root) if element.constant is None)
        if self.whole is not None:
            yield from self.whole.elements

    def ruling(self, ask: Ask, steps: Steps) -> Ruling:
        """What it says of the record that `ask` answers for; writes down every rule looked at."""
        spoken = self._walk(self.root, ask, DENIES if self.doubtful else YES, steps)
        if spoken.effect == "deny":
            return spoken
        if self.whole is not None:
            return Ruling("permit") if self.whole.ruling(ask, []).effect == "permit" else SILENT
        if spoken.effect == "permit":
            return spoken
        if self.base is not None:
            effect: Choice = "deny" if self.doubtful else self.base
            words = "what it says of everyone and everything"
            if self.doubtful and self.base == "permit":
                words = "it cannot be understood, so it does not permit"
            steps.append(Step(self.name, "base", "", True, EFFECT[effect], words))
            return Ruling(effect)
        if self.root.effect == "permit" and self.meant_for(self.root, ask):
            words = "it permits nothing but what it names"
            steps.append(Step(self.name, self.root.path, "", True, "withhold", words))
            return Ruling("deny")
        return SILENT

    def possible(self) -> frozenset[Outcome]:
        """All it might say to this requester, whatever the record, where it is no view."""
        spoken = self._possible(self.root, DENIES if self.doubtful else YES)
        if None not in spoken:
            return spoken
        rest: set[Outcome] = set(spoken) - {None}
        if self.base is not None:
            rest.add("deny" if self.doubtful else self.base)
        elif self.root.effect == "permit" and self.meant_for(self.root, at_best):
            rest.add("deny")
            if any(element.soft and element.constant is None for element in self.root.elements):
                rest.add(None)  # who holds or wrote a record is known of each record only
        else:
            rest.add(None)
        return frozenset(rest)

    def _walk(self, rule: Rule, ask: Ask, allowed: int, steps: Steps) -> Ruling:
        """The deepest rule of this branch that matches; among siblings, refusal wins."""
        bit = BIT[rule.effect]
        hard, soft, followed = allowed, YES, True
        for element in rule.elements:
            answer = ask(element)
            if element.soft:
                soft &= answer
            else:
                hard &= answer
                followed = followed and answer != UNFOLLOWED
        for element in rule.own:
            steps.append(self._step(rule, element, ask(element)))
        # A rule that may not hold takes its permissions with it, and leaves its refusals. So does a refusal of what a
        # record leads to that is not here: its permissions would reach what was never inside it.
        below = allowed if hard & bit and followed else hard & DENIES
        if not below:
            return SILENT
        spoken = [self._walk(inner, ask, below, steps) for inner in rule.rules]
        refused = [one for one in spoken if one.effect == "deny"]
        if refused:
            return Ruling("deny", any(one.named for one in refused))
        if any(one.effect == "permit" for one in spoken):
            return Ruling("permit")
        if not hard & soft & bit:
            return SILENT
        steps.append(Step(self.name, rule.path, "", True, EFFECT[rule.effect], "this rule applies"))
        return Ruling(rule.effect, rule.named)

    def _possible(self, rule: Rule, allowed: int) -> frozenset[Outcome]:
        bit = BIT[rule.effect]
        hard, soft = allowed, YES
        for element in rule.elements:
            if element.soft:
                soft &= at_best(element)
            else:
                hard &= at_best(element)
        below = allowed if hard & bit else hard & DENIES
        if not below:
            return frozenset({None})
        inner: set[Outcome] = {None}
        for one in rule.rules:
            more = self._possible(one, below)
            inner = {stricter(a, b) for a in inner for b in more}
        own: Outcome = rule.effect if hard & soft & bit else None
        found = {own if outcome is None else outcome for outcome in inner}
        if any(element.constant is None for element in rule.elements):
            found.add(None)
        return frozenset(found)

    def meant_for(self, rule: Rule, ask: Ask) -> bool:
        """Whether a rule is for this requester and purpose."""
        answer = YES
        for element in rule.elements:
            if element.soft:
                answer &= ask(element)
        return bool(answer & BIT[rule.effect])

    def _step(self, rule: Rule, element: Element, answer: int) -> Step:
        matched = bool(answer & BIT[rule.effect])
        words = _WORDS.get(element.name, f"its {element.name}")
        if answer == YES:
            said = "matches"
        elif answer == NO:
            said = "does not match"
        elif answer == PERMITS:
            said = "is within what it names and not all of it, which counts for a permission and not for a refusal"
        else:
            said = "cannot be told for sure, which counts for a refusal and not for a permission"
        return Step(self.name, rule.path, element.name, matched, EFFECT[rule.effect], f"{words} {said}")


_WORDS = {
    "actor": "who asks, or who holds or wrote it,",
    "purpose": "what it is asked for",
    "action": "what is to be done with it",
    "period": "the time this rule holds",
    "securityLabel": "how it is labelled",
    "class": "what kind of record it is",
    "resourceType": "what kind of record it is",
    "documentType": "what kind of document it is",
    "code": "what it is coded as",
    "dataPeriod": "when it was true",
    "data": "which record it is",
    "doubt": "a part of this rule that is not understood",
}


def stricter(one: Outcome, other: Outcome) -> Outcome:
    """Refusal before permission before nothing."""
    if "deny" in (one, other):
        return "deny"
    return "permit" if "permit" in (one, other) else None


def compile_consent(consent: Consent, scene: Scene, *, doubtful: bool = False) -> CompiledConsent:
    """Compare a Consent with a request. `doubtful`: nothing in it permits, because what it means is not certain."""
    root = consent.root
    base = consent.base
    effect, inner_of = _root_effect(consent)
    if base == "permit" and root.type == "permit" and not root.bare:
        base = "deny"  # a permission beside a policy of yes narrows it to nothing but that
    rule = _rule(root, effect, inner_of, {}, scene, top=True)
    doubtful = doubtful or consent.doubtful or not consent.usable
    whole = None
    if consent.view_of is not None:  # it opens again only where all of it is understood
        whole = compile_consent(consent.view_of, scene, doubtful=doubtful or _in_doubt(consent.view_of.root))
    return CompiledConsent(consent, base, rule, doubtful, whole)


def _in_doubt(provision: Provision) -> bool:
    """Whether a rule, or one in it, holds what may be a condition that is not known."""
    return bool(provision.doubts) or any(_in_doubt(inner) for inner in provision.provisions)


def _root_effect(consent: Consent) -> tuple[Choice, Choice]:
    """The effect of the root rule, and the effect whose opposite its untyped rules have (rule 2)."""
    root = consent.root
    if root.type is not None:
        return root.type, root.type
    base: Choice = consent.base or "deny"
    if root.bare:
        return base, base
    meant = OPPOSITE[base]
    named = any(
        actor is not None and actor.who is not None and matching.is_holder(actor) is False
        for actor in root.actors or ()
    )
    return ("deny", "permit") if meant == "permit" and not named else (meant, meant)


def _rule(
    provision: Provision,
    effect: Choice,
    inner_of: Choice,
    inherited: dict[str, Element],
    scene: Scene,
    *,
    top: bool = False,
) -> Rule:
    own = {element.name: element for element in _elements(provision, scene, top=top)}
    elements = inherited | own
    if provision.doubts:
        elements[f"doubt {provision.path}"] = own["doubt"]
        elements.pop("doubt", None)
    rules: Sequence[Rule] = ()
    if not any(element.constant == NO and not element.soft for element in elements.values()):
        rules = [
            _rule(inner, kind, kind, elements, scene)
            for inner in provision.provisions
            for kind in (inner.type or OPPOSITE[inner_of],)
        ]
    asked = tuple(elements.values())
    dead = any(element.constant == NO for element in asked) and not any(_alive(rule) for rule in rules)
    if dead and not top:
        # It can never speak: only what made it fail is kept, for the trace.
        failed = tuple(element for element in asked if element.constant == NO)
        return Rule(provision.path, effect, tuple(e for e in own.values() if e.constant == NO) or failed, failed, ())
    return Rule(provision.path, effect, tuple(own.values()), asked, tuple(rules))


def _alive(rule: Rule) -> bool:
    return not any(element.constant == NO for element in rule.elements) or any(_alive(inner) for inner in rule.rules)


def _elements(provision: Provision, scene: Scene, *, top: bool) -> Iterator[Element]:
    """The elements a provision has. The root's period says when the Consent is in force and is no element of a rule."""
    if provision.period is not None and not top:
        yield matching.period_element(provision.period, scene)
    if provision.actors is not None:
        yield matching.actor_element(provision.actors, scene)
    if provision.purposes is not None:
        yield matching.purpose_element(provision.purposes, scene)
    if provision.actions is not None:
        yield matching.action_element(provision.actions, scene)
    if provision.labels is not None:
        yield matching.label_element(provision.labels)
    for name, values in (
        ("class", provision.classes),
        ("resourceType", provision.types),
        ("documentType", provision.documents),
    ):
        if values is not None:
            yield matching.class_element(name, values)
    if provision.codes is not None:
        yield matching.code_element(provision.codes)
    if provision.data_period is not None:
        yield matching.data_period_element(provision.data_period)
    if provision.data is not None:
        yield matching.data_element(provision.data, scene.directory, scene.refers)
    if provision.doubts:
        yield Element("doubt", constant=matching.UNKNOWN)


def at_best(element: Element) -> int:
    """The most an element can answer, whatever the record."""
    return element.best if element.constant is None else element.constant


def _every(rule: Rule) -> Iterator[Element]:
    yield from rule.elements
    for inner in rule.rules:
        yield from _every(inner)
