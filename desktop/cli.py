"""The command line: the same workspace as the window, with words for people and JSON for programs.

Exit codes: 0 fine; 1 the answer is "no"; 2 the request could not be carried out, with one sentence on standard error.
With `--json` exactly one JSON document goes to standard output and everything else to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape as without_markup
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from consent.request import PURPOSES, RELATIONSHIPS, ROLES, Relationship
from desktop import (
    add_command,
    backup_command,
    choices_command,
    decide_command,
    defaults_command,
    export_command,
    report_json,
    users_command,
)
from desktop.errors import NothingFoundError, WorkspaceError
from desktop.quality_text import lines_of, tables_of
from desktop.reports import DropReport
from desktop.show_text import harmless, lines
from fhir.entries import EntryId, PersonId

app = typer.Typer(
    name="onestory",
    help="Health and social care records as one story, shared as the person chooses.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
users_app = typer.Typer(
    help="Users of a vault.\n\nExample: onestory users --vault care.vault --user Asha --json",
    invoke_without_command=True,
)
app.add_typer(users_app, name="users")
choices_command.register(app)
decide_command.register(app)
defaults_command.register(app)
backup_command.register(app)
add_command.register(app)
export_command.register(app)
users_command.register(users_app)

VaultOption = Annotated[Path | None, typer.Option("--vault", help="The vault file. Default: in the user data folder.")]
UserOption = Annotated[str | None, typer.Option("--user", help="Who signs in. Default: the vault's only user.")]
PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", help="A file whose first line is the passphrase. Default: ask.")
]
NowOption = Annotated[str | None, typer.Option("--now", help="Fix the clock, as 2026-11-21T09:00:00Z.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PathsArgument = Annotated[list[Path], typer.Argument(help="Files, folders or ZIP archives.", show_default=False)]

out = Console(highlight=False, emoji=False)  # a record's ":a:" is no picture
err = Console(stderr=True, highlight=False, emoji=False)

_INTERRUPTED = 130
"""What Typer makes of Ctrl+C."""


def escape(text: str) -> str:
    """Text from outside as rich may print it: with no markup and no terminal commands in it."""
    return without_markup(harmless(text))


def print_json(value: Any) -> None:
    """Exactly one JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False) + "\n")
    sys.stdout.flush()


def instant(text: str | None) -> datetime | None:
    """The fixed clock, or None for the real one."""
    if text is None:
        return None
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        raise WorkspaceError("--now takes an instant such as 2026-11-21T09:00:00Z.") from None
    return now if now.tzinfo else now.replace(tzinfo=UTC)


def first_line(file: Path, what: str) -> str:
    """The first line of a file that holds a secret."""
    try:
        return file.read_text("utf-8").splitlines()[0]
    except (OSError, UnicodeDecodeError, IndexError):
        raise WorkspaceError(f"The {what} file {file} cannot be read.") from None


def secret(file: Path | None, prompt: str, *, confirm: bool = False) -> str:
    """A passphrase from a file, or asked for on the terminal."""
    if file is not None:
        return first_line(file, "passphrase")
    if not sys.stdin.isatty():
        raise WorkspaceError("No passphrase was given; use --passphrase-file.")
    return cast(str, typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))


_BEFORE: dict[str, Path | None] = {"vault": None}


def chosen_vault(vault: Path | None) -> Path:
    """The vault that a command is about: as named after the command, or before it, or the one in the user's folder."""
    from desktop.workspace import default_vault

    return vault or _BEFORE["vault"] or default_vault()


@contextmanager
def signed_in(vault: Path | None, user: str | None, passphrase_file: Path | None, now: str | None) -> Iterator[Any]:
    """A workspace for one command; closed whatever happens."""
    from desktop.workspace import Workspace

    path = chosen_vault(vault)
    if user is None:
        names = Workspace.user_names(path)
        if len(names) != 1:
            raise WorkspaceError("This vault has several users; say which with --user.")
        user = names[0]
    workspace = Workspace.sign_in(path, user, secret(passphrase_file, "Passphrase"), now=instant(now))
    for line in workspace.warnings:
        err.print(escape(line), soft_wrap=True)
    try:
        yield workspace
    finally:
        workspace.close()


