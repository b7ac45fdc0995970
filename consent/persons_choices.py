"""A person's choices compared with one request, ready to be asked about many entries; and as one authority among
others.

`RequestChoices` does once what depends on the request only. `Chosen` puts what was said of one entry into the order of
authority. Opens nothing and knows no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, groupby
from typing import Any, NamedTuple

from consent.actors import Directory
from consent.choices import Act, Team, Told, in_force, kept_for, subject_name
from consent.consents import Consent, Pointer, Problem, Provision, Tree, read_consent
from consent.decision import Attributes, Decision, Step
from consent.facts import EntryFacts, RecordFacts
from consent.labels import LabelledEntry
from consent.matching import Asking, Element, data_elements, purpose_key
from consent.naming import ROLE, organisation_name, role_coding, spoken, user_name
from consent.ports import KeyHolder
from consent.precedence import compile_choices
from consent.provision import EFFECT, Ruling
from consent.reporting import not_understood
from consent.request import Request
from consent.spans import EPOCH, LATEST, Span, micros
from consent.vocabulary import Coding
from consent.who import directory_of
from fhir.entries import PersonId

_ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
Refers = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Said:
    """What the person's choices say of one entry, and every rule looked at. `may_be_own`: it is a refusal that does not
    bind who wrote the entry."""

    ruling: Ruling
    steps: tuple[Step, ...]
    may_be_own: bool


@dataclass(frozen=True)
class Neighbourhood:
    """The organisations and users of the vault, by name."""

    organisations: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def formerly(self, organisation: str) -> tuple[str, ...]:
        """Names that an organisation had before: choices may know it by any of them."""
        return self.former.get(spoken(organisation), ())


def neighbourhood(principals: Iterable[KeyHolder]) -> Neighbourhood:
    """Everyone in the vault that a choice may name."""
    everyone = list(principals)
    organisations = sorted({name for who in everyone for name in (who.organisation, *who.former) if name})
    users = sorted({who.name for who in everyone if who.kind == "user"})
    former = {spoken(who.organisation): who.former for who in everyone if who.former}
    return Neighbourhood(tuple(organisations), tuple(users), former)


class Counting(NamedTuple):
    """What counts for one team: layers of Consents, their own first, each with who is who for it; and all that those of
    their own tell of who is who."""

    layers: tuple[tuple[tuple[Consent, Directory], ...], ...]
    directories: tuple[Directory, ...]


View = Callable[[Consent], Consent | None]


def as_it_is(consent: Consent) -> Consent:
    """The plainest view of a Consent."""
    return consent


class Acts:
    """Acts about one person, read once for requests by many at one time."""

    def __init__(
        self,
        acts: Sequence[Act],
        person: PersonId,
        now: datetime,
        neighbours: Neighbourhood,
        refers: Refers | None = None,
        *,
        view: View = as_it_is,
    ) -> None:
        """`refers` says what each record refers to, by its names; `view` is how a Consent is seen, if at all."""
        self._view = view
        self.refers: Refers = {} if refers is None else refers
        self._acts = acts
        self._person = person
        self._now = now
        self._neighbours = neighbours
        self._read: dict[tuple[object, ...], Counting] = {}

    def for_team(self, team: Team) -> Counting:
        """What counts for a team."""
        chosen = in_force(self._acts, team)
        outside = tuple(name for name in team.organisations if name not in self._neighbours.organisations)
        layers = (chosen.own, *chosen.narrowing)
        key = (outside, *(tuple((id(one.consent), *map(id, one.known)) for one in layer) for layer in layers))
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = self._counting(layers, outside)
        return found

    def _counting(self, layers: Sequence[Sequence[Told]], outside: Sequence[str]) -> Counting:
        numbers = count()
        counted = []
        for layer in layers:
            read = self._seen(layer, numbers)
            together = [list(some) for _, some in groupby(read, key=lambda one: tuple(map(id, one[1])))]
            who = [self._directory(some[0][1], [consent for consent, _ in some], outside) for some in together]
            counted.append(
                tuple((consent, one) for some, one in zip(together, who, strict=True) for consent, _ in some)
            )
        own = dict.fromkeys(directory for _, directory in counted[0])
        return Counting(tuple(counted), tuple(own) or (self._directory((), (), outside),))

    def _seen(self, layer: Sequence[Told], numbers: Iterator[int]) -> list[tuple[Consent, tuple[Tree, ...]]]:
        """The Consents of a layer as those of one person; of copies one, with all that is told of people and places."""
        found: dict[str, tuple[Consent, tuple[Tree, ...]]] = {}
        for told in layer:
            consent = self._view(read_consent(kept_for(self._person, told.consent.tree), next(numbers)))
            if consent is not None:
                first, known = found.get(consent.content, (consent, ()))
                found[consent.content] = first, (*known, *told.known)
        return list(found.values())

    def _directory(self, known: Sequence[Tree], consents: Sequence[Consent], outside: Sequence[str]) -> Directory:
        return directory_of(
            known,
            [(tree, (name,)) for one in consents for name, tree in one.contained.items()],
            organisations=(*self._neighbours.organisations, *outside),
            users=self._neighbours.users,
            mentioned=names_in(consents),
            now=self._now,
        )


class RequestChoices:
    """The choices in force for the team of a request, compared with that request."""

    def __init__(self, acts: Acts, request: Request) -> None:
        """`acts` are of the person and the time of the request."""
        actor = request.actor
        self.counting = acts.for_team(Team(actor.role, actor.organisation, actor.former))
        asking = asking_of(request)
        self._layers = tuple(
            compile_choices(layer, asking, acts.refers, only_refuse=number > 0)[0]
            for number, layer in enumerate(self.counting.layers)
        )
        """The team's own first, then those of others that only refuse."""
        asks = (*asking.actors, *asking.organisations)
        self._requester = [(one, one.who(asks).certain) for one in self.counting.directories]
        self._known: dict[tuple[int, ...], tuple[Said, tuple[Any, ...]]] = {}
        self._alone = self._layers[0].on if len(self._layers) == 1 else None
        self._of_one: dict[int, tuple[Said, Any]] = {}

    @property
    def may_permit(self) -> bool:
        """Whether they may permit this requester anything."""
        return "permit" in self._layers[0].possible()

    @property
    def may_refuse(self) -> bool:
        """Whether they may refuse this requester anything, whatever is stored."""
        return any("deny" in layer.possible() for layer in self._layers)

    def said(self, facts: RecordFacts) -> Said:
        """What they say of one entry; the same object for the same answer."""
        if self._alone is not None:
            only = self._alone(facts)
            found = self._of_one.get(id(only))
            if found is None:  # what was spoken is kept alive: its id is the key
                found = self._of_one[id(only)] = (said_of(only.ruling, only.steps), only)
            return found[0]
        spoken = tuple([layer.on(facts) for layer in self._layers])
        key = tuple(map(id, spoken))
        known = self._known.get(key)
        if known is None:
            ruling = spoken[0].ruling
            steps = [step for one in spoken for step in one.steps]
            refusing = [one.ruling for one in spoken[1:] if one.ruling.effect == "deny"]
            if refusing:
                named = any(one.named for one in [*refusing, ruling] if one.effect == "deny")
                ruling = Ruling("deny", named)
            known = self._known[key] = (said_of(ruling, tuple(steps)), spoken)  # kept alive: its ids are the key
        return known[0]

    def wrote(self, facts: RecordFacts) -> bool:
        """Whether the requester's own organisation holds or wrote a record, by its references."""
        holders = facts.holders
        return bool(holders) and any(
            asks & directory.who(holders, one_employer=True).certain for directory, asks in self._requester
        )


