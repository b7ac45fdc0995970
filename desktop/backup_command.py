"""`onestory backup` and `onestory restore`: one verified file out, and back again with a word on what is newer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from desktop.reports import RestoreDone

_Vault = Annotated[Path | None, typer.Option("--vault", help="The vault file. Default: in the user data folder.")]
_User = Annotated[str | None, typer.Option("--user", help="Who signs in. Default: the vault's only user.")]
_Phrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file whose first line is the passphrase. Default: ask.")
]
_Now = Annotated[str | None, typer.Option("--now", help="Fix the clock, as 2026-11-21T09:00:00Z.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup", epilog="Example: onestory backup monday.backup --vault care.vault --user Asha")(backup)
    app.command("restore", epilog="Example: onestory restore monday.backup --vault care.vault --user Asha")(restore)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to make; nothing is overwritten.")],
    vault: _Vault = None,
    user: _User = None,
    passphrase_file: _Phrase = None,
    now: _Now = None,
    json_output: _Json = False,
) -> None:
    """Copy the vault and its key file into one file, read it back and compare every row."""
    from desktop.cli import print_json, signed_in

    with signed_in(vault, user, passphrase_file, now) as workspace:
        done = workspace.backup(file)
    if json_output:
        print_json({"file": str(done.file), "made": done.made, "rows": done.rows, "verified": True})
        return
    Console(highlight=False).print(
        f"Backed up to {escape(str(done.file))}: {done.rows} rows, read back and found the same.", soft_wrap=True
    )


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    vault: _Vault = None,
    user: _User = None,
    passphrase_file: _Phrase = None,
    now: _Now = None,
    json_output: _Json = False,
) -> None:
    """Put a backup in place of the vault, keep what it replaces beside it, and say what that has that is newer.

    Name and passphrase are those of the time of the backup.
    """
    from desktop.cli import chosen_vault, instant, print_json, secret
    from desktop.workspace import Workspace

    path = chosen_vault(vault)
    name = user or Workspace.only_user_of_backup(file)
    moment = instant(now)
    done = Workspace.restore(path, file, name, secret(passphrase_file, "Passphrase"), now=moment)
    days = age_in_days(done.made, moment or datetime.now(UTC))
    if json_output:
        print_json({"vault": str(path), "ageDays": days, **_json(done)})
        return
    out = Console(highlight=False)
    for line in _lines(done, days):
        out.print(escape(line), soft_wrap=True)


def age_in_days(made: str, now: datetime) -> float:
    """How old a backup is; 0 for one that says it is from the future."""
    return round(max(0.0, (now - datetime.fromisoformat(made)).total_seconds() / 86_400), 2)


def _json(done: RestoreDone) -> dict[str, Any]:
    return {
        "made": done.made,
        "replaced": str(done.replaced) if done.replaced else None,
        "compared": done.compared,
        "newer": {
            "imports": [{"importId": import_id, "stored": stored} for import_id, stored in done.newer_imports],
            "events": done.newer_events,
            "choices": done.newer_choices,
            "usersLost": list(done.users_lost),
            "usersBack": list(done.users_back),
        },
    }


def _lines(done: RestoreDone, days: float) -> list[str]:
    said = [f"Restored the backup of {done.made}, {days:g} days old."]
    if done.replaced is None:
        return said
    said.append(f"The vault it replaced is kept in {done.replaced}.")
    if not done.compared:
        said.append("That vault could not be read with this passphrase, so what in it is newer is not known.")
    else:
        said.append(
            f"Newer there: {len(done.newer_imports)} imports, {done.newer_choices} changes of choices,"
            f" {done.newer_events} lines of the access log."
        )
    if done.users_lost:
        said.append(f"Users added since, who cannot sign in now: {', '.join(done.users_lost)}.")
    if done.users_back:
        said.append(f"Users removed since, who can sign in again: {', '.join(done.users_back)}.")
    return said
