"""Results and measurements: tests by panel on the left; grid, charts and values of what is chosen on the right.

Every chart has one unit. A test reported in two units has two charts; nothing is converted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry
from desktop.models.entries import EntriesModel, Line, when_text
from desktop.models.results import Panel, Reading, Series, panels
from desktop.models.sets import Sets, sets
from desktop.models.story import Story
from desktop.models.tongue import ours
from desktop.models.words import plural
from desktop.theme.tokens import look
from desktop.views.plugs import Page, PageKind, Shell
from desktop.views.section import EntriesCard
from desktop.views.section_frame import SectionFrame
from desktop.widgets.chart import Chart, said
from desktop.widgets.focus import follow
from desktop.widgets.leaving import emptied
from desktop.widgets.pieces import Piece, Pieces
from desktop.widgets.row import WrittenRow
from desktop.widgets.text import Card, Text
from desktop.widgets.tree import Leaf, ParagraphTree
from desktop.widgets.written import Passage, Run, Tags

_COLUMNS = 5
_SETS_FROM = ("results", "examination", "assessments")
"""Where a set of observations may stand: values here, a score there."""


class Results(Page):
    """One section of results."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__()
        px, gap = look().px, look().gap
        self._panels: list[Panel] = []
        self._everything: Sequence[DisclosedEntry] = ()
        self._born = ""
        self._pieces = Pieces(self)
        # What is outside first: to put a widget full of others somewhere else, Qt goes through them all.
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        data = QWidget()
        self.frame = SectionFrame(data)
        outer.addWidget(self.frame)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find a test"))
        self.filter.setAccessibleName(self.tr("Find a test"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(px(280))
        self.filter.textChanged.connect(self._list)
        self.frame.tools.addWidget(self.filter)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, data)
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.setSpacing(gap(12))
        self._left, self._right = QFrame(), QWidget()
        self._left.setProperty("role", "card")
        self._sides.addWidget(self._left, 2)
        self._sides.addWidget(self._right, 5)
        self.tree = ParagraphTree(self.tr("Tests by panel"))
        self.tree.chosen.connect(self._choose)
        inside = QVBoxLayout(self._left)
        inside.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
        inside.addWidget(self.tree)
        self._column = QVBoxLayout(self._right)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(gap(12))
        self._shown = QVBoxLayout()
        self._shown.setSpacing(gap(12))
        self._column.addLayout(self._shown)
        self.model = EntriesModel(self)
        self.card = EntriesCard(self.model, self.tr("Values, newest first"))
        self.card.setMinimumHeight(px(240))
        self.card.table.opened.connect(self._open)
        self.card.table.copied.connect(self.copied)
        self._column.addWidget(self.card, 1)
        self._last: QWidget = self.tree

    def show_story(self, story: Story, key: str) -> None:
        """Show the section of this key."""
        self.clear()
        section = story.section(key)
        shown = self.frame.show_section(section, story.record.banner.not_shared)
        self.filter.setVisible(shown)
        self._panels = panels(section.entries)
        self._everything = story.entries(*_SETS_FROM)
        identity = story.record.banner.identity
        self._born = identity.birth_date if identity.birth_date_valid else ""
        if shown:
            self._list("")

    def clear(self) -> None:
        """Forget the person."""
        self._panels, self._everything, self._born = [], (), ""
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.blockSignals(False)
        self.frame.clear()
        self.tree.clear()
        self.model.clear()
        self._clear_shown()

    def take_focus(self) -> None:
        """The tree."""
        self.tree.setFocus()

    def _list(self, wanted: str) -> None:
        words = wanted.casefold().split()
        leaves = []
        for at, panel in enumerate(self._panels):
            under = tuple(
                Leaf(f"{at}/{number}", _lines(one))
                for number, one in enumerate(panel.series)
                if all(word in f"{one.name} {ours(panel.name)}".casefold() for word in words)
            )
            count = len(panel.series) + len(panel.others)
            if under or (not panel.series and all(word in ours(panel.name).casefold() for word in words)):
                odd = sum(bool(one.latest.word) for one in panel.series)
                mark = (Line(self.tr("{count} out of range").format(count=odd), "tag", "warning"),) if odd else ()
                title = Line(ours(panel.name), "strong")
                remark = Line(
                    plural(count, "test" if panel.series else "entry", "" if panel.series else "entries"), "secondary"
                )
                leaves.append(Leaf(str(at), (title, *(mark or (remark,))), under))
        self.tree.show_leaves(leaves)
        if leaves:
            self.tree.choose(leaves[0].under[0].key if words and leaves[0].under else leaves[0].key)
        else:
            self._clear_shown()
            self.model.clear()

    def _choose(self, key: str) -> None:
        at, _slash, number = key.partition("/")
        panel = self._panels[int(at)]
        series = panel.series if not number else panel.series[int(number) : int(number) + 1]
        self._clear_shown()
        coming: list[Piece] = []
        columns = 3 if look().scale >= 150 else _COLUMNS
        together = sets(panel, series, () if number else self._everything, self._born, columns)
        if len(together.rows) > 1:
            coming.append(lambda: self._show(self._grid(ours(panel.name), together)))
        charts: list[tuple[list[Series], str]] = []
        for unit in dict.fromkeys(one.unit for one in series):
            alike = [one for one in series if one.unit == unit]
            alone = [one for one in alike if one.pairs or len(alike) > 4]
            groups = [[one for one in alike if one not in alone], *([one] for one in alone)]
            charts += [(group, unit) for group in groups if any(len(one.readings) > 1 for one in group)]
        if charts and len(series) == 1:
            self._show(self._chart(*charts.pop(0)))
        coming += [partial(lambda *one: self._show(self._chart(*one)), *one) for one in charts]
        self._pieces.build(coming)
        shown = {reading.item.entry.entry_id: reading.item for one in series for reading in one.readings}
        if not number:
            shown |= {item.entry.entry_id: item for item in panel.entries}
        self.model.show(list(shown.values()))

    def _show(self, card: Card) -> None:
        """Below what is shown already, for Tab too: before the table."""
        self._shown.addWidget(card)
        self._last = follow(self._last, card)

    def _chart(self, series: Sequence[Series], unit: str) -> Card:
        title = ", ".join(one.name for one in series)
        card = Card(title, unit or self.tr("no unit"))
        if all(one.pairs for one in series):
            card.say(self.tr("Each line joins the upper and the lower number of one reading."))
        chart = Chart(series)
        chart.picked.connect(self.opened)
        card.add(chart)
        caption = Text(said(chart.current()), "secondary")
        caption.setContentsMargins(look().gap(6), look().gap(4), look().gap(6), 0)
        chart.chosen.connect(caption.setText)
        card.add(caption)
        return card

    def _grid(self, name: str, found: Sets) -> Card:
        """The last sets: a line for each test, a column for each day or moment."""
        card = Card(name, self.tr("newest first"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(look().gap(4))
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 3)
        for column, when in enumerate(found.columns, start=1):
            heading = Text("\n".join(filter(None, (when.heading, when.under))), "secondary")
            heading.setContentsMargins(look().gap(6), 0, 0, 0)
            grid.addWidget(heading, 0, column)
            grid.setColumnStretch(column, 2)
        for row, one in enumerate(found.rows, start=1):
            named = Text(one.name, "strong")
            named.setContentsMargins(look().gap(6), look().gap(7), 0, 0)
            naming = QVBoxLayout()
            naming.setSpacing(0)
            naming.addWidget(named)
            if one.unit:
                unit = Text(one.unit, "secondary")
                unit.setContentsMargins(look().gap(6), 0, 0, look().gap(4))
                naming.addWidget(unit)
            naming.addStretch(1)
            grid.addLayout(naming, row, 0)
            for column, when in enumerate(found.columns, start=1):
                if then := found.readings(one, when):
                    grid.addWidget(self._cell(one, then[-1], len(then) - 1), row, column)
        card.body.addLayout(grid)
        if found.charted:
            words = self.tr(
                "As recorded; no score is worked out here. An empty place: nothing is shown for that moment."
            )
            card.say(words)
        return card

    def _cell(self, one: Series, reading: Reading, earlier: int) -> WrittenRow:
        blocks = [Passage(Run(reading.written.removesuffix(one.unit).strip(), "strong" if reading.word else "body"))]
        marks = [Tags([(reading.word, "danger" if reading.side else "warning")])] if reading.word else []
        if earlier:  # that day: none of them goes unsaid
            marks.append(Tags([(self.tr("and {n} earlier").format(n=earlier), "")]))
        made = WrittenRow(f"{one.name}, {said(reading)}", [*blocks, *marks])
        entry_id = reading.item.entry.entry_id
        made.clicked.connect(lambda _checked=False: self.opened.emit(entry_id))
        return made

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.model.item(index).entry.entry_id)

    def _clear_shown(self) -> None:
        self._pieces.stop()
        emptied(self._shown)
        self._last = self.tree

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        px = look().px
        beside = self.width() >= px(660)
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._sides.setDirection(way)
        self._left.setMinimumHeight(px(220))
        self._left.setMinimumWidth(px(230) if beside else 0)
        self._left.setMaximumWidth(px(320) if beside else 16777215)


def _lines(one: Series) -> tuple[Line, ...]:
    latest = one.latest
    lines = [Line(one.name, "body"), Line(f"{latest.written}, {when_text(latest.item.entry)}", "secondary")]
    change = one.change()
    if change:
        lines.append(Line(change, "secondary"))
    if latest.word:
        lines.append(Line(latest.word, "tag", "danger" if latest.side else "warning"))
    return tuple(lines)


PAGES = (
    PageKind("results", "Investigation results", "health", Results),
    PageKind("examination", "Examination findings", "health", Results),
    PageKind("assessments", "Assessments", "care", Results),
)
