"""The standing decision: who may ever read an entry. It drives the sealing; the request decision can only narrow it.

The same engine and the same policies answer as for a request, asked the most favourable way: direct care by a team that
knows the person. Custodian and review are given their grants by the store; users read as members of their teams.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from consent.decision import Attributes, Policy, RoleDefaults, attributes, decide_on
from consent.defaults import defaults
from consent.labels import LabelledEntry
from consent.limits import LawfulLimits, NeedToKnow, ProtectedIdentities
from consent.ports import Principal
from consent.request import ROLES, Actor, Request, Role
from fhir.entries import PersonId

_TIMELESS = datetime(2000, 1, 1, tzinfo=UTC)
_MEMORY = 20_000


def policies(*, test_data: bool) -> tuple[Policy, ...]:
    """The policies of this version in the order of authority. Raises PolicyError where a table cannot be read."""
    need = NeedToKnow(test_data=test_data)
    return (LawfulLimits(), need, ProtectedIdentities(), RoleDefaults(defaults(), test_data=test_data))


class Standing:
    """Standing decisions for one set of principals, kept by attributes: use one for a whole import."""

    def __init__(self, principals: Sequence[Principal], *, test_data: bool) -> None:
        self._asking = [
            (principal.id, _most_favourable(principal))
            for principal in principals
            if principal.kind == "team" and principal.role in ROLES
        ]
        self._policies = policies(test_data=test_data)
        self._known: dict[Attributes, frozenset[str]] = {}

    def readers(self, labelled: LabelledEntry) -> frozenset[str]:
        """Ids of the principals who may ever read this entry. A masked entry counts as readable."""
        item = attributes(labelled)
        known = self._known.get(item)
        if known is None:
            if len(self._known) > _MEMORY:
                self._known.clear()
            known = self._known[item] = frozenset(
                name for name, request in self._asking if decide_on(item, request, self._policies).effect != "withhold"
            )
        return known


def standing_readers(labelled: LabelledEntry, principals: Sequence[Principal], test_data: bool) -> frozenset[str]:
    """Ids of the principals who may ever read this entry. For many entries, `Standing` is quicker."""
    return _standing(tuple(principals), test_data).readers(labelled)


@lru_cache(maxsize=8)
def _standing(principals: tuple[Principal, ...], test_data: bool) -> Standing:
    return Standing(principals, test_data=test_data)


def _most_favourable(principal: Principal) -> Request:
    actor = Actor(user="", role=cast(Role, principal.role), organisation=principal.organisation)
    return Request(PersonId(""), actor, "TREAT", "registered", _TIMELESS)
