"""The one application service under the windows and the command line.

Qt-free. A `Workspace` is one signed-in user in one vault; closing it forgets the keys. Everything shown comes from
`open_person`, through the gate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from consent.choices import SignedBy
from consent.limits import limits
from consent.ports import AccessEvent
from desktop.errors import WorkspaceError
from desktop.reports import (
    Cancelled,
    ChoosePost,
    DropReport,
    Progress,
    UserRow,
    first_post,
)
from desktop.workspace.choices import Choices
from desktop.workspace.keys import check_passphrase, check_role, new_user, tidy, write_secret
from desktop.workspace.labels import LabelOffice
from desktop.workspace.office import PrivacyOffice
from desktop.workspace.places import default_anchors, default_vault, instants
from desktop.workspace.records import Records
from desktop.workspace.sentences import not_signed, read_receipt, read_signed, receipt_told, signature_told, told
from desktop.workspace.signed_in import post_row
from desktop.workspace.stores import signed_by
from fhir.checking_pool import CheckingPool
from storage import receipts, signed_bundles
from storage.audit_event import LoggedEvent, to_fhir
from storage.connection import cipher_version
from storage.errors import SignInError
from storage.session import Session
from storage.vault import Unlocked, Vault

__all__ = [
    "Workspace",
    "as_audit_event",
    "check_files",
    "check_receipt",
    "cipher_version",
    "default_vault",
    "whose_signature",
]


def check_receipt(file: Path) -> receipts.Checked:
    """Check a receipt by itself, without a vault. Raises NothingFoundError where it does not hold."""
    with receipt_told():
        return receipts.verify(read_receipt(file))


def whose_signature(file: Path) -> SignedBy:
    """Whose signature a file of choices bears, without a vault. Raises NothingFoundError where it bears none, or none
    that holds."""
    with signature_told():
        found = signed_bundles.verify(read_signed(file))
    return signed_by(found.by) if found is not None else not_signed()


def as_audit_event(event: LoggedEvent) -> dict[str, Any]:
    """One event of the access log as a FHIR AuditEvent."""
    return to_fhir(event)


def check_files(paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport:
    """Read and check without storing; needs no vault."""
    from desktop.importing import check_drop

    with CheckingPool() as pool:
        return check_drop(paths, pool, progress, cancelled)


def _chosen(unlocked: Unlocked, choose: ChoosePost) -> str:
    """The post that is entered, by its id; the vault is let go of where none is chosen."""
    try:
        posts = [post_row(one) for one in unlocked.posts]
        return choose(posts).post
    except BaseException:
        unlocked.close()
        raise


def _clock(now: datetime | None) -> Callable[[], datetime]:
    return (lambda: now) if now is not None else (lambda: datetime.now(UTC))


class Workspace(PrivacyOffice, Choices, LabelOffice, Records):
    """One signed-in user in one vault. Made by `sign_in`; usable from any thread, one call at a time."""

    @staticmethod
    def create(
        vault: Path,
        user: str,
        role: str,
        organisation: str,
        passphrase: str,
        *,
        test_data: bool = False,
        identities: bool = False,
        key_file: Path | None = None,
        now: datetime | None = None,
        anchors: Path | None = None,
    ) -> str:
        """Make a vault and its first user; returns the recovery key, which is kept nowhere (or only in `key_file`).

        `identities`: identities that the law protects may come into it, so that nobody from whom one may be kept is
        ever told that nothing is recorded; otherwise that is so from the first that comes.
        """
        check_role(role, test_data=test_data)
        check_passphrase(passphrase)
        if key_file is not None and key_file.exists():
            raise WorkspaceError("The recovery key file is already there; nothing was overwritten.")
        with told():
            created = Vault.create(
                vault,
                new_user(user, role, tidy(organisation)),
                passphrase,
                test_data=test_data,
                carries=limits().held(limits().identities) if identities else (),
                clock=instants(now),
                anchors=anchors or default_anchors(),
            )
            created.session.close()
        if key_file is not None:
            write_secret(key_file, created.recovery_key)
        return created.recovery_key

    @classmethod
    def sign_in(
        cls,
        vault: Path,
        user: str,
        passphrase: str,
        *,
        choose: ChoosePost = first_post,
        now: datetime | None = None,
        anchors: Path | None = None,
    ) -> Workspace:
        """Open a vault. Raises SignInError with one and the same sentence for every wrong answer.

        `choose` says which of their posts its user is at work in, by default the first; only that post's keys are
        taken into use. `anchors` is where the last heads of access logs are noted, by default in the user state folder.
        """
        with told():
            unlocked = Vault.unlock(vault, user, passphrase, clock=instants(now), anchors=anchors or default_anchors())
            session = unlocked.enter(_chosen(unlocked, choose), passphrase)
        return cls._at_work(session, _clock(now))

    @classmethod
    def sign_in_by_keyring(
        cls,
        vault: Path,
        user: str,
        *,
        choose: ChoosePost = first_post,
        now: datetime | None = None,
        anchors: Path | None = None,
    ) -> Workspace:
        """Open a vault with the secret that this computer's keyring holds for a user who asked for that
        (`use_keyring`). Raises WorkspaceError where there is no keyring, or where it does not open theirs."""
        with told():
            try:
                unlocked, secret = Vault.unlock_by_keyring(
                    vault, user, clock=instants(now), anchors=anchors or default_anchors()
                )
            except SignInError:
                raise WorkspaceError(
                    "This computer's keyring does not open this vault for you; use the passphrase."
                ) from None
            session = unlocked.enter(_chosen(unlocked, choose), secret=secret)
        return cls._at_work(session, _clock(now), by="keyring")

    def work_as(self, post: UserRow) -> Workspace:
        """The same user at work in another of their posts; this workspace is closed by it."""
        self._let_go()
        with told():
            session = self._session.as_post(post.post)
        return self._at_work(session, self._clock)

    @classmethod
    def _at_work(cls, session: Session, clock: Callable[[], datetime], *, by: str = "") -> Workspace:
        """The workspace of a session that has just begun: said in the access log, with the post. Where that fails the
        session is closed."""
        try:
            workspace = cls(session, clock)
            with told():
                session.record(AccessEvent("sign-in", reason=by))
                if session.warnings:
                    session.record(AccessEvent("alarm", reason=" ".join(session.warnings), outcome="8"))
                session.tell_due()
            if session.user.custodian:
                workspace.settle_choices()
        except BaseException:
            session.close()
            raise
        return workspace
