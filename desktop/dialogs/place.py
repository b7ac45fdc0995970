"""Where to write a new file, asked of the system.

Whoever writes refuses a name that is taken, so the system does not ask whether to replace what is there.
"""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_place(parent: QWidget, title: str, name: str, kinds: str = "") -> Path | None:
    """The place chosen for a new file, `name` being proposed; None where nobody chose one.

    `kinds` are filters as Qt writes them: a name typed without the ending of the kind chosen gets it.
    """
    chosen, kind = QFileDialog.getSaveFileName(
        parent, title, name, kinds, options=QFileDialog.Option.DontConfirmOverwrite
    )
    return with_ending(chosen, re.findall(r"\*(\.\w+)", kind)) if chosen else None


def with_ending(chosen: str, endings: list[str]) -> Path:
    """A file with one of these endings, if there are any: the first where it has none of them."""
    return Path(chosen if not endings or chosen.lower().endswith(tuple(endings)) else chosen + endings[0])
