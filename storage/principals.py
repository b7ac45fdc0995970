"""Who holds keys: users, teams, emergency, review and custodian; and which private keys a signed-in user reaches.

Rows are signed by the custodian's key and read only when the signature holds, so writing to the database makes no new
reader. A team is one role in one organisation; its private key is sealed to its members, and to the custodian.
Who works in several posts is several users of one name: the first is whom their passphrase opens, and holds the private
keys of the others as a member does a team's. Which user belongs to which office is the caller's decision.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import msgspec

from storage import log_heads
from storage.connection import Connection
from storage.errors import TamperedError, UnknownItemError
from storage.keypairs import PrivateKey, PublicKey, SigningKey, verifies
from storage.records import Principal

CUSTODIAN = "custodian"
REVIEW = "review"
EMERGENCY = "emergency"
OFFICES = (CUSTODIAN, EMERGENCY, REVIEW)
_FORMERLY = "\n"
"""Stands between an organisation's name and those it had before, in the one signed column."""

_LEFT = b"left "
"""What stands before the text that is signed for a user who left."""


class Holder:
    """A principal as stored: its row number and the key that is sealed to."""

    __slots__ = ("no", "principal", "public")

    def __init__(self, no: int, principal: Principal, public: PublicKey) -> None:
        self.no = no
        self.principal = principal
        self.public = public


