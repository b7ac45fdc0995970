"""Every dialog and pop-up before an open record: nothing cut, every control named, in high contrast and at 200 %."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from conftest import Driver
from hands import Hands
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from records import record
from test_every_screen import _lost
from test_legible import _cut, _unnamed

from desktop.demo.run import Demonstration
from desktop.dialog_matrix import OF_A_RECORD, STAFF, Opener, Settle, opened, walk
from desktop.dialogs.frame import Framed
from desktop.screen_matrix import STATES, in_state, sign_ins
from desktop.theme.tokens import contrast, look, table
from desktop.views.window import Window


def faults(root: QWidget) -> list[str]:
    return _cut(root) + _unnamed(root) + _lost(root)


def said(root: QWidget) -> str:
    return "\n".join(label.text() for label in root.findChildren(QLabel) if label.isVisible()).replace("\u200b", "")


def scrolls(front: QWidget) -> list[str]:
    """A dialog that scrolls though the window has room for all of it."""
    if not isinstance(front, Framed) or front.height() >= front.parentWidget().height() - look().gap(25):
        return []
    more = front._area.verticalScrollBar().maximum()
    return [f"{front.windowTitle()} hides {more} pixels"] if more else []


def all_faults(window: Window, settle: Settle, openers: Mapping[str, Opener]) -> tuple[dict[str, list[str]], set[str]]:
    """What is wrong with each dialog of a table, and which openers brought none."""
    found: dict[str, list[str]] = {}
    nothing: set[str] = set()
    for name, front in walk(window, settle, openers):
        if front is None:
            nothing.add(name)
        elif wrong := faults(front) + scrolls(front):
            found[name] = wrong
    return found, nothing


@pytest.mark.parametrize(("theme", "scale"), [("light", 100), ("contrast", 100), ("dark", 200)])
def test_nothing_is_cut_covered_or_without_a_name(
    hands: Hands, demonstration: Demonstration, theme: str, scale: int
) -> None:
    driver = hands
    driver.enter(demonstration, "nurse")
    driver.window.wear(theme, scale)
    driver.settle()
    driver.find("margaret ellison")
    driver.open_found()
    assert all_faults(driver.window, driver.settle, STAFF) == ({}, set())


@pytest.mark.parametrize(("theme", "scale"), [("light", 100), ("contrast", 100), ("dark", 200)])
def test_signing_in_and_choosing_a_post_are_whole(
    hands: Hands, demonstration: Demonstration, theme: str, scale: int
) -> None:
    joint = next(user for user in demonstration.users if user.post)
    hands.window.wear(theme, scale)
    hands.window.resize(1280, 800)
    hands.settle()
    found = {name: faults(hands.window) for name in sign_ins(hands.window, joint.name, joint.passphrase, hands.settle)}
    assert found == {"sign-in": [], "sign-in-refused": [], "sign-in-posts": []}
    assert hands.window.session.user is None


@pytest.mark.parametrize("state", STATES)
def test_what_depends_on_the_record_is_whole_in_every_state(driver: Driver, state: str) -> None:
    driver.sign_in()
    driver.open()
    driver.window.show_person(in_state(record(), state))
    driver.settle()
    found = {}
    for name in OF_A_RECORD:
        with opened(driver.window, driver.settle, STAFF[name]) as front:
            assert front is not None
            words = said(front)
            if wrong := faults(front):
                found[name] = wrong
            assert "before ," not in words, "no day is named where there is none"
            if state == "withheld":
                assert "are recorded" not in words, "nothing is said to be absent where it may be hidden"
            if name == "find-typed" and state == "failed":
                assert "could not be read" in words
            if name == "nights" and state == "failed":
                assert "could not be read" in words
            if name == "add-agreement" and state != "data":
                assert not front.plan.isEnabled()  # type: ignore[attr-defined]
                assert front.plan.placeholderText()  # type: ignore[attr-defined]
    assert found == {}


def test_the_finder_says_what_can_be_typed_and_never_stands_empty(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    for name in ("find", "find-nothing"):
        with opened(driver.window, driver.settle, STAFF[name]) as front:
            assert front is not None
            assert ("HbA1c" if name == "find" else "There may be more") in said(front)
            assert said(front).count("There may be more") <= 1, "it is said once"
            assert front.field.accessibleDescription()  # type: ignore[attr-defined]


def test_what_is_done_stands_last_and_a_form_is_as_high_as_its_fields(driver: Driver) -> None:
    driver.sign_in()
    driver.open()
    heights = {}
    for kind in ("note", "measurement", "agreement"):
        with opened(driver.window, driver.settle, STAFF[f"add-{kind}"]) as front:
            assert front is not None
            buttons = sorted(
                (one for one in front.findChildren(QPushButton) if one.isVisible()), key=lambda one: one.x()
            )
            assert [one.accessibleName() or one.text() for one in buttons] == ["Cancel", "Add"]
            heights[kind] = front.height()
    assert heights["measurement"] < heights["note"] < heights["agreement"]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_chosen_row_can_be_read(theme: str) -> None:
    colours = table()[theme]
    assert contrast(str(colours["selected_ink"]), str(colours["selected"])) >= 4.5
    assert contrast(str(colours["action"]), str(colours["card"])) >= 4.5
