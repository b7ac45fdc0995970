"""Plugs in *My choices*: a screen for the person and for those who act for them, and, from an open record, help at the
same computer."""

from __future__ import annotations

from desktop.my_desk import Someone
from desktop.reports import UserRow
from desktop.views.my_choices import OWN_ROLES, MyChoices, ask_for, is_asked_for
from desktop.views.plugs import CommandKind, ScreenKind, Shell

KEY = "my-choices"


def _own(user: UserRow) -> bool:
    """In the menu of the person and those who act for them; others come to it from an open record."""
    return user.role in OWN_ROLES or is_asked_for()


def help_with_choices(shell: Shell) -> None:
    """Open the choices of the person whose record is open; whoever is signed in helps them."""
    story, user = shell.story(), shell.session.user
    if story is None or user is None:
        return
    record = story.record
    identity = record.banner.identity
    helper = "" if user.role in OWN_ROLES else user.name
    ask_for(shell, Someone(record.person, identity.name, helper, user.role, identity.preferred_name))
    shell.show_screen(KEY)


SCREENS = (ScreenKind(KEY, "My choices", MyChoices, _own, order=10, home=True),)
COMMANDS = (CommandKind("help-with-choices", "Help with choices…", help_with_choices, "Ctrl+Shift+C", "record", 20),)
