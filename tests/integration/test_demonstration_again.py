"""A demonstration that this version cannot open is made anew; one that another process uses is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from vault_samples import copy_of

from desktop.demo import run
from desktop.errors import InUseError
from desktop.workspace import Workspace


@pytest.fixture(scope="module")
def made(demonstration: run.Demonstration, tmp_path_factory: pytest.TempPathFactory) -> run.Demonstration:
    return copy_of(demonstration, tmp_path_factory.mktemp("again"))


def test_it_is_found_as_it_was_made(made: run.Demonstration) -> None:
    before = made.vault.stat().st_ino
    said: list[str] = []
    run.build(made.vault.parent, say=said.append)
    assert made.vault.stat().st_ino == before
    assert said == []


def test_one_without_somebody_who_is_of_it_now_is_made_anew(
    made: run.Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_of(made, tmp_path)
    (older, *_), newer = (
        made.users,
        run.DemoUser("Nia New", "gp", "a passphrase of hers", "Mill Street"),
    )
    monkeypatch.setattr(run, "demo_users", lambda: (older, newer))
    said: list[str] = []
    again = run.build(tmp_path, say=said.append)
    assert any("replaced" in line for line in said)
    with Workspace.sign_in(again.vault, newer.name, newer.passphrase) as workspace:
        assert workspace.people()


def test_one_in_use_is_left_alone(made: run.Demonstration) -> None:
    user = made.users[0]
    before = made.vault.stat().st_ino
    with Workspace.sign_in(made.vault, user.name, user.passphrase), pytest.raises(InUseError):
        run.build(made.vault.parent, say=lambda line: None)
    assert made.vault.stat().st_ino == before


def test_one_that_does_not_open_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "demonstration.vault").write_bytes(b"of another version")
    said: list[str] = []
    again = run.build(tmp_path, say=said.append)
    user = again.users[0]
    assert any("replaced" in line for line in said)
    with Workspace.sign_in(again.vault, user.name, user.passphrase) as workspace:
        names = [row.name for row in workspace.people()]
    assert len(names) >= run.CAST
    families = [" ".join(word for word in name.split() if word.isupper()) for name in names]
    assert families == sorted(families)
