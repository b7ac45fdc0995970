"""The keyring package with a backend of ours that keeps what it is given in memory.

Backends are how that package is meant to be extended, and a real service is not on every machine that runs tests.
"""

from __future__ import annotations

from typing import Any


def backend(keyring: Any, name: str = "InMemory", *, module: str = __name__, fails: str = "") -> Any:
    """A keyring that keeps what it is given in `kept`, and raises where a method is to fail."""
    kept: dict[tuple[str, str], str] = {}

    def guarded(what: str) -> None:
        if what == fails:
            raise keyring.errors.KeyringLocked("zqsecret: the prompt was dismissed")

    def put(_self: Any, service: str, account: str, text: str) -> None:
        guarded("put")
        kept[service, account] = text

    def get(_self: Any, service: str, account: str) -> str | None:
        guarded("get")
        return kept.get((service, account))

    def forget(_self: Any, service: str, account: str) -> None:
        guarded("forget")
        del kept[service, account]

    body = {"priority": 9, "set_password": put, "get_password": get, "delete_password": forget, "kept": kept}
    return type(name, (keyring.backend.KeyringBackend,), body | {"__module__": module})()


class Ring:
    """The keyring package, and the backend that is in use."""

    def __init__(self, package: Any) -> None:
        self.package = package
        self.use(backend(package))

    def use(self, made: Any) -> None:
        """From now on this one."""
        self.backend = made
        self.package.set_keyring(made)

    @property
    def kept(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = self.backend.kept
        return found
