"""Rows gathered for one document: their exact bytes, what was made of each, and what was found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from fhir import limits
from fhir.records import Issue, MadeResource, Resource, SourceFile, Tree
from fhir.social_care.row_events import RowEvent
from fhir.social_care.row_facts import RowFact
from fhir.social_care.row_people import RowPatient
from fhir.social_care.rows import Row


class Stretch:
    """Rows gathered for one document; the first of a file starts with what stands above its rows."""

    def __init__(self, head: bytes = b"") -> None:
        self.issues: list[Issue] = []
        self._pieces = [head]
        self._size = len(head)
        self._rows = 0
        self._resources: list[Resource] = []

    def is_full(self, row: Row) -> bool:
        """Whether another row would be too much."""
        too_large = self._size + len(row.raw) > limits.STRETCH_BYTES
        return self._rows > 0 and (too_large or self._rows >= limits.STRETCH_ROWS)

    def add(self, row: Row, trees: Iterable[Tree] = (), address: str = "") -> None:
        """Take in a row with what is made of it; `address` is the full URL of its Patient, for others to refer to."""
        self._pieces.append(row.raw)
        self._size += len(row.raw)
        self._rows += 1
        self.add_trees(row, trees, address)

    def add_trees(self, row: Row, trees: Iterable[Tree], address: str = "") -> None:
        """Add to the row taken in last what was made of it."""
        start = self._size - len(row.raw)
        for tree in trees:
            kind = str(tree["resourceType"])
            self._resources.append(
                Resource(
                    type=kind,
                    id=str(tree["id"]),
                    tree=tree,
                    raw=row.raw,
                    start=start,
                    end=self._size,
                    full_url=address if kind == "Patient" else "",
                    line=row.line,
                )
            )

    def add_event(self, row: Row, event: RowEvent | RowFact | RowPatient) -> None:
        """Add to the row taken in last what it tells, to be made when somebody asks for it."""
        self._resources.append(
            MadeResource(
                type=event.kind,
                id=event.id,
                tree={},
                raw=row.raw,
                start=self._size - len(row.raw),
                end=self._size,
                line=row.line,
                event=event,
            )
        )

    def document(self, path: str, folder: str, *, passes_by: bool = False) -> SourceFile:
        """The stretch as a document; `passes_by` as in `SourceFile`."""
        data = b"".join(self._pieces)
        return SourceFile(
            path=path,
            folder=folder,
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
            format="csv",
            fhir_version="R4",
            passes_by=passes_by,
            resources=self._resources,
            issues=self.issues,
        )
