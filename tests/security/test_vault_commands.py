"""Backing up, restoring and looking after users from the command line: what is said, and with which exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from commandkit import Vault, bundle, condition, make_vault, patient, run, write

ROOT = Path(__file__).resolve().parents[2]


def with_record(folder: Path) -> Vault:
    vault = make_vault(folder)
    vault.take(write(folder, "a.json", bundle(patient("a", "Okafor"), condition("c", "a", "Asthma"))))
    return vault


def test_after_a_restore_the_log_is_said_to_be_older_until_the_privacy_office_has_heard(tmp_path: Path) -> None:
    vault = make_vault(tmp_path / "v", role="gp")
    office = vault.add_user("Pat", "privacy-officer")
    assert vault.run("backup", tmp_path / "monday.backup").code == 0
    vault.take(write(tmp_path, "a.json", bundle(patient("a", "Okafor"))))
    assert vault.run("log", "verify").code == 0
    assert vault.run("restore", tmp_path / "monday.backup").code == 0
    for _ in range(2):
        ran = vault.run("log", "verify", "--json")
        assert ran.code == 1
        assert "import: 1" in ran.json["problem"], "it names what is missing"
        assert ran.json["signatures"] >= 1, "and everything that is there was checked"
    ran = office.run("log", "verify", "--json")
    assert ran.code == 1, "told once more to whoever it is for"
    for user in (office, vault):
        assert user.json("log", "verify")["ok"]
    kinds = [event["kind"] for event in office.json("log")]
    assert "restore" in kinds, "what happened stays in the log"
    assert "alarm" in kinds


def test_one_team_gets_a_name_of_its_own_and_keeps_its_keys_and_what_it_sees(tmp_path: Path) -> None:
    vault = with_record(tmp_path / "v")
    key = ("--recovery-key-file", vault.folder / "recovery")
    ned, nia = vault.add_user("Ned", "nurse", "River"), vault.add_user("Nia", "gp", "River")
    before = ned.json("show", ned.person())
    rename = ("users", "rename-team", "nurse", "River")
    assert vault.run(*rename, "East nurses").code == 2, "it needs the custodian's keys"
    assert vault.run(*rename, "East nurses", *key).code == 0
    teams = {row["name"]: row["team"] for row in vault.json("users")}
    assert (teams["Ned"], teams["Nia"]) == ("East nurses", "gp, River"), "the other team of the organisation stays"
    assert "East nurses" in vault.run("users").out
    assert ned.json("show", ned.person()) == before
    late = vault.add_user("Nell", "nurse", "River")
    assert late.json("show", late.person())["sections"] == before["sections"], "who joins, joins that very team"
    assert vault.run("users", "rename-team", "gp", "River", "EAST nurses", *key).sentence == (
        "There is a team of that name already."
    )
    assert vault.run("users", "rename-team", "midwife", "River", "X", *key).code == 1
    assert vault.run("users", "remove", "Nia", *key).code == 0, "all rows are signed again for another epoch"
    assert {row["name"]: row["team"] for row in vault.json("users")}["Ned"] == "East nurses"
    assert vault.run(*rename, "", *key).code == 0
    assert {row["name"]: row["team"] for row in vault.json("users")}["Ned"] == "nurse, River"
    assert vault.run("log", "verify").code == 0
    assert nia.run("users").code == 2


def test_a_backup_goes_out_and_comes_back_and_says_what_is_newer(tmp_path: Path) -> None:
    vault = with_record(tmp_path / "v")
    made = vault.json("backup", tmp_path / "monday.backup")
    assert made["verified"]
    assert made["rows"] > 10
    again = vault.run("backup", tmp_path / "monday.backup")
    assert (again.code, again.sentence) == (2, "There is a file of that name already; nothing was overwritten.")
    vault.add_user("Ben", "gp")
    options = ["--vault", vault.path, "--user", "Asha", "--passphrase-file", vault.folder / "passphrase"]
    ran = run("restore", tmp_path / "monday.backup", *options, "--now", "2026-11-23T21:00:00Z", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["ageDays"] == 2.5
    newer = ran.json["newer"]
    assert newer["imports"] == []
    assert newer["events"] >= 2
    assert (newer["usersLost"], newer["usersBack"]) == (["Ben"], [])
    assert len(vault.json("people")) == 1
    kept = Vault(Path(ran.json["replaced"]) / "a.vault")
    assert kept.path.is_file()
    told = run("restore", tmp_path / "monday.backup", *options)
    assert "Newer there: 0 imports" in told.out


def test_a_restore_says_whose_choices_are_newer(tmp_path: Path) -> None:
    vault = with_record(tmp_path / "v")
    person = vault.person()
    vault.json("backup", tmp_path / "monday.backup")
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "patient": {"reference": f"Patient/{person}"},
        "provision": {"type": "deny"},
    }
    vault.json("choices", person, "--set", write(tmp_path, "choice.json", consent))
    told = vault.run("restore", tmp_path / "monday.backup").out
    (name,) = [row["name"] for row in vault.json("people")]
    assert "1 changes of choices" in told
    assert f"Choices are newer there of: {name}." in " ".join(told.split())
    vault.json("choices", person, "--set", write(tmp_path, "choice.json", consent))
    newer = vault.json("restore", tmp_path / "monday.backup")["newer"]
    assert (newer["choices"], newer["chose"]) == (1, [{"personId": person, "name": name}])


def test_a_backup_of_another_vault_and_what_is_none_get_one_sentence(tmp_path: Path) -> None:
    vault, other = make_vault(tmp_path / "v"), make_vault(tmp_path / "w")
    other.json("backup", tmp_path / "other.backup")
    before = vault.path.read_bytes()
    assert vault.run("restore", tmp_path / "other.backup").sentence == (
        "That backup is of another vault; nothing was changed."
    )
    write(tmp_path, "none.backup", "x")
    for name in ("none.backup", "absent.backup"):
        ran = vault.run("restore", tmp_path / name)
        assert (ran.code, ran.sentence) == (2, "That file is not a backup, or is damaged; nothing was changed.")
    assert vault.path.read_bytes() == before


def test_users_leave_change_and_lose_passphrases(tmp_path: Path) -> None:
    vault = with_record(tmp_path / "v")
    ben = vault.add_user("Ben", "tester", "Riverside Team")
    (vault.folder / "new").write_text("brisk grey heron pond\n")
    key = ("--recovery-key-file", vault.folder / "recovery")
    assert ben.run("users", "passphrase", "--new-passphrase-file", vault.folder / "new").code == 0
    assert ben.run("people").code == 2
    reset = run(
        *("users", "reset", "Ben", "--vault", vault.path, *key),
        *("--new-passphrase-file", vault.folder / "passphrase"),
    )
    assert reset.code == 0, reset.err
    assert len(ben.json("people")) == 1
    person = ben.person()
    assert "Asthma" in ben.run("show", person).out
    assert vault.run("users", "recovery-key", *key, "--out", vault.folder / "second").code == 0
    assert vault.run("users", "remove", "Ben", *key).code == 2
    key = ("--recovery-key-file", vault.folder / "second")
    assert vault.run("users", "remove", "Nobody", *key).code == 1
    assert vault.run("users", "remove", "Ben", *key).code == 0
    assert ben.run("people").sentence == "The name or passphrase is not right for this vault."
    assert "Asthma" in vault.run("show", person).out


def test_removing_a_custodian_puts_down_a_new_recovery_key_first(tmp_path: Path) -> None:
    vault = with_record(tmp_path / "v")
    old, new, other = (vault.folder / name for name in ("recovery", "second", "third"))
    cora = vault.add_user("Cora", "custodian", "Riverside Team", "--custodian")
    assert cora.run("log", "--json").code == 0
    remove = ("users", "remove", "Cora", "--recovery-key-file", old)
    assert "new one" in vault.run(*remove).sentence
    assert cora.run("people").code == 0
    assert "already there" in vault.run(*remove, "--new-recovery-key-file", old).sentence
    assert "not be written" in vault.run(*remove, "--new-recovery-key-file", tmp_path / "no folder" / "x").sentence
    wrong = vault.run("users", "remove", "Nobody", "--recovery-key-file", old, "--new-recovery-key-file", new)
    assert (wrong.code, new.exists()) == (1, False)
    ran = vault.run(*remove, "--new-recovery-key-file", new)
    assert ran.code == 0, ran.err
    assert new.stat().st_mode & 0o077 == 0
    assert cora.run("people").sentence == "The name or passphrase is not right for this vault."
    assert "does not open" in vault.run("users", "change-keys", "--recovery-key-file", old, "--out", other).sentence
    assert not other.exists()
    assert vault.run("users", "change-keys", "--recovery-key-file", new, "--out", other).code == 0
    assert vault.run("users", "recovery-key", "--recovery-key-file", new, "--out", tmp_path / "fourth").code == 2
    assert "Asthma" in vault.run("show", vault.person()).out
    assert vault.run("log", "verify").code == 0


def test_the_console_script_keeps_files_private_and_memory_out_of_core_dumps(tmp_path: Path) -> None:
    code = (
        "import os, resource, sys; from desktop.__main__ import main\n"
        "main(['sample', '--people', '1', '--out', sys.argv[1]])\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ran.stdout.splitlines()[-1] == "(0, 0) 0o77"
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "out").rglob("*")} == {0}
