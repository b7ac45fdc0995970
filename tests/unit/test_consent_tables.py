"""The tables that decisions rest on: every row says where it comes from and names only what exists."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

import pytest

from consent.categories import categories
from consent.defaults import Defaults, defaults
from consent.errors import PolicyError
from consent.request import ROLES, STAFF_ROLES
from consent.sensitivity.tables import security_labels, shape
from fhir.sections import sections


def table(package: str, name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(package) / name).read_text("utf-8"))


def test_every_row_of_the_sensitivity_tables_names_a_category_a_source_and_a_version() -> None:
    rows = [*table("consent.sensitivity", "codes.toml")["row"], *table("consent.sensitivity", "words.toml")["row"]]
    rows += table("consent.sensitivity", "labels.toml")["sensitivity"]
    for row in rows:
        assert row["category"] in categories()
        assert row["source"]
        assert row["version"]
    for row in table("consent.sensitivity", "words.toml")["row"]:
        assert all(word == word.casefold() and word.replace(" ", "").isalnum() for word in row["words"]), row["words"]


def test_every_row_of_the_defaults_says_why_in_words_and_where_from() -> None:
    for row in table("consent", "defaults.toml")["rule"]:
        assert row["words"]
        assert row["source"]
    assert table("consent", "defaults.toml")["version"]


def test_the_shape_table_names_only_known_sections_and_categories() -> None:
    assert set(shape().section) <= set(sections())
    assert set(shape().section.values()) | set(shape().lane.values()) | shape().travels <= set(categories())
    assert set(shape().type.values()) <= set(categories())


def test_every_sensitivity_code_of_a_category_is_understood_as_that_category() -> None:
    for category in categories().values():
        for code in category.sensitivity:
            meaning = security_labels().meaning([("http://terminology.hl7.org/CodeSystem/v3-ActCode", code)])
            assert meaning.categories == {category.key}


def test_every_staff_role_has_a_row_and_no_other_role_has_one() -> None:
    assert {role for role in ROLES if defaults().knows(role)} == STAFF_ROLES


def test_only_a_tester_row_is_for_test_data_only() -> None:
    assert {role for rule in defaults().rules if rule.test_data_only for role in rule.roles} == {"tester"}
    assert not any("tester" in rule.roles for rule in defaults().rules if not rule.test_data_only)


@pytest.mark.parametrize(
    "change",
    [{"categories": ["gossip"]}, {"sections": ["attic"]}, {"roles": ["neighbour"]}],
)
def test_a_row_that_names_what_does_not_exist_is_refused(change: dict[str, list[str]]) -> None:
    broken = table("consent", "defaults.toml")
    broken["rule"][0] |= change
    with pytest.raises(PolicyError):
        Defaults(broken)


def test_a_table_that_forgets_a_purpose_is_refused() -> None:
    broken = table("consent", "defaults.toml")
    broken["purpose"][1]["keys"].remove("BTG")
    with pytest.raises(PolicyError):
        Defaults(broken)
