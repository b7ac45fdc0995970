"""Slow work: one worker, in order, delivered on the window's thread, stopped when asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop.jobs import Job, Jobs


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.stop()


def test_work_runs_elsewhere_and_results_arrive_here_in_order(jobs: Jobs, qtbot: QtBot) -> None:
    arrived: list[tuple[int, bool]] = []
    here = threading.get_ident()
    for number in range(5):
        jobs.start(
            lambda _job, number=number: (number, threading.get_ident() != here),
            lambda result: arrived.append((result[0], result[1] and threading.get_ident() == here)),
            lambda error: pytest.fail(str(error)),
        )
    with qtbot.waitSignal(jobs.idle):
        pass
    assert arrived == [(number, True) for number in range(5)]
    assert not jobs.busy()


def test_a_failure_is_delivered_as_one(jobs: Jobs, qtbot: QtBot) -> None:
    failures: list[Exception] = []

    def fail(_job: Job) -> None:
        raise ValueError("no")

    with qtbot.waitSignal(jobs.idle):
        jobs.start(fail, lambda _none: pytest.fail("no result is due"), failures.append)
    assert [str(failure) for failure in failures] == ["no"]


def test_progress_arrives_and_cancelling_is_seen_by_the_work(jobs: Jobs, qtbot: QtBot) -> None:
    started = threading.Event()
    seen: list[tuple[str, int, int]] = []
    results: list[bool] = []

    def work(job: Job) -> bool:
        job.progress("Reading", 1, 2)
        started.set()
        while not job.cancelled():
            threading.Event().wait(0.001)
        return True

    job = jobs.start(work, results.append, lambda error: pytest.fail(str(error)), lambda *step: seen.append(step))
    assert started.wait(10)
    with qtbot.waitSignal(jobs.idle):
        job.cancel()
    assert seen == [("Reading", 1, 2)]
    assert results == [True]


def test_a_forgotten_job_delivers_nothing(jobs: Jobs, qtbot: QtBot) -> None:
    done = threading.Event()
    arrived: list[object] = []
    with qtbot.waitSignal(jobs.idle):
        jobs.start(lambda _job: done.wait(10), arrived.append, arrived.append)
        jobs.forget_all()
        jobs.finally_do(lambda: arrived.append("closed"))
        done.set()
    assert arrived == ["closed"]


def test_what_must_be_done_at_last_is_done_though_all_else_is_forgotten(jobs: Jobs, qtbot: QtBot) -> None:
    done: list[str] = []
    gate = threading.Event()
    jobs.start(lambda _job: gate.wait(10), lambda _result: None, lambda _error: None)
    jobs.start(lambda _job: done.append("forgotten"), lambda _result: None, lambda _error: None)
    jobs.finally_do(lambda: done.append("closed"))
    jobs.forget_all()
    gate.set()
    jobs.stop()
    assert done == ["closed"]


def finish(jobs: Jobs) -> None:
    """Wait for the worker to have done all that is queued, and deliver nothing."""
    jobs._pool.submit(lambda: None).result(10)


def test_what_was_made_and_is_forgotten_before_it_arrives_is_dropped_on_the_worker(jobs: Jobs, qtbot: QtBot) -> None:
    dropped: list[tuple[str, bool]] = []
    arrived: list[object] = []
    here = threading.get_ident()

    def drop(result: str) -> None:
        dropped.append((result, threading.get_ident() != here))

    with qtbot.waitSignal(jobs.idle):
        jobs.start(lambda _job: "opened", arrived.append, arrived.append, dropped=drop)
        finish(jobs)
        jobs.forget_all()
        finish(jobs)
        assert dropped == [("opened", True)], "at once, whenever it would have arrived"
    assert dropped == [("opened", True)]
    assert arrived == []


def test_what_is_forgotten_while_it_is_made_is_dropped_when_it_is(jobs: Jobs, qtbot: QtBot) -> None:
    started, gate = threading.Event(), threading.Event()
    dropped: list[str] = []

    def work(_job: Job) -> str:
        started.set()
        gate.wait(10)
        return "opened"

    with qtbot.waitSignal(jobs.idle):
        jobs.start(work, lambda _result: pytest.fail("forgotten"), pytest.fail, dropped=dropped.append)
        assert started.wait(10)
        jobs.forget_all()
        gate.set()
    assert dropped == ["opened"]


def test_what_arrived_is_not_dropped_and_what_failed_neither(jobs: Jobs, qtbot: QtBot) -> None:
    dropped: list[object] = []
    arrived: list[object] = []

    def fail(_job: Job) -> str:
        raise ValueError("no")

    with qtbot.waitSignal(jobs.idle):
        job = jobs.start(lambda _job: "opened", arrived.append, pytest.fail, dropped=dropped.append)
    job.forget()
    jobs.start(fail, pytest.fail, pytest.fail, dropped=dropped.append)
    finish(jobs)
    jobs.stop()
    assert arrived == ["opened"]
    assert dropped == []


def test_what_waits_to_arrive_is_dropped_when_the_worker_stops(qtbot: QtBot) -> None:
    jobs, dropped = Jobs(), list[str]()
    jobs.start(lambda _job: "opened", lambda _result: None, pytest.fail, dropped=dropped.append)
    finish(jobs)
    jobs.stop()
    assert dropped == ["opened"]
