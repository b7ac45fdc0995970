"""*See as*: the very screens somebody else gets, in a frame that says so at every moment and lets nothing be done.

In Easy Read, what they see stands first in short: how much of each kind of information.
"""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from consent.categories import categories
from consent.disclosure import DisclosedRecord
from consent.plain_choices import CHOOSABLE
from desktop.dialogs.nights import NightsDialog
from desktop.models.voice import Voice
from desktop.theme.tokens import look
from desktop.views.around_person import AroundPerson
from desktop.views.person import PersonView
from desktop.views.plugs import Shell
from desktop.widgets.easy_lines import SIZE
from desktop.widgets.layouts import scrolling
from desktop.widgets.leaving import let_go
from desktop.widgets.pictures import Picture
from desktop.widgets.text import Text, button

ROOM = 400
"""What a record takes at least, at 100 %: below that the whole preview scrolls, its frame with it."""


class PreviewShell(AroundPerson):
    """What the window does for a view, cut down to looking: pages and details of the preview, and words."""

    previews = True
    reads_only = True

    def __init__(self, shell: Shell) -> None:
        self.session = shell.session
        self._shell = shell
        self.person = None

    @property
    def easy(self) -> bool:
        """As the window knows."""
        return self._shell.easy

    def keep_easy(self, easy: bool) -> None:
        """Nothing is changed from a preview."""

    def show_dialog(self, dialog: QDialog) -> None:
        """As the window does."""
        self._shell.show_dialog(dialog)

    def tell(self, words: str) -> None:
        """As the window does."""
        self._shell.tell(words)

    def copy(self, text: str) -> None:
        """Nothing leaves a preview."""

    def show_screen(self, key: str) -> None:
        """A preview leads nowhere else."""

    def show_record(self, record: DisclosedRecord) -> None:
        """Nothing is opened from a preview."""

    def reopen(self) -> None:
        """A preview is opened anew from the choices."""


class Seeing(QWidget):
    """One preview; thrown away when it is closed. `changed`: of choices that are not saved."""

    closed = Signal()

    def __init__(
        self, record: DisclosedRecord, who: str, name: str, voice: Voice, shell: Shell, *, changed: bool = False
    ) -> None:
        super().__init__()
        gap = look().gap
        whole = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(whole))
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        strip = QFrame()
        strip.setProperty("role", "preview")
        title = voice.say("seeing.draft" if changed else "seeing.title", who=who, name=name)
        strip.setAccessibleName(title)
        row = QHBoxLayout(strip)
        row.setContentsMargins(gap(18), gap(8), gap(18), gap(8))
        row.setSpacing(gap(14))
        words = QVBoxLayout()
        words.addWidget(Text(title, "strong"))
        words.addWidget(Text(voice.say("seeing.limits"), "body"))
        row.addLayout(words, 1)
        self.close_button = button(voice.say("seeing.close"), "", self.closed.emit)
        row.addWidget(self.close_button)
        column.addWidget(strip)
        self._frame = frame = QFrame()
        frame.setProperty("role", "previewframe")
        frame.setProperty("tone", "draft" if changed else "")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(look().px(6), look().px(6), look().px(6), look().px(6))
        self.screens_button: QPushButton | None = None
        self._short: QWidget | None = None
        if voice.easy:
            self.screens_button = button(voice.say("seeing.screens"), "primary", self._show_screens)
            self._short = _in_short(record, voice, self.screens_button)  # it scrolls with the whole
            self._short.setAccessibleName(title)
            column.addWidget(self._short, 1)
            frame.hide()
        inside = PreviewShell(shell)
        self.person = inside.person = PersonView(record, inside)
        self.person.wants_nights.connect(lambda: inside.show_dialog(NightsDialog(self.person.story, self)))
        self.person.setMinimumHeight(look().px(ROOM))
        inner.addWidget(self.person)
        column.addWidget(frame, 1)

    def start(self) -> None:
        """Open the first page once the preview stands where it is shown."""
        self.person.open_page("overview")
        (self.screens_button or self.close_button).setFocus()

    def _show_screens(self) -> None:
        """From what they see in short to the very screens."""
        if self._short is not None:
            self._short.hide()
        self._frame.show()
        self.person.navigation.setFocus()

    def clear(self) -> None:
        """Forget the record."""
        self.person.clear()
        if self._short is not None:
            let_go(self._short)


def _in_short(record: DisclosedRecord, voice: Voice, then: QPushButton) -> QWidget:
    """How much they see of each kind of information, a line each with its picture."""
    found = Counter(
        key for section in record.sections.values() for item in section.entries for key in set(item.categories)
    )
    inside, gap = QWidget(), look().gap
    column = QVBoxLayout(inside)
    column.setContentsMargins(gap(22), gap(16), gap(22), gap(16))
    column.setSpacing(gap(12))
    for key in (key for key in categories() if key in CHOOSABLE):
        what = voice.kind(key)
        if found[key]:
            words = voice.number("seeing.kind", found[key], what=what)
        else:
            words = voice.say("seeing.no-kind", what=what)
        line = QHBoxLayout()
        line.setSpacing(gap(10))
        line.addWidget(Picture(key, SIZE), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(Text(words, "lead"), 1, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(line)
    row = QHBoxLayout()
    row.addWidget(then)
    row.addStretch(1)
    column.addLayout(row)
    column.addStretch(1)
    return inside
