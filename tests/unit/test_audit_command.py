"""`onestory log`, `log verify` and `log receipt` as programs call them."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandkit import Vault, bundle, make_vault, nhs_number, patient, run, write

from desktop.commands import saying


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return make_vault(tmp_path / "v", role="privacy-officer")


def test_the_log_is_listed_with_its_audit_events(vault: Vault) -> None:
    vault.run("people", "Quill")
    rows = vault.json("log")
    assert [row["kind"] for row in rows] == ["sign-in", "search", "sign-in"]
    assert rows[1]["reason"] == "Quill"
    assert rows[1]["user"] == "Asha"
    assert all(row["auditEvent"]["resourceType"] == "AuditEvent" for row in rows)
    assert vault.json("log", "--person", "nobody") == []
    assert "search" in vault.run("log").out


def test_verification_says_what_was_checked_and_how_much(vault: Vault) -> None:
    ran = vault.run("log", "verify")
    assert ran.code == 0
    assert "events hashed" in ran.out
    found = vault.json("log", "verify")
    assert found["ok"]
    assert found["events"] == found["eventsRead"] == 2
    assert found["signatures"] == 1
    assert found["people"] == 0


def test_others_are_refused_with_one_sentence(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "v", role="nurse")
    ran = vault.run("log", "--json")
    assert (ran.code, ran.out) == (1, "")
    assert ran.sentence == "Only the privacy office and the custodian may read the access log."
    ran = vault.run("log", "receipt", "--person", "x", "--out", tmp_path / "r.json")
    assert ran.code == 1
    assert vault.json("log", "verify")["eventsRead"] == 0


def test_a_receipt_needs_a_person_who_is_here_and_a_file_that_is_one(vault: Vault, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    assert vault.run("log", "receipt", "--person", "nobody", "--out", out).code == 1
    assert vault.run("log", "receipt", "--out", out).code == 2
    assert not out.exists()
    out.write_text("{}")
    ran = run("log", "verify", "--receipt", out, "--json")
    assert (ran.code, ran.json["ok"]) == (1, False)
    assert run("log", "verify", "--receipt", tmp_path / "none").code == 2


@pytest.mark.parametrize("command", [["log"], ["log", "verify"], ["log", "receipt"]], ids=" ".join)
def test_help_has_an_example(command: list[str]) -> None:
    ran = run(*command, "--help")
    assert ran.code == 0
    assert "Example" in ran.out


def down(printed: str) -> list[str]:
    """What stands in each column of a printed table, from top to bottom, put together again where it went on below."""
    rows = [line.ljust(60) for line in printed.splitlines()]
    edges = [at for at in range(60) if all(row[at] == " " for row in rows)]
    spans = [(a + 1, b) for a, b in zip([-1, *edges], [*edges, 60], strict=True) if b - a > 1]
    return ["".join(row[start:end].strip() for row in rows) for start, end in spans]


def test_no_time_and_no_id_is_cut_where_the_terminal_is_narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = make_vault(tmp_path / "v")
    vault.store(write(tmp_path, "a.json", bundle(patient("p", "Ellison", nhs_number(5)))))
    person, sam, gil = vault.person(), vault.add_user("Sam", "ambulance"), vault.add_user("Gil", "gp")
    assert sam.run("show", person, "--purpose", "BTG", "--reason", "Found unconscious").code == 0
    vault.add_user("Mum", "carer", "Home", "--person", person)
    allowed = gil.json("acting", "allow", person, "Mum", "permission", "--evidence", "Seen")
    monkeypatch.setattr(saying.out, "_width", 60)
    (case,) = vault.json("overrides")
    for of, command, wanted in (
        (vault, ["log"], {vault.json("log")[-1]["time"], person}),
        (vault, ["overrides"], {case["opened"], case["id"], person}),
        (gil, ["acting", "list", person], {allowed["id"]}),
    ):
        printed = of.run(*command).out
        assert max(map(len, printed.splitlines())) <= 60
        assert "…" not in printed
        told = down(printed)
        assert {one for one in wanted if any(one in column for column in told)} == wanted, printed
