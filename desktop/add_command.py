"""`onestory add`: one FHIR resource from a file into a person's record, with Provenance of who added it and when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import msgspec
import typer

from consent.request import RELATIONSHIPS, Relationship
from desktop.errors import WorkspaceError
from fhir.entries import PersonId

_LARGEST = 16 * 1024 * 1024


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("add", epilog="Example: onestory add PERSON note.json --vault care.vault --user Asha")(add)


def add(
    person: Annotated[str, typer.Argument(help="The personId that `people` gave.")],
    file: Annotated[Path, typer.Argument(help="A file with one FHIR resource, JSON or XML.")],
    relationship: Annotated[
        str, typer.Option("--relationship", help=f"One of: {', '.join(RELATIONSHIPS)}.")
    ] = "present",
    vault: Annotated[
        Path | None, typer.Option("--vault", help="The vault file. Default: in the user data folder.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="Who signs in. Default: the vault's only user.")] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="A file whose first line is the passphrase. Default: ask.")
    ] = None,
    now: Annotated[str | None, typer.Option("--now", help="Fix the clock, as 2026-11-21T09:00:00Z.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Contribute a FHIR resource; it is sealed like the rest, and corrected but never erased without trace."""
    from desktop.cli import escape, out, print_json, signed_in

    if relationship not in RELATIONSHIPS:
        raise WorkspaceError(f"--relationship takes one of: {', '.join(RELATIONSHIPS)}.")
    try:
        if file.stat().st_size > _LARGEST:
            raise WorkspaceError("That file is too large for one resource.")
        data = file.read_bytes()
    except OSError:
        raise WorkspaceError(f"There is no file {file} that can be read.") from None
    with signed_in(vault, user, passphrase_file, now) as workspace:
        done = workspace.contribute(PersonId(person), data, relationship=cast(Relationship, relationship))
    if json_output:
        print_json(
            {
                "person": done.person,
                "importId": done.import_id,
                "resource": done.resource,
                "provenance": done.provenance,
                "entries": list(done.entries),
                "issues": [msgspec.to_builtins(one) for one in done.issues],
            }
        )
        return
    out.print(escape(f"Added {done.resource}."), soft_wrap=True)
    for one in done.issues:
        out.print(escape(f"    {one.severity}: {one.path} {one.message}"), soft_wrap=True)
