"""What a decision on one entry costs, spread over a whole record: choices compiled once, then asked about each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from consent.authority import Authority, policies
from consent.choices import Act, By, KeptConsent, kept_for
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.persons_choices import Acts, Neighbourhood, RequestChoices
from consent.plain_choices import PlainChoice, PlainChoices, What, Who
from consent.plain_consents import to_consents
from consent.request import Actor, Request
from fhir.entries import Code, Entry, EntryId, PersonId, Source, When

ENTRIES = 5000
_NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
_PERSON = PersonId("p-bench")
_CODES = ("29463-7", "44261-6", "718-7", "8480-6", "20447-9", "2160-0")


def seconds_a_decision() -> tuple[float, float, float]:
    """Processor time for each of 5,000 entries, the best of seven runs: without choices, with choices by kind of
    information, and with a single thing hidden besides, which asks of every entry whether it is that."""
    entries = label([_entry(number) for number in range(ENTRIES)])
    kinds = (
        PlainChoice(Who("role", "nurse"), What("category", "mental-health"), "off"),
        PlainChoice(Who("role", "home-care"), What("category", "sexual-reproductive"), "off"),
        PlainChoice(Who("organisation", "Bench"), What("category", "drugs-alcohol"), "on"),
    )
    single = PlainChoice(Who("user", "bench"), What("item", "Observation/o17"), "off")
    none, some, all_ = (_best(entries, chosen) for chosen in ((), kinds, (*kinds, single)))
    return none, some, all_


def _best(entries: Sequence[LabelledEntry], chosen: tuple[PlainChoice, ...]) -> float:
    request = Request(_PERSON, Actor("bench", "nurse", "Bench"), "TREAT", "present", _NOW)
    trees = to_consents(PlainChoices(chosen), f"Patient/{_PERSON}", _NOW) if chosen else []
    kept = tuple(KeptConsent(f"c-{number}", kept_for(_PERSON, tree)) for number, tree in enumerate(trees))
    by = By("u-1", "Ada", "custodian", "Bench", custodian=True)
    acts = [Act(kind="set", time=_NOW.isoformat(), by=by, consents=kept)] if kept else []
    times = []
    for _ in range(7):
        known = Acts(acts, _PERSON, _NOW, Neighbourhood(("Bench",), ("bench",)))
        authority = Authority(request, policies(test_data=False), RequestChoices(known, request) if acts else None)
        began = time.process_time()
        for one in entries:
            authority.on(one)
        times.append((time.process_time() - began) / ENTRIES)
    return min(times)


def _entry(number: int) -> Entry:
    day = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number % 2000)).date().isoformat()
    return Entry(
        entry_id=EntryId(f"e-{number}"),
        resource=f"Observation/o{number}",
        section="results",
        kind="result",
        title="Result",
        source=Source(name="Bench", lane="gp", key="Y00001"),
        codes=(Code("http://loinc.org", _CODES[number % len(_CODES)]),),
        when=When(start=day),
    )
