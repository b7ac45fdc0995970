"""The sharing decision: a pure function from an entry's labels, a request and policies to permit, mask or withhold.

Policies are asked in the order of authority; the first that has something to say decides, and where none has, or one
fails, the answer is *withhold*. The lawful limits stand in `consent.limits`, the person's choices in
`consent.persons_choices`, the role defaults here. Nothing here opens a record or knows the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from consent.defaults import Defaults
from consent.labels import LabelledEntry
from consent.need_to_know import CATEGORY as SAFEGUARDING
from consent.need_to_know import need_to_know
from consent.request import Request
from consent.sensitivity.tables import shape
from fhir.sections import sections

Effect = Literal["permit", "mask", "withhold"]
Obligation = Literal["hide-source"]

STRICT = frozenset({"R", "V"})


class Attributes(NamedTuple):
    """What the present policies look at: all that a decision depends on, so that decisions are kept by it."""

    categories: tuple[str, ...]
    confidentiality: str
    limits: tuple[str, ...]
    treated: bool
    section: str
    kind: str
    active: bool | None
    lane: str
    source_name: str
    source_key: str


def attributes(labelled: LabelledEntry) -> Attributes:
    """The attributes of one labelled entry."""
    return Attributes(*looked_at(labelled))


LookedAt = tuple[tuple[str, ...], str, tuple[str, ...], bool, str, str, bool | None, str, str, str]
"""`Attributes` as a bare tuple."""


def looked_at(labelled: LabelledEntry) -> LookedAt:
    """The attributes of one labelled entry as a bare tuple, equal to them: half the time, for thousands of entries."""
    entry = labelled.entry
    source = entry.source
    return (
        labelled.categories,
        labelled.confidentiality,
        labelled.limits,
        labelled.treated,
        entry.section,
        entry.kind,
        entry.active,
        source.lane,
        source.name,
        source.key,
    )


@dataclass(frozen=True)
class Step:
    """One rule looked at. `provision` names the row; `element` what was compared; `text` says it in words."""

    policy: str
    provision: str
    element: str
    matched: bool
    effect: Effect
    text: str


@dataclass(frozen=True)
class Decision:
    """What was decided, what must be done with a masked entry, and every rule looked at, in order."""

    effect: Effect
    obligations: tuple[Obligation, ...] = ()
    trace: tuple[Step, ...] = ()


class Policy(Protocol):
    """One authority. `name` appears in traces."""

    @property
    def name(self) -> str:
        """How traces call it."""

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """The decision of this authority, or None where it has nothing to say."""


def decide(labelled: LabelledEntry, request: Request, policies: Sequence[Policy]) -> Decision:
    """The decision on one entry. `policies` stand in the order of authority. Never raises; a failure withholds."""
    return decide_on(attributes(labelled), request, policies)


def decide_on(item: Attributes, request: Request, policies: Sequence[Policy]) -> Decision:
    """The decision on everything with these attributes. Never raises; a failure withholds. A section that is not in
    the table of sections counts as "other", where such entries are shown."""
    if item.section not in sections():
        item = item._replace(section="other")
    for policy in policies:
        try:
            ruling = policy.rule_on(item, request)
        except Exception:  # noqa: BLE001 - whatever goes wrong in a policy must end in withholding
            return Decision("withhold", trace=(Step("engine", "", "", True, "withhold", "a policy could not be read"),))
        if ruling is not None:
            return ruling
    return Decision("withhold", trace=(Step("engine", "", "", True, "withhold", "no policy permits it"),))


class RoleDefaults:
    """What a role may see where the person has said nothing: always has an answer, so it stands last."""

    name = "defaults"

    def __init__(self, table: Defaults, *, test_data: bool) -> None:
        self.table = table
        self.test_data = test_data

    def rule_on(self, item: Attributes, request: Request) -> Decision:
        """Purpose, relationship and role first, then every category of the entry in its section."""
        steps = list(self.grounds(request))
        if any(step.effect == "withhold" for step in steps):
            return Decision("withhold", trace=tuple(steps))
        if self.own_writing(item, request):
            steps.append(self._step("writes", "source", "permit", "your own team wrote it"))
            return Decision("permit", trace=tuple(steps))
        needed = self._needed(item, request, steps)
        if needed is None:
            return Decision("withhold", trace=tuple(steps))
        for category in needed:
            steps.append(self._on_category(category, item, request))
            if steps[-1].effect == "withhold":
                return Decision("withhold", trace=tuple(steps))
        return self._with_source(item, request, steps)

    def grounds(self, request: Request) -> tuple[Step, ...]:
        """Whether this request may be answered at all: one step each for purpose, relationship and role."""
        purpose = self.table.purposes.get(request.purpose)
        tie = self.table.relationships.get(request.relationship)
        role = request.actor.role
        known = self.table.knows(role) and (self.test_data or role != "tester")
        return (
            self._step(
                f"purpose {request.purpose}",
                "purpose",
                "permit" if purpose and (purpose.permitted or self.table.offers(role, request.purpose)) else "withhold",
                purpose.words if purpose else "a purpose that is not known",
            ),
            self._step(
                f"relationship {request.relationship}",
                "relationship",
                "permit" if tie and tie.permitted and (request.reason.strip() or not tie.needs_reason) else "withhold",
                tie.words if tie else "a relationship that is not known",
            ),
            self._step(f"role {role}", "role", "permit" if known else "withhold", f"role {role}"),
        )

    def everything(self, role: str, section: str, request: Request) -> bool:
        """True where nothing in the section is withheld from the role, for what the request is for."""
        return self.table.everything(
            role, section, test_data=self.test_data, purpose=request.purpose, relationship=request.relationship
        )

    def own_writing(self, item: Attributes, request: Request) -> bool:
        """Whether the requester's own team wrote it, by its source."""
        mine = {name.strip().casefold() for name in request.actor.organisations} - {""}
        theirs = {item.source_name.strip().casefold(), item.source_key.strip().casefold()}
        return (
            not mine.isdisjoint(theirs)
            and SAFEGUARDING not in item.categories
            and self.table.writes(request.actor.role, item.lane)
        )

    def _needed(self, item: Attributes, request: Request, steps: list[Step]) -> tuple[str, ...] | None:
        """The categories that must all be permitted; None where the entry is for those permitted everything only."""
        strict = item.confidentiality == "V" or (not item.categories and item.confidentiality in STRICT)
        if item.categories and not strict:
            return item.categories
        if not strict and is_safety(item):
            steps.append(
                self._step("unlabelled", "category", "permit", "allergies, medicines in use and CPR decisions")
            )
            return ("general",)
        permitted = self.everything(request.actor.role, item.section, request)
        text = "without a label that is understood, for those permitted everything"
        steps.append(self._step("unlabelled", "category", "permit" if permitted else "withhold", text))
        return item.categories if permitted else None

    def _on_category(self, category: str, item: Attributes, request: Request) -> Step:
        if category == SAFEGUARDING:
            return self._on_safeguarding(item, request)
        rule = self.table.rule(
            request.actor.role,
            category,
            item.section,
            treated=item.treated,
            test_data=self.test_data,
            purpose=request.purpose,
            relationship=request.relationship,
        )
        if rule is None:
            return self._step(
                "no row", f"category {category}", "withhold", f"no row permits {category} in {item.section}"
            )
        return self._step(f"row {rule.number}", f"category {category}", "permit", rule.words)

    def _on_safeguarding(self, item: Attributes, request: Request) -> Step:
        if self.test_data and request.actor.role == "tester":
            return self._step(
                "statute", "category safeguarding", "permit", "a tester sees everything, of invented people"
            )
        need = need_to_know().need(request.actor.role, item.kind)
        if need is None:
            return self._step("statute", "category safeguarding", "withhold", "no duty to know gives it to this role")
        return self._step(f"statute {need.number}", "category safeguarding", "permit", need.words)

    def _with_source(self, item: Attributes, request: Request, steps: list[Step]) -> Decision:
        tells = shape().lane.get(item.lane)
        if tells is None or tells in item.categories or not is_safety(item):
            return Decision("permit", trace=tuple(steps))
        if self.table.rule(
            request.actor.role,
            tells,
            item.section,
            test_data=self.test_data,
            purpose=request.purpose,
            relationship=request.relationship,
        ):
            return Decision("permit", trace=tuple(steps))
        steps.append(self._step("source", f"category {tells}", "mask", "which service wrote it is not shown"))
        return Decision("mask", ("hide-source",), tuple(steps))

    def _step(self, provision: str, element: str, effect: Effect, text: str) -> Step:
        return Step(self.name, provision, element, effect != "withhold", effect, text)


def is_safety(item: Attributes) -> bool:
    """Allergies, medicines in use and CPR decisions: hiding them by accident kills (consent.md, Labelling)."""
    return (
        item.section == "allergies"
        or item.kind == "cpr-decision"
        or (item.section == "medicines" and item.active is not False)
    )


def explain(decision: Decision) -> str:
    """One plain sentence for the worker. For what is withheld it says nothing of the entry."""
    if decision.effect == "withhold":
        return "Not shown: it is not among what your role may see for this purpose."
    said = next((step.text for step in reversed(decision.trace) if step.effect == "permit"), "it is permitted")
    sentence = f"Shown because: {said[:1].lower()}{said[1:]}."
    return f"{sentence} Which service wrote it is not shown." if decision.effect == "mask" else sentence
