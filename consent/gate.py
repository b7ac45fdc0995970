"""The gate: the only road from stored records to anything that shows, counts, searches, prints or exports them.

`Gate.open` decides on every entry, masks what must be masked, computes everything derived from what is left, writes the
access to the log, and only then hands the record over. Whatever cannot be read or decided is withheld.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from operator import itemgetter

import msgspec

from consent.acting import About, linked, said_to_them
from consent.authority import Authority, policies
from consent.banner import banner, least_identity, merged
from consent.choices import Act, verified_acts
from consent.corrections import Marked, as_marked
from consent.decision import Decision, Policy, RoleDefaults
from consent.disclosure import DisclosedEntry, DisclosedRecord, DisclosedSection, DisclosedSource
from consent.emergencies import emergency_view
from consent.errors import NotDisclosedError, PolicyError
from consent.labels import LabelledEntry, decode_each
from consent.limits import limits
from consent.overrides import Override, in_force
from consent.overruling import Closed, Overruling, emergency_first, ordinary
from consent.persons_choices import Acts, RequestChoices, View, as_it_is, neighbourhood, refers_of
from consent.ports import AccessEvent, RecordStore
from consent.reconciliation import agreements, conflicts, nights
from consent.redaction import (
    Protection,
    Shown,
    hide_source,
    lost_text,
    mark_not_a_fact,
    mask_references,
    without_its_line,
)
from consent.relabelling import brought_up_to_date, of_itself
from consent.request import PURPOSES, RELATIONSHIPS, ROLES, Actor, Request, Role
from consent.said_of import without_its_thing
from consent.states import CLAIMED, MAY_BE_HIDDEN, PROTECTED, UNREADABLE, section_as_shown
from fhir.entries import EntryId, PersonId
from fhir.people import Demographics, Identity
from fhir.sections import sections

REFUSED = "This request cannot be answered."
GIVE_REASON = "Say why you need this record: you claim a relationship that is not recorded."
CLAIM_REFUSED = (
    "The privacy office has ended what you claimed about this person; ask them if you are involved in their care."
)
TESTERS = "Testers may open records only in a vault marked as holding test data."


@dataclass
class _Opened:
    """Everything permitted, before it is put together. `full`: on no record is anything withheld from this reader."""

    full: bool = False
    unreadable: bool = False
    permitted: list[tuple[LabelledEntry, Decision, str]] = field(default_factory=list)
    places: list[Demographics] = field(default_factory=list)
    seen: Mapping[EntryId, DisclosedEntry] | None = None
    """What whoever looks at this reader's view was shown of each entry; None where the reader looks themself."""
    partly: set[tuple[str, str]] = field(default_factory=set)
    """Resources, by source key and "Type/id", of which something that the keys open is withheld all the same."""


