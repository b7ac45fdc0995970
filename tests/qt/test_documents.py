"""Reading a document in the window: pages, words, zoom, search; copied by the window's rules; gone when it locks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import flush
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.demo.pdf import letter_pdf
from desktop.dialogs.document import DocumentDialog
from desktop.rendering import FAILED
from fhir.attachments import Attached, kind_of

PDF = base64.b64decode(letter_pdf("Mill Street Surgery", "Letter", "Dear Peggy, please come on Tuesday."))
EVIL = (
    b"<html><body><p>Words</p><img src='file:///etc/hostname'><img src='http://192.0.2.1/x.png'>"
    b"<table style='background:url(file:///etc/hostname)'><tr><td>Cell</td></tr></table>"
    + b"<table><tr><td>" * 40
    + b"Deep"
    + b"</td></tr></table>" * 40
    + b"</body></html>"
)


def attached(data: bytes, title: str = "A letter") -> Attached:
    return Attached(title=title, kind=kind_of(data), data=data)


@pytest.fixture
def copied() -> list[str]:
    return []


@pytest.fixture
def dialog(qtbot: QtBot, look: None, copied: list[str], request: pytest.FixtureRequest) -> Iterator[DocumentDialog]:
    made = DocumentDialog("Discharge letter", request.param, copied.append)
    made.show()
    qtbot.waitUntil(lambda: made.loaded, timeout=60_000)
    yield made
    made.close()
    made.deleteLater()
    flush()


def shows(*documents: Attached) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("dialog", [list(documents)], indirect=True)


@shows(attached(PDF))
def test_a_page_is_a_picture_with_its_words_beside(dialog: DocumentDialog, qtbot: QtBot, copied: list[str]) -> None:
    assert not dialog.picture.pixmap().isNull()
    assert "Page 1 of 1" in dialog.state.text()
    assert "Dear Peggy" in dialog.picture.accessibleDescription()
    wide = dialog.picture.pixmap().width()
    dialog.change_zoom(1)
    qtbot.waitUntil(lambda: dialog.picture.pixmap().width() > wide, timeout=60_000)
    dialog.copy_button.click()
    assert "please come on Tuesday" in copied[0]
    dialog.search.setText("zebra")
    dialog.search_on()
    assert "not in the text" in dialog.state.text()


@shows(attached(PDF))
def test_closing_forgets_it_and_ends_its_process(dialog: DocumentDialog) -> None:
    rendered = dialog._rendered
    assert rendered is not None
    dialog.close()
    assert dialog.picture.pixmap().isNull()
    assert dialog.picture.accessibleDescription() == ""
    assert not rendered._process.is_alive()


def test_shown_again_while_it_opens_it_is_shown(qtbot: QtBot, look: None, copied: list[str]) -> None:
    dialog = DocumentDialog("Discharge letter", [attached(PDF)], copied.append)
    dialog.show()
    for _ in range(3):
        dialog.show_part(0)
    dialog.change_zoom(1)
    assert not dialog.loaded, "a zoom is not an answer"
    qtbot.waitUntil(lambda: dialog.loaded, timeout=60_000)
    assert "Page 1 of 1" in dialog.state.text()
    assert not dialog.picture.pixmap().isNull()
    dialog.close()
    dialog.deleteLater()
    flush()


@shows(attached(EVIL))
def test_markup_is_words_and_nothing_is_loaded(dialog: DocumentDialog) -> None:
    assert dialog.text.toPlainText().split() == ["Words", "Cell", "Deep"]
    for label in dialog.findChildren(QLabel):
        assert label.pixmap().isNull()
    assert "\ufffc" not in dialog.text.toPlainText(), "no object stands in the text"


@shows(attached(b"First the tea.\nThen the tablets.\nTea again."))
def test_words_of_a_text_are_gone_to_one_after_the_other_and_around(dialog: DocumentDialog) -> None:
    dialog.search.setText("TEA")
    found = []
    for _ in range(3):
        dialog.search_on()
        cursor = dialog.text.textCursor()
        found.append((cursor.selectedText(), cursor.blockNumber()))
    assert found == [("tea", 0), ("Tea", 2), ("tea", 0)]
    dialog.search.setText("zebra")
    dialog.search_on()
    assert "not in this document" in dialog.state.text()


@shows(attached(PDF))
def test_words_of_a_page_are_found_whatever_their_letters(dialog: DocumentDialog, qtbot: QtBot) -> None:
    dialog.search.setText("zebra")
    dialog.search_on()
    dialog.search.setText("COME ON tuesday")
    dialog.search_on()
    qtbot.waitUntil(lambda: "Found on page 1 of 1" in dialog.state.text(), timeout=60_000)


@shows(attached(PDF))
def test_words_found_on_a_page_are_drawn_around(dialog: DocumentDialog, qtbot: QtBot) -> None:
    before = dialog.picture.pixmap().toImage()
    dialog.search.setText("TUESDAY")
    dialog.search_on()
    qtbot.waitUntil(lambda: "Found on page 1 of 1" in dialog.state.text(), timeout=60_000)
    after = dialog.picture.pixmap().toImage()
    changed = [
        (x, y)
        for y in range(0, before.height(), 2)
        for x in range(0, before.width(), 2)
        if before.pixel(x, y) != after.pixel(x, y)
    ]
    assert changed, "the words are marked"
    wide = max(x for x, _ in changed) - min(x for x, _ in changed)
    assert wide < before.width() // 4, "and nothing but the words"


@shows(attached(PDF))
def test_a_page_is_as_wide_as_its_window_from_the_first(dialog: DocumentDialog) -> None:
    assert dialog.picture.pixmap().width() > dialog.stack.width() * 0.9
    assert not dialog._area.horizontalScrollBar().isVisible()


@shows(attached(b"%PDF-1.7 nonsense"), Attached(title="Far", kind="elsewhere", address="http://x.example"))
def test_what_cannot_be_shown_says_so_plainly(dialog: DocumentDialog, qtbot: QtBot) -> None:
    assert said(dialog) == FAILED
    dialog.parts.setCurrentIndex(1)
    dialog.show_part(1)
    qtbot.waitUntil(lambda: dialog.loaded, timeout=60_000)
    assert "kept in the system it came from" in said(dialog)


def said(dialog: DocumentDialog) -> str:
    current = dialog.stack.currentWidget()
    assert current is not None
    return "".join(label.text().replace("\u200b", "") for label in current.findChildren(QLabel))


def test_nothing_is_written_while_reading(
    qtbot: QtBot, look: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    made = DocumentDialog("x", [attached(PDF)], lambda _text: None)
    made.show()
    qtbot.waitUntil(lambda: made.loaded, timeout=60_000)
    made.close()
    made.deleteLater()
    flush()
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_what_cannot_be_shown_offers_nothing_to_do_with_it(qtbot: QtBot, look: None) -> None:
    made = DocumentDialog("Scan", [Attached(title="Scan", kind="elsewhere")], lambda _text: None)
    qtbot.addWidget(made)
    for one in (made.before, made.after, made.smaller, made.larger, made.search, made.copy_button):
        assert not one.isEnabled()
    made.close()
