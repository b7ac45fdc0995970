"""A choice that is as wide as what is chosen, and a list below it as wide as the longest of its choices."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox

from desktop.theme.tokens import look


class FittedBox(QComboBox):
    """A box for choices of very different length."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # else Qt keeps the size of an empty box
        self.currentTextChanged.connect(lambda _text: self.updateGeometry())

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._fitted(super().sizeHint())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self._fitted(super().minimumSizeHint())

    def _fitted(self, hint: QSize) -> QSize:
        """Of a hint that is as wide as the longest choice, what the chosen one needs."""
        words = self.fontMetrics().horizontalAdvance(self.currentText()) + look().px(8)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().sizeFromContents(QStyle.ContentsType.CT_ComboBox, option, QSize(words, hint.height()), self)
        return QSize(min(room.width(), hint.width()), hint.height())

    def showPopup(self) -> None:  # noqa: N802
        widest = max(
            (self.view().sizeHintForIndex(self.model().index(row, 0)).width() for row in range(self.count())), default=0
        )
        bar = self.view().verticalScrollBar()
        self.view().setMinimumWidth(widest + (bar.sizeHint().width() if bar is not None else 0) + look().px(8))
        super().showPopup()