class Gate:
    """The gate of one signed-in user. `store` is their side of the vault; it says whether it holds test data only."""

    def __init__(self, store: RecordStore, about: Callable[[PersonId], About] = lambda _: About()) -> None:
        """`about` says what is stated about a person: without it nobody had a right to choose for them."""
        self._store = store
        self._about = about
        self.outdated = False
        """Whether the record opened last was labelled with other tables, so that it should be labelled anew."""

    def open(
        self,
        request: Request,
        audience: Role | None = None,
        *,
        override: Override | None = None,
        own: Policy | None = None,
        seen: DisclosedRecord | None = None,
    ) -> DisclosedRecord:
        """The record as this reader may see it now; the access is in the log before this returns.

        `override` speaks for this request if it is in force for it; what it opens comes with safety information first.
        `own` decides for the person and those who act for them (`consent.acting.speaking_for`).
        `seen` is what somebody who looks at this reader's view was shown (the store holds no more than its entries):
        of each entry they are told no more than there, and nowhere that nothing is recorded unless they may know it.

        With an `audience` it holds only what both this reader and a worker of that role in direct care may see: what a
        reader may hand on. The decision is taken for each in turn, and the stricter holds.

        A role, purpose or relationship that permits nothing gives a record with nothing in it. Raises
        NotDisclosedError, after logging the refusal, for an unknown person, a malformed request, a claimed relationship
        without a reason, and a tester outside a test vault. Nothing raised here carries content.
        """
        identity = self._admitted(request)
        asking = [request] if audience is None else [request, _for_audience(request, audience)]
        try:
            rules = policies(test_data=self._store.test_data)
            choices = [self._choices(one) for one in asking]
        except PolicyError:  # of choices that cannot be read, any may refuse
            rules, choices = (), []
        if override is not None and not (rules and in_force(override, request)):
            override = None
        apart = override is not None or own is not None
        last = rules[-1] if rules and isinstance(rules[-1], RoleDefaults) else None
        refusals = [] if last else [REFUSED]
        limited = seen is not None and not seen.full
        for one, chosen in zip(asking, choices, strict=True) if last else ():
            apart_too = apart and one is request
            if last and not apart_too and (chosen is None or not chosen.may_permit):
                refusals += [step.text for step in last.grounds(one) if step.effect == "withhold"]
            limited = limited or (chosen is not None and chosen.may_refuse and one.actor.role != "tester")
        limited = limited or any(self._protected_from(one) for one in asking)
        if choices and not limited:  # what was sealed away by choices of before may not be back yet
            limited = not self._store.settled(request.person)
        opened = _Opened(seen=None if seen is None else _by_id(seen))
        if last and not refusals:
            opened.full = not limited and all(
                last.everything(one.actor.role, key, one) for one in asking for key in sections()
            )
            first = self._authority(request, rules, choices[0], override, own)
            others = [Authority(one, rules, chosen) for one, chosen in zip(asking[1:], choices[1:], strict=True)]
            authorities: list[Authority | Overruling] = [first, *others]
            all_said = all(one.actor.role in ("person", "tester") for one in asking)
            self._read(request.person, authorities, opened, all_said=all_said)
        record = self._record(asking, identity, opened, last if not refusals else None, refusals, limited=limited)
        if override is not None:
            record = emergency_first(record, override)
        if own is not None:
            record = said_to_them(record)
        shown = tuple([item.entry.entry_id for section in record.sections.values() for item in section.entries])
        self._log(request, "refused" if refusals else "read", "4" if refusals else "0", shown)
        return record

    def admit(self, request: Request) -> None:
        """Raise NotDisclosedError, after logging the refusal, for a request that `open` would not answer at all."""
        self._admitted(request)

    def _admitted(self, request: Request) -> Identity:
        """The identity of the person, where the request can be answered at all."""
        known = (
            request.actor.role in ROLES
            and request.purpose in PURPOSES
            and request.relationship in RELATIONSHIPS
            and request.action in ("access", "use")
        )
        why = "" if known else REFUSED
        if request.relationship == "self-claimed" and not request.reason.strip():
            why = why or GIVE_REASON
        if request.relationship == "self-claimed" and self._about(request.person).known.claim_refused(
            request.actor.user
        ):
            why = why or CLAIM_REFUSED
        if request.actor.role == "tester" and not self._store.test_data:
            why = why or TESTERS
        theirs = linked(request.actor.role, request.actor.organisation)
        if theirs is not None and theirs.person != request.person:
            why = why or REFUSED
        identity = None
        if not why:
            try:
                identity = self._store.identity(request.person)
            except KeyError:
                why = REFUSED
        if identity is None:
            self._log(request, "refused", "8", ())
            raise NotDisclosedError(why)
        return identity

    def _protected_from(self, request: Request) -> bool:
        """Whether an identity that the law protects may be kept from this reader, here as on every other record."""
        carries = self._store.carries(request.person)
        return limits().protect_from(request.actor.role, carries, test_data=self._store.test_data)

    def _acts(self, person: PersonId) -> list[Act]:
        """What was decided about sharing. Raises PolicyError."""
        return verified_acts(self._store.choices(person), lambda: self._about(person))

    def _choices(self, request: Request) -> RequestChoices | None:
        """The person's choices compared with a request; None where they chose nothing. Raises PolicyError."""
        acts = self._acts(request.person)
        return RequestChoices(self._told(acts, request), request) if acts else None

    def _told(self, acts: Sequence[Act], request: Request, view: View = as_it_is) -> Acts:
        refers = refers_of(lambda: self._decoded(request.person))
        neighbours = neighbourhood(self._store.principals())
        return Acts(acts, request.person, request.now, neighbours, refers, view=view)

    def _authority(
        self,
        request: Request,
        rules: Sequence[Policy],
        choices: RequestChoices | None,
        override: Override | None,
        own: Policy | None,
    ) -> Authority | Overruling:
        if own is not None:
            return Authority(request, (*rules[:-1], own, *rules[-1:]), choices)
        if override is None:
            return Authority(request, rules, choices)
        closed = Closed(self._told(self._acts(request.person), request, emergency_view), request)
        return Overruling(request, rules, self._choices(ordinary(request)), override, closed)

    def _decoded(self, person: PersonId) -> Iterable[LabelledEntry]:
        contents = [one.content for one in self._store.readable(person)]
        return [one for one in decode_each(contents) if one is not None]

    def _read(
        self, person: PersonId, authorities: Sequence[Authority | Overruling], opened: _Opened, *, all_said: bool
    ) -> None:
        """Decide on every stored entry, for each of those who ask; the stricter holds. What is said of something goes
        with it, but what people said themselves stays theirs, and testers see all there is of invented people."""
        first, *others = authorities
        for labelled, told in self._labelled(person):
            if labelled is None:
                opened.unreadable = True
                continue
            if not told:
                opened.unreadable = True
                opened.partly.add((labelled.entry.source.key, labelled.entry.resource))
                continue
            decided = first.on(labelled)
            for authority in others:
                decided = _stricter(decided, authority.on(labelled))
            if labelled.demographics is not None:
                opened.places.append(labelled.demographics)
            if decided[0].effect != "withhold":
                opened.permitted.append((labelled, decided[0], decided[1]))
            else:
                opened.partly.add((labelled.entry.source.key, labelled.entry.resource))
        if not all_said:
            lost = without_its_thing([labelled for labelled, _, _ in opened.permitted], opened.partly)
            if lost:
                opened.permitted = [one for one in opened.permitted if one[0].entry.entry_id not in lost]

    def _labelled(self, person: PersonId) -> Iterable[tuple[LabelledEntry | None, bool]]:
        """Every entry that the keys open (None where it cannot be read), labelled as strictly as the newest tables and
        what was learned since say; and whether that could be told: where not, it is withheld."""
        contents = list(self._store.readable(person))
        opened, self.outdated = brought_up_to_date(decode_each([one.content for one in contents]))
        names = [one.entry_id for one in contents]
        marks = self._store.marks(person, names)
        if not marks:
            return zip(opened, repeat(True))
        return [_told(labelled, marks.get(name)) for name, labelled in zip(names, opened, strict=True)]

    def _record(
        self,
        asking: Sequence[Request],
        identity: Identity,
        opened: _Opened,
        rules: RoleDefaults | None,
        refusals: Sequence[str],
        *,
        limited: bool,
    ) -> DisclosedRecord:
        request = asking[0]
        restricted = identity.restricted or any(one.identity.restricted for one in opened.places)
        identity = msgspec.structs.replace(identity, restricted=restricted)
        by_section = _by_section(_masked(opened, restricted=restricted))
        by_section, groups = agreements(by_section)
        carried = self._store.carries(request.person) if opened.full else frozenset()
        shown = {
            key: section_as_shown(
                section,
                by_section.get(key, ()),
                everything=rules is not None
                and not limited
                and all(rules.everything(one.actor.role, key, one) for one in asking),
                unreadable=opened.unreadable and opened.full,
                carried=carried,
            )
            for key, section in sections().items()
        }
        known = sorted(
            (labelled for labelled, _, _ in opened.permitted if labelled.demographics is not None),
            key=lambda labelled: (labelled.entry.recorded, labelled.entry.entry_id),
            reverse=True,
        )
        person = least_identity(identity)
        people = [(one.entry.entry_id, one.demographics) for one in known if one.demographics]
        details = merged(person, [one.demographics for one in known if one.demographics], restricted=restricted)
        sources = _sources(shown.values())
        return DisclosedRecord(
            person=request.person,
            request=request,
            banner=banner(details, shown, test_data=self._store.test_data, full=opened.full),
            sections=shown,
            sources=sources,
            notices=_notices(request, opened, refusals, restricted=restricted),
            full=opened.full,
            conflicts=conflicts(shown, people, restricted=restricted),
            nights_at_home=nights(shown, frozenset(one.lane for one in sources), request.now, details.identity),
            groups=groups,
            carried=carried,
        )

    def _log(self, request: Request, kind: str, outcome: str, items: Sequence[str]) -> None:
        self._store.record(
            AccessEvent(
                kind=kind,
                person=request.person,
                purpose=request.purpose,
                relationship=request.relationship,
                reason=request.reason,
                outcome=outcome,
                items=items,
            )
        )


