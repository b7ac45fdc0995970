"""A person's choices as a vault keeps them: acts, each signed by who did it, and which Consents are in force of them.

A choice made here replaces those made here before. An imported Consent only narrows until the person, a lawful proxy or
the custodian confirms it, and never replaces a choice made here (consent.md, The order of authority, 2). Nobody widens
for themselves: what a worker sets on a person's behalf only narrows for that worker's own team until it is confirmed.
Knows no store, no request and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from consent.acting import NOT_STAFF, About, linked
from consent.consents import Tree, pointer
from consent.errors import PolicyError
from consent.naming import BASE
from consent.ports import KeptAct
from consent.proxies import carries_choices, state_of

ActKind = Literal["set", "import", "confirm", "withdraw"]
CONFIRMING = frozenset({"person", "proxy", "custodian"})
"""Roles whose word is the person's own, or the custodian's."""

_WORDS = frozenset(
    {"text", "display", "title", "note", "verification", "sourceAttachment", "sourceReference", "source"}
)
"""What a Consent says to people and not to rules."""


class By(msgspec.Struct, frozen=True):
    """Who did an act: a user of the vault, with the role they had. `custodian`: they hold that office. `for_person`:
    they did it at the person's word, who was with them."""

    principal: str
    name: str
    role: str
    organisation: str
    custodian: bool = False
    for_person: bool = False
    gone: bool = False

    @property
    def confirms(self) -> bool:
        """Whether their word confirms what was imported."""
        return not self.gone and (self.custodian or self.role in CONFIRMING)


class SignedBy(msgspec.Struct, frozen=True):
    """Whose signature an imported Consent came under: `who` in words, when (ISO instant), and the fingerprint of the
    custodian's key. `here`: a user of this vault, under whose custodian; else `who` is what the signature says."""

    who: str
    time: str
    key: str
    here: bool = False


