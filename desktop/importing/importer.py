"""Storing a drop: label, decide who may read, store; one transaction a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic

import msgspec

from consent.choices import Act
from consent.errors import PolicyError
from consent.importing import UNSIGNED, DocumentEvidence, Signature, imported_act
from consent.labelling import label
from consent.labels import LabelledEntry, decode, encode
from consent.limits import limits
from consent.preferences import consent_meant, marked
from consent.propagation import nature, ties
from consent.recorded import in_force, recorded
from consent.said_of import WithTheirThings
from consent.standing import Nobody, Readers, Standing
from desktop.importing.checks import Checking
from desktop.importing.collecting import rare_collections
from desktop.importing.drops import counted, described_report, documents, file_person, refusal
from desktop.importing.prepared import ImportStore, PreparedDocument, PreparedEntry
from desktop.importing.told import Like, Opened, Told, ToldEntry, alone, evidence_told, opened, told_entries
from desktop.labels import LabelChange, Labelled, Labels
from desktop.reports import Cancelled, DropReport, FileReport, Progress
from desktop.travelling import signature_words
from fhir.checking import check_item, placed
from fhir.checking_pool import CheckingPool
from fhir.entries import PersonId
from fhir.people import NO_ONE
from fhir.records import Issue, Refused, Resource, SourceFile
from fhir.understanding import Drop
from fhir.understood import Described, Understood

PEOPLE_KEPT = 10_000
"""Of so many people it is remembered what they chose; of more the store is asked again."""

_PERSON_COLUMNS = frozenset({"Patient", "Observation", "Condition"})
"""What `fhir.social_care` makes of the columns that say who a person is and how they live."""


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
        self._brought: set[PersonId] = set()
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
        store = self._store
        drop = Drop(store.people_sharing, store.known_person, store.joined, store.decided, foresee=store.foresee)
        with rare_collections(), Checking(self._pool, progress, cancelled) as checking:
            for document in documents(drop, paths, progress, cancelled, self._store.now()):
                if isinstance(document, Refused):
                    reports.append(refusal(document))
                    checking.skip()
                    continue
                progress(f"Storing {document.path}", len(reports), 0)
                reports.append(self._store_one(drop, document, checking))
            self._join(drop)
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
        if known is None:
            self._store.keep_issues({import_id: issues} if issues else {})
        return import_id, tuple(entry.entry_id for entry in prepared.entries), issues

    def _store_one(self, drop: Drop, document: SourceFile, checking: Checking) -> FileReport:
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
            if all(self._store.known_person(other) is None for other in {one.person_id, *one.whole})
        }
        import_id, entries = self._store.store(prepared)
        self._brought.update(one.person_id for one in understood.people)
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
            sections=counted(understood, document.told),
            signed=_signed(prepared),
        )

    def _join(self, drop: Drop) -> None:
        """Read as one whom evidence makes one, and label them as one, as far as their records open."""
        self._store.join_by_evidence(drop.joined())
        self._brought.intersection_update(self._store.bound_to_others(self._brought))
        while self._brought:
            bound = self._store.bound(self._brought.pop())
            self._brought.difference_update(bound)
            if len(bound) > 1:
                changes, whole = self._labels.look_again(bound[0])
                self._store.relabel(changes, whole=whole)

    def _let_go(self, drop: Drop, document: SourceFile) -> None:
        """Forget what the store knows: an extract may speak of a whole county."""
        if document.passes_by:
            self._join(drop)
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
        signature = self._signature(document, understood)
        likes: Sequence[Like] = document.told.likes if isinstance(document.told, Told) else ()
        lanes.update(like.looked_at.lane for like in likes)
        carries.update((like.looked_at.lane, like.looked_at.section) for like in likes)
        carries.update(pair for like in likes for pair in limits().held(like.looked_at.limits))
        alike: dict[int, frozenset[str]] = {}
        by_themselves = alone(document.told, by_person)
        for person_id, group in by_person.items():
            told = [(entry, one.resource) for one in group for entry in told_entries(one)] if document.told else []
            if told and person_id not in by_themselves:
                group, told = opened(group), []
            entries = Opened(told) if told else [entry for described in group for entry in described.entries]
            versions = [resource.version for _, resource in told] or [
                one.resource.version for one in group for _ in one.entries
            ]
            act = None if told else self._chosen(person_id, group, evidence, signature)
            if act is not None:
                acts.append((person_id, act))
            standing = self._choose(person_id, act)
            found = (
                None
                if person_id == NO_ONE
                else self._labels.of_new(person_id, entries, versions, self._whole(person_id))
            )
            if found is None and told:
                by_like = alike if standing is self._standing else None
                own = self._testers if person_id in restricted else None
                prepared += _as_told(person_id, told, likes, standing, by_like, own)
                continue
            if found is None:
                found = Labelled(label(entries), [None] * len(entries), LabelChange())
            origins = [one for one in group for _ in (told_entries(one) if told else one.entries)]
            if not found.change.empty:
                changes[person_id] = found.change
            ready = [
                msgspec.structs.replace(
                    labelled, evidence=evidence_told(origin.resource) or evidence.of(origin.resource)
                )
                for labelled, origin in zip(found.entries, origins, strict=True)
            ]
            whole = self._with_things(person_id, standing, ready)
            for labelled, within, origin, version in zip(ready, found.within, origins, versions, strict=True):
                entry = labelled.entry
                if origin.demographics is not None and entry.section == "demographics":
                    labelled = msgspec.structs.replace(labelled, demographics=origin.demographics)
                lanes.add(entry.source.lane)
                carries.add((entry.source.lane, entry.section))
                carries |= limits().held(labelled.limits)
                readers = self._testers if person_id == NO_ONE else whole.readers(labelled)
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
            self._as_lines(prepared)
        return PreparedDocument(
            document=document,
            people=understood.people,
            entries=tuple(prepared),
            lanes=frozenset(lanes),
            carries=frozenset(carries),
            acts=tuple(acts),
            labels=changes,
        )

    def _signature(self, document: SourceFile, understood: Understood) -> Signature:
        """What the signature of a document says of the Consents in it."""
        chooses = any(described.resource.type == "Consent" for described in understood.described)
        return self._store.signature(document.data) if chooses and document.format == "json" else UNSIGNED

    def _chosen(
        self, person: PersonId, group: Sequence[Described], evidence: DocumentEvidence, signature: Signature
    ) -> Act | None:
        """What the Consents of a document choose for one person."""
        consents = [
            (described.entries[0].source.key if described.entries else "", tree)
            for described in group
            if described.resource.type == "Consent" and (tree := consent_meant(described.resource.tree)) is not None
        ]
        preferences = in_force(recorded(entry for described in group for entry in described.entries))
        consents += [("recorded", tree) for one in preferences if (tree := marked(one)) is not None]
        if person == NO_ONE or not consents:
            return None
        return imported_act(
            person,
            consents,
            evidence.resources,
            by=self._store.signer(),
            time=self._store.now().isoformat(),
            organisations=self._organisations,
            signature=signature,
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
        return self._with_things(person, self._choose(person, None)).readers(labelled)

    def _with_things(self, person: PersonId, standing: Readers, new: Sequence[LabelledEntry] = ()) -> Readers:
        """The same readers; of what is said of another thing, new or stored, nobody but those of that thing."""

        def entries() -> list[LabelledEntry]:
            known = [one for one in self._whole(person) if self._store.known_person(one) is not None]
            return [*new, *(decode(one.content) for each in known for one in self._store.holdings(each))]

        return WithTheirThings(standing, entries)

    def _as_lines(self, prepared: Sequence[PreparedEntry]) -> None:
        """Keep the source bytes of an extract's entries for those only who may read all that a line tells.

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
        for entry in prepared:
            if entry.source_readers is None:
                entry.source_readers = lines[entry.resource.start]


