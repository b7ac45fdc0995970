"""What a sentence of the person's own screens looks like: a label, and in Easy Read a picture beside every line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.easy_pictures import picture_of
from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.widgets.layouts import grow
from desktop.widgets.pictures import Picture
from desktop.widgets.text import Text

SIZE = 34
"""The side of a picture, in pixels of the design."""


class Said(QWidget):
    """One sentence. `say` changes it."""

    def __init__(self, voice: Voice, words: str = "", role: str = "body") -> None:
        super().__init__()
        self._easy, self._role = voice.easy, role
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look().gap(6))
        grow(self)
        self.say(words)

    def say(self, words: str) -> None:
        """Show these words instead; in Easy Read each line with its picture."""
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if not self._easy:
            self._column.addWidget(Text(words, self._role))
            return
        for line in words.split("\n") if words else ():
            self._column.addWidget(_line(line, self._role))


def said(voice: Voice, key: str, role: str = "body", **values: object) -> Said:
    """A sentence of the tables, as the screen speaks now."""
    return Said(voice, voice.say(key, **values), role)


def _line(words: str, role: str) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(look().gap(10))
    row.addWidget(Picture(picture_of(words), SIZE), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(Text(words, role), 1, Qt.AlignmentFlag.AlignVCenter)
    grow(made)
    return made
