"""Reading a document from the details of its entry: a letter, a scan, a form, a document made of sections."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from consent.disclosure import DisclosedEntry
from desktop.reports import Original
from desktop.views.plugs import ActionKind, Shell
from fhir.attachments import attachments
from fhir.fragments import fragment

_TYPES = frozenset({"DocumentReference", "Binary", "Composition", "Media", "DiagnosticReport"})


def _tr(text: str) -> str:
    return QCoreApplication.translate("Reading", text)


def offered(item: DisclosedEntry) -> bool:
    """Whether an entry may hold a document to read."""
    entry = item.entry
    if entry.resource_type == "DiagnosticReport":
        return any("form" in field.label.casefold() or "file" in field.label.casefold() for field in entry.fields)
    return entry.resource_type in _TYPES


def read(shell: Shell, item: DisclosedEntry) -> None:
    """Ask for the source of the entry, and show the documents in it."""
    from desktop.dialogs.document import DocumentDialog

    entry = item.entry

    def show(original: Original) -> None:
        if shell.story() is None:
            return
        if not original.exact:
            shell.tell(_tr("The document itself may not be shown to you. What may be shown stands in the details."))
            return
        tree = fragment(original.data, "xml" if original.media_type.endswith("xml") else "json")
        found = attachments(tree) if tree is not None else []
        if not found:
            shell.tell(_tr("No document came with this entry."))
            return
        parent = shell if isinstance(shell, QWidget) else None
        shell.show_dialog(DocumentDialog(entry.title, found, shell.copy, parent))

    shell.session.original(entry.entry_id, show, shell.tell)


ACTIONS = (ActionKind("read-document", "Read the document", offered, read, 10, changes=False),)
