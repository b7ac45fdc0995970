"""The budgets of the vault: what single acts cost, and whether a large vault is as quick as a small one."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from desktop.benches import large
from desktop.benches.row import Row
from desktop.reports import PersonRow
from desktop.workspace import Workspace
from desktop.workspace.measuring import vault_costs
from fhir.entries import PersonId

PEOPLE = 2_000
"""How many people the large vault has unless more are asked for; the budgets are for 100,000."""

_FEW = 100
_ROUNDS = 15
_OPENED = 12


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
    """Find and open people in a vault of `people`, and open the last hundred of them in a vault of their own.

    `kept`: where the large vault is, is filled on, or is made and stays.
    """
    with tempfile.TemporaryDirectory(prefix="onestory-bench-") as folder:
        small = Path(folder) / "few.vault"
        few, _ = large.create(small)
        for _ in large.fill(few, small, _FEW, people - _FEW):
            pass
        path = kept or Path(folder) / "large" / "large.vault"
        many = large.sign_in(path) if path.exists() else large.create(path)[0]
        with few, many:
            began = time.perf_counter()
            for done in large.fill(many, path, people):
                say(f"{done} people, {many.size().entries} entries, {time.perf_counter() - began:.0f} s")
            return _beside(many, few, large.listed(path), large.listed(small))


def _beside(many: Workspace, few: Workspace, all_of_them: list[str], last: list[str]) -> list[Row]:
    """The rows of one large and one small vault, both open; the people of the small one are in both."""
    count = many.size()
    name = f"{count.people:,} people, {count.entries:,} entries"
    numbers = [one for one in all_of_them if one.isdecimal()]
    numbers = numbers[:: max(1, len(numbers) // _ROUNDS)]
    names = [_found(many, query).name for query in numbers]
    by_number = statistics.median([_best(partial(_found, many, query), 3) for query in numbers])
    by_name = statistics.median([_best(partial(_found, many, query), 3) for query in names])
    value = floor = 0.0
    for number in last[-_OPENED:]:  # in turns
        value += _best(partial(_open, many, _found(many, number).person_id), 5)
        floor += _best(partial(_open, few, _found(few, number).person_id), 5)
    each = 1e3 / _OPENED
    return [
        Row(f"find by NHS number, {name}", by_number * 1e3, "ms", 5),
        Row(f"find by name, {name}", by_name * 1e3, "ms", 30),
        Row(f"open a person, {name}", value * each, "ms", 1.2, floor * each, value / floor),
    ]


def _found(workspace: Workspace, query: str) -> PersonRow:
    for row in workspace.people(query):
        return row
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
