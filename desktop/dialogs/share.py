"""Print and share: what, for whom and why; a look at it first; then a file or the printer.

What is shown here is exactly what leaves. Nothing is written before someone says where, and the log has it first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
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

from consent.disclosure import DisclosedRecord
from consent.request import STAFF_ROLES
from desktop.dialogs.place import ask_place
from desktop.models import words
from desktop.models.tongue import later, ours, tr
from desktop.paper import kept
from desktop.session import Session
from desktop.theme.fonts import monospace
from desktop.theme.tokens import look
from desktop.widgets.layouts import scrolling
from desktop.widgets.leaving import emptied, let_go
from desktop.widgets.text import Text, button, notice

if TYPE_CHECKING:
    from desktop.exporting import Prepared
    from desktop.models.chronicle import Filters

_FORMS = (
    ("summary", later("One-page summary (PDF)"), ".pdf"),
    ("pdf", later("Pack for a case conference (PDF)"), ".pdf"),
    ("timeline", later("Timeline as a list (PDF)"), ".pdf"),
    ("ips", later("Summary for other systems (FHIR IPS)"), ".json"),
    ("fhir", later("Everything shown, for other systems (FHIR)"), ".json"),
)
_ON_PAPER = ("summary", "pdf", "timeline")
_PREVIEWED_PAGES = 12
_PREVIEWED_LETTERS = 60_000


class ShareDialog(QDialog):
    """One record on its way out. `clear` forgets it."""

    def __init__(
        self,
        session: Session,
        record: DisclosedRecord,
        parent: QWidget | None = None,
        listed: Filters | None = None,
    ) -> None:
        """With `listed` the timeline is offered first, narrowed like that."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("OneStory: print and share"))
        self._session, self._record = session, record
        self._listed = listed
        self._prepared: Prepared | None = None
        px, gap = look().px, look().gap
        outer = QHBoxLayout(self)
        outer.setContentsMargins(gap(22), gap(18), gap(22), gap(18))
        outer.setSpacing(gap(18))
        asking = QWidget()
        asking.setLayout(self._asking())
        area = scrolling(asking)
        area.setAccessibleName(self.tr("What, for whom and why"))
        large = look().scale > 150
        outer.addWidget(area, 6 if large else 4)
        outer.addWidget(self._looking(), 4 if large else 6)
        wide, high = px(1080), px(720)
        if parent is not None:
            wide, high = min(wide, parent.width() - gap(24)), min(high, parent.height() - gap(24))
        self.resize(wide, high)
        self.finished.connect(self.clear)
        self._say_state(self.tr("Choose, then look at it: nothing leaves before you say so."))

    def _asking(self) -> QVBoxLayout:
        gap = look().gap
        column = QVBoxLayout()
        column.setContentsMargins(gap(4), gap(4), gap(10), gap(4))
        column.setSpacing(gap(8))
        column.addWidget(Text(self.tr("Print and share"), "title"))
        self.form = QComboBox()
        for key, name, _ending in _FORMS:
            self.form.addItem(tr(name), key)
        if self._listed is not None:
            self.form.setCurrentIndex(self.form.findData("timeline"))
        self.audience = QComboBox()
        self.audience.addItem(self.tr("Myself: all shown to me"), "")
        for role in sorted(STAFF_ROLES - {"tester"}, key=words.role):
            self.audience.addItem(words.role(role), role)
        self.reason = QLineEdit(self._record.request.reason)
        self.reason.setPlaceholderText(self.tr("for example: case conference"))
        for label, widget in (
            (self.tr("What"), self.form),
            (self.tr("For whom"), self.audience),
            (self.tr("Why"), self.reason),
        ):
            said = Text(label, "strong")
            said.setBuddy(widget)
            widget.setAccessibleName(label)
            widget.setMinimumWidth(look().px(150))
            column.addWidget(said)
            column.addWidget(widget)
        self.listed = Text("", "secondary")
        column.insertWidget(column.indexOf(self.form) + 1, self.listed)
        for box in (self.form, self.audience):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(16)
            box.currentIndexChanged.connect(self._changed)
        self.reason.textEdited.connect(self._changed)
        column.addWidget(
            Text(
                self.tr(
                    "It holds what both you and that kind of worker may see, says who made it, when and why, and"
                    " stands in the access log, which the person can read. A file is not encrypted."
                ),
                "secondary",
            )
        )
        self.look_button = button(self.tr("Look at it"), "primary", self.prepare)
        self.save_button = button(self.tr("Save as a file…"), "", self._choose_place)
        self.print_button = button(self.tr("Print…"), "", self._print)
        for one in (self.look_button, self.save_button, self.print_button):
            column.addWidget(one)
        self._state = QVBoxLayout()
        column.addLayout(self._state)
        column.addStretch(1)
        column.addWidget(button(self.tr("Close   Esc"), "", self.close, self.tr("Close")))
        self._say_listed()
        self._enable()
        return column

    def _say_listed(self) -> None:
        """Where the timeline goes out, whether all of it does."""
        self.listed.setVisible(self._listed is not None and self.form.currentData() == "timeline")
        if self._listed is None:
            return
        names = {key: section.section.name for key, section in self._record.sections.items()}
        said = ", ".join(map(ours, kept(self._listed, names)))
        self.listed.setText(
            self.tr("As it is listed: {what}.").format(what=said) if said else self.tr("As it is listed: every entry.")
        )

    def _looking(self) -> QWidget:
        self.preview = QStackedWidget()
        self._pages = QScrollArea()
        self._pages.setWidgetResizable(True)
        self._pages.setAccessibleName(self.tr("The pages as they will be"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(monospace(look().px(12)))
        self.text.setAccessibleName(self.tr("The file as it will be, as text"))
        self._nothing = Text(self.tr("What would leave is shown here, page by page, before it leaves."), "secondary")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for one in (self._nothing, self._pages, self.text):
            self.preview.addWidget(one)
        return self.preview

    # -- looking

    def prepare(self) -> None:
        """Ask for what would leave, and show it."""
        self._forget()
        self.look_button.setEnabled(False)
        self._say_state(self.tr("Getting it ready…"))
        self._session.prepare_export(
            self._record.request,
            str(self.form.currentData()),
            str(self.audience.currentData()),
            self.reason.text().strip(),
            self._show,
            self._failed,
            self._listed,
        )

    def _show(self, prepared: Prepared) -> None:
        self._prepared = prepared
        size = self.tr("{count} entries, {size} kB").format(
            count=f"{len(prepared.items):,}", size=f"{len(prepared.data) // 1024 + 1:,}"
        )
        if prepared.form in _ON_PAPER:
            images = pages(prepared.data, look().px(560), _PREVIEWED_PAGES)
            self._show_pages(images)
        else:
            shown = json.dumps(json.loads(prepared.data), ensure_ascii=False, indent=1)
            self.text.setPlainText(shown[:_PREVIEWED_LETTERS])
            self.preview.setCurrentWidget(self.text)
        self._say_state(self.tr("This is what would leave: {size}.").format(size=size))
        self._enable()

    def _show_pages(self, images: list[QImage]) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setSpacing(look().gap(10))
        for number, image in enumerate(images, 1):
            page = QLabel()
            page.setTextFormat(Qt.TextFormat.PlainText)
            page.setPixmap(QPixmap.fromImage(image))
            page.setAccessibleName(self.tr("Page {number}").format(number=number))
            column.addWidget(page, 0, Qt.AlignmentFlag.AlignHCenter)
        self._pages.setWidget(inside)
        self.preview.setCurrentWidget(self._pages)

    # -- leaving

    def _choose_place(self) -> None:
        if self._prepared is None:
            return
        ending = next(ending for key, _name, ending in _FORMS if key == self._prepared.form)
        place = ask_place(self, self.tr("Where to"), f"record{ending}", f"*{ending}")
        if place is not None:
            self.save(place)

    def save(self, path: Path) -> None:
        """Write what was looked at to a new file."""
        if self._prepared is not None:
            self._session.hand_out(
                self._prepared,
                path,
                lambda _none: self._say_state(self.tr("Saved. The access log says so."), "good"),
                self._failed,
            )

    def _print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        if self._prepared is None or self._prepared.form not in _ON_PAPER:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName("OneStory")
        if QPrintDialog(printer, self).exec() != QDialog.DialogCode.Accepted:
            return
        data = self._prepared.data

        def paint(_none: None) -> None:
            painter = QPainter(printer)
            for number, image in enumerate(pages(data, 2_400, 10_000)):
                if number:
                    printer.newPage()
                area = printer.pageLayout().fullRectPixels(printer.resolution())
                painter.drawImage(QRectF(0, 0, area.width(), area.height()), image)
            painter.end()
            self._say_state(self.tr("Sent to the printer. The access log says so."), "good")

        printer.setFullPage(True)
        self._session.hand_out(self._prepared, None, paint, self._failed)

    # -- states

    def _changed(self) -> None:
        self._forget()
        self._say_listed()
        self._say_state(self.tr("Look at it again: something was changed."))
        self._enable()

    def _failed(self, sentence: str) -> None:
        self._say_state(sentence, "danger")
        self._enable()

    def _say_state(self, sentence: str, tone: str = "") -> None:
        emptied(self._state)
        self._state.addWidget(notice(sentence, tone))

    def _enable(self) -> None:
        ready = self._prepared is not None
        self.look_button.setEnabled(True)
        self.save_button.setEnabled(ready)
        self.print_button.setEnabled(ready and self.form.currentData() in _ON_PAPER)

    def _forget(self) -> None:
        self._prepared = None
        self.text.clear()
        self.preview.setCurrentWidget(self._nothing)
        old = self._pages.takeWidget()
        if old is not None:
            let_go(old)

    def clear(self) -> None:
        """Forget what was prepared."""
        self._forget()
        self._listed = None
        self.reason.clear()


def pages(data: bytes, width: int, most: int) -> list[QImage]:
    """Pages of a PDF made here, as pictures of this width in pixels."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        made = []
        for number in range(min(len(document), most)):
            page = document[number]
            bitmap = page.render(scale=width / page.get_width())
            pixels = bytes(bitmap.buffer)  # kept until they are copied: QImage does not hold on to them
            image = QImage(pixels, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_BGR888)
            made.append(image.copy())
            del pixels
            page.close()
        return made
    finally:
        document.close()
