"""Every page of the person's own screens, in both ways of speaking and in every look, as PNG files to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from desktop.screen_matrix import LOOKS
from desktop.views.my_choices import MyChoices
from desktop.views.window import Window


def shoot_own(
    window: Window, save: Callable[[str], Path], settle: Callable[[], None], now: datetime, who: str
) -> list[Path]:
    """Take every page of whoever is signed in; `save` writes what the window shows now under a name."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        for easy in (False, True):
            window.wear(theme, scale)
            settle()
            screen = _screen(window, now)
            settle()
            if screen.voice.easy != easy:
                screen.toggle_easy()
                settle()
            for tab in screen.tabs:
                screen.open_tab(tab)
                taken.append(save(f"{who}-{tab}-{'easy' if easy else 'ordinary'}-{theme}-{scale}"))
    window.wear("light", 100)
    settle()
    screen = _screen(window, now)
    if screen.voice.easy:
        screen.toggle_easy()
    settle()
    return taken


def _screen(window: Window, now: datetime) -> MyChoices:
    screen = window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    screen.use_clock(lambda: now)
    return screen
