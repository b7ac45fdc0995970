"""What a person has closed to emergencies: the refusals of their Consents that name break-glass or emergency treatment.

A plain refusal (no purpose) is what break-glass may open; one that names BTG or ETREAT, itself or by what it inherits,
stays closed (consent.md, The order of authority, 4) until a newer Consent permits that record in an emergency: not
being named in a newer refusal, or in one that is not understood, opens nothing. `emergency_view` keeps of a Consent
what closes; the one engine then answers. Knows no record and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    kept = tuple(_kept(root, _effect(root, consent.base or "deny"), Provision(root.path)))
    # The top is for no purpose and says nothing itself; each refusal that is kept says its own purposes.
    top = Provision(root.path, type="deny", period=root.period, purposes=(), provisions=kept)
    return replace(consent, base=None, root=top, view_of=consent)


def emergency_views(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    """The views of several Consents, in order; which of them counts is for `consent.precedence`."""
    return tuple(view for one in consents if (view := emergency_view(one)) is not None)


def _effect(root: Provision, base: Choice) -> Choice:
    return root.type or (base if root.bare else OPPOSITE[base])


def _kept(provision: Provision, effect: Choice, above: Provision) -> Iterator[Provision]:
    """Refusals for emergencies in a branch. Each is written out with all it inherits, so that it stands by itself."""
    merged = _merged(provision, above)
    if effect == "deny" and merged.purposes is not None and any(_emergency(one) for one in merged.purposes):
        yield replace(merged, type="deny", provisions=provision.provisions)
        return
    for inner in provision.provisions:
        yield from _kept(inner, inner.type or OPPOSITE[effect], merged)


def _merged(provision: Provision, above: Provision) -> Provision:
    """A provision with the elements it inherits (rule 4: its own of a name replace its parent's)."""
    names = ("period", "actors", "actions", "purposes", "labels", "classes", "types", "documents", "codes")
    own = {name: getattr(provision, name) for name in (*names, "data_period", "data")}
    inherited = {name: getattr(above, name) if value is None else value for name, value in own.items()}
    return replace(provision, **inherited, doubts=(*above.doubts, *provision.doubts))


def _emergency(purpose: Coding | None) -> bool:
    if purpose is None or vocabulary().system(purpose.system) != "actreason":
        return True
    return purpose_key(purpose) in {f"actreason {code}" for code in PURPOSES} or (
        purpose.code not in vocabulary().purposes
    )
