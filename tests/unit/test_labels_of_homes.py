"""Labels of states of one resource in several homes of one person: what one says takes nothing off another."""

from __future__ import annotations

import msgspec
import pytest
from gatekit import entry

from consent.corrections import Correction
from consent.labels import LabelledEntry, encode, named
from consent.relabelling import Stored, relabel
from fhir.entries import Code, Entry, EntryId

LABELS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def state(id: str, *labels: str, home: str = "a", resource: str = "Condition/1", **about: object) -> Stored:
    """One stored state, not labelled yet."""
    one: Entry = msgspec.structs.replace(
        entry(resource), entry_id=EntryId(id), labels=tuple(Code(LABELS, label) for label in labels)
    )
    return Stored(LabelledEntry(one, ("general",)), home=home, **about)  # type: ignore[arg-type]


def labels(*stored: Stored) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Categories and limits of each, when somebody has looked at all of them."""
    changed = relabel([], stored).changed
    now = [changed.get(n, one.labelled) for n, one in enumerate(stored)]
    return [(one.categories, one.limits) for one in now]


STRICT = ("sexual-reproductive",), ("NOPAT",)


def test_the_newest_state_of_each_home_makes_the_others_as_strict() -> None:
    older, newer = state("e1", "HIV", "NOPAT"), state("e2", home="b")
    assert labels(older, newer) == [STRICT, STRICT]
    assert labels(newer, older) == [STRICT, STRICT]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (state("e1", "HIV", "NOPAT"), state("e2")),
        (state("e1", "HIV", "NOPAT", current=False), state("e2", home="b")),
        (state("e1", "HIV", "NOPAT", resource="Condition/2"), state("e2", home="b")),
        (state("e1", "HIV", "NOPAT", resource="Condition/"), state("e2", home="b", resource="Condition/")),
    ],
    ids=["of one home", "one that its own home replaced", "of another resource", "of resources without a name"],
)
def test_other_states_put_no_limit_on_it(older: Stored, newer: Stored) -> None:
    assert labels(older, newer)[1][1] == ()


def test_what_was_set_on_purpose_stays_and_takes_the_limits() -> None:
    decided = Correction(("mental-health",), "Why", "Pat", "2026-11-21T09:00:00Z")
    older, newer = state("e1", "HIV", "NOPAT"), state("e2", home="b", correction=decided)
    assert labels(older, newer)[1] == (("mental-health",), ("NOPAT",))


def test_a_decision_by_who_opens_one_home_only_leaves_the_limits_of_another() -> None:
    decided = Correction(("mental-health",), "Why", "Pat", "2026-11-21T09:00:00Z")
    limited = msgspec.structs.replace(state("e2", home="b").labelled, limits=("NOPAT",), confidentiality="R")
    found = relabel([], [Stored(limited, correction=decided)], more=True).changed[0]
    assert (found.categories, found.limits, found.confidentiality) == (("mental-health",), ("NOPAT",), "R")
    alone = relabel([], [Stored(limited, correction=decided)]).changed[0]
    assert (alone.limits, alone.confidentiality) == ((), ""), "where there is no other home it says all there is"


def test_content_tells_which_resource_it_is_and_nothing_else_does() -> None:
    one = state("e1", "HIV").labelled
    assert named(encode(one)) == (one.entry.source.key, "Condition/1")
    assert named(b"zq") is None
