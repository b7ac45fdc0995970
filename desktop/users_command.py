"""`onestory users remove`, `passphrase`, `reset`, `recovery-key`, `change-keys`: who may open a vault, with what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

_Vault = Annotated[Path | None, typer.Option("--vault", help="The vault file. Default: in the user data folder.")]
_User = Annotated[str | None, typer.Option("--user", help="Who signs in. Default: the vault's only user.")]
_Phrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file whose first line is the passphrase. Default: ask.")
]
_New = Annotated[
    Path | None, typer.Option("--new-passphrase-file", help="A file with the new passphrase. Default: ask.")
]
_Now = Annotated[str | None, typer.Option("--now", help="Fix the clock, as 2026-11-21T09:00:00Z.")]
_Key = Annotated[Path, typer.Option("--recovery-key-file", help="A file with the recovery key.")]
_KeyUnlessOffice = Annotated[
    Path | None,
    typer.Option("--recovery-key-file", help="A file with the recovery key; not needed with the custodian's office."),
]

_NEW_KEY = "The recovery key before opens nothing any more: print the new one, keep it safe, and delete the file."


def register(app: typer.Typer) -> None:
    """Add the commands to `onestory users`."""
    app.command("remove", epilog="Example: onestory users remove Ben --recovery-key-file key --user Asha")(remove)
    app.command("passphrase", epilog="Example: onestory users passphrase --user Asha")(passphrase)
    app.command("reset", epilog="Example: onestory users reset Ben --recovery-key-file key")(reset)
    app.command(
        "rename-organisation",
        epilog='Example: onestory users rename-organisation "Mill Street" "Mill Lane" --recovery-key-file key',
    )(rename_organisation)
    app.command("change-keys", epilog="Example: onestory users change-keys --recovery-key-file key --out new-key")(
        change_keys
    )
    app.command("recovery-key", epilog="Example: onestory users recovery-key --recovery-key-file key")(recovery_key)


def remove(
    name: Annotated[str, typer.Argument(help="Who leaves.")],
    recovery_key_file: _KeyUnlessOffice = None,
    new_recovery_key_file: Annotated[
        Path | None,
        typer.Option(
            "--new-recovery-key-file",
            help="Where to put the new recovery key, if they hold the custodian's office; nothing is overwritten.",
        ),
    ] = None,
    vault: _Vault = None,
    user: _User = None,
    passphrase_file: _Phrase = None,
    now: _Now = None,
) -> None:
    """Remove a user and change every key they knew: nothing stored afterwards opens for them."""
    from desktop.cli import first_line, signed_in

    key = first_line(recovery_key_file, "recovery key") if recovery_key_file else ""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        renewed = workspace.remove_user(name, recovery_key=key, new_key_file=new_recovery_key_file)
    _say(f"Removed {name}. What they had copied before, they still have.")
    if renewed:
        _say(_NEW_KEY)


def passphrase(
    vault: _Vault = None,
    user: _User = None,
    passphrase_file: _Phrase = None,
    new_passphrase_file: _New = None,
    now: _Now = None,
) -> None:
    """Change your own passphrase."""
    from desktop.cli import secret, signed_in

    old = secret(passphrase_file, "Passphrase")
    new = secret(new_passphrase_file, "New passphrase", confirm=True)
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.change_passphrase(old, new)
    _say("Changed. The passphrase before opens this vault no more.")


def reset(
    name: Annotated[str, typer.Argument(help="Whose passphrase is lost.")],
    recovery_key_file: _Key,
    vault: _Vault = None,
    new_passphrase_file: _New = None,
    now: _Now = None,
) -> None:
    """Give a user whose passphrase is lost a new one, with the recovery key; nobody else needs to sign in."""
    from desktop.cli import chosen_vault, first_line, instant, secret
    from desktop.workspace import Workspace

    key = first_line(recovery_key_file, "recovery key")
    new = secret(new_passphrase_file, f"New passphrase of {name}", confirm=True)
    Workspace.reset_passphrase(chosen_vault(vault), name, new, recovery_key=key, now=instant(now))
    _say(f"{name} can sign in with the new passphrase.")


def recovery_key(
    out: Annotated[Path, typer.Option("--out", help="Write the new recovery key here; nothing is overwritten.")],
    recovery_key_file: _KeyUnlessOffice = None,
    vault: _Vault = None,
    user: _User = None,
    passphrase_file: _Phrase = None,
    now: _Now = None,
) -> None:
    """Change the recovery key; the one before opens this vault no more."""
    from desktop.cli import first_line, signed_in

    key = first_line(recovery_key_file, "recovery key") if recovery_key_file else ""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.change_recovery_key(key, out)
    _say(f"Changed. {_NEW_KEY}")


def rename_organisation(
    organisation: Annotated[str, typer.Argument(help="The name so far.")],
    name: Annotated[str, typer.Argument(help="The new name.")],
    recovery_key_file: _KeyUnlessOffice = None,
    vault: _Vault = None,
    user: _User = None,
    passphrase_file: _Phrase = None,
    now: _Now = None,
) -> None:
    """Give an organisation, its teams and users another name. Who may see what stays as it is."""
    from desktop.cli import first_line, signed_in

    key = first_line(recovery_key_file, "recovery key") if recovery_key_file else ""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        count = workspace.rename_organisation(organisation, name, recovery_key=key)
    _say(f"{organisation} is now {name}, for {count} teams and users. Choices that name it as before still mean it.")


def change_keys(
    out: Annotated[Path, typer.Option("--out", help="Write the new recovery key here; nothing is overwritten.")],
    recovery_key_file: _KeyUnlessOffice = None,
    vault: _Vault = None,
    user: _User = None,
    passphrase_file: _Phrase = None,
    now: _Now = None,
) -> None:
    """Change every key, and seal all that is stored anew: for when the recovery key, or a copy of it, was lost."""
    from desktop.cli import first_line, signed_in

    key = first_line(recovery_key_file, "recovery key") if recovery_key_file else ""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        workspace.change_every_key(key, out)
    _say(f"Changed. {_NEW_KEY}")


def _say(sentence: str) -> None:
    Console(highlight=False).print(escape(sentence), soft_wrap=True)
