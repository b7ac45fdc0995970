"""What the person writes: *My words* (About me) and *Was my care joined up?*; what a page to write on is."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from consent.disclosure import DisclosedEntry
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_lapsed import lapsed_words, shut
from desktop.views.my_pictures import Pictures
from desktop.views.plugs import Shell
from desktop.widgets.easy_lines import said
from desktop.widgets.layouts import Flow, grow, scrolling
from desktop.widgets.telling import tell_in
from desktop.widgets.text import Text, button
from fhir.entries import Entry
from fhir.own_words import JOINED_UP, OWN_WORDS, about_me, headings, joined_up

ANSWERS: Final = ("always", "mostly", "sometimes", "never")
KEPT_AFTER_MS = 700
"""So long after the last key what is written is kept; locking and closing keep it at once."""


class WritingPage(QWidget):
    """A card to write in, with what was said about the last attempt on top.

    What is written and not saved is kept in the vault as a draft of the kind `begun`, sealed to whoever is signed in;
    empty for a page without one. A page says what is written by `written` and shows it again by `write_again`; changes
    are told to `changed`, and `forget` ends it when all is saved.
    """

    begun = ""
    writes = False
    """Whether all that is done on the page is written into the record, or taken from it."""

    def __init__(self, desk: Desk, voice: Voice, lead: str) -> None:
        super().__init__()
        self._desk, self._voice = desk, voice
        self._unsaved = self._showing = False
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEPT_AFTER_MS)
        self._keeping.timeout.connect(self.keep)
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
        self.body.addWidget(said(voice, lead, "lead"))
        self.body.addLayout(self._said)
        grow(card)
        outer.addWidget(scrolling(inside))

    def start(self) -> None:
        """The page comes to the front."""
        if self.begun and not self._unsaved:
            self._desk.begun(self.begun, dict[str, str], self._take_up)
        if self.writes and self._desk.lapsed is not None:
            shut(self, lapsed_words(self._voice, self._desk.lapsed))

    # -- what is not saved

    def written(self) -> dict[str, str]:
        """What is written now, by name."""
        return {}

    def write_again(self, words: dict[str, str]) -> None:
        """Show what was written."""

    def changed(self) -> None:
        """Something was written."""
        if not self._showing:
            self._unsaved = True
            self._keeping.start()

    def keep(self) -> None:
        """Keep what is written and not saved."""
        self._keeping.stop()
        if self.begun and self._unsaved:
            words = self.written()
            self._desk.keep_begun(self.begun, words if any(words.values()) else None)

    def forget(self) -> None:
        """All is saved."""
        self._keeping.stop()
        self._unsaved = False
        self._desk.keep_begun(self.begun, None)

    def _take_up(self, words: dict[str, str]) -> None:
        if not self._unsaved:
            self._show_again(words)
            self._unsaved = True
            self.tell(self._voice.say("kept.words" if self._desk.lapsed is None else "kept.here"))

    def _show_again(self, words: dict[str, str]) -> None:
        """Show words without taking that for writing."""
        self._showing = True
        self.write_again(words)
        self._showing = False

    # -- saying

    def tell(self, words: str, tone: str = "") -> None:
        """Say one thing on top; empty takes it away."""
        tell_in(self._said, words, tone)

    def wrong(self, words: str) -> None:
        """Say that it did not work."""
        self.tell(self._voice.wrong(words), "warning")

    def _field(self, name: str, lines: int = 2) -> QPlainTextEdit:
        self.body.addWidget(Text(name, "strong"))
        made = QPlainTextEdit()
        made.setAccessibleName(name.replace("\n", " "))
        made.setTabChangesFocus(True)
        made.setFixedHeight(look().px(26 + 22 * lines))
        made.textChanged.connect(self.changed)
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

    begun, writes = "my words", True

    def __init__(self, desk: Desk, voice: Voice, shell: Shell) -> None:
        self._for_them = desk.acts or bool(desk.someone.helper)
        super().__init__(desk, voice, "words.lead")
        self._stood: dict[str, str] = {}
        self.fields = {key: self._field(voice.say(f"words.{key}")) for key, _code, _name in headings()}
        self.body.addWidget(Text(voice.say("words.supported"), "strong"))
        self.supported = QLineEdit(desk.someone.helper)
        self.supported.setAccessibleName(voice.say("words.supported"))
        self.supported.textChanged.connect(self.changed)
        self.body.addWidget(self.supported)
        self._done("words.save")
        self.pictures = Pictures(desk, voice, shell)
        self.body.addWidget(self.pictures)

    def keep(self) -> None:
        super().keep()
        self.pictures.keep()

    def start(self) -> None:
        """Show what is written in the record, and over it what was begun and not saved."""
        self._desk.things(self._come, self.wrong)
        super().start()
        self.pictures.start()

    def _come(self, things: list[DisclosedEntry]) -> None:
        self.pictures.show_kept(things)
        self._stood = self._standing(things)
        if not self._unsaved:
            self._show_again(self._stood)

    @staticmethod
    def _standing(things: list[DisclosedEntry]) -> dict[str, str]:
        """What the record says now under each heading."""
        written = [item.entry for item in things if item.entry.section == "about-me"]
        words = {}
        for key, _code, name in headings():
            said = [entry for entry in written if entry.kind == key or entry.title == name]
            if said:
                words[key] = max(said, key=lambda entry: entry.when.start).detail
        return words

    def written(self) -> dict[str, str]:
        return {key: field.toPlainText() for key, field in self.fields.items()} | {"supported": self.supported.text()}

    def write_again(self, words: dict[str, str]) -> None:
        for key, field in self.fields.items():
            if key in words:
                field.setPlainText(words[key])
        self.supported.setText(words.get("supported", self.supported.text()))

    def save(self) -> None:
        """Keep it as a new About me; what was written before stays in the record. Of whoever acts for the person
        or helps them, only what they changed: nobody signs another's words."""
        words = {key: field.toPlainText() for key, field in self.fields.items()}
        if self._for_them:
            words = {key: said for key, said in words.items() if said.strip() != self._stood.get(key, "").strip()}
        try:
            tree = about_me(words, self.supported.text(), self._now())
        except ValueError:
            self.tell(self._voice.say("words.nothing"), "warning")
            return
        self._desk.add(tree, self._saved, self.wrong)

    def _saved(self) -> None:
        self.forget()
        self._stood = self.written()
        self.tell(self._voice.say("words.saved"))


