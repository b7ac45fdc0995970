"""A process killed while somebody chooses: what was acknowledged is kept, and the keys follow the last choice kept."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from killing import killed
from vault_samples import ANN, CHEAP, PASSPHRASE, document, make, sign_in, team_of, texts

from storage.records import NewUser

ENTRIES = 40
SAMPLE, SOAK = 5, 500

CHOOSER = """
import sys
from pathlib import Path
folder, root = Path(sys.argv[1]), sys.argv[2]
sys.path[:0] = [root, root + "/tests"]
from vault_samples import ANN, sign_in, team_of
from storage.records import NewChoice
session = sign_in(folder)
doctors, nurses = frozenset({team_of(session, "gp")}), frozenset({team_of(session, "nurse")})
entries = [item.entry_id for item in session.readable(ANN)]
number = len(session.choices(ANN))
print("ready", flush=True)
while True:
    number += 1
    readers = doctors if number % 2 else doctors | nurses
    session.choose(NewChoice(ANN, b"%d" % number, b"in words"), dict.fromkeys(entries, readers), None)
    print(number, flush=True)
"""


def killed_while_choosing(folder: Path, kills: int, seed: int) -> str:
    """Kill again and again; in figures."""
    created = make(folder)
    with created.session as session:
        nurse = NewUser("Noor", "nurse", "Riverside Surgery")
        session.add_user(nurse, PASSPHRASE, created.recovery_key, lambda *_: [], cost=CHEAP)
        items = [{"id": f"{number}", "text": f"{number}"} for number in range(ENTRIES)]
        session.store_document(document(items, frozenset({team_of(session, "gp"), team_of(session, "nurse")})))
    chance = random.Random(seed)
    acknowledged = more = 0
    for _ in range(kills):
        said = killed(CHOOSER, folder, chance, chance.randrange(3))
        last = int(said[-1]) if said else acknowledged + more
        with sign_in(folder) as session:
            kept = [act.rules for act in session.choices(ANN)]
            assert kept == [b"%d" % (number + 1) for number in range(len(kept))]
            assert last <= len(kept) <= last + 1
            assert len(texts(session)) == ENTRIES
            assert session.verify_log().ok
            assert session._connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        with sign_in(folder, "Noor") as session:
            assert len(texts(session)) == (0 if len(kept) % 2 else ENTRIES)
        acknowledged, more = last, len(kept) - last
    assert acknowledged > 0
    return f"{kills} kills while choosing; {acknowledged} choices acknowledged; lost: 0; half states: 0; corrupt: 0"


def test_killing_loses_no_choice_and_seals_for_the_last_one_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = killed_while_choosing(tmp_path, SAMPLE, seed=1)
    with capsys.disabled():
        print(f"\n{said}")


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.skipif(not os.environ.get("ONESTORY_SOAK"), reason="the long form: make soak")
def test_many_kills_lose_no_choice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = killed_while_choosing(tmp_path, SOAK, seed=int(os.environ["ONESTORY_SOAK"]))
    with capsys.disabled():
        print(f"\n{said}")
