"""Names of a vault's users, for the sign-in list: all that is needed of a vault before somebody signs in."""

from __future__ import annotations

from pathlib import Path

from desktop.workspace.sentences import told
from storage import slots


def user_names(vault: Path) -> list[str]:
    """Names of a vault's users, readable without a key. Raises WorkspaceError where there is no vault."""
    with told():
        return slots.read(vault).names()


def keyring_users(vault: Path) -> list[str]:
    """Names of the users who asked that this computer's keyring may open it; readable without a key, too."""
    with told():
        header = slots.read(vault)
        return [name for name in header.names() if header.by_keyring(name)]
