"""What the person writes: *My words* (About me), *Was my care joined up?* and *Correct something*."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from consent.disclosure import DisclosedEntry
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow, grow, scrolling
from desktop.widgets.text import Text, button, notice
from fhir.own_words import CORRECTION, JOINED_UP, about_me, correction, headings, joined_up

ANSWERS: Final = ("always", "mostly", "sometimes", "never")
_MOST = 300


class WritingPage(QWidget):
    """A card to write in, with what was said about the last attempt on top."""

    def __init__(self, desk: Desk, voice: Voice, lead: str) -> None:
        super().__init__()
        self._desk, self._voice = desk, voice
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        around = QHBoxLayout(inside)
        around.setContentsMargins(gap(20), gap(14), gap(20), gap(20))
        card = QFrame()
        card.setProperty("role", "card")
        card.setMaximumWidth(look().px(980))
        around.addWidget(card, 1, Qt.AlignmentFlag.AlignTop)
        self.body = QVBoxLayout(card)
        self.body.setContentsMargins(gap(20), gap(16), gap(20), gap(18))
        self.body.setSpacing(gap(8))
        self._said = QVBoxLayout()
        self.body.addWidget(Text(voice.say(lead), "lead"))
        self.body.addLayout(self._said)
        grow(card)
        outer.addWidget(scrolling(inside))

    def start(self) -> None:
        """The page comes to the front."""

    def tell(self, words: str, tone: str = "") -> None:
        """Say one thing on top; empty takes it away."""
        while (item := self._said.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if words:
            self._said.addWidget(notice(words, tone))

    def wrong(self, words: str) -> None:
        """Say that it did not work."""
        self.tell(self._voice.say("wrong", words=words), "warning")

    def _field(self, name: str, lines: int = 2) -> QPlainTextEdit:
        self.body.addWidget(Text(name, "strong"))
        made = QPlainTextEdit()
        made.setAccessibleName(name.replace("\n", " "))
        made.setTabChangesFocus(True)
        made.setFixedHeight(look().px(26 + 22 * lines))
        self.body.addWidget(made)
        return made

    def _done(self, words: str, role: str = "primary") -> Flow:
        flow = Flow(look().gap(8))
        flow.add(button(self._voice.say(words), role, self.save))
        self.body.addWidget(flow)
        return flow

    def save(self) -> None:
        """Keep what was written."""
        raise NotImplementedError

    def _now(self) -> str:
        return self._desk.now().isoformat(timespec="seconds").replace("+00:00", "Z")


class WordsPage(WritingPage):
    """About me in the person's own words, by the seven headings."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, "words.lead")
        self.fields = {key: self._field(voice.say(f"words.{key}")) for key, _code, _name in headings()}
        self.body.addWidget(Text(voice.say("words.supported"), "strong"))
        self.supported = QLineEdit(desk.someone.helper)
        self.supported.setAccessibleName(voice.say("words.supported"))
        self.body.addWidget(self.supported)
        self._done("words.save")

    def start(self) -> None:
        """Show what is written now."""
        if not any(field.toPlainText() for field in self.fields.values()):
            self._desk.things(self._come, self.wrong)

    def _come(self, things: list[DisclosedEntry]) -> None:
        written = [item.entry for item in things if item.entry.section == "about-me"]
        for key, _code, name in headings():
            said = [entry for entry in written if entry.kind == key or entry.title == name]
            if said:
                self.fields[key].setPlainText(max(said, key=lambda entry: entry.when.start).detail)

    def save(self) -> None:
        """Keep it as a new About me; what was written before stays in the record."""
        words = {key: field.toPlainText() for key, field in self.fields.items()}
        try:
            tree = about_me(words, self.supported.text(), self._now())
        except ValueError:
            self.tell(self._voice.say("words.nothing"), "warning")
            return
        self._desk.add(tree, lambda: self.tell(self._voice.say("words.saved")), self.wrong)


class JoinedPage(WritingPage):
    """Three questions of which the person alone is the judge."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, "joined.lead")
        self.answers: dict[str, str] = {}
        for key in JOINED_UP:
            question = voice.say(f"joined.{key}")
            self.body.addWidget(Text(question, "strong"))
            flow = Flow(look().gap(6))
            together = QButtonGroup(self)
            for answer in ANSWERS:
                words = voice.say(f"joined.{answer}")
                made = button(words, "choice", partial(self._answer, key, answer), f"{question} {words}")
                made.setCheckable(True)
                together.addButton(made)
                flow.add(made)
            self.body.addWidget(flow)
        self.words = self._field(voice.say("joined.words"), 3)
        self._done("joined.save")

    def _answer(self, key: str, answer: str) -> None:
        self.answers[key] = Voice().say(f"joined.{answer}")

    def save(self) -> None:
        """Keep the answers, in the ordinary words of the questions."""
        questions = {key: Voice().say(f"joined.{key}") for key in JOINED_UP}
        try:
            tree = joined_up(questions, self.answers, self.words.toPlainText(), self._now())
        except ValueError:
            self.tell(self._voice.say("words.nothing"), "warning")
            return
        self._desk.add(tree, lambda: self.tell(self._voice.say("joined.saved")), self.wrong)


class CorrectPage(WritingPage):
    """Ask whoever wrote something to correct it; what was asked stays in sight."""

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, "correct.lead")
        self._things: list[DisclosedEntry] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText(voice.say("correct.find"))
        self.search.setAccessibleName(voice.say("correct.find"))
        self.search.textChanged.connect(self._list)
        self.body.addWidget(self.search)
        self.list = QListWidget()
        self.list.setAccessibleName(voice.say("correct.find"))
        self.list.setMinimumHeight(look().px(220))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.addWidget(self.list)
        self.words = self._field(voice.say("correct.what"), 3)
        self._done("correct.send")
        self.body.addWidget(Text(voice.say("correct.asked"), "heading"))
        self._asked = Text("")
        self.body.addWidget(self._asked)

    def start(self) -> None:
        """Show what can be corrected, and what was asked."""
        self._desk.things(self._come, self.wrong)

    def _come(self, things: list[DisclosedEntry]) -> None:
        self._things = [item for item in things if CORRECTION not in (item.entry.title, item.entry.kind)]
        asked = [item.entry for item in things if item.entry.title == CORRECTION]
        lines = ["  ·  ".join(part for part in (one.when.text, one.detail, one.status) if part) for one in asked]
        self._asked.setText("\n".join(lines) or self._voice.say("correct.none"))
        self._list()

    def _list(self) -> None:
        self.list.clear()
        wanted = self.search.text().casefold().split()
        for item in self._things:
            entry = item.entry
            line = "  ·  ".join(part for part in (entry.title, entry.when.text, entry.source.name) if part)
            if all(word in line.casefold() for word in wanted):
                row = QListWidgetItem(line)
                row.setData(Qt.ItemDataRole.UserRole, (entry.resource, entry.source.name))
                self.list.addItem(row)
            if self.list.count() >= _MOST:
                break

    def save(self) -> None:
        """Keep the request."""
        row = self.list.currentItem()
        resource, source = row.data(Qt.ItemDataRole.UserRole) if row is not None else ("", "")
        try:
            tree = correction(resource, source, self.words.toPlainText(), self._now())
        except ValueError:
            self.tell(self._voice.say("words.nothing"), "warning")
            return
        self._desk.add(tree, partial(self._sent, source), self.wrong)

    def _sent(self, source: str) -> None:
        self.tell(self._voice.say("correct.sent", source=source))
        self.words.clear()
        self.start()
