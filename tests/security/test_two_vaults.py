"""Two vaults that differ only in what the person withholds from a worker are one to that worker: byte for byte,
whichever way anything can leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandkit import Vault, bundle, write
from twin_vaults import refusal, twins


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


def test_as_many_lines_of_the_log_come_of_what_a_worker_does(tmp_path: Path) -> None:
    """Whoever counts lines, or signs them all, learns nothing; also where it is refused, or of an entry of theirs."""
    lines = []
    with twins(tmp_path) as both:
        for vault in both:
            ned, person = vault.as_user("Ned"), vault.person()
            counted = [ned.json("log", "verify")["events"]]
            for does in (
                ("show", person),
                ("show", person, "--purpose", "HRESCH"),
                ("show", person, "--purpose", "BTG"),
                ("people", "depression"),
                ("export", person, "--format", "summary", "--out", tmp_path / f"{len(lines)}.html"),
                ("export", person, "--format", "timeline", "--out", tmp_path / f"{len(lines)}.csv"),
            ):
                ned.run(*does)
                counted.append(ned.json("log", "verify")["events"])
            lines.append(counted)
    assert lines[0] == lines[1]
    assert len(set(lines[0])) > 3, "a control: such things are lines"


@pytest.mark.parametrize("form", ["fhir", "ips", "pdf", "summary", "timeline"])
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


def test_how_much_went_with_an_import_that_is_taken_back_is_told_as_far_as_it_could_be_opened(tmp_path: Path) -> None:
    said, all_of_it = [], []
    with twins(tmp_path) as both:
        for vault in both:
            with vault.signed_in() as workspace:
                (second,) = (row.import_id for row in workspace._session.imports() if row.path.endswith("b.json"))
            ned, asha = vault.as_user("Ned"), vault.as_user("Asha")
            said.append(ned.json("undo", second)["entries"])
            vault.store(vault.folder / "b.json")
            with vault.signed_in() as workspace:
                third = workspace._session.imports()[-1].import_id
            all_of_it.append(asha.json("undo", third)["entries"])
    assert said[0] == said[1] == 1
    assert all_of_it == [1, 24], "a control: to whom everything opens all of it is told"


def test_what_a_worker_brings_is_counted_alike_whether_or_not_it_was_here_already(tmp_path: Path) -> None:
    said = []
    with twins(tmp_path) as both:
        for vault in both:
            told = json.loads((both[1].folder / "b.json").read_text())["entry"]
            guess = bundle(*(one["resource"] for one in told), kind="batch")
            (file,) = vault.as_user("Ned").store(write(vault.folder, "guess.json", guess))["files"]
            said.append((file["status"], file["entries"]))
    assert said[0] == said[1]
    assert said[0][0] == "imported"


def test_who_cannot_open_everything_is_not_told_whether_something_they_cannot_open_waits(tmp_path: Path) -> None:
    """A choice that a nurse sets at the person's word leaves to others what the nurse's keys do not open."""
    said, lines = [], []
    with twins(tmp_path) as both:
        for vault in both:
            ned = vault.as_user("Ned")
            person = vault.person()
            choice = write(tmp_path, "no.json", refusal())
            told = [ned.run("choices", person, "--set", choice, *how) for how in ((), ("--json",))]
            said.append([*told, ned.run("choices", person, "--json"), *(ned.run("show", person) for _ in range(3))])
            lines.append(ned.json("log", "verify")["events"])
    assert lines[0] == lines[1], "what waits is tried at each opening, and a try that changes nothing is no line"
    assert [(ran.code, ran.raw, ran.err) for ran in said[0]] == [(ran.code, ran.raw, ran.err) for ran in said[1]]
