"""What is wrong with a JSON text, in one plain sentence with its line.

Slow and exact: runs only where a fault is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from fhir import limits
from fhir.errors import FormatError, LimitError, RefusedError
from fhir.records import Issue

_BYTE = re.compile(r"\(byte (\d+)\)")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_NOT_A_NUMBER = re.compile(rb"-?(?:NaN|Infinity)")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.DOTALL)
_ELEMENT = re.compile(rb'"(_?[A-Za-z]{1,64})"\Z')
_SCAN_LIMIT = 2 * limits.MIB


def too_deep() -> LimitError:
    """The refusal of a document that nests too deep."""
    return LimitError(f"Its records are nested more than {limits.MAX_DEPTH} levels deep, which no FHIR record needs.")


def fault(document: bytes, piece: bytes, start: int, error: Exception) -> RefusedError:
    """The refusal for a `piece` of a document, standing there at `start`, that does not decode."""
    before = document.count(b"\n", 0, start)

    def line(position: int) -> int:
        return before + piece.count(b"\n", 0, position) + 1

    if isinstance(error, UnicodeDecodeError):
        return FormatError("This text is not UTF-8, which FHIR requires.", line(_not_utf8(piece)))
    where = _BYTE.search(str(error))
    position = int(where.group(1)) if where else len(piece)
    if (found := _lone_surrogate(piece)) >= 0:
        return FormatError("A text in it holds half a character (a lone surrogate).", line(found))
    if _NOT_A_NUMBER.search(piece, max(0, position - 2), position + 9):
        return FormatError("It holds NaN or Infinity, which are not numbers in JSON.", line(position))
    if isinstance(error, msgspec.ValidationError):
        return LimitError("It holds a number with too many digits.")
    if "truncated" in str(error):
        return FormatError("This JSON document ends in the middle: it was cut off.", line(len(piece)))
    return FormatError("This is not valid JSON.", line(position))


def _not_utf8(text: bytes) -> int:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _lone_surrogate(text: bytes) -> int:
    """Where the first escaped half of a character without its other half stands; -1 where there is none."""
    escapes = iter(_ESCAPE.finditer(text))
    high = None
    for escape in escapes:
        unit = int(escape.group(1), 16) if escape.group(1) else 0
        if high is not None and not (0xDC00 <= unit < 0xE000 and escape.start() == high.end()):
            return high.start()
        if high is None and 0xDC00 <= unit < 0xE000:
            return escape.start()
        high = escape if 0xD800 <= unit < 0xDC00 else None
    return high.start() if high is not None else -1


def repeated_keys(text: bytes) -> Iterator[Issue]:
    """Every key that an object of a valid JSON text gives twice; of long texts only the first 2 MB are searched."""
    # One frame for each open object or list: the keys seen (None for a list) and the key it stands under.
    frames: list[tuple[set[bytes] | None, bytes]] = []
    key = last = b""
    for token in _TOKEN.finditer(text, 0, _SCAN_LIMIT):
        found = token.group()
        if found in (b"{", b"["):
            frames.append((set() if found == b"{" else None, key))
            key = b""
        elif found in (b"}", b"]"):
            if frames:
                frames.pop()
        elif found == b":" and frames and (seen := frames[-1][0]) is not None:
            key = last
            if key in seen:
                yield _repeated(text, token.start(), [*(name for _, name in frames), key])
            seen.add(key)
        elif found == b",":
            key = b""
        last = found


def _repeated(text: bytes, position: int, names: list[bytes]) -> Issue:
    parts = [name.group(1).decode() for raw in names if (name := _ELEMENT.match(raw))]
    return Issue(
        severity="error",
        code="structure",
        message="A field is given twice in the same place; the last one is used.",
        path=".".join(parts),
        line=text.count(b"\n", 0, position) + 1,
    )
