"""A picture that the person adds stands with their words: shown whole to those who may see those, to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import Vault, bundle, make_vault, nhs_number, patient, write

from desktop.errors import NothingFoundError
from fhir import export
from fhir.attachments import attachments
from fhir.entries import PersonId
from fhir.fragments import fragment
from fhir.own_words import picture

JPEG = b"\xff\xd8\xff\xe0" + b"a picture " * 40


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Vault]:
    """Peggy with a picture, her home-care worker, and an office worker whose work does not need her words."""
    vault = make_vault(tmp_path / "home", role="gp")
    vault.store(write(vault.folder, "a.json", bundle(patient("a", "Ellison", nhs_number(41)))))
    person = vault.person()
    vault.add_user("Peggy", "person", "", "--person", person)
    vault.add_user("Dawn", "home-care", "Fenland")
    vault.add_user("Pauline", "administrator", "Surgery")
    with vault.as_user("Peggy").signed_in() as mine:
        made = picture("My dog  Bess", JPEG, "2026-11-20T10:00:00Z")
        mine.contribute(PersonId(person), export.encode(made))
    return vault


def test_it_stands_with_their_words_in_their_own_name(home: Vault) -> None:
    person = PersonId(home.person())
    with home.as_user("Peggy").signed_in() as mine:
        record = mine.open_person(person)
        (item,) = record.sections["about-me"].entries
        entry = item.entry
        assert (entry.kind, entry.title, entry.own_words) == ("picture", "Picture: My dog Bess", True)
        assert item.categories == ("about-me",)


def test_a_worker_who_reads_the_words_sees_the_picture_whole_and_another_sees_nothing(home: Vault) -> None:
    person = PersonId(home.person())
    with home.as_user("Dawn").signed_in() as worker:
        (item,) = worker.open_person(person).sections["about-me"].entries
        original = worker.original(item.entry.entry_id)
        tree = fragment(original.data, "json")
        assert original.exact
        assert tree is not None
        (found,) = attachments(tree)
        assert (found.kind, found.data) == ("image", JPEG)
    with home.as_user("Pauline").signed_in() as worker:
        assert "Bess" not in str(worker.open_person(person))
        with pytest.raises(NothingFoundError):
            worker.original(item.entry.entry_id)


def test_a_picture_says_what_it_shows() -> None:
    for caption, data in ((" ", JPEG), ("My dog", b"")):
        with pytest.raises(ValueError, match="no words"):
            picture(caption, data, "2026-11-20T10:00:00Z")
