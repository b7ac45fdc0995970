"""The conflict board: what sources say against each other, most severe first, and facts of several sources by field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from consent.disclosure import Conflict, FactGroup
from desktop.models.entries import detail_text, when_text
from desktop.models.story import Story
from desktop.models.tongue import Said, later, ours, tr
from desktop.models.words import STATE_TITLES, plural
from desktop.theme.tokens import look
from desktop.views.plugs import PageKind, ScrollingPage, Shell
from desktop.widgets.focus import in_place_of
from desktop.widgets.layouts import Columns
from desktop.widgets.pieces import Piece, Pieces
from desktop.widgets.row import EntryRow
from desktop.widgets.text import Card, Text, button, rule, tag
from fhir.agreement import FieldAgreement
from fhir.entries import Entry, EntryId

SEVERITY = {
    "high": (later("Important"), "danger"),
    "medium": (later("Check"), "warning"),
    "low": (later("For your notice"), "info"),
}
KINDS = Said(
    {
        "allergy-medicine": "Allergy and medicine",
        "allergy-none-known": "Allergies",
        "cpr": "CPR decision",
        "dose": "Dose",
        "stopped": "Stopped and in use",
        "not-on-list": "Not on the GP's list",
        "next-of-kin": "Next of kin",
        "package-ended": "Support ended, visits go on",
        "death-date": "Date of death",
        "after-death": "After the date of death",
        "nhs-number": "NHS number",
        "birth-date": "Date of birth",
        "address": "Home address",
    }
)
_WHO = {
    "address": ("Address",),
    "nhs-number": ("NHS number",),
    "birth-date": ("Date of birth",),
    "death-date": ("Died", "Deceased"),
}
STATES = {
    "agree": (later("agree"), "good"),
    "differ": (later("differ"), "warning"),
    "only-here": (later("only one says"), "info"),
}
_AT_FIRST = 12
_AT_ONCE = 2
"""Differences that are built before the page is shown; what follows comes one card each turn of the event loop."""


class Conflicts(ScrollingPage):
    """Differences, then facts field by field."""

    def __init__(self, _shell: Shell) -> None:
        super().__init__(QCoreApplication.translate("Conflicts", "Differences to check"))
        self._story: Story | None = None
        self._pieces = Pieces(self)

    def clear(self) -> None:
        """Forget the person."""
        self._pieces.stop()
        self._story = None
        super().clear()

    def show_story(self, story: Story, key: str) -> None:
        """Show one record."""
        gap, px = look().gap, look().px
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(12))
        column.addWidget(Text(self.tr("Differences to check"), "title"))
        words = self.tr("Nothing is chosen for you: both sides stand here as their sources wrote them.")
        column.addWidget(Text(words, "secondary"))
        columns = Columns(gap=gap(14), column=px(430))
        for conflict in story.record.conflicts[:_AT_ONCE]:
            columns.add(self._conflict(story, conflict))
        coming: list[Piece] = [
            partial(self._add_conflict, columns, story, conflict) for conflict in story.record.conflicts[_AT_ONCE:]
        ]
        column.addWidget(columns)
        if not story.record.conflicts:
            unread = story.unread()
            card = Card(STATE_TITLES["failed"] if unread else self.tr("No differences found"))
            none = self.tr("The sources shown to you do not contradict each other in what this version looks for.")
            card.say(unread or none)
            column.addWidget(card)
        groups = sorted(story.record.groups, key=lambda group: -_differing(group))
        if groups:
            differ = sum(_differing(group) > 0 for group in groups)
            column.addWidget(Text(self.tr("The same fact from several sources"), "heading"))
            count = plural(len(groups), "fact")
            told = self.tr("{count}, in {differ} of them something differs").format(count=count, differ=differ)
            column.addWidget(Text(told, "secondary"))
            facts = Columns(gap=gap(14), column=px(430))
            coming += [partial(self._add_group, facts, story, group) for group in groups[:_AT_FIRST]]
            column.addWidget(facts)
            if len(groups) > _AT_FIRST:
                row = QHBoxLayout()
                words = self.tr("Show all {count}").format(count=len(groups))
                more = button(words, "quiet")
                more.clicked.connect(lambda _checked=False: self._show_rest(more, facts, story, groups[_AT_FIRST:]))
                row.addWidget(more)
                row.addStretch(1)
                column.addLayout(row)
        column.addStretch(1)
        self.put(inside)
        self._story = story
        self._pieces.build(coming)

    def _show_rest(self, more: QWidget, facts: Columns, story: Story, rest: Sequence[FactGroup]) -> None:
        """The other facts, below those that stand there; what was read stays where it is."""
        in_place_of(more, facts, lambda: self._add_group(facts, story, rest[0]))
        self._pieces.build([partial(self._add_group, facts, story, group) for group in rest[1:]])

    def _add_group(self, facts: Columns, story: Story, group: FactGroup) -> None:
        facts.add(self._group(story, group))

    def _add_conflict(self, columns: Columns, story: Story, conflict: Conflict) -> None:
        columns.add(self._conflict(story, conflict))

    def _conflict(self, story: Story, conflict: Conflict) -> Card:
        words, tone = SEVERITY[conflict.severity]
        words = tr(words)
        card = Card(KINDS.get(conflict.kind, conflict.kind.replace("-", " ").capitalize()))
        row = QHBoxLayout()
        row.setContentsMargins(look().gap(6), 0, look().gap(6), look().gap(4))
        row.addWidget(tag(words, tone))
        row.addStretch(1)
        card.body.addLayout(row)
        text = Text(ours(conflict.text))
        text.setContentsMargins(look().gap(6), 0, look().gap(6), look().gap(4))
        card.add(text)
        givers: dict[str, dict[str, None]] = {}
        for item in map(story.entry, conflict.entry_ids):
            if item.entry.section == "demographics":
                givers.setdefault(_says(item.entry, conflict.kind), {})[item.entry.source.name] = None
        for entry_id in conflict.entry_ids:
            item = story.entry(entry_id)
            under = detail_text(item.entry)
            lead = when_text(item.entry)
            if item.entry.section == "demographics":
                # One line for each thing said, with all who say it.
                under = _says(item.entry, conflict.kind)
                names = givers.pop(under, None)
                if names is None:
                    continue
                lead = ", ".join(names)
            line = EntryRow(item, item.entry.title, under, lead, ruled=True)
            line.clicked.connect(lambda _checked=False, entry_id=entry_id: self.opened.emit(entry_id))
            card.add(line)
        return card

    def _group(self, story: Story, group: FactGroup) -> Card:
        items = [story.entry(entry_id) for entry_id in group.entry_ids]
        names = sorted({item.entry.source.name for item in items})
        card = Card(items[0].entry.title, plural(len(names), "source"))
        gap = look().gap
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(gap(6), gap(2), gap(6), gap(4))
        grid.setHorizontalSpacing(gap(10))
        grid.setVerticalSpacing(gap(4))
        grid.setColumnStretch(1, 1)
        ranks = {"differ": 0, "only-here": 1, "agree": 2}
        for row, field in enumerate(sorted(group.fields, key=lambda field: ranks[field.state])):
            words, tone = STATES[field.state]
            words = tr(words)
            grid.addWidget(tag(words, tone), row, 0)
            grid.addWidget(Text(self._said(story, field)), row, 1)
        card.add(holder)
        card.add(rule())
        card.say(ours(group.because))
        for item in items:
            lead = "" if item.entry.section == "demographics" else when_text(item.entry)
            line = EntryRow(item, item.entry.source.name, "", lead, ruled=True)
            entry_id = item.entry.entry_id
            line.clicked.connect(lambda _checked=False, entry_id=entry_id: self.opened.emit(entry_id))
            card.add(line)
        return card

    @staticmethod
    def _said(story: Story, field: FieldAgreement) -> str:
        def source(entry_id: EntryId) -> str:
            return story.entry(entry_id).entry.source.name

        if field.state == "agree":
            said = f"{field.name}: {field.said[0][1]}"
        else:
            said = f"{field.name}: " + "; ".join(f"{text} ({source(entry_id)})" for entry_id, text in field.said)
        return f"{said}. {field.words}." if field.words else said


def _says(entry: Entry, kind: str) -> str:
    return "; ".join(one.value for one in entry.fields if one.label in _WHO.get(kind, ()))


def _differing(group: FactGroup) -> int:
    return sum(field.state == "differ" for field in group.fields)


PAGES = (
    PageKind(
        "conflicts", "Differences to check", "record", Conflicts, order=10,
        count=lambda story: len(story.record.conflicts),
    ),
)  # fmt: skip
