"""Finding a person by a number that a hospital, a council or a school gave them, typed as people type it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write
from conftest import finish, flush
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.application import open_window
from desktop.demo.run import AS_OF
from desktop.screenshots import FixedClockVault
from desktop.settings import Settings
from desktop.views.window import Window
from desktop.workspace import opening

HOSPITAL, COUNCIL = "https://hospital.example.nhs.uk/mrn", "https://council.example.gov.uk/person"
RESTRICTED = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
HEADER = "CHILD|SEX|DOB|ETHNIC|UPN|MOTHER|MC_DOB"
CHILD = "C4471|1|03/02/2014|WBRI|A823456789015|0|"


def someone(family: str, given: str = "Ada", *, number: str = "", system: str = HOSPITAL, **others: Any) -> Any:
    """One record: who it is, with a local number, and one problem."""
    made = patient(family, family, **others) | {"name": [{"use": "official", "family": family, "given": [given]}]}
    made["identifier"] = [*made.get("identifier", ()), *([{"system": system, "value": number}] if number else [])]
    return bundle(made, condition(f"{family}-1", family, f"Problem of {family}"))


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    """People with numbers of all kinds; of them only two at a time are looked up without anything to begin with."""
    monkeypatch.setattr(opening, "FOUND_AT_MOST", 2)
    made = make_vault(tmp_path / "vault", role="gp")
    take(
        made,
        someone("Okafor", number="RXK1234567"),
        someone("Marsh", number="X/0-77.13"),
        someone("Palmer", number="AB12"),
        someone("Hill", number="40012345", system=COUNCIL),
        someone("Reed", number="7713", system=COUNCIL),
        someone("Brown"),
        someone("Green"),
    )
    made.take(write(tmp_path / "in", "header.csv", "\n".join((HEADER, CHILD)).replace("|", ",")))
    return made


def take(vault: Vault, *contents: dict[str, Any]) -> None:
    for content in contents:
        name = f"{len(list(vault.folder.glob('in/*.json')))}.json"
        report = vault.store(write(vault.folder / "in", name, content))
        assert [file["status"] for file in report["files"]] == ["imported"]


Find = Callable[[str], list[str]]


SignIn = Callable[[str], tuple[Window, Find]]


@pytest.fixture
def window(vault: Vault, qtbot: QtBot, look: None, settings: Settings) -> Iterator[SignIn]:
    """Signs a user in at a window, and gives what types into its search field and reads the names it lists."""
    made: list[Window] = []

    def sign_in(user: str) -> tuple[Window, Find]:
        window = open_window(FixedClockVault(vault.path, AS_OF), settings)
        made.append(window)
        window.resize(1280, 800)
        window.show()
        settle(window, qtbot)
        window.sign_in.user.setCurrentText(user)
        window.sign_in.passphrase.setText(PASSPHRASE)
        window.sign_in.enter.click()
        settle(window, qtbot)

        def find(typed: str) -> list[str]:
            view = window.find_view
            view.query.clear()
            QTest.keyClicks(view.query, typed)
            qtbot.waitUntil(lambda: not view._timer.isActive())
            settle(window, qtbot)
            return [view.model.person(view.model.index(row, 0)).name for row in range(view.model.rowCount())]

        return window, find

    yield sign_in
    for one in made:
        one.close()
        one.deleteLater()
    flush()


def settle(window: Window, qtbot: QtBot) -> None:
    finish(window, qtbot)


TYPED = {
    "Okafor": [
        "RXK1234567",
        "rxk1234567",
        "RXK 1234567",
        " rxk 123 4567 ",
        "RXK-1234567",
        "Okafor rxk 1234567",
        "RXK 1234",
    ],
    "Marsh": ["x/0-77.13", "X07713", "x 0 77 13", "X0/7713 Marsh"],
    "Palmer": ["AB12", "ab 12", "a b 1 2", "palmer ab12"],
    "Hill": ["40012345", "4001 2345", "40 01 23 45", "Hill 40012345"],
    "Reed": ["7713", "77 13", "reed 7713"],
    "C4471": ["A823456789015", "a823456789015", "A823 4567 89015", "a 82345 6789015", "A8234"],
}


def test_every_local_number_finds_who_has_it_however_it_is_typed(
    window: SignIn,
) -> None:
    _, find = window("Asha")
    found = {typed: find(typed) for names in TYPED.values() for typed in names}
    missed = {
        (typed, name): found[typed]
        for name, names in TYPED.items()
        for typed in names
        if len(found[typed]) != 1 or name.casefold() not in found[typed][0].casefold()
    }
    assert not missed
    for typed in ("RXK1234568", "40012346", "A823456789016", "Brown RXK1234567", "AB13", "7714"):
        assert find(typed) == [], typed


def test_no_local_number_leads_to_somebody_protected(vault: Vault, window: SignIn) -> None:
    nhs = {"identifier": patient("", "", nhs_number(21))["identifier"]}
    take(vault, someone("Lamb", number="RXK7000001", meta=RESTRICTED), someone("Wren", number="RXK7000002", **nhs))
    take(vault, someone("Wren", number="RXK7000002", meta=RESTRICTED, **nhs))
    take(vault, someone("Dove", number="RXK7000003", born="1950-01-01"))
    take(vault, someone("Dove", number="RXK7000004", system=COUNCIL, born="1950-01-01", meta=RESTRICTED))
    with vault.signed_in() as workspace:
        one, other = sorted(row.person_id for row in workspace.people("Dove"))
        workspace.decide_match(one, other, "same", "Looked at both")
    _, find = window("Asha")
    assert find("Lamb") == ["Ada LAMB"]
    assert find("Dove") == ["Ada DOVE"]
    assert {typed: find(typed) for typed in ("RXK7000001", "rxk 7000002", "RXK7000003", "7000003", "RXK7000004")} == {
        "RXK7000001": [], "rxk 7000002": [], "RXK7000003": [], "7000003": [], "RXK7000004": [],
    }  # fmt: skip


def test_somebody_whose_record_does_not_open_is_found_and_nothing_of_it_told(
    vault: Vault, window: SignIn, qtbot: QtBot
) -> None:
    vault.add_user("Adil", "administrator")
    shown, find = window("Adil")
    assert find("rxk 1234567") == ["Ada OKAFOR"]
    view = shown.find_view
    row = view.model.person(view.model.index(0, 0))
    assert "1234567" not in repr(row), "a number of a clinic tells of the clinic"
    shown.ask_why(row)
    shown.dialogs()[-1].accept()
    settle(shown, qtbot)
    assert shown.person is not None
    words = "\n".join(widget.accessibleName() for widget in shown.person.findChildren(QWidget))
    assert "Problem of Okafor" not in words
    assert "RXK1234567" not in words


def test_the_person_finds_themself_by_a_number_of_any_of_their_records_and_nobody_else(
    vault: Vault, window: SignIn, qtbot: QtBot
) -> None:
    take(vault, someone("Frost", number="RXK8000001"))
    with vault.signed_in() as workspace:
        (own,) = workspace.people("Frost")
    take(vault, someone("Frost", "Adah", number="RXK8000002", system=COUNCIL))
    with vault.signed_in() as workspace:
        one, other = sorted(row.person_id for row in workspace.people("Frost"))
        workspace.decide_match(one, other, "same", "Looked at both")
    vault.add_user("Ada", "person", "", "--person", own.person_id)
    _, find = window("Ada")
    assert find("rxk 8000001") == find("RXK8000002") != []
    assert find("RXK1234567") == []
    assert find("A823456789015") == []
