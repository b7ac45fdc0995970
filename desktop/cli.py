"""The command line: the same workspace as the window, with words for people and JSON for programs.

Exit codes: 0 fine; 1 the answer is "no"; 2 the request could not be carried out, with one sentence on standard error.
With `--json` exactly one JSON document goes to standard output and everything else to standard error.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import typer

from desktop.commands import (
    acting,
    add,
    backup,
    choices,
    decide,
    defaults,
    export,
    log,
    matches,
    overrides,
    people,
    records,
    users,
    vaults,
)
from desktop.commands.asking import NowOption, PassphraseOption, SignIn, UserOption, VaultOption, vault_before
from desktop.commands.saying import err, escape, say
from desktop.errors import NothingFoundError, WorkspaceError

app = typer.Typer(
    name="onestory",
    help="Health and social care records as one story, shared as the person chooses.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for room in (vaults, records, people, choices, decide, defaults, backup, add, export):
    app.add_typer(room.app)
app.add_typer(users.users_app, name="users")
app.add_typer(log.log_app, name="log")
app.add_typer(acting.acting_app, name="acting")
app.add_typer(overrides.overrides_app, name="overrides")
app.add_typer(overrides.notices_app, name="notices")
app.add_typer(matches.matches_app, name="matches")

_INTERRUPTED = 130
"""What Typer makes of Ctrl+C."""


@app.callback(invoke_without_command=True, epilog="Example: onestory demo")
def window(
    context: typer.Context,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    self_test: Annotated[bool, typer.Option("--self-test", help="Check that this installation is whole.")] = False,
) -> None:
    """Open the window when no command is given. What is said here of vault and user counts for the command too."""
    vault_before(vault)
    context.obj = SignIn(vault, user, passphrase_file, now)
    if self_test:
        from desktop.self_test import run as test_self

        raise typer.Exit(test_self(say=say))
    if context.invoked_subcommand is None:
        from desktop.application import run

        raise typer.Exit(run(vault))


@cache
def _command() -> Callable[..., object]:
    """All commands, put together once."""
    return typer.main.get_command(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors become one sentence and an exit code, never a traceback, which could show a record."""
    try:
        code = _command()(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except NothingFoundError as error:
        return _failed(str(error), 1)
    except WorkspaceError as error:
        return _failed(str(error))
    except typer.TyperException as error:
        # The root of Typer's own usage errors, which are not click's; only most of them have a message for people.
        message = getattr(error, "format_message", error.__str__)
        return _failed(" ".join(message().split()))
    except typer.Abort:
        return _failed("Stopped.")
    except BrokenPipeError:  # whoever read the output has heard enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (for what is flushed at exit)
        return 2
    except OSError as error:
        return _failed(f"{error.filename or 'A file'} cannot be used: {error.strerror or 'the system refused'}.")
    except Exception as error:  # noqa: BLE001
        return _failed(f"OneStory has a fault and could not go on ({_fault(error)}). Nothing half done was kept.")
    if code == _INTERRUPTED:
        return _failed("Stopped.")
    return code if isinstance(code, int) else 0


def _failed(sentence: str, code: int = 2) -> int:
    err.print(escape(sentence), soft_wrap=True)
    return code


def _fault(error: Exception) -> str:
    """The kind of error and where it arose, for whoever mends it: never its text, which may hold a record."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"
