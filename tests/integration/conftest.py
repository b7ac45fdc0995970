"""Vaults that are dear to make, made once for all tests of the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commandkit import POOL, Ran, Vault, make_vault, people_in

from fhir.entries import Entry, PersonId
from fhir.understanding import NO_ONE


@dataclass(frozen=True)
class Everything:
    """A test vault that took in all sample records, what its first import answered, and what that report says."""

    vault: Vault
    folder: Path
    first: Ran
    report: Any

    def people_of(self, part: str) -> dict[str, list[str]]:
        """The people that files under a part of the sample records speak of, and which files those are."""
        found: dict[str, list[str]] = {}
        for file in self.report["files"]:
            if file["path"].startswith(str(self.folder / part)):
                for one in file["people"]:
                    found.setdefault(one["personId"], []).append(Path(file["path"]).name)
        return found


@pytest.fixture(scope="session")
def everything(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Everything:
    """All sample records in one vault, read as tester. Tests must not change it."""
    vault = make_vault(tmp_path_factory.mktemp("everything"))
    first = vault.run("import", shared_data, "--json")
    return Everything(vault, shared_data, first, first.json)


@dataclass(frozen=True)
class Told:
    """One entry as a tester sees it: whose it is, where it is shown, and the file and bytes it came from."""

    person: str
    section: str
    entry: Entry
    path: str
    data: bytes


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


@pytest.fixture(scope="session", autouse=True)
def _checking_ends() -> Iterator[None]:
    yield
    POOL.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """An empty vault of test data; Asha, a tester, is its user."""
    return make_vault(tmp_path / "vault")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault that the tests of one module share: each brings its own people. Asha, a tester, is its user."""
    return make_vault(tmp_path_factory.mktemp("shelf"))
