"""A relationship that somebody only claimed, and what the privacy office made of it: seen and in order, asked about, or
refused, which ends that claim from then on.

Pure: which statements count is decided in `consent.statements`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from consent.errors import PolicyError

ClaimState = Literal["confirmed", "questioned", "refused"]
STATES: Final[frozenset[str]] = frozenset(get_args(ClaimState))
LONGEST: Final = 4_000


@dataclass(frozen=True)
class Claimed:
    """What was decided about one look. `event` is its place in the access log, told again by `seen` (ISO instant) and
    `who`; `words` say why, and are read by who looked and by the person. `answer` is what who looked answered when
    asked; the person does not read it, as it may speak of others."""

    event: int
    seen: str
    who: str
    state: ClaimState
    words: str
    by: str
    on: date
    answer: str = ""
    answered: date | None = None


def check_claim(claim: Claimed) -> None:
    """Raise PolicyError for one that names no look, gives no reason, or says more than fits."""
    if claim.event < 0 or not claim.who or claim.state not in STATES:
        raise PolicyError("a decision names a look and what was made of it")
    if not claim.words.strip() or len(claim.words) > LONGEST or claim.answer or claim.answered is not None:
        raise PolicyError("a decision gives its reason, is short, and begins without an answer")


def refused(claims: Iterable[Claimed], user: str) -> bool:
    """Whether a user may not claim a relationship with this person any more. `claims` in the order of the decisions:
    the last that decided holds, and a question decides nothing."""
    decided = [one.state for one in claims if one.who == user and one.state != "questioned"]
    return decided[-1:] == ["refused"]
