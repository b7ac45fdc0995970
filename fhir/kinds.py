"""Tells from its first bytes what a file is. File names and extensions are not asked: they are often wrong."""

from __future__ import annotations

from typing import Literal

import msgspec

from fhir.errors import FormatError

BOM = b"\xef\xbb\xbf"

_SPACE = b" \t\r\n"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_KNOWN = (
    (b"PK\x03\x04", "This is an archive inside an archive; unpack it first."),
    (b"\x1f\x8b", "This file is packed with gzip; unpack it first."),
    (b"7z\xbc\xaf", "This is a 7-Zip archive; unpack it, or use ZIP."),
    (b"Rar!", "This is a RAR archive; unpack it, or use ZIP."),
    (b"\xd0\xcf\x11\xe0", "This is an Office file of the old kind, such as a workbook; save its sheet as CSV."),
    (b"%PDF", "This is a PDF document, not a FHIR record."),
    (b"\x89PNG", "This is a picture, not a FHIR record."),
    (b"\xff\xd8\xff", "This is a picture, not a FHIR record."),
    (b"GIF8", "This is a picture, not a FHIR record."),
    (b"SQLite format 3", "This is a database, not a FHIR record."),
)
_LOOKED_AT = 4096


class _Head(msgspec.Struct):
    type: str = msgspec.field(name="resourceType")


_HEAD = msgspec.json.Decoder(_Head)
_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])


def is_archive(start: bytes) -> bool:
    """Whether a file with these first four bytes is a ZIP."""
    return start in (b"PK\x03\x04", b"PK\x05\x06")


def kind_of(data: bytes) -> Literal["json", "xml"]:
    """Whether a document is JSON or XML by its content. Raises FormatError, saying what it is instead."""
    if data.startswith(_UTF16):
        raise FormatError("This text is UTF-16; FHIR records are UTF-8.")
    start = data[: _LOOKED_AT + 3].removeprefix(BOM).lstrip(_SPACE)
    start = start or data.removeprefix(BOM).lstrip(_SPACE)[:_LOOKED_AT]
    if not start:
        raise FormatError("This file is empty.")
    if start[:1] in b"{[":
        return "json"
    if start[:1] == b"<":
        if b"<html" in start.lower() or b"<!doctype html" in start.lower():
            raise FormatError("This is a web page, not a FHIR record.")
        return "xml"
    for magic, reason in _KNOWN:
        if data.startswith(magic):
            raise FormatError(reason)
    if b"\x00" in start:
        raise FormatError("This is a binary file, not a FHIR record.")
    raise FormatError("This is not a FHIR record in JSON or XML.")


def is_ndjson(head: bytes) -> bool:
    """Whether a file that starts with `head` holds one JSON object on each line.

    The first line decides. Where it is damaged, one of the next lines may, if it is a whole FHIR record.
    """
    text = head.removeprefix(BOM).lstrip(_SPACE)
    if not text.startswith(b"{"):
        return False
    first, _, rest = text.partition(b"\n")
    if not rest.strip(_SPACE):
        return False
    if first.rstrip(_SPACE).endswith(b"}"):
        try:
            _RAW.decode(first)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        else:
            return True
    return any(_is_record(line) for line in rest[: 64 * _LOOKED_AT].split(b"\n", 4)[:4]) and not _is_whole(text)


def _is_record(line: bytes) -> bool:
    if not line.startswith(b'{"'):
        return False
    try:
        _HEAD.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _is_whole(text: bytes) -> bool:
    try:
        _RAW.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
