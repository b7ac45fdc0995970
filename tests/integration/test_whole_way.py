"""All real sample records through the real program: every file answered, nothing lost, nobody confused, twice the same.

All tests of this vault stand in one file: it is dear to make, and each test process makes its own.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from commandkit import (
    Everything,
    Told,
    Vault,
    bundle,
    condition,
    entries,
    nhs_number,
    patient,
    people_in,
    write,
)

from fhir.reading import read_drop
from fhir.records import SourceFile
from fhir.understanding import NO_ONE, Drop

SAMPLES = 3


def shown_of_all(everything: Everything) -> dict[str, Any]:
    """What `show` gives of a few people: those with the most sources and those about no one."""
    most = Counter(one["personId"] for file in everything.report["files"] for one in file["people"])
    chosen = [*(person for person, _ in most.most_common(SAMPLES)), NO_ONE]
    return {person: everything.vault.json("show", person) for person in chosen}


def test_every_file_is_accounted_for_with_a_plain_reason(everything: Everything) -> None:
    assert everything.first.code == 0
    assert everything.first.err == ""
    files = everything.report["files"]
    given = {str(path) for path in everything.folder.rglob("*") if path.is_file()}
    assert {file["path"] for file in files} == given
    assert len(files) == len(given)
    statuses = Counter(file["status"] for file in files)
    assert set(statuses) == {"imported", "unchanged", "refused"}, statuses
    for file in files:
        if file["status"] == "refused":
            assert file["reason"][0].isupper(), file["reason"]
            assert file["reason"].endswith("."), file["reason"]
            assert "\n" not in file["reason"]
            assert file["importId"] == ""
        else:
            assert len(file["importId"]) == 16
            assert "reason" not in file


def test_no_file_that_is_fhir_is_refused(everything: Everything) -> None:
    refused = [file["path"] for file in everything.report["files"] if file["status"] == "refused"]
    fhir = []
    for path in refused:
        try:
            tree = json.loads(Path(path).read_bytes())
        except ValueError:
            continue
        if isinstance(tree, dict) and "resourceType" in tree:
            fhir.append(path)
    assert fhir == []


def test_a_second_import_reports_everything_unchanged_and_changes_nothing(everything: Everything) -> None:
    before = shown_of_all(everything), everything.vault.json("people")
    again = everything.vault.take(everything.folder)
    first = {file["path"]: file for file in everything.report["files"]}
    assert [file["path"] for file in again["files"]] == [file["path"] for file in everything.report["files"]]
    for file in again["files"]:
        expected = "refused" if first[file["path"]]["status"] == "refused" else "unchanged"
        assert file["status"] == expected, file["path"]
        assert file["importId"] == first[file["path"]]["importId"]
        assert file["entries"] == 0
    assert again["summary"]["imported"] == 0
    assert (shown_of_all(everything), everything.vault.json("people")) == before


def test_nothing_is_lost(everything: Everything, all_told: list[Told]) -> None:
    """Every resource of every file is an entry of its person in some section, and its bytes come back unchanged.

    A copy of a file that is here already is not told again: it is the same record.
    """
    returned = {one.data for one in all_told}
    told = {(one.person, one.entry.resource) for one in all_told}
    documents = [one for one in read_drop([everything.folder]) if isinstance(one, SourceFile)]
    drop = Drop(lambda keys: (), lambda person: None)
    for document in documents:
        drop.learn(document)
    drop.settle()
    copies = {file["path"] for file in everything.report["files"] if file["status"] == "unchanged"}
    resources = lost_bytes = of_people = 0
    not_told: list[tuple[str, str]] = []
    for document in documents:
        understood = drop.understand(document)
        whole = {found.person_id: min(found.whole) for found in understood.people}
        for described in understood.described:
            resource, person = described.resource, whole.get(described.person_id, NO_ONE)
            resources += 1
            of_people += person != NO_ONE
            lost_bytes += resource.raw not in returned
            if document.path not in copies and (person, resource.key) not in told:
                not_told.append((document.path, resource.key))
    people = len(people_in(everything.report))
    counts = f"{resources} resources, {of_people} of them of {people} people, {len(all_told)} entries shown"
    assert resources > 13_000
    assert lost_bytes == 0, f"bytes of {lost_bytes} resources did not come back; {counts}"
    assert not_told == [], f"{len(not_told)} resources are in no section; {counts}"


def test_five_people_with_one_invalid_number_stay_five(everything: Everything) -> None:
    people = everything.people_of("nhs-gp2gp")
    assert len(people) == 5
    assert all(len(files) == 1 for files in people.values())
    rows = [row for row in everything.vault.json("people", "1234567890") if row["personId"] in people]
    assert len(rows) == 5
    assert all(row["nhsNumber"] == "1234567890" for row in rows)
    for person in people:
        assert everything.vault.json("show", person)["person"]["nhsNumberStatus"] == "invalid"


def test_each_person_spread_over_several_files_is_one(everything: Everything) -> None:
    people = everything.people_of("smart-stu3/SMART")
    files_of = {re.sub(r"\.fhir-bundle.*", "", file): person for person, files in people.items() for file in files}
    files = [path.name for path in (everything.folder / "smart-stu3" / "SMART").iterdir()]
    assert sorted(file for files in people.values() for file in files) == sorted(files)
    assert len(people) == len({name.split(".")[0] for name in files}) == len(files_of)
    assert Counter(len(files) for files in people.values())[3] >= 2


def test_xml_and_its_json_twin_give_the_same_entries(everything: Everything, all_told: list[Told]) -> None:
    told: dict[str, Counter[str]] = {"xml": Counter(), "json-converted": Counter()}
    endings = {"xml": ".xml", "json-converted": ".json"}
    for one in all_told:
        file = Path(one.path)
        twins = [
            everything.folder / "ukcore-examples" / form / (file.stem + ending) for form, ending in endings.items()
        ]
        if file in twins and all(twin.is_file() for twin in twins):
            told[file.parent.name][as_twin(one)] += 1
    assert sum(told["xml"].values()) > 100
    assert told["xml"] - told["json-converted"] == Counter()
    assert told["json-converted"] - told["xml"] == Counter()


def as_twin(one: Told) -> str:
    """What must be the same in both forms of a record: all but its id and the folder that names its source."""
    same = msgspec.to_builtins(one.entry)
    del same["entry_id"], same["source"]
    return json.dumps([one.section, same], sort_keys=True)


def test_the_restricted_person_has_no_address_anywhere(everything: Everything) -> None:
    people = {
        person
        for person, files in everything.people_of("nhs-pds").items()
        if any(file.startswith("Sensitive") for file in files)
    }
    assert people
    for person in people:
        shown = everything.vault.json("show", person)
        assert shown["person"]["restricted"] is True
        banner = shown["banner"]
        assert (banner["addresses"], banner["telecoms"], banner["gpPractice"]) == ([], [], "")
        assert shown["sections"]["gp-practice"]["entries"] == []
        for entry in entries(shown):
            answer = everything.vault.run("source", entry["entryId"])
            assert answer.json["redacted"] is True
            assert answer.err.startswith("REDACTED")


def test_source_gives_the_bytes_of_the_file(everything: Everything) -> None:
    for path in (
        "eltss/sushi-built/CarePlan-careplan1.json",
        "ukcore-examples/xml/UKCore-Patient-RichardSmith-Example.xml",
    ):
        file = everything.folder / path
        report = next(one for one in everything.report["files"] if one["path"] == str(file))
        shown = everything.vault.json("show", report["people"][0]["personId"])
        kind = file.name.split("-")[0] if "eltss" in path else "Patient"
        answers = [
            everything.vault.run("source", entry["entryId"])
            for entry in entries(shown)
            if entry["resource"].startswith(f"{kind}/")
        ]
        assert all(answer.code == 0 and answer.err == "" for answer in answers)
        assert any(answer.raw.strip() == file.read_bytes().strip() for answer in answers), path


def test_records_without_an_id_are_each_kept(shelf: Vault, tmp_path: Path) -> None:
    """As messages send them: told apart by their address only, the newer is no newer state of the older."""
    notes = [
        {**condition("", "1", title), "meta": {"lastUpdated": f"2026-01-0{day}T09:00:00Z"}}
        for day, title in ((1, "Asthma"), (2, "Gout"))
    ]
    for note in notes:
        del note["id"]
    report = shelf.store(write(tmp_path, "a.json", bundle(patient("1", "Nameless", nhs_number(700)), *notes)))
    shown = entries(shelf.json("show", *people_in(report)))
    assert {entry["title"] for entry in shown} >= {"Asthma", "Gout"}


def test_what_a_council_lent_is_equipment(shelf: Vault, tmp_path: Path) -> None:
    """Two describers know Device: the one that knows where it came from answers."""
    system = "https://yhcr.nhs.uk/Provenance"
    rail = {
        "resourceType": "Device",
        "id": "d",
        "meta": {"tag": [{"system": system, "code": "E09", "display": "Borough Council Social Care"}]},
        "type": {"text": "Bed rail"},
        "patient": {"reference": "Patient/1"},
    }
    report = shelf.store(write(tmp_path, "a.json", bundle(patient("1", "Lent", nhs_number(701)), rail)))
    shown = shelf.json("show", *people_in(report))
    assert [entry["title"] for entry in shown["sections"]["equipment"]["entries"]] == ["Bed rail"]
