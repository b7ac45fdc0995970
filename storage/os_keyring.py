"""The operating system's keyring, for one secret per vault and user; `keyring` is an optional package.

The secret is random and opens one further slot of the key file (`storage.slots`); a passphrase is never put there. Only
keyrings that the system guards are used: not those that write to a plain file, and none that stands for "there is
none". Everything that can go wrong ends in a `NoKeyringError` with one plain sentence.
"""

from __future__ import annotations

import base64
import binascii
import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from storage.errors import NoKeyringError

SERVICE = "OneStory"
_NOT_INSTALLED = "The keyring support is not installed on this computer; install OneStory with its keyring extra."
_NONE = "No keyring service was found on this computer; go on using the passphrase."
_REFUSED = "The keyring of this computer is locked or did not answer; use the passphrase."
_NOT_SAFE = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""Where keyrings come from that keep nothing, or keep it in the clear."""

Answer = TypeVar("Answer")


def put(vault_id: bytes, user: str, secret: bytes) -> None:
    """Keep a secret, and read it back. Raises NoKeyringError; then nothing is kept."""
    account = _account(vault_id, user)
    text = base64.b64encode(secret).decode()
    keyring = _keyring()
    _asked(lambda: keyring.set_password(SERVICE, account, text))
    if get(vault_id, user) != secret:
        with suppress(NoKeyringError):
            forget(vault_id, user)
        raise NoKeyringError(_REFUSED)


def get(vault_id: bytes, user: str) -> bytes | None:
    """The secret that is kept; None where there is none. Raises NoKeyringError."""
    account, keyring = _account(vault_id, user), _keyring()
    text = _asked(lambda: keyring.get_password(SERVICE, account))
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        return None


def forget(vault_id: bytes, user: str) -> None:
    """Keep it no more. Raises NoKeyringError where that cannot be done; nothing happens where there is none."""
    account, keyring = _account(vault_id, user), _keyring()
    if _asked(lambda: keyring.get_password(SERVICE, account)) is not None:
        _asked(lambda: keyring.delete_password(SERVICE, account))


def _account(vault_id: bytes, user: str) -> str:
    return f"{vault_id.hex()} {user}"


def _keyring() -> Any:
    """The keyring in use. Raises NoKeyringError where there is none that the system guards."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise NoKeyringError(_NOT_INSTALLED) from None
    found = _asked(keyring.get_keyring)
    if not all(_guarded(one) for one in getattr(found, "backends", (found,))):
        raise NoKeyringError(_NONE)
    return found


def _guarded(backend: object) -> bool:
    return not type(backend).__module__.startswith(_NOT_SAFE)


def _asked(ask: Callable[[], Answer]) -> Answer:
    """An answer of the keyring. Its backends raise what they like, and some put what they were asked into it."""
    try:
        return ask()
    except Exception:  # noqa: BLE001 - a keyring that fails is a keyring that is not there
        raise NoKeyringError(_REFUSED) from None


__all__ = ["SERVICE", "forget", "get", "put"]
