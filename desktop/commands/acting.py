"""`onestory acting`: who may act for a person, on which legal basis, and whether the person can decide themself."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from consent.proxies import CourtLimit, table
from desktop.acting import Acts
from desktop.commands.asking import PersonArgument, SignIn, signing_in
from desktop.commands.saying import columns, escape, out, print_json
from desktop.errors import WorkspaceError
from desktop.rights import court_time
from fhir.entries import EntryId, PersonId

acting_app: typer.Typer = typer.Typer(
    help="Who may act for a person, and whether they can decide for themself.\n\nExample: onestory acting list PERSON"
)
_Id = Annotated[str, typer.Argument(help="The id that `acting list` gave.")]


@acting_app.command("list", epilog="Example: onestory acting list PERSON --json")
@signing_in
def list_(
    asked: SignIn,
    person: PersonArgument,
) -> None:
    """Everyone who may or might act for a person, whether that counts today, and what courts limit."""
    with asked.workspace() as workspace:
        rows: list[Acts] = workspace.acting_for(PersonId(person))
        limits: list[CourtLimit] = workspace.court_limits(PersonId(person))
        today = workspace.now().date()
    if asked.json:
        print_json({"rights": [_json(row) for row in rows], "courts": [_court_json(one, today) for one in limits]})
        return
    shown = columns("Id", "Who", "Basis", "State", "Why", "Lapses", "Sees")
    for row in rows:
        one = row.mandate
        cells = (one.id, one.user, row.basis, row.standing.state, row.standing.words, str(row.standing.lapses or ""))
        shown.add_row(*(escape(cell) for cell in (*cells, ", ".join(sorted(one.scope)) or "all the basis gives")))
    out.print(shown)
    if limits:
        shown = columns("Id", "Limited by a court", "Order", "Leaves them", "When", "Why it is over", "Recorded by")
        for limit in limits:
            left = ", ".join(sorted(limit.leaves)) or "nothing"
            when = court_time(limit, today)
            shown.add_row(*map(escape, (limit.id, limit.user, limit.order, left, when, limit.why, limit.by)))
        out.print(shown)


@acting_app.command(epilog='Example: onestory acting allow PERSON Mum parental-responsibility --evidence "Seen"')
@signing_in
def allow(
    asked: SignIn,
    person: PersonArgument,
    who: Annotated[str, typer.Argument(help="The user of this vault who may act for them.")],
    basis: Annotated[str, typer.Argument(help=f"One of: {', '.join(table().bases)}.")],
    evidence: Annotated[str, typer.Option("--evidence", help="What shows the basis.")],
    scope: Annotated[list[str] | None, typer.Option("--scope", help="A kind of information; may be repeated.")] = None,
    matter: Annotated[str, typer.Option("--matter", help="The decision it is for.")] = "",
    starts: Annotated[str, typer.Option("--starts", help="Its first day; left out: today.")] = "",
    ends: Annotated[str, typer.Option("--ends", help="Its last day, as 2027-01-31.")] = "",
) -> None:
    """Record that someone may act for a person."""
    with asked.workspace() as workspace:
        made = workspace.state_acting(
            "allow", PersonId(person), who, basis, evidence,
            scope=scope or (), matter=matter, starts=_day(starts), ends=_day(ends),
        )  # fmt: skip
    asked.say({"id": made.id}, f"Recorded ({made.id}).")


@acting_app.command(epilog="Example: onestory acting renew PERSON m-123")
@signing_in
def renew(
    asked: SignIn,
    person: PersonArgument,
    id: _Id,
) -> None:
    """Confirm a right to act again, after a birthday or before its time is over."""
    _end(asked, "renew", person, id, "Renewed.")


@acting_app.command(epilog="Example: onestory acting end PERSON m-123")
@signing_in
def end(
    asked: SignIn,
    person: PersonArgument,
    id: _Id,
) -> None:
    """End a right to act."""
    _end(asked, "end", person, id, "Ended.")


@acting_app.command(epilog='Example: onestory acting capacity PERSON --lacking --matter "where to live"')
@signing_in
def capacity(
    asked: SignIn,
    person: PersonArgument,
    lacking: Annotated[bool, typer.Option("--lacking/--capable", help="What was found.")],
    matter: Annotated[str, typer.Option("--matter", help="The decision; left out: sharing their record.")] = "",
    on: Annotated[str, typer.Option("--on", help="The day of the assessment; left out: today.")] = "",
    until: Annotated[str, typer.Option("--until", help="The day on which it is looked at again.")] = "",
) -> None:
    """Record whether a person can make a decision; for clinicians and social workers."""
    with asked.workspace() as workspace:
        workspace.state_acting(
            "found_capacity", PersonId(person), capable=not lacking, matter=matter, on=_day(on), until=_day(until)
        )
    asked.say({"capable": not lacking}, "Recorded.")


@acting_app.command(epilog="Example: onestory acting competence PERSON --competent --refuses Mum")
@signing_in
def competence(
    asked: SignIn,
    person: PersonArgument,
    competent: Annotated[bool, typer.Option("--competent/--not-competent", help="What was found.")],
    refuses: Annotated[
        list[str] | None, typer.Option("--refuses", help="A user the child does not want to see their record.")
    ] = None,
) -> None:
    """Record a child's Gillick competence, and whom they refuse; for clinicians."""
    with asked.workspace() as workspace:
        workspace.state_acting("found_competence", PersonId(person), competent=competent, refuses=refuses or ())
    asked.say({"competent": competent}, "Recorded.")


