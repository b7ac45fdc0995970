"""JSON documents: what is read from them, byte for byte."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fhir.errors import FormatError, LimitError, RefusedError
from fhir.reading import read_document, read_drop
from fhir.records import Refused, SourceFile


def read(document: Any) -> SourceFile:
    data = document if isinstance(document, bytes) else json.dumps(document, indent=1).encode()
    return read_document("given.json", "folder", data)


def keys(file: SourceFile) -> list[str]:
    return [resource.key for resource in file.resources]


def bundle(*resources: Any, kind: str = "collection") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource} for resource in resources]}


PATIENT = {"resourceType": "Patient", "id": "p"}
OBSERVATION = {"resourceType": "Observation", "id": "o", "valueQuantity": {"value": 1}}


@pytest.mark.parametrize(
    "kind", ["collection", "transaction", "batch", "searchset", "document", "message", "history", "batch-response"]
)
def test_every_bundle_type_gives_its_resources_with_their_exact_bytes(kind: str) -> None:
    file = read(bundle(PATIENT, OBSERVATION, kind=kind))
    assert (file.bundle_type, keys(file)) == (kind, ["Patient/p", "Observation/o"])
    for resource in file.resources:
        assert file.data[resource.start : resource.end] == resource.raw
        assert json.loads(resource.raw) == resource.tree
    assert [resource.line for resource in file.resources] == [6, 12]


def test_equal_resources_keep_their_own_places() -> None:
    file = read(bundle(PATIENT, PATIENT))
    first, second = file.resources
    assert first.raw == second.raw
    assert first.end <= second.start


def test_the_full_url_of_an_entry_is_kept() -> None:
    document = bundle(PATIENT)
    document["entry"][0]["fullUrl"] = "urn:uuid:1"
    assert read(document).resources[0].full_url == "urn:uuid:1"


def test_resources_of_nested_bundles_and_parameters_belong_to_the_document() -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "a", "resource": PATIENT},
            {"name": "b", "part": [{"name": "c", "resource": bundle(OBSERVATION)}]},
        ],
    }
    file = read(bundle(bundle(PATIENT), parameters))
    assert keys(file) == ["Patient/p", "Patient/p", "Observation/o"]
    assert all(file.data[resource.start : resource.end] == resource.raw for resource in file.resources)
    assert not file.issues


def test_parameters_without_resources_stay_a_resource() -> None:
    assert keys(read({"resourceType": "Parameters", "id": "x", "parameter": [{"name": "n"}]})) == ["Parameters/x"]


def test_contained_resources_stay_inside_their_parent() -> None:
    assert keys(read({**OBSERVATION, "contained": [PATIENT]})) == ["Observation/o"]


def test_a_list_of_resources_is_read() -> None:
    assert keys(read([PATIENT, OBSERVATION])) == ["Patient/p", "Observation/o"]


def test_decimals_keep_every_digit() -> None:
    raw = b'{"resourceType":"Observation","valueQuantity":{"value":1.00},"x":0.10,"y":1.2345678901234567890,"n":7}'
    tree = read(raw).resources[0].tree
    assert [str(tree["valueQuantity"]["value"]), str(tree["x"]), str(tree["y"])] == [
        "1.00",
        "0.10",
        "1.2345678901234567890",
    ]
    assert type(tree["x"]) is Decimal
    assert type(tree["n"]) is int
    assert msgspec.json.Encoder(decimal_format="number").encode(tree) == raw


def test_a_byte_order_mark_is_accepted_and_kept_in_the_source() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(bundle(PATIENT)).encode()
    file = read(data)
    assert file.data == data
    assert data[file.resources[0].start : file.resources[0].end] == file.resources[0].raw


def test_a_field_given_twice_is_reported_with_its_line_and_still_read() -> None:
    file = read(b'{"resourceType":"Patient",\n"name":[{"family":"A",\n"family":"B"}]}')
    (issue,) = file.issues
    assert (issue.severity, issue.path, issue.line) == ("error", "name.family", 3)
    assert file.resources[0].tree["name"] == [{"family": "B"}]


def test_a_second_resource_in_one_entry_is_reported() -> None:
    file = read(
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"1"},'
        b'"resource":{"resourceType":"Patient","id":"2"}}]}'
    )
    assert [issue.path for issue in file.issues] == ["entry.resource"]


@pytest.mark.parametrize("text", [r'"a \" b"', r'"\\"', r'"\\\""', '"{[}"', r'"\u0022"', '"\\n"'])
def test_odd_strings_are_not_taken_for_repeated_fields(text: str) -> None:
    assert not read(b'{"resourceType":"Patient","a":[%s,{"b":%s}]}' % (text.encode(), text.encode())).issues


def test_what_is_no_record_in_a_bundle_is_said() -> None:
    file = read({"resourceType": "Bundle", "entry": [{"resource": {"a": 1}}, {"resource": PATIENT}, {}]})
    assert keys(file) == ["Patient/p"]
    assert [(issue.severity, issue.code) for issue in file.issues] == [
        ("error", "structure"),
        ("warning", "structure"),
    ]


def test_a_deletion_in_a_history_is_said_and_deletes_nothing() -> None:
    document = bundle(PATIENT, kind="history")
    document["entry"].append({"request": {"method": "DELETE", "url": "Patient/x"}})
    file = read(document)
    assert [issue.code for issue in file.issues] == ["deleted"]
    assert keys(file) == ["Patient/p"]


@pytest.mark.parametrize(
    ("data", "kind", "line"),
    [
        (b'{"resourceType":"Patient",\n"a":NaN}', FormatError, 2),
        (b'{"resourceType":"Patient",\n"a":-Infinity}', FormatError, 2),
        (b'{"resourceType":"Patient",\n\n"a":"\\ud800abcdefgh"}', FormatError, 3),
        (b'{"resourceType":"Patient",\n"a":"\\udc00"}', FormatError, 2),
        (
            b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient",\n"a":"\\ud83d"}}]}',
            FormatError,
            2,
        ),
        (b'{"resourceType":"Patient",\n"a":"\xff"}', FormatError, 2),
        (b'{"resourceType":"Patient",\n"a"', FormatError, 2),
        (b'{"resourceType":"Patient"}\n}', FormatError, 2),
        (b'{"resourceType":"Patient","a":1e999999999}', LimitError, 0),
        (b'{"resourceType":"Patient","a":' + b"9" * 5000 + b"}", LimitError, 0),
        (b'{"resourceType":"Patient","a":' + b"[" * 65 + b"1" + b"]" * 65 + b"}", LimitError, 0),
        (b'{"resourceType":"Patient","a":' + b'[{"a":' * 50 + b"1" + b"}]" * 50 + b"}", LimitError, 0),
        (b'{"resourceType":"Patient","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", LimitError, 0),
        (b'{"name":"x"}', FormatError, 0),
        (b'{"resourceType":5}', FormatError, 0),
        (b'{"resourceType":"Bundle","entry":"x"}', FormatError, 0),
        (b"[1,2]", FormatError, 0),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(data: bytes, kind: type[RefusedError], line: int) -> None:
    with pytest.raises(kind) as caught:
        read(data)
    assert caught.value.line == line
    assert caught.value.reason.endswith(".")


def test_nesting_up_to_the_limit_is_read() -> None:
    assert read(b'{"resourceType":"Patient","a":' + b"[" * 62 + b"1" + b"]" * 62 + b"}").resources


def test_brackets_in_text_are_not_nesting() -> None:
    assert read(b'{"resourceType":"Patient","a":"' + b"[" * 500 + b'"}').resources


def test_bundles_nested_too_deep_are_refused() -> None:
    document: Any = PATIENT
    for _ in range(6):
        document = bundle(document)
    with pytest.raises(LimitError):
        read(document)


def test_the_real_sample_records_are_read_byte_for_byte(shared_data: Path) -> None:
    read_files = refused = 0
    for folder in ("ips", "nhs-gp2gp", "nhs-pds", "nhs-scr", "interweave-yhcr", "eltss", "synthea-stu3"):
        for file in read_drop([shared_data / folder]):
            if isinstance(file, Refused):
                refused += 1
                continue
            read_files += 1
            text = json.loads(file.data)
            assert sum(1 for entry in text.get("entry", [text]) if "resource" in entry or entry is text) == len(
                file.resources
            )
            for resource in file.resources:
                assert file.data[resource.start : resource.end] == resource.raw
                assert json.loads(resource.raw, parse_float=Decimal) == resource.tree
    assert read_files > 150
    assert refused == 0
