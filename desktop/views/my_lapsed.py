"""What whoever acts for the person is told when their right has lapsed, and what they then can not do: write into the
record, or take from it. Nobody else is told it: not whom a child refuses (`desktop.my_desk.Lapsed`)."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QWidget

from desktop.models.voice import Voice
from desktop.my_desk import Lapsed


def lapsed_words(voice: Voice, lapsed: Lapsed) -> str:
    """That the right has lapsed, and what can be done."""
    return voice.say("acting.lapsed" if lapsed.comes_back else "acting.over", day=voice.day(lapsed.day))


def shut(page: QWidget, why: str) -> None:
    """Let nothing be written or pressed on a page, and say why; what was begun can be read and copied."""
    fields: list[QPlainTextEdit | QLineEdit] = [*page.findChildren(QPlainTextEdit), *page.findChildren(QLineEdit)]
    for field in fields:
        field.setReadOnly(True)
        field.style().unpolish(field)  # it looks closed too
        field.style().polish(field)
        field.setAccessibleDescription(why)
    for made in page.findChildren(QPushButton):
        made.setEnabled(False)
        made.setToolTip(why)
        made.setAccessibleDescription(why)
