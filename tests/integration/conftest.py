"""Vaults that are dear to make, made once for all tests of the whole way."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandkit import Everything, Told, Vault, make_vault, people_in

from fhir.entries import PersonId
from fhir.understanding import NO_ONE


@pytest.fixture(scope="session")
def everything(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """All sample records in one vault, read as tester. Tests must not change it."""
    vault = make_vault(tmp_path_factory.mktemp("everything"))
    first = vault.run("import", shared_data, "--json")
    return Everything(vault, shared_data, first, first.json)


@pytest.fixture(scope="session")
def all_told(everything: Everything) -> list[Told]:
    """Every entry of everybody in the vault of all sample records."""
    found: list[Told] = []
    with everything.vault.signed_in() as workspace:
        for person in (*people_in(everything.report), NO_ONE):
            for name, section in workspace.open_person(PersonId(person)).sections.items():
                for item in section.entries:
                    # The session's own answer: the workspace would write a line to the log for each of 13,000.
                    source = workspace._session.original(item.entry.entry_id, PersonId(person))
                    found.append(Told(person, name, item.entry, source.path, source.data))
    return found


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """An empty vault of test data; Asha, a tester, is its user."""
    return make_vault(tmp_path / "vault")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault that the tests of one module share: each brings its own people. Asha, a tester, is its user."""
    return make_vault(tmp_path_factory.mktemp("shelf"))