@contextmanager
def progress_bar(json_output: bool) -> Iterator[Any]:
    """A progress callback: a bar on a terminal, silence otherwise."""
    if json_output or not err.is_terminal:
        yield lambda what, done, total: None
        return
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*parts, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=escape(what), completed=done, total=total or None)


def never() -> bool:
    """Nobody cancels on the command line but with Ctrl+C."""
    return False


def columns(*names: str) -> Table:
    """A table in which nothing is ever cut off: what is too wide goes on below."""
    return Table(*(Column(name, overflow="fold") for name in names), box=None)


def print_drop(report: DropReport) -> None:
    """A drop's report in words: a line per file, then its findings."""
    for file in report.files:
        what = file.reason or f"{file.fhir_version} {file.bundle_type or file.format}, {file.resources} resources"
        out.print(f"[bold]{escape(file.status)}[/]  {escape(file.path)}  {escape(what)}")
        if file.format == "csv":
            continue  # told for the whole table below
        for issue in file.issues[:20]:
            out.print(f"    {issue.severity}: {escape(issue.resource)} {escape(issue.path)} {escape(issue.message)}")
        if len(file.issues) > 20:
            out.print(f"    and {len(file.issues) - 20} more; see them all with --json")
    for path, found in tables_of(report.files).items():
        out.print(f"[bold]{escape(path)}[/]: what was found, worst first")
        for line in lines_of(found):
            out.print(f"    {escape(line)}")
    counts = report_json.summary(report)
    out.print(", ".join(f"{value} {name}" for name, value in counts.items()))


@app.command(epilog="Example: onestory demo --screenshots shots")
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
        path, user, role, organisation, phrase, test_data=test_data, key_file=recovery_key_file, now=instant(now)
    )
    if json_output:
        printed = {} if recovery_key_file else {"recoveryKey": key}
        print_json({"vault": str(path), "user": user, "role": role, "testData": test_data, **printed})
        return
    out.print(f"Made {escape(str(path))}.")
    if recovery_key_file is None:
        out.print(f"Recovery key (print it and keep it safe; it is shown only once):\n\n    {key}\n")


