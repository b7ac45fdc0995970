"""What a restricted person keeps to themselves, and a summary that says it knows nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commandkit import Vault, bundle, condition, nhs_number, patient, people_in, write

STREET, TOWN, POSTCODE = "41 Quillfeather Row", "Marrowby", "ZZ99 3WX"
PHONE, MAIL, PRACTICE = "01632 960421", "ada.planted@example.org", "Thistlewick Surgery"
WHERE = [STREET, TOWN, POSTCODE, PHONE, MAIL, PRACTICE, "Y77777"]
RESTRICTED = {
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
    "lastUpdated": "2026-02-03T04:05:06Z",
}


def lives(**meta: Any) -> dict[str, Any]:
    """The parts of a Patient that tell where someone is."""
    ods = "https://fhir.nhs.uk/Id/ods-organization-code"
    return {
        "address": [{"line": [STREET], "city": TOWN, "postalCode": POSTCODE}],
        "telecom": [{"system": "phone", "value": PHONE}, {"system": "email", "value": MAIL}],
        "generalPractitioner": [{"identifier": {"system": ods, "value": "Y77777"}, "display": PRACTICE}],
        "managingOrganization": {"display": PRACTICE, "identifier": {"system": ods, "value": "Y77777"}},
        **({"meta": meta} if meta else {}),
    }


def test_a_summary_without_information_shows_none_recorded(shelf: Vault, shared_data: Path) -> None:
    report = shelf.store(shared_data / "ips" / "sushi-built" / "Bundle-bundle-no-info-required-sections.json")
    (file,) = report["files"]
    assert file["status"] == "imported"
    shown = shelf.json("show", *people_in(report))
    for name in ("allergies", "medicines", "problems"):
        section = shown["sections"][name]
        told = [entry for entry in section["entries"] if entry["assertion"] == "fact" and entry["kind"] != "section"]
        assert section["state"] in ("none-recorded", "data"), (name, section["state"])
        assert told == [], (name, told)
        if section["entries"]:
            assert {entry["assertion"] for entry in section["entries"]} == {"no-information"}
    assert "failed" not in {section["state"] for section in shown["sections"].values()}


class TestRestricted:
    def test_nothing_says_where_they_are(self, shelf: Vault, tmp_path: Path) -> None:
        where = lives(**RESTRICTED)
        visit = {
            "resourceType": "Encounter",
            "id": "v",
            "status": "finished",
            "class": {"code": "HH"},
            "subject": {"reference": "Patient/1"},
            "serviceProvider": {"reference": "Organization/o"},
            "location": [{"location": {"display": f"Home, {STREET}"}}],
        }
        ods = "https://fhir.nhs.uk/Id/ods-organization-code"
        surgery = {
            "resourceType": "Organization",
            "id": "o",
            "name": PRACTICE,
            "identifier": [{"system": ods, "value": "Y77777"}],
        }
        note = condition("c", "1", "Asthma", note=[{"text": f"Seen at {STREET}, {POSTCODE}; rang {PHONE}"}])
        inside = {"resourceType": "Location", "id": "l", "address": {"line": [STREET], "postalCode": POSTCODE}}
        silent = condition("k", "1", "Gout", contained=[inside])  # its entry says no place, its source does
        number = nhs_number(1)
        for name, resources in {
            "a.json": [patient("1", "Quill", number, **where), note, visit, silent],
            "b.json": [patient("1", "Quill", number, **where), surgery],
        }.items():
            write(tmp_path / "in", name, bundle(*resources))
        report = shelf.store(tmp_path / "in")
        told = shelf.told(*people_in(report)) + json.dumps(report)
        assert [word for word in WHERE if word in told] == []
        assert "QUILL" in told

    @pytest.mark.parametrize("together", [True, False], ids=["in one drop", "one after the other"])
    @pytest.mark.parametrize("restricted_first", [True, False], ids=["restricted first", "restricted last"])
    def test_a_restricted_record_restricts_whoever_has_the_same_number(
        self, shelf: Vault, tmp_path: Path, together: bool, restricted_first: bool
    ) -> None:
        """They stay two people, for a human to join; but neither says any longer where the other is."""
        number = nhs_number(10 + 2 * together + restricted_first)
        family = number[-4:].translate(str.maketrans("0123456789", "abcdefghij"))  # no likeness to other tests' people
        plain = bundle(patient("1", family, number, **lives()), condition("c", "1", "Asthma"))
        marked = bundle(patient("9", family, number, meta=RESTRICTED))
        contents = [marked, plain] if restricted_first else [plain, marked]
        files = [write(tmp_path / "in", f"{n}.json", content) for n, content in enumerate(contents)]
        reports = [shelf.store(*files)] if together else [shelf.store(file) for file in files]
        people = sorted({person for report in reports for person in people_in(report)})
        assert len(people) == 2
        told = shelf.told(*people) + json.dumps(reports)
        assert [word for word in WHERE if word in told] == []
        assert told.count('"restricted": true') == 2
        assert told.count(f'"nhsNumber": "{number}", "possibleMatches": 1') == 2

    def test_a_later_record_of_the_same_number_stays_restricted(self, shelf: Vault, tmp_path: Path) -> None:
        """Also when the restricted record is taken back: only a human may say that it was wrong."""
        number = nhs_number(20)
        report = shelf.store(write(tmp_path, "a.json", bundle(patient("1", "Quill", number, **lives()))))
        marked = shelf.store(write(tmp_path, "b.json", bundle(patient("9", "Quill", number, meta=RESTRICTED))))
        with shelf.signed_in() as workspace:
            workspace.undo(marked["files"][0]["importId"])
        later = shelf.store(write(tmp_path / "other", "c.json", bundle(patient("5", "Quill", number, **lives()))))
        told = shelf.told(*{*people_in(report), *people_in(later)})
        assert [word for word in WHERE if word in told] == []

    def test_a_restricted_record_keeps_nobody_here_whose_own_records_were_taken_back(
        self, shelf: Vault, tmp_path: Path
    ) -> None:
        plain = bundle(patient("1", "Undone", nhs_number(25), **lives()))
        own = shelf.store(write(tmp_path, "a.json", plain))
        shelf.store(write(tmp_path, "b.json", bundle(patient("9", "Undone", nhs_number(25), meta=RESTRICTED))))
        with shelf.signed_in() as workspace:
            workspace.undo(own["files"][0]["importId"])
            assert [row.person_id for row in workspace.people(nhs_number(25))] != people_in(own)
            assert len(workspace.people(nhs_number(25))) == 1

    def test_others_with_another_number_are_not_restricted(self, shelf: Vault, tmp_path: Path) -> None:
        plain = bundle(patient("1", "Quill", nhs_number(30), **lives()))
        marked = bundle(patient("9", "Quill", nhs_number(31), meta=RESTRICTED))
        report = shelf.store(write(tmp_path, "a.json", plain))
        shelf.store(write(tmp_path / "b", "b.json", marked))
        told = shelf.told(*people_in(report))
        assert [word for word in WHERE if word not in told] == []
