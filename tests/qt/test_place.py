"""Where a new file goes: asked once, nothing replaced, and never without its ending."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from desktop.dialogs.place import ask_place

REPORTS = "A table (*.csv);;JSON (*.json)"


@pytest.mark.parametrize(
    ("typed", "kind", "kinds", "place"),
    [
        ("/there/Peggy", "*.pdf", "*.pdf", "/there/Peggy.pdf"),
        ("/there/Peggy 3.12", "*.pdf", "*.pdf", "/there/Peggy 3.12.pdf"),
        ("/there/Peggy.PDF", "*.pdf", "*.pdf", "/there/Peggy.PDF"),
        ("/there/found", "JSON (*.json)", REPORTS, "/there/found.json"),
        ("/there/found", "A table (*.csv)", REPORTS, "/there/found.csv"),
        ("/there/key", "", "", "/there/key"),
    ],
)
def test_what_is_typed_without_an_ending_gets_its_own(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, typed: str, kind: str, kinds: str, place: str
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_given, **_options: (typed, kind))
    assert ask_place(_parent(qtbot), "Where to", "record.pdf", kinds) == Path(place)


def test_nobody_is_asked_whether_to_replace_what_is_never_replaced(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {}

    def ask(*_given: object, **options: object) -> tuple[str, str]:
        given.update(options)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    assert ask_place(_parent(qtbot), "Where to", "record.pdf") is None
    assert given["options"] == QFileDialog.Option.DontConfirmOverwrite


def test_every_new_file_is_asked_for_in_one_place() -> None:
    rooms = Path(__file__).parents[2] / "desktop"
    asking = [file.name for file in rooms.rglob("*.py") if "getSaveFileName" in file.read_text("utf-8")]
    assert asking == ["place.py"]


def _parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made
