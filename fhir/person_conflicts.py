"""What sources say against each other of who a person is: addresses, dates of death and birth, NHS numbers.

Works on the Patient resources that one reader may see; for a restricted person the caller gives them without addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fhir.contradictions import Contradiction
from fhir.entries import Entry, EntryId
from fhir.people import Demographics
from fhir.temporal import say

Known = Sequence[tuple[EntryId, Demographics]]


def person_conflicts(known: Known, facts: Sequence[Entry] = (), *, addresses: bool = True) -> list[Contradiction]:
    """Contradictions among these Patient resources, and between a date of death and what is recorded as done later."""
    found = [*_deaths(known), *_after_death(known, facts), *_numbers(known), *_births(known)]
    return [*found, *_homes(known)] if addresses else found


def _differing(known: Known, said: Callable[[Demographics], str]) -> dict[str, list[EntryId]]:
    """Entries by what they say, for what more than one thing is said of; empty where all agree or are silent."""
    found: dict[str, list[EntryId]] = {}
    for entry_id, one in known:
        text = said(one)
        if text:
            found.setdefault(text, []).append(entry_id)
    return found if len(found) > 1 else {}


def _ids(found: dict[str, list[EntryId]]) -> tuple[EntryId, ...]:
    return tuple(sorted({entry_id for ids in found.values() for entry_id in ids}))


def _deaths(known: Known) -> list[Contradiction]:
    """Dates of death that do not fit each other. Only that someone has died fits every date."""
    found = _differing(known, lambda one: one.identity.deceased[:10] if one.identity.deceased != "yes" else "")
    dates = sorted(found)
    fit = all(one.startswith(dates[0]) or dates[0].startswith(one) for one in dates)
    if not found or fit:
        return []
    text = f"Sources give different dates of death: {', '.join(say(one) for one in dates)}."
    return [Contradiction("death-date", "high", text, _ids(found))]


def _after_death(known: Known, facts: Sequence[Entry]) -> list[Contradiction]:
    dates = [one.identity.deceased[:10] for _, one in known if len(one.identity.deceased) >= 10]
    if not dates:
        return []
    last = max(dates)
    later = [
        one
        for one in facts
        if one.section in ("contacts", "admissions") and len(one.when.start) >= 10 and one.when.start[:10] > last
    ]
    if not later:
        return []
    text = f"Contacts or stays are recorded after the date of death ({say(last)})."
    return [Contradiction("after-death", "medium", text, tuple(sorted(one.entry_id for one in later))[:5])]


def _numbers(known: Known) -> list[Contradiction]:
    found = _differing(known, lambda one: one.identity.nhs_number if one.identity.nhs_status != "invalid" else "")
    text = "Sources give different NHS numbers. These may be two people's records."
    return [Contradiction("nhs-number", "high", text, _ids(found))] if found else []


def _births(known: Known) -> list[Contradiction]:
    found = _differing(known, lambda one: one.identity.birth_date[:10])
    dates = sorted(found)
    if not found or all(other.startswith(dates[0]) for other in dates):
        return []
    text = f"Sources give different dates of birth: {', '.join(say(one) for one in dates)}."
    return [Contradiction("birth-date", "medium", text, _ids(found))]


def _homes(known: Known) -> list[Contradiction]:
    homes: dict[str, list[EntryId]] = {}
    for entry_id, one in known:
        for address in one.addresses:
            if address.use in ("home", "") and not address.end:
                said = "".join(
                    part for part in "".join((*address.lines, address.postcode)).casefold() if part.isalnum()
                )
                homes.setdefault(address.postcode.replace(" ", "").casefold() or said, []).append(entry_id)
    text = "Sources give different home addresses."
    return [Contradiction("address", "low", text, _ids(homes))] if len(homes) > 1 else []
