"""Importing: what is being read now, and afterwards what became of every file, what was found, and who it spoke of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.dialogs.place import ask_place
from desktop.jobs import Job
from desktop.models.importing import FilesModel, FindingsModel, short_paths, summary
from desktop.models.tongue import later, tr
from desktop.models.words import plural
from desktop.reports import DropReport
from desktop.session import Session
from desktop.theme.tokens import look
from desktop.widgets.layouts import Flow, scrolling
from desktop.widgets.panes import panes
from desktop.widgets.source_pane import SourcePane
from desktop.widgets.states import FourStates
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Text, button

if TYPE_CHECKING:
    from desktop.source_lines import Excerpt

_SHOW: tuple[tuple[str, str], ...] = (
    (later("All files"), ""),
    (later("Imported"), "imported"),
    (later("Already here"), "unchanged"),
    (later("Refused"), "refused"),
    (later("With findings"), "findings"),
)
_SEVERITIES: tuple[tuple[str, str], ...] = (
    (later("All findings"), ""),
    (later("Refused"), "fatal"),
    (later("Errors"), "error"),
    (later("Warnings"), "warning"),
    (later("Notes"), "information"),
)


class Importing(QWidget):
    """Progress, then the report. `done` asks to go on (to what `onward` says), `matches` to people who may be one;
    `reported` gives each report."""

    done = Signal()
    matches = Signal()
    reported = Signal(object)

    def __init__(self, session: Session, onward: tuple[str, str] = ("", "")) -> None:
        super().__init__()
        self._session = session
        self._onward = onward
        self._job: Job | None = None
        self._report = DropReport()
        self.setProperty("role", "page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._progress_page())
        self._area = scrolling(self._report_page())
        self._area.verticalScrollBar().rangeChanged.connect(self._lead_to_lines)  # lines take their place later
        self._stack.addWidget(self._area)
        outer.addWidget(self._stack)

    def start(self, paths: Sequence[Path], *, store: bool = True) -> None:
        """Import files and folders, or only check them."""
        self.clear()
        self._stack.setCurrentIndex(0)
        self.bar.setRange(0, 0)
        self.doing.setText(
            self.tr("Reading {count}…").format(count=plural(len(paths), "file or folder", "files and folders"))
        )
        self.cancel_button.setEnabled(True)
        self.cancel_button.setFocus()
        self.heading.setText(self.tr("Importing") if store else self.tr("Checking"))
        if store:
            self._job = self._session.import_files(paths, self.show_report, self._failed, self._progress)
        else:
            self._job = self._session.run(
                lambda workspace, job: workspace.check(paths, job.progress, job.cancelled),
                self.show_report,
                self._failed,
                self._progress,
            )

    @property
    def running(self) -> bool:
        """Whether an import is under way."""
        return self._job is not None

    def clear(self) -> None:
        """Forget the report."""
        if self._job is not None:
            self._job.forget()
            self._job = None
        self._report = DropReport()
        self.files.clear()
        self.findings.clear()
        self.source.clear()
        self.summary.setText("")
        self.said.setText("")
        self.doing.setText("")

    def show_report(self, report: DropReport) -> None:
        """Show what became of a drop."""
        self._job = None
        self._report = report
        self._turn_to_report()
        checked = any(file.status == "checked" for file in report.files)
        titles = (
            (self.tr("Check stopped"), self.tr("Checked"))
            if checked
            else (self.tr("Import stopped"), self.tr("Import finished"))
        )
        self.title.setText(titles[0] if report.cancelled else titles[1])
        self.said.setText("")
        self.source.clear()
        self.summary.setText(summary(report))
        self.which.setCurrentIndex(0)
        self.severity.setCurrentIndex(0)
        self.text.clear()
        self._refresh()
        self._list_codes()
        self.undo_button.setVisible(bool(self._import_ids()))
        self.export_button.setVisible(bool(report.files))
        possible = sum(person.match == "possible" for file in report.files for person in file.people)
        self.match_button.setText(self.tr("People who may be one: {n}…").format(n=possible))
        self.match_button.setAccessibleName(self.match_button.text())
        self.match_button.setVisible(bool(possible) and not checked)
        self.reported.emit(report)
        if self.isVisible():
            self.done_button.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        wide = self.width() >= look().px(1000)
        self._beside.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    def _turn_to_report(self) -> None:
        words, name = self._goes_on()
        self.done_button.setText(words)
        self.done_button.setAccessibleName(name)
        self._stack.setCurrentIndex(1)

    def _goes_on(self) -> tuple[str, str]:
        """What the button says that leads on, and its name: to the list of people only for who has one."""
        user = self._session.user
        if self._onward[0]:
            return self._onward
        if user is not None and not user.finds:
            return self.tr("Go on"), self.tr("Go on to my own screens")
        return self.tr("Find a person   Ctrl+O"), self.tr("Go on to the list of people")

    def _progress_page(self) -> QWidget:
        page = QWidget()
        px, gap = look().px, look().gap
        outer = QVBoxLayout(page)
        outer.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(px(560))
        column = QVBoxLayout(card)
        column.setContentsMargins(gap(28), gap(24), gap(28), gap(24))
        column.setSpacing(gap(12))
        self.heading = Text(self.tr("Importing"), "title")
        column.addWidget(self.heading)
        self.doing = Text("")
        column.addWidget(self.doing)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("How far the import is"))
        column.addWidget(self.bar)
        column.addWidget(
            Text(self.tr("Stopping keeps the files that are done as a whole. No file is kept in part."), "secondary")
        )
        row = QHBoxLayout()
        row.addStretch(1)
        self.cancel_button = button(self.tr("Stop"), "", self._cancel, self.tr("Stop the import"))
        row.addWidget(self.cancel_button)
        column.addLayout(row)
        middle.addWidget(card)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)
        return page

    def _report_page(self) -> QWidget:
        page = QWidget()
        px, gap = look().px, look().gap
        column = QVBoxLayout(page)
        column.setContentsMargins(gap(24), gap(18), gap(24), gap(18))
        column.setSpacing(gap(10))
        self.title = Text("", "title")
        column.addWidget(self.title)
        self.summary = Text("", "lead")
        column.addWidget(self.summary)
        asks = Flow(gap=gap(8), align="centre", below=gap(6))
        self.done_button = button("", "primary", self.done.emit)
        self.export_button = button(self.tr("Save the report…"), "", self._ask_export)
        self.match_button = button("", "", self.matches.emit)
        self.undo_button = button(self.tr("Undo this import"), "danger", self._ask_undo)
        for one in (self.done_button, self.export_button, self.match_button, self.undo_button):
            asks.add(one)
        column.addWidget(asks)
        self.said = Text("", "strong")
        column.addWidget(self.said)
        self.which = _choices(_SHOW, self.tr("Which files to list"))
        self.which.currentIndexChanged.connect(lambda _row: self._refresh())
        self.severity = _choices(_SEVERITIES, self.tr("Which findings to list"))
        self.severity.currentIndexChanged.connect(lambda _row: self._refresh())
        self.code = QComboBox()
        self.code.setAccessibleName(self.tr("Which kinds of finding to list"))
        self.code.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.code.currentIndexChanged.connect(lambda _row: self._refresh())
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Containing…"))
        self.text.setAccessibleName(self.tr("Only files and findings containing these words"))
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(px(200))
        self.text.textChanged.connect(lambda _text: self._refresh())
        filters = Flow(gap=gap(8), align="centre")
        for widget in (self.which, self.severity, self.code, self.text):
            filters.add(widget)
        column.addWidget(filters)
        self.files = FilesModel(self)
        self.files_table = RecordTable(self.files, (0, 120, 180, 120, 250), self.tr("Files"), place="files")
        self.files_table.opened.connect(self._of_file)
        self.findings = FindingsModel(self)
        self.findings_table = RecordTable(self.findings, (120, 0, 420), self.tr("Findings"), host=1, place="findings")
        self.findings_table.opened.connect(self._jump)
        self.source = SourcePane()
        self.source.closed.connect(self.findings_table.setFocus)
        self.findings_states = FourStates(_in_card(self.tr("What was found"), self.findings_table))
        self._beside = panes(
            Qt.Orientation.Horizontal, "findings-source", {self.findings_states: 500, self.source: 500}
        )
        files = _in_card(self.tr("Files"), self.files_table)
        column.addWidget(panes(Qt.Orientation.Vertical, "files-findings", {files: 240, self._beside: 300}), 1)
        return page

    def _refresh(self) -> None:
        kind, words = self.which.currentData(), self.text.text().casefold()
        kept = [
            file
            for file in self._report.files
            if (not kind or file.status == kind or (kind == "findings" and (file.issues or file.reason)))
        ]
        named = [file for file in kept if words in f"{file.path} {file.reason}".casefold()]
        names = short_paths(self._report.files)
        self.files.show(named if words else kept, names)
        self.findings.show(kept, names)
        self.findings.narrow(
            str(self.severity.currentData() or ""), self.text.text(), str(self.code.currentData() or "")
        )
        if self.findings.rowCount():
            self.findings_states.show_data()
        else:
            self.findings_states.show_empty(
                self.tr("No findings"), self.tr("Every file listed was read without a remark.")
            )

    def _list_codes(self) -> None:
        self.code.blockSignals(True)
        self.code.clear()
        self.code.addItem(self.tr("All kinds"), "")
        for code, words in self.findings.codes():
            self.code.addItem(words, code)
        self.code.blockSignals(False)

    def _jump(self, index: QModelIndex) -> None:
        """Show the lines of the source around a finding."""
        row = self.findings.found(index)

        def read(_workspace: object) -> Excerpt:
            from desktop.source_lines import excerpt  # the first window does without what reading files needs

            return excerpt(row.path, row.issue)

        def found(lines: Excerpt) -> None:
            self.source.show_excerpt(lines, row.issue.path or row.where)
            self._lead_to_lines()

        self._session.ask(read, found, self.source.say)

    def _lead_to_lines(self) -> None:
        if self.source.isVisible():
            self._area.ensureWidgetVisible(self.source)

    def _ask_export(self) -> None:
        kinds = self.tr("A table (*.csv);;JSON (*.json)")
        place = ask_place(self, self.tr("Save the report"), "report.csv", kinds)
        if place is not None:
            self.export(place)

    def export(self, file: Path) -> None:
        """Write the report to a new file, as CSV or JSON by how its name ends."""
        report, done = self._report, self.tr("Saved as {name}.").format(name=file.name)

        def write(_workspace: object) -> None:
            from desktop.report_files import save

            save(report, file)

        self._session.ask(write, lambda _none: self.said.setText(done), self.said.setText)

    def _of_file(self, index: QModelIndex) -> None:
        file = self.files.file(index)
        self.findings.show([file], short_paths(self._report.files))
        if self.findings.rowCount():
            self.findings_states.show_data()
        else:
            self.findings_states.show_empty(self.tr("No findings"), self.tr("This file was read without a remark."))

    def _progress(self, doing: str, done: int, total: int) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        counted = self.tr(" ({done} of {total})").format(done=f"{done:,}", total=f"{total:,}") if total else ""
        self.doing.setText(doing + counted)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.cancel_button.setEnabled(False)
            self.doing.setText(self.tr("Stopping after this file…"))

    def _failed(self, words: str) -> None:
        self._job = None
        self._turn_to_report()
        self.title.setText(self.tr("Import did not work"))
        self.summary.setText(words)
        self._refresh()
        self.undo_button.setVisible(False)
        self.export_button.setVisible(False)
        self.match_button.setVisible(False)

    def _import_ids(self) -> list[str]:
        return [file.import_id for file in self._report.files if file.import_id and file.status == "imported"]

    def _ask_undo(self) -> None:
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(self.tr("OneStory: undo this import"))
        count = plural(len(self._import_ids()), "file")
        box.setText(self.tr("Take back what was imported from {count}?").format(count=count))
        box.setInformativeText(self.tr("Everything these files brought goes. You can import them again."))
        undo = box.addButton(self.tr("Undo the import"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(self.tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        undo.clicked.connect(self.undo)
        box.open()

    def undo(self) -> None:
        """Take this import back."""
        self.undo_button.setEnabled(False)
        self._session.undo(self._import_ids(), self._undone, self._failed)

    def _undone(self, entries: int) -> None:
        self.undo_button.setEnabled(True)
        self.undo_button.hide()
        self.match_button.hide()
        self.source.clear()
        self.export_button.hide()
        self._report = DropReport()
        self.reported.emit(self._report)
        self.title.setText(self.tr("Import taken back"))
        self.summary.setText(
            self.tr("{count} went. The files can be imported again.").format(count=plural(entries, "entry", "entries"))
        )
        self._refresh()


def _choices(rows: tuple[tuple[str, str], ...], name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    for words, key in rows:
        box.addItem(tr(words), key)
    return box


def _in_card(title: str, table: RecordTable) -> QFrame:
    card = QFrame()
    card.setProperty("role", "card")
    px, gap = look().px, look().gap
    inside = QVBoxLayout(card)
    inside.setContentsMargins(gap(10), gap(8), gap(10), gap(8))
    inside.addWidget(Text(title, "cardtitle"))
    table.setMinimumHeight(px(150))
    inside.addWidget(table)
    return card
