"""Every page of an open record, in every look and every state it can be in, as PNG files to look at; and every screen.

The states are those of a real record of the demonstration with every section put into one of them: with data, nothing
recorded, nothing that may be shown, and unreadable. What a page says then is what the page itself makes of that state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from consent.banner import banner
from consent.disclosure import DisclosedRecord, DisclosedSection, NightsAtHome, SectionState
from desktop.views.plugs import plugged
from desktop.views.window import Window

LOOKS: tuple[tuple[str, int], ...] = (("light", 100), ("dark", 100), ("contrast", 100), ("light", 200))
STATES: tuple[str, ...] = ("data", "empty", "withheld", "failed")
_AS: dict[str, SectionState] = {"empty": "none-recorded", "withheld": "nothing-shown", "failed": "failed"}
WITHHELD = "Some things may not be shown to you; ask the person."


def pages() -> tuple[str, ...]:
    """Every page: the window's own, a plain section, and those that are plugged in."""
    return ("overview", "timeline", "problems", "sources", *(kind.key for kind in plugged().pages))


def in_state(record: DisclosedRecord, state: str) -> DisclosedRecord:
    """The same record with every section in a state; "data" is the record itself."""
    if state == "data":
        return record
    sections = {
        key: DisclosedSection(section.section, _AS[state], (), WITHHELD if state == "withheld" else "")
        for key, section in record.sections.items()
    }
    known = record.banner.demographics
    said = banner(known, sections, test_data=False, full=state != "withheld")  # the gate's own words of such a record
    shown = replace(said, not_shared=WITHHELD if state == "withheld" else "")
    return replace(
        record,
        sections=sections,
        banner=shown,
        sources=(),
        notices=(),
        conflicts=(),
        groups=(),
        nights_at_home=NightsAtHome(known=False),
    )


def shoot(window: Window, record: DisclosedRecord, save: Callable[[str], Path]) -> list[Path]:
    """Take every page in every look and state; `save` writes what the window shows now under a name."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        for state in STATES:
            window.show_person(in_state(record, state))
            assert window.person is not None
            for page in pages():
                window.person.open_page(page)
                taken.append(save(f"{page}-{theme}-{scale}-{state}"))
    window.wear("light", 100)
    return taken


def shoot_another(window: Window, save: Callable[[str, QWidget], Path]) -> list[Path]:
    """Take the second window on the record that is open, in every look."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        window.open_another()
        assert window.another is not None
        taken.append(save(f"another-window-{theme}-{scale}", window.another))
    window.wear("light", 100)
    if window.another is not None:
        window.another.close()
    return taken


def screens(window: Window) -> tuple[str, ...]:
    """Every plugged screen that whoever is signed in may open."""
    user = window.session.user
    return tuple(kind.key for kind in plugged().screens if user is not None and kind.who(user))


def shoot_screens(window: Window, save: Callable[[str], Path]) -> list[Path]:
    """Take every screen of whoever is signed in, in every look."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        for key in screens(window):
            window.show_screen(key)
            taken.append(save(f"{key}-{theme}-{scale}"))
    window.wear("light", 100)
    return taken


def sign_ins(window: Window, user: str, passphrase: str, settle: Callable[[], None]) -> Iterator[str]:
    """The sign-in of a locked window in each of its states, by name; `user` has more than one post."""
    screen = window.sign_in
    screen.reset()
    screen.user.setCurrentText(user)
    settle()
    yield "sign-in"
    for name, typed in (("sign-in-refused", "not this one"), ("sign-in-posts", passphrase)):
        screen.passphrase.setText(typed)
        screen.enter.click()
        settle()
        yield name
    screen.reset()


def shoot_sign_in(
    window: Window, user: str, passphrase: str, save: Callable[[str], Path], settle: Callable[[], None]
) -> list[Path]:
    """Take the sign-in and the choice of a post, in every look."""
    taken: list[Path] = []
    for theme, scale in LOOKS:
        window.wear(theme, scale)
        settle()
        taken += [save(f"{name}-{theme}-{scale}") for name in sign_ins(window, user, passphrase, settle)]
    window.wear("light", 100)
    return taken
