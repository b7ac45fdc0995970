"""Going home after a hospital stay: medicines changed, support that began again, equipment, and who came first."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.story import Story
from desktop.models.tongue import ours
from desktop.models.words import STATE_TITLES, calendar_day, state
from desktop.models.year import Year
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.layouts import Columns
from desktop.widgets.pieces import Piece, Pieces
from desktop.widgets.row import WrittenRow
from desktop.widgets.text import Card, Text
from desktop.widgets.written import Block, Passage, Run, Tags
from fhir.year.going_home import GoingHome, Step


class GoingHomePage(ScrollingPage):
    """Each stay, newest first."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("GoingHome", "Going home"))
        self._pieces = Pieces(self)

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        gap = look().gap
        stays = Year(story).going_home
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Going home after a hospital stay"), "title"))
        column.addWidget(
            Text(self.tr("From admission until six weeks after going home, from what is shared with you."), "secondary")
        )
        pieces = [piece for stay in stays for piece in self._stay(column, stay)]
        if not stays:
            section = story.section("admissions")
            card = Card(STATE_TITLES[section.state] or self.tr("No hospital stay that ended"))
            card.say(state(section) or self.tr("None is shown to you."))
            column.addWidget(card)
        column.addStretch(1)
        self.put(inside)
        self._pieces.build(pieces)

    def clear(self) -> None:
        """Forget the person."""
        self._pieces.stop()
        super().clear()

    def _stay(self, column: QVBoxLayout, stay: GoingHome) -> list[Piece]:
        """The head of a stay now, and what makes its cards in a moment."""
        began = calendar_day(stay.admitted) if stay.admitted else self.tr("a day not known")
        column.addWidget(Text(stay.title, "heading"))
        words = self.tr("{start} to {end}").format(start=began, end=calendar_day(stay.left))
        column.addWidget(Text(f"{words} · {stay.to}" if stay.to else words, "secondary"))
        columns = Columns(gap=look().gap(14), column=look().px(400))
        column.addWidget(columns)
        groups = (
            ("medicines", self.tr("Medicines"), self.tr("No change in medicines is shown to you.")),
            ("support", self.tr("Support"), self.tr("No support is shown to you.")),
            ("equipment", self.tr("Equipment"), self.tr("No equipment was asked for in what is shown to you.")),
            ("next", self.tr("Who came first"), self.tr("No contact after going home is shown to you.")),
        )
        return [partial(self._group, columns, stay, *group) for group in groups]

    def _group(self, columns: Columns, stay: GoingHome, group: str, title: str, empty: str) -> None:
        steps = [step for step in stay.steps if step.group == group]
        card = Card(title, str(len(steps)) if steps else "")
        for number, step in enumerate(steps):
            card.add(self._step(step, number))
        if not steps:
            card.say(empty)
        columns.add(card)

    def _step(self, step: Step, number: int) -> WrittenRow:
        blocks: list[Block] = [Passage(Run(step.title, "strong")), Passage(Run(ours(step.words), "body"))]
        if step.when is not None:
            blocks.append(Passage(Run(calendar_day(step.when), "secondary")))
        if step.done is False:
            blocks.append(Tags([(self.tr("not known to have begun again"), "warning")]))
        row = WrittenRow(", ".join(block.words() for block in blocks), blocks, ruled=number > 0)
        row.clicked.connect(lambda _checked=False: self.opened.emit(step.entries[-1]))
        return row


PAGES = (
    PageKind(
        "going-home", "Going home", "care", GoingHomePage, order=43,
        shown=lambda story: bool(story.section("admissions").entries),
    ),
)  # fmt: skip
