"""Every screen of the privacy office and of testers, and their dialogs: nothing cut, covered or without a name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import flush
from keyboard import Keys
from office import NAME
from PySide6.QtWidgets import QWidget
from test_dialogs_legible import all_faults, faults
from test_workbench_screen import state

from desktop.dialog_matrix import OFFICE
from desktop.screen_matrix import screens
from desktop.views.lawful import LawfulAccess
from desktop.views.workbench import Workbench

LOOKS = [("light", 100, (1280, 800)), ("contrast", 100, (1280, 800)), ("dark", 200, (1440, 900))]


def shown(keys: Keys, key: str) -> QWidget:
    keys.window.show_screen(key)
    keys.settle()
    return keys.window.screens.currentWidget()


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
@pytest.mark.parametrize("user", ["Howard", "Tess"])
def test_every_screen_is_legible(keys: Keys, user: str, theme: str, scale: int, size: tuple[int, int]) -> None:
    keys.sign_in(user)
    keys.window.resize(*size)
    keys.window.wear(theme, scale)
    flush()
    found: dict[str, list[str]] = {}
    for key in screens(keys.window):
        screen = shown(keys, key)
        if isinstance(screen, LawfulAccess):
            rows = [screen.pane.people.index(row, 0) for row in range(screen.pane.people.rowCount())]
            screen.choose(next(one for one in map(screen.pane.people.person, rows) if one.name == NAME))
            keys.settle()
        if wrong := faults(keys.window):
            found[key] = wrong
    assert found == {}
    assert len(screens(keys.window)) >= 2


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
def test_the_workbench_is_legible_with_a_report(
    keys: Keys, tmp_path: Path, theme: str, scale: int, size: tuple[int, int]
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(state("Asthma", "Gout"), indent=2), "utf-8")
    (tmp_path / "two.json").write_text(json.dumps(state("Asthma", "Gout of the toe", "Anaemia"), indent=2), "utf-8")
    keys.sign_in("Tess")
    keys.window.resize(*size)
    keys.window.wear(theme, scale)
    flush()
    bench = shown(keys, "workbench")
    assert isinstance(bench, Workbench)
    bench.take([tmp_path / "one.json", tmp_path / "two.json"], True)
    keys.settle()
    found: dict[str, list[str]] = {}
    bench.importing._jump(bench.importing.findings.index(0, 0))
    keys.settle()
    for tab in ("drop", "report", "sections", "compare"):
        bench.open(tab)
        keys.settle()
        if tab == "compare":
            bench.compare()
            keys.settle()
            assert bench.changes.rowCount()
        if wrong := faults(keys.window):
            found[tab] = wrong
    assert found == {}


def report_unexpected(keys: Keys) -> None:
    """Somebody did not expect a look, so that there is something to answer."""

    def report(workspace: Any) -> None:
        person = next(row.person_id for row in workspace.people() if row.name == NAME)
        look = next(event.number for event in workspace.log(person) if event.name == "Sam")
        workspace.report_unexpected(person, look, "I was at home and well that day, and nobody came to my house")

    keys.window.session.ask(report, lambda _none: None, keys.window.tell)
    keys.settle()


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
def test_every_dialog_is_legible(keys: Keys, theme: str, scale: int, size: tuple[int, int]) -> None:
    keys.sign_in("Howard")
    keys.window.resize(*size)
    keys.window.wear(theme, scale)
    flush()
    report_unexpected(keys)
    found, nothing = all_faults(keys.window, keys.settle, OFFICE)
    assert found == {}
    assert nothing == {name for name in OFFICE if name.startswith("claim")}, "nobody claims anything in this vault"
