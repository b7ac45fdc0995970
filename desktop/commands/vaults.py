"""`onestory init`, `demo`, `sample`, `bench`: making vaults and invented people, and measuring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consent.request import ROLES
from desktop.commands.asking import (
    JsonOption,
    NowOption,
    PassphraseOption,
    VaultOption,
    chosen_vault,
    instant,
    secret,
    without_vault,
)
from desktop.commands.saying import columns, err, escape, out, print_json

app = typer.Typer()


@app.command(
    epilog="Example: onestory init --vault care.vault --user Asha --role nurse --organisation 'Riverside Team'"
)
def init(
    user: Annotated[str, typer.Option("--user", help="Name of the first user.")],
    role: Annotated[str, typer.Option("--role", help=f"One of: {', '.join(ROLES)}.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Where the first user works.")],
    vault: VaultOption = None,
    passphrase_file: PassphraseOption = None,
    test_data: Annotated[bool, typer.Option("--test-data", help="Mark the vault as holding test data only.")] = False,
    identities: Annotated[
        bool,
        typer.Option(
            "--protected-identities",
            help="Identities that the law protects (an adoption, a gender history) may come into it: nobody from whom"
            " one may be kept is ever told that nothing is recorded. Otherwise that is so from the first one on.",
        ),
    ] = False,
    recovery_key_file: Annotated[
        Path | None, typer.Option("--recovery-key-file", help="Write the recovery key here instead of printing it.")
    ] = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make a vault and its first user."""
    from desktop.workspace import Workspace

    path = chosen_vault(vault)
    phrase = secret(passphrase_file, "New passphrase", confirm=True)
    key = Workspace.create(
        path,
        user,
        role,
        organisation,
        phrase,
        test_data=test_data,
        identities=identities,
        key_file=recovery_key_file,
        now=instant(now),
    )
    if json_output:
        printed = {} if recovery_key_file else {"recoveryKey": key}
        print_json({"vault": str(path), "user": user, "role": role, "testData": test_data, **printed})
        return
    out.print(f"Made {escape(str(path))}.")
    if recovery_key_file is None:
        out.print(f"Recovery key (print it and keep it safe; it is shown only once):\n\n    {key}\n")


@app.command(epilog="Example: onestory demo --screenshots shots")
@without_vault
def demo(
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Where to make it. Default: the user data folder.")
    ] = None,
    screenshots: Annotated[
        Path | None, typer.Option("--screenshots", help="Render every screen here, then exit.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Open everyone as everyone, verify the log, then exit.")
    ] = False,
) -> None:
    """Make a vault of demonstration people and open it."""
    from desktop.demo import run as demonstration

    raise typer.Exit(
        demonstration.run(folder, screenshots=screenshots, check=check, say=lambda line: err.print(escape(line)))
    )


@app.command(epilog="Example: onestory sample --people 20 --seed 7 --out people/")
@without_vault
def sample(
    people: Annotated[int, typer.Option("--people", min=1, help="How many people.")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same files, another other people.")] = 1,
    dirt: Annotated[float, typer.Option("--dirt", min=0.0, max=1.0, help="How spoilt the tables are, 0 to 1.")] = 0.0,
    tables: Annotated[bool, typer.Option("--tables/--no-tables", help="Also what councils and providers send.")] = True,
    days: Annotated[int, typer.Option("--days", min=1, help="Of how many days providers send visits and notes.")] = 3,
    json_output: JsonOption = False,
) -> None:
    """Write records of invented English people whose files belong together."""
    from desktop.demo.generator import written

    made = written(out_dir, people=people, seed=seed, tables=tables, dirt=dirt, days=days, other_cast=seed != 1)
    files = sum(1 for _ in made)
    if json_output:
        print_json({"people": people, "seed": seed, "files": files, "out": str(out_dir)})
    else:
        out.print(f"Wrote {files} files about {people} people to {escape(str(out_dir))}.")


@app.command(epilog="Example: onestory bench import open-person --json")
@without_vault
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Which budgets; all when left out.")] = None,
    people: Annotated[int, typer.Option("--people", min=500, help="Size of the large vault of `scale`.")] = 2000,
    large: Annotated[
        Path | None, typer.Option("--large", help="Where the large vault of `scale` is, or is made and stays.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", min=1000, help="Rows of the extract of `council`; 200,000 when left out.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Measure the budgets of the design, as ratios to a floor measured in the same run."""
    from desktop.benches import budgets

    found = budgets.run(names or [], lambda line: err.print(escape(line)), people, large, rows)
    if json_output:
        print_json([row.as_json() for row in found])
    else:
        table = columns("Name", "Value", "Unit", "Floor", "Ratio", "Budget", "Ok")
        for row in found:
            table.add_row(*row.as_text())
        out.print(table)
    raise typer.Exit(0 if all(row.ok for row in found) else 1)
