"""A request to correct something is tracked: asked by the person, answered by whoever keeps it, read by the person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.disclosure import DisclosedRecord
from desktop.models.asked import Asked, corrections_among
from fhir import export
from fhir.entries import PersonId
from fhir.own_words import correction, correction_answer


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Vault]:
    """Peggy, and a GP who wrote something wrong."""
    vault = make_vault(tmp_path / "home", role="gp")
    files = bundle(patient("a", "Ellison", nhs_number(41)), condition("p", "a", "Asthma"))
    vault.store(write(vault.folder, "a.json", files))
    vault.add_user("Peggy", "person", "", "--person", vault.person())
    return vault


def asked(record: DisclosedRecord) -> list[Asked]:
    return corrections_among(item for section in record.sections.values() for item in section.entries)


def test_it_waits_until_it_is_answered_and_the_answer_stands_beside_it(home: Vault) -> None:
    person = PersonId(home.person())
    with home.as_user("Peggy").signed_in() as mine:
        (wrong,) = mine.open_person(person).sections["problems"].entries
        made = correction(wrong.entry.resource, wrong.entry.source.name, "I never had asthma", "2026-11-20T10:00:00Z")
        mine.contribute(person, export.encode(made))
        (request,) = asked(mine.open_person(person))
        assert (request.request.detail, request.answer) == ("I never had asthma", None)
    with home.signed_in() as gp:
        (request,) = asked(gp.open_person(person))
        for corrected, words, day in ((False, "We are asking", "20"), (True, "Taken out", "21")):
            said = correction_answer(request.request.resource, corrected, words, f"2026-11-{day}T12:00:00Z")
            gp.contribute(person, export.encode(said))
    with home.as_user("Peggy").signed_in() as mine:
        (request,) = asked(mine.open_person(person))
        assert request.answer is not None
        assert (request.corrected, request.answer.detail) == (True, "Taken out")


def test_an_answer_says_something_about_a_request() -> None:
    for request, words in (("Task/1", " "), ("Condition/1", "Taken out")):
        with pytest.raises(ValueError, match="nothing is said"):
            correction_answer(request, True, words, "2026-11-21T12:00:00Z")
