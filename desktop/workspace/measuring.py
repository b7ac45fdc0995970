"""What only measuring needs to know of a vault."""

from __future__ import annotations

from pathlib import Path

import msgspec

from consent.labels import decode
from desktop.workspace import Workspace
from fhir.entries import PersonId
from storage import bare_rows, bench_costs


def bare_reading(workspace: Workspace, person: PersonId, folder: Path, rounds: int) -> list[float]:
    """Seconds to read the same entries as plain sealed rows: the floor that opening a person is measured against."""
    entries = [decode(one.content) for one in workspace._session.readable(person)]
    plain = [msgspec.structs.replace(one, evidence=msgspec.Raw(b"null")) for one in entries]
    return bare_rows.seconds(folder, plain, rounds)


def vault_costs(folder: Path) -> bench_costs.Costs:
    """What single acts of a vault cost, for measuring."""
    return bench_costs.measure(folder)
