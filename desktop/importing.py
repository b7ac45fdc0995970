"""From a drop of files to sealed rows: read, understand, label, decide who may read, store; then check.

One transaction a document; documents that are already here are left alone. Checking goes on in worker processes
meanwhile and does not hold up storing; its findings are kept when they come. The store is known only as a Protocol.
Of what is stored, only what new entries are tied to is opened, for its labels.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread
from time import monotonic
from typing import Any, Literal, NamedTuple, Protocol, Self

import msgspec

from consent.acting import About
from consent.choices import Act, By
from consent.errors import PolicyError
from consent.importing import DocumentEvidence, imported_act
from consent.labelling import label
from consent.labels import LabelledEntry, encode
from consent.ports import KeyHolder
from consent.propagation import nature, ties
from consent.recorded import consent_meant, in_force, recorded
from consent.standing import Nobody, Readers, Standing
from desktop.labels import LabelChange, Labelled, Labels, LabelStore
from desktop.reports import Cancelled, DropReport, FilePerson, FileReport, Progress
from fhir.checking import CheckItem, check_item, placed
from fhir.checking_pool import CheckingPool
from fhir.document_checks import unresolved, whole_issues
from fhir.entries import PersonId
from fhir.joining import Joined, Pair
from fhir.people import NO_ONE, Identity
from fhir.reading import read_drop
from fhir.records import Issue, Refused, Resource, SourceFile
from fhir.understanding import Described, Drop, FoundPerson, Understood

KEPT_BYTES = 24 * 2**20
"""A drop of up to this many source bytes stays in memory between learning and storing; a larger one is read again."""

PEOPLE_KEPT = 10_000
"""Of so many people it is remembered what they chose; of more the store is asked again."""

WAITING_BYTES = 32 * 2**20
"""Storing pauses for checking when this many source bytes wait, so that memory stays bounded."""


class PreparedEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry, encoded to be sealed for `readers`; `resource` says where its source bytes stand.

    A restricted person's source bytes are the custodian's alone (and testers' of invented people): they tell where
    someone is in more ways than an entry.
    """

    entry_id: str
    person_id: PersonId
    content: bytes
    readers: frozenset[str]
    resource: Resource
    source_key: str
    version: str
    ties: tuple[tuple[str, int], ...]
    nature: int
    source_readers: frozenset[str] | None = None


class PreparedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One document, ready to be stored in one transaction."""

    document: SourceFile
    people: tuple[FoundPerson, ...]
    entries: tuple[PreparedEntry, ...]
    lanes: frozenset[str]
    labels: dict[PersonId, LabelChange]
    acts: tuple[tuple[PersonId, Act], ...] = ()
    carries: frozenset[tuple[str, str]] = frozenset()


class ImportStore(LabelStore, Protocol):
    """What importing needs of a signed-in vault."""

    @property
    def test_data(self) -> bool: ...
    def principals(self) -> Sequence[KeyHolder]: ...
    def people_sharing(self, keys: Sequence[str]) -> Sequence[tuple[PersonId, Identity]]: ...
    def known_person(self, person: PersonId) -> Identity | None: ...
    def joined(self, person: PersonId) -> Sequence[PersonId]:
        """Everyone who is read as one with a person, with them."""

    def import_of(self, sha256: str) -> str | None:
        """The id of the import that holds exactly this document now, or None."""

    def store(self, prepared: PreparedDocument) -> tuple[str, int]:
        """Store one document; returns (import id, entries newly stored)."""

    def decided(self, both: Pair) -> Literal["same", "apart", ""]:
        """What a human decided about two people."""

    def join_by_evidence(self, found: Sequence[Joined]) -> None:
        """Read those stored as one whom strong evidence makes one; keep the other pairs for a human to decide."""

    def acts(self, person: PersonId) -> Sequence[Act]:
        """What a person chose so far; nothing for someone new. Raises PolicyError where it cannot be read."""

    def signer(self) -> By:
        """Who imports."""

    def now(self) -> datetime:
        """The present."""

    def about(self, person: PersonId) -> About:
        """What is stated about a person; nothing for someone new."""

    def settle(self, person: PersonId) -> None:
        """Seal what was stored before as the person's choices now say."""

    def keep_issues(self, found: Mapping[str, Sequence[Issue]]) -> None:
        """Keep what reading and checking found in documents, by import id."""


