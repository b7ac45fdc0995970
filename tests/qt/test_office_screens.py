"""Every screen of the privacy office and of testers, and their dialogs: nothing cut, covered or without a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import flush
from keyboard import Keys
from office import NAME
from PySide6.QtWidgets import QWidget
from test_every_screen import _lost
from test_legible import _cut, _unnamed
from test_workbench_screen import state

from desktop.screen_matrix import screens
from desktop.views.lawful import LawfulAccess
from desktop.views.plugged.backups import Backups
from desktop.views.plugged.desk import PrivacyDesk
from desktop.views.plugged.users import Users
from desktop.views.workbench import Workbench

LOOKS = [("light", 100, (1280, 800)), ("contrast", 100, (1280, 800)), ("dark", 200, (1440, 900))]


def faults(root: QWidget) -> list[str]:
    return _cut(root) + _unnamed(root) + _lost(root)


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


def _ask(keys: Keys) -> None:
    screen = shown(keys, "lawful")
    assert isinstance(screen, LawfulAccess)
    screen.choose(screen.pane.people.person(screen.pane.people.index(0, 0)))
    keys.settle()
    screen.ask()


def _silent(keys: Keys) -> None:
    _ask(keys)
    keys.window.dialogs()[-1].reject()
    screen = keys.window.screens.currentWidget()
    assert isinstance(screen, LawfulAccess)
    screen.limit()


def _on_users(act: Callable[[Users], object]) -> Callable[[Keys], None]:
    def open_one(keys: Keys) -> None:
        screen = shown(keys, "users")
        assert isinstance(screen, Users)
        act(screen)

    return open_one


def _restore(keys: Keys) -> None:
    screen = shown(keys, "backups")
    assert isinstance(screen, Backups)
    screen.ask_restore(Path("monday.backup"))


def _review(keys: Keys) -> None:
    screen = shown(keys, "desk")
    assert isinstance(screen, PrivacyDesk)
    assert screen._desk is not None
    screen._review(screen._desk.to_review()[0], "justified")


def _words(keys: Keys) -> None:
    screen = shown(keys, "desk")
    assert isinstance(screen, PrivacyDesk)
    assert screen._desk is not None
    screen._words(screen._desk.to_tell()[0])


def _delay(keys: Keys) -> None:
    screen = shown(keys, "desk")
    assert isinstance(screen, PrivacyDesk)
    assert screen._desk is not None
    screen._delay(screen._desk.to_tell()[0])


def _answer(keys: Keys) -> None:
    def report(workspace: Any) -> None:
        person = next(row.person_id for row in workspace.people() if row.name == NAME)
        look = next(event.number for event in workspace.log(person) if event.name == "Sam")
        workspace.report_unexpected(person, look, "I was at home and well that day, and nobody came to my house")

    keys.window.session.ask(report, lambda _none: None, keys.window.tell)
    screen = shown(keys, "desk")
    assert isinstance(screen, PrivacyDesk)
    assert screen._desk is not None
    assert faults(keys.window) == []
    screen._answer(screen._desk.to_answer()[0])


DIALOGS: dict[str, Callable[[Keys], None]] = {
    "ask": _ask,
    "silent": _silent,
    "add": _on_users(lambda screen: screen.add()),
    "renew": _on_users(lambda screen: screen.renew(screen._users[0])),
    "rename": _on_users(lambda screen: screen.rename()),
    "remove": _on_users(lambda screen: screen.remove(screen._users[0])),
    "change keys": _on_users(lambda screen: screen.change_keys(True)),
    "new key": _on_users(lambda screen: screen._with_new_key(lambda _workspace, _key: None, "")),
    "restore": _restore,
    "review": _review,
    "words": _words,
    "delay": _delay,
    "answer": _answer,
}


@pytest.mark.parametrize(("theme", "scale", "size"), LOOKS)
def test_every_dialog_is_legible(keys: Keys, theme: str, scale: int, size: tuple[int, int]) -> None:
    keys.sign_in("Howard")
    keys.window.resize(*size)
    keys.window.wear(theme, scale)
    flush()
    found: dict[str, list[str]] = {}
    for name, open_one in DIALOGS.items():
        open_one(keys)
        keys.settle()
        dialog = keys.window.dialogs()[-1]
        if wrong := faults(dialog):
            found[name] = wrong
        dialog.reject()
        keys.settle()
    assert found == {}
