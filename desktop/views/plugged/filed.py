"""What the open record is made of, and taking out what is about someone else."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from consent.identity_access import NOT_YOURS, may_match
from desktop.dialogs.filed import FiledDialog
from desktop.reports import Filed
from desktop.views.plugs import CommandKind, Shell
from fhir.entries import PersonId


def _tr(text: str) -> str:
    return QCoreApplication.translate("Filed", text)


def show_filed(shell: Shell) -> None:
    """Ask why, and show which imports the open record is made of."""
    story, user = shell.story(), shell.session.user
    if story is None or user is None:
        return
    if not may_match(user.role):
        shell.tell(NOT_YOURS)
        return
    person = PersonId(story.record.person)
    parent = shell if isinstance(shell, QWidget) else None

    def ask(reason: str) -> None:
        shell.session.ask(
            lambda workspace: workspace.filed_under(person, reason),
            lambda rows: dialog.show_filed(rows, take_out, split_off),
            shell.tell,
        )

    def take_out(row: Filed, reason: str) -> None:
        shell.session.ask(
            lambda workspace: workspace.take_out(person, row.import_id, reason), lambda _other: done(), shell.tell
        )

    def split_off(row: Filed, reason: str) -> None:
        shell.session.ask(
            lambda workspace: workspace.split_off(person, row.person, reason), lambda _none: done(), shell.tell
        )

    def done() -> None:
        dialog.close()
        shell.reopen()
        shell.tell(_tr("Taken out: it is a record of its own now, and kept apart."))

    dialog = FiledDialog(story.called(), ask, parent)
    shell.show_dialog(dialog)


COMMANDS = (CommandKind("filed", "What this record is made of…", show_filed, order=45),)
