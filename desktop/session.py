"""Who is signed in, and the only way from windows to workspace: every call as a job, in order.

`close` lets go of the workspace at once for the windows, and on the worker as soon as what
runs there has stopped. Knows no widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal

from consent.disclosure import DisclosedRecord
from consent.request import Relationship, Request
from desktop.errors import PostError, WorkspaceError
from desktop.jobs import Job, Jobs, Result
from desktop.models.tongue import ours
from desktop.reports import (
    Cancelled,
    ChoosePost,
    DropReport,
    LatelyRow,
    Original,
    PersonRow,
    Progress,
    RestoreDone,
    UserRow,
    first_post,
    never,
    no_progress,
)
from fhir.entries import EntryId, PersonId

if TYPE_CHECKING:
    from desktop.contributing import Contributed
    from desktop.exporting import Prepared
    from desktop.models.chronicle import Filters

Failed = Callable[[str], None]

UNEXPECTED = "Something unexpected went wrong. Nothing was changed. Try again, and tell your support team if it stays."


class Opened(Protocol):
    """What the windows need of a signed-in workspace; `desktop.workspace.Workspace` satisfies it."""

    user: UserRow
    posts: tuple[UserRow, ...]
    test_data: bool
    warnings: tuple[str, ...]
    changes: int

    def people(self, query: str = "") -> list[PersonRow]: ...

    def lately(self) -> list[LatelyRow]: ...

    def remember_opened(self, person: PersonId, relationship: Relationship) -> None: ...

    def open_person(
        self, person: PersonId, *, purpose: str = ..., relationship: Relationship = ..., reason: str = ...
    ) -> DisclosedRecord: ...

    def original(self, entry: EntryId) -> Original: ...

    def import_files(self, paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport: ...

    def undo(self, import_id: str) -> int: ...

    def prepare_export(
        self,
        person: PersonId,
        form: str,
        *,
        audience: str = ...,
        purpose: str = ...,
        relationship: Relationship = ...,
        reason: str = ...,
        listed: Filters | None = ...,
    ) -> Prepared: ...

    def hand_out(self, prepared: Prepared, out: Path | None) -> None: ...

    def draft(self, person: PersonId, kind: str = ...) -> bytes: ...

    def keep_draft(self, person: PersonId, content: bytes, kind: str = ...) -> None: ...

    def contribute(self, person: PersonId, data: bytes, *, relationship: Relationship = ...) -> Contributed: ...

    def work_as(self, post: UserRow) -> Opened: ...

    def close(self) -> None: ...


class Vault(Protocol):
    """A vault that can be signed in to; `OnDisk` is the real one."""

    def user_names(self) -> list[str]: ...

    def keyring_users(self) -> list[str]: ...

    def sign_in(self, user: str, passphrase: str, *, choose: ChoosePost = ...) -> Opened: ...

    def sign_in_by_keyring(self, user: str, *, choose: ChoosePost = ...) -> Opened: ...

    def restore(
        self,
        file: Path,
        user: str,
        passphrase: str,
        *,
        choose: ChoosePost = ...,
        progress: Progress = ...,
        cancelled: Cancelled = ...,
    ) -> RestoreDone: ...


class OnDisk:
    """A vault in the file system. `now` and `anchors` as in `Workspace.sign_in`."""

    def __init__(self, path: Path, now: datetime | None = None, anchors: Path | None = None) -> None:
        self._path, self._now, self._anchors = path, now, anchors

    def user_names(self) -> list[str]:
        """Names of the vault's users. Raises WorkspaceError where there is no vault."""
        from desktop.workspace.names import user_names

        return user_names(self._path)

    def sign_in(self, user: str, passphrase: str, *, choose: ChoosePost = first_post) -> Opened:
        """The workspace of a user. Raises SignInError for every wrong answer."""
        from desktop.workspace import Workspace

        return Workspace.sign_in(self._path, user, passphrase, choose=choose, now=self._now, anchors=self._anchors)

    def keyring_users(self) -> list[str]:
        """Names of those for whom this computer's keyring may open the vault."""
        from desktop.workspace.names import keyring_users

        return keyring_users(self._path)

    def sign_in_by_keyring(self, user: str, *, choose: ChoosePost = first_post) -> Opened:
        """The workspace of a user whom the keyring opens it for. Raises WorkspaceError in one sentence."""
        from desktop.workspace import Workspace

        return Workspace.sign_in_by_keyring(self._path, user, choose=choose, now=self._now, anchors=self._anchors)

    def restore(
        self,
        file: Path,
        user: str,
        passphrase: str,
        *,
        choose: ChoosePost = first_post,
        progress: Progress = no_progress,
        cancelled: Cancelled = never,
    ) -> RestoreDone:
        """Put a backup in place of the vault, which nobody may have open. Raises WorkspaceError and leaves it."""
        from desktop.workspace import Workspace

        return Workspace.restore(
            self._path,
            file,
            user,
            passphrase,
            choose=choose,
            now=self._now,
            progress=progress,
            cancelled=cancelled,
        )


