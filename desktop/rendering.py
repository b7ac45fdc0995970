"""Turns documents into pictures and words in a process of their own, which may neither run long nor grow large.

A hostile PDF or image can hang, crash or fill a process: here that is a process with nothing in it but the document,
no vault and no keys, and it is ended when a limit is reached. Everything goes through a pipe; nothing is written to
disk and no socket can be opened there. Memory and processor time are limited where the system can (not on Windows),
waiting everywhere.
"""

from __future__ import annotations

import multiprocessing
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from fhir.attachments import Attached, as_text

MEMORY_BYTES = 1024 * 2**20
SECONDS = 20
MOST_PAGES = 2_000
MOST_PIXELS = 24_000_000
MOST_LETTERS = 2_000_000
MOST_MARKS = 500
MOST_EDGE = 1_000_000
"""Beyond it there is no page: Qt counts pixels in 32 bits."""
MOST_BYTES = 512 * 2**20

FAILED = "This document could not be shown: it is damaged, too large or takes too long."


class RenderError(Exception):
    """One plain sentence; the process that failed is gone."""

    def __init__(self) -> None:
        super().__init__(FAILED)


class Opened(msgspec.Struct):
    """What opening a document found. `words` are those of each page; of a text document all of them as one."""

    pages: int
    words: list[str]


class Page(msgspec.Struct):
    """A page as a picture: width and height in pixels, and its bytes, four a pixel (RGBA). `marks` are where words
    asked for stand on it: left, top, right and bottom in pixels."""

    width: int
    height: int
    pixels: bytes
    marks: list[tuple[int, int, int, int]] = []


Answer = TypeVar("Answer", Opened, Page)


class Rendered:
    """One document being shown. `open` and `page` are called from one thread, `close` from any. A context manager.

    What comes back is read as one of two plain shapes and never unpickled: a document that took over its process can
    send a wrong picture, and nothing that runs here.
    """

    def __init__(self, document: Attached, *, seconds: float = SECONDS) -> None:
        """Starts the process; `open` gives it the document."""
        context = multiprocessing.get_context("spawn")
        self._seconds = seconds
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), daemon=True, name="rendering")
        self._process.start()
        theirs.close()
        self._asking, self._ending = threading.Lock(), threading.Lock()
        self._document = document
        self.pages = 0
        self.words: list[str] = []
        """The words of each page, for searching and copying; of a text document all of them as one."""

    def open(self) -> Self:
        """Open the document. Raises RenderError where that cannot be done within the limits."""
        found = self._ask(Opened, "open", self._document.kind, self._document.data)
        self.pages, self.words = found.pages, found.words
        return self

    def page(self, number: int, width: int, asked: str = "") -> Page:
        """A page (from 0) as a picture, with where the words `asked` for stand on it."""
        found = self._ask(Page, "page", number, width, asked)
        if found.width < 0 or len(found.pixels) != found.width * found.height * 4:  # else Qt would read past the end
            self.close()
            raise RenderError
        found.marks = [mark for mark in found.marks[:MOST_MARKS] if all(abs(edge) <= MOST_EDGE for edge in mark)]
        return found

    def _ask(self, shape: type[Answer], *request: Any) -> Answer:
        """One question and its answer. The limit ends the process, which ends any waiting for it: a send that nobody
        reads and an answer that stops half way too."""
        limit = threading.Timer(self._seconds, self._process.kill)
        limit.daemon = True
        with suppress(OSError, EOFError, ValueError, TypeError), self._asking:  # among them: ended from elsewhere
            limit.start()
            try:
                self._pipe.send(request)
                return msgspec.msgpack.decode(self._pipe.recv_bytes(MOST_BYTES), type=shape)
            finally:
                limit.cancel()
        self.close()
        raise RenderError

    def close(self) -> None:
        """End the process. Safe to call twice, and while another thread waits for an answer.

        The pipe is closed when that thread has left it, which it does as the process ends: a number of a pipe closed
        under its reader is given to the next pipe, and the reader would wait there, for good.
        """
        with self._ending, suppress(ValueError, OSError):
            self._process.kill()
            self._process.join(5)
            with self._asking:
                self._pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


# -- in the other process


