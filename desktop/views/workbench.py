"""The import workbench of testers: drop files, read what became of them, see the sections they fill, compare imports.

The report is that of every import (`desktop.views.importing`); what is of the workbench alone are its tabs beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.importing import short_paths
from desktop.models.words import day
from desktop.models.workbench import ChangesModel, SectionsModel, changes_words, coverage_words, section_rows
from desktop.reports import DropReport, Listed
from desktop.theme.tokens import look
from desktop.views.importing import Importing
from desktop.views.plugs import Screen, Shell
from desktop.widgets.drop_zone import DropZone
from desktop.widgets.layouts import Flow, scrolling
from desktop.widgets.states import FourStates
from desktop.widgets.table import RecordTable
from desktop.widgets.text import Text, button

if TYPE_CHECKING:
    from desktop.comparing import Difference

_kept: list[DropReport] = []
"""The report that is shown, while the window is built anew in another look; for that moment only."""

TABS = ("drop", "report", "sections", "compare")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Workbench", text)


class Workbench(Screen):
    """Four tabs: the drop zone, the report, the sections, and two imports side by side."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._report = DropReport()
        self._put_by = DropReport()
        """The report of whoever is signed in, while another screen is in front."""
        shell.session.closed.connect(self._forget)
        self._difference: Difference | None = None
        self.setProperty("role", "page")
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(gap(22), gap(16), gap(22), gap(14))
        outer.setSpacing(gap(10))
        outer.addWidget(Text(_tr("Import workbench"), "title"))
        outer.addWidget(self._tab_line())
        self._stack = QStackedWidget()
        outer.addWidget(self._stack, 1)
        self.zone = DropZone()
        self.zone.dropped.connect(self.take)
        self.importing = Importing(shell.session, (_tr("Drop more…"), _tr("Go back to the drop zone")))
        self.importing.done.connect(lambda: self.open("drop"))
        self.importing.matches.connect(lambda: shell.show_screen("matches"))
        self.importing.reported.connect(self._reported)
        for page in (self._drop_page(), self.importing, self._sections_page(), self._compare_page()):
            self._stack.addWidget(page)
        self._offer(report=False)

    def start(self) -> None:
        """Show the drop zone, or the report that was there in another look or before another screen."""
        report = _kept.pop() if _kept else self._put_by
        self._forget()
        if report.files:
            self.importing.show_report(report)
        else:
            self.open("drop")

    def _forget(self) -> None:
        self._put_by = DropReport()

    def clear(self) -> None:
        """Put the report by, out of sight; with its user it is forgotten."""
        if self._report.files and self._shell.session.user is not None:
            self._put_by = self._report
        self.importing.clear()
        self._reported(DropReport())
        self._show_difference(None)
        for box in (self.before, self.after, self.file):
            box.clear()

    def busy(self) -> bool:
        return self.importing.running

    def before_new_look(self) -> None:
        _kept.clear()
        if self._report.files:
            _kept.append(self._report)

    def _offer(self, *, report: bool) -> None:
        """The tabs that tell of a report only where there is one: else they say that an import of nothing finished."""
        for key in ("report", "sections"):
            self._tabs[key].setEnabled(report)

    def take(self, paths: Sequence[Path], store: bool) -> None:
        """Import, or only check, files and folders."""
        self._offer(report=True)
        self.open("report")
        self.importing.start(paths, store=store)

    def open(self, tab: str) -> None:
        """Bring a tab to the front."""
        self._stack.setCurrentIndex(TABS.index(tab))
        for key, one in self._tabs.items():  # no exclusive group: Tab would reach but one of them
            one.setChecked(key == tab)
        if tab == "drop":
            self.zone.files_button.setFocus()
        elif tab == "compare":
            self._list_imports()

    # -- what stands where

    def _tab_line(self) -> Flow:
        made = Flow(gap=look().gap(8))
        names = (_tr("Drop"), _tr("Report"), _tr("Sections filled"), _tr("Compare two imports"))
        self._tabs: dict[str, QPushButton] = {}
        for tab, name in zip(TABS, names, strict=True):
            one = button(name, "segment", partial(self.open, tab))
            one.setCheckable(True)
            made.add(one)
            self._tabs[tab] = one
        return made

    def _drop_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.zone)
        column.addStretch(1)
        return scrolling(page)

    def _sections_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(8))
        self.coverage = Text("", "lead")
        column.addWidget(self.coverage)
        filters = Flow(gap=look().gap(8), align="centre")
        self.file = QComboBox()
        self.file.setAccessibleName(_tr("Sections of which file"))
        self.file.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.file.currentIndexChanged.connect(lambda _row: self._fill_sections())
        self.filled = QCheckBox(_tr("Only those filled"))
        self.filled.setAccessibleName(_tr("Only sections that are filled"))
        self.filled.toggled.connect(lambda _on: self._fill_sections())
        filters.add(self.file)
        filters.add(self.filled)
        column.addWidget(filters)
        self.sections = SectionsModel(self)
        table = RecordTable(
            self.sections, (0, 160, 0), _tr("Sections of the Core Information Standard"), place="sections"
        )
        self.section_states = FourStates(table)
        column.addWidget(self.section_states, 1)
        return page

    def _compare_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look().gap(8))
        asks = Flow(gap=look().gap(8), align="centre", below=look().gap(6))
        self.before, self.after = QComboBox(), QComboBox()
        for box, name in ((self.before, _tr("The import before")), (self.after, _tr("The import after"))):
            box.setAccessibleName(name)
            box.setMinimumWidth(look().px(260))
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            asks.add(box)
        self.compare_button = button(_tr("Compare"), "primary", self.compare)
        asks.add(self.compare_button)
        self.kind = QComboBox()
        self.kind.setAccessibleName(_tr("Which differences to list"))
        for words, key in (
            (_tr("All differences"), ""),
            (_tr("Changed"), "changed"),
            (_tr("New"), "new"),
            (_tr("Gone"), "gone"),
        ):
            self.kind.addItem(words, key)
        self.kind.currentIndexChanged.connect(lambda _row: self._show_difference(self._difference))
        asks.add(self.kind)
        column.addWidget(asks)
        self.differing = Text("", "lead")
        column.addWidget(self.differing)
        self.changes = ChangesModel(self)
        table = RecordTable(self.changes, (110, 0, 0), _tr("Differences"), host=1, place="differences")
        self.change_states = FourStates(table)
        column.addWidget(self.change_states, 1)
        return page

    # -- filling

    def _reported(self, report: DropReport) -> None:
        self._offer(report=bool(report.files))
        self._report = report
        names = short_paths(report.files)
        self.file.blockSignals(True)
        self.file.clear()
        self.file.addItem(_tr("All files"), "")
        for file in report.files:
            if file.sections:
                self.file.addItem(names[file.path], file.path)
        self.file.blockSignals(False)
        self._fill_sections()
        if report.files:
            self.open("report")

    def _fill_sections(self) -> None:
        wanted = self.file.currentData() or ""
        files = [file for file in self._report.files if not wanted or file.path == wanted]
        rows = section_rows(files, short_paths(self._report.files))
        self.coverage.setText(coverage_words(rows) if any(row.entries for row in rows) else "")
        if any(row.entries for row in rows):
            self.sections.show([row for row in rows if row.entries] if self.filled.isChecked() else rows)
            self.section_states.show_data()
        else:
            self.sections.clear()
            words = _tr("Drop files first. What is here already was not read again, so its sections are not counted.")
            self.section_states.show_empty(_tr("No entries to count"), words)

    def _list_imports(self) -> None:
        self.change_states.show_loading(_tr("Reading…"))
        self._shell.session.ask(
            lambda workspace: workspace.imports(), self._have_imports, self.change_states.show_error
        )

    def _have_imports(self, rows: list[Listed]) -> None:
        for at, box in enumerate((self.before, self.after)):
            box.clear()
            for row in rows:
                box.addItem(f"{Path(row.path).name} · {day(row.stored, time=True)}", row.import_id)
            box.setCurrentIndex(1 - at if len(rows) > 1 else 0)
        self.compare_button.setEnabled(len(rows) > 1)
        if len(rows) > 1:
            self._show_difference(self._difference)
            self.before.setFocus()
        else:
            words = _tr("Import two files first, such as two states of one record.")
            self.change_states.show_empty(_tr("Nothing to compare"), words)

    def compare(self) -> None:
        """Compare the two imports that are chosen."""
        before, after = self.before.currentData(), self.after.currentData()
        self.change_states.show_loading(_tr("Comparing…"))
        self._shell.session.ask(
            lambda workspace: workspace.compare_imports(before, after),
            self._show_difference,
            self.change_states.show_error,
        )

    def _show_difference(self, found: Difference | None) -> None:
        self._difference = found
        self.changes.show(found, str(self.kind.currentData() or ""))
        self.differing.setText(changes_words(found) if found is not None else "")
        if self.changes.rowCount():
            self.change_states.show_data()
        elif found is None:
            self.change_states.show_empty(
                _tr("Choose two imports"), _tr("What the second adds, changes and lacks stands here.")
            )
        else:
            self.change_states.show_empty(_tr("No such difference"), _tr("Of this kind nothing differs."))