def _for_audience(request: Request, audience: Role) -> Request:
    """The same request by a worker of this kind who takes part in the care, in no organisation that is named."""
    actor = Actor(user="", role=audience, organisation="")
    return replace(request, actor=actor, purpose="TREAT", relationship="referred", reason="")


_GIVES = {"withhold": 0, "mask": 1, "permit": 2}


def _stricter(one: tuple[Decision, str], other: tuple[Decision, str]) -> tuple[Decision, str]:
    """The decision that gives less: withhold before mask before permit; the first where they are alike."""
    return other if _GIVES[other[0].effect] < _GIVES[one[0].effect] else one


def _told(labelled: LabelledEntry | None, mark: Marked | None) -> tuple[LabelledEntry | None, bool]:
    """An entry as what stands about it says, and whether that could be told."""
    if mark is None or labelled is None:
        return labelled, True
    try:
        marked = as_marked(labelled, mark)
    except Exception:  # noqa: BLE001 - what stands about an entry and cannot be read withholds it
        marked = None
    return marked or labelled, marked is not None


def _masked(opened: _Opened, *, restricted: bool) -> Iterable[DisclosedEntry]:
    """Permitted entries with everything taken out that tells of what is not shown."""
    shown = Shown(
        () if opened.full else (labelled.entry for labelled, _, _ in opened.permitted), everything=opened.full
    )
    protection = Protection(opened.places, _practices(opened)) if restricted else None
    full, partly = opened.full, opened.partly
    for labelled, decision, because in opened.permitted:
        before = entry = shown.named(labelled.entry) if full else without_its_line(shown.named(labelled.entry))
        told = None if opened.seen is None else opened.seen[entry.entry_id]
        shortened = False
        if told is not None and (told.shortened or shown.names(labelled.entry)):
            entry, shortened = told.entry if full else without_its_line(told.entry), told.shortened
        if entry.links and not full:
            entry = mask_references(entry, shown.leads)
            shortened = shortened or lost_text(before, entry)
        if decision.effect == "mask":
            entry, shortened = hide_source(entry), True
        if protection is not None:
            safe = protection.mask(entry)
            if safe is None:
                continue
            shortened = shortened or lost_text(entry, safe)
            entry = safe
        if entry.assertion == "not-a-fact" and told is None:
            entry = mark_not_a_fact(entry)
        relabelled = labelled.explicit and bool(before.labels) and not full
        if relabelled:  # what the source called it before somebody decided otherwise
            entry = msgspec.structs.replace(entry, labels=())
        whole = decision.effect == "permit" and protection is None and not relabelled and (told is None or told.whole)
        if partly and (before.source.key, before.resource) in partly:
            whole = False
        kinds = labelled.categories if full else of_itself(labelled, alone=not shown.names(labelled.entry))
        yield DisclosedEntry(entry, kinds, because, shortened, whole=whole)


