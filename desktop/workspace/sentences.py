"""The vault's known errors and the gate's refusals, as sentences for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Never

from consent.errors import NotDisclosedError
from desktop.errors import InUseError, NothingFoundError, SignInError, WorkspaceError
from fhir.limits import MAX_DOCUMENT_BYTES
from storage.errors import InUseError as VaultInUseError
from storage.errors import ReceiptError, SignatureError, StorageError, UnknownItemError
from storage.errors import SignInError as VaultSignInError

NOT_HERE = "There is no such record, or it may not be shown to you."


@contextmanager
def told() -> Iterator[None]:
    """Turn the vault's known errors and the gate's refusals into sentences for the user."""
    try:
        yield
    except VaultSignInError as error:
        raise SignInError(str(error)) from None
    except VaultInUseError as error:
        raise InUseError(str(error)) from None
    except NotDisclosedError as error:
        raise NothingFoundError(str(error)) from None
    except UnknownItemError:
        raise NothingFoundError(NOT_HERE) from None
    except StorageError as error:
        raise WorkspaceError(str(error)) from None


@contextmanager
def told_of_users(name: str, otherwise: str = "") -> Iterator[None]:
    """The same, where what may be missing is a user, or what `otherwise` says."""
    with told():
        try:
            yield
        except UnknownItemError:
            raise NothingFoundError(otherwise or f"There is no user {name} in this vault.") from None


@contextmanager
def receipt_told() -> Iterator[None]:
    """A receipt that does not hold is the answer "no"."""
    try:
        yield
    except ReceiptError as error:
        raise NothingFoundError(str(error)) from None


def read_receipt(file: Path) -> bytes:
    return _read(file, "The receipt cannot be read.")


@contextmanager
def signature_told() -> Iterator[None]:
    """A signature that does not hold is the answer "no"."""
    try:
        yield
    except SignatureError as error:
        raise NothingFoundError(str(error)) from None


def read_signed(file: Path) -> bytes:
    return _read(file, "The file of choices cannot be read.")


def not_signed() -> Never:
    """The answer "no" for a file that bears no signature."""
    raise NothingFoundError("The file is not signed, or not in a way that this program can check.")


def _read(file: Path, sentence: str) -> bytes:
    try:
        if file.is_file() and file.stat().st_size <= MAX_DOCUMENT_BYTES:
            return file.read_bytes()
    except OSError:
        pass
    raise WorkspaceError(sentence)
