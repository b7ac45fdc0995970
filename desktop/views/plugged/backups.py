"""Backups, for the privacy office: those that were made, making one, and putting one back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.dialogs.place import ask_place
from desktop.jobs import Job
from desktop.models.words import day, plural
from desktop.reports import BackupDone, UserRow
from desktop.theme.tokens import look
from desktop.views.plugs import Screen, ScreenKind, Shell, page_of
from desktop.views.putting_back import ask_restore, ask_which
from desktop.widgets.acts import ActLine, fill
from desktop.widgets.layouts import Flow
from desktop.widgets.states import ChangingPage
from desktop.widgets.text import Card, Text, button
from desktop.widgets.under_way import UnderWay

SHOWN = 30


def _tr(text: str) -> str:
    return QCoreApplication.translate("Backups", text)


class Backups(Screen):
    """A list of backups made, with progress while one is being made."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._loading: Job | None = None
        gap = look().gap
        outer = page_of(self, _tr("Backups"))
        words = _tr(
            "A backup is one file with the whole vault, sealed as it is here. It is read back and compared row by row"
            " before it counts. Keep it somewhere else than this computer."
        )
        outer.addWidget(Text(words, "secondary"))
        asks = Flow(gap=gap(8), below=gap(6))
        self.make_button = button(_tr("Make a backup…"), "primary", self._ask_where)
        self.restore_button = button(_tr("Put one back…"), "", self._ask_which)
        asks.add(self.make_button)
        asks.add(self.restore_button)
        outer.addWidget(asks)
        self.under_way = UnderWay(_tr("How far the backup is"), _tr("Stop the backup"), self.make_button)
        outer.addWidget(self.under_way)
        self.said = Text("", "strong")
        self.said.hide()
        outer.addWidget(self.said)
        self.states = ChangingPage()
        outer.addWidget(self.states, 1)

    def start(self) -> None:
        """Ask which were made."""
        self.make_button.setFocus()
        self.states.show_loading(_tr("Reading the log…"))
        self._load()

    def busy(self) -> bool:
        return self.under_way.busy()

    def clear(self) -> None:
        """Forget what was done; what is under way stops."""
        self.under_way.forget()
        if self._loading is not None:
            self._loading.forget()
        self._say("")
        self._busy(under_way=False)
        self.states.drop()

    def _load(self) -> None:
        def read(workspace: object) -> list[tuple[str, str]]:
            return [
                (event.time, event.name)
                for event in workspace.log()  # type: ignore[attr-defined]
                if event.kind == "backup"
            ][-SHOWN:]

        self._loading = self._shell.session.ask(read, self._show, self.states.show_error)

    def _show(self, made: list[tuple[str, str]]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, look().gap(6), 0)
        card = Card(_tr("Backups begun here"), str(len(made)))
        lines = [ActLine(f"{day(time, time=True)}", more=name) for time, name in reversed(made)]
        column.addWidget(fill(card, lines, _tr("No backup was made yet. If this computer is lost, so is the vault.")))
        column.addStretch(1)
        self.states.put(inside, _tr("Backups begun here"))

    # -- making one

    def _ask_where(self) -> None:
        place = ask_place(self, _tr("Make a backup"), "onestory.backup")
        if place is not None:
            self.make(place)

    def make(self, file: Path) -> None:
        """Make a backup."""
        self._busy(under_way=True)
        self.under_way.begin(
            _tr("Making the backup…"),
            lambda: self._shell.session.run(
                lambda workspace, job: workspace.backup(file, job.progress, job.cancelled),
                self._made,
                self._failed,
                self.under_way.progress,
            ),
        )

    def _made(self, done: BackupDone) -> None:
        self.under_way.end()
        self._busy(under_way=False)
        rows = plural(done.rows, "row")
        self._say(_tr("Made: {file}. {rows}, read back and found the same.").format(file=done.file.name, rows=rows))
        self._load()

    def _failed(self, words: str) -> None:
        self.under_way.end()
        self._busy(under_way=False)
        self._say(words)
        self._load()

    def _busy(self, *, under_way: bool) -> None:
        for one in (self.make_button, self.restore_button):
            one.setEnabled(not under_way)
        if under_way:
            self._say("")
        elif self.isVisible():
            self.make_button.setFocus()

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    # -- putting one back

    def _ask_which(self) -> None:
        ask_which(self._shell)

    def ask_restore(self, file: Path) -> None:
        """Ask for name and passphrase, then sign out and put it back."""
        ask_restore(self._shell, file)


def _office(user: UserRow) -> bool:
    return user.office


SCREENS = (ScreenKind("backups", "Backups", Backups, _office, order=66),)