class Principals:
    """All principals of one vault whose rows are signed."""

    def __init__(self, connection: Connection, vault_id: bytes, custodian_public: bytes, epoch: int = 0) -> None:
        """`epoch` is the one whose signatures count. Raises TamperedError when an office has no signed row."""
        self._connection = connection
        self._epoch = epoch
        self._vault_id = vault_id
        self._custodian_public = custodian_public
        self._by_id: dict[str, Holder] = {}
        self._left: dict[str, Holder] = {}
        self.reload()

    @staticmethod
    def obeyed(connection: Connection, vault_id: bytes, candidates: Sequence[tuple[int, bytes]]) -> tuple[int, bytes]:
        """Of these epochs and custodian's keys the one that the rows are signed for. Raises TamperedError when none."""
        for epoch, custodian_public in candidates:
            if Principals(connection, vault_id, custodian_public, epoch).whole():
                return epoch, custodian_public
        raise TamperedError("The users of this vault have been changed by someone who may not.")

    def whole(self) -> bool:
        """Whether every office is there with a valid signature."""
        return all(office in self._by_id for office in OFFICES)

    def living(self) -> frozenset[int]:
        """Numbers of all signed principals."""
        return frozenset(holder.no for holder in self._by_id.values())

    def reload(self) -> None:
        """Read the rows again, dropping those without a valid signature."""
        self._by_id = {}
        self._left = {}
        rows = self._connection.execute(
            "SELECT no, id, kind, name, role, organisation, custodian, public_key, signature FROM principal ORDER BY no"
        )
        for no, *fields, public, signature in rows:
            text = self._principal_text(no, fields, public)
            here = verifies(self._custodian_public, signature, text)
            if here or verifies(self._custodian_public, signature, _LEFT + text):
                id, kind, name, role, organisation, custodian = fields
                present, *former = organisation.split(_FORMERLY)
                who = Principal(id, kind, role, present, name, bool(custodian), tuple(former))
                (self._by_id if here else self._left)[id] = Holder(no, who, PublicKey(public))

    def ever(self) -> dict[str, Principal]:
        """Everyone by id, also users who left: as what they signed for things."""
        return {id: holder.principal for id, holder in (*self._left.items(), *self._by_id.items())}

    def certify(self, signing: SigningKey, holder: Holder, private_key: bytes) -> None:
        """Let a holder sign heads of the access log. Inside a transaction."""
        log_heads.certify(self._connection, self._vault_id, signing, holder.principal.id, private_key)

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

    def of_kinds(self, kinds: Collection[str]) -> list[Holder]:
        """Every signed principal of these kinds."""
        return [holder for holder in self._by_id.values() if holder.principal.kind in kinds]

    def team(self, role: str, organisation: str) -> Holder | None:
        """The team of a role in an organisation, if there is one yet."""
        for holder in self._by_id.values():
            who = holder.principal
            if who.kind == "team" and (who.role, who.organisation) == (role, organisation):
                return holder
        return None

    def user(self, name: str) -> Holder | None:
        """The user of that name in their first post, if there is one."""
        return next(iter(self.posts(name)), None)

    def posts(self, name: str) -> list[Holder]:
        """A user in each of their posts, the first one first: rows are in the order in which they were added."""
        everyone = self._by_id.values()
        return [one for one in everyone if (one.principal.kind, one.principal.name) == ("user", name)]

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
        signature = signing.sign(self._signed_join(team.no, member.no, message))
        self._connection.execute(
            "INSERT INTO membership (team, member, message, signature) VALUES (?, ?, ?, ?)",
            (team.no, member.no, message, signature),
        )

    def remove_users(self, leaving: Collection[Holder], signing: SigningKey) -> None:
        """Drop users' memberships and what was granted to them alone, and obey their rows no more.

        The rows themselves stay, signed as those of someone who left: a number is never given to another, and what
        they were when they signed something can still be told. `signing` is the present custodian's. Inside a
        transaction.
        """
        for holder in leaving:
            for statement in (
                "DELETE FROM grants WHERE principal = ?",
                "DELETE FROM secret WHERE principal = ?",
                "DELETE FROM membership WHERE ? IN (member, team)",
                "DELETE FROM audit_told WHERE principal = ?",
            ):
                self._connection.execute(statement, (holder.no,))
            text = self._principal_text(holder.no, self._fields(holder.principal), holder.public.raw)
            self._connection.execute(
                "UPDATE principal SET signature = ? WHERE no = ?", (signing.sign(_LEFT + text), holder.no)
            )
            self._left[holder.principal.id] = self._by_id.pop(holder.principal.id)

    def keys_of(self, id: str, private: PrivateKey) -> dict[int, PrivateKey]:
        """The private keys that a holder reads with, by principal number: teams first, then their own.

        Those of their other posts are not among them: see `post_key`.
        """
        own = self._own(id, private)
        signed = {holder.no: holder for holder in self._by_id.values()}
        reached: dict[int, PrivateKey] = {}
        for team, _, message in self._signed_memberships(own.no):
            if signed[team].principal.kind != "user":
                key = PrivateKey(private.open(message, self._join_text(team, own.no)))
                if key.public.raw == signed[team].public.raw:
                    reached[team] = key
        return {**reached, own.no: private}

    def post_key(self, id: str, private: PrivateKey, post: Holder) -> PrivateKey:
        """The private key of a user's further post, from the one of their first. Raises UnknownItemError."""
        own = self._own(id, private)
        for no, _, message in self._signed_memberships(own.no):
            if no == post.no and post.principal.kind == "user":
                key = PrivateKey(private.open(message, self._join_text(no, own.no)))
                if key.public.raw == post.public.raw:
                    return key
        raise UnknownItemError("You do not work in that post.")

    def _own(self, id: str, private: PrivateKey) -> Holder:
        """A holder by the key they have. Raises TamperedError where their row has another."""
        own = self.holder(id)
        if own.public.raw != private.public.raw:
            raise TamperedError("Your entry among the users of this vault has been changed.")
        return own

    def members(self, team: str) -> set[str]:
        """Ids of the signed members of a team or office."""
        no, by_no = self.holder(team).no, {holder.no: id for id, holder in self._by_id.items()}
        return {by_no[member] for joined, member, _ in self._signed_memberships() if joined == no}

    def teams_of(self, id: str) -> list[Holder]:
        """The teams and offices that a holder belongs to."""
        own, by_no = self.holder(id).no, {holder.no: holder for holder in self._by_id.values()}
        joined = [by_no[team] for team, _, _ in self._signed_memberships(own)]
        return [team for team in joined if team.principal.kind != "user"]

    def sign_again(self, signing: SigningKey, epoch: int) -> None:
        """Sign every row that is obeyed now for another epoch, and no other row; by this key from now on.

        Inside a transaction.
        """
        memberships = self._signed_memberships()
        left = list(self._left.values())
        self._epoch, self._custodian_public = epoch, signing.public
        for holder in self._by_id.values():
            fields = self._fields(holder.principal)
            signature = signing.sign(self._principal_text(holder.no, fields, holder.public.raw))
            self._connection.execute("UPDATE principal SET signature = ? WHERE no = ?", (signature, holder.no))
        for holder in left:
            text = self._principal_text(holder.no, self._fields(holder.principal), holder.public.raw)
            self._connection.execute(
                "UPDATE principal SET signature = ? WHERE no = ?", (signing.sign(_LEFT + text), holder.no)
            )
        for team, member, message in memberships:
            self._connection.execute(
                "UPDATE membership SET signature = ? WHERE team = ? AND member = ?",
                (signing.sign(self._signed_join(team, member, message)), team, member),
            )

    def rename(self, signing: SigningKey, organisation: str, name: str) -> int:
        """Give an organisation another name in the rows of its teams and users; how many there are.

        Keys, memberships and grants stay, and it goes on being known by the name before. Inside a transaction.
        """
        renamed = [holder for holder in self._by_id.values() if holder.principal.organisation == organisation]
        for holder in renamed:
            former = tuple(one for one in (organisation, *holder.principal.former) if one != name)
            who = replace(holder.principal, organisation=name, former=former)
            fields = self._fields(who)
            signature = signing.sign(self._principal_text(holder.no, fields, holder.public.raw))
            self._connection.execute(
                "UPDATE principal SET organisation = ?, signature = ? WHERE no = ?", (fields[4], signature, holder.no)
            )
            self._by_id[who.id] = Holder(holder.no, who, holder.public)
        return len(renamed)

    def rename_team(self, signing: SigningKey, team: Holder, name: str) -> None:
        """Give one team a name of its own (empty: none). It stays the team of its role and organisation, and keeps its
        keys, members and grants. Inside a transaction."""
        who = replace(team.principal, name=name)
        signature = signing.sign(self._principal_text(team.no, self._fields(who), team.public.raw))
        self._connection.execute(
            "UPDATE principal SET name = ?, signature = ? WHERE no = ?", (name, signature, team.no)
        )
        self._by_id[who.id] = Holder(team.no, who, team.public)

    def renew(self, signing: SigningKey, team: Holder, private: PrivateKey) -> PrivateKey:
        """Give a team a fresh key pair, known to its present members; what it was granted moves to the new key.

        `private` is the key so far. Inside a transaction.
        """
        members = self.members(team.principal.id)
        fresh = PrivateKey.generate()
        renewed = self._put_keys(signing, team, private, fresh)
        self._connection.execute("DELETE FROM membership WHERE team = ?", (team.no,))
        for member in sorted(members):
            self.join(signing, renewed, fresh, self.holder(member))
        return fresh

    def renew_custodian(self, signing: SigningKey, private: PrivateKey, fresh: PrivateKey) -> Holder:
        """Give the custodian's office another key pair. Its memberships open no more until each team is renewed.

        Inside a transaction.
        """
        return self._put_keys(signing, self.holder(CUSTODIAN), private, fresh)

    def _put_keys(self, signing: SigningKey, holder: Holder, private: PrivateKey, fresh: PrivateKey) -> Holder:
        """Sign a holder's row with another key pair, and move the secrets granted to the old one."""
        signature = signing.sign(self._principal_text(holder.no, self._fields(holder.principal), fresh.public.raw))
        self._connection.execute(
            "UPDATE principal SET public_key = ?, signature = ? WHERE no = ?",
            (fresh.public.raw, signature, holder.no),
        )
        for no, secret_id, message in self._connection.execute(
            "SELECT no, id, message FROM secret WHERE principal = ?", (holder.no,)
        ).fetchall():
            info = secret_info(self._vault_id, secret_id, holder.no)
            moved = fresh.public.seal(private.open(message, info), info)
            self._connection.execute("UPDATE secret SET message = ? WHERE no = ?", (moved, no))
        renewed = self._by_id[holder.principal.id] = Holder(holder.no, holder.principal, fresh.public)
        return renewed

    def _signed_memberships(self, of: int | None = None) -> list[tuple[int, int, bytes]]:
        """Team, member and message of each membership (of one member) whose signature holds, both ends signed too."""
        known = self.living()
        rows = self._connection.execute(
            "SELECT team, member, message, signature FROM membership"
            " WHERE ? IS NULL OR member = ? ORDER BY team, member",
            (of, of),
        )
        return [
            (team, member, message)
            for team, member, message, signature in rows
            if team in known
            and member in known
            and verifies(self._custodian_public, signature, self._signed_join(team, member, message))
        ]

    @staticmethod
    def _fields(who: Principal) -> list[str | int]:
        organisation = _FORMERLY.join((who.organisation, *who.former))
        return [who.id, who.kind, who.name, who.role, organisation, int(who.custodian)]

    def _principal_text(self, no: int, fields: Iterable[str | int], public: bytes) -> bytes:
        return self._in_epoch(msgspec.msgpack.encode(("principal", self._vault_id, no, list(fields), public)))

    def _join_text(self, team: int, member: int) -> bytes:
        return msgspec.msgpack.encode(("membership", self._vault_id, team, member))

    def _signed_join(self, team: int, member: int, message: bytes) -> bytes:
        return self._in_epoch(self._join_text(team, member) + message)

    def _in_epoch(self, text: bytes) -> bytes:
        """What is signed: bound to the epoch, so that a row from before a removal cannot be put back."""
        return b"epoch %d " % self._epoch + text if self._epoch else text


def secret_info(vault_id: bytes, secret_id: bytes, principal: int) -> bytes:
    """What binds a granted secret to its place."""
    return msgspec.msgpack.encode(("secret", vault_id, secret_id, principal))
