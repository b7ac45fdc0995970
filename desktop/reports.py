"""What the workspace tells its callers: plain values for windows and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from consent.acting import NOT_STAFF
from fhir.entries import PersonId
from fhir.records import Issue

Match = Literal["new", "same", "possible"]
FileStatus = Literal["checked", "imported", "unchanged", "refused"]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, done, total); total 0 when unknown. May be called from a worker thread."""

Cancelled = Callable[[], bool]
"""Asked between steps; True stops before the next file, and nothing half done is kept."""


def no_progress(_doing: str, _done: int, _total: int) -> None:
    """Nobody is told how far it is."""


def never() -> bool:
    """It is not stopped."""
    return False


@dataclass(frozen=True)
class PersonRow:
    """The least that lets a worker pick the right person. `birth_date` is a FHIR date as written; `called` is what they
    ask to be called, where that is another name."""

    person_id: PersonId
    name: str
    birth_date: str
    nhs_number: str
    nhs_status: str = "none"
    gender: str = ""
    possible_matches: int = 0
    called: str = ""


@dataclass(frozen=True)
class LatelyRow:
    """Someone the signed-in user opened before: how they said to know them, and when (ISO instant)."""

    person: PersonRow
    relationship: str
    when: str


@dataclass(frozen=True, slots=True)
class FilePerson:
    """A person a file spoke of, and how they were matched to people already here."""

    person_id: PersonId
    name: str
    nhs_number: str
    match: Match


@dataclass(frozen=True)
class FileReport:
    """One document of a drop, as it was understood. `reason` is set when `status` is refused."""

    path: str
    status: FileStatus
    format: str = ""
    fhir_version: str = ""
    bundle_type: str = ""
    resources: int = 0
    entries: int = 0
    import_id: str = ""
    reason: str = ""
    issues: tuple[Issue, ...] = ()
    people: tuple[FilePerson, ...] = ()
    sections: tuple[tuple[str, int], ...] = ()
    """How many entries were understood for each section; none where a document was not understood anew."""
    signed: str = ""
    """Whose signature the choices in it bear, in words; empty where it holds none."""


@dataclass(frozen=True)
class Listed:
    """One import that is there: its id, the path it came from, and when it was stored (ISO instant)."""

    import_id: str
    path: str
    stored: str


@dataclass(frozen=True)
class DropReport:
    """All documents of one drop, in the order they were read."""

    files: tuple[FileReport, ...] = ()
    cancelled: bool = False
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class UserRow:
    """One user of the vault, in one post: `post` is its id, where it matters. `team` is the name that their
    team has of its own, empty where it has none."""

    name: str
    role: str
    organisation: str
    custodian: bool = False
    team: str = ""
    post: str = ""

    @property
    def office(self) -> bool:
        """Whether they are of the privacy office, or hold the custodian's."""
        return self.custodian or self.role in ("privacy-officer", "custodian")

    @property
    def finds(self) -> bool:
        """Whether they look for people: who is, or acts for, one person has nobody else here."""
        return self.role not in NOT_STAFF


ChoosePost = Callable[[Sequence[UserRow]], UserRow]
"""Given a user in each of their posts, also where it is one, the one that they are at work in. Raises PostError."""


def first_post(posts: Sequence[UserRow]) -> UserRow:
    """The post that a user was added in."""
    return posts[0]


@dataclass(frozen=True)
class Original:
    """What "show original" gives. `exact` is False when the reader may not see all the bytes disclose; then
    `data` is the entry as shown, tagged REDACTED."""

    data: bytes
    exact: bool
    media_type: str
    path: str
    line: int = 0


@dataclass(frozen=True)
class BackupDone:
    """A backup that was made and read back. `made` is an ISO instant."""

    file: Path
    made: str
    rows: int


@dataclass(frozen=True)
class RestoreDone:
    """A restore, and what the vault it replaced (kept in `replaced`) has that is newer.

    `newer_imports` are import ids and when they were stored; without `compared` they are not known. `users_lost` were
    added since the backup, `users_back` removed since. `chose`: those whose choices are newer, by personId, with their
    names where the backup knows them and this user may.
    """

    made: str
    replaced: Path | None
    compared: bool
    newer_imports: Sequence[tuple[str, str]]
    newer_events: int
    users_lost: Sequence[str]
    users_back: Sequence[str]
    newer_choices: int = 0
    chose: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ChainLink:
    """One signed head of the access log: who signed it (empty: someone who has left), over how many events, when."""

    signer: str
    size: int
    time: str


@dataclass(frozen=True)
class LogChecked:
    """What checking the log found: events hashed, signatures that hold, events read and compared, people whose records
    were compared; `problem` is empty where nothing is wrong."""

    events: int
    signatures: int
    read: int
    people: int
    problem: str
    chain: tuple[ChainLink, ...]


@dataclass(frozen=True)
class ReceiptChecked:
    """A receipt that holds, also against this vault's log: how many events about whom (by name) it proves, in a log of
    how many, signed when; and the fingerprint of the custodian's key."""

    called: str
    events: int
    size: int
    time: str
    fingerprint: str


@dataclass(frozen=True)
class VaultSize:
    """How much is stored."""

    people: int
    entries: int


@dataclass(frozen=True)
class Filed:
    """One import that is filed under a person: its id, when it was stored (ISO instant) and the sources of what is
    shown of it. `name` is what the records filed under `person` call them."""

    person: PersonId
    name: str
    import_id: str
    stored: str
    sources: str
