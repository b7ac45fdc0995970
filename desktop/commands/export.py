"""`onestory export`: a person's record as a file, through the gate, for oneself or for a named kind of worker."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, cast

import typer

from consent.request import PURPOSES, RELATIONSHIPS, Relationship
from desktop.commands.asking import SignIn, signing_in
from desktop.commands.saying import escape, out, print_json
from desktop.errors import WorkspaceError
from fhir.entries import PersonId

FormatOption = Annotated[str, typer.Option("--format", help="One of: fhir, ips, pdf, summary, timeline.")]
OutOption = Annotated[Path, typer.Option("--out", help="The file to write; nothing is overwritten.")]
AudienceOption = Annotated[
    str, typer.Option("--audience", help="Only what this kind of worker may see too, as social-worker.")
]


app = typer.Typer()


@app.command(
    "export", epilog="Example: onestory export PERSON --format ips --out summary.json --audience social-worker"
)
@signing_in
def export(
    asked: SignIn,
    person: Annotated[str, typer.Argument(help="The personId that `people` gave.")],
    form: FormatOption,
    target: OutOption,
    audience: AudienceOption = "",
    purpose: Annotated[str, typer.Option("--purpose", help=f"One of: {', '.join(PURPOSES)}.")] = "TREAT",
    relationship: Annotated[
        str, typer.Option("--relationship", help=f"One of: {', '.join(RELATIONSHIPS)}.")
    ] = "present",
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the file and in the access log.")] = "",
) -> None:
    """Write what you may hand on of a person's record to a new file; the access log has it first."""
    from desktop import exporting

    if purpose not in PURPOSES:
        raise WorkspaceError(f"--purpose takes one of: {', '.join(PURPOSES)}.")
    if relationship not in RELATIONSHIPS:
        raise WorkspaceError(f"--relationship takes one of: {', '.join(RELATIONSHIPS)}.")
    exporting.check(form, audience)
    os.environ.setdefault("QT_HASH_SEED", "0")  # so that the same pages are the same bytes; read when Qt is loaded
    exporting.require_free(target)
    with asked.workspace() as workspace:
        prepared = workspace.prepare_export(
            PersonId(person),
            form,
            audience=audience,
            purpose=purpose,
            relationship=cast(Relationship, relationship),
            reason=reason,
        )
        workspace.hand_out(prepared, target)
    if asked.json:
        print_json(
            {
                "person": person,
                "format": form,
                "audience": audience,
                "out": str(target),
                "bytes": len(prepared.data),
                "entries": len(prepared.items),
            }
        )
        return
    out.print(escape(f"Wrote {len(prepared.data):,} bytes to {target}."), soft_wrap=True)
    out.print("It is not encrypted: keep it where only those who may read it can.")
