"""All dated entries of one record: a painted picture in lanes and, in step with it, the same entries as a list."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QFrame, QLineEdit, QPushButton, QVBoxLayout, QWidget

from consent.disclosure import SectionState
from desktop.jobs import Job
from desktop.models.chronicle import Chronicle, Filters, Shown
from desktop.models.entries import EntriesModel
from desktop.models.story import Story
from desktop.models.tongue import later, tr
from desktop.models.words import plural, span
from desktop.theme.tokens import look
from desktop.views.plugs import Page, Shell
from desktop.views.section import EntriesCard
from desktop.views.sharing import share
from desktop.widgets.fitted import FittedBox
from desktop.widgets.lanes import LanesPicture
from desktop.widgets.layouts import Flow, scrolling
from desktop.widgets.states import FourStates
from desktop.widgets.text import Text, button

_WORST_FIRST: tuple[SectionState, ...] = ("failed", "nothing-shown", "not-connected")
AT_ONCE = 6000
"""Entries that are arranged within a frame or two; more are arranged off the window's thread."""
_SPANS: tuple[tuple[str, int], ...] = (
    (later("Life"), 0),
    (later("10 y"), 3653),
    (later("3 y"), 1096),
    (later("1 y"), 366),
    (later("3 mo"), 92),
)


