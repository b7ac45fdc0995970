"""What the person says of an entry stands beside it for whoever may see the entry, and goes to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.disclosure import DisclosedEntry, DisclosedRecord
from consent.plain_choices import PlainChoice, PlainChoices, What, Who
from consent.plain_consents import to_consents
from desktop.models.asked import comments_among, said_of
from fhir import export
from fhir.entries import PersonId
from fhir.own_words import comment, correction, correction_answer

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
    vault.add_user("Nia", "nurse", "Riverside Nurses")
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


def said_by_three(home: Vault, title: str) -> None:
    """A comment on an entry, a request to correct it, and its answer."""
    person = PersonId(home.person())
    say(home, title, "It was never that bad")
    with home.as_user("Peggy").signed_in() as mine:
        (item,) = (one for one in everything(mine.open_person(person)) if one.entry.title == title)
        wrong = correction(item.entry.resource, item.entry.source.name, "It is spelt wrong", "2026-11-20T10:00:00Z")
        mine.contribute(person, export.encode(wrong | {"id": "asked"}))
    with home.signed_in() as gp:
        answer = correction_answer("Task/asked", True, "We looked again", "2026-11-20T12:00:00Z")
        gp.contribute(person, export.encode(answer))


WORDS = ("never that bad", "spelt wrong", "looked again")


def told(home: Vault, user: str) -> str:
    person = PersonId(home.person())
    with home.as_user(user).signed_in() as workspace:
        return repr(workspace.open_person(person))


def keys_open(home: Vault, user: str) -> str:
    """What the keys of a user open of the person, as if there were no gate."""
    person = PersonId(home.person())
    with home.as_user(user).signed_in() as workspace:
        found = workspace._session.readable(person)
        return " ".join(one.content.decode("utf-8", "replace") for one in found)


@pytest.mark.parametrize("who", [Who("role", "nurse"), Who("organisation", "Riverside Nurses"), Who("user", "Nia")])
def test_what_is_hidden_later_takes_with_it_what_was_said_of_it(home: Vault, who: Who) -> None:
    said_by_three(home, "Asthma")
    before = told(home, "Nia")
    assert all(word in before for word in WORDS), "it was there to see"
    person = PersonId(home.person())
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    hidden = PlainChoices((PlainChoice(who, What("item", "Condition/p"), "off"),))
    with home.as_user("Peggy").signed_in() as mine:
        consents = to_consents(hidden, f"Patient/{person}", now)
        for change in mine.preview_choices(person, consents).changes:
            theirs = change.kind.role == "nurse" and (change.kind.organisation or who.kind == "role")
            assert len(change.disappears) == (4 if theirs and who.kind != "user" else 0), change.kind
        mine.set_choices(person, consents)
    assert [word for word in ("Asthma", *WORDS) if word in told(home, "Nia")] == []
    assert [word for word in ("Asthma", *WORDS) if word in keys_open(home, "Nia")] == []
    for user in ("Peggy", "Asha"):
        assert all(word in told(home, user) for word in WORDS), "for whom nothing is hidden"
    with home.as_user("Peggy").signed_in() as mine:
        mine.set_choices(person, [])
    assert all(word in told(home, "Nia") for word in WORDS), "shown again with it"


def test_what_is_said_of_something_hidden_before_is_sealed_from_the_same_at_once(home: Vault) -> None:
    person = PersonId(home.person())
    now = datetime(2026, 11, 20, 9, tzinfo=UTC)
    hidden = PlainChoices((PlainChoice(Who("role", "nurse"), What("item", "Condition/p"), "off"),))
    with home.as_user("Peggy").signed_in() as mine:
        mine.set_choices(person, to_consents(hidden, f"Patient/{person}", now))
    said_by_three(home, "Asthma")
    assert [word for word in WORDS if word in told(home, "Nia") + keys_open(home, "Nia")] == []
    assert all(word in told(home, "Asha") for word in WORDS)


def test_what_is_said_of_something_that_is_gone_is_for_the_person_alone(home: Vault) -> None:
    person = PersonId(home.person())
    gone = comment("Condition/none", "", "a.json", "Where did it go", "2026-11-20T10:00:00Z")
    with home.as_user("Peggy").signed_in() as mine:
        mine.contribute(person, export.encode(gone))
    assert "Where did it go" in told(home, "Peggy")
    assert "Where did it go" not in told(home, "Asha")
