"""Measuring the vault works from end to end on a small one; what it takes is no part of this."""

from __future__ import annotations

from pathlib import Path

import pytest
from vault_samples import CHEAP

import storage.user_keeping
import storage.vault
from desktop.benches import budgets, large, vaults
from fhir import nhs_number


def test_a_large_vault_is_built_found_in_and_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (storage.vault, storage.user_keeping):
        monkeypatch.setattr(module, "KdfCost", lambda: CHEAP)
    monkeypatch.setattr(large, "PATTERNS", 3)
    rows = vaults.scale(500, lambda line: None, tmp_path / "large.vault")
    assert [row.name.split(",")[0] for row in rows] == ["find by NHS number", "find by name", "open a person"]
    assert rows[0].name.split(", ")[1].startswith("5")
    assert all(row.value > 0 for row in rows)
    assert (tmp_path / "large.vault").stat().st_size > 1 << 20


def test_the_people_of_a_large_vault_have_valid_numbers_of_the_test_range_each_once() -> None:
    people = [identity for identity, _ in zip(large.identities(), range(3000), strict=False)]
    numbers = {identity.nhs_number for identity in people}
    assert len(numbers) == len(people)
    assert all(number.startswith("999") and nhs_number.is_valid(number) for number in numbers)
    assert len({identity.name for identity in people}) > 1500


def test_a_choice_is_previewed_and_saved_by_the_person_themself(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (storage.vault, storage.user_keeping):
        monkeypatch.setattr(module, "KdfCost", lambda: CHEAP)
    monkeypatch.setattr(budgets, "ENTRIES", 30)
    rows = budgets.run(["choosing"], lambda line: None)
    assert [row.budget for row in rows] == [300, 400, 400]
    assert all(row.value > 0 for row in rows)
