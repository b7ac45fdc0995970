"""By what somebody is filed, compared and found: what follows from their identity alone, found out once."""

from __future__ import annotations

import msgspec

from fhir.identity import home, identity_keys, keys_to_ask, search_keys
from fhir.people import Identity


class Filed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Of one identity: its `home`, `keys_to_ask`, `identity_keys` (`fhir.identity`) and `search_keys`
    (`fhir.person_search`)."""

    place: tuple[str, ...]
    to_ask: tuple[str, ...]
    keys: tuple[str, ...]
    words: tuple[str, ...]


def filed(identity: Identity) -> Filed:
    """All of that. It needs no store, so that another process can find it out."""
    return Filed(home(identity), keys_to_ask(identity), identity_keys(identity), search_keys(identity))
