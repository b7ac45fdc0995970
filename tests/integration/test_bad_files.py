"""Broken, hostile and mistaken files through the whole program: refused with a sentence, or kept and warned about."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from commandkit import (
    Vault,
    bundle,
    condition,
    entries,
    make_vault,
    nhs_number,
    patient,
    people_in,
    run,
    write,
)

MARKER = "QQMARKERQQ"
PERSON = json.dumps(patient("x", MARKER))
NUMBER = nhs_number(800)
MIB = 2**20
SECONDS = 10.0  # of processor time: a hang limit; the bar is 2 s, and a busy machine must not decide about the code
"""Of processor time: what else the machine does is no fault of the file's."""


def zipped(name: str, data: bytes) -> bytes:
    """A ZIP with one member of this name, whatever the name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


REFUSED: dict[str, bytes] = {
    "truncated.json": PERSON.encode()[:-9],
    "empty.json": b"",
    "binary.json": b"\x00\x01\x02" + MARKER.encode() + bytes(range(256)) * 20,
    "picture.json": b"\x89PNG\r\n\x1a\n" + MARKER.encode(),
    "letter.xml": b"%PDF-1.7 " + MARKER.encode(),
    "page.json": f"<!DOCTYPE html><html><body>{MARKER}</body></html>".encode(),
    "deep.json": b'{"resourceType":"Patient","x":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep.xml": b'<Patient xmlns="http://hl7.org/fhir">' + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</Patient>",
    "nan.json": f'{{"resourceType":"Observation","id":"{MARKER}","valueDecimal":NaN}}'.encode(),
    "utf16.json": PERSON.encode("utf-16"),
    "latin.json": PERSON.replace(MARKER, MARKER + "é").encode("latin-1"),
    "bomb.zip": zipped("a.json", b'{"resourceType":"Patient","x":"' + b"A" * 80_000_000 + b'"}'),
    "slip.zip": zipped(f"../../{MARKER}.json", PERSON.encode()),
    "root.zip": zipped(f"/tmp/{MARKER}.json", PERSON.encode()),
    "entities.xml": (
        b'<!DOCTYPE x [<!ENTITY a "QQMARKERQQ"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b'<Patient xmlns="http://hl7.org/fhir"><id value="&b;"/></Patient>'
    ),
    "outside.xml": (
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
        b'<Patient xmlns="http://hl7.org/fhir"><id value="&f;"/></Patient>'
    ),
    "dstu2.json": json.dumps({"resourceType": "MedicationOrder", "id": MARKER}).encode(),
    "other.json": json.dumps({"name": MARKER}).encode(),
}


def rows(vault: Vault) -> str:
    """A digest of every row of the vault but those of the access log, which grows with every sign-in."""
    digest = sha256()
    with vault.signed_in() as workspace:
        connection = workspace._session._connection
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("log", "audit", "sqlite_"))
        ]
        assert {"person", "entry", "import", "source_block"} <= set(tables)
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1"):
                digest.update(repr((table, row)).encode())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault with one person in it, whom nothing bad may change."""
    vault = make_vault(tmp_path_factory.mktemp("kept"))
    folder = tmp_path_factory.mktemp("good")
    asthma = condition("c", "1", "Asthma")
    vault.store(write(folder, "good.json", bundle(patient("1", "Kept", NUMBER), asthma)))
    return vault


