"""What the sample's council, children's services and provider send as tables: the same people, clean or spoilt."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from desktop.demo.generator import written
from desktop.demo.tables import FOLDER
from fhir.reading import read_drop
from fhir.records import SourceFile
from fhir.understanding import Drop

PEOPLE = 60


def sample(out: Path, *, dirt: float = 0.0, seed: int = 3) -> dict[str, Path]:
    files = list(written(out, people=PEOPLE, seed=seed, tables=True, dirt=dirt))
    return {path.name: path for path in files if path.parent.name == FOLDER}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return sample(tmp_path_factory.mktemp("clean"))


def test_every_kind_of_table_is_there(clean: dict[str, Path]) -> None:
    assert set(clean) == {
        *("adult-social-care.csv", "looked-after-header.csv", "looked-after-episodes.csv", "looked-after-reviews.csv"),
        *("provider-people.csv", "provider-notes.csv", "provider-medicines.csv", "provider-visits.csv"),
    }  # fmt: skip


def test_providers_tell_of_as_many_days_as_are_asked_for(tmp_path: Path) -> None:
    for days in (3, 10):
        files = {path.name: path for path in written(tmp_path / f"{days}", people=3, seed=3, tables=True, days=days)}
        visits = list(csv.DictReader(files["provider-visits.csv"].read_text("utf-8").splitlines()))
        people = {row["NHS Number"] for row in visits}
        assert people
        assert len(visits) == days * len(people)
        assert len({row["Planned Start"] for row in visits}) == days


def test_clean_tables_have_nothing_wrong(clean: dict[str, Path]) -> None:
    documents = [one for one in read_drop(list(clean.values())) if isinstance(one, SourceFile)]
    assert {document.path.partition("#")[0] for document in documents} == {str(path) for path in clean.values()}
    wrong = {issue.message for one in documents for issue in one.issues if issue.severity != "information"}
    assert wrong <= {"No date tells whether day or month comes first; they were read as day first."}


def test_the_tables_are_about_the_people_of_the_other_files(clean: dict[str, Path]) -> None:
    folder = next(iter(clean.values())).parent.parent
    documents = [one for one in read_drop([folder]) if isinstance(one, SourceFile)]
    drop = Drop(lambda keys: (), lambda person: None)
    for document in documents:
        drop.learn(document)
    drop.settle()
    elsewhere: set[str] = set()
    council: set[str] = set()
    children: set[str] = set()
    for document in documents:
        name = Path(document.path.partition("#")[0]).name
        people = {min(found.whole) for found in drop.understand(document).people}
        if "looked-after" in name:
            children |= people
        elif document.format == "csv":
            council |= people
        else:
            elsewhere |= people
    assert council
    assert council <= elsewhere
    assert children.isdisjoint(elsewhere)  # they have no NHS number and no name


def test_the_same_seed_and_dirt_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = sample(tmp_path / "one", dirt=0.5), sample(tmp_path / "two", dirt=0.5)
    assert {name: path.read_bytes() for name, path in one.items()} == {n: p.read_bytes() for n, p in two.items()}
    other = sample(tmp_path / "other", dirt=0.5, seed=4)["adult-social-care.csv"]
    assert other.read_bytes() != one["adult-social-care.csv"].read_bytes()


def test_dirt_changes_many_lines_and_everything_is_still_read_and_named(tmp_path: Path, clean: dict[str, Path]) -> None:
    spoilt = sample(tmp_path, dirt=1.0)
    before = set(clean["adult-social-care.csv"].read_text("utf-8").splitlines())
    after = spoilt["adult-social-care.csv"].read_text("utf-8").splitlines()
    assert sum(line in before for line in after) < len(after) / 4
    documents = [one for one in read_drop(list(spoilt.values())) if isinstance(one, SourceFile)]
    assert {Path(one.path.partition("#")[0]).name for one in documents} == set(spoilt)
    messages = {issue.message for one in documents for issue in one.issues}
    assert {
        "The cell holds a formula; it is kept as text and never run.",
        "This is not a valid NHS number.",
        "The event ends before it starts.",
        "The number is negative; it is kept as it is.",
    } <= messages


def test_a_restricted_person_is_in_no_table(clean: dict[str, Path]) -> None:
    for path in clean.values():
        with path.open(encoding="utf-8", newline="") as stream:
            assert not any("Haddad" in cell for row in csv.reader(stream) for cell in row)
