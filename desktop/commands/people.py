"""`onestory people` and `onestory show`: finding a person, and what may be seen of them."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from consent.request import PURPOSES, RELATIONSHIPS, Relationship
from desktop import report_json
from desktop.commands.asking import SignIn, signing_in
from desktop.commands.saying import columns, escape, out, print_json
from desktop.errors import WorkspaceError
from desktop.show_text import harmless, lines
from fhir.entries import PersonId

app = typer.Typer()


@app.command(epilog="Example: onestory people 'ellison 14 feb 1938' --json")
@signing_in
def people(
    asked: SignIn,
    query: Annotated[str, typer.Argument(help="Name, NHS number or date of birth.")] = "",
) -> None:
    """Find a person by the least that tells people apart."""
    with asked.workspace() as workspace:
        rows = workspace.people(query)
    if asked.json:
        print_json([report_json.person(row) for row in rows])
    else:
        table = columns("Id", "Name", "Born", "NHS number", "Possible matches")
        for row in rows:
            matches = str(row.possible_matches or "")
            table.add_row(row.person_id, escape(row.name), escape(row.birth_date), escape(row.nhs_number), matches)
        out.print(table)
    raise typer.Exit(0 if rows else 1)


@app.command(epilog="Example: onestory show PERSON --json --section medicines")
@signing_in
def show(
    asked: SignIn,
    person: Annotated[str, typer.Argument(help="The personId that `people` gave.")],
    purpose: Annotated[str, typer.Option("--purpose", help=f"One of: {', '.join(PURPOSES)}.")] = "TREAT",
    relationship: Annotated[
        str, typer.Option("--relationship", help=f"One of: {', '.join(RELATIONSHIPS)}.")
    ] = "present",
    reason: Annotated[str, typer.Option("--reason", help="Why you look; kept in the access log.")] = "",
    section: Annotated[str | None, typer.Option("--section", help="Only this section.")] = None,
) -> None:
    """What you may see of a person, exactly as the window shows it."""
    from consent.disclosure_json import to_json
    from fhir.sections import sections

    if purpose not in PURPOSES:
        raise WorkspaceError(f"--purpose takes one of: {', '.join(PURPOSES)}.")
    if relationship not in RELATIONSHIPS:
        raise WorkspaceError(f"--relationship takes one of: {', '.join(RELATIONSHIPS)}.")
    if section is not None and section not in sections():
        raise WorkspaceError(f"--section takes one of: {', '.join(sections())}.")
    with asked.workspace() as workspace:
        record = workspace.open_person(
            PersonId(person), purpose=purpose, relationship=cast(Relationship, relationship), reason=reason
        )
    shown = to_json(record)
    if section is not None:
        shown["sections"] = {section: shown["sections"][section]}
    if asked.json:
        print_json(shown)
        return
    for line in lines(record, section):
        out.print(harmless(line), markup=False, soft_wrap=True)
