"""What the window remembers between starts: theme, text scale and its size. Never anything from a record."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings

from desktop.theme.tokens import Look, make


class Settings:
    """A user's window settings, kept by the platform. `store` may be given, for tests."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store if store is not None else QSettings("OneStory", "OneStory")

    def look(self) -> Look:
        """The theme and text scale chosen last; light at 100 % when nothing usable was kept."""
        scale = str(self._store.value("look/scale", "100"))
        return make(str(self._store.value("look/theme", "light")), int(scale) if scale.isdigit() else 100)

    def keep_look(self, look: Look) -> None:
        """Remember a theme and text scale."""
        self._store.setValue("look/theme", look.theme)
        self._store.setValue("look/scale", str(look.scale))

    def geometry(self) -> QByteArray:
        """The window's size and place as Qt packs it; empty the first time."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep_geometry(self, geometry: QByteArray) -> None:
        """Remember the window's size and place."""
        self._store.setValue("window/geometry", geometry)
