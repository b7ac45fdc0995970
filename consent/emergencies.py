"""What a person has closed to emergencies: the refusals of their Consents that name break-glass or emergency treatment.

A plain refusal (no purpose) is what break-glass may open; one that names BTG or ETREAT, itself or by what it inherits,
stays closed (consent.md, The order of authority, 4) until a newer Consent permits that record in an emergency: not
being named in a newer refusal, or in one that is not understood, opens nothing. `emergency_view` keeps of a Consent
what closes; the one engine then answers. Knows no record and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from consent.consents import Consent, Provision
from consent.matching import purpose_key
from consent.provision import OPPOSITE
from consent.vocabulary import Choice, Coding, vocabulary

PURPOSES = ("BTG", "ETREAT")
"""PurposeOfUse codes that stand for an emergency."""


def emergency_view(consent: Consent) -> Consent | None:
    """The Consent with only its refusals for emergencies (and the permissions nested in them).

    One without any is kept too, since it may open again what an older one closed (rule 7), where it permits that in an
    emergency: what it permits, `view_of` tells. A purpose that cannot be read may be an emergency, so its refusal is
    kept (rule 8). None for a Consent that cannot be read at all: it refuses everything, but nobody has said that
    emergencies are closed.
    """
    if consent.status == "unreadable":
        return None
    root = consent.root
    kept = _closing(root, _effect(root, consent.base or "deny"), Provision(root.path))
    silent = Provision(root.path, type="deny", period=root.period, purposes=())
    return replace(consent, base=None, root=kept or silent, view_of=consent)


def emergency_views(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    """The views of several Consents, in order; which of them counts is for `consent.precedence`."""
    return tuple(view for one in consents if (view := emergency_view(one)) is not None)


def _effect(root: Provision, base: Choice) -> Choice:
    return root.type or (base if root.bare else OPPOSITE[base])


def _closing(provision: Provision, effect: Choice, above: Provision) -> Provision | None:
    """A branch with only its refusals for emergencies, and what is nested in them; None without any.

    What those stand in keeps its conditions (rule 4) and is for no purpose, so that it says nothing itself. What a
    refusal inherits of purposes, it says itself.
    """
    purposes = above.purposes if provision.purposes is None else provision.purposes
    itself = replace(provision, type=effect, purposes=purposes)
    if effect == "deny" and purposes is not None and any(_emergency(one) for one in purposes):
        return itself
    inner = (_closing(one, one.type or OPPOSITE[effect], itself) for one in provision.provisions)
    kept = tuple(one for one in inner if one is not None)
    return replace(itself, purposes=(), provisions=kept) if kept else None


def _emergency(purpose: Coding | None) -> bool:
    if purpose is None or vocabulary().system(purpose.system) != "actreason":
        return True
    return purpose_key(purpose) in {f"actreason {code}" for code in PURPOSES} or (
        purpose.code not in vocabulary().purposes
    )