class SeveralPostsError(PostError):
    """A passphrase is right and its user works in several posts: which one is still to be said."""

    def __init__(self, posts: Sequence[UserRow]) -> None:
        super().__init__("Say which of your posts you are at work in.")
        self.posts = tuple(posts)


class Session(QObject):
    """One vault and at most one user at a time."""

    signed_in = Signal()
    closed = Signal()
    chosen = Signal(str)
    """Whose choices have just been saved: what was released of them before may not stand any longer."""
    changed = Signal()
    """Something that decides what may be shown of people was changed by whoever is signed in, in whichever window."""

    def __init__(self, vault: Vault, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._vault = vault
        self._workspace: Opened | None = None
        self._changes = 0
        self.jobs = Jobs(self)

    @property
    def user(self) -> UserRow | None:
        """Who is signed in; None while locked."""
        return self._workspace.user if self._workspace is not None else None

    @property
    def test_data(self) -> bool:
        """Whether the vault that is open is marked as holding test data."""
        return self._workspace is not None and self._workspace.test_data

    @property
    def warnings(self) -> tuple[str, ...]:
        """What signing in found wrong with the vault: an older copy put back, a log that was changed."""
        return self._workspace.warnings if self._workspace is not None else ()

    @property
    def posts(self) -> tuple[UserRow, ...]:
        """Who is signed in, in each post that they may work in; empty while locked."""
        return self._workspace.posts if self._workspace is not None else ()

    def user_names(self, done: Callable[[list[str]], None], failed: Failed) -> None:
        """Names for the sign-in list."""
        self.jobs.start(lambda _job: self._vault.user_names(), done, _said(failed))

    def keyring_users(self, done: Callable[[list[str]], None], failed: Failed) -> None:
        """Names of those who may sign in with this computer's keyring."""
        self.jobs.start(lambda _job: self._vault.keyring_users(), done, _said(failed))

    def sign_in(
        self,
        user: str,
        passphrase: str | None,
        failed: Failed,
        *,
        post: str = "",
        several: Callable[[Sequence[UserRow]], None] | None = None,
    ) -> None:
        """Sign in; `signed_in` follows, or `failed` with one sentence. Without a passphrase, with this computer's
        keyring.

        Where the user works in several posts and `post` is the id of none of them, `several` is told which there are,
        and nobody is signed in: no key of any post has been in use.
        """

        def chosen(posts: Sequence[UserRow]) -> UserRow:
            for one in posts:
                if one.post == post or len(posts) == 1:
                    return one
            raise SeveralPostsError(posts)

        def enter(_job: Job) -> Opened:
            choose = chosen if several is not None else first_post
            if passphrase is None:
                return self._vault.sign_in_by_keyring(user, choose=choose)
            return self._vault.sign_in(user, passphrase, choose=choose)

        def not_in(error: Exception) -> None:
            if isinstance(error, SeveralPostsError) and several is not None:
                several(error.posts)
            else:
                _said(failed)(error)

        self.jobs.start(enter, self._entered, not_in, dropped=_close)

    def work_as(self, post: UserRow, failed: Failed) -> None:
        """The same user at work in another post: nothing under way is delivered any more; `signed_in` follows.

        Where it fails nobody is signed in any more.
        """
        workspace = self._open_workspace()
        self.jobs.forget_all()
        self._workspace = None

        def change(_job: Job) -> Opened:
            try:
                return workspace.work_as(post)
            except BaseException:
                workspace.close()
                raise

        self.jobs.start(change, self._entered, _said(failed), always=True, dropped=_close)
        self.closed.emit()

    def people(self, query: str, done: Callable[[list[PersonRow]], None], failed: Failed) -> Job:
        """Find people."""
        return self._start(lambda workspace, _job: workspace.people(query), done, failed)

    def lately(self, done: Callable[[list[LatelyRow]], None], failed: Failed) -> Job:
        """Whom this user opened lately."""
        return self._start(lambda workspace, _job: workspace.lately(), done, failed)

    def remember_opened(self, person: PersonId, relationship: Relationship) -> None:
        """Remember that someone was opened; nobody waits for it."""
        workspace = self._open_workspace()
        self.jobs.finally_do(lambda: workspace.remember_opened(person, relationship))

    def open_person(
        self,
        person: PersonId,
        purpose: str,
        relationship: Relationship,
        reason: str,
        done: Callable[[DisclosedRecord], None],
        failed: Failed,
    ) -> None:
        """Open a person's record; the access is logged first."""

        def work(workspace: Opened, _job: Job) -> DisclosedRecord:
            return workspace.open_person(person, purpose=purpose, relationship=relationship, reason=reason)

        self._start(work, done, failed)

    def original(self, entry: EntryId, done: Callable[[Original], None], failed: Failed) -> None:
        """The source bytes behind an entry."""
        self._start(lambda workspace, _job: workspace.original(entry), done, failed)

    def prepare_export(
        self,
        request: Request,
        form: str,
        audience: str,
        reason: str,
        done: Callable[[Prepared], None],
        failed: Failed,
        listed: Filters | None = None,
    ) -> None:
        """What would leave of the record that was opened with `request`, for looking at first. `listed` narrows a
        timeline."""

        def work(workspace: Opened, _job: Job) -> Prepared:
            return workspace.prepare_export(
                request.person,
                form,
                audience=audience,
                purpose=request.purpose,
                relationship=request.relationship,
                reason=reason,
                listed=listed,
            )

        self._start(work, done, failed)

    def hand_out(self, prepared: Prepared, out: Path | None, done: Callable[[None], None], failed: Failed) -> None:
        """Write what was looked at to a new file, or have the log say that it is printed."""
        self._start(lambda workspace, _job: workspace.hand_out(prepared, out), done, failed)

    def draft(self, person: PersonId, done: Callable[[bytes], None], failed: Failed, kind: str = "") -> None:
        """What was begun about someone before."""
        self._start(lambda workspace, _job: workspace.draft(person, kind), done, failed)

    def keep_draft(self, person: PersonId, content: bytes, kind: str = "") -> None:
        """Keep what was begun, also where the window locks right after; nothing where it is locked already."""
        workspace = self._workspace
        if workspace is not None:
            self.jobs.finally_do(lambda: workspace.keep_draft(person, content, kind))

    def contribute(self, request: Request, data: bytes, done: Callable[[Contributed], None], failed: Failed) -> None:
        """Add one FHIR resource to the record that was opened with `request`."""

        def work(workspace: Opened, _job: Job) -> Contributed:
            return workspace.contribute(request.person, data, relationship=request.relationship)

        self._start(work, done, failed)

    def import_files(
        self, paths: Sequence[Path], done: Callable[[DropReport], None], failed: Failed, progress: Progress
    ) -> Job:
        """Import files and folders."""
        return self._start(
            lambda workspace, job: workspace.import_files(paths, job.progress, job.cancelled), done, failed, progress
        )

    def undo(self, import_ids: Sequence[str], done: Callable[[int], None], failed: Failed) -> None:
        """Take imports back, newest first; `done` gets how many entries went."""
        wanted = list(reversed(import_ids))
        self._start(lambda workspace, _job: sum(workspace.undo(import_id) for import_id in wanted), done, failed)

    def ask(self, work: Callable[[Any], Result], done: Callable[[Result], None], failed: Failed) -> Job:
        """Anything else of the workspace, as a job: `work` gets it and runs on the worker."""
        return self._start(lambda workspace, _job: work(workspace), done, failed)

    def run(
        self, work: Callable[[Any, Job], Result], done: Callable[[Result], None], failed: Failed, progress: Progress
    ) -> Job:
        """Long work: it gets the job beside the workspace, to say how far it is and to hear that it should stop."""
        return self._start(work, done, failed, progress)

    def restore(
        self,
        file: Path,
        user: str,
        passphrase: str,
        done: Callable[[RestoreDone], None],
        failed: Failed,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Job:
        """Sign whoever is signed in out, and put a backup in place of the vault: in the post that they are at work in,
        where the backup knows it, else in the first."""
        at_work = self.user

        def same(posts: Sequence[UserRow]) -> UserRow:
            return next((one for one in posts if at_work is not None and one.post == at_work.post), posts[0])

        def put_back(answer: RestoreDone) -> None:
            self.closed.emit()  # other people may sign in now
            done(answer)

        self.close()
        return self.jobs.start(
            lambda job: self._vault.restore(
                file, user, passphrase, choose=same, progress=job.progress, cancelled=job.cancelled
            ),
            put_back,
            _said(failed),
            progress,
        )

    def close(self) -> None:
        """Forget the user: nothing under way is delivered any more, and the vault closes behind it."""
        self.jobs.forget_all()
        if self._workspace is not None:
            workspace, self._workspace = self._workspace, None
            self.jobs.finally_do(workspace.close)
            self.closed.emit()

    def _start(
        self,
        work: Callable[[Opened, Job], Result],
        done: Callable[[Result], None],
        failed: Failed,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Job:
        """Have the workspace do something; where that changed what may be shown, everything open hears it first."""
        workspace = self._open_workspace()

        def over(result: Result) -> None:
            self._tell_changed(workspace)
            done(result)

        def not_done(error: Exception) -> None:
            self._tell_changed(workspace)
            _said(failed)(error)

        return self.jobs.start(lambda job: work(workspace, job), over, not_done, progress)

    def _tell_changed(self, workspace: Opened) -> None:
        if workspace is self._workspace and workspace.changes != self._changes:
            self._changes = workspace.changes
            self.changed.emit()

    def _open_workspace(self) -> Opened:
        if self._workspace is None:
            raise WorkspaceError("Sign in first.")
        return self._workspace

    def _entered(self, workspace: Opened) -> None:
        self._workspace, self._changes = workspace, workspace.changes
        self.signed_in.emit()


def _close(workspace: Opened) -> None:
    workspace.close()


def _said(failed: Failed) -> Callable[[Exception], None]:
    def say(error: Exception) -> None:
        failed(ours(str(error) if isinstance(error, WorkspaceError) else UNEXPECTED))

    return say
