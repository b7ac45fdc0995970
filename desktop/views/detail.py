"""Everything about one entry: what, when, its fields, who said so, what it links to, and why the reader may see it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from consent.categories import categories
from consent.disclosure import DisclosedEntry
from desktop.models.asked import is_comment, said_of
from desktop.models.entries import tags, when_text
from desktop.models.haystack import haystack
from desktop.models.lanes import lane_of
from desktop.models.meanings import meanings
from desktop.models.story import Story
from desktop.models.tongue import Said, ours
from desktop.models.words import day
from desktop.theme.tokens import look
from desktop.views.plugs import Shell, plugged
from desktop.widgets.focus import in_place_of
from desktop.widgets.layouts import Flow
from desktop.widgets.leaving import let_go
from desktop.widgets.row import EntryRow, source_mark, tag_line
from desktop.widgets.text import Text, button, notice, rule

_RELATIONS = Said(
    {
        "encounter": "during",
        "reasonreference": "because of",
        "member": "has member",
        "partof": "part of",
        "basedon": "asked for by",
        "medicationreference": "medicine",
        "evidence": "shown by",
        "conflict": "differs from this",
        "group": "the same, from another source",
        "same-day": "written that day, by the same source",
        "": "refers to this",
    }
)


_LINKS_AT_FIRST = 3
"""So many links stand above what the entry itself says in fields; the others follow when asked for."""


class Detail(QFrame):
    """The side pane. `opened` follows a link, `wants_original` asks for the source, `closed` puts the pane away."""

    opened = Signal(str)
    wants_original = Signal(str)
    closed = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.setProperty("role", "card")
        self.setAccessibleName(self.tr("Details of the chosen entry"))
        outer = QVBoxLayout(self)
        gap = look().gap
        outer.setContentsMargins(gap(4), gap(8), gap(4), gap(8))
        head = QHBoxLayout()
        head.setContentsMargins(gap(14), 0, gap(8), 0)
        self._section = Text("", "secondary")
        head.addWidget(self._section, 1)
        self.close_button = button(self.tr("Close   Esc"), "quiet", self.closed.emit, self.tr("Close details"))
        head.addWidget(self.close_button)
        outer.addLayout(head)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(self._scroll, 1)

    def clear(self) -> None:
        """Forget the entry."""
        self._section.setText("")
        old = self._scroll.takeWidget()
        if old is not None:
            let_go(old)

    def show_entry(self, item: DisclosedEntry, story: Story) -> None:
        """Show one released entry of a record."""
        self.clear()
        entry = item.entry
        gap = look().gap
        self._section.setText(story.section_of(entry))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(gap(14), 0, gap(14), gap(8))
        column.setSpacing(gap(6))
        title = Text(f"“{entry.title}”" if entry.own_words and not entry.detail else entry.title, "heading")
        column.addWidget(title)
        column.addWidget(Text(when_text(entry), "secondary"))
        self._add_tags(column, item)
        for words in story.conflicts_of(entry.entry_id):
            column.addWidget(notice(words, "warning"))
        for words in entry.warnings:
            column.addWidget(notice(words, "warning"))
        if item.shortened:
            column.addWidget(notice(self.tr("Parts of this entry are not shown to you.")))
        for words, role in ((entry.value, "strong"), (entry.detail, "quote" if entry.own_words else "body")):
            if words:
                column.addWidget(Text(words, role))
        self._add_said(column, item, story)
        self._add_links(column, item, story)
        self._add_fields(column, item)
        self._add_meanings(column, item)
        self._add_origin(column, item)
        column.addStretch(1)
        self._scroll.setWidget(inside)
        self.setAccessibleDescription(entry.title)

    def _add_tags(self, column: QVBoxLayout, item: DisclosedEntry) -> None:
        marks = tags(item)
        if marks:
            column.addWidget(tag_line(marks))

    def _add_fields(self, column: QVBoxLayout, item: DisclosedEntry) -> None:
        entry = item.entry
        fields = [(ours(field.label), field.value) for field in entry.fields]
        labels = {field.label.casefold() for field in entry.fields}
        if entry.status and "status" not in labels:
            fields.append((self.tr("Status"), entry.status))
        for measure in entry.measures:
            limits = self.tr(" to ").join(part for part in (measure.low, measure.high) if part)
            usual = self.tr(" (usual {limits})").format(limits=limits) if limits else ""
            judged = f", {measure.interpretation}" if measure.interpretation else ""
            name = measure.name or self.tr("Measured")
            fields.append((name, f"{measure.written}{judged}{usual}"))
        self._grid(column, fields)

    def _grid(self, column: QVBoxLayout, fields: list[tuple[str, str]]) -> None:
        gap = look().gap
        if not fields:
            return
        grid = QGridLayout()
        grid.setHorizontalSpacing(gap(12))
        grid.setVerticalSpacing(gap(6))
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        for number, (label, value) in enumerate(fields):
            grid.addWidget(rule(), number * 2, 0, 1, 2)
            grid.addWidget(Text(label, "secondary"), number * 2 + 1, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(Text(value), number * 2 + 1, 1, Qt.AlignmentFlag.AlignTop)
        column.addSpacing(gap(4))
        column.addLayout(grid)

    def _add_said(self, column: QVBoxLayout, item: DisclosedEntry, story: Story) -> None:
        """Comments on it and requests to correct it, by whoever made them: what the person says stands beside it."""
        found = said_of(item, story.all_entries())
        if not found:
            return
        column.addSpacing(look().gap(8))
        column.addWidget(Text(self.tr("What is said of this"), "cardtitle"))
        for said in found:
            entry = said.entry
            kind = self.tr("Comment") if is_comment(said) else self.tr("Correction asked for")
            column.addWidget(Text(entry.detail, "quote" if entry.own_words else "body"))
            under = (kind, entry.author, when_text(entry))
            column.addWidget(Text(" · ".join(part for part in under if part), "secondary"))

    def _add_links(self, column: QVBoxLayout, item: DisclosedEntry, story: Story) -> None:
        linked = story.linked(item)
        if not linked:
            return
        linked.sort(key=lambda one: one[0] != "same-day")  # the letter that it came with
        column.addSpacing(look().gap(8))
        column.addWidget(Text(self.tr("Goes with"), "cardtitle"))
        rows = QVBoxLayout()
        rows.setSpacing(look().gap(6))
        column.addLayout(rows)

        def add(some: list[tuple[str, DisclosedEntry]], *, below: bool) -> None:
            for number, (relation, other) in enumerate(some):
                words = _RELATIONS.get(relation.rpartition(".")[2].casefold(), "")
                under = (words, story.section_of(other.entry), when_text(other.entry))
                row = EntryRow(
                    other, other.entry.title, " · ".join(part for part in under if part), ruled=bool(number or below)
                )
                row.clicked.connect(lambda _checked=False, entry_id=other.entry.entry_id: self.opened.emit(entry_id))
                rows.addWidget(row)

        add(linked[:_LINKS_AT_FIRST], below=False)
        if len(linked) > _LINKS_AT_FIRST:
            words = self.tr("Show all {count}").format(count=len(linked))

            def show_all() -> None:
                in_place_of(more, self, lambda: add(linked[_LINKS_AT_FIRST:], below=True))

            more = button(words, "quiet", show_all, f"{words}, {self.tr('Goes with')}")
            column.addWidget(more)

    def _add_meanings(self, column: QVBoxLayout, item: DisclosedEntry) -> None:
        """What its words mean that one sector has for itself, for whoever has no pointer to rest on them too."""
        labels = " ".join(field.label for field in item.entry.fields)
        found = meanings(f"{haystack(item.entry, fold=False)} {labels}")
        if found:
            column.addSpacing(look().gap(10))
            column.addWidget(Text(self.tr("What these words mean"), "cardtitle"))
            self._grid(column, found)

    def _add_origin(self, column: QVBoxLayout, item: DisclosedEntry) -> None:
        entry = item.entry
        gap = look().gap
        column.addSpacing(gap(10))
        column.addWidget(Text(self.tr("Where this comes from"), "cardtitle"))
        column.addWidget(source_mark(entry.source.name, lane_of(entry)))
        origin = [(self.tr("Author"), entry.author), (self.tr("Recorded"), day(entry.recorded, time=True))]
        origin += [(self.tr("As at"), day(entry.as_at)), (self.tr("Record"), entry.resource)]
        for code in entry.codes:
            shown = " · ".join(part for part in (code.display, code.code) if part)
            origin.append((self.tr("Code"), f"{shown}\n{code.system}" if code.system else shown))
        self._grid(column, [(label, value) for label, value in origin if value])
        column.addSpacing(gap(6))
        entry_id = entry.entry_id
        asks = Flow(gap=gap(8), below=gap(6))
        if not self._shell.previews:  # it is not of what the preview shows, but of what whoever looks may see
            asks.add(button(self.tr("Show the original"), "", lambda: self.wants_original.emit(entry_id)))
        user = self._shell.session.user
        for kind in plugged().actions:
            if kind.changes and self._shell.reads_only:
                continue
            if user is not None and kind.who(user) and kind.offered(item):
                words = QCoreApplication.translate("Plugged", kind.name)
                asks.add(button(words, "", lambda act=kind.act: act(self._shell, item)))  # type: ignore[misc]
        column.addWidget(asks)
        column.addSpacing(gap(8))
        column.addWidget(Text(self.tr("Why you can see this"), "cardtitle"))
        column.addWidget(Text(ours(item.because), "secondary"))
        named = [ours(categories()[key].name) for key in item.categories if key in categories()]
        if named:
            column.addWidget(Text(self.tr("Kind of information: {names}").format(names=", ".join(named)), "secondary"))
