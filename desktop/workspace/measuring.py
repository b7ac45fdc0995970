"""What only measuring needs to know of a vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from consent.labels import decode
from desktop.workspace import Workspace
from desktop.workspace.sentences import told
from desktop.workspace.stores import ImportStore
from fhir.entries import PersonId
from storage import bare_rows, bench_costs

if TYPE_CHECKING:
    from desktop.importing import PreparedDocument


def bare_reading(workspace: Workspace, person: PersonId, folder: Path, rounds: int) -> list[float]:
    """Seconds to read the same entries as plain sealed rows: the floor that opening a person is measured against."""
    entries = [decode(one.content) for one in workspace._session.readable(person)]
    plain = [msgspec.structs.replace(one, evidence=msgspec.Raw(b"null")) for one in entries]
    return bare_rows.seconds(folder, plain, rounds)


def vault_costs(folder: Path) -> bench_costs.Costs:
    """What single acts of a vault cost, for measuring."""
    return bench_costs.measure(folder)


def import_and_keep(workspace: Workspace, path: Path) -> list[PreparedDocument]:
    """Import a file or folder, and say what was stored; for measuring."""
    from desktop.importing import Importer

    kept: list[PreparedDocument] = []

    class Keeping(ImportStore):
        def store(self, prepared: PreparedDocument) -> tuple[str, int]:
            kept.append(prepared)
            return super().store(prepared)

    with told():
        store = Keeping(workspace._session, workspace._choosing, workspace._clock)
        Importer(store, workspace._checking_pool()).run([path], lambda what, done, total: None, lambda: False)
    return kept


def store_prepared(workspace: Workspace, prepared: PreparedDocument) -> tuple[str, int]:
    """Store one document as importing does, for measuring; returns (import id, entries newly stored)."""
    with told():
        return ImportStore(workspace._session, workspace._choosing, workspace._clock).store(prepared)
