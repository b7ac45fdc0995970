"""Groups, contradictions and nights at home over what one reader is shown: after the gate, never stored.

The rules stand in `fhir.reconcile` and `fhir.timeline`; here they are given disclosed entries and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

import msgspec

from consent.disclosure import Conflict, DisclosedEntry, DisclosedSection, FactGroup, NightsAtHome
from fhir.entries import EntryId
from fhir.people import Demographics, Identity
from fhir.person_conflicts import person_conflicts
from fhir.reconcile import contradictions, same_facts
from fhir.timeline import nights_at_home, place
from fhir.year.days import last_day

NIGHTS_FROM = ("admissions", "services", "social-context")
"""The sections that tell where nights were spent."""
_COMPARED = (
    "allergies", "medicines", "services", "personal-contacts", "contacts", "end-of-life", "discharges", "admissions",
)  # fmt: skip
_SEVERITY = {"high": 0, "medium": 1, "low": 2}
_ADMITTING = frozenset({"hospital", "mental-health"})


BySection = dict[str, list[DisclosedEntry]]


def agreements(by_section: BySection) -> tuple[BySection, tuple[FactGroup, ...]]:
    """The same entries, in order, those that several sources report as one fact marked with group and agreement; and
    those groups, field by field."""
    marks: dict[EntryId, tuple[str, str]] = {}
    groups: list[FactGroup] = []
    for key, items in by_section.items():
        if _of_several(items):
            for one in same_facts(item.entry for item in items):
                name = f"g-{one.entries[0]}"
                marks |= dict.fromkeys(one.entries, (name, one.agreement))
                groups.append(FactGroup(name, key, one.entries, one.fields, one.first.entry_id, one.first.because))
    if not marks:
        return by_section, ()
    marked = {
        key: [
            msgspec.structs.replace(item, group=marks[item.entry.entry_id][0], agreement=marks[item.entry.entry_id][1])
            if item.entry.entry_id in marks
            else item
            for item in items
        ]
        for key, items in by_section.items()
    }
    return marked, tuple(sorted(groups, key=lambda group: (group.section, group.id)))


def _of_several(items: Sequence[DisclosedEntry]) -> bool:
    """Whether these come from more than one source."""
    first = items[0].entry.source
    name = first.key or first.name
    for item in items:
        source = item.entry.source
        if (source.key or source.name) != name:
            return True
    return False


def conflicts(
    sections: Mapping[str, DisclosedSection], known: Sequence[tuple[EntryId, Demographics]], *, restricted: bool
) -> tuple[Conflict, ...]:
    """Contradictions among what is shown, most severe first. `known` are the shown Patient resources; of a restricted
    person their addresses are not looked at."""
    entries = [item.entry for key in _COMPARED if key in sections for item in sections[key].entries]
    found = contradictions(entries) + person_conflicts(known, entries, addresses=not restricted)
    found.sort(key=lambda one: (_SEVERITY[one.severity], one.kind, one.entries))
    return tuple(Conflict(one.kind, one.severity, one.text, one.entries) for one in found)


def nights(sections: Mapping[str, DisclosedSection], lanes: Set[str], now: datetime, who: Identity) -> NightsAtHome:
    """Nights at home before today from what is shown; not known where no source of what is shown (by `lanes`, kinds of
    service) could say.

    Of somebody who has died those before the day of death; not known where that day is not.
    """
    entries = [item.entry for key in NIGHTS_FROM if key in sections for item in sections[key].entries]
    if not (lanes & _ADMITTING or any(place(entry) == "away" for entry in entries)):
        return NightsAtHome(known=False)
    until = last_day(who.birth_date, who.deceased, now.date())
    if until is None:
        return NightsAtHome(known=False)
    counted = nights_at_home(entries, until)
    return NightsAtHome(
        known=True,
        until=counted.until,
        nights=counted.nights,
        home=counted.home,
        away=counted.away,
        unknown=counted.unknown,
        uncertain=counted.uncertain,
        by_night=counted.by_night,
    )
