"""A person's choices: read, tried, set, confirmed, withdrawn; and made true in the keys. No Qt, no storage.

Whoever sets a choice does so as the person, or at the person's word, or as the custodian; who it was is in the act,
which the vault signs. Everything stored that the signed-in user's keys open is sealed anew at once; the rest waits for
someone whose keys open it (`settle`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from consent.acting import About, next_day
from consent.choices import (
    Act,
    ActKind,
    By,
    KeptConsent,
    SignedBy,
    Team,
    consents_of,
    decode_act,
    encode_act,
    in_force,
    kept_for,
    rules_of,
    subject_name,
    unconfirmed,
    verified_acts,
)
from consent.consents import Problem, Tree, identifier_name, pointer, read_consent
from consent.defaults import defaults
from consent.disclosure import DisclosedEntry
from consent.errors import PolicyError
from consent.evidence import references
from consent.facts import EntryFacts
from consent.importing import consent_id
from consent.kinds_of_worker import Change, changes, kinds
from consent.labels import LabelledEntry, decode
from consent.limits import limits
from consent.persons_choices import neighbourhood, next_change, problems_of, refers_of
from consent.ports import KeyHolder, OpenedContent
from consent.standing import Readers, Standing
from consent.who import known_actors
from desktop.errors import WorkspaceError
from fhir.entries import EntryId, PersonId
from fhir.people import NHS_NUMBER_SYSTEM, NO_ONE, Identity


class StoredAct(Protocol):
    """One act as the vault gives it back."""

    @property
    def person(self) -> PersonId: ...
    @property
    def rules(self) -> bytes | None: ...
    @property
    def full(self) -> bytes | None: ...
    @property
    def signed_by(self) -> str: ...
    @property
    def signer(self) -> Any: ...


class ChoiceStore(Protocol):
    """What choosing needs of a signed-in vault."""

    @property
    def test_data(self) -> bool: ...
    def identity(self, person: PersonId) -> Identity: ...
    def joined(self, person: PersonId) -> Sequence[PersonId]:
        """Everyone joined with a person, with them; the first names the whole."""

    def principals(self) -> Sequence[KeyHolder]: ...
    def choices(self, person: PersonId) -> Sequence[StoredAct]: ...
    def holdings(self, person: PersonId) -> Iterable[OpenedContent]: ...
    def about(self, person: PersonId) -> About:
        """What is stated about a person."""

    def keep(
        self, person: PersonId, rules: bytes, full: bytes, readers: Mapping[EntryId, frozenset[str]], due: str | None
    ) -> bool:
        """Keep an act and seal for these readers; False where not everything opened."""

    def reseal(self, person: PersonId, readers: Mapping[EntryId, frozenset[str]], *, due: str | None) -> bool: ...
    def unsettled(self) -> Sequence[PersonId]: ...
    def is_unsettled(self, person: PersonId) -> bool: ...
    def carries(self, person: PersonId) -> frozenset[tuple[str, str]]: ...
    def original(self, entry_id: EntryId, person: PersonId) -> bytes:
        """The bytes of the resource behind an entry; empty where they do not open."""


@dataclass(frozen=True)
class PersonsConsent:
    """One Consent of a person. `origin` is "made-here" or "imported"; `tree` its FHIR form, as full as may be read.
    `signed` and `changed` tell of the signature that an imported one came under (`consent.choices.KeptConsent`)."""

    id: str
    origin: str
    tree: Tree
    problems: tuple[Problem, ...] = ()
    signed: SignedBy | None = None
    changed: bool = False


@dataclass(frozen=True)
class PersonsChoices:
    """What a person has chosen. `acts` is their history, oldest first; `settled` is False while some entries may still
    have to be sealed as chosen; `checked` is when anything was last chosen (ISO instant, empty: never)."""

    person: PersonId
    consents: tuple[PersonsConsent, ...] = ()
    acts: tuple[Act, ...] = ()
    settled: bool = True
    checked: str = ""
    held_back: bool = False


@dataclass(frozen=True)
class Preview:
    """What a change of choices would do for each kind of worker; `entries` are those of whoever looks, by id."""

    changes: tuple[Change, ...]
    entries: Mapping[EntryId, DisclosedEntry]


@dataclass(frozen=True)
class Tried:
    """An act that is tried and not kept, as a store gives acts back (`consent.ports.KeptAct`). `signer` is the user
    who tries it, as the vault knows them."""

    person: PersonId
    rules: bytes
    signed_by: str
    signer: Any = None


KEPT = "https://fhir.onestory.example/Id/choice"
"""The system of the tag that names a Consent as the vault keeps it."""

SEAL_NOTHING = frozenset({"carer", "proxy"})
"""Roles whose keys do not open all that is stated about those who act for the person: sealing waits for someone
else."""

CHANGED = (
    "That was changed since it was signed, so it only narrows and cannot be confirmed. Withdraw it, and set what the"
    " person wants."
)

_LASTS = timedelta(seconds=20)
"""For how long who may read is kept between entries of one person."""


class Choosing:
    """The choices of people in one vault, for one signed-in user."""

    def __init__(self, store: ChoiceStore, by: By, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._by = by
        self._clock = clock
        self._last: tuple[PersonId, datetime, Readers] | None = None

    def about(self, person: PersonId) -> About:
        """What is stated about a person beside their choices."""
        return self._store.about(person)

    def acts(self, person: PersonId) -> list[Act]:
        """Acts about a person, as far as deciding needs them. Raises PolicyError where one cannot be read."""
        try:
            return verified_acts(self._store.choices(person), lambda: self._store.about(person))
        except KeyError:
            return []

    def of(self, person: PersonId) -> PersonsChoices:
        """What a person has chosen. Raises WorkspaceError where it cannot be read."""
        acts = self._told(person)
        full = self._full(person)
        words = _in_words(full, acts)
        waiting = {one.id for one in unconfirmed(acts)}
        doubts = problems_of(acts, person, self._clock(), neighbourhood(self._store.principals()))
        consents = tuple(
            PersonsConsent(
                kept.id,
                "imported" if kept.id in waiting else "made-here",
                words.get(kept.id, kept).tree,
                self._problems(person, kept, doubts),
                words.get(kept.id, kept).signed,
                kept.changed,
            )
            for kept in {one.consent.id: one.consent for one in in_force(acts).all()}.values()
        )
        told = tuple(whole or rules for whole, rules in zip(full, acts, strict=True))
        checked = max((act.time for act in acts), default="")
        here = self._by.organisation
        mine = in_force(acts, Team(self._by.role, here, neighbourhood(self._store.principals()).formerly(here)))
        held_back = mine.own != in_force(acts).own
        settled = not self._store.is_unsettled(person) if self._opens_everything else not acts
        return PersonsChoices(person, consents, told, settled, checked, held_back)

    @staticmethod
    def _problems(
        person: PersonId, kept: KeptConsent, doubts: Mapping[str, tuple[Problem, ...]]
    ) -> tuple[Problem, ...]:
        """What in a Consent is not understood, and so counts as no."""
        read = read_consent(kept_for(person, kept.tree))
        return doubts.get(read.content, read.problems)

    @property
    def _opens_everything(self) -> bool:
        """Whether nothing is withheld from this user. To others, that something waits would tell that there is what
        they cannot open: they are told the same on every record where something was chosen."""
        role, test_data = self._by.role, self._store.test_data
        protected = limits().protect_from(role, self._store.carries(NO_ONE), test_data=test_data)
        return self._by.custodian or (defaults().everywhere(role, test_data=test_data) and not protected)

    def put(
        self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Tree], *, reason: str = ""
    ) -> bool:
        """Put these Consents in place of all that were made here. `resources` tell who the actors are, by name.

        False where something stored is still to be sealed by someone with more keys. Raises WorkspaceError for
        what is not a Consent, or not about this person; nothing is kept then.
        """
        consents = self._without_imported(person, consents)
        act = self._act(person, consents, resources, reason)
        after = [*self._told(person), *self._of_each(person, rules_of(act))]
        kept = [self._keep(one, act, after) for one in self._store.joined(person)]
        return all(kept)

    def confirm(self, person: PersonId, ids: Sequence[str]) -> bool:
        """Make imported Consents the person's own. Only the person, a lawful proxy or the custodian can."""
        return self._decide(person, "confirm", ids)

    def withdraw(self, person: PersonId, ids: Sequence[str]) -> bool:
        """End Consents, imported or made here."""
        return self._decide(person, "withdraw", ids)

    def preview(
        self,
        person: PersonId,
        consents: Sequence[Any],
        resources: Mapping[str, Tree],
        seen: frozenset[EntryId],
    ) -> list[Change]:
        """What setting these Consents would change for each kind of worker, of the entries in `seen`. Keeps nothing."""
        before = self._told(person)
        after = [*before, *self._trying(person, consents, resources)]
        whole = self._store.joined(person)
        entries = [each for one in whole for each in self._entries(one) if each.entry.entry_id in seen]
        principals = self._store.principals()
        teams = [(who.role, who.organisation) for who in principals if who.kind == "team"]
        return changes(
            entries,
            before,
            after,
            kinds(teams, test_data=self._store.test_data),
            person=person,
            now=self._clock(),
            neighbours=neighbourhood(principals),
            test_data=self._store.test_data,
            refers=refers_of(lambda: entries),
        )

    def tried(self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Tree]) -> list[Tried]:
        """Setting these Consents, as acts that are kept nowhere: for opening a record as if they had been set."""
        acts = self._trying(person, consents, resources)
        return [Tried(PersonId(one.about), encode_act(one), self._by.principal) for one in acts]

    def _trying(self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Tree]) -> list[Act]:
        act = rules_of(self._act(person, self._without_imported(person, consents), resources, ""))
        return self._of_each(person, act)

    def _of_each(self, person: PersonId, rules: Act) -> list[Act]:
        """The same act about each one of a whole: it stays theirs when they are split."""
        return [msgspec.structs.replace(rules, about=one) for one in self._store.joined(person)]

    # -- making it true

    def settle(self, person: PersonId) -> bool:
        """Seal what this user's keys open as the person's choices say now; False where something did not open."""
        self.forget()
        if person == NO_ONE:
            return True
        acts = self._told(person)
        done = []
        for one in self._store.joined(person):
            readers, due = self._sealing(one, acts)
            done.append(self._store.reseal(one, readers, due=due))
        return all(done)

    def settle_if_due(self, person: PersonId) -> None:
        """The same where something is known to wait."""
        if any(self._store.is_unsettled(one) for one in self._store.joined(person)):
            self.settle(person)

    def settle_all(self) -> int:
        """Everyone for whom something waits; how many. For someone whose keys open everything."""
        waiting = list(self._store.unsettled())
        for person in waiting:
            self.settle(person)
        return len(waiting)

    def readers(
        self, person: PersonId, contents: Iterable[OpenedContent], principals: Sequence[KeyHolder]
    ) -> list[frozenset[str]]:
        """Who may ever read each of these entries, among these principals."""
        labelled = [decode(content.content) for content in contents]
        standing = self._standing(person, self._told(person), labelled, principals)
        return [standing.readers(one) for one in labelled]

    def readers_of(self, person: PersonId, labelled: LabelledEntry) -> frozenset[str]:
        """Who may ever read one entry of a person; quick for many in a row of one person."""
        now = self._clock()
        if self._last is None or self._last[0] != person or now - self._last[1] > _LASTS:
            self._last = (person, now, self._standing(person, self._told(person), (), self._store.principals()))
        return self._last[2].readers(labelled)

    def forget(self) -> None:
        """Choices may have changed otherwise than through here: an import was stored, or taken back."""
        self._last = None

    # -- inside

    def _keep(self, person: PersonId, act: Act, acts: Sequence[Act]) -> bool:
        """Keep one act about one of those joined, and seal their entries by what all of them chose: `acts`, with it."""
        self.forget()
        if self._by.role in SEAL_NOTHING:
            return self._store.keep(person, encode_act(rules_of(act)), encode_act(act), {}, "")
        readers, due = self._sealing(person, acts)
        return self._store.keep(person, encode_act(rules_of(act)), encode_act(act), readers, due)

    def _decide(self, person: PersonId, kind: ActKind, ids: Sequence[str]) -> bool:
        if not self._by.confirms:
            raise WorkspaceError("Only the person, someone lawfully acting for them, or the custodian can do that.")
        known = {one.id for one in self.of(person).consents}
        if not ids or not set(ids) <= known:
            raise WorkspaceError("There is no such choice of this person.")
        told = self._told(person)
        every = consents_of(told)
        if kind == "confirm" and any(every[id].changed for id in ids):
            raise WorkspaceError(CHANGED)
        words = _in_words(self._full(person), told)
        confirming = ids if kind == "confirm" else ()  # they outlive the import, and who is who
        confirmed = tuple(words.get(id, every[id]) for id in confirming)
        who = {id(tree): tree for one in in_force(told).all() if one.consent.id in confirming for tree in one.known}
        act = Act(
            kind=kind,
            time=self._clock().isoformat(),
            by=self._by,
            consents=confirmed,
            ids=tuple(ids),
            known=tuple(who.values()),
        )
        keepers = {PersonId(one.about) for one in self._told(person) if {kept.id for kept in one.consents} & set(ids)}
        if not keepers <= set(self._store.joined(person)):
            raise WorkspaceError("That choice was made for a record that was split from this one; change it there.")
        after = [*told, *[msgspec.structs.replace(rules_of(act), about=one) for one in keepers]]
        kept = [self._keep(one, act, after) for one in sorted(keepers)]
        return all(kept) if self._by.role in SEAL_NOTHING else self.settle(person)

    def _without_imported(self, person: PersonId, consents: Sequence[Any]) -> list[Any]:
        """The Consents but for imported ones handed back as they were given out: setting them again would confirm
        them."""
        waiting = {one.id for one in unconfirmed(self._told(person))}
        return [tree for tree in consents if not waiting & set(kept_ids(tree))]

    def _act(self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Tree], reason: str) -> Act:
        for number, tree in enumerate(consents, 1):
            if not isinstance(tree, dict) or tree.get("resourceType") != "Consent":
                raise WorkspaceError(f"Number {number} of the choices is not a FHIR Consent; nothing was changed.")
            about = pointer(tree.get("patient", tree.get("subject")))
            if about is None or not self._means(person, set(about.names)):
                raise WorkspaceError(f"Consent {number} is not about this person; nothing was changed.")
        kept = tuple(KeptConsent(consent_id(person, tree), kept_for(person, tree)) for tree in consents)
        organisations = {who.organisation for who in self._store.principals() if who.organisation}
        return Act(
            kind="set",
            time=self._clock().isoformat(),
            by=self._by,
            consents=kept,
            known=known_actors(consents, {**self._directory(consents), **resources}, organisations),
            reason=reason,
        )

    def _directory(self, consents: Sequence[Tree]) -> dict[str, Tree]:
        """People and places that Consents name, as imported records tell of them, if this user may read those."""
        wanted = {name for tree in consents for found in references(tree) for name in found.names}
        stored: dict[str, EntryId] = {}
        try:
            for one in self._entries(NO_ONE):
                names = (one.entry.resource, *(EntryFacts(one).itself.names))
                stored |= dict.fromkeys(names, one.entry.entry_id)
        except KeyError:
            return {}
        found: dict[str, Tree] = {}
        while wanted:
            name = wanted.pop()
            if name in stored and name not in found:
                tree = _json(self._store.original(stored[name], NO_ONE))
                found[name] = tree
                wanted |= {other for pointed in references(tree) for other in pointed.names}
        return found

    def _means(self, person: PersonId, names: set[str]) -> bool:
        """Whether one of these names is the person's: of the vault, an identifier, or that of a record about them."""
        identity = self._store.identity(person)
        whole = self._store.joined(person)
        own = {subject_name(one) for one in whole}
        own |= {identifier_name({"system": one.system, "value": one.value}) for one in identity.identifiers}
        if identity.nhs_number:
            own.add(identifier_name({"system": NHS_NUMBER_SYSTEM, "value": identity.nhs_number}))
        if own & names:
            return True
        records = {name for name in names if name.startswith("Patient/")}
        return bool(records) and any(entry.entry.resource in records for one in whole for entry in self._entries(one))

    def _full(self, person: PersonId) -> list[Act | None]:
        """Each act with its words, in the order of `acts`; None where those are not for this user to read."""
        return [decode_act(one.full) if one.full is not None else None for one in self._store.choices(person)]

    def _told(self, person: PersonId) -> list[Act]:
        try:
            return self.acts(person)
        except PolicyError:
            raise WorkspaceError("This person's sharing choices cannot be read; tell the privacy office.") from None

    def _entries(self, person: PersonId) -> list[LabelledEntry]:
        return [decode(content.content) for content in self._store.holdings(person)]

    def _standing(
        self, person: PersonId, acts: Sequence[Act], entries: Sequence[LabelledEntry], principals: Sequence[KeyHolder]
    ) -> Readers:
        standing = Standing(principals, test_data=self._store.test_data)

        def whole() -> list[LabelledEntry]:
            others = [one for one in self._store.joined(person) if one != person]
            return [*entries, *(each for one in others for each in self._entries(one))]

        return standing.of_person(
            person, acts, self._clock(), refers_of(lambda: entries), lambda: self._store.about(person), whole
        )

    def _sealing(self, person: PersonId, acts: Sequence[Act]) -> tuple[dict[EntryId, frozenset[str]], str | None]:
        """Who may read each entry that opens, and when the choices next change by themselves."""
        entries = self._entries(person)
        standing = self._standing(person, acts, entries, self._store.principals())
        due = next_change(acts, self._clock())
        day = next_day(self._store.about(person), self._clock().date())
        if day is not None:
            begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
            due = begins if due is None else min(due, begins)
        readers = {one.entry.entry_id: standing.readers(one) for one in entries}
        return readers, None if due is None else due.astimezone(UTC).isoformat(timespec="milliseconds").replace(
            "+00:00", "Z"
        )


def _in_words(full: Sequence[Act | None], acts: Sequence[Act]) -> dict[str, KeptConsent]:
    """The Consents by id with their words, where the form with words says the very rules that are decided by."""
    return {
        words.id: words
        for act, rules in zip(full, acts, strict=True)
        if act is not None
        for words, kept in zip(act.consents, rules.consents, strict=False)
        if rules_of(msgspec.structs.replace(rules, consents=(words,))).consents == (kept,)
    }


def _json(content: bytes) -> Tree:
    """A resource from its JSON bytes; nothing where it was written otherwise."""
    try:
        tree = msgspec.json.decode(content)
    except msgspec.MsgspecError:
        return {}
    return tree if isinstance(tree, dict) else {}


def kept_ids(tree: Any) -> list[str]:
    """The ids under which a Consent was given out, as its tags say."""
    meta = tree.get("meta") if isinstance(tree, dict) else None
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return [
        str(tag.get("code"))
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, dict) and tag.get("system") == KEPT
    ]
