"""The insider script against a vault made the real way: what a worker may not see is not in anything they can open."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import insider
import msgspec
import pytest
from commandkit import PASSPHRASE, Vault, bundle, condition, make_vault, patient, write
from sqlcipher3 import dbapi2 as sqlcipher
from vault_samples import CHEAP, document, sign_in, team_of
from vault_samples import make as make_small

import storage.user_keeping
import storage.vault
from storage import slots
from storage.keypairs import PrivateKey, SigningKey

PLAIN, SEXUAL, SAFEGUARDING, MONEY = "zqplain4411", "zqsexual8823", "zqsafeguard7719", "zqmoney3362"
WORDS = (PLAIN, SEXUAL, SAFEGUARDING)


def concern(about: str) -> dict[str, object]:
    """A child safeguarding concern that says why."""
    code = {"system": "http://snomed.info/sct", "code": "836881000000105", "display": "Child is cause for concern"}
    return condition("s", about, "Child is cause for safeguarding concern") | {
        "code": {"coding": [code]},
        "note": [{"text": f"Said {SAFEGUARDING}"}],
    }


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A vault that a gp made, with a pharmacist and a tester of other organisations, and three kinds of fact."""
    folder = tmp_path_factory.mktemp("ward")
    vault = make_vault(folder, role="gp")
    vault.add_user("Pat", "pharmacist", "High Street Pharmacy")
    vault.add_user("Cleo", "home-care", "Bright Care")
    vault.add_user("Tess", "tester", "Assurance")
    asthma = condition("p", "a", f"Asthma {PLAIN}", code="195967001")
    hiv = condition("h", "a", f"HIV infection {SEXUAL}", code="86406008")
    vault.take(write(folder, "a.json", bundle(patient("a", "Okafor"), asthma, hiv, concern("a"))))
    return vault


def shown(vault: Vault, user: str) -> str:
    person = vault.as_user(user).person()
    return json.dumps(vault.as_user(user).json("show", person))


@pytest.mark.parametrize("user", ["Asha", "Pat", "Cleo", "Tess"])
def test_raw_sql_reads_what_the_window_shows_and_no_more(ward: Vault, user: str) -> None:
    window, loot = shown(ward, user), insider.loot(ward.path, user, PASSPHRASE)
    for word in WORDS:
        assert (loot.count(word) > 0) == (word in window), (user, word)
    assert loot.principals >= 2  # their own key, and their team's


def test_it_is_a_real_search(ward: Vault) -> None:
    found = {user: insider.loot(ward.path, user, PASSPHRASE) for user in ("Asha", "Pat", "Cleo", "Tess")}
    assert all(found["Tess"].count(word) for word in WORDS)
    assert found["Asha"].count(PLAIN) >= 2  # the entry, and its source
    assert found["Asha"].count(SEXUAL)
    assert found["Pat"].count(PLAIN)
    assert not found["Pat"].count(SEXUAL) + found["Pat"].count(SAFEGUARDING)
    assert not sum(found["Cleo"].count(word) for word in (SEXUAL, SAFEGUARDING))


@pytest.mark.parametrize("word", ["Qx", "Zzyx", "Qqqxz", "Qqqxzj"])
def test_a_short_word_that_stands_nowhere_is_not_found(word: str) -> None:
    assert insider.Loot(opened=[b"nothing of the kind", word.lower().encode()]).count(word) == 0
    assert insider.Loot(opened=[b"here it is: " + word.encode()]).count(word) == 1


def test_anyone_can_run_it(ward: Vault) -> None:
    script = Path(insider.__file__)
    options = [ward.path, "--user", "Pat", "--passphrase-file", ward.folder / "passphrase"]
    for word, code in ((PLAIN, 1), (SEXUAL, 0), (SAFEGUARDING, 0)):
        ran = subprocess.run([sys.executable, script, *options, word], capture_output=True, text=True, check=False)
        assert ran.returncode == code, ran.stderr
        assert "content keys" in ran.stdout


