"""Plain text on the screen: labels that never read markup, tags, notices, buttons and cards.

A default QLabel guesses whether it holds rich text and would load local images out of a surname; every label of this
window comes from here and is plain.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.models.words import breakable
from desktop.theme.tokens import look


class Text(QLabel):
    """A plain-text label. `role` and `tone` say what it is; the style sheet says what that looks like."""

    def __init__(self, text: str = "", role: str = "body", *, wrap: bool = True, tone: str = "") -> None:
        super().__init__()
        self._measured: tuple[int, int] | None = None
        self._measured_in = (0, 0)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Set the text; very long words may break."""
        self._measured = None
        super().setText(breakable(text))

    def sizeHint(self) -> QSize:  # noqa: N802
        """As wide as the text on one line; Qt would guess at a shape."""
        if not self.wordWrap():
            return super().sizeHint()
        wide = self._measure()[0]
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Narrow where it may wrap: the longest word decides."""
        if not self.wordWrap():
            return super().minimumSizeHint()
        return QSize(self._measure()[1], 0)

    def _measure(self) -> tuple[int, int]:
        """How wide the text is on one line, and its longest word. Layouts ask for it again and again."""
        self.ensurePolished()
        font = self.font()
        key = (font.pixelSize(), int(font.weight()))
        if self._measured is None or key != self._measured_in:
            self._measured_in = key
            metrics = self.fontMetrics()
            lines = self.text().replace("\u200b", "").split("\n")
            words = self.text().replace("\u200b", " ").split() or [""]
            self._measured = (
                max(metrics.horizontalAdvance(line) for line in lines) + 3,
                max(metrics.horizontalAdvance(word) for word in words) + 3,
            )
        return self._measured


def tag(text: str, tone: str = "") -> Text:
    """A short mark beside a fact."""
    made = Text(text, "tag", wrap=False, tone=tone)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def button(text: str, role: str = "", pressed: Callable[[], object] | None = None, name: str = "") -> QPushButton:
    """A push button; `name` is its accessible name where the text alone says too little."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setAccessibleName(name or text.replace("&", ""))
    made.setAutoDefault(False)
    if pressed is not None:
        made.clicked.connect(lambda _checked=False: pressed())
    return made


def menu_button(text: str, menu: QMenu) -> QPushButton:
    """A push button that opens a menu, and shows that it does by a sign that grows with the words."""
    made = button(f"{text} ▼", name=text)
    made.setMenu(menu)
    return made


def captioned(words: str, of: QWidget) -> QWidget:
    """A control with its name before it, where `Alt` and the letter marked with & goes to it."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(look().gap(8))
    caption = Text(words, "secondary", wrap=False)
    caption.setBuddy(of)
    row.addWidget(caption)
    row.addWidget(of)
    return made


def rule() -> QFrame:
    """A thin line between rows."""
    made = QFrame()
    made.setProperty("role", "rule")
    return made


def notice(text: str, tone: str = "") -> QFrame:
    """A strip with one plain sentence that must not be missed."""
    frame = QFrame()
    frame.setProperty("role", "notice")
    frame.setProperty("tone", tone)
    layout = QVBoxLayout(frame)
    gap = look().gap
    layout.setContentsMargins(gap(12), gap(8), gap(12), gap(8))
    layout.addWidget(Text(text))
    return frame


class Card(QFrame):
    """A white panel with a title, a remark on its right, and a body to add to."""

    def __init__(self, title: str, remark: str = "", *, tone: str = "") -> None:
        super().__init__()
        gap = look().gap
        self.setProperty("role", "card")
        self.setProperty("tone", tone)
        self.setAccessibleName(title)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(gap(10), gap(13), gap(10), gap(11))
        self.body.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(gap(6), 0, gap(6), 0)
        head.setSpacing(gap(12))
        head.addWidget(Text(title, "cardtitle"), 1)
        if remark:
            made = Text(remark, "secondary", wrap=len(remark) > 30)
            made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            head.addWidget(made, 1 if made.wordWrap() else 0)
        self.body.addLayout(head)
        self.body.addSpacing(gap(6))

    def add(self, widget: QWidget) -> None:
        """Add a row to the body."""
        self.body.addWidget(widget)

    def say(self, words: str) -> None:
        """Add a sentence, in line with the title."""
        gap = look().gap
        made = Text(words, "secondary")
        made.setContentsMargins(gap(6), gap(4), gap(6), gap(4))
        self.body.addWidget(made)
