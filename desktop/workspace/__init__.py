"""The one application service under the windows and the command line, and the only place where storage meets consent.

Qt-free. What is named here is loaded when it is first asked for, so that the sign-in window, which needs only the names
of users (`desktop.workspace.names`), does not wait for all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.workspace.places import default_vault
    from desktop.workspace.service import (
        Workspace,
        as_audit_event,
        check_files,
        check_receipt,
        cipher_version,
        whose_signature,
    )

__all__ = [
    "Workspace",
    "as_audit_event",
    "check_files",
    "check_receipt",
    "cipher_version",
    "default_vault",
    "whose_signature",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    from desktop.workspace import service

    return getattr(service, name)
