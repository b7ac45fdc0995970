"""Two vaults that differ only in what the person withholds from a worker are one to that worker: byte for byte,
whichever way anything can leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import Vault, write
from twin_vaults import twins


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Vault, Vault]]:
    with twins(tmp_path_factory.mktemp("pair")) as both:
        yield both


def test_the_two_differ_to_whom_it_is_shown(pair: tuple[Vault, Vault]) -> None:
    """A control."""
    without, within = (json.dumps(vault.json("show", vault.person())) for vault in pair)
    assert "Depression" not in without
    assert "Depression" in within


@pytest.mark.parametrize(
    "command",
    [
        ("show", "PERSON", "--json"),
        ("show", "PERSON"),
        ("show", "PERSON", "--section", "medicines", "--json"),
        ("show", "PERSON", "--purpose", "ETREAT", "--json"),
        ("show", "PERSON", "--purpose", "HRESCH", "--json"),
        ("people", "", "--json"),
        ("people", "depression", "--json"),
        ("people", "okafor", "--json"),
        ("choices", "PERSON", "--json"),
        ("log", "--json"),
        ("log", "--person", "PERSON", "--json"),
    ],
)
def test_a_worker_from_whom_it_is_withheld_is_told_the_same(
    pair: tuple[Vault, Vault], command: tuple[str, ...]
) -> None:
    said = []
    for vault in pair:
        ned = vault.as_user("Ned")
        ran = ned.run(*[vault.person() if part == "PERSON" else part for part in command])
        said.append((ran.code, ran.raw, ran.err))
    assert said[0] == said[1]


@pytest.mark.parametrize("form", ["fhir", "ips", "pdf"])
def test_what_a_worker_takes_out_is_the_same(pair: tuple[Vault, Vault], form: str, tmp_path: Path) -> None:
    taken = []
    for number, vault in enumerate(pair):
        file = tmp_path / f"{number}.{form}"
        ran = vault.as_user("Ned").run("export", vault.person(), "--format", form, "--out", file)
        assert ran.code == 0, ran.err
        taken.append(file.read_bytes())
    assert taken[0] == taken[1]


def test_what_a_worker_previews_is_the_same(pair: tuple[Vault, Vault], tmp_path: Path) -> None:
    nothing = write(tmp_path, "none.json", [])
    said = [
        vault.as_user("Ned").run("choices", vault.person(), "--set", nothing, "--preview", "--json") for vault in pair
    ]
    assert said[0] == said[1]
