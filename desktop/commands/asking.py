"""What commands ask for: which vault, who signs in with what, and what time it is."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, cast, get_args

import typer

from consent.acting import place
from consent.naming import spoken
from desktop.commands.saying import err, escape, print_json, say
from desktop.errors import InUseError, PostError, WorkspaceError
from desktop.reports import UserRow

VaultOption = Annotated[Path | None, typer.Option("--vault", help="The vault file. Default: in the user data folder.")]
UserOption = Annotated[str | None, typer.Option("--user", help="Who signs in. Default: the vault's only user.")]
PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file whose first line is the passphrase. Default: ask.")
]
NowOption = Annotated[str | None, typer.Option("--now", help="Fix the clock, as 2026-11-21T09:00:00Z.")]
AsOption = Annotated[
    str | None, typer.Option("--as", help="In which of several posts one is at work: its role, organisation, or both.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PersonArgument = Annotated[str, typer.Argument(help="The personId that `people` gave.")]

Own = ParamSpec("Own")


@dataclass(frozen=True)
class SignIn:
    """The options that every command has which opens a vault."""

    vault: Path | None = None
    user: str | None = None
    passphrase_file: Path | None = None
    now: str | None = None
    post: str | None = None
    json: bool = False

    def over(self, before: SignIn | None) -> SignIn:
        """These, and where nothing was given, what was given for the group of commands."""
        if before is None:
            return self
        return SignIn(
            self.vault or before.vault,
            self.user or before.user,
            self.passphrase_file or before.passphrase_file,
            self.now or before.now,
            self.post or before.post,
            self.json or before.json,
        )

    @contextmanager
    def workspace(self) -> Iterator[Any]:
        """A workspace for one command; closed whatever happens."""
        from desktop.workspace import Workspace
        from desktop.workspace.names import user_names

        path = chosen_vault(self.vault)
        user = self.user
        if user is None:
            names = user_names(path)
            if len(names) != 1:
                raise WorkspaceError("This vault has several users; say which with --user.")
            user = names[0]
        workspace = self._by_keyring(path, user) or Workspace.sign_in(
            path, user, secret(self.passphrase_file, "Passphrase"), choose=self.choose, now=instant(self.now)
        )
        for line in workspace.warnings:
            err.print(escape(line), soft_wrap=True)
        try:
            yield workspace
        finally:
            workspace.close()

    def _by_keyring(self, vault: Path, user: str) -> Any:
        """Signed in with what the keyring holds, where the user asked for that and no passphrase is given; else None,
        after saying why."""
        from desktop.workspace import Workspace
        from desktop.workspace.names import keyring_users

        if self.passphrase_file is not None or user not in keyring_users(vault):
            return None
        try:
            return Workspace.sign_in_by_keyring(vault, user, choose=self.choose, now=instant(self.now))
        except (InUseError, PostError):
            raise
        except WorkspaceError as error:
            err.print(escape(str(error)), soft_wrap=True)
        return None

    def choose(self, posts: Sequence[UserRow]) -> UserRow:
        """Which of their posts a user is at work in: by role, organisation or both; never guessed."""
        if self.post is None and len(posts) == 1:
            return posts[0]
        said = spoken(self.post or "")
        named = [", ".join(filter(None, (one.role, place(one.role, one.organisation)))) for one in posts]
        found = [
            one
            for one, name in zip(posts, named, strict=True)
            if said and said in map(spoken, (one.role, one.organisation, name))
        ]
        if len(found) == 1:
            return found[0]
        if len(posts) == 1:
            raise PostError(f"You do not work in that post; you are at work as: {named[0]}.")
        raise PostError(f"Say with --as which post you are at work in: {'; '.join(named)}.")

    def say(self, value: Any, sentence: str) -> None:
        """What was done, as JSON or in a sentence."""
        if self.json:
            print_json(value)
        else:
            say(sentence)


_OPTIONS: dict[str, tuple[Any, Any]] = {
    "vault": (VaultOption, None),
    "user": (UserOption, None),
    "passphrase_file": (PassphraseOption, None),
    "now": (NowOption, None),
    "post": (AsOption, None),
    "json": (JsonOption, False),
}


def signing_in(command: Callable[Concatenate[SignIn, Own], None]) -> Callable[..., None]:
    """Give a command the options of signing in, after its own; it takes them together as its first parameter.

    Where a group of commands has them too, what was given there counts unless it is given again.
    """
    return _taking(command, _OPTIONS)


def signing_in_for_bytes(command: Callable[Concatenate[SignIn, Own], None]) -> Callable[..., None]:
    """The same, for a command that writes bytes and knows no `--json`."""
    return _taking(command, {name: option for name, option in _OPTIONS.items() if name != "json"})


def _taking(command: Callable[..., None], options: dict[str, tuple[Any, Any]]) -> Callable[..., None]:
    own = _by_name(command)[1:]
    wants_context = any(one.annotation is typer.Context for one in own)
    common = [_option(name, annotation, default) for name, (annotation, default) in options.items()]
    if not wants_context:
        common.append(inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context))

    def run(*, context: typer.Context, **given: Any) -> None:
        asked = SignIn(**{name: given.pop(name) for name in options})
        context.obj = asked.over(context.obj)
        if wants_context:
            given["context"] = context
        command(context.obj, **given)

    return _told(run, command, [*own, *common])


def without_vault(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command that opens no vault be given the common options too, so that a program may call every command the
    same way. Nothing is made of them but that a clock must be one; `--help` does not show them."""
    own = _by_name(command)
    more = [name for name in _COMMON if name not in {one.name for one in own}]
    added = [_option(name, _hidden(_OPTIONS[name][0]), _OPTIONS[name][1]) for name in more]

    def run(**given: Any) -> None:
        common = {name: given.pop(name) for name in more}
        instant(common.get("now"))
        command(**given)

    return _told(run, command, [*own, *added])


