"""Rows told through forms: exactly what describing, labelling and encoding each of them gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import cld_samples as cld
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.importing import told
from fhir.entries import Entry, EntryId, Field, Source, When
from fhir.forms import Form, coded, mark
from fhir.reading import read_drop
from fhir.records import MadeResource, SourceFile
from fhir.social_care.row_events import RowEvent
from fhir.social_care.row_facts import RowFact
from fhir.social_care.row_people import RowPatient
from fhir.understanding import Drop

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NUMBER = "LA Person Unique Identifier"
DIRT = (
    {"Event End Date": "31/02/2025"},
    {"Event Start Date": "", "Event Reference": ""},
    {"Event End Date": "01/01/2027"},
    {"Event End Date": "01/05/2025"},
    {"Unit Cost": "NULL", "Planned units per week": "some"},
    {"Unit Cost": "-18.505", "Cost Frequency (Unit Type)": "Monthly"},
    {"Event Description": "HIV clinic"},
    {"Event Description": "Domestic abuse support", "First Name": "Rape", "Last Name": "Crisis"},
    {"Event Description": 'Says "no", twice', "Provider CQC Location Name": " R1 (Event reference) "},
    {"Event Reference": mark(2), "Event Description": mark(0)},
    {"First Name": mark(1), "Last Name": mark(7)},
    {"Event Reference": "1 May 2025", "First Name": "Zo\u00eb\u2003"},
    {"Date of Death": "01/03/2026"},
    {"NHS Number": "1234567890", "Date of Birth": ""},
    {"Gender": "x", "Ethnicity": "Arab", "Postcode": "NULL"},
    {"Primary Support Reason": "Social support: Substance misuse support"},
    {"Client Type": "Carer", "Adult 1 Linked Person ID": "A1"},
    {"Reporting Period Start Date": "01/04/2024", "Reporting Period End Date": "31/03/2025"},
)


def _rows() -> list[dict[str, str]]:
    """Rows of three kinds of a few people: as they should be, with dirt, and told twice."""
    ordinary = [
        kind | {NUMBER: f"A{number}", "Last Name": name, "Event Reference": f"R{number}-{place}", "NHS Number": ""}
        for number, name in enumerate(("Reed", "Khan", "O'Hara-Smith", "Ng"))
        for place, kind in enumerate((cld.SERVICE, cld.ASSESSMENT, cld.SERVICE | {"Unit Cost": "21.00"}))
    ]
    dirty = [kind | {NUMBER: f"D{n}"} | dirt for n, dirt in enumerate(DIRT) for kind in (cld.SERVICE, cld.ASSESSMENT)]
    return [*ordinary, *dirty, *ordinary[::4], *[row | {"Event Outcome": "NFA"} for row in dirty[::5]], *ordinary[:2]]


def _told(folder: Path, rows: Sequence[dict[str, str]]) -> list[object]:
    """All that is told of a file, its likes in place of their numbers."""
    file = folder / "extract.csv"
    file.write_bytes(cld.table(rows))
    drop = Drop(lambda keys: (), lambda person: None)
    teller = told.Teller(drop, NOW)
    found: list[object] = []
    for document in read_drop([file]):
        assert isinstance(document, SourceFile)
        heard = told.heard(teller.tell(document))
        assert isinstance(heard.told, told.Told)
        likes = heard.told.likes
        found.append((heard.sha256, heard.issues, heard.told.choosing, frozenset(likes)))
        for one in heard.resources:
            entries = [(entry.entry_id, entry.content, likes[entry.like], entry.ties) for entry in one.entries]  # type: ignore[attr-defined]
            found.append((one, entries))
            one.entries = ()  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("first", range(4))
def test_rows_told_through_forms_say_what_each_says_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    rows = _rows()
    rows = [*rows[first * 7 :], *rows[: first * 7]]  # whichever makes the form
    through_forms = _told(tmp_path, rows)
    for kind in (RowEvent, RowFact, RowPatient):
        monkeypatch.setattr(kind, "blanks", lambda self, resource, context: None)
    assert through_forms == _told(tmp_path, rows)


def test_ordinary_rows_are_described_once_for_each_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described: list[str] = []
    general = told.describe

    def counting(resource: MadeResource, context: object) -> object:
        described.append(resource.type)
        return general(resource, context)  # type: ignore[arg-type]

    monkeypatch.setattr(told, "describe", counting)
    rows = [
        kind
        | {NUMBER: f"A{number}", "Last Name": f"Reed{number}", "Event Reference": f"R{number}", "NHS Number": ""}
        | {"Event Start Date": f"{number % 28 + 1:02}/04/2025", "Unit Cost": f"{number}.50" * ("Unit Cost" in kind)}
        for number in range(100)
        for kind in (cld.SERVICE, cld.ASSESSMENT)
    ]
    _told(tmp_path, rows)
    assert 0 < len(described) < 20


TEXT = st.text(max_size=8)


@given(
    TEXT, TEXT, st.lists(st.builds(Field, TEXT, TEXT), min_size=1, max_size=3), st.builds(When, start=TEXT, text=TEXT)
)
def test_a_form_filled_in_is_the_struct_encoded(title: str, number: str, lines: list[Field], when: When) -> None:
    def entry(entry_id: str, fields: tuple[Field, ...], time: When) -> Entry:
        source = Source(name="A council", key="council")
        return Entry(
            entry_id=EntryId(entry_id), section="services", kind="package", title=title, resource="Basic/1",
            source=source, fields=fields, when=time,
        )  # fmt: skip

    gaps: list[object] = [mark(0), (Field(mark(1), ""),), When(text=mark(2))]
    form = Form(msgspec.msgpack.encode(entry(mark(0), (Field(mark(1), ""),), When(text=mark(2)))), gaps)
    filled = form.fill([coded(number), coded(tuple(lines)), coded(when)])
    assert filled == msgspec.msgpack.encode(entry(number, tuple(lines), when))