@users_app.callback()
def users(
    context: typer.Context,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """List users, roles and teams; `users add` adds one."""
    context.obj = (vault, user, passphrase_file, now, json_output)
    if context.invoked_subcommand is not None:
        return
    with signed_in(vault, user, passphrase_file, now) as workspace:
        rows = workspace.users()
    if json_output:
        print_json([report_json.user(row) for row in rows])
        return
    table = columns("Name", "Role", "Organisation", "Custodian")
    for row in rows:
        table.add_row(escape(row.name), row.role, escape(row.organisation), "yes" if row.custodian else "")
    out.print(table)


@users_app.command("add", epilog="Example: onestory users add Ben --role gp --organisation 'Mill Surgery' …")
def users_add(
    context: typer.Context,
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
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Add a user; when this returns they can read what they may of all that is stored."""
    outer = context.obj or (None, None, None, None, False)
    vault, user, now = vault or outer[0], user or outer[1], now or outer[3]
    passphrase_file, json_output = passphrase_file or outer[2], json_output or outer[4]
    if not organisation and person is None:
        raise typer.BadParameter("say where the new user works with --organisation")
    key = first_line(recovery_key_file, "recovery key") if recovery_key_file else ""
    new = secret(new_passphrase_file, "New user's passphrase", confirm=True)
    mandate = {"basis": basis, "evidence": evidence, "scope": scope or (), "matter": matter} if basis else None
    linked = PersonId(person) if person is not None else None
    with signed_in(vault, user, passphrase_file, now) as workspace:
        row = workspace.add_user(
            name, role, organisation, new, recovery_key=key, custodian=custodian, person=linked, mandate=mandate
        )
    if json_output:
        print_json(report_json.user(row))
    else:
        out.print(f"Added {escape(row.name)}.")


@app.command(epilog="Example: onestory check records/ --json")
def check(paths: PathsArgument, json_output: JsonOption = False) -> None:
    """Read and check files without storing anything."""
    from desktop.workspace import check_files

    with progress_bar(json_output) as progress:
        report = check_files(existing(paths), progress, never)
    if json_output:
        print_json(report_json.check(report))
    else:
        print_drop(report)
    found = any(issue.severity in ("error", "fatal") for file in report.files for issue in file.issues)
    raise typer.Exit(1 if found or any(file.status == "refused" for file in report.files) else 0)


@app.command("import", epilog="Example: onestory import records/ --vault care.vault --user Asha --json")
def import_(
    paths: PathsArgument,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Read, check and store files."""
    with signed_in(vault, user, passphrase_file, now) as workspace, progress_bar(json_output) as progress:
        report = workspace.import_files(existing(paths), progress, never)
    if json_output:
        print_json(report_json.imported(report))
    else:
        print_drop(report)
    if report.files and all(file.status == "refused" for file in report.files):
        raise typer.Exit(1)


def existing(paths: Sequence[Path]) -> list[Path]:
    """The paths, if all exist."""
    for path in paths:
        if not path.exists():
            raise WorkspaceError(f"There is no file or folder {path}.")
    return list(paths)


@app.command(epilog="Example: onestory undo IMPORT-ID --vault care.vault --user Asha")
def undo(
    import_id: Annotated[str, typer.Argument(help="The importId that `import` gave.")],
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Take one import back as a whole; the same files may then be imported again."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        removed = workspace.undo(import_id)
    if json_output:
        print_json({"importId": import_id, "entries": removed})
    else:
        out.print(f"Took back {removed} entries.")


@app.command(epilog="Example: onestory people 'ellison 14 feb 1938' --json")
def people(
    query: Annotated[str, typer.Argument(help="Name, NHS number or date of birth.")] = "",
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
) -> None:
    """Find a person by the least that tells people apart."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        rows = workspace.people(query)
    if json_output:
        print_json([report_json.person(row) for row in rows])
    else:
        table = columns("Id", "Name", "Born", "NHS number", "Possible matches")
        for row in rows:
            matches = str(row.possible_matches or "")
            table.add_row(row.person_id, escape(row.name), escape(row.birth_date), escape(row.nhs_number), matches)
        out.print(table)
    raise typer.Exit(0 if rows else 1)


@app.command(epilog="Example: onestory show PERSON --json --section medicines")
def show(
    person: Annotated[str, typer.Argument(help="The personId that `people` gave.")],
    purpose: Annotated[str, typer.Option("--purpose", help=f"One of: {', '.join(PURPOSES)}.")] = "TREAT",
    relationship: Annotated[
        str, typer.Option("--relationship", help=f"One of: {', '.join(RELATIONSHIPS)}.")
    ] = "present",
    reason: Annotated[str, typer.Option("--reason", help="Why you look; kept in the access log.")] = "",
    section: Annotated[str | None, typer.Option("--section", help="Only this section.")] = None,
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
    json_output: JsonOption = False,
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
    with signed_in(vault, user, passphrase_file, now) as workspace:
        record = workspace.open_person(
            PersonId(person), purpose=purpose, relationship=cast(Relationship, relationship), reason=reason
        )
    shown = to_json(record)
    if section is not None:
        shown["sections"] = {section: shown["sections"][section]}
    if json_output:
        print_json(shown)
        return
    for line in lines(record, section):
        out.print(harmless(line), markup=False, soft_wrap=True)


@app.command(epilog="Example: onestory source ENTRY-ID > original.json")
def source(
    entry_id: Annotated[str, typer.Argument(help="An entryId that `show` gave.")],
    vault: VaultOption = None,
    user: UserOption = None,
    passphrase_file: PassphraseOption = None,
    now: NowOption = None,
) -> None:
    """The original bytes behind an entry, unchanged; or the redacted entry, said to be so."""
    with signed_in(vault, user, passphrase_file, now) as workspace:
        original = workspace.original(EntryId(entry_id))
    if not original.exact:
        err.print("REDACTED: this is the entry as you may see it, not the original.")
    sys.stdout.buffer.write(original.data)
    sys.stdout.buffer.flush()


@app.command(epilog="Example: onestory sample --people 20 --seed 7 --out people/")
def sample(
    people: Annotated[int, typer.Option("--people", min=1, help="How many people.")],
    out_dir: Annotated[Path, typer.Option("--out", help="The folder to write to.")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same files.")] = 1,
    dirt: Annotated[float, typer.Option("--dirt", min=0.0, max=1.0, help="How spoilt the tables are, 0 to 1.")] = 0.0,
    tables: Annotated[bool, typer.Option("--tables/--no-tables", help="Also what councils and providers send.")] = True,
    json_output: JsonOption = False,
) -> None:
    """Write records of invented English people whose files belong together."""
    from desktop.demo.generator import written

    files = sum(1 for _ in written(out_dir, people=people, seed=seed, tables=tables, dirt=dirt))
    if json_output:
        print_json({"people": people, "seed": seed, "files": files, "out": str(out_dir)})
    else:
        out.print(f"Wrote {files} files about {people} people to {escape(str(out_dir))}.")


@app.command(epilog="Example: onestory bench import open-person --json")
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Which budgets; all when left out.")] = None,
    people: Annotated[int, typer.Option("--people", min=500, help="Size of the large vault of `scale`.")] = 2000,
    large: Annotated[
        Path | None, typer.Option("--large", help="Where the large vault of `scale` is, or is made and stays.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Measure the budgets of the design, as ratios to a floor measured in the same run."""
    from desktop import bench as benches

    rows = benches.run(names or [], lambda line: err.print(escape(line)), people, large)
    if json_output:
        print_json([row.as_json() for row in rows])
    else:
        table = columns("Name", "Value", "Unit", "Floor", "Ratio", "Budget", "Ok")
        for row in rows:
            table.add_row(*row.as_text())
        out.print(table)
    raise typer.Exit(0 if all(row.ok for row in rows) else 1)


@app.callback(invoke_without_command=True, epilog="Example: onestory demo")
def window(
    context: typer.Context,
    vault: VaultOption = None,
    self_test: Annotated[bool, typer.Option("--self-test", help="Check that this installation is whole.")] = False,
) -> None:
    """Open the window when no command is given."""
    _BEFORE["vault"] = vault
    if self_test:
        from desktop.self_test import run as test_self

        raise typer.Exit(test_self(say=lambda line: out.print(escape(line))))
    if context.invoked_subcommand is None:
        from desktop.application import run

        raise typer.Exit(run(vault))


from desktop.log_command import log_app  # noqa: E402 - it needs the options and helpers above

app.add_typer(log_app, name="log")

from desktop.acting_command import acting_app  # noqa: E402
from desktop.overrides_command import notices_app, overrides_app  # noqa: E402

app.add_typer(acting_app, name="acting")
app.add_typer(overrides_app, name="overrides")
app.add_typer(notices_app, name="notices")

from desktop.matches_command import matches_app  # noqa: E402

app.add_typer(matches_app, name="matches")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors become one sentence and an exit code, never a traceback, which could show a record."""
    try:
        code = app(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except NothingFoundError as error:
        return _failed(str(error), 1)
    except WorkspaceError as error:
        return _failed(str(error))
    except typer.TyperException as error:
        # The root of Typer's own usage errors, which are not click's; only most of them have a message for people.
        message = getattr(error, "format_message", error.__str__)
        return _failed(" ".join(message().split()))
    except typer.Abort:
        return _failed("Stopped.")
    except BrokenPipeError:  # whoever read the output has heard enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (for what is flushed at exit)
        return 2
    except OSError as error:
        return _failed(f"{error.filename or 'A file'} cannot be used: {error.strerror or 'the system refused'}.")
    except Exception as error:  # noqa: BLE001
        return _failed(f"OneStory has a fault and could not go on ({_fault(error)}). Nothing half done was kept.")
    if code == _INTERRUPTED:
        return _failed("Stopped.")
    return code if isinstance(code, int) else 0


def _failed(sentence: str, code: int = 2) -> int:
    err.print(escape(sentence), soft_wrap=True)
    return code


def _fault(error: Exception) -> str:
    """The kind of error and where it arose, for whoever mends it: never its text, which may hold a record."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"
