"""The lines of a source file around a finding, read again from where the file was dropped from. No Qt.

Only for whoever dropped the file: nothing here opens a vault. What is not there any more is said to be so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.errors import NothingFoundError
from fhir.locating import element_at
from fhir.reading import read_drop
from fhir.records import Issue, Resource, SourceFile
from fhir.xml_reading import xml_element_at

AROUND = 8
LONGEST = 400
"""Letters of a line that are shown: a file without line breaks is one line."""

LARGEST = 64 * 2**20
"""Bytes of a file that could not be read which are looked through for a line."""

NOT_SHOWN = "Lines of what could not be read are shown of single files only, and not of very large ones."
GONE = "That file is not where it was, or it has changed, so its lines cannot be shown."


@dataclass(frozen=True)
class Excerpt:
    """Lines of a file: the number and text of each, and which of them (from 0) the finding is on.

    `exact`: the element itself was found; otherwise it is where its resource begins. `cut`: long lines are shortened.
    """

    path: str
    lines: tuple[tuple[int, str], ...]
    at: int
    exact: bool
    cut: bool


def excerpt(path: str, issue: Issue) -> Excerpt:
    """The lines around an issue of the document called `path` ("folder/file.zip!member", "stream.ndjson#2").

    Raises NothingFoundError where the document cannot be read any more.
    """
    found = _place(path, issue)
    texts = found.data.split(b"\n")
    if not 0 < found.line <= len(texts):
        raise NothingFoundError(GONE)
    first = max(0, found.line - 1 - AROUND)
    shown, cut = [], False
    for number in range(first, min(len(texts), found.line + AROUND)):
        text, shortened = _short(texts[number], found.column if number == found.line - 1 else 0)
        shown.append((found.before + number + 1, text))
        cut = cut or shortened
    return Excerpt(path, tuple(shown), found.line - 1 - first, found.exact, cut)


@dataclass(frozen=True)
class _Place:
    """Bytes, the line in them that is meant (from 1) and the column (from 0), and how many lines of the file stand
    before these bytes."""

    data: bytes
    line: int
    column: int = 0
    before: int = 0
    exact: bool = True


def _place(path: str, issue: Issue) -> _Place:
    file = Path(path.partition("!")[0])
    if not file.exists():
        stem, mark, part = path.rpartition("#")
        file = Path(stem.partition("!")[0]) if mark and part.isdigit() else file
    if not file.is_file():
        raise NothingFoundError(GONE)
    for document in read_drop([file]):
        if path in (document.path, document.path.rpartition("#")[0]):  # a table is told as one
            if isinstance(document, SourceFile) and document.format != "csv":
                return _in(document, issue)
            if "!" in path or file.stat().st_size > LARGEST:
                raise NothingFoundError(NOT_SHOWN)
            return _Place(file.read_bytes(), issue.line or 1, exact=bool(issue.line))
    raise NothingFoundError(GONE)


def _in(document: SourceFile, issue: Issue) -> _Place:
    data, resource = document.data, _resource(document, issue)
    if resource is None and (document.format == "ndjson" or not issue.path):
        return _Place(data, issue.line or 1, exact=bool(issue.line))
    start = resource.start if resource is not None else 0
    find = xml_element_at if document.format == "xml" else element_at
    at = find(data, issue.path, start)
    before = resource.line - data.count(b"\n", 0, start) - 1 if resource is not None else 0
    column = at - data.rfind(b"\n", 0, at) - 1
    return _Place(data, data.count(b"\n", 0, at) + 1, column, max(before, 0))


def _resource(document: SourceFile, issue: Issue) -> Resource | None:
    same = [one for one in document.resources if one.key == issue.resource]
    before = [one for one in same if one.line <= issue.line]
    return before[-1] if before else (same[0] if same else None)


def _short(line: bytes, column: int) -> tuple[str, bool]:
    """A line for showing: around the column where it is too long."""
    text = line.rstrip(b"\r").decode("utf-8", errors="backslashreplace")
    if len(text) <= LONGEST:
        return text, False
    first = max(0, column - LONGEST // 3)
    last = first + LONGEST
    return f"{'… ' if first else ''}{text[first:last]}{' …' if last < len(text) else ''}", True
