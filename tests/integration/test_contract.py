"""Every command as programs call it: the shape of its JSON, its exit codes, and one plain sentence when it fails."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commandkit import (
    PASSPHRASE,
    Vault,
    bundle,
    condition,
    entries,
    make_vault,
    nhs_number,
    patient,
    run,
    write,
)
from vault_samples import copy_of

from desktop.demo.run import Demonstration

COMMANDS = [
    *(["demo"], ["init"], ["users"], ["users", "add"], ["check"], ["import"], ["undo"], ["people"]),
    *(["show"], ["source"], ["sample"], ["bench"], ["decide"], ["choices"], ["add"], ["export"], ["log"]),
    *(["log", "verify"], ["log", "receipt"], ["backup"], ["restore"], ["defaults"]),
]
FILE = {"path", "format", "fhirVersion", "bundleType", "resources", "issues"}
ISSUE = {"severity", "code", "resource", "path", "line", "message"}
SUMMARY = {"files", "resources", "errors", "warnings", "people"}
ENTRY = {
    *("entryId", "title", "detail", "value", "when", "status", "codes", "source", "author", "resource"),
    *("group", "agreement"),
}
STATES = {"data", "none-recorded", "nothing-shown", "not-connected", "failed"}
NUMBER = nhs_number(500)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good document, one with an error in it, and one that is no record."""
    folder = tmp_path_factory.mktemp("records")
    asthma = condition("c", "1", "Asthma", code="195967001")
    write(folder, "a.json", bundle(patient("1", "Contract", NUMBER), asthma))
    write(folder, "b.json", patient("2", "Faulty", born="1961-04-93"))
    write(folder, "c.txt", "not a record")
    return folder


@pytest.fixture(scope="module")
def filled(shelf: Vault, records: Path) -> tuple[Vault, Any]:
    """The shared vault with those records in it, and the report of their import."""
    return shelf, shelf.take(records)


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_help_has_an_example(command: list[str]) -> None:
    ran = run(*command, "--help")
    assert ran.code == 0
    assert ran.err == ""
    assert "Example: onestory" in ran.out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_unknown_option_is_refused(command: list[str]) -> None:
    ran = run(*command, "--no-such-option")
    assert (ran.code, ran.raw) == (2, b"")
    assert ran.sentence.startswith("No such option: --no-such-option")


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["check"],
        ["check", "/no/such/file"],
        ["import"],
        ["undo"],
        ["show"],
        ["show", "p", "--purpose", "CURIOSITY"],
        ["show", "p", "--relationship", "neighbour"],
        ["show", "p", "--section", "gossip"],
        ["source"],
        ["sample"],
        ["sample", "--people", "0", "--out", "x"],
        ["sample", "--people", "some", "--out", "x"],
        ["sample", "--people", "1", "--out", "/dev/null/x"],
        ["bench", "no-such-measure"],
        ["init", "--vault", "x"],
        ["people", "--vault", "/no/such/vault", "--user", "Asha", "--passphrase-file", "/no/such/file"],
        ["people", "--vault", "/no/such/vault"],
        ["people", "--now", "yesterday", "--vault", "/no/such/vault", "--user", "a"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_carried_out_is_said_in_one_sentence(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.raw) == (2, b"")
    assert ran.sentence


class TestCommonOptions:
    """Programs call every command the same way."""

    def test_a_command_that_opens_no_vault_may_be_given_them(self, filled: tuple[Vault, Any], records: Path) -> None:
        vault, _ = filled
        plain = run("check", records / "a.json", "--json")
        assert plain.code == 0
        assert vault.run("check", records / "a.json", "--json") == plain
        assert vault.run("defaults", "gp") == run("defaults", "gp")
        assert "--vault" not in run("check", "--help").out
        wrong = run("check", records / "a.json", "--now", "yesterday")
        assert (wrong.code, wrong.raw) == (2, b"")

    def test_they_may_stand_before_the_command(self, filled: tuple[Vault, Any]) -> None:
        vault, _ = filled
        ran = run(*vault.access(), "people", "contract", "--json")
        assert (ran.code, ran.json) == (0, vault.json("people", "contract"))


def test_decide_says_why_in_a_sentence(tmp_path: Path) -> None:
    consent = {"resourceType": "Consent", "id": "no", "status": "active", "patient": {"reference": "Patient/1"}}
    privacy = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}
    consent |= {"scope": {"coding": [privacy]}, "provision": {"type": "deny"}}
    files = {
        "--consents": write(tmp_path, "c.json", consent),
        "--request": write(tmp_path, "q.json", {"patient": "Patient/1", "purposes": ["TREAT"]}),
        "--records": write(tmp_path, "r.json", bundle(patient("1", "Contract"), condition("c", "1", "Asthma"))),
    }
    said = run("decide", *(one for pair in files.items() for one in pair)).out
    assert "Condition/c  They cannot see this because you said no in your choice no: this rule applies." in said


