"""The frame of a page about one section: its name, how much is shown, its notice, and its state in plain words.

What the section holds is the `data` widget's business; it is shown only where the section has something to show.
"""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from consent.disclosure import DisclosedSection
from desktop.models.tongue import ours
from desktop.models.words import plural
from desktop.theme.tokens import look
from desktop.widgets.layouts import scrolling
from desktop.widgets.leaving import emptied
from desktop.widgets.states import FourStates
from desktop.widgets.text import Text, notice


class SectionFrame(QWidget):
    """Title with `tools` on its right, count, notices and the four states around `data`."""

    def __init__(self, data: QWidget) -> None:
        super().__init__()
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = QWidget()
        outer.addWidget(scrolling(page))
        column = QVBoxLayout(page)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(10))
        head = QHBoxLayout()
        head.setSpacing(gap(12))
        column.addLayout(head)
        self.title = Text("", "title", wrap=True)
        head.addWidget(self.title, 3)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(gap(8))
        head.addLayout(self.tools, 2)
        self.count = Text("", "secondary")
        column.addWidget(self.count)
        self._notices = QVBoxLayout()
        column.addLayout(self._notices)
        self.states = FourStates(data, page)
        self.states.setMinimumHeight(look().px(190))
        column.addWidget(self.states, 1)

    def clear(self) -> None:
        """Forget the section."""
        self.title.setText("")
        self.count.setText("")
        self._clear_notices()

    def show_section(self, section: DisclosedSection, said: str = "") -> bool:
        """Say which section this is and what state it is in; whether there is anything to show. `said` is the notice
        that the banner shows already."""
        self._clear_notices()
        self.title.setText(ours(section.section.name))
        if section.state == "failed" or not section.entries:
            self.count.setText("")
            shown = section.state if section.state != "data" else "none-recorded"
            self.states.show_state(shown, section.notice)
            return False
        self.states.show_data()
        self.say_count(len(section.entries))
        if section.notice and section.notice != said:
            self._notices.addWidget(notice(ours(section.notice)))
        return True

    def say_count(self, shown: int) -> None:
        """Say how many entries are shown now."""
        self.count.setText(self.tr("{count} shown to you").format(count=plural(shown, "entry", "entries")))

    def _clear_notices(self) -> None:
        emptied(self._notices)
