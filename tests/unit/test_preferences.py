"""A choice made from what a record says about sharing is told as that, and placed where sharing is told."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest
from test_recorded import READ2, adjustments, said

from consent.choices import Act, By, KeptConsent, rules_of
from consent.preferences import PREFERENCE, consent_meant, marked, name_of, preference_of
from consent.recorded import recorded
from desktop.models.voice import Voice
from fhir.codes import canonical_system
from fhir.describe.meanings import meaning_of

TABLE = tomllib.loads((resources.files("consent") / "recorded.toml").read_text("utf-8"))
SYSTEMS = {"read2": READ2, "ctv3": "http://read.info/ctv3", "snomed": "http://snomed.info/sct"}


def test_a_refusal_says_what_it_is_also_where_words_are_left_out() -> None:
    (found,) = recorded([said("9Ndo.")])
    tree = marked(found)
    assert tree is not None
    assert preference_of(tree) == "summary-care-record"
    assert name_of(tree) == "No Summary Care Record"
    assert "9Ndo" in tree["sourceAttachment"]["title"]
    act = Act(kind="import", time="2026-01-01", by=By("u", "Asha", "gp", ""), consents=(KeptConsent("c-1", tree),))
    (bare,) = rules_of(act).consents
    assert "sourceAttachment" not in bare.tree
    assert name_of(bare.tree) == "No Summary Care Record"


def test_an_agreement_narrows_nothing() -> None:
    (found,) = recorded([said("9Ndn.")])
    assert marked(found) is None


def test_a_refusal_of_adjustments_is_told_as_that() -> None:
    meant = consent_meant(adjustments("rejected"))
    assert name_of(meant) == "Sharing of reasonable adjustments"
    assert consent_meant(adjustments()) is None


@pytest.mark.parametrize(
    "extension", [None, "odd", ["odd"], [{"url": PREFERENCE}], [{"url": "urn:x", "valueCode": "summary-care-record"}]]
)
def test_every_other_consent_is_called_nothing(extension: Any) -> None:
    assert name_of({"resourceType": "Consent", "extension": extension}) == ""
    assert name_of("no object") == ""


def test_the_screen_has_words_for_every_refusal() -> None:
    refused = {row["about"] for kind in ("code", "label", "consent") for row in TABLE[kind] if row["policy"]}
    for easy in (False, True):
        voice = Voice(easy=easy)
        assert all(voice.say(f"recorded.{about}") for about in refused)


def test_every_code_of_the_table_is_told_among_what_is_said_about_sharing() -> None:
    for row in TABLE["code"]:
        for family, system in SYSTEMS.items():
            for code in row[family]:
                for written in {code, code if family == "snomed" else code.ljust(5, ".")}:
                    meaning = meaning_of(written, canonical_system(system), "Condition")
                    assert meaning is not None, (family, written)
                    assert (meaning.section, meaning.words) == ("sharing", row["name"])
