"""`onestory decide`: Consents, a request and records from files; what may be shown, with every rule looked at.

Needs no vault. A Consent that cannot be understood is told among the problems, and counts as no unless it is said to be
passed over; a file that cannot be read at all ends the command with one sentence.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from desktop.commands.asking import instant, without_vault
from desktop.commands.saying import escape, out, print_json
from desktop.errors import WorkspaceError

Policy = Literal["all", "consents-only"]
_REPEATED = "repeated-key"
_LARGEST = 64 * 1024 * 1024


app = typer.Typer()


@app.command(
    "decide",
    epilog="Example: onestory decide --consents consents.json --request request.json --records bundle.json --json",
)
@without_vault
def decide(
    consents: Annotated[Path, typer.Option("--consents", help="FHIR Consent: one, a list, or a Bundle.")],
    request: Annotated[Path, typer.Option("--request", help="Who asks, for whom, why (JSON).")],
    records: Annotated[Path, typer.Option("--records", help="A Bundle of records, and of who is who.")],
    policy: Annotated[
        str, typer.Option("--policy", help="all, or consents-only: without labelling and the defaults of roles.")
    ] = "all",
    now: Annotated[str | None, typer.Option("--now", help="Fix the clock, as 2026-11-21T09:00:00Z.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """What Consents let someone see of records, with the reason; needs no vault."""
    from consent import decide as engine
    from consent.errors import RequestError
    from consent.explain import for_person

    if policy not in ("all", "consents-only"):
        raise WorkspaceError("--policy takes one of: all, consents-only.")
    try:
        asked = engine.read_request(_json(request, "request"), instant(now) or datetime.now(UTC))
    except RequestError as error:
        raise WorkspaceError(str(error)) from None
    trees, others = read_consents(consents)
    answer = engine.decide(trees, asked, _records(records), consents_only=policy == "consents-only", others=others)
    if json_output:
        print_json(engine.to_json(answer))
        return
    out.print(f"Overall: {answer.overall}")
    for entry in answer.entries:
        reason = for_person(entry.effect, entry.trace)
        out.print(f"{entry.effect:9} {escape(entry.reference)}  {escape(reason)}", soft_wrap=True)
    for problem in answer.problems:
        so = "passed over, the rest counts" if problem.passed_over else "treated as no"
        told = f"Not understood, {so}: {problem.policy} {problem.path} {problem.text}"
        out.print(escape(told), soft_wrap=True)


def read_consents(path: Path) -> tuple[list[Any], list[dict[str, Any]]]:
    """The Consents of a file, and the other resources in it; something in it that is no resource stays among the
    Consents, where it counts as one that cannot be read."""
    if _bytes(path, "consents").lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        items: list[Any] = [resource.tree for resource in _document(path, "consents").resources]
    else:
        tree = _json(path, "consents")
        items = tree if isinstance(tree, list) else [tree]
        if isinstance(tree, dict) and tree.get("resourceType") == "Bundle":
            entries = tree.get("entry", [])
            if not isinstance(entries, list):
                raise WorkspaceError("The entries of the Bundle of consents are not a list.")
            items = [entry.get("resource") if isinstance(entry, dict) else None for entry in entries]
    others = [
        item
        for item in items
        if isinstance(item, dict) and item.get("resourceType") not in (None, "Consent") and _REPEATED not in item
    ]
    return [item for item in items if not any(item is other for other in others)], others


def _records(path: Path) -> Any:
    return _document(path, "records")


def _document(path: Path, what: str) -> Any:
    from fhir.errors import RefusedError
    from fhir.reading import read_document

    try:
        return read_document(path.name, "", _bytes(path, what))
    except RefusedError as error:
        raise WorkspaceError(f"The {what} file cannot be read: {error.reason}") from None


def _json(path: Path, what: str) -> Any:
    """A JSON document. An object with a repeated key says two things: it is marked, so that no rule trusts it."""
    try:
        text = _bytes(path, what).decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise WorkspaceError(f"The {what} file is not JSON that can be read.") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else {_REPEATED: True}


def _refuse(_: str) -> None:
    raise ValueError("not a number")


def _bytes(path: Path, what: str) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise WorkspaceError(f"The {what} file is larger than this command reads.")
        return path.read_bytes()
    except OSError:
        raise WorkspaceError(f"The {what} file {path} cannot be read.") from None
