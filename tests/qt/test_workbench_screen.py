"""The import workbench over a real vault, by keys alone: drop, read, jump to the line, save, compare, take back."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from keyboard import Keys
from office import sign_in
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from test_office_keys import answers

from desktop.errors import NothingFoundError
from desktop.views.workbench import Workbench

ADA = {
    "resourceType": "Patient",
    "id": "ada",
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
    "name": [{"family": "Bench", "given": ["Ada"]}],
    "gender": "female",
    "birthDate": "1961-04-93",
}


def state(*conditions: str) -> dict[str, Any]:
    entries = [
        {
            "resourceType": "Condition",
            "id": f"c{number}",
            "subject": {"reference": "Patient/ada"},
            "code": {"text": text},
            "recordedDate": "2026-01-02",
            "meta": {"lastUpdated": f"2026-11-{10 + len(conditions):02}T09:00:00Z"},
        }
        for number, text in enumerate(conditions)
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": f"urn:{one['id']}", "resource": one} for one in (ADA, *entries)],
    }


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "one.json").write_text(json.dumps(state("Asthma", "Gout"), indent=2), "utf-8")
    (folder / "two.json").write_text(json.dumps(state("Asthma", "Gout of the toe", "Anaemia"), indent=2), "utf-8")
    (folder / "page.json").write_text("<!doctype html>", "utf-8")
    return folder


def at_bench(keys: Keys) -> Workbench:
    keys.sign_in("Tess")
    keys.menu("Import workbench")
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, Workbench)
    return screen


def take(keys: Keys, monkeypatch: pytest.MonkeyPatch, *files: Path) -> None:
    """Choose files in the platform's own dialog, which is not this program's."""
    named = [str(file) for file in files]
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args, **_more: (named, ""))
    keys.do("Choose files…")


def test_no_report_is_offered_where_there_is_none(keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It said "Import finished" over empty tables, with a button to undo it."""
    at_bench(keys)
    assert not keys.enabled("Report")
    assert not keys.enabled("Sections filled")
    take(keys, monkeypatch, drop / "one.json")
    assert "Import finished" in keys.texts()
    assert keys.enabled("Report")


