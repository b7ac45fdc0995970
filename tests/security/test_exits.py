"""Two people at one computer: what is withheld from a worker leaves by no command, no error and no source.

Markers are planted in files, imported by a GP, and looked for in all that a home-care worker can make the program say.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import (
    PASSPHRASE,
    Ran,
    Vault,
    bundle,
    condition,
    entries,
    make_vault,
    nhs_number,
    patient,
    run,
    write,
)

from consent.request import PURPOSES, RELATIONSHIPS
from desktop.errors import NothingFoundError
from desktop.workspace import Workspace
from fhir.entries import EntryId

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PERMITTED = ["PLAINASTHMA", "PLAINFALLS", "PLAINPENICILLIN", "PLAININHALER"]
WITHHELD = {
    "mental health": "WITHHELDMIND",
    "sexual health": "WITHHELDSEX",
    "safeguarding": "WITHHELDGUARD",
    "what it was noted with": "WITHHELDHINT",
    "note of it": "WITHHELDNOTE",
    "letter about it": "WITHHELDLETTER",
    "service that wrote it": "WITHHELDTRUST",
    "its visit": "WITHHELDVISIT",
}
HIDDEN = [*WITHHELD.values(), base64.b64encode(WITHHELD["mental health"].encode()).decode()]


def labelled(code: str) -> dict[str, Any]:
    """A sensitivity label of the source."""
    return {"security": [{"system": ACT, "code": code}]}


def about(id: str, kind: str, title: str, **others: Any) -> dict[str, Any]:
    """A resource of the person."""
    return {
        "resourceType": kind,
        "id": id,
        "status": "completed",
        "subject": {"reference": "Patient/1"},
        "code": {"text": title},
        **others,
    }


def planted() -> list[dict[str, Any]]:
    """A person's record: three plain facts and a number of closed ones, that also refer to each other."""
    sexual = condition(
        *("s", "1", f"Gonorrhoea {WITHHELD['sexual health']}"),
        meta=labelled("STD"),
        note=[{"text": WITHHELD["note of it"]}],
    )
    mind = condition("m", "1", f"Psychosis {WITHHELD['mental health']}", meta=labelled("PSY"))
    guard = about(
        *("g", "Flag", f"Child protection {WITHHELD['safeguarding']}"),
        status="active",
        meta=labelled("VIO"),
        category=[{"text": "Safeguarding"}],
    )
    pill = about(
        *("p", "MedicationRequest", ""),
        status="active",
        intent="order",
        medicationCodeableConcept={"text": f"Salbutamol {PERMITTED[3]}"},
        reasonReference=[{"reference": "Condition/c"}],
        supportingInformation=[{"reference": "Condition/s", "display": WITHHELD["what it was noted with"]}],
    )
    letter = {
        "resourceType": "DocumentReference",
        "id": "l",
        "status": "current",
        "subject": {"reference": "Patient/1"},
        "description": WITHHELD["letter about it"],
        "meta": labelled("PSY"),
        "content": [{"attachment": {"contentType": "text/plain", "data": HIDDEN[-1]}}],
        "context": {"related": [{"reference": "Condition/m"}]},
    }
    visit = {
        "resourceType": "Encounter",
        "id": "v",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/1"},
        "type": [{"text": WITHHELD["its visit"]}],
        "serviceProvider": {"display": f"{WITHHELD['service that wrote it']} Mental Health Trust"},
        "diagnosis": [{"condition": {"reference": "Condition/m", "display": WITHHELD["mental health"]}}],
        "meta": labelled("PSY"),
    }
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": {"reference": "Patient/1"},
        "code": {"text": f"Penicillin {PERMITTED[2]}"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
    }
    asthma = condition("c", "1", f"Asthma {PERMITTED[0]}", code="195967001")
    falls = condition("f", "1", f"Falls {PERMITTED[1]}")
    return [patient("1", "Exits", nhs_number(900)), asthma, falls, allergy, sexual, mind, guard, pill, letter, visit]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault for real records: a GP imported, a home-care worker was there before, another came after."""
    vault = make_vault(tmp_path_factory.mktemp("clinic"), role="gp", test_data=False)
    vault.add_user("Hal", "home-care", "Home Help Ltd")
    folder = tmp_path_factory.mktemp("planted")
    report = vault.store(write(folder, "record.json", bundle(*planted())))
    assert [file["status"] for file in report["files"]] == ["imported"]
    vault.add_user("Lia", "home-care", "Later Care Ltd")
    return vault


def ids_of(vault: Vault) -> dict[str, list[str]]:
    """The entries of each resource as the GP sees them."""
    found: dict[str, list[str]] = {}
    for entry in entries(vault.json("show", vault.person())):
        found.setdefault(entry["resource"], []).append(entry["entryId"])
    return found


def everything_said(clinic: Vault, name: str) -> list[Ran]:
    """All commands that read, as this user, on every ground."""
    worker = clinic.as_user(name)
    person = clinic.person()
    said = [worker.run("people"), worker.run("people", "exits", "--json"), worker.run("users", "--json")]
    said += [worker.run("show", person), worker.run("show", person, "--json")]
    said += [worker.run("show", person, "--json", "--purpose", purpose) for purpose in PURPOSES if purpose != "TREAT"]
    for relationship in (one for one in RELATIONSHIPS if one != "present"):
        said.append(worker.run("show", person, "--json", "--relationship", relationship, "--reason", "Visit"))
    return said


def text_of(said: list[Ran]) -> str:
    """Both streams of all of them."""
    return "\n".join(ran.out + ran.err for ran in said)


def test_the_gp_sees_all_of_it(clinic: Vault) -> None:
    """The control: every marker is there to be found."""
    told = clinic.told(clinic.person())
    missing = [marker for marker in [*PERMITTED, *WITHHELD.values()] if marker not in told]
    assert missing == []


@pytest.mark.parametrize("name", ["Hal", "Lia"], ids=["there before the import", "added after it"])
def test_what_is_withheld_is_in_no_record_and_no_source(clinic: Vault, name: str) -> None:
    worker = clinic.as_user(name)
    told = worker.told(clinic.person())
    known = [entry for group in ids_of(clinic).values() for entry in group]
    with worker.signed_in() as workspace:
        for entry in known:
            try:
                told += workspace.original(EntryId(entry)).data.decode()
            except NothingFoundError as error:
                told += str(error)
    assert [marker for marker in PERMITTED if marker not in told] == []
    assert [marker for marker in HIDDEN if marker in told] == []


def test_what_is_withheld_leaves_by_no_command(clinic: Vault) -> None:
    said = everything_said(clinic, "Hal")
    told = text_of(said)
    assert [marker for marker in PERMITTED if marker not in told] == []
    assert [marker for marker in HIDDEN if marker in told] == []
    assert {ran.code for ran in said} <= {0, 1}


def test_the_source_of_what_is_withheld_is_as_unknown_as_one_that_never_was(clinic: Vault) -> None:
    worker = clinic.as_user("Hal")
    known = ids_of(clinic)
    closed = [entry for key in ("Condition/s", "Encounter/v") for entry in known[key]]
    never = worker.run("source", "e" + "a" * 16)
    assert never.code == 1
    assert closed
    for entry in closed:
        ran = worker.run("source", entry)
        assert (ran.code, ran.raw, ran.err) == (never.code, never.raw, never.err)


def test_switching_users_leaves_nothing_of_the_first(clinic: Vault) -> None:
    """One process, the GP first: what the worker is told does not depend on who was there before."""
    person = clinic.person()
    worker = clinic.as_user("Hal")
    before = worker.run("show", person, "--json").raw
    assert WITHHELD["mental health"] in clinic.run("show", person, "--json").out
    assert worker.run("show", person, "--json").raw == before


def test_no_failure_carries_record_content(clinic: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures of every kind on a vault and on files that hold markers: none of them is said on standard error."""
    marker = "WITHHELDERROR"
    bad = write(tmp_path, "bad.json", json.dumps(patient("1", marker))[:-5])
    worker = clinic.as_user("Hal")
    person = clinic.person()
    said = [
        clinic.run("import", bad),
        clinic.run("import", tmp_path / "not there.json"),
        worker.run("show", "pnobody"),
        worker.run("show", person, "--relationship", "self-claimed"),
        worker.run("source", person),
        worker.run("undo", "0" * 16),
        run("check", bad),
    ]
    for fault in (KeyError(marker), ValueError(f"{marker}: invalid"), RecursionError(marker), MemoryError(marker)):

        def broken(*_: object, fault: Exception = fault, **__: object) -> Any:
            raise fault

        with monkeypatch.context() as patched:
            patched.setattr(Workspace, "open_person", broken)
            ran = worker.run("show", person, "--json")
        assert (ran.code, ran.raw) == (2, b"")
        assert type(fault).__name__ in ran.sentence
        said.append(ran)
    assert all(ran.code in (1, 2) for ran in said)
    told = text_of(said)
    assert marker not in told
    assert [word for word in [*WITHHELD.values(), *PERMITTED, PASSPHRASE] if word in told] == []


def test_stopping_is_said_in_one_word(clinic: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Workspace, "people", stopped)
        ran = clinic.run("people")
    assert (ran.code, ran.raw, ran.sentence) == (2, b"", "Stopped.")
