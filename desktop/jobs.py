"""Slow work off the window's thread: one worker, in order, results delivered back on the window's thread.

One worker because a workspace may be used from one thread at a time, and so that opening, reading and closing it stay
in the order in which they were asked for. Nothing here knows what the work is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

Result = TypeVar("Result")


class Job:
    """One piece of work under way. `progress` and `cancelled` have the shapes that `desktop.reports` names."""

    def __init__(self, jobs: Jobs, on_progress: Callable[[str, int, int], None] | None) -> None:
        self._jobs = jobs
        self._on_progress = on_progress
        self._cancel = threading.Event()
        self._settling = threading.Lock()
        self._drop: Callable[[], None] | None = None
        self.forgotten = False

    def cancel(self) -> None:
        """Ask the work to stop at its next step; its result is still delivered."""
        self._cancel.set()

    def forget(self) -> None:
        """Cancel, and deliver nothing more: a result that waits to be delivered is dropped on the worker."""
        with self._settling:
            self.forgotten = True
            drop, self._drop = self._drop, None
        self.cancel()
        if drop is not None:
            self._jobs.finally_do(drop)

    def hold(self, drop: Callable[[], None]) -> bool:
        """Keep what drops the result until it is delivered; False where nobody waits for it any more. Called from the
        worker."""
        with self._settling:
            if not self.forgotten:
                self._drop = drop
            return not self.forgotten

    def delivered(self) -> None:
        """The result is somebody else's from now on."""
        self._drop = None

    def cancelled(self) -> bool:
        """Whether the work should stop. Called from the worker."""
        return self._cancel.is_set()

    def progress(self, doing: str, done: int, total: int) -> None:
        """Say how far the work is. Called from the worker."""
        if self._on_progress is not None:
            self._jobs.hand_over(self, lambda: self._on_progress and self._on_progress(doing, done, total))


class Jobs(QObject):
    """The one worker of a window."""

    idle = Signal()
    _arrived = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="onestory-work")
        self._open: set[Job] = set()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        work: Callable[[Job], Result],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None],
        progress: Callable[[str, int, int], None] | None = None,
        *,
        always: bool = False,
        dropped: Callable[[Result], None] | None = None,
    ) -> Job:
        """Queue work; `done`, `failed` and `progress` are called on the window's thread unless the job is forgotten.

        Work that is forgotten before its turn is not done, unless it is to be done `always`. A result that is not
        delivered because the job is forgotten goes to `dropped`, on the worker.
        """
        job = Job(self, progress)
        self._open.add(job)

        def run() -> Result | None:
            if job.forgotten and not always:
                return None
            result = work(job)
            if dropped is not None and not job.hold(lambda: dropped(result)):
                dropped(result)
            return result

        def finished(future: Future[Any]) -> None:
            error = future.exception()
            if error is None:
                self.hand_over(job, lambda: done(future.result()), last=True)
            elif isinstance(error, Exception):
                self.hand_over(job, lambda: failed(error), last=True)

        self._pool.submit(run).add_done_callback(finished)
        return job

    def hand_over(self, job: Job, call: Callable[[], object], *, last: bool = False) -> None:
        """Have `call` run on the window's thread; `last` says that the job is over after it. Safe from any thread."""
        self._arrived.emit(job, (call, last))

    def busy(self) -> bool:
        """Whether any work is queued or under way."""
        return bool(self._open)

    def forget_all(self) -> None:
        """Cancel everything under way and deliver none of it."""
        for job in tuple(self._open):
            job.forget()

    def finally_do(self, work: Callable[[], None]) -> None:
        """Queue work whose result nobody waits for, such as closing a vault after what is still running in it."""
        self.start(lambda _job: work(), lambda _none: None, lambda _error: None, always=True)

    def stop(self) -> None:
        """Forget what is open, finish what is running and end the worker."""
        self.forget_all()
        self._pool.shutdown(wait=True)

    @Slot(object, object)
    def _deliver(self, job: Job, arrival: tuple[Callable[[], object], bool]) -> None:
        call, last = arrival
        if last:
            self._open.discard(job)
        if not job.forgotten:
            if last:
                job.delivered()
            call()
        if last and not self._open:
            self.idle.emit()
