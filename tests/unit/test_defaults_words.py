"""The page of defaults is current, and relationship and purpose are real dimensions of the table."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consent.defaults import Defaults, defaults
from consent.defaults_words import ROLE_NAMES, as_markdown, main
from consent.errors import PolicyError
from consent.request import RELATIONSHIPS
from desktop.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "defaults.md"


def test_the_page_says_what_the_tables_say() -> None:
    assert PAGE.read_text("utf-8") == as_markdown(), "run: python -m consent.defaults_words > docs/defaults.md"


def test_every_row_and_its_source_stands_on_the_page() -> None:
    page = as_markdown()
    for rule in defaults().rules:
        assert rule.words in page
        assert rule.source in page


def test_the_command_prints_one_role_and_knows_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    found = CliRunner().invoke(app, ["defaults", "link-worker"])
    assert found.exit_code == 0
    assert "## Link worker" in found.output
    assert "## GP" not in found.output
    assert CliRunner().invoke(app, ["defaults", "neighbour"]).exit_code != 0
    main()
    assert capsys.readouterr().out == as_markdown()


def test_a_relationship_that_is_only_claimed_opens_less() -> None:
    table = defaults()
    for category in ("gender-identity", "domestic-abuse", "money", "justice"):
        assert table.rule("gp", category, "problems", purpose="TREAT", relationship="registered")
        assert not table.rule("gp", category, "problems", purpose="TREAT", relationship="self-claimed")
    assert table.rule("gp", "mental-health", "problems", purpose="TREAT", relationship="self-claimed")
    assert table.everything("gp", "problems", purpose="TREAT", relationship="registered")
    assert not table.everything("gp", "problems", purpose="TREAT", relationship="self-claimed")
    for role in ("administrator", "link-worker"):
        assert not table.rule(role, "general", "demographics", purpose="TREAT", relationship="self-claimed")


def test_a_referral_opens_what_is_needed_to_plan_support_and_safety_always() -> None:
    table = defaults()
    for role in ("care-home", "home-care", "supported-living"):
        for section in ("allergies", "medicines", "about-me", "end-of-life", "alerts"):
            assert table.rule(role, "general", section, purpose="TREAT", relationship="referred"), (role, section)
        assert not table.rule(role, "general", "results", purpose="TREAT", relationship="referred")
    assert table.rule("care-home", "general", "results", purpose="TREAT", relationship="caseload")


def test_only_administrators_run_the_service() -> None:
    table = defaults()
    assert {role for role in ROLE_NAMES if table.offers(role, "HOPERAT")} == {"administrator"}
    assert not any(table.offers(role, purpose) for role in ROLE_NAMES for purpose in ("HRESCH", "PUBHLTH", "HPAYMT"))


def test_no_purpose_and_relationship_opens_more_than_the_most_favourable() -> None:
    table = defaults()
    for role in ROLE_NAMES:
        for rule in table.rules:
            for section in sorted(rule.sections)[:6]:
                for category in rule.categories:
                    for relationship in RELATIONSHIPS:
                        for purpose in ("TREAT", "HOPERAT"):
                            if table.rule(role, category, section, purpose=purpose, relationship=relationship):
                                assert table.rule(role, category, section)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("rule", {"purposes": ["FUN"]}),
        ("rule", {"relationships": ["neighbour"]}),
        ("rule", {"categories": ["safeguarding"]}),
        ("needs", {"categories": ["gossip"]}),
        ("needs", {"relationships": ["neighbour"]}),
    ],
)
def test_a_row_of_an_unknown_purpose_or_relationship_is_refused(part: str, change: dict[str, Any]) -> None:
    broken = tomllib.loads((resources.files("consent") / "defaults.toml").read_text("utf-8"))
    broken[part][0] |= change
    with pytest.raises(PolicyError):
        Defaults(broken)
