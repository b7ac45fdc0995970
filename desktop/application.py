"""Starts the window: core dumps off first, then the application, its look, and the vault to sign in to."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from desktop.away import listening
from desktop.hardening import harden
from desktop.session import OnDisk, Session, Vault
from desktop.settings import Settings
from desktop.theme import style
from desktop.translations import speak
from desktop.views.window import LOCK_AFTER_MS, Window
from desktop.widgets import accessible


def run(vault: Path | None = None) -> int:
    """Open the window on a vault (the user's own when left out) and stay until it closes; returns the exit code."""
    harden()
    application = make_application()
    settings = Settings()
    speak(application, QLocale())
    style.apply(application, settings.look())
    from desktop.workspace.places import default_vault

    window = open_window(OnDisk(vault if vault is not None else default_vault()), settings)
    window.show()
    listening(window, window.lock_if_open)
    return application.exec()


def make_application() -> QApplication:
    """The one application object, made if there is none yet."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    QCoreApplication.setApplicationName("OneStory")
    QCoreApplication.setOrganizationName("OneStory")
    return application


def open_window(vault: Vault, settings: Settings, *, lock_after_ms: int = LOCK_AFTER_MS) -> Window:
    """A window on a vault, as large as it was left."""
    accessible.install()
    window = Window(Session(vault), settings, lock_after_ms=lock_after_ms)
    if not window.restoreGeometry(settings.geometry()):
        window.resize(1440, 900)
    return window
