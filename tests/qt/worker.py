"""A worker's window over the real vault of `own`, and what is done in it."""

from __future__ import annotations

import own
import pytest
from conftest import finish
from pytestqt.qtbot import QtBot

from consent.plain_choices import Setting, What, Who
from desktop.demo.run import AS_OF
from desktop.models.board import Board
from desktop.my_desk import Desk, Someone
from desktop.views.window import Window

GPS = Who("role", "gp")
LETTER = sorted(own.LETTERS)[0]


class Desktop:
    """A window over the vault and what is done in it."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    def settle(self) -> None:
        finish(self.window, self.qtbot)

    def sign_in(self, user: str) -> None:
        self.settle()
        self.window.sign_in.user.setCurrentText(user)
        self.window.sign_in.passphrase.setText(own.PASSPHRASES[user])
        self.window.sign_in.enter.click()
        self.settle()

    def open(self) -> None:
        model = self.window.find_view.model
        self.window.ask_why(model.person(model.index(0, 0)))
        if self.window.dialogs():  # a reason given before lasts
            self.window.dialogs()[-1].accept()
        self.settle()

    @property
    def titles(self) -> set[str]:
        assert self.window.person is not None
        sections = self.window.person.story.record.sections.values()
        return {item.entry.title for section in sections for item in section.entries}

    def entry(self, title: str) -> str:
        assert self.window.person is not None
        sections = self.window.person.story.record.sections.values()
        return next(item.entry.entry_id for one in sections for item in one.entries if item.entry.title == title)

    def choose(self, setting: Setting, who: Who = GPS, what: What = own.SEXUAL) -> None:
        """Save a choice as the pages do, whatever else is open."""
        assert self.window.person is not None
        desk = Desk(self.window.session, Someone(self.window.person.story.record.person, own.NAME), lambda: AS_OF)

        def loaded(board: Board) -> None:
            board.choose(who, what, setting)
            desk.save(board, board.draft, lambda: None, pytest.fail)

        desk.load(loaded, pytest.fail)
        self.settle()
