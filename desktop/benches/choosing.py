"""The budgets of a person's own choices: previewing and saving one, for somebody of 5,000 entries and fifteen teams."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from consent.plain_choices import EVERYONE, EVERYTHING, PlainChoices, What, Who
from consent.plain_consents import to_consents
from desktop.benches import large
from desktop.benches.row import Row
from desktop.workspace import Workspace
from fhir.entries import PersonId

CHOICES = (
    PlainChoices().set(Who("role", "gp"), EVERYTHING, "off"),
    PlainChoices(),
    PlainChoices().set(EVERYONE, What("category", "general"), "off"),
    PlainChoices().set(Who("role", "gp"), EVERYTHING, "off"),
)
"""One after the other: a kind of worker loses all, gets it back; a kind of information is hidden; two things change."""


def measured(write: Callable[[Path], None]) -> list[Row]:
    """Measured as the person themself. `write` writes the records of the one person there is."""
    with tempfile.TemporaryDirectory(prefix="onestory-bench-choosing-") as folder:
        vault, file = Path(folder) / "choosing.vault", Path(folder) / "person.ndjson"
        write(file)
        workspace, key = large.create(vault)
        with workspace:
            done = workspace.import_files([file], lambda what, done, total: None, lambda: False)
            person = done.files[0].people[0].person_id
            workspace.add_user("Person", "person", "", large.PASSPHRASE, recovery_key=key, person=person)
        with Workspace.sign_in(vault, "Person", large.PASSPHRASE, anchors=vault.parent / "a") as own:
            return _rows(own, person)


def _rows(own: Workspace, person: PersonId) -> list[Row]:
    own.open_person(person)
    previews, saves = [], []
    for choices in CHOICES:
        consents = to_consents(choices, f"Patient/{person}", datetime.now(UTC))
        previews.append(_timed(own.preview_choices, person, consents))
        saves.append(_timed(own.set_choices, person, consents))
    return [
        Row("preview for all kinds of worker, 5,000 entries", statistics.median(previews) * 1e3, "ms", 300),
        Row("save a choice, 5,000 entries", statistics.median(saves) * 1e3, "ms", 400),
        Row("save a choice, 5,000 entries, slowest", max(saves) * 1e3, "ms", 400),
    ]


def _timed(work: Callable[..., object], *given: object) -> float:
    began = time.perf_counter()
    work(*given)
    return time.perf_counter() - began
