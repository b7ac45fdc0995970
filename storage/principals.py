"""Who holds keys: users, teams, emergency, review and custodian; and which private keys a signed-in user reaches.

Rows are signed by the custodian's key and read only when the signature holds, so writing to the database makes no new
reader. A team is one role in one organisation; its private key is sealed to its members, and to the custodian.
Which user belongs to which office is the caller's decision.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec

from storage.connection import Connection
from storage.errors import TamperedError, UnknownItemError
from storage.keypairs import PrivateKey, PublicKey, SigningKey, verifies
from storage.records import Principal

CUSTODIAN = "custodian"
OFFICES = (CUSTODIAN, "emergency", "review")


class Holder:
    """A principal as stored: its row number and the key that is sealed to."""

    __slots__ = ("no", "principal", "public")

    def __init__(self, no: int, principal: Principal, public: PublicKey) -> None:
        self.no = no
        self.principal = principal
        self.public = public


class Principals:
    """All principals of one vault whose rows are signed."""

    def __init__(self, connection: Connection, vault_id: bytes, custodian_public: bytes) -> None:
        self._connection = connection
        self._vault_id = vault_id
        self._custodian_public = custodian_public
        self._by_id: dict[str, Holder] = {}
        self.reload()

    def reload(self) -> None:
        """Read the rows again, dropping those without a valid signature."""
        self._by_id = {}
        rows = self._connection.execute(
            "SELECT no, id, kind, name, role, organisation, custodian, public_key, signature FROM principal ORDER BY no"
        )
        for no, *fields, public, signature in rows:
            if verifies(self._custodian_public, signature, self._principal_text(no, fields, public)):
                id, kind, name, role, organisation, custodian = fields
                who = Principal(id, kind, role, organisation, name, bool(custodian))
                self._by_id[id] = Holder(no, who, PublicKey(public))

    def all(self) -> list[Principal]:
        """Everyone who may be named as a reader."""
        return [holder.principal for holder in self._by_id.values()]

    def holder(self, id: str) -> Holder:
        """Raises UnknownItemError for an id that is not a signed principal."""
        try:
            return self._by_id[id]
        except KeyError:
            raise UnknownItemError("A reader was named that this vault does not know.") from None

    def by_number(self, no: int) -> Holder:
        """Raises UnknownItemError for a number that is not a signed principal's."""
        for holder in self._by_id.values():
            if holder.no == no:
                return holder
        raise UnknownItemError("A reader was named that this vault does not know.")

    def team(self, role: str, organisation: str) -> Holder | None:
        """The team of a role in an organisation, if there is one yet."""
        for holder in self._by_id.values():
            who = holder.principal
            if who.kind == "team" and (who.role, who.organisation) == (role, organisation):
                return holder
        return None

    def add(
        self,
        signing: SigningKey,
        kind: str,
        *,
        id: str = "",
        name: str = "",
        role: str = "",
        organisation: str = "",
        custodian: bool = False,
    ) -> tuple[Holder, PrivateKey]:
        """A new principal with fresh keys, signed. Inside a transaction."""
        private = PrivateKey.generate()
        id = id or f"{kind}-{secrets.token_hex(8)}"
        no: int = self._connection.execute("SELECT coalesce(max(no), 0) + 1 FROM principal").fetchone()[0]
        fields: list[str | int] = [id, kind, name, role, organisation, int(custodian)]
        signature = signing.sign(self._principal_text(no, fields, private.public.raw))
        self._connection.execute(
            "INSERT INTO principal (no, id, kind, name, role, organisation, custodian, public_key, signature)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (no, *fields, private.public.raw, signature),
        )
        holder = Holder(no, Principal(id, kind, role, organisation, name, custodian), private.public)
        self._by_id[id] = holder
        return holder, private

    def join(self, signing: SigningKey, team: Holder, private: PrivateKey, member: Holder) -> None:
        """Let `member` use the private key of `team`. Inside a transaction."""
        message = member.public.seal(private.raw, self._join_text(team.no, member.no))
        signature = signing.sign(self._join_text(team.no, member.no) + message)
        self._connection.execute(
            "INSERT INTO membership (team, member, message, signature) VALUES (?, ?, ?, ?)",
            (team.no, member.no, message, signature),
        )

    def remove_user(self, name: str) -> None:
        """Drop a user's principal and memberships, and what was granted to them alone. Inside a transaction."""
        for id in [id for id, holder in self._by_id.items() if holder.principal.kind == "user"]:
            holder = self._by_id[id]
            if holder.principal.name == name:
                for statement in (
                    "DELETE FROM grants WHERE principal = ?",
                    "DELETE FROM secret WHERE principal = ?",
                    "DELETE FROM membership WHERE member = ?",
                    "DELETE FROM principal WHERE no = ?",
                ):
                    self._connection.execute(statement, (holder.no,))
                del self._by_id[id]

    def keys_of(self, id: str, private: PrivateKey) -> dict[int, PrivateKey]:
        """The private keys that a holder reaches, by principal number: teams first, then their own."""
        own = self.holder(id)
        if own.public.raw != private.public.raw:
            raise TamperedError("Your entry among the users of this vault has been changed.")
        signed = {holder.no: holder for holder in self._by_id.values()}
        reached: dict[int, PrivateKey] = {}
        rows = self._connection.execute("SELECT team, message, signature FROM membership WHERE member = ?", (own.no,))
        for team, message, signature in rows:
            text = self._join_text(team, own.no)
            if team in signed and verifies(self._custodian_public, signature, text + message):
                key = PrivateKey(private.open(message, text))
                if key.public.raw == signed[team].public.raw:
                    reached[team] = key
        return {**reached, own.no: private}

    def members(self, team: str) -> set[str]:
        """Ids of the members of a team or office (as the rows say; for lists, not for decisions)."""
        rows = self._connection.execute(
            "SELECT p.id FROM membership m JOIN principal p ON p.no = m.member WHERE m.team = ?",
            (self.holder(team).no,),
        )
        return {row[0] for row in rows}

    def _principal_text(self, no: int, fields: Iterable[str | int], public: bytes) -> bytes:
        return msgspec.msgpack.encode(("principal", self._vault_id, no, list(fields), public))

    def _join_text(self, team: int, member: int) -> bytes:
        return msgspec.msgpack.encode(("membership", self._vault_id, team, member))
