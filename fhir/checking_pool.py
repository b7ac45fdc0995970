"""Worker processes that check resources while the program does other things.

Resources go over as bytes and issues come back as bytes; models are imported only in the workers, so that this process
stays small. Workers are started afresh ("spawn": safe beside Qt threads, and on Windows). One that dies or does not
answer is replaced and its batch is reported as "could not be checked". Knows nothing of documents or of what is shown.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from time import monotonic
from types import TracebackType
from typing import Self

import msgspec

from fhir.records import FhirVersion, Issue

WORKERS = 2
BATCH_SIZE = 96
BATCH_BYTES = 512 * 1024
MOST_FAILED_STARTS = 3
_READY = b"ready"


class CheckItem(msgspec.Struct, frozen=True, array_like=True):
    """One resource to check: its type, its JSON bytes and its version."""

    type: str
    raw: bytes
    version: FhirVersion


class _Checked(msgspec.Struct, frozen=True, array_like=True):
    """What a worker answers for one resource."""

    issues: list[Issue]
    references: list[str] = []


_Batch = Sequence[tuple[int, CheckItem]]


class _Worker:
    """One process and what it is doing."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=work, args=(theirs,), daemon=True, name="checking")
        self.process.start()
        theirs.close()
        self.ready = False
        self.batch: _Batch = ()
        self.since = monotonic()

    def give(self, batch: _Batch) -> None:
        self.batch, self.since = batch, monotonic()
        self.pipe.send_bytes(msgspec.msgpack.encode([item for _, item in batch]))

    def stop(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()
        self.process.close()


class CheckingPool:
    """Checks resources in a few worker processes. Use as a context manager, or `close` it.

    Belongs to one thread at a time. Workers start with the first `check` and stay for the next. Times are in seconds:
    `batch_timeout` for one batch of at most 96 resources or 512 kB, `start_timeout` for a worker to be ready.
    """

    def __init__(self, workers: int = WORKERS, batch_timeout: float = 60.0, start_timeout: float = 120.0) -> None:
        self._count = workers
        self._batch_timeout = batch_timeout
        self._start_timeout = start_timeout
        self._workers: list[_Worker] = []
        self._failed_starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The operating system's ids of the running workers."""
        return tuple(worker.process.pid or 0 for worker in self._workers)

    def start(self) -> None:
        """Starts the workers ahead of the first `check`; returns at once."""
        while len(self._workers) < self._count:
            self._workers.append(_Worker())

    def warm_up(self) -> None:
        """Starts the workers and has them import the usual models, about 1.5 seconds; returns at once."""
        self.start()
        for worker in self._workers:
            with suppress(OSError):  # dead: the next check replaces it
                worker.pipe.send_bytes(msgspec.msgpack.encode([]))

    def close(self) -> None:
        """Ends the workers at once. The pool may be used again and starts new ones."""
        while self._workers:
            self._workers.pop().stop()

    def check(
        self,
        items: Iterable[CheckItem],
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        said: Callable[[int, Sequence[str]], None] | None = None,
    ) -> Iterator[tuple[int, list[Issue]]]:
        """Yields (position in `items`, issues) for every resource, in the order in which batches finish.

        `items` are taken as they are needed. `said` hears the literal references of each resource before its issues
        are yielded; `progress` hears how many are done; once `cancelled` says yes nothing
        further is yielded and busy workers are ended.
        """
        batches = _batched(enumerate(items))
        self._failed_starts = 0
        self.start()
        done, exhausted = 0, False
        try:
            while True:
                if cancelled is not None and cancelled():
                    return
                finished = list(self._answers())
                for worker in self._workers:
                    if worker.ready and not worker.batch and not exhausted:
                        fresh = next(batches, None)
                        if fresh is None:
                            exhausted = True
                        else:
                            self._give(worker, fresh)
                for batch, answers in finished:  # the workers are busy again while the caller takes these
                    done += len(batch)
                    if progress is not None:
                        progress(done)
                    for (position, _), answer in zip(batch, answers, strict=True):
                        if said is not None and answer.references:
                            said(position, answer.references)
                        yield position, answer.issues
                if exhausted and not any(worker.batch for worker in self._workers):
                    return
                if self._failed_starts > MOST_FAILED_STARTS:
                    yield from self._give_up(batches)
                    return
        finally:
            for index, worker in enumerate(self._workers):
                if worker.batch:
                    self._replace(index)

    def _give_up(self, batches: Iterator[_Batch]) -> Iterator[tuple[int, list[Issue]]]:
        """Reports all that is left as not checked, where no worker can be started."""
        for batch in (*(worker.batch for worker in self._workers), *batches):
            yield from ((position, _not_checked(item).issues) for position, item in batch)

    def _give(self, worker: _Worker, batch: _Batch) -> None:
        try:
            worker.give(batch)
        except OSError:
            worker.since = float("-inf")  # dead: the next look at it replaces it and reports the batch

    def _answers(self) -> Iterator[tuple[_Batch, list[_Checked]]]:
        """What workers have finished, or lost, since the last look; waits a moment for it."""
        awaited = {worker.pipe: worker for worker in self._workers if worker.batch or not worker.ready}
        if not awaited:
            return
        heard = {pipe for pipe in wait(list(awaited), timeout=0.1) if isinstance(pipe, Connection)}
        for pipe, worker in awaited.items():
            allowed = self._batch_timeout if worker.ready else self._start_timeout
            lost = monotonic() - worker.since > allowed
            if pipe in heard:
                try:
                    answer = pipe.recv_bytes()
                except (EOFError, OSError):
                    lost = True
                else:
                    batch, worker.batch = worker.batch, ()
                    if worker.ready:
                        yield batch, msgspec.msgpack.decode(answer, type=list[_Checked])
                    worker.ready, self._failed_starts = True, 0
                    continue
            if lost:
                batch = worker.batch
                self._replace(self._workers.index(worker))
                self._failed_starts += not worker.ready
                if batch:
                    yield batch, [_not_checked(item) for _, item in batch]

    def _replace(self, index: int) -> None:
        self._workers[index].stop()
        self._workers[index] = _Worker()


def _checked(item: CheckItem, check: Callable[[str, bytes, FhirVersion, set[str]], list[Issue]]) -> _Checked:
    references: set[str] = set()
    try:
        return _Checked(check(item.type, item.raw, item.version, references), list(references))
    except Exception:  # noqa: BLE001  (a fault of ours must cost one report, and no trace may print record content)
        return _not_checked(item)


def _not_checked(item: CheckItem) -> _Checked:
    message = "This resource could not be checked: the checking process did not finish."
    return _Checked([Issue(severity="warning", code="incomplete", message=message, path=item.type)])


def _batched(items: Iterable[tuple[int, CheckItem]]) -> Iterator[list[tuple[int, CheckItem]]]:
    batch: list[tuple[int, CheckItem]] = []
    size = 0
    for position, item in items:
        batch.append((position, item))
        size += len(item.raw)
        if len(batch) >= BATCH_SIZE or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def work(pipe: Connection) -> None:
    """A worker's life: answers each batch until the pipe closes. Runs in its own process only."""
    from fhir.checking import check_resource
    from fhir.model_checks import import_usual_models, lighten_models

    lighten_models()
    decode = msgspec.msgpack.Decoder(list[CheckItem]).decode
    # Validation makes no reference cycles; what models and schemas hold need not be walked again and again.
    gc.collect()
    gc.freeze()
    gc.disable()
    with suppress(AttributeError, OSError):
        os.nice(10)  # storing and opening come first; checking may take what is left
    pipe.send_bytes(_READY)
    while True:
        try:
            batch = decode(pipe.recv_bytes())
            if not batch:  # only to be ready
                import_usual_models()
                gc.freeze()
                continue
            answer = [_checked(item, check_resource) for item in batch]
            pipe.send_bytes(msgspec.msgpack.encode(answer))
        except (EOFError, OSError, KeyboardInterrupt):
            return
