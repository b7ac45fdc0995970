"""Documents: found in resources, told by their own bytes, drawn in a process with limits."""

from __future__ import annotations

import base64
import os
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop import rendering
from desktop.demo.pdf import letter_pdf
from desktop.rendering import FAILED, Rendered, RenderError
from fhir.attachments import Attached, as_text, attachments, kind_of, rtf_text

PDF = base64.b64decode(letter_pdf("Mill Street Surgery", "Letter", "Dear Peggy, please come on Tuesday."))
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RTF = rb"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator x;}{\info SECRET}Hello \b world\b0\par caf\'e9 \u8364?{\pict 00}}"
HTML = b"<html><style>x</style><body onload='a()'><p>Hello</p><img src='file:///x'><script>b()</script>"


def attached(data: bytes) -> Attached:
    return Attached(title="x", kind=kind_of(data), data=data)


def test_what_a_file_is_its_own_bytes_say() -> None:
    kinds = {kind_of(data) for data in (PDF, PNG, RTF, HTML, b"plain words")}
    assert kinds == {"pdf", "image", "rtf", "html", "text"}
    for data in (b"\x00\x01", b"<svg xmlns='http://www.w3.org/2000/svg'/>\x00", b"\xff\xfe\x00", b"MZ\x90"):
        assert kind_of(data) == "unknown"


def test_documents_are_found_wherever_a_resource_carries_them() -> None:
    data = base64.b64encode(PDF).decode()
    letter = {
        "resourceType": "DocumentReference",
        "content": [
            {"attachment": {"contentType": "image/png", "title": "Not a picture", "data": data}},
            {"attachment": {"contentType": "application/pdf", "url": "http://elsewhere.example/x"}},
            {"attachment": {"contentType": "application/pdf", "data": "not base64!"}},
        ],
    }
    found = attachments(letter)
    assert [(one.title, one.kind) for one in found] == [
        ("Not a picture", "pdf"),
        ("File 2", "elsewhere"),
        ("File 3", "unknown"),
    ]
    assert attachments({"resourceType": "Binary", "contentType": "x", "data": data})[0].kind == "pdf"
    report = {"resourceType": "DiagnosticReport", "presentedForm": [{"contentType": "text/plain", "data": "SGVsbG8="}]}
    assert as_text(attachments(report)[0]) == "Hello"
    assert attachments({"resourceType": "Observation"}) == []


def test_a_composition_reads_as_its_sections() -> None:
    made = attachments(
        {
            "resourceType": "Composition",
            "title": "Summary",
            "section": [
                {"title": "Medicines", "text": {"div": "<div>Aspirin<script>x</script></div>"}},
                {"title": "Outer", "section": [{"title": "Inner", "text": {"div": "<div>Words</div>"}}]},
                {"title": "Empty"},
            ],
        }
    )
    words = as_text(made[0])
    assert words.index("MEDICINES") < words.index("Aspirin") < words.index("OUTER") < words.index("Inner")
    assert "Nothing written here" in words
    assert "script" not in words


def test_only_words_are_left_of_markup() -> None:
    assert as_text(attached(HTML)) == "Hello"
    words = rtf_text(RTF.decode("cp1252"))
    assert words == "Hello world\ncafé €"


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_something_and_break_nothing(data: bytes) -> None:
    one = attached(data)
    if one.kind in ("text", "html", "rtf"):
        as_text(one)
    as_text(Attached(title="", kind="rtf", data=b"{\\rtf1" + data))


def test_pages_pictures_and_words_come_back() -> None:
    with Rendered(attached(PDF)).open() as shown:
        assert shown.pages == 1
        assert "Dear Peggy" in shown.words[0]
        page = shown.page(0, 400)
        assert (page.width // 10, len(page.pixels)) == (40, page.width * page.height * 4)
        assert len(set(page.pixels)) > 2, "something is drawn"
        assert page.marks == []
    with Rendered(attached(PNG)).open() as shown:
        one = shown.page(0, 400)
        assert (one.width, one.height) == (1, 1)
    with Rendered(attached(RTF)).open() as shown:
        assert (shown.pages, shown.words) == (0, ["Hello world\ncafé €"])


@pytest.mark.parametrize("turned", ["", "/Rotate 90"])
def test_words_asked_for_are_marked_where_they_stand(turned: str) -> None:
    words = "BT /F1 24 Tf 100 700 Td (The heart clinic, then the HEART clinic) Tj ET"
    font = (
        "0 0 595 842]/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
        + turned
        + "/Trim[0 0 1 1"
    )
    with Rendered(attached(pdf(words, font))).open() as shown:
        page = shown.page(0, 842 if turned else 595, "heart")
        assert len(page.marks) == 2
        assert all(left < right and top < bottom for left, top, right, bottom in page.marks)
        left, top, right, bottom = page.marks[0]
        across, down = (right - left, bottom - top) if not turned else (bottom - top, right - left)
        assert across > down, "as long as the word"
        assert 0 <= left < right <= page.width
        assert 0 <= top < bottom <= page.height
        assert shown.page(0, 400, "zebra").marks == []


def pdf(content: str, box: str = "0 0 595 842") -> bytes:
    """A PDF of one page with this content."""
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj"
        b" 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R>>endobj 4 0 obj<</Length %d>>"
        b"stream\n%s\nendstream endobj trailer<</Root 1 0 R>>" % (box.encode(), len(content), content.encode())
    )


