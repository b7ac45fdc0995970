"""The source bytes behind an entry, as text, exactly; or the entry as shown, said to be so."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.reports import Original
from desktop.theme.fonts import monospace
from desktop.theme.tokens import look
from desktop.widgets.text import Text, button, notice


def as_text(data: bytes) -> str:
    """Bytes for display: UTF-8 where they are, with what is not shown as \\xNN; nothing is changed in the store."""
    return data.decode("utf-8", errors="backslashreplace")


class OriginalDialog(QDialog):
    """Shows an `Original`. `close` forgets the text."""

    def __init__(self, original: Original, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("OneStory: the original"))
        px, gap = look().px, look().gap
        column = QVBoxLayout(self)
        column.setContentsMargins(gap(20), gap(18), gap(20), gap(18))
        column.setSpacing(gap(8))
        column.addWidget(Text(title, "heading"))
        line = self.tr(", line {line}").format(line=original.line) if original.line else ""
        size = self.tr("{size} bytes").format(size=f"{len(original.data):,}")
        column.addWidget(Text(f"{original.path}{line} · {original.media_type} · {size}", "secondary"))
        if not original.exact:
            column.addWidget(
                notice(
                    self.tr(
                        "The source holds more than may be shown to you. This is the entry as shown, not the source."
                    ),
                    "warning",
                )
            )
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(monospace(px(13)))
        self.text.setStyleSheet(f"font-family: monospace; font-size: {px(13)}px;")
        self.text.setAccessibleName(self.tr("The original, as text"))
        self.text.setPlainText(as_text(original.data))
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        words = self.tr("Exactly as the source sent it") if original.exact else self.tr("Redacted")
        row.addWidget(Text(words, "secondary"), 1)
        row.addWidget(button(self.tr("Close   Esc"), "", self.close, self.tr("Close")))
        column.addLayout(row)
        wide, high = px(820), px(600)
        if parent is not None:
            wide, high = min(wide, parent.width() - gap(24)), min(high, parent.height() - gap(24))
        self.resize(wide, high)
