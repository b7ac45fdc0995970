"""What the person says of one thing in the record: *Comment* and *Correct something*."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from consent.disclosure import DisclosedEntry
from desktop.models.asked import Asked, comments_among, corrections_among, is_said_of_another
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_writing import WritingPage
from desktop.widgets.text import Text
from fhir.entries import Entry
from fhir.own_words import comment, correction
from fhir.records import Tree

_MOST = 300


class SayingPage(WritingPage):
    """A list to pick one thing from, words to write of it, and what was said before. `key` is that of its sentences.

    What is said of a thing goes to those who may see the thing, whatever is chosen later (`consent.said_of`).
    """

    key = ""
    writes = True

    def __init__(self, desk: Desk, voice: Voice) -> None:
        super().__init__(desk, voice, f"{self.key}.lead")
        self._picked = ""
        self._things: list[DisclosedEntry] = []
        find = voice.say(f"{self.key}.find")
        self.search = QLineEdit()
        self.search.setPlaceholderText(find)
        self.search.setAccessibleName(find)
        self.search.textChanged.connect(self._list)
        self.body.addWidget(self.search)
        self.list = QListWidget()
        self.list.setAccessibleName(find)
        self.list.setMinimumHeight(look().px(220))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(self._pick)
        self.body.addWidget(self.list)
        self.words = self._field(voice.say(f"{self.key}.what"), 3)
        self._done(f"{self.key}.send")
        self.body.addWidget(Text(voice.say(f"{self.key}.asked"), "heading"))
        self._before = Text("")
        self.body.addWidget(self._before)

    def start(self) -> None:
        """Show what can be picked, and what was said before."""
        self._desk.things(self._come, self.wrong)
        super().start()

    def pick(self, resource: str) -> None:
        """Pick a thing ("Type/id") from outside; what was begun of another before stays in front."""
        if not self._unsaved:
            self._picked = resource
            self._list()

    def written(self) -> dict[str, str]:
        return {"words": self.words.toPlainText(), "about": self._picked}

    def write_again(self, words: dict[str, str]) -> None:
        self.words.setPlainText(words.get("words", ""))
        self._picked = words.get("about", "")
        self._list()

    def before(self, things: list[DisclosedEntry]) -> list[str]:
        """What was said before, newest first."""
        raise NotImplementedError

    def tree(self, item: DisclosedEntry | None) -> Tree:
        """What is said, of a thing or of none. Raises ValueError where nothing is said, or of nothing."""
        raise NotImplementedError

    def _pick(self, row: QListWidgetItem | None) -> None:
        if row is not None and not self._showing:
            self._picked = row.data(Qt.ItemDataRole.UserRole).entry.resource
            self.changed()

    def _come(self, things: list[DisclosedEntry]) -> None:
        self._things = [item for item in things if not is_said_of_another(item)]
        self._before.setText("\n\n".join(self.before(things)) or self._voice.say(f"{self.key}.none"))
        self._list()

    def _list(self) -> None:
        showing, self._showing = self._showing, True
        self.list.clear()
        wanted = self.search.text().casefold().split()
        picked = [] if wanted else [item for item in self._things if item.entry.resource == self._picked]
        for item in (*picked[:1], *(one for one in self._things if one not in picked[:1])):
            entry = item.entry
            line = "  ·  ".join(part for part in (entry.title, entry.when.text, entry.source.name) if part)
            if all(word in line.casefold() for word in wanted):
                row = QListWidgetItem(line)
                row.setData(Qt.ItemDataRole.UserRole, item)
                self.list.addItem(row)
                if entry.resource == self._picked:
                    self.list.setCurrentItem(row)
            if self.list.count() >= _MOST:
                break
        self._showing = showing

    def save(self) -> None:
        """Keep it; the gate gives it to nobody to whom the thing itself is not given."""
        row = self.list.currentItem()
        item: DisclosedEntry | None = row.data(Qt.ItemDataRole.UserRole) if row is not None else None
        if item is None:
            self.tell(self._voice.say("words.unpicked"), "warning")
            return
        try:
            tree = self.tree(item)
        except ValueError:
            self.tell(self._voice.say("words.nothing"), "warning")
            return
        self._desk.add(tree, partial(self._sent, item.entry.source.name), self.wrong)

    def _sent(self, source: str) -> None:
        self.tell(self._voice.say(f"{self.key}.sent", source=source))
        self.words.clear()
        self._picked = ""
        self.forget()
        self.start()

    def _asked(self, entry: Entry) -> str:
        return "  ·  ".join(part for part in (entry.when.text, entry.detail) if part)


class CommentPage(SayingPage):
    """Say what the person thinks of a plan or of anything else; it stands beside it for whoever may see both."""

    begun, key = "a comment", "comment"

    def tree(self, item: DisclosedEntry | None) -> Tree:
        entry = item.entry if item is not None else None
        about = (entry.resource, entry.title, entry.source.name) if entry is not None else ("", "", "")
        return comment(*about, self.words.toPlainText(), self._now())

    def before(self, things: list[DisclosedEntry]) -> list[str]:
        return [
            "\n".join(
                filter(None, (self._asked(one.comment), one.about and self._voice.say("comment.of", words=one.about)))
            )
            for one in comments_among(things)
        ]


class CorrectPage(SayingPage):
    """Ask whoever wrote something to correct it; what was asked stays in sight."""

    begun, key = "a correction", "correct"

    def tree(self, item: DisclosedEntry | None) -> Tree:
        resource, source = (item.entry.resource, item.entry.source.name) if item is not None else ("", "")
        return correction(resource, source, self.words.toPlainText(), self._now())

    def before(self, things: list[DisclosedEntry]) -> list[str]:
        return [self._told(one) for one in corrections_among(things)]

    def _told(self, one: Asked) -> str:
        """A request and how it stands."""
        asked = self._asked(one.request)
        if one.answer is None:
            return f"{asked}\n{self._voice.say('correct.waits')}"
        state = "made" if one.corrected else "kept"
        who = one.answer.author or one.answer.source.name
        return f"{asked}\n{self._voice.say(f'correct.{state}', source=who, words=one.answer.detail)}"
