"""A few lines of plain words to read, copy and print elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.dialogs.frame import Framed
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button


class WordsDialog(Framed):
    """A title and words; one button puts the words on the clipboard."""

    def __init__(self, title: str, words: str, copy: Callable[[str], object], parent: QWidget | None = None) -> None:
        super().__init__("OneStory", parent)  # the title of a window never names a person
        self.setModal(True)
        self.body.addWidget(Text(title, "title"))
        self.body.addWidget(Text(words, "quote"))
        self.buttons.addWidget(button(self.tr("Copy"), "", lambda: copy(words)))
        self.add_close()
        self.fit(look().px(620))
