"""Opens ZIP archives without trusting them: every limit is checked against the list of members before one is unpacked.

Nothing is written to disk. What a member says of its size is binding: reading stops there.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import msgspec

from fhir import limits
from fhir.errors import FormatError, LimitError

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What reading a damaged member may raise."""

_END = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_MIMETYPE = 200
"""Bytes that the file "mimetype" of an OpenDocument file may have."""

_READ_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file in an archive: `open` gives its bytes, or `refusal` says in one sentence why it is not opened."""

    name: str
    open: Callable[[], BinaryIO]
    refusal: str = ""


def members(stream: BinaryIO) -> Iterator[Member]:
    """The files in a ZIP, sorted by name; folders and hidden files are left out.

    Raises FormatError where it is damaged or holds no files, LimitError where it holds too much.
    """
    if _directory_size(stream) > limits.MAX_ARCHIVE_DIRECTORY_BYTES:
        raise LimitError(f"This archive holds more than {limits.MAX_ARCHIVE_MEMBERS} files.")
    try:
        archive = zipfile.ZipFile(stream)
        infos = sorted((info for info in archive.infolist() if _is_file(info)), key=lambda info: info.filename)
    except (*DAMAGE, OSError):
        raise FormatError("This ZIP archive is damaged.") from None
    if _is_workbook(archive, infos):
        raise FormatError("This is a spreadsheet workbook, whatever its name says; save its sheet as CSV.")
    if not infos:
        raise FormatError("This ZIP archive holds no files.")
    if len(infos) > limits.MAX_ARCHIVE_MEMBERS:
        raise LimitError(f"This archive holds more than {limits.MAX_ARCHIVE_MEMBERS} files.")
    if sum(info.file_size for info in infos) > limits.MAX_ARCHIVE_BYTES:
        raise LimitError(f"This archive unpacks to more than {limits.MAX_ARCHIVE_BYTES // limits.MIB} MB.")
    for number, info in enumerate(infos, 1):
        refusal = _refusal(info)
        name = f"file {number}" if _unsafe(info.filename) else info.filename
        yield Member(name=name, open=_opener(archive, info), refusal=refusal)


def _is_workbook(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> bool:
    """Whether this is a workbook of Excel (its sheets stand under "xl/") or of OpenDocument, which are ZIPs too."""
    names = {info.filename for info in infos}
    if "[Content_Types].xml" in names:
        return any(name.startswith("xl/") for name in names)
    said = next((info for info in infos if info.filename == "mimetype" and info.file_size < _MIMETYPE), None)
    if said is None or _refusal(said):
        return False
    try:
        return archive.read(said).startswith(b"application/vnd.oasis.opendocument.spreadsheet")
    except DAMAGE:
        return False


def _opener(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(info))


def _is_file(info: zipfile.ZipInfo) -> bool:
    if info.is_dir() or info.filename.startswith("__MACOSX/"):
        return False
    return not any(part.startswith(".") and part.strip(".") for part in info.filename.split("/"))


def _unsafe(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or parts[0] == "" or ":" in parts[0] or "\\" in name or not name.isprintable()


def _refusal(info: zipfile.ZipInfo) -> str:
    if _unsafe(info.filename):
        return "This file in the archive has an unsafe name, so it was not opened."
    if info.flag_bits & 0x1:
        return "This file in the archive is protected by a password."
    if info.compress_type not in _READ_METHODS:
        return "This file in the archive is packed in a way that is not read."
    small = info.file_size < limits.RATIO_FROM_BYTES
    if not small and info.file_size > limits.MAX_ARCHIVE_RATIO * max(1, info.compress_size):
        return f"This file in the archive unpacks to more than {limits.MAX_ARCHIVE_RATIO} times its size."
    return ""


def _directory_size(stream: BinaryIO) -> int:
    """What a ZIP says its list of members takes, in bytes; 0 where that cannot be found (opening it then fails)."""
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(max(0, size - 65_600))
    tail = stream.read()
    end = tail.rfind(_END)
    stream.seek(0)
    if end < 0 or len(tail) < end + 22:
        return 0
    directory = cast(int, struct.unpack_from("<I", tail, end + 12)[0])
    if end >= 20 and tail[end - 20 : end - 16] == _END64_LOCATOR:
        offset = struct.unpack_from("<Q", tail, end - 12)[0]
        if offset + 56 <= size:
            stream.seek(offset)
            directory = max(directory, struct.unpack_from("<Q", stream.read(56), 40)[0])
            stream.seek(0)
    return directory
