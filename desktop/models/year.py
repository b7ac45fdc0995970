"""The reckonings of the person's year over one released record, made once each. No I/O and nothing not released."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cached_property

from consent.reconciliation import NIGHTS_FROM
from consent.states import UNREADABLE
from desktop.models.story import Story
from desktop.models.tongue import Said, tr
from desktop.models.words import plural, state
from fhir.entries import Entry
from fhir.year.days import last_day
from fhir.year.due import Due, due_next
from fhir.year.going_home import GoingHome, going_home
from fhir.year.support import SupportOverTime, support_over_time
from fhir.year.waits import Wait, waits

DUE_WORDS = Said(
    {
        "appointment": "Appointment",
        "review": "Review",
        "task": "Task",
        "referral": "Open request",
        "ends": "Ends",
        "equipment": "Equipment asked for",
        "goal": "Goal",
    }
)


class Year:
    """Everything reckoned from what is shared with this reader."""

    def __init__(self, story: Story) -> None:
        who = story.record.banner.identity
        self.until: date = last_day(who.birth_date, who.deceased, story.today) or story.today
        """Until when is reckoned: today, or the day on which the person died."""
        self._entries: list[Entry] = [item.entry for item in story.all_entries()]
        money = story.section("money")
        self.costs_kept = state(money) if money.state != "data" else ""
        """Why no cost is shown, in words; "" where costs are shown. That none is recorded is said of what is shown."""

    @cached_property
    def waits(self) -> tuple[Wait, ...]:
        """What was asked for and how long it took."""
        return waits(self._entries, self.until)

    @cached_property
    def going_home(self) -> tuple[GoingHome, ...]:
        """Hospital stays that ended, newest first."""
        return going_home(self._entries, self.until)

    @cached_property
    def support(self) -> SupportOverTime:
        """Hours and cost a week over time."""
        return support_over_time(self._entries, self.until, costs_told=not self.costs_kept)

    @cached_property
    def due(self) -> tuple[Due, ...]:
        """What is due next across all teams."""
        return due_next(self._entries, self.until)


def nights_words(story: Story) -> str:
    """How many nights were at home, as every screen says it: no more than is certain, "at most" where it is not.

    What could not be read may tell of further nights away.
    """
    nights = story.record.nights_at_home
    tell = [story.section(key) for key in NIGHTS_FROM]
    unread = any(section.state == "failed" or section.notice == UNREADABLE for section in tell)
    if not nights.known:
        return tr("nights at home: could not be read") if unread else tr("nights at home: not known")
    words = tr("{home} of {nights} nights at home").format(home=nights.home, nights=nights.nights)
    if nights.uncertain:
        unclear = plural(nights.uncertain, "night")
        return tr("at most {words}; {count} not clear").format(words=words, count=unclear)
    if unread:
        return tr("at most {words}: not all could be read").format(words=words)
    return words


def pounds(amount: Decimal | None) -> str:
    """Pounds and pence as people write them; that a cost is not known is said."""
    return tr("cost not recorded") if amount is None else f"£{amount:,.2f}"


def hours(amount: Decimal | None) -> str:
    """Hours without needless noughts: "10.5 hours"; that they are not known is said."""
    if amount is None:
        return tr("hours not recorded")
    words = f"{amount:.2f}".rstrip("0").rstrip(".")
    return f"{words} {tr('hour') if words == '1' else tr('hours')}"
