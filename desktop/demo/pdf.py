"""A letter as a one-page PDF, written by hand: no compression, no fonts of its own, the same bytes every time."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterator

_WIDTH = 88
_LINES = 58


def letter_pdf(heading: str, title: str, text: str) -> str:
    """The letter as base64 of a PDF page (A4, Helvetica), cut after the lines that fit on it."""
    lines = [("F2", 14, heading), ("F2", 11, title), ("F1", 10, "")]
    lines += [("F1", 10, line) for line in _wrapped(text)][:_LINES]
    drawn = ["BT 56 790 Td 14 TL"]
    drawn += [f"/{font} {size} Tf ({_escaped(line)}) Tj T*" for font, size, line in lines]
    return base64.b64encode(_document(" ".join([*drawn, "ET"]).encode("cp1252", "replace"))).decode()


def _wrapped(text: str) -> Iterator[str]:
    for paragraph in text.splitlines():
        yield from textwrap.wrap(paragraph, _WIDTH) or [""]


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _document(content: bytes) -> bytes:
    fonts = b"<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> "
    fonts += b"/F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font "
        + fonts
        + b" >> >>",
        b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
