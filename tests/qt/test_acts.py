"""Lines of something to be done, in a card."""

from __future__ import annotations

from conftest import words_of
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.acts import ActLine, fill
from desktop.widgets.text import Card


def test_a_card_that_does_not_show_all_says_so(qtbot: QtBot, look: None) -> None:
    def words(of: int) -> str:
        card = fill(Card("Access to review"), [ActLine("Sam looked"), ActLine("Mei looked")], "Nothing waits.", of)
        qtbot.addWidget(card)
        return "\n".join(map(words_of, card.findChildren(QWidget)))

    assert "2 of 1,312 are shown." in words(1312)
    assert "are shown" not in words(2)