_COMMON = ("vault", "user", "passphrase_file", "now")


def _by_name(command: Callable[..., None]) -> list[inspect.Parameter]:
    """What a command takes, each by its name."""
    taken = inspect.signature(command, eval_str=True).parameters.values()
    return [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in taken]


def _option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _told(
    run: Callable[..., None], command: Callable[..., None], takes: Sequence[inspect.Parameter]
) -> Callable[..., None]:
    """What runs in place of a command, called and described as that, and taking this: Typer reads it from here."""
    run = wraps(command)(run)
    del run.__wrapped__  # it would be read in place of what is set here
    run.__signature__ = inspect.Signature(takes)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in takes}
    return run


def _hidden(annotation: Any) -> Any:
    """The same option, not told by `--help`."""
    kind, option = get_args(annotation)
    return Annotated[kind, typer.Option(*option.param_decls, hidden=True)]


_BEFORE: dict[str, Path | None] = {"vault": None}


def vault_before(vault: Path | None) -> None:
    """The vault that was named before the command, on this command line."""
    _BEFORE["vault"] = vault


def chosen_vault(vault: Path | None) -> Path:
    """The vault that a command is about: as named after the command, or before it, or the one in the user's folder."""
    from desktop.workspace import default_vault

    return vault or _BEFORE["vault"] or default_vault()


def instant(text: str | None) -> datetime | None:
    """The fixed clock, or None for the real one."""
    if text is None:
        return None
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        raise WorkspaceError("--now takes an instant such as 2026-11-21T09:00:00Z.") from None
    return now if now.tzinfo else now.replace(tzinfo=UTC)


def first_line(file: Path, what: str) -> str:
    """The first line of a file that holds a secret."""
    try:
        return file.read_text("utf-8").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        raise WorkspaceError(f"The {what} file {file} cannot be read.") from None


def secret(file: Path | None, prompt: str, *, confirm: bool = False) -> str:
    """A passphrase from a file, or asked for on the terminal."""
    if file is not None:
        return first_line(file, "passphrase")
    if not sys.stdin.isatty():
        raise WorkspaceError("No passphrase was given; use --passphrase-file.")
    return cast(str, typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


def existing(paths: Sequence[Path]) -> list[Path]:
    """The paths, if all exist."""
    for path in paths:
        if not path.exists():
            raise WorkspaceError(f"There is no file or folder {path}.")
    return list(paths)
