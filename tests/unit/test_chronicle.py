"""The filters of the timeline count what this reader was given, and offer no kind and no source of anything else."""

from __future__ import annotations

from gatekit import SURGERY, entry, opened, store

from desktop.models.chronicle import Chronicle
from desktop.models.story import Story
from fhir.entries import Code, Entry, Source, When

CLINIC = Source(key="clinic", name="Harbour Clinic")
DAY = When(start="2025-03-01", text="1 Mar 2025")
COUGH = entry("Condition/3", title="Cough", when=DAY)
BP = entry("Observation/1", section="examination", kind="observation", title="Blood pressure", when=DAY)
HIV = entry(
    "Condition/9",
    title="HIV infection",
    codes=(Code("http://snomed.info/sct", "86406008", "HIV"),),
    when=DAY,
    active=True,
    source=CLINIC,
)


def counted(*entries: Entry, role: str) -> tuple[dict[str, int], dict[str, int], int]:
    """What the filters of kinds and of sources say, and how many entries there are in all."""
    made = Chronicle(Story(opened(store(list(entries)), role)))
    kinds = {choice.key: choice.entries for choice in made.kinds}
    return kinds, {choice.key: choice.entries for choice in made.sources}, len(made.all.items)


def test_each_filter_says_how_many_entries_it_leaves() -> None:
    kinds, sources, every = counted(COUGH, BP, HIV, role="gp")
    assert kinds == {"problems": 2, "examination": 1}
    assert sources == {SURGERY.name: 2, "Harbour Clinic": 1}
    assert every == 3


def test_what_was_not_released_is_in_no_count_and_its_source_in_no_filter() -> None:
    seen = counted(COUGH, BP, HIV, role="social-worker")
    assert seen == counted(COUGH, BP, role="social-worker")
    assert "Harbour Clinic" not in seen[1]
