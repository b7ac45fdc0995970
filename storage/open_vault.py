"""An open vault and the keys of whoever signed in: the ground on which a `Session` stands.

Safe to use from any thread, one call at a time. Closing forgets the keys. Every change and its line in the access log
are one transaction. Knows nothing of what is read or stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Self

from msgspec.structs import replace

from fhir.entries import PersonId
from storage import connection as file
from storage.anchor import Anchor
from storage.audit_log import AccessLog
from storage.choices import Choices, Followers, ResealedChoices, followers
from storage.compression import Codec
from storage.connection import Connection, ProcessLock
from storage.entries import Entries
from storage.errors import ClosedError
from storage.homes import Homes, NameOf
from storage.imports import Imports
from storage.keypairs import Index, PrivateKey
from storage.log_heads import log_key
from storage.matches import Matches
from storage.people import People
from storage.principals import CUSTODIAN, EMERGENCY, REVIEW, Holder, Principals
from storage.progress import Step, no_step
from storage.records import Clock, Event, Principal, UserEntry
from storage.sealing import Keyring, Sealing
from storage.slots import KeyFile, Keys


def keys_in_post(principals: Principals, own: Keys, id: str) -> Keys:
    """What a user holds when at work in one of their posts (empty: the first): `own` is what their slot seals.

    The custodian's office is held in the first post only. Raises UnknownItemError for what is no post of theirs.
    """
    if id in ("", own.principal):
        return own
    private = principals.post_key(own.principal, PrivateKey(own.private_key), principals.holder(id))
    return replace(own, principal=id, private_key=private.raw, custodian_private=b"", custodian_signing=b"")


class _Turn:
    """One call at a time, of a session that is not closed. A class of its own: an import takes millions of turns, and a
    generator's would cost as much as what they ask for."""

    __slots__ = ("_vault",)

    def __init__(self, vault: OpenVault) -> None:
        self._vault = vault

    def __enter__(self) -> None:
        self._vault._lock.acquire()
        if self._vault._closed:
            self._vault._lock.release()
            raise ClosedError

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        self._vault._lock.release()
        file.refuse(error)


