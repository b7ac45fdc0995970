"""Any resource is described: readable title, a valid section, and every value it holds."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from care_samples import concept, described, lines, sample_documents

from fhir import temporal
from fhir.describe import document_context
from fhir.describe.care import CARE_DESCRIBERS
from fhir.describe.datatypes import extension_label, humanise
from fhir.describe.families import DESCRIBERS
from fhir.describe.generic import describe_generic, readable, shortened
from fhir.describe.walk import LEFT_OUT, labelled
from fhir.entries import Entry
from fhir.sections import sections

UNREADABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|\bNone\b|^urn:|^https?://|\{'|\['|^\s*$|: $")
# Addresses, keys and bytes that stand elsewhere in the entry (links, codes, resource key) or are told by their size.
DECLARED = {"reference", "system", "url", "use", "id", "resourceType", "data", "version"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("productOrService", "Product or service"),
        ("occurrencePeriod", "Occurrence"),
        ("NHSNumber", "NHS number"),
        ("birthDate", "Birth date"),
        ("ExplanationOfBenefit", "Explanation of benefit"),
        ("valueQuantity", "Value"),
        ("_family", "Family"),
    ],
)
def test_element_names_become_words(name: str, words: str) -> None:
    assert humanise(name) == words


def test_extensions_are_labelled_by_the_end_of_their_address() -> None:
    uk_core = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy"
    stu3 = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-EthnicCategory-1"
    assert (extension_label(uk_core), extension_label(stu3)) == ("Nominated pharmacy", "Ethnic category")


def test_nested_values_keep_their_place_and_digits() -> None:
    tree = {
        "resourceType": "Made",
        "item": [{"net": {"value": Decimal("12.50"), "currency": "GBP"}}, {"net": {"value": 3, "currency": "GBP"}}],
        "when": {"start": "2026-01", "end": "2026-03-09"},
        "extension": [{"url": "https://example.org/personal-budget", "valueMoney": {"value": Decimal("210.00")}}],
        "_note": [{"extension": [{"url": "x/why-absent", "valueCode": "asked-unknown"}]}],
        "flagged": False,
    }
    assert [(field.label, field.value) for field in labelled(tree)] == [
        ("Item 1 › Net", "£12.50"),
        ("Item 2 › Net", "£3"),
        ("When", "Jan 2026 to 9 Mar 2026"),
        ("Personal budget", "210.00"),
        ("Note › Why absent", "asked-unknown"),
        ("Flagged", "No"),
    ]


def test_bytes_of_an_attachment_are_told_by_their_size() -> None:
    (field,) = labelled({"file": {"contentType": "application/pdf", "title": "Plan", "data": "A" * 4000}})
    assert field.value == "Plan (application/pdf, 3 kB)"


def test_shapes_that_break_their_schema_are_still_told() -> None:
    tree: dict[str, Any] = {
        "resourceType": "Odd",
        "id": "1",
        "code": {"coding": {"system": "s", "code": "c", "display": "As an object"}},
        "subject": [{"reference": "Patient/1"}, "a string"],
        "period": "2026",
        "list": [[1, [2]], None, {}],
        "extension": {"url": 5, "valueString": "kept"},
    }
    (entry,) = described(tree)
    told = " ".join(field.value for field in entry.fields)
    assert entry.title == "Odd: As an object"
    assert "kept" in told
    assert "a string" in told


def test_a_bare_identifier_or_address_is_no_title() -> None:
    for words in ("https://example.org/x", "urn:oid:1.2.3", "9b9a16ed-3cd0-45b2-ab1f-e625dd0251c1", "None", ""):
        assert readable(words) == ""
    assert readable("Daily living") == "Daily living"


def test_a_long_title_is_cut_at_a_word() -> None:
    cut = shortened("word " * 100)
    assert len(cut) <= 140
    assert cut.endswith("word…")


def test_what_a_long_title_leaves_out_stands_in_the_lines() -> None:
    told = "First sentence. " * 20 + "The last word is kept."
    (entry,) = described({"resourceType": "CarePlan", "id": "1", "status": "active", "description": told})
    assert entry.detail.endswith("The last word is kept.")


def test_a_reference_is_told_by_the_name_of_what_it_leads_to() -> None:
    goal = {"resourceType": "Goal", "id": "g", "description": {"text": "Walk to the shop"}}
    (entry,) = described({"resourceType": "Basic", "id": "1", "about": {"reference": "Goal/g"}}, goal)
    assert lines(entry)["About"] == "Walk to the shop"


def test_codes_anywhere_in_a_resource_stay_with_its_entry() -> None:
    tree = {"resourceType": "Basic", "id": "1", "part": [{"inner": concept("165816005", "HIV positive")}]}
    (entry,) = described(tree)
    assert [code.code for code in entry.codes] == ["165816005"]


def _leaves(value: Any, path: tuple[str, ...]) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [
            leaf
            for name, inner in value.items()
            if path or name not in LEFT_OUT
            for leaf in _leaves(inner, (*path, name))
        ]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner, path)]
    return [(path[-1], value)] if value not in (None, "") else []


def _plain(words: str) -> str:
    return re.sub(r"\W+", "", words).casefold()


def _told(entry: Entry) -> str:
    parts = [entry.title, entry.detail, entry.value, entry.status, entry.when.text, entry.author]
    parts += [field.value for field in entry.fields]
    parts += [part for code in entry.codes for part in (code.system, code.code, code.display)]
    return _plain(" ".join(parts))


def _is_told(name: str, value: Any, told: str) -> bool:
    if name in DECLARED:
        return True
    words = "yes" if value is True else "no" if value is False else str(value)
    forms = {_plain(words), _plain(humanise(words)), _plain(temporal.say(words))}
    return any(form in told for form in forms)


def test_every_value_of_a_resource_without_a_family_is_told(shared_data: Path) -> None:
    lost: list[str] = []
    checked = 0
    for document in sample_documents(shared_data / "fhir-spec-examples"):
        if len(document.resources) > 50:
            continue
        context = document_context(document)
        for resource in document.resources:
            if resource.type in DESCRIBERS or resource.type in CARE_DESCRIBERS:
                continue
            (entry,) = describe_generic(resource, context)
            told = _told(entry)
            checked += 1
            leaves = _leaves(resource.tree, ())
            lost += [f"{resource.key} {name}" for name, value in leaves if not _is_told(name, value, told)]
    assert checked > 100
    # A unit's code beside its written unit; who a resource is about.
    assert len(lost) <= 10, lost


def test_every_sample_resource_has_a_readable_entry_in_a_section(shared_data: Path) -> None:
    known = sections()
    seen: set[str] = set()
    per_type: dict[tuple[str, str], int] = {}
    for document in sample_documents(shared_data):
        context = document_context(document)
        for resource in document.resources:
            # Every type of every source, not every one of thousands of alike bills.
            key = (resource.type, document.path.partition("/")[0])
            per_type[key] = per_type.get(key, 0) + 1
            if per_type[key] > 40:
                continue
            describer = CARE_DESCRIBERS.get(resource.type, describe_generic)
            entries = describer(resource, context)
            assert entries, resource.key
            assert len({entry.entry_id for entry in entries}) == len(entries), resource.key
            for entry in entries:
                assert entry.section in known, resource.key
                assert not UNREADABLE.search(entry.title), (resource.key, entry.title)
            seen.add(resource.type)
    assert len(seen) > 120