@acting_app.command(
    epilog='Example: onestory acting court PERSON Dad --court "Family Court at Leeds" --dated 2026-03-03'
)
@signing_in
def court(
    asked: SignIn,
    person: PersonArgument,
    who: Annotated[str, typer.Argument(help="Whom the court limits; they have a right to act for the person.")],
    name: Annotated[str, typer.Option("--court", help="Which court, and the number of its order.")],
    dated: Annotated[str, typer.Option("--dated", help="The day of the order, as 2026-03-03.")],
    leaves: Annotated[
        list[str] | None, typer.Option("--leaves", help="A kind of information they may still see; may be repeated.")
    ] = None,
    starts: Annotated[str, typer.Option("--starts", help="Its first day; left out: today.")] = "",
    ends: Annotated[str, typer.Option("--ends", help="Its last day, as 2027-01-31.")] = "",
) -> None:
    """Record that a court has limited what someone may do for a person: to some kinds of information, or altogether."""
    day = _day(dated)
    if day is None:
        raise WorkspaceError("Say of which day the order is, as 2026-03-03.")
    with asked.workspace() as workspace:
        made = workspace.state_acting(
            "limit_by_court", PersonId(person), who, name, day,
            leaves=leaves or (), starts=_day(starts), ends=_day(ends),
        )  # fmt: skip
    asked.say({"id": made.id}, f"Recorded ({made.id}).")


@acting_app.command("lift-court", epilog='Example: onestory acting lift-court PERSON o-123 --reason "Order of 2 May"')
@signing_in
def lift_court(
    asked: SignIn,
    person: PersonArgument,
    id: Annotated[str, typer.Argument(help="The id that `acting court` gave.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is over.")],
    told: Annotated[bool, typer.Option("--told/--not-told", help="Whether the person reads the reason.")] = True,
) -> None:
    """Record that what a court had limited is over, and why; for the privacy office and the custodian."""
    with asked.workspace() as workspace:
        workspace.state_acting("lift_court_limit", PersonId(person), id, reason, told=told)
    asked.say({"id": id}, "Lifted.")


@acting_app.command(epilog='Example: onestory acting limit PERSON SERIOUS-HARM ENTRY --reason "…" --review 2027-05-01')
@signing_in
def limit(
    asked: SignIn,
    person: PersonArgument,
    kind: Annotated[str, typer.Argument(help="SERIOUS-HARM, THIRD-PARTY, NOPAT or SILENCE.")],
    entries: Annotated[list[str], typer.Argument(help="Entry ids.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the person may not be shown it.")],
    review: Annotated[str, typer.Option("--review", help="The day by which it is looked at again.")] = "",
    wrote: Annotated[str, typer.Option("--wrote", help="health or social-care: whose information it is.")] = "health",
) -> None:
    """Keep entries from the person's own view, as the law allows; never from staff."""
    with asked.workspace() as workspace:
        ids = [EntryId(one) for one in entries]
        id = workspace.state_acting("set_limit", PersonId(person), kind, ids, reason, wrote, _day(review))
    asked.say({"id": id}, f"Kept from the person's view ({id}).")


@acting_app.command(epilog="Example: onestory acting lift PERSON l-123 --reason 'The danger is over'")
@signing_in
def lift(
    asked: SignIn,
    person: PersonArgument,
    id: Annotated[str, typer.Argument(help="The id that `acting limit` gave.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is over, for staff.")],
) -> None:
    """End a lawful limit: the person sees it again."""
    _end(asked, "lift_limit", person, id, "Lifted.", reason)


def _end(asked: SignIn, act: str, person: str, id: str, said: str, *words: str) -> None:
    """Do `act` to what bears the id, and say so."""
    with asked.workspace() as workspace:
        workspace.state_acting(act, PersonId(person), id, *words)
    asked.say({"id": id}, said)


def _court_json(limit: CourtLimit, today: date) -> dict[str, Any]:
    return {
        "id": limit.id,
        "user": limit.user,
        "order": limit.order,
        "by": limit.by,
        "leaves": sorted(limit.leaves),
        "starts": str(limit.starts),
        "ends": str(limit.ends or ""),
        "lifted": str(limit.lifted or ""),
        "why": limit.why,
        "binds": limit.binds(limit.user, today),
    }


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
