"""The name of what is hidden does not stand in what refers to it: the title of an appointment, the line of a list or a
letter, whoever put it there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write
from twin_vaults import THO

import fhir.describe
from desktop.workspace import stores

HIDDEN = "zqhidden77"
KEPT = ("zqappointment", "zqlist", "zqletter", "zqmanifest", "zqflag")
LETTER = {"resourceType": "DocumentReference", "status": "current", "date": "2026-01-06T10:00:00Z"}


def referring() -> list[dict[str, Any]]:
    """Records that lead to a problem in several ways, without a word of it; the program finds its name."""
    me = {"reference": "Patient/a"}
    to = {"reference": "Condition/h"}
    content = [{"attachment": {"contentType": "text/plain", "data": "SGVsbG8="}}]
    return [
        {
            "resourceType": "Appointment",
            "id": "ap",
            "status": "booked",
            "start": "2026-12-01T10:00:00Z",
            "comment": "zqappointment",
            "reasonReference": [to],
            "participant": [{"actor": me, "status": "accepted"}],
        },
        {
            "resourceType": "List",
            "id": "li",
            "status": "current",
            "mode": "snapshot",
            "subject": me,
            "title": "zqlist",
            "entry": [{"item": to}],
        },
        {
            **LETTER,
            "id": "le",
            "subject": me,
            "description": "zqletter",
            "context": {"related": [to]},
            "content": content,
        },
        {
            "resourceType": "DocumentManifest",
            "id": "ma",
            "status": "current",
            "subject": me,
            "description": "zqmanifest",
            "content": [{"reference": "DocumentReference/le"}],
            "related": [{"ref": to}],
        },
        {
            "resourceType": "Flag",
            "id": "fl",
            "status": "active",
            "subject": me,
            "code": {"text": "zqflag"},
            "extension": [{"url": "https://example.org/about", "valueReference": to}],
        },
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    problem = condition("h", "a", f"HIV infection {HIDDEN}", code="86406008")
    return write(tmp_path, "a.json", bundle(patient("a", "Okafor", nhs_number(3)), problem, *referring()))


@pytest.fixture
def empty(tmp_path: Path) -> Vault:
    return make_vault(tmp_path / "v", role="gp")


@pytest.fixture
def vault(empty: Vault, file: Path) -> Vault:
    empty.store(file)
    empty.add_user("Ned", "nurse", "River")
    return empty


def refuse(vault: Vault, **what: Any) -> None:
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": THO + "consentscope", "code": "patient-privacy"}]},
        "patient": {"reference": f"Patient/{vault.person()}"},
        "policyRule": {"coding": [{"system": THO + "v3-ActCode", "code": "OPTIN"}]},
        "provision": {"type": "deny", **what},
    }
    assert vault.run("choices", vault.person(), "--set", write(vault.folder, "no.json", consent)).code == 0


def test_a_single_thing_that_is_hidden_is_named_nowhere_else(vault: Vault) -> None:
    ned = vault.as_user("Ned")
    before = ned.run("show", vault.person(), "--json").out
    assert before.count(HIDDEN) > len(KEPT)
    refuse(vault, data=[{"meaning": "instance", "reference": {"reference": "Condition/h"}}])
    after = ned.run("show", vault.person(), "--json").out
    assert HIDDEN not in after
    assert [word for word in KEPT if word in after] == list(KEPT), "what refers to it stays"
    for form in ("fhir", "ips", "pdf"):
        file = vault.folder / f"out.{form}"
        assert ned.run("export", vault.person(), "--format", form, "--out", file).code == 0
        assert HIDDEN.encode() not in file.read_bytes()


def test_what_an_older_version_told_is_told_anew_when_the_file_comes_again(
    empty: Vault, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(fhir.describe, "with_unnamed", lambda told, resource, context, describe: told)
        older.setattr(stores, "TELLING", 0)
        (first,) = empty.store(file)["files"]
    ned = empty.add_user("Ned", "nurse", "River")
    refuse(empty, data=[{"meaning": "instance", "reference": {"reference": "Condition/h"}}])
    assert HIDDEN in ned.run("show", empty.person(), "--json").out, "what an older version told, this one hides too"
    (again,) = ned.store(file)["files"]
    assert (again["status"], [one["match"] for one in again["people"]]) == ("imported", ["same"])
    after = ned.run("show", empty.person(), "--json").out
    assert HIDDEN not in after
    assert [word for word in KEPT if word in after] == list(KEPT), "what refers to it stays"
    (third,) = empty.store(file)["files"]
    assert (third["status"], third["importId"]) == ("unchanged", again["importId"])
    assert empty.run("log", "verify").code == 0
    assert empty.run("undo", first["importId"]).code != 0, "nothing is left of it"
    assert empty.run("undo", again["importId"]).code == 0
    assert empty.run("people").code != 0, "nobody is left"


def test_a_hidden_thing_that_others_name_is_as_if_it_had_never_come(tmp_path: Path) -> None:
    """Also beside something shown that they name: to the byte, whether it is hidden or was never here."""
    shown = condition("s", "a", "Asthma zqshown", code="195967001")
    hidden = condition("h", "a", f"HIV infection {HIDDEN}", code="86406008")
    both = [both_named(one) for one in referring()]
    told: list[list[bytes]] = []
    for name, there in (("with", [shown, hidden]), ("without", [shown])):
        vault = make_vault(tmp_path / name, role="gp")
        ned = vault.add_user("Ned", "nurse", "River")
        vault.store(write(tmp_path / "in", "a.json", bundle(patient("a", "Okafor", nhs_number(3)), *there, *both)))
        refuse(vault, data=[{"meaning": "instance", "reference": {"reference": "Condition/h"}}])
        shown_to_ned = ned.run("show", vault.person(), "--json").raw
        assert b"zqshown" in shown_to_ned
        assert [word for word in KEPT if word.encode() in shown_to_ned] == list(KEPT)
        told.append([shown_to_ned])
        for form in ("fhir", "ips", "pdf"):
            file = vault.folder / f"out.{form}"
            assert ned.run("export", vault.person(), "--format", form, "--out", file).code == 0
            told[-1].append(file.read_bytes())
    assert told[0] == told[1]


def both_named(resource: dict[str, Any]) -> dict[str, Any]:
    """The same, leading to something that is shown too, wherever it leads to the hidden thing."""
    text = json.dumps(resource)
    for several, hidden in (
        ("[%s]", '{"reference": "Condition/h"}'),
        ("[%s]", '{"item": {"reference": "Condition/h"}}'),
    ):
        text = text.replace(several % hidden, f"[{hidden}, {hidden.replace('Condition/h', 'Condition/s')}]")
    return dict(json.loads(text))


def test_a_letter_about_something_of_a_kind_that_is_hidden_is_hidden_with_it(vault: Vault) -> None:
    refuse(vault, securityLabel=[{"system": THO + "v3-ActCode", "code": code} for code in ("SEX", "HIV", "STD")])
    after = vault.as_user("Ned").run("show", vault.person(), "--json").out
    assert HIDDEN not in after
    assert "zqletter" not in after
