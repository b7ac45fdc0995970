"""What happened in the demonstration before anyone opens it: told in `happened.toml`, done by its users themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from desktop.workspace import Workspace
from fhir.entries import EntryId, PersonId

Enter = Callable[[str, datetime], Workspace]
"""Signs a user in by name, at an instant."""


def happened() -> list[dict[str, Any]]:
    """Each act as its row tells it, in the order in which they were done."""
    rows: list[dict[str, Any]] = tomllib.loads(
        (resources.files("desktop") / "demo" / "happened.toml").read_text("utf-8")
    )["happened"]
    return rows


def live(enter: Enter, users: Collection[str], since: datetime) -> None:
    """Have all of it happen that is by and about these users; `since` is when the records came."""
    for row in happened():
        if not {row["user"], row.get("who", row["user"])} <= set(users):
            continue
        with enter(row["user"], since + timedelta(minutes=row["minutes"])) as workspace:
            (found,) = [one for one in workspace.people(row["person"]) if one.nhs_number == row["person"]]
            _ACTS[row["act"]](workspace, found.person_id, row)


def _emergency(workspace: Workspace, person: PersonId, row: Mapping[str, Any]) -> None:
    workspace.break_glass(person, row["words"])


def _look(workspace: Workspace, person: PersonId, row: Mapping[str, Any]) -> None:
    workspace.open_person(person, relationship=row["relationship"], reason=row["words"])


def _ask(workspace: Workspace, person: PersonId, row: Mapping[str, Any]) -> None:
    workspace.open_override(person, row["kind"], row["words"], "", row["hours"], row["categories"])


def _label(workspace: Workspace, person: PersonId, row: Mapping[str, Any]) -> None:
    entry = next(one.entry_id for one in workspace.label_reasons(person) if one.title == row["title"])
    workspace.correct_label(person, EntryId(entry), row["categories"], row["words"])


def _unexpected(workspace: Workspace, person: PersonId, row: Mapping[str, Any]) -> None:
    event = next(one for one, _touched in workspace.who_looked(person) if one.name == row["who"])
    workspace.report_unexpected(person, event.number, row["words"])


_ACTS = {"emergency": _emergency, "look": _look, "ask": _ask, "label": _label, "unexpected": _unexpected}
