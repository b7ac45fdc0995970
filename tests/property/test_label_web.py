"""Following ties by hashes alone misses nothing that labels could pass to or from."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from test_label_properties import labels_of, records

from consent.labelling import label
from consent.propagation import nature, ties
from consent.relabelling import Fresh, Stored, relabel
from fhir.entries import Entry
from storage.packs import Links
from storage.web import Web


def number(resource: str) -> int:
    """Stands for the keyed hash of a "Type/id"."""
    return hash(resource) & 0xFFFFFFFFFFFF


def links(entries: Sequence[Entry]) -> Links:
    """What one import of these entries leaves behind."""
    targets = sorted({target for entry in entries for target, _ in ties(entry)})
    points: list[int] = []
    kinds: list[int] = []
    for place, entry in enumerate(entries):
        for target, kind in ties(entry):
            points += (place, targets.index(target))
            kinds.append(kind)
    return Links(
        [number(entry.entry_id) for entry in entries],
        [number(entry.resource) for entry in entries],
        [number(target) for target in targets],
        points,
        kinds,
        [nature(entry) for entry in entries],
    )


@settings(max_examples=400)
@given(records(), st.data())
def test_only_what_is_tied_has_to_be_opened(record: list[Entry], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(record)))
    old, new = label(record[:cut]), record[cut:]
    web = Web()
    web.add(links(record[:cut]))
    tied = web.connected([(number(one.resource), [number(target) for target, _ in ties(one)]) for one in new])
    taking_part = [n for n, one in enumerate(old) if number(one.entry.entry_id) in tied]
    found = relabel([Fresh(entry) for entry in new], [Stored(old[n]) for n in taking_part])
    after = list(old)
    for place, changed in found.changed.items():
        after[taking_part[place]] = changed
    assert labels_of([*after, *found.fresh]) == labels_of(label(record))
