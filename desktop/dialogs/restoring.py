"""How far putting a backup back is, and stopping it while nothing is replaced yet."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.dialogs.frame import Framed
from desktop.models.tongue import later
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button, notice

STEPS: tuple[str, ...] = (
    later("Checking the backup"),
    later("Unpacking it"),
    later("Comparing every row"),
    later("Putting it in place"),
)
"""What is done, in the words of the work; in the last of them it cannot be stopped any more."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Backups", text)


class RestoringDialog(Framed):
    """Stands in front until the work is over. `stop` asks it to stop; Esc does that too."""

    def __init__(self, stop: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(_tr("OneStory: putting a backup back"), parent)
        self.setModal(True)
        self._stop = stop
        self.body.addWidget(Text(_tr("Putting the backup back"), "title"))
        self.doing = Text(_tr("Checking the backup…"), "strong")
        self.body.addWidget(self.doing)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(_tr("How far putting it back is"))
        self.body.addWidget(self.bar)
        self.body.addWidget(notice(_tr("Until it is put in place you can stop, and nothing is changed.")))
        self.stop_button = button(_tr("Stop   Esc"), "", self.reject, _tr("Stop putting it back"))
        self.buttons.addWidget(self.stop_button)
        self.stop_button.setFocus()
        self.fit(look().px(560))

    def progress(self, doing: str, done: int, total: int) -> None:
        """The work is so far, in bytes."""
        percent = 100 * done // max(1, total)  # bytes: more than a bar can count
        self.bar.setRange(0, 100)
        self.bar.setValue(percent)
        last = doing == STEPS[-1]
        if last:
            self.stop_button.setEnabled(False)
        if last or self.stop_button.isEnabled():
            self.doing.setText(_tr("{doing}… {percent} %").format(doing=_tr(doing), percent=percent))

    def reject(self) -> None:
        """Ask the work to stop; this goes when it has."""
        if self.stop_button.isEnabled():
            self.stop_button.setEnabled(False)
            self.doing.setText(_tr("Stopping…"))
            self._stop()
