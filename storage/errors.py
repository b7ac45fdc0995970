"""Errors of the vault. Every message is one plain sentence without record content or key material.

StorageError
├── SignInError             wrong passphrase, unknown user and damaged slot alike, always the same sentence
├── RecoveryKeyError        the recovery key is mistyped or belongs to another vault
├── NoKeyringError          the operating system's keyring is not there, or did not answer
├── VaultError              this vault cannot be used as it stands
│   ├── VaultMissingError   no vault, or no key file, at that place
│   ├── VaultExistsError    something is already there; nothing is overwritten
│   ├── NotAVaultError      empty, truncated, foreign, plain SQLite or damaged
│   ├── NewerVaultError     made by a newer version of this program
│   ├── KeyFileError        the key file is damaged in both copies, or asks for absurd work
│   └── InUseError          another process has it open
├── BackupError             no whole backup of this vault, or its file is there already
├── NameTakenError          there is a user of that name already
├── UserStaysError          this user cannot be removed
├── MatchError              two people who cannot be joined, kept apart or split as asked
├── WriteError              a write failed (disk full, read-only); nothing was changed
│   └── UnfinishedError     a change was made, but its last step waits for the next sign-in
├── UnknownItemError        no such import, entry or principal, or none that this user may read (also a KeyError)
├── TamperedError           sealed content does not belong where it stands
├── ReceiptError            a receipt does not prove what it says
├── SignatureError          a signature does not hold
└── ClosedError             the session is closed
"""

from __future__ import annotations


class StorageError(Exception):
    """Anything this package raises on purpose."""


class SignInError(StorageError):
    """The name and passphrase do not open this vault."""

    def __init__(self) -> None:
        super().__init__("The name or passphrase is not right for this vault.")


class RecoveryKeyError(StorageError):
    """The recovery key does not open this vault."""


class NoKeyringError(StorageError):
    """The operating system's keyring cannot be used."""


class VaultError(StorageError):
    """A vault that cannot be used as it stands."""


class VaultMissingError(VaultError):
    """There is no vault at that place."""


class VaultExistsError(VaultError):
    """Something is already there."""


class NotAVaultError(VaultError):
    """The file is not a vault of this program, or is damaged."""


class NewerVaultError(VaultError):
    """The vault was made by a newer version."""


class KeyFileError(VaultError):
    """The key file cannot be used."""


class InUseError(VaultError):
    """The vault is open elsewhere."""


class BackupError(StorageError):
    """A backup that cannot be made or put back."""


class NameTakenError(StorageError):
    """There is a user of that name already."""


class UserStaysError(StorageError):
    """A user who cannot be removed."""


class MatchError(StorageError):
    """Two people who cannot be joined, kept apart or split as asked."""


class WriteError(StorageError):
    """A write failed and nothing was changed."""


class UnfinishedError(WriteError):
    """A change was made; what is left of it is completed at the next sign-in."""


class UnknownItemError(StorageError, KeyError):
    """Nothing by that id that this user may read."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class TamperedError(StorageError):
    """Sealed content that is not what was sealed there."""


class ReceiptError(StorageError):
    """A receipt that does not prove what it says."""


class SignatureError(StorageError):
    """A signed document that is not as it was signed, or whose signature cannot be checked."""


class ClosedError(StorageError):
    """The session has been closed."""

    def __init__(self) -> None:
        super().__init__("The vault is locked; sign in again.")
