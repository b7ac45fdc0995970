"""What the person writes becomes records that are read like any other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir.describe import describe, document_context
from fhir.own_words import CORRECTION, JOINED_UP, about_me, comment, correction, headings, joined_up
from fhir.reading import read_document

WRITTEN = "2026-11-21T09:00:00Z"


def read(tree: dict[str, Any]) -> list[Any]:
    """The entries of a resource as it would be stored."""
    whole = {**tree, "id": "x"}
    whole["for" if tree["resourceType"] == "Task" else "subject"] = {"reference": "Patient/p"}
    document = read_document("x", "", json.dumps(whole).encode())
    context = document_context(document)
    return [entry for resource in document.resources for entry in describe(resource, context)]


def test_about_me_is_read_as_the_persons_own_words_under_its_headings() -> None:
    tree = about_me({"important": "The cat.", "please-do": " Knock. ", "also": ""}, "Karen", WRITTEN)
    found = read(tree)
    assert [(one.section, one.kind, one.detail, one.own_words) for one in found] == [
        ("about-me", "important", "The cat.", True),
        ("about-me", "please-do", "Knock.", True),
    ]
    assert any(field.value == "Karen" for field in found[0].fields)
    assert len(headings()) == 7


def test_the_measure_of_joined_up_care_keeps_questions_and_answers() -> None:
    tree = joined_up(dict.fromkeys(JOINED_UP, "A question?"), {"together": "Never"}, "They argued.", WRITTEN)
    words = json.dumps([[field.value for field in one.fields] + [one.detail, one.value] for one in read(tree)])
    assert "Never" in words
    assert "They argued." in words


def test_a_correction_is_an_open_request_to_its_source() -> None:
    (entry,) = read(correction("Condition/c", "Mill Surgery", "It was the left leg.", WRITTEN))
    assert CORRECTION in (entry.title, entry.kind)
    assert "left leg" in f"{entry.detail} {entry.value}"
    assert entry.active is not False


@pytest.mark.parametrize("resource", [about_me({"important": "x"}, "", WRITTEN), correction("A/1", "B", "c", WRITTEN)])
def test_they_are_valid_r4(resource: dict[str, Any]) -> None:
    from fhir.resources.R4B import get_fhir_model_class

    get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def test_nothing_said_makes_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        about_me({"important": "  "}, "Karen", WRITTEN)
    with pytest.raises(ValueError, match="nothing"):
        joined_up({}, {}, "words alone", WRITTEN)
    with pytest.raises(ValueError, match="nothing"):
        correction("", "Mill Surgery", "wrong", WRITTEN)


def test_a_comment_says_what_it_is_about_and_is_a_valid_communication() -> None:
    from fhir.resources.R4B import get_fhir_model_class

    tree = comment("CarePlan/c", "Care and support plan", "Cambridgeshire", "I want to be asked.\nTwice.", WRITTEN)
    get_fhir_model_class("Communication").model_validate(tree)
    (entry,) = read(tree)
    assert (entry.title, entry.detail) == ("Comment: I want to be asked.", "I want to be asked.\nTwice.")
    assert [(link.rel, link.target) for link in entry.links] == [("about", "CarePlan/c")]
    for resource, words in (("", "words"), ("CarePlan/c", " ")):
        with pytest.raises(ValueError, match="nothing"):
            comment(resource, "Plan", "Council", words, WRITTEN)
