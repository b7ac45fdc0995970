"""A box that is ticked shows a tick in every look: nothing is told by colour alone."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QCheckBox, QStyle, QStyleOptionButton
from pytestqt.qtbot import QtBot

from desktop.theme import style
from desktop.theme.tokens import Look, make


@pytest.fixture(params=["light", "dark", "contrast"])
def worn(request: pytest.FixtureRequest, qapp: QApplication, look: None) -> Look:
    found = make(request.param, 200)
    style.apply(qapp, found)
    return found


def colours(box: QCheckBox) -> set[str]:
    """Every colour inside the box's own square."""
    option = QStyleOptionButton()
    box.initStyleOption(option)
    square = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    inner = square.adjusted(4, 4, -4, -4)
    shown = box.grab().toImage()
    return {
        QColor(shown.pixel(x, y)).name().upper()
        for x in range(inner.left(), inner.right())
        for y in range(inner.top(), inner.bottom())
    }


def test_a_ticked_box_has_a_tick(worn: Look, qtbot: QtBot) -> None:
    box = QCheckBox("Until it lapses")
    qtbot.addWidget(box)
    box.show()
    assert len(colours(box)) == 1, "an empty box is empty"
    box.setChecked(True)
    assert {worn.colours["action"].upper(), worn.colours["action_ink"].upper()} <= colours(box)
