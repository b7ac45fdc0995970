"""A protected record protects whoever has the same hospital number, also without an NHS number and unjoined."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, nhs_number, patient, people_in, write
from test_restricted import RESTRICTED, WHERE, lives

HOSPITAL = "https://fhir.marrowby-infirmary.example/Id/hospital-number"


def numbered(record: dict[str, Any], value: str, system: str = HOSPITAL) -> dict[str, Any]:
    return record | {"identifier": [*record.get("identifier", ()), {"system": system, "value": value}]}


def brought(shelf: Vault, folder: Path, contents: list[Any], *, together: bool) -> tuple[list[str], str]:
    """The people of these documents, and all that is told of them."""
    files = [write(folder / "in", f"{n}.json", content) for n, content in enumerate(contents)]
    reports = [shelf.store(*files)] if together else [shelf.store(file) for file in files]
    people = sorted({person for report in reports for person in people_in(report)})
    return people, shelf.told(*people) + json.dumps(reports)


@pytest.mark.parametrize("together", [True, False], ids=["in one drop", "one after the other"])
@pytest.mark.parametrize("restricted_first", [True, False], ids=["restricted first", "restricted last"])
def test_a_restricted_record_without_an_nhs_number_restricts_whoever_has_its_hospital_number(
    shelf: Vault, tmp_path: Path, together: bool, restricted_first: bool
) -> None:
    """Named and dated so that nobody joins them."""
    which = 70 + 2 * together + restricted_first
    value, family = f"MI-88{which}1", f"Qv{'abcdefghij'[which % 10] * 4}"
    plain = bundle(numbered(patient("1", family, nhs_number(which), **lives()), value), condition("c", "1", "Asthma"))
    marked = numbered(patient("9", "Brindlecombe", born="1983-11-30", meta=RESTRICTED), value)
    people, told = brought(
        shelf,
        tmp_path,
        [bundle(marked), plain] if restricted_first else [plain, bundle(marked)],
        together=together,
    )
    assert len(people) == 2
    assert [word for word in WHERE if word in told] == []
    assert told.count('"restricted": true') == 2


def test_a_hospital_number_of_another_hospital_or_one_that_many_are_given_restricts_nobody(
    shelf: Vault, tmp_path: Path
) -> None:
    elsewhere = "https://fhir.elm-infirmary.example/Id/hospital-number"
    plain = numbered(numbered(patient("1", "Unlike", nhs_number(80), **lives()), "MI-99001"), "12345", HOSPITAL + "-2")
    marked = numbered(patient("9", "Brindle", born="1983-11-30", meta=RESTRICTED), "MI-99001", elsewhere)
    marked = numbered(marked, "12345", HOSPITAL + "-2")
    report = shelf.store(write(tmp_path, "a.json", bundle(plain)))
    shelf.store(write(tmp_path / "b", "b.json", bundle(marked)))
    told = shelf.told(*people_in(report))
    assert [word for word in WHERE if word not in told] == []


def test_protection_reaches_who_is_tied_by_another_number(shelf: Vault, tmp_path: Path) -> None:
    """The older record has the NHS number of one who has the hospital number of the restricted one."""
    number = nhs_number(84)
    one = bundle(patient("1", "Chaina", number, **lives()))
    two = bundle(numbered(patient("2", "Otherly", number, born="1961-07-08"), "MI-77001"))
    marked = bundle(numbered(patient("9", "Brindlewood", born="1983-11-30", meta=RESTRICTED), "MI-77001"))
    people, told = brought(shelf, tmp_path, [one, two, marked], together=False)
    assert len(people) == 3
    assert [word for word in WHERE if word in told] == []
