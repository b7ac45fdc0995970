"""A vault of many people, built for measuring: `build`. `onestory bench scale --people N` asks for its size.

A few invented people are read, described and labelled as any import does; then their entries are stored again and
again for people with names and NHS numbers (of the test range) of their own, fifty people a document. So every row,
key and line of the log is real, at the size of a whole county, without generating and reading as many files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random

from msgspec.structs import replace

from desktop.demo.generator import write_people
from desktop.demo.stories import names, nhs_numbers
from desktop.importing import PreparedDocument, PreparedEntry
from desktop.workspace import Workspace
from desktop.workspace.measuring import import_and_keep, store_prepared
from fhir.entries import PersonId
from fhir.people import NO_ONE, Identity, PersonName
from fhir.records import Resource, SourceFile
from fhir.understanding import FoundPerson

PASSPHRASE = "measured in one run"  # noqa: S105  (of a vault that lives for one measure)
AT_ONCE = 50
PATTERNS = 24
_LEAST, _MOST = 40, 75
_ENDINGS = (
    "", "son", "ley", "ford", "well", "man", "by", "ton", "wood", "field", "worth", "ham", "dale", "shaw", "combe"
)  # fmt: skip
ROLES = (
    "gp", "nurse", "health-visitor", "hospital-clinician", "mental-health", "pharmacist", "ambulance", "therapist",
    "midwife", "social-worker", "care-home", "home-care", "supported-living", "link-worker",
)  # fmt: skip
"""With the tester's, fifteen teams."""


class Pattern:
    """The entries of one invented person, and the bytes they were made from."""

    def __init__(self, documents: Sequence[PreparedDocument]) -> None:
        self.data = b"".join(document.document.data for document in documents)
        self.lanes = frozenset[str]().union(*(document.lanes for document in documents))
        self.entries: list[PreparedEntry] = []
        start = 0
        for document in documents:
            self.entries += [
                replace(one, resource=_moved(one, start)) for one in document.entries if one.person_id != NO_ONE
            ]
            start += len(document.document.data)


def create(vault: Path) -> tuple[Workspace, str]:
    """A new vault with fifteen teams, open for a tester, and its recovery key."""
    key = Workspace.create(vault, "Bench", "tester", "Bench", PASSPHRASE, test_data=True, anchors=vault.parent / "a")
    workspace = sign_in(vault)
    for role in ROLES:
        workspace.add_user(role, role, "Thornbridge", PASSPHRASE, recovery_key=key)
    return workspace, key


def sign_in(vault: Path) -> Workspace:
    """Open a vault that `create` made."""
    return Workspace.sign_in(vault, "Bench", PASSPHRASE, anchors=vault.parent / "a")


def fill(workspace: Workspace, people: int) -> Iterator[tuple[int, int]]:
    """Store people until there are so many; says after each document how many people and entries there are."""
    patterns, whose = _patterns(workspace), identities()
    done = entries = 0
    while done < people:
        some = range(done, min(done + AT_ONCE, people))
        prepared = _document(some, whose, patterns)
        entries += store_prepared(workspace, prepared)[1]
        done = some.stop
        yield done, entries


def identities() -> Iterator[Identity]:
    """Names, dates of birth and NHS numbers of people, one after the other; the same each time."""
    draw = Random(7)  # noqa: S311 - invented people, not secrets
    groups = names()["group"]
    weights = [group["weight"] for group in groups]
    for number in nhs_numbers(11):
        group = draw.choices(groups, weights)[0]
        family = draw.choice(group["family"]) + draw.choice(_ENDINGS)
        given = draw.choice(group[draw.choice(("female", "male"))])
        born = f"{draw.randint(1925, 2020)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        yield Identity(
            names=(PersonName(family=family, given=(given,), use="official"),),
            birth_date=born,
            nhs_number=number,
            nhs_status="verified",
        )


def _document(numbers: range, whose: Iterator[Identity], patterns: Sequence[Pattern]) -> PreparedDocument:
    people: list[FoundPerson] = []
    entries: list[PreparedEntry] = []
    pieces: list[bytes] = []
    lanes: frozenset[str] = frozenset()
    start = 0
    for number in numbers:
        pattern = patterns[number % len(patterns)]
        person = PersonId(f"bench{number}")
        people.append(FoundPerson(person_id=person, identity=next(whose), match="new"))
        entries += [
            replace(one, entry_id=f"{person}-{place}", person_id=person, resource=_moved(one, start))
            for place, one in enumerate(pattern.entries)
        ]
        pieces += [pattern.data, str(number).encode()]
        start += len(pattern.data) + len(pieces[-1])
        lanes |= pattern.lanes
    data = b"".join(pieces)
    file = SourceFile(
        path=f"bench-{numbers.start}.json",
        folder="",
        data=data,
        sha256=sha256(data).hexdigest(),
        format="json",
        fhir_version="R4",
    )
    return PreparedDocument(document=file, people=tuple(people), entries=tuple(entries), lanes=lanes, labels={})


def _moved(entry: PreparedEntry, by: int) -> Resource:
    resource = entry.resource
    return replace(resource, start=resource.start + by, end=resource.end + by, tree={}, raw=b"")


def _patterns(workspace: Workspace) -> list[Pattern]:
    """People with about fifty entries each, as importing prepares them for the teams of this vault."""
    found: list[Pattern] = []
    with tempfile.TemporaryDirectory(prefix="onestory-bench-people-") as folder:
        write_people(Path(folder), people=160, seed=3)
        for person in sorted(Path(folder).iterdir()):
            pattern = Pattern(import_and_keep(workspace, person))
            if _LEAST <= len(pattern.entries) <= _MOST:
                found.append(pattern)
            if len(found) == PATTERNS:
                return found
    raise AssertionError("too few of the invented people have as many entries as are wanted")