def _practices(opened: _Opened) -> Iterable[str]:
    """Names of the GP practices that a protected person's record speaks of."""
    for labelled, _, _ in opened.permitted:
        if labelled.entry.source.lane == "gp":
            yield labelled.entry.source.name
        if labelled.entry.section == "gp-practice":
            yield labelled.entry.title


def _by_id(record: DisclosedRecord) -> dict[EntryId, DisclosedEntry]:
    return {item.entry.entry_id: item for section in record.sections.values() for item in section.entries}


def _by_section(entries: Iterable[DisclosedEntry]) -> dict[str, list[DisclosedEntry]]:
    """Entries by section, newest first; a section that is not in the table is "other"."""
    known = sections()
    found: defaultdict[str, list[tuple[str, str, DisclosedEntry]]] = defaultdict(list)
    for item in entries:
        entry = item.entry
        found[entry.section if entry.section in known else "other"].append((entry.when.start, entry.entry_id, item))
    for items in found.values():
        items.sort(key=itemgetter(0, 1), reverse=True)
    return {key: [item for _, _, item in items] for key, items in found.items()}


def _sources(shown: Iterable[DisclosedSection]) -> tuple[DisclosedSource, ...]:
    """Who supplied what is shown, and the newest date of it."""
    found: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for section in shown:
        for item in section.entries:
            entry = item.entry
            source = entry.source
            found[source.name, source.kind, source.lane].append(entry.as_at or entry.recorded or entry.when.start)
    return tuple(DisclosedSource(*key, len(found[key]), max(found[key])) for key in sorted(found))


def _notices(request: Request, opened: _Opened, refusals: Sequence[str], *, restricted: bool) -> tuple[str, ...]:
    """Fixed sentences for the whole record."""
    found = [f"Nothing is shown: {text[:1].lower()}{text[1:]}." for text in refusals]
    if not opened.full:
        found.append(MAY_BE_HIDDEN)
    elif opened.unreadable:
        found.append(UNREADABLE)
    if request.relationship == "self-claimed":
        found.append(CLAIMED)
    if restricted:
        found.append(PROTECTED)
    return tuple(found)