class Timeline(Page):
    """Picture, filters and list. `opened` carries an entry, `copied` a line for the clipboard."""

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._story: Story | None = None
        self._chronicle: Chronicle | None = None
        self._seen: Shown | None = None
        self._job: Job | None = None
        px, gap = look().px, look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = QWidget()
        outer.addWidget(scrolling(page))
        column = QVBoxLayout(page)
        column.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        column.setSpacing(gap(10))
        filters = Flow(gap=gap(8), align="centre")
        column.addWidget(filters)
        self._fill_filters(filters)
        self.picture = LanesPicture(lane_height=32, movable=True)
        self.picture.moved.connect(self._moved_by_hand)
        self.picture.picked.connect(self._picked)
        frame = QFrame()
        frame.setProperty("role", "card")
        self._frame = frame
        column.addWidget(frame)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(gap(14), gap(8), gap(14), gap(8))
        inside.addWidget(self.picture)
        self.count = Text("", "secondary")
        filters.add(self.count)
        self.model = EntriesModel(self)
        self.card = EntriesCard(self.model, self.tr("All dated entries"))
        self.card.table.opened.connect(self._open)
        self.card.table.copied.connect(self.copied)
        self.card.table.selectionModel().currentRowChanged.connect(self._moved)
        self.states = FourStates(self.card, page)
        self.states.setMinimumHeight(px(190))
        column.addWidget(self.states, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(60)
        self._timer.timeout.connect(self.narrow)

    def clear(self) -> None:
        """Forget the person."""
        self._forget_job()
        self._timer.stop()
        self._story = self._chronicle = self._seen = None
        self.picture.clear()
        for box in (self.section, self.source):
            box.blockSignals(True)
            box.clear()
            box.blockSignals(False)
        self.text.clear()
        self.only_days.setChecked(False)
        self._timer.stop()
        self.model.clear()
        self.count.setText("")

    def show_story(self, story: Story, key: str = "timeline") -> None:
        """Show one record; a long one is arranged off the window's thread."""
        self.clear()
        self._story = story
        if len(story.all_entries()) <= AT_ONCE:
            self._arranged(Chronicle(story))
            return
        self.states.show_loading(self.tr("Arranging the timeline…"))
        self._job = self._shell.session.jobs.start(lambda _job: Chronicle(story), self._arranged, self._failed)

    def _arranged(self, chronicle: Chronicle) -> None:
        self._job = None
        if self._story is None:
            return
        self._chronicle = chronicle
        for box, every, choices in (
            (self.section, self.tr("All kinds"), chronicle.kinds),
            (self.source, self.tr("All sources"), chronicle.sources),
        ):
            box.blockSignals(True)
            box.addItem(self.tr("{every} ({count})").format(every=every, count=f"{len(chronicle.all.items):,}"), "")
            for choice in choices:
                box.addItem(f"{choice.words} ({choice.entries:,})", choice.key)
            box.blockSignals(False)
        years = (self._story.today - self._earliest()).days // 365
        self._spans.buttons()[0 if years <= 10 else 2].setChecked(True)
        self._show(chronicle.all)

    def _failed(self, _error: Exception) -> None:
        self._job = None
        self.states.show_error(self.tr("The timeline could not be arranged. The sections have the same entries."))

    def _forget_job(self) -> None:
        if self._job is not None:
            self._job.forget()
            self._job = None

    def take_focus(self) -> None:
        """The list."""
        self.card.table.setFocus()

    def _fill_filters(self, flow: Flow) -> None:
        px, gap = look().px, look().gap
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Containing…"))
        self.text.setAccessibleName(self.tr("Only entries containing these words"))
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(px(150))
        self.text.textChanged.connect(lambda _text: self._timer.start())
        self.section, self.source = FittedBox(), FittedBox()
        for box, name in (
            (self.section, self.tr("Only this kind of entry")),
            (self.source, self.tr("Only this source")),
        ):
            box.setAccessibleName(name)
            box.currentIndexChanged.connect(lambda _row: self.narrow())
        for widget in (self.text, self.section, self.source):
            flow.add(widget)
        self._spans = QButtonGroup(self)
        spans = Flow(gap=gap(6))
        flow.add(spans)
        for name, days in _SPANS:
            words = tr(name)
            choice: QPushButton = button(words, "segment", self._choose_span, self.tr("Show {span}").format(span=words))
            choice.setCheckable(True)
            choice.setProperty("days", days)
            self._spans.addButton(choice)
            spans.add(choice)
        self._spans.buttons()[0].setChecked(True)
        self.only_days = button(
            self.tr("Only these days"), "segment", self.narrow, self.tr("List only what is of the days in the picture")
        )
        self.only_days.setCheckable(True)
        flow.add(self.only_days)
        self.print_button = button(
            self.tr("Print this list…"), "quiet", lambda: share(self._shell), self.tr("Print this list")
        )
        flow.add(self.print_button)

    def _earliest(self) -> date:
        assert self._story is not None
        oldest = self._chronicle.all.items[-1:] if self._chronicle is not None else []
        days = span(oldest[0].entry.when.start) if oldest else None
        return days[0] if days is not None else self._story.today

    def _show(self, seen: Shown) -> None:
        """Show what is left by the filters, in the list and in the picture, over the days that are in sight."""
        self._job = None
        if self._story is None or self._chronicle is None:
            return
        self._seen = seen
        self.model.show_ordered(seen.items, self._chronicle.names)
        days = self._days()
        if self.only_days.isChecked():  # the list follows the picture, so that stays where it is
            first, last = self.picture.days()
            days = date.fromordinal(first), date.fromordinal(last)
        self.picture.show_marks(seen.marks, *days, self._story.today, seen.lanes)
        self._frame.updateGeometry()
        self._shown()

    def _choose_span(self) -> None:
        if self._story is not None:
            first, last = self._days()
            self.picture.show_days(first.toordinal(), last.toordinal())
            self._follow()

    def _days(self) -> tuple[date, date]:
        """The first and last day of the chosen span, or of all of it where the picture was moved by hand."""
        assert self._story is not None
        today = self._story.today
        chosen = self._spans.checkedButton()
        days = int(chosen.property("days") if chosen is not None else 0)
        first = today - timedelta(days=days) if days else self._earliest()
        return first, today + timedelta(days=max(7, (today - first).days // 20))

    def _moved_by_hand(self) -> None:
        self._spans.setExclusive(False)
        for choice in self._spans.buttons():
            choice.setChecked(False)
        self._spans.setExclusive(True)
        self._follow()

    def _follow(self) -> None:
        """Have the list follow the days of the picture, where that is asked for."""
        if self.only_days.isChecked():
            self._timer.start()

    def narrow(self) -> None:
        """Keep only what the filters ask for, in the list and in the picture."""
        self._timer.stop()
        self._forget_job()
        chronicle = self._chronicle
        if chronicle is None:
            return
        asked = self.filters()
        if len(chronicle.all.items) <= AT_ONCE:
            self._show(chronicle.narrowed(asked))
            return
        self._job = self._shell.session.jobs.start(
            lambda job: chronicle.narrowed(asked, job.cancelled), self._show, self._failed
        )

    def filters(self) -> Filters:
        """What the list is narrowed to now."""
        section, source = (str(box.currentData() or "") for box in (self.section, self.source))
        days = self.picture.days() if self.only_days.isChecked() else None
        return Filters(self.text.text().strip(), section, source, days)

    def listed(self) -> Filters | None:
        """What the list is narrowed to, unless nothing is left."""
        return self.filters() if self.model.rowCount() else None

    def _shown(self) -> None:
        assert self._story is not None
        said = self.tr("{count}, newest first").format(count=plural(self.model.rowCount(), "entry", "entries"))
        states = {section.state for section in self._story.record.sections.values()}
        if "failed" in states:
            said += self.tr(". Some parts of the record could not be read; what they hold is not here")
        any_at_all = self._chronicle is not None and bool(self._chronicle.all.items)
        self._frame.setVisible(any_at_all)  # no picture of nothing
        self.count.setText(said if any_at_all else "")
        self.print_button.setVisible(self.model.rowCount() > 0 and not self._shell.reads_only)
        if self.model.rowCount():
            self.states.show_data()
        elif any_at_all:
            self.states.show_empty(self.tr("Nothing here matches"), self.tr("Take away a filter to see more."))
        else:
            worst: SectionState = next((one for one in _WORST_FIRST if one in states), "none-recorded")
            self.states.show_state(worst, self._story.record.banner.not_shared)

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.model.item(index).entry.entry_id)

    def _moved(self, current: QModelIndex, _before: QModelIndex) -> None:
        self.picture.mark_current(self.model.item(current).entry.entry_id if current.isValid() else None)

    def _picked(self, entry_id: str) -> None:
        row = self.model.row_of(entry_id)  # type: ignore[arg-type]
        if row >= 0:
            self.card.table.selectRow(row)
            self.card.table.scrollTo(self.model.index(row, 0))
        self.opened.emit(entry_id)

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        super().keyPressEvent(event)  # type: ignore[arg-type]
        if getattr(event, "key", lambda: None)() == Qt.Key.Key_Slash:
            self.text.setFocus()
