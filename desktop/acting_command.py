"""`onestory acting`: who may act for a person, on which legal basis, and whether the person can decide themself."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from consent.proxies import table
from desktop.acting import Acts
from desktop.cli import JsonOption, NowOption, PassphraseOption, UserOption, VaultOption, out, print_json, signed_in
from desktop.errors import WorkspaceError
from fhir.entries import EntryId, PersonId

acting_app: typer.Typer = typer.Typer(
    help="Who may act for a person, and whether they can decide for themself.\n\nExample: onestory acting list PERSON"
)
_Person = Annotated[str, typer.Argument(help="The personId that `people` gave.")]
_Id = Annotated[str, typer.Argument(help="The id that `acting list` gave.")]


@acting_app.command("list", epilog="Example: onestory acting list PERSON --json")
def list_(
    person: _Person,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Everyone who may or might act for a person, and whether that counts today."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        rows: list[Acts] = workspace.acting_for(PersonId(person))
    if json_output:
        print_json([_json(row) for row in rows])
        return
    shown = Table("Id", "Who", "Basis", "State", "Why", "Lapses", "Sees", box=None)
    for row in rows:
        one = row.mandate
        cells = (one.id, one.user, row.basis, row.standing.state, row.standing.words, str(row.standing.lapses or ""))
        shown.add_row(*(escape(cell) for cell in (*cells, ", ".join(sorted(one.scope)) or "all the basis gives")))
    out.print(shown)


@acting_app.command(epilog='Example: onestory acting allow PERSON Mum parental-responsibility --evidence "Seen"')
def allow(
    person: _Person,
    who: Annotated[str, typer.Argument(help="The user of this vault who may act for them.")],
    basis: Annotated[str, typer.Argument(help=f"One of: {', '.join(table().bases)}.")],
    evidence: Annotated[str, typer.Option("--evidence", help="What shows the basis.")],
    scope: Annotated[list[str] | None, typer.Option("--scope", help="A kind of information; may be repeated.")] = None,
    matter: Annotated[str, typer.Option("--matter", help="The decision it is for.")] = "",
    ends: Annotated[str, typer.Option("--ends", help="Its last day, as 2027-01-31.")] = "",
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Record that someone may act for a person."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        made = workspace.state_acting(
            "allow", PersonId(person), who, basis, evidence, scope=scope or (), matter=matter, ends=_day(ends)
        )
    _said({"id": made.id}, f"Recorded ({made.id}).", json_output)


@acting_app.command(epilog="Example: onestory acting renew PERSON m-123")
def renew(
    person: _Person,
    id: _Id,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Confirm a right to act again, after a birthday or before its time is over."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.state_acting("renew", PersonId(person), id)
    _said({"id": id}, "Renewed.", json_output)


@acting_app.command(epilog="Example: onestory acting end PERSON m-123")
def end(
    person: _Person,
    id: _Id,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """End a right to act."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.state_acting("end", PersonId(person), id)
    _said({"id": id}, "Ended.", json_output)


@acting_app.command(epilog='Example: onestory acting capacity PERSON --lacking --matter "where to live"')
def capacity(
    person: _Person,
    lacking: Annotated[bool, typer.Option("--lacking/--capable", help="What was found.")],
    matter: Annotated[str, typer.Option("--matter", help="The decision; left out: sharing their record.")] = "",
    until: Annotated[str, typer.Option("--until", help="Until when the finding stands.")] = "",
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Record whether a person can make a decision; for clinicians and social workers."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.state_acting(
            "found_capacity", PersonId(person), capable=not lacking, matter=matter, until=_day(until)
        )
    _said({"capable": not lacking}, "Recorded.", json_output)


@acting_app.command(epilog="Example: onestory acting competence PERSON --competent --refuses Mum")
def competence(
    person: _Person,
    competent: Annotated[bool, typer.Option("--competent/--not-competent", help="What was found.")],
    refuses: Annotated[
        list[str] | None, typer.Option("--refuses", help="A user the child does not want to see their record.")
    ] = None,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Record a child's Gillick competence, and whom they refuse; for clinicians."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.state_acting("found_competence", PersonId(person), competent=competent, refuses=refuses or ())
    _said({"competent": competent}, "Recorded.", json_output)


@acting_app.command(epilog='Example: onestory acting limit PERSON SERIOUS-HARM ENTRY --reason "…" --review 2027-05-01')
def limit(
    person: _Person,
    kind: Annotated[str, typer.Argument(help="SERIOUS-HARM, THIRD-PARTY, NOPAT or SILENCE.")],
    entries: Annotated[list[str], typer.Argument(help="Entry ids.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the person may not be shown it.")],
    review: Annotated[str, typer.Option("--review", help="The day by which it is looked at again.")] = "",
    wrote: Annotated[str, typer.Option("--wrote", help="health or social-care: whose information it is.")] = "health",
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Keep entries from the person's own view, as the law allows; never from staff."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        ids = [EntryId(one) for one in entries]
        id = workspace.state_acting("set_limit", PersonId(person), kind, ids, reason, wrote, _day(review))
    _said({"id": id}, f"Kept from the person's view ({id}).", json_output)


@acting_app.command(epilog="Example: onestory acting lift PERSON l-123")
def lift(
    person: _Person,
    id: Annotated[str, typer.Argument(help="The id that `acting limit` gave.")],
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """End a lawful limit."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.state_acting("lift_limit", PersonId(person), id)
    _said({"id": id}, "Lifted.", json_output)


def _json(row: Acts) -> dict[str, Any]:
    one = row.mandate
    return {
        "id": one.id,
        "user": one.user,
        "basis": one.basis,
        "name": row.basis,
        "state": row.standing.state,
        "words": row.standing.words,
        "lapses": str(row.standing.lapses or ""),
        "evidence": one.evidence,
        "scope": sorted(one.scope),
        "matter": one.matter,
        "starts": str(one.starts),
        "ends": str(one.ends or ""),
        "renewed": [str(day) for day in one.renewed],
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise WorkspaceError("Days are written as 2027-01-31.") from None


def _said(answer: dict[str, Any], words: str, json_output: bool) -> None:
    if json_output:
        print_json(answer)
    else:
        out.print(escape(words), soft_wrap=True)