def test_a_page_as_large_as_a_field_is_drawn_small() -> None:
    with Rendered(attached(pdf("0 0 m", "0 0 1000000 1000000"))).open() as shown:
        page = shown.page(0, 100_000)
        assert page.width * page.height <= rendering.MOST_PIXELS * 1.01


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [PDF[:200], b"%PDF-1.7 nonsense", b"%PDF-" + b"\x00" * 5000, bomb(60_000, 60_000), PNG[:30], b"BM" + b"\xff" * 100],
    ids=["cut", "nonsense", "noughts", "bomb", "cut picture", "no bitmap"],
)
def test_what_cannot_be_shown_is_one_sentence(data: bytes) -> None:
    shown = Rendered(attached(data))
    with pytest.raises(RenderError) as error:
        shown.open().page(0, 400)
    assert str(error.value) == FAILED


def test_a_process_that_takes_too_long_is_ended() -> None:
    shown = Rendered(attached(PDF), seconds=0.0)
    began = time.monotonic()
    with pytest.raises(RenderError):
        shown.open()
    assert time.monotonic() - began < 60
    assert not shown._process.is_alive() if shown._process._popen is not None else True  # type: ignore[attr-defined]
    shown.close()


def test_closing_wakes_whoever_waits() -> None:
    shown = Rendered(attached(PDF)).open()
    shown.close()
    with pytest.raises(RenderError):
        shown.page(0, 100)


class Held(Connection):
    """A pipe whose reader, woken, gets no further until it is let go."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__(os.dup(pipe.fileno()))
        self.reading, self.let_go = threading.Event(), threading.Event()
        self.done: list[str] = []

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        self.reading.set()
        assert wait([self], 60)
        assert self.let_go.wait(60)
        try:
            return super().recv_bytes(maxlength)
        finally:
            self.done.append("read")

    def close(self) -> None:
        self.done.append("closed")
        super().close()


def test_a_pipe_is_not_closed_under_its_reader() -> None:
    """Its number would be given to the pipe of the next document, and the reader would wait there for good."""
    shown = Rendered(attached(PDF)).open()
    first = shown._pipe
    pipe = shown._pipe = Held(first)
    first.close()

    def read() -> None:
        with suppress(RenderError):  # unless the answer was there before the end
            shown.page(0, 100)

    reader, closer = threading.Thread(target=read), threading.Thread(target=shown.close)
    reader.start()
    assert pipe.reading.wait(60)
    closer.start()
    assert wait([shown._process.sentinel], 60)
    assert not pipe.closed
    pipe.let_go.set()
    reader.join(60)
    closer.join(60)
    assert pipe.done[:2] == ["read", "closed"]
    assert pipe.closed


def answers_half(pipe: Connection) -> None:
    pipe.recv()
    os.write(pipe.fileno(), (1000).to_bytes(4, "big") + b"half")
    pipe.recv()


def answers_a_picture_too_short(pipe: Connection) -> None:
    pipe.recv()
    pipe.send_bytes(msgspec.msgpack.encode(rendering.Opened(1, [""])))
    pipe.recv()
    pipe.send_bytes(msgspec.msgpack.encode(rendering.Page(4000, 4000, b"short")))


def answers_marks_beyond_every_page(pipe: Connection) -> None:
    pipe.recv()
    pipe.send_bytes(msgspec.msgpack.encode(rendering.Opened(1, [""])))
    pipe.recv()
    marks = [(0, 0, 2**40, 5), (1, 2, 3, 4), *([(5, 6, 7, 8)] * 1000)]
    pipe.send_bytes(msgspec.msgpack.encode(rendering.Page(1, 1, b"page", marks)))
    pipe.recv()


def test_marks_that_no_page_has_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "work", answers_marks_beyond_every_page)
    with Rendered(attached(PDF)).open() as shown:
        marks = shown.page(0, 100, "words").marks
    assert marks[0] == (1, 2, 3, 4)
    assert len(marks) < rendering.MOST_MARKS


class _Makes:
    """Unpickled, it makes a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._path),)


def answers_with_an_order(pipe: Connection) -> None:
    pipe.send(_Makes(Path(pipe.recv()[2].decode())))


@pytest.mark.parametrize("answers", [answers_half, answers_a_picture_too_short])
def test_a_process_that_a_document_took_over_is_ended(
    answers: Callable[[Connection], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "work", answers)
    shown = Rendered(attached(PDF), seconds=5)
    with pytest.raises(RenderError):
        shown.open().page(0, 100)
    assert shown._process.exitcode is not None


def test_nothing_that_such_a_process_sends_runs_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "work", answers_with_an_order)
    with pytest.raises(RenderError):
        Rendered(attached(str(tmp_path / "made").encode()), seconds=30).open()
    assert not (tmp_path / "made").exists()


def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for data in (PDF, PNG, HTML):
        with Rendered(attached(data)).open() as shown:
            if shown.pages:
                shown.page(0, 200)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []
