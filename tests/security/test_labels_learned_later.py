"""What is learned later of an entry: in a real vault, for those who open it and for importers who do not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from commandkit import NOW, PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.corrections import decode_floor
from consent.labels import decode
from desktop.commands.asking import instant
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.workspace import Workspace
from fhir.entries import PersonId

HIV = "86406008"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault with a GP, a pharmacist, a home-care worker and a privacy officer with the custodian's office."""
    vault = make_vault(tmp_path_factory.mktemp("later"), role="gp")
    vault.add_user("Pia", "pharmacist")
    vault.add_user("Hugo", "home-care")
    vault.add_user("Lou", "link-worker")
    vault.add_user("Dilys", "privacy-officer", "Elsewhere", "--custodian")
    return vault


@contextmanager
def signed_in(vault: Vault, user: str) -> Iterator[Workspace]:
    with Workspace.sign_in(vault.path, user, PASSPHRASE, now=instant(NOW)) as workspace:
        yield workspace


def take(workspace: Workspace, *paths: Path) -> str:
    """Import; the id of the import."""
    report = workspace.import_files(paths, lambda *_: None, lambda: False)
    (file,) = report.files
    return file.import_id


def titles(workspace: Workspace, person: PersonId) -> set[str]:
    record = workspace.open_person(person)
    return {item.entry.title for section in record.sections.values() for item in section.entries}


def opens(workspace: Workspace, person: PersonId) -> dict[str, tuple[str, ...]]:
    """What the keys open of a person, by title, with its categories."""
    found = [decode(one.content) for one in workspace._session.readable(person)]
    return {one.entry.title: one.categories for one in found}


def person_of(workspace: Workspace, family: str) -> PersonId:
    (row,) = workspace.people(family)
    return row.person_id


def result(id: str, about: str, title: str, **others: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                    }
                ]
            }
        ],
        "code": {"text": title},
        "subject": {"reference": f"Patient/{about}"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": 4.2, "unit": "10*9/L"},
        **others,
    }


def floors_of(workspace: Workspace, number: int) -> list[tuple[str, ...] | None]:
    """The floors of a person, as far as the keys open them."""
    found = workspace._session._marks.floors(number).values()
    return [None if one is None else decode_floor(one) for floors in found for one in floors]


@pytest.fixture
def own(made: Vault, tmp_path: Path) -> Vault:
    """A copy of the vault that a test may spoil."""
    shutil.copytree(made.folder, tmp_path / "copy")
    return Vault(tmp_path / "copy" / made.path.name)


def files(folder: Path, which: int, family: str) -> tuple[Path, Path]:
    """Last year's blood count, and today's diagnosis that rests on it."""
    who = patient("p", family, nhs_number(which))
    old = write(folder, f"{family}-old.json", bundle(who, result("r1", "p", "Lymphocyte count")))
    evidence = [{"detail": [{"reference": "Observation/r1"}]}]
    new = write(
        folder, f"{family}-new.json", bundle(who, condition("c1", "p", "Infection", code=HIV, evidence=evidence))
    )
    return old, new


def test_an_importer_who_opens_it_seals_an_older_entry_anew(made: Vault, tmp_path: Path) -> None:
    old, new = files(tmp_path, 31, "Alder")
    with signed_in(made, "Asha") as gp:
        take(gp, old)
        person = person_of(gp, "Alder")
    with signed_in(made, "Pia") as pharmacist:
        assert "Lymphocyte count" in titles(pharmacist, person)
    with signed_in(made, "Asha") as gp:
        undo = take(gp, new)
        assert opens(gp, person)["Lymphocyte count"] == ("sexual-reproductive",)
        assert not gp._session.labels_due(person)
    with signed_in(made, "Pia") as pharmacist:
        assert "Lymphocyte count" not in titles(pharmacist, person)
        assert "Lymphocyte count" not in opens(pharmacist, person), "the keys still open it"
    with signed_in(made, "Asha") as gp:
        gp.undo(undo)
        titles(gp, person)
        assert opens(gp, person)["Lymphocyte count"] == ("general",)
    with signed_in(made, "Pia") as pharmacist:
        assert "Lymphocyte count" in titles(pharmacist, person)


