"""A person who is a user, and records of theirs that somebody joins by hand: they read all of it and who looked, in
their own keys; taken back, what is not theirs is closed to them again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from commandkit import bundle, condition, nhs_number, patient, write

from desktop.workspace import Workspace
from fhir.entries import PersonId

WORDS = "a quiet lamp river"
BORN = "1960-11-25"
JOIN = "The same address, and she says so"


class Town:
    """A vault with a GP, a nurse, a privacy officer, and Robin, who is one of two people in it that may be one."""

    def __init__(self, folder: Path) -> None:
        self.vault = folder / "town.vault"
        key = Workspace.create(
            self.vault, "Anita", "gp", "Mill Street", WORDS,
            test_data=True, now=_day(18), anchors=self.vault.with_name("anchors"),
        )  # fmt: skip
        unknown = patient("z", "Finch", nhs_number(7), born=BORN)
        unknown.pop("identifier")
        known = bundle(patient("k", "Finch", nhs_number(7), born=BORN), condition("a", "k", "Asthma"))
        files = [
            write(folder / "records", "known.json", known),
            write(folder / "records", "unknown.json", bundle(unknown, condition("b", "z", "Gout"))),
        ]
        with self.at("Anita", 18) as workspace:
            workspace.import_files(files, lambda *_: None, lambda: False)
            by_number = {bool(row.nhs_number): row.person_id for row in workspace.people()}
            self.known, self.unknown = by_number[True], by_number[False]
            for name, role, place in (("Karen", "nurse", "Riverside"), ("Salma", "privacy-officer", "Office")):
                workspace.add_user(name, role, place, WORDS, recovery_key=key)
            workspace.add_user("Robin", "person", "", WORDS, recovery_key=key, person=self.known)

    def at(self, user: str, of_november: int) -> Workspace:
        return Workspace.sign_in(
            self.vault, user, WORDS, now=_day(of_november), anchors=self.vault.with_name("anchors")
        )

    def look(self, user: str, of_november: int, person: PersonId, reason: str = "") -> None:
        with self.at(user, of_november) as workspace:
            workspace.open_person(person, reason=reason)

    def read(self, of_november: int) -> tuple[set[str], dict[str, int]]:
        """What Robin reads of problems; the looks of others by their reason, with how many things were shown."""
        with self.at("Robin", of_november) as workspace:
            record = workspace.open_person(self.known)
            looks: dict[str, int] = {}
            for event, touched in workspace.who_looked(self.known):
                if event.kind == "read" and event.name == "Karen":
                    looks[event.reason] = looks.get(event.reason, 0) + len(touched.items)
            return {item.entry.title for item in record.sections["problems"].entries}, looks

    def decide(self, of_november: int, state: str) -> None:
        with self.at("Anita", of_november) as workspace:
            workspace.decide_match(self.known, self.unknown, state, JOIN)


def _day(of_november: int) -> datetime:
    return datetime(2026, 11, of_november, 9, tzinfo=UTC)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_who_is_a_user_reads_what_was_joined_with_them_and_who_looked_at_either(town: Town) -> None:
    town.look("Karen", 19, town.unknown, "before")
    assert town.read(19) == ({"Asthma"}, {})
    town.decide(20, "same")
    town.look("Karen", 21, town.known, "after")
    with town.at("Salma", 22):  # earlier lines come when the privacy office is here
        pass
    problems, looks = town.read(23)
    assert problems == {"Asthma", "Gout"}
    assert looks == {"before": 2, "after": 4}


def test_taken_back_what_is_not_theirs_is_closed_to_them_again(town: Town) -> None:
    town.look("Karen", 19, town.unknown, "before")
    town.decide(20, "same")
    town.look("Karen", 21, town.known, "after")
    town.decide(22, "open")
    town.look("Karen", 23, town.unknown, "later")
    assert town.read(24) == ({"Asthma"}, {"after": 2})