def said_of(ruling: Ruling, steps: tuple[Step, ...]) -> Said:
    """What is said, and whether it leaves to a team what it wrote itself."""
    return Said(ruling, steps, may_be_own=ruling.effect == "deny" and not ruling.named)


class Chosen:
    """The person's choices as one authority, of one entry."""

    name = "choices"

    def __init__(self, said: Said, *, own_writing: bool, themself: bool) -> None:
        self._said = said
        self._own_writing = own_writing
        self._themself = themself

    def rule_on(self, item: Attributes, request: Request) -> Decision | None:
        """None where they say nothing, where they refuse the person themself, of professional safeguarding information,
        and to a team of what it wrote itself, unless they name that very team or record."""
        ruling = self._said.ruling
        if ruling.effect is None or (ruling.effect == "deny" and self._themself):
            return None
        if "safeguarding" in item.categories and (ruling.effect == "permit" or len(item.categories) == 1):
            return None
        if ruling.effect == "deny" and self._own_writing and not ruling.named:
            return None
        return Decision(EFFECT[ruling.effect], trace=self._said.steps)


def asking_of(request: Request) -> Asking:
    """A request as the rules of a Consent see it."""
    actor = request.actor
    return Asking(
        patient=Pointer((subject_name(request.person),)),
        actors=(Pointer((user_name(actor.user),)),) if actor.user else (),
        organisations=tuple(Pointer((organisation_name(name),)) for name in actor.organisations),
        roles=frozenset({role_coding(actor.role)}),
        purposes=(purpose_key(Coding(_ACT_REASON, request.purpose)),),
        action=request.action,
        now=request.now,
        role_systems=frozenset({ROLE}),
    )


