"""A vault of many people, built for measuring: `fill`. `onestory bench scale --people N` asks for its size.

Its people are those of `onestory sample`, written with sixty days of what care providers send, imported as any drop is
and deleted, some at a time: neither disk nor memory grow with their files, and every row, key and line of the log is
one that an import made. That makes fifty entries a person. A county takes more than an hour; a run that was stopped
goes on where the last some ended.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from desktop.demo.generator import written
from desktop.demo.tables import FOLDER
from desktop.reports import never, no_progress
from desktop.workspace import Workspace

PASSPHRASE = "measured in one run"  # noqa: S105  (of a vault that lives for one measure)
SEED = 3
AT_ONCE = 250
DAYS = 60
ROLES = (
    "gp", "nurse", "health-visitor", "hospital-clinician", "mental-health", "pharmacist", "ambulance", "therapist",
    "midwife", "social-worker", "care-home", "home-care", "supported-living", "link-worker",
)  # fmt: skip
"""With the tester's, fifteen teams."""


def create(vault: Path) -> tuple[Workspace, str]:
    """A new vault with fifteen teams, open for a tester, and its recovery key."""
    key = Workspace.create(vault, "Bench", "tester", "Bench", PASSPHRASE, test_data=True, anchors=vault.parent / "a")
    workspace = sign_in(vault)
    for role in ROLES:
        workspace.add_user(role, role, "Thornbridge", PASSPHRASE, recovery_key=key)
    return workspace, key


def sign_in(vault: Path) -> Workspace:
    """Open a vault that `create` made."""
    return Workspace.sign_in(vault, "Bench", PASSPHRASE, anchors=vault.parent / "a")


def fill(workspace: Workspace, vault: Path, people: int, first: int = 0) -> Iterator[int]:
    """Import `people` people, leaving out the `first` that `onestory sample` would write; says after some how many are
    there. Goes on where an earlier run stopped: who is there is listed beside the vault (`listed`)."""
    there = len(listed(vault))
    while there < people:
        with tempfile.TemporaryDirectory(prefix="onestory-bench-people-") as folder:
            some = dict.fromkeys(
                file.parent
                for file in written(
                    Path(folder),
                    people=min(AT_ONCE, people - there),
                    seed=SEED,
                    other_cast=True,
                    first=first + there,
                    tables=True,
                    days=DAYS,
                )
            )
            workspace.import_files(list(some), no_progress, never)
        told = [one.name for one in some if one.name != FOLDER]
        with _list(vault).open("a") as file:
            file.writelines(f"{name}\n" for name in told)
        there += len(told)
        yield there


def listed(vault: Path) -> list[str]:
    """The folders of those who were imported, in order: NHS numbers, after the names of a few."""
    return _list(vault).read_text().splitlines() if _list(vault).exists() else []


def _list(vault: Path) -> Path:
    return vault.with_suffix(".people")