def test_what_cannot_be_read_is_refused_and_the_vault_is_as_it_was(kept: Vault, tmp_path: Path) -> None:
    before = rows(kept)
    for name, data in REFUSED.items():
        write(tmp_path / "in", name, data)
    ran = kept.run("import", tmp_path / "in", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert [Path(file["path"].partition("!")[0]).name for file in ran.json["files"]] == sorted(REFUSED)
    for file in ran.json["files"]:
        assert file["status"] == "refused", file["path"]
        assert file["reason"][0].isupper()
        assert file["reason"].endswith(".")
        assert "\n" not in file["reason"]
    assert MARKER not in ran.out
    words = kept.run("import", tmp_path / "in")
    assert words.code == 1
    assert MARKER not in words.out + words.err
    assert rows(kept) == before
    assert sorted(os.listdir(tmp_path)) == ["in"]


@pytest.mark.parametrize("name", REFUSED)
def test_each_is_answered_quickly_and_alone(kept: Vault, tmp_path: Path, name: str) -> None:
    file = write(tmp_path, name, REFUSED[name])
    began = time.process_time()
    report = kept.store(file)
    assert time.process_time() - began < SECONDS
    assert [one["status"] for one in report["files"]] == ["refused"]


def test_one_bad_file_does_not_stop_the_others(vault: Vault, tmp_path: Path) -> None:
    write(tmp_path / "in", "a.json", REFUSED["truncated.json"])
    write(tmp_path / "in", "b.json", patient("1", "Other", nhs_number(801)))
    write(tmp_path / "in", "c.zip", REFUSED["bomb.zip"])
    write(tmp_path / "in", "d.json", patient("2", "Further", nhs_number(802)))
    report = vault.store(tmp_path / "in")
    assert [file["status"] for file in report["files"]] == ["refused", "imported", "refused", "imported"]


def finding(report: Any, words: str) -> dict[str, Any]:
    """The one finding of a report that says this."""
    found = [issue for file in report["files"] for issue in file["issues"] if words in issue["message"]]
    assert found, [issue["message"] for file in report["files"] for issue in file["issues"]]
    assert MARKER not in json.dumps(found)
    return found[0]


class TestKeptWithAWarning:
    def test_duplicate_keys(self, shelf: Vault, tmp_path: Path) -> None:
        text = json.dumps(patient("dup", "Double"))[:-1] + f', "gender": "{MARKER}", "gender": "female"}}'
        file = write(tmp_path, "a.json", text)
        report = shelf.store(file)
        assert report["files"][0]["status"] == "imported"
        assert finding(report, "twice")["severity"] in ("warning", "error")
        (person,) = people_in(report)
        (entry,) = [one for one in entries(shelf.json("show", person)) if one["resource"] == "Patient/dup"]
        assert shelf.run("source", entry["entryId"]).raw == file.read_bytes()

    def test_a_byte_order_mark(self, shelf: Vault, tmp_path: Path) -> None:
        report = shelf.store(write(tmp_path, "a.json", b"\xef\xbb\xbf" + json.dumps(patient("bom", "Marked")).encode()))
        assert report["files"][0]["status"] == "imported"
        assert report["files"][0]["people"][0]["name"] == "Ada MARKED"

    def test_a_wrong_ending(self, shelf: Vault, tmp_path: Path) -> None:
        report = shelf.store(write(tmp_path, "a.docx", patient("end", "Ending")))
        assert report["files"][0]["people"][0]["name"] == "Ada ENDING"

    def test_a_birth_date_that_never_was(self, shelf: Vault, tmp_path: Path) -> None:
        report = shelf.store(write(tmp_path, "a.json", patient("born", "Never", born="1961-04-93")))
        assert report["files"][0]["status"] == "imported"
        assert any(issue["path"] == "Patient.birthDate" for issue in report["files"][0]["issues"])
        shown = shelf.json("show", *people_in(report))
        assert (shown["person"]["birthDate"], shown["person"]["birthDateValid"]) == ("1961-04-93", False)

    def test_template_text_is_no_nhs_number(self, shelf: Vault, tmp_path: Path) -> None:
        """Two people with the same template text stay two, and nobody is asked about them."""
        people = [
            patient("a", "Ashgrove", "{{nhsNumber}}"),
            patient("b", "Birchley", "{{nhsNumber}}", born="1977-08-09"),
        ]
        reports = [shelf.store(write(tmp_path / one["id"], "one.json", one)) for one in people]
        assert [report["files"][0]["people"][0]["match"] for report in reports] == ["new", "new"]
        shown = shelf.json("show", *people_in(reports[0]))
        assert shown["person"]["nhsNumberStatus"] == "invalid"

    def test_a_bundle_without_a_patient(self, shelf: Vault, tmp_path: Path) -> None:
        report = shelf.store(write(tmp_path, "a.json", bundle(condition("lone", "nobody-here", "Lonely condition"))))
        (file,) = report["files"]
        assert file["status"] == "imported"
        (person,) = people_in(report)
        assert [entry["title"] for entry in entries(shelf.json("show", person))] == ["Lonely condition"]
        assert file["people"][0]["match"] == "new"

    def test_script_stays_text(self, shelf: Vault, tmp_path: Path) -> None:
        script = "<script>alert(1)</script>"
        text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">Seen{script}</div>'}
        note = {"resourceType": "ClinicalImpression", "id": "s", "subject": {"reference": "Patient/1"}, "text": text}
        report = shelf.store(write(tmp_path, "a.json", bundle(patient("1", f"<img src=x>{MARKER}"), note)))
        assert report["files"][0]["status"] == "imported"
        shown = shelf.json("show", *people_in(report))
        assert shown["person"]["name"] == f"Ada <IMG SRC=X>{MARKER}"
        assert "alert(1)" not in json.dumps(
            [one for one in entries(shown) if one["resource"] == "ClinicalImpression/s"]
        )
        words = shelf.run("show", *people_in(report))
        assert words.code == 0
        assert "alert(1)" not in words.out

    def test_terminal_commands_in_a_name_are_not_sent_to_the_terminal(self, shelf: Vault, tmp_path: Path) -> None:
        report = shelf.store(write(tmp_path, "a.json", patient("esc", "Escape\x1b[2J\x07[bold]x[/bold]:smile:")))
        for answer in (shelf.run("people", "escape"), shelf.run("show", *people_in(report))):
            assert answer.code == 0
            assert "\x1b" not in answer.out
            assert "\x07" not in answer.out
            assert "[bold]x[/bold]:smile:" in "".join(answer.out.split()).lower()  # and nothing of it is cut off


def test_another_persons_record_in_a_bundle_goes_to_that_person(vault: Vault, tmp_path: Path) -> None:
    """Also where the other person is known only by a reference: never merged, and both are reported."""
    mine, theirs = condition("mine", "1", "Asthma"), condition("theirs", "2", "Gout")
    absent = condition("absent", "3", "Eczema")
    people = [patient("1", "First", nhs_number(810)), patient("2", "Second", nhs_number(811), born="1961-01-02")]
    (file,) = vault.store(write(tmp_path, "a.json", bundle(*people, mine, theirs, absent)))["files"]
    assert len(file["people"]) == 3
    titles = {
        one["name"]: [entry["title"] for entry in entries(vault.json("show", one["personId"])) if entry["codes"] == []]
        for one in file["people"]
    }
    assert "Asthma" in titles["Ada FIRST"]
    assert "Gout" in titles["Ada SECOND"]
    assert "Gout" not in titles["Ada FIRST"]
    (other,) = set(titles) - {"Ada FIRST", "Ada SECOND"}
    assert titles[other] == ["Eczema"]


def stream(size: int) -> Iterator[bytes]:
    """NDJSON of one person, at least so many bytes."""
    yield json.dumps(patient("1", "Stream", nhs_number(820))).encode() + b"\n"
    written = number = 0
    while written < size:
        lines = []
        for _ in range(60):
            observation = {
                "resourceType": "Observation",
                "id": f"o{number}",
                "status": "final",
                "code": {"text": f"Weight {number}"},
                "subject": {"reference": "Patient/1"},
                "note": [{"text": "n" * 30_000}],
            }
            lines.append(json.dumps(observation).encode() + b"\n")
            number += 1
        block = b"".join(lines)
        written += len(block)
        yield block


MEASURED = """
import re, sys, time
from pathlib import Path
from desktop.cli import main
code = main(sys.argv[1:])
status = Path("/proc/self/status").read_text()
print(code, int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024, round(time.process_time(), 1), file=sys.stderr)
"""


def measured(*arguments: str | Path) -> tuple[int, int, float, Any]:
    """Exit code, most memory in MB and processor seconds of a command in a process of its own, and its JSON."""
    script = "import multiprocessing\nif __name__ == '__main__':\n" + "".join(
        f"    {x}\n" for x in MEASURED.split("\n")
    )
    folder = Path(str(arguments[-1])).parent
    (folder / "measured.py").write_text(script)
    done = subprocess.run(
        [sys.executable, folder / "measured.py", *map(str, arguments[:-1])],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    *said, last = done.stderr.strip().split("\n")
    assert said == []
    code, memory, seconds = last.split()
    return int(code), int(memory), float(seconds), json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
class TestLarge:
    def imported(self, vault: Vault, tmp_path: Path, size: int) -> None:
        with (tmp_path / "a.ndjson").open("wb") as file:
            file.writelines(stream(size))
        command = ("import", tmp_path / "a.ndjson", *vault.access(), "--json")
        code, memory, seconds, report = measured(*command, tmp_path / "x")
        print(f"{size // MIB} MB stream: {memory} MB, {seconds} s")
        assert code == 0
        assert memory < 512
        assert {file["status"] for file in report["files"]} == {"imported"}
        (person,) = people_in(report)
        assert report["summary"]["resources"] == sum(file["resources"] for file in report["files"])
        with vault.signed_in() as workspace:
            shown = workspace.open_person(person)
        assert sum(len(section.entries) for section in shown.sections.values()) == report["summary"]["resources"]

    def refused(self, vault: Vault, tmp_path: Path, size: int) -> None:
        with (tmp_path / "a.json").open("wb") as file:
            file.write(PERSON.encode()[:-1] + b', "x": "')
            file.truncate(size)
        before = rows(vault)
        command = ("import", tmp_path / "a.json", *vault.access(), "--json")
        code, memory, seconds, report = measured(*command, tmp_path / "x")
        print(f"{size // MIB} MB document: {memory} MB, {seconds} s")
        assert code == 1
        assert memory < 512
        assert seconds < SECONDS
        assert [file["status"] for file in report["files"]] == ["refused"]
        assert rows(vault) == before

    def test_a_long_stream(self, vault: Vault, tmp_path: Path) -> None:
        self.imported(vault, tmp_path, 60 * MIB)

    def test_a_large_document(self, vault: Vault, tmp_path: Path) -> None:
        self.refused(vault, tmp_path, 70 * MIB)

    @pytest.mark.soak
    @pytest.mark.timeout(1800)
    def test_a_stream_of_a_gigabyte(self, vault: Vault, tmp_path: Path) -> None:
        self.imported(vault, tmp_path, 1024 * MIB)

    @pytest.mark.soak
    def test_a_document_of_a_gigabyte(self, vault: Vault, tmp_path: Path) -> None:
        self.refused(vault, tmp_path, 1024 * MIB)


def test_check_answers_the_same_without_a_vault(tmp_path: Path) -> None:
    for name, data in REFUSED.items():
        write(tmp_path, name, data)
    ran = run("check", tmp_path, "--json")
    assert (ran.code, ran.err) == (1, "")
    assert {file["status"] for file in ran.json["files"]} == {"refused"}
    assert MARKER not in ran.out
