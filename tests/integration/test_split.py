"""Splitting records that evidence joined at import: everything goes back with its source, and nothing is less kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, entries, make_vault, nhs_number, patient, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.disclosure_json import to_json
from consent.naming import ROLE
from desktop.errors import WorkspaceError
from desktop.workspace import Workspace
from fhir.entries import PersonId

NUMBER = nhs_number(91)
THO = "http://terminology.hl7.org/CodeSystem/"
HIV = {"security": [{"system": THO + "v3-ActCode", "code": "HIV"}]}


def record(place: str, title: str, *, family: str = "Okafor", given_name: str = "Ada", **others: Any) -> dict[str, Any]:
    """One service's record: who it is, one problem, and one whose own labels are strict."""
    who = patient(place, family, NUMBER, name=[{"use": "official", "family": family, "given": [given_name]}])
    who["identifier"].append({"system": f"https://{place}.example.nhs.uk/mrn", "value": f"{place}-4421"})
    source = {"source": f"https://{place}.example.nhs.uk"}
    return bundle(
        who,
        condition(f"{place}-1", place, title, meta=source),
        condition(f"{place}-2", place, f"Sealed {title}", meta={**source, **HIV}),
        *others.get("more", ()),
    )


def refusal(about: str) -> dict[str, Any]:
    """No GP may read anything."""
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{about}"},
        "dateTime": "2026-10-01",
        "provision": {
            "type": "deny",
            "actor": [{"role": {"coding": [{"system": ROLE, "code": "gp"}]}}],
        },
    }


FILES = {
    "gp": record("gp", "Asthma"),
    "hospital": record("hospital", "Fracture"),  # says the same of who it is: filed as the same person
    "council": record("council", "Low mood", given_name="Adaeze"),  # another given name: joined by evidence
}


@pytest.fixture
def filled(tmp_path: Path) -> Vault:
    vault = make_vault(tmp_path / "vault")
    vault.store(*(write(tmp_path / "in", f"{name}.json", content) for name, content in FILES.items()))
    return vault


@pytest.fixture
def workspace(filled: Vault) -> Iterator[Workspace]:
    with filled.signed_in() as workspace:
        yield workspace


def told(workspace: Workspace, *people: PersonId) -> list[str]:
    """Everything that is told of these people, byte for byte."""
    shown = [json.dumps(to_json(workspace.open_person(person)), ensure_ascii=False) for person in people]
    return shown + [repr(row) for row in workspace.people()]


def titles(workspace: Workspace, person: PersonId) -> set[str]:
    shown = to_json(workspace.open_person(person))["sections"]["problems"]["entries"]
    return {entry["title"] for entry in shown}


def import_of(workspace: Workspace, person: PersonId, name: str) -> str:
    return next(row.import_id for row in workspace.filed_under(person, "Which is it?") if name in row.sources)


def whole(workspace: Workspace) -> PersonId:
    (row,) = workspace.people()
    return row.person_id


def test_three_services_are_one_person_though_one_writes_her_name_otherwise(workspace: Workspace) -> None:
    assert len(titles(workspace, whole(workspace))) == 6
    assert len(workspace.joined_with(whole(workspace))) == 2


def test_what_evidence_joined_is_split_and_joined_again_without_a_trace(workspace: Workspace) -> None:
    person = whole(workspace)
    before = told(workspace, person)
    one, other = workspace.joined_with(person)
    workspace.split_match(one, other, "Two women")
    assert len(workspace.people()) == 2
    assert {len(titles(workspace, one)), len(titles(workspace, other))} == {2, 4}
    assert titles(workspace, one).isdisjoint(titles(workspace, other))
    workspace.decide_match(one, other, "open", "One after all")
    assert told(workspace, person) == before


def test_one_import_is_taken_out_with_its_source_and_comes_back(workspace: Workspace) -> None:
    person = whole(workspace)
    before = told(workspace, person)
    other = workspace.take_out(person, import_of(workspace, person, "hospital"), "Another woman of that name")
    assert titles(workspace, other) == {"Fracture", "Sealed Fracture"}
    assert titles(workspace, person) == {"Asthma", "Sealed Asthma", "Low mood", "Sealed Low mood"}
    for entry in entries(to_json(workspace.open_person(other))):
        assert workspace.original(entry["entryId"]).data in json.dumps(FILES["hospital"]).encode()
    home = next(one for one in workspace.joined_with(person) if "Asthma" in str(to_json(workspace.open_person(one))))
    identity = workspace._session.own_identity(home)
    assert "hospital" not in str(identity)
    assert other not in workspace.joined_with(person)
    workspace.decide_match(person, other, "open", "One after all")
    assert told(workspace, person) == before
    assert workspace.verify_log().ok


def test_the_log_of_both_tells_of_the_split(filled: Vault) -> None:
    with filled.signed_in() as workspace:
        person = whole(workspace)
        other = workspace.take_out(person, import_of(workspace, person, "gp"), "Another woman")
    for who in (person, other):
        events = filled.json("log", "--person", who)
        assert any(event["kind"] == "match-apart" and event["reason"] == "Another woman" for event in events)


