"""A further slot that the system's keyring opens: what it holds, when it opens nothing, and doing without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import sqlcipher3
from commandkit import NOW, PASSPHRASE, Ran, Vault, instant, make_vault, run
from rings import Ring, backend

import storage.user_keeping
import storage.vault
from desktop.errors import WorkspaceError
from desktop.workspace import Workspace
from storage import os_keyring, slots
from storage.errors import WriteError
from storage.session import Session

NO_SUPPORT = "The keyring support is not installed on this computer; install OneStory with its keyring extra."
NO_SERVICE = "No keyring service was found on this computer; go on using the passphrase."
NO_ANSWER = "The keyring of this computer is locked or did not answer; use the passphrase."


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    made = make_vault(tmp_path, role="gp")
    made.add_user("Ben", "nurse", "Ward 4")
    return made.as_user("Ben")


def bare(vault: Vault, *command: str | Path) -> Ran:
    """A command without a passphrase."""
    return run(*command, "--vault", vault.path, "--user", vault.user, "--now", NOW)


def test_the_keyring_opens_the_vault_when_asked_to_and_never_holds_the_passphrase(vault: Vault, ring: Ring) -> None:
    assert bare(vault, "users").code == 2
    ran = vault.run("users", "keyring", "on")
    assert ran.code == 0, ran.err
    assert "now opens this vault for Ben" in ran.out
    ((service, account), text), *none = ring.kept.items()
    assert not none
    assert service == os_keyring.SERVICE
    assert account.endswith(" Ben")
    assert PASSPHRASE not in text
    assert len(text) == 44, "thirty-two random bytes"
    assert bare(vault, "users", "--json").code == 0
    assert vault.run("users").code == 0, "the passphrase still opens it"
    assert bare(vault.as_user("Asha"), "users").code == 2, "for nobody else"
    assert slots.read(vault.path).names() == ["Asha", "Ben"]


def test_turned_off_neither_slot_nor_secret_is_left(vault: Vault, ring: Ring) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    kept = dict(ring.kept)
    header = slots.read(vault.path)
    assert vault.run("users", "keyring", "off").code == 0
    assert not ring.kept
    assert not slots.read(vault.path).by_keyring("Ben")
    assert bare(vault, "users").code == 2
    assert vault.run("users", "keyring", "off").code == 0, "twice is once"
    ring.kept.update(kept)
    assert bare(vault, "users").code == 2, "the secret alone opens nothing"
    ((_, account), _) = next(iter(kept.items()))
    assert account.startswith(header.vault.hex())


def test_a_secret_that_is_gone_wrong_or_of_another_leaves_the_passphrase(vault: Vault, ring: Ring) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    ((place, text),) = ring.kept.items()
    for other in ("", "not base64!", text[:20], "A" * 43 + "=", text.swapcase()):
        ring.kept[place] = other
        ran = bare(vault, "users")
        assert ran.code == 2
        assert "keyring does not open this vault" in ran.err
        assert "Traceback" not in ran.err
    ring.kept.clear()
    assert bare(vault, "users").code == 2
    assert vault.run("users").code == 0


def test_it_goes_on_opening_when_the_vault_key_changes_and_not_when_its_user_leaves(vault: Vault, ring: Ring) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    vault.as_user("Asha").add_user("Cy", "gp", "Elsewhere")
    key = ("--recovery-key-file", vault.folder / "recovery")
    assert vault.as_user("Asha").run("users", "remove", "Cy", *key).code == 0
    assert bare(vault, "users").code == 0, "the new vault key was handed to this slot too"
    assert not next(one for one in slots.read(vault.path).slots if one.kind == "keyring").handed, "and taken up"
    kept = dict(ring.kept)
    assert vault.as_user("Asha").run("users", "remove", "Ben", *key).code == 0
    assert not slots.read(vault.path).by_keyring("Ben")
    vault.as_user("Asha").add_user("Ben", "nurse", "Ward 4")
    assert ring.kept == kept
    assert bare(vault, "users").code == 2, "nor the next of that name"


def test_a_user_given_fresh_keys_is_no_longer_opened_by_the_keyring(vault: Vault, ring: Ring) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    key, new = vault.folder / "recovery", vault.folder / "passphrase"
    ran = run("users", "reset", "Ben", "--recovery-key-file", key, "--new-passphrase-file", new, "--vault", vault.path)
    assert ran.code == 0, ran.err
    assert not slots.read(vault.path).by_keyring("Ben")
    assert bare(vault, "users").code == 2


def test_a_slot_moved_to_another_user_or_vault_opens_nothing(vault: Vault, ring: Ring, tmp_path: Path) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    header = slots.read(vault.path)
    own = next(one for one in header.slots if one.kind == "keyring")
    ((_, account), text) = next(iter(ring.kept.items()))
    slots.write(vault.path, slots.with_slot(header, storage.slots.msgspec.structs.replace(own, name="Asha")))
    ring.kept[os_keyring.SERVICE, account.replace("Ben", "Asha")] = text
    assert bare(vault.as_user("Asha"), "users").code == 2
    other = make_vault(tmp_path / "other", role="nurse")
    there = slots.read(other.path)
    slots.write(other.path, slots.with_slot(there, storage.slots.msgspec.structs.replace(own, name="Asha")))
    ring.kept[os_keyring.SERVICE, f"{there.vault.hex()} Asha"] = text
    assert bare(other, "users").code == 2


def test_whoever_holds_the_custodians_office_signs_in_with_their_passphrase(vault: Vault, ring: Ring) -> None:
    carol = vault.as_user("Asha").add_user("Carol", "privacy-officer", "Trust", "--custodian")
    ran = carol.run("users", "keyring", "on")
    assert (ran.code, ran.sentence) == (2, "Whoever holds the custodian's office signs in with their passphrase.")
    assert not ring.kept


@pytest.mark.parametrize("module", ["keyring.backends.fail", "keyring.backends.null", "keyrings.alt.file"])
def test_a_keyring_that_keeps_nothing_or_keeps_it_in_the_clear_is_not_used(
    vault: Vault, ring: Ring, module: str
) -> None:
    ring.use(backend(ring.package, module=module))
    ran = vault.run("users", "keyring", "on")
    assert (ran.code, ran.sentence) == (2, NO_SERVICE)
    assert not ring.kept
    assert not slots.read(vault.path).by_keyring("Ben")


@pytest.mark.parametrize("fails", ["put", "get"])
def test_a_locked_keyring_is_one_sentence_and_changes_nothing(vault: Vault, ring: Ring, fails: str) -> None:
    before = slots.encoded(slots.read(vault.path))
    ring.use(backend(ring.package, fails=fails))
    ran = vault.run("users", "keyring", "on")
    assert (ran.code, ran.sentence) == (2, NO_ANSWER)
    assert slots.encoded(slots.read(vault.path)) == before


def test_a_keyring_that_stopped_answering_is_said_and_the_passphrase_asked_for(vault: Vault, ring: Ring) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    ring.use(backend(ring.package, fails="get"))
    ran = bare(vault, "users")
    assert ran.code == 2
    assert NO_ANSWER in ran.err
    assert "zqsecret" not in ran.err
    assert vault.run("users", "keyring", "off").code == 0, "it can be turned off without it"


def test_who_works_in_several_posts_is_asked_which_and_not_for_the_passphrase(vault: Vault, ring: Ring) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    post = ("--role", "therapist", "--organisation", "Clinic", "--recovery-key-file", vault.folder / "recovery")
    assert vault.as_user("Asha").run("users", "add-post", "Ben", *post).code == 0
    ran = bare(vault, "users")
    assert ran.code == 2
    assert ran.sentence == "Say with --as which post you are at work in: nurse, Ward 4; therapist, Clinic."
    assert bare(vault, "users", "--as", "therapist").code == 0


@pytest.mark.parametrize("broken", ["take_up_by_keyring", "record"])
def test_a_sign_in_that_fails_on_the_way_leaves_nothing_open(
    vault: Vault, ring: Ring, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    assert vault.run("users", "keyring", "on").code == 0
    opened: list[Session] = []

    def failing(session: Session, *_arguments: object) -> None:
        opened.append(session)
        raise WriteError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Session, broken, failing)
        with pytest.raises(WorkspaceError, match="The disk is full"):
            Workspace.sign_in_by_keyring(vault.path, "Ben", now=instant(NOW))
    with pytest.raises(sqlcipher3.ProgrammingError):
        opened[0]._connection.execute("SELECT 1")
    assert vault.run("users").code == 0, "and nobody finds it in use"


def test_without_the_package_everything_else_works(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    ran = vault.run("users", "keyring", "on")
    assert (ran.code, ran.sentence) == (2, NO_SUPPORT)
    assert vault.run("users").code == 0
    assert vault.run("users", "keyring", "off").code == 0
