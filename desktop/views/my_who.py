"""*Who can see what*: pick who it is about, choose for each kind of information, see what would change, save, undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from consent.disclosure import DisclosedEntry
from consent.plain_choices import PlainChoices, What, Who
from consent.preferences import preference_of
from consent.presets import PRESETS
from consent.preview import Change
from desktop.models.board import Board, Until, doubt_about
from desktop.models.tongue import ours
from desktop.models.voice import Voice
from desktop.my_desk import Desk
from desktop.theme.tokens import look
from desktop.views.my_change import UNKNOWN, ChangePanel, Changes
from desktop.views.my_kinds import Kinds
from desktop.views.my_workers import Workers
from desktop.widgets.easy_lines import Said, said
from desktop.widgets.layouts import Flow, grow, scrolling
from desktop.widgets.text import Card, Text, button, menu_button, notice

FIRST = Who("role", "gp")
_WIDE = 1080


class WhoPage(QWidget):
    """The page. `see_as` asks for a preview of the screens of somebody else, with what is not saved yet or as they are
    now; `wants_name` and `wants_single` for the dialogs that add to the choices."""

    see_as = Signal(object, bool)
    wants_name = Signal()
    wants_single = Signal()
    changed = Signal()

    def __init__(self, desk: Desk, board: Board, voice: Voice, place: QWidget) -> None:
        """In its `place`, as wide as that is: built for another width it would be built twice."""
        super().__init__(place)
        self.resize(place.size())
        self._desk, self.board, self._voice = desk, board, voice
        self.who = FIRST
        self._titles: dict[str, str] = {}
        self._changes: Changes = ()
        self._asked = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._place: QWidget | None = None
        self._areas: list[QScrollArea] = []
        self._head = self._make_head()
        self.panel = ChangePanel()
        self.panel.save.connect(self.save)
        self.panel.drop.connect(self.drop)
        self.panel.undo.connect(self.undo)
        self.panel.until.connect(self.hold_until, Qt.ConnectionType.QueuedConnection)
        self.panel.see_as.connect(self.see_as)
        self._others = self._make_others()
        self.footer = self._make_footer()
        self.workers: Workers | None = None
        self._middle: QWidget | None = None
        self._wide: bool | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(0)
        self._wait.timeout.connect(self._ask)
        self._fill()
        if board.items():
            desk.things(self._learn_titles, self._wrong)

    def _learn_titles(self, things: list[DisclosedEntry]) -> None:
        """What single things are called, where whoever looks may see them."""
        self._titles |= {item.entry.resource: item.entry.title for item in things}
        self._fill()

    # -- arranging

    def _make_head(self) -> QWidget:
        voice = self._voice
        made = QFrame()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(6))
        column.addWidget(said(voice, "who.lead", "lead"))
        self._now = Said(voice)
        column.addWidget(self._now)
        flow = Flow(look().gap(8))
        menu = QMenu(made)
        for key in PRESETS:
            action = menu.addAction(voice.say(f"preset.{key}"))
            action.setToolTip(voice.say(f"preset-words.{key}"))
            action.setStatusTip(voice.say(f"preset-words.{key}"))
            action.triggered.connect(lambda _checked=False, key=key: self.start_from(key))
        menu.setToolTipsVisible(True)
        self.start = menu_button(voice.say("who.start"), menu)
        flow.add(self.start)
        flow.add(button(voice.say("who.add"), "", self.wants_name.emit))
        flow.add(button(voice.say("who.single"), "", self.wants_single.emit))
        column.addWidget(flow)
        grow(made)
        return made

    def _make_others(self) -> QWidget | None:
        if not self.board.others and not self.board.imported and not self.board.doubts:
            return None
        voice = self._voice
        card = Card(voice.say("other.title"))
        card.say(voice.say("other.lead"))
        for _tree, not_plain in self.board.others:
            card.add(notice(voice.say("other.more") if voice.easy else ours(not_plain.why)))
        for tree in self.board.imported:
            key = preference_of(tree)
            told = (f"recorded.{key}", "recorded.where") if key else ("other.imported",)
            card.add(notice(" ".join(map(voice.say, told))))
        for doubt in self.board.doubts:
            key = "other.passed-over" if doubt.passed_over else "other.doubt"
            why = voice.say(f"doubt.{doubt_about(doubt)}") if voice.easy else ours(doubt.text)
            card.add(notice(voice.say(key, what=doubt.path or "Consent", words=why), "warning"))
        grow(card)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._is_wide() != self._wide:
            self._fill()

    def _is_wide(self) -> bool:
        return self.width() >= look().px(_WIDE) and not self._voice.easy

    def _fill(self) -> None:
        """Build what shows the board, in its place; what is scrolled and where the cursor is stay."""
        wide = self._is_wide()
        if self.workers is None or wide != self._wide:
            self.workers = Workers(self.board, self._voice, flowing=not wide)
            self.workers.chosen.connect(self.pick)
            self.workers.choose(self.who)
            self._wide = wide
            self._middle = self._make_middle()
            self._lay_out(self.workers, self._middle)
        else:
            focus = self.focusWidget()
            at = focus.accessibleName() if focus is not None else ""
            bar = self._areas[1 if wide else 0].verticalScrollBar()
            scrolled = bar.value()
            old, self._middle = self._middle, self._make_middle()
            assert old is not None
            layout = self._middle_holder.layout()
            assert layout is not None
            layout.replaceWidget(old, self._middle)
            old.hide()
            old.deleteLater()
            self._settle()
            bar.setValue(scrolled)
            again = next((one for one in self._middle.findChildren(QPushButton) if one.accessibleName() == at), None)
            if at and again is not None:
                again.setFocus()  # what was pressed was built anew
        self.write()

    def _settle(self) -> None:
        """Give everything its size before anything is scrolled to."""
        for area in self._areas:
            inside = area.widget()
            if inside is not None and (layout := inside.layout()) is not None:
                layout.activate()

    def _lay_out(self, workers: Workers, middle: QWidget) -> None:
        """Three columns that scroll by themselves where there is room; one below the other where not."""
        gap = look().gap
        for part in (self._head, self.panel, self._others):
            if part is not None:
                part.setParent(None)
        if self._place is not None:
            self._column.removeWidget(self._place)
            self._place.hide()
            self._place.deleteLater()
        self._place = QWidget()
        self._column.addWidget(self._place, 1)
        self._middle_holder = QWidget()
        holder = QVBoxLayout(self._middle_holder)
        holder.setContentsMargins(0, 0, 0, 0)
        holder.setSpacing(gap(12))
        self.footer = self._make_footer()
        if not self._wide:
            for part in (self._head, workers, middle, self.panel, self._others):
                if part is not None:
                    holder.addWidget(part)
            holder.setContentsMargins(gap(20), gap(14), gap(20), gap(20))
            holder.addStretch(1)
            column = QVBoxLayout(self._place)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(0)
            self._areas = [scrolling(self._middle_holder)]
            bar = self._areas[0].verticalScrollBar()
            bar.valueChanged.connect(self._write_footer)
            bar.rangeChanged.connect(self._write_footer)
            column.addWidget(self._areas[0], 1)
            column.addWidget(self.footer)
            for part in (self._head, workers, self.panel):
                part.show()
            return
        holder.addWidget(middle)
        if self._others is not None:
            holder.addWidget(self._others)
        holder.addStretch(1)
        grid = QGridLayout(self._place)
        grid.setContentsMargins(gap(20), gap(12), gap(8), 0)
        grid.setSpacing(gap(12))
        grid.addWidget(self._head, 0, 0, 1, 3)
        self._areas = [scrolling(part) for part in (workers, self._middle_holder, self.panel)]
        for n, (area, stretch) in enumerate(zip(self._areas, (3, 6, 4), strict=True)):
            grid.addWidget(area, 1, n)
            grid.setColumnStretch(n, stretch)
        grid.setRowStretch(1, 1)
        for part in (self._head, self.panel):
            part.show()

    def _make_footer(self) -> QFrame:
        """Where the panel is far below what was pressed: that something waits, and the way to it."""
        made = QFrame()
        made.setProperty("role", "footer")
        gap = look().gap
        row = QHBoxLayout(made)
        row.setContentsMargins(gap(20), gap(8), gap(20), gap(8))
        row.addWidget(Text(self._voice.say("who.changed"), "strong"), 1)
        row.addWidget(button(self._voice.say("who.look"), "primary", self._show_panel))
        made.hide()
        return made

    def _write_footer(self) -> None:
        """It leads to the panel, and takes no room where one is there already."""
        bar = self._areas[0].verticalScrollBar()
        far = self.panel.y() - bar.value() > self.height() // 2 and bar.value() < bar.maximum()
        self.footer.setVisible(self.board.changed and not self._wide and far)

    def _show_middle(self) -> None:
        self._settle()
        if not self._wide and self._middle is not None:
            self._areas[0].verticalScrollBar().setValue(self._middle.y() - look().gap(12))

    def _show_panel(self) -> None:
        self._settle()
        self._areas[0].verticalScrollBar().setValue(self.panel.y() - look().gap(12))

    def _make_middle(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(12))
        kinds = Kinds(self.board, self._voice, self.who)
        # An arrow key presses a button first and moves the keyboard to it then: it is built anew after that.
        kinds.chosen.connect(self.choose, Qt.ConnectionType.QueuedConnection)
        column.addWidget(kinds)
        if self.board.items():
            column.addWidget(self._single())
        column.addStretch(1)
        grow(holder)
        return holder

    def _single(self) -> QWidget:
        card = Card(self._voice.say("who.items"))
        for one in self.board.items():
            title = self._voice.what(one.what, self._titles.get(one.what.value, ""))
            line = f"{self._voice.worker(one.who)}: {title}"
            card.say(f"{line}: {self._voice.say(f'setting.{one.setting}')}")
            card.add(
                button(
                    self._voice.say("single.take-back"),
                    "quiet",
                    partial(self._take_back, one.who, one.what),
                    f"{self._voice.say('single.take-back')}: {line}",
                )
            )
        grow(card)
        return card

    # -- saying and asking

    def write(self) -> None:
        """Say what holds now, in the list, the head and the panel."""
        count = len(self.board.saved.choices)
        voice = self._voice
        made = voice.number("who.number", count)
        self._now.say(voice.say("who.now-chosen", n=made) if count else voice.say("who.now-usual"))
        self._write_footer()
        if self.workers is not None:
            self.workers.write()
        self.panel.show_board(self.board, voice, self.who, self._changes, self._titles)

    def pick(self, who: Who) -> None:
        """Show what one recipient may see."""
        self.who = who
        self._fill()
        if self.workers is not None:
            self.workers.choose(who)
        self._settle()
        if self._wide:
            self._areas[1].verticalScrollBar().setValue(0)
        else:
            QTimer.singleShot(0, self, self._show_middle)

    def choose(self, what: What, setting: object) -> None:
        """Say something about the recipient that is shown."""
        self._alter(lambda: self.board.choose(self.who, what, setting))  # type: ignore[arg-type]

    def hide_thing(self, who: Who, item: str, title: str) -> None:
        """Hide one thing from somebody."""
        self._titles[item] = title
        self._alter(lambda: self.board.choose(who, What("item", item), "off"))

    def add_name(self, who: Who) -> None:
        """Let a choice be about somebody by name: shown in the list once something is chosen."""
        self.who = who
        self._alter(lambda: None)

    def start_from(self, key: str) -> None:
        """Begin with a preset."""
        self._alter(lambda: self.board.start_from(key))

    def _take_back(self, who: Who, what: What) -> None:
        self._alter(lambda: self.board.choose(who, what, None))

    def hold_until(self, key: Until, day: object = None) -> None:
        """Until when what is not saved yet is to hold."""
        self._alter(lambda: self.board.hold_until(key, day))  # type: ignore[arg-type]

    def take_up(self) -> None:
        """Show changes that were begun before and not saved."""
        self.panel.say(self._voice.say("kept.choices"))
        self._changes = None
        self._wide = None
        self._wait.start()
        self._fill()

    def drop(self) -> None:
        """Go back to what is saved."""
        self._alter(self.board.forget_changes)

    def _alter(self, change: Callable[[], object]) -> None:
        named = self.board.named()
        change()
        self.panel.say("")
        if self.board.named() != named:
            self._wide = None
        self._later()

    def _later(self) -> None:
        self._changes = None if self.board.changed else ()
        self._wait.start()
        self._fill()
        self.changed.emit()

    def _ask(self) -> None:
        if not self.board.changed:
            return
        self._asked += 1
        asked = self._asked

        def come(found: tuple[Change, ...]) -> None:
            if asked == self._asked:
                self._changes = found
                self.write()

        def fail(words: str) -> None:
            if asked == self._asked:
                self._changes = UNKNOWN
                self._wrong(words)

        self._desk.preview(self.board, self.board.draft, come, fail)

    # -- keeping

    def save(self) -> None:
        """Keep the changes."""
        self._desk.save(self.board, self.board.draft, self._kept, self._wrong)

    def _kept(self) -> None:
        self.board.kept()
        self._changes = ()
        self.panel.say(self._voice.say("change.saved"))
        self._fill()
        self.changed.emit()

    def undo(self) -> None:
        """Take the last save back, and save that."""
        before: PlainChoices = self.board.undo()
        self._desk.save(self.board, before, self._undone, self._not_undone)

    def _not_undone(self, words: str) -> None:
        self._changes = None
        self._wait.start()
        self._wrong(words)

    def _undone(self) -> None:
        self.board.undone()
        self._changes = ()
        self.panel.say(self._voice.say("change.undone"))
        self._fill()
        self.changed.emit()

    def _wrong(self, words: str) -> None:
        self.panel.say(self._voice.wrong(words), "warning")
        self.write()
