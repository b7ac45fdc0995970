"""A council's extract the whole way: dropped, stored, opened, and its lines shown to those only who may read them."""

from __future__ import annotations

import csv
import io
import multiprocessing
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from consent.recorded import row_of
from desktop.benches import budgets
from desktop.demo.stories import nhs_numbers
from desktop.importing import ahead
from desktop.reports import DropReport, FileReport
from desktop.workspace import Workspace
from fhir import limits, names

PASSPHRASE = "correct horse battery staple"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROW = {
    "LA Code": "503",
    "Reporting Period Start Date": "2025-04-01",
    "Reporting Period End Date": "2026-03-31",
    "NHS Number": "9990000018",
    "LA Person Unique Identifier": "A100",
    "First Name": "Ann",
    "Last Name": "Test",
    "Gender": "Female",
    "Date of Birth": "1938-02-14",
    "Client Type": "Service user",
    "Primary Support Reason": "Mental health support",
    "Event Type": "Service",
    "Event Start Date": "2025-05-01",
    "Event Description": "Morning calls",
    "Service Type": "Long term support: Community",
    "Service Component": "Home support or domiciliary care",
}
LATER = ROW | {"Event Start Date": "2025-07-01", "Event Description": "Evening calls"}


def extract(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ROW), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def imported(folder: Path, files: dict[str, bytes]) -> Path:
    """A vault of a council with a care provider's team, into which these files were dropped one by one."""
    vault, notes = folder / "v.onestory", folder / "anchors"
    key = Workspace.create(vault, "Sam", "social-worker", "Council 503", PASSPHRASE, now=NOW, anchors=notes)
    with Workspace.sign_in(vault, "Sam", PASSPHRASE, now=NOW, anchors=notes) as workspace:
        workspace.add_user("Hal", "home-care", "Rosewood", PASSPHRASE, recovery_key=key)
        for name, data in files.items():
            (folder / name).write_bytes(data)
            report = workspace.import_files([folder / name], lambda *_: None, lambda: False)
            assert {file.status for file in report.files} == {"imported"}
            assert not [issue for file in report.files for issue in file.issues if issue.code == "incomplete"]
    return vault


def test_closing_a_vault_forgets_the_names_and_codes_that_were_compared(tmp_path: Path) -> None:
    imported(tmp_path, {"one.csv": extract([ROW])})
    kept = (names.fold, names._parts, names._all_parts, names.family_sounds, names.given_initials, row_of)
    assert [one.cache_info().currsize for one in kept] == [0] * len(kept)


def seen(vault: Path, user: str) -> dict[str, tuple[bytes, bool]]:
    """By the title of each service: the source bytes, and whether they are the exact ones."""
    with Workspace.sign_in(vault, user, PASSPHRASE, now=NOW, anchors=vault.parent / "anchors") as workspace:
        (person,) = workspace.people()
        record = workspace.open_person(person.person_id)
        entries = [shown.entry for shown in record.sections["services"].entries]
        found = {entry.title: workspace.original(entry.entry_id) for entry in entries}
        return {title: (original.data, original.exact) for title, original in found.items()}


@pytest.mark.parametrize(("reason", "exact"), [("Physical support: Personal care support", True), (None, False)])
def test_a_line_is_shown_whole_only_to_who_may_read_what_it_repeats(
    tmp_path: Path, reason: str | None, exact: bool
) -> None:
    change = {"Primary Support Reason": reason} if reason else {}
    vault = imported(tmp_path, {"q4.csv": extract([ROW | change, LATER | change])})
    shown = seen(vault, "Hal")
    assert {title: whole for title, (_, whole) in shown.items()} == {"Morning calls": exact, "Evening calls": exact}
    assert not any(b"Mental health" in data for data, _ in shown.values())
    lines = extract([ROW | change, LATER | change]).splitlines(keepends=True)
    assert seen(vault, "Sam") == {"Morning calls": (lines[1], True), "Evening calls": (lines[2], True)}


def test_a_later_file_replaces_what_an_earlier_one_said(tmp_path: Path) -> None:
    later = {"Reporting Period Start Date": "2025-07-01", "Reporting Period End Date": "2026-06-30"}
    ended = ROW | later | {"Event End Date": "2026-05-01"}
    headers = {"Event End Date": ""}
    files = {"q4.csv": extract([ROW]), "q1.csv": _with(headers, [ended])}
    for order in (list(files), list(reversed(files))):
        folder = tmp_path / order[0]
        folder.mkdir()
        vault = imported(folder, {name: files[name] for name in order})
        with Workspace.sign_in(vault, "Sam", PASSPHRASE, now=NOW, anchors=folder / "anchors") as workspace:
            (person,) = workspace.people()
            record = workspace.open_person(person.person_id)
        services = [one.entry for one in record.sections["services"].entries]
        assert [(one.when.text, one.as_at) for one in services] == [("1 May 2025 to 1 May 2026", "2026-06-30")]


