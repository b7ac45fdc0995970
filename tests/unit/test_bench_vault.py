"""Measuring the vault works from end to end on a small one; what it takes is no part of this."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.benches import budgets, large, vaults


def test_a_large_vault_is_built_found_in_and_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "AT_ONCE", 10)
    monkeypatch.setattr(vaults, "_FEW", 8)
    vault = tmp_path / "large.vault"
    many, _ = large.create(vault)
    with many:
        assert next(large.fill(many, vault, 20)) == 10  # and stopped there
    rows = vaults.scale(20, lambda line: None, vault)
    assert [row.name.split(",")[0] for row in rows] == ["find by NHS number", "find by name", "open a person"]
    assert all(row.value > 0 for row in rows)
    assert len(large.listed(vault)) == len(set(large.listed(vault))) == 20


def test_a_choice_is_previewed_and_saved_by_the_person_themself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "ENTRIES", 30)
    rows = budgets.run(["choosing"], lambda line: None)
    assert [row.budget for row in rows] == [300, 400, 400]
    assert all(row.value > 0 for row in rows)