def names_in(consents: Iterable[Consent]) -> Iterator[str]:
    """Every name by which the actors of rules are given."""
    for consent in consents:
        for rule in rules_in(consent.root):
            for actor in rule.actors or ():
                if actor is not None and actor.who is not None:
                    yield from actor.who.names


def rules_in(provision: Provision) -> Iterator[Provision]:
    """A rule and all rules in it."""
    yield provision
    for inner in provision.provisions:
        yield from rules_in(inner)


def data_elements_of(counting: Counting, refers: Refers) -> Iterator[Element]:
    """What the rules ask about records, whoever asks: entries with the same answers are decided alike."""
    for layer in counting.layers:
        for consent, directory in layer:
            for rule in rules_in(consent.root):
                yield from data_elements(rule, directory, refers)


def problems_of(
    acts: Sequence[Act], person: PersonId, now: datetime, neighbours: Neighbourhood
) -> Mapping[str, tuple[Problem, ...]]:
    """What in the Consents in force is not understood, whoever asks, by the content of each (`Consent.content`)."""
    counting = Acts(acts, person, now, neighbours).for_team(Team("", ""))
    itself = frozenset({subject_name(person)})
    found: dict[str, tuple[Problem, ...]] = {}
    for consent, directory in (one for layer in counting.layers for one in layer):
        told = (*found.get(consent.content, ()), *consent.problems, *not_understood(consent, directory, itself))
        found[consent.content] = tuple(dict.fromkeys(told))
    return found


def next_change(acts: Sequence[Act], now: datetime) -> datetime | None:
    """When the choices next change by themselves, because a time in them begins or ends; None for never."""
    at = micros(now)
    edges = {
        edge
        for act in acts
        for kept in act.consents
        for rule in rules_in(read_consent(kept.tree).root)
        if isinstance(rule.period, Span)
        for edge in (rule.period.start, rule.period.end + 1)
        if at < edge < LATEST
    }
    return EPOCH + timedelta(microseconds=min(edges)) if edges else None


def refers_of(entries: Callable[[], Iterable[LabelledEntry]]) -> Refers:
    """What each entry refers to by its names, found out when a rule first asks."""
    return _Lazily(entries)


class _Lazily(Mapping[str, frozenset[str]]):
    def __init__(self, entries: Callable[[], Iterable[LabelledEntry]]) -> None:
        self._entries = entries
        self._found: dict[str, frozenset[str]] | None = None

    def _all(self) -> dict[str, frozenset[str]]:
        if self._found is None:
            self._found = {}
            for labelled in self._entries():
                itself = EntryFacts(labelled).itself
                for name in itself.names:
                    self._found[name] = self._found.get(name, frozenset()) | itself.refers
        return self._found

    def __getitem__(self, name: str) -> frozenset[str]:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
