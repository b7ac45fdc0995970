"""Plugs in lawful access and limits for the privacy office, and, in the details of an entry, a limit on the person's
own view for those who may set one: the clinician responsible, or the council for what it wrote itself.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from consent.disclosure import DisclosedEntry
from consent.limits import limits
from desktop.dialogs.limit import LimitDialog, offered
from desktop.reports import UserRow
from desktop.views.lawful import LawfulAccess
from desktop.views.plugged.desk import office
from desktop.views.plugs import ActionKind, ScreenKind, Shell


def _of_any(_item: DisclosedEntry) -> bool:
    return True


def _setter(user: UserRow) -> bool:
    return any(user.role in limit.health | limit.social_care for limit in limits().limits.values())


def limit(shell: Shell, item: DisclosedEntry) -> None:
    """Ask why the person may not be shown this entry, and keep it from their view."""
    story, user = shell.story(), shell.session.user
    if story is None or user is None:
        return
    entry, request = item.entry, story.record.request
    wrote = "social-care" if entry.source.kind == "social-care" else "health"
    kinds = offered(frozenset({user.role}), wrote)
    if not kinds:
        shell.tell(
            QCoreApplication.translate(
                "Limit", "This limit is set by the clinician responsible, or the council for what it wrote itself."
            )
        )
        return
    parent = shell if isinstance(shell, QWidget) else None
    dialog = LimitDialog(story.called(), kinds, [(entry.entry_id, entry.title)], request.now.date(), parent)

    done = QCoreApplication.translate("Limit", "Kept from the person’s own view. The privacy office can see that.")

    def asked() -> None:
        said = (dialog.kind, dialog.chosen, dialog.reason.text(), wrote, dialog.until)
        shell.session.ask(
            lambda workspace: workspace.state_acting("set_limit", request.person, *said),
            lambda _id: shell.tell(done),
            shell.tell,
        )

    dialog.accepted.connect(asked)
    shell.show_dialog(dialog)


SCREENS = (ScreenKind("lawful", "Lawful access and limits", LawfulAccess, office, order=62),)
ACTIONS = (ActionKind("limit", "Not for the person’s own view…", _of_any, limit, 95, who=_setter),)
