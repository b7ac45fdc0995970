"""A vault and a signed-in workspace over the invented person of `records`, which need no disk: what it finds, and the
report of an import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from records import NAME, NHS_NUMBER, NOW, PERSON, record

from consent.disclosure import DisclosedRecord
from consent.request import Relationship
from desktop import lately
from desktop.errors import SignInError, WorkspaceError
from desktop.reports import (
    Cancelled,
    ChoosePost,
    DropReport,
    FilePerson,
    FileReport,
    LatelyRow,
    Original,
    PersonRow,
    Progress,
    RestoreDone,
    UserRow,
    first_post,
)
from fhir.entries import EntryId, PersonId
from fhir.records import Issue

ROWS = (
    PersonRow(PERSON, NAME, "1938-02-14", NHS_NUMBER, "verified", "female"),
    PersonRow(PersonId("p2"), "Thomas OKORO", "1990-07", "", "none", "male", possible_matches=1),
    PersonRow(PersonId("p3"), "Amira HUSSAIN", "2016-01-30", "1234567890", "invalid", "female"),
)

DROP = DropReport(
    files=(
        FileReport(
            path="discharge/ellison-discharge.json",
            status="imported",
            format="json",
            fhir_version="R4",
            bundle_type="document",
            resources=14,
            entries=11,
            import_id="i1",
            issues=(
                Issue(
                    severity="error",
                    code="required",
                    message="A coded value is an object where a list is due.",
                    resource="Condition/c7",
                    path="Condition.code.coding",
                    line=214,
                ),
                Issue(
                    severity="warning",
                    code="value",
                    message="The date of birth is not a possible date.",
                    resource="Patient/p",
                    path="Patient.birthDate",
                ),
            ),
            people=(FilePerson(PERSON, NAME, NHS_NUMBER, "same"),),
        ),
        FileReport(path="council/cld-2026-11.csv", status="unchanged", format="csv", resources=31),
        FileReport(
            path="letters.zip!scan-0412.json",
            status="refused",
            reason="This is a picture renamed to JSON; it holds no records.",
        ),
        FileReport(
            path="gp/okoro.xml",
            status="imported",
            format="xml",
            fhir_version="STU3",
            bundle_type="collection",
            resources=8,
            entries=7,
            import_id="i2",
            people=(FilePerson(PersonId("p2"), "Thomas OKORO", "", "possible"),),
        ),
    ),
)


class FakeWorkspace:
    """Stands where `desktop.workspace.Workspace` does, over the records given."""

    def __init__(
        self,
        user: UserRow,
        records: dict[PersonId, DisclosedRecord],
        notes: dict[str, bytes] | None = None,
        *,
        test_data: bool = True,
    ) -> None:
        self.user, self.test_data = user, test_data
        self.posts: tuple[UserRow, ...] = (user,)
        self.notes = notes if notes is not None else {}
        self.warnings: tuple[str, ...] = ()
        self.changes = 0
        self.records = records
        self.closed = False
        self.opened: list[tuple[PersonId, str, str, str]] = []
        self.undone: list[str] = []

    def people(self, query: str = "") -> list[PersonRow]:
        words = query.casefold().replace(" ", "")
        return [
            row for row in ROWS if words in f"{row.name}{row.nhs_number}{row.birth_date}".casefold().replace(" ", "")
        ]

    def open_person(
        self, person: PersonId, *, purpose: str = "TREAT", relationship: Relationship = "present", reason: str = ""
    ) -> DisclosedRecord:
        self.opened.append((person, purpose, relationship, reason))
        found = self.records[person]
        return replace(found, request=replace(found.request, purpose=purpose, relationship=relationship, reason=reason))

    def lately(self) -> list[LatelyRow]:
        rows = {row.person_id: row for row in ROWS}
        opened = lately.read(self.notes.get(self.user.name, b""))
        return [LatelyRow(rows[one.person], one.relationship, one.when) for one in opened]

    def remember_opened(self, person: PersonId, relationship: Relationship) -> None:
        before = lately.read(self.notes.get(self.user.name, b""))
        self.notes[self.user.name] = lately.write(
            lately.opened_now(before, person, relationship, NOW.isoformat(timespec="seconds"))
        )

    def claims_asked(self) -> list[object]:
        return []

    def original(self, entry: EntryId) -> Original:
        return Original(
            data=b'{"resourceType": "Encounter", "id": "fall"}',
            exact=True,
            media_type="application/fhir+json",
            path="discharge/ellison-discharge.json",
            line=12,
        )

    def import_files(self, paths: Sequence[Path], progress: Progress, cancelled: Cancelled) -> DropReport:
        for number in range(4):
            if cancelled():
                return DropReport(cancelled=True)
            progress("Reading", number + 1, 4)
        return DROP

    def undo(self, import_id: str) -> int:
        self.undone.append(import_id)
        return 9

    def work_as(self, post: UserRow) -> FakeWorkspace:
        self.closed = True
        other = FakeWorkspace(post, self.records, self.notes, test_data=self.test_data)
        other.posts = self.posts
        return other

    def close(self) -> None:
        self.closed = True


class FakeVault:
    """A vault with two users who share one passphrase."""

    def __init__(self, records: dict[PersonId, DisclosedRecord] | None = None) -> None:
        self.records = records if records is not None else {PERSON: record()}
        self.workspaces: list[FakeWorkspace] = []
        self.notes: dict[str, bytes] = {}

    def user_names(self) -> list[str]:
        return ["Asha", "Ben"]

    def sign_in(self, user: str, passphrase: str, *, choose: ChoosePost = first_post) -> FakeWorkspace:
        if passphrase != "correct":
            raise SignInError("Name and passphrase do not open this vault.")
        role, organisation = {
            "Asha": ("nurse", "Riverside Community Team"),
            "Ben": ("social-worker", "Thornbury Council"),
        }[user]
        self.workspaces.append(FakeWorkspace(UserRow(user, role, organisation), self.records, self.notes))
        return self.workspaces[-1]

    def keyring_users(self) -> list[str]:
        return []

    def sign_in_by_keyring(self, user: str, *, choose: ChoosePost = first_post) -> FakeWorkspace:
        raise WorkspaceError("No keyring service was found on this computer; go on using the passphrase.")

    def restore(self, file: Path, user: str, passphrase: str, **more: Any) -> RestoreDone:
        raise WorkspaceError("That file is not a backup, or is damaged; nothing was changed.")