class TestInit:
    def test_the_key_rests_in_a_file_of_the_owner_alone(self, tmp_path: Path) -> None:
        vault = make_vault(tmp_path / "v", role="gp", test_data=False)
        assert stat.S_IMODE((vault.folder / "recovery").stat().st_mode) == 0o600
        assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600
        assert vault.json("users") == [
            {
                "name": "Asha",
                "role": "gp",
                "organisation": "Riverside Team",
                "custodian": False,
                "team": "gp, Riverside Team",
            }
        ]

    def test_without_a_file_the_key_is_printed_once(self, tmp_path: Path) -> None:
        secret = write(tmp_path, "passphrase", PASSPHRASE)
        options = ["--user", "Asha", "--role", "gp", "--organisation", "Surgery", "--passphrase-file", secret]
        ran = run("init", "--vault", tmp_path / "v", *options, "--json")
        assert ran.code == 0
        assert set(ran.json) == {"vault", "user", "role", "testData", "recoveryKey"}
        again = run("init", "--vault", tmp_path / "v", *options)
        assert again.code == 2
        assert again.sentence
        before = (tmp_path / "v").read_bytes()
        kept = run("init", "--vault", tmp_path / "w", *options, "--recovery-key-file", secret)
        assert kept.code == 2
        assert "nothing was overwritten" in kept.sentence
        assert not (tmp_path / "w").exists()
        assert (tmp_path / "v").read_bytes() == before

    @pytest.mark.parametrize(
        ("role", "word"), [("tester", "--test-data"), ("wizard", "There is no role")], ids=["tester", "unknown"]
    )
    def test_a_role_that_may_not_be(self, tmp_path: Path, role: str, word: str) -> None:
        secret = write(tmp_path, "passphrase", PASSPHRASE)
        options = ["--user", "Asha", "--role", role, "--organisation", "Surgery", "--passphrase-file", secret]
        ran = run("init", "--vault", tmp_path / "v", *options)
        assert ran.code == 2
        assert word in ran.sentence
        assert not (tmp_path / "v").exists()


class TestSigningIn:
    def test_a_wrong_passphrase_and_an_unknown_user_are_one_sentence(self, filled: tuple[Vault, Any]) -> None:
        vault, _ = filled
        wrong = write(vault.folder, "wrong", "not the passphrase")
        options = ["--vault", vault.path, "--passphrase-file"]
        said = {
            run("people", *options, wrong, "--user", "Asha").sentence,
            run("people", *options, wrong, "--user", "Nobody").sentence,
            run("people", *options, vault.folder / "passphrase", "--user", "Nobody").sentence,
        }
        assert len(said) == 1

    def test_the_only_user_need_not_be_named(self, filled: tuple[Vault, Any]) -> None:
        vault, _ = filled
        ran = run("people", "--vault", vault.path, "--passphrase-file", vault.folder / "passphrase", "--json")
        assert ran.code == 0


class TestReports:
    def test_check_stores_nothing_and_says_no_where_errors_were_found(self, records: Path) -> None:
        ran = run("check", records, "--json")
        assert ran.code == 1
        assert ran.err == ""
        report = ran.json
        assert set(report) == {"files", "summary"}
        assert set(report["summary"]) == SUMMARY
        for file in report["files"]:
            assert set(file) - {"status", "reason"} == FILE
            assert all(set(issue) == ISSUE for issue in file["issues"])
        good, faulty, refused = report["files"]
        assert (good["fhirVersion"], good["bundleType"], good["resources"], good["format"]) == (
            *("R4", "collection", 2, "json"),
        )
        assert any(issue["path"] == "Patient.birthDate" for issue in faulty["issues"])
        assert refused["status"] == "refused"
        errors = [one for file in report["files"] for one in file["issues"] if one["severity"] in ("error", "fatal")]
        assert report["summary"]["errors"] == len(errors)
        assert run("check", records / "a.json").code == 0

    def test_import(self, filled: tuple[Vault, Any]) -> None:
        _, report = filled
        assert set(report["summary"]) > SUMMARY
        for file in report["files"]:
            assert set(file) - {"reason"} == FILE | {"status", "importId", "people", "entries"}
            assert all(set(person) == {"personId", "name", "nhsNumber", "match"} for person in file["people"])
        good, faulty, refused = report["files"]
        assert [file["status"] for file in report["files"]] == ["imported", "imported", "refused"]
        (person,) = good["people"]
        assert (person["name"], person["nhsNumber"], person["match"]) == ("Ada CONTRACT", NUMBER, "new")
        assert good["entries"] == 2
        assert any(issue["severity"] == "error" for issue in faulty["issues"])
        assert (refused["importId"], refused["people"], refused["entries"]) == ("", [], 0)

    def test_import_of_nothing_but_refused_files_says_no(self, filled: tuple[Vault, Any], records: Path) -> None:
        assert filled[0].run("import", records / "c.txt").code == 1
        assert filled[0].run("import", records).code == 0


