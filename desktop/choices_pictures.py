"""The pictures of the person's own screens, for the guide: driven like the rest of the demonstration's pictures.

Each gets the window in which somebody has signed in for their own screens, and how to shoot; it leaves nothing chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from consent.plain_choices import What, Who
from desktop.views.my_choices import MyChoices
from desktop.views.window import Window

Shoot = Callable[[str], object]
"""Writes what the window shows under a name."""


def photograph(window: Window, shoot: Shoot, settle: Callable[[], None], now: datetime) -> None:
    """Who can see what, before and after a change, as others see it, emergencies, who has looked, what they write."""
    screen = _screen(window, settle, now)
    page = screen.who_page
    shoot("choices-first")
    page.pick(Who("role", "home-care"))
    page.choose(What("category", "social-care"), "off")
    page.hold_until("year")
    settle()
    shoot("choices-change")
    screen.who_page.drop()
    screen.see_as(Who("role", "home-care"))
    settle()
    shoot("choices-see-as")
    screen.close_preview()
    for tab in ("emergencies", "looked", "words", "correct"):
        screen.open_tab(tab)
        settle()
        shoot(f"choices-{tab}")


def photograph_easy_read(window: Window, shoot: Shoot, settle: Callable[[], None], now: datetime) -> None:
    """The same screens in Easy Read."""
    screen = _screen(window, settle, now)
    screen.toggle_easy()
    settle()
    screen.who_page.pick(Who("role", "home-care"))
    shoot("choices-easy-read")
    screen.toggle_easy()
    screen.who_page.drop()


def photograph_caring(window: Window, shoot: Shoot, settle: Callable[[], None], now: datetime, name: str) -> None:
    """*I care for someone*, of a carer or a proxy."""
    _screen(window, settle, now).open_tab("caring")
    settle()
    shoot(name)


def _screen(window: Window, settle: Callable[[], None], now: datetime) -> MyChoices:
    settle()
    screen = window.screens.currentWidget()
    assert isinstance(screen, MyChoices)
    screen.use_clock(lambda: now)
    settle()
    return screen
