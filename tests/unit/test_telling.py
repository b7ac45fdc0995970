"""What is told of the same bytes changes only together with the version that stored records are compared by."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from consent.labelling import label
from consent.labels import encode
from desktop.demo.generator import write_people, written
from desktop.importing.drops import documents
from fhir.describe import TELLING
from fhir.entries import Entry, PersonId
from fhir.records import SourceFile
from fhir.understanding import Drop

NOTED = {"telling": 2, "bytes": "7a59a43c3b58a3eb", "told": "f81e84db509d7c20"}
"""As it was when somebody last looked: 16 hex digits of SHA-256 each."""


def test_the_same_bytes_are_told_the_same_until_the_version_is_raised(tmp_path: Path) -> None:
    write_people(tmp_path / "cast", people=14, seed=1)
    for _ in written(tmp_path / "tables", people=2, seed=1, tables=True, dirt=0.3, days=1, other_cast=True):
        pass
    drop = Drop(lambda keys: (), lambda person: None)
    read, told = sha256(), sha256()
    for document in documents(drop, [tmp_path], lambda what, done, total: None, lambda: False):
        assert isinstance(document, SourceFile), document
        read.update(document.data)
        people: dict[PersonId, list[Entry]] = {}
        for one in drop.understand(document).described:
            people.setdefault(one.person_id, []).extend(one.entries)
        for person, entries in people.items():
            told.update(person.encode())
            for labelled in label(entries):
                told.update(encode(labelled))
    found = {"telling": TELLING, "bytes": read.hexdigest()[:16], "told": told.hexdigest()[:16]}
    if found["bytes"] == NOTED["bytes"] and found["told"] != NOTED["told"]:
        assert found["telling"] != NOTED["telling"], "the same bytes are told otherwise: raise fhir.describe.TELLING"
    assert found == NOTED, "note what was found, if that is what was meant"
