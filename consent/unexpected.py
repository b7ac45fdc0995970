"""That a person did not expect somebody's look at their record: what they said of it, and what they were answered.

Pure: which statements count is decided in `consent.statements`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from consent.errors import PolicyError

DAYS: Final = 30
"""Days within which it is to be answered: a complaint is acknowledged within 30 days (Data Protection Act 2018 s.164A,
put in by the Data (Use and Access) Act 2025)."""
LONGEST: Final = 4_000


@dataclass(frozen=True)
class Unexpected:
    """One report. `event` is the place of the look in the access log, told again by `seen` (ISO instant), `who`, `role`
    and `organisation`; `words` are the person's own, and may be empty. `by` says who wrote it down."""

    id: str
    event: int
    seen: str
    who: str
    role: str
    organisation: str
    words: str
    by: str
    reported: date
    answer: str = ""
    answered_by: str = ""
    answered: date | None = None

    @property
    def state(self) -> Literal["open", "answered"]:
        """Whether it still waits for an answer."""
        return "open" if self.answered is None else "answered"

    @property
    def due(self) -> date:
        """The day by which it is to be answered."""
        return self.reported + timedelta(days=DAYS)

    def overdue(self, day: date) -> bool:
        """Whether it waits longer than it should."""
        return self.state == "open" and day > self.due


def check_unexpected(report: Unexpected) -> None:
    """Raise PolicyError for one that names no look, or says more than fits."""
    if report.event < 0 or not report.id or not report.by or len(report.words) > LONGEST:
        raise PolicyError("a report names a look, and is short")
    if report.answer or report.answered_by or report.answered is not None:
        raise PolicyError("a report begins without an answer")
