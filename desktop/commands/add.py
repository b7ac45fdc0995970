"""`onestory add`: one FHIR resource from a file into a person's record, with Provenance of who added it and when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import msgspec
import typer

from consent.request import RELATIONSHIPS, Relationship
from desktop.commands.asking import SignIn, signing_in
from desktop.commands.saying import escape, out, print_json
from desktop.errors import WorkspaceError
from fhir.entries import PersonId

_LARGEST = 16 * 1024 * 1024


app = typer.Typer()


@app.command("add", epilog="Example: onestory add PERSON note.json --vault care.vault --user Asha")
@signing_in
def add(
    asked: SignIn,
    person: Annotated[str, typer.Argument(help="The personId that `people` gave.")],
    file: Annotated[Path, typer.Argument(help="A file with one FHIR resource, JSON or XML.")],
    relationship: Annotated[
        str, typer.Option("--relationship", help=f"One of: {', '.join(RELATIONSHIPS)}.")
    ] = "present",
) -> None:
    """Contribute a FHIR resource; it is sealed like the rest, and corrected but never erased without trace."""

    if relationship not in RELATIONSHIPS:
        raise WorkspaceError(f"--relationship takes one of: {', '.join(RELATIONSHIPS)}.")
    try:
        if file.stat().st_size > _LARGEST:
            raise WorkspaceError("That file is too large for one resource.")
        data = file.read_bytes()
    except OSError:
        raise WorkspaceError(f"There is no file {file} that can be read.") from None
    with asked.workspace() as workspace:
        done = workspace.contribute(PersonId(person), data, relationship=cast(Relationship, relationship))
    if asked.json:
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
