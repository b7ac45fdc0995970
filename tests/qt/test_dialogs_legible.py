"""Dialogs that find, do, add and share: nothing cut, every control named, in high contrast and at 200 %."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import Driver, flush
from test_every_screen import _lost
from test_legible import _cut, _unnamed

from desktop.theme.tokens import contrast, table
from desktop.views.plugged import adding, finding, sharing
from desktop.views.plugs import Shell

DIALOGS: list[Callable[[Shell], None]] = [adding.add, finding.find_in_record, finding.palette, sharing.share]


@pytest.mark.parametrize(("theme", "scale"), [("light", 100), ("contrast", 100), ("dark", 200)])
@pytest.mark.parametrize("open_one", DIALOGS, ids=lambda one: one.__name__)
def test_nothing_is_cut_covered_or_without_a_name(
    driver: Driver, theme: str, scale: int, open_one: Callable[[Shell], None]
) -> None:
    driver.sign_in()
    driver.window.resize(1280, 800)
    driver.window.wear(theme, scale)
    flush()
    driver.open()
    open_one(driver.window)
    driver.settle()
    dialog = driver.window.dialogs()[-1]
    assert _cut(dialog) + _unnamed(dialog) + _lost(dialog) == []


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_chosen_row_can_be_read(theme: str) -> None:
    colours = table()[theme]
    assert contrast(str(colours["selected_ink"]), str(colours["selected"])) >= 4.5
    assert contrast(str(colours["action"]), str(colours["card"])) >= 4.5
