"""What kind of table a file is, from its first bytes: encoding, delimiter, and the line of its header.

Nothing is guessed silently: what was found is a `Layout`, which the findings of the file state. A table that is not
one of those read here is refused with a sentence that says what is missing. Content decides; the file's name does not.
"""

from __future__ import annotations

import csv
import re
from typing import Literal

import msgspec

from fhir.errors import FormatError
from fhir.social_care.headers import Headers, known_count, read_headers

Encoding = Literal["utf-8", "windows-1252", "utf-16-le", "utf-16-be"]

ENCODING_WORDS: dict[Encoding, str] = {
    "utf-8": "UTF-8",
    "windows-1252": "Windows-1252",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_LOOKED_AT = 256 * 1024
_HEADER_WITHIN = 12
_MANY = 20
_ENOUGH = 8
"""Columns of the specification that a header must have to be one; a chance table shares two or three."""

_UNUSUAL = re.compile(r"[~^#:!*$%@§¦·]")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is written. `first_line` is the line, from 1, on which the header stands; `bom` counts bytes.

    `table` is the key of a table of `fhir.social_care.tables`, empty for Client Level Data.
    """

    encoding: Encoding
    bom: int
    delimiter: str
    first_line: int
    headers: Headers
    table: str = ""


def recognise(head: bytes) -> Layout | None:
    """The layout of the table that starts with `head`; None where this is no table at all.

    Raises FormatError for a table that is something else, or that cannot be read as it is.
    """
    encoding, bom = _encoding(head)
    text = head[bom : bom + _LOOKED_AT].decode(encoding, "replace")
    if text.lstrip()[:1] in ("{", "[", "<"):
        return None
    binary = _BINARY.search(text[:4096]) is not None
    text = _BINARY.sub("", text) if binary else text  # a table may have some among its text; each is named where read
    if "\r" in text and "\n" not in text:
        if known_count(re.split(r"[,;\t|]", text.partition("\r")[0])) < _ENOUGH:
            return None
        raise FormatError("The lines of this table end in bare carriage returns; save it again as CSV.")
    lines = text.split("\n")[:_HEADER_WITHIN]
    other = _other_table(lines, encoding, bom)
    if other is not None:
        return other
    best, place, delimiter = 0, 0, ","
    for number, line in enumerate(lines):
        for mark in DELIMITER_WORDS:
            count = known_count(_cells(line, mark))
            if count > best:
                best, place, delimiter = count, number, mark
    if best >= _ENOUGH:
        headers = read_headers(_cells(lines[place], delimiter))
        if not headers.has("person_id") and not headers.has("nhs_number"):
            raise FormatError(
                "This looks like adult social care data, but no column says which person a line is about.", place + 1
            )
        return Layout(encoding=encoding, bom=bom, delimiter=delimiter, first_line=place + 1, headers=headers)
    if binary:
        return None
    if best >= 4:
        raise FormatError(
            f"This looks like adult social care Client Level Data, but only {best} of its columns are there; "
            "ask for the extract with the column names of the specification.",
            place + 1,
        )
    _refuse_other_delimiter(lines)
    if _is_table(lines):
        raise FormatError(
            "This is a table (CSV), but not one that is read here (adult social care Client Level Data, the SSDA903 "
            "return, tables of care providers), or its line of column names is missing."
        )
    return None


def in_windows(layout: Layout, head: bytes) -> Layout:
    """The layout of the same file in Windows-1252; `head` are its lines up to the header, and that."""
    header = head.decode("windows-1252", "replace").rstrip("\n").rpartition("\n")[2]
    cells = _cells(header, layout.delimiter)
    if not layout.table:
        headers = read_headers(cells)
    else:
        from fhir.social_care.tables.definitions import headers_of, tables

        headers = headers_of(tables()[layout.table], cells)
    return msgspec.structs.replace(layout, encoding="windows-1252", headers=headers)


def _refuse_other_delimiter(lines: list[str]) -> None:
    """Raises FormatError for a header whose cells stand apart by a character that is not read."""
    for number, line in enumerate(lines, 1):
        if known_count(re.split(" {2,}", line)) >= _ENOUGH:
            raise FormatError(
                "This looks like adult social care Client Level Data, but with blanks between its cells, which do not "
                "say where an empty cell is; save it again with commas, semicolons, tabs or vertical bars.",
                number,
            )
        for mark in sorted(set(_UNUSUAL.findall(line))):
            if known_count(line.split(mark)) >= _ENOUGH:
                raise FormatError(
                    f'This looks like adult social care Client Level Data, but with "{mark}" between its cells; '
                    "save it again with commas, semicolons, tabs or vertical bars.",
                    number,
                )


def _other_table(lines: list[str], encoding: Encoding, bom: int) -> Layout | None:
    """The layout of a children's return or a care provider's table, by the columns it cannot be without."""
    # Known only once something looks like a table: most files are not, and the tables take a moment to load.
    if not any(mark in line for line in lines for mark in DELIMITER_WORDS):
        return None
    from fhir.social_care.tables.definitions import headers_of, table_of

    best, found = 0, None
    for number, line in enumerate(lines):
        for mark in DELIMITER_WORDS:
            cells = _cells(line, mark) if mark in line else []
            table = table_of(cells) if len(cells) > 2 else None
            if table is not None and table[1] > best:
                best = table[1]
                found = Layout(
                    encoding=encoding,
                    bom=bom,
                    delimiter=mark,
                    first_line=number + 1,
                    headers=headers_of(table[0], cells),
                    table=table[0].key,
                )
    return found


def _encoding(head: bytes) -> tuple[Encoding, int]:
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8", 3
    if head.startswith(b"\xff\xfe"):
        return "utf-16-le", 2
    if head.startswith(b"\xfe\xff"):
        return "utf-16-be", 2
    start = head[:512]
    if len(start) > 16 and start[1::2].count(0) > len(start) * 0.4:
        return "utf-16-le", 0
    if len(start) > 16 and start[::2].count(0) > len(start) * 0.4:
        return "utf-16-be", 0
    return "utf-8", 0


def _cells(line: str, delimiter: str) -> list[str]:
    line = line.rstrip("\r")
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _is_table(lines: list[str]) -> bool:
    """Whether the first lines all have the same number of cells, more than one; of a single line many more."""
    lines = [line for line in lines[:5] if line.strip()]
    for mark in DELIMITER_WORDS:
        counts = {len(_cells(line, mark)) for line in lines}
        if len(counts) == 1 and counts.pop() > (1 if len(lines) > 1 else _MANY):
            return True
    return False
