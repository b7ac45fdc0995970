"""Suspend and screen lock lock the window: told over a real bus of the test's own, with a stand-in for logind on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import shiboken6
from conftest import Driver

pytest.importorskip("PySide6.QtDBus")

from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusUnixFileDescriptor, QDBusVirtualObject

from desktop.away import Away, Woken

MANAGER = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep")


class Logind(QDBusVirtualObject):
    """Answers *Inhibit* with a descriptor, and tells from the other end of the pipe whether it is still held."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[object]] = []
        self._ends: list[int] = []

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:  # noqa: N802
        self.asked.append(message.arguments())
        read, write = os.pipe()
        os.set_blocking(read, False)
        self._ends.append(read)
        connection.send(message.createReply([QDBusUnixFileDescriptor(write)]))
        os.close(write)
        return True

    def introspect(self, path: str) -> str:
        return ""

    def held(self, which: int = -1) -> bool:
        """Whether a descriptor that was given is still open somewhere."""
        try:
            return bool(os.read(self._ends[which], 1))
        except BlockingIOError:
            return True

    def close(self) -> None:
        for end in self._ends:
            os.close(end)


@dataclass
class Buses:
    """Two connections to one private bus: ours, and that of whoever sends."""

    ours: QDBusConnection
    others: QDBusConnection
    logind: Logind
    hearing: list[Away] = field(default_factory=list)

    def away(self, driver: Driver) -> Away:
        """What hears of our bus that somebody goes away."""
        self.hearing.append(Away(self.ours, self.ours, driver.window))
        return self.hearing[-1]

    def send(self, path: str, interface: str, name: str, *arguments: object) -> None:
        message = QDBusMessage.createSignal(path, interface, name)
        message.setArguments(list(arguments))
        assert self.others.send(message)


@pytest.fixture
def buses(qapp: object) -> Iterator[Buses]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("this system has no dbus-daemon")
    command = ["dbus-daemon", "--session", "--print-address", "--nofork"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            address = daemon.stdout.readline().strip()
            names = [f"{address} {which}" for which in ("ours", "others")]
            ours, others = (QDBusConnection.connectToBus(address, name) for name in names)
            logind = Logind()
            assert others.registerVirtualObject("/org/freedesktop/login1", logind)
            assert others.registerService("org.freedesktop.login1")
            buses = Buses(ours, others, logind)
            yield buses
            # First what a connection knows, then the connection: its own thread takes leave of what is still there,
            # and must not find it half gone.
            for known in (*buses.hearing, logind):
                shiboken6.delete(known)
            for name in names:
                QDBusConnection.disconnectFromBus(name)
            logind.close()
        finally:
            daemon.terminate()


LOCKS = {
    "sleep": (*MANAGER, True),
    "logind locks the session": ("/org/freedesktop/login1/session/_32", "org.freedesktop.login1.Session", "Lock"),
    "a screen saver": ("/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged", True),
    "that of GNOME": ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged", True),
}
OTHERS = {
    "waking": (*MANAGER, False),
    "the screen is free again": ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged", False),
    "another signal": ("/org/freedesktop/login1", "org.freedesktop.login1.Manager", "SessionNew"),
}


@pytest.mark.parametrize("signal", LOCKS)
def test_going_away_locks_the_window(driver: Driver, buses: Buses, signal: str) -> None:
    driver.sign_in()
    driver.open()
    away = buses.away(driver)
    away.left.connect(driver.window.lock_if_open)
    buses.send(*LOCKS[signal])
    driver.qtbot.waitUntil(lambda: driver.window.session.user is None)
    driver.settle()  # it is closed after what is under way in it
    assert driver.vault.workspaces[0].closed
    assert "Ellison" not in driver.texts()


@pytest.mark.parametrize("signal", OTHERS)
def test_coming_back_and_other_signals_do_not(driver: Driver, buses: Buses, signal: str) -> None:
    driver.sign_in()
    away = buses.away(driver)
    heard: list[str] = []
    away.left.connect(lambda: heard.append("left"))
    buses.send(*OTHERS[signal])
    buses.send(*LOCKS["a screen saver"])  # what is sent first arrives first
    driver.qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["left"]


def test_sleep_is_held_up_until_the_window_has_locked_and_again_after_waking(driver: Driver, buses: Buses) -> None:
    driver.sign_in()
    away = buses.away(driver)
    driver.qtbot.waitUntil(lambda: away._held is not None)
    assert buses.logind.asked[0][0] == "sleep"
    assert buses.logind.asked[0][3] == "delay"
    held: list[bool] = []
    away.left.connect(driver.window.lock_if_open)
    away.left.connect(lambda: held.append(driver.window.session.user is None and buses.logind.held()))
    buses.send(*MANAGER, True)
    driver.qtbot.waitUntil(lambda: not buses.logind.held())
    assert held == [True], "locked first, then let go"
    buses.send(*MANAGER, False)
    driver.qtbot.waitUntil(lambda: len(buses.logind.asked) == 2 and away._held is not None)
    assert buses.logind.held()


def test_without_a_bus_nothing_is_heard_and_nothing_is_said(driver: Driver, capfd: pytest.CaptureFixture[str]) -> None:
    closed = QDBusConnection("no such connection")
    Away(closed, closed, driver.window)
    driver.sign_in()
    driver.settle()
    assert driver.window.session.user is not None
    assert capfd.readouterr() == ("", "")


def test_leaving_a_locked_window_changes_nothing(driver: Driver) -> None:
    driver.window.lock_if_open()
    assert driver.window.session.user is None
    driver.sign_in()
    driver.window.lock_if_open()
    driver.window.lock_if_open()
    assert len(driver.vault.workspaces) == 1


def test_a_computer_that_slept_is_locked_when_it_wakes(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Woken, "BEAT_MS", 1)
    clock = [1000.0]
    driver.sign_in()
    driver.open()
    woken = Woken(driver.window, lambda: clock[-1])
    woken.left.connect(driver.window.lock_if_open)
    clock.append(clock[-1] + Woken.SLEPT_S + 1)
    driver.qtbot.waitUntil(lambda: driver.window.session.user is None)
    assert "Ellison" not in driver.texts()


def test_a_clock_that_goes_as_clocks_go_locks_nothing(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Woken, "BEAT_MS", 1)
    beats: list[float] = []

    def now() -> float:
        beats.append(0)
        return 1000.0 + 2 * len(beats)

    woken = Woken(driver.window, now)
    heard: list[str] = []
    woken.left.connect(lambda: heard.append("left"))
    driver.qtbot.waitUntil(lambda: len(beats) > 20)
    assert heard == []
