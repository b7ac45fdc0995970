"""`onestory check`, `import`, `undo`, `source`: files in, what was found in them, and their bytes out again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from desktop import report_json
from desktop.commands.asking import JsonOption, SignIn, existing, signing_in, signing_in_for_bytes, without_vault
from desktop.commands.saying import err, escape, never, out, print_json, progress_bar
from desktop.quality_text import lines_of, tables_of
from desktop.reports import DropReport
from fhir.entries import EntryId

app = typer.Typer()
PathsArgument = Annotated[list[Path], typer.Argument(help="Files, folders or ZIP archives.", show_default=False)]


@app.command(epilog="Example: onestory check records/ --json")
@without_vault
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
@signing_in
def import_(
    asked: SignIn,
    paths: PathsArgument,
) -> None:
    """Read, check and store files."""
    with asked.workspace() as workspace, progress_bar(asked.json) as progress:
        report = workspace.import_files(existing(paths), progress, never)
    if asked.json:
        print_json(report_json.imported(report))
    else:
        print_drop(report)
    if report.files and all(file.status == "refused" for file in report.files):
        raise typer.Exit(1)


@app.command(epilog="Example: onestory undo IMPORT-ID --vault care.vault --user Asha")
@signing_in
def undo(
    asked: SignIn,
    import_id: Annotated[str, typer.Argument(help="The importId that `import` gave.")],
) -> None:
    """Take one import back as a whole; the same files may then be imported again."""
    with asked.workspace() as workspace:
        removed = workspace.undo(import_id)
    if asked.json:
        print_json({"importId": import_id, "entries": removed})
    else:
        out.print(f"Took back {removed} entries.")


@app.command(epilog="Example: onestory source ENTRY-ID > original.json")
@signing_in_for_bytes
def source(
    asked: SignIn,
    entry_id: Annotated[str, typer.Argument(help="An entryId that `show` gave.")],
) -> None:
    """The original bytes behind an entry, unchanged; or the redacted entry, said to be so."""
    with asked.workspace() as workspace:
        original = workspace.original(EntryId(entry_id))
    if not original.exact:
        err.print("REDACTED: this is the entry as you may see it, not the original.")
    sys.stdout.buffer.write(original.data)
    sys.stdout.buffer.flush()


def print_drop(report: DropReport) -> None:
    """A drop's report in words: a line per file, then its findings."""
    for file in report.files:
        what = file.reason or f"{file.fhir_version} {file.bundle_type or file.format}, {file.resources} resources"
        out.print(f"[bold]{escape(file.status)}[/]  {escape(file.path)}  {escape(what)}")
        if file.signed:
            out.print(f"    choices: {escape(file.signed)}", soft_wrap=True)
        if file.format == "csv":
            continue  # told for the whole table below
        for issue in file.issues[:20]:
            line = f"(line {issue.line:,})" if issue.line else ""
            where = " ".join(part for part in (issue.resource, issue.path, line) if part)
            out.print(f"    {issue.severity}: {escape(f'{where}: ' if where else '')}{escape(issue.message)}")
        if len(file.issues) > 20:
            out.print(f"    and {len(file.issues) - 20} more; see them all with --json")
    for path, found in tables_of(report.files).items():
        out.print(f"[bold]{escape(path)}[/]: what was found, worst first")
        for line in lines_of(found):
            out.print(f"    {escape(line)}")
    counts = report_json.summary(report)
    out.print(", ".join(f"{value} {name}" for name, value in counts.items()))