def work(pipe: Connection) -> None:
    """Answer requests until the pipe closes; whatever goes wrong is answered with nothing."""
    _limit()
    shown: _Shown | None = None
    while True:
        try:
            what, *rest = pipe.recv()
        except (EOFError, OSError):
            return
        answer = b""
        with suppress(BaseException):  # a document can make a library raise anything; what, is no one's business
            if what == "open":
                shown = _Shown(*rest)
                answer = msgspec.msgpack.encode(Opened(shown.pages, shown.words()))
            elif shown is not None:
                answer = msgspec.msgpack.encode(shown.page(*rest))
        with suppress(OSError):
            pipe.send_bytes(answer)


def _limit() -> None:
    import socket

    def refused(*_: object, **__: object) -> Any:
        raise OSError("no network here")

    socket.socket = refused  # type: ignore[assignment,misc]
    try:
        import resource
    except ImportError:  # Windows has no such limits; there the time limit alone stands
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS * 6, SECONDS * 6))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class _Shown:
    """The document, opened."""

    def __init__(self, kind: str, data: bytes) -> None:
        self._kind, self._data = kind, data
        self.pages = 0
        if kind == "pdf":
            import pypdfium2

            self._pdf = pypdfium2.PdfDocument(data)
            self.pages = min(len(self._pdf), MOST_PAGES)
        elif kind == "image":
            self._image = _image(data)
            self.pages = 1

    def words(self) -> list[str]:
        """The words of each page."""
        if self._kind == "pdf":
            found, letters = [], 0
            for number in range(self.pages):
                told = self._pdf[number].get_textpage().get_text_range() if letters < MOST_LETTERS else ""
                letters += len(told)
                found.append(told)
            return found
        if self._kind in ("text", "html", "rtf"):
            return [as_text(Attached(title="", kind=self._kind, data=self._data))[:MOST_LETTERS]]  # type: ignore[arg-type]
        return [""] * self.pages

    def page(self, number: int, width: int, asked: str) -> Page:
        """A page as a picture."""
        if self._kind == "pdf":
            page = self._pdf[number]
            wide, high = page.get_size()
            scale = width / max(wide, 1.0)
            scale = min(scale, (MOST_PIXELS / max(wide * high, 1.0)) ** 0.5)
            bitmap = page.render(scale=scale, rev_byteorder=True, force_bitmap_format=4, may_draw_forms=False)
            rows = bytes(bitmap.buffer)
            marks = _marks(page, bitmap.width, bitmap.height, asked) if asked else []
            return Page(bitmap.width, bitmap.height, _rows(rows, bitmap), marks)
        image = self._image
        if width < image.width():
            from PySide6.QtCore import Qt

            image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
        return Page(image.width(), image.height(), bytes(image.constBits()))


def _marks(page: Any, wide: int, high: int, asked: str) -> list[tuple[int, int, int, int]]:
    """Where words stand on a page drawn so large, whatever their letters; words over the end of a line are not seen."""
    from ctypes import byref, c_int

    from pypdfium2.raw import FPDF_PageToDevice

    def at(x: float, y: float) -> tuple[int, int]:
        across, down = c_int(), c_int()
        FPDF_PageToDevice(page.raw, 0, 0, wide, high, 0, x, y, byref(across), byref(down))
        return across.value, down.value

    text = page.get_textpage()
    search = text.search(asked)
    marks: list[tuple[int, int, int, int]] = []
    while len(marks) < MOST_MARKS and (found := search.get_next()) is not None:
        for one in range(text.count_rects(*found)):
            left, bottom, right, top = text.get_rect(one)
            (x, y), (to_x, to_y) = at(left, top), at(right, bottom)
            marks.append((min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)))
    return marks


def _rows(data: bytes, bitmap: Any) -> bytes:
    """Rows without what stands at their ends."""
    wide = bitmap.width * 4
    if bitmap.stride == wide:
        return data
    return b"".join(data[row * bitmap.stride : row * bitmap.stride + wide] for row in range(bitmap.height))


def _image(data: bytes) -> Any:
    """A picture of one of the plain kinds, decoded; nothing of vectors, which could refer to other files."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QImageReader

    QImageReader.setAllocationLimit(256)
    held = QByteArray(data)
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)  # a telephone held upright writes a picture that lies, and says so beside it
    if bytes(reader.format().data()) not in (b"png", b"jpeg", b"gif", b"bmp"):
        raise ValueError
    size = reader.size()
    if size.width() * size.height() > MOST_PIXELS * 4:
        raise ValueError
    image = reader.read()
    if image.isNull():
        raise ValueError
    return image.convertToFormat(QImage.Format.Format_RGBA8888)
