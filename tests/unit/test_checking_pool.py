"""Checking in worker processes: the same findings, and no loss when a worker dies or hangs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from fhir.checking import CheckingPool, CheckItem, check_resource

GOOD = CheckItem("Patient", b'{"resourceType":"Patient","id":"p1"}', "R4")
BAD = CheckItem("Patient", b'{"resourceType":"Patient","name":[null,{"use":"x"}],"gender":7}', "R4")
MANY = [GOOD, BAD] * 120
CODE = {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]}
WHOLE: dict[str, dict[str, Any]] = {
    "Observation": {
        "resourceType": "Observation",
        "status": "final",
        "code": CODE,
        "subject": {"reference": "Patient/1"},
        "performer": [{"reference": "#p"}],
        "contained": [{"resourceType": "Practitioner", "id": "p", "name": [{"family": "Day"}]}],
        "effectiveDateTime": "2026-03-02T09:00:00Z",
        "valueQuantity": {"value": 71.50, "unit": "kg"},
    },
    "Patient": {
        "resourceType": "Patient",
        "id": "1",
        "name": [{"family": "Measure", "given": ["Many"], "period": {"start": "2001"}}],
        "birthDate": "1950-05-05",
        "deceasedBoolean": False,
        "contact": [{"relationship": [CODE], "name": {"text": "Kin"}}],
    },
    "CarePlan": {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/1"},
        "activity": [{"detail": {"status": "scheduled", "scheduledString": "daily", "code": CODE}}],
    },
}


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


def broken(seed: int) -> Iterator[CheckItem]:
    """Resources in which something was left out, put in a wrong place or given a wrong form."""
    chance = random.Random(seed)
    wrong = (None, "", 5, True, [], {}, [None], [{}], "x", {"resourceType": "Patient"}, {"value": "2"}, [1, None])
    for kind, tree in WHOLE.items():
        for _ in range(60):
            made = msgspec.json.decode(msgspec.json.encode(tree))
            places = list(places_of(made))
            holder, key = chance.choice(places)
            if chance.random() < 0.3 and isinstance(holder, dict):
                del holder[key]
            elif chance.random() < 0.3 and isinstance(holder, dict):
                holder[chance.choice(("resourceType", "valueString", "other"))] = chance.choice(wrong)
            else:
                holder[key] = chance.choice(wrong)
            yield CheckItem(kind, msgspec.json.encode(made), "R4")


def places_of(node: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from places_of(node[key])


def test_lightened_models_find_in_broken_resources_what_the_models_find(pool: CheckingPool) -> None:
    items = list(broken(7))
    found = dict(pool.check(items))
    assert sum(map(len, found.values())) > 100
    for position, item in enumerate(items):
        assert found[position] == check_resource(item.type, item.raw, item.version), item.raw


def test_workers_say_what_a_resource_refers_to(pool: CheckingPool) -> None:
    said: dict[int, Sequence[str]] = {}
    items = [GOOD, CheckItem("Observation", msgspec.json.encode(WHOLE["Observation"]), "R4")]
    list(pool.check(items, said=said.__setitem__))
    assert {position: set(references) for position, references in said.items()} == {1: {"Patient/1", "#p"}}


def test_a_pool_that_was_warmed_up_checks_as_any_other(pool: CheckingPool) -> None:
    pool.warm_up()
    assert len(list(pool.check(MANY))) == len(MANY)


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
