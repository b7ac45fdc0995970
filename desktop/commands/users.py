"""`onestory users`: who may open a vault, with what, and in which posts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from consent.request import ROLES
from desktop import report_json
from desktop.commands.asking import (
    JsonOption,
    NowOption,
    SignIn,
    VaultOption,
    chosen_vault,
    first_line,
    instant,
    secret,
    signing_in,
)
from desktop.commands.saying import columns, escape, out, print_json, progress_bar
from fhir.entries import PersonId

users_app = typer.Typer(
    help="Users of a vault.\n\nExample: onestory users --vault care.vault --user Asha --json",
    invoke_without_command=True,
)
_New = Annotated[
    Path | None, typer.Option("--new-passphrase-file", help="A file with the new passphrase. Default: ask.")
]
_Key = Annotated[Path, typer.Option("--recovery-key-file", help="A file with the recovery key.")]
_KeyUnlessOffice = Annotated[
    Path | None,
    typer.Option("--recovery-key-file", help="A file with the recovery key; not needed with the custodian's office."),
]


def _key_in(file: Path | None) -> str:
    """The recovery key in a file; empty where none is given."""
    return first_line(file, "recovery key") if file else ""


_NEW_KEY = "The recovery key before opens nothing any more: print the new one, keep it safe, and delete the file."


@users_app.callback()
@signing_in
def users(
    asked: SignIn,
    context: typer.Context,
) -> None:
    """List users, roles and teams; `users add` adds one."""
    if context.invoked_subcommand is not None:
        return
    with asked.workspace() as workspace:
        rows = workspace.users()
    if asked.json:
        print_json([report_json.user(row) for row in rows])
        return
    table = columns("Name", "Role", "Organisation", "Team", "Custodian")
    for row in rows:
        cells = (escape(row.name), row.role, escape(row.organisation), escape(row.team))
        table.add_row(*cells, "yes" if row.custodian else "")
    out.print(table)


@users_app.command("add", epilog="Example: onestory users add Ben --role gp --organisation 'Mill Surgery' …")
@signing_in
def users_add(
    asked: SignIn,
    name: Annotated[str, typer.Argument(help="Name of the new user.")],
    role: Annotated[str, typer.Option("--role", help=f"One of: {', '.join(ROLES)}.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Where the new user works.")] = "",
    person: Annotated[
        str | None, typer.Option("--person", help="The personId of whom the new user is, or acts for.")
    ] = None,
    basis: Annotated[str, typer.Option("--basis", help="The legal basis of acting for them; see `acting`.")] = "",
    evidence: Annotated[str, typer.Option("--evidence", help="What shows the basis.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="A kind of information they may see; may be repeated.")
    ] = None,
    matter: Annotated[str, typer.Option("--matter", help="The decision it is for.")] = "",
    recovery_key_file: Annotated[
        Path | None, typer.Option("--recovery-key-file", help="A file with the recovery key.")
    ] = None,
    new_passphrase_file: Annotated[
        Path | None, typer.Option("--new-passphrase-file", help="A file with the new user's passphrase.")
    ] = None,
    custodian: Annotated[bool, typer.Option("--custodian", help="Also hold the custodian's key.")] = False,
) -> None:
    """Add a user; when this returns they can read what they may of all that is stored."""
    if not organisation and person is None:
        raise typer.BadParameter("say where the new user works with --organisation")
    key = _key_in(recovery_key_file)
    new = secret(new_passphrase_file, "New user's passphrase", confirm=True)
    mandate = {"basis": basis, "evidence": evidence, "scope": scope or (), "matter": matter} if basis else None
    linked = PersonId(person) if person is not None else None
    with asked.workspace() as workspace, progress_bar(asked.json) as progress, workspace.telling(progress):
        row = workspace.add_user(
            name, role, organisation, new, recovery_key=key, custodian=custodian, person=linked, mandate=mandate
        )
    if asked.json:
        print_json(report_json.user(row))
    else:
        out.print(f"Added {escape(row.name)}.")


@users_app.command("remove", epilog="Example: onestory users remove Ben --recovery-key-file key --user Asha")
@signing_in
def remove(
    asked: SignIn,
    name: Annotated[str, typer.Argument(help="Who leaves.")],
    recovery_key_file: _KeyUnlessOffice = None,
    new_recovery_key_file: Annotated[
        Path | None,
        typer.Option(
            "--new-recovery-key-file",
            help="Where to put the new recovery key, if they hold the custodian's office; nothing is overwritten.",
        ),
    ] = None,
) -> None:
    """Remove a user and change every key they knew: nothing stored afterwards opens for them."""
    key = _key_in(recovery_key_file)
    with asked.workspace() as workspace, progress_bar(asked.json) as progress, workspace.telling(progress):
        renewed = workspace.remove_user(name, recovery_key=key, new_key_file=new_recovery_key_file)
    words = f"Removed {name}. What they had copied before, they still have."
    asked.say({"removed": name, "newRecoveryKey": renewed}, f"{words} {_NEW_KEY}" if renewed else words)


@users_app.command(
    "add-post",
    epilog="Example: onestory users add-post Ben --role nurse --organisation Ward --recovery-key-file key",
)
@signing_in
def add_post(
    asked: SignIn,
    name: Annotated[str, typer.Argument(help="Who works in another post as well.")],
    role: Annotated[str, typer.Option("--role", help="Their role in it.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Where they work in it.")],
    recovery_key_file: _KeyUnlessOffice = None,
) -> None:
    """Let a user also work in another post, with the passphrase they have; they say at sign-in which they are in."""
    key = _key_in(recovery_key_file)
    with asked.workspace() as workspace, progress_bar(asked.json) as progress, workspace.telling(progress):
        row = workspace.add_post(name, role, organisation, recovery_key=key)
    asked.say(report_json.user(row), f"{name} now also works as {role}, {organisation}.")


@users_app.command(
    "leave-post",
    epilog="Example: onestory users leave-post Ben --role nurse --organisation Ward --recovery-key-file key",
)
@signing_in
def leave_post(
    asked: SignIn,
    name: Annotated[str, typer.Argument(help="Who leaves a post and keeps another.")],
    role: Annotated[str, typer.Option("--role", help="Their role in it.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Where they worked in it.")],
    recovery_key_file: _KeyUnlessOffice = None,
) -> None:
    """End one further post of a user and change every key they knew by it."""
    key = _key_in(recovery_key_file)
    with asked.workspace() as workspace, progress_bar(asked.json) as progress, workspace.telling(progress):
        workspace.leave_post(name, role, organisation, recovery_key=key)
    words = f"{name} works no more as {role}, {organisation}. What they had copied before, they still have."
    asked.say({"left": name, "role": role, "organisation": organisation}, words)


@users_app.command("passphrase", epilog="Example: onestory users passphrase --user Asha")
@signing_in
def passphrase(
    asked: SignIn,
    new_passphrase_file: _New = None,
) -> None:
    """Change your own passphrase."""

    old = secret(asked.passphrase_file, "Passphrase")
    new = secret(new_passphrase_file, "New passphrase", confirm=True)
    with asked.workspace() as workspace:
        workspace.change_passphrase(old, new)
    asked.say({"changed": "passphrase"}, "Changed. The passphrase before opens this vault no more.")


@users_app.command("keyring", epilog="Example: onestory users keyring on --user Asha")
@signing_in
def keyring(
    asked: SignIn,
    state: Annotated[Literal["on", "off"], typer.Argument(help="Whether the keyring opens the vault for you.")],
) -> None:
    """Let this computer's keyring open the vault for you, beside your passphrase; it never holds the passphrase."""
    with asked.workspace() as workspace:
        workspace.use_keyring(on=state == "on")
        name = workspace.user.name
    words = (
        f"The keyring of this account on this computer now opens this vault for {name}. Your passphrase still does."
        if state == "on"
        else f"The keyring no longer opens this vault for {name}. Sign in with your passphrase."
    )
    asked.say({"keyring": state, "user": name}, words)


