"""No shape defeats a describer of the care families, and none makes an entry outside the sections."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhir.describe import document_context
from fhir.describe.care import CARE_DESCRIBERS
from fhir.entries import Entry
from fhir.records import Resource, SourceFile
from fhir.sections import sections

ELEMENTS = (
    *("identifier", "status", "code", "type", "category", "title", "name", "text", "subject", "patient", "period"),
    *("participant", "activity", "item", "section", "content", "extension", "meta", "contact", "telecom", "address"),
    *("relationship", "provision", "scope", "target", "description", "payload", "agent", "communication", "note"),
    *("generalPractitioner", "managingOrganization", "questionnaire", "author", "reasonCode", "total", "payment"),
    *("securityLabel", "contained", "executionPeriod", "statusHistory", "suppliedItem", "lifecycleStatus", "period"),
)
KEYS = ("coding", "text", "code", "system", "display", "reference", "value", "start", "url", "answer", "valueCoding")
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "2026-13-45", "2026-01-02", "Patient/1", "#x", "é"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS + ELEMENTS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(sorted(CARE_DESCRIBERS)),
    body=st.dictionaries(st.sampled_from(ELEMENTS), JSON, max_size=6),
)
def test_any_shape_is_described(kind: str, body: dict[str, Any]) -> None:
    tree = {**body, "resourceType": kind, "id": "1"}
    resource = Resource(type=kind, id="1", tree=tree, raw=b"{}", start=0, end=2)
    whole = SourceFile(
        path="x.json", folder="", data=b"", sha256="", format="json", fhir_version="R4", resources=[resource]
    )
    entries: list[Entry] = CARE_DESCRIBERS[kind](resource, document_context(whole))
    assert entries
    for entry in entries:
        assert entry.section in sections()
        assert entry.title.strip()
        assert isinstance(entry.detail, str)
        assert all(isinstance(field.value, str) and isinstance(field.label, str) for field in entry.fields)
