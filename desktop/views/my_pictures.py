"""Pictures in *My words*: those that are there, and adding one with what it shows. One that is not saved yet waits in
the vault like every word that was begun."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry
from desktop.dialogs.document import DocumentDialog
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.reports import Original
from desktop.theme.tokens import look
from desktop.views.my_lapsed import lapsed_words, shut
from desktop.views.plugs import Shell
from desktop.widgets.easy_lines import said
from desktop.widgets.layouts import Flow, grow
from desktop.widgets.telling import come_into_sight, tell_in
from desktop.widgets.text import Text, button, rule
from fhir.attachments import attachments
from fhir.fragments import fragment
from fhir.own_words import picture

BEGUN = "a picture"
"""The kind of draft that holds a picture that is not saved: its JPEG as base64, and what it shows."""
KEPT_AFTER_MS = 700
WIDE = 320
LONGEST = 300
"""Letters of what a picture shows."""


class Pictures(QWidget):
    """The part of the page; what is said of a picture stands beside it."""

    def __init__(self, desk: Desk, voice: Voice, shell: Shell) -> None:
        super().__init__()
        self._desk, self._voice, self._shell = desk, voice, shell
        self._jpeg = b""
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(KEPT_AFTER_MS)
        self._saving.timeout.connect(self.keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(8))
        column.addWidget(rule())
        column.addWidget(Text(voice.say("picture.title"), "heading"))
        column.addWidget(said(voice, "picture.lead"))
        self._kept = QVBoxLayout()
        column.addLayout(self._kept)
        self._new = QVBoxLayout()
        column.addLayout(self._new)
        self._said = QVBoxLayout()
        column.addLayout(self._said)
        flow = Flow(look().gap(8))
        self.add = button(voice.say("picture.add"), "", self._choose)
        flow.add(self.add)
        column.addWidget(flow)
        self.words: QLineEdit | None = None
        grow(self)

    def start(self) -> None:
        """Show again what was begun."""
        if not self._jpeg:
            self._desk.begun(BEGUN, tuple[str, str], self._take_up)

    def show_kept(self, things: Iterable[DisclosedEntry]) -> None:
        """Show what pictures the record has."""
        _empty(self._kept)
        found = [item for item in things if (item.entry.section, item.entry.kind) == ("about-me", "picture")]
        if not found:
            self._kept.addWidget(Text(self._voice.say("picture.none"), "secondary"))
        show = self._voice.say("picture.show")
        for item in found:
            line = f"{item.entry.title}, {item.entry.when.text}"
            self._kept.addWidget(Text(line, "strong"))
            flow = Flow(look().gap(8))
            flow.add(button(show, "quiet", partial(self._show, item), f"{show}: {line}"))
            self._kept.addWidget(flow)
        if found and not self._desk.acts:
            self._kept.addWidget(said(self._voice, "picture.hide", "secondary"))

    def _show(self, item: DisclosedEntry) -> None:
        def show(original: Original) -> None:
            tree = fragment(original.data, "json") if original.exact else None
            found = attachments(tree) if tree is not None else []
            if not found:
                self._shell.tell(self._voice.say("picture.none"))
                return
            parent = self._shell if isinstance(self._shell, QWidget) else None
            dialog = DocumentDialog(item.entry.title, found, self._shell.copy, parent)
            self._shell.show_dialog(dialog)

        self._desk.original(item.entry.entry_id, show, self._wrong)

    # -- a new one

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, self._voice.say("picture.add"), "", "*.jpg *.jpeg *.png *.gif *.bmp"
        )
        if name:
            self.take(Path(name))

    def take(self, file: Path) -> None:
        """Begin to add the picture in a file."""
        tell_in(self._said, self._voice.say("picture.working"))
        self._desk.picture(file, self._come, self._wrong)

    def _come(self, jpeg: bytes) -> None:
        tell_in(self._said, "")
        self._begin(jpeg, "")
        self.keep()
        if self.words is not None:
            self.words.setFocus()
            come_into_sight(self.words)

    def _take_up(self, begun: tuple[str, str]) -> None:
        if not self._jpeg:
            self._begin(b64decode(begun[0]), begun[1])

    def _begin(self, jpeg: bytes, words: str) -> None:
        self._jpeg = jpeg
        _empty(self._new)
        voice = self._voice
        shown = QLabel()
        shown.setTextFormat(Qt.TextFormat.PlainText)
        shown.setAccessibleName(voice.say("picture.new"))
        pixels = QPixmap()
        pixels.loadFromData(jpeg, "JPEG")
        side = look().px(WIDE)
        if not pixels.isNull():
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            shown.setPixmap(pixels.scaled(side, side, keep, smooth))
        self._new.addWidget(shown)
        self._new.addWidget(Text(voice.say("picture.says"), "strong"))
        self.words = QLineEdit(words)
        self.words.setMaxLength(LONGEST)
        self.words.setAccessibleName(voice.say("picture.says"))
        self.words.textChanged.connect(self._saving.start)
        self._new.addWidget(self.words)
        flow = Flow(look().gap(8))
        flow.add(button(voice.say("picture.save"), "primary", self.save))
        flow.add(button(voice.say("picture.drop"), "quiet", self.drop))
        self._new.addWidget(flow)
        self.add.setEnabled(False)
        if self._desk.lapsed is not None:
            shut(self, lapsed_words(voice, self._desk.lapsed))

    def keep(self) -> None:
        """Keep what was begun."""
        self._saving.stop()
        if self._jpeg and self.words is not None:
            self._desk.keep_begun(BEGUN, (b64encode(self._jpeg).decode(), self.words.text()))

    def drop(self) -> None:
        """Do not add it."""
        self._saving.stop()
        self._jpeg, self.words = b"", None
        _empty(self._new)
        self.add.setEnabled(True)
        self._desk.keep_begun(BEGUN, None)

    def save(self) -> None:
        """Add it to the record, with what it shows."""
        now = self._desk.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        try:
            tree = picture(self.words.text() if self.words is not None else "", self._jpeg, now)
        except ValueError:
            tell_in(self._said, self._voice.say("picture.words"), "warning")
            return
        self._desk.add(tree, self._saved, self._wrong)

    def _saved(self) -> None:
        self.drop()
        tell_in(self._said, self._voice.say("picture.saved"))
        self._desk.things(self.show_kept, self._wrong)

    def _wrong(self, words: str) -> None:
        tell_in(self._said, self._voice.wrong(words), "warning")


def _empty(column: QVBoxLayout) -> None:
    while (item := column.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()
