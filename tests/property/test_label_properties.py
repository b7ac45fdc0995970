"""Labels across imports: the order of imports does not matter, and nothing learned later ever reveals."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.corrections import Correction, as_marked, encode_correction, encode_floor, stricter, with_floor
from consent.labelling import label
from consent.labels import LabelledEntry
from consent.propagation import Closed, nature, ties
from consent.relabelling import Fresh, Stored, relabel
from fhir.entries import Code, Entry, EntryId, Link, Source
from storage.label_records import Marks

SCT, ACT = "http://snomed.info/sct", "http://terminology.hl7.org/CodeSystem/v3-ActCode"
KINDS = (
    ("Condition", "problems", "problem"),
    ("Observation", "results", "result"),
    ("MedicationRequest", "medicines", "medicine"),
    ("Encounter", "contacts", "contact"),
    ("ServiceRequest", "referrals", "referral"),
    ("CarePlan", "care-plan", "plan"),
    ("AllergyIntolerance", "allergies", "allergy"),
    ("Organization", "gp-practice", "practice"),
    ("DocumentReference", "documents", "letter"),
)
RELATIONS = ("reason", "encounter", "basedOn", "hasMember", "addresses", "partOf", "context", "result")
SENSITIVE = ("35489007", "86406008", "7200002", "")
SURGERY = Source(name="Surgery", lane="gp", key="Y1")


@st.composite
def records(draw: st.DrawFn) -> list[Entry]:
    """Entries of one person with links among them, each in its own resource or sharing one."""
    chosen = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=9))
    names = [f"{kind}/{n if draw(st.booleans()) else 0}" for n, (kind, _, _) in enumerate(chosen)]
    found = []
    for n, ((_, section, family), resource) in enumerate(zip(chosen, names, strict=True)):
        code = draw(st.sampled_from(SENSITIVE))
        targets = draw(st.lists(st.tuples(st.sampled_from(RELATIONS), st.sampled_from(names)), max_size=3))
        labels = draw(st.sampled_from(((), (), (), (Code(ACT, "SOC"),), (Code(ACT, "PSY"),))))
        found.append(
            Entry(
                entry_id=EntryId(f"e{n}"),
                section=section,
                kind=family,
                title="Something",
                resource=resource,
                source=SURGERY,
                codes=(Code(SCT, code),) if code else (),
                labels=labels,
                links=tuple(Link(rel, target) for rel, target in targets),
            )
        )
    return found


def labels_of(entries: Sequence[LabelledEntry]) -> dict[str, tuple[object, ...]]:
    return {
        one.entry.entry_id: (one.categories, one.because, one.treated, one.confidentiality, one.limits)
        for one in entries
    }


def imported(batches: Sequence[Sequence[Entry]]) -> list[LabelledEntry]:
    """What is stored after these imports, one by one, by someone who opens everything."""
    stored: list[LabelledEntry] = []
    for batch in batches:
        found = relabel([Fresh(entry) for entry in batch], [Stored(one) for one in stored])
        stored = [found.changed.get(n, one) for n, one in enumerate(stored)]
        known = {one.entry.entry_id for one in stored}
        stored += [one for one in found.fresh if one.entry.entry_id not in known]
        assert not found.floors
        assert not found.due
    return stored


def shut(entry: Entry) -> Closed:
    return Closed(hash(entry.entry_id), entry.resource, ties(entry), nature(entry))


@settings(max_examples=300)
@given(records(), st.data())
def test_imports_in_any_order_or_together_or_twice_give_the_same_labels(
    record: list[Entry], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(record))
    cut = data.draw(st.integers(0, len(order)))
    again = data.draw(st.lists(st.sampled_from(record), max_size=3))
    together = labels_of(label(record))
    assert labels_of(imported([[entry] for entry in order])) == together
    assert labels_of(imported([order[:cut], order[cut:], again])) == together


@settings(max_examples=300)
@given(records(), st.data())
def test_an_importer_who_cannot_open_all_makes_labels_stricter_only_until_somebody_can(
    record: list[Entry], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(record)))
    old, new = label(record[:cut]), record[cut:]
    opens = data.draw(st.lists(st.booleans(), min_size=len(old), max_size=len(old)))
    opened = [one for one, may in zip(old, opens, strict=True) if may]
    closed = [one for one, may in zip(old, opens, strict=True) if not may]
    found = relabel(
        [Fresh(entry) for entry in new], [Stored(one) for one in opened], [shut(one.entry) for one in closed]
    )
    assert found.due is bool(closed)
    after = [found.changed.get(n, one) for n, one in enumerate(opened)]
    floored = [with_floor(one, found.floors.get(hash(one.entry.entry_id), ())) for one in closed]
    for before, now in zip((*opened, *closed), (*after, *floored), strict=True):
        assert stricter(before, now).categories == now.categories, "a label became less strict"
        if not nature(now.entry) & 1:
            assert now.categories == before.categories, "what must not be hidden by accident was"
    floors = [found.floors.get(hash(one.entry.entry_id)) for one in closed]
    everything = [
        *(Stored(one) for one in after),
        *(Stored(one, floors=() if floor is None else (floor,)) for one, floor in zip(closed, floors, strict=True)),
        *(Stored(one) for one in found.fresh),
    ]
    holder = relabel([], everything)
    final = [holder.changed.get(n, one.labelled) for n, one in enumerate(everything)]
    assert labels_of(final) == labels_of(label(record))
    assert not holder.due


@given(records(), st.data())
def test_a_closed_entry_is_floored_with_all_that_it_would_have_received(
    record: list[Entry], data: st.DataObject
) -> None:
    """What would travel to it if it were open and had nothing of its own."""
    victim = data.draw(st.integers(0, len(record) - 1))
    others = [one for n, one in enumerate(record) if n != victim]
    found = relabel([Fresh(entry) for entry in others], [], [shut(record[victim])])
    plain = label(record)[victim]
    received = {line.partition(": ")[0] for line in plain.because if line.endswith("labelled so")}
    if not record[victim].labels and not record[victim].codes:
        assert received <= set(found.floors.get(hash(record[victim].entry_id), ()))


@given(records(), st.sampled_from([("general",), ("mental-health",), ("justice", "money")]), st.data())
def test_a_correction_holds_through_every_later_import(
    record: list[Entry], categories: tuple[str, ...], data: st.DataObject
) -> None:
    decision = Correction(categories, "asked for", "Dilys", "2026-11-27T09:00:00+00:00")
    where = data.draw(st.integers(0, len(record) - 1))
    rest = [entry for n, entry in enumerate(record) if n != where]
    first = relabel([Fresh(record[where], correction=decision)]).fresh[0]
    assert (first.categories, first.explicit) == (categories, True)
    found = relabel([Fresh(entry) for entry in rest], [Stored(first, correction=decision)])
    assert found.changed.get(0, first).categories == categories
    again = relabel([Fresh(record[where], correction=decision)], [Stored(one) for one in found.fresh])
    assert again.fresh[0].categories == categories
    withdrawn = Correction((), "mistake", "Dilys", "2026-11-27T10:00:00+00:00", withdrawn=True)
    back = relabel([], [Stored(first, correction=withdrawn), *(Stored(one) for one in found.fresh)])
    stored = [back.changed.get(n, one) for n, one in enumerate([first, *found.fresh])]
    assert labels_of(stored) == labels_of(label([record[where], *rest]))


@given(records(), st.lists(st.sampled_from(["mental-health", "money", "justice", "safeguarding"]), max_size=3))
def test_no_mark_ever_reveals(record: list[Entry], categories: list[str]) -> None:
    for labelled in label(record):
        assert as_marked(labelled, Marks(closed=True)) is None
        decided = msgspec.structs.replace(labelled, explicit=True)
        assert as_marked(decided, Marks(closed=True)) == decided
        floored = as_marked(labelled, Marks([encode_floor(categories)]))
        assert floored is not None
        assert stricter(labelled, floored).categories == floored.categories
        hidden = as_marked(labelled, Marks([None]))
        assert hidden is not None
        assert hidden.categories == (() if nature(labelled.entry) & 1 else labelled.categories)
        fixed = Correction(("money",), "so", "Dilys", "2026-11-27T09:00:00+00:00")
        marked = as_marked(labelled, Marks([None], encode_correction(fixed)))
        assert marked is not None
        assert marked.categories == ("money",)
