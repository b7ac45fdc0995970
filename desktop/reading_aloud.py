"""Reading words aloud with the computer's own speaker: the program that every desktop system brings for it.

Words reach it by its standard input, never on a command line, which other users of the computer see, and never by a
file. A speaker that was found is asked for its voices before anything is offered: where it has none, there is none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

PATIENCE_S = 5.0
"""So long a speaker may take to list its voices."""
_WINDOWS = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "WindowsPowerShell", "v1.0", "powershell.exe")
_SAPI = "Add-Type -AssemblyName System.Speech; $voice = New-Object System.Speech.Synthesis.SpeechSynthesizer; "
_HEAR = "[Console]::InputEncoding = [Text.Encoding]::UTF8; "
_ORDERS = re.compile(r"!-!|\[\[|\]\]|[\x00-\x09\x0b-\x1f\x7f]")
"""What speakers take for orders instead of words: of speech-dispatcher, of espeak and macOS, and control characters."""


@dataclass(frozen=True)
class Speaker:
    """A program that speaks. `voices` makes it print a line for each, after `head` lines; `say` makes it read its
    standard input aloud until that ends; `hush` silences what goes on speaking when that program is ended."""

    voices: tuple[str, ...]
    say: tuple[str, ...]
    head: int = 0
    hush: tuple[str, ...] = ()


def speakers(system: str) -> tuple[Speaker, ...]:
    """Those that a system (`sys.platform`) may have, the one to prefer first."""
    if system == "win32":
        shell = (str(_WINDOWS), "-NoLogo", "-NoProfile", "-NonInteractive", "-Command")
        listed = "$voice.GetInstalledVoices() | ForEach-Object { $_.VoiceInfo.Name }"
        return (Speaker((*shell, _SAPI + listed), (*shell, f"{_HEAR}{_SAPI}$voice.Speak([Console]::In.ReadToEnd())")),)
    if system == "darwin":
        return (Speaker(("/usr/bin/say", "-v", "?"), ("/usr/bin/say", "-f", "-")),)
    espeak = tuple(
        Speaker((name, "--voices=en"), (name, "-v", "en-gb", "-s", "140", "--stdin"), head=1)
        for name in ("espeak-ng", "espeak")
    )
    dispatcher = Speaker(("spd-say", "-L"), ("spd-say", "-e", "-w", "-l", "en-GB"), head=1, hush=("spd-say", "-S"))
    return (*espeak, dispatcher)


def find_speaker(system: str = sys.platform) -> Speaker | None:
    """The first speaker of this computer that has a voice. Waits for programs: not for the window's thread."""
    return next((one for one in speakers(system) if _has_voice(one)), None)


def _has_voice(speaker: Speaker) -> bool:
    program = shutil.which(speaker.voices[0])
    if program is None:
        return False
    try:
        asked = subprocess.run(  # noqa: S603  (a program of the system, and words of ours)
            [program, *speaker.voices[1:]], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return asked.returncode == 0 and len(asked.stdout.split(b"\n", speaker.head)[-1].strip()) > 0


class Reader(QObject):
    """A voice, or none while `speaker` is None. `changed` tells that it begins or ends to speak, `failed` that it
    could not."""

    changed = Signal()
    failed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.speaker: Speaker | None = None
        self._process: QProcess | None = None

    @property
    def speaking(self) -> bool:
        """Whether it is reading now."""
        return self._process is not None

    def say(self, lines: Sequence[str]) -> None:
        """Read lines; what was being read stops."""
        self.stop()
        words = "\n".join(spoken(line) for line in lines)
        program = shutil.which(self.speaker.say[0]) if self.speaker is not None else None
        if self.speaker is None or program is None or not words.strip():
            return
        made = QProcess(self)
        made.setStandardOutputFile(QProcess.nullDevice())
        made.setStandardErrorFile(QProcess.nullDevice())
        made.finished.connect(self._finished)
        made.errorOccurred.connect(self._wrong)
        self._process = made
        made.start(program, list(self.speaker.say[1:]))
        made.write(f"{words}\n".encode())
        made.closeWriteChannel()
        self.changed.emit()

    def stop(self) -> None:
        """Be silent at once."""
        process = self._let_go()
        if process is None:
            return
        process.finished.connect(process.deleteLater)
        process.kill()
        if self.speaker is not None and self.speaker.hush:
            QProcess.startDetached(self.speaker.hush[0], list(self.speaker.hush[1:]))
        self.changed.emit()

    def _let_go(self) -> QProcess | None:
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._wrong)
        return process

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._over(well=code == 0 and status is QProcess.ExitStatus.NormalExit)

    def _wrong(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # any other ends in `_finished`
            self._over(well=False)

    def _over(self, *, well: bool) -> None:
        process = self._let_go()
        if process is not None:
            process.deleteLater()
            self.changed.emit()
            if not well:
                self.failed.emit()


def spoken(line: str) -> str:
    """A line as a speaker is given it: without marks that break words, and without what it might take for an order."""
    return _ORDERS.sub(" ", line.replace("\u200b", "").replace("\u00ad", ""))
