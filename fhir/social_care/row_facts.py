"""A fact that a row's columns state of its person, described without making its resource (see `row_events`).

Rows of a million people say one of twenty things of their accommodation: each is described once in the general way,
with a mark where the line stands, and then only the line is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial

import msgspec

from fhir.describe import describe
from fhir.describe.context import Context, entry_id
from fhir.entries import Entry, Field
from fhir.forms import Blanks, Marked, coded, mark
from fhir.records import Resource, Tree
from fhir.social_care.stamp import REMEMBERED, Stamp

_MARK = 987_654_321


class RowFact:
    """One fact of a row, not yet made. `key` is all that it depends on but the person and the line."""

    __slots__ = ("_build", "_facts", "id", "key", "kind", "line", "person", "version")

    def __init__(
        self, facts: FactEntries, kind: str, own_id: str, person: str, version: str, line: int, key: Hashable,
        build: Callable[[int], Tree],
    ) -> None:  # fmt: skip
        self._facts = facts
        self._build = build
        self.kind = kind
        self.id = own_id
        self.person = person
        self.version = version
        self.line = line
        self.key = key

    @property
    def subject(self) -> str:
        """The reference of the resource to its person."""
        return f"Patient/{self.person}"

    @property
    def likeness(self) -> object:
        """What it depends on but the person and the line."""
        return self.kind, self.key

    @property
    def moment(self) -> object:
        """None that differ."""
        return None

    @property
    def times(self) -> Tree:
        """None that differ from row to row: a submission's facts are of one day."""
        return {}

    @property
    def identifiers(self) -> list[Tree]:
        """None."""
        return []

    def make(self) -> Tree:
        """The resource."""
        return self._build(self.line)

    def marked(self, line: int) -> Tree:
        """The resource as if it stood on another line."""
        return self._build(line)

    def entries(self, resource: Resource, context: Context) -> list[Entry] | None:
        """What the general description of the resource tells; None where only that can tell it."""
        return self._facts.entries(self, resource, context)

    def blanks(self, resource: Resource, context: Context) -> Blanks | None:
        """The same as what fills in the form of all facts like it."""
        return self._facts.blanks(self, resource, context)


class FactEntries:
    """Describes the facts of one file."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._models: dict[Hashable, list[Entry]] = {}

    def entries(self, fact: RowFact, resource: Resource, context: Context) -> list[Entry] | None:
        """The entries of a fact; None in a document that is itself dated, which the general way knows."""
        if context.as_at:
            return None
        models = self._model(fact, context)
        marked, place = self._stamp.place(_MARK), self._stamp.place(fact.line)
        return [
            msgspec.structs.replace(
                model,
                entry_id=entry_id(model.source, resource, index),
                resource=f"{fact.kind}/{fact.id}",
                fields=tuple([Field(line.label, place) if line.value == marked else line for line in model.fields]),
            )
            for index, model in enumerate(models)
        ]

    def blanks(self, fact: RowFact, resource: Resource, context: Context) -> Blanks | None:
        """What fills in the form of a fact; None in a document that is itself dated."""
        if context.as_at:
            return None
        models = self._model(fact, context)
        name, number = f"{fact.kind}/{fact.id}", self._stamp.entry_id
        ids = tuple([number(model.source, resource.raw, name, index) for index, model in enumerate(models)])
        values = (coded(name), coded(self._stamp.place(fact.line)), *map(coded, ids))
        return Blanks(values, ids, partial(self._marked, models))

    def _marked(self, models: Sequence[Entry]) -> Marked:
        marked = self._stamp.place(_MARK)
        entries = [
            msgspec.structs.replace(
                model,
                entry_id=mark(index),
                resource=mark(0),
                fields=tuple([Field(line.label, mark(1)) if line.value == marked else line for line in model.fields]),
            )
            for index, model in enumerate(models, 2)
        ]
        return Marked(entries, [mark(number) for number in range(len(models) + 2)])

    def _model(self, fact: RowFact, context: Context) -> list[Entry]:
        """The general description of such a fact on a line of its own."""
        models = self._models.get(fact.key)
        if models is None:
            tree = fact.marked(_MARK)
            made = Resource(type=fact.kind, id=fact.id, tree=tree, raw=b"", start=0, end=0, line=_MARK)
            models = describe(made, context)
            if len(self._models) < REMEMBERED:
                self._models[fact.key] = models
        return models
