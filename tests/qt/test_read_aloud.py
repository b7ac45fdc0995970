"""Read aloud on the person's own screens: a real program speaks, hears only what is in sight, and falls silent at once.

A tiny program stands in as the system's speaker, found as the real one is; where the real one is there, it speaks too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from choosing import own_screens, press
from conftest import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel
from pytestqt.qtbot import QtBot

from desktop.reading_aloud import find_speaker, speakers, spoken
from desktop.settings import Settings
from desktop.views.my_choices import MyChoices

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the program that stands in begins with #!")

SPEAKER = """#!{python}
import os, signal, sys
from pathlib import Path
here = Path(__file__).parent
if sys.argv[1] == "--voices=en":
    print("Pty Language")
    print({voices!r}, end="")
    raise SystemExit
(here / "given").write_text("\\n".join(sys.argv[1:]) + "\\n" + "\\n".join(os.environ.values()))
heard = sys.stdin.read()
(here / "pid").write_text(str(os.getpid()))
(here / "heard").write_text(heard)
if {goes_on}:
    signal.pause()
raise SystemExit({code})
"""


class StandIn:
    """The system's speaker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def put(self, *, voices: str = " 2 en-gb\n", goes_on: bool = True, code: int = 0) -> None:
        """Put it where programs are looked for."""
        program = self.folder / "espeak-ng"
        program.write_text(SPEAKER.format(python=sys.executable, voices=voices, goes_on=goes_on, code=code), "utf-8")
        program.chmod(0o755)

    def heard(self) -> str:
        """What it was given to say."""
        file = self.folder / "heard"
        return file.read_text("utf-8") if file.exists() else ""

    def speaks(self) -> bool:
        """Whether it runs."""
        try:
            os.kill(int((self.folder / "pid").read_text("utf-8")), 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return False
        return True


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = StandIn(tmp_path / "programs")
    monkeypatch.setenv("PATH", str(made.folder))
    monkeypatch.setattr(find_speaker, "__defaults__", ("linux",))
    return made


@pytest.fixture
def driver(qtbot: QtBot, look: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    with own_screens(qtbot, settings, monkeypatch) as made:
        made.vault.role = "person"
        yield made


def come(driver: Driver) -> MyChoices:
    driver.sign_in()
    driver.settle()
    screen = driver.window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    return screen


def buttons(screen: MyChoices) -> set[str]:
    return {one.accessibleName() for one in screen.findChildren(QAbstractButton) if one.isVisible()}


def begin(driver: Driver, stand_in: StandIn) -> MyChoices:
    """Read the page that is shown; the speaker goes on."""
    stand_in.put()
    screen = come(driver)
    press(driver, "Read aloud")
    driver.qtbot.waitUntil(lambda: stand_in.heard() != "")
    return screen


def test_without_a_speaker_nothing_is_offered(driver: Driver, stand_in: StandIn) -> None:
    assert "Read aloud" not in buttons(come(driver))


def test_a_speaker_without_a_voice_is_not_offered(driver: Driver, stand_in: StandIn) -> None:
    stand_in.put(voices="")
    assert "Read aloud" not in buttons(come(driver))


def test_what_is_in_sight_is_read_and_nothing_else(driver: Driver, stand_in: StandIn) -> None:
    screen = begin(driver, stand_in)
    lines = stand_in.heard().splitlines()
    assert "You decide. You can change it at any time. Pick who it is about, then choose what they see." in lines
    assert any(line.endswith(", chosen") for line in lines)
    assert "\u200b" not in stand_in.heard()
    shown = [one for one in screen.findChildren(QLabel) if one.isVisible() and not one.visibleRegion().isEmpty()]
    away = {one.text() for one in screen.findChildren(QLabel)} - {one.text() for one in shown}
    assert away
    assert not {one.replace("\u200b", "") for one in away} & set(lines)


def test_words_are_given_by_standard_input_only(driver: Driver, stand_in: StandIn) -> None:
    begin(driver, stand_in)
    given = (stand_in.folder / "given").read_text("utf-8")
    assert not [line for line in stand_in.heard().splitlines() if len(line) > 8 and line in given]


@pytest.mark.parametrize("how", ["button", "Esc", "lock", "another page", "another look", "window closed"])
def test_it_falls_silent(driver: Driver, stand_in: StandIn, how: str) -> None:
    screen = begin(driver, stand_in)
    assert stand_in.speaks()
    if how == "button":
        press(driver, "Stop reading")
    elif how == "Esc":
        driver.qtbot.keyClick(screen, Qt.Key.Key_Escape)
    elif how == "lock":
        driver.window.lock()
    elif how == "another page":
        press(driver, "Who has looked")
    elif how == "another look":
        driver.window.wear("dark", 100)
    else:
        driver.window.close()
    driver.qtbot.waitUntil(lambda: not stand_in.speaks())
    if how == "button":
        assert {"Read aloud"} == buttons(screen) & {"Read aloud", "Stop reading"}


def test_when_it_is_read_the_button_reads_again(driver: Driver, stand_in: StandIn) -> None:
    stand_in.put(goes_on=False)
    screen = come(driver)
    press(driver, "Read aloud")
    driver.qtbot.waitUntil(lambda: stand_in.heard() != "" and not screen.reader.speaking)
    assert "Read aloud" in buttons(screen)
    assert driver.window.dialogs() == []


def test_a_speaker_that_fails_is_told(driver: Driver, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.put(goes_on=False, code=1)
    screen = come(driver)
    told: list[str] = []
    monkeypatch.setattr(screen._shell, "tell", told.append)
    press(driver, "Read aloud")
    driver.qtbot.waitUntil(lambda: not screen.reader.speaking)
    assert told == [screen.voice.say("aloud.failed")]


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_no_speaker_is_given_words_on_its_command_line(system: str) -> None:
    for one in speakers(system):
        assert {"--stdin", "-f", "-e"} & set(one.say) or "[Console]::In.ReadToEnd()" in one.say[-1]


def test_no_line_gives_a_speaker_orders() -> None:
    assert spoken("!-!QUIT [[slnc 9000]] Am\u200boxi\u00adcillin\x1b") == " QUIT  slnc 9000  Amoxicillin "


def test_the_real_speaker_makes_sound() -> None:
    """Its own words and order, with the sound counted instead of played."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed here")
    speaker = next(one for one in speakers("linux") if one.say[0] == "espeak-ng")
    assert find_speaker("linux") == speaker
    said = subprocess.run([*speaker.say, "--stdout"], input=b"Home care workers\n", capture_output=True, check=True)
    assert said.stdout.startswith(b"RIFF")
    assert len(said.stdout) > 20_000
