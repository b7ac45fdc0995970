"""Whatever is done to a file, reading answers: resources with their exact bytes, or a refusal. Never anything else."""

from __future__ import annotations

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhir.reading import read_document, read_drop
from fhir.records import Refused, SourceFile

NS = 'xmlns="http://hl7.org/fhir"'
JSON = json.dumps(
    {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {
                "fullUrl": "urn:uuid:1",
                "resource": {"resourceType": "Patient", "id": "1", "name": [{"text": 'A "\\ é'}]},
            },
            {"resource": {"resourceType": "Observation", "valueQuantity": {"value": 1.5}, "x": [[], {}, None, True]}},
        ],
    },
    indent=1,
).encode()
XML = (
    f'<Bundle {NS}><entry><resource><Patient><id value="1"/><text><div xmlns="http://www.w3.org/1999/xhtml"><p>a</p>'
    '</div></text><name id="n"><given value="é"/></name></Patient></resource></entry></Bundle>'
).encode()
STREAM = b"\n".join([b'{"resourceType":"Patient","id":"1"}', b'{"resourceType":"Basic","n":0.10}', b""])


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", JSON)
        archive.writestr("b.xml", XML)
    return buffer.getvalue()


SEEDS = {"json": JSON, "xml": XML, "ndjson": STREAM, "zip": _zip()}

BROKEN = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\",
    b",",
    b":",
    b"\n",
    b"\x00",
    b"\xff",
    b"\\ud800",
    b"NaN",
    b"1e9999",
    b"null",
]
TAGS = [
    b"<",
    b">",
    b"<!DOCTYPE a>",
    b"&a;",
    b"<a>",
    b"</Patient>",
    b"PK\x03\x04",
    b'"resourceType":"Bundle"',
    b'"entry":[]',
]
PIECES = st.sampled_from(BROKEN + TAGS)


@st.composite
def mutated(draw: st.DrawFn, seed: bytes) -> bytes:
    data = bytearray(seed)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 20)))
        data[start:end] = draw(st.one_of(PIECES, st.binary(max_size=4), st.just(bytes(data[end : end + 30]))))
    return bytes(data)


def check(file: SourceFile) -> None:
    for resource in file.resources:
        assert file.data[resource.start : resource.end] == resource.raw
        assert resource.tree["resourceType"] == resource.type
        assert resource.line == file.data.count(b"\n", 0, resource.start) + 1


@pytest.mark.parametrize("kind", SEEDS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_file_is_read_or_refused(kind: str, data: st.DataObject, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data.draw(mutated(SEEDS[kind])))
    answers = list(read_drop([path]))
    assert answers
    for answer in answers:
        if isinstance(answer, Refused):
            assert answer.reason.endswith(".")
        else:
            check(answer)


# Half characters cannot be written as UTF-8: they are refused, which test_bad_input shows.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), TEXTS, st.floats(allow_nan=False, allow_infinity=False)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(extra=st.lists(values, min_size=1, max_size=3), indent=st.sampled_from([None, 1]), plain=st.booleans())
def test_any_content_is_read_as_it_was_written(extra: list[Any], indent: int | None, plain: bool) -> None:
    resources = [{"resourceType": "Basic", "id": str(number), "x": value} for number, value in enumerate(extra)]
    document = {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}
    text = json.dumps(document, indent=indent, ensure_ascii=plain)
    file = read_document("x", "", text.encode())
    assert not file.issues
    check(file)
    expected = json.loads(text, parse_float=Decimal)["entry"]
    assert [resource.tree for resource in file.resources] == [entry["resource"] for entry in expected]
