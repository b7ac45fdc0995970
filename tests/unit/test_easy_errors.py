"""What the vault says of what went wrong: every sentence has an Easy Read of its own, and no row is of no use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import storage.errors
from desktop.models.easy_errors import easy_error, easy_errors, easy_warnings
from desktop.models.voice import Voice

ROOT = Path(storage.errors.__file__).parent
OF_VAULTS = {
    "SignInError", "VaultMissingError", "NotAVaultError", "NewerVaultError", "KeyFileError", "InUseError", "WriteError",
    "UnfinishedError", "NoKeyringError", "ClosedError", "TamperedError", "VaultExistsError",
}  # fmt: skip


def raised() -> Iterator[str]:
    """Sentences that these errors are raised with, also those written once and named."""
    for path in sorted(ROOT.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        named = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in OF_VAULTS and call.args:
                said = call.args[0]
                if isinstance(said, ast.Constant):
                    yield str(said.value)
                elif isinstance(said, ast.Name) and said.id in named:
                    yield str(named[said.id])
    yield str(storage.errors.SignInError())
    yield str(storage.errors.ClosedError())


def test_every_sentence_of_the_vault_has_one() -> None:
    said = set(raised())
    assert len(said) > 40
    assert said - set(easy_errors()) == set()


def test_no_sentence_is_there_that_nobody_says() -> None:
    trees = [
        ast.parse(path.read_text("utf-8"))
        for folder in (ROOT, ROOT.parent / "desktop" / "workspace")
        for path in folder.glob("*.py")
    ]
    written = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert [words for words in (*easy_errors(), *easy_warnings()) if words and words not in written] == []


def test_what_nobody_thought_of_is_told_too() -> None:
    assert easy_error("A sentence with 3 hard words.") == easy_errors()[""]


def test_what_signing_in_noticed_is_told_once_each_and_never_as_nothing() -> None:
    said = [
        "This vault is older than it was here. Missing from it: 2 entries.",
        "The head of the access log is damaged.",
    ]
    assert Voice().warnings(said) == "\n\n".join(said)
    assert Voice(easy=True).warnings(said).splitlines() == [
        "Something in your record may be wrong.", "It may be an old copy.", "Please tell staff.",
    ]  # fmt: skip
    new_here = next(iter(easy_warnings()))
    assert "newest copy" in Voice(easy=True).warnings([new_here])


def test_ordinary_words_stay_what_they_are() -> None:
    assert Voice().error("The vault is locked; sign in again.") == "The vault is locked; sign in again."
    assert Voice(easy=True).wrong("The vault is locked; sign in again.").splitlines() == [
        "That did not work.", "Your record is locked now.", "Sign in again.",
    ]  # fmt: skip
