"""People who may be one, over the whole way: the queue, the evidence, joining, splitting, and what it must not tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from commandkit import Vault
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.disclosure_json import to_json
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.workspace import Workspace
from fhir.entries import PersonId

MRN = "https://{place}.example.nhs.uk/mrn"


def record(place: str, family: str, given_name: str, born: str, number: str, *problems: str, **patient: Any) -> bytes:
    """One system's record of one person, with problems."""
    who = {
        "resourceType": "Patient",
        "id": f"{place}-1",
        "identifier": [{"system": MRN.format(place=place), "value": number}],
        "name": [{"use": "official", "family": family, "given": [given_name]}],
        "birthDate": born,
        "gender": "female",
        **patient,
    }
    conditions = [
        {
            "resourceType": "Condition",
            "id": f"{place}-c{at}",
            "meta": {"source": f"https://{place}.example.nhs.uk"},
            "subject": {"reference": f"Patient/{place}-1"},
            "code": {"text": problem},
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "recordedDate": "2024-03-05",
        }
        for at, problem in enumerate(problems)
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in (who, *conditions)],
    }
    return json.dumps(bundle).encode()


FILES = {
    "gp": record("gp", "Reed", "Ann", "1990-01-02", "G4421", "Asthma"),
    "hospital": record("hospital", "Reed", "Ann", "1990-01-02", "H7713", "Fracture of wrist"),
    "council": record("council", "Reed", "Anne", "1990-02-01", "C9001", "Carer strain"),
    "twin": record("twin", "Reed", "Zoe", "1990-01-02", "T1234", "Migraine"),
}


@pytest.fixture(scope="module")
def reeds(shelf: Vault, tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Four records of people called Reed, in one vault."""
    folder = tmp_path_factory.mktemp("reeds")
    for name, content in FILES.items():
        (folder / f"{name}.json").write_bytes(content)
    shelf.store(folder)
    return shelf


@pytest.fixture
def workspace(reeds: Vault) -> Iterator[Workspace]:
    with reeds.signed_in() as workspace:
        yield workspace


def people(workspace: Workspace) -> list[PersonId]:
    return sorted(row.person_id for row in workspace.people("reed"))


def all_shown(workspace: Workspace, who: list[PersonId]) -> list[str]:
    """Everything that is told of these people, byte for byte."""
    told = [json.dumps(to_json(workspace.open_person(person)), ensure_ascii=False) for person in who]
    rows = [repr(row) for row in workspace.people("reed")]
    return told + rows + [repr(workspace.possible_matches(state)) for state in ("open", "same", "apart")]


def test_the_queue_names_pairs_by_minimum_demographics_only(reeds: Vault) -> None:
    pairs = reeds.json("matches", "list")
    assert pairs
    for pair in pairs:
        assert set(pair) == {"person", "other", "state", "decided", "decidedBy"}
        for side in ("person", "other"):
            assert set(pair[side]) == {"personId", "name", "birthDate", "nhsNumber", "possibleMatches"}


def test_evidence_is_side_by_side_in_words_and_its_reading_is_logged(reeds: Vault) -> None:
    pair = reeds.json("matches", "list")[0]
    one, other = pair["person"]["personId"], pair["other"]["personId"]
    found = reeds.json("matches", "compare", one, other, "--reason", "Two referrals")
    lines = {line["label"]: line for line in found["evidence"]}
    assert lines["Name"]["agreement"] == "agree"
    assert found["words"].endswith(".")
    for who in (one, other):
        logged = reeds.json("log", "--person", who)
        assert any(event["kind"] == "match-evidence" and event["reason"] == "Two referrals" for event in logged)


def test_no_evidence_without_a_reason_or_for_a_role_that_may_not_decide(reeds: Vault) -> None:
    pair = reeds.json("matches", "list")[0]
    one, other = pair["person"]["personId"], pair["other"]["personId"]
    ran = reeds.run("matches", "compare", one, other, "--reason", " ")
    assert (ran.code, ran.raw) == (1, b"")
    crew = reeds.add_user("Crew", "ambulance")
    for command in ("compare", "join", "apart"):
        ran = crew.run("matches", command, one, other, "--reason", "Curious")
        assert (ran.code, ran.raw) == (1, b"")
        assert "Reed" not in ran.err


def test_two_people_who_are_no_possible_match_are_not_compared(workspace: Workspace) -> None:
    asked = {frozenset((pair.person.person_id, pair.other.person_id)) for pair in workspace.possible_matches()}
    who = people(workspace)
    unasked = next((one, two) for one in who for two in who if one < two and frozenset((one, two)) not in asked)
    with pytest.raises(NothingFoundError):
        workspace.compare_match(*unasked, "Curious")


def test_joined_people_are_one_in_the_list_the_record_the_log_and_the_original(reeds: Vault) -> None:
    pair = reeds.json("matches", "list")[0]
    one, other = pair["person"]["personId"], pair["other"]["personId"]
    titles = {
        entry["title"] for who in (one, other) for entry in reeds.json("show", who)["sections"]["problems"]["entries"]
    }
    assert len(titles) == 2
    reeds.json("matches", "join", one, other, "--reason", "Asked her")
    try:
        listed = [row["personId"] for row in reeds.json("people", "reed")]
        assert len({one, other} & set(listed)) == 1
        shown = reeds.json("show", other)
        assert shown == reeds.json("show", one)
        assert {entry["title"] for entry in shown["sections"]["problems"]["entries"]} == titles
        for entry in shown["sections"]["problems"]["entries"]:
            assert entry["title"].encode() in reeds.run("source", entry["entryId"]).raw
        for who in (one, other):
            reads = [event for event in reeds.json("log", "--person", who) if event["kind"] == "read"]
            assert {event["person"] for event in reads} == {one, other}
    finally:
        reeds.json("matches", "split", one, other, "--reason", "Two after all")
    assert reeds.run("log", "verify").code == 0


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_whatever_was_joined_or_kept_apart_taking_it_back_gives_the_same_bytes(
    workspace: Workspace, data: st.DataObject
) -> None:
    who = people(workspace)
    before = all_shown(workspace, who)
    done: list[tuple[PersonId, PersonId]] = []
    pairs = st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["same", "apart"]))
    for at, to, state in data.draw(st.lists(pairs, min_size=1, max_size=5)):
        one, other = who[at], who[to]
        with suppress(WorkspaceError, NothingFoundError):  # what cannot be decided changes nothing
            workspace.decide_match(one, other, state, "trying")
            done.append((one, other))
    for one, other in reversed(done):
        workspace.decide_match(one, other, "open", "taking back")
    assert all_shown(workspace, who) == before