class TestPeople:
    def test_found(self, filled: tuple[Vault, Any]) -> None:
        (row,) = filled[0].json("people", "contract 4 mar 1950")
        assert set(row) == {"personId", "name", "birthDate", "nhsNumber", "possibleMatches"}
        assert (row["name"], row["birthDate"], row["nhsNumber"]) == ("Ada CONTRACT", "1950-03-04", NUMBER)
        assert filled[0].json("people", f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}") == [row]

    def test_not_found_is_no(self, filled: tuple[Vault, Any]) -> None:
        ran = filled[0].run("people", "zebedee", "--json")
        assert (ran.code, ran.json, ran.err) == (1, [], "")


class TestShow:
    def test_its_shape(self, filled: tuple[Vault, Any]) -> None:
        vault, _ = filled
        shown = vault.json("show", vault.person("contract"))
        assert {"person", "banner", "sections", "notices", "conflicts", "nightsAtHome"} <= set(shown)
        assert {section["state"] for section in shown["sections"].values()} <= STATES
        found = entries(shown)
        assert {entry["resource"] for entry in found} == {"Patient/1", "Condition/c"}
        for entry in found:
            assert set(entry) >= ENTRY
            assert set(entry["when"]) == {"start", "end", "precision", "text"}
            assert set(entry["source"]) == {"name", "kind"}
            assert all(set(code) == {"system", "code", "display"} for code in entry["codes"])
        assert "Test data" in json.dumps(shown["banner"])

    def test_one_section(self, filled: tuple[Vault, Any]) -> None:
        vault, _ = filled
        person = vault.person("contract")
        shown = vault.json("show", person, "--section", "problems")
        assert list(shown["sections"]) == ["problems"]
        assert shown["sections"]["problems"] == vault.json("show", person)["sections"]["problems"]
        words = vault.run("show", person, "--section", "problems")
        assert "Asthma" in words.out

    def test_two_runs_with_a_fixed_clock_are_equal_byte_for_byte(self, filled: tuple[Vault, Any]) -> None:
        vault, _ = filled
        person = vault.person("contract")
        one, other = (vault.run("show", person, "--json") for _ in range(2))
        assert one.code == 0
        assert one.raw == other.raw

    def test_a_claimed_relationship_needs_a_reason(self, filled: tuple[Vault, Any]) -> None:
        vault, _ = filled
        person = vault.person("contract")
        claim = ("show", person, "--json", "--relationship", "self-claimed")
        refused = vault.run(*claim)
        assert (refused.code, refused.raw) == (1, b"")
        assert "why" in refused.sentence
        assert vault.run(*claim, "--reason", "Called to the house").code == 0

    @pytest.mark.parametrize("options", [["--relationship", "none"], ["--purpose", "HRESCH"]], ids=" ".join)
    def test_without_a_ground_only_the_least_is_shown(self, filled: tuple[Vault, Any], options: list[str]) -> None:
        vault, _ = filled
        shown = vault.json("show", vault.person("contract"), *options)
        assert entries(shown) == []
        assert {section["state"] for section in shown["sections"].values()} == {"nothing-shown"}
        assert shown["person"]["name"] == "Ada CONTRACT"
        assert shown["notices"][0].startswith("Nothing is shown")
        assert "Asthma" not in json.dumps(shown)

    def test_an_unknown_person_is_no(self, filled: tuple[Vault, Any]) -> None:
        ran = filled[0].run("show", "pnobody", "--json")
        assert (ran.code, ran.raw) == (1, b"")
        assert ran.sentence


