"""What this product is and is not, and every keyboard shortcut on one page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.dialogs.frame import Framed
from desktop.models.tongue import later, tr
from desktop.theme.tokens import look
from desktop.widgets.text import Text, notice

SHORTCUTS: tuple[tuple[str, str], ...] = (
    ("Ctrl+I", later("Import files")),
    ("Ctrl+L", later("Lock, and let someone else sign in")),
    ("Alt+1", later("Overview")),
    ("Alt+2", later("Timeline")),
    (later("Alt+3 to Alt+9"), later("The next parts of the record, in the order listed")),
    (later("Arrow keys, Enter"), later("Move in a list, open what is chosen")),
    (later("+ and -, Shift with arrows"), later("In the timeline's picture: zoom, and move in time")),
    ("Ctrl+C", later("Copy the chosen line; it is taken back after a minute")),
    ("Esc", later("Close the details, or go back")),
    (later("Ctrl++ and Ctrl+-"), later("Larger and smaller text")),
    ("F1", later("This page")),
)


class AboutDialog(Framed):
    """About OneStory. `more` are the keys of plugged views, beside those of the window itself."""

    def __init__(self, parent: QWidget | None = None, more: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(QCoreApplication.translate("Dialogs", "About OneStory"), parent)
        px, gap = look().px, look().gap
        column = self.body
        column.addWidget(Text("OneStory", "title"))
        column.addWidget(Text(self.tr("Health and care records as one story, shared as the person chooses."), "lead"))
        column.addWidget(Text(self.tr("Version {version}. Apache-2.0.").format(version=_version()), "secondary"))
        column.addWidget(
            notice(
                self.tr(
                    "A prototype. It shows records and gives no advice. It has not been assessed for clinical use."
                ),
                "warning",
            )
        )
        column.addWidget(
            Text(
                self.tr(
                    "Choices kept here govern this copy. They do not reach into the systems that hold the originals."
                ),
            )
        )
        column.addSpacing(gap(6))
        column.addWidget(Text(self.tr("Keyboard"), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(gap(20))
        grid.setVerticalSpacing(gap(4))
        grid.setColumnStretch(1, 1)
        told = {keys for keys, _words in SHORTCUTS} | {"Ctrl++", "Ctrl+-"}
        for row, (keys, words) in enumerate([*SHORTCUTS, *(one for one in more if one[0] not in told)]):
            grid.addWidget(Text(tr(keys), "strong", wrap=False), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(Text(tr(words)), row, 1)
        column.addLayout(grid)
        column.addSpacing(gap(6))
        column.addWidget(Text(self.tr("Typeface: Inter, SIL Open Font License 1.1."), "secondary"))
        self.add_close()
        self.fit(px(560))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # slow, and needed for this page alone

    try:
        return version("onestory")
    except PackageNotFoundError:
        return "0"