def test_a_floor_withholds_at_once_what_its_importer_cannot_open_and_a_holder_seals_it_anew(
    made: Vault, tmp_path: Path
) -> None:
    old, new = files(tmp_path, 32, "Birch")
    with signed_in(made, "Asha") as gp:
        take(gp, old)
        person = person_of(gp, "Birch")
    with signed_in(made, "Hugo") as carer:
        assert "Lymphocyte count" not in opens(carer, person), "the home-care worker was to open nothing of it"
        take(carer, new)
        assert carer._session.labels_due(person)
    with signed_in(made, "Pia") as pharmacist:
        assert "Lymphocyte count" in opens(pharmacist, person), "the control: the keys still open it"
        entry = next(one.entry_id for one in pharmacist._session.readable(person) if b"Lymphocyte" in one.content)
        assert "Lymphocyte count" not in titles(pharmacist, person)
        with pytest.raises(NothingFoundError):
            pharmacist.original(entry)
    with signed_in(made, "Asha") as gp:
        assert {"Lymphocyte count", "Infection"} <= titles(gp, person)
        assert opens(gp, person)["Lymphocyte count"] == ("sexual-reproductive",)
        assert not gp._session.labels_due(person)
    with signed_in(made, "Pia") as pharmacist:
        assert "Lymphocyte count" not in opens(pharmacist, person), "the keys still open it"


def test_a_floor_that_was_deleted_shows(own: Vault, tmp_path: Path) -> None:
    old, new = files(tmp_path, 33, "Cedar")
    with signed_in(own, "Asha") as gp:
        take(gp, old)
        person = person_of(gp, "Cedar")
    with signed_in(own, "Hugo") as carer:
        take(carer, new)
        connection = carer._session._connection
        for (name,) in connection.execute("SELECT name FROM temp.sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER temp.{name}")
        connection.execute("DELETE FROM label_floor")
        connection.commit()
    with signed_in(own, "Pia") as pharmacist, pytest.raises(WorkspaceError):
        pharmacist.open_person(person)
    with signed_in(own, "Dilys") as officer:
        assert not officer.verify_log().ok


def test_a_decision_about_a_label_holds_through_imports_and_can_be_withdrawn(made: Vault, tmp_path: Path) -> None:
    who = patient("p", "Damson", nhs_number(34))

    def state(version: str, title: str) -> Path:
        meta = {"lastUpdated": version}
        resources = condition("c1", "p", title, code="35489007", meta=meta), condition("c2", "p", "Asthma")
        return write(tmp_path, f"damson-{version[:4]}.json", bundle(who, *resources))

    first, second = state("2024-01-01T00:00:00Z", "Low mood"), state("2025-01-01T00:00:00Z", "Low mood, better")
    with signed_in(made, "Asha") as gp:
        taken = take(gp, first)
        person = person_of(gp, "Damson")
        with pytest.raises(NothingFoundError):
            gp.label_reasons(person)
    with signed_in(made, "Pia") as pharmacist:
        assert "Low mood" not in titles(pharmacist, person)
    with signed_in(made, "Dilys") as officer:
        rows = {row.title: row for row in officer.label_reasons(person)}
        assert rows["Low mood"].categories == ("mental-health",)
        assert rows["Low mood"].reasons
        with pytest.raises(WorkspaceError):
            officer.correct_label(person, rows["Low mood"].entry_id, ("general",), " ")
        with pytest.raises(WorkspaceError):
            officer.correct_label(person, rows["Low mood"].entry_id, ("gossip",), "x")
        officer.correct_label(person, rows["Low mood"].entry_id, ("general",), "She says everyone may know")
        officer.correct_label(person, rows["Asthma"].entry_id, ("sexual-reproductive",), "She asked for it")
    with signed_in(made, "Pia") as pharmacist:
        assert "Low mood" in titles(pharmacist, person)
        assert "Asthma" not in opens(pharmacist, person)
    with signed_in(made, "Hugo") as carer:  # who opens neither the entry nor the decision about it
        assert "Asthma" not in opens(carer, person)
        take(carer, second)
    with signed_in(made, "Pia") as pharmacist:
        shown = titles(pharmacist, person)
        assert "Low mood, better" in shown
        assert "Asthma" not in shown
    with signed_in(made, "Asha") as gp:
        gp.undo(taken)
        take(gp, first)
        assert opens(gp, person)["Asthma"] == ("sexual-reproductive",)
    with signed_in(made, "Dilys") as officer:
        rows = {row.title: row for row in officer.label_reasons(person)}
        assert rows["Asthma"].decided is not None
        assert rows["Asthma"].decided.reason == "She asked for it"
        assert rows["Asthma"].derived == ("general",)
        officer.withdraw_correction(person, rows["Asthma"].entry_id, "She thought again")
        assert {row.title: row.decided for row in officer.label_reasons(person)}["Asthma"] is None
        kinds = [event.kind for event in officer.log(person)]
        assert kinds.count("label-correction") == 3
        assert "labels-read" in kinds
        assert officer.verify_log().ok
    with signed_in(made, "Pia") as pharmacist:
        assert "Asthma" in titles(pharmacist, person)
    made.add_user("Quin", "pharmacist", "Another pharmacy")  # a team that came later than every decision
    with signed_in(made, "Quin") as later:
        assert {"Low mood, better", "Asthma"} <= titles(later, person)