class KeptConsent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One Consent as kept. `tree` is its FHIR JSON form (in rules: without its words), whose patient is the person it
    is kept for; `id` tells it from others of that person; `source` and `version` say of an imported one which record of
    which system it is, and which state of it; `signed` (in the full form only) whose signature it came under. `changed`
    is one that came under a signature which does not hold: nobody can make it the person's own."""

    id: str
    tree: Any
    source: str = ""
    version: str = ""
    signed: SignedBy | None = None
    changed: bool = False


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One act. `ids` are the Consents confirmed or withdrawn; `known` are people and places that the Consents name
    (`consent.who.known_actors`); `reason` stands in the full form only; `about` is the person of the vault, not kept
    with it but told by where it is kept."""

    kind: ActKind
    time: str
    by: By
    consents: tuple[KeptConsent, ...] = ()
    ids: tuple[str, ...] = ()
    known: tuple[Tree, ...] = ()
    reason: str = ""
    about: str = ""


def encode_act(act: Act) -> bytes:
    """The bytes to seal."""
    return _ENCODER.encode(act)


def verified_acts(kept: Iterable[KeptAct], about: Callable[[], About] = About) -> list[Act]:
    """Acts that were opened. Raises PolicyError where one cannot be read, or claims to be by another than signed it.

    Of someone who is gone it cannot be told any more what they were: what they did only narrows. So does what somebody
    did for the person without a right in force on that day, by what is stated `about` them (asked where it matters): a
    parent whom a competent child refuses is not told, and their own session takes what they do.
    """
    found = list(kept)
    people = {one.person for one in found}
    acts, stated = [], cache(about)
    for one in found:
        if one.rules is None:
            raise PolicyError("a choice may not be read")
        act = decode_act(one.rules)
        by, who = act.by, one.signer
        same = who is None or (by.role == who.role and by.organisation in (who.organisation, *who.former))
        link = linked(by.role, by.organisation)
        theirs = by.custodian or by.role not in NOT_STAFF or (link is not None and link.person in people)
        if by.principal != one.signed_by or not same or (who and by.custodian and not who.custodian) or not theirs:
            raise PolicyError("a choice is not by whom it says")
        acted = link is not None and bool(link.user)
        by = msgspec.structs.replace(by, gone=who is None or (acted and not _had_right(by.name, act.time, stated())))
        acts.append(msgspec.structs.replace(act, about=one.person, by=by))
    return acts


def _had_right(user: str, time: str, about: About) -> bool:
    """Whether a user had a right in force to choose for the person on the day of an act (ISO instant)."""
    died = about.died if about.died and about.died[:10] <= time[:10] else ""
    facts = about.known.about(about.born, died)
    day = date.fromisoformat(time[:10])
    return any(
        one.user == user and state_of(one, facts, day).state == "active" and carries_choices(one, facts, day)
        for one in about.known.mandates
    )


def decode_act(content: bytes) -> Act:
    """An act from unsealed bytes. Raises PolicyError for bytes that hold none."""
    try:
        return _DECODER.decode(content)
    except msgspec.MsgspecError:
        raise PolicyError("a choice cannot be read") from None


def rules_of(act: Act) -> Act:
    """The act as those need it who decide by it: its Consents without words meant for people."""
    consents = tuple(msgspec.structs.replace(one, tree=_bare(one.tree), signed=None) for one in act.consents)
    return msgspec.structs.replace(act, consents=consents, reason="")


def kept_for(person: str, tree: Any) -> Any:
    """A Consent as kept: its patient is the person of the vault, whatever the source called them. What is no FHIR
    object stays as it is, and counts as no."""
    if not isinstance(tree, dict):
        return tree
    place = "subject" if "subject" in tree and "patient" not in tree else "patient"
    about = pointer(tree.get(place))
    named = frozenset(about.names) if about is not None else frozenset()
    kept = {name: _as_kept(value, named, person) for name, value in tree.items() if name != "subject"}
    return {**kept, place: subject(person)}


def _as_kept(value: Any, named: frozenset[str], person: str) -> Any:
    """The same with the person under one name wherever they stand: as grantor, too, or as an actor."""
    if isinstance(value, dict):
        who = pointer(value)
        if who is not None and named & set(who.names):
            return {**{key: inner for key, inner in value.items() if key != "identifier"}, **subject(person)}
        return {key: _as_kept(inner, named, person) for key, inner in value.items()}
    return [_as_kept(item, named, person) for item in value] if isinstance(value, list) else value


def subject(person: str) -> Tree:
    """The Reference to a person of the vault."""
    return {"reference": subject_name(person)}


def subject_name(person: str) -> str:
    """The name by which kept Consents know their person."""
    return f"Patient/{person}"


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _bare(inner)
            for name, inner in value.items()
            if name not in _WORDS and (name != "extension" or _ours(inner)) and not name.startswith("fhir_comments")
        }
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _ours(extensions: Any) -> bool:
    return isinstance(extensions, list) and any(
        isinstance(one, dict) and str(one.get("url")).startswith(BASE) for one in extensions
    )


class Told(NamedTuple):
    """A Consent that counts, and the people and places it was brought with: whom it means is told by these alone, so
    that no other act can have it mean somebody else."""

    consent: KeptConsent
    known: tuple[Tree, ...] = ()


@dataclass(frozen=True)
class InForce:
    """What counts for one team. `own` may permit and refuse; each of `narrowing` may only refuse."""

    own: tuple[Told, ...] = ()
    narrowing: tuple[tuple[Told, ...], ...] = ()

    def all(self) -> Iterator[Told]:
        """Every Consent that counts."""
        yield from self.own
        for layer in self.narrowing:
            yield from layer


class Team(NamedTuple):
    """One role in one organisation, which may have had other names before."""

    role: str
    organisation: str
    former: tuple[str, ...] = ()

    @property
    def organisations(self) -> tuple[str, ...]:
        """Every name of the organisation."""
        return (self.organisation, *self.former)


def in_force(acts: Sequence[Act], team: Team | None = None) -> InForce:
    """What counts for a team (None: for someone of no team), oldest act first. Of people who are joined each one's
    choices count for the whole."""
    people = list(dict.fromkeys(act.about for act in acts))
    if len(people) < 2:
        return _in_force(acts, team)
    each = [_in_force([act for act in acts if act.about == person], team) for person in people]
    return InForce(
        tuple(one for found in each for one in found.own),
        tuple(layer for found in each for layer in found.narrowing),
    )


def _in_force(acts: Sequence[Act], team: Team | None) -> InForce:
    own: dict[str, Told] = {}
    narrowing: list[tuple[Told, ...]] = []
    imported: dict[str, Told] = {}
    for act in acts:
        brought = {one.id: Told(one, act.known) for one in act.consents}
        if act.kind == "set" and not _for_themselves(act.by, team):
            own, narrowing = brought, []
        elif act.kind == "set":
            narrowing.append(tuple(brought.values()))
        elif act.kind == "import":
            imported |= _with_both(imported, brought)
        elif act.by.confirms:
            gone = {id: imported.pop(id) for id in act.ids if id in imported}
            own = {id: told for id, told in own.items() if id not in act.ids}
            if act.kind == "confirm":
                own |= brought | gone  # what was brought with the import, while that is there
    layers = (tuple(imported.values()), *narrowing)
    return InForce(tuple(own.values()), tuple(layer for layer in layers if layer))


def _with_both(before: Mapping[str, Told], brought: Mapping[str, Told]) -> dict[str, Told]:
    """Consents brought again, with what was told of people and places each time: whoever imports must not be able to
    end a refusal."""
    return {
        id: Told(told.consent, (*before[id].known, *told.known)) if id in before else told
        for id, told in brought.items()
    }


def unconfirmed(acts: Iterable[Act]) -> tuple[KeptConsent, ...]:
    """Imported Consents that nobody has confirmed or withdrawn; a newer state of one stands beside the older."""
    imported: dict[str, KeptConsent] = {}
    for act in acts:
        if act.kind == "import":
            imported |= {one.id: one for one in act.consents}
        elif act.kind in ("confirm", "withdraw") and act.by.confirms:
            for id in act.ids:
                imported.pop(id, None)
    return tuple(imported.values())


def consents_of(acts: Iterable[Act]) -> Mapping[str, KeptConsent]:
    """Every Consent ever kept, by id."""
    return {one.id: one for act in acts for one in act.consents}


def _for_themselves(by: By, team: Team | None) -> bool:
    """Whether this team is that of whoever did it, who is neither the person nor the custodian; or nobody can tell."""
    return by.gone or (
        team is not None and not by.confirms and by.role == team.role and by.organisation in team.organisations
    )


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(Act, float_hook=Decimal)
