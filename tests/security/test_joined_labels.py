"""What is sensitive in one of two records of one person labels what is tied to it in the other; a split undoes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from commandkit import NOW, PASSPHRASE, Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.labels import decode
from desktop.commands.asking import instant
from desktop.workspace import Workspace
from fhir.entries import PersonId

HIV = "86406008"
COUNT = "Lymphocyte count"
REASON = "Infection"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A GP who opens everything, a pharmacist who does not, and an administrator who opens next to nothing."""
    made = make_vault(tmp_path / "vault", role="gp")
    made.add_user("Pia", "pharmacist")
    made.add_user("Adil", "administrator")
    return made


@contextmanager
def signed_in(vault: Vault, user: str) -> Iterator[Workspace]:
    with Workspace.sign_in(vault.path, user, PASSPHRASE, now=instant(NOW)) as workspace:
        yield workspace


def person(id: str, given: str, *, evidence: bool) -> dict[str, Any]:
    """With one NHS number in both records, or with a number of each place's own, which joins nobody."""
    made = patient(id, "Okafor", nhs_number(3) if evidence else "")
    own = {} if evidence else {"identifier": [{"system": f"https://{id}.example.nhs.uk/mrn", "value": f"{id}4421"}]}
    return made | own | {"name": [{"use": "official", "family": "Okafor", "given": [given]}]}


def count(about: str, title: str = COUNT) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "r1",
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
        ],
        "code": {"text": title},
        "subject": {"reference": f"Patient/{about}"},
        "effectiveDateTime": "2024-05-01",
        "valueQuantity": {"value": 4.2, "unit": "10*9/L"},
    }


def files(folder: Path, *, evidence: bool) -> dict[str, Path]:
    """A blood count in one record; the diagnosis that rests on it in the other; a later fact tied to the count."""
    here, there = person("a", "Ada", evidence=evidence), person("b", "Adaeze" if evidence else "Ada", evidence=evidence)
    why = condition("c1", "b", REASON, code=HIV, evidence=[{"detail": [{"reference": "Observation/r1"}]}])
    more = condition("c2", "a", "Cough", evidence=[{"detail": [{"reference": "Observation/r1"}]}])
    contents = {"count": bundle(here, count("a")), "reason": bundle(there, why), "later": bundle(here, more)}
    return {name: write(folder, f"{name}.json", content) for name, content in contents.items()}


def take(vault: Vault, user: str, *paths: Path) -> None:
    with signed_in(vault, user) as workspace:
        for path in paths:
            workspace.import_files([path], lambda *_: None, lambda: False)


def people(workspace: Workspace) -> list[PersonId]:
    return sorted({one for row in workspace.people("Okafor") for one in workspace.joined_with(row.person_id)})


def opens(vault: Vault, user: str) -> dict[str, tuple[str, ...]]:
    """What the keys open of everyone, by title, with its categories: as raw SQL would."""
    with signed_in(vault, user) as workspace:
        found = [decode(one.content) for who in people(workspace) for one in workspace._session.readable(who)]
    return {one.entry.title: one.categories for one in found}


def shown(vault: Vault, user: str) -> set[str]:
    with signed_in(vault, user) as workspace:
        records = [workspace.open_person(who) for who in people(workspace)]
    return {item.entry.title for one in records for part in one.sections.values() for item in part.entries}


def decide(vault: Vault, user: str, state: Any) -> None:
    with signed_in(vault, user) as workspace:
        workspace.decide_match(*people(workspace), state, "Looked at both")


@pytest.mark.parametrize("order", [("count", "reason"), ("reason", "count")])
def test_where_evidence_joins_two_records_the_one_labels_the_other_at_once(
    vault: Vault, tmp_path: Path, order: tuple[str, ...]
) -> None:
    made = files(tmp_path / "in", evidence=True)
    take(vault, "Asha", *(made[name] for name in order))
    assert opens(vault, "Asha")[COUNT] == ("sexual-reproductive",)
    assert COUNT not in opens(vault, "Pia")
    assert COUNT not in shown(vault, "Pia")


def test_a_human_who_joins_makes_the_one_label_the_other_and_taking_it_back_undoes_it(
    vault: Vault, tmp_path: Path
) -> None:
    made = files(tmp_path / "in", evidence=False)
    take(vault, "Asha", made["count"], made["reason"])
    before = opens(vault, "Asha")
    assert COUNT in opens(vault, "Pia"), "the control: alone it is not sensitive"
    decide(vault, "Asha", "same")
    assert COUNT not in opens(vault, "Pia")
    assert COUNT not in shown(vault, "Pia")
    take(vault, "Asha", made["later"])
    assert opens(vault, "Asha")[COUNT] == ("sexual-reproductive",), "what came later and is tied to it let it go"
    assert COUNT not in opens(vault, "Pia")
    with signed_in(vault, "Asha") as workspace:
        assert not workspace._session.labels_due(people(workspace)[0])
    decide(vault, "Asha", "open")
    shown(vault, "Asha")
    assert {title: opens(vault, "Asha")[title] for title in before} == before
    assert COUNT in opens(vault, "Pia")


def test_whoever_joins_without_keys_leaves_it_to_the_next_who_has_them(vault: Vault, tmp_path: Path) -> None:
    made = files(tmp_path / "in", evidence=False)
    take(vault, "Asha", made["count"], made["reason"])
    decide(vault, "Adil", "same")
    with signed_in(vault, "Asha") as workspace:
        assert workspace._session.labels_due(people(workspace)[0])
    shown(vault, "Asha")
    assert COUNT not in opens(vault, "Pia")


def test_an_importer_who_does_not_open_the_one_does_not_loosen_the_other(vault: Vault, tmp_path: Path) -> None:
    made = files(tmp_path / "in", evidence=True)
    take(vault, "Asha", made["count"], made["reason"])
    take(vault, "Pia", made["later"])
    assert COUNT not in shown(vault, "Pia")
    assert opens(vault, "Asha")[COUNT] == ("sexual-reproductive",)


def test_what_evidence_parts_stays_as_strict_as_it_was(vault: Vault, tmp_path: Path) -> None:
    made = files(tmp_path / "in", evidence=True)
    take(vault, "Asha", made["count"], made["reason"])
    with signed_in(vault, "Asha") as workspace:
        workspace.split_match(*people(workspace), "Two after all")
    shown(vault, "Asha")
    assert opens(vault, "Asha")[COUNT] == ("sexual-reproductive",)
    assert COUNT not in opens(vault, "Pia")


def test_findings_of_an_import_are_sealed_as_the_import_is_by_then(vault: Vault, tmp_path: Path) -> None:
    made = files(tmp_path / "in", evidence=True)
    faulty = bundle(person("a", "Ada", evidence=True), count("a") | {"status": "no-such-status"})
    paths = [write(tmp_path / "in", "faulty.json", faulty), made["reason"]]
    with signed_in(vault, "Asha") as workspace:
        report = workspace.import_files(paths, lambda *_: None, lambda: False)
        (file,) = [one for one in report.files if one.path.endswith("faulty.json")]
        assert file.issues
        assert workspace._session.issues(file.import_id) == msgspec.json.encode(file.issues)
