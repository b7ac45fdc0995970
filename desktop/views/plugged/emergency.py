"""Emergency access in the window: the command that asks for it, and the strip with the clock while it lasts.

The strip stands under the banner of a record that was opened by a lawful override: what it is, until when, and a button
that ends it. When the time is over the record is asked for again in the ordinary way, and what was opened goes.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.dialogs.emergency import EmergencyDialog
from desktop.models.story import Story
from desktop.theme.tokens import look
from desktop.views.plugs import CommandKind, Shell, Strip, StripKind
from desktop.widgets.text import Text, button

_TICK_MS = 1000


def _tr(text: str) -> str:
    return QCoreApplication.translate("Emergency", text)


class EmergencyStrip(Strip):
    """The line with the clock; hidden on records opened in the ordinary way."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._person = ""
        self._left_ms = 0
        self._since = QElapsedTimer()
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        frame = QFrame()
        frame.setProperty("role", "notice")
        frame.setProperty("tone", "danger")
        outer.addWidget(frame)
        row = QHBoxLayout(frame)
        row.setContentsMargins(gap(18), gap(6), gap(18), gap(6))
        row.setSpacing(gap(14))
        self.said = Text("", "strong")
        self.clock = Text("", "strong", wrap=False)
        self.end_button = button(_tr("End emergency access"), "", self.end, _tr("End emergency access now"))
        row.addWidget(self.said, 1)
        row.addWidget(self.clock)
        row.addWidget(self.end_button)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self.hide()

    def show_story(self, story: Story) -> None:
        """Show the clock where an override opened this record."""
        record = story.record
        if record.override is None:
            self.hide()
            return
        override, now = record.override, record.request.now
        self._person = str(record.person)
        self._left_ms = max(0, int((override.ends - now).total_seconds() * 1000))
        self._since.start()
        until = override.ends.astimezone(now.tzinfo).strftime("%H:%M")
        words = _tr("Emergency access until {time}. Everything shown is recorded, and the person is told.")
        self.said.setText(words.replace("{time}", until))
        self.tick()
        self._timer.start()
        self.show()

    def tick(self) -> None:
        """Say how long is left; end it when nothing is."""
        left = self._left_ms - self._since.elapsed()
        if left <= 0:
            self._timer.stop()
            self.end()
            return
        minutes, seconds = divmod(left // 1000, 60)
        self.clock.setText(_tr("{n} left").replace("{n}", f"{minutes}:{seconds:02}"))
        self.clock.setAccessibleName(_tr("{n} minutes left").replace("{n}", str(minutes + (seconds > 0))))

    def end(self) -> None:
        """End it, and show the record in the ordinary way."""
        if self._person:
            person, self._person = self._person, ""
            self._timer.stop()
            end_emergency(self._shell, person)

    def clear(self) -> None:
        """Forget the person."""
        self._person = ""
        self._timer.stop()
        self.said.setText("")
        self.clock.setText("")
        self.hide()


def end_emergency(shell: Shell, person: str) -> None:
    """End emergency access to a person and show what is shown without it."""
    shell.session.ask(
        lambda workspace: workspace.end_emergency(person), lambda record: shell.show_record(record), shell.tell
    )


def ask_for_emergency(shell: Shell) -> None:
    """Say what may be done about what is not shown, and open it in an emergency."""
    story = shell.story()
    user = shell.session.user
    if story is None or user is None:
        return
    person = story.record.person
    parent = shell if isinstance(shell, QWidget) else None

    def offer(entitled: bool) -> None:
        dialog = EmergencyDialog(story.called(), parent, entitled=entitled)
        dialog.accepted.connect(lambda: break_glass(shell, str(person), dialog.words, dialog.hours))
        shell.show_dialog(dialog)

    shell.session.ask(lambda workspace: workspace.may_break_glass(), offer, shell.tell)


def break_glass(shell: Shell, person: str, reason: str, hours: int) -> None:
    """Open emergency access, and the record with it."""
    shell.session.ask(
        lambda workspace: workspace.break_glass(person, reason, hours=hours),
        lambda record: shell.show_record(record),
        shell.tell,
    )


STRIPS = (StripKind("emergency", EmergencyStrip, order=1),)
COMMANDS = (
    CommandKind(
        "emergency", "Some things are not shown: what to do…", ask_for_emergency, keys="Ctrl+Shift+E", order=30
    ),
)
