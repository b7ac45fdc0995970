"""`onestory choices`: a person's sharing choices as FHIR Consents, out and in; and what a change would do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.commands.asking import SignIn, signing_in
from desktop.commands.saying import escape, out, print_json
from desktop.errors import WorkspaceError

CONTROLS = (
    "These choices control what this copy shows. They do not reach into the systems that hold the originals, and are"
    " not the lawful basis of care."
)

UNSETTLED = (
    "Some entries may still have to be sealed so, by the next to sign in whose keys open them. Until then the program"
    " alone keeps to it."
)

HELD_BACK = (
    "For your own team what was chosen before holds too, until the person or the custodian says the same: nobody widens"
    " for themselves."
)


app = typer.Typer()


@app.command("choices", epilog="Example: onestory choices PERSON --set consents.json --preview --json")
@signing_in
def choices(
    asked: SignIn,
    person: Annotated[str, typer.Argument(help="The personId that `people` gave.")] = "",
    set_file: Annotated[
        Path | None, typer.Option("--set", help="FHIR Consents (one, a list, or a Bundle) to put in place.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Say what --set would change; keep nothing.")] = False,
    confirm: Annotated[
        list[str] | None, typer.Option("--confirm", help="Make an imported Consent the person's own (its id).")
    ] = None,
    withdraw: Annotated[list[str] | None, typer.Option("--withdraw", help="End a Consent (its id).")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words; kept with the choice.")] = "",
    target: Annotated[
        Path | None, typer.Option("--out", help="Write them, signed, to this new file for another system.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", help="Say whose signature this file of choices bears; needs no vault.")
    ] = None,
) -> None:
    """Read a person's sharing choices, or change them at the person's word; take them out signed, or check a
    signature."""
    from desktop.commands.decide import read_consents
    from fhir.entries import PersonId

    if sum((set_file is not None, bool(confirm), bool(withdraw), target is not None, verify is not None)) > 1:
        raise WorkspaceError("Give one of --set, --confirm, --withdraw, --out and --verify.")
    if verify is not None:
        _say_signature(verify, asked)
        return
    if not person:
        raise WorkspaceError("Say whose choices: the personId that `people` gave.")
    if preview and set_file is None:
        raise WorkspaceError("--preview says what --set would change; give --set FILE too.")
    trees, others = read_consents(set_file) if set_file is not None else ([], [])
    if others and not trees:
        raise WorkspaceError(
            "The choices file holds no FHIR Consent; nothing was changed. An empty list ends them all."
        )
    resources = {f"{tree.get('resourceType')}/{tree.get('id')}": tree for tree in others}
    who = PersonId(person)
    with asked.workspace() as workspace:
        if target is not None:
            taken = workspace.take_choices(who, target)
            asked.say({"person": person, "out": str(target), "consents": taken}, f"Wrote {taken} signed to {target}.")
            return
        if preview:
            _say_preview(workspace.preview_choices(who, trees, resources), json_output=asked.json)
            return
        if set_file is not None:
            found = workspace.set_choices(who, trees, resources, reason=reason)
        elif confirm:
            found = workspace.confirm_choices(who, confirm)
        elif withdraw:
            found = workspace.withdraw_choices(who, withdraw)
        else:
            found = workspace.choices(who)
    _say(found, json_output=asked.json)


def bundle(found: Any) -> dict[str, Any]:
    """A person's choices as a FHIR collection: Consents tagged with where they come from, and what in them is not
    understood as an OperationOutcome."""
    entries = [{"resource": _with_signature(one)} for one in found.consents]
    issues = [
        {
            "severity": "warning",
            "code": "not-supported",
            "diagnostics": not_understood(problem),
            "expression": [f"Consent.{problem.path}" if problem.path else "Consent"],
            "location": [one.id],
        }
        for one in found.consents
        for problem in one.problems
    ]
    if issues:
        entries.append({"resource": {"resourceType": "OperationOutcome", "issue": issues}})
    from desktop.travelling import tag

    said = ["settled" if found.settled else "settling"]
    said += ["held-back"] * found.held_back + [found.checked] * bool(found.checked)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "meta": {"tag": [tag(code) for code in said]},
        "entry": entries,
    }


def not_understood(problem: Any) -> str:
    """What of a choice could not be understood, and what follows."""
    so = "passed over, the rest counts" if problem.passed_over else "treated as no"
    return f"Could not be understood, {so}: {f'{problem.path} {problem.text}'.strip()}"


def _with_signature(one: Any) -> dict[str, Any]:
    """A Consent with its tags; an imported one also with what there is to say of its signature."""
    from desktop.travelling import signature_words, tag, tagged

    tree = tagged(one, one.tree)
    if one.origin == "imported":
        code = "signature-broken" if one.changed else "signed" if one.signed else "unsigned"
        tree["meta"]["tag"].append({**tag(code), "display": signature_words(one.signed, changed=one.changed)})
    return tree


def _say_signature(file: Path, asked: SignIn) -> None:
    """Whose signature a file bears: by itself, or against a vault where one was named."""
    if asked.vault is None and asked.user is None and asked.passphrase_file is None:
        from desktop.workspace import whose_signature

        by: Any = whose_signature(file)
        where = "It was checked by itself, without a vault: the name is what the signature says"
    else:
        with asked.workspace() as workspace:
            by = workspace.whose_signature(file)
        where = "A user of this vault" if by.here else "Of another vault: the name is what the signature says"
    asked.say(
        {"ok": True, "who": by.who, "time": by.time, "custodianKey": by.key, "here": by.here},
        f"Unchanged since it was signed by {by.who}, {by.time}.\n{where}.\nCustodian's key: {by.key}",
    )


def _say(found: Any, *, json_output: bool) -> None:

    if json_output:
        print_json(bundle(found))
        return
    from consent.preferences import name_of
    from desktop.travelling import signature_words

    if not found.consents:
        out.print("Nothing was chosen: what each kind of worker may see by default applies.")
    for one in found.consents:
        origin = "made here"
        if one.origin == "imported":
            origin = f"imported, only narrows until confirmed; {signature_words(one.signed, changed=one.changed)}"
        name = name_of(one.tree)
        out.print(escape(f"{one.id}  {f'{name}: ' if name else ''}{origin}"), soft_wrap=True)
        for problem in one.problems:
            out.print(escape(f"  {not_understood(problem)}"), soft_wrap=True)
    if found.held_back:
        out.print(HELD_BACK, soft_wrap=True)
    if not found.settled:
        out.print(UNSETTLED, soft_wrap=True)
    out.print(CONTROLS, soft_wrap=True)


def _say_preview(found: Any, *, json_output: bool) -> None:

    if json_output:
        print_json(
            {"stored": False, "kinds": [_change(one, found.entries) for one in found.changes], "controls": CONTROLS}
        )
        return
    if not any(one.appears or one.disappears for one in found.changes):
        out.print("Nothing would change for any kind of worker, of what is shown to you.")
    for one in found.changes:
        if one.appears or one.disappears:
            where = f" at {one.kind.organisation}" if one.kind.organisation else ""
            words = f"{one.kind.role}{where}: {len(one.appears)} would appear, {len(one.disappears)} would disappear"
            out.print(escape(words), soft_wrap=True)
    out.print(CONTROLS, soft_wrap=True)


def _change(one: Any, entries: Any) -> dict[str, Any]:
    def told(ids: Any) -> list[dict[str, Any]]:
        return [
            {
                "entryId": id,
                "resource": entries[id].entry.resource,
                "section": entries[id].entry.section,
                "title": entries[id].entry.title,
                "categories": list(entries[id].categories),
            }
            for id in ids
        ]

    return {
        "role": one.kind.role,
        "organisation": one.kind.organisation,
        "appears": told(one.appears),
        "disappears": told(one.disappears),
        "shown": len(one.shown),
    }
