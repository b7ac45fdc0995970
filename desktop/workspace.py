"""The one application service under the windows and the command line, and the only place where storage meets consent.

Qt-free. A `Workspace` is one signed-in user in one vault; closing it forgets the keys. Everything shown comes from
`open_person`, through the gate.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec
from platformdirs import user_data_path, user_state_path

from consent.acting import PURPOSE, link, linked, speaking_for
from consent.choices import Act, By, encode_act, rules_of
from consent.decision import Policy
from consent.disclosure import DisclosedRecord
from consent.disclosure_json import entry_json
from consent.errors import NotDisclosedError, PolicyError
from consent.gate import Gate
from consent.labelling import forget as forget_titles
from consent.labels import LabelledEntry, decode
from consent.overrides import EMERGENCY
from consent.overrides import table as overrides
from consent.ports import AccessEvent, KeyHolder
from consent.request import ROLES, STAFF_ROLES, Actor, Relationship, Request, Role
from consent.seen import SeenStore
from desktop import lately
from desktop.acting import Acting, Acts
from desktop.choosing import Choosing, PersonsChoices, Preview
from desktop.collector import collector_at_rest
from desktop.desk import Checked, Desk, Link, claims
from desktop.desk import made as desk_of
from desktop.errors import InUseError, NothingFoundError, SignInError, WorkspaceError
from desktop.label_review import LabelReview, LabelRow
from desktop.labels import LabelChange, Labels, Related, Tied
from desktop.matching import Compared, Matching, MatchPair, State
from desktop.overriding import CaseRow, Overriding, signer
from desktop.reports import (
    BackupDone,
    Cancelled,
    DropReport,
    LatelyRow,
    Original,
    PersonRow,
    Progress,
    RestoreDone,
    UserRow,
    VaultSize,
)
from fhir.checking_pool import BATCH_SIZE, CheckingPool, CheckItem
from fhir.entries import EntryId, PersonId
from fhir.identity import identity_keys
from fhir.people import NO_ONE, NO_ONE_IDENTITY, Identity
from fhir.person_search import matches_query, query_keys, search_keys
from fhir.records import Issue
from storage import bare_rows, bench_costs, receipts
from storage.audit_event import LoggedEvent, to_fhir
from storage.audit_log import Verification
from storage.connection import cipher_version
from storage.errors import InUseError as VaultInUseError
from storage.errors import ReceiptError, StorageError, UnfinishedError, UnknownItemError
from storage.errors import SignInError as VaultSignInError
from storage.label_records import NewFloor, NewTies, Relabelling
from storage.records import DocumentToStore, NewChoice, NewEntry, NewPerson, NewUser, StoredContent
from storage.records import Principal as VaultPrincipal
from storage.session import Session
from storage.slots import new_recovery_key
from storage.vault import Vault

if TYPE_CHECKING:
    from desktop.contributing import Contributed
    from desktop.exporting import Prepared
    from desktop.importing import PreparedDocument

NOT_HERE = "There is no such record, or it may not be shown to you."
NOT_THE_LABELS = "Only the custodian's office may review labels."
NOT_THE_LOG = "Only the privacy office and the custodian may read the access log."
OFFICES = {"privacy-officer": "review", "custodian": "review", "tester": "review"}
"""Which office comes with a role: `review` reads the access log."""
EMERGENCY_OFFICE = "emergency"
BREAK_GLASS = "BTG"
OverrideAct = Literal["agree", "end", "review", "given", "put_off"]

MEDIA_TYPES = {"json": "application/fhir+json", "ndjson": "application/fhir+json", "xml": "application/fhir+xml"}
FOUND_AT_MOST = 200

__all__ = [
    "Workspace",
    "as_audit_event",
    "bare_reading",
    "check_files",
    "check_receipt",
    "cipher_version",
    "default_vault",
    "import_and_keep",
    "store_prepared",
    "vault_costs",
]


def default_vault() -> Path:
    """The vault in the user data folder."""
    return user_data_path("OneStory", appauthor=False) / "onestory.vault"


def default_anchors() -> Path:
    """The folder, outside every vault, where the last heads of access logs are noted."""
    return user_state_path("OneStory", appauthor=False) / "anchors"


def check_receipt(file: Path) -> receipts.Checked:
    """Check a receipt by itself, without a vault. Raises NothingFoundError where it does not hold."""
    with _receipt_told():
        return receipts.verify(_read(file))


def as_audit_event(event: LoggedEvent) -> dict[str, Any]:
    """One event of the access log as a FHIR AuditEvent."""
    return to_fhir(event)


def check_files(paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport:
    """Read and check without storing; needs no vault."""
    from desktop.importing import check_drop

    with CheckingPool() as pool:
        return check_drop(paths, pool, progress, cancelled)


def bare_reading(workspace: Workspace, person: PersonId, folder: Path, rounds: int) -> list[float]:
    """Seconds to read the same entries as plain sealed rows: the floor that opening a person is measured against."""
    entries = [decode(one.content) for one in workspace._session.readable(person)]
    plain = [msgspec.structs.replace(one, evidence=msgspec.Raw(b"null")) for one in entries]
    return bare_rows.seconds(folder, plain, rounds)


def vault_costs(folder: Path) -> bench_costs.Costs:
    """What single acts of a vault cost, for measuring."""
    return bench_costs.measure(folder)


def import_and_keep(workspace: Workspace, path: Path) -> list[PreparedDocument]:
    """Import a file or folder, and say what was stored; for measuring."""
    from desktop.importing import Importer

    kept: list[PreparedDocument] = []

    class Keeping(_ImportStore):
        def store(self, prepared: PreparedDocument) -> tuple[str, int]:
            kept.append(prepared)
            return super().store(prepared)

    with _told():
        store = Keeping(workspace._session, workspace._choosing, workspace._clock)
        Importer(store, workspace._checking_pool()).run([path], lambda what, done, total: None, lambda: False)
    return kept


def store_prepared(workspace: Workspace, prepared: PreparedDocument) -> tuple[str, int]:
    """Store one document as importing does, for measuring; returns (import id, entries newly stored)."""
    with _told():
        return _ImportStore(workspace._session, workspace._choosing, workspace._clock).store(prepared)


class Workspace:
    """One signed-in user in one vault. Made by `sign_in`; usable from any thread, one call at a time."""

    def __init__(self, session: Session, clock: Callable[[], datetime]) -> None:
        self._session = session
        self._clock = clock
        self._gate = Gate(session)
        self._matching = Matching(session, session.user.role, self._person_row)
        self.acting = Acting(session, signer(session.user), clock)
        """Who may act for people, and what is found about them."""
        self._choosing = Choosing(_ChoiceStore(session, self.acting), _by(session.user), clock)
        self.overriding = Overriding(session, signer(session.user), clock)
        """Emergency access, lawful overrides, their review and notices."""
        self._ordinary: dict[PersonId, Request] = {}
        self._linked = linked(session.user.role, session.user.organisation)
        self._pool: CheckingPool | None = None
        self._record: DisclosedRecord | None = None
        self._looked_at: set[PersonId] = set()
        me = session.user
        self.user = UserRow(me.name, me.role, me.organisation)
        self.test_data = session.test_data
        self.warnings: tuple[str, ...] = session.warnings
        """Sentences for whoever signed in: what is wrong with the vault, or older than it was on this computer."""

    # -- making and opening

    @staticmethod
    def create(
        vault: Path,
        user: str,
        role: str,
        organisation: str,
        passphrase: str,
        *,
        test_data: bool = False,
        key_file: Path | None = None,
        now: datetime | None = None,
        anchors: Path | None = None,
    ) -> str:
        """Make a vault and its first user; returns the recovery key, which is kept nowhere (or only in `key_file`)."""
        _check_role(role, test_data=test_data)
        _check_passphrase(passphrase)
        if key_file is not None and key_file.exists():
            raise WorkspaceError("The recovery key file is already there; nothing was overwritten.")
        with _told():
            created = Vault.create(
                vault,
                NewUser(user, role, organisation, _offices(role)),
                passphrase,
                test_data=test_data,
                clock=_instants(now),
                anchors=anchors or default_anchors(),
            )
            created.session.close()
        if key_file is not None:
            _write_secret(key_file, created.recovery_key)
        return created.recovery_key

    @classmethod
    def sign_in(
        cls, vault: Path, user: str, passphrase: str, *, now: datetime | None = None, anchors: Path | None = None
    ) -> Workspace:
        """Open a vault. Raises SignInError with one and the same sentence for every wrong answer.

        `anchors` is where the last heads of access logs are noted, by default in the user state folder.
        """
        with _told():
            session = Vault.open(vault, user, passphrase, clock=_instants(now), anchors=anchors or default_anchors())
        workspace = cls(session, (lambda: now) if now is not None else (lambda: datetime.now(UTC)))
        with _told():
            session.record(AccessEvent("sign-in"))
            if session.warnings:
                session.record(AccessEvent("alarm", reason=" ".join(session.warnings), outcome="8"))
        if session.user.custodian:
            workspace.settle_choices()
        return workspace

    @staticmethod
    def user_names(vault: Path) -> list[str]:
        """Names of a vault's users, for the sign-in list."""
        with _told():
            return Vault.user_names(vault)

    # -- finding and opening people

    def people(self, query: str = "") -> list[PersonRow]:
        """People who match a name, NHS number or date of birth in any usual form, by family name.

        At most 200; the newest when the query is empty.
        """
        with _told():
            found = self._session.people(query_keys(query), FOUND_AT_MOST)
            rows = [
                (person_id, identity)
                for person_id, identity in found
                if person_id != NO_ONE
                and (self._linked is None or person_id == self._linked.person)
                and (not query.strip() or matches_query(query, identity))
            ]
            if query.strip():
                self._session.record(AccessEvent("search", reason=query, items=[person_id for person_id, _ in rows]))
            wholes = {self._session.joined(person_id)[0] for person_id, _ in rows}
            known = dict(rows)
            alone = {one for one in wholes if len(self._session.joined(one)) == 1}
            rows = [(one, known[one] if one in alone else self._session.identity(one)) for one in wholes]
            rows.sort(key=lambda row: (_family_first(row[1]), row[0]))
            return [self._person_row(person_id, identity) for person_id, identity in rows]

    def _person_row(self, person_id: PersonId, identity: Identity) -> PersonRow:
        return PersonRow(
            person_id=person_id,
            name=identity.name,
            birth_date=identity.birth_date,
            nhs_number=identity.nhs_number,
            nhs_status=identity.nhs_status,
            gender=identity.gender,
            possible_matches=len(self._session.possible_matches(person_id)),
        )

    def lately(self) -> list[LatelyRow]:
        """Whom this user opened lately, the newest first, with how they said to know them."""
        found = []
        with _told():
            for one in lately.read(self._session.own_note()):
                with suppress(UnknownItemError):  # their import was taken back
                    row = self._person_row(one.person, self._session.identity(one.person))
                    found.append(LatelyRow(row, one.relationship, one.when))
        return found

    def remember_opened(self, person: PersonId, relationship: Relationship) -> None:
        """Remember for this user alone that they opened someone; see `desktop.lately`."""
        with _told():
            before = lately.read(self._session.own_note())
            now = self._clock().isoformat(timespec="seconds")
            self._session.keep_own_note(lately.write(lately.opened_now(before, person, relationship, now)))

    def draft(self, person: PersonId) -> bytes:
        """What this user has begun to write about someone and not added; empty for nothing. Nobody else can open it."""
        with _told():
            return self._session.draft(person)

    def keep_draft(self, person: PersonId, content: bytes) -> None:
        """Keep what was begun; empty forgets it."""
        with _told():
            self._session.keep_draft(person, content)

    # -- people who may be one

    def possible_matches(self, state: State = "open") -> list[MatchPair]:
        """Pairs of people who may be one, joined (same) or kept apart, by minimum demographics."""
        if self._linked is not None:
            return []
        with _told():
            return self._matching.pairs(state)

    def may_match(self) -> bool:
        """Whether this user may see what speaks for a match, and decide."""
        return self._matching.allowed()

    def compare_match(self, person: PersonId, other: PersonId, reason: str) -> Compared:
        """What speaks for and against a listed pair being one. Raises NothingFoundError for those who may not."""
        with _told():
            return self._matching.compare(person, other, reason)

    def decide_match(self, person: PersonId, other: PersonId, state: State, reason: str) -> None:
        """Join two people (same), keep them apart, or take either back (open)."""
        self.forget_record()
        with _told():
            self._matching.decide(person, other, state, reason)

    def joined_with(self, person: PersonId) -> tuple[PersonId, ...]:
        """Everyone who is read as one with a person, with them; the first names the whole."""
        with _told():
            return self._session.joined(person)

    def open_person(
        self,
        person: PersonId,
        *,
        purpose: str = "TREAT",
        relationship: Relationship = "present",
        reason: str = "",
    ) -> DisclosedRecord:
        """What this user may see of a person now. The access is logged before this returns."""
        request = self._request(person, purpose, relationship, reason)
        with _told(), collector_at_rest():
            self._settle_if_due(request.person)
            record = self._opened(request)
            if self._gate.outdated or self._session.labels_due(person):
                self._look_again(person)
        self._record = record
        return record

    def _opened(self, request: Request) -> DisclosedRecord:
        """What the gate releases: with the override that speaks for it, opened now where glass is broken."""
        overriding, person = self.overriding, request.person
        override = overriding.current(person)
        if request.purpose != BREAK_GLASS:
            self._ordinary[person] = request
            own = self._own(request)
            override = override if override and override.kind != EMERGENCY else None
            return self._gate.open(request, override=override, own=own)
        self._gate.admit(request)
        try:
            if override is None or override.kind != EMERGENCY:
                override = overriding.break_glass(person, request.reason)
            else:
                overriding.use(override)
                request = replace(request, reason=request.reason or override.reason)
            return self._gate.open(replace(request, now=self._clock()), override=override)
        finally:
            overriding.done()

    def _request(self, person: PersonId, purpose: str, relationship: Relationship, reason: str) -> Request:
        actor = Actor(
            user=self.user.name,
            role=cast(Role, self.user.role),
            organisation=self.user.organisation,
            principals=self._session.my_principals(),
            former=self._session.user.former,
        )
        with suppress(UnknownItemError):  # someone unknown is the gate's to refuse, and to log
            whole = self._session.joined(person)
            mine = self._linked is not None and self._linked.person in whole
            person = self._linked.person if self._linked is not None and mine else whole[0]
        if self._linked is not None and purpose == "TREAT":
            purpose = PURPOSE[actor.role]
        return Request(person, actor, purpose, relationship, self._clock(), reason)

    def _own(self, request: Request) -> Policy | None:
        """What speaks for the person, or someone who acts for them; None for everyone else."""
        if self._linked is None:
            return None
        me = request.actor
        return speaking_for(me.role, me.organisation, me.user, self.acting.about(request.person))

    def may_break_glass(self) -> bool:
        """Whether this user's role is entitled to emergency access."""
        with _told():
            return self.overriding.may_break_glass()

    def break_glass(self, person: PersonId, reason: str, *, hours: float = 1) -> DisclosedRecord:
        """Open emergency access, and the record with it; see `desktop.overriding`."""
        with _told():
            self._gate.admit(self._request(person, BREAK_GLASS, "present", reason))
            try:
                self.overriding.break_glass(person, reason, hours=hours)
            finally:
                self.overriding.done()
        return self.open_person(person, purpose=BREAK_GLASS, reason=reason)

    def open_override(self, person: PersonId, kind: str, reason: str, grounds: str, hours: float) -> str:
        """Open emergency access, or ask for a lawful override for oneself; its id."""
        with _told():
            self._session.identity(person)
            if kind != EMERGENCY:
                me = self.user
                return self.overriding.ask(person, kind, me.name, me.role, reason, grounds, hours).id
            try:
                return self.overriding.break_glass(person, reason, hours=hours).id
            finally:
                self.overriding.done()

    def override_act(self, act: OverrideAct, person: PersonId, id: str, *words: str, silent: bool = False) -> None:
        """Agree to, end, review or tell of an override; `act` is the name of that in `desktop.overriding`."""
        self._require_theirs(person)
        more = {"silent": silent} if act == "put_off" else {}
        with _told():
            getattr(self.overriding, act)(person, id, *words, **more)

    def overrides(self, *, every: bool = False) -> list[CaseRow]:
        """The privacy office's queue. Raises NothingFoundError for those who may not see it; that is logged."""
        self._require_review(None)
        with _told():
            return self.overriding.all() if every else self.overriding.queue()

    def desk(self) -> Desk:
        """The privacy office's desk. Raises NothingFoundError for those who may not see it; that is logged."""
        events = self.log()
        with _told():
            cases = self.overriding.all()
            found = self._session.verify_log()
            people = {row.person for row in cases} | {one.person for one in claims(events)}
            called = {one: self._session.identity(one).name for one in people if self._known(one)}
            links = [Link(*head) for head in self._session.log_heads()]
        checked = Checked(found.size, found.heads, found.read, found.people, found.problem)
        return desk_of(cases, events, self.users(), links, called, self._clock(), checked)

    def _known(self, person: PersonId) -> bool:
        try:
            self._session.identity(person)
        except KeyError:
            return False
        return True

    def notices(self) -> list[CaseRow]:
        """Overrides of which the person is still to be told."""
        self._require_review(None)
        with _told():
            return self.overriding.notices()

    def end_emergency(self, person: PersonId) -> DisclosedRecord:
        """End emergency access, and give the record as it is shown without it."""
        with _told():
            override = self.overriding.current(person)
            if override is not None:
                self.overriding.end(person, override.id)
        before = self._ordinary.get(person)
        if before is None:
            return self.open_person(person)
        return self.open_person(person, purpose=before.purpose, relationship=before.relationship, reason=before.reason)

    def _look_again(self, person: PersonId) -> None:
        """Bring labels up to date as far as these keys open what they rest on; once for each person and session.

        What was just shown is as strict already. Where it cannot be written, somebody else will do it.
        """
        if person in self._looked_at or person == NO_ONE or self._linked is not None:
            return
        self._looked_at.add(person)
        try:
            for one in self._session.joined(person):
                change, whole = self._labels().look_again(one)
                if change.contents or change.floors or change.settled or whole:
                    self._session.relabel(one, as_relabelling(change))
        except StorageError:
            return

    def _labels(self) -> Labels:
        return Labels(_ImportStore(self._session, self._choosing, self._clock), self._readers)

    def _readers(self, person: PersonId, labelled: LabelledEntry) -> frozenset[str]:
        return self._choosing.readers_of(person, labelled)

    def label_reasons(self, person: PersonId) -> list[LabelRow]:
        """Every entry of a person with its labels and why, for whoever holds the custodian's office; logged.

        Raises NothingFoundError for everyone else.
        """
        self._require_label_office(person)
        with _told():
            rows = [row for one in self._session.joined(person) for row in self._label_review(one).rows()]
            self._session.record(AccessEvent("labels-read", person, items=[row.entry_id for row in rows]))
        return rows

    def correct_label(self, person: PersonId, entry: EntryId, categories: Sequence[str], reason: str) -> None:
        """Set the categories of an entry's resource on purpose, signed by the custodian's office; logged with reason.

        It holds for every state of the resource, also when it is imported again, until it is withdrawn.
        """
        self._decide_label(person, entry, categories, reason, withdraw=False)

    def withdraw_correction(self, person: PersonId, entry: EntryId, reason: str) -> None:
        """Go back to the labels that are derived for an entry's resource."""
        self._decide_label(person, entry, (), reason, withdraw=True)

    def _decide_label(
        self, person: PersonId, entry: EntryId, categories: Sequence[str], reason: str, *, withdraw: bool
    ) -> None:
        self._require_label_office(person)
        if not reason.strip():
            raise WorkspaceError("Say why: a label is not changed without a reason.")
        time = self._clock().isoformat(timespec="seconds")
        self.forget_record()
        with _told():
            for one in self._session.joined(person):
                review = self._label_review(one)
                if not review.has(entry):
                    continue
                try:
                    made = review.decide(entry, categories, reason.strip(), self.user.name, time, withdraw=withdraw)
                except PolicyError as error:
                    raise WorkspaceError(str(error)) from None
                change = as_relabelling(made.change)
                self._session.correct(one, made.target, made.content, made.readers, change, reason=reason.strip())
                return
            raise UnknownItemError("no such entry")

    def _label_review(self, person: PersonId) -> LabelReview:
        return LabelReview(_ImportStore(self._session, self._choosing, self._clock), self._readers, person)

    def _require_label_office(self, person: PersonId) -> None:
        if "custodian" not in self._session.my_principals():
            with _told():
                self._session.record(AccessEvent("refused", person=person, reason="labels", outcome="4"))
            raise NothingFoundError(NOT_THE_LABELS)

    def original(self, entry: EntryId) -> Original:
        """The source bytes behind an entry, unchanged, or the redacted entry. Raises NothingFoundError if not released.

        An entry of the record that is open is answered from it; any other goes through the gate first.
        """
        record = self._record_of(entry)
        shown, person = record.entry(entry), record.person
        self._log("read", person, items=(entry,))
        # What a restricted person's sources hold tells where they are, in more ways than an entry shows.
        if shown.whole and not (shown.shortened or record.banner.identity.restricted):
            try:
                with _told():
                    found = self._session.original(entry, person)
            except NothingFoundError:
                pass
            else:
                if found.format != "csv" or record.full or self._shows_all_of(record, found.data):
                    kind = MEDIA_TYPES.get(found.format, "text/plain")
                    return Original(found.data, True, kind, found.path, found.line)
        redacted = {"redacted": True, "tag": "REDACTED", "entry": entry_json(shown)}
        data = msgspec.json.format(msgspec.json.encode(redacted), indent=2)
        return Original(data, False, "application/json", "")

    def _shows_all_of(self, record: DisclosedRecord, line: bytes) -> bool:
        """Whether everything that was made of a line of an extract is shown: one line tells of several resources."""
        with _told():
            sources = self._session.originals(record.person)
        return all(record.shows(entry) for entry, found in sources.items() if found.data == line)

    # -- choices

    def _require_theirs(self, person: PersonId, *, change: bool = False) -> None:
        """Whoever is, or acts for, one person has to do with that person only; to change something, by a right in
        force.

        Raises NothingFoundError, after logging the refusal. Staff pass.
        """
        if self._linked is None:
            return
        try:
            theirs = self._linked.person in self._session.joined(person)
        except UnknownItemError:
            theirs = False
        if theirs and change and self.user.role != "person":
            rights = self.acting.acting(self._linked.person)
            theirs = any(one.mandate.user == self.user.name and one.standing.state == "active" for one in rights)
        if not theirs:
            with _told():
                self._session.record(AccessEvent("refused", person=person, outcome="4"))
            raise NothingFoundError(NOT_HERE)

    def choices(self, person: PersonId) -> PersonsChoices:
        """What a person chose about sharing. Reading it is logged."""
        self._require_theirs(person)
        with _told():
            self._session.record(AccessEvent("choices-read", person=person))
            return self._choosing.of(person)

    def set_choices(
        self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Any] | None = None, *, reason: str = ""
    ) -> PersonsChoices:
        """Put these FHIR Consents in place of all choices made here, at the person's word. `resources` tell who the
        actors are, by name. What this user's keys do not open is sealed when someone signs in whose keys do."""
        self._require_theirs(person, change=True)
        self.forget_record()
        with _told():
            self._choosing.put(person, consents, resources or {}, reason=reason)
            return self._choosing.of(person)

    def confirm_choices(self, person: PersonId, ids: Sequence[str]) -> PersonsChoices:
        """Make imported Consents the person's own: until then they only narrow."""
        self._require_theirs(person, change=True)
        self.forget_record()
        with _told():
            self._choosing.confirm(person, ids)
            return self._choosing.of(person)

    def withdraw_choices(self, person: PersonId, ids: Sequence[str]) -> PersonsChoices:
        """End Consents, imported or made here."""
        self._require_theirs(person, change=True)
        self.forget_record()
        with _told():
            self._choosing.withdraw(person, ids)
            return self._choosing.of(person)

    def preview_choices(
        self, person: PersonId, consents: Sequence[Any], resources: Mapping[str, Any] | None = None
    ) -> Preview:
        """What setting these Consents would change for each kind of worker, of what this user is shown. Keeps
        nothing."""
        record = self.open_person(person)
        entries = {item.entry.entry_id: item for section in record.sections.values() for item in section.entries}
        with _told():
            changed = self._choosing.preview(person, consents, resources or {}, frozenset(entries))
        return Preview(tuple(changed), entries)

    def see_as(
        self, person: PersonId, role: str, organisation: str = "", user: str = "", *, purpose: str = "TREAT"
    ) -> DisclosedRecord:
        """What someone else would be shown of a person, minus what is not shown to this user. Logged as such."""
        if role not in ROLES:
            raise WorkspaceError(f"There is no role {role!r}; the roles are: {', '.join(ROLES)}.")
        mine = self.open_person(person)
        seen = frozenset(item.entry.entry_id for section in mine.sections.values() for item in section.entries)
        actor = Actor(user, cast(Role, role), organisation)
        with _told():
            self._session.record(AccessEvent("see-as", person=person, reason=f"{role} {organisation} {user}".strip()))
            return Gate(SeenStore(self._session, seen)).open(Request(person, actor, purpose, "present", self._clock()))

    def settle_choices(self) -> int:
        """Seal what waits to be sealed as people chose; for how many people something waited."""
        with _told():
            return self._choosing.settle_all()

    def _settle_if_due(self, person: PersonId) -> None:
        if self._linked is not None:  # they do not know all that is stated about those who act for the person
            return
        try:
            self._choosing.settle_if_due(person)
        except KeyError:
            return  # nobody of that name: the gate says so

    def _record_of(self, entry: EntryId) -> DisclosedRecord:
        """The disclosed record that shows an entry: the one that is open, else its person's."""
        if self._record is not None and self._record.shows(entry):
            return self._record
        with _told():
            person = self._session.person_of(entry)
        record = self.open_person(person)
        if not record.shows(entry):
            raise NothingFoundError(NOT_HERE)
        return record

    # -- what leaves

    def prepare_export(
        self,
        person: PersonId,
        form: str,
        *,
        audience: str = "",
        purpose: str = "TREAT",
        relationship: Relationship = "present",
        reason: str = "",
    ) -> Prepared:
        """What would leave, whole and in memory, for looking at first. `form` is a key of `desktop.exporting.FORMATS`.

        With an `audience` (a role) it holds only what both this user and such a worker may see. Raises
        NothingFoundError where nothing may leave.
        """
        from desktop import exporting

        exporting.check(form, audience)
        request = self._request(person, purpose, relationship, reason)
        with _told():
            record = self._gate.open(request, cast(Role, audience) if audience else None, own=self._own(request))
            sources = self._session.originals(person) if form in exporting.NEED_SOURCES else {}
        return exporting.prepare(record, sources, form, audience)

    def hand_out(self, prepared: Prepared, out: Path | None) -> None:
        """Write what was prepared to a new file, or with None let it be printed; the log has it first."""
        from desktop import exporting

        if out is not None:
            exporting.require_free(out)
        with _told():
            self._session.record(exporting.event(prepared, printed=out is None))
        if out is not None:
            exporting.write_new(out, prepared.data)

    def forget_record(self) -> None:
        """Let go of the record that is open."""
        self._record = None

    # -- bringing records in

    def check(self, paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport:
        """Read and check without storing."""
        from desktop.importing import check_drop

        return check_drop(paths, self._checking_pool(), progress, cancelled)

    def import_files(
        self,
        paths: Sequence[Path],
        progress: Progress,
        cancelled: Cancelled,
        stored: Callable[[DropReport], None] | None = None,
    ) -> DropReport:
        """Store a drop: one transaction a document; cancelling keeps whole documents only.

        `stored` hears the report once everything is stored and can be opened, while checking still runs.
        """
        if self.user.role not in STAFF_ROLES:
            raise WorkspaceError("Only staff may import records.")
        from desktop.importing import Importer  # the sign-in window does without all that reading needs

        self.forget_record()
        self._looked_at.clear()
        self._choosing.forget()
        with _told():
            store = _ImportStore(self._session, self._choosing, self._clock)
            return Importer(store, self._checking_pool()).run(paths, progress, cancelled, stored)

    def contribute(self, person: PersonId, data: bytes, *, relationship: Relationship = "present") -> Contributed:
        """Add one FHIR resource to a person's record, with Provenance; it is read, labelled and sealed like any other.

        Raises WorkspaceError for those who may not add, and for what cannot be added.
        """
        from desktop import contributing
        from desktop.importing import Importer

        contributing.require_contributor(self.user.role)
        record = self.open_person(person, relationship=relationship)
        made = contributing.prepare(record, data)
        self.forget_record()
        with _told():
            self._session.record(contributing.event(record, made))
            stored = Importer(
                _ImportStore(self._session, self._choosing, self._clock), self._checking_pool()
            ).contribute(made.document, made.understood)
        return contributing.done(record, made, stored)

    def undo(self, import_id: str) -> int:
        """Take one import back as a whole; how many entries went. Raises NothingFoundError for an unknown one.

        One that brought sharing choices is for whoever imported it, or the custodian: taking it back ends them.
        """
        if self._linked is not None:
            raise NothingFoundError(NOT_HERE)
        self.forget_record()
        self._looked_at.clear()
        self._choosing.forget()
        with _told():
            brought = self._session.choosers_of(import_id)
            if brought - {self._session.user.id} and not self._session.user.custodian:
                raise WorkspaceError(
                    "This import brought sharing choices; only whoever imported it, or the custodian, can take it back."
                )
            return self._session.undo(import_id)

    def warm_up(self, *, wait: bool = False) -> None:
        """Get the checking processes ready ahead of the first import; returns at once unless told to wait for them."""
        pool = self._checking_pool()
        pool.warm_up()
        if wait:
            for _ in pool.check([CheckItem("Patient", b"{}", "R4")] * (BATCH_SIZE + 1)):
                pass

    def _checking_pool(self) -> CheckingPool:
        if self._pool is None:
            self._pool = CheckingPool()
        return self._pool

    def size(self) -> VaultSize:
        """How many people and entries are stored, whoever may see them; for measuring."""
        with _told():
            return VaultSize(*self._session.size())

    # -- users

    def users(self) -> list[UserRow]:
        """Users of this vault."""
        with _told():
            return [UserRow(user.name, user.role, user.organisation, user.custodian) for user in self._session.users()]

    def add_user(
        self,
        name: str,
        role: str,
        organisation: str,
        passphrase: str,
        *,
        recovery_key: str,
        custodian: bool = False,
        person: PersonId | None = None,
        mandate: Mapping[str, Any] | None = None,
    ) -> UserRow:
        """Add a user; when this returns they can read what they may of all that is stored.

        `person` links someone who is that person, or acts for them on the basis `mandate` says (the arguments of
        `Acting.allow`): they are of no organisation, and read nothing of anyone else.
        """
        _check_role(role, test_data=self.test_data)
        _check_passphrase(passphrase)
        if person is not None:
            if role not in PURPOSE:
                raise WorkspaceError("Only a person, a carer or a proxy is linked to a person's record.")
            with _told():
                self._session.identity(person)
            organisation = link(person, "" if role == "person" else name)
        offices = _offices(role) | ({"custodian"} if custodian else frozenset())
        with _told():
            new = NewUser(name, role, organisation, offices, told=role not in PURPOSE)
            self._session.add_user(new, passphrase, recovery_key, self._readers_of)
            if person is not None and role != "person":
                self.acting.introduce(person, name)
                if mandate is not None:
                    self.acting.allow(person, name, **mandate)
                    self._choosing.settle(person)
        return UserRow(name, role, organisation, custodian)

    # -- those who act for a person

    def acting_for(self, person: PersonId) -> list[Acts]:
        """Everyone who may or might act for a person, and how that stands today."""
        self._require_theirs(person)
        with _told():
            self._session.identity(person)
            return self.acting.acting(person)

    def state_acting(self, act: str, person: PersonId, *words: Any, **more: Any) -> Any:
        """Record something about those who act for a person or what binds their view (`act` names it in
        `desktop.acting`), and seal the person's entries as it then is."""
        self._require_theirs(person, change=True)
        self.forget_record()
        with _told():
            self._session.identity(person)
            said = getattr(self.acting, act)(person, *words, **more)
            self._choosing.settle(person)
            return said

    def remove_user(self, name: str, *, recovery_key: str = "", new_key_file: Path | None = None) -> bool:
        """Remove a user and change every key they knew; see `storage.rotation`.

        If they held the custodian's office the recovery key changes too: the new one is in `new_key_file` before
        anything else happens, and this returns True.
        """
        self.forget_record()
        with _told_of_users(name):
            if not self._session.holds_office(name):
                self._session.remove_user(name, recovery_key)
                return False
            with _new_recovery_key(new_key_file) as new:
                self._session.remove_user(name, recovery_key, new)
            return True

    def rename_organisation(self, organisation: str, name: str, *, recovery_key: str = "") -> int:
        """Give an organisation another name; keys and grants stay. Says of how many teams and users it is part."""
        name = name.strip()
        if not name or "\n" in name:
            raise WorkspaceError("An organisation needs a name of one line.")
        self.forget_record()
        with _told():
            try:
                return self._session.rename_organisation(organisation, name, recovery_key)
            except UnknownItemError as error:
                raise NothingFoundError(str(error)) from None

    def change_every_key(self, recovery_key: str, new_key_file: Path) -> None:
        """Change the keys of everyone's teams and offices and of the vault; the recovery key becomes another."""
        self.forget_record()
        with _told(), _new_recovery_key(new_key_file) as new:
            self._session.change_every_key(new, recovery_key)

    def change_passphrase(self, passphrase: str, new: str) -> None:
        """Change the signed-in user's own passphrase. Raises SignInError when `passphrase` is not theirs."""
        _check_passphrase(new)
        with _told():
            self._session.change_passphrase(passphrase, new)

    def change_recovery_key(self, recovery_key: str, file: Path) -> None:
        """Write a new recovery key to a new file; the one before opens nothing any more."""
        if file.exists():
            raise WorkspaceError("The recovery key file is already there; nothing was overwritten.")
        with _told():
            _write_secret(file, self._session.change_recovery_key(recovery_key))

    @classmethod
    def reset_passphrase(
        cls, vault: Path, name: str, new: str, *, recovery_key: str, now: datetime | None = None
    ) -> None:
        """Give a user whose passphrase is lost fresh keys and a new passphrase, with the recovery key alone."""
        _check_passphrase(new)
        with _told_of_users(name):
            session = Vault.recover(vault, recovery_key, clock=_instants(now), anchors=default_anchors())
            with session, cls(session, lambda: now or datetime.now(UTC)) as workspace:
                session.add_user(session.as_new(name), new, recovery_key, workspace._readers_of, again=True)

    # -- backups

    def backup(self, file: Path) -> BackupDone:
        """Copy vault and key file into one new file, verified."""
        with _told():
            made = self._session.backup(file)
        return BackupDone(file, made.made, sum(made.counts.values()))

    @staticmethod
    def restore(vault: Path, file: Path, user: str, passphrase: str, *, now: datetime | None = None) -> RestoreDone:
        """Put a backup in place of a vault; name and passphrase are those of the time of the backup."""
        with _told():
            done = Vault.restore(vault, file, user, passphrase, clock=_instants(now))
            with Vault.open(vault, user, passphrase, clock=_instants(now), anchors=default_anchors()) as session:
                session.record(AccessEvent("restore", reason=f"backup of {done.made}"))
        return RestoreDone(
            done.made,
            done.replaced,
            done.compared,
            done.newer_imports,
            done.newer_events,
            done.users_lost,
            done.users_back,
            done.newer_choices,
        )

    @staticmethod
    def only_user_of_backup(file: Path) -> str:
        """The user of a backup that has one only."""
        with _told():
            names = Vault.users_of_backup(file)
        if len(names) != 1:
            raise WorkspaceError("That backup has several users; say which with --user.")
        return names[0]

    def _readers_of(
        self, person: PersonId, contents: Sequence[StoredContent], principals: Sequence[VaultPrincipal]
    ) -> list[frozenset[str]]:
        if person == NO_ONE:
            return [_testers(principals, test_data=self.test_data)] * len(contents)
        return self._choosing.readers(person, contents, principals)

    # -- the log

    def log(self, person: PersonId | None = None) -> list[LoggedEvent]:
        """Every event of the access log, or those about a person, oldest first; that it was read is logged too.

        Raises NothingFoundError for those who may not read it.
        """
        self._require_review(person)
        with _told():
            events = self._session.log_events(person)
            self._session.record(AccessEvent("log-read", person=person))
        return events

    def verify_log(self) -> Verification:
        """Whether the access log and everyone's records are those that were signed; true when nothing is wrong."""
        with _told():
            return self._session.verify_log()

    def receipt(self, person: PersonId, out: Path) -> None:
        """Write what the log holds about a person, with its proofs, to a new file that verifies without the vault."""
        self._require_review(person)
        if out.exists():
            raise WorkspaceError("There is already a file at that place; nothing was overwritten.")
        with _told():
            content = self._session.receipt(person)
        try:
            out.touch(mode=0o600, exist_ok=False)
            out.write_bytes(content)
        except OSError:
            raise WorkspaceError("The receipt could not be written there.") from None

    def verify_receipt(self, file: Path) -> receipts.Checked:
        """Check a receipt by itself and against this vault's log. Raises NothingFoundError where it does not hold."""
        with _told(), _receipt_told():
            return self._session.check_receipt(_read(file))

    def _require_review(self, person: PersonId | None) -> None:
        if "review" not in self._session.my_principals():
            with _told():
                self._session.record(AccessEvent("refused", person=person, reason="access log", outcome="4"))
            raise NothingFoundError(NOT_THE_LOG)

    def _log(self, kind: str, person: PersonId, *, items: Sequence[str] = ()) -> None:
        with _told():
            self._session.record(AccessEvent(kind, person=person, items=items))

    # -- closing

    def close(self) -> None:
        """Close the vault and forget the keys. Safe to call twice."""
        self.forget_record()
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        forget_titles()
        self._session.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _ImportStore:
    """A vault session as importing sees it."""

    def __init__(self, session: Session, choosing: Choosing, clock: Callable[[], datetime]) -> None:
        self.about = choosing.about
        self._session = session
        self._choosing = choosing
        self._clock = clock

    @property
    def test_data(self) -> bool:
        return self._session.test_data

    def principals(self) -> Sequence[KeyHolder]:
        return self._session.principals()

    def acts(self, person: PersonId) -> Sequence[Act]:
        return self._choosing.acts(person)

    def signer(self) -> By:
        return _by(self._session.user)

    def now(self) -> datetime:
        return self._clock()

    def settle(self, person: PersonId) -> None:
        self._choosing.settle(person)

    def people_sharing(self, keys: Sequence[str]) -> Sequence[tuple[PersonId, Identity]]:
        return self._session.candidates(keys)

    def known_person(self, person: PersonId) -> Identity | None:
        try:
            return self._session.own_identity(person)
        except UnknownItemError:
            return None

    def joined(self, person: PersonId) -> Sequence[PersonId]:
        try:
            return self._session.joined(person)
        except UnknownItemError:
            return (person,)

    def import_of(self, sha256: str) -> str | None:
        return self._session.import_of(sha256)

    def related(self, person: PersonId, fresh: Iterable[Tied]) -> Related | None:
        return self._session.related(
            person,
            (NewTies(one.entry_id, one.resource, one.source_key, one.ties, one.nature, one.version) for one in fresh),
        )

    def everything_related(self, person: PersonId) -> Related:
        return self._session.everything_related(person)

    def link_number(self, person: PersonId, resource: str) -> int:
        return self._session.link_number(person, resource)

    def store(self, prepared: PreparedDocument) -> tuple[str, int]:
        document = prepared.document
        people = [
            NewPerson(
                person_id=found.person_id,
                identity=found.identity,
                match_keys=identity_keys(found.identity),
                search_keys=search_keys(found.identity),
            )
            for found in prepared.people
        ]
        if any(entry.person_id == NO_ONE for entry in prepared.entries):
            people.append(NewPerson(person_id=NO_ONE, identity=NO_ONE_IDENTITY))
        stored = self._session.store_document(
            DocumentToStore(
                path=document.path,
                data=document.data,
                sha256=document.sha256,
                format=document.format,
                people=people,
                entries=[
                    NewEntry(
                        entry_id=EntryId(entry.entry_id),
                        person=entry.person_id,
                        content=entry.content,
                        readers=entry.readers,
                        resource=entry.resource.key if entry.resource.id else "",  # nameless: never one's newer state
                        source_key=entry.source_key,
                        version=entry.version,
                        start=entry.resource.start,
                        end=entry.resource.end,
                        line=entry.resource.line,
                        source_readers=entry.source_readers,
                        ties=entry.ties,
                        nature=entry.nature,
                    )
                    for entry in prepared.entries
                ],
                fhir_version=document.fhir_version,
                bundle_type=document.bundle_type,
                lanes=prepared.lanes,
                labels={person: as_relabelling(change) for person, change in prepared.labels.items()},
                choices=tuple(
                    NewChoice(person, encode_act(rules_of(act)), encode_act(act)) for person, act in prepared.acts
                ),
                carries=prepared.carries,
                restricts=tuple({other for found in prepared.people for other in found.protects}),
                restricted_readers=_testers(self.principals(), test_data=self.test_data),
                issues=msgspec.json.encode(document.issues) if document.issues else b"",
            )
        )
        return stored.import_id, stored.entries

    def note_possible_match(self, person: PersonId, other: PersonId) -> None:
        self._session.note_possible_match(person, other)

    def keep_issues(self, found: Mapping[str, Sequence[Issue]]) -> None:
        if found:
            self._session.set_issues({import_id: msgspec.json.encode(issues) for import_id, issues in found.items()})


def as_relabelling(change: LabelChange) -> Relabelling:
    """A change of labels as the vault takes it."""
    floors = [NewFloor(*floor) for floor in change.floors]
    return Relabelling(contents=change.contents, floors=floors, settled=change.settled, due=change.due)


class _ChoiceStore:
    """A vault session as choosing sees it."""

    def __init__(self, session: Session, acting: Acting) -> None:
        self._session = session
        self.about = acting.about
        self.test_data = session.test_data
        self.identity = session.identity
        self.joined = session.joined
        self.principals = session.principals
        self.choices = session.choices
        self.holdings = session.holdings
        self.reseal = session.reseal
        self.unsettled = session.unsettled
        self.is_unsettled = session.is_unsettled

    def keep(
        self, person: PersonId, rules: bytes, full: bytes, readers: Mapping[EntryId, frozenset[str]], due: str | None
    ) -> bool:
        return self._session.choose(NewChoice(person, rules, full), readers, due)

    def original(self, entry_id: EntryId, person: PersonId) -> bytes:
        try:
            return self._session.original(entry_id, person).data
        except UnknownItemError:
            return b""


def _by(me: VaultPrincipal) -> By:
    """The signed-in user as acts name them."""
    for_person = me.role not in ("person", "proxy") and not me.custodian
    return By(me.id, me.name, me.role, me.organisation, custodian=me.custodian, for_person=for_person)


@contextmanager
def _told() -> Iterator[None]:
    """Turn the vault's known errors and the gate's refusals into sentences for the user."""
    try:
        yield
    except VaultSignInError as error:
        raise SignInError(str(error)) from None
    except VaultInUseError as error:
        raise InUseError(str(error)) from None
    except NotDisclosedError as error:
        raise NothingFoundError(str(error)) from None
    except UnknownItemError:
        raise NothingFoundError(NOT_HERE) from None
    except StorageError as error:
        raise WorkspaceError(str(error)) from None


@contextmanager
def _told_of_users(name: str) -> Iterator[None]:
    """The same, where what may be missing is a user."""
    with _told():
        try:
            yield
        except UnknownItemError:
            raise NothingFoundError(f"There is no user {name} in this vault.") from None


@contextmanager
def _receipt_told() -> Iterator[None]:
    """A receipt that does not hold is the answer "no"."""
    try:
        yield
    except ReceiptError as error:
        raise NothingFoundError(str(error)) from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise WorkspaceError("The receipt cannot be read.") from None


def _offices(role: str) -> frozenset[str]:
    found = frozenset({OFFICES[role]}) if role in OFFICES else frozenset()
    return found | ({EMERGENCY_OFFICE} if role in overrides().kinds[EMERGENCY].who else frozenset())


def _testers(principals: Sequence[KeyHolder], *, test_data: bool) -> frozenset[str]:
    return frozenset(who.id for who in principals if test_data and who.kind == "team" and who.role == "tester")


def _check_role(role: str, *, test_data: bool) -> None:
    if role not in ROLES:
        raise WorkspaceError(f"There is no role {role!r}; the roles are: {', '.join(ROLES)}.")
    if role == "tester" and not test_data:
        raise WorkspaceError("Testers are only possible in a vault made with --test-data.")


def _check_passphrase(passphrase: str) -> None:
    if len(passphrase) < 8:
        raise WorkspaceError("A passphrase needs at least 8 characters.")


@contextmanager
def _new_recovery_key(file: Path | None) -> Iterator[str]:
    """A new recovery key, in a file before it is used, so that it cannot be lost; the file goes if nothing came of it.

    Empty without a file.
    """
    if file is None:
        yield ""
        return
    if file.exists():
        raise WorkspaceError("The recovery key file is already there; nothing was overwritten.")
    key = new_recovery_key()
    _write_secret(file, key)
    try:
        yield key
    except UnfinishedError:
        raise
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _write_secret(file: Path, secret: str) -> None:
    try:
        file.touch(mode=0o600, exist_ok=False)
        with file.open("w", encoding="utf-8") as out:
            out.write(secret + "\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        raise WorkspaceError("The recovery key could not be written there.") from None


def _instants(now: datetime | None) -> Callable[[], str]:
    def instant() -> str:
        return (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return instant


def _family_first(identity: Identity) -> str:
    """A name to sort by: "ELLISON Margaret" for "Margaret ELLISON"."""
    words = identity.name.split()
    return " ".join(sorted(words, key=lambda word: not word.isupper())).casefold()
