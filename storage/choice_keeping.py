"""The part of a session that keeps people's choices and makes them true in the keys.

Every act and the sealing it leads to are one transaction. What an act means, and who may read after it, is for the
caller to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fhir.entries import EntryId, PersonId
from fhir.records import Tree
from storage import signed_bundles
from storage.imports import TOLD_ANEW
from storage.records import UPKEEP, LogEvent, NewChoice, Principal, StoredAct
from storage.resealing import Resealing
from storage.sealing import Sealing
from storage.signed_bundles import Signatory
from storage.succession import past
from storage.user_keeping import UserKeeping


class ChoiceKeeping(UserKeeping):
    """Choices and re-sealing."""

    def choices(self, person: PersonId) -> list[StoredAct]:
        """What was decided about sharing a person's record, and that of everyone joined with them, oldest first for
        each; and what was decided about those who were split from them, while they were one by evidence.

        Raises TamperedError where it was changed.
        """
        with self._use():
            binding = self._matches.bound_by(self._people.number(person))
            self._log.states.require_before_change(binding)
            return [
                act
                for number, last in binding.items()
                for act in self._choices.read(number, self._people.id_of(number))
                if last is None or act.number <= last
            ]

    def choose(
        self, choice: NewChoice, readers: Mapping[EntryId, frozenset[str]], due: str | None, reason: str = ""
    ) -> bool:
        """Keep an act about a person's choices, and seal their entries for the readers it leads to, in one transaction.

        `due`: when the choices next change by themselves (ISO instant; None: never). False where this user's keys did
        not open everything: the rest waits for someone whose keys do.
        """
        with self._change():
            number = self._people.number(choice.person)
            self._log.states.require_before_change([number])
            sealing = Sealing(self._connection, self._vault_id, self._principals)
            self._choices.add(number, choice, sealing, self._log.signer, self._log.sign, self._bound_to(number))
            sealing.write_grants()
            self._keyring.forget_person(number)
            complete, _ = self._reseal(number, readers, due)
            event = LogEvent("choice", choice.person, reason=reason, items=tuple(readers))
            self._log.append(event, self._clock())
            return complete

    def sign_bundle(self, bundle: Tree, organisation: str, time: str) -> Tree:
        """A Bundle with the signature of the signed-in user, who is told of as being of that organisation."""
        with self._use():
            who, signer = self.user, self._log.signer
            by = Signatory(
                name=who.name,
                role=who.role,
                organisation=organisation,
                time=time,
                vault=self._vault_id.hex(),
                principal=signer.principal,
                key=signer.public.hex(),
                certificate=signer.certificate.hex(),
                custodian=self._keys.custodian_public.hex(),
            )
            return signed_bundles.sign(bundle, by, self._log.sign)

    def signature_of(self, content: bytes) -> tuple[signed_bundles.Signed, Principal | None] | None:
        """Whose signature a document bears, and which user of this vault that is or was (None: none of them); None
        where it bears none. Raises SignatureError where the signature does not hold."""
        found = signed_bundles.verify(content)
        if found is None:
            return None
        with self._use():
            by = found.by
            ours = by.vault == self._vault_id.hex() and bytes.fromhex(by.custodian) in self._custodians()
            known = ours and bytes.fromhex(by.key) in self._log.signers()
            return found, self._principals.ever().get(by.principal) if known else None

    def _custodians(self) -> list[bytes]:
        """The custodian's keys of this vault, past ones among them."""
        now = self._keys.custodian_public
        return [now, *past(self._vault_id, self._header.custodians, now)]

    def unsettled(self) -> list[PersonId]:
        """People whose entries are still to be sealed as their choices say."""
        with self._use():
            return [self._people.id_of(number) for number in self._choices.unsettled(self._clock())]

    def settled(self, person: PersonId) -> bool:
        """Whether nothing waits for anyone joined with a person, or for them."""
        with self._use():
            group, now = self._matches.group(self._people.number(person)), self._clock()
            return not any(self._choices.is_unsettled(number, now) for number in group)

    def unsettle(self, person: PersonId) -> None:
        """Note that someone's entries are to be sealed anew by whoever opens them next with more keys."""
        with self._change():
            self._choices.unsettle(self._people.number(person))

    def choosers_of(self, import_id: str) -> frozenset[str]:
        """Ids of those who signed for the choices that an import brought, or the one whose place it took."""
        with self._use():
            rows = self._connection.execute(
                "SELECT s.principal FROM choice c JOIN import i ON i.no = c.import"
                " JOIN audit_signer s ON s.no = c.signer"
                " WHERE i.id = ?1 OR i.state = ?2 AND i.digest = (SELECT digest FROM import WHERE id = ?1)",
                (import_id, TOLD_ANEW),
            )
            return frozenset(row[0] for row in rows)

    def is_unsettled(self, person: PersonId) -> bool:
        """Whether that is so of one person."""
        with self._use():
            return self._choices.is_unsettled(self._people.number(person), self._clock())

    def reseal(self, person: PersonId, readers: Mapping[EntryId, frozenset[str]], *, due: str | None = None) -> bool:
        """Change who may read entries of one person, in the keys themselves; entries not named keep their readers.

        What this user's keys do not open stays as it is, and False is returned. `holdings` has all entries, also
        superseded ones. `due`: when their choices next change by themselves. Where that changed nothing, the log
        gets no line: how many it has would tell whether something waits.
        """
        with self._change():
            number = self._people.number(person)
            self._log.states.require_before_change([number])
            complete, changed = self._reseal(number, readers, due)
            if changed:
                self._log.append(LogEvent("reseal", person, items=tuple(readers), kept_back=UPKEEP), self._clock())
            return complete

    def _reseal(self, number: int, readers: Mapping[EntryId, frozenset[str]], due: str | None) -> tuple[bool, bool]:
        """Whether the keys opened everything, which is noted, and whether anything is sealed otherwise than before."""
        before = self._connection.total_changes
        complete = self._reseal_all({number: {str(entry): ids for entry, ids in readers.items()}})
        beside_the_number_of_this_sealing = self._connection.total_changes - before - 1
        if complete:
            self._choices.settle(number, due)
        else:
            self._choices.unsettle(number)
        return complete, beside_the_number_of_this_sealing > 0

    def _reseal_all(
        self, readers: Mapping[int, Mapping[str, frozenset[str]]], of_restricted: frozenset[str] = frozenset()
    ) -> bool:
        """Seal anew what people's keys and states ask for; inside a transaction, on records that are as signed for.

        Whether the keys opened everything.
        """
        sealing = Sealing(self._connection, self._vault_id, self._principals)
        resealing = Resealing(
            self._connection,
            self._vault_id,
            self._codec,
            self._keyring,
            sealing,
            of_restricted=of_restricted,
            followers=self._followers,
        )
        for number, wanted in readers.items():
            resealing.person(number, wanted)
        resealing.documents()
        sealing.write_grants()
        for number in readers:
            self._keyring.forget_person(number)
        return resealing.complete

    def _keep_choices(self, choices: Sequence[NewChoice], import_id: str) -> None:
        """Keep what an import chooses; sealing what was stored before waits for `reseal`. Inside a transaction."""
        if not choices:
            return
        import_no = self._connection.execute("SELECT no FROM import WHERE id = ?", (import_id,)).fetchone()[0]
        sealing = Sealing(self._connection, self._vault_id, self._principals)
        for choice in choices:
            number = self._people.number(choice.person)
            whole = self._bound_to(number)
            self._choices.add(number, choice, sealing, self._log.signer, self._log.sign, whole, import_no)
            self._choices.unsettle(number)
        sealing.write_grants()