def test_a_forged_decision_counts_for_nothing(own: Vault, tmp_path: Path) -> None:
    with signed_in(own, "Asha") as gp:
        take(
            gp, write(tmp_path, "elder.json", bundle(patient("p", "Elder", nhs_number(35)), condition("c", "p", "Flu")))
        )
        person = person_of(gp, "Elder")
    with signed_in(own, "Dilys") as officer:
        (row,) = [row for row in officer.label_reasons(person) if row.title == "Flu"]
        officer.correct_label(person, row.entry_id, ("money",), "An example")
        connection = officer._session._connection
        number = officer._session._people.number(person)
        connection.execute("UPDATE label_correction SET signature = zeroblob(64) WHERE person = ?", (number,))
        assert officer._session.corrections(person) == []


def test_what_raw_sql_shows_of_floors_and_decisions_tells_no_category(made: Vault, tmp_path: Path) -> None:
    old, new = files(tmp_path, 36, "Fir")
    with signed_in(made, "Asha") as gp:
        take(gp, old)
        person = person_of(gp, "Fir")
    with signed_in(made, "Hugo") as carer:
        take(carer, new)
        number = carer._session._people.number(person)
        rows = carer._session._connection.execute("SELECT * FROM label_floor WHERE person = ?", (number,)).fetchall()
        assert rows
        assert b"sexual" not in b"".join(value for row in rows for value in row if isinstance(value, bytes))
        assert floors_of(carer, number) == [None]
    with signed_in(made, "Pia") as pharmacist:
        assert floors_of(pharmacist, number) == [None]
    with signed_in(made, "Asha") as gp:
        assert floors_of(gp, number) == [("sexual-reproductive",)]


def test_a_medicine_in_use_is_not_hidden_by_a_floor_that_cannot_be_read(made: Vault, tmp_path: Path) -> None:
    who = patient("p", "Gorse", nhs_number(37))
    medicine = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Propranolol 40 mg tablets"},
        "subject": {"reference": "Patient/p"},
        "reasonReference": [{"reference": "Condition/c1"}],
    }
    problem = condition("c1", "p", "Panic disorder", code="371631005")
    with signed_in(made, "Asha") as gp:
        take(gp, write(tmp_path, "gorse-1.json", bundle(who, medicine)))
        person = person_of(gp, "Gorse")
    with signed_in(made, "Lou") as worker:
        assert "Propranolol 40 mg tablets" not in opens(worker, person)
        take(worker, write(tmp_path, "gorse-2.json", bundle(who, problem)))
    with signed_in(made, "Hugo") as carer:
        assert "Propranolol 40 mg tablets" in titles(carer, person), "who gives medicines sees them"
    with signed_in(made, "Asha") as gp:
        titles(gp, person)
        assert opens(gp, person)["Propranolol 40 mg tablets"] == ("mental-health",)
    with signed_in(made, "Hugo") as carer:
        assert "Propranolol 40 mg tablets" in titles(carer, person)
