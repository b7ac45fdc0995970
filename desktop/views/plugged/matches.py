"""People who may be one: the queue, the evidence side by side, joining, keeping apart, and taking either back.

The queue names people by minimum demographics. The evidence comes when a reason was given, to those who may decide.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from consent.identity_access import may_match
from desktop.matching import Compared, MatchPair
from desktop.models.tongue import later, ours, tr
from desktop.models.words import day, nhs_number
from desktop.reports import PersonRow, UserRow
from desktop.theme.tokens import look
from desktop.views.plugs import Screen, ScreenKind, Shell
from desktop.widgets.leaving import let_go
from desktop.widgets.row import WrittenRow
from desktop.widgets.states import FourStates
from desktop.widgets.text import Card, Text, button, rule, tag
from desktop.widgets.written import Block, Passage, Run

State = Literal["open", "same", "apart"]

AGREEMENT = {
    "agree": (later("agrees"), "good"),
    "near": (later("nearly"), "info"),
    "differ": (later("differs"), "warning"),
    "missing": (later("not in both"), ""),
}
STRENGTH = {
    "strong": (later("strong evidence"), "good"),
    "fair": (later("some evidence"), "info"),
    "slight": (later("too little to tell"), ""),
    "against": (later("evidence against"), "warning"),
}
QUEUES: tuple[tuple[State, str], ...] = (
    ("open", later("To decide")),
    ("same", later("Joined")),
    ("apart", later("Kept apart")),
)


class Matches(Screen):
    """The queue on the left, one pair on the right."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._state: State = "open"
        self._pair: MatchPair | None = None
        gap, px = look().gap, look().px
        self.setProperty("role", "page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(gap(16), gap(14), gap(16), gap(16))
        outer.setSpacing(gap(10))
        outer.addWidget(Text(self.tr("People who may be one person"), "title"))
        words = self.tr(
            "Joining moves nothing and can be taken back at any time. Each look and each decision is logged."
        )
        outer.addWidget(Text(words, "secondary"))
        tabs = QHBoxLayout()
        self._tabs = QButtonGroup(self)
        for state, name in QUEUES:
            made = button(tr(name), "segment", lambda state=state: self.show_queue(state))  # type: ignore[misc]
            made.setCheckable(True)
            made.setChecked(state == "open")
            self._tabs.addButton(made)
            tabs.addWidget(made)
        tabs.addStretch(1)
        outer.addLayout(tabs)
        self.done = QWidget()
        said = QHBoxLayout(self.done)
        said.setContentsMargins(0, 0, 0, 0)
        self.said = Text("", "strong")
        self.undo = button(self.tr("Undo"), "", self._undo)
        said.addWidget(self.said, 1)
        said.addWidget(self.undo)
        self.done.hide()
        outer.addWidget(self.done)
        row = QHBoxLayout()
        row.setSpacing(gap(14))
        self.queue = _Scrolling(self.tr("Pairs"))
        self.queue.setMinimumWidth(px(300))
        self.pair = _Scrolling(self.tr("The two records"))
        row.addWidget(self.queue, 2)
        row.addWidget(self.pair, 3)
        holder = QWidget()
        holder.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self.states = FourStates(holder)
        outer.addWidget(self.states, 1)
        self.reason = QLineEdit()
        self._last: tuple[MatchPair, str] | None = None
        QShortcut(QKeySequence("Ctrl+Z"), self, self._undo)

    def start(self) -> None:
        """Ask for the queue."""
        self.show_queue("open")

    def clear(self) -> None:
        """Forget everyone."""
        self._pair = self._last = None
        self.said.setText("")
        self.done.hide()
        self.queue.put(QWidget())
        self.pair.put(QWidget())
        self.reason = QLineEdit()

    def show_queue(self, state: State) -> None:
        """Show the pairs in one state."""
        self._state, self._pair = state, None
        self.pair.put(QWidget())
        self.states.show_loading(self.tr("Looking for possible matches…"))
        self._shell.session.ask(
            lambda workspace: workspace.possible_matches(state), self._show_pairs, self.states.show_error
        )

    def _show_pairs(self, pairs: list[MatchPair]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(self.tr("Pairs"), str(len(pairs)))
        for number, pair in enumerate(pairs):
            card.add(self._row(pair, number))
        if not pairs:
            card.say(self.tr("There is no pair here."))
        column.addWidget(card)
        column.addStretch(1)
        self.queue.put(inside)
        self.states.show_data()
        if pairs:
            self._choose(pairs[0])

    def _row(self, pair: MatchPair, number: int) -> WrittenRow:
        blocks: list[Block] = []
        for person in (pair.person, pair.other):
            blocks.append(Passage(Run(person.name, "strong")))
            blocks.append(Passage(Run(_least(person), "secondary")))
        if pair.decided:
            said = self.tr("{day}, {who}").format(day=day(pair.decided), who=pair.decided_by)
            blocks.append(Passage(Run(said, "secondary")))
        elif pair.state == "same":
            blocks.append(Passage(Run(self.tr("joined by their numbers"), "secondary")))
        row = WrittenRow(", ".join(block.words() for block in blocks), blocks, ruled=number > 0)
        row.clicked.connect(lambda _checked=False: self._choose(pair))
        return row

    def _choose(self, pair: MatchPair) -> None:
        """Ask for a reason before anything but names is shown of how two records compare."""
        self._pair = pair
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(self.tr("Why do you look at these two records?"))
        for person in (pair.person, pair.other):
            card.say(f"{person.name}, {_least(person)}")
        self.reason = QLineEdit()
        self.reason.setAccessibleName(self.tr("Reason"))
        go = button(self.tr("Compare"), "primary", self.compare)
        self.reason.returnPressed.connect(self.compare)
        row = QHBoxLayout()
        row.setContentsMargins(look().gap(6), look().gap(6), look().gap(6), look().gap(2))
        row.setSpacing(look().gap(8))
        row.addWidget(self.reason, 1)
        row.addWidget(go)
        card.body.addLayout(row)
        card.say(self.tr("For example: a second referral for the same person"))
        card.say(self.tr("The reason is kept in the access log of both."))
        column.addWidget(card)
        column.addStretch(1)
        self.pair.put(inside)

    def compare(self) -> None:
        """Show the evidence of the chosen pair."""
        pair, reason = self._pair, self.reason.text().strip()
        if pair is None or not reason:
            self.reason.setFocus()
            return
        one, other = pair.person.person_id, pair.other.person_id
        self._shell.session.ask(
            lambda workspace: workspace.compare_match(one, other, reason),
            lambda found: self._show_compared(found, reason),
            self._shell.tell,
        )

    def _show_compared(self, found: Compared, reason: str) -> None:
        gap = look().gap
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(gap(10))
        words, tone = STRENGTH[found.evidence.strength]
        words = tr(words)
        card = Card(self.tr("What the two records say"))
        row = QHBoxLayout()
        row.setContentsMargins(gap(6), 0, gap(6), gap(6))
        row.addWidget(tag(words, tone))
        row.addStretch(1)
        card.body.addLayout(row)
        card.say(ours(found.evidence.words))
        card.add(rule())
        card.add(_heads(found.pair))
        for line in found.evidence.lines:
            if not (line.one or line.other):
                continue
            card.add(rule())
            holder = QWidget()
            grid = QGridLayout(holder)
            grid.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
            grid.setHorizontalSpacing(gap(12))
            agreement, colour = AGREEMENT[line.agreement]
            agreement = tr(agreement)
            label, words = ours(line.label), ours(line.words)
            grid.addWidget(Text(label, "secondary"), 0, 0)
            mark = tag(agreement, colour)
            grid.addWidget(mark, 0, 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(Text(line.one or self.tr("not recorded"), "strong" if line.one else "secondary"), 1, 0)
            grid.addWidget(Text(line.other or self.tr("not recorded"), "strong" if line.other else "secondary"), 1, 1)
            grid.addWidget(Text(words, "secondary"), 2, 0, 1, 2)
            grid.setColumnStretch(0, 1)
            grid.setColumnStretch(1, 1)
            holder.setAccessibleName(f"{label}: {line.one}; {line.other}; {words}")
            card.add(holder)
        column.addWidget(card)
        column.addLayout(self._buttons(found.pair, reason))
        column.addStretch(1)
        self.pair.put(inside)

    def _buttons(self, pair: MatchPair, reason: str) -> QHBoxLayout:
        row = QHBoxLayout()
        if pair.state == "open":
            row.addWidget(button(self.tr("Join: one person"), "", lambda: self._decide(pair, "same", reason)))
            row.addWidget(button(self.tr("Keep apart: two people"), "", lambda: self._decide(pair, "apart", reason)))
        elif pair.state == "same" and not pair.decided:
            row.addWidget(button(self.tr("Split: two people…"), "", lambda: self._sure(pair, reason)))
        else:
            name = self.tr("Split them again") if pair.state == "same" else self.tr("Open the question again")
            row.addWidget(button(name, "", lambda: self._decide(pair, "open", reason)))
        row.addStretch(1)
        return row

    def _sure(self, pair: MatchPair, reason: str) -> None:
        """Say what a split of what evidence joined does, and do it when that is wanted."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(self.tr("Split these two records?"))
        for person in (pair.person, pair.other):
            card.say(f"{person.name}, {_least(person)}")
        card.say(self.tr("Their numbers joined them. Each gets back all that is filed under it, with its source."))
        card.say(self.tr("Sharing choices made so far go on holding for both. It can be undone."))
        row = QHBoxLayout()
        row.setContentsMargins(look().gap(6), look().gap(6), look().gap(6), look().gap(6))
        row.setSpacing(look().gap(8))
        row.addStretch(1)
        leave = button(self.tr("Leave them as one"), "", lambda: self._choose(pair))
        row.addWidget(leave)
        row.addWidget(button(self.tr("Split: two people"), "danger", lambda: self._decide(pair, "apart", reason)))
        card.body.addLayout(row)
        column.addWidget(card)
        column.addStretch(1)
        self.pair.put(inside)
        leave.setFocus()

    def _decide(self, pair: MatchPair, state: State, reason: str) -> None:
        one, other = pair.person.person_id, pair.other.person_id
        done = (pair, state, reason)
        self._shell.session.ask(
            lambda workspace: workspace.decide_match(one, other, state, reason),
            lambda _none: self._decided(done),
            self._shell.tell,
        )

    def _decided(self, done: tuple[MatchPair, State, str]) -> None:
        pair, state, reason = done
        words = {
            "same": self.tr("Joined: both records open as one."),
            "apart": self.tr("Kept apart: they are two people."),
            "open": self.tr("Taken back: as it was before."),
        }[state]
        self.said.setText(f"{words} {pair.person.name} · {pair.other.name}")
        self._last = (pair, reason) if state != "open" else None
        self.undo.setVisible(self._last is not None)
        self.done.show()
        self.show_queue(self._state)

    def _undo(self) -> None:
        """Take the last decision of this sitting back."""
        if self._last is not None:
            pair, reason = self._last
            self._last = None
            self._decide(pair, "open", reason)


class _Scrolling(QScrollArea):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)

    def put(self, inside: QWidget) -> None:
        """Show this; what was shown before goes."""
        old = self.takeWidget()
        if old is not None:
            let_go(old)
        self.setWidget(inside)


def _heads(pair: MatchPair) -> QWidget:
    """Which record each of the two columns tells of."""
    holder, gap = QWidget(), look().gap
    grid = QGridLayout(holder)
    grid.setContentsMargins(gap(6), gap(6), gap(6), gap(6))
    grid.setHorizontalSpacing(gap(12))
    for column, person in enumerate((pair.person, pair.other)):
        grid.addWidget(Text(person.name, "strong"), 0, column)
        grid.addWidget(Text(_least(person), "secondary"), 1, column)
        grid.setColumnStretch(column, 1)
    return holder


def _least(person: PersonRow) -> str:
    born = (
        tr("born {date}").format(date=day(person.birth_date)) if person.birth_date else tr("date of birth not recorded")
    )
    number = nhs_number(person.nhs_number) if person.nhs_number else tr("no NHS number")
    return f"{born} · {number}"


def _may(user: UserRow) -> bool:
    return may_match(user.role)


SCREENS = (ScreenKind("matches", "People who may be one…", Matches, _may, "Ctrl+Shift+M", order=30),)
