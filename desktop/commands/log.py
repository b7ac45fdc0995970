"""`onestory log`: reading the access log, verifying it, and giving a person a receipt of what it holds about them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.commands.asking import SignIn, signing_in
from desktop.commands.saying import columns, err, escape, out, print_json, progress_bar
from desktop.errors import NothingFoundError
from desktop.who_looked import Touched
from fhir.entries import PersonId
from fhir.sections import sections

log_app = typer.Typer(
    help="The access log: who did what.\n\nExample: onestory log --person PERSON --json",
    invoke_without_command=True,
)
_PERSON = "onestory.person"
PersonOption = Annotated[str | None, typer.Option("--person", help="Only what is about this person (their personId).")]


@log_app.callback()
@signing_in
def log(
    asked: SignIn,
    context: typer.Context,
    person: PersonOption = None,
) -> None:
    """The access log: all of it for the privacy office and the custodian, what is about them for people themselves,
    what they did for carers and proxies.

    `log verify` checks it, `log receipt` hands it out.
    """
    context.meta[_PERSON] = person
    if context.invoked_subcommand is not None:
        return
    from consent.acting import NOT_STAFF
    from desktop.workspace import as_audit_event

    about = None if person is None else PersonId(person)
    with asked.workspace() as workspace:
        if workspace.user.role in NOT_STAFF:
            _say_who_looked(workspace.who_looked(about), json_output=asked.json)
            return
        events = workspace.log(about)
    if asked.json:
        print_json([_event(event) | {"auditEvent": as_audit_event(event)} for event in events])
        return
    table = columns("No", "Time", "User", "Role", "What", "Person", "Items", "Reason")
    for event in events:
        items = str(len(event.items) or "")
        row = (str(event.number), event.time, event.name, event.role, event.kind, event.person, items, event.reason)
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


def _say_who_looked(found: list[tuple[Any, Touched]], *, json_output: bool) -> None:
    """Newest first, with the kinds of information that each act touched."""
    from desktop.workspace import as_audit_event

    if json_output:
        print_json(
            [
                _event(event)
                | {"sections": list(touched.sections), "categories": list(touched.categories)}
                | {"auditEvent": as_audit_event(event)}
                for event, touched in found
            ]
        )
        return
    table = columns("Time", "Who", "What", "Kinds of information", "Reason")
    for event, touched in found:
        kinds = ", ".join(sections()[key].name for key in touched.sections)
        who = ", ".join(filter(None, (event.name, event.role, event.organisation)))
        row = (event.time, who, event.kind, kinds, event.reason)
        table.add_row(*(escape(cell) for cell in row))
    out.print(table)


@log_app.command(epilog="Example: onestory log verify --receipt receipt.json")
@signing_in
def verify(
    asked: SignIn,
    receipt: Annotated[Path | None, typer.Option("--receipt", help="Check this receipt instead.")] = None,
) -> None:
    """Check that nothing was changed, taken out or put back. A receipt alone needs no vault and no signing in."""
    if receipt is None:
        with asked.workspace() as workspace, progress_bar(asked.json) as progress, workspace.telling(progress):
            found, warnings = workspace.verify_log(), list(workspace.warnings)
        answer: dict[str, Any] = {
            "ok": found.ok and not warnings,
            "events": found.size,
            "root": found.root.hex(),
            "signatures": found.heads,
            "eventsRead": found.read,
            "people": found.people,
            "problem": found.problem or " ".join(warnings),
            "warnings": warnings,
        }
        said = (
            f"{found.size} events hashed, {found.heads} signed heads checked, {found.read} events compared with what"
            f" was committed to, the records of {found.people} people compared with their signed state."
        )
    else:
        try:
            checked = _check(receipt, asked)
        except NothingFoundError as error:
            if asked.json:
                print_json({"ok": False, "problem": str(error)})
            raise
        head = checked.receipt.head
        answer = {
            "ok": True,
            "person": checked.receipt.person,
            "events": len(checked.events),
            "logSize": head.size,
            "time": head.time,
            "custodianKey": checked.fingerprint,
            "againstVault": checked.against_vault,
            "problem": "",
        }
        said = (
            f"The receipt holds: {len(checked.events)} events of a log of {head.size}, signed at {head.time}.\n"
            f"Custodian's key: {checked.fingerprint}\n"
            + ("It agrees with the vault." if checked.against_vault else "It was checked by itself, without the vault.")
        )
    if asked.json:
        print_json(answer)
    else:
        out.print(escape(said), soft_wrap=True)
        if answer["problem"]:
            err.print(escape(str(answer["problem"])), soft_wrap=True)
    raise typer.Exit(0 if answer["ok"] else 1)


@log_app.command("receipt", epilog="Example: onestory log receipt --person PERSON --out receipt.json")
@signing_in
def give_receipt(
    asked: SignIn,
    context: typer.Context,
    target: Annotated[Path, typer.Option("--out", help="The file to write; nothing is overwritten.")],
    person: PersonOption = None,
) -> None:
    """Everything the log holds about a person, with proofs that anyone can check without the vault."""
    person = person or context.meta.get(_PERSON)
    if person is None:
        raise typer.BadParameter("say whom it is about with --person")
    with asked.workspace() as workspace:
        workspace.receipt(PersonId(person), target)
        checked = workspace.verify_receipt(target)
    asked.say(
        {"person": person, "out": str(target), "events": len(checked.events), "key": checked.fingerprint},
        f"Wrote {len(checked.events)} events to {target}. Custodian's key: {checked.fingerprint}",
    )


def _check(receipt: Path, asked: SignIn) -> Any:
    """By itself, or against a vault where one was named."""
    if asked.vault is None and asked.user is None and asked.passphrase_file is None:
        from desktop.workspace import check_receipt

        return check_receipt(receipt)
    with asked.workspace() as workspace:
        return workspace.verify_receipt(receipt)


def _event(event: Any) -> dict[str, Any]:
    return {
        "number": event.number,
        "time": event.time,
        "user": event.name or event.user,
        "role": event.role,
        "organisation": event.organisation,
        "kind": event.kind,
        "person": event.person,
        "purpose": event.purpose,
        "relationship": event.relationship,
        "reason": event.reason,
        "outcome": event.outcome,
        "items": list(event.items),
    }
