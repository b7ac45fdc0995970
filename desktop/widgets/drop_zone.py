"""Where files and folders are dropped, with buttons for those who choose them instead."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QFrame, QVBoxLayout

from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow
from desktop.widgets.text import Text, button


class DropZone(QFrame):
    """`dropped` gives the paths, and whether they are to be stored or only checked."""

    dropped = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "drop")
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("Drop files and folders here"))
        gap = look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(28), gap(34), gap(28), gap(34))
        column.setSpacing(gap(12))
        title = Text(self.tr("Drop files and folders here"), "heading")
        words = Text(
            self.tr(
                "FHIR as JSON, XML or NDJSON, Bundles of every type, ZIP archives, council and provider tables as CSV."
                " Every file gets its report; nothing is dropped silently."
            ),
            "secondary",
        )
        column.addWidget(title)
        column.addWidget(words)
        asks = Flow(gap=gap(10), align="centre", below=gap(8))
        self.files_button = button(self.tr("Choose files…"), "primary", self._files)
        self.folder_button = button(self.tr("Choose a folder…"), "", self._folder)
        self.only_check = QCheckBox(self.tr("Only check: store nothing"))
        self.only_check.setAccessibleName(self.only_check.text())
        for one in (self.files_button, self.folder_button, self.only_check):
            asks.add(one)
        column.addWidget(asks)

    def take(self, paths: list[Path]) -> None:
        """Hand on what was dropped or chosen."""
        if paths:
            self.dropped.emit(paths, not self.only_check.isChecked())

    def _files(self) -> None:
        names, _kind = QFileDialog.getOpenFileNames(
            self, self.tr("Files"), "", self.tr("Records (*.json *.xml *.ndjson *.zip *.csv);;All files (*)")
        )
        self.take([Path(name) for name in names])

    def _folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("A folder"))
        self.take([Path(name)] if name else [])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self._over(over=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self._over(over=False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self._over(over=False)
        event.acceptProposedAction()
        self.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def _over(self, *, over: bool) -> None:
        self.setProperty("tone", "over" if over else "")
        self.style().unpolish(self)
        self.style().polish(self)
