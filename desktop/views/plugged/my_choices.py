"""Plugs in *My choices*: a screen for the person and for those who act for them, and, from an open record, help at the
same computer."""

from __future__ import annotations

from consent.disclosure import DisclosedEntry
from desktop.models.asked import is_said_of_another
from desktop.my_desk import Someone
from desktop.reports import UserRow
from desktop.views.my_choices import OWN_ROLES, MyChoices, ask_for, ask_to_comment, is_asked_for
from desktop.views.plugs import ActionKind, CommandKind, ScreenKind, Shell

KEY = "my-choices"


def _own(user: UserRow) -> bool:
    """In the menu of the person and those who act for them; others come to it from an open record."""
    return user.role in OWN_ROLES or is_asked_for()


def help_with_choices(shell: Shell) -> None:
    """Open the choices of the person whose record is open; whoever is signed in helps them."""
    if (someone := _whose_record(shell)) is not None:
        ask_for(shell, someone)
        shell.show_screen(KEY)


def comment(shell: Shell, item: DisclosedEntry) -> None:
    """Go where the person comments on an entry of the record that is open."""
    if (someone := _whose_record(shell)) is not None:
        ask_to_comment(shell, someone, item.entry.resource)
        shell.show_screen(KEY)


def _whose_record(shell: Shell) -> Someone | None:
    story, user = shell.story(), shell.session.user
    if story is None or user is None:
        return None
    record = story.record
    identity = record.banner.identity
    helper = "" if user.role in OWN_ROLES else user.name
    return Someone(record.person, identity.name, helper, user.role, identity.preferred_name)


def _comments(user: UserRow) -> bool:
    """The person, and a proxy for them; others add notes."""
    return user.role in ("person", "proxy")


def _is_a_thing(item: DisclosedEntry) -> bool:
    return not is_said_of_another(item)


SCREENS = (ScreenKind(KEY, "My choices", MyChoices, _own, order=10, home=True),)
COMMANDS = (CommandKind("help-with-choices", "Help with choices…", help_with_choices, "Ctrl+Shift+C", "record", 20),)
ACTIONS = (ActionKind("comment", "Comment on this…", _is_a_thing, comment, 12, _comments),)
