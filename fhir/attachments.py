"""The documents inside a resource: attached files with their bytes, and the sections of a Composition as plain text.

What a file is, its own first bytes say, not what its sender wrote. Nothing is fetched: what lies at an address is only
told. Pure; knows neither screens nor who may see it.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Literal

import msgspec

from fhir.narrative import narrative, plain_text
from fhir.records import Tree
from fhir.shapes import items, text

FileKind = Literal["pdf", "image", "text", "html", "rtf", "elsewhere", "unknown"]

LARGEST = 64 * 1024 * 1024
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")
_RTF_SKIPPED = re.compile(r"\\(?:fonttbl|colortbl|stylesheet|info|pict|object|themedata|datastore|generator|\*)")
_RTF_TOKEN = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d+) ?\??|\\([a-zA-Z]+)(-?\d+)? ?|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)"
)
_RTF_BREAKS = {"par": "\n", "line": "\n", "tab": "\t", "row": "\n", "cell": "\t", "page": "\n", "sect": "\n"}


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """One document: its title, kind and bytes; `address` where it lies elsewhere."""

    title: str
    kind: FileKind
    data: bytes = b""
    address: str = ""


def attachments(tree: Tree) -> list[Attached]:
    """Everything that a resource carries to be read, in its own order."""
    if tree.get("resourceType") == "Composition":
        return [Attached(title=text(tree, "title") or "Document", kind="text", data=_sections(tree).encode())]
    found: list[Attached] = []
    if tree.get("resourceType") == "Binary":
        found.append(_attached({**tree, "data": tree.get("data") or tree.get("content")}, "File"))
    _walk(tree, found, 0)
    return found


def _walk(value: Any, found: list[Attached], depth: int) -> None:
    if depth > 12:
        return
    if isinstance(value, list):
        for item in value:
            _walk(item, found, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in ("attachment", "presentedForm", "photo", "content", "valueAttachment", "contentAttachment"):
                for one in item if isinstance(item, list) else [item]:
                    if isinstance(one, dict) and ("contentType" in one or "url" in one) and "resourceType" not in one:
                        found.append(_attached(one, f"File {len(found) + 1}"))
            _walk(item, found, depth + 1)


def _attached(one: Tree, title: str) -> Attached:
    title = text(one, "title") or title
    written = one.get("data")
    if isinstance(written, str) and written:
        if len(written) > LARGEST * 4 // 3:
            return Attached(title=title, kind="unknown")
        try:
            data = base64.b64decode(re.sub(r"\s", "", written), validate=True)
        except (ValueError, binascii.Error):
            return Attached(title=title, kind="unknown")
        return Attached(title=title, kind=kind_of(data), data=data)
    return Attached(title=title, kind="elsewhere", address=text(one, "url"))


def kind_of(data: bytes) -> FileKind:
    """What a file is, by its first bytes; text only where all of it is UTF-8 without control characters."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(_IMAGES):
        return "image"
    if head.startswith(b"{\\rtf"):
        return "rtf"
    try:
        words = data.decode("utf-8")
    except UnicodeDecodeError:
        return "unknown"
    if any(letter < " " and letter not in "\t\r\n\f" for letter in words):
        return "unknown"
    return "html" if re.match(rb"(?i)<(!doctype|html|div|body|p|table|\?xml)\b", head) else "text"


def as_text(one: Attached) -> str:
    """The words of a text, HTML or RTF document. Nothing of its markup survives."""
    words = one.data.decode("utf-8", "replace")
    if one.kind == "html":
        return plain_text(words)
    return rtf_text(one.data.decode("cp1252", "replace")) if one.kind == "rtf" else words


def rtf_text(source: str) -> str:
    """The words of a Rich Text document; pictures, objects, fields' codes and addresses are left out."""
    out: list[str] = []
    silent: list[bool] = [False]
    for match in _RTF_TOKEN.finditer(source):
        byte, letter, word, _, sign, brace, plain = match.groups()
        if brace == "{":
            silent.append(silent[-1] or bool(_RTF_SKIPPED.match(source, match.end())))
        elif brace == "}":
            if len(silent) > 1:
                silent.pop()
        elif silent[-1]:
            continue
        elif byte:
            out.append(bytes([int(byte, 16)]).decode("cp1252", "replace"))
        elif letter:
            number = int(letter) % 65536
            out.append(chr(number) if not 0xD800 <= number < 0xE000 else "\ufffd")
        elif word:
            out.append(_RTF_BREAKS.get(word, ""))
        elif sign:
            out.append(sign if sign in "\\{}" else "\u00a0" if sign == "~" else "")
        elif plain:
            out.append(plain)
    return "".join(out).strip()


def _sections(tree: Tree, depth: int = 0) -> str:
    """A Composition's sections: each title and what it says, one below the other."""
    parts = [narrative(tree)] if depth == 0 else []
    for section in items(tree, "section"):
        title = text(section, "title") or "Section"
        said = narrative(section) or ("" if items(section, "section") else "Nothing written here.")
        parts.append("\n".join(line for line in (title.upper() if depth == 0 else title, said) if line))
        if depth < 8 and items(section, "section"):
            parts.append(_sections(section, depth + 1))
    return "\n\n".join(part for part in parts if part)
