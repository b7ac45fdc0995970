"""What the person says of an entry stands beside it for whoever may see the entry, and goes to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.disclosure import DisclosedEntry, DisclosedRecord
from desktop.models.asked import comments_among, said_of
from fhir import export
from fhir.entries import PersonId
from fhir.own_words import comment

SEX = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SEX"}]}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Vault]:
    """Peggy with asthma and a sensitive problem; her GP and a home-care worker."""
    vault = make_vault(tmp_path / "home", role="gp")
    sensitive = condition("s", "a", "Chlamydia") | {"meta": SEX}
    files = bundle(patient("a", "Ellison", nhs_number(41)), condition("p", "a", "Asthma"), sensitive)
    vault.store(write(vault.folder, "a.json", files))
    vault.add_user("Peggy", "person", "", "--person", vault.person())
    vault.add_user("Dawn", "home-care", "Fenland Home Care")
    return vault


def everything(record: DisclosedRecord) -> list[DisclosedEntry]:
    return [item for section in record.sections.values() for item in section.entries]


def say(home: Vault, title: str, words: str) -> None:
    person = PersonId(home.person())
    with home.as_user("Peggy").signed_in() as mine:
        (item,) = (one for one in everything(mine.open_person(person)) if one.entry.title == title)
        entry = item.entry
        tree = comment(entry.resource, entry.title, entry.source.name, words, "2026-11-20T10:00:00Z")
        mine.contribute(person, export.encode(tree))


def test_it_stands_beside_the_entry_for_staff_in_the_persons_own_words(home: Vault) -> None:
    say(home, "Asthma", "I never had asthma")
    person = PersonId(home.person())
    with home.signed_in() as gp:
        things = everything(gp.open_person(person))
    (asthma,) = (one for one in things if one.entry.title == "Asthma")
    (said,) = said_of(asthma, things)
    assert (said.entry.detail, said.entry.author, said.entry.own_words) == ("I never had asthma", "Peggy", True)
    assert comments_among(things)[0].about.startswith("Asthma, ")


def test_it_is_kept_from_whoever_may_not_see_what_it_is_about(home: Vault) -> None:
    say(home, "Chlamydia", "It was not my fault")
    person = PersonId(home.person())
    with home.signed_in() as gp:
        assert len(comments_among(everything(gp.open_person(person)))) == 1
    with home.as_user("Dawn").signed_in() as dawn:
        record = dawn.open_person(person)
    assert comments_among(everything(record)) == []
    assert "fault" not in repr(record)
