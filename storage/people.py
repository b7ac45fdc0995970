"""The people of a vault: the least that finds them, exact look-up keys, and words to search by.

Identities are readable to every user of the vault (the vault file itself is encrypted); addresses and contacts are not
among them. Which people are the same person is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

import msgspec

from fhir.entries import PersonId
from fhir.people import NHS_NUMBER_SYSTEM, Identity
from fhir.person_search import search_keys
from storage.connection import Connection
from storage.errors import UnknownItemError
from storage.keypairs import Index
from storage.records import NewPerson

_DECODER = msgspec.json.Decoder(Identity)
_LAST = "\U0010ffff"
_NEWEST = 60_000
"""So many of the newest look-up keys stand apart (some 2 MiB with their words) before they are moved to the others."""
_WAYS = (("person_key", "key"), ("person_token", "token"))
"""The tables by which people are found; what is newest stands in another of the same form, its name ending in _new."""
_FORMER = frozenset({"old", "maiden"})


def least(identity: Identity) -> Identity:
    """What anyone with the vault key may read of a person.

    Of a restricted person neither local numbers, whose systems tell which practice or hospital is theirs, nor former
    names, which lead from who they were to who they are. Source: NHS England PDS, restricted (sensitive) records.
    """
    if not identity.restricted:
        return identity
    current = tuple(name for name in identity.names if name.use not in _FORMER)
    national = tuple(one for one in identity.identifiers if one.system == NHS_NUMBER_SYSTEM)
    return msgspec.structs.replace(identity, names=current or identity.names[:1], identifiers=national)


class People:
    """The people table and its indices."""

    def __init__(self, connection: Connection, index: Index) -> None:
        self._connection = connection
        self._index = index
        self._hidden: set[int] = set()
        self._digests: dict[str, bytes] = {}
        self._newest: int | None = None

    def newly_restricted(self) -> set[int]:
        """Numbers of people who were here and have become restricted since this was asked last."""
        hidden, self._hidden = self._hidden, set()
        return hidden

    def put(self, people: Sequence[NewPerson]) -> dict[PersonId, tuple[int, bool]]:
        """Add people, or bring what is known of them up to date; keys are only ever added. Inside a transaction.

        Returns the number of each, and whether they are new here. All are written together: an extract brings hundreds
        at once, and looked up one by one they cost as much as their entries."""
        execute, executemany = self._connection.execute, self._connection.executemany
        rows = execute(
            "SELECT id, no, identity, restricted FROM person WHERE id IN (SELECT value FROM json_each(?))",
            (_listed(person.person_id for person in people),),
        )
        here: dict[str, tuple[int, bytes, bool]] = {id: (no, content, bool(hidden)) for id, no, content, hidden in rows}
        last: int = execute("SELECT coalesce(max(no), 0) FROM person").fetchone()[0]
        put: dict[PersonId, tuple[int, bool]] = {}
        added: list[tuple[int, PersonId, bytes, bool, bool]] = []
        changed: list[tuple[bytes, bool, bool, int]] = []
        keys: list[tuple[bytes | str, int]] = []
        words: list[tuple[bytes | str, int]] = []
        digests, self._digests = self._digests, {}  # most of what is added was asked for before
        for person in people:
            who = least(person.identity)
            content = msgspec.json.encode(who)
            no, before, hidden = here.get(person.person_id, (0, b"", False))
            if person.person_id in put:
                no, before = put[person.person_id][0], b""
            if no == 0:
                no = last = last + 1
                added.append((no, person.person_id, content, who.restricted, who.standalone))
            else:
                if who.restricted and not hidden:
                    self._hidden.add(no)
                if before != content:
                    changed.append((content, who.restricted, who.standalone, no))
            put.setdefault(person.person_id, (no, person.person_id not in here))
            keys += [(digests.get(key) or self._index.digest("person", key), no) for key in person.match_keys]
            words += [(key, no) for key in person.search_keys]
        executemany("INSERT INTO person (no, id, identity, restricted, standalone) VALUES (?, ?, ?, ?, ?)", added)
        executemany("UPDATE person SET identity = ?, restricted = ?, standalone = ? WHERE no = ?", changed)
        for (table, way), found in zip(_WAYS, (keys, words), strict=True):
            self._add(table, way, found, {no for no, *_ in added})
        self._move_newest(len(keys))
        for person in people:
            if (who := least(person.identity)).restricted:
                self._forget_words(put[person.person_id][0], who)
        return put

    def _add(self, table: str, way: str, found: Iterable[tuple[bytes | str, int]], strangers: Collection[int]) -> None:
        """Add keys or words to the newest, in their order, so that each page is gone to once; `strangers` have none."""
        new: list[tuple[bytes | str, int]] = []
        more: list[tuple[bytes | str, int]] = []
        for one in sorted(found):
            (new if one[1] in strangers else more).append(one)
        # Names of tables and columns are ours.
        insert = f"INSERT OR IGNORE INTO {table}_new ({way}, person)"
        unless = f"SELECT 1 FROM {table} WHERE {way} = ?1 AND person = ?2"  # noqa: S608
        self._connection.executemany(f"{insert} VALUES (?, ?)", new)
        self._connection.executemany(f"{insert} SELECT ?1, ?2 WHERE NOT EXISTS ({unless})", more)

    def _move_newest(self, added: int) -> None:
        """Move the newest to the others, once there are many: in order they cost a fraction of what each would."""
        if self._newest is None:
            self._newest = self._connection.execute("SELECT count(*) FROM person_key_new").fetchone()[0]
        else:
            self._newest += added
        if self._newest < _NEWEST:
            return
        for table, way in _WAYS:
            newest = f"SELECT {way}, person FROM {table}_new ORDER BY {way}, person"  # noqa: S608 - names of ours
            self._connection.execute(f"INSERT OR IGNORE INTO {table} {newest}")
            self._connection.execute(f"DELETE FROM {table}_new")  # noqa: S608 - the same
        self._newest = None

    def know_again(self, person: PersonId, identity: Identity) -> None:
        """Put this in place of what is known of a person; what protects them stays. Inside a transaction."""
        number = self.number(person)
        now = self.identity(person)
        protected = msgspec.structs.replace(
            identity,
            restricted=identity.restricted or now.restricted,
            standalone=identity.standalone or now.standalone,
            separate=identity.separate or now.separate,
        )
        content = msgspec.json.encode(least(protected))
        self._connection.execute("UPDATE person SET identity = ? WHERE no = ?", (content, number))

    def make_due_keys(self) -> None:
        """Add the look-up keys that people stored by an earlier program lack. Inside a transaction."""
        from fhir.look_ups import identity_keys  # takes a moment to load: only a vault just migrated pays for it

        rows = self._connection.execute(
            "SELECT no, identity FROM person WHERE no IN (SELECT person FROM person_key_due)"
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO person_key (key, person) VALUES (?, ?)",
            (
                (self._index.digest("person", key), no)
                for no, content in rows
                for key in identity_keys(_DECODER.decode(content))
            ),
        )
        self._connection.execute("DELETE FROM person_key_due")

    def keys_are_due(self) -> bool:
        """Whether anyone lacks look-up keys that matching asks for."""
        return self._connection.execute("SELECT 1 FROM person_key_due LIMIT 1").fetchone() is not None

    def restrict(self, person: PersonId) -> None:
        """Mark a person, if there is one, as restricted. Inside a transaction."""
        row = self._connection.execute("SELECT no, identity FROM person WHERE id = ?", (person,)).fetchone()
        if row is not None:
            who = least(msgspec.structs.replace(_DECODER.decode(row[1]), restricted=True))
            content = msgspec.json.encode(who)
            self._connection.execute("UPDATE person SET identity = ?, restricted = 1 WHERE no = ?", (content, row[0]))
            self._forget_words(row[0], who)
            self._hidden.add(row[0])

    def _forget_words(self, no: int, who: Identity) -> None:
        """Drop the words that found a person by what is no longer said of them."""
        kept = {*search_keys(who)}
        for table in ("person_token", "person_token_new"):
            words = self._connection.execute(f"SELECT token FROM {table} WHERE person = ?", (no,)).fetchall()  # noqa: S608
            self._connection.executemany(
                f"DELETE FROM {table} WHERE token = ? AND person = ?",  # noqa: S608 - names of ours
                [(word, no) for (word,) in words if word not in kept],
            )

    def number(self, person: PersonId) -> int:
        """The row number of a person. Raises UnknownItemError, which is a KeyError."""
        row = self._connection.execute("SELECT no FROM person WHERE id = ? AND imports > 0", (person,)).fetchone()
        if row is None:
            raise UnknownItemError("This vault has no such person.")
        return int(row[0])

    def known(self, people: Iterable[PersonId]) -> list[int]:
        """The row numbers of those of these people who are here, whether or not an import still speaks of them."""
        wanted = list(people)
        if len(wanted) == 1:
            return [row[0] for row in self._connection.execute("SELECT no FROM person WHERE id = ?", wanted)]
        numbers = self.numbers(wanted)
        return [numbers[person] for person in wanted if person in numbers]

    def numbers(self, people: Iterable[PersonId]) -> dict[PersonId, int]:
        """The same by person."""
        query = "SELECT id, no FROM person WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._connection.execute(query, (_listed(people),)).fetchall())

    def id_of(self, number: int) -> PersonId:
        """The id of a person by row number."""
        return PersonId(self._connection.execute("SELECT id FROM person WHERE no = ?", (number,)).fetchone()[0])

    def id(self, number: int) -> PersonId:
        """The id of a person by their number in this vault."""
        row = self._connection.execute("SELECT id FROM person WHERE no = ?", (number,)).fetchone()
        return PersonId(row[0])

    def identity(self, person: PersonId) -> Identity:
        """Raises UnknownItemError, which is a KeyError."""
        row = self._connection.execute("SELECT identity FROM person WHERE id = ? AND imports > 0", (person,)).fetchone()
        if row is None:
            raise UnknownItemError("This vault has no such person.")
        return _DECODER.decode(row[0])

    def candidates(self, match_keys: Iterable[str]) -> list[tuple[PersonId, Identity]]:
        """People who share any exact key, each once."""
        digests = [self._index.digest("person", key) for key in match_keys]
        those = ", ".join(f"?{place}" for place in range(1, len(digests) + 1))
        rows = self._connection.execute(
            "SELECT id, identity FROM person WHERE imports > 0 AND no IN"  # noqa: S608 - question marks, no input
            f" (SELECT person FROM person_key WHERE key IN ({those})"
            f" UNION ALL SELECT person FROM person_key_new WHERE key IN ({those}))",
            digests,
        )
        return [(PersonId(id), _DECODER.decode(content)) for id, content in rows]

    def foresee(
        self, people: Iterable[PersonId], match_keys: Iterable[str]
    ) -> tuple[dict[PersonId, Identity | None], dict[str, list[tuple[PersonId, Identity]]]]:
        """Of these people those who were ever here, with who they are while an import speaks of them; and by each of
        these keys the people who have it, as `candidates` finds them."""
        rows = self._connection.execute(
            "SELECT id, identity, imports FROM person WHERE id IN (SELECT value FROM json_each(?))", (_listed(people),)
        )
        here = {PersonId(id): _DECODER.decode(content) if imports else None for id, content, imports in rows}
        self._digests = {key: self._index.digest("person", key) for key in match_keys}
        keys = {digest.hex(): key for key, digest in self._digests.items()}
        found: dict[str, list[tuple[PersonId, Identity]]] = {key: [] for key in keys.values()}
        who: dict[str, tuple[PersonId, Identity]] = {}
        asked = _listed(sorted(keys))
        for table in ("person_key", "person_key_new"):
            for digest, id, content in self._connection.execute(
                f"SELECT a.value, p.id, p.identity FROM json_each(?) a CROSS JOIN {table} k ON k.key = unhex(a.value)"  # noqa: S608
                " CROSS JOIN person p ON p.no = k.person AND p.imports > 0",
                (asked,),
            ):
                one = who.get(id)
                if one is None:
                    one = who[id] = PersonId(id), _DECODER.decode(content)
                found[keys[digest]].append(one)
        return here, found

    def search(self, prefixes: Sequence[str], limit: int) -> list[tuple[PersonId, Identity]]:
        """People of whom some search word begins with each prefix; the newest when there are none.

        Quickest when the most telling prefix stands first.
        """
        if not prefixes:
            rows = self._connection.execute(
                "SELECT id, identity FROM person WHERE imports > 0 ORDER BY no DESC LIMIT ?", (limit,)
            ).fetchall()
        else:
            has = "EXISTS (SELECT 1 FROM {} o WHERE o.person = t.person AND o.token >= ?{} AND o.token < ?{})"
            also = "".join(
                f" AND ({' OR '.join(has.format(table, at, at + 1) for table in ('person_token', 'person_token_new'))})"
                for at in range(3, 2 * len(prefixes) + 1, 2)
            )
            bounds = [bound for prefix in prefixes for bound in (prefix, prefix + _LAST)]
            rows = []
            for table in ("person_token", "person_token_new"):
                rows += self._connection.execute(
                    f"SELECT p.id, p.identity FROM (SELECT DISTINCT t.person FROM {table} t"  # noqa: S608 - no input
                    f" WHERE t.token >= ?1 AND t.token < ?2{also} LIMIT {int(limit)}) f"
                    " JOIN person p ON p.no = f.person WHERE p.imports > 0",
                    bounds,
                )
        found = dict(rows)  # each once
        return [(PersonId(id), _DECODER.decode(content)) for id, content in islice(found.items(), limit)]

    def ids(self) -> list[tuple[int, PersonId]]:
        """Everyone ever spoken of, by row number."""
        return [(no, PersonId(id)) for no, id in self._connection.execute("SELECT no, id FROM person ORDER BY no")]

    def note_possible_match(self, person: PersonId, other: PersonId) -> None:
        """Keep, for a human to decide, that two people may be one. Inside a transaction."""
        pair = sorted((self.number(person), self.number(other)))
        self._connection.execute("INSERT OR IGNORE INTO possible_match (person, other) VALUES (?, ?)", pair)

    def is_new_question(self, person: PersonId, other: PersonId) -> bool:
        """Whether these two are here and nothing is kept about them yet."""
        pair = sorted(self.known((person, other)))
        if len(pair) < 2 or not all(map(self.is_here, pair)):
            return False
        query = "SELECT 1 FROM possible_match WHERE person = ? AND other = ?"
        return self._connection.execute(query, pair).fetchone() is None

    def is_here(self, number: int) -> bool:
        """Whether an import still speaks of a person, by row number."""
        return bool(self._connection.execute("SELECT imports > 0 FROM person WHERE no = ?", (number,)).fetchone()[0])

    def is_restricted(self, number: int) -> bool:
        """Whether a person is restricted, by row number."""
        return bool(self._connection.execute("SELECT restricted FROM person WHERE no = ?", (number,)).fetchone()[0])

    def never_asked(self, number: int) -> bool:
        """Whether a person's identity stands so much apart that no question about it may be asked."""
        content = self._connection.execute("SELECT identity FROM person WHERE no = ?", (number,)).fetchone()[0]
        return _DECODER.decode(content).never_asked


def _listed(texts: Iterable[str]) -> str:
    """Texts as one value that a statement takes apart."""
    return msgspec.json.encode(list(texts)).decode()