class JoinedPage(WritingPage):
    """Three questions of which the person alone is the judge; what they answered before stands below."""

    begun, writes = "joined up", True

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, "joined.lead")
        self.answers: dict[str, str] = {}
        self._buttons: dict[tuple[str, str], QPushButton] = {}
        for key in JOINED_UP:
            question = voice.say(f"joined.{key}")
            self.body.addWidget(Text(question, "strong"))
            flow = Flow(look().gap(6))
            together = QButtonGroup(self)
            for answer in ANSWERS:
                words = voice.say(f"joined.{answer}")
                made = button(words, "choice", partial(self._answer, key, answer), f"{question} {words}")
                made.setCheckable(True)
                self._buttons[key, answer] = made
                together.addButton(made)
                flow.add(made)
            self.body.addWidget(flow)
        self.words = self._field(voice.say("joined.words"), 3)
        self._done("joined.save")
        self.body.addWidget(Text(voice.say("joined.before"), "heading"))
        self._before = Text("")
        self.body.addWidget(self._before)

    def start(self) -> None:
        """Show what was answered before."""
        self._desk.things(self._come, self.wrong)
        super().start()

    def _come(self, things: list[DisclosedEntry]) -> None:
        told = (self._told(item.entry) for item in things)
        self._before.setText("\n\n".join(filter(None, told)) or self._voice.say("joined.none"))

    def _told(self, entry: Entry) -> str:
        """Answers given before, as this page speaks; empty for another form."""
        plain, voice = Voice(), self._voice
        spoken = {plain.say(f"joined.{key}"): voice.say(f"joined.{key}") for key in (*JOINED_UP, *ANSWERS)}
        asked = [one for one in entry.fields if one.label in spoken]
        own = [one.value for one in entry.fields if one.label == OWN_WORDS]
        lines = [f"{spoken[one.label]} {spoken.get(one.value, one.value)}" for one in asked]
        return "\n".join((entry.when.text, *lines, *(f"“{words}”" for words in own))) if asked else ""

    def _answer(self, key: str, answer: str) -> None:
        self.answers[key] = Voice().say(f"joined.{answer}")
        self.changed()

    def written(self) -> dict[str, str]:
        picked = {key: answer for (key, answer), made in self._buttons.items() if made.isChecked()}
        return picked | {"words": self.words.toPlainText()}

    def write_again(self, words: dict[str, str]) -> None:
        for key, answer in words.items():
            if (made := self._buttons.get((key, answer))) is not None:
                made.setChecked(True)
                self._answer(key, answer)
        self.words.setPlainText(words.get("words", ""))

    def save(self) -> None:
        """Keep the answers, in the ordinary words of the questions."""
        questions = {key: Voice().say(f"joined.{key}") for key in JOINED_UP}
        try:
            tree = joined_up(questions, self.answers, self.words.toPlainText(), self._now())
        except ValueError:
            self.tell(self._voice.say("words.nothing"), "warning")
            return
        self._desk.add(tree, self._saved, self.wrong)

    def _saved(self) -> None:
        self.answers.clear()
        for group in self.findChildren(QButtonGroup):
            group.setExclusive(False)
            for made in group.buttons():
                made.setChecked(False)
            group.setExclusive(True)
        self._show_again({})
        self.forget()
        self.tell(self._voice.say("joined.saved"))
        self._desk.things(self._come, self.wrong)
