"""Checking documents in worker processes while others are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from threading import Condition, Thread
from typing import NamedTuple, Self

import msgspec

from desktop.reports import Cancelled, Progress
from fhir.checking import CheckItem, check_item, placed
from fhir.checking_pool import CheckingPool
from fhir.document_checks import lines_about_unknown, unresolved, whole_issues
from fhir.records import Issue, Resource, SourceFile
from fhir.understanding import Drop

WAITING_BYTES = 32 * 2**20
"""Storing pauses for checking when this many source bytes wait, so that memory stays bounded."""


class Waiting(NamedTuple):
    """A stored document that waits to be checked."""

    number: int
    document: SourceFile
    resolves: Callable[[str, Resource], bool]


class Checking:
    """Checks documents once all are stored, in a thread of its own that mostly waits for the worker processes.

    Storing comes first: on two cores, checking beside it makes the first view later and the whole no sooner. Issues are
    gathered by the number of the document. Waiting documents keep their bytes but not their trees; when too many bytes
    wait, checking begins and storing pauses for it. A context manager: leaving it without `finish` ends the checking.
    """

    def __init__(self, pool: CheckingPool, progress: Progress, cancelled: Cancelled) -> None:
        self.found: dict[int, list[Issue]] = {}
        self._pool = pool
        self._progress = progress
        self._cancelled = cancelled
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._room = Condition()
        self._waiting_bytes = 0
        self._number = 0
        self._resources = 0
        self._all_stored = self._over = False
        self._failure: Exception | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._end()

    def skip(self) -> None:
        """The next document needs no checking."""
        self._number += 1

    def add(self, document: SourceFile, drop: Drop) -> None:
        """Check the next document; returns at once unless too much waits already.

        What was made from an extract needs no check: reading reported on the extract, and tests check the maker. That
        no other table of a folder names whom a line is about is known only here.
        """
        if document.format == "csv":
            if not document.passes_by:
                self.found[self._number] = lines_about_unknown(document, drop.resolves(document))
            self.skip()
            return
        self.found[self._number] = whole_issues(document)
        if document.format in ("json", "ndjson"):
            for resource in document.resources:
                resource.tree = {}
        self._resources += len(document.resources)
        if self._waiting_bytes > WAITING_BYTES:
            self._start()
        with self._room:
            self._waiting_bytes += len(document.data)
            self._queue.put(Waiting(self._number, document, drop.resolves(document)))
            self._room.wait_for(lambda: self._thread is None or self._waiting_bytes <= WAITING_BYTES or self._over)
        self._number += 1

    def finish(self) -> None:
        """Wait until everything that was added is checked."""
        self._all_stored = True
        if self._thread is None and self._queue.empty():
            return  # nothing to check: no worker need be started
        self._start()
        self._end()
        if self._failure is not None:
            raise self._failure

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="onestory-checking", daemon=True)
            self._thread.start()

    def _end(self) -> None:
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            self._check()
        except Exception as error:  # noqa: BLE001  (raised again where the thread is waited for)
            self._failure = error
        with self._room:
            self._over = True
            self._room.notify()

    def _check(self) -> None:
        under_way: dict[int, tuple[Waiting, Resource]] = {}

        def items() -> Iterator[CheckItem]:
            position = 0
            while (waiting := self._queue.get()) is not None:
                for resource in waiting.document.resources:
                    under_way[position] = waiting, resource
                    position += 1
                    yield check_item(resource, waiting.document)
                with self._room:
                    self._waiting_bytes -= len(waiting.document.data)
                    self._room.notify()

        def said(position: int, references: Sequence[str]) -> None:
            waiting, resource = under_way[position]
            doubtful = [one for one in references if one[0] == "#" or not waiting.resolves(one, resource)]
            if doubtful:
                tree, resource.tree = resource.tree, resource.tree or msgspec.json.decode(resource.raw)
                self.found[waiting.number] += unresolved(resource, doubtful, waiting.resolves)
                resource.tree = tree

        def say(done: int) -> None:
            if self._all_stored:
                self._progress("Checking", done, self._resources)

        for position, issues in self._pool.check(items(), say, lambda: self._over or self._cancelled(), said):
            waiting, resource = under_way.pop(position)
            if issues:
                self.found[waiting.number] += placed(resource, issues)
