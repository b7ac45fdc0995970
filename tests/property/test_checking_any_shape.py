"""Checking answers for any JSON, however wrong, and never repeats what it was given."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir.checking import check_document, check_resource
from fhir.records import Resource, SourceFile, Tree

SECRET = "Xyzzyson"
KEYS = st.sampled_from(
    [
        "name", "family", "given", "identifier", "system", "value", "use", "period", "start", "end",
        "subject", "patient", "reference", "contained", "resourceType", "meta", "profile", "text", "div",
        "status", "birthDate", "extension", "url", "valueString", "id", "coding", "code", "gender"
    ]
)  # fmt: skip
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(
        [SECRET, "", "#a", "Patient/x", "1961-04-93", "2024", "https://fhir.nhs.uk/Id/nhs-number", "Patient"]
    )
)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
    ),
    max_size=6,
)


@settings(max_examples=120, deadline=None)
@given(TREES, st.sampled_from(["Patient", "Observation", "Condition"]), st.sampled_from(["R4", "STU3"]))
def test_any_shape_gets_an_answer_without_content(tree: Tree, kind: str, version: str) -> None:
    tree["resourceType"] = kind
    raw = msgspec.json.encode(tree)
    found = check_resource(kind, raw, version)  # type: ignore[arg-type]
    assert SECRET not in repr(found)
    resource = Resource(type=kind, id="x", tree=tree, raw=raw, start=0, end=len(raw))
    source = SourceFile(
        path="a", folder="", data=raw, sha256="", format="json", fhir_version="R4", resources=[resource, resource]
    )
    assert SECRET not in repr(check_document(source, lambda *_: False))


def test_nesting_beyond_reason_is_an_issue() -> None:
    tree: Tree = {"resourceType": "Patient"}
    for _ in range(3000):
        tree = {"resourceType": "Patient", "contained": [tree]}
    assert check_resource("Patient", tree, "R4")[0].severity == "error"