class Importer:
    """Stores drops into one store. `pool` may be shared and warm; it is not closed here."""

    def __init__(self, store: ImportStore, pool: CheckingPool) -> None:
        self._store = store
        self._pool = pool
        self._standing = Standing(store.principals(), test_data=store.test_data)
        self._labels = Labels(store, self.readers_of)
        self._standings: dict[PersonId, Readers] = {}
        self._told: dict[PersonId, frozenset[str]] = {}
        self._reader_sets: dict[frozenset[str], frozenset[str]] = {}  # each once: there are few, and many people
        self._acts: dict[PersonId, list[Act]] = {}
        self._wholes: dict[PersonId, Sequence[PersonId]] = {}
        self._organisations = sorted({one.organisation for one in store.principals() if one.organisation})
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
        drop = Drop(self._store.people_sharing, self._store.known_person, self._store.joined, self._store.decided)
        with _rare_collections(), _Checking(self._pool, progress, cancelled) as checking:
            for document in documents(drop, paths, progress, cancelled):
                if isinstance(document, Refused):
                    reports.append(refusal(document))
                    checking.skip()
                    continue
                progress(f"Storing {document.path}", len(reports), 0)
                reports.append(self._store_one(drop, document, checking))
            self._store.join_by_evidence(drop.joined())
            stopped = cancelled()
            if stored is not None:
                stored(DropReport(tuple(reports), stopped, monotonic() - began))
            checking.finish()
        for number, report in enumerate(reports):
            issues = (*report.issues, *checking.found.get(number, ()))
            if issues != report.issues:
                reports[number] = replace(report, issues=issues)
        self._store.keep_issues(
            {one.import_id: one.issues for one in reports if one.import_id and one.status == "imported" and one.issues}
        )
        return DropReport(tuple(reports), stopped, monotonic() - began)

    def contribute(self, document: SourceFile, understood: Understood) -> tuple[str, tuple[str, ...], list[Issue]]:
        """Store one document whose person is known: (import id, ids of its entries, what checking found)."""
        prepared = self.prepare(document, understood)
        known = self._store.import_of(document.sha256)
        import_id = known if known is not None else self._store.store(prepared)[0]
        issues = [*document.issues]
        for position, found in self._pool.check([check_item(one, document) for one in document.resources]):
            issues += placed(document.resources[position], found)
        if known is None and issues:
            self._store.keep_issues({import_id: issues})
        return import_id, tuple(entry.entry_id for entry in prepared.entries), issues

    def _store_one(self, drop: Drop, document: SourceFile, checking: _Checking) -> FileReport:
        report = described_report(document)
        known = self._store.import_of(document.sha256)
        if known is not None:
            if document.format == "csv":
                self.prepare(document, drop.understand(document))  # for what its lines tell and later ones repeat
                self._let_go(drop, document)
            checking.skip()
            return replace(report, status="unchanged", import_id=known)
        understood = drop.understand(document)
        prepared = self.prepare(document, understood)
        fresh = {
            one.person_id
            for one in understood.people
            if all(self._store.known_person(other) is None for other in (one.person_id, *one.whole))
        }
        import_id, entries = self._store.store(prepared)
        self._let_go(drop, document)
        for person, _ in prepared.acts:
            for one in {*self._store.joined(person), *self._whole(person)}:  # read again, with what was just kept
                self._acts.pop(one, None)
                self._standings.pop(one, None)
            self._store.settle(person)
        checking.add(document, drop)
        people = tuple(file_person(found, fresh=found.person_id in fresh) for found in understood.people)
        return replace(
            report,
            status="imported",
            import_id=import_id,
            entries=entries,
            people=people,
            sections=counted(understood),
        )

    def _let_go(self, drop: Drop, document: SourceFile) -> None:
        """Forget what the store knows: an extract may speak of a whole county."""
        if document.passes_by:
            self._store.join_by_evidence(drop.joined())
            drop.let_go(document)
        if len(self._standings) > PEOPLE_KEPT:
            self._standings.clear()
            self._acts.clear()
            self._wholes.clear()

    def prepare(self, document: SourceFile, understood: Understood) -> PreparedDocument:
        """One document as it is to be stored: labelled, and with who may ever read each entry."""
        by_person: dict[PersonId, list[Described]] = {}
        for described in understood.described:
            by_person.setdefault(described.person_id, []).append(described)
        prepared: list[PreparedEntry] = []
        lanes: set[str] = set()
        carries: set[tuple[str, str]] = set()
        restricted = {found.person_id for found in understood.people if found.identity.restricted}
        self._wholes |= {found.person_id: found.whole for found in understood.people if found.whole}
        changes: dict[PersonId, LabelChange] = {}
        acts: list[tuple[PersonId, Act]] = []
        evidence = DocumentEvidence(document, self._store.now())
        for person_id, group in by_person.items():
            entries = [entry for described in group for entry in described.entries]
            origins = [described for described in group for _ in described.entries]
            versions = [origin.resource.version for origin in origins]
            act = self._chosen(person_id, group, evidence)
            if act is not None:
                acts.append((person_id, act))
            standing = self._choose(person_id, act)
            found = None if person_id == NO_ONE else self._labels.of_new(person_id, entries, versions)
            if found is None:
                found = Labelled(label(entries), [None] * len(entries), LabelChange())
            if not found.change.empty:
                changes[person_id] = found.change
            for labelled, within, origin, version in zip(found.entries, found.within, origins, versions, strict=True):
                labelled = msgspec.structs.replace(labelled, evidence=evidence.of(origin.resource))
                entry = labelled.entry
                if origin.demographics is not None and entry.section == "demographics":
                    labelled = msgspec.structs.replace(labelled, demographics=origin.demographics)
                lanes.add(entry.source.lane)
                carries.add((entry.source.lane, entry.section))
                readers = self._testers if person_id == NO_ONE else standing.readers(labelled)
                if within is not None:
                    readers &= within
                prepared.append(
                    PreparedEntry(
                        entry_id=entry.entry_id,
                        person_id=person_id,
                        content=encode(labelled),
                        readers=readers,
                        resource=origin.resource,
                        source_key=entry.source.key,
                        version=version,
                        source_readers=self._testers if person_id in restricted else None,
                        ties=ties(entry),
                        nature=nature(entry),
                    )
                )
        if document.format == "csv":
            prepared = self._as_lines(prepared)
        return PreparedDocument(
            document=document,
            people=understood.people,
            entries=tuple(prepared),
            lanes=frozenset(lanes),
            carries=frozenset(carries),
            acts=tuple(acts),
            labels=changes,
        )

    def _chosen(self, person: PersonId, group: Sequence[Described], evidence: DocumentEvidence) -> Act | None:
        """What the Consents of a document choose for one person."""
        consents = [
            (described.entries[0].source.key if described.entries else "", tree)
            for described in group
            if described.resource.type == "Consent" and (tree := consent_meant(described.resource.tree)) is not None
        ]
        preferences = in_force(recorded(entry for described in group for entry in described.entries))
        consents += [("recorded", one.consent) for one in preferences if one.consent is not None]
        if person == NO_ONE or not consents:
            return None
        return imported_act(
            person,
            consents,
            evidence.resources,
            by=self._store.signer(),
            time=self._store.now().isoformat(),
            organisations=self._organisations,
        )

    def _choose(self, person: PersonId, act: Act | None) -> Readers:
        """Who may ever read a person's entries, by what they chose so far and by what this document chooses."""
        known = self._standings.get(person)
        if known is not None and act is None:
            return known
        try:
            if person not in self._acts:
                self._acts[person] = [] if person == NO_ONE else self._acts_of_whole(person)
            told = () if act is None else (msgspec.structs.replace(act, about=person),)
            acts = [*self._acts[person], *told]
            here = (one for one in self._whole(person) if self._store.known_person(one) is not None)
            about = partial(self._store.about, next(here, person))
            found = self._standing.of_person(person, acts, self._store.now(), about=about)
        except PolicyError:
            found = Nobody()
        self._standings[person] = found
        return found

    def _whole(self, person: PersonId) -> Sequence[PersonId]:
        """Everyone who is read as one with a person, or will be when this drop is stored, with them."""
        return self._wholes.get(person) or (person,)

    def _acts_of_whole(self, person: PersonId) -> list[Act]:
        """What any of them chose: it counts for all, also for those of whom nothing is stored yet."""
        acts: list[Act] = []
        seen: set[PersonId] = set()
        for one in self._whole(person):
            if one not in seen:
                acts += self._store.acts(one)
                seen.update(self._store.joined(one))
        return acts

    def readers_of(self, person: PersonId, labelled: LabelledEntry) -> frozenset[str]:
        return self._choose(person, None).readers(labelled)

    def _as_lines(self, prepared: list[PreparedEntry]) -> list[PreparedEntry]:
        """The entries of an extract, their source bytes for those only who may read all that a line tells.

        Every line repeats what the person's columns say, but that becomes entries only once.
        """
        for entry in prepared:
            if entry.resource.type in _PERSON_COLUMNS:
                told = self._told.get(entry.person_id, entry.readers)
                both = told if told is entry.readers else told & entry.readers
                self._told[entry.person_id] = self._reader_sets.setdefault(both, both)
        lines: dict[int, frozenset[str]] = {}
        for entry in prepared:
            told = self._told.get(entry.person_id, entry.readers)
            readers = lines.setdefault(entry.resource.start, told)
            if readers is not told:
                lines[entry.resource.start] = readers & told
        return [
            one
            if one.source_readers is not None
            else msgspec.structs.replace(one, source_readers=lines[one.resource.start])
            for one in prepared
        ]


