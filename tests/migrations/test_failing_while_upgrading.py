"""A disk that fails while a vault of before is brought up to date: it reads as it did when the disk works again."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from failing_disk import failed_everywhere
from freezing import FIRST, NAME, read, sign_in

FROZEN = sorted(path.parent for path in Path(__file__).parent.glob(f"*/{NAME}"))


def upgraded_failing(folder: Path, old: Path, chance: random.Random | None = None) -> str:
    def start(folder: Path) -> None:
        shutil.copytree(old, folder)

    def act(folder: Path) -> None:
        sign_in(folder, FIRST.name).close()

    def state(folder: Path) -> object:
        """The vault as the program of today reads it; to read is to bring it up to date."""
        found = read(folder, FIRST.name)
        return found["people"], found["imports"], [path.name for path in folder.glob("*.part")]

    return f"{old.name} upgraded: {failed_everywhere(folder, start, act, state, chance)}"


@pytest.mark.parametrize("old", FROZEN, ids=[old.name for old in FROZEN])
def test_whichever_write_fails_a_vault_of_before_is_brought_up_to_date_later(tmp_path: Path, old: Path) -> None:
    upgraded_failing(tmp_path / "copy", old, random.Random(1))


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not os.environ.get("ONESTORY_SOAK"), reason="the long form: make soak")
def test_every_write_of_upgrading_fails_once_and_for_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for old in FROZEN:
        said = upgraded_failing(tmp_path / "copy", old)
        with capsys.disabled():
            print(f"\n{said}")
