"""Reading and describing the next stretches of large extracts in a process of its own, while earlier ones are stored.

What is told there (`told`) rests on the files alone; this process decides who is who and who may read, and stores. One
stretch waits here and one there, so that neither process waits for the other's slower ones and memory stays bounded. If
that process ends early, reading goes on here.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Self

import msgspec

from desktop.importing.collecting import rare_collections
from desktop.importing.told import Teller, heard, learned
from desktop.reports import Cancelled
from fhir import limits
from fhir.errors import RefusedError
from fhir.reading import read_drop
from fhir.records import Refused, SourceFile
from fhir.social_care.table import recognise
from fhir.sources import files_in
from fhir.understanding import Drop

WORTH_BYTES = 2 * limits.MIB
"""Starting a process takes as long as importing some thousand rows: smaller drops are read by this one."""
CORES = 2
"""With fewer, two processes only wait for each other."""

_TOLD, _REFUSED, _END = b"t", b"r", b"e"


def is_worth_it(paths: Sequence[Path]) -> bool:
    """Whether a drop is large and holds extracts of Client Level Data only, which refer to nothing else, as files or in
    folders; and there is a core to spare."""
    if (os.cpu_count() or 1) < CORES:
        return False
    try:
        files = [file for path in paths for file in (files_in(path) if path.is_dir() else [path])]
        large = bool(files) and sum(file.stat().st_size for file in files) >= WORTH_BYTES
        return large and all(file.is_file() and _is_extract(file) for file in files)
    except OSError:
        return False


def _is_extract(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(limits.STRETCH_BYTES)
    try:
        layout = recognise(head)
    except RefusedError:
        return False
    return layout is not None and not layout.table


class Ahead:
    """A process that reads a drop. A context manager: leaving it ends the process.

    Once it `broke_off`, there are no more documents of it.
    """

    def __init__(self, paths: Sequence[Path], now: datetime, cancelled: Cancelled) -> None:
        self._cancelled = cancelled
        self.broke_off = False
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=work, args=(theirs, [str(path) for path in paths], now), daemon=True, name="reading ahead"
        )
        self._process.start()
        theirs.close()
        self._waiting: Queue[bytes] = Queue(maxsize=1)
        self._over = False
        self._listener = Thread(target=self._listen, name="listening to what is read ahead", daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._process.kill()
        self._process.join()
        with suppress(Empty):
            self._waiting.get_nowait()
        self._listener.join()
        self._pipe.close()  # not under who reads from it
        self._process.close()

    @property
    def process_id(self) -> int:
        """The operating system's id of the process."""
        return self._process.pid or 0

    def documents(self) -> Iterator[SourceFile | Refused]:
        """The documents of the first reading, and when asked again those of the second."""
        while not self.broke_off:
            message = None
            while message is None:
                if self._cancelled():
                    return
                with suppress(Empty):
                    message = self._waiting.get(timeout=0.1)
            if not message:
                self.broke_off = True
                return
            kind, content = message[:1], memoryview(message)[1:]
            if kind == _END:
                return
            yield heard(content) if kind == _TOLD else msgspec.msgpack.decode(content, type=Refused)

    def _listen(self) -> None:
        """Take what the process sends as soon as one message fewer waits; an empty one says that no more come."""
        message = b"-"
        while message and not self._over:
            try:
                message = self._pipe.recv_bytes()
            except (EOFError, OSError):
                message = b""
            self._waiting.put(message)


def work(pipe: Connection, paths: Sequence[str], now: datetime) -> None:
    """The life of that process: it gives the documents of both readings, an end after each."""
    files = [Path(path) for path in paths]
    surveys: dict[str, Any] = {}
    drop = Drop(lambda keys: (), lambda person: None)
    teller = Teller(drop, now)
    # A fault of ours must cost no more than the help of this process, and no trace may print record content.
    with rare_collections(), suppress(Exception, KeyboardInterrupt):
        for first in (True, False):
            for document in read_drop(files, surveys=surveys, people_only=first):
                if isinstance(document, Refused):
                    pipe.send_bytes(_REFUSED + msgspec.msgpack.encode(document))
                elif first:
                    drop.learn(document)
                    pipe.send_bytes(_TOLD + learned(document))
                else:
                    pipe.send_bytes(_TOLD + teller.tell(document))
            pipe.send_bytes(_END)
    pipe.close()