def test_a_report_is_there_again_after_another_screen_and_gone_with_its_user(
    keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = at_bench(keys)
    take(keys, monkeypatch, drop / "one.json", drop / "page.json")
    listed = keys.texts()
    assert "1 file imported, 1 file refused" in listed
    keys.menu("People who may be one…")
    assert bench.importing.findings.rowCount() == 0, "nothing of it stays in what is not in front"
    keys.menu("Import workbench")
    assert "1 file imported, 1 file refused" in keys.texts()
    assert bench.importing.findings.rowCount()
    assert keys.enabled("Sections filled")
    keys.menu("Find a person")
    keys.lock()
    keys.sign_in("Tess")
    keys.menu("Import workbench")
    assert not keys.enabled("Report")
    assert not keys.enabled("Sections filled")


def test_a_tester_follows_a_finding_to_its_line_and_takes_the_import_back(
    keys: Keys, office: Path, drop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    findings = at_bench(keys).importing.findings
    assert "Drop files and folders here" in keys.texts()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args, **_more: str(drop))
    keys.do("Choose a folder…")
    assert "Import finished" in keys.texts()
    assert "2 files imported, 1 file refused" in keys.texts()

    keys.write("Which findings to list", "Errors")
    keys.write("Only files and findings containing these words", "birthDate")
    keys.reach("Findings")
    keys.press(Qt.Key.Key_Down)
    keys.press(Qt.Key.Key_Return)
    line = '"birthDate": "1961-04-93"'
    assert line in keys.reach("Lines of the source").accessibleDescription()
    assert "Patient.birthDate" in keys.texts()
    number = next(n for n, one in enumerate((drop / "two.json").read_text("utf-8").split("\n"), 1) if line in one)
    listed = [findings.data(findings.index(row, 2)) for row in range(findings.rowCount())]
    assert listed
    assert all(words.endswith(f"line {number}") for words in listed), "the list names the line that is shown"
    keys.do("Close the lines")
    assert "Lines of the source" not in keys.names()
    assert line not in keys.texts()

    answers(monkeypatch, tmp_path / "report.csv")
    keys.do("Save the report…")
    assert "Saved as report.csv." in keys.texts()
    rows = list(csv.DictReader(StringIO((tmp_path / "report.csv").read_text("utf-8-sig"))))
    assert {row["status"] for row in rows} == {"imported", "refused"}
    assert any(row["path"] == "Patient.birthDate" for row in rows)
    keys.do("Save the report…")
    assert "nothing was overwritten" in keys.texts()

    answers(monkeypatch, tmp_path / "report.json")
    keys.do("Save the report…")
    tree = json.loads((tmp_path / "report.json").read_text("utf-8"))
    found = [(issue["path"], issue["line"]) for file in tree["files"] for issue in file["issues"]]
    assert ("Patient.birthDate", number) in found

    keys.do("Undo this import")
    keys.do("Undo the import")
    assert "Import taken back" in keys.texts()
    keys.lock()
    with sign_in(office, "Tess") as workspace:
        assert "Ada BENCH" not in [row.name for row in workspace.people()]


@pytest.mark.parametrize("scale", [100, 200])
def test_the_lines_that_open_are_in_sight(keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch, scale: int) -> None:
    keys.window.resize(1280, 800)
    keys.window.wear("light", scale)
    keys.settle()
    bench = at_bench(keys)
    take(keys, monkeypatch, drop / "two.json")
    keys.reach("Findings")
    keys.press(Qt.Key.Key_Down)
    keys.press(Qt.Key.Key_Return)
    source = bench.importing.source
    assert source.visibleRegion().boundingRect().height() > source.height() / 2


def test_two_that_may_be_one_are_reached_from_the_report(
    keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_bench(keys)
    take(keys, monkeypatch, *sorted(drop.glob("*.json")))
    assert "possible match, kept apart" in keys.window.screens.currentWidget().importing.files.index(0, 4).data()  # type: ignore[attr-defined]
    keys.do("People who may be one: 2…")
    assert "People who may be one person" in keys.texts()
    assert keys.texts().count("Ada BENCH") >= 2


def test_findings_are_narrowed_by_kind(keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = at_bench(keys)
    take(keys, monkeypatch, *sorted(drop.iterdir()))
    every = bench.importing.findings.rowCount()
    words = [bench.importing.code.itemText(at) for at in range(bench.importing.code.count())]
    assert "Structure" in words
    keys.write("Which kinds of finding to list", "Structure")
    assert 0 < bench.importing.findings.rowCount() < every


def test_only_checking_stores_nothing(keys: Keys, office: Path, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_bench(keys)
    box = keys.reach("Only check: store nothing")
    keys.press(Qt.Key.Key_Space)
    assert box.isChecked()  # type: ignore[attr-defined]
    take(keys, monkeypatch, drop / "one.json", drop / "page.json")
    assert "Checked" in keys.texts()
    assert "Undo this import" not in keys.names()
    keys.do("Sections filled")
    assert "2 of the 38 sections of the Core Information Standard, 3 entries" in keys.texts()
    keys.lock()
    with sign_in(office, "Tess") as workspace:
        assert "Ada BENCH" not in [row.name for row in workspace.people()]


def test_two_imports_are_compared(keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = at_bench(keys)
    take(keys, monkeypatch, drop / "one.json")
    keys.do("Go back to the drop zone")
    take(keys, monkeypatch, drop / "two.json")
    keys.do("Compare two imports")
    assert bench.before.currentText().startswith("one.json")
    assert bench.after.currentText().startswith("two.json")
    keys.do("Compare")
    told = [bench.changes.index(row, column).data() for row in range(bench.changes.rowCount()) for column in (0, 1, 2)]
    assert [word for word in told if word in ("new", "changed", "gone")] == ["changed", "new"]
    assert any("Title: Gout → Gout of the toe" in words for words in told)
    assert "1 new, 1 changed, 0 gone" in keys.texts()
    keys.write("Which differences to list", "Gone")
    assert "Of this kind nothing differs." in keys.texts()
    keys.do("Sections filled")
    keys.reach("Only sections that are filled")
    keys.press(Qt.Key.Key_Space)
    assert bench.sections.rowCount() == 2


def test_files_can_be_dropped_with_the_mouse_too(keys: Keys, drop: Path) -> None:
    bench = at_bench(keys)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(drop))])
    left = Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, Qt.KeyboardModifier.NoModifier)
    bench.zone.dropEvent(event)
    keys.settle()
    assert "Import finished" in keys.texts()


def test_a_long_import_can_be_stopped_and_holds_the_screen_meanwhile(
    keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = at_bench(keys)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args, **_more: str(drop))
    keys.qtbot.keyClick(keys.reach("Choose a folder…"), Qt.Key.Key_Space)
    assert bench.busy()
    keys.qtbot.keyClick(keys.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert keys.window.screens.currentWidget() is bench, "leaving would stop it"
    keys.do("Stop the import")
    assert not bench.busy()
    assert "Import stopped" in keys.texts() or "Import finished" in keys.texts()


def test_the_report_stays_in_another_look_and_goes_with_the_user(
    keys: Keys, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = at_bench(keys)
    take(keys, monkeypatch, *sorted(drop.iterdir()))
    keys.window.wear("dark", 100)
    keys.settle()
    assert "2 files imported, 1 file refused" in keys.texts()
    again = keys.window.screens.currentWidget()
    assert isinstance(again, Workbench)
    assert again is not bench
    keys.lock()
    assert again.importing.findings.rowCount() == again.importing.files.rowCount() == again.sections.rowCount() == 0
    assert "BENCH" not in keys.texts()


def test_imports_are_compared_by_testers_alone(keys: Keys, office: Path, drop: Path) -> None:
    with sign_in(office, "Tess") as workspace:
        workspace.import_files([drop], lambda what, done, total: None, lambda: False)
        one, two = [row.import_id for row in workspace.imports()][:2]
        assert workspace.compare_imports(one, two).changes
    with sign_in(office, "Anita") as workspace:
        assert workspace.imports() == [], "the name of a file may tell of whom it is"
        with pytest.raises(NothingFoundError):
            workspace.compare_imports(one, two)
    keys.sign_in("Anita")
    assert "Import workbench" not in [one.text() for one in keys.window.actions() if one.isVisible()]
    with pytest.raises(AssertionError):
        keys.menu("Import workbench")
