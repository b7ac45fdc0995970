"""The demonstration: a vault of invented people, its users, and ways to open it, render it and check it.

The vault is marked as holding test data. Its users and passphrases stand in `users.toml` and are shown on purpose.
"""

from __future__ import annotations

import os
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from platformdirs import user_data_path

from desktop.demo.generator import write_people
from desktop.demo.happened import live
from desktop.errors import InUseError, WorkspaceError
from desktop.workspace import Workspace

CAST = 14
SEED = 1
AS_OF = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STORED = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
"""When its records came: the night before."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoUser:
    """One demonstration user; the passphrase is no secret."""

    name: str
    role: str
    passphrase: str
    organisation: str = ""
    custodian: bool = False
    person: str = ""
    """NHS number of whoever they are, or act for."""
    basis: str = ""
    evidence: str = ""
    scope: tuple[str, ...] = ()
    lacking: bool = False
    """Whether that person was found unable to decide about sharing their record."""
    post: tuple[Mapping[str, str], ...] = field(default=(), hash=False)
    """Role and organisation of each further post."""

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles they work in."""
        return (self.role, *(post["role"] for post in self.post))


@dataclass(frozen=True)
class Demonstration:
    """A demonstration vault that stands ready, and who can sign in."""

    vault: Path
    users: tuple[DemoUser, ...]


def demo_users() -> tuple[DemoUser, ...]:
    """Who can sign in to the demonstration."""
    table = tomllib.loads((resources.files("desktop") / "demo" / "users.toml").read_text("utf-8"))
    names = {one.name for one in fields(DemoUser)}
    return tuple(DemoUser(**{key: value for key, value in row.items() if key in names}) for row in table["user"])


def build(folder: Path, say: Say) -> Demonstration:
    """Make the demonstration in `folder`, or find it there as it was made before.

    One that another version made, that this one cannot open, or in which somebody of its users is not, is made anew:
    it holds nothing but what is made here.
    """
    vault = folder / "demonstration.vault"
    users = demo_users()
    made = Demonstration(vault, users)
    importer = next(user for user in users if user.role not in ("custodian", "privacy-officer"))
    if vault.exists():
        if _stamp(vault).exists() and _stamp(vault).read_text("utf-8") == made_of() and _opens(made, importer):
            return made
        say("The demonstration of another version is replaced …")
        for path in folder.glob(f"{vault.name}*"):
            path.unlink()
    others = [user for user in users if user is not importer and not user.person]
    say("Making the demonstration vault and its users …")
    phrases = {user.name: user.passphrase for user in users}
    recovery_key = Workspace.create(
        vault, importer.name, importer.role, importer.organisation, importer.passphrase, test_data=True, now=STORED
    )
    with (
        tempfile.TemporaryDirectory(prefix="onestory-demonstration-") as files,
        Workspace.sign_in(vault, importer.name, importer.passphrase, now=STORED) as workspace,
    ):
        for user in others:
            workspace.add_user(
                user.name,
                user.role,
                user.organisation,
                user.passphrase,
                recovery_key=recovery_key,
                custodian=user.custodian,
            )
            for post in user.post:
                workspace.add_post(user.name, post["role"], post["organisation"], recovery_key=recovery_key)
        say("Writing and storing the records of invented people …")
        write_people(Path(files), people=CAST, seed=SEED)
        report = workspace.import_files([Path(files)], lambda what, done, total: None, lambda: False)
        for user in users:
            if user.person:
                _link(workspace, user, recovery_key)
    live(lambda name, now: Workspace.sign_in(vault, name, phrases[name], now=now), phrases, STORED)
    refused = [file.path for file in report.files if file.status != "imported"]
    if refused:
        raise WorkspaceError(f"The demonstration could not be stored: {len(refused)} of its files were refused.")
    _stamp(vault).write_text(made_of(), "utf-8")
    return made


def _stamp(vault: Path) -> Path:
    """Where it stands what a demonstration was made of."""
    return vault.with_name(f"{vault.name}.made-of")


@cache
def made_of() -> str:
    """All that makes a demonstration, and tells of and labels its records, as one number: that of another version
    differs."""
    found = sha256()
    for root in (resources.files("desktop") / "demo", resources.files("fhir"), resources.files("consent")):
        for file in _files(root):
            found.update(file.name.encode() + b"\0" + file.read_bytes())
    return found.hexdigest()


def _files(folder: Traversable) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_file():
            yield one
        elif one.name != "__pycache__":
            yield from _files(one)


def _link(workspace: Workspace, user: DemoUser, recovery_key: str) -> None:
    """Add someone who is a person of the demonstration, or acts for one."""
    (row,) = [row for row in workspace.people(user.person) if row.nhs_number == user.person]
    mandate = {"basis": user.basis, "evidence": user.evidence, "scope": user.scope} if user.basis else None
    workspace.add_user(
        user.name, user.role, "", user.passphrase, recovery_key=recovery_key, person=row.person_id, mandate=mandate
    )
    if user.lacking:
        workspace.state_acting("found_capacity", row.person_id, capable=False)


def _opens(demonstration: Demonstration, user: DemoUser) -> bool:
    try:
        with Workspace.sign_in(demonstration.vault, user.name, user.passphrase, now=AS_OF) as workspace:
            people = workspace.people()
            there = {(row.name, row.role) for row in workspace.users()}
            wanted = {(one.name, role) for one in demonstration.users for role in one.roles}
            return (
                wanted <= there
                and len(people) >= CAST
                and all(workspace.open_person(row.person_id) for row in people[:1])
            )
    except InUseError:
        raise
    except WorkspaceError:
        return False


def open_everyone(demonstration: Demonstration) -> str:
    """Open every person as every user who gives care, and verify the log; returns what was done in words."""
    opened = entries = 0
    for user in demonstration.users:
        with Workspace.sign_in(demonstration.vault, user.name, user.passphrase, now=AS_OF) as workspace:
            for row in workspace.people():
                record = workspace.open_person(row.person_id, relationship="caseload")
                opened += 1
                entries += sum(len(section.entries) for section in record.sections.values())
            if not workspace.verify_log():
                raise WorkspaceError("The access log of the demonstration does not verify.")
    if not entries:
        raise WorkspaceError("No user of the demonstration could see anything.")
    return f"{opened} records opened by {len(demonstration.users)} users, {entries} entries shown, log verified"


def run(folder: Path | None, *, screenshots: Path | None, check: bool, say: Say) -> int:
    """Make the demonstration, then render, check or open it. Returns the exit code."""
    folder = folder or user_data_path("OneStory", appauthor=False) / "demonstration"
    if screenshots is None and not check and not _has_display():
        screenshots = Path("screenshots")
        say("There is no display, so the screens are rendered to files instead.")
    demonstration = build(folder, say)
    if check:
        say(open_everyone(demonstration))
        return 0
    if screenshots is not None:
        from desktop.screenshots import render

        for path in render(demonstration, screenshots):
            say(f"rendered {path}")
        return 0
    say("Sign in as any of these (the passphrases are shown on purpose):")
    for line in sign_in_lines(demonstration.users):
        say(f"    {line}")
    from desktop.application import run as open_window

    return open_window(demonstration.vault)


def sign_in_lines(users: Sequence[DemoUser]) -> list[str]:
    """A line for each user: name, role, organisation, passphrase."""
    return [
        f"{', '.join(part for part in (user.name, user.role, user.organisation) if part)}: {user.passphrase}"
        for user in users
    ]


def _has_display() -> bool:
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
