"""What is typed into a form becomes a resource that is read as meant; slips of the hand are refused."""

from __future__ import annotations

import dataclasses
import json

import pytest
from gatekit import entry, opened, store

from desktop import exporting
from desktop.errors import WorkspaceError
from desktop.models import contributions as made
from fhir import export
from fhir.about_me import headings
from fhir.contributions import Contributor, contribution
from fhir.entries import Entry, Link, PersonId
from fhir.people import Identity
from fhir.records import Tree
from storage.records import SourceBytes

NOW = "2026-11-21T09:00:00Z"
BY = Contributor(name="Asha", role="Nurse", organisation="Riverside Team", time=NOW)


def read(tree: Tree) -> list[Entry]:
    """The entries that a form's resource becomes."""
    got = contribution(export.encode(tree), PersonId("p-1"), Identity(), (), BY)
    return [one for described in got.understood.described for one in described.entries]


def test_a_note_is_read_with_its_words() -> None:
    (one,) = read(made.note("Leg", "Dressing changed, dry.", NOW))
    assert any("Leg" in field.value for field in one.fields)
    assert "Dressing changed, dry." in one.title + one.detail
    assert one.author == "Asha"


def test_numbers_keep_their_digits_and_their_unit() -> None:
    (one,) = read(made.measurement("weight", ["57.40"], NOW))
    assert (one.measures[0].value, one.measures[0].unit) == ("57.40", "kg")
    (pressure,) = read(made.measurement("blood-pressure", ["150", "90"], NOW))
    assert [measure.value for measure in pressure.measures] == ["150", "90"]


@pytest.mark.parametrize("typed", ["", "heavy", "5740", "-1", "NaN", "1e9", "Infinity"])
def test_a_number_that_cannot_be_meant_is_refused(typed: str) -> None:
    with pytest.raises(WorkspaceError):
        made.measurement("weight", [typed], NOW)


@pytest.mark.parametrize("heading", headings())
def test_words_about_me_stand_under_their_heading(heading: str) -> None:
    (one,) = read(made.about_me(heading, "I like tea.", NOW))
    assert (one.section, one.title, one.detail) == ("about-me", heading, "I like tea.")


def test_a_task_names_its_team_and_agreement_its_plan() -> None:
    (task,) = read(made.task("Adult Care North", "Please ring Ruth", NOW))
    assert "Please ring Ruth" in task.title + task.detail
    assert any("Adult Care North" in field.value for field in task.fields)
    (said,) = read(made.agreement("CarePlan/1", "Home care plan", False, "Too early in the morning", NOW))
    assert "Does not agree" in said.title + said.detail
    assert "Too early" in said.detail + said.value
    assert [link.target for link in said.links] == ["CarePlan/1"]


def test_nothing_is_added_without_words() -> None:
    for tree in (lambda: made.note("", " ", NOW), lambda: made.task("x", "", NOW)):
        with pytest.raises(WorkspaceError):
            tree()
    with pytest.raises(WorkspaceError):
        made.note("", "x" * (made.LONGEST + 1), NOW)


def test_what_was_entered_in_error_is_no_fact() -> None:
    (one,) = read(made.in_error(made.measurement("weight", ["57"], NOW)))
    assert one.assertion == "not-a-fact"


def test_whatever_the_notices_say_references_leave_only_where_everything_is_permitted() -> None:
    """The person's own record has other notices than a worker's: the words decide nothing."""
    pill = {
        "resourceType": "MedicationRequest",
        "id": "1",
        "supportingInformation": [{"reference": "Condition/9", "display": "WITHHELDWORDS"}],
    }
    told = entry(
        "MedicationRequest/1", section="medicines", title="Pill", links=(Link("x", "Condition/9", "WITHHELDWORDS"),)
    )
    sources = {told.entry_id: SourceBytes(data=json.dumps(pill).encode(), path="x", line=1, format="json")}
    everything = opened(store([told]), "gp")
    assert b"WITHHELDWORDS" in exporting.as_fhir(everything, sources), "the control must find it"
    part = dataclasses.replace(opened(store([told]), "home-care"), notices=("Kept from you by law.",))
    assert b"WITHHELDWORDS" not in exporting.as_fhir(part, sources)
