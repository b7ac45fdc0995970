"""Where a vault and its anchors are kept, and what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_data_path, user_state_path


def default_vault() -> Path:
    """The vault in the user data folder."""
    return user_data_path("OneStory", appauthor=False) / "onestory.vault"


def default_anchors() -> Path:
    """The folder, outside every vault, where the last heads of access logs are noted."""
    return user_state_path("OneStory", appauthor=False) / "anchors"


def instants(now: datetime | None) -> Callable[[], str]:
    def instant() -> str:
        return (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return instant
