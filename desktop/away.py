"""Hears from a Linux desktop that whoever sits here goes away: the computer is put to sleep, or the screen is locked.

logind tells on the system bus, screen savers on the session bus. Sleep is held up until the window has locked, for as
long as logind lets us (seconds). Without a bus, or on another system, nothing is heard and nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import SLOT, QObject, Signal, Slot

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


def listening(parent: QObject) -> Away | None:
    """Hears it for as long as `parent` lives; None where this system has no buses to hear it from."""
    try:
        from PySide6.QtDBus import QDBusConnection
    except ImportError:
        return None
    return Away(QDBusConnection.systemBus(), QDBusConnection.sessionBus(), parent)


def _slot(signature: str) -> Any:
    """As QDBusConnection.connect takes it: text, though its annotations say bytes (PySide 6.8 to 6.11)."""
    return SLOT(signature)


__all__ = ["Away", "listening"]
