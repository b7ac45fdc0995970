"""The budgets of the vault: what single acts cost, and whether a large vault is as quick as a small one."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from desktop.benches import large
from desktop.benches.row import Row
from desktop.workspace import Workspace
from desktop.workspace.measuring import vault_costs
from fhir.entries import PersonId

PEOPLE = 2_000
"""How many people the large vault has unless more are asked for; the budgets are for 100,000."""

_FEW = 100
_ROUNDS = 15
_OTHERS = 200
"""At most so many people of a vault made for measuring are those whose entries were repeated."""


def costs() -> list[Row]:
    """SQLCipher beside SQLite, grants, re-sealing and the log."""
    with tempfile.TemporaryDirectory(prefix="onestory-bench-") as folder:
        cost = vault_costs(Path(folder))
    return [
        Row("SQLCipher, insert", cost.insert.cipher * 1e3, "ms", 2.0, cost.insert.plain * 1e3, cost.insert.ratio),
        Row("SQLCipher, warm reads", cost.read.cipher * 1e3, "ms", 1.2, cost.read.plain * 1e3, cost.read.ratio),
        Row("grants for 15 teams, one person", cost.grant_one * 1e3, "ms", 5),
        Row("grants for 15 teams, in bulk", cost.grant_bulk * 1e3, "ms/person", 0.5),
        Row("re-sealing 5,000 entries", cost.reseal * 1e3, "ms", 250),
        Row("log verification", cost.leaf * 1e6, "µs/leaf", 10),
    ]


def scale(people: int, say: Callable[[str], None], kept: Path | None = None) -> list[Row]:
    """Find and open people in a vault of `people` and in one of a hundred. `kept`: a large vault made before."""
    with tempfile.TemporaryDirectory(prefix="onestory-bench-") as folder:
        few, _ = large.create(Path(folder) / "few.vault")
        for _ in large.fill(few, _FEW):
            pass
        path = kept or Path(folder) / "large" / "large.vault"
        if not path.exists():
            began = time.perf_counter()
            workspace, _ = large.create(path)
            with workspace:
                for done, entries in large.fill(workspace, people):
                    if done % 1000 == 0:
                        say(f"{done} people, {entries} entries, {time.perf_counter() - began:.0f} s")
        with few, large.sign_in(path) as many:
            return _beside(many, few)


def _beside(many: Workspace, few: Workspace) -> list[Row]:
    """The rows of one large and one small vault, both open."""
    count = many.size()
    name = f"{count.people:,} people, {count.entries:,} entries"
    alike = count.people - _OTHERS
    whose = list(islice(large.identities(), 0, alike, alike // _ROUNDS))
    numbers = [identity.nhs_number for identity in whose]
    names = [identity.name for identity in whose]
    for query in (numbers[0], names[0]):
        many.people(query)
    by_number = statistics.median([_best(partial(_found, many, query), 3) for query in numbers])
    by_name = statistics.median([_best(partial(_found, many, query), 3) for query in names])
    value = floor = 0.0
    end = (alike - large.PATTERNS) // large.PATTERNS * large.PATTERNS
    for number in range(0, large.PATTERNS, 2):  # the same entries at the one end and the other, in turns
        value += _best(partial(_open, many, PersonId(f"bench{end + number}")), 5)
        floor += _best(partial(_open, few, PersonId(f"bench{number}")), 5)
    each = 2e3 / large.PATTERNS
    return [
        Row(f"find by NHS number, {name}", by_number * 1e3, "ms", 5),
        Row(f"find by name, {name}", by_name * 1e3, "ms", 30),
        Row(f"open a person, {name}", value * each, "ms", 1.2, floor * each, value / floor),
    ]


def _found(workspace: Workspace, query: str) -> None:
    if not workspace.people(query):
        raise AssertionError("someone who is stored was not found")


def _open(workspace: Workspace, person: PersonId) -> None:
    workspace.forget_record()
    workspace.open_person(person)


def _best(work: Callable[[], object], rounds: int) -> float:
    """The least of some timings: what it takes when nothing else is in the way."""
    return min(_timed(work) for _ in range(rounds))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
