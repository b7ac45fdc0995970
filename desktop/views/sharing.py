"""What leads to printing and sharing: the command, and the timeline's own button."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.views.plugs import Shell


def share(shell: Shell) -> None:
    """Ask what to print or share, for whom and why; from the timeline, first of all what it lists.

    Nothing is shared from where one only reads; from a preview what would leave is not what it shows, but what whoever
    looks may see.
    """
    from desktop.dialogs.share import ShareDialog

    story = shell.story()
    if story is not None and not shell.reads_only:
        parent = shell if isinstance(shell, QWidget) else None
        shell.show_dialog(ShareDialog(shell.session, story.record, parent, shell.listed()))
