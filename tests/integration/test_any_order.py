"""The same person's GP, hospital and council files in any order, one by one or together, tell the same story."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

from consent.disclosure_json import to_json
from desktop.demo.generator import write_people, written
from desktop.demo.tables import FOLDER


def told(vault: Vault) -> dict[str, str]:
    """What `show --json` says of everyone, by id, byte for byte."""
    with vault.signed_in() as workspace:
        people = [row.person_id for row in workspace.people()]
        return {
            person: json.dumps(to_json(workspace.open_person(person)), ensure_ascii=False) for person in sorted(people)
        }


def stored(folder: Path, *drops: list[Path]) -> dict[str, str]:
    folder.mkdir()
    vault = make_vault(folder / "vault")
    for drop in drops:
        vault.store(*drop)
    return told(vault)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of the first demonstration people: several services each."""
    return sorted(write_people(tmp_path_factory.mktemp("people"), people=2, seed=1))


def test_any_order_one_by_one_or_together_gives_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    together = stored(tmp_path / "together", files)
    assert len(together) >= 2
    backwards = stored(tmp_path / "backwards", *([file] for file in reversed(files)))
    assert list(backwards) == list(together)
    assert backwards == together
    half = len(files) // 2
    turned = stored(tmp_path / "turned", files[half:], files[:half])
    assert turned == together


def test_gp_hospital_and_council_extract_of_one_person_in_every_order_or_together(tmp_path: Path) -> None:
    written_for = {
        (path.parent.name, path.name): path for path in written(tmp_path / "people", people=1, seed=1, tables=True)
    }
    (person,) = {folder for folder, name in written_for if name == "gp.json"}
    council = written_for[FOLDER, "adult-social-care.csv"]
    three = [written_for[person, "gp.json"], written_for[person, "hospital.json"], council]
    together = stored(tmp_path / "together", three)
    assert len(together) == 1, "the three are one person"
    assert '"Council ' in next(iter(together.values()))
    for number, order in enumerate(permutations(three)):
        assert stored(tmp_path / str(number), *([file] for file in order)) == together


def service(place: str, number: str = "", local: str = "", **who: Any) -> dict[str, Any]:
    """One service's record: an NHS number, a local number, or both, and one problem."""
    person = patient(place, "Okafor", number, **who)
    if local:
        person["identifier"] = [
            *person.get("identifier", ()),
            {"system": "https://trust.example.nhs.uk/id", "value": local},
        ]
    return bundle(
        person, condition(f"{place}-1", place, f"Problem of {place}", meta={"source": f"https://{place}.example"})
    )


@pytest.mark.parametrize(
    ("other", "people"),
    [({}, 1), ({"born": "1951-07-08", "name": [{"family": "Marsh", "given": ["Tom"]}]}, 3)],
    ids=["one person", "two people and a record that bridges them"],
)
def test_a_record_that_bridges_two_tells_the_same_in_every_order(
    tmp_path: Path, other: dict[str, Any], people: int
) -> None:
    number = nhs_number(55)
    made = {
        "surgery": service("surgery", number),
        "ward": service("ward", local="H7713", **other),
        "bridge": service("bridge", number, "H7713", **({} if people == 1 else {"name": []})),
    }
    three = [write(tmp_path, f"{name}.json", content) for name, content in made.items()]
    found = [
        stored(tmp_path / str(number), *([file] for file in order)) for number, order in enumerate(permutations(three))
    ]
    assert len(found[0]) == people
    assert all(one == found[0] for one in found[1:])
    assert stored(tmp_path / "together", three) == found[0]


@pytest.mark.parametrize("folder", ["nhs-scr", "nhs-gp2gp", "synthea-stu3"])
def test_sample_records_whose_files_stand_for_themselves_do_not_mind_the_order(
    shared_data: Path, tmp_path: Path, folder: str
) -> None:
    files = sorted(path for path in (shared_data / folder).rglob("*") if path.suffix in (".json", ".xml"))
    forwards = stored(tmp_path / "forwards", *([file] for file in files))
    assert forwards
    assert stored(tmp_path / "backwards", *([file] for file in reversed(files))) == forwards
