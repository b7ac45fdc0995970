"""Which stored entries of a person are tied to which, by keyed hashes alone: readable without opening anything."""

from __future__ import annotations

from collections.abc import Iterable

from storage.connection import Connection
from storage.label_records import ClosedEntry
from storage.packs import Links, decode_links

_RECEIVES = 1


class Web:
    """Everything that was ever stored of a person, as it is tied together."""

    def __init__(self) -> None:
        self.entries: dict[int, ClosedEntry] = {}
        self._own: dict[int, list[int]] = {}
        self._pointing: dict[int, list[int]] = {}

    @classmethod
    def of(cls, connection: Connection, person: int) -> Web:
        """The web of a person, from the links that each import left."""
        web = cls()
        for (links,) in connection.execute("SELECT links FROM import_person WHERE person = ?", (person,)):
            web.add(decode_links(links))
        return web

    def add(self, links: Links) -> None:
        """Take in what one import brought."""
        ties: list[list[tuple[int, int]]] = [[] for _ in links.entries]
        kinds = links.kinds or [0] * (len(links.points) // 2)
        for i, kind in enumerate(kinds):
            ties[links.points[2 * i]].append((links.targets[links.points[2 * i + 1]], kind))
        natures = links.natures or [_RECEIVES] * len(links.entries)
        for key, own, theirs, nature in zip(links.entries, links.own, ties, natures, strict=True):
            if key in self.entries:
                continue
            self.entries[key] = ClosedEntry(key, own, tuple(theirs), nature)
            if own:
                self._own.setdefault(own, []).append(key)
            for target, _ in theirs:
                self._pointing.setdefault(target, []).append(key)

    def connected(self, fresh: Iterable[tuple[int, Iterable[int]]]) -> set[int]:
        """Keys of all stored entries that labels could pass to or from, given (own hash, hashes pointed to) of others.

        Nothing passes on through an entry that never receives.
        """
        found: set[int] = set()
        step: set[int] = set()
        for own, targets in fresh:
            step.update(self._around(own, targets))
        while step:
            found |= step
            near: set[int] = set()
            for key in step:
                entry = self.entries[key]
                if entry.nature & _RECEIVES:
                    near.update(self._around(entry.own, (target for target, _ in entry.ties)))
            step = near - found
        return found

    def _around(self, own: int, targets: Iterable[int]) -> Iterable[int]:
        if own:
            yield from self._own.get(own, ())
            yield from self._pointing.get(own, ())
        for target in targets:
            yield from self._own.get(target, ())
