"""A process killed while it brings a vault of before up to date: the vault opens and reads as it did."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest
from freezing import EXPECTED, NAME, read, sign_in
from killing import killed

from storage import migrations

FROZEN = Path(__file__).parent
SAMPLE, SOAK = 4, 400

OPENER = """
import sys
from pathlib import Path
folder, root = Path(sys.argv[1]), sys.argv[2]
sys.path[:0] = [root, root + "/tests/migrations"]
from freezing import FIRST, sign_in
print("ready", flush=True)
sign_in(folder, FIRST.name).close()
print("opened", flush=True)
"""


def killed_while_upgrading(folder: Path, kills: int, seed: int) -> str:
    """Kill again and again; in figures."""
    chance = random.Random(seed)
    frozen = sorted(path for path in FROZEN.glob("[0-9]*") if int(path.name) < migrations.newest())
    copied = done = 0
    for kill in range(kills):
        before = frozen[kill % len(frozen)]
        shutil.copytree(before, folder)
        said = killed(OPENER, folder, chance, 0)
        copies = list(folder.glob(f"{NAME}.before-*[0-9]"))
        done += bool(said)
        copied += bool(copies)
        assert copies or not said
        for copy in copies:
            assert copy.read_bytes() == (before / NAME).read_bytes()
        expected = json.loads((before / EXPECTED).read_text("utf-8"))
        user = expected["users"][0]
        found = read(folder, user)
        assert (found["people"], found["imports"]) == tuple(
            expected["reading"][user][key] for key in ("people", "imports")
        )
        with sign_in(folder, user) as session:
            assert session.verify_log().ok
            assert session._connection.execute("PRAGMA user_version").fetchone()[0] == migrations.newest()
        shutil.rmtree(folder)
    return f"{kills} kills while upgrading: {done} when it was done, {copied} after the copy; lost: 0; half states: 0"


def test_killing_leaves_a_vault_of_before_or_one_of_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = killed_while_upgrading(tmp_path / "copy", SAMPLE, seed=1)
    with capsys.disabled():
        print(f"\n{said}")


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not os.environ.get("ONESTORY_SOAK"), reason="the long form: make soak")
def test_many_kills_leave_a_vault_of_before_or_one_of_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = killed_while_upgrading(tmp_path / "copy", SOAK, seed=int(os.environ["ONESTORY_SOAK"]))
    with capsys.disabled():
        print(f"\n{said}")
