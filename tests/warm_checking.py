"""Checking processes that outlive the pool they were started by: starting one costs more than most tests do."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from fhir.checking_pool import CheckingPool, _Worker


class WarmPool(CheckingPool):
    """A pool that takes over idle processes of pools that were closed, and leaves its own to the next."""

    _left: ClassVar[deque[_Worker]] = deque()

    def start(self) -> None:
        while self._left and len(self._workers) < self._count:
            self._workers.append(self._left.pop())
        super().start()

    def close(self) -> None:
        while self._workers:
            worker = self._workers.pop()
            if worker.batch:
                worker.stop()
            else:
                self._left.append(worker)
