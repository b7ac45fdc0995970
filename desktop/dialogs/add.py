"""Adding to the record that is open: pick what, write it, see who will be named, add it; `clear` forgets it all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

import msgspec
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from consent.acting import place
from desktop.contributing import kept_from_writer
from desktop.dialogs.frame import Framed
from desktop.errors import WorkspaceError
from desktop.models import contributions as made
from desktop.models.story import Story
from desktop.models.tongue import later, tr
from desktop.session import Session
from desktop.theme.tokens import look
from desktop.widgets.leaving import emptied
from desktop.widgets.text import Text, button, notice
from fhir import export
from fhir.about_me import headings
from fhir.records import Tree

KEPT_AFTER_MS = 700
KINDS = (
    ("note", later("A note")),
    ("measurement", later("A measurement")),
    ("about-me", later("Something about the person (About me)")),
    ("task", later("Something for another team to do")),
    ("agreement", later("Agreement or disagreement with a plan")),
)


class AddDialog(Framed):
    """A form for one contribution. `added` is called when it stands in the record."""

    def __init__(
        self, session: Session, story: Story, added: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(QCoreApplication.translate("Dialogs", "OneStory: add to the record"), parent)
        self._session, self._record, self._added = session, story.record, added
        self._now = story.record.request.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self._plans = [
            (item.entry.resource, item.entry.title) for item in story.entries("care-plan", "contingency", "end-of-life")
        ]
        column = self.body
        column.addWidget(Text(self.tr("Add to the record of {name}").format(name=story.called()), "title"))
        self.kind = self._box(self.tr("What"), [(tr(name), key) for key, name in KINDS])
        self.topic, self.words, self.team = QLineEdit(), QPlainTextEdit(), QLineEdit()
        self.first, self.second = QLineEdit(), QLineEdit()
        self.measure = QComboBox()
        for one in made.measured().values():
            self.measure.addItem(f"{one.name} ({one.unit})", one.key)
        self.heading = QComboBox()
        for name in headings():
            self.heading.addItem(name, name)
        self.plan = QComboBox()
        for resource, title in self._plans:
            self.plan.addItem(title, resource)
        self.plan.setPlaceholderText(self.tr("No plan is shown to you"))
        self.plan.setEnabled(bool(self._plans))
        self.agrees = QComboBox()
        self.agrees.addItem(self.tr("Agrees"), True)
        self.agrees.addItem(self.tr("Does not agree"), False)
        self._rows = {
            "note": [self._row(self.tr("About"), self.topic)],
            "measurement": [
                self._row(self.tr("Measured"), self.measure),
                self._row(self.tr("Value"), self.first),
                self._row(self.tr("Second value (diastolic)"), self.second),
            ],
            "about-me": [self._row(self.tr("Heading"), self.heading)],
            "task": [self._row(self.tr("For which team"), self.team)],
            "agreement": [self._row(self.tr("Plan"), self.plan), self._row(self.tr("The person"), self.agrees)],
        }
        for rows in self._rows.values():
            for row in rows:
                column.addWidget(row)
        self.words_row = self._row(self.tr("Words"), self.words)
        self.words.setMinimumHeight(look().px(110))
        self.words.setTabChangesFocus(True)
        column.addWidget(self.words_row)
        actor = story.record.request.actor
        column.addWidget(
            Text(
                self.tr(
                    "It will say that {name} added it, and when. It can be corrected, and what it said"
                    " before is kept. Who may read it is decided as for everything else."
                ).format(name=", ".join(part for part in (actor.user, place(actor.role, actor.organisation)) if part)),
                "secondary",
            )
        )
        self._kept_from = Text(
            self.tr("You will not see this again after adding it: it is not among what your role is shown."), "strong"
        )
        column.addWidget(self._kept_from)
        self._state = QVBoxLayout()
        column.addLayout(self._state)
        self.add_button = button(self.tr("Add"), "primary", self.add)
        self.buttons.addWidget(button(self.tr("Cancel   Esc"), "", self.close, self.tr("Cancel")))
        self.buttons.addWidget(self.add_button)
        self.kind.currentIndexChanged.connect(lambda _row: self._arrange())
        self.measure.currentIndexChanged.connect(lambda _row: self._arrange())
        self.finished.connect(self.clear)
        self._keeping = QTimer(self)
        self._keeping.setSingleShot(True)
        self._keeping.setInterval(KEPT_AFTER_MS)
        self._keeping.timeout.connect(self.keep)
        self._arrange()
        self._listening = False
        self._session.draft(self._record.person, self._take_up, lambda _sentence: self._listen())

    # -- what was begun

    def _lines(self) -> dict[str, QLineEdit]:
        return {"topic": self.topic, "team": self.team, "first": self.first, "second": self.second}

    def _boxes(self) -> dict[str, QComboBox]:
        return {"kind": self.kind, "measure": self.measure, "heading": self.heading, "agrees": self.agrees}

    def _take_up(self, content: bytes) -> None:
        """Go on where the user stopped, unless they have begun anew already."""
        begun: dict[str, str] = msgspec.json.decode(content, type=dict[str, str]) if content else {}
        if begun and not any([self.words.toPlainText(), *(line.text() for line in self._lines().values())]):
            for name, box in self._boxes().items():
                box.setCurrentIndex(max(0, box.findText(begun.get(name, ""))))
            for name, line in self._lines().items():
                line.setText(begun.get(name, ""))
            self.words.setPlainText(begun.get("words", ""))
            self._say(self.tr("This is what you began before."), "")
        self._listen()

    def _listen(self) -> None:
        self._listening = True
        for line in self._lines().values():
            line.textEdited.connect(self._keeping.start)
        self.words.textChanged.connect(self._keeping.start)

    def keep(self) -> None:
        """Keep what is typed, in the vault, for this user alone; nothing where nothing is. What was begun before is not
        touched until it has been shown."""
        if not self._listening:
            return
        typed = {name: line.text() for name, line in self._lines().items()} | {"words": self.words.toPlainText()}
        begun = typed | {name: box.currentText() for name, box in self._boxes().items()}
        content = msgspec.json.encode(begun) if any(text.strip() for text in typed.values()) else b""
        self._session.keep_draft(self._record.person, content)

    def _box(self, label: str, rows: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        for name, key in rows:
            box.addItem(name, key)
        self.body.addWidget(self._row(label, box))
        return box

    def _row(self, label: str, widget: QWidget) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(3))
        said = Text(label, "strong")
        said.setBuddy(widget)
        widget.setAccessibleName(label)
        if isinstance(widget, QComboBox):
            widget.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            widget.setMinimumContentsLength(18)
        column.addWidget(said)
        column.addWidget(widget)
        return holder

    def _arrange(self) -> None:
        kind = self.kind.currentData()
        for key, rows in self._rows.items():
            for row in rows:
                row.setVisible(key == kind)
        parts = made.measured()[str(self.measure.currentData())].parts
        self._rows["measurement"][2].setVisible(kind == "measurement" and bool(parts))
        self.words_row.setVisible(kind != "measurement")
        self._kept_from.setVisible(self._kept_from_writer())
        self.fit(look().px(560))

    def _kept_from_writer(self) -> bool:
        """Whether what is picked would not be shown to whoever adds it; said before they write it."""
        try:
            return kept_from_writer(self._record, export.encode(self._example()), test_data=self._session.test_data)
        except WorkspaceError:
            return False

    def _example(self) -> Tree:
        """What is picked, with words of no meaning in it."""
        kind, words = self.kind.currentData(), "-"
        if kind == "note":
            return made.note("", words, self._now)
        if kind == "measurement":
            one = made.measured()[str(self.measure.currentData())]
            return made.measurement(one.key, [str(one.most)] * max(1, len(one.parts)), self._now)
        if kind == "about-me":
            return made.about_me(str(self.heading.currentData()), words, self._now)
        if kind == "task":
            return made.task(words, words, self._now)
        return made.agreement(str(self.plan.currentData()), words, agrees=True, text=words, now=self._now)

    def tree(self) -> Tree:
        """The resource of what was typed. Raises WorkspaceError where something is missing or cannot be meant."""
        kind, words = self.kind.currentData(), self.words.toPlainText()
        if kind == "note":
            return made.note(self.topic.text(), words, self._now)
        if kind == "measurement":
            key = str(self.measure.currentData())
            values = [self.first.text(), self.second.text()][: max(1, len(made.measured()[key].parts))]
            return made.measurement(key, values, self._now)
        if kind == "about-me":
            return made.about_me(str(self.heading.currentData()), words, self._now)
        if kind == "task":
            return made.task(self.team.text(), words, self._now)
        if self.plan.currentIndex() < 0:
            raise WorkspaceError("No plan is shown to you that one could agree with.")
        plan, title = str(self.plan.currentData()), self.plan.currentText()
        return made.agreement(plan, title, bool(self.agrees.currentData()), words, self._now)

    def add(self) -> None:
        """Add it; what was typed stays until it is stored."""
        try:
            data = export.encode(self.tree())
        except WorkspaceError as error:
            self._say(str(error))
            return
        self.add_button.setEnabled(False)
        self._session.contribute(self._record.request, data, lambda _done: self._done(), self._failed)

    def _done(self) -> None:
        added = self._added
        self._keeping.stop()
        self._session.keep_draft(self._record.person, b"")
        self.blockSignals(True)
        self.clear()
        self.blockSignals(False)
        self.accept()
        added()

    def _failed(self, sentence: str) -> None:
        self.add_button.setEnabled(True)
        self._say(sentence)

    def _say(self, sentence: str, tone: str = "danger") -> None:
        emptied(self._state)
        self._state.addWidget(notice(sentence, tone))
        self.fit(look().px(560))

    def clear(self) -> None:
        """Forget what was typed; what was not kept yet is kept first."""
        if self._keeping.isActive():
            self._keeping.stop()
            self.keep()
        self.words.blockSignals(True)
        for line in (self.topic, self.team, self.first, self.second):
            line.clear()
        self.words.clear()
        self.plan.clear()
        self._plans = []
