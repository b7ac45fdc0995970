"""The state of every person as one hash, so that a row or page put back to what it was before shows.

A person's state is a digest of their rows: who they are, their packs, every entry that is not simply current, whom they
are joined with or kept apart from, whether they wait to be sealed anew, and for each principal a chain over the grants
made to them. The states of all people are the leaves of a tree with sixteen branches whose root stands in each signed
head of the access log. Knows nothing of keys: that the root is the signed one is the caller's to see. Which rows a
transaction touched is noted by triggers, so that no writer can forget to say.

What packs and grants hold is told by nonce and length: whoever lacks the key cannot make another sealed content with
that nonce that opens, and what was sealed before had another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any

import msgspec

from storage import label_marks
from storage.connection import Connection
from storage.errors import TamperedError

HASH = 32
DEPTH = 6
"""Levels of nodes: room for sixteen million people."""

EMPTY = bytes(HASH)
"""The root while nobody is stored, and the state of a number that nobody has."""

_BRANCHES = 16
_NODES_KEPT = 4096
_CHANGED = "This person's records were changed outside the program, or put back to an older state; tell the custodian."

# TEMP: only this connection notes who was touched, so rows changed by others never look like changes of ours.
_WATCHED = (
    ("person", "no", "INSERT", "NEW"),
    ("person", "no", "UPDATE OF identity, restricted, imports", "NEW"),
    ("import_person", "person", "INSERT", "NEW"),
    ("pack", "person", "INSERT", "NEW"),
    ("pack", "person", "UPDATE", "NEW"),
    ("pack", "person", "DELETE", "OLD"),
    ("entry", "person", "UPDATE", "NEW"),
    ("entry", "person", "DELETE", "OLD"),
    ("statement", "person", "INSERT", "NEW"),
    ("statement", "person", "UPDATE", "NEW"),
    ("statement", "person", "DELETE", "OLD"),
    *(
        (table, "person", act, row)
        for table in ("label_floor", "label_correction", "label_due")
        for act, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
    ),
    ("choice", "person", "INSERT", "NEW"),
    ("choice", "person", "UPDATE OF person, import, signer, signature", "NEW"),
    ("choice", "person", "DELETE", "OLD"),
    ("unsettled", "person", "INSERT", "NEW"),
    ("unsettled", "person", "UPDATE", "NEW"),
    ("unsettled", "person", "DELETE", "OLD"),
)

_WATCHED_MATCHES = (("INSERT", "NEW", "NEW.state != 'open'"), ("UPDATE", "NEW", "1"), ("DELETE", "OLD", "1"))
"""A pair of people counts from when it is decided on (`storage.matches`)."""

_WATCHED_GRANTS = (("INSERT", "NEW", "NEW.sealing"), ("UPDATE", "NEW", "0"), ("DELETE", "OLD", "0"))
"""A grant that is added carries a chain on; any other change begins it anew."""

_OF_FEW = {
    "possible_match": "WHERE state != 'open' OR bound > 0",
    "statement": "",
    "choice": "",
    "unsettled": "",
    **dict.fromkeys(sorted(label_marks.TABLES), ""),
}

_SIGNED = ((True, True), (True, False), (False, False))
"""Whether states and waiting were looked at: by the present program, and by earlier ones before it."""

Chains = dict[int, tuple[int, bytes]]
"""By principal: the last sealing whose grant is in the chain, and the digest so far."""


class StateTree:
    """The tree of one vault. `root` is the one to trust: of the newest signed head, then of every change made here."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.root = EMPTY
        self._before = EMPTY
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._seen: set[int] = set()
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched (person INTEGER PRIMARY KEY)")
        for number, (table, column, act, row) in enumerate(_WATCHED):
            connection.execute(
                f"CREATE TEMP TRIGGER IF NOT EXISTS touched_{number} AFTER {act} ON main.{table}"
                f" WHEN {row}.{column} != 0 BEGIN {_noted(f'{row}.{column}')} END"
            )
        for act, row, when in _WATCHED_MATCHES:
            connection.execute(
                f"CREATE TEMP TRIGGER IF NOT EXISTS touched_matches_{act} AFTER {act} ON main.possible_match"
                f" WHEN {when} BEGIN {_noted(f'{row}.person')} {_noted(f'{row}.other')} END"
            )
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched_grants (person INTEGER PRIMARY KEY, first INTEGER)")
        for act, row, first in _WATCHED_GRANTS:
            connection.execute(
                f"CREATE TEMP TRIGGER IF NOT EXISTS touched_grants_{act} AFTER {act} ON main.grants"  # noqa: S608 - ours
                f" WHEN {row}.person != 0 BEGIN INSERT INTO touched_grants VALUES ({row}.person, {first})"
                " ON CONFLICT (person) DO UPDATE SET first = min(first, excluded.first); END"
            )

    def trust(self, root: bytes) -> None:
        """Take a root whose signature was checked."""
        self.root = self._before = root

    def require(self, person: int, principals: Collection[int] | None = None) -> None:
        """Raise TamperedError unless a person's rows are those that were last signed for.

        Of grants those made to `principals` are gone through, or all.
        """
        recorded = self.recorded(person)
        if not any(recorded == self.digest(person, states=states, waiting=waits) for states, waits in _SIGNED):
            raise TamperedError(_CHANGED)
        kept, found = self._chains(person), self._chain(person, {}, 0, principals)
        if found != {no: chain for no, chain in kept.items() if principals is None or no in principals}:
            raise TamperedError(_CHANGED)
        self._seen.add(person)

    def require_before_change(self, people: Iterable[int]) -> None:
        """Like `require`, once for each person: while the vault is open here nobody else can change it."""
        for person in people:
            if person not in self._seen:
                self.require(person)

    def holds(self, person: int) -> bool:
        """Whether all of a person's rows are those that were last signed for."""
        try:
            self.require(person)
        except TamperedError:
            return False
        return True

    def flush(self) -> bool:
        """Bring the tree up to date with what this transaction touched; whether it touched anyone."""
        touched = {row[0] for row in self._connection.execute("SELECT person FROM touched")}
        touched |= self._extend_chains()
        if not touched:
            return False
        self._connection.execute("DELETE FROM touched")
        self._connection.execute("DELETE FROM touched_grants")
        empty = self._empty()
        theirs = _PeoplesRows(self._connection, touched)
        changed = {person: self._digest(person, theirs, empty) for person in touched}
        self._seen.update(touched)
        for level in range(DEPTH):
            groups: dict[int, list[tuple[int, bytes]]] = {}
            for index, digest in changed.items():
                groups.setdefault(index // _BRANCHES, []).append((index % _BRANCHES, digest))
            changed = {}
            rows: list[tuple[int, int, bytes]] = []
            for number, parts in groups.items():
                node = bytearray(self._node(level, number))
                for place, digest in parts:
                    node[place * HASH : (place + 1) * HASH] = digest
                rows.append((level, number, bytes(node)))
                changed[number] = _hash(level, rows[-1][2])
            self._connection.executemany(
                "INSERT OR REPLACE INTO audit_state (level, number, hashes) VALUES (?, ?, ?)", rows
            )
            for level_, number, content in rows:
                self._keep(level_, number, content)
        self.root = changed[0]
        return True

    def committed(self) -> None:
        """What was flushed is durable."""
        self._before = self.root

    def rolled_back(self) -> None:
        """A transaction was undone."""
        self.root = self._before
        self._nodes.clear()
        self._seen.clear()

    def recorded(self, person: int) -> bytes:
        """The state that the signed root holds of a person. Raises TamperedError when the tree does not lead there."""
        node = self._node(0, person // _BRANCHES)
        place = person % _BRANCHES * HASH
        return node[place : place + HASH]

    def people(self) -> list[int]:
        """Everyone of whom the signed root holds a state. Raises TamperedError when the tree does not lead to them."""
        numbers = [0]
        for level in range(DEPTH - 1, -1, -1):
            nodes = [(number, self._node(level, number)) for number in numbers]
            numbers = [
                number * _BRANCHES + place
                for number, node in nodes
                for place in range(_BRANCHES)
                if node[place * HASH : (place + 1) * HASH] != EMPTY
            ]
        return numbers

    def _empty(self) -> frozenset[str]:
        """Those tables, of the ones that hold something of a few people only, which hold nothing at all."""
        return frozenset(
            table
            for table, where in _OF_FEW.items()
            if not self._connection.execute(
                f"SELECT EXISTS (SELECT 1 FROM {table} {where})"  # noqa: S608 - names of our own
            ).fetchone()[0]
        )

    def digest(
        self, person: int, empty: frozenset[str] = frozenset(), *, states: bool = True, waiting: bool = True
    ) -> bytes:
        """The state of a person as the rows are now. Tables known to be `empty` are not asked for it.

        Of whoever is joined with others, what each entry is a state of, and how new it is, counts too: it hides older
        states there. So does that somebody waits to be sealed anew: until then keys open what the person has refused.
        Without `states`, or `waiting`, as programs signed it that did not look there.
        """
        rows = _PeoplesRows(self._connection, (person,))
        return self._digest(person, rows, empty, states=states, waiting=waiting)

    def _digest(
        self,
        person: int,
        rows: _PeoplesRows,
        empty: frozenset[str] = frozenset(),
        *,
        states: bool = True,
        waiting: bool = True,
    ) -> bytes:
        execute = self._connection.execute
        who = rows.who.get(person)
        if who is None:
            return EMPTY
        packs = rows.packs.get(person, [])
        count, not_current = rows.counts.get(person, (0, 0.0))
        entries = []
        if not_current or any(live != size for _, _, _, size, live, *_ in packs):
            # Of packs that are wholly current, the rows of entries say nothing that the pack does not.
            entries = execute(
                "SELECT key, version, pack, position, state FROM entry WHERE person = ?1 AND (state != 0"
                " OR pack IN (SELECT no FROM pack WHERE person = ?1 AND live != size)) ORDER BY key",
                (person,),
            ).fetchall()
        imports = rows.imports.get(person, 0)
        chains = rows.chains.get(person, [])
        decided = (
            []
            if "possible_match" in empty
            else execute(
                "SELECT person, other, state, act, decided, decided_by FROM possible_match"
                " WHERE person = ?1 AND state != 'open' UNION"
                " SELECT person, other, state, act, decided, decided_by FROM possible_match"
                " WHERE other = ?1 AND state != 'open' ORDER BY person, other",
                (person,),
            ).fetchall()
        )
        split = (
            []
            if "possible_match" in empty
            else execute(
                "SELECT person, other, bound FROM possible_match WHERE person = ?1 AND bound > 0 UNION"
                " SELECT person, other, bound FROM possible_match WHERE other = ?1 AND bound > 0"
                " ORDER BY person, other",
                (person,),
            ).fetchall()
        )
        stated = (
            []
            if "statement" in empty
            else execute(
                "SELECT no, secret_id, shared, substr(box, 1, 12), length(box), signer, signature FROM statement"
                " WHERE person = ? ORDER BY no",
                (person,),
            ).fetchall()
        )
        chosen = (
            []
            if "choice" in empty
            else execute(
                "SELECT c.no, c.signature, i.state FROM choice c LEFT JOIN import i ON i.no = c.import"
                " WHERE c.person = ? ORDER BY c.no",
                (person,),
            ).fetchall()
        )
        newest = (
            execute(
                "SELECT key, resource, version FROM entry WHERE person = ? AND resource <> 0 ORDER BY key", (person,)
            ).fetchall()
            if decided and states
            else []
        )
        unsettled = (
            execute("SELECT due FROM unsettled WHERE person = ?", (person,)).fetchall()
            if waiting and "unsettled" not in empty
            else []
        )
        said = (
            *("person", person, who, imports, packs, count, entries, chains),
            *([decided] if decided else ()),
            *([("states", newest)] if newest else ()),
            *([("split", split)] if split else ()),
            *([("stated", stated)] if stated else ()),
            *([("chosen", chosen)] if chosen else ()),
            *([("waiting", unsettled)] if unsettled else ()),
            *(() if empty >= label_marks.TABLES else label_marks.state_rows(self._connection, person)),
        )
        text = msgspec.msgpack.encode(said)
        return sha256(text).digest()

    def _chains(self, person: int) -> Chains:
        rows = self._connection.execute("SELECT principal, last, digest FROM audit_grants WHERE person = ?", (person,))
        return {principal: (last, digest) for principal, last, digest in rows}

    def _chain(self, person: int, chains: Chains, since: int, principals: Collection[int] | None = None) -> Chains:
        """Chains carried on over the grants of a person (to these principals) from a sealing on."""
        chosen = "" if principals is None else f" AND principal IN ({', '.join(str(int(no)) for no in principals)})"
        for principal, sealing, *row in self._connection.execute(
            "SELECT principal, sealing, secret, substr(box, 1, 12), length(box) FROM grants"  # noqa: S608 - numbers only
            f" WHERE person = ? AND sealing >= ?{chosen} ORDER BY sealing",
            (person, since),
        ):
            _carry_on(chains, principal, sealing, row)
        return chains

    def _extend_chains(self) -> set[int]:
        """Carry the chains of everyone whose grants were touched on from the first sealing that was, or begin them
        anew; their numbers. All together: an import grants what it brings of hundreds of people."""
        execute = self._connection.execute
        first: dict[int, int] = dict(execute("SELECT person, first FROM touched_grants").fetchall())
        if not first:
            return set()
        before: dict[int, Chains] = {}
        for person, principal, last, digest in execute(
            "SELECT t.person, a.principal, a.last, a.digest FROM touched_grants t"
            " CROSS JOIN audit_grants a ON a.person = t.person"
        ):
            before.setdefault(person, {})[principal] = last, digest
        anew = [
            (person,) for person in first if any(last >= first[person] for last, _ in before.get(person, {}).values())
        ]
        self._connection.executemany("DELETE FROM audit_grants WHERE person = ?", anew)
        self._connection.executemany("UPDATE touched_grants SET first = 0 WHERE person = ?", anew)
        for (person,) in anew:
            del before[person]
        after = {person: dict(before.get(person, {})) for person in first}
        for person, principal, sealing, *row in execute(
            "SELECT t.person, g.principal, g.sealing, g.secret, substr(g.box, 1, 12), length(g.box)"
            " FROM touched_grants t CROSS JOIN grants g ON g.person = t.person AND g.sealing >= t.first"
            " ORDER BY t.person, g.sealing"
        ):
            _carry_on(after[person], principal, sealing, row)
        self._connection.executemany(
            "INSERT OR REPLACE INTO audit_grants (person, principal, last, digest) VALUES (?, ?, ?, ?)",
            [
                (person, no, *chain)
                for person, chains in after.items()
                for no, chain in chains.items()
                if before.get(person, {}).get(no) != chain
            ],
        )
        return {*first}

    def _node(self, level: int, number: int) -> bytes:
        """The hashes of a node, checked against the root. A node that was never written has only empty branches."""
        known = self._nodes.get((level, number))
        if known is not None:
            return known
        row = self._connection.execute(
            "SELECT hashes FROM audit_state WHERE level = ? AND number = ?", (level, number)
        ).fetchone()
        content: bytes = row[0] if row else bytes(HASH * _BRANCHES)
        if level == DEPTH - 1:
            wanted = self.root
        else:
            place = number % _BRANCHES * HASH
            wanted = self._node(level + 1, number // _BRANCHES)[place : place + HASH]
        if len(content) != HASH * _BRANCHES or _hash(level, content) != wanted:
            raise TamperedError(_CHANGED)
        self._keep(level, number, content)
        return content

    def _keep(self, level: int, number: int, content: bytes) -> None:
        if len(self._nodes) >= _NODES_KEPT:
            self._nodes.clear()
        self._nodes[level, number] = content


class _PeoplesRows:
    """What the states of people are made of for everyone, found with a few statements for all of them together.

    By person: their own row, packs, how many entries and how many of them not current, imports, and chains.
    """

    def __init__(self, connection: Connection, people: Iterable[int]) -> None:
        listed = msgspec.json.encode(sorted(people)).decode()

        def grouped(query: str) -> dict[int, list[tuple[Any, ...]]]:
            found: dict[int, list[tuple[Any, ...]]] = {}
            for row in connection.execute(query + " ORDER BY 1, 2", (listed,)):
                found.setdefault(row[0], []).append(row[1:])
            return found

        who = grouped(
            "SELECT no, id, identity, restricted, imports FROM person WHERE no IN (SELECT value FROM json_each(?))"
        )
        self.who = {no: rows[0] for no, rows in who.items()}
        self.packs = grouped(
            "SELECT person, no, import, class, size, live, substr(box, 1, 12), length(box) FROM pack"
            " WHERE person IN (SELECT value FROM json_each(?)) AND import IN (SELECT no FROM import)"
        )
        counts = grouped(
            "SELECT person, count(*), total(state != 0) FROM entry"
            " WHERE person IN (SELECT value FROM json_each(?)) GROUP BY person"
        )
        self.counts = {person: rows[0] for person, rows in counts.items()}
        imports = grouped(
            "SELECT person, count(*) FROM import_person"
            " WHERE person IN (SELECT value FROM json_each(?)) GROUP BY person"
        )
        self.imports: dict[int, int] = {person: rows[0][0] for person, rows in imports.items()}
        self.chains = grouped(
            "SELECT person, principal, last, digest FROM audit_grants WHERE person IN (SELECT value FROM json_each(?))"
        )


def _noted(person: str) -> str:
    """That a person is noted, once. Not by OR IGNORE: in a trigger the conflict clause of what set it off counts
    instead (SQLite, CREATE TRIGGER)."""
    return f"INSERT INTO touched SELECT {person} WHERE {person} NOT IN touched;"


def _carry_on(chains: Chains, principal: int, sealing: int, row: list[Any]) -> None:
    """One grant more at the end of a principal's chain."""
    before = chains[principal][1] if principal in chains else b""
    chains[principal] = sealing, sha256(msgspec.msgpack.encode((before, sealing, row))).digest()


def _hash(level: int, content: bytes) -> bytes:
    """The hash of a node; a node with nothing but empty branches is itself an empty branch."""
    return EMPTY if not any(content) else sha256(b"state%d" % level + content).digest()
