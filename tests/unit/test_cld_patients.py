"""The Patients of an extract are told from one of each kind: exactly what the general description of each tells."""

from __future__ import annotations

from pathlib import Path

import cld_samples as cld
import pytest

from fhir.describe import describe, document_context
from fhir.describe.context import Context
from fhir.describe.patient import demographics
from fhir.records import MadeResource, Resource

_NUMBER = "LA Person Unique Identifier"
ORDINARY = [
    {_NUMBER: "B1", "First Name": "Zoë", "Last Name": "O'Hara-Smith", "Date of Birth": "01/02/1944"},
    {_NUMBER: "B2", "First Name": "", "Last Name": "Only", "NHS Number": "999 007 8491"},
    {_NUMBER: "B3", "First Name": "Given", "Last Name": "", "NHS Number": "", "Post Code": ""},
    {_NUMBER: "B4", "First Name": "Straße", "Last Name": "groß", "Date of Birth": "", "GP Practice Name": ""},
    {_NUMBER: "", "First Name": "Num", "Last Name": "Berless", "NHS Number": "9990078491"},
]
ODD = [
    {_NUMBER: "B5", "First Name": "", "Last Name": ""},
    {_NUMBER: "B6", "NHS Number": "1234567890"},
    {_NUMBER: "B7", "Date of Birth": "30/02/1950"},
    {_NUMBER: "B8", "Date of Death": "01/03/2026"},
    {_NUMBER: "9990078491", "NHS Number": "9990078491"},
    {_NUMBER: "B9", "First Name": "Zero\u200bWidth", "Last Name": "\u2003Wide"},
    {_NUMBER: "B10", "First Name": "Female", "Last Name": "", "Gender": "Female"},
    {_NUMBER: "B11", "Post Code": "1 Apr 2025 to 31 Mar 2026"},
]


def _told_generally(resource: MadeResource, context: Context) -> object:
    plain = Resource(type="Patient", id=resource.id, tree=resource.tree, raw=resource.raw, start=0, end=0)
    return describe(plain, context), demographics(resource.tree, "R4")


@pytest.mark.parametrize("change", [*ORDINARY, *ODD], ids=lambda change: change[_NUMBER] or "unnumbered")
@pytest.mark.parametrize("first", [True, False])
def test_a_patient_is_told_as_the_general_description_tells_it(
    tmp_path: Path, change: dict[str, str], first: bool
) -> None:
    others = [cld.SERVICE | {_NUMBER: f"C{n}", "Last Name": name} for n, name in enumerate(("Else", "Other"))]
    own = [cld.SERVICE | change, cld.SERVICE | change | {"Last Name": "Disputed", "Date of Birth": "09/09/1999"}]
    rows = [*own, *others] if first else [*others, *own]
    (document,) = cld.read(tmp_path, cld.table(rows))
    patients = [one for one in document.resources if isinstance(one, MadeResource) and one.type == "Patient"]
    assert len(patients) >= 3
    context = document_context(document)
    for _ in range(2):  # the first of its kind makes the template
        for patient in patients:
            told = describe(patient, context), context.demographics(patient)
            assert told == _told_generally(patient, context)


@pytest.mark.parametrize("change", ORDINARY, ids=lambda change: change[_NUMBER] or "unnumbered")
def test_of_an_ordinary_patient_no_resource_is_made(tmp_path: Path, change: dict[str, str]) -> None:
    more = {_NUMBER: f"{change[_NUMBER]}9"} if change[_NUMBER] else {"Date of Birth": "02/03/1950"}
    (document,) = cld.read(tmp_path, cld.table([cld.SERVICE | change, cld.SERVICE | change | more]))
    context = document_context(document)
    patients = [one for one in document.resources if isinstance(one, MadeResource) and one.type == "Patient"]
    assert len(patients) == 2
    for patient in patients:
        describe(patient, context)
        context.demographics(patient)
        assert patient.event.likeness is not None
        assert not Resource.__dict__["tree"].__get__(patient)
