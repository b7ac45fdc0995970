"""What of a resource may leave as its source wrote it, what is edited, and what is only told in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from consent_kit import ref
from gatekit import SURGERY, entry, opened, store_labelled

from consent.disclosure import DisclosedRecord
from consent.export import Released, everything, released, tells_of_others
from consent.labels import LabelledEntry
from fhir.entries import Entry, EntryId, Link

UUID = "0f5a1c3e-1111-4222-8333-444455556666"


@dataclass(frozen=True)
class Text:
    """The bytes behind an entry."""

    data: bytes
    format: str = "json"


def tree(resource: str, **values: Any) -> dict[str, Any]:
    kind, _, name = resource.partition("/")
    return {"resourceType": kind, "id": name, **values}


def text(resource: str, **values: Any) -> Text:
    return Text(json.dumps(tree(resource, **values)).encode())


def record(*entries: Entry, role: str = "nurse", **values: Any) -> DisclosedRecord:
    return opened(store_labelled([LabelledEntry(one, ("general",)) for one in entries], **values), role)


def one_of(found: DisclosedRecord, source: Text | None = None, key: str = "Condition/1") -> Released:
    items = [item for section in found.sections.values() for item in section.entries]
    sources = {item.entry.entry_id: source for item in items if source is not None and item.entry.resource == key}
    (only,) = (one for one in released(found, sources) if one.key == key)
    return only


ASTHMA = entry("Condition/1", title="Asthma")


@pytest.mark.parametrize("role", ["gp", "nurse"])
def test_what_may_be_seen_whole_leaves_as_its_source_wrote_it(role: str) -> None:
    source = text("Condition/1", code={"text": "Asthma"})
    found = one_of(record(ASTHMA, role=role), source)
    assert (found.form, found.redacted, found.raw) == ("exact", False, source.data)
    assert found.tree == json.loads(source.data)
    assert everything(record(ASTHMA, role=role)) == (role == "gp")


def test_a_reference_that_leads_to_what_is_not_shown_is_taken_out_and_the_others_stay() -> None:
    kept = [
        ref("Patient/a"),
        ref("#part"),
        ref("Organization/o"),
        ref("Condition/2/_history/3"),
        ref(f"urn:uuid:{UUID}"),
    ]
    kept += [ref("https://x/fhir/Condition/2"), ref("Medication/m")]
    other, unique = entry("Condition/2"), entry(f"Condition/{UUID}")
    for gone in (ref("Condition/9"), ref("urn:uuid:0f5a1c3e-9999-4222-8333-444455556666"), ref("urn:uuid:2")):
        source = text("Condition/1", evidence=[{"detail": [*kept, gone]}])
        found = one_of(record(ASTHMA, other, unique), source)
        assert (found.form, found.redacted, found.raw) == ("edited", True, b"")
        assert [one["reference"] for one in found.tree["evidence"][0]["detail"] if "reference" in one] == [
            one["reference"] for one in kept
        ]
        whole = one_of(record(ASTHMA, other, unique, role="gp"), source)
        assert whole.form == "exact"
    found = one_of(record(ASTHMA, other, unique), text("Condition/1", evidence=[{"detail": kept}]))
    assert found.form == "exact"


def test_an_id_of_another_source_is_not_the_same_unless_no_other_could_have_it() -> None:
    hospital = Entry(**{n: getattr(ASTHMA, n) for n in Entry.__struct_fields__} | {"source": SURGERY})
    elsewhere = entry("Condition/2", source=type(SURGERY)(name="Ward", lane="hospital", key="RX000"))
    found = one_of(record(hospital, elsewhere), text("Condition/1", evidence=[{"detail": [ref("Condition/2")]}]))
    assert found.form == "edited"
    unique = entry(f"Condition/{UUID}", source=elsewhere.source)
    found = one_of(record(hospital, unique), text("Condition/1", evidence=[{"detail": [ref(f"Condition/{UUID}")]}]))
    assert found.form == "exact"


def test_what_was_shortened_is_told_in_words() -> None:
    linked = entry(
        "Condition/1", title="Asthma", detail="See Depression", links=(Link("x", "Condition/9", "Depression"),)
    )
    found = one_of(record(linked), text("Condition/1", code={"text": "Asthma"}))
    assert (found.form, found.raw) == ("told", b"")
    assert "Depression" not in json.dumps(found.tree)


@pytest.mark.parametrize(
    "source",
    [
        Text(b"not json"),
        text("Condition/2"),
        text("Condition/1", extra={"resource": tree("Observation/1")}),
        Text(b"a,b,c", "csv"),
    ],
)
def test_bytes_that_tell_of_other_things_do_not_leave_where_anything_is_withheld(source: Text) -> None:
    found = one_of(record(ASTHMA), source)
    assert (found.form, found.raw) == ("told", b"")
    assert source.data not in json.dumps(found.tree).encode()


def test_without_bytes_an_entry_is_told_in_words() -> None:
    assert one_of(record(ASTHMA)).form == "told"


def test_a_line_of_an_extract_goes_along_where_everything_may_be_told() -> None:
    found = one_of(record(ASTHMA, role="gp"), Text(b"a,b,c", "csv"))
    assert (found.form, found.raw) == ("exact", b"")


def test_xml_leaves_as_a_tree_and_not_as_its_bytes() -> None:
    source = Text(b'<Condition xmlns="http://hl7.org/fhir"><id value="1"/></Condition>', "xml")
    found = one_of(record(ASTHMA), source)
    assert (found.form, found.raw) == ("exact", b"")
    assert found.tree == tree("Condition/1")


def test_of_a_resource_of_which_a_part_is_withheld_only_words_leave() -> None:
    second = Entry(**{n: getattr(ASTHMA, n) for n in Entry.__struct_fields__} | {"entry_id": EntryId("e-2")})
    where = store_labelled([LabelledEntry(ASTHMA, ("general",)), LabelledEntry(second, ("money",))])
    source = text("Condition/1", code={"text": "Asthma"})
    found = one_of(opened(where, "nurse"), source)
    assert found.form == "told"


def test_the_order_depends_on_what_leaves_and_on_nothing_else() -> None:
    two = [entry("Condition/2"), entry("Condition/1")]
    keys = [one.key for one in released(record(*two), {})]
    assert keys == [one.key for one in released(record(*reversed(two)), {})] == ["Condition/1", "Condition/2"]


def test_the_bytes_behind_an_entry_tell_of_others_by_words_beside_a_reference_and_by_a_narrative() -> None:
    named = [ref("Condition/9") | {"display": "Gout"}]
    story = {"status": "generated", "div": "<div>Asthma and gout</div>"}
    limited, gp = record(ASTHMA), record(ASTHMA, role="gp")

    def tells(source: Text, reader: DisclosedRecord = limited) -> bool:
        return tells_of_others(reader, ASTHMA, source)

    assert tells(text("Condition/1", evidence=[{"detail": named}]))
    assert tells(text("Condition/1", text=story, evidence=[{"detail": [ref("Condition/9")]}]))
    assert not tells(text("Condition/1", evidence=[{"detail": [ref("Condition/9")]}])), "it says no more than the entry"
    assert not tells(text("Condition/1", text=story, recorder=ref("Practitioner/p") | {"display": "Dr Moor"}))
    assert not tells(text("Condition/1", evidence=[{"detail": named}]), gp)
    assert tells(Text(b"what nobody can read"))
    assert not tells(Text(b"a,line", "csv")), "lines are looked at by who may see all that they tell"
