"""Kinds of worker as a person meets them: in groups, with the words for them, and what each sees by default.

The groups are data (`workers.toml`), the words those of `plain_words.toml`, the defaults those of `defaults.toml`.
Knows no record and no choice.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from consent.defaults import defaults
from consent.plain_choices import Who
from consent.plain_words import sentences
from fhir.sections import sections

Usual = Literal["all", "some", "none"]


@dataclass(frozen=True)
class Group:
    """Kinds of worker that are met in one place."""

    key: str
    roles: tuple[str, ...]


@cache
def groups() -> tuple[Group, ...]:
    """Every group in order."""
    table = tomllib.loads((resources.files("consent") / "workers.toml").read_text("utf-8"))
    return tuple(Group(row["key"], tuple(row["roles"])) for row in table["group"])


def group_name(key: str, *, easy: bool = False, acts: bool = False) -> str:
    """What a group is called; `acts` as in `Sentences.written`."""
    return sentences().say(f"group.{key}", easy=easy, acts=acts)


def worker_name(who: Who, *, easy: bool = False, acts: bool = False) -> str:
    """What a recipient of a choice is called; `acts` as in `Sentences.written`."""
    if who.kind in ("everyone", "role"):
        return sentences().say(f"worker.{who.value or 'everyone'}", easy=easy, acts=acts)
    return who.value


@cache
def usual(role: str, category: str) -> Usual:
    """What a kind of worker sees of a category where the person has said nothing: all of it, the part that some rows of
    the defaults name, or none."""
    table = defaults()
    rules = [rule for rule in table.rules if role in rule.roles and category in rule.categories]
    rules = [rule for rule in rules if not rule.test_data_only]
    if any(rule.sections >= frozenset(sections()) and not rule.treated for rule in rules):
        return "all"
    return "some" if rules else "none"