def test_a_later_import_keeps_what_was_taken_out_apart(filled: Vault, tmp_path: Path) -> None:
    with filled.signed_in() as workspace:
        person = whole(workspace)
        taken = import_of(workspace, person, "hospital")
        other = workspace.take_out(person, taken, "Another woman")
        new = next(row.import_id for row in workspace.filed_under(other, "And now?"))
        workspace.undo(new)
        assert len(workspace.people()) == 1
    filled.store(write(tmp_path / "in", "hospital.json", FILES["hospital"]))
    with filled.signed_in() as workspace:
        assert titles(workspace, other) == {"Fracture", "Sealed Fracture"}
        assert "Fracture" not in titles(workspace, person)


def test_what_is_all_there_is_cannot_be_taken_out(workspace: Workspace) -> None:
    person = whole(workspace)
    with pytest.raises(WorkspaceError, match="all there is"):
        workspace.take_out(person, import_of(workspace, person, "council"), "Another woman")
    with pytest.raises(WorkspaceError, match="No import of that name"):
        workspace.take_out(person, "nothing", "Another woman")


def test_only_those_who_may_decide_take_out_or_see_what_is_filed(filled: Vault) -> None:
    with filled.signed_in() as workspace:
        person = whole(workspace)
        import_id = import_of(workspace, person, "hospital")
    crew = filled.add_user("Crew", "ambulance")
    for words in (["filed", person], ["take-out", person, import_id], ["split", person, person]):
        ran = crew.run("matches", *words, "--reason", "Curious")
        assert (ran.code, ran.raw) == (1, b"")
        assert "hospital" not in ran.err


def test_whoever_cannot_open_all_of_an_import_does_not_take_it_out(filled: Vault) -> None:
    with filled.signed_in() as workspace:
        person = whole(workspace)
        import_id = import_of(workspace, person, "hospital")
    office = filled.add_user("Office", "administrator")
    ran = office.run("matches", "filed", person, "--reason", "Two women")
    assert "hospital" not in ran.out
    ran = office.run("matches", "take-out", person, import_id, "--reason", "Two women")
    assert ran.code != 0
    assert "Traceback" not in ran.sentence


@pytest.mark.parametrize("way", ["evidence", "import"])
def test_what_was_chosen_while_they_were_one_binds_both_and_later_choices_do_not(filled: Vault, way: str) -> None:
    gp = filled.add_user("Gita", "gp", "Elsewhere")
    with filled.signed_in() as workspace:
        person = whole(workspace)
    assert _seen(gp, person) == {"Asthma", "Fracture", "Low mood"}
    with filled.signed_in() as workspace:
        workspace.set_choices(person, [refusal(person)])
    assert _seen(gp, person) == set()
    with filled.signed_in() as workspace:
        one, other = workspace.joined_with(person)
        if way == "evidence":
            workspace.split_match(one, other, "Two women")
        else:
            other = workspace.take_out(person, import_of(workspace, person, "hospital"), "Another woman")
            one = person
    for who in (one, other):
        filled.json("show", who)  # whoever opens all of it seals it as was chosen
        assert _seen(gp, who) == set()
    assert filled.run("log", "verify").code == 0


def test_what_is_chosen_after_a_split_binds_one_only(filled: Vault) -> None:
    gp = filled.add_user("Gita", "gp", "Elsewhere")
    with filled.signed_in() as workspace:
        one, other = workspace.joined_with(whole(workspace))
        workspace.split_match(one, other, "Two women")
        workspace.set_choices(other, [refusal(other)])
    assert _seen(gp, other) == set()
    assert _seen(gp, one)


def test_one_of_several_leaves_and_the_rest_stay_together(filled: Vault, tmp_path: Path) -> None:
    filled.store(write(tmp_path / "in", "clinic.json", record("clinic", "Cough", given_name="A")))
    with filled.signed_in() as workspace:
        person = whole(workspace)
        before = told(workspace, person)
        everyone = workspace.joined_with(person)
        assert len(everyone) == 3
        workspace.split_match(everyone[1], everyone[2], "Two women")
        assert workspace.joined_with(person) == everyone[:2]
        assert workspace.joined_with(everyone[2]) == everyone[2:]
        assert workspace.possible_matches() == []
        workspace.decide_match(everyone[1], everyone[2], "open", "One after all")
        assert told(workspace, person) == before


def _seen(vault: Vault, person: str) -> set[str]:
    found = vault.json("show", person)["sections"]["problems"]["entries"]
    return {entry["title"] for entry in found if not entry["title"].startswith("Sealed")}


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(order=st.permutations(["evidence", "gp", "hospital"]), many=st.integers(1, 3))
def test_splits_taken_back_in_turn_give_the_same_bytes(workspace: Workspace, order: list[str], many: int) -> None:
    person = whole(workspace)
    before = told(workspace, person)
    done: list[tuple[PersonId, PersonId]] = []
    for what in order[:many]:
        now = workspace.joined_with(person)
        try:
            if what != "evidence":
                done.append((person, workspace.take_out(person, import_of(workspace, person, what), "Trying")))
            elif len(now) > 1:
                workspace.split_match(now[0], now[1], "Trying")
                done.append((now[0], now[1]))
        except (WorkspaceError, StopIteration):
            continue  # what cannot be split changes nothing
    assert done
    for one, other in reversed(done):
        workspace.decide_match(one, other, "open", "Taking back")
    assert told(workspace, person) == before
