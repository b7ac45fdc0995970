"""What someone has begun to write is theirs alone, in the vault and nowhere else in clear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import Vault, bundle, condition, make_vault, nhs_number, patient, write

from fhir.entries import PersonId

MARKER = b"MARKERDRAFT the leg is dry"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    vault = make_vault(tmp_path_factory.mktemp("clinic"), role="gp", test_data=False)
    vault.add_user("Bea", "gp", "Riverside Team")
    folder = tmp_path_factory.mktemp("in")
    vault.store(write(folder, "a.json", bundle(patient("1", "Drafts", nhs_number(970)), condition("c", "1", "Asthma"))))
    return vault


@pytest.fixture(autouse=True)
def _none(clinic: Vault) -> None:
    """Every test begins without drafts."""
    with clinic.signed_in() as workspace, workspace._session._change():
        workspace._session._connection.execute("DELETE FROM draft")


def test_a_draft_is_there_after_signing_in_again_and_for_nobody_else(clinic: Vault) -> None:
    person = PersonId(clinic.person())
    with clinic.signed_in() as workspace:
        assert workspace.draft(person) == b""
        workspace.keep_draft(person, b"first")
        workspace.keep_draft(person, MARKER)
    with clinic.signed_in() as workspace:
        assert workspace.draft(person) == MARKER
        assert workspace.draft(PersonId("someone else")) == b""
    with clinic.as_user("Bea").signed_in() as workspace:
        assert workspace.draft(person) == b""
        boxes = workspace._session._connection.execute("SELECT principal, place, box FROM draft").fetchall()
        assert len(boxes) == 1
        assert MARKER[:11] not in boxes[0][2]
        assert person.encode() not in bytes(boxes[0][1])
    with clinic.signed_in() as workspace:
        workspace.keep_draft(person, b"")
        assert workspace._session._connection.execute("SELECT count(*) FROM draft").fetchone() == (0,)


def test_a_draft_of_one_kind_is_not_one_of_another(clinic: Vault) -> None:
    person = PersonId(clinic.person())
    with clinic.signed_in() as workspace:
        workspace.keep_draft(person, b"a note")
        workspace.keep_draft(person, MARKER, "my words")
    with clinic.signed_in() as workspace:
        assert [workspace.draft(person), workspace.draft(person, "my words")] == [b"a note", MARKER]
        assert workspace.draft(person, "choices") == b""
        workspace.keep_draft(person, b"", "my words")
        assert [workspace.draft(person), workspace.draft(person, "my words")] == [b"a note", b""]


def test_a_draft_moved_to_another_place_does_not_open(clinic: Vault) -> None:
    person, other = PersonId(clinic.person()), PersonId("other")
    with clinic.signed_in() as workspace:
        workspace.keep_draft(person, MARKER)
        session = workspace._session
        place = session._draft_place(other)[1]
        with session._change():
            session._connection.execute("UPDATE draft SET place = ?", (place,))
        assert workspace.draft(other) == b""


def test_nothing_of_it_is_on_disk_in_clear(clinic: Vault) -> None:
    person = PersonId(clinic.person())
    with clinic.signed_in() as workspace:
        workspace.keep_draft(person, MARKER)
        told = b"".join(path.read_bytes() for path in Path(clinic.folder).rglob("*") if path.is_file())
    assert MARKER[:11] not in told
