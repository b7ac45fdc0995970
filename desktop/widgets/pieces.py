"""Builds a page piece by piece, one piece each turn of the event loop, so that no turn is long.

What is asked first is built at once; `stop` drops what was not built yet, and must be called before its record goes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

Piece = Callable[[], object]


class Pieces(QObject):
    """The pieces of one page that are still to be built."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[Piece] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)

    def build(self, pieces: Sequence[Piece]) -> None:
        """Build these, one each turn from the next on; what was waiting before is dropped."""
        self._waiting = deque(pieces)
        if pieces:
            self._timer.start()

    def stop(self) -> None:
        """Build nothing more."""
        self._timer.stop()
        self._waiting.clear()

    def _next(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
        if self._waiting:
            self._timer.start()  # anew, behind all that came due meanwhile: a timer that repeats would go before it
