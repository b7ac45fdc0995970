"""Plugs in the answer to a person's request to correct something, in the details of the request."""

from __future__ import annotations

from datetime import UTC

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from consent.acting import NOT_STAFF
from consent.disclosure import DisclosedEntry
from desktop.models.asked import is_request
from desktop.views.plugs import ActionKind, Shell
from fhir import export
from fhir.own_words import correction_answer


def answer(shell: Shell, item: DisclosedEntry) -> None:
    """Ask what was done, and add the answer beside the request."""
    from desktop.dialogs.correction import CorrectionDialog

    story = shell.story()
    if story is None:
        return
    request = story.record.request
    if request.actor.role in NOT_STAFF:
        shell.tell(QCoreApplication.translate("Corrections", "Those who keep the record answer this."))
        return
    now = request.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def add(corrected: bool, words: str) -> None:
        data = export.encode(correction_answer(item.entry.resource, corrected, words, now))
        shell.session.contribute(request, data, lambda _done: shell.reopen(), shell.tell)

    parent = shell if isinstance(shell, QWidget) else None
    shell.show_dialog(CorrectionDialog(item.entry.detail, add, parent))


ACTIONS = (ActionKind("answer-correction", "Answer this request…", is_request, answer, 15),)
