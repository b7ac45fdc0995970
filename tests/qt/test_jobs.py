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