def _as_told(
    person_id: PersonId,
    told: Iterable[tuple[ToldEntry, Resource]],
    likes: Sequence[Like],
    standing: Readers,
    alike: dict[int, frozenset[str]] | None,
    source_readers: frozenset[str] | None,
) -> Iterator[PreparedEntry]:
    """The entries of a person as they were told; `alike` keeps the readers of those who chose nothing, by likeness."""
    for entry, resource in told:
        readers = None if alike is None else alike.get(entry.like)
        if readers is None:
            readers = standing.readers(decode(entry.content))
            if alike is not None:
                alike[entry.like] = readers
        like = likes[entry.like]
        yield PreparedEntry(
            entry_id=entry.entry_id,
            person_id=person_id,
            content=entry.content,
            readers=readers,
            resource=resource,
            source_key=like.looked_at.source_key,
            version=resource.version,
            source_readers=source_readers,
            ties=entry.ties,
            nature=like.nature,
        )


def _signed(prepared: PreparedDocument) -> str:
    """What is to be said of the signature that the Consents of a document bear; nothing where there are none."""
    if not any(entry.resource.type == "Consent" for entry in prepared.entries):
        return ""
    kept = [one for _person, act in prepared.acts for one in act.consents]
    return "; ".join(sorted({signature_words(one.signed, changed=one.changed) for one in kept}))
