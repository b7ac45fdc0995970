"""Files, folders, archives and streams: every one given is answered, in a fixed order."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from fhir import limits
from fhir.reading import read_drop
from fhir.records import Refused, SourceFile


def patient(number: int) -> bytes:
    return b'{"resourceType":"Patient","id":"%d"}' % number


def names(drop: Iterator[SourceFile | Refused], root: Path) -> list[str]:
    return [answer.path.removeprefix(str(root)).lstrip("/") for answer in drop]


def test_folders_are_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.json", "a/z.json", "a/.hidden.json", ".git/x.json", "c.json"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(patient(1))
    assert names(read_drop([tmp_path]), tmp_path) == ["b.json", "c.json", "a/z.json"]


def test_a_document_of_a_folder_is_scoped_to_it(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(patient(1))
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, SourceFile)
    assert answer.folder == str(tmp_path)


def test_everything_given_is_answered(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("# Notes\n")
    (tmp_path / "rules.json").write_text('{"rules": []}')
    (tmp_path / "empty.json").write_bytes(b"")
    (tmp_path / "nothing").mkdir()
    answers = list(read_drop([tmp_path, tmp_path / "nothing", tmp_path / "absent.json"]))
    assert all(isinstance(answer, Refused) and answer.reason.endswith(".") for answer in answers)
    assert len(answers) == 5


def test_a_stream_is_cut_into_stretches_that_know_their_lines(tmp_path: Path) -> None:
    lines = [patient(number) for number in range(1203)]
    (tmp_path / "Patient.ndjson").write_bytes(b"\n".join(lines))
    answers = [answer for answer in read_drop([tmp_path]) if isinstance(answer, SourceFile)]
    assert [answer.path.rpartition("#")[2] for answer in answers] == ["1", "2", "3"]
    assert [len(answer.resources) for answer in answers] == [500, 500, 203]
    assert b"".join(answer.data for answer in answers) == b"\n".join(lines)
    resources = [resource for answer in answers for resource in answer.resources]
    assert [resource.line for resource in resources] == list(range(1, 1204))
    assert [resource.id for resource in resources] == [str(number) for number in range(1203)]
    for answer in answers:
        assert answer.format == "ndjson"
        assert all(answer.data[resource.start : resource.end] == resource.raw for resource in answer.resources)


def test_a_damaged_line_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    bad = [b'{"resourceType":"Patient","id":', b'{"resourceType":"Patient","a":NaN}', b'{"x":1}']
    deep = b'{"resourceType":"Patient","a":' + b"[" * 80 + b"1" + b"]" * 80 + b"}"
    (tmp_path / "x").write_bytes(b"\r\n".join([patient(1), bad[0], b"", bad[1], deep, bad[2], patient(2)]))
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, SourceFile)
    assert [(resource.id, resource.line) for resource in answer.resources] == [("1", 1), ("2", 7)]
    assert [(issue.severity, issue.line) for issue in answer.issues] == [("fatal", line) for line in (2, 4, 5, 6)]
    assert all(answer.data[resource.start : resource.end] == resource.raw for resource in answer.resources)


def test_a_damaged_first_line_does_not_hide_a_stream(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\n".join([b'{"resourceType":"Pat', patient(1), patient(2)]))
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, SourceFile)
    assert [resource.id for resource in answer.resources] == ["1", "2"]


def test_a_document_with_records_on_lines_is_not_taken_for_a_stream(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(
        b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":\n' + patient(1) + b"\n}]}"
    )
    (answer,) = read_drop([tmp_path])
    assert isinstance(answer, SourceFile)
    assert (answer.format, answer.bundle_type, len(answer.resources)) == ("json", "collection", 1)


def test_archives_are_read_member_by_member(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "records.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gp/b.json", patient(2))
        archive.writestr("gp/a.json", patient(1))
        archive.writestr("gp/s.ndjson", patient(3) + b"\n" + patient(4))
        archive.writestr("__MACOSX/gp/._a.json", b"x")
        archive.writestr("readme.txt", b"x")
    answers = list(read_drop([tmp_path / "records.zip"]))
    shown = [answer.path.partition("!")[2] for answer in answers]
    assert shown == ["gp/a.json", "gp/b.json", "gp/s.ndjson#1", "readme.txt"]
    assert isinstance(answers[0], SourceFile)
    assert answers[0].folder == f"{tmp_path / 'records.zip'}!gp"
    assert isinstance(answers[3], Refused)


def test_content_decides_what_a_file_is(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", patient(1))
    (tmp_path / "a.json").write_bytes(b'<Patient xmlns="http://hl7.org/fhir"><id value="1"/></Patient>')
    (tmp_path / "b.xml").write_bytes(patient(1))
    (tmp_path / "c.json").write_bytes(buffer.getvalue())
    answers = list(read_drop([tmp_path]))
    assert [answer.format for answer in answers if isinstance(answer, SourceFile)] == ["xml", "json", "json"]


def test_a_cancelled_drop_stops_between_documents(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.json").write_bytes(patient(number))
    taken: list[SourceFile | Refused] = []
    for answer in read_drop([tmp_path], now_cancelled=lambda: len(taken) == 2):
        taken.append(answer)  # noqa: PERF402  the list is what cancels
    assert len(taken) == 2


def test_the_order_is_the_same_whatever_the_order_given(tmp_path: Path) -> None:
    files = []
    for number in range(4):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_bytes(patient(number))
    paths = [answer.path for answer in read_drop(list(reversed(files)))]
    assert all(before < after for before, after in pairwise(paths))


def test_a_line_longer_than_the_limit_is_left_out_and_said(tmp_path: Path) -> None:
    long_line = json.dumps({"resourceType": "Patient", "text": "x" * (limits.MAX_LINE_BYTES + 10)}).encode()
    (tmp_path / "x").write_bytes(b"\n".join([patient(1), long_line, patient(2)]))
    answers = list(read_drop([tmp_path]))
    assert [answer.line for answer in answers if isinstance(answer, Refused)] == [2]
    read = [resource for answer in answers if isinstance(answer, SourceFile) for resource in answer.resources]
    assert [(resource.id, resource.line) for resource in read] == [("1", 1), ("2", 3)]
