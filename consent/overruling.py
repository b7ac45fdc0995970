"""The order of authority with a lawful override beside it, asked about one person's entries for one request.

What the entry's ordinary decision is, is asked as for treatment; where that withholds, the override speaks. What the
person has closed to emergencies is asked of their choices in both purposes that stand for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from consent.authority import Authority
from consent.decision import Attributes, Decision, Policy, attributes
from consent.disclosure import DisclosedRecord
from consent.emergencies import PURPOSES
from consent.facts import EntryFacts, RecordFacts
from consent.labels import LabelledEntry
from consent.overrides import Override, overridden, shown_first, table
from consent.persons_choices import Acts, RequestChoices
from consent.request import Request

ORDINARY = "TREAT"


class Closed:
    """What one person has closed to emergencies, for one request."""

    def __init__(self, told: Acts, request: Request) -> None:
        """`told` are the acts with the Consents as `consent.emergencies.emergency_view` has them."""
        self._asked = [RequestChoices(told, replace(request, purpose=purpose)) for purpose in PURPOSES]

    def to(self, facts: RecordFacts) -> bool:
        """Whether an entry is closed."""
        return any(choices.said(facts).ruling.effect == "deny" for choices in self._asked)


class Overruling:
    """Decides on entries for one request that an override speaks for; used in the place of `Authority`."""

    def __init__(
        self,
        request: Request,
        rules: Sequence[Policy],
        choices: RequestChoices | None,
        override: Override,
        closed: Closed,
    ) -> None:
        """`choices` are those compared with the request as for treatment (`ordinary`)."""
        self._request = request
        self._override = override
        self._closed = closed
        self._before = Authority(ordinary(request), rules, choices)
        self._because = f"Shown because of {table().kinds[override.kind].name.lower()}: it is recorded."

    def on(self, labelled: LabelledEntry) -> tuple[Decision, str]:
        """The decision on one entry, and why in one sentence for whoever asks."""
        decision, because = self._before.on(labelled)
        if decision.effect != "withhold":
            return decision, because

        def closed(_item: Attributes) -> bool:
            return self._closed.to(EntryFacts(labelled))

        after = overridden(decision, attributes(labelled), self._request, self._override, closed)
        return after, because if after.effect == "withhold" else self._because


def ordinary(request: Request) -> Request:
    """The request as it would be made without the override: for treatment."""
    return replace(request, purpose=ORDINARY)


def emergency_first(record: DisclosedRecord, override: Override) -> DisclosedRecord:
    """The record with safety information first, and what it is said to be."""
    first = sorted(record.sections, key=lambda key: not shown_first(key, ""))
    name = table().kinds[override.kind].name
    until = override.ends.astimezone(record.request.now.tzinfo).strftime("%H:%M on %d %b %Y").replace(" 0", " ")
    said = f"{name} until {until}. Everything shown is recorded; the person is told and it is reviewed."
    sections = {key: record.sections[key] for key in first}
    return replace(record, sections=sections, notices=(said, *record.notices), override=override)
