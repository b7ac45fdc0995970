"""*I did not expect this*: from the person to the privacy office and back, past whoever looked."""

from __future__ import annotations

from pathlib import Path

import insider
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write

from desktop.errors import NothingFoundError, WorkspaceError
from fhir.entries import PersonId

WORDS, ANSWER = "zqneighbour5151 is my neighbour", "zqanswer6161 she covers for Karen"


@pytest.fixture
def home(tmp_path: Path) -> Vault:
    """Ann with a record, a home-care worker who looked, and two of the privacy office."""
    vault = make_vault(tmp_path / "home", role="gp")
    vault.add_user("Han", "home-care", "Kind Care")
    vault.add_user("Pat", "privacy-officer", "Riverside Team")
    vault.take(
        write(vault.folder, "a.json", bundle(patient("a", "Okafor", nhs_number(3)), condition("p", "a", "Asthma")))
    )
    vault.take(write(vault.folder, "b.json", bundle(patient("b", "Lindqvist"), condition("o", "b", "Gout"))))
    vault.add_user("Ann", "person", "", "--person", vault.person("Okafor"))
    vault.as_user("Han").run("show", vault.person("Okafor"))
    vault.as_user("Han").run("show", vault.person("Lindqvist"))
    return vault


def look(vault: Vault, who: str) -> int:
    """The place in the log of somebody's look at Ann's record, as Ann reads it."""
    rows = vault.as_user("Ann").json("log")
    return next(row["number"] for row in rows if (row["user"], row["kind"]) == (who, "read"))


def test_a_report_reaches_the_office_and_its_answer_the_person(home: Vault) -> None:
    ann, number = PersonId(home.person("Okafor")), look(home, "Han")
    with home.as_user("Ann").signed_in() as mine:
        made = mine.report_unexpected(ann, number, WORDS)
        assert (made.who, made.role, made.organisation, made.by) == ("Han", "home-care", "Kind Care", "Ann")
    with home.as_user("Pat").signed_in() as office:
        (row,) = office.unexpected()
        assert (row.person, row.report.words, row.report.state) == (ann, WORDS, "open")
        assert (row.report.due - row.report.reported).days == 30
        office.answer_unexpected(ann, row.report.id, ANSWER)
        assert [one.report.state for one in office.unexpected()] == ["answered"]
    with home.as_user("Ann").signed_in() as mine:
        (row,) = mine.unexpected(ann)
        assert (row.report.answer, row.report.answered_by) == (ANSWER, "Pat")
    assert home.as_user("Pat").json("log", "verify")["ok"]


def test_one_look_is_reported_once(home: Vault) -> None:
    ann, number = PersonId(home.person("Okafor")), look(home, "Han")
    with home.as_user("Ann").signed_in() as mine:
        made = mine.report_unexpected(ann, number, WORDS)
        assert mine.report_unexpected(ann, number, f" {WORDS} ") == made
        assert mine.report_unexpected(ann, number) == made
        with pytest.raises(WorkspaceError, match="asked about this look already"):
            mine.report_unexpected(ann, number, "something else")
    with home.as_user("Pat").signed_in() as office:
        assert office.report_unexpected(ann, number, "") == made
        assert [row.report for row in office.unexpected()] == [made]


def test_whoever_looked_and_every_other_worker_reads_nothing_of_it(home: Vault) -> None:
    ann, number = PersonId(home.person("Okafor")), look(home, "Han")
    with home.as_user("Ann").signed_in() as mine:
        mine.report_unexpected(ann, number, WORDS)
    for user in ("Han", "Asha"):
        assert not insider.loot(home.path, user, PASSPHRASE).count(WORDS.split()[0])
        with home.as_user(user).signed_in() as theirs:
            for person in (None, ann):
                with pytest.raises(NothingFoundError):
                    theirs.unexpected(person)
            with pytest.raises(NothingFoundError):
                theirs.report_unexpected(ann, number, "mine")
            with pytest.raises(NothingFoundError):
                theirs.answer_unexpected(ann, "x-1", "mine")
    for user in ("Ann", "Pat"):
        assert insider.loot(home.path, user, PASSPHRASE).count(WORDS.split()[0])


def test_only_looks_at_ones_own_record_are_reported(home: Vault) -> None:
    ann, other = PersonId(home.person("Okafor")), PersonId(home.person("Lindqvist"))
    rows = home.as_user("Pat").json("log")
    theirs = next(row["number"] for row in rows if row["person"] == other and row["user"] == "Han")
    with home.as_user("Ann").signed_in() as mine:
        for person, number in ((ann, theirs), (other, theirs), (ann, 10_000), (ann, -1)):
            with pytest.raises(NothingFoundError):
                mine.report_unexpected(person, number, WORDS)
        with pytest.raises(NothingFoundError):
            mine.unexpected(other)
        with pytest.raises(NothingFoundError):
            mine.answer_unexpected(ann, "x-1", "Never mind")
        assert mine.unexpected(ann) == []


def test_nobody_of_the_office_answers_about_their_own_look(home: Vault) -> None:
    ann = PersonId(home.person("Okafor"))
    with home.as_user("Pat").signed_in() as office:
        office.log(ann)
    with home.as_user("Ann").signed_in() as mine:
        number = next(event.number for event, _ in mine.who_looked(ann) if event.name == "Pat")
        id = mine.report_unexpected(ann, number, "").id
    with home.as_user("Pat").signed_in() as office:
        with pytest.raises(WorkspaceError, match="another of the privacy office"):
            office.answer_unexpected(ann, id, ANSWER)
        with pytest.raises(WorkspaceError, match="Write an answer"):
            office.answer_unexpected(ann, id, "  ")
        with pytest.raises(NothingFoundError):
            office.answer_unexpected(ann, "x-none", ANSWER)
