"""Every act as a FHIR AuditEvent: valid, in the shapes of the basic patterns, and back again without loss."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir.resources.R4B.auditevent import AuditEvent
from storage import audit_event
from storage.audit_event import PROFILES, LoggedEvent
from storage.errors import TamperedError

FULL: dict[str, Any] = {
    "time": "2026-03-09T10:00:00.000Z",
    "user": "user-1",
    "name": "Asha",
    "role": "gp",
    "organisation": "Riverside Surgery",
    "person": "ann",
    "purpose": "TREAT",
    "relationship": "caseload",
    "reason": "ward round",
    "items": ("e1", "e2"),
}


def event(kind: str, **others: Any) -> LoggedEvent:
    return LoggedEvent(**{**FULL, **others}, kind=kind)


def entities(resource: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [entity for entity in resource["entity"] if entity["type"]["code"] == code]


@pytest.mark.parametrize("kind", [*sorted(audit_event.kinds()), "something-new"])
@pytest.mark.parametrize("about", ["ann", ""])
def test_every_kind_is_a_valid_audit_event_and_comes_back_as_it_was(kind: str, about: str) -> None:
    given = event(kind, person="" if kind == "search" else about, relationship=FULL["relationship"] if about else "")
    if kind == "search":
        given = event(kind, person="", relationship="")
    AuditEvent.model_validate(audit_event.to_fhir(given))
    assert audit_event.decode(audit_event.encode(given)) == given


@pytest.mark.parametrize("items", [("a",), ("a", "b"), ("a-b", "c"), (), ("", "a")])
def test_plain_and_odd_ids_are_written_alike(items: tuple[str, ...]) -> None:
    kept = event("read", items=items)
    assert json.loads(audit_event.encode(kept)) == audit_event.to_fhir(kept)


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.sampled_from(sorted(audit_event.kinds() - {"search"})), text, text, st.lists(text, max_size=4))
def test_whatever_is_written_comes_back(kind: str, reason: str, name: str, items: list[str]) -> None:
    kept = event(kind, reason=reason, name=name, items=tuple(items))
    assert audit_event.decode(audit_event.encode(kept)) == kept


@pytest.mark.parametrize(
    ("kind", "profile"),
    [
        ("read", "PatientRead"),
        ("import", "PatientCreate"),
        ("choice", "PatientUpdate"),
        ("undo", "PatientDelete"),
        ("export", "PrivacyDisclosure.Source"),
        ("print", "PrivacyDisclosure.Source"),
        ("receipt", "PrivacyDisclosure.Source"),
    ],
)
def test_acts_on_a_person_name_the_pattern_they_follow(kind: str, profile: str) -> None:
    resource = audit_event.to_fhir(event(kind))
    assert resource["meta"]["profile"] == [PROFILES + profile]
    user, vault, window = resource["agent"]
    assert [agent["requestor"] for agent in (user, vault, window)] == [True, False, False]
    ends = {agent["type"]["coding"][0]["code"] for agent in (vault, window)}
    assert ends == {"110152", "110153"}
    assert all("network" in agent for agent in (vault, window))
    assert vault["who"] == resource["source"]["observer"]
    (person,) = entities(resource, "1")
    assert person["role"]["code"] == "1"
    assert person["what"]["identifier"]["value"] == "ann"
    (data,) = entities(resource, "2")
    assert [detail["valueString"] for detail in data["detail"]] == ["e1", "e2"]
    assert resource["outcome"] == "0"


def test_a_refusal_claims_no_pattern_of_success() -> None:
    resource = audit_event.to_fhir(event("refused", outcome="8"))
    assert "meta" not in resource
    assert resource["outcome"] == "8"


def test_a_search_keeps_what_was_asked_and_who_was_found() -> None:
    resource = audit_event.to_fhir(event("search", person="", relationship="", reason="okafor 1938"))
    assert resource["meta"]["profile"] == [PROFILES + "Query"]
    (query,) = entities(resource, "2")
    assert query["role"]["code"] == "24"
    assert "what" not in query
    assert len(entities(resource, "1")) == 2
    assert "okafor" not in str(resource)  # as the pattern has it: base64, exactly what was typed


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"agent":[]}', b"\xff"])
def test_what_is_not_an_event_is_said_to_be_so(content: bytes) -> None:
    with pytest.raises(TamperedError):
        audit_event.decode(content)
