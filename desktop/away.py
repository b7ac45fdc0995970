"""Notices that whoever sits here goes away: the computer is put to sleep, or the screen is locked.

A Linux desktop says so beforehand (`Away`): logind on the system bus, screen savers on the session bus; sleep is held
up until the window has locked, for as long as logind lets us (seconds). On every system a computer that wakes is
noticed by its clock, which has run on without us (`Woken`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import SLOT, QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection, QDBusPendingCallWatcher

_LOGIN = "org.freedesktop.login1"
_LOGIN_PATH = "/org/freedesktop/login1"
_MANAGER = "org.freedesktop.login1.Manager"
_SCREEN_SAVERS = tuple(f"org.{desktop}.ScreenSaver" for desktop in ("freedesktop", "gnome", "cinnamon", "mate", "xfce"))
_WHY = "Records are locked before this computer sleeps"


class Away(QObject):
    """Sends `left` when the computer is about to sleep or the screen is locked."""

    left = Signal()

    def __init__(self, system: QDBusConnection, session: QDBusConnection, parent: QObject | None = None) -> None:
        """`system` and `session` are connections to these buses; one that is not open is left alone."""
        super().__init__(parent)
        self._system = system
        self._held: Any = None
        self._asking: QDBusPendingCallWatcher | None = None
        if system.isConnected():
            system.connect(_LOGIN, _LOGIN_PATH, _MANAGER, "PrepareForSleep", self, _slot("_sleep(bool)"))
            # From any session's path: to lock too often is the safe side, and asking which one is ours takes time.
            system.connect(_LOGIN, "", "org.freedesktop.login1.Session", "Lock", self, _slot("_lock()"))
            self._hold_up()
        if session.isConnected():
            for name in _SCREEN_SAVERS:
                session.connect("", "", name, "ActiveChanged", self, _slot("_screen(bool)"))

    @Slot(bool)
    def _sleep(self, soon: bool) -> None:
        if soon:
            self.left.emit()
            self._held = None  # closes the descriptor: now it may sleep
        else:
            self._hold_up()

    @Slot(bool)
    def _screen(self, covered: bool) -> None:
        if covered:
            self.left.emit()

    @Slot()
    def _lock(self) -> None:
        self.left.emit()

    def _hold_up(self) -> None:
        """Ask logind to wait with sleeping until we have locked; where it refuses, it does not wait."""
        from PySide6.QtDBus import QDBusMessage, QDBusPendingCallWatcher

        asked = QDBusMessage.createMethodCall(_LOGIN, _LOGIN_PATH, _MANAGER, "Inhibit")
        asked.setArguments(["sleep", "OneStory", _WHY, "delay"])
        self._asking = QDBusPendingCallWatcher(self._system.asyncCall(asked), self)
        self._asking.finished.connect(self._answered)

    def _answered(self, call: QDBusPendingCallWatcher) -> None:
        from PySide6.QtDBus import QDBusMessage

        reply = call.reply()
        if reply.type() == QDBusMessage.MessageType.ReplyMessage and reply.arguments():
            self._held = reply.arguments()[0]
        call.deleteLater()  # it holds the descriptor too
        self._asking = None


class Woken(QObject):
    """Sends `left` when the computer slept: between two beats far more time went by than lies between them.

    A clock that is set forward, or a program that stood still so long, looks the same: to lock too often is the safe
    side. `now` gives seconds of a clock that goes on during sleep.
    """

    left = Signal()

    BEAT_MS = 2_000
    SLEPT_S = 15.0

    def __init__(self, parent: QObject | None = None, now: Callable[[], float] = time.time) -> None:
        super().__init__(parent)
        self._now = now
        self._last = now()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(self.BEAT_MS)

    def _beat(self) -> None:
        last, self._last = self._last, self._now()
        if self._last - last > self.SLEPT_S:
            self.left.emit()


def listening(parent: QObject, left: Callable[[], object]) -> None:
    """Calls `left` whenever somebody goes away, for as long as `parent` lives."""
    Woken(parent).left.connect(left)
    try:
        from PySide6.QtDBus import QDBusConnection
    except ImportError:  # not on this system
        return
    Away(QDBusConnection.systemBus(), QDBusConnection.sessionBus(), parent).left.connect(left)


def _slot(signature: str) -> Any:
    """As QDBusConnection.connect takes it: text, though its annotations say bytes (PySide 6.8 to 6.11)."""
    return SLOT(signature)


__all__ = ["Away", "Woken", "listening"]
