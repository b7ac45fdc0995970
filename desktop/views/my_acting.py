"""*People acting for me*: who may look or decide for the person, on which basis, of what, until when, and ending it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from consent.plain_choices import CHOOSABLE
from desktop.models.tongue import ours
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_writing import WritingPage
from desktop.widgets.easy_lines import said
from desktop.widgets.layouts import grow
from desktop.widgets.text import Text, button, rule, tag

_TONES = {"active": "good", "not-yet": "info", "lapsed": "warning", "waits": "info"}


class ActingPage(WritingPage):
    """The page."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, "acting.lead")
        self._list = QVBoxLayout()
        self.body.addLayout(self._list)
        self.body.addWidget(said(voice, "acting.never", "secondary"))
        self.body.addWidget(said(voice, "alone.words", "secondary"))

    def start(self) -> None:
        """Ask who acts for the person now."""
        self._desk.acting(self._come, self.wrong)

    def _come(self, found: Sequence[Any]) -> None:
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if not found:
            self._list.addWidget(said(self._voice, "acting.none"))
        for one in found:
            self._list.addWidget(rule())
            self._list.addWidget(self._row(one))

    def _row(self, one: Any) -> QWidget:
        voice, mandate = self._voice, one.mandate
        made = QFrame()
        gap = look().gap
        row = QHBoxLayout(made)
        row.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
        row.setSpacing(gap(12))
        words = QVBoxLayout()
        words.setSpacing(gap(2))
        row.addLayout(words, 1)
        name = voice.say("acting.line", name=mandate.user, basis=ours(one.basis))
        words.addWidget(Text(name, "strong"))
        times = [voice.say("acting.from", day=voice.day(mandate.starts))] if mandate.starts else []
        times += [voice.say("acting.until", day=voice.day(mandate.ends))] if mandate.ends else []
        words.addWidget(Text(", ".join(times), "secondary"))
        kinds = [voice.say(f"kind.{key}") for key in sorted(mandate.scope & CHOOSABLE)]
        scope = voice.say("acting.scope", kinds=", ".join(kinds)) if kinds else voice.say("acting.all")
        words.addWidget(Text(scope, "secondary"))
        state = one.standing.state
        said = voice.say(f"acting.state.{state}")
        row.addWidget(tag(said, _TONES.get(state, "")), 0, Qt.AlignmentFlag.AlignVCenter)
        if state in ("active", "waits", "not-yet"):
            end = voice.say("acting.end")
            row.addWidget(button(end, "", partial(self._end, mandate.id), f"{end}: {name}"))
        grow(made)
        return made

    def _end(self, mandate: str) -> None:
        self._desk.end_acting(mandate, self.start, self.wrong)

    def save(self) -> None:
        """There is nothing to save here."""
