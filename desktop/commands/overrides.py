"""`onestory overrides` and `onestory notices`: emergency access and lawful overrides, their review, and who is still
to be told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from consent.overrides import table
from desktop.commands.asking import PersonArgument, SignIn, signing_in
from desktop.commands.saying import columns, escape, out, print_json
from desktop.overriding import CaseRow, notice_words
from fhir.entries import PersonId

overrides_app: typer.Typer = typer.Typer(
    help="Emergency access and lawful overrides.\n\nExample: onestory overrides --json",
    invoke_without_command=True,
)
notices_app: typer.Typer = typer.Typer(
    help="Who is still to be told of an override.\n\nExample: onestory notices --json", invoke_without_command=True
)
_Id = Annotated[str, typer.Argument(help="The id that `overrides` gave.")]


@overrides_app.callback()
@signing_in
def overrides(
    asked: SignIn,
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Also those that are settled.")] = False,
) -> None:
    """The privacy office's queue, what is due first on top."""
    if context.invoked_subcommand is not None:
        return
    with asked.workspace() as workspace:
        rows = workspace.overrides(every=every)
    _show(rows, asked.json)


@overrides_app.command("open", epilog='Example: onestory overrides open PERSON court-order --reason "…" --grounds "…"')
@signing_in
def open_(
    asked: SignIn,
    person: PersonArgument,
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(table().kinds)}.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with it.")],
    grounds: Annotated[str, typer.Option("--grounds", help="The order, Act or harm it rests on.")] = "",
    hours: Annotated[float, typer.Option("--hours", help="For how long.")] = 1.0,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="Only this kind of information; may be repeated.")
    ] = None,
) -> None:
    """Open emergency access, or ask for a lawful override; the latter waits for a second person to agree."""
    with asked.workspace() as workspace:
        id = workspace.open_override(PersonId(person), kind, reason, grounds, hours, scope or ())
    asked.say(
        {"id": id},
        "Opened." if kind == "break-glass" else "Asked for; a second person of the privacy office must agree.",
    )


@overrides_app.command(epilog="Example: onestory overrides agree PERSON o-123 --user Pat")
@signing_in
def agree(
    asked: SignIn,
    person: PersonArgument,
    id: _Id,
) -> None:
    """Agree, as the second person, to a lawful override."""
    with asked.workspace() as workspace:
        workspace.override_act("agree", PersonId(person), id)
    asked.say({"id": id}, "Agreed.")


@overrides_app.command(epilog="Example: onestory overrides close PERSON o-123")
@signing_in
def close(
    asked: SignIn,
    person: PersonArgument,
    id: _Id,
) -> None:
    """End access before its time."""
    with asked.workspace() as workspace:
        workspace.override_act("end", PersonId(person), id)
    asked.say({"id": id}, "Closed.")


@overrides_app.command(epilog='Example: onestory overrides review PERSON o-123 justified --words "Allergy was needed"')
@signing_in
def review(
    asked: SignIn,
    person: PersonArgument,
    id: _Id,
    state: Annotated[str, typer.Argument(help="justified or escalated.")],
    words: Annotated[str, typer.Option("--words", help="What the review found.")],
) -> None:
    """Say what a review found. Nobody reviews an access of their own."""
    with asked.workspace() as workspace:
        workspace.override_act("review", PersonId(person), id, state, words)
    asked.say({"id": id}, f"Kept as {state}.")


@notices_app.callback()
@signing_in
def notices(
    asked: SignIn,
    context: typer.Context,
) -> None:
    """Overrides of which the person is still to be told, each with the words to print."""
    if context.invoked_subcommand is not None:
        return
    with asked.workspace() as workspace:
        rows = workspace.notices()
    if asked.json:
        print_json([case_json(row) | {"notice": notice_words(row)} for row in rows])
        return
    for row in rows:
        out.print(escape(f"{row.person}  {row.case.opened.id}\n{notice_words(row)}\n"), soft_wrap=True)


@notices_app.command(epilog="Example: onestory notices given PERSON o-123 --how printed")
@signing_in
def given(
    asked: SignIn,
    person: PersonArgument,
    id: _Id,
    how: Annotated[str, typer.Option("--how", help="How the person was told.")] = "printed",
) -> None:
    """Note that the person was told."""
    with asked.workspace() as workspace:
        workspace.override_act("given", PersonId(person), id, how)
    asked.say({"id": id}, "Noted.")


@notices_app.command(epilog='Example: onestory notices delay PERSON o-123 --until 2026-12-24 --reason "…"')
@signing_in
def delay(
    asked: SignIn,
    person: PersonArgument,
    id: _Id,
    until: Annotated[str, typer.Option("--until", help="The day on which it is looked at again.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it must wait; kept with it.")],
    silent: Annotated[bool, typer.Option("--silent", help="The law requires silence.")] = False,
) -> None:
    """Delay a notice, or keep it silent where the law requires it; for the custodian only."""
    with asked.workspace() as workspace:
        workspace.override_act("put_off", PersonId(person), id, reason, until, silent=silent)
    asked.say({"id": id}, "Put off.")


def case_json(row: CaseRow) -> dict[str, Any]:
    """One case with the names that commands give."""
    one, case = row.case.opened, row.case
    return {
        "id": one.id,
        "personId": row.person,
        "kind": one.kind,
        "user": one.user,
        "role": one.role,
        "authoriser": one.authoriser,
        "second": one.second,
        "agreed": case.agreed,
        "reason": one.reason,
        "grounds": one.grounds,
        "scope": sorted(one.categories),
        "opened": _instant(one.opened),
        "ends": _instant(one.ends),
        "ended": _instant(one.ended) if one.ended else None,
        "review": {"state": case.review.state, "by": case.review.by, "words": case.review.words, "due": str(one.due())},
        "notice": {
            "state": case.telling.state,
            "reason": case.telling.reason,
            "review": str(case.telling.review or ""),
        },
    }


def _show(rows: list[CaseRow], json_output: bool) -> None:
    if json_output:
        print_json([case_json(row) for row in rows])
        return
    shown = columns("Id", "Person", "What", "Who", "Opened", "Review", "Due", "Notice", "Reason")
    for row in rows:
        one, case = row.case.opened, row.case
        state = case.review.state if case.agreed else "waits for a second person"
        cells = (one.id, row.person, one.kind, f"{one.user} ({one.role})", _instant(one.opened), state)
        shown.add_row(*(escape(cell) for cell in (*cells, str(one.due()), case.telling.state, one.reason)))
    out.print(shown)


def _instant(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