class OpenVault:
    """One signed-in user in one open vault."""

    def __init__(
        self,
        path: Path,
        connection: Connection,
        lock: ProcessLock,
        header: KeyFile,
        keys: Keys,
        clock: Clock,
        anchors: Path | None = None,
        own: Keys | None = None,
    ) -> None:
        """`anchors` is the folder outside the vault where the last heads of its log are noted.

        `keys` are those of the post that is worked in, `own` what the user's slot seals where that is another post.
        """
        self._path = path
        self._connection = connection
        self._process_lock = lock
        self._header = header
        self._keys = keys
        self._own = own or keys
        self._clock = clock
        self._anchors = anchors
        self._lock = RLock()
        self._closed = False
        self._vault_id = vault_id = header.vault
        self._index = index = Index(keys.index(vault_id))
        self._codec = Codec(connection)
        self._people = People(connection, index)
        if self._people.keys_are_due():
            with file.transaction(connection):
                self._people.make_due_keys()
        self._matches = Matches(connection, self._people)
        self._owners: dict[str, PersonId] = {}  # of the entries of joined people that were read last
        self._step: Step = no_step
        self.silence: Callable[[PersonId], str] = lambda _: ""
        """Under what this user's acts about a person are kept back now (the id of an override), for whoever knows."""
        self._glass = False  # whether the emergency keys are in use: see storage.statement_keeping
        self.subject_of: Callable[[Principal], PersonId | None] = lambda _: None
        """Which person a user is: the log is sealed to them as well. Set before anything is logged."""
        self.acts_for: Callable[[Principal], PersonId | None] = lambda _: None
        """For which person a user acts: what they do about that person is sealed to them too. Set as early."""
        self.name_of: NameOf = lambda _: None
        """What the content of an entry says of its resource, for whoever knows what was sealed."""
        self._take_keys()
        self._imports = self._new_imports()
        self._log = AccessLog(
            connection,
            vault_id,
            self.user,
            log_key(keys.private_key, vault_id),
            keys.custodian_public,
            self._principals.holder(REVIEW),
            None if anchors is None else Anchor(anchors, vault_id),
            self._hearers,
        )
        self.warnings = tuple(self._log.examine())
        """What is wrong with the vault at first sight, or older than it was on this computer, in sentences."""

    def _take_keys(self) -> None:
        """Find out what the user's keys reach: at sign-in, and when users or teams have changed."""
        keys = self._keys
        self._principals = Principals(self._connection, self._vault_id, keys.custodian_public, keys.epoch)
        self._hold_keys()

    def _hold_keys(self) -> None:
        """Take the private keys into use: all that are reached, but those of emergency access only while it is used."""
        keys = self._keys
        self._private = self._principals.keys_of(keys.principal, PrivateKey(keys.private_key))
        if not self._glass:
            self._private.pop(self._principals.holder(EMERGENCY).no, None)
        if keys.custodian_private:
            own = self._principals.keys_of(CUSTODIAN, PrivateKey(keys.custodian_private))
            self._private = {**self._private, **own}
        self._keyring = Keyring(self._connection, self._vault_id, self._private)
        self._entries = Entries(self._connection, self._vault_id, self._index, self._codec, self._keyring)
        self._choices = Choices(
            self._connection, self._vault_id, self._principals, self._keyring, keys.custodian_public
        )

    def _new_imports(self) -> Imports:
        """Those that seal to the principals of now."""
        return Imports(self._connection, self._vault_id, self._index, self._codec, self._principals, self._people)

    def _take_keys_again(self) -> None:
        """The same when keys have changed, or were about to, so that imports and the log follow too."""
        self._imports.forget()
        self._take_keys()
        self._imports = self._new_imports()
        self._log.sealed_to(self._principals.holder(REVIEW))
        self._log.signed_by(log_key(self._keys.private_key, self._vault_id), self._keys.custodian_public)

    # -- who

    @property
    def test_data(self) -> bool:
        """True for a vault marked as holding test data only; bound to every slot, so it cannot be changed later."""
        return self._header.test_data

    @property
    def user(self) -> Principal:
        """Who is signed in."""
        return self._principals.holder(self._keys.principal).principal

    def principals(self) -> list[Principal]:
        """Everyone who may be named as a reader of an entry."""
        with self._use():
            return self._principals.all()

    def my_principals(self) -> frozenset[str]:
        """Ids of the principals whose keys this user holds: themselves, their team, their offices."""
        with self._use():
            return frozenset(
                who.id for who in self._principals.all() if self._principals.holder(who.id).no in self._private
            )

    def users(self) -> list[UserEntry]:
        """Users of this vault."""
        everyone = self.principals()
        teams = {(who.role, who.organisation): who.name for who in everyone if who.kind == "team"}
        return [
            UserEntry(
                name=who.name,
                role=who.role,
                organisation=who.organisation,
                custodian=who.custodian,
                team=teams.get((who.role, who.organisation), ""),
            )
            for who in everyone
            if who.kind == "user" and who.name in self._header.names()  # without a slot, adding them was cut short
        ]

    def posts(self) -> list[Principal]:
        """The user in each post that they may work in, the first one first."""
        with self._use():
            return [one.principal for one in self._principals.posts(self.user.name)] or [self.user]

    def as_post(self, id: str) -> Self:
        """The same vault with the same user at work in another of their posts, and only that post's keys in use.

        This session is closed by it. Raises UnknownItemError for what is no post of theirs.
        """
        with self._use():
            keys = keys_in_post(self._principals, self._own, id)
            other = type(self)(
                self._path,
                self._connection,
                self._process_lock,
                self._header,
                keys,
                self._clock,
                self._anchors,
                self._own,
            )
            self._forget()
            return other

    def record(self, event: Event) -> None:
        """Append to the access log, durably, before returning."""
        with self._change():
            self._log.append(event, self._clock())

    # -- closing

    def close(self) -> None:
        """Close the vault and forget the keys. Safe to call twice."""
        with self._lock:
            if self._closed:
                return
            self._forget()
            self._connection.close()
            self._process_lock.release()

    def _forget(self) -> None:
        self._closed = True
        self._keyring.forget()
        self._imports.forget()
        self._private = {}
        self._keys = self._own = Keys((), "", b"", b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'closed' if self._closed else 'open'})"

    @contextmanager
    def telling(self, step: Step) -> Iterator[None]:
        """Within it, long work tells `step` how far it is; what that raises stops the work, and nothing is changed."""
        before, self._step = self._step, step
        try:
            yield
        finally:
            self._step = before

    def _use(self) -> _Turn:
        return _Turn(self)

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self._use():
            try:
                with file.transaction(self._connection):
                    yield
                    self._log.seal(self._clock())
                self._log.committed(settled=self._review_key() is not None)
            except BaseException:
                self._codec.rolled_back()
                self._matches.forget()
                self._imports.rolled_back()
                self._log.rolled_back()
                raise

    def _bound_to(self, number: int) -> frozenset[str]:
        """Ids of everyone whose choices bind a person, and whom theirs bind."""
        return frozenset(map(self._people.id_of, self._matches.bound_by(number)))

    def _followers(self, number: int) -> Followers:
        return followers(self._principals, self._bound_to(number))

    def _let_follow(self, people: Collection[int]) -> None:
        """Who is one has changed: whoever has to do with any of them follows the choices of all of them, as far as
        these keys open what was chosen. Inside a transaction."""
        chosen = [number for number in people if self._choices.any(number)]
        if not chosen:
            return
        sealing = Sealing(self._connection, self._vault_id, self._principals)
        choices = ResealedChoices(self._connection, self._vault_id, sealing)
        for number in chosen:
            choices.person(number, self._keyring.every_key(number), self._followers(number))
        sealing.write_grants()
        for number in chosen:
            self._keyring.forget_person(number)

    def _selves(self, person: str) -> list[Holder]:
        """The users who are this person, or someone joined with them."""
        group = self._group(person)
        users = self._principals.of_kinds(("user",))
        return [user for user in users if self.subject_of(user.principal) in group]

    def _hearers(self, person: str) -> list[Holder]:
        """To whom the log tells what the signed-in user does about this person: whoever is that person, and the user
        themself where they act for them. A key of the log is of one session, so they open no act but their own."""
        own = self._principals.holder(self._keys.principal)
        return self._selves(person) + [own] * (self.acts_for(own.principal) in self._group(person))

    def _group(self, person: str) -> set[PersonId]:
        """This person and all joined with them; empty for someone who is not here."""
        numbers = self._people.known([PersonId(person)])
        return {self._people.id_of(no) for number in numbers for no in self._matches.group(number)}

    def _homes(self, people: Iterable[int]) -> Homes:
        """These people, who are one, as the homes of what is stored of them."""
        homes = [(number, self._people.id_of(number)) for number in people]
        return Homes(self._connection, self._index, self.name_of, homes)

    def _review_key(self) -> PrivateKey | None:
        return self._private.get(self._principals.holder(REVIEW).no)