@users_app.command("reset", epilog="Example: onestory users reset Ben --recovery-key-file key")
def reset(
    name: Annotated[str, typer.Argument(help="Whose passphrase is lost.")],
    recovery_key_file: _Key,
    vault: VaultOption = None,
    new_passphrase_file: _New = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Give a user whose passphrase is lost a new one, with the recovery key; nobody else needs to sign in."""
    from desktop.workspace import Workspace

    key = _key_in(recovery_key_file)
    new = secret(new_passphrase_file, f"New passphrase of {name}", confirm=True)
    Workspace.reset_passphrase(chosen_vault(vault), name, new, recovery_key=key, now=instant(now))
    SignIn(json=json_output).say({"reset": name}, f"{name} can sign in with the new passphrase.")


@users_app.command("recovery-key", epilog="Example: onestory users recovery-key --recovery-key-file key --out new-key")
@signing_in
def recovery_key(
    asked: SignIn,
    target: Annotated[Path, typer.Option("--out", help="Write the new recovery key here; nothing is overwritten.")],
    recovery_key_file: _KeyUnlessOffice = None,
) -> None:
    """Change the recovery key; the one before opens this vault no more."""
    key = _key_in(recovery_key_file)
    with asked.workspace() as workspace:
        workspace.change_recovery_key(key, target)
    asked.say({"changed": "recovery-key", "out": str(target)}, f"Changed. {_NEW_KEY}")


@users_app.command(
    "rename-organisation",
    epilog='Example: onestory users rename-organisation "Mill Street" "Mill Lane" --recovery-key-file key',
)
@signing_in
def rename_organisation(
    asked: SignIn,
    organisation: Annotated[str, typer.Argument(help="The name so far.")],
    name: Annotated[str, typer.Argument(help="The new name.")],
    recovery_key_file: _KeyUnlessOffice = None,
) -> None:
    """Give an organisation, its teams and users another name. Who may see what stays as it is."""
    key = _key_in(recovery_key_file)
    with asked.workspace() as workspace:
        count = workspace.rename_organisation(organisation, name, recovery_key=key)
    asked.say(
        {"organisation": name, "count": count},
        f"{organisation} is now {name}, for {count} teams and users. Choices that name it as before still mean it.",
    )


@users_app.command(
    "rename-team",
    epilog='Example: onestory users rename-team nurse "Riverside Community Health" "Riverside district nurses" …',
)
@signing_in
def rename_team(
    asked: SignIn,
    role: Annotated[str, typer.Argument(help="The role of the team.")],
    organisation: Annotated[str, typer.Argument(help="Its organisation.")],
    name: Annotated[str, typer.Argument(help="The name it has from now on; empty for none.")],
    recovery_key_file: _KeyUnlessOffice = None,
) -> None:
    """Give one team a name of its own. Choices know it by role and organisation, so nobody sees more or less."""
    key = _key_in(recovery_key_file)
    with asked.workspace() as workspace:
        workspace.rename_team(role, organisation, name, recovery_key=key)
    words = (
        f"The team of {role} in {organisation} is now called {name}." if name.strip() else "The team has no name now."
    )
    asked.say({"role": role, "organisation": organisation, "team": name}, words)


@users_app.command("change-keys", epilog="Example: onestory users change-keys --recovery-key-file key --out new-key")
@signing_in
def change_keys(
    asked: SignIn,
    target: Annotated[Path, typer.Option("--out", help="Write the new recovery key here; nothing is overwritten.")],
    recovery_key_file: _KeyUnlessOffice = None,
) -> None:
    """Change every key, and seal all that is stored anew: for when the recovery key, or a copy of it, was lost."""
    key = _key_in(recovery_key_file)
    with asked.workspace() as workspace, progress_bar(asked.json) as progress, workspace.telling(progress):
        workspace.change_every_key(key, target)
    asked.say({"changed": "every key", "out": str(target)}, f"Changed. {_NEW_KEY}")
