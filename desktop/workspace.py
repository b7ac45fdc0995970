"""The one application service under the windows and the command line, and the only place where storage meets consent.

Qt-free. A `Workspace` is one signed-in user in one vault; closing it forgets the keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from consent.disclosure import DisclosedRecord
from consent.request import Relationship
from desktop.reports import Cancelled, DropReport, Original, PersonRow, Progress, UserRow
from fhir.entries import EntryId, PersonId


class Workspace:
    """One signed-in user in one vault. Made by `create` or `sign_in`; safe to use from one thread at a time."""

    user: UserRow
    test_data: bool

    @classmethod
    def sign_in(cls, vault: Path, user: str, passphrase: str, *, now: datetime | None = None) -> Workspace:
        """Open a vault. Raises WorkspaceError with one and the same sentence for every wrong answer."""
        raise NotImplementedError

    @staticmethod
    def user_names(vault: Path) -> list[str]:
        """Names of a vault's users, for the sign-in list."""
        raise NotImplementedError

    def people(self, query: str = "") -> list[PersonRow]:
        """People who match a name, NHS number or date of birth in any usual form; all when empty (newest 200)."""
        raise NotImplementedError

    def open_person(
        self,
        person: PersonId,
        *,
        purpose: str = "TREAT",
        relationship: Relationship = "present",
        reason: str = "",
    ) -> DisclosedRecord:
        """What this user may see of a person now. The access is logged before this returns."""
        raise NotImplementedError

    def original(self, entry: EntryId) -> Original:
        """The source bytes behind an entry, unchanged, or the redacted entry. Raises WorkspaceError if not released."""
        raise NotImplementedError

    def check(self, paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport:
        """Read and check without storing."""
        raise NotImplementedError

    def import_files(self, paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport:
        """Store a drop: one transaction per document; cancelling keeps whole documents only."""
        raise NotImplementedError

    def undo(self, import_id: str) -> int:
        """Take one import back as a whole; returns how many entries went."""
        raise NotImplementedError

    def users(self) -> list[UserRow]:
        """Users of this vault."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the vault and forget the keys. Safe to call twice."""
        raise NotImplementedError
