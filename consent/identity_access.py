"""Who may see the evidence for two records being one person, and join or part them (`identity_roles.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from consent.errors import NotDisclosedError
from consent.request import ROLES

NOT_YOURS = "Your role does not join people or keep them apart."
GIVE_REASON = "Say why you look at what two records have in common."


@cache
def _roles() -> frozenset[str]:
    table = tomllib.loads(Path(__file__).with_name("identity_roles.toml").read_text("utf-8"))
    return frozenset(table["may_match"]["roles"]) & frozenset(ROLES)


def may_match(role: str) -> bool:
    """Whether a role may see match evidence and decide."""
    return role in _roles()


def require_match(role: str, reason: str, *, test_data: bool) -> None:
    """Raise NotDisclosedError unless this role may see evidence for this reason; testers in test vaults only."""
    if not may_match(role) or (role == "tester" and not test_data):
        raise NotDisclosedError(NOT_YOURS)
    if not reason.strip():
        raise NotDisclosedError(GIVE_REASON)
