"""Print and share the record that is open (Ctrl+P)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.views.plugs import CommandKind, Shell


def share(shell: Shell) -> None:
    """Ask what to print or share, for whom and why."""
    from desktop.dialogs.share import ShareDialog

    story = shell.story()
    if story is not None:
        shell.show_dialog(ShareDialog(shell.session, story.record, shell if isinstance(shell, QWidget) else None))


COMMANDS = (CommandKind("share", "Print and share…", share, "Ctrl+P", "record", 20),)
