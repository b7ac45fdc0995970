"""The frame all dialogs share: a body that scrolls when text is large, and buttons that always stay in sight."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.theme.tokens import look
from desktop.widgets.layouts import scrolling
from desktop.widgets.text import button


def picked(group: QButtonGroup) -> str:
    """The property `key` of the button of a group that is chosen; empty for none."""
    chosen = group.checkedButton()
    return str(chosen.property("key")) if chosen is not None else ""


class Framed(QDialog):
    """A dialog with a `body` and a row of `buttons`; call `fit` when both are filled."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        gap = look().gap
        outer = QVBoxLayout(self)
        outer.setContentsMargins(gap(26), gap(22), gap(18), gap(20))
        outer.setSpacing(gap(12))
        self._inside = QWidget()
        self.body = QVBoxLayout(self._inside)
        self.body.setContentsMargins(0, 0, gap(10), 0)
        self.body.setSpacing(gap(8))
        self._area = scrolling(self._inside)
        self._area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._area.setAccessibleName(title)
        outer.addWidget(self._area, 1)
        self.buttons = QHBoxLayout()
        self.buttons.setContentsMargins(0, 0, gap(8), 0)
        self.buttons.addStretch(1)
        outer.addLayout(self.buttons)

    def add_close(self) -> None:
        """Add the one button of a dialog that only tells."""
        self.buttons.addWidget(button(self.tr("Close   Esc"), "", self.close, self.tr("Close")))

    def fit(self, width: int) -> None:
        """Be this wide, and as high as the text then needs, but never larger than the window behind."""
        parent = self.parentWidget()
        self.ensurePolished()
        for inside in self.findChildren(QWidget):
            inside.ensurePolished()  # how much room words take depends on where they stand
        layout = self.layout()
        assert layout is not None
        margins = layout.contentsMargins()
        wide = max(width, self.body.totalMinimumSize().width() + margins.left() + margins.right())
        if parent is not None:
            wide = min(wide, parent.width() - look().gap(24))
        high = self.body.totalHeightForWidth(wide - margins.left() - margins.right())
        high += margins.top() + margins.bottom() + layout.spacing() + self.buttons.sizeHint().height() + 4
        if parent is not None:
            high = min(high, parent.height() - look().gap(24))
        self.resize(wide, high)
        if parent is not None and self.isVisible():  # it has grown since it was shown: it stays over the window
            self.move(parent.mapToGlobal(parent.rect().center()) - self.rect().center())
