"""What the window remembers between starts: size, and for each user their colours, text size, whether they read
Easy Read, which parts they list, what they group each part by, how wide they made columns and panes, and in which of
their posts they worked last.

Never anything from a record. A user is told apart by a digest of their name, so that the settings name nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QSettings

from desktop.theme.tokens import Look, make


class Settings:
    """A user's window settings, kept by the platform. `store` may be given, for tests."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store if store is not None else QSettings("OneStory", "OneStory")

    def look(self, user: str = "") -> Look:
        """The theme and text scale a user chose last, or whoever chose last; light at 100 % when nothing usable was
        kept."""
        scale = str(self._of(user, "look/scale", self._store.value("look/scale", "100")))
        theme = str(self._of(user, "look/theme", self._store.value("look/theme", "light")))
        return make(theme, int(scale) if scale.isdigit() else 100)

    def keep_look(self, look: Look, user: str = "") -> None:
        """Remember a theme and text scale: for the next start, and for this user."""
        for place in ("", *([_place(user)] if user else [])):
            self._store.setValue(f"{place}look/theme", look.theme)
            self._store.setValue(f"{place}look/scale", str(look.scale))

    def easy(self, user: str = "") -> bool:
        """Whether a user reads their own screens in Easy Read; of nobody, whether whoever came last does."""
        return str(self._of(user, "words/easy", "no") if user else self._store.value("words/easy", "no")) == "yes"

    def keep_easy(self, easy: bool, user: str = "") -> None:
        """Remember that."""
        for place in ("", *([_place(user)] if user else [])):
            self._store.setValue(f"{place}words/easy", "yes" if easy else "no")

    def lists_everything(self, user: str) -> bool:
        """Whether a user wants every part of a record listed, also those without entries."""
        return str(self._of(user, "parts/everything", "no")) == "yes"

    def keep_lists_everything(self, user: str, everything: bool) -> None:
        """Remember that."""
        self._store.setValue(f"{_place(user)}parts/everything", "yes" if everything else "no")

    def grouping(self, user: str, section: str) -> str:
        """What a user groups a section's list by; empty for nothing."""
        return str(self._of(user, f"group/{section}", ""))

    def keep_grouping(self, user: str, section: str, by: str) -> None:
        """Remember that."""
        self._store.setValue(f"{_place(user)}group/{section}", by)

    def arrangement(self, user: str) -> UserArrangement:
        """How a user set out columns and panes."""
        return UserArrangement(self._store, f"{_place(user)}arranged/")

    def last_post(self, user: str) -> str:
        """The id of the post that a user of several worked in last; empty where they never chose."""
        return str(self._of(user, "work/post", ""))

    def keep_last_post(self, user: str, post: str) -> None:
        """Remember that."""
        self._store.setValue(f"{_place(user)}work/post", post)

    def _of(self, user: str, key: str, otherwise: object) -> object:
        found: object = self._store.value(f"{_place(user)}{key}") if user else None
        return otherwise if found is None else found

    def geometry(self) -> QByteArray:
        """The window's size and place as Qt packs it; empty the first time."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep_geometry(self, geometry: QByteArray) -> None:
        """Remember the window's size and place."""
        self._store.setValue("window/geometry", geometry)


class UserArrangement:
    """The shares of columns and panes of one user (`desktop.widgets.arrangement`), under a key of the settings."""

    def __init__(self, store: QSettings, key: str) -> None:
        self._store, self._key = store, key

    def shares(self, place: str) -> tuple[int, ...]:
        """The shares of a place; empty where nothing usable was kept."""
        parts = str(self._store.value(f"{self._key}{place}") or "").split()
        return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else ()

    def keep(self, place: str, shares: Sequence[int]) -> None:
        """Remember them."""
        self._store.setValue(f"{self._key}{place}", " ".join(map(str, shares)))

    def reset(self) -> None:
        """Forget those of every place."""
        self._store.remove(self._key.rstrip("/"))


def _place(user: str) -> str:
    return f"users/{hashlib.sha256(user.encode()).hexdigest()[:16]}/"