def _with(more: dict[str, str], rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*ROW, *more], restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


CARER = {
    "Client Type": "Unpaid carer known by association",
    "Event Type": "",
    "Event Start Date": "",
    "Event Description": "",
    "Service Type": "",
    "Service Component": "",
}


def _county() -> list[dict[str, str]]:
    """Rows of twenty people: each has five, far apart; some care for others whose rows come earlier or later."""
    numbers = nhs_numbers(5)
    people = [
        ROW
        | {
            "NHS Number": next(numbers) if number % 4 else "",
            "LA Person Unique Identifier": f"A{number}",
            "First Name": "Anne" if number > 9 else "Ann",
            "Last Name": ("Reed", "Reid", "Khan")[number % 10 % 3],
            "Date of Birth": f"19{40 + number % 10}-0{number % 3 + 1}-02",
            "Adult 1 Linked Person ID": "",
        }
        for number in range(20)
    ]
    rows = [
        person | {"Event Start Date": f"2025-0{turn + 4}-11", "Event Description": f"Calls {turn}"}
        for turn in range(5)
        for person in people
    ]
    rows[3] |= CARER | {"Adult 1 Linked Person ID": "A17"}
    rows[97] |= CARER | {"Adult 1 Linked Person ID": "A2"}
    for row in rows[40:60]:  # an older submission, which says otherwise where people live
        row |= {"Reporting Period Start Date": "2024-04-01", "Reporting Period End Date": "2025-03-31"}
    return rows


def _everything(vault: Path) -> tuple[dict[str, tuple[str, bytes, bytes]], int]:
    """Every entry by id, with whose it is, its content and its source bytes; and how many questions there are."""
    with Workspace.sign_in(vault, "Sam", PASSPHRASE, now=NOW, anchors=vault.parent / "anchors") as workspace:
        session = workspace._session
        found = {}
        for person, identity in session.people(()):
            sources = session.originals(person)
            for one in session.holdings(person):
                source = sources.get(one.entry_id)
                local = next((i.value for i in identity.identifiers if "la-person" in i.system), "")
                found[one.entry_id] = local, one.content, source.data if source else b""
        return found, len(workspace.possible_matches())


def test_people_met_as_an_extract_passes_by_are_who_they_are_when_it_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _table(_county())
    told = []
    for rows in (7, 2000):
        monkeypatch.setattr(limits, "STRETCH_ROWS", rows)
        folder = tmp_path / str(rows)
        folder.mkdir()
        told.append(_everything(imported(folder, {"county.csv": file})))
    (in_parts, questions), (at_once, others) = told
    assert {whose for whose, _, _ in in_parts.values()} == {f"A{number}" for number in range(20)}
    assert in_parts == at_once
    assert questions == others > 0


