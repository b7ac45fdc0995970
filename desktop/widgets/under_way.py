"""How far long work is, on the page that asked for it, and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from desktop.jobs import Job
from desktop.models.tongue import later
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button

STEPS: tuple[str, ...] = (
    later("Checking the vault"),
    later("Copying it"),
    later("Comparing every row"),
    later("Writing the backup"),
    later("Reading it back"),
    later("Finding out what they may read"),
    later("Sealing anew what they could read"),
    later("Reading every line of the log"),
    later("Comparing the records of everybody"),
)
"""What is done, in the words of the work."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("UnderWay", text)


class UnderWay(QFrame):
    """Hidden until work begins. `name` says to a screen reader what the bar is of, and `stops` what the button does;
    the cursor, which is on it meanwhile, goes `back` once the work is over."""

    def __init__(self, name: str, stops: str, back: QWidget) -> None:
        super().__init__()
        self._back = back
        self._job: Job | None = None
        self.setProperty("role", "card")
        gap = look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(16), gap(12), gap(16), gap(12))
        self.doing = Text("", "strong")
        column.addWidget(self.doing)
        row = QHBoxLayout()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(name)
        row.addWidget(self.bar, 1)
        self.stop_button = button(_tr("Stop"), "", self._stop, stops)
        row.addWidget(self.stop_button)
        column.addLayout(row)
        self.hide()

    def begin(self, words: str, start: Callable[[], Job]) -> None:
        """Show it, and start the work, which tells `progress`."""
        self.doing.setText(words)
        self.bar.setRange(0, 0)
        self.stop_button.setEnabled(True)
        self.show()
        self.stop_button.setFocus()
        self._job = start()

    def progress(self, doing: str, done: int, total: int) -> None:
        """The work is so far."""
        percent = 100 * done // max(1, total)  # bytes: more than a bar can count
        self.bar.setRange(0, 100)
        self.bar.setValue(percent)
        if done >= total:
            self._disable()
            self.doing.setText(_tr("Finishing. It cannot be stopped any more…"))
        elif self.stop_button.isEnabled():
            self.doing.setText(_tr("{doing}… {percent} %").format(doing=_tr(doing), percent=percent))

    def end(self) -> None:
        """The work is over."""
        self._job = None
        at = self.window().focusWidget()
        held = at is self or self.isAncestorOf(at)
        self.hide()
        if held:
            self._back.setFocus()

    def _disable(self) -> None:
        """Nothing to stop any more; the cursor stays here, and does not go to whatever comes next in the window."""
        if self.window().focusWidget() is self.stop_button:
            self.setFocus()
        self.stop_button.setEnabled(False)

    def forget(self) -> None:
        """Stop what is under way, and hear no more of it."""
        if self._job is not None:
            self._job.forget()
        self.end()

    def busy(self) -> bool:
        """Whether anything is under way."""
        return self._job is not None

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._disable()
            self.doing.setText(_tr("Stopping…"))
