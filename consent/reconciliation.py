"""Groups, contradictions and nights at home over what one reader is shown: after the gate, never stored.

The rules stand in `fhir.reconcile` and `fhir.timeline`; here they are given disclosed entries and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

import msgspec

from consent.disclosure import Conflict, DisclosedEntry, DisclosedSection, NightsAtHome
from fhir.entries import EntryId
from fhir.people import Demographics
from fhir.reconcile import contradictions, same_facts
from fhir.timeline import nights_at_home, place

_COUNTED = ("admissions", "services", "social-context")
_ADMITTING = frozenset({"hospital", "mental-health"})


def agreements(by_section: dict[str, list[DisclosedEntry]]) -> dict[str, list[DisclosedEntry]]:
    """The same entries, in order, those that several sources report as one fact marked with group and agreement."""
    marks: dict[EntryId, tuple[str, str]] = {}
    for items in by_section.values():
        if len({item.entry.source.key or item.entry.source.name for item in items}) > 1:
            for one in same_facts(item.entry for item in items):
                marks |= dict.fromkeys(one.entries, (f"g-{one.entries[0]}", one.agreement))
    if not marks:
        return by_section
    return {
        key: [
            msgspec.structs.replace(item, group=marks[item.entry.entry_id][0], agreement=marks[item.entry.entry_id][1])
            if item.entry.entry_id in marks
            else item
            for item in items
        ]
        for key, items in by_section.items()
    }


def conflicts(
    sections: Mapping[str, DisclosedSection], addresses: Sequence[tuple[EntryId, Demographics]]
) -> tuple[Conflict, ...]:
    """Contradictions among what is shown. `addresses` are the shown Patient resources; none for a restricted person."""
    keys = ("allergies", "medicines", "services", "personal-contacts", "contacts")
    entries = [item.entry for key in keys if key in sections for item in sections[key].entries]
    found = [Conflict(one.kind, one.severity, one.text, one.entries) for one in contradictions(entries)]
    homes: dict[str, EntryId] = {}
    for entry_id, demographics in addresses:
        for address in demographics.addresses:
            if address.use in ("home", "") and not address.end:
                said = "".join(
                    part for part in "".join((*address.lines, address.postcode)).casefold() if part.isalnum()
                )
                homes.setdefault(address.postcode.replace(" ", "").casefold() or said, entry_id)
    if len(homes) > 1:
        text = "Sources give different home addresses."
        found.append(Conflict("address", "low", text, tuple(sorted(set(homes.values())))))
    return tuple(found)


def nights(sections: Mapping[str, DisclosedSection], lanes: Set[str], now: datetime) -> NightsAtHome:
    """Nights at home before today from what is shown; not known where no source of what is shown (by `lanes`, kinds of
    service) could say."""
    entries = [item.entry for key in _COUNTED if key in sections for item in sections[key].entries]
    if not (lanes & _ADMITTING or any(place(entry) == "away" for entry in entries)):
        return NightsAtHome(known=False)
    counted = nights_at_home(entries, now.date())
    return NightsAtHome(
        known=True,
        until=counted.until,
        nights=counted.nights,
        home=counted.home,
        away=counted.away,
        unknown=counted.unknown,
    )
