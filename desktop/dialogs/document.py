"""Shows the documents inside an entry: pages, pictures and text, to zoom, search and copy from.

They are drawn in a process of their own with limits; what is shown here is pictures and plain text. Text that is copied
goes by the window's clipboard, which takes it back. Closing forgets everything and ends that process.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QPainter, QPen, QPixmap, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.jobs import Jobs
from desktop.models.tongue import ours
from desktop.rendering import FAILED, Page, Rendered, RenderError
from desktop.theme.fonts import font
from desktop.theme.tokens import look
from desktop.widgets.leaving import emptied
from desktop.widgets.text import Text, button, notice
from fhir.attachments import Attached

_EDGE, _INK = (130, 70, 0), (255, 200, 0, 90)
ZOOMS = (50, 75, 100, 125, 150, 200, 300)


class DocumentDialog(QDialog):
    """One entry's documents. `copy` puts text on the window's clipboard."""

    def __init__(
        self, title: str, found: list[Attached], copy: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("OneStory: a document"))
        self._found, self._copy = found, copy
        self._jobs = Jobs(self)
        self._rendered: Rendered | None = None
        self._words: list[str] = []
        self._asked = ""
        self.number, self.zoom, self.loaded = 0, 100, False
        gap, px = look().gap, look().px
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(18), gap(16), gap(18), gap(14))
        column.setSpacing(gap(8))
        column.addWidget(Text(title, "heading"))
        column.addLayout(self._tools())
        self.stack = QStackedWidget()
        self.picture = QLabel()
        self.picture.setTextFormat(Qt.TextFormat.PlainText)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setWidget(self.picture)
        self._area.setAccessibleName(self.tr("The page"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.text.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.text.setAccessibleName(self.tr("The document, as text"))
        self._message = QWidget()
        QVBoxLayout(self._message)
        for widget in (self._area, self.text, self._message):
            self.stack.addWidget(widget)
        column.addWidget(self.stack, 1)
        row = QHBoxLayout()
        self.state = Text("", "secondary")
        row.addWidget(self.state, 1)
        self.copy_button = button(self.tr("Copy the text"), "", self.copy_text)
        row.addWidget(self.copy_button)
        row.addWidget(button(self.tr("Close   Esc"), "", self.close, self.tr("Close")))
        column.addLayout(row)
        wide, high = px(940), px(740)
        if parent is not None:
            wide, high = min(wide, parent.width() - gap(24)), min(high, parent.height() - gap(24))
        self.resize(wide, high)
        for keys, call in (
            ("PgDown", lambda: self.turn(1)),
            ("PgUp", lambda: self.turn(-1)),
            ("Ctrl+C", self.copy_text),
            ("Ctrl+=", lambda: self.change_zoom(1)),
            ("Ctrl+-", lambda: self.change_zoom(-1)),
            ("F3", self.search_on),
        ):
            QShortcut(QKeySequence(keys), self, call)
        self.finished.connect(self.clear)
        self.show_part(0)

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(look().gap(6))
        self.parts = QComboBox()
        self.parts.setAccessibleName(self.tr("Which document"))
        for one in self._found:
            self.parts.addItem(one.title)
        self.parts.setVisible(len(self._found) > 1)
        self.parts.activated.connect(self.show_part)
        self.before = button(self.tr("‹ Page"), "", lambda: self.turn(-1), self.tr("Page before"))
        self.after = button(self.tr("Page ›"), "", lambda: self.turn(1), self.tr("Next page"))
        self.smaller = button(self.tr("−"), "", lambda: self.change_zoom(-1), self.tr("Smaller"))
        self.larger = button(self.tr("+"), "", lambda: self.change_zoom(1), self.tr("Larger"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find in this document"))
        self.search.setAccessibleName(self.tr("Find in this document"))
        self.search.returnPressed.connect(self.search_on)
        row.addWidget(self.parts)
        for tool in (self.before, self.after, self.smaller, self.larger):
            row.addWidget(tool)
        row.addWidget(self.search, 1)
        return row

    # -- which document, which page

    def show_part(self, number: int) -> None:
        """Open one of the documents, in place of any other that is shown or still opening."""
        self._jobs.forget_all()
        self._end()
        self.number, self.loaded = 0, False
        one = self._found[number]
        if one.kind == "elsewhere":
            self._say(self.tr("This document is kept in the system it came from; only where it lies came along."))
        elif one.kind == "unknown":
            self._say(self.tr("This kind of file cannot be shown. It is kept unchanged: “Show the original”."))
        else:
            self._say(self.tr("Opening…"), ready=False)
            rendered = self._rendered = Rendered(one)
            self._jobs.start(lambda _job: rendered.open(), self._opened, self._failed)

    def _opened(self, rendered: Rendered) -> None:
        self._rendered, self._words = rendered, rendered.words
        if rendered.pages:
            self._draw()
            return
        self.text.setFont(font(look().px(14) * self.zoom // 100))
        self.text.setPlainText(self._words[0] if self._words else "")
        self.stack.setCurrentWidget(self.text)
        self._ready()

    def _draw(self) -> None:
        rendered = self._rendered
        if rendered is None:
            return
        room = self.stack.width() - self._area.verticalScrollBar().sizeHint().width() - look().gap(8)
        width = max(200, room * self.zoom // 100)
        number, asked = self.number, self._asked
        self._jobs.forget_all()  # a page turned past before it was drawn
        self._jobs.start(lambda _job: rendered.page(number, width, asked), self._drawn, self._failed)

    def _drawn(self, found: Page) -> None:
        image = QImage(found.pixels, found.width, found.height, found.width * 4, QImage.Format.Format_RGBA8888).copy()
        _mark(image, found.marks)
        self.picture.setPixmap(QPixmap.fromImage(image))
        self.picture.setAccessibleName(self.tr("Page {number}").format(number=self.number + 1))
        self.picture.setAccessibleDescription(self._words[self.number][:2000] if self._words else "")
        self.stack.setCurrentWidget(self._area)
        if found.marks:
            left, top, *_ = found.marks[0]
            self._area.ensureVisible(left, top, look().px(80), look().px(120))
        self._ready()

    def turn(self, step: int) -> None:
        """Go some pages on or back."""
        if self._rendered is not None and self._rendered.pages:
            number = max(0, min(self.number + step, self._rendered.pages - 1))
            if number != self.number:
                self.number, self._asked = number, ""
                self._area.verticalScrollBar().setValue(0)
                self._draw()

    def change_zoom(self, step: int) -> None:
        """One step larger or smaller."""
        at = max(0, min(ZOOMS.index(self.zoom) + step, len(ZOOMS) - 1))
        self.zoom = ZOOMS[at]
        if self._rendered is not None and self._rendered.pages:
            self._draw()
        elif self.stack.currentWidget() is self.text:
            self.text.setFont(font(look().px(14) * self.zoom // 100))
            self._ready()

    def search_on(self) -> None:
        """Go to where the words stand next, from the page after this one and around."""
        asked = self.search.text().strip().casefold()
        if not asked or self._rendered is None:
            return
        if not self._rendered.pages:
            found = self.text.find(asked)
            if not found:
                self.text.moveCursor(QTextCursor.MoveOperation.Start)
                found = self.text.find(asked, QTextDocument.FindFlag(0))
            self.state.setText("" if found else self.tr("These words are not in this document."))
            return
        pages = self._rendered.pages
        for step in range(1, pages + 1):
            number = (self.number + step) % pages
            if asked in " ".join(self._words[number].casefold().split()):
                self.number, self._asked = number, asked
                self._draw()
                return
        self.state.setText(self.tr("These words are not in the text of this document. A scan has no text."))

    def copy_text(self) -> None:
        """Put the chosen words, or the words of this page, on the window's clipboard."""
        chosen = self.text.textCursor().selectedText().replace("\u2029", "\n")
        page = self._words[self.number] if self.number < len(self._words) else ""
        if chosen or page:
            self._copy(chosen or page)
            self.state.setText(self.tr("Copied. It leaves the clipboard in a minute, or when the window locks."))

    # -- states

    def _ready(self) -> None:
        self.loaded = True
        pages = self._rendered.pages if self._rendered is not None else 0
        told = self.tr("Page {number} of {pages}").format(number=self.number + 1, pages=pages) if pages else ""
        if told and self._asked:
            told = self.tr("Found on page {number} of {pages}").format(number=self.number + 1, pages=pages)
        self.state.setText(" · ".join(part for part in (told, f"{self.zoom} %") if part))
        self.before.setEnabled(self.number > 0)
        self.after.setEnabled(self.number + 1 < pages)
        self.copy_button.setEnabled(any(self._words))
        for one in (self.smaller, self.larger, self.search):
            one.setEnabled(True)

    def _failed(self, error: Exception) -> None:
        self._end()
        self._say(ours(str(error) if isinstance(error, RenderError) else FAILED), "danger")

    def _say(self, sentence: str, tone: str = "", *, ready: bool = True) -> None:
        layout = self._message.layout()
        assert isinstance(layout, QVBoxLayout)
        emptied(layout)
        layout.addWidget(notice(sentence, tone))
        layout.addStretch(1)
        self.stack.setCurrentWidget(self._message)
        self.loaded = ready
        for one in (self.before, self.after, self.smaller, self.larger, self.search, self.copy_button):
            one.setEnabled(False)
        self.state.setText("")

    def _end(self) -> None:
        if self._rendered is not None:
            self._rendered.close()
        self._rendered, self._words, self._asked = None, [], ""
        self.picture.clear()
        self.picture.setAccessibleDescription("")
        self.text.clear()

    def clear(self) -> None:
        """Forget the document and end its process."""
        self._jobs.forget_all()
        self._end()
        self._found = []
        self.parts.clear()
        self.search.clear()
        self._jobs.stop()


def _mark(image: QImage, marks: list[tuple[int, int, int, int]]) -> None:
    """Draw around words that were found. A page is white paper in every look, so the colours are those of paper."""
    painter = QPainter(image)
    painter.setPen(QPen(QColor(*_EDGE), 2))
    painter.setBrush(QColor(*_INK))
    for left, top, right, bottom in marks:
        painter.drawRect(left - 3, top - 3, right - left + 6, bottom - top + 6)
    painter.end()