def test_forged_rows_open_nothing_more(tmp_path: Path) -> None:
    """A nurse writes herself into the gp team, and a principal of her own, and waits for the next import."""
    created = make_small(tmp_path)
    everyone = lambda _, contents, who: [frozenset(p.id for p in who if p.role == "gp")] * len(contents)  # noqa: E731
    noor = storage.user_keeping.NewUser("Noor", "nurse", "Riverside Surgery")
    mill = storage.user_keeping.NewUser("Mo", "gp", "Mill Surgery")
    with created.session as session:
        for user in (noor, mill):
            session.add_user(user, "four sober otters reading", created.recovery_key, everyone, cost=CHEAP)
    vault = tmp_path / "v.onestory"
    header = slots.read(vault)
    keys = slots.open_user(header, "Noor", "four sober otters reading")
    connection = sqlcipher.connect(str(vault), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.vault_keys[0].hex()}'\"")
    thief, own = PrivateKey.generate(), SigningKey.generate()
    team, member = (
        connection.execute(f"SELECT no FROM principal WHERE {where}").fetchone()[0]
        for where in ("kind = 'team' AND role = 'gp' AND organisation = 'Riverside Surgery'", "name = 'Noor'")
    )
    info = msgspec.msgpack.encode(("membership", header.vault, team, member))
    message = PrivateKey(keys.private_key).public.seal(thief.raw, info)
    connection.execute("INSERT INTO membership VALUES (?, ?, ?, ?)", (team, member, message, own.sign(info + message)))
    number = connection.execute("SELECT max(no) + 1 FROM principal").fetchone()[0]
    forged = ("team-forged", "team", "", "gp", "Riverside Surgery", 0, thief.public.raw, own.sign(b"x"))
    connection.execute("INSERT INTO principal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, *forged))
    connection.close()
    with sign_in(tmp_path) as session:
        readers = frozenset(
            who.id
            for who in session.principals()
            if (who.kind, who.role, who.organisation) == ("team", "gp", "Riverside Surgery")
        )
        assert len(readers) == 1
        session.store_document(document([{"id": "1", "text": MONEY}], readers, path="1"))
    passphrase = "four sober otters reading"
    assert insider.loot(vault, "Asha", passphrase).count(MONEY)
    assert not insider.loot(vault, "Noor", passphrase).count(MONEY)
    assert not insider.loot(vault, "Mo", passphrase).count(MONEY)  # the same role in another organisation


def test_a_removed_user_reads_nothing_stored_afterwards_even_with_a_colleagues_vault_key(tmp_path: Path) -> None:
    created = make_small(tmp_path)
    passphrase = "four sober otters reading"
    vault = tmp_path / "v.onestory"
    with created.session as session:
        readers = frozenset({team_of(session, "gp")})
        ben = storage.user_keeping.NewUser("Ben", "gp", "Riverside Surgery")
        session.add_user(ben, passphrase, created.recovery_key, lambda *_: [], cost=CHEAP)
        session.store_document(document([{"id": "1", "text": "zqbefore1"}], readers, path="1"))
    copied = slots.open_user(slots.read(vault), "Ben", passphrase)
    assert insider.loot(vault, "Ben", passphrase).count("zqbefore1")
    with sign_in(tmp_path) as session:
        session.remove_user("Ben", created.recovery_key)
        session.store_document(document([{"id": "2", "text": "zqafter2"}], readers, path="2"))
    header = slots.read(vault)
    with pytest.raises(sqlcipher.DatabaseError):
        insider.with_keys(vault, header.vault, copied)
    given = slots.open_user(header, "Asha", passphrase).vault_keys[0]
    stolen = insider.with_keys(vault, header.vault, copied, given)
    assert (stolen.principals, stolen.classes) == (1, 0)  # his own key pair, to which nothing is sealed any more
    assert not stolen.count("zqafter2") + stolen.count("zqbefore1")
    assert insider.loot(vault, "Asha", passphrase).count("zqafter2")
