"""Checking in worker processes: the same findings, and no loss when a worker dies or hangs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from fhir.checking import CheckingPool, CheckItem, check_resource

GOOD = CheckItem("Patient", b'{"resourceType":"Patient","id":"p1"}', "R4")
BAD = CheckItem("Patient", b'{"resourceType":"Patient","name":[null,{"use":"x"}],"gender":7}', "R4")
MANY = [GOOD, BAD] * 120


@pytest.fixture(scope="module")
def pool() -> Iterator[CheckingPool]:
    with CheckingPool() as made:
        yield made


def test_workers_find_what_a_single_process_finds(pool: CheckingPool) -> None:
    told: list[int] = []
    found = dict(pool.check(MANY, progress=told.append))
    assert sorted(found) == list(range(len(MANY)))
    assert found[0] == []
    assert found[1] == check_resource("Patient", BAD.raw, "R4")
    assert found[1]
    assert told[-1] == len(MANY)


def test_models_are_imported_in_the_workers_only() -> None:
    code = "import sys, fhir.checking; sys.exit(any(name.startswith(('fhir.res', 'pydantic')) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_is_checked_when_there_is_nothing(pool: CheckingPool) -> None:
    assert list(pool.check([])) == []


def test_once_cancelled_nothing_further_comes_and_the_pool_still_works(pool: CheckingPool) -> None:
    seen: list[int] = []
    for position, _ in pool.check(MANY, cancelled=lambda: bool(seen)):
        seen.append(position)
    assert 0 < len(seen) < len(MANY)
    assert len(list(pool.check([GOOD, BAD]))) == 2


def test_a_caller_that_stops_listening_leaves_the_pool_usable(pool: CheckingPool) -> None:
    results = pool.check(MANY)
    next(results)
    results.close()
    assert len(list(pool.check([GOOD, BAD]))) == 2


def test_workers_that_die_are_replaced_and_their_batches_reported(pool: CheckingPool) -> None:
    before = pool.process_ids
    found = {}
    for position, issues in pool.check(MANY * 4):
        if not found:
            for process in pool.process_ids:
                os.kill(process, signal.SIGTERM)
        found[position] = issues
    assert sorted(found) == list(range(len(MANY) * 4))
    lost = [position for position, issues in found.items() if any(issue.code == "incomplete" for issue in issues)]
    assert lost
    assert len(lost) < len(found)
    assert set(before).isdisjoint(pool.process_ids)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stopping a process needs POSIX signals")
def test_a_worker_that_hangs_is_replaced_and_its_batch_reported() -> None:
    with CheckingPool(workers=1, batch_timeout=1) as pool:
        assert list(pool.check([GOOD])) == [(0, [])]
        os.kill(pool.process_ids[0], signal.SIGSTOP)
        (found,) = pool.check([GOOD])
        assert found[1][0].code == "incomplete"
        assert list(pool.check([GOOD])) == [(0, [])]


def test_closing_ends_the_workers_and_closing_again_is_harmless() -> None:
    pool = CheckingPool(workers=1)
    pool.start()
    pool.close()
    pool.close()
    assert pool.process_ids == ()
