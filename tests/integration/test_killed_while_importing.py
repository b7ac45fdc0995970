"""A process killed while it imports an extract that another process reads ahead: what was acknowledged is kept, no
stretch is there by half, the other process ends too, and importing again brings the rest."""

from __future__ import annotations

import os
import random
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from killing import killed

from desktop.benches.council import write_extract
from desktop.importing import ahead
from desktop.workspace import Workspace

PASSPHRASE = "correct horse battery staple"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ROWS, STRETCHES = 7000, 4
SAID = STRETCHES + 2
"""Lines of an import that is not killed: read, each stretch, done."""
SAMPLE, SOAK = 5, 100

IMPORTER = """
import multiprocessing, sys
from datetime import UTC, datetime
from pathlib import Path
folder, root = Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, root)
from desktop.importing import ahead
from desktop.workspace import Workspace
ahead.CORES = 1
def progress(what, done, total):
    helpers = [one.pid for one in multiprocessing.active_children() if one.name == "reading ahead"]
    print(*helpers, what.rpartition("/")[2], flush=True)
with Workspace.sign_in(
    folder / "v.onestory", "Sam", "correct horse battery staple",
    now=datetime(2026, 6, 1, 12, tzinfo=UTC), anchors=folder / "anchors",
) as workspace:
    print("ready", flush=True)
    workspace.import_files([folder / "extract.csv"], progress, lambda: False)
    print("0 done", flush=True)
"""


def _signed_in(folder: Path) -> Workspace:
    return Workspace.sign_in(folder / "v.onestory", "Sam", PASSPHRASE, now=NOW, anchors=folder / "anchors")


def _new(folder: Path) -> Path:
    folder.mkdir()
    notes = folder / "anchors"
    Workspace.create(folder / "v.onestory", "Sam", "social-worker", "Council 503", PASSPHRASE, now=NOW, anchors=notes)
    return folder


def _import(folder: Path) -> tuple[list[str], list[int]]:
    """How each stretch was found, and how many entries it brought."""
    with _signed_in(folder) as workspace:
        report = workspace.import_files([folder / "extract.csv"], lambda *_: None, lambda: False)
    return [file.status for file in report.files], [file.entries for file in report.files]


def _everything(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Every entry by id, with whose it is and its content."""
    with _signed_in(folder) as workspace:
        session: Any = workspace._session
        return {
            one.entry_id: (person, one.content)
            for (person,) in session._connection.execute("SELECT id FROM person ORDER BY id")
            for one in session.holdings(person)
        }


def killed_while_importing(folder: Path, kills: int, seed: int) -> str:
    """Kill again and again, each time importing further, and from the beginning once all is there; in figures."""
    file = folder / "extract.csv"
    write_extract(file, ROWS)
    assert file.stat().st_size >= ahead.WORTH_BYTES
    whole = _new(folder / "whole")
    shutil.copy(file, whole)
    statuses, brought = _import(whole)
    assert statuses == ["imported"] * STRETCHES
    wanted = _everything(whole)
    chance, turn, here, kept = random.Random(seed), 0, 0, 0
    vault = _new(folder / "0")
    shutil.copy(file, vault)
    for _ in range(kills):
        said = killed(IMPORTER, vault, chance, chance.randrange(1, SAID + 1))  # which waits for the helper's end too
        assert said[0].split()[0].isdigit(), "another process reads ahead"
        begun = sum("#" in line for line in said)
        acknowledged = STRETCHES if said[-1] == "0 done\n" else max(begun - 1, 0)
        with _signed_in(vault) as workspace:
            session: Any = workspace._session
            ((here,),) = session._connection.execute("SELECT count(*) FROM import WHERE state = 0").fetchall()
            assert max(acknowledged, kept) <= here <= max(acknowledged, kept) + 1
            assert session.size()[1] == sum(brought[:here])
            assert session.verify_log().ok
            assert session._connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        kept = here
        if here == STRETCHES:
            assert _everything(vault) == wanted
            turn, kept = turn + 1, 0
            vault = _new(folder / str(turn))
            shutil.copy(file, vault)
    assert _import(vault)[0] == ["unchanged"] * kept + ["imported"] * (STRETCHES - kept)
    assert _everything(vault) == wanted
    return f"{kills} kills of an import read ahead; {turn} imports finished; lost: 0; half stretches: 0; corrupt: 0"


def test_killing_an_import_read_ahead_loses_nothing_and_leaves_no_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = killed_while_importing(tmp_path, SAMPLE, seed=5)
    with capsys.disabled():
        print(f"\n{said}")


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not os.environ.get("ONESTORY_SOAK"), reason="the long form: make soak")
def test_many_kills_of_imports_read_ahead_lose_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = killed_while_importing(tmp_path, SOAK, seed=int(os.environ["ONESTORY_SOAK"]))
    with capsys.disabled():
        print(f"\n{said}")