def test_source_gives_the_bytes_and_nothing_else(filled: tuple[Vault, Any], records: Path) -> None:
    vault, _ = filled
    (entry,) = vault.json("show", vault.person("contract"), "--section", "problems")["sections"]["problems"]["entries"]
    ran = vault.run("source", entry["entryId"])
    assert (ran.code, ran.err) == (0, "")
    assert ran.raw in (records / "a.json").read_bytes()
    assert ran.json["resourceType"] == "Condition"
    unknown = vault.run("source", "e" + "a" * 16)
    assert (unknown.code, unknown.raw) == (1, b"")
    assert unknown.sentence


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault for real records; Asha, a GP, is its first user."""
    return make_vault(tmp_path_factory.mktemp("clinic"), role="gp", test_data=False)


class TestUsers:
    """Who may be in a vault of real records, who may bring records in, and who comes later."""

    def test_a_tester_is_refused_outside_test_data(self, clinic: Vault) -> None:
        own, key = clinic.folder / "passphrase", clinic.folder / "recovery"
        options = ["--organisation", "X", "--recovery-key-file", key, "--new-passphrase-file", own]
        ran = clinic.run("users", "add", "Tess", "--role", "tester", *options)
        assert ran.code == 2
        assert "--test-data" in ran.sentence
        assert "Tess" not in json.dumps(clinic.json("users"))

    def test_a_wrong_recovery_key_adds_nobody(self, clinic: Vault) -> None:
        own = clinic.folder / "passphrase"
        options = ["--role", "gp", "--organisation", "X", "--recovery-key-file", own, "--new-passphrase-file", own]
        ran = clinic.run("users", "add", "Eve", *options)
        assert ran.code == 2
        assert ran.sentence
        assert "Eve" not in json.dumps(clinic.json("users"))

    def test_who_is_not_staff_imports_nothing(self, clinic: Vault, records: Path) -> None:
        carer = clinic.add_user("Cas", "carer")
        ran = carer.run("import", records, "--json")
        assert (ran.code, ran.raw) == (2, b"")
        assert ran.sentence == "Only staff may import records."
        assert carer.run("people", "contract").code == 1

    def test_a_vault_named_before_the_command_is_the_one_meant(self, clinic: Vault) -> None:
        ran = run("--vault", clinic.path, "users", *clinic.access()[2:], "--json")
        assert ran.code == 0, ran.err
        assert ran.json == clinic.json("users")

    def test_the_list_has_everyone(self, clinic: Vault) -> None:
        clinic.add_user("Nia", "nurse", "Ward 4")
        rows = clinic.json("users")
        assert all({"name", "role", "organisation", "custodian"} < set(row) for row in rows)
        assert {
            "name": "Nia",
            "role": "nurse",
            "organisation": "Ward 4",
            "custodian": False,
            "team": "nurse, Ward 4",
        } in rows
        assert clinic.run("users").out.count("Nia") == 1
        ambiguous = run("people", "--vault", clinic.path, "--passphrase-file", clinic.folder / "passphrase")
        assert ambiguous.code == 2
        assert "--user" in ambiguous.sentence


def test_of_several_files_about_one_person_the_first_makes_them_new(vault: Vault, tmp_path: Path) -> None:
    them = patient("a", "Several", NUMBER)
    files = [write(tmp_path, f"{n}.json", bundle(them, condition(f"c{n}", "a", f"Thing {n}"))) for n in range(3)]
    report = vault.store(*files)
    assert [one["match"] for file in report["files"] for one in file["people"]] == ["new", "same", "same"]


def test_undo_takes_back_and_the_file_comes_again(vault: Vault, records: Path) -> None:
    (first,) = vault.store(records / "a.json")["files"]
    before = vault.json("show", vault.person())
    undone = vault.json("undo", first["importId"])
    assert undone == {"importId": first["importId"], "entries": 2}
    assert vault.run("people", "--json").json == []
    assert vault.run("show", first["people"][0]["personId"]).code == 1
    for again in (first["importId"], "0" * 16):
        unknown = vault.run("undo", again)
        assert (unknown.code, unknown.raw) == (1, b"")
        assert unknown.sentence
    (second,) = vault.store(records / "a.json")["files"]
    assert second["status"] == "imported"
    assert second["importId"] != first["importId"]
    assert vault.json("show", vault.person()) == before


def test_sample_is_the_same_for_a_seed(tmp_path: Path) -> None:
    made = [run("sample", "--people", "2", "--seed", "7", "--out", tmp_path / name, "--json") for name in "ab"]
    assert [ran.code for ran in made] == [0, 0]
    trees = [
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in "ab"
    ]
    assert trees[0] == trees[1]
    assert len(trees[0]) == made[0].json["files"]


class TestAsAProcess:
    """The program as the shell starts it."""

    def started(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "desktop", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **environment}
        )

    def test_import_and_people(self, vault: Vault, records: Path) -> None:
        done = self.started("import", records, *vault.access(), "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert [file["status"] for file in json.loads(done.stdout)["files"]] == ["imported", "imported", "refused"]
        found = self.started("people", "contract", *vault.access(), "--json")
        assert (found.returncode, found.stderr, len(json.loads(found.stdout))) == (0, "", 1)
        none = self.started("people", "zebedee", *vault.access(), "--json")
        assert (none.returncode, none.stderr) == (1, "")

    def test_bad_arguments(self) -> None:
        done = self.started("check", "--no-such-option")
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "No such option: --no-such-option\n")

    def test_the_demonstration_checks_itself(self, demonstration: Demonstration, tmp_path: Path) -> None:
        copy_of(demonstration, tmp_path)
        done = self.started("demo", "--dir", tmp_path, "--check")
        assert done.returncode == 0, done.stderr
        assert "log verified" in done.stderr
        assert "Traceback" not in done.stderr
