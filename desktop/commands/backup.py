"""`onestory backup` and `onestory restore`: one verified file out, and back again with a word on what is newer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.commands.asking import SignIn, chosen_vault, instant, secret, signing_in
from desktop.commands.saying import escape, out, print_json, progress_bar
from desktop.reports import RestoreDone

app = typer.Typer()


@app.command("backup", epilog="Example: onestory backup monday.backup --vault care.vault --user Asha")
@signing_in
def backup(
    asked: SignIn,
    file: Annotated[Path, typer.Argument(help="The file to make; nothing is overwritten.")],
) -> None:
    """Copy the vault and its key file into one file, read it back and compare every row."""

    with asked.workspace() as workspace, progress_bar(asked.json) as progress:
        done = workspace.backup(file, progress)
    if asked.json:
        print_json({"file": str(done.file), "made": done.made, "rows": done.rows, "verified": True})
        return
    out.print(f"Backed up to {escape(str(done.file))}: {done.rows} rows, read back and found the same.", soft_wrap=True)


@app.command("restore", epilog="Example: onestory restore monday.backup --vault care.vault --user Asha")
@signing_in
def restore(
    asked: SignIn,
    file: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
) -> None:
    """Put a backup in place of the vault, keep what it replaces beside it, and say what that has that is newer.

    Name and passphrase are those of the time of the backup. Ctrl+C stops it, and changes nothing, until the backup is
    put in place.
    """
    from desktop.workspace import Workspace

    path = chosen_vault(asked.vault)
    name = asked.user or Workspace.only_user_of_backup(file)
    moment = instant(asked.now)
    phrase = secret(asked.passphrase_file, "Passphrase")
    with progress_bar(asked.json) as progress:
        done = Workspace.restore(path, file, name, phrase, choose=asked.choose, now=moment, progress=progress)
    days = age_in_days(done.made, moment or datetime.now(UTC))
    if asked.json:
        print_json({"vault": str(path), "ageDays": days, **_json(done)})
        return
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
            "chose": [{"personId": person, "name": name} for person, name in done.chose.items()],
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
    if done.chose:
        who = ", ".join(name or person for person, name in done.chose.items())
        said.append(
            f"Choices are newer there of: {who}. Ask them to make these again before anyone looks at the record."
        )
    if done.users_lost:
        said.append(f"Users added since, who cannot sign in now: {', '.join(done.users_lost)}.")
    if done.users_back:
        said.append(f"Users removed since, who can sign in again: {', '.join(done.users_back)}.")
    return said
