"""From a drop of files to sealed rows: read, understand, label, decide who may read, store; check meanwhile.

One transaction a document; documents that are already here are left alone. Storing does not wait for checking: checking
runs in worker processes fed by its own thread, and its findings are kept when they come. The store is known only as a
Protocol; nothing here can read what is stored.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Protocol

import msgspec

from consent.labelling import label
from consent.labels import encode
from consent.ports import Principal
from consent.standing import Standing
from desktop.reports import Cancelled, DropReport, FilePerson, FileReport, Progress
from fhir.checking import CheckItem, check_item, document_issues, placed
from fhir.checking_pool import CheckingPool
from fhir.entries import PersonId
from fhir.people import Identity
from fhir.reading import read_drop
from fhir.records import Issue, Refused, Resource, SourceFile
from fhir.shapes import first, text
from fhir.understanding import NO_ONE, Described, Drop, FoundPerson, Understood

KEPT_BYTES = 24 * 2**20
"""Documents up to this many source bytes stay in memory between learning and storing; others are read again."""

WAITING_BYTES = 32 * 2**20
"""Storing waits when this many bytes wait to be checked, so that memory stays bounded."""


class PreparedEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry, encoded to be sealed for `readers`; `resource` says where its source bytes stand."""

    entry_id: str
    person_id: PersonId
    content: bytes
    readers: frozenset[str]
    resource: Resource
    source_key: str
    version: str
    links: tuple[str, ...]


class PreparedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One document, ready to be stored in one transaction."""

    document: SourceFile
    people: tuple[FoundPerson, ...]
    entries: tuple[PreparedEntry, ...]
    lanes: frozenset[str]


class ImportStore(Protocol):
    """What importing needs of a signed-in vault."""

    @property
    def test_data(self) -> bool: ...
    def principals(self) -> Sequence[Principal]: ...
    def people_sharing(self, keys: Sequence[str]) -> Sequence[tuple[PersonId, Identity]]: ...
    def known_person(self, person: PersonId) -> Identity | None: ...
    def import_of(self, sha256: str) -> str | None:
        """The id of the import that holds exactly this document now, or None."""

    def store(self, prepared: PreparedDocument) -> tuple[str, int]:
        """Store one document; returns (import id, entries newly stored)."""

    def note_possible_match(self, person: PersonId, other: PersonId) -> None:
        """Keep that two stored people may be one, for a human to decide."""

    def keep_issues(self, import_id: str, issues: Sequence[Issue]) -> None:
        """Keep what reading and checking found in a document."""


class Importer:
    """Stores drops into one store. `pool` may be shared and warm; it is not closed here."""

    def __init__(self, store: ImportStore, pool: CheckingPool) -> None:
        self._store = store
        self._pool = pool
        self._standing = Standing(store.principals(), test_data=store.test_data)
        self._testers = frozenset(
            principal.id
            for principal in store.principals()
            if store.test_data and principal.kind == "team" and principal.role == "tester"
        )

    def run(
        self,
        paths: Sequence[Path],
        progress: Progress,
        cancelled: Cancelled,
        stored: Callable[[DropReport], None] | None = None,
    ) -> DropReport:
        """Store a drop and return its report; `stored` hears the report as it is before checking has finished."""
        began = monotonic()
        reports: list[FileReport] = []
        possible: set[tuple[PersonId, PersonId]] = set()
        drop = Drop(self._store.people_sharing, self._store.known_person)
        with _Checking(self._pool, cancelled) as checking:
            for document in documents(drop, paths, progress, cancelled):
                if isinstance(document, Refused):
                    reports.append(refusal(document))
                    checking.skip()
                    continue
                progress(f"Storing {document.path}", len(reports), 0)
                report, understood = self._store_one(drop, document, checking)
                reports.append(report)
                possible.update((found.person_id, other) for found in understood for other in found.possible)
            for person, other in sorted(possible):
                if self._store.known_person(person) is not None and self._store.known_person(other) is not None:
                    self._store.note_possible_match(person, other)
            stopped = cancelled()
            if stored is not None:
                stored(DropReport(tuple(reports), stopped, monotonic() - began))
            found = checking.finish(lambda done, total: progress("Checking", done, total))
        for number, report in enumerate(reports):
            issues = (*report.issues, *found.get(number, ()))
            if issues != report.issues:
                reports[number] = replace(report, issues=issues)
            if report.import_id and report.status == "imported" and issues:
                self._store.keep_issues(report.import_id, issues)
        return DropReport(tuple(reports), stopped, monotonic() - began)

    def _store_one(
        self, drop: Drop, document: SourceFile, checking: _Checking
    ) -> tuple[FileReport, tuple[FoundPerson, ...]]:
        report = described_report(document)
        known = self._store.import_of(document.sha256)
        if known is not None:
            checking.skip()
            return replace(report, status="unchanged", import_id=known), ()
        understood = drop.understand(document)
        prepared = self._prepare(document, understood)
        import_id, entries = self._store.store(prepared)
        checking.add(document, drop)
        people = tuple(file_person(found) for found in understood.people)
        done = replace(report, status="imported", import_id=import_id, entries=entries, people=people)
        return done, understood.people

    def _prepare(self, document: SourceFile, understood: Understood) -> PreparedDocument:
        by_person: dict[PersonId, list[Described]] = {}
        for described in understood.described:
            by_person.setdefault(described.person_id, []).append(described)
        prepared: list[PreparedEntry] = []
        lanes: set[str] = set()
        for person_id, group in by_person.items():
            entries = [entry for described in group for entry in described.entries]
            origins = [described for described in group for _ in described.entries]
            for labelled, origin in zip(label(entries), origins, strict=True):
                entry = labelled.entry
                if origin.demographics is not None and entry.section == "demographics":
                    labelled = msgspec.structs.replace(labelled, demographics=origin.demographics)
                lanes.add(entry.source.lane)
                readers = self._testers if person_id == NO_ONE else self._standing.readers(labelled)
                prepared.append(
                    PreparedEntry(
                        entry_id=entry.entry_id,
                        person_id=person_id,
                        content=encode(labelled),
                        readers=readers,
                        resource=origin.resource,
                        source_key=entry.source.key,
                        version=text(first(origin.resource.tree, "meta"), "lastUpdated"),
                        links=tuple({link.target for link in entry.links}),
                    )
                )
        return PreparedDocument(
            document=document, people=understood.people, entries=tuple(prepared), lanes=frozenset(lanes)
        )


def documents(
    drop: Drop, paths: Sequence[Path], progress: Progress, cancelled: Cancelled
) -> Iterator[SourceFile | Refused]:
    """Every document of a drop, after the drop has learned all of them. Reads twice what is too much to keep."""
    kept: list[SourceFile | Refused] = []
    size = 0
    beyond = 0
    for number, document in enumerate(read_drop(paths, now_cancelled=cancelled)):
        if isinstance(document, SourceFile):
            progress(f"Reading {document.path}", number, 0)
            drop.learn(document)
            size += len(document.data)
        if size > KEPT_BYTES or beyond:
            beyond += 1
        else:
            kept.append(document)
    drop.settle()
    first_left_out = len(kept)
    while kept:
        if cancelled():
            return
        yield kept.pop(0)
    if beyond:
        for number, document in enumerate(read_drop(paths, now_cancelled=cancelled)):
            if number >= first_left_out and not cancelled():
                yield document


def check_drop(paths: Sequence[Path], pool: CheckingPool, progress: Progress, cancelled: Cancelled) -> DropReport:
    """Read and check a drop without storing anything; people are matched among themselves only."""
    began = monotonic()
    reports: list[FileReport] = []
    drop = Drop(lambda keys: (), lambda person: None)
    with _Checking(pool, cancelled) as checking:
        for document in documents(drop, paths, progress, cancelled):
            if isinstance(document, Refused):
                reports.append(refusal(document))
                checking.skip()
                continue
            understood = drop.understand(document)
            people = tuple(file_person(found) for found in understood.people)
            entries = sum(len(described.entries) for described in understood.described)
            reports.append(replace(described_report(document), people=people, entries=entries))
            checking.add(document, drop)
        found = checking.finish(lambda done, total: progress("Checking", done, total))
    reports = [replace(one, issues=(*one.issues, *found.get(number, ()))) for number, one in enumerate(reports)]
    return DropReport(tuple(reports), cancelled(), monotonic() - began)


def refusal(refused: Refused) -> FileReport:
    """The report of a document that could not be read."""
    issue = Issue(severity="fatal", code="structure", message=refused.reason, line=refused.line)
    return FileReport(path=refused.path, status="refused", reason=refused.reason, issues=(issue,))


def described_report(document: SourceFile) -> FileReport:
    """The report of a document as reading understood it."""
    return FileReport(
        path=document.path,
        status="checked",
        format=document.format,
        fhir_version=document.fhir_version,
        bundle_type=document.bundle_type,
        resources=len(document.resources),
        issues=tuple(document.issues),
    )


def file_person(found: FoundPerson) -> FilePerson:
    """A person of a document, as reports name them."""
    return FilePerson(found.person_id, found.identity.name, found.identity.nhs_number, found.match)


class _Checking:
    """Feeds the checking pool from a thread of its own and gathers issues by the number of the document."""

    def __init__(self, pool: CheckingPool, cancelled: Cancelled) -> None:
        self._pool = pool
        self._cancelled = cancelled
        self._todo: queue.SimpleQueue[tuple[int, Resource, CheckItem] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._space = threading.Condition()
        self._given: list[tuple[int, Resource]] = []
        self._found: dict[int, list[Issue]] = {}
        self._number = 0
        self._total = 0
        self._done = 0
        self._finished = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="checking", daemon=True)

    def __enter__(self) -> _Checking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._todo.put(None)
        self._thread.join()

    def skip(self) -> None:
        """The next document needs no checking."""
        self._number += 1

    def add(self, document: SourceFile, drop: Drop) -> None:
        """Check the next document, later."""
        number, self._number = self._number, self._number + 1
        self._found[number] = list(document_issues(document, drop.resolves(document)))
        for resource in document.resources:
            item = check_item(resource, document)
            light = Resource(type=resource.type, id=resource.id, tree={}, raw=b"", start=0, end=0, line=resource.line)
            with self._space:
                self._space.wait_for(lambda: self._waiting < WAITING_BYTES or self._finished)
                self._waiting += len(item.raw)
            self._total += 1
            self._todo.put((number, light, item))

    def finish(self, progress: Callable[[int, int], None]) -> dict[int, list[Issue]]:
        """Wait for all checks and return the issues by the document's number."""
        self._todo.put(None)
        while self._thread.is_alive():
            self._thread.join(0.1)
            progress(self._done, self._total)
        if self._error is not None:
            raise self._error
        return self._found

    def _items(self) -> Iterator[CheckItem]:
        while (one := self._todo.get()) is not None:
            number, resource, item = one
            self._given.append((number, resource))
            with self._space:
                self._waiting -= len(item.raw)
                self._space.notify()
            yield item

    def _run(self) -> None:
        try:
            items = self._items()
            head = next(items, None)
            if head is None:  # nothing to check: no worker is started
                return
            for position, issues in self._pool.check(chain((head,), items), cancelled=self._cancelled):
                number, resource = self._given[position]
                self._found[number] += placed(resource, issues)
                self._done += 1
        except BaseException as error:  # noqa: BLE001  (handed to the thread that waits)
            self._error = error
        finally:
            with self._space:
                self._finished = True
                self._space.notify()
