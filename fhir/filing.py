"""By what somebody is filed, compared and found: what follows from their identity alone, found out once."""

from __future__ import annotations

import msgspec

from fhir.identity import home
from fhir.look_ups import LookUps
from fhir.people import Identity
from fhir.person_search import search_keys


class Filed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Of one identity: its `home`, `keys_to_ask`, `identity_keys` (`fhir.look_ups`) and `search_keys`
    (`fhir.person_search`)."""

    place: tuple[str, ...]
    to_ask: tuple[str, ...]
    keys: tuple[str, ...]
    words: tuple[str, ...]


def filed(identity: Identity) -> Filed:
    """All of that. It needs no store, so that another process can find it out."""
    by = LookUps(identity)
    return Filed(home(identity), by.to_ask(), by.keys(), search_keys(identity))
