"""Add to the record that is open (Ctrl+N), and say of something added here that it was entered in error."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from consent.disclosure import DisclosedEntry
from desktop.contributing import source_of
from desktop.models.contributions import in_error
from desktop.reports import Original
from desktop.views.plugs import ActionKind, CommandKind, Shell
from fhir import export
from fhir.fragments import fragment


def add(shell: Shell) -> None:
    """Open the form."""
    from desktop.dialogs.add import AddDialog

    story = shell.story()
    if story is not None:
        parent = shell if isinstance(shell, QWidget) else None
        shell.show_dialog(AddDialog(shell.session, story, shell.reopen, parent))


def added_here(item: DisclosedEntry) -> bool:
    """Whether an entry was added in this program, and still counts."""
    entry = item.entry
    return entry.assertion != "not-a-fact" and any(field.label == "Added by" for field in entry.fields)


def correct(shell: Shell, item: DisclosedEntry) -> None:
    """Ask first, then say that it was entered in error."""
    story = shell.story()
    if story is None or item.entry.source.name != source_of(story.record.request.actor):
        shell.tell(QCoreApplication.translate("Adding", "Only those who added it can say so."))
        return
    words = QCoreApplication.translate(
        "Adding", "Say that this was entered in error? It stays in the record, marked so, with who said it and when."
    )
    box = QMessageBox(shell if isinstance(shell, QWidget) else None)
    box.setWindowTitle("OneStory")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(words)
    box.setStandardButtons(QMessageBox.StandardButton.Ok | QMessageBox.StandardButton.Cancel)
    box.accepted.connect(lambda: shell.session.original(item.entry.entry_id, said, shell.tell))

    def said(original: Original) -> None:
        story = shell.story()
        tree = fragment(original.data, "json") if original.exact else None
        if story is None or tree is None:
            shell.tell(QCoreApplication.translate("Adding", "Only who may read all of it can correct it."))
            return
        data = export.encode(in_error(tree))
        shell.session.contribute(story.record.request, data, lambda _done: shell.reopen(), shell.tell)

    shell.show_dialog(box)


COMMANDS = (CommandKind("add", "Add to the record…", add, "Ctrl+N", "record", 15),)
ACTIONS = (ActionKind("entered-in-error", "Entered in error…", added_here, correct, 90),)
