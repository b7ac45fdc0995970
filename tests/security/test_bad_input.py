"""Hostile, broken and mistaken files: one plain sentence each, within seconds, bounded memory, no record content."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fhir import limits
from fhir.reading import read_drop
from fhir.records import Refused, SourceFile

SECRET = "MARKERNAME"
HEAD = b'{"resourceType":"Patient","name":[{"family":"MARKERNAME"}],"x":'
NS = b'xmlns="http://hl7.org/fhir"'
BILLION_LAUGHS = (
    b'<!DOCTYPE lolz [<!ENTITY a "MARKERNAME"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Patient ' + NS + b'><id value="&c;"/></Patient>'
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><Patient ' + NS + b"><id>&f;</id></Patient>"


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def renamed(name: str) -> bytes:
    """A ZIP whose one member has a name that an honest archive would not give."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b'{"resourceType":"Patient"}')
    return buffer.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped(a=b'{"resourceType":"Patient"}'))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def damaged() -> bytes:
    data = bytearray(zipped(a=HEAD + json.dumps(list(range(500))).encode() + b"}"))
    data[60:80] = b"\x00" * 20
    return bytes(data)


def lying_about_size() -> bytes:
    """A member that says it is small and unpacks to far more."""
    data = bytearray(zipped(a=b" " * 50_000_000))
    data[22:26] = struct.pack("<I", 100)
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 100)
    return bytes(data)


CASES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "blank": lambda: b" \n\t\n",
    "only a byte order mark": lambda: b"\xef\xbb\xbf",
    "random bytes": lambda: b"\x00\x01\x02" + os.urandom(5000),
    "a web page called .json": lambda: b"<!DOCTYPE html><html><body>MARKERNAME</body></html>",
    "a web page without a declaration": lambda: b"<head></head><html>MARKERNAME</html>",
    "a PDF": lambda: b"%PDF-1.7 MARKERNAME",
    "gzip": lambda: b"\x1f\x8b\x08\x00MARKERNAME",
    "text": lambda: b"# MARKERNAME\n",
    "comma separated": lambda: b"name,born\nMARKERNAME,1950\n",
    "UTF-16": lambda: '{"resourceType":"Patient","id":"MARKERNAME"}'.encode("utf-16"),
    "UTF-16 XML": lambda: '<Patient xmlns="http://hl7.org/fhir"/>'.encode("utf-16"),
    "Latin-1": lambda: '{"resourceType":"Patient","id":"é MARKERNAME"}'.encode("latin-1"),
    "cut off": lambda: HEAD + b'[{"a":',
    "cut off in a text": lambda: HEAD + b'"abc',
    "cut off XML": lambda: b"<Patient " + NS + b'><name><family value="MARKERNAME"/>',
    "NaN": lambda: HEAD + b"NaN}",
    "Infinity": lambda: HEAD + b"Infinity}",
    "a lone surrogate": lambda: HEAD + b'"\\ud83dMARKERNAME"}',
    "a huge exponent": lambda: HEAD + b"1e999999999}",
    "a huge whole number": lambda: HEAD + b"9" * 100_000 + b"}",
    "deep lists": lambda: HEAD + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
    "deep lists, not closed": lambda: HEAD + b"[" * 1_000_000,
    "deep objects": lambda: HEAD + b'{"a":' * 200_000 + b"1" + b"}" * 200_000 + b"}",
    "deep enough to be decoded": lambda: HEAD + b'[{"a":' * 200 + b"1" + b"}]" * 200 + b"}",
    "deep XML": lambda: b"<Patient " + NS + b">" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</Patient>",
    "deep narrative": lambda: (
        b"<Patient "
        + NS
        + b'><text><div xmlns="http://www.w3.org/1999/xhtml">'
        + b"<b>" * 5000
        + b"</b>" * 5000
        + b"</div></text></Patient>"
    ),
    "an entity bomb": lambda: BILLION_LAUGHS,
    "an outside entity": lambda: OUTSIDE,
    "an undefined entity": lambda: b"<Patient " + NS + b'><id value="&nbsp;MARKERNAME"/></Patient>',
    "a CDA document": lambda: b'<ClinicalDocument xmlns="urn:hl7-org:v3">MARKERNAME</ClinicalDocument>',
    "JSON that is not FHIR": lambda: b'{"name":"MARKERNAME"}',
    "a list of names": lambda: b'["MARKERNAME"]',
    "a bare text": lambda: b'"MARKERNAME"',
    "a bundle of words": lambda: b'{"resourceType":"Bundle","entry":["MARKERNAME"]}',
    "DSTU2": lambda: b'{"resourceType":"MedicationOrder","id":"MARKERNAME"}',
    "lists that grow": lambda: HEAD + b"[" + b"[]," * 6_000_000 + b"[]]}",
    "an archive in an archive": lambda: zipped(a=zipped(b=b"{}")),
    "an archive that grows": lambda: zipped(a=HEAD + b'"' + b"x" * 60_000_000 + b'"}'),
    "an archive that lies": lying_about_size,
    "an archive that climbs": lambda: renamed("../../MARKERNAME.json"),
    "an archive from the root": lambda: renamed("/etc/MARKERNAME.json"),
    "an archive from a drive": lambda: renamed("C:\\MARKERNAME.json"),
    "an archive with an escape": lambda: renamed("\x1b[2JMARKERNAME.json"),
    "an encrypted archive": encrypted,
    "a damaged archive": damaged,
    "an archive cut off": lambda: zipped(a=b"{}" * 500)[:-30],
    "an empty archive": lambda: zipped(),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_answered_with_one_plain_sentence(case: str, tmp_path: Path) -> None:
    (tmp_path / "given.json").write_bytes(CASES[case]())
    (answer,) = read_drop([tmp_path / "given.json"])
    assert isinstance(answer, Refused)
    assert answer.path.startswith(str(tmp_path / "given.json"))
    assert answer.reason[0].isupper()
    assert answer.reason.endswith(".")
    assert "\n" not in answer.reason
    assert len(answer.reason) < 200
    assert SECRET not in answer.reason + answer.path
    assert [file.name for file in tmp_path.iterdir()] == ["given.json"]


