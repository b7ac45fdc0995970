"""*I did not expect this*: a few words to the privacy office about one look, or none."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout

from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.widgets.easy_lines import said
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.text import button

KEPT_AFTER_MS = 700


class AskForm(QFrame):
    """The form under the look it is about. Words may be left out. `written` follows soon after the last key."""

    sent = Signal()
    dropped = Signal()
    written = Signal()

    def __init__(self, voice: Voice, words: str = "") -> None:
        super().__init__()
        self.setProperty("role", "notice")
        gap = look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(12), gap(10), gap(12), gap(10))
        column.setSpacing(gap(6))
        column.addWidget(said(voice, "looked.ask-lead"))
        self.words = QPlainTextEdit(words)
        self.words.setAccessibleName(voice.say("looked.ask-words"))
        self.words.setPlaceholderText(voice.say("looked.ask-words"))
        self.words.setTabChangesFocus(True)
        self.words.setFixedHeight(look().px(76))
        column.addWidget(self.words)
        flow = Flow(gap(8))
        flow.add(button(voice.say("looked.ask-send"), "primary", self.sent.emit))
        flow.add(button(voice.say("looked.ask-drop"), "quiet", self.dropped.emit))
        column.addWidget(flow)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(KEPT_AFTER_MS)
        self._wait.timeout.connect(self.written)
        self.words.textChanged.connect(self._wait.start)
        grow(self)
