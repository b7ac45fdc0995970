"""What an import did, as two tables: files, and what was found in them. No I/O."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from desktop.models.entries import Index, Line
from desktop.models.lines_table import LinesTable
from desktop.models.tongue import Said, later, ours, tr
from desktop.models.words import breakable, plural
from desktop.quality_text import tables_of
from desktop.reports import DropReport, FileReport
from fhir.records import Issue
from fhir.social_care.quality_report import QualityLine

STATUS_TONES = {"imported": "good", "checked": "good", "unchanged": "info", "refused": "danger"}
SEVERITY_TONES = {"fatal": "danger", "error": "danger", "warning": "warning", "information": "info"}
TABLE = "table"
"""The code of findings of tables, which have kinds of their own."""
CODE_WORDS = Said(
    {
        "structure": "Structure",
        "required": "Something is missing",
        "value": "A value",
        "code-invalid": "A code",
        "not-found": "A reference",
        "invariant": "Parts that do not fit",
        "duplicate": "Said twice",
        "incomplete": "Not checked",
        TABLE: "A table",
    }
)
"""FHIR IssueType codes in plain words; any other is named by itself."""
SEVERITY_ORDER = {"fatal": 0, "error": 1, "warning": 2, "information": 3}


@dataclass(frozen=True)
class FoundRow:
    """One finding: the file it is in (as it is called, and its path) and the issue, or the reason why the file was
    refused. `issue` is the first of those that a row stands for."""

    file: str
    severity: str
    where: str
    message: str
    path: str
    issue: Issue


def short_paths(files: Sequence[FileReport]) -> dict[str, str]:
    """What to call each file: its path below the folder that all of them share."""
    folders = [os.path.dirname(file.path.partition("!")[0]) for file in files]
    try:
        shared = os.path.commonpath(folders) if folders else ""
    except ValueError:  # absolute and relative, or two drives
        shared = ""
    cut = len(shared.rstrip("/\\")) + 1 if shared else 0
    return {file.path: file.path[cut:] for file in files}


def found_rows(files: Sequence[FileReport], names: dict[str, str] | None = None) -> list[FoundRow]:
    """Every finding of these files, worst first, in the order of the files within each severity.

    `names` are what to call the files, their paths unless said.
    """
    rows = []
    for path, found in tables_of(files).items():
        # Of a table each kind of finding is one row, with how many lines have it and what can be done.
        called = (names or {}).get(path, path).partition("#")[0]
        for one in found:
            said = " ".join(part for part in (ours(one.message), where(one), ours(one.advice)) if part)
            first = Issue(severity=one.severity, code=TABLE, message=one.message, line=one.lines[0] if one.lines else 0)
            rows.append(FoundRow(called, one.severity, one.column, said, path, first))
    for file in files:
        if file.format == "csv" and not _unsaid(file):
            continue
        called = (names or {}).get(file.path, file.path)
        if _unsaid(file):
            refusal = Issue(severity="fatal", code="structure", message=file.reason)
            rows.append(FoundRow(called, "fatal", "", ours(file.reason), file.path, refusal))
        rows += [
            FoundRow(
                called,
                issue.severity,
                _place(issue.resource, issue.path, issue.line),
                ours(issue.message),
                file.path,
                issue,
            )
            for issue in file.issues
        ]
    return sorted(rows, key=lambda row: SEVERITY_ORDER.get(row.severity, 9))


def where(one: QualityLine) -> str:
    """How many lines have a finding, and which are the first."""
    if not one.lines:
        return f"{plural(one.count, 'line')}." if one.count > 1 else ""
    first = ", ".join(f"{line:,}" for line in one.lines[:5])
    return f"{plural(one.count, 'line')}: {first}{tr(' and more') if one.count > min(5, len(one.lines)) else ''}."


def _unsaid(file: FileReport) -> bool:
    return bool(file.reason) and all(issue.message != file.reason for issue in file.issues)


def summary(report: DropReport) -> str:
    """The report in one sentence."""
    parts = []
    for status, words in (
        ("imported", tr("imported")),
        ("checked", tr("checked")),
        ("unchanged", tr("already here")),
        ("refused", tr("refused")),
    ):
        count = sum(file.status == status for file in report.files)
        if count:
            parts.append(f"{plural(count, 'file')} {words}")
    said = ", ".join(parts) or tr("No files were read")
    entries = sum(file.entries for file in report.files)
    people = len({person.person_id for file in report.files for person in file.people})
    held, whose = plural(entries, "entry", "entries"), plural(people, "person", "people")
    more = tr("; {entries} for {people}").format(entries=held, people=whose) if entries else ""
    return f"{said}{more}.{tr(' Stopped before the end, as you asked.') if report.cancelled else ''}"


def _place(resource: str, path: str, line: int) -> str:
    parts = [resource, path if path != resource else "", tr("line {number}").format(number=line) if line else ""]
    return " · ".join(part for part in parts if part)


class FilesModel(LinesTable):
    """Files of a drop: what became of each, what it is, how much it held and whom it spoke of."""

    HEADINGS = (later("File"), later("Result"), later("Holds"), later("Findings"), later("People"))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[FileReport] = []
        self._names: dict[str, str] = {}

    def show(self, files: Sequence[FileReport], names: dict[str, str] | None = None) -> None:
        """Show these files, called by `names` where given."""
        self.beginResetModel()
        self._rows, self._names = list(files), names or {}
        self.endResetModel()

    def clear(self) -> None:
        """Forget every file."""
        self.show(())

    def file(self, index: Index) -> FileReport:
        """The file of a row."""
        return self._rows[index.row()]

    def lines(self, row: int, column: int) -> tuple[Line, ...]:
        file = self._rows[row]
        if column == 0:
            return (
                Line(breakable(self._names.get(file.path, file.path)), "strong"),
                *((Line(ours(file.reason)),) if file.reason else ()),
                *((Line(breakable(file.signed), "secondary"),) if file.signed else ()),
            )
        if column == 1:
            words = tr("already here") if file.status == "unchanged" else tr(file.status)
            return (Line(words, "tag", STATUS_TONES[file.status]),)
        if column == 2:
            form = " ".join(part for part in (file.fhir_version, file.format.upper(), file.bundle_type) if part)
            held = plural(file.resources, "resource")
            held += f", {plural(file.entries, 'entry', 'entries')}" if file.entries else ""
            return (Line(held), Line(form, "secondary")) if form else (Line(held if file.resources else "–"),)
        if column == 3:
            counted: dict[str, int] = {}
            for issue in file.issues:
                counted[issue.severity] = counted.get(issue.severity, 0) + 1
            words_of = {"fatal": "refused", "error": "error", "warning": "warning", "information": "note"}
            return tuple(
                Line(
                    plural(counted[key], words_of[key], "refused" if key == "fatal" else ""), "tag", SEVERITY_TONES[key]
                )
                for key in SEVERITY_ORDER
                if key in counted
            ) or (Line(tr("none"), "secondary"),)
        matched = {"new": tr("new person"), "same": tr("already known"), "possible": tr("possible match, kept apart")}
        lines: list[Line] = []
        for person in file.people[:5]:
            lines.append(Line(breakable(person.name)))
            lines.append(
                Line(matched[person.match], "tag", "warning")
                if person.match == "possible"
                else Line(matched[person.match], "secondary")
            )
        if len(file.people) > 5:
            lines.append(Line(tr("and {count} more").format(count=len(file.people) - 5), "secondary"))
        return tuple(lines)


class FindingsModel(LinesTable):
    """Findings of a drop: how serious, where, and what it means in plain words."""

    HEADINGS = (later("How serious"), later("What was found"), later("Where"))

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[FoundRow] = []
        self._rows: list[FoundRow] = []
        self._severity = self._text = self._code = ""

    def show(self, files: Sequence[FileReport], names: dict[str, str] | None = None) -> None:
        """Show the findings of these files, called by `names` where given."""
        self.beginResetModel()
        self._all = found_rows(files, names)
        self._arrange()
        self.endResetModel()

    def narrow(self, severity: str = "", text: str = "", code: str = "") -> None:
        """Keep one severity, one kind (a code) and findings with every word of `text`; empty is any."""
        self.beginResetModel()
        self._severity, self._text, self._code = severity, text, code
        self._arrange()
        self.endResetModel()

    def found(self, index: Index) -> FoundRow:
        """The finding of a row."""
        return self._rows[index.row()]

    def codes(self) -> list[tuple[str, str]]:
        """The kinds of finding there are, each a code and its words, by their words."""
        found = {row.issue.code for row in self._all}
        return sorted(((code, CODE_WORDS.get(code, code.capitalize())) for code in found), key=lambda one: one[1])

    def clear(self) -> None:
        """Forget every finding."""
        self.show(())

    def lines(self, row: int, column: int) -> tuple[Line, ...]:
        found = self._rows[row]
        if column == 0:
            words = {"fatal": "refused", "information": "note"}.get(found.severity, found.severity)
            return (Line(tr(words), "tag", SEVERITY_TONES.get(found.severity, "")),)
        if column == 1:
            return (Line(breakable(found.message)),)
        return (
            Line(breakable(found.file), "secondary"),
            *((Line(breakable(found.where), "secondary"),) if found.where else ()),
        )

    def _arrange(self) -> None:
        words = self._text.casefold().split()
        self._rows = [
            row
            for row in self._all
            if (not self._severity or row.severity == self._severity)
            and (not self._code or row.issue.code == self._code)
            and all(word in f"{row.file} {row.where} {row.message}".casefold() for word in words)
        ]
