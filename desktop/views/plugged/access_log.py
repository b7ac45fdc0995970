"""The access log, checked: a picture of its chain, what was compared, and receipts held against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from desktop.jobs import Job
from desktop.models.tongue import ours
from desktop.models.words import day, plural
from desktop.reports import LogChecked, ReceiptChecked, UserRow
from desktop.theme.tokens import look
from desktop.views.plugs import Screen, ScreenKind, Shell, page_of
from desktop.widgets.chain import ChainPicture
from desktop.widgets.layouts import Flow
from desktop.widgets.states import ChangingPage
from desktop.widgets.text import Card, Text, button, notice
from desktop.widgets.under_way import UnderWay


def _tr(text: str) -> str:
    return QCoreApplication.translate("AccessLog", text)


class AccessLog(Screen):
    """Checks the log when it comes to the front, and again when asked."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        gap = look().gap
        outer = page_of(self, _tr("Access log"))
        words = _tr(
            "Every look and every change is a line of the log. Each user signs it as it stands, over all lines before:"
            " a line that was changed, taken out or put back breaks the chain."
        )
        outer.addWidget(Text(words, "secondary"))
        asks = Flow(gap=gap(8), below=gap(6))
        self.check_button = button(_tr("Check it again"), "primary", self.check)
        self.receipt_button = button(_tr("Check a receipt…"), "", self._ask_receipt)
        asks.add(self.check_button)
        asks.add(self.receipt_button)
        outer.addWidget(asks)
        self.under_way = UnderWay(_tr("How far the check is"), _tr("Stop the check"), self.check_button)
        outer.addWidget(self.under_way)
        self.states = ChangingPage()
        outer.addWidget(self.states, 1)
        self._log: LogChecked | None = None
        self._receipt: Card | None = None
        self._holding: Job | None = None

    def start(self) -> None:
        """Check the log."""
        self.check_button.setFocus()
        self.check()

    def clear(self) -> None:
        """Forget what was found; a check that is under way stops."""
        self.under_way.forget()
        if self._holding is not None:
            self._holding.forget()
        self._log = self._receipt = None
        self.states.drop()

    def check(self) -> None:
        """Check the log and everyone's records."""

        def checking(workspace: Any, job: Job) -> LogChecked:
            with workspace.telling(job.progress, job.cancelled):
                found: LogChecked = workspace.check_log()
            return found

        def failed(words: str) -> None:
            self.under_way.end()
            self.states.show_error(words)

        self.states.show_loading(_tr("Checking every line and every signature…"))
        self.under_way.forget()
        self.under_way.begin(
            _tr("Checking the log…"),
            lambda: self._shell.session.run(checking, self._checked, failed, self.under_way.progress),
        )

    def check_receipt(self, file: Path) -> None:
        """Check a receipt by itself and against this vault's log."""
        self.states.show_loading(_tr("Checking the receipt…"))

        def wrong(words: str) -> None:
            self._say_receipt(_receipt(file, None, words))

        def held(found: ReceiptChecked) -> None:
            self._say_receipt(_receipt(file, found, ""))

        self._holding = self._shell.session.ask(lambda workspace: workspace.hold_receipt(file), held, wrong)

    def _ask_receipt(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, _tr("A receipt"), "", _tr("Receipts (*.json);;All files (*)"))
        if name:
            self.check_receipt(Path(name))

    def _checked(self, found: LogChecked) -> None:
        self.under_way.end()
        self._log = found
        self._show()

    def _say_receipt(self, card: Card) -> None:
        self._receipt = card
        self._show()

    def _show(self) -> None:
        if self._receipt is not None:
            self._receipt.setParent(None)
        self.states.drop()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look().gap(6), 0)
        column.setSpacing(look().gap(12))
        if self._receipt is not None:
            column.addWidget(self._receipt)
            self._receipt.show()
        if self._log is not None:
            column.addWidget(_log(self._log))
        column.addStretch(1)
        self.states.put(inside, _tr("What the check found"))


def _log(found: LogChecked) -> Card:
    whole = not found.problem
    card = Card(_tr("The chain of the log"), "" if whole else _tr("look at this"), tone="" if whole else "danger")
    gap = look().gap
    if whole:
        said = Text(_tr("Whole: nothing was changed, taken out or put back."), "strong")
        said.setContentsMargins(gap(6), gap(2), gap(6), gap(4))
        card.add(said)
    else:
        card.add(notice(ours(found.problem), "danger"))
    picture = QWidget()
    inset = QVBoxLayout(picture)
    inset.setContentsMargins(gap(6), gap(8), gap(6), gap(8))
    inset.addWidget(ChainPicture(found.chain, whole=whole))
    card.add(picture)
    for words in (
        plural(found.events, "line") + _tr(" hashed again"),
        plural(found.signatures, "signature") + _tr(" checked"),
        plural(found.read, "line") + _tr(" opened and compared with what was committed to"),
        _tr("the records of {people} compared with their signed state").format(
            people=plural(found.people, "person", "people")
        ),
    ):
        card.say("· " + words)
    return card


def _receipt(file: Path, found: ReceiptChecked | None, wrong: str) -> Card:
    if found is None:
        card = Card(_tr("The receipt does not hold"), file.name, tone="danger")
        card.add(notice(wrong, "danger"))
        return card
    card = Card(_tr("The receipt holds"), file.name)
    said = _tr("It proves {events} about {person} in a log of {size}, signed on {day}.").format(
        events=plural(found.events, "line"), person=found.called, size=f"{found.size:,}", day=day(found.time[:10])
    )
    card.add(notice(said))
    card.say(_tr("It agrees with the log of this vault."))
    card.say(_tr("The custodian’s key, to compare by eye: {print}").format(print=found.fingerprint))
    return card


def _office(user: UserRow) -> bool:
    return user.office


SCREENS = (ScreenKind("access-log", "Access log", AccessLog, _office, order=63),)
