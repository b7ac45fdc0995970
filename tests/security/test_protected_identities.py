"""An identity that the law protects (an adoption, a gender history) is told by nothing to a GP, who otherwise sees
everything: not by a state of a section, not by what a reference says, not by what waits to be sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write
from twin_vaults import THO, refusal

ADOPTED = {"security": [{"system": THO + "v3-ActCode", "code": "ADOPTION"}]}
HIDDEN = "Moorcroft"


def filled(folder: Path, *said: str, more: bool, elsewhere: bool = True) -> Vault:
    """A vault of a GP (Asha), a nurse (Ned) and a children's social worker (Cora), made with what was `said`. Somebody
    else of it was adopted; with `more` so was Ada, whose visit names what tells of it, there or not."""
    vault = make_vault(folder, *said, role="gp")
    vault.add_user("Ned", "nurse", "River")
    vault.add_user("Cora", "childrens-social-worker", "Council")
    ada, ben = patient("a", "Okafor", nhs_number(1)), patient("b", "Benson", nhs_number(2))
    other = condition("ben", "b", "Born as Ben Harker", meta=ADOPTED)
    vault.store(write(folder, "b.json", bundle(ben, condition("gout", "b", "Gout"), *([other] if elsewhere else []))))
    before = condition("born", "a", f"Born {HIDDEN}", meta=ADOPTED)
    visit: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": "v",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/a"},
        "period": {"start": "2026-01-02", "end": "2026-01-02"},
        "reasonReference": [{"reference": "Condition/born", "display": f"Born {HIDDEN}"}],
    }
    vault.store(write(folder, "a.json", bundle(ada, visit, *([before] if more else []))))
    return vault


@pytest.fixture(params=["somebody else", "said when it was made"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Vault, Vault]:
    """Two vaults that differ in what tells of Ada, where somebody else was adopted too, or it is the very first."""
    elsewhere = request.param == "somebody else"
    said = () if elsewhere else ("--protected-identities",)
    return (
        filled(tmp_path / "without" / "v", *said, more=False, elsewhere=elsewhere),
        filled(tmp_path / "within" / "v", *said, more=True, elsewhere=elsewhere),
    )


def ada(vault: Vault) -> str:
    (found,) = vault.json("people", "okafor")
    return str(found["personId"])


def test_a_gp_is_told_the_same_whether_or_not_somebody_was_adopted(pair: tuple[Vault, Vault], tmp_path: Path) -> None:
    """Also after a choice by someone whose keys leave the protected entry to be sealed by others."""
    said: list[list[Any]] = [[], []]
    for vault, told in zip(pair, said, strict=True):
        person = ada(vault)
        vault.add_user("Ada", "person", "", "--person", person)
        told += [vault.run("show", person, *how) for how in ((), ("--json",))]
        choice = write(tmp_path, "no.json", refusal())
        assert vault.as_user("Ned").run("choices", person, "--set", choice).code == 0
        told += [vault.run("show", person, *how) for how in ((), ("--json",))]
        told += [vault.run("choices", person, *how) for how in ((), ("--json",))]
        told += [vault.run("choices", person, "--set", choice, "--json"), vault.run("show", person, "--json")]
    lines = [vault.json("log", "verify")["events"] for vault in pair]
    assert lines[0] == lines[1], "what waits for somebody with more keys is told by the number of lines neither"
    assert [(ran.code, ran.raw, ran.err) for ran in said[0]] == [(ran.code, ran.raw, ran.err) for ran in said[1]]
    assert all(HIDDEN.encode() not in ran.raw for ran in said[1])
    shown = [str(vault.as_user("Cora").json("show", ada(vault))) for vault in pair]
    assert [HIDDEN in one for one in shown] == [False, True], "a control: who may know is told"


def test_from_the_first_such_entry_on_a_gp_is_told_nowhere_in_the_vault_that_nothing_is_missing(tmp_path: Path) -> None:
    vault = filled(tmp_path / "v", more=False, elsewhere=False)
    states = {one["state"] for one in vault.json("show", ada(vault))["sections"].values()}
    assert "nothing-shown" not in states, "a control: where the vault never had one, nothing may be hidden"
    adopted = bundle(patient("c", "Cole", nhs_number(3)), condition("x", "c", "X", meta=ADOPTED))
    report = vault.store(write(tmp_path, "c.json", adopted))
    for _ in range(2):
        states = {one["state"] for one in vault.json("show", ada(vault))["sections"].values()}
        assert states == {"data", "nothing-shown"}
        vault.run("undo", report["files"][0]["importId"])