def _table(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _counties() -> dict[str, bytes]:
    """A file of more rows than one stretch has, and a later submission about some of its people."""
    rows = [
        row
        | {
            "LA Person Unique Identifier": f"{row['LA Person Unique Identifier']}-{county}",
            "NHS Number": "" if county else row["NHS Number"],
            "Event Start Date": row["Event Start Date"].replace("-11", day),
            "Last Name": row["Last Name"] + ("" if county else "-Jones"),
            "Date of Birth": str(int(row["Date of Birth"][:4]) + county) + row["Date of Birth"][4:],
            "Adult 1 Linked Person ID": row["Adult 1 Linked Person ID"]
            and f"{row['Adult 1 Linked Person ID']}-{county}",
        }
        for county in range(7)
        for day in ("-11", "-14", "-17")
        for row in _county()
    ]
    rows.sort(key=lambda row: row["Event Start Date"])  # so that most people stand in both stretches
    rows[7]["First Name"] = "Annie"  # another name under one number: the same Patient, and perhaps not one person
    later = {"Reporting Period End Date": "2026-06-30", "Primary Support Reason": "Social support"}
    return {"county.csv": _table(rows), "later.csv": _table([row | later for row in rows[100:300:3]])}


def _files_of(report: DropReport) -> list[FileReport]:
    return [replace(file, path=Path(file.path).name, import_id="") for file in report.files]


def _imported_by(folder: Path, monkeypatch: pytest.MonkeyPatch, *, helped: bool, kill_at: str = "") -> tuple[Any, ...]:
    """What two users see of two extracts, and the reports, read here or by another process, which may be killed."""
    monkeypatch.setattr("desktop.importing.ahead.WORTH_BYTES", 0 if helped else sys.maxsize)
    monkeypatch.setattr("desktop.importing.ahead.CORES", 1)
    vault, reports, helpers = imported(folder, {}), [], set()

    def progress(what: str, done: int, total: int) -> None:
        for helper in multiprocessing.active_children():
            if helper.name == "reading ahead":
                helpers.add(helper.pid)
                if kill_at and what.endswith(kill_at):
                    helper.kill()
                    helper.join()

    with Workspace.sign_in(vault, "Sam", PASSPHRASE, now=NOW, anchors=folder / "anchors") as workspace:
        for name, data in _counties().items():
            (folder / name).write_bytes(data)
            reports.append(_files_of(workspace.import_files([folder / name], progress, lambda: False)))
    assert len(helpers) == (2 if helped else 0)
    return _everything(vault), _readable(vault, "Hal"), reports


def _readable(vault: Path, user: str) -> dict[str, set[str]]:
    with Workspace.sign_in(vault, user, PASSPHRASE, now=NOW, anchors=vault.parent / "anchors") as workspace:
        session = workspace._session
        return {person: {one.entry_id for one in session.readable(person)} for person, _ in session.people(())}


@pytest.fixture(scope="module")
def read_here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """What comes of the files when no other process helps."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return _imported_by(tmp_path_factory.mktemp("here"), monkeypatch, helped=False)


@pytest.mark.parametrize("kill_at", ["", "county.csv", "county.csv#1"])
def test_what_another_process_reads_and_describes_is_what_would_be_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_here: tuple[Any, ...], kill_at: str
) -> None:
    (everything, questions), readable, reports = read_here
    assert len(reports[0]) == 2
    assert len(everything) > 2500
    assert questions > 0
    assert any(readable.values())
    assert _imported_by(tmp_path, monkeypatch, helped=True, kill_at=kill_at) == read_here


def test_a_folder_of_extracts_is_imported_with_that_process_as_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "CORES", 1)
    helped: list[bool] = []

    def progress(what: str, done: int, total: int) -> None:
        helped.append(any(one.name == "reading ahead" for one in multiprocessing.active_children()))

    found = []
    for worth in (0, sys.maxsize):
        monkeypatch.setattr(ahead, "WORTH_BYTES", worth)
        vault = imported(tmp_path / str(worth), {})
        (tmp_path / str(worth) / "in").mkdir()
        for name in ("county.csv", "later.csv"):
            (tmp_path / str(worth) / "in" / name).write_bytes(_counties()["later.csv"].replace(b"-06-30", b"-09-30"))
        with Workspace.sign_in(vault, "Sam", PASSPHRASE, now=NOW, anchors=vault.parent / "anchors") as workspace:
            report = _files_of(workspace.import_files([vault.parent / "in"], progress, lambda: False))
        found.append((_everything(vault), _readable(vault, "Hal"), report, any(helped)))
        helped.clear()
    assert [one[3] for one in found] == [True, False]
    assert found[0][:3] == found[1][:3]


def test_another_process_reads_files_and_folders_of_extracts_alone_where_a_core_is_to_spare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "CORES", 1)
    folder = tmp_path / "councils"
    (folder / "north").mkdir(parents=True)
    assert not ahead.is_worth_it([folder])
    for name in ("a.csv", "north/b.csv", ".hidden"):
        (folder / name).write_bytes(_counties()["later.csv"])
    assert not ahead.is_worth_it([folder])  # too small
    monkeypatch.setattr(ahead, "WORTH_BYTES", 3000)
    assert ahead.is_worth_it([folder])
    assert ahead.is_worth_it([folder / "a.csv"])
    monkeypatch.setattr(ahead, "CORES", sys.maxsize)
    assert not ahead.is_worth_it([folder])
    monkeypatch.setattr(ahead, "CORES", 1)
    assert not ahead.is_worth_it([folder, tmp_path / "nowhere"])
    (folder / "north" / "patient.json").write_text('{"resourceType": "Patient"}')
    assert not ahead.is_worth_it([folder])


def test_a_cancelled_import_ends_the_process_that_reads_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.importing.ahead.WORTH_BYTES", 0)
    monkeypatch.setattr("desktop.importing.ahead.CORES", 1)
    vault, stop = imported(tmp_path, {}), []
    (tmp_path / "county.csv").write_bytes(_counties()["county.csv"])
    with Workspace.sign_in(vault, "Sam", PASSPHRASE, now=NOW, anchors=tmp_path / "anchors") as workspace:
        report = workspace.import_files(
            [tmp_path / "county.csv"], lambda what, *_: stop.append(what.startswith("Storing")), lambda: any(stop)
        )
    assert [file.status for file in report.files] == ["imported"]
    assert report.cancelled
    assert not [one for one in multiprocessing.active_children() if one.name == "reading ahead"]


@pytest.mark.soak
@pytest.mark.timeout(7000)
@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux counts it")
def test_a_million_rows_are_imported_in_bounded_memory() -> None:
    speed, memory = budgets.run(["council"], print, extract=1_000_000)
    print(speed.as_text(), memory.as_text())
    assert memory.ok
