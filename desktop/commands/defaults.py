"""`onestory defaults`: what each kind of worker may see where a person has said nothing, in plain words."""

from __future__ import annotations

from typing import Annotated

import typer

from desktop.commands.asking import without_vault

app = typer.Typer()


@app.command(epilog="Example: onestory defaults home-care")
@without_vault
def defaults(role: Annotated[str, typer.Argument(help="One kind of worker; all when left out.")] = "") -> None:
    """What each kind of worker may see where a person has said nothing, and where each rule comes from."""
    from consent.defaults_words import ROLE_NAMES, as_markdown

    if role and role not in ROLE_NAMES:
        raise typer.BadParameter(f"the kinds of worker are: {', '.join(ROLE_NAMES)}")
    typer.echo(as_markdown(role), nl=False)