_PERSON_COLUMNS = frozenset({"Patient", "Observation", "Condition"})
"""What `fhir.social_care` makes of the columns that say who a person is and how they live."""


def documents(
    drop: Drop, paths: Sequence[Path], progress: Progress, cancelled: Cancelled
) -> Iterator[SourceFile | Refused]:
    """Every document of a drop, after the drop has learned all of them. Reads twice what is too much to keep.

    A drop with an extract is always read twice: of an extract only carers and those they care for are learned, as the
    people of all other rows are met when they pass by.
    """
    kept: list[SourceFile | Refused] = []
    surveys: dict[str, Any] = {}
    size = 0
    for number, document in enumerate(read_drop(paths, now_cancelled=cancelled, surveys=surveys, people_only=True)):
        if isinstance(document, SourceFile):
            progress(f"Reading {document.path}", number, 0)
            drop.learn(document)
            size += KEPT_BYTES + 1 if document.format == "csv" else len(document.data)
        if size <= KEPT_BYTES:
            kept.append(document)
        else:
            kept.clear()
    drop.settle()
    if size > KEPT_BYTES:
        yield from read_drop(paths, now_cancelled=cancelled, surveys=surveys)
        return
    while kept and not cancelled():
        yield kept.pop(0)


def check_drop(paths: Sequence[Path], pool: CheckingPool, progress: Progress, cancelled: Cancelled) -> DropReport:
    """Read and check a drop without storing anything; people are matched among themselves only."""
    began = monotonic()
    reports: list[FileReport] = []
    drop = Drop(lambda keys: (), lambda person: None)
    with _Checking(pool, progress, cancelled) as checking:
        for document in documents(drop, paths, progress, cancelled):
            if isinstance(document, Refused):
                reports.append(refusal(document))
                checking.skip()
                continue
            understood = drop.understand(document)
            people = tuple(file_person(found) for found in understood.people)
            entries = sum(len(described.entries) for described in understood.described)
            sections = counted(understood)
            reports.append(replace(described_report(document), people=people, entries=entries, sections=sections))
            checking.add(document, drop)
        checking.finish()
    reports = [replace(one, issues=(*one.issues, *checking.found.get(n, ()))) for n, one in enumerate(reports)]
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


def counted(understood: Understood) -> tuple[tuple[str, int], ...]:
    """How many entries of a document fall into each section, in the order of the sections' names."""
    found = Counter(entry.section for described in understood.described for entry in described.entries)
    return tuple(sorted(found.items()))


def file_person(found: FoundPerson, *, fresh: bool = False) -> FilePerson:
    """A person of a document, as reports name them. `fresh`: nobody knew them before this document."""
    match = "new" if fresh and found.match == "same" else found.match
    return FilePerson(min(found.whole, default=found.person_id), found.identity.name, found.identity.nhs_number, match)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the cycle collector look seldom: the millions of parts of trees that come and go here form no cycles.

    It took a seventh of the time of storing (measured on Synthea R4).
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Waiting(NamedTuple):
    """A stored document that waits to be checked."""

    number: int
    document: SourceFile
    resolves: Callable[[str, Resource], bool]


class _Checking:
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
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
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

        What was made from an extract needs no check: reading reported on the extract, and tests check the maker.
        """
        if document.format == "csv":
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
            self._queue.put(_Waiting(self._number, document, drop.resolves(document)))
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
        under_way: dict[int, tuple[_Waiting, Resource]] = {}

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
