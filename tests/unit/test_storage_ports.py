"""A vault's session has the shape that the gate asks for, though neither package knows the other."""

from __future__ import annotations

import dataclasses
from inspect import signature
from pathlib import Path

import msgspec
from vault_samples import ANN, make

from consent import ports
from storage import records
from storage.session import Session


def test_every_member_that_the_gate_needs_is_there_with_the_same_parameters() -> None:
    for name in ("identity", "readable", "marks", "lanes", "record"):
        wanted, given = getattr(ports.RecordStore, name), getattr(Session, name)
        assert list(signature(given).parameters) == list(signature(wanted).parameters)
    assert isinstance(Session.test_data, property)


def test_content_and_principals_have_the_attributes_that_the_gate_reads() -> None:
    assert {field.name for field in msgspec.structs.fields(records.StoredContent)} == {
        field.name for field in dataclasses.fields(ports.StoredContent)
    }
    assert {field.name for field in dataclasses.fields(ports.Principal)} <= {
        field.name for field in dataclasses.fields(records.Principal)
    }


def test_the_gates_own_events_can_be_recorded(tmp_path: Path) -> None:
    with make(tmp_path).session as session:
        session.record(ports.AccessEvent("read", ANN, purpose="TREAT", items=("e1",)))
        assert session.verify_log().size == 1
