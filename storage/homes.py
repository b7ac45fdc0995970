"""One resource in the several homes of one person: the newest state counts, wherever it stands.

What a resource is called in a row is a keyed hash within one home, so that no row tells that two people have something
in common. Who opens an entry learns its name, and looks for it under that name in every other home, whether what
stands there opens or not. Nothing is written: people who are parted have again what each had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fhir.entries import EntryId, PersonId
from storage.connection import Connection
from storage.imports import resource_number
from storage.keypairs import Index
from storage.label_records import Correction

NameOf = Callable[[bytes], tuple[str, str] | None]
"""The system that said so and the "Type/id" of the entry with this content; None where it does not tell."""


class Homes:
    """The homes of one person: row numbers with person ids."""

    def __init__(
        self, connection: Connection, index: Index, name_of: NameOf, homes: Iterable[tuple[int, PersonId]]
    ) -> None:
        self._connection = connection
        self._index = index
        self._name_of = name_of
        self._homes = dict(homes)
        self._newest: dict[int, dict[int, int]] = {}

    def numbers(self, source_key: str, resource: str) -> dict[int, int]:
        """What a named resource is called in each home; 0 for one without an id."""
        return {no: resource_number(self._index, who, source_key, resource) for no, who in self._homes.items()}

    def of(self, home: int, resource: int, content: bytes) -> dict[int, int]:
        """What the resource of an entry is called in each home; empty where its content does not name what its row
        does."""
        name = self._name_of(content) if resource else None
        found = {} if name is None else self.numbers(*name)
        return found if found.get(home) == resource else {}

    def outdated(self, home: int, opened: Iterable[tuple[EntryId, bytes]]) -> set[EntryId]:
        """Those of a home's entries of which a newer state stands in another home. States of unknown age never go."""
        rows = {
            key: (resource, version)
            for key, resource, version in self._connection.execute(
                "SELECT key, resource, version FROM entry WHERE person = ? AND resource <> 0 AND version > 0", (home,)
            )
        }
        newest = [(who, self._newest_in(other)) for other, who in self._homes.items() if other != home]
        found: set[EntryId] = set()
        for entry, content in opened:
            resource, version = rows.get(self._index.number("entry", entry), (0, 0))
            name = self._name_of(content) if resource else None
            if name is not None and any(
                version < there.get(resource_number(self._index, who, *name), 0) for who, there in newest
            ):
                found |= {entry} if self.of(home, resource, content) else set()
        return found

    def beside(self, home: int, opened: Iterable[tuple[int, int, bytes]], of: Mapping[int, set[int]]) -> set[int]:
        """Keys of those of a home's entries (key, what their resource is called, content) whose resource is among those
        `of` another home."""
        return {
            key
            for key, resource, content in opened
            if any(
                number in of.get(other, ())
                for other, number in self.of(home, resource, content).items()
                if other != home
            )
        }

    def newest_correction(
        self, home: int, target: int, content: bytes, decided: Mapping[int, Mapping[int, Correction]]
    ) -> Correction | None:
        """The last of what was `decided` in any home about an entry's resource; None where nothing is in force."""
        return last(self.of(home, target, content) or dict.fromkeys(self._homes, target), decided)

    def _newest_in(self, home: int) -> dict[int, int]:
        """The newest version of every resource of a home."""
        if home not in self._newest:
            self._newest[home] = dict(
                self._connection.execute(
                    "SELECT resource, max(version) FROM entry WHERE person = ? AND resource <> 0 AND state != 2"
                    " GROUP BY resource",
                    (home,),
                )
            )
        return self._newest[home]


def last(targets: Mapping[int, int], decided: Mapping[int, Mapping[int, Correction]]) -> Correction | None:
    """The last of what was `decided`, by home and target, about what each home calls so; None where that is taken
    back."""
    found = [one for home, target in targets.items() if (one := decided.get(home, {}).get(target)) is not None]
    newest = max(found, key=lambda one: one.no, default=None)
    return None if newest is None or newest.withdrawn else newest
