"""Small vaults with invented people for tests of storage. Real SQLCipher; the passphrase work is kept low."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fhir.entries import EntryId, PersonId
from fhir.people import Identity, PersonName
from storage.records import DocumentToStore, NewEntry, NewPerson, NewUser
from storage.session import Session
from storage.slots import KdfCost
from storage.vault import Created, Vault

if TYPE_CHECKING:
    from desktop.demo.run import Demonstration

CHEAP = KdfCost(memory=64, passes=1, lanes=1)
GP = NewUser("Asha", "gp", "Riverside Surgery")
PASSPHRASE = "four sober otters reading"
ANN = PersonId("ann")
BEN = PersonId("ben")
PEOPLE = {
    ANN: Identity(names=(PersonName(family="Okafor", given=("Ann",)),), birth_date="1938-03-04"),
    BEN: Identity(names=(PersonName(family="Lindqvist", given=("Ben",)),), birth_date="1971"),
}


def clock() -> str:
    return "2026-03-09T10:00:00.000Z"


def make(folder: Path, user: NewUser = GP) -> Created:
    return Vault.create(folder / "v.onestory", user, PASSPHRASE, test_data=True, cost=CHEAP, clock=clock)


def copy_of(made: Demonstration, folder: Path) -> Demonstration:
    """A copy of the demonstration in another folder."""
    for part in made.vault.parent.glob(f"{made.vault.name}*"):
        shutil.copy2(part, folder / part.name)
    return replace(made, vault=folder / made.vault.name)


def sign_in(folder: Path, name: str = GP.name, passphrase: str = PASSPHRASE) -> Session:
    return Vault.open(folder / "v.onestory", name, passphrase, clock=clock)


def team_of(session: Session, role: str) -> str:
    return next(who.id for who in session.principals() if who.kind == "team" and who.role == role)


def document(
    entries: Sequence[Mapping[str, object]],
    readers: frozenset[str],
    *,
    path: str = "gp/bundle.json",
    people: Sequence[PersonId] = (ANN,),
) -> DocumentToStore:
    """A Bundle-like document. Each entry gives `id`, `text` and perhaps person, version, readers, links, entry_id."""
    pieces: list[bytes] = [b'{"resourceType": "Bundle", "entry": [\n']
    made: list[NewEntry] = []
    for i, item in enumerate(entries):
        raw = json.dumps({"resourceType": "Condition", "id": item["id"], "note": item["text"]}).encode()
        pieces.append(b"  " if i == 0 else b",\n  ")
        start = sum(map(len, pieces))
        pieces.append(raw)
        who = item.get("person", people[0])
        made.append(
            NewEntry(
                entry_id=EntryId(str(item.get("entry_id") or sha256(raw + str(who).encode()).hexdigest()[:20])),
                person=PersonId(str(who)),
                content=f"content of {item['text']}".encode(),
                readers=item.get("readers", readers),  # type: ignore[arg-type]
                source_readers=item.get("source_readers"),  # type: ignore[arg-type]
                resource=f"Condition/{item['id']}",
                source_key=str(item.get("source_key", "gp")),
                version=str(item.get("version", "")),
                start=start,
                end=start + len(raw),
                line=i + 2,
                ties=tuple((target, 2) for target in item.get("links", ())),  # type: ignore[attr-defined]
                nature=1,
            )
        )
    pieces.append(b"\n]}\n")
    data = b"".join(pieces)
    return DocumentToStore(
        path=path,
        data=data,
        sha256=sha256(data).hexdigest(),
        format="json",
        people=[
            NewPerson(
                person_id=person,
                identity=PEOPLE[person],
                match_keys=(f"nhs|{person}",),
                search_keys=(f"name:{PEOPLE[person].names[0].family.lower()}", f"name:{person}"),
            )
            for person in people
        ],
        entries=made,
        lanes=frozenset({"gp"}),
    )


def texts(session: Session, person: PersonId = ANN) -> list[str]:
    """What a user can read of a person, sorted."""
    return sorted(item.content.decode().removeprefix("content of ") for item in session.readable(person))


def change_vault_key(session: Session, recovery_key: str = "") -> None:
    """Change the vault key and leave everyone who they are: what removing someone does beside removing them."""
    with session._use():
        session._rotate(session._custodian(recovery_key))
