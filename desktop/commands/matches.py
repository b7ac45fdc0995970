"""`onestory matches`: people who may be one, what speaks for it, joining, keeping apart, taking it back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from desktop.commands.asking import SignIn, signing_in
from desktop.commands.saying import columns, escape, out, print_json
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.matching import Compared, MatchPair
from desktop.report_json import person as person_json
from fhir.entries import PersonId

matches_app = typer.Typer(
    help="People who may be one person.\n\nExample: onestory matches list --vault care.vault --user Asha --json",
    no_args_is_help=True,
)

One = Annotated[str, typer.Argument(help="A personId.")]
Other = Annotated[str, typer.Argument(help="The other personId.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the access log.")]
STATES = ("open", "same", "apart")


@matches_app.command("list", epilog="Example: onestory matches list --state apart")
@signing_in
def list_(
    asked: SignIn,
    state: Annotated[str, typer.Option("--state", help=f"One of: {', '.join(STATES)}.")] = "open",
) -> None:
    """Pairs not decided yet (open), joined (same) or kept apart (apart)."""
    if state not in STATES:
        raise WorkspaceError(f"--state takes one of: {', '.join(STATES)}.")
    with asked.workspace() as workspace:
        pairs = workspace.possible_matches(state)
    if asked.json:
        print_json([_pair(pair) for pair in pairs])
    else:
        table = columns("Id", "Name", "Born", "Id", "Name", "Born", "Decided")
        for pair in pairs:
            one, other = pair.person, pair.other
            said = f"{pair.decided[:10]} {pair.decided_by}".strip()
            table.add_row(*map(escape, (
                one.person_id, one.name, one.birth_date, other.person_id, other.name, other.birth_date, said,
            )))  # fmt: skip
        out.print(table)
    raise typer.Exit(0 if pairs else 1)


@matches_app.command(epilog="Example: onestory matches compare PERSON OTHER --reason 'Duplicate referral'")
@signing_in
def compare(
    asked: SignIn,
    person: One,
    other: Other,
    reason: Reason,
) -> None:
    """What two records say, side by side: what agrees, what differs, what is missing."""
    with asked.workspace() as workspace:
        found = workspace.compare_match(PersonId(person), PersonId(other), reason)
    if asked.json:
        print_json(_compared(found))
        return
    out.print(found.evidence.words, markup=False)
    table = columns("", "One record", "Other record", "")
    for line in found.evidence.lines:
        table.add_row(*map(escape, (line.label, line.one, line.other, line.words)))
    out.print(table)


def _deciding(name: str, state: str, help_text: str, done: str) -> None:
    """Register a command that decides on a pair."""

    example = f"Example: onestory matches {name} PERSON OTHER --reason 'Checked with the person'"

    @matches_app.command(name, help=help_text, epilog=example)
    @signing_in
    def decide(
        asked: SignIn,
        person: One,
        other: Other,
        reason: Reason,
    ) -> None:
        with asked.workspace() as workspace:
            if name != "split":
                workspace.decide_match(PersonId(person), PersonId(other), state, reason)
            elif PersonId(other) in workspace.joined_with(PersonId(person)):
                workspace.split_match(PersonId(person), PersonId(other), reason)
            else:
                raise NothingFoundError("They are not joined.")
            people = workspace.joined_with(PersonId(person))
        asked.say({"person": person, "other": other, "state": state, "joined": list(people)}, done)


_deciding("join", "same", "Join two people: their records open as one.", "Joined: both records now open as one.")
_deciding("apart", "apart", "Settle that two people are two.", "Kept apart.")
_deciding("split", "open", "Take a join back; those whom evidence joined are kept apart.", "Split: they are two again.")
_deciding("reopen", "open", "Take a keeping apart back.", "Open again.")


@matches_app.command(epilog="Example: onestory matches filed PERSON --reason 'Two people of one name'")
@signing_in
def filed(asked: SignIn, person: One, reason: Reason) -> None:
    """The imports that a person's record is made of, as far as you may know them."""
    with asked.workspace() as workspace:
        rows = workspace.filed_under(PersonId(person), reason)
    if asked.json:
        print_json(
            [
                {"person": row.person, "importId": row.import_id, "stored": row.stored, "sources": row.sources}
                for row in rows
            ]
        )
    else:
        table = columns("Import", "Filed under", "Stored", "Source")
        for row in rows:
            table.add_row(*map(escape, (row.import_id, row.person, row.stored[:10], row.sources)))
        out.print(table)
    raise typer.Exit(0 if rows else 1)


@matches_app.command("take-out", epilog="Example: onestory matches take-out PERSON IMPORT-ID --reason 'Another woman'")
@signing_in
def take_out(
    asked: SignIn,
    person: One,
    import_id: Annotated[str, typer.Argument(help="An importId that speaks of the person.")],
    reason: Reason,
) -> None:
    """Take what one import says of a person out of their record, to a person of its own."""
    with asked.workspace() as workspace:
        other = workspace.take_out(PersonId(person), import_id, reason)
    asked.say({"person": person, "other": other, "state": "apart"}, f"Taken out: it is now the record of {other}.")


def _pair(pair: MatchPair) -> dict[str, Any]:
    return {
        "person": person_json(pair.person),
        "other": person_json(pair.other),
        "state": pair.state,
        "decided": pair.decided,
        "decidedBy": pair.decided_by,
    }


def _compared(found: Compared) -> dict[str, Any]:
    return {
        **_pair(found.pair),
        "strength": found.evidence.strength,
        "words": found.evidence.words,
        "evidence": [
            {
                "label": line.label,
                "person": line.one,
                "other": line.other,
                "agreement": line.agreement,
                "weight": line.weight,
                "words": line.words,
            }
            for line in found.evidence.lines
        ],
    }