def test_findings_hold_no_record_content(tmp_path: Path) -> None:
    text = b'{"resourceType":"Patient","MARKERNAME x":1,"MARKERNAME x":2,"id":"MARKERNAME","id":"MARKERNAME"}'
    (tmp_path / "a").write_bytes(text + b"\n" + HEAD + b"NaN}\n")
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, SourceFile)
    assert len(answer.issues) == 3
    assert SECRET not in repr(answer.issues)


def test_an_archive_with_too_many_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(limits.MAX_ARCHIVE_MEMBERS + 1):
            archive.writestr(str(number), b"")
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, Refused)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom file permissions bind")
def test_a_file_that_may_not_be_read_is_answered(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"{}")
    (tmp_path / "a").chmod(0)
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, Refused)


def test_what_is_not_an_ordinary_file_is_answered_without_waiting(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe")
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, Refused)


PEAK = """
import re, sys
from pathlib import Path
from fhir.reading import read_drop
from fhir.records import Refused
answers = refused = resources = 0
for answer in read_drop([Path(sys.argv[1])]):
    answers += 1
    if isinstance(answer, Refused):
        refused += 1
    else:
        resources += len(answer.resources)
# Not getrusage: its peak still holds what the process that started this one took.
status = Path("/proc/self/status").read_text()
print(answers, refused, resources, int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) // 1024)
"""


def peak(path: Path) -> tuple[int, int, int, int]:
    """Answers, refusals, resources, and the most memory in MB that a fresh process took to read a file."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    answers, refused, resources, memory = map(int, done.stdout.split())
    return answers, refused, resources, memory


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
class TestMemory:
    def test_one_huge_document_is_refused_within_bounds(self, tmp_path: Path) -> None:
        with (tmp_path / "huge.json").open("wb") as file:
            file.write(HEAD + b'"')
            file.truncate(1024 * limits.MIB)
        answers, refused, _, memory = peak(tmp_path)
        assert (answers, refused) == (1, 1)
        assert memory < 300

    def test_the_largest_document_that_is_read_stays_within_bounds(self, tmp_path: Path) -> None:
        entry = {"resource": {"resourceType": "Binary", "contentType": "application/pdf", "data": "A" * 1_000_000}}
        count = limits.MAX_DOCUMENT_BYTES // 1_000_100
        (tmp_path / "a").write_text(
            json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [entry] * count})
        )
        _, refused, resources, memory = peak(tmp_path)
        assert (refused, resources) == (0, count)
        assert memory < 512

    def test_a_long_stream_stays_within_bounds(self, tmp_path: Path) -> None:
        line = (
            json.dumps({"resourceType": "Observation", "id": "o", "note": [{"text": "x" * 900}] * 2}).encode() + b"\n"
        )
        count = 30_000
        with (tmp_path / "a.ndjson").open("wb") as file:
            for _ in range(count // 1000):
                file.write(line * 1000)
        _, refused, resources, memory = peak(tmp_path)
        assert (refused, resources) == (0, count)
        assert memory < 150
