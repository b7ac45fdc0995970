"""All real sample records through the real program: every file answered, nothing lost, the second time a no-op."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from commandkit import Vault, bundle, condition, entries, nhs_number, patient, people_in, write
from conftest import Everything, Told

from fhir.reading import read_drop
from fhir.records import SourceFile
from fhir.understanding import NO_ONE, Drop

SAMPLES = 5


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
        for described in drop.understand(document).described:
            resource = described.resource
            resources += 1
            of_people += described.person_id != NO_ONE
            lost_bytes += resource.raw not in returned
            if document.path not in copies and (described.person_id, resource.key) not in told:
                not_told.append((document.path, resource.key))
    people = len(people_in(everything.report))
    counts = f"{resources} resources, {of_people} of them of {people} people, {len(all_told)} entries shown"
    assert resources > 13_000
    assert lost_bytes == 0, f"bytes of {lost_bytes} resources did not come back; {counts}"
    assert not_told == [], f"{len(not_told)} resources are in no section; {counts}"


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
