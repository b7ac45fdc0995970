"""The rows of a table with the exact bytes of their lines, streamed; and their values, cleaned, in the usual order.

A row is one line, or several where a quoted cell holds line breaks. Literal "NULL" and blanks are nothing; blanks
around a value go; everything else stays as written. Letters that are not in the file's encoding are read as those of
Windows-1252, and a line whose quotation marks do not close is read without them; both are said (`Row.marks`). Where all
letters of a file are so, the file is (`settled`).
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import BinaryIO, Final

from fhir.social_care.table import Encoding, Layout, in_windows

MAX_ROW_BYTES = 256 * 1024
"""Bytes of one row; a longer one is not read. Real rows have a few hundred."""

csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW_BYTES))  # a cell may be as long as its row

_SAYS_SOMETHING = 3
_CELLS_IN_ONE = 4

_MAX_ROW_LINES = 64
_LINE_ENDS = b"\r\n\0"
_WINDOWS = "onestory-windows-1252"


OTHER_ENCODING: Final = 1
OPEN_QUOTE: Final = 2
TOO_LONG: Final = 4
NULLS: Final = 8
TOO_MANY: Final = 16
TOO_FEW: Final = 32
CONTROLS: Final = 64
OTHER_LETTERS: Final = 128
"""Letters beyond ASCII in the file's encoding: a file with these is not wholly in another one."""


class Row:
    """One row. `raw` are its bytes; `line` counts from 1; `cells` are as written; `marks` are bits. `text` is the line
    of a row of one, empty where it was not kept."""

    __slots__ = ("cells", "line", "lines", "marks", "raw", "text")

    def __init__(self, raw: bytes, line: int, lines: int, cells: list[str], marks: int, text: str = "") -> None:
        self.raw = raw
        self.line = line
        self.lines = lines
        self.cells = cells
        self.marks = marks
        self.text = text

    @property
    def plain(self) -> bool:
        """Whether it is known without a look at each cell that none begins as a formula does."""
        text = self.text
        return bool(text) and "-" not in text and "=" not in text and "+" not in text and "@" not in text


def rows(lines: Lines, layout: Layout) -> Iterator[Row]:
    """The rows of a table, from where `lines` stands; take the header and what is above it first."""
    delimiter, encoding = layout.delimiter, layout.encoding
    while raw := lines.next():
        number = lines.number
        if len(raw) > MAX_ROW_BYTES:
            yield Row(b"", number, 1, [], TOO_LONG)
            continue
        text, marks = _decoded(raw, encoding)
        if '"' not in text:
            yield Row(raw, number, 1, text.rstrip("\r\n").split(delimiter), marks, text)
            continue
        cells: list[str] | None = None
        if text.count('"') % 2 == 0:
            cells = _quoted(text, delimiter)
        else:
            found = _closed(text, lines, layout)
            if found is not None:
                cells, more, further = found
                marks |= further
                taken = [raw, *(lines.next() for _ in range(more))]
                yield Row(b"".join(taken), number, 1 + more, cells, marks)
                continue
        if cells is None or (len(cells) < layout.headers.width == text.rstrip("\r\n").count(delimiter) + 1):
            # Two marks that never close take what stands between them for one cell.
            cells, marks = text.rstrip("\r\n").split(delimiter), marks | OPEN_QUOTE
        yield Row(raw, number, 1, cells, marks, text)


def heading(head: bytes) -> bytes:
    """The line of column names, from all lines up to it, as `repeats` compares it."""
    return _bare(head.rstrip(_LINE_ENDS).rpartition(b"\n")[2])


def repeats(row: Row, line: bytes) -> bool:
    """Whether a row is the line of column names again, as where files were put together."""
    return len(row.raw) < len(line) + 8 and _bare(row.raw) == line


def is_short(row: Row) -> bool:
    """Whether a row has a cell or two only, as a total below a table, and not a whole line in one cell because of
    another delimiter."""
    filled = [cell for cell in row.cells if cell]
    whole = any(cell.count(mark) >= _CELLS_IN_ONE for cell in filled for mark in ",;\t|")
    return len(filled) < _SAYS_SOMETHING and not whole


