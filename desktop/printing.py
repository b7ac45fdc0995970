"""Lays a `Paper` out as PDF pages, in memory: nothing is written anywhere, and nothing in a record can be markup.

All text goes in as plain text with formats; there is no HTML, no image and no address in the document. The same paper
gives the same bytes in a program started with QT_HASH_SEED=0 (the order of fonts): the dates and ids that Qt's PDF
writer makes up are put right afterwards.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from hashlib import sha256

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QTextTableCell,
    QTextTableFormat,
)

from desktop.paper import Paper, Part, Row, left_out
from desktop.theme.fonts import load
from desktop.theme.tokens import make

_RESOLUTION = 300
_MARGIN_MM = 12.0
_FOOT_MM = 13.0
_MM = _RESOLUTION / 25.4


def application() -> QGuiApplication:
    """The Qt application there is, or one without a screen for the command line."""
    there = QGuiApplication.instance()
    if isinstance(there, QGuiApplication):
        return there
    return QGuiApplication([sys.argv[0] or "onestory", "-platform", "offscreen"])


def pdf(paper: Paper) -> bytes:
    """The pages. Each part of the summary gets as many rows as fit on the first one, in turns."""
    keep = application()
    rows = _fitting(paper)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = _writer(buffer)
    _Pages(paper, rows, writer).print()
    buffer.close()
    del keep
    return _same_always(bytes(buffer.data().data()), paper)


def _fitting(paper: Paper) -> list[int]:
    """How many rows of each part of the summary one page holds: at least one each, unless medicines or allergies would
    not be complete then."""
    writer = _writer(QBuffer())
    parts = paper.summary
    rows = [min(1, len(part.rows)) for part in parts]

    def grow(growing: list[int]) -> None:
        while growing:
            for number in list(growing):
                if rows[number] == len(parts[number].rows):
                    growing.remove(number)
                    continue
                rows[number] += 1
                if not _Pages(paper, rows, writer).fits():
                    rows[number] -= 1
                    growing.remove(number)

    first = [number for number, part in enumerate(parts) if part.rank == 0]
    grow(list(first))
    for number in reversed(range(len(parts))):
        if all(rows[at] == len(parts[at].rows) for at in first):
            break
        if parts[number].rank > 1:
            rows[number] = 0
            grow(list(first))
    for rank in sorted({part.rank for part in parts}):  # what must not be missed comes before the rest
        grow([number for number, part in enumerate(parts) if part.rank <= rank])
    return rows


def _writer(buffer: QBuffer) -> QPdfWriter:
    writer = QPdfWriter(buffer)
    writer.setResolution(_RESOLUTION)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    size = QPageSize(QPageSize.PageSizeId.A4)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter))
    writer.setCreator("OneStory")
    writer.setTitle("OneStory")
    return writer


class _Pages:
    """One paper on one writer."""

    def __init__(self, paper: Paper, rows: list[int], writer: QPdfWriter) -> None:
        self._paper = paper
        self._rows = rows
        self._writer = writer
        self._light = make("light", 100)
        self._family = load()
        self._width = writer.width()
        self._foot = _FOOT_MM * _MM
        self._height = writer.height() - self._foot
        self._breaks: set[tuple[int, int]] = set()
        self._places: list[tuple[int, int, QTextTable]] = []
        self._head = self._document(self._write_summary)

    def fits(self) -> bool:
        """Whether the summary takes one page."""
        return self._head.pageCount() == 1

    def print(self) -> None:
        """Paint every page with its foot."""
        documents = [self._head] if self._paper.summary or not self._paper.parts else []
        if self._paper.parts:
            documents.append(self._written_parts())
        total = sum(document.pageCount() for document in documents)
        painter = QPainter(self._writer)
        number = 0
        for document in documents:
            for page in range(document.pageCount()):
                number += 1
                if number > 1:
                    self._writer.newPage()
                painter.save()
                painter.translate(0, -page * self._height)
                context = QAbstractTextDocumentLayout.PaintContext()
                context.clip = QRectF(0, page * self._height, self._width, self._height)
                context.palette.setColor(QPalette.ColorRole.Text, QColor("#000000"))
                painter.setClipRect(context.clip)
                document.documentLayout().draw(painter, context)
                painter.restore()
                self._draw_foot(painter, number, total)
        painter.end()

    def _document(self, write: Callable[[QTextCursor], None]) -> QTextDocument:
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.documentLayout().setPaintDevice(self._writer)
        document.setDocumentMargin(0)
        document.setDefaultFont(self._font(9))
        document.setPageSize(QSizeF(self._width, self._height))
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        write(cursor)
        cursor.endEditBlock()
        return document

    # -- words

    def _font(self, points: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont(self._family)
        for other_shapes in (
            "calt",
            "ss02",
        ):  # a reader of the file could not name them; the window's own font has ss02
            font.setFeature(QFont.Tag(other_shapes), 0)
        font.setPointSizeF(points)
        font.setWeight(weight)
        return font

    def _format(
        self, points: float, colour: str = "ink", *, bold: bool = False, italic: bool = False
    ) -> QTextCharFormat:
        made = QTextCharFormat()
        font = self._font(points, QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        font.setItalic(italic)
        made.setFont(font)
        made.setForeground(self._light.colour(colour))
        return made

    def _block(self, above: float = 0, below: float = 0) -> QTextBlockFormat:
        made = QTextBlockFormat()
        made.setTopMargin(above * _MM)
        made.setBottomMargin(below * _MM)
        return made

    def _say(
        self, cursor: QTextCursor, text: str, look: QTextCharFormat, block: QTextBlockFormat | None = None
    ) -> None:
        """One paragraph of plain text."""
        cursor.insertBlock(block or self._block(), look)
        cursor.insertText(text, look)

    # -- parts

    def _write_head(self, cursor: QTextCursor) -> None:
        paper = self._paper
        cursor.setBlockFormat(self._block(0, 0.5))
        cursor.insertText(paper.name, self._format(17, bold=True))
        self._say(cursor, paper.about, self._format(9.5, "ink"), self._block(0, 1))
        self._say(cursor, paper.title, self._format(10.5, "action", bold=True), self._block(0.5, 0.8))
        if paper.notices:
            self._say(cursor, " ".join(paper.notices), self._format(8.5, "ink", italic=True), self._block(0, 0.6))

        for label, text, tone in paper.alerts:
            self._say(cursor, f"{label}: ", self._format(8.6, "danger" if tone == "danger" else "ink", bold=True))
            cursor.insertText(text, self._format(8.6))

    def _write_summary(self, cursor: QTextCursor) -> None:
        self._write_head(cursor)
        cursor.insertBlock(self._block(0.5), self._format(4))
        shown = list(zip(self._paper.summary, self._rows, strict=True))
        half = next((at for at, part in enumerate(self._paper.summary) if part.second), (len(shown) + 1) // 2)
        table = self._table(cursor, 1, 2, (50, 50), padding=1.6)
        for column, parts in enumerate((shown[:half], shown[half:])):
            inside = table.cellAt(0, column).firstCursorPosition()
            for number, (part, rows) in enumerate(parts):
                self._write_short(inside, part, rows, first=number == 0)
        cursor.movePosition(QTextCursor.MoveOperation.End)

    def _write_short(self, cursor: QTextCursor, part: Part, rows: int, *, first: bool) -> None:
        if not first:
            cursor.insertBlock()
        cursor.setBlockFormat(self._block(0 if first else 1.6, 0.4))
        cursor.insertText(part.title, self._format(10, "action", bold=True))
        for row in part.rows[:rows]:
            self._say(cursor, row.what, self._format(8.6, bold=True), self._block(0, 0.35))
            if row.more:
                short = row.more if part.rank == 0 else _short(row.more, 110 if row.quote else 74)
                more = f"“{short}”" if row.quote else short
                cursor.insertText(f"  {more}", self._format(8.6, italic=row.quote))
            under = ", ".join(part for part in (row.when, row.source) if part)
            if under:
                cursor.insertText(f"  {under}", self._format(7.4, "grey"))
        for text in (part.empty, left_out(part.left + len(part.rows) - rows, some=rows > 0)):
            if text:
                self._say(cursor, text, self._format(8.2, "grey"), self._block(0, 0.3))

    def _write_parts(self, cursor: QTextCursor) -> None:
        """Every part as tables, one to a stretch of pages, each with the part's heading on every page it goes on to."""
        self._places = []
        if not self._paper.summary:  # which has the head of what goes on after it
            self._write_head(cursor)
            cursor.insertBlock(self._block(2), self._format(4))
            cursor.insertBlock()
        for number, part in enumerate(self._paper.parts):
            rows = len(part.rows)
            cuts = sorted(row for at, row in self._breaks if at == number and row)
            for first, last in zip([0, *cuts], [*cuts, rows], strict=True):
                if self._places:
                    cursor.insertBlock()
                block = self._block(0, 2 if self._places and not first else 0)
                if (number, first) in self._breaks:
                    block.setPageBreakPolicy(QTextBlockFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                cursor.setBlockFormat(block)
                table = self._table(cursor, last - first + 1, 3, (17, 58, 25), padding=0.7, headings=1)
                table.mergeCells(0, 0, 1, 3)
                table.cellAt(0, 0).firstCursorPosition().insertText(part.title, self._format(12, "action", bold=True))
                for at, row in enumerate(part.rows[first:last], start=1):
                    self._write_row(table, at, row)
                self._places.append((number, first, table))
                cursor.movePosition(QTextCursor.MoveOperation.End)
            if part.left:
                self._say(cursor, left_out(part.left), self._format(8.2, "grey"), self._block(0.5))

    def _written_parts(self) -> QTextDocument:
        """The parts with no row, and no heading, parted from what belongs to it by the end of a page.

        A row that is longer than a page goes on to the next.
        """
        while True:
            document = self._document(self._write_parts)
            torn = self._first_torn(document)
            if torn is None:
                return document
            self._breaks.add(torn)

    def _first_torn(self, document: QTextDocument) -> tuple[int, int] | None:
        """The first row (by part and number) that begins on one page and ends on another and can begin a page."""
        layout = document.documentLayout()

        def pages(cell: QTextTableCell) -> set[int]:
            """The pages that a cell stands on, by its lines: one that was moved says so, its block does not."""
            found = set()
            block, last = cell.firstCursorPosition().block(), cell.lastCursorPosition().block()
            while True:
                top, lines = layout.blockBoundingRect(block).top(), block.layout()
                found |= {int((top + lines.lineAt(at).y()) // self._height) for at in range(lines.lineCount())}
                if block == last:
                    return found
                block = block.next()

        for number, first, table in self._places:
            for row in range(1, table.rows()):
                cells = [table.cellAt(row, column) for column in range(table.columns())]
                if row == 1:
                    cells.append(table.cellAt(0, 0))
                torn = (number, first + row - 1)
                if len(set().union(*map(pages, cells))) > 1 and torn not in self._breaks:
                    return torn
        return None

    def _write_row(self, table: QTextTable, number: int, row: Row) -> None:
        table.cellAt(number, 0).firstCursorPosition().insertText(row.when, self._format(8.2, "grey"))
        inside = table.cellAt(number, 1).firstCursorPosition()
        inside.insertText(row.what, self._format(9, bold=True))
        for line in (f"“{row.more}”" if row.quote else row.more).split("\n") if row.more else ():
            self._say(inside, line, self._format(8.8, italic=row.quote))
        table.cellAt(number, 2).firstCursorPosition().insertText(
            "\n".join(text for text in (row.author, row.source) if text), self._format(8.2, "grey")
        )

    def _table(
        self,
        cursor: QTextCursor,
        rows: int,
        columns: int,
        widths: tuple[int, ...],
        *,
        padding: float,
        headings: int = 0,
    ) -> QTextTable:
        made = QTextTableFormat()
        made.setHeaderRowCount(headings)
        made.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        made.setColumnWidthConstraints([QTextLength(QTextLength.Type.PercentageLength, width) for width in widths])
        made.setCellPadding(padding * _MM)
        made.setCellSpacing(0)
        made.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        made.setBorderBrush(self._light.colour("line"))
        made.setBorder(0.1 * _MM)
        made.setBorderCollapse(True)
        return cursor.insertTable(rows, columns, made)

    def _draw_foot(self, painter: QPainter, number: int, total: int) -> None:
        paper = self._paper
        top = self._height + 2.5 * _MM
        painter.setPen(self._light.colour("line"))
        painter.drawLine(0, round(top), round(self._width), round(top))
        painter.setPen(self._light.colour("ink"))
        painter.setFont(self._font(7.2))
        left = QRectF(0, top + 0.8 * _MM, self._width * 0.86, self._foot - 3.3 * _MM)
        wrap = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        told = (*paper.notices[:1], "A copy: the records stay in the systems they came from.")
        said = f"{paper.name} · {paper.stamp}\n{' '.join(told)}"
        painter.drawText(left, int(wrap), said)
        right = QRectF(self._width * 0.87, top + 0.8 * _MM, self._width * 0.13, self._foot)
        painter.drawText(right, int(Qt.AlignmentFlag.AlignRight), f"Page {number} of {total}")


def _short(text: str, most: int) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


_DATE = re.compile(rb"D:\d{14}(?:Z|[+-]\d\d'\d\d')")
_XMP_DATE = re.compile(rb"(?<=Date=\")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?(?=\")")
_UUID = re.compile(rb"(?<=uuid:)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ID = re.compile(rb"<[0-9a-f]{72}>(?=[ \]])")
_NOUGHTS = bytes.maketrans(b"123456789-", b"000000000+")


def _same_always(data: bytes, paper: Paper) -> bytes:
    """The same file with what Qt took from the clock and from chance made what the paper says; no byte moves."""
    digest = sha256(repr(paper).encode("utf-8", "surrogatepass")).hexdigest()
    uuid = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}".encode()
    told = paper.time[:19].encode()
    digits = b"D:" + bytes(byte for byte in told if chr(byte).isdigit())
    data = _DATE.sub(lambda found: digits + found[0][16:].translate(_NOUGHTS), data)
    data = _UUID.sub(uuid, data)
    data = _ID.sub(lambda found: b"<" + uuid.hex().encode() + b">" if len(found[0]) == 74 else found[0], data)
    return _XMP_DATE.sub(lambda found: told + found[0][19:].translate(_NOUGHTS), data)