def _bare(line: bytes) -> bytes:
    return line.removeprefix(codecs.BOM_UTF8).strip(_LINE_ENDS)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8, as Windows-1252 has them: one cell may be pasted from elsewhere, beside others."""
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    try:
        return wrong.decode("windows-1252"), error.end
    except UnicodeDecodeError:  # five bytes stand for nothing there
        return wrong.decode("latin-1"), error.end


codecs.register_error(_WINDOWS, _as_windows)


def settled(layout: Layout, marks: int, head: bytes) -> Layout:
    """The layout once the whole file was seen: `marks` are those of all its rows, `head` its lines up to the header.

    A file called UTF-8 none of whose letters is, is in Windows-1252: said once, not cell by cell.
    """
    marks |= _decoded(head, layout.encoding)[1]
    whole = layout.encoding == "utf-8" and marks & (OTHER_ENCODING | OTHER_LETTERS) == OTHER_ENCODING
    return in_windows(layout, head) if whole else layout


def _decoded(raw: bytes, encoding: Encoding) -> tuple[str, int]:
    marks = 0
    try:
        text = raw.decode(encoding)
        if not text.isascii():
            marks = OTHER_LETTERS
    except UnicodeDecodeError:
        marks = OTHER_ENCODING if raw.decode(encoding, "ignore").isascii() else OTHER_ENCODING | OTHER_LETTERS
        text = raw.decode(encoding, _WINDOWS if encoding in ("utf-8", "windows-1252") else "replace")
    if "\x00" in text:
        text, marks = text.replace("\x00", ""), marks | CONTROLS
    return text, marks


def _quoted(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader([text.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return None


def _closed(text: str, lines: Lines, layout: Layout) -> tuple[list[str], int, int] | None:
    """The cells of a row that a quoted cell carries over line ends, how many more lines it takes, and their marks.

    None where the quotation mark was never meant so: it does not close soon, or the row would have another width.
    """
    parts, marks = [text], 0
    for more in range(1, _MAX_ROW_LINES):
        ahead = lines.ahead(more)
        if ahead is None or len(ahead) > MAX_ROW_BYTES:
            return None
        further, marked = _decoded(ahead, layout.encoding)
        parts.append(further)
        marks |= marked
        if parts[-1].count('"') % 2:
            cells = _quoted("".join(parts), layout.delimiter)
            return (cells, more, marks) if cells is not None and len(cells) == layout.headers.width else None
    return None


class Lines:
    """The physical lines of a stream, with a look ahead. `number` is that of the line given last, from 1."""

    def __init__(self, stream: BinaryIO, encoding: Encoding) -> None:
        self.number = 0
        self._stream = stream
        self._ahead: list[bytes] = []
        self._wide = {"utf-16-le": 0, "utf-16-be": 1}.get(encoding, -1)

    def next(self) -> bytes:
        """The next line, empty at the end. A line beyond the limit comes cut off, and the rest of it is passed over."""
        self.number += 1
        return self._ahead.pop(0) if self._ahead else self._read()

    def ahead(self, count: int) -> bytes | None:
        """The line `count` lines further on, None beyond the end."""
        while len(self._ahead) < count:
            line = self._read()
            if not line:
                return None
            self._ahead.append(line)
        return self._ahead[count - 1]

    def _read(self) -> bytes:
        line = self._stream.readline(MAX_ROW_BYTES + 1) if self._wide < 0 else self._read_wide()
        if len(line) > MAX_ROW_BYTES:
            rest = line
            while rest and not rest.endswith((b"\n", b"\n\x00")):
                rest = self._stream.readline(MAX_ROW_BYTES)
        return line

    def _read_wide(self) -> bytes:
        """A line of UTF-16: a line feed counts only where it is a whole character."""
        line = b""
        while part := self._stream.readline(MAX_ROW_BYTES):
            line += part
            if self._wide == 0 and len(line) % 2:
                line += self._stream.read(1)
                if line.endswith(b"\n\x00"):
                    return line
            elif self._wide == 1 and len(line) % 2 == 0 and line.endswith(b"\x00\n"):
                return line
            if len(line) > MAX_ROW_BYTES:
                return line
        return line


class Cleaner:
    """Puts the cells of a row in the order of the specification and clears what says nothing."""

    def __init__(self, layout: Layout) -> None:
        self._width = layout.headers.width
        nowhere = self._width
        self._take: Callable[[list[str]], tuple[str, ...]] = itemgetter(
            *(place if place >= 0 else nowhere for place in layout.headers.places)
        )
        self._others = layout.headers.others
        self._before, self._after = f" {layout.delimiter}", f"{layout.delimiter} "
        self._in_order = layout.headers.places == tuple(range(nowhere))

    def values(self, row: Row) -> tuple[str, ...]:
        """The values of the specification's columns; adds to `row.marks` what had to be done."""
        cells = row.cells
        if len(cells) != self._width:
            self._fit(row)
            cells = row.cells
        if not self._is_tight(row.text):
            row.cells = cells = list(map(str.strip, cells))
        if "NULL" in (row.text.upper() or "NULL") and any(cell.upper() == "NULL" for cell in cells):
            row.cells = cells = ["" if cell.upper() == "NULL" else cell for cell in cells]
            row.marks |= NULLS
        if self._in_order and len(cells) == self._width:
            return tuple(cells)
        cells = cells[: self._width]
        cells.append("")
        return self._take(cells)

    def others(self, row: Row) -> list[tuple[str, str]]:
        """The values of all other columns, with their names. Call after `values`."""
        if not self._others and len(row.cells) <= self._width:
            return []
        found = [(name, row.cells[place]) for place, name in self._others if row.cells[place]]
        beyond = range(self._width, len(row.cells))
        return found + [(f"Column {place + 1}", row.cells[place]) for place in beyond if row.cells[place]]

    def _is_tight(self, text: str) -> bool:
        """Whether it is known without a look at each cell that none begins or ends with a blank."""
        line = text.rstrip("\r\n")
        return (
            line.isprintable()  # the space is the only blank that is
            and '"' not in line
            and self._before not in line
            and self._after not in line
            and line == line.strip(" ") != ""
        )

    def _fit(self, row: Row) -> None:
        cells = row.cells
        while len(cells) > self._width and not cells[-1].strip():
            cells.pop()
        if len(cells) > self._width:
            row.marks |= TOO_MANY
        elif len(cells) < self._width:
            row.marks |= TOO_FEW
            cells.extend([""] * (self._width - len(cells)))
